"""gdtui is a workbench for gradient descent in the terminal."""

__version__ = "0.1.0"
