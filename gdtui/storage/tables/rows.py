"""From columns to numbers: the chosen columns of a table, read the fast way or cell by cell."""

from __future__ import annotations

import io
import itertools
from array import array
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.command_line import quoted
from gdtui.experiment.dataset import Column
from gdtui.numbers import count
from gdtui.storage.tables import quick
from gdtui.storage.tables.columns import LABELS, SPACES, Chosen, Layout, Row, records
from gdtui.storage.tables.number import (
    GROUPED_CELL,
    decimal_commas,
    decimals_or_thousands,
    is_digits,
    is_grouped,
    is_missing,
    no_number,
    number,
    parts_thousands,
    read_odd,
    why_not,
)
from gdtui.text import _, clean

_PLAIN = b"0123456789+-.eE \t\n"
_TOTALS = frozenset({"total", "totals", "sum", "mean", "average", "합계", "총계", "계", "평균", "summe", "gesamt"})
"""The first cell of a summary line below a table, in lower case."""
_MOST_TOTALS = 3
_LONGEST_LABEL = 16
MOST_LABELS = 5
"""A text column with more distinct texts than this, or with no text twice, does not count as labels."""

OTHER_COLUMNS = _("Write numbers in it, or choose other columns with --features and --target")
"""The remedy for a text column if too few columns are left without it."""

Array = np.ndarray[Any, Any]


class Facts(msgspec.Struct, frozen=True):
    """What is known about consecutive rows, apart from their numbers."""

    rows: int
    dropped: int
    """How many were skipped because a number was missing."""
    least: tuple[float, ...]
    """The least number in each column."""
    greatest: tuple[float, ...]
    ends: tuple[float, float]
    """The first and the last number of the first column."""
    is_rising: bool
    """Whether the first column has whole numbers in increasing order."""

    def followed_by(self, later: Facts) -> Facts:
        """The facts of these rows followed by others."""
        dropped = self.dropped + later.dropped
        if not (self.rows and later.rows):
            return msgspec.structs.replace(self if self.rows else later, dropped=dropped)
        return Facts(
            self.rows + later.rows,
            dropped,
            tuple(map(min, self.least, later.least)),
            tuple(map(max, self.greatest, later.greatest)),
            (self.ends[0], later.ends[1]),
            self.is_rising and later.is_rising and later.ends[0] - self.ends[1] >= 1,
        )

    @property
    def counts_rows(self) -> bool:
        """Whether the first column only counts the rows: each number is one more than the last, except at
        skipped rows.
        """
        return self.rows > 1 and self.is_rising and self.ends[1] - self.ends[0] < self.rows + self.dropped


NO_FACTS = Facts(0, 0, (), (), (0.0, 0.0), is_rising=True)


class ReadColumns(msgspec.Struct, frozen=True):
    """The chosen columns."""

    columns: tuple[Column, ...]
    dropped: int = 0
    """The number of rows skipped because a number was missing."""
    said: tuple[str, ...] = ()
    """What was assumed, in words."""
    is_plain: bool = True
    """Whether Python's own float can read all their cells."""

    @property
    def facts(self) -> Facts:
        """The facts of these rows, computed each time."""
        if not len(self.columns[0]):
            return msgspec.structs.replace(NO_FACTS, dropped=self.dropped)
        arrays = [np.asarray(values) for values in self.columns]
        least, greatest = (tuple(float(end(values)) for values in arrays) for end in (np.min, np.max))
        ends = (self.columns[0][0], self.columns[0][-1])
        return Facts(len(arrays[0]), self.dropped, least, greatest, ends, _is_rising(self.columns[0]))


