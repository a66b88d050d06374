"""What a learner types as an answer, read as a number or as one of several words."""

import math
import re
import unicodedata
from collections.abc import Sequence

import msgspec

from gdtui.numbers import parse_number
from gdtui.text import clean, listed

LONGEST = 200
"""The most characters of an answer."""

SHORT = 24
"""Choices with at most this many characters in all are repeated to someone who names none of them; of longer ones, the
numbers are."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""The wide forms that an East Asian input method types for ASCII."""


class Typed(msgspec.Struct, frozen=True):
    """A number as it was typed."""

    value: float
    decimals: int | None
    """How many digits follow the point, fewer for a power of ten; None for a fraction, which is exact."""


def parse_answer(text: str) -> Typed:
    """The number that `-5.6`, `−5.6`, `-5,6`, `28/5` or `1e-3` writes.

    Raises:
        ValueError: with a reason fit to stand beside the field.
    """
    if len(text) > LONGEST:
        raise ValueError("that is too long to be a number")
    written = text.translate(_WIDE).replace("\N{FRACTION SLASH}", "/").strip()
    above, slash, below = written.partition("/")
    if not slash:
        number = _unspaced(written)
        return Typed(parse_number(number), _decimals(number))
    numerator, denominator = parse_number(_unspaced(above)), parse_number(_unspaced(below))
    if denominator == 0:
        raise ValueError(f"'{clean(written, 24)}' divides by 0")
    if not math.isfinite(numerator / denominator):
        raise ValueError(f"'{clean(written, 24)}' is too large")
    return Typed(numerator / denominator, None)


def _unspaced(number: str) -> str:
    """A number with Python's minus sign, and without the space that many leave after one."""
    return re.sub(r"^([-+])\s+", r"\1", number.strip().replace("\N{MINUS SIGN}", "-"))


def _decimals(number: str) -> int:
    digits, _, exponent = number.lower().replace(",", ".").partition("e")
    return len(digits.partition(".")[2]) - int(exponent or 0)


def parse_choice(text: str, choices: Sequence[str]) -> int:
    """The index of the choice that `text` names: by its number from 1, its words, or the beginning of them.

    Raises:
        ValueError: none or several are meant.
    """
    wanted = _folded(text[:LONGEST].translate(_WIDE))
    folded = [_folded(choice) for choice in choices]
    if wanted in folded:
        return folded.index(wanted)
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 3 and 1 <= int(wanted) <= len(choices):
        return int(wanted) - 1
    meant = [index for index, choice in enumerate(folded) if wanted and choice.startswith(wanted)]
    if len(meant) != 1:
        is_short = sum(map(len, choices)) <= SHORT
        names = choices if is_short else [str(number) for number, _ in enumerate(choices, 1)]
        raise ValueError(f"'{clean(text.strip(), 24)}' is not {listed(names, 'or')}")
    return meant[0]


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
