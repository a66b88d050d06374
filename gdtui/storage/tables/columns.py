"""From lines to cells and columns: what parts them, what they are called, where rows begin, and which are meant."""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from operator import add
from typing import NamedTuple

import msgspec

from gdtui.errors import InputError
from gdtui.experiment.command_line import quoted
from gdtui.experiment.origin import Origin
from gdtui.storage.tables.lines import Lines, TooMuchError, refuse_much_skipped
from gdtui.storage.tables.number import DECIMAL_POINT, is_missing, looks_like_number, looks_like_text, unit
from gdtui.text import _, clean, numbered

SPACES = " "
"""The separator of a table whose cells stand apart by any run of spaces and tabs."""
SEPARATORS = ("\t", ";", ",", "|", SPACES)
"""In the order they are preferred where several fit equally well."""
LABELS = "/"
"""What stands between the labels of a column: `kind=cat/dog`."""
MOST_COLUMNS = 10_000
ROWS_LOOKED_AT = 20
"""How many rows are looked at to find out how a table is written."""

ROW_NUMBERS = frozenset({"", "rownames", "row.names", "unnamed: 0", "id"})
"""What a column is called, in lower case, that may only count the rows."""

Row = tuple[int, list[str]]
"""The line where a row begins, and its cells."""


class Chosen(NamedTuple):
    """What is read of a table."""

    x: tuple[int, ...]
    """The positions of its columns of x."""
    ys: tuple[int, ...]
    """And of each y."""
    drop_missing: bool
    """Whether rows are skipped that have a number missing in these columns."""
    labels: dict[int, tuple[str, ...]]
    """By its position, what a column of text says for 0, for 1 and so on."""

    @property
    def positions(self) -> tuple[int, ...]:
        """Those of x, then those of each y."""
        return (*self.x, *self.ys)

    def words(self, layout: "Layout", columns: tuple[int, ...]) -> tuple[str, ...] | None:
        """What `--features` and `--target` call these columns, with their labels; None where there is no such word."""
        words = layout.words(columns)
        ends = (f"={LABELS.join(self.labels[index])}" if index in self.labels else "" for index in columns)
        return words and tuple(map(add, words, ends))


class Layout(msgspec.Struct, frozen=True):
    """How the rows of a table are written."""

    separator: str
    names: tuple[str, ...]
    """A name for each column, fit to be shown."""
    lines_above: int
    """How many physical lines stand above the rows of numbers."""
    said: tuple[str, ...] = ()
    """What was assumed."""
    are_rows_named: bool = False
    """Whether the first column only names the rows: it has no name where all others have one, as R writes tables."""
    may_count_rows: bool = False
    """Whether the first column is called as one that only counts the rows."""
    lines_before: int = 0
    """How many lines of the table stand before the text that is read: the line of a row is counted on from these."""
    are_points_decimal: bool = True
    """Whether a point cannot part thousands: semicolons part the cells in countries where it does, unless a cell shows
    otherwise."""

    def may_leave_out(self, chosen: "Chosen", asked: Origin) -> bool:
        """Whether the first column of x is left out if it only counts the rows: nobody asked for it."""
        is_first = chosen.x[0] == 0 < len(chosen.x) - 1
        return self.may_count_rows and is_first and asked.features is None and bool(self.words(chosen.positions))

    def fits(self, cells: list[str]) -> bool:
        """Whether a row has as many cells as there are names, or empty ones behind them."""
        width = len(self.names)
        return len(cells) == width or _filled(cells) <= width < len(cells)

    def words(self, columns: tuple[int, ...]) -> tuple[str, ...] | None:
        """What `--features` and `--target` call these columns; None where one cannot be called anything."""
        counts = Counter(self.names)

        def word(index: int) -> str | None:
            name, number = self.names[index], str(index + 1)
            return name if counts[name] == 1 and "," not in name else None if number in counts else number

        words = tuple(map(word, columns))
        return None if None in words else tuple(filter(None, words))


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


def _fit(text: bytes, separator: str, place: str) -> tuple[bool, float, float]:
    """Whether the first rows have as many cells, how many of them have, and the share of these that could be numbers.

    A separator that cannot cut the rows still counts by those before. If it is chosen, the same row is met again and
    is refused there by its number.
    """
    rows: list[list[str]] = []
    broken = False
    try:
        for __, cells in itertools.islice(records(text, separator, place), ROWS_LOOKED_AT):
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


def find_layout(lines: Lines, place: str) -> Layout:
    """The layout that fits the first rows of a table best, and whether a point is a decimal one anywhere in it."""
    layout = _layout_of(lines, place)
    if layout.separator != ";" or DECIMAL_POINT.search(lines.text):
        return layout
    return msgspec.structs.replace(layout, are_points_decimal=False)


