"""The entry point of `gdtui` and `python -m gdtui`."""

import gc
import sys

WRONG_USE = 2


def main() -> None:
    """Run the command line, unless this is Windows, which lacks much of what it needs."""
    if sys.platform == "win32":
        print("gdtui: needs Linux or macOS; on Windows, install WSL and run gdtui in it", file=sys.stderr)
        sys.exit(WRONG_USE)
    gc.disable()  # imports create no garbage, and scanning for it takes a tenth of their time
    from gdtui.errors import HostError, host_errors

    try:
        with host_errors():
            from gdtui.cli.main import main as run
    except HostError as error:
        print(f"gdtui: {error}", file=sys.stderr)
        sys.exit(WRONG_USE)
    gc.enable()
    run()


if __name__ == "__main__":
    main()
