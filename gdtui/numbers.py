"""Numbers as people read and write them: the only module that formats or parses them.

Parsers raise ValueError, with a reason fit to be shown beside the field.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from gdtui.text import _, clean, ngettext

if TYPE_CHECKING:
    from decimal import Decimal  # only charts load it

LONGEST_ANSWER = 200
"""The most characters of a number that a learner types."""

MOST_DECIMALS = 9
"""The most decimals shown."""

LARGE, LARGE_DECIMALS, TINY = 1e7, 3, 1e-6
"""From LARGE on, a number is shown as a power of ten, with LARGE_DECIMALS. Below TINY, so is one asked for in more
decimals than are shown."""

MOST_COMPONENTS = 8
"""The most numbers of a vector that are written out."""

SAME = 1e-5
"""A multiple counts as 1, and lr as 1/L or 2/L, if the relative difference is less than this."""

WIDE_FORMS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""The full-width forms of ASCII that East Asian input methods type."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)

_TIGHT_COMMA = re.compile(r"\d,[+\-\N{MINUS SIGN}.]?\d")
_OTHER_GAP = re.compile(r"[^\s,;][\s;]+[^\s,;]")
"""Something other than a comma between two numbers."""


def parse_number(text: str) -> float:
    """The finite number in a text: `0.05`, `1e-3`, `−2` (a real minus sign), `0,05`, or a fraction, `1/7`.

    A comma is a decimal comma, so this is for fields with a single number.
    """
    above, slash, below = text.partition("/")
    if not slash:
        return _parse_decimal(text)
    numerator, denominator = _parse_decimal(above), _parse_decimal(below)
    if denominator == 0:
        raise ValueError(_("'{text}' divides by 0", text=clean(text.strip(), 24)))
    return _in_range(numerator / denominator, text)


def _parse_decimal(text: str) -> float:
    written = text.strip().replace("\N{MINUS SIGN}", "-")
    if written.count(",") == 1 and "." not in written:
        written = written.replace(",", ".")
    if not written:
        raise ValueError(_("must be a number"))
    if not _NUMBER.fullmatch(written):
        raise ValueError(_("'{text}' is not a number", text=clean(text.strip(), 24)))
    return _in_range(float(written), text)


def _in_range(number: float, text: str) -> float:
    if not math.isfinite(number):
        raise ValueError(_("'{text}' is too large", text=clean(text.strip(), 24)))
    return number


def parse_whole(text: str, least: float = -math.inf, most: float = math.inf) -> int:
    """The whole number in a text, from `least` to `most`.

    Python's own `int` would also accept `1_000` and full-width digits.
    """
    number = parse_number(text)
    if not number.is_integer():
        raise ValueError(_("must be a whole number"))
    if not least <= number <= most:
        values = {"least": least, "number": shortest(number)}
        if most == math.inf:
            raise ValueError(_("must be {least:,} or more, not {number}", **values))
        raise ValueError(_("must be from {least:,} to {most:,}, not {number}", most=most, **values))
    return int(number)


def parse_numbers(text: str) -> tuple[float, ...]:
    """The numbers in a list separated by commas, semicolons or spaces: `1,2,3` or `1 2 3`.

    A comma always separates. `1,5 2,5` could be four numbers or two, so it is refused.
    """
    parts = [part for part in re.split(r"[\s,;]+", text.strip().strip("[]")) if part]
    if not parts:
        raise ValueError(_("needs at least one number"))
    if _TIGHT_COMMA.search(text) and _OTHER_GAP.search(text):
        raise ValueError(_("write decimals as 1.5 2.5: in a list, a comma separates the numbers"))
    return tuple(parse_number(part) for part in parts)


class Typed(msgspec.Struct, frozen=True):
    """A number as it was typed."""

    value: float
    decimals: int | None
    """The number of digits after the point, fewer with a power of ten; None for a fraction, which is exact."""


def parse_answer(text: str) -> Typed:
    """The number that a learner types: `-5.6`, `−5.6`, `-5,6`, `28/5` or `1e-3`; also full-width forms and `- 5.6`."""
    if len(text) > LONGEST_ANSWER:
        raise ValueError(_("that is too long to be a number"))
    written = text.translate(WIDE_FORMS).replace("\N{FRACTION SLASH}", "/").replace("\N{MINUS SIGN}", "-").strip()
    unspaced = re.sub(r"(^|/\s*)([-+])\s+", r"\1\2", written)
    return Typed(parse_number(unspaced), None if "/" in unspaced else _decimals(unspaced))


def _decimals(number: str) -> int:
    digits, __, exponent = number.lower().replace(",", ".").partition("e")
    return len(digits.partition(".")[2]) - int(exponent or 0)


def shortest(value: float) -> str:
    """The fewest digits that read back as the same float: `0.1`, `3`, `1e-09`."""
    # A whole number may be an int, which has no is_integer before Python 3.12.
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e16 else repr(float(value))


def signed(text: str) -> str:
    """A number's text with the true minus sign, for the screen."""
    return "\N{MINUS SIGN}" + text[1:] if text.startswith("-") else text


