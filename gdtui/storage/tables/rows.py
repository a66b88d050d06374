"""From columns to numbers: the chosen columns of a table, read the fast way or cell by cell."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.command_line import quoted
from gdtui.experiment.dataset import Column
from gdtui.numbers import count
from gdtui.storage.tables import quick
from gdtui.storage.tables.cell_column import CellColumn, numbered_labels
from gdtui.storage.tables.columns import LABELS, SPACES, Chosen, Layout, Row, records
from gdtui.storage.tables.number import GROUPED_CELL, could_be_two, has_decimal_comma, is_grouped, no_number
from gdtui.text import _, clean

_PLAIN = b"0123456789+-.eE \t\n"
_TOTALS = frozenset({"total", "totals", "sum", "mean", "average", "합계", "총계", "계", "평균", "summe", "gesamt"})
"""The first cell of a summary line below a table, in lower case."""
_MOST_TOTALS = 3
_LONGEST_ROW = 48
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
        """Whether the first column only counts the rows: each number is one more, except at skipped rows."""
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
    columns = [CellColumn(index, layout, chosen.labels.get(index, ())) for index in positions]
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
            raise InputError(f"{place}:{line}: {reason}{_decimal_commas(cells, layout)}")
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


def _refuse(columns: list[CellColumn], layout: Layout, text: bytes, place: str, chosen: Chosen) -> NoReturn:
    """Refuse the first cell that cannot be read; if its column is text, name the options that leave it out."""
    row, column = min(((c.fault, c) for c in columns if c.fault is not None), key=lambda found: found[0])
    line = next(itertools.islice(_below(text, layout, place), row, None))[0]
    others, has_points = [cell for c in columns for cell in c.odd.values()], any(c.has_decimals for c in columns)
    why = column.why_not(row, others, has_points=has_points)
    reason = _("column '{name}': {why}", name=column.name, why=why)
    labels = {cell.strip() for cell in column.odd.values()}
    options = _without_text(columns, layout, chosen) if column.is_text else ""
    if column.is_text and column.index in chosen.ys and 1 < len(labels) < min(len(column.odd), MOST_LABELS + 1):
        reason += f". {way_with(sorted(labels), layout, column.index)}"
    elif column.is_text and not options and why == no_number(column.odd[row]):
        reason += f". {OTHER_COLUMNS}"
    if options:
        reason += f". {_('Leave out the columns of text: {options}', options=options)}"
    cell, separator = column.odd[row], layout.separator
    if could_be_two(cell, others, separator, has_points):
        whole = f"tr -d {'.' if is_grouped(cell) else ','} < {quoted(place)} > table.csv"
        values = {"whole": whole, "decimal": _with_decimal_points(cell, separator, place)}
        reason += f". {_('For thousands: {whole}; for decimals: {decimal}', **values)}"
    elif has_decimal_comma(cell) and not has_points and separator != ",":
        reason += f". {_('In all cells: {command}', command=_with_decimal_points(cell, separator, place))}"
    raise InputError(f"{place}:{line}: {reason}")


def _with_decimal_points(cell: str, separator: str, place: str) -> str:
    """The command that makes the points or commas of such cells decimal points; commas then separate cells."""
    marks = "';' ," if is_grouped(cell) else "',;' .," if separator == ";" else ", ."
    return f"tr {marks} < {quoted(place)} > table.csv"


def _decimal_commas(cells: list[str], layout: Layout) -> str:
    """What to do about a row whose commas may be decimal ones: it has twice as many cells as there are names."""
    pairs = [f"{whole},{part}" for whole, part in zip(cells[::2], cells[1::2], strict=False)]
    if layout.separator != "," or len(cells) != 2 * len(layout.names) or not all(map(has_decimal_comma, pairs)):
        return ""
    row = clean(",".join(pair.replace(",", ".") for pair in pairs), _LONGEST_ROW)
    return f". {_('If its commas are decimal, write points: {row}', row=row)}"


def way_with(labels: list[str], layout: Layout, index: int) -> str:
    """The remedy for a text target: say which label is 0 and which is 1, or write numbers if no option can say it."""
    words = layout.words((index,))
    if words is None or any(mark in label for label in labels for mark in (LABELS, ",")):
        return _("Write numbers for its labels: {numbers}", numbers=numbered_labels(labels))
    option = f"--target {quoted(f'{words[0]}={LABELS.join(labels)}')}"
    return _("Number its labels from 0: {option}", option=option)


def _without_text(columns: list[CellColumn], layout: Layout, chosen: Chosen) -> str:
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
    words = chosen.words(layout, tuple(index for index in good if index in chosen.x))
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
        reason = _("column '{name}' cannot be read by labels: it holds no text", name=name)
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