def _layout_of(lines: Lines, place: str) -> Layout:
    """The layout that fits the first rows of a table best.

    A comment just above the first row may name the columns where nothing else does.
    """
    separator = lines.separator or max(SEPARATORS, key=lambda some: _fit(lines.text, some, place))
    rows = list(itertools.islice(records(lines.text, separator, place), ROWS_LOOKED_AT))
    if not rows:
        raise InputError(f"{place}: {_('there is no data in it')}")
    _refuse_title(rows, place)
    width = max(_filled(cells) for __, cells in rows)
    is_wider = any(len(cells) > width for __, cells in rows)
    said = (*lines.said, _("the empty column at the end is left out")) if is_wider else lines.said
    (line, first), below = rows[0], rows[1:]
    if width < 2 or len(first) < 2:
        raise InputError(f"{place}:{line}: {_('there is only one column, but gdtui needs both x and y')}")
    if not _are_names(first, below):
        names = _cells(lines.comment, separator)
        if len(names) == width and all(map(looks_like_text, names)):
            return Layout(
                separator, _shown(names), line - 1, (*said, _("column names from line {line}", line=line - 1))
            )
        numbers = (*numbered("x", min(width, len(first)) - 1), "y")
        return Layout(
            separator, numbers, line - 1, (*said, _("no column names, so line {line} is read as a row", line=line))
        )
    if not below:
        raise InputError(f"{place}: {_('there are no rows below the column names')}")
    # Between commas, one cell more than names may as well be a thousands separator.
    is_safe = separator in (SPACES, "\t") or all(looks_like_text(cells[0]) for __, cells in below)
    are_rows_named = is_safe and all(_filled(cells) == len(first) + 1 for __, cells in below)
    if are_rows_named:
        said = (*said, _("the column of row names is left out"))
    first = ["", *first] if are_rows_named else first[: max(width, _filled(first))]
    if line > 1 or not all(map(looks_like_text, filter(str.strip, first))):
        said = (*said, _("column names from line {line}", line=line))
    may_count = not are_rows_named and first[0].strip().lower() in ROW_NUMBERS
    return Layout(separator, _shown(first), below[0][0] - 1, said, are_rows_named, may_count)


def _filled(cells: list[str]) -> int:
    """How many cells a row has without the empty ones at its end."""
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return width


def _shown(names: list[str]) -> tuple[str, ...]:
    """Names fit to be shown. A column without a name goes by its number, which chooses it too."""
    return tuple(clean(name.strip()) or str(index) for index, name in enumerate(names, 1))


def _cells(comment: bytes, separator: str) -> list[str]:
    try:
        return next((cells for __, cells in records(comment.strip(), separator, "")), [])
    except InputError:
        return []


def _are_names(first: list[str], below: list[Row]) -> bool:
    """Whether the first row names the columns: all of it is text, or it has text above numbers."""
    columns = [[cells[index] for __, cells in below if index < len(cells)] for index in range(len(first))]
    are_text = [
        looks_like_text(cell) and not (unit(cell) and column and unit(cell) == unit(column[0]))
        for cell, column in zip(first, columns, strict=True)
    ]
    if not any(are_text):
        return False
    if all(text or not cell.strip() for text, cell in zip(are_text, first, strict=True)):
        return True
    return any(text and _holds_numbers(column) for text, column in zip(are_text, columns, strict=True))


def _holds_numbers(cells: list[str]) -> bool:
    known = [cell for cell in cells if not is_missing(cell)]
    return not known or 2 * sum(map(looks_like_text, known)) < len(known)


def _refuse_title(rows: list[Row], place: str) -> None:
    """Name a title for what it is: a line with one cell, above rows that have as many as one another."""
    title, (line, cells) = rows[0][1], rows[1] if len(rows) > 1 else (0, [])
    is_alone = len(title) == 1 or (_filled(title) == 1 and all(map(looks_like_text, cells)))
    is_wider = len(cells) > 1 and _filled(cells) > 1 and all(len(row) == len(cells) for __, row in rows[1:])
    if is_alone and is_wider and looks_like_text(title[0]):
        values = {"title": clean(title[0].strip(), 24), "command": f"tail -n +{line} {quoted(place)} > table.csv"}
        reason = _("'{title}' is a title above the table. Take it out: {command}", **values)
        raise InputError(f"{place}:{rows[0][0]}: {reason}")


def choose(layout: Layout, asked: Origin, place: str) -> Chosen:
    """The columns that are asked for by name or by number from 1, those of text with their labels: `kind=cat/dog`."""
    names, features = layout.names, asked.features
    labels: dict[int, tuple[str, ...]] = {}

    def find(wanted: str) -> int:
        name, equals, said = ("", "", "") if clean(wanted.strip()) in names else wanted.partition("=")
        index = _find(names, name if equals else wanted, place)
        if equals:
            labels[index] = tuple(label.strip() for label in said.split(LABELS))
            if len(labels[index]) < 2 or "" in labels[index] or len(set(labels[index])) < len(labels[index]):
                reason = _("write what is 0, then what is 1, with a stroke between: {name}=cat/dog", name=names[index])
                raise InputError(f"{place}: {reason}")
        return index

    if asked.target is None:
        ys: tuple[int, ...] = (len(names) - 1,)
    else:
        is_one = clean(asked.target.strip()) in names  # with a comma in its name, maybe
        ys = tuple(map(find, [asked.target] if is_one else asked.target.split(",")))
    if features is None:
        x = tuple(index for index in range(layout.are_rows_named, len(names)) if index not in ys)
    else:
        x = tuple(map(find, features))
    if not x:
        raise InputError(f"{place}: {_('no feature is chosen: --features NAME,NAME')}")
    if twice := [names[y] for y in ys if y in x]:
        reason = _("column '{name}' is both a feature and the target", name=twice[0])
        raise InputError(f"{place}: {reason}")
    name, times = Counter(names[index] for index in (*x, *ys)).most_common(1)[0]
    if times > 1:
        reason = _("the name '{name}' is chosen twice", name=name)
        raise InputError(f"{place}: {reason}")
    return Chosen(x, ys, asked.drop_missing, labels)


def _find(names: tuple[str, ...], wanted: str, place: str) -> int:
    name = clean(wanted.strip())
    if names.count(name) == 1:
        return names.index(name)
    if name in names:
        values = {"n": names.count(name), "name": name, "number": names.index(name) + 1}
        reason = _("{n} columns are called '{name}': choose one by its number, such as {number}", **values)
    elif name.isascii() and name.isdigit() and 1 <= int(name[:9]) <= len(names):
        return int(name) - 1
    else:
        reason = _("there is no column '{name}': the columns are {names}", name=name, names=clean(", ".join(names)))
    raise InputError(f"{place}: {reason}")
