"""`python -m gdtui` is the command `gdtui`."""

from gdtui.cli.main import main

if __name__ == "__main__":
    main()
