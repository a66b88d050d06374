"""From lines to cells: what parts them."""

import csv
import io
import itertools
from collections.abc import Iterator

from gdtui.errors import InputError
from gdtui.storage.tables.lines import TooMuchError, refuse_much_skipped
from gdtui.storage.tables.number import looks_like_number
from gdtui.text import _

SPACES = " "
"""The separator of a table whose cells stand apart by any run of spaces and tabs."""
SEPARATORS = ("\t", ";", ",", "|", SPACES)
"""In the order they are preferred where several fit equally well."""
MOST_COLUMNS = 10_000
HEAD = 20
"""How many rows are looked at to find out how a table is written."""


def records(text: bytes, separator: str, place: str, lines_before: int = 0) -> Iterator[tuple[int, list[str]]]:
    """The line where each row begins, and its cells. Blank lines are passed over, but counted.

    `text` is UTF-8 with LF at the end of lines; so many lines of its table are not in it, but stand before it.
    """
    lines: Iterator[str] = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="\n")
    if separator == SPACES:
        lines = (line.replace("\t", " ").strip() for line in lines)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    first, blank = lines_before + 1, 0
    try:
        for cells in reader:
            if len(cells) > 1 or "".join(cells).strip():
                if len(cells) > MOST_COLUMNS:
                    reason = _("there are more than {most:,} columns, the most that gdtui reads", most=MOST_COLUMNS)
                    raise TooMuchError(f"{place}:{first}: {reason}")
                yield first, cells
            else:
                blank += 1
                refuse_much_skipped(blank, place)
            first = lines_before + reader.line_num + 1
    except csv.Error:
        longest = csv.field_size_limit()
        reason = _("a quotation mark is missing or out of place, or a cell is longer than {n:,} characters", n=longest)
        raise InputError(f"{place}:{first}: {reason}") from None


def find_separator(text: bytes, place: str) -> str:
    """The separator that fits the first rows of `text` best."""
    return max(SEPARATORS, key=lambda candidate: _fit(text, candidate, place))


def _fit(text: bytes, separator: str, place: str) -> tuple[bool, float, float]:
    """Whether the first rows have as many cells, how many of them have, and the share of these that could be numbers.

    A separator that cannot cut the rows still counts by those before. If it is chosen, the same row is met again and
    is refused there by its number.
    """
    rows: list[list[str]] = []
    broken = False
    try:
        for __, cells in itertools.islice(records(text, separator, place), HEAD):
            rows.append(cells)
    except TooMuchError:
        raise
    except InputError:
        broken = True
    lengths = [len(row) for row in rows]
    usual = max(set(lengths), key=lengths.count, default=0)
    if usual < 2:
        return False, -1.0 if broken else -2.0, 0
    cells = [cell for row in rows[1:] or rows for cell in row]
    even = not broken and lengths.count(lengths[0]) == len(rows)
    return even, even or lengths.count(usual) / len(rows), sum(map(looks_like_number, cells)) / len(cells)
