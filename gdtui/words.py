"""Text from outside made safe to show, and numbers written as people write and read them."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that no terminal is sent: control, format (such as bidirectional), lone surrogate, private,
unassigned, line and paragraph separator."""

_MARKS = frozenset({"Mn", "Me"})
_LATER_JAMO = re.compile(r"[\u1160-\u11ff\ud7b0-\ud7fb]")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_MOST_COMBINING = 4


def clean(text: str, most: int = 200) -> str:
    """Text that came from outside, fit for a terminal: one line, at most `most` characters.

    Control, format, bidirectional and unassigned characters and lone surrogates become U+FFFD, runs of
    combining marks are cut at four, and Hangul pasted in decomposed form is composed (NFC).
    """
    shown: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text[: 4 * most]):
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= _MOST_COMBINING:
            shown.append(REPLACEMENT if _is_unsafe(character) else character)
    safe = "".join(shown)
    return safe if len(safe) <= most else safe[: most - 1] + "…"


def unfit(text: str) -> str | None:
    """The first character that `clean` would take away from a text, which may have lines and tabs; None without one."""
    marks = 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks > _MOST_COMBINING or (_is_unsafe(character) and character not in "\n\t"):
            return character
    return None


def _is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in UNSAFE


def _is_mark(character: str) -> bool:
    """Whether it is drawn on the one before, and takes no cell of its own: accents, and the later parts of Hangul."""
    return unicodedata.category(character) in _MARKS or bool(_LATER_JAMO.match(character))


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: Hangul and Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not _is_mark(c) for c in text)


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

    Raises:
        ValueError: with a reason fit to stand beside the field.
    """
    parts = [part for part in re.split(r"[\s,;]+", text.strip().strip("[]")) if part]
    if not parts:
        raise ValueError("at least one number is needed")
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


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean gradient?` for a name that nearly is one of those known, else nothing."""
    from difflib import get_close_matches  # for mistakes alone

    found = get_close_matches(word, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def digits_asked(decimals: int) -> str:
    """`(3 decimals)`, behind a question for a number."""
    return f"({count(decimals, 'decimal')})" if decimals else "(a whole number)"


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`, or with another word before the last."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def count(number: int, noun: str) -> str:
    """`3 rows`, `1 row`, `1,000,000 epochs`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
