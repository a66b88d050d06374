"""The text of a table: what parts its cells, what its columns are called, and which number a cell writes."""

import csv
import io
import itertools
import math
import re
from collections.abc import Iterator

import msgspec

from gdtui.errors import InputError
from gdtui.text import clean, numbered

SPACES = " "
"""The separator of a table whose cells stand apart by any run of spaces and tabs."""
SEPARATORS = ("\t", ";", ",", SPACES)
"""In the order they are preferred where several fit equally well."""
MISSING = frozenset({"", "na", "n/a", "null", "none"})
"""What a cell says, in lower case, where there is no number."""

_HEAD = 20
_LONGEST_SHOWN = 24
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})


class Layout(msgspec.Struct, frozen=True):
    """How the rows of a table are written."""

    separator: str
    """One of SEPARATORS."""
    names: tuple[str, ...]
    """A name for each column, fit to be shown."""
    lines_above: int
    """How many physical lines stand above the rows of numbers."""


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number: empty, `NA`, `N/A`, `null` or `None`."""
    return cell.strip().lower() in MISSING


def number(cell: str) -> float:
    """The finite number that a cell writes: `3`, `-0`, `+.5`, `5.`, `1E-3`.

    Raises:
        ValueError: with a reason fit to follow the place.
    """
    written = cell.strip()
    if not _NUMBER.fullmatch(written):
        raise ValueError(_why_not(written))
    value = float(written)
    if not math.isfinite(value):
        raise ValueError(f"{_shown(written)} is too large")
    return value


def _why_not(written: str) -> str:
    if written.lower() in MISSING:
        what = f"{_shown(written)} is no number" if written else "the cell is empty"
        return f"{what} (--drop-missing skips such rows)"
    if written.lower().lstrip("+-") in _NOT_FINITE:
        return f"{_shown(written)} is not a finite number"
    if _DECIMAL_COMMA.fullmatch(written):
        return f"{_shown(written)} is not a number: write a decimal point, not a comma"
    return f"{_shown(written)} is not a number"


def _shown(text: str) -> str:
    return f"'{clean(text, _LONGEST_SHOWN)}'"


def records(text: bytes, separator: str, place: str) -> Iterator[tuple[int, list[str]]]:
    """The line where each row begins, and its cells. Blank lines are passed over, but counted.

    `text` is UTF-8 with LF at the end of lines.

    Raises:
        InputError: a line cannot be cut into cells.
    """
    lines: Iterator[str] = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="\n")
    if separator == SPACES:
        lines = (line.replace("\t", " ").strip() for line in lines)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    first = 1
    try:
        for cells in reader:
            if len(cells) > 1 or "".join(cells).strip():
                yield first, cells
            first = reader.line_num + 1
    except csv.Error:
        longest = f"{csv.field_size_limit():,}"
        reason = f"a quotation mark is left open or out of place, or a cell is over {longest} characters"
        raise InputError(f"{place}:{first}: {reason}") from None


def find_layout(text: bytes, place: str) -> Layout:
    """The layout that fits the first rows of `text` best.

    Raises:
        InputError: there are no rows, or fewer than two columns.
    """
    separator = max(SEPARATORS, key=lambda candidate: _fit(text, candidate))
    rows = list(itertools.islice(records(text, separator, place), 2))
    if not rows:
        raise InputError(f"{place}: there is nothing in it")
    (line, first), below = rows[0], rows[1:]
    if len(first) < 2:
        raise InputError(f"{place}:{line}: only one column, and both x and y are needed")
    if not any(map(_is_name, first)):
        return Layout(separator, (*numbered("x", len(first) - 1), "y"), line - 1)
    if not below:
        raise InputError(f"{place}: there are no rows below the names of the columns")
    # A column without a name goes by its number, which chooses it too.
    names = tuple(clean(cell.strip()) or str(index) for index, cell in enumerate(first, 1))
    return Layout(separator, names, below[0][0] - 1)


def _fit(text: bytes, separator: str) -> tuple[bool, float]:
    """Whether the first rows have equally many cells, and the share of these that could be numbers."""
    rows: list[list[str]] = []
    broken = False
    try:
        for _, cells in itertools.islice(records(text, separator, ""), _HEAD):
            rows.append(cells)
    except InputError:
        # The separator that is chosen meets the same line again, and it is refused there by its number.
        broken = True
    if not rows or len(rows[0]) < 2:
        return False, -1.0 if broken else -2.0
    cells = [cell for row in rows[1:] or rows for cell in row]
    even = not broken and all(len(row) == len(rows[0]) for row in rows)
    return even, sum(not _is_name(cell) for cell in cells) / len(cells)


def _is_name(cell: str) -> bool:
    """Whether a cell cannot have been meant for a number."""
    written = cell.strip().lower()
    if written in MISSING or _DECIMAL_COMMA.fullmatch(written):
        return False
    try:
        float(written)
    except ValueError:
        return True
    return False


def choose(
    names: tuple[str, ...], features: tuple[str, ...] | None, target: str | None, place: str
) -> tuple[tuple[int, ...], int]:
    """The positions of the columns of x and of y, asked for by name or by number from 1.

    Raises:
        InputError: a column is not there, or is meant twice.
    """
    y = len(names) - 1 if target is None else _find(names, target, place)
    if features is None:
        x = tuple(index for index in range(len(names)) if index != y)
    else:
        x = tuple(_find(names, feature, place) for feature in features)
    if not x:
        raise InputError(f"{place}: no feature is chosen")
    if y in x:
        raise InputError(f"{place}: column '{names[y]}' is both a feature and the target")
    chosen = [names[index] for index in (*x, y)]
    for name in chosen:
        if chosen.count(name) > 1:
            raise InputError(f"{place}: two of the chosen columns are '{name}'")
    return x, y


def _find(names: tuple[str, ...], wanted: str, place: str) -> int:
    name = clean(wanted.strip())
    if names.count(name) > 1:
        raise InputError(f"{place}: {names.count(name)} columns are called '{name}' (choose by number)")
    if name in names:
        return names.index(name)
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(names):
        return int(name) - 1
    raise InputError(f"{place}: no column '{name}' among {clean(', '.join(names))}")