class _Cells:
    """A column while it is being read: its plain numbers, and the cells in other notations."""

    def __init__(self, index: int, layout: Layout, labels: tuple[str, ...] = ()) -> None:
        """For a text column, `labels` are the texts that stand for 0, 1 and so on."""
        self._labels = {label: float(number) for number, label in enumerate(labels)}
        self.index, self.name, self._layout = index, layout.names[index], layout
        self.values = array("d")
        self.odd: dict[int, str] = {}
        """Cells in other notations, by row number from 0."""
        self._with_three_decimals = array("L")
        """The rows of plain numbers that are others if points part thousands in this column, as 148.000 is."""
        self.has_decimals = False
        """Whether the point of a plain number can only be a decimal one, as in 12.5; the rows do not matter then."""
        self.said = ""
        self.fault: int | None = None
        """The first row whose cell cannot be read."""
        self.is_text = False
        """Whether the column has no numbers at all, rather than a single faulty cell."""

    def add(self, cell: str) -> bool:
        """Add the cell of the next row; return whether its number is missing."""
        try:
            if self._labels:
                self.values.append(self._labels[cell.strip()])
                return False
            if not self._layout.are_points_decimal and is_grouped(cell):
                raise ValueError("a point may part thousands")
            self.values.append(number(cell))
            if not self.has_decimals and "." in cell:
                self.has_decimals = not is_grouped(cell)
                self._with_three_decimals.append(len(self.values) - 1)
        except (ValueError, KeyError):
            self.odd[len(self.values)] = cell
            self.values.append(0.0)
            return is_missing(cell)
        return False

    @property
    def missing(self) -> set[int]:
        """The rows without a number."""
        return {row for row, cell in self.odd.items() if is_missing(cell)}

    def read(self, skipped: set[int]) -> None:
        """Read the odd cells, except in skipped rows, if one notation fits them all."""
        odd = {row: cell for row, cell in self.odd.items() if row not in skipped}
        if not odd:
            return
        if self._labels:
            self.fault = next(iter(odd))
            return
        cells, known = list(odd.values()), (self._layout.separator, self._layout.are_points_decimal)
        in_groups = next((row for row, cell in odd.items() if parts_thousands(cell)), None)
        if in_groups is not None and self.has_decimals:
            self.fault = in_groups
            return
        reading = read_odd(cells, len(cells) == len(self.values) - len(skipped), *known)
        if reading is None:
            alone = (row for row, cell in odd.items() if read_odd([cell], False, *known) is None)
            self.fault = next(alone, next(iter(odd)))
            is_mostly_odd = 2 * len(odd) > len(self.values) - len(skipped)
            self.is_text = is_mostly_odd and not is_digits(odd[self.fault])
            return
        for row in () if in_groups is None else self._with_three_decimals:
            self.values[row] = round(self.values[row] * 1000)
        for row, value in zip(odd, reading[0], strict=True):
            self.values[row] = value
        self.said = f"{self.name}: {reading[1]}" if reading[1] else ""

    def why_not(self, row: int, others: list[str], *, has_points: bool) -> str:
        """Why the cell of a row cannot be read, given the odd cells of the table; to follow the cell's place."""
        cell = self.odd[row]
        if self._labels and not is_missing(cell):
            values = {"cell": clean(cell.strip(), _LONGEST_LABEL), "labels": numbered_labels(self._labels)}
            return _("'{cell}' is none of its labels: {labels}", **values)
        return why_not(cell, others, self._layout.separator, has_points)

    def without(self, dropped: set[int]) -> Column:
        """Its numbers without those of the dropped rows."""
        kept = array("d", (v for row, v in enumerate(self.values) if row not in dropped)) if dropped else self.values
        return memoryview(kept).toreadonly()


def read_rows(text: bytes, layout: Layout, chosen: Chosen, place: str) -> ReadColumns:
    """The numbers of the chosen columns."""
    may_part_thousands = not layout.are_points_decimal and b"." in text and GROUPED_CELL.search(text)
    columns = None if may_part_thousands or chosen.labels else _plain_columns(text, layout, chosen.positions)
    return ReadColumns(columns) if columns else _careful_columns(text, layout, chosen, place)


