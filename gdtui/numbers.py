"""Numbers as people read and write them: the only module that formats or parses one."""

import math
import re

from gdtui.text import clean

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)

_TIGHT_COMMA = re.compile(r"\d,[+\-\N{MINUS SIGN}.]?\d")
_OTHER_GAP = re.compile(r"[^\s,;][\s;]+[^\s,;]")
"""Something else than a comma between two numbers."""


def parse_number(text: str) -> float:
    """The finite number that `text` writes: `0.05`, `1e-3`, `−2` (a real minus sign), and `0,05`.

    A comma is the decimal comma, so this is for a field that holds one number.

    Raises:
        ValueError: with a reason fit to stand beside the field.
    """
    written = text.strip().replace("\N{MINUS SIGN}", "-")
    if written.count(",") == 1 and "." not in written:
        written = written.replace(",", ".")
    if not written:
        raise ValueError("a number is needed")
    if not _NUMBER.fullmatch(written):
        raise ValueError(f"'{clean(text.strip(), 24)}' is not a number")
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"'{clean(text.strip(), 24)}' is too large")
    return number


def parse_whole(text: str, least: float = -math.inf, most: float = math.inf) -> int:
    """The whole number that `text` writes, from `least` to `most`.

    Python's own `int` reads `1_000` too, and digits of full width.

    Raises:
        ValueError: with a reason fit to stand beside the field.
    """
    number = parse_number(text)
    if not number.is_integer():
        raise ValueError("must be a whole number")
    if not least <= number <= most:
        limits = f"{least:,} or more" if most == math.inf else f"from {least:,} to {most:,}"
        raise ValueError(f"must be {limits}, not {shortest(number)}")
    return int(number)


def parse_numbers(text: str) -> tuple[float, ...]:
    """The numbers that `text` lists, between commas, semicolons or spaces: `1,2,3` or `1 2 3`.

    A comma separates, always. `1,5 2,5` could be four numbers or two, so it is refused.

    Raises:
        ValueError: with a reason fit to stand beside the field.
    """
    parts = [part for part in re.split(r"[\s,;]+", text.strip().strip("[]")) if part]
    if not parts:
        raise ValueError("at least one number is needed")
    if _TIGHT_COMMA.search(text) and _OTHER_GAP.search(text):
        raise ValueError("write decimals with a point, as 1.5 2.5: in a list a comma separates")
    return tuple(parse_number(part) for part in parts)


def shortest(value: float) -> str:
    """The fewest digits that read back to the same float: `0.1`, `3`, `1e-09`."""
    # A whole number may come as an int, which before Python 3.12 has no is_integer.
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e16 else repr(float(value))


def signed(text: str) -> str:
    """A number's text with the true minus sign, for the screen."""
    return "\N{MINUS SIGN}" + text[1:] if text.startswith("-") else text


def fixed(value: float, decimals: int) -> str:
    """`value` with so many decimals while that stays readable, otherwise as a power of ten; for the screen.

    A number that has left the range of floats is written in words, so that neither `inf` nor `nan` is shown.
    """
    if not math.isfinite(value):
        return "too large"
    if abs(value) >= 1e7:
        mantissa, exponent = f"{value:.3e}".split("e")
        return signed(f"{mantissa}e{int(exponent)}")
    text = f"{value:.{decimals}f}"
    return signed(text.lstrip("-") if float(text) == 0 else text)


def significant(value: float, digits: int = 6) -> str:
    """`value` with so many significant digits and no idle zeros, for the screen: `0.142857`, `−2.24`, `1e-9`."""
    if not math.isfinite(value):
        return "too large"
    return signed(f"{value or 0.0:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e"))


def digits_asked(decimals: int) -> str:
    """`(3 decimals)`, behind a question for a number."""
    return f"({count(decimals, 'decimal')})" if decimals else "(a whole number)"


def count(number: int, noun: str) -> str:
    """`3 rows`, `1 row`, `1,000,000 epochs`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
