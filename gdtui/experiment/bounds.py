"""Checks of a setting's value that need no other setting except the dtype. Each raises ValueError with the reason."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, get_args

from gdtui.numbers import parse_number, shortest
from gdtui.text import _, listed

DType = Literal["float32", "float64"]
"""The floating-point numbers a run computes with."""

DTYPES: tuple[DType, ...] = get_args(DType)

LARGEST: dict[DType, float] = {"float32": 3.4028234663852886e38, "float64": 1.7976931348623157e308}
"""The largest finite number of each dtype (IEEE 754)."""


def no_such(value: object, known: Iterable[str], needed: Sequence[str] = ()) -> str:
    """Why a choice is refused; `needed` names the hypotheses that would allow it."""
    values = {"known": ", ".join(known), "value": value}
    if needed:
        ways = listed(needed, _("or"))
        return _("must be {known} here, not '{value}': that needs the hypothesis {ways}", ways=ways, **values)
    return _("must be one of {known}, not '{value}'", **values)


def read_part(name: str, text: str, example: str, parse: Callable[[str], float] = parse_number) -> Any:
    """Parse a number inside a longer value, such as beta2 of an optimizer; `example` shows such a value."""
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(
            _("{name}: {reason}. Write it like {example}", name=name, reason=error, example=example)
        ) from None


def fits(value: float, dtype: DType) -> None:
    """Check that the value is finite and not too large for the dtype."""
    if not math.isfinite(value):
        raise ValueError(_("must be a finite number, not {value}", value=shortest(value)))
    if abs(value) > LARGEST[dtype]:
        raise ValueError(_("{value} is too large for {dtype}: try --dtype float64", value=shortest(value), dtype=dtype))


def above_zero(value: float) -> None:
    """Check that the value is greater than 0."""
    if value <= 0:
        raise ValueError(_("must be greater than 0, not {value}", value=shortest(value)))


def zero_or_more(value: float) -> None:
    """Check that the value is 0 or more."""
    if value < 0:
        raise ValueError(_("must be 0 or more, not {value}", value=shortest(value)))


def finite(value: float) -> None:
    """Check that the value is finite."""
    if not abs(value) < math.inf:
        raise ValueError(_("must be a finite number, not {value}", value=shortest(value)))


def finite_above_zero(value: float) -> None:
    """Check that the value is finite and greater than 0."""
    if not 0 < value < math.inf:
        raise ValueError(_("must be a finite number greater than 0, not {value}", value=shortest(value)))


def a_row_or_more(value: int) -> None:
    """Check a number of rows: at least 1."""
    if value < 1:
        raise ValueError(_("must be 1 row or more, not {value}", value=value))


def between(least: int, most: int) -> Callable[[int], None]:
    """A check that a whole number lies between `least` and `most`, both included."""

    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValueError(_("must be from {least} to {most:,}, not {value}", least=least, most=most, value=value))

    return check