def _plain_columns(text: bytes, layout: Layout, chosen: tuple[int, ...]) -> tuple[Column, ...] | None:
    """The chosen columns of a table with nothing but plain numbers; None for other tables."""
    if len(text) >= quick.LEAST_BYTES:
        found = quick.numbers(quick.without_end(text), layout.separator, len(layout.names), layout.lines_above)
        if found:
            return tuple(found[index].data.toreadonly() for index in chosen)
    stream = io.BytesIO(text)
    for __ in range(layout.lines_above):
        stream.readline()
    if text[stream.tell() :].translate(None, _PLAIN + layout.separator.encode()):
        return None
    separator = None if layout.separator == SPACES else layout.separator
    try:
        # Read all columns: loadtxt does not notice ragged rows if it is asked for some.
        rows = np.loadtxt(stream, delimiter=separator, comments=None, ndmin=2, encoding="ascii")
    except ValueError:
        # The careful way finds the faulty cell, or reads what loadtxt cannot.
        return None
    if rows.shape[1] != len(layout.names):
        return None
    columns = [np.ascontiguousarray(rows[:, index]) for index in chosen]
    if not all(np.isfinite(values).all() for values in columns):
        return None
    return tuple(values.data.toreadonly() for values in columns)


def _careful_columns(text: bytes, layout: Layout, chosen: Chosen, place: str) -> ReadColumns:
    """The chosen columns, cell by cell."""
    positions, drop_missing = chosen.positions, chosen.drop_missing
    columns = [_Cells(index, layout, chosen.labels.get(index, ())) for index in positions]
    totals: list[int] = []
    in_all = 0
    for line, cells in _below(text, layout, place):
        is_total = cells[0].strip().rstrip(":").lower() in _TOTALS
        in_all += is_total
        totals = [*totals[-_MOST_TOTALS:], line] if is_total else []
        if is_total and len(cells) != len(layout.names):
            break
        if not layout.fits(cells):
            values = {"cells": count(len(cells), "cell"), "names": len(layout.names)}
            reason = _("this row has {cells}, but the first row has {names}", **values)
            raise InputError(f"{place}:{line}: {reason}{decimal_commas(cells, layout.separator, len(layout.names))}")
        gaps = [column.add(cells[column.index]) for column in columns]
        if any(gaps) and not (drop_missing or is_total):
            break  # nothing after it can repair it
    if 0 < len(totals) == in_all <= _MOST_TOTALS:
        command = f"head -n {totals[0] - 1} {quoted(place)} > table.csv"
        reason = _("this looks like a total below the table. Take it out: {command}", command=command)
        raise InputError(f"{place}:{totals[0]}: {reason}")
    missing = set().union(*(column.missing for column in columns))
    for column in columns:
        column.read(missing if drop_missing else column.missing)
        if column.missing and not drop_missing:
            column.fault = min(column.missing if column.fault is None else {column.fault, *column.missing})
    if any(column.fault is not None for column in columns):
        _refuse(columns, layout, text, place, chosen)
    said = tuple(column.said for column in columns if column.said)
    is_plain = all(column.missing.issuperset(column.odd) for column in columns)
    return ReadColumns(tuple(column.without(missing) for column in columns), len(missing), said, is_plain)


def _refuse(columns: list[_Cells], layout: Layout, text: bytes, place: str, chosen: Chosen) -> NoReturn:
    """Refuse the first cell that cannot be read; if its column is text, name the options that leave it out."""
    row, column = min(((c.fault, c) for c in columns if c.fault is not None), key=lambda found: found[0])
    line = next(itertools.islice(_below(text, layout, place), row, None))[0]
    others, has_points = [cell for c in columns for cell in c.odd.values()], any(c.has_decimals for c in columns)
    why = column.why_not(row, others, has_points=has_points)
    reason = _("column '{name}': {why}", name=column.name, why=why)
    labels = {cell.strip() for cell in column.odd.values()}
    options = _without_text(columns, layout, chosen) if column.is_text else ""
    if column.is_text and column.index in chosen.ys and 1 < len(labels) < min(len(column.odd), MOST_LABELS + 1):
        reason += f". {_way_with(sorted(labels), layout, column.index)}"
    elif column.is_text and not options and why == no_number(column.odd[row]):
        reason += f". {OTHER_COLUMNS}"
    if options:
        reason += f". {_('Leave out the columns of text: {options}', options=options)}"
    reason += decimals_or_thousands(column.odd[row], others, layout.separator, has_points, place)
    raise InputError(f"{place}:{line}: {reason}")


