"""Kinds of settings: how their values are parsed and written."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from gdtui.experiment.bounds import no_such
from gdtui.experiment.by_name import ByName
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.origin import parse_checksum
from gdtui.experiment.schedule import Schedule
from gdtui.experiment.typed_cost import NAMED, read_function
from gdtui.numbers import parse_number, parse_numbers, parse_whole, shortest
from gdtui.text import _, clean

EVERY = "every-"
"""Prefix of a number n when every nth row is kept back."""


class Kind(msgspec.Struct, frozen=True):
    """How the values of a setting are parsed and written."""

    read: Callable[[Any], Any]
    """Parse a text, or convert a value from a lesson or a file. Raises ValueError with the reason."""
    write: Callable[[Any], str] = str
    """A value as people type it."""
    choices: tuple[str, ...] = ()
    """All that can be typed, if that is a fixed list; otherwise empty."""
    metavar: str = ""
    """The placeholder for the value in the help; empty for choices."""
    words: tuple[str, ...] = ()
    """Words for shell completion, if more than these can be typed."""
    is_flag: bool = False
    """Whether it is yes or no, so its option takes no value."""
    in_files: Callable[[Any], Any] = lambda value: value
    """Convert a value to the types that JSON has."""


def read_number(value: object) -> float:
    """A number, or the text of one."""
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_("must be a number"))
    try:
        return float(value)
    except OverflowError:
        raise ValueError(_("the number is too large")) from None


def read_whole(value: object) -> int:
    """A whole number, or the text of one."""
    if isinstance(value, str):
        return parse_whole(value)
    number = read_number(value)
    if not number.is_integer():
        raise ValueError(_("must be a whole number"))
    return int(number)


def read_numbers(value: object) -> tuple[float, ...]:
    """A list of numbers, one number, or the text of some."""
    if isinstance(value, str):
        return parse_numbers(value)
    return tuple(map(read_number, value)) if isinstance(value, list | tuple) else (read_number(value),)


def _write_numbers(values: float | tuple[float, ...]) -> str:
    return ", ".join(map(shortest, values if isinstance(values, tuple) else (values,)))


def _read_one_or_more(value: object) -> float | tuple[float, ...]:
    """One number for all targets, or one for each."""
    numbers = read_numbers(value)
    return numbers[0] if len(numbers) == 1 else numbers


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(_("must be text"))
    return value


def choice(*choices: str) -> Kind:
    """One of several words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value.strip() not in choices:
            raise ValueError(no_such(clean(str(value), 24), choices))
        return value.strip()

    return Kind(read, choices=choices)


def either(without: str, with_it: str) -> Kind:
    """Yes or no; the form shows it as a choice of two words."""
    words = {"no": False, "false": False, "off": False, without: False}
    words |= {"yes": True, "true": True, "on": True, with_it: True}

    def read(value: object) -> bool:
        if isinstance(value, str):
            value = words.get(value.strip(), words.get(value.strip().lower()))
        if not isinstance(value, bool):
            raise ValueError(_("must be yes or no"))
        return value

    return Kind(read, lambda value: with_it if value else without, (without, with_it), is_flag=True)


def _read_kept_back(value: object) -> float:
    """The share of rows kept back, or 3 for `every-3`."""
    text = value.strip() if isinstance(value, str) else ""
    is_every = text.startswith(EVERY)
    with suppress(ValueError):
        kept = float(parse_whole(text.removeprefix(EVERY))) if is_every else read_number(value)
        if kept >= 2 if is_every else 0 < kept < 1:
            return kept
    given = clean(text or str(value), 24)
    raise ValueError(_("must be a share between 0 and 1, or every-2, every-3 …, not {given}", given=given))


def _write_kept_back(kept: float | None) -> str:
    return "" if kept is None else f"{EVERY}{int(kept)}" if kept >= 1 else shortest(kept)


def _by_name(what: type[ByName]) -> Kind:
    """A name followed by optional numbers."""
    return Kind(lambda value: what.parse(_read_text(value)), metavar="NAME", words=tuple(what.rules), in_files=str)


NUMBER = Kind(read_number, shortest, metavar="NUMBER")
WHOLE = Kind(read_whole, metavar="NUMBER")
NUMBERS = Kind(read_numbers, _write_numbers, metavar="NUMBERS")
ONE_OR_MORE = Kind(_read_one_or_more, _write_numbers, metavar="NUMBER")
OPTIMIZER, SCHEDULE = _by_name(Optimizer), _by_name(Schedule)
FUNCTION = Kind(read_function, metavar="COST", words=tuple(NAMED))
CHECKSUM = Kind(lambda value: parse_checksum(_read_text(value)), metavar="SHA256")
KEPT_BACK = Kind(_read_kept_back, _write_kept_back, metavar="ROWS", in_files=_write_kept_back)
RECIPE = Kind(_read_text, metavar="RECIPE")
FILE = Kind(_read_text, metavar="FILE")
COLUMNS = Kind(_read_text, metavar="COLUMN,…")
FLAG = either("no", "yes")

NUMERIC = (NUMBER, WHOLE, NUMBERS, ONE_OR_MORE)
"""The kinds written in digits: the same value can be typed in several ways."""
