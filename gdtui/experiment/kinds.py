"""Kinds of settings: how their values are read and written."""

from collections.abc import Callable
from typing import Any

import msgspec

from gdtui.experiment.dataset import parse_checksum
from gdtui.experiment.optimizer import OPTIMIZERS, parse_optimizer
from gdtui.numbers import parse_number, parse_numbers, parse_whole, shortest
from gdtui.text import clean


class Kind(msgspec.Struct, frozen=True):
    """How the values of a setting are read and written."""

    read: Callable[[Any], Any]
    """The value that a text writes, or that a lesson or a file holds. Raises ValueError with the reason."""
    write: Callable[[Any], str] = str
    """A value as people type it."""
    choices: tuple[str, ...] = ()
    """All that can be typed; empty where there is no end of it."""
    metavar: str = ""
    """What stands for the value in the help; empty for choices."""
    words: tuple[str, ...] = ()
    """What a shell completes, where that is not all that can be typed."""
    is_flag: bool = False
    """Whether it is yes or no, so that its option takes no value."""
    in_files: Callable[[Any], Any] = lambda value: value
    """A value in the types that JSON has."""


def read_number(value: object) -> float:
    """A number, or the text of one."""
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is needed")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("too large a number") from None


def read_whole(value: object) -> int:
    """A whole number, or the text of one."""
    if isinstance(value, str):
        return parse_whole(value)
    number = read_number(value)
    if not number.is_integer():
        raise ValueError("must be a whole number")
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
        raise ValueError("a text is needed")
    return value


def choice(*choices: str) -> Kind:
    """One of several words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value.strip() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not '{clean(str(value), 24)}'")
        return value.strip()

    return Kind(read, choices=choices)


def either(without: str, with_it: str) -> Kind:
    """Yes or no, which the form calls by two words of its own."""
    words = {"no": False, "false": False, "off": False, without: False}
    words |= {"yes": True, "true": True, "on": True, with_it: True}

    def read(value: object) -> bool:
        if isinstance(value, str):
            value = words.get(value.strip(), words.get(value.strip().lower()))
        if not isinstance(value, bool):
            raise ValueError("yes or no is needed")
        return value

    return Kind(read, lambda value: with_it if value else without, (without, with_it), is_flag=True)


NUMBER = Kind(read_number, shortest, metavar="NUMBER")
WHOLE = Kind(read_whole, metavar="NUMBER")
NUMBERS = Kind(read_numbers, _write_numbers, metavar="NUMBERS")
ONE_OR_MORE = Kind(_read_one_or_more, _write_numbers, metavar="NUMBER")
OPTIMIZER = Kind(
    lambda value: parse_optimizer(_read_text(value)), metavar="NAME", words=tuple(OPTIMIZERS), in_files=str
)
CHECKSUM = Kind(lambda value: parse_checksum(_read_text(value)), metavar="SHA256")
FILE = Kind(_read_text, metavar="FILE")
COLUMNS = Kind(_read_text, metavar="COLUMN")
FLAG = either("no", "yes")

NUMERIC = (NUMBER, WHOLE, NUMBERS, ONE_OR_MORE)
"""The kinds that are made of digits, which may be written in several ways."""
