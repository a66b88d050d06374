"""What the value of a setting must be, whatever the others are: each raises ValueError with the reason."""

from collections.abc import Callable

from gdtui.numbers import shortest


def above_zero(value: float) -> None:
    """More than 0."""
    if value <= 0:
        raise ValueError(f"must be greater than 0, not {shortest(value)}")


def zero_or_more(value: float) -> None:
    """0 or more."""
    if value < 0:
        raise ValueError(f"must be 0 or more, not {shortest(value)}")


def finite_from_zero(value: float) -> None:
    """A finite number, 0 or more."""
    if not 0 <= value < float("inf"):
        raise ValueError(f"must be a finite number, 0 or more, not {value:g}")


def finite_above_zero(value: float) -> None:
    """A finite number, more than 0."""
    if not 0 < value < float("inf"):
        raise ValueError(f"must be a finite number greater than 0, not {value:g}")


def a_row_or_more(value: int) -> None:
    """1 or more."""
    if value < 1:
        raise ValueError(f"must be 1 row or more, not {value}")


def between(least: int, most: int) -> Callable[[int], None]:
    """From the least to the most."""

    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most:,}, not {value}")

    return check
