"""gdtui puts gradient descent on a bench, in a terminal."""

__version__ = "0.1.0"