def fixed(value: float, decimals: int, large_decimals: int = LARGE_DECIMALS) -> str:
    """`value` with this many decimals while that is readable, otherwise as a power of ten; for the screen.

    −2 decimals round to hundreds. A number that is not finite is written in words, so that neither `inf` nor `nan` is
    shown.
    """
    if not math.isfinite(value):
        return _("too large")
    value = round(value, decimals) if decimals < 0 else value
    if abs(value) >= LARGE or (decimals > MOST_DECIMALS and abs(value) < TINY):
        most = shown_decimals(value, decimals, large_decimals) + (math.floor(math.log10(abs(value))) if value else 0)
        mantissa, exponent = f"{value:.{max(most, 0)}e}".split("e")
        return signed(f"{mantissa}e{int(exponent)}") if value else "0"
    text = f"{value:.{max(decimals, 0)}f}"
    return signed(text.lstrip("-") if float(text) == 0 else text)


def shown_decimals(value: float, decimals: int, large_decimals: int = LARGE_DECIMALS) -> int:
    """The place of the last digit that `fixed` shows, counted from the point: −6 for millions."""
    if LARGE <= abs(value) < math.inf:
        return min(decimals, large_decimals - math.floor(math.log10(abs(value))))
    return decimals


def significant(value: float, digits: int = 6) -> str:
    """`value` with this many significant digits and no trailing zeros, for the screen: `0.142857`, `−2.24`, `1e-9`."""
    if not math.isfinite(value):
        return _("too large")
    text = f"{value or 0.0:.{digits}g}"
    if abs(value) < sys.float_info.min:  # such a number has few digits of its own: 1e-320, not 9.99989e-321
        text = min(text, repr(value or 0.0), key=len)
    return signed(text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e"))


def digits_asked(value: float, decimals: int) -> str:
    """How many digits are asked for in a number that `fixed` shows: `3 decimals`, `4 digits`, `the nearest 100`."""
    places = shown_decimals(value, decimals)
    if value and (abs(value) >= LARGE or (places > MOST_DECIMALS and abs(value) < TINY)):
        return count(max(1, places + 1 + math.floor(math.log10(abs(value)))), "digit")
    if places < 0:
        return _("the nearest {unit:,}", unit=10**-places)
    return count(places, "decimal") if places else _("a whole number")


_COUNTED: dict[str, Callable[[int], str]] = {
    "cell": lambda n: ngettext("{n:,} cell", "{n:,} cells", n),
    "column": lambda n: ngettext("{n:,} column", "{n:,} columns", n),
    "decimal": lambda n: ngettext("{n:,} decimal", "{n:,} decimals", n),
    "digit": lambda n: ngettext("{n:,} digit", "{n:,} digits", n),
    "epoch": lambda n: ngettext("{n:,} epoch", "{n:,} epochs", n),
    "file": lambda n: ngettext("{n:,} file", "{n:,} files", n),
    "minute": lambda n: ngettext("{n:,} minute", "{n:,} minutes", n),
    "number": lambda n: ngettext("{n:,} number", "{n:,} numbers", n),
    "page": lambda n: ngettext("{n:,} page", "{n:,} pages", n),
    "record": lambda n: ngettext("{n:,} record", "{n:,} records", n),
    "row": lambda n: ngettext("{n:,} row", "{n:,} rows", n),
    "run": lambda n: ngettext("{n:,} run", "{n:,} runs", n),
    "update": lambda n: ngettext("{n:,} update", "{n:,} updates", n),
}


def count(number: int, noun: str) -> str:
    """`3 rows`, `1 row`, `1,000,000 epochs`."""
    return _COUNTED[noun](number)


def numeral(value: float) -> str:
    """A number in a worked line: six significant digits, at least as many as the lab shows."""
    return significant(value) if abs(value) < LARGE else fixed(value, 3)


def bracketed(number: str) -> str:
    """A negative number in brackets, to follow an operator."""
    return f"({number})" if number.startswith("\N{MINUS SIGN}") else number


def multiple(ratio: float) -> str:
    """A multiple with two decimals, or more if two would hide which side of 1 it is on."""
    for decimals in (2, 3, 4, 5, 6) if math.isfinite(ratio) else ():
        text = f"{ratio:.{decimals}f}"
        if (float(text) == 1) == (abs(ratio - 1) <= SAME) and (float(text) > 0 or ratio == 0):
            return f"{ratio:,.{decimals}f}" if len(text) < 12 else significant(ratio, 3)
    return significant(ratio, 3)


def times(factor: float) -> str:
    """A factor with two decimals, or more if 1.00 would hide that it is not 1: `0.33`, `−0.40`, `0.9988`."""
    text = fixed(factor, 2)
    return text.replace("1.00", multiple(abs(factor))) if text in ("1.00", "\N{MINUS SIGN}1.00") else text


def roughly(number: float) -> str:
    """A large whole number to three digits: `138,000`, `1.4e12`."""
    return f"{float(f'{number:.3g}'):,.0f}" if number < 1e9 else significant(number, 2)


def enough_decimals(value: float, digits: int = 3) -> int:
    """How many decimals are needed to show this many digits of a number; at least `digits`."""
    if abs(value) >= 0.1 or value == 0:
        return digits
    return digits - 1 - math.floor(math.log10(abs(value)))


def decimals_for(update: Sequence[float]) -> int:
    """Three decimals, or more if the update would otherwise be invisible: two digits of the largest."""
    largest = max((abs(value) for value in update if math.isfinite(value)), default=0.0)
    if largest == 0:
        return 3
    return min(max(3, 1 - math.floor(math.log10(largest))), MOST_DECIMALS)


def finer(value: float, decimals: int, more: int) -> str:
    """`value` as `fixed` shows it, but with this many digits more."""
    return fixed(value, decimals + more, LARGE_DECIMALS + more)


def readable_decimals(values: Iterable[float]) -> int:
    """How many decimals to show for such numbers: three, more for small ones, fewer for large ones."""
    known = [value for value in values if math.isfinite(value)]
    largest = max(map(abs, known), default=0.0)
    return decimals_for(known) if largest < 1000 else max(0, 6 - math.floor(math.log10(largest)))


def prediction_decimals(values: Iterable[float]) -> int:
    """How many decimals to show for predictions: six, fewer for large ones, whose last digits are of no use."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return 6 if largest < 1000 else max(0, 6 - math.floor(math.log10(largest)))


def given_decimals(values: Iterable[float]) -> int:
    """How many decimals to show for numbers that somebody typed: no more than they need, up to a limit."""
    known = list(values)
    most = readable_decimals(known)
    exact = (d for d in range(most) if all(math.isclose(v, round(v, d), rel_tol=1e-6) for v in known))
    return next(exact, most)


def vector(numbers: Sequence[float], decimals: int, most: int = MOST_COMPONENTS) -> str:
    """A single number plain, several in brackets, with an ellipsis if there are more than `most`."""
    return in_brackets([fixed(number, decimals) for number in numbers[:most]], len(numbers))


def in_brackets(texts: Sequence[str], of: int) -> str:
    """The first of `of` numbers, already written; a single one plain."""
    return texts[0] if of == 1 else f"[{' '.join(texts)}{' …' if of > len(texts) else ''}]"


def in_rows(rows: Sequence[Sequence[str]]) -> str:
    """W, already written, row by row: `1.400`, `[1.400 2.000]`, or for two targets `[[1.400 2.000] [0.100 0.300]]`."""
    if len(rows[0]) == 1:
        return in_brackets([text for (text,) in rows], len(rows))
    return f"[{' '.join(in_brackets(row, len(row)) for row in rows)}]"


def as_many_digits(value: float | None, most: int, room: int) -> str:
    """As many digits as fit into the room, at most `most`, for a number and for others close to it."""
    if not value:
        return _("none") if value is None else "0"
    if not math.isfinite(value):
        return _("too large")
    for digits in range(most, 1, -1):
        text = f"{value:#.{digits}g}".replace("e-0", "e-").replace("e+0", "e+").replace(".e", "e").rstrip(".")
        if len(text) <= room:
            return signed(text)
    return significant(value, 1)


def tick_labels(values: list[Decimal]) -> list[str]:
    """Labels in one form, with as many decimals as the value that needs most; zero is `0`."""
    largest = max((abs(value) for value in values), default=0)
    if largest >= 10**9 or largest * 100 < 1:
        digits = max((len(value.normalize().as_tuple().digits) for value in values), default=1)
        return [_with_sign(v, f"{abs(v).scaleb(-v.adjusted()):.{digits - 1}f}e{v.adjusted()}") for v in values]
    unit, suffix = (1, "") if largest < 10**4 else (1000, "k") if largest < 10**6 else (10**6, "M")
    scaled = [(value / unit).normalize() for value in values]
    decimals = max(max(0, -int(value.as_tuple().exponent)) for value in scaled)
    return [_with_sign(value, f"{abs(value):.{decimals}f}{suffix}") for value in scaled]


def _with_sign(value: Decimal, size: str) -> str:
    return "0" if not value else f"\N{MINUS SIGN}{size}" if value < 0 else size