def _way_with(labels: list[str], layout: Layout, index: int) -> str:
    """The remedy for a text target: say which label is 0 and which is 1, or write numbers if no option can say it."""
    words = layout.words((index,))
    if words is None or any(mark in label for label in labels for mark in (LABELS, ",")):
        return _("Write numbers for its labels: {numbers}", numbers=numbered_labels(labels))
    option = f"--target {quoted(f'{words[0]}={LABELS.join(labels)}')}"
    return _("Number its labels from 0: {option}", option=option)


def numbered_labels(labels: Iterable[str]) -> str:
    """`cat = 0, dog = 1`."""
    return ", ".join(f"{clean(label, _LONGEST_LABEL)} = {number}" for number, label in enumerate(labels))


def _without_text(columns: list[_Cells], layout: Layout, chosen: Chosen) -> str:
    """The options that choose the number columns, if there are enough of them."""
    good = [column for column in columns if not column.is_text]
    if (
        layout.may_count_rows
        and good
        and good[0].index == 0
        and ReadColumns((good[0].without(set()),)).facts.counts_rows
    ):
        good = good[1:]
    return way_without(layout, [column.index for column in good], chosen)


def way_without(layout: Layout, good: list[int], chosen: Chosen) -> str:
    """The option that keeps only the good columns of x; empty if a target is not good."""
    words = layout.words(tuple(index for index in good if index in chosen.x))
    return f"--features {quoted(','.join(words))}" if words and set(chosen.ys) <= set(good) else ""


def finite_columns(
    columns: list[Array], chosen: Chosen, layout: Layout, place: tuple[str, int], missing_word: str
) -> ReadColumns:
    """Columns that are numbers already, where NaN is a missing one. `place` is the file and the number of rows above.

    Raises:
        InputError: a number is missing or not finite; the message names the row.
    """
    if chosen.labels:
        name = layout.names[next(iter(chosen.labels))]
        reason = _("column '{name}' cannot be read by labels: only tables of text can", name=name)
        raise InputError(f"{place[0]}: {reason}")
    missing = np.any([np.isnan(values) for values in columns], axis=0)
    unfit = [~np.isfinite(values) & ~(missing & chosen.drop_missing) for values in columns]
    if any(of_column.any() for of_column in unfit):
        row = min(int(np.argmax(of_column)) for of_column in unfit if of_column.any())
        found = zip(chosen.positions, columns, unfit, strict=True)
        index, value = next((index, values[row]) for index, values, bad in found if bad[row])
        where = {
            "row": place[1] + row + 1,
            "name": layout.names[index],
            "value": missing_word if np.isnan(value) else "inf",
        }
        reason = _("row {row:,}: column '{name}' is {value} (--drop-missing skips such rows)", **where)
        if not np.isnan(value):
            reason = _("row {row:,}: column '{name}' is {value}, not a finite number", **where)
        raise InputError(f"{place[0]}: {reason}")
    kept = columns if not missing.any() else [values[~missing] for values in columns]
    return ReadColumns(tuple(np.ascontiguousarray(values).data.toreadonly() for values in kept), int(missing.sum()))


def joined(parts: list[ReadColumns], columns: int) -> ReadColumns:
    """The rows of all parts, in order."""
    if len(parts) == 1:
        return parts[0]
    columns_of_parts = zip(*(part.columns for part in parts), strict=True) if parts else ((),) * columns
    whole = (np.concatenate([np.empty(0), *map(np.asarray, values)]) for values in columns_of_parts)
    said = tuple(dict.fromkeys(text for part in parts for text in part.said))
    dropped, is_plain = sum(part.dropped for part in parts), all(part.is_plain for part in parts)
    return ReadColumns(tuple(values.data.toreadonly() for values in whole), dropped, said, is_plain)


def _is_rising(numbers: Column) -> bool:
    """Whether a column has whole numbers in increasing order."""
    may_rise = numbers[-1] - numbers[0] >= len(numbers) - 1  # rules out most columns before they are copied
    values = np.asarray(numbers)
    return bool(may_rise and (values == np.floor(values)).all() and (np.diff(values) >= 1).all())


def _below(text: bytes, layout: Layout, place: str) -> Iterator[Row]:
    """The rows of numbers."""
    above = layout.lines_above + layout.lines_before
    return (row for row in records(text, layout.separator, place, layout.lines_before) if row[0] > above)
