"""From cells to numbers: which number a cell contains, including columns written in other notations."""

import math
import re
from collections.abc import Callable

from gdtui.experiment.command_line import quoted
from gdtui.numbers import shortest
from gdtui.text import _, clean

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", ".", "#n/a"})
"""Cell texts, in lower case, that mean a missing number."""

_LONGEST_SHOWN, _LONGEST_ROW = 24, 48
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}[-/.]\d\d?([-/.]\d\d?)?\.?|\d\d?[-/.]\d\d?[-/.]\d{2,4}|\d\d?:\d\d(:\d\d)?", re.ASCII)
_NOT_FINITE = frozenset({"inf", "infinity"})
_YES_NO = ({"yes": 1.0, "no": 0.0}, {"true": 1.0, "false": 0.0})

_CURRENCY = r"[$€£¥₩￦₹]"
_MEASURED = re.compile(
    rf"(?P<sign>[+-]?)(?P<before>{_CURRENCY}?)[ \u00a0]?(?P<number>[+-]?[\d.][\d.,'’\u00a0\u202f\u2009]*)"
    r"[ \u00a0]?(?P<behind>[^\d\s.,+\-'’;_()][^\d,;_]{0,11})?",
    re.ASCII,
)
_GROUPS = {
    mark: re.compile(rf"[+-]?[1-9]\d{{0,2}}({mark}\d{{3}})+(\.\d+)?", re.ASCII)
    for mark in (",", "'", "’", " ", "\u00a0", "\u202f", "\u2009")
} | {".": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", re.ASCII)}
"""Patterns of digits grouped by thousands, by the separator of the groups."""

_POINTS_AND_COMMA = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+", re.ASCII)
_DIGITS = re.compile(r"[+-]?[\d.,]*\d[\d.,]*", re.ASCII)
_CELL = rb"""(?:^|[;"])[ \t]*[+-]?(?:%s)[ \t]*(?:$|[;"])"""
DECIMAL_POINT = re.compile(_CELL % rb"0?\.\d+|0\.|\d{4,}\.\d*|\d+\.(?:\d\d?|\d{4,})?|\d*\.\d+[eE][+-]?\d+", re.M)
"""A cell between semicolons whose point must be a decimal one: `0.125`, `1.5` or `1234.567`, not `148.000`."""
GROUPED_CELL = re.compile(_CELL % rb"[1-9]\d{0,2}(?:\.\d{3})+", re.M)
"""A cell between semicolons whose points may separate thousands."""

Reading = tuple[list[float], str]
"""The numbers of a column's cells, and what was assumed, or empty."""


def is_missing(cell: str) -> bool:
    """Whether a cell stands for a missing number."""
    return cell.strip().lower() in MISSING


def number(cell: str) -> float:
    """The finite number in a cell: `3`, `-0`, `+.5`, `5.`, `1E-3`."""
    written = cell.strip()
    if not _NUMBER.fullmatch(written) or not math.isfinite(value := float(written)):
        raise ValueError("not a plain number")
    return value


def is_grouped(cell: str) -> bool:
    """Whether the points of a cell may separate thousands, as in 148.000."""
    return bool(_GROUPS["."].fullmatch(cell.strip()))


def parts_thousands(cell: str) -> bool:
    """Whether the points of a cell can do nothing else, as in 1.148.000."""
    return is_grouped(cell) and cell.count(".") > 1


def is_digits(cell: str) -> bool:
    """Whether a cell is a number, perhaps in another notation: digits, points and commas, but not a date."""
    written = _plain_minus(cell)
    return bool(_DIGITS.fullmatch(written)) and not _DATE.fullmatch(written)


def looks_like_number(cell: str) -> bool:
    """Whether a cell has only a number or a word for a missing one, or something close to that."""
    written = cell.strip().lower()
    if written in MISSING or _DECIMAL_COMMA.fullmatch(written):
        return True
    try:
        float(written)
    except ValueError:
        return False
    return True


def looks_like_text(cell: str) -> bool:
    """Whether a cell was certainly not meant as a number, unlike 5%, $400, 1'000, 2020-01-01 or yes."""
    written = _plain_minus(cell).lower()
    if _DATE.fullmatch(written) or any(written in words for words in _YES_NO) or looks_like_number(written):
        return False
    return not _MEASURED.fullmatch(written) or any(map(str.isalpha, written))


def unit(cell: str) -> str:
    """What surrounds a number in a cell: `%`, `$`, `kg`; empty if nothing does, or if there is no number."""
    found = _MEASURED.fullmatch(_plain_minus(cell))
    return (found["before"] or "") + (found["behind"] or "") if found else ""


def read_odd(cells: list[str], are_all: bool, separator: str, are_points_decimal: bool) -> Reading | None:
    """The numbers of those cells in a column that are not plain numbers; None if they are not all of one kind.

    `are_all`: the column has no other cells.
    """
    kinds: tuple[Callable[[list[str]], Reading | None], ...] = (
        _numbers,  # with a real minus sign
        lambda odd: _grouped(odd, separator),
        *((_yes_or_no, lambda odd: _measured(odd, separator)) if are_all else ()),
    )
    written = [_plain_minus(cell) for cell in cells]
    if any(map(parts_thousands if are_points_decimal else is_grouped, written)):
        return _grouped(written, separator)
    return next((reading for kind in kinds if (reading := kind(written))), None)


def could_be_two(cell: str, others: list[str], separator: str, has_points: bool) -> bool:
    """Whether a cell such as 148.000 or 1,500 may be either of two numbers, given the other odd ones of its table.

    `has_points`: another cell of the table has a point that can only be a decimal one.
    """
    written = _plain_minus(cell)
    if is_grouped(written):
        return written.count(".") == 1
    is_one = written.count(",") == 1 and bool(_GROUPS[","].fullmatch(written))
    return is_one and not has_points and separator != "," and all(map(_may_part_thousands, others))


def has_decimal_comma(cell: str) -> bool:
    """Whether a cell is a number if its comma is a decimal one."""
    return bool(_DECIMAL_COMMA.fullmatch(_plain_minus(cell)))


def _may_part_thousands(cell: str) -> bool:
    """Whether the comma of a cell, if it has one, may part thousands."""
    written = _plain_minus(cell)
    is_decimal = _DECIMAL_COMMA.fullmatch(written) or _POINTS_AND_COMMA.fullmatch(written)
    return not is_decimal or bool(_GROUPS[","].fullmatch(written))


def why_not(cell: str, others: list[str], separator: str, has_points: bool) -> str:
    """Why a cell is not a number, given the other odd ones of its table; to follow the cell's place.

    `has_points`: see `could_be_two`.
    """
    written = _plain_minus(cell)
    shown = f"'{clean(cell.strip(), _LONGEST_SHOWN)}'"
    if not written:
        return _("the cell is empty (--drop-missing skips such rows)")
    if written.lower() in MISSING:
        return _("{cell} is not a number (--drop-missing skips such rows)", cell=shown)
    if written.lower().lstrip("+-") in _NOT_FINITE:
        return _("{cell} is not a finite number", cell=shown)
    if could_be_two(cell, others, separator, has_points):
        whole, decimal = re.sub("[.,]", "", written), shortest(float(written.replace(",", ".")))
        values = {"cell": shown, "whole": whole, "decimal": decimal}
        if is_grouped(written):
            return _("{cell} between semicolons could mean {whole} or {decimal}", **values)
        return _("{cell} could mean {whole} or {decimal}", **values)
    if is_grouped(written):
        return _("{cell} is not a number: take the points out", cell=shown)
    if _POINTS_AND_COMMA.fullmatch(written):
        plain = written.replace(".", "").replace(",", ".")
        return _("{cell} has points for thousands and a decimal comma: write {plain}", cell=shown, plain=plain)
    if _NUMBER.fullmatch(written):
        return _("{cell} is too large", cell=shown)
    if _GROUPS[","].fullmatch(written) and all(map(_may_part_thousands, others)):
        return _("{cell} is not a number: take the comma out", cell=shown)
    if has_decimal_comma(cell):
        return _("{cell} is not a number: write a decimal point, not a comma", cell=shown)
    if _DATE.fullmatch(written.partition(" ")[0].partition("T")[0]):
        return _("{cell} is a date or a time: write it as a number of days or hours", cell=shown)
    if (around := unit(cell)).lower().rstrip("+-") not in ("", "e"):
        return _("{cell} is not a number alone: take '{unit}' out of the column", cell=shown, unit=clean(around))
    return no_number(cell)


def decimals_or_thousands(cell: str, others: list[str], separator: str, has_points: bool, place: str) -> str:
    """What to do about a cell whose points or commas need not be what they seem; to follow why it is no number.

    `has_points`: see `could_be_two`.
    """
    marks = "';' ," if is_grouped(cell) else "',;' .," if separator == ";" else ", ."
    decimal = f"tr {marks} < {quoted(place)} > table.csv"  # commas then separate the cells, or tabs as before
    if could_be_two(cell, others, separator, has_points):
        whole = f"tr -d {'.' if is_grouped(cell) else ','} < {quoted(place)} > table.csv"
        return f". {_('For thousands: {whole}; for decimals: {decimal}', whole=whole, decimal=decimal)}"
    if has_decimal_comma(cell) and not has_points and separator != ",":
        return f". {_('In all cells: {command}', command=decimal)}"
    return ""


def decimal_commas(cells: list[str], separator: str, columns: int) -> str:
    """What to do about a row whose commas may be decimal ones: it has twice as many cells as the table has columns."""
    pairs = [f"{whole},{part}" for whole, part in zip(cells[::2], cells[1::2], strict=False)]
    if separator != "," or len(cells) != 2 * columns or not all(map(has_decimal_comma, pairs)):
        return ""
    row = clean(",".join(pair.replace(",", ".") for pair in pairs), _LONGEST_ROW)
    return f". {_('If its commas are decimal, write points: {row}', row=row)}"


def no_number(cell: str) -> str:
    """The message for a cell about which nothing else is known."""
    return _("{cell} is not a number", cell=f"'{clean(cell.strip(), _LONGEST_SHOWN)}'")


def _plain_minus(cell: str) -> str:
    return cell.strip().replace("\N{MINUS SIGN}", "-")


def _numbers(cells: list[str], written: list[str] | None = None) -> Reading | None:
    """The numbers in cells. If they were `written` in another notation, a note says how the first one was read."""
    try:
        values = [number(cell) for cell in cells]
    except ValueError:
        return None
    if not written:
        return values, ""
    return values, _("'{cell}' is read as {number}", cell=clean(written[0], _LONGEST_SHOWN), number=shortest(values[0]))


def _yes_or_no(cells: list[str]) -> Reading | None:
    for words in _YES_NO:
        if all(cell.lower() in words for cell in cells):
            yes, no = words
            return [words[cell.lower()] for cell in cells], _("{yes} is read as 1 and {no} as 0", yes=yes, no=no)
    return None


def _grouped(cells: list[str], separator: str) -> Reading | None:
    """Numbers with grouped thousands.

    A comma or point with three digits after it could be a decimal one, unless a cell has two of them or one of each, or
    commas already separate the table's cells.
    """
    for mark, pattern in _GROUPS.items():
        if all(map(pattern.fullmatch, cells)):
            is_sure = mark not in ",." or any(c.count(mark) > 1 for c in cells)
            is_sure = is_sure or (mark == "," and (separator == "," or any("." in c for c in cells)))
            return _numbers([c.replace(mark, "") for c in cells], cells) if is_sure else None
    return None


def _measured(cells: list[str], separator: str) -> Reading | None:
    """Numbers that all have the same unit, such as %, $ or kg."""
    found = [_MEASURED.fullmatch(cell) for cell in cells]
    units = {unit(cell) for cell in cells}
    if len(cells) < 2 or len(units) > 1 or not all(found) or not all(units):
        return None
    bare = [match["sign"] + match["number"] for match in found if match]
    are_in_groups = any(map(parts_thousands, bare))
    odd = [i for i, cell in enumerate(bare) if not _NUMBER.fullmatch(cell) or (are_in_groups and "." in cell)]
    grouped = _grouped([bare[index] for index in odd], separator) if odd else ([], "")
    if grouped is None:
        return None
    for index, value in zip(odd, grouped[0], strict=True):
        bare[index] = repr(value)
    return _numbers(bare, cells)
