"""A column of a table of text while it is read, cell by cell."""

from array import array
from collections.abc import Iterable

from gdtui.experiment.dataset import Column
from gdtui.storage.tables.columns import Layout
from gdtui.storage.tables.number import (
    is_digits,
    is_grouped,
    is_missing,
    number,
    parts_thousands,
    read_odd,
    why_not,
)
from gdtui.text import _, clean

LONGEST_LABEL = 16


class CellColumn:
    """A column while it is being read: its plain numbers, and the cells in other notations."""

    def __init__(self, index: int, layout: Layout, labels: tuple[str, ...] = ()) -> None:
        """For a text column, `labels` are the texts that stand for 0, 1 and so on."""
        self._labels = {label: float(number) for number, label in enumerate(labels)}
        self.index, self.name, self._layout = index, layout.names[index], layout
        self.values = array("d")
        self.odd: dict[int, str] = {}
        """Cells in other notations, by row number from 0."""
        self._with_three_decimals = array("L")
        """The rows whose plain numbers change if points separate thousands in this column, such as 148.000."""
        self.has_decimals = False
        """Whether some plain number has a point that must be decimal, as in 12.5; those rows then do not matter."""
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
            return none_of(self._labels, cell)
        return why_not(cell, others, self._layout.separator, has_points)

    def without(self, dropped: set[int]) -> Column:
        """Its numbers without those of the dropped rows."""
        kept = array("d", (v for row, v in enumerate(self.values) if row not in dropped)) if dropped else self.values
        return memoryview(kept).toreadonly()


def numbered_labels(labels: Iterable[str]) -> str:
    """`cat = 0, dog = 1`."""
    return ", ".join(f"{clean(label, LONGEST_LABEL)} = {number}" for number, label in enumerate(labels))


def none_of(labels: Iterable[str], cell: str) -> str:
    """That a cell says none of the labels of its column."""
    values = {"cell": clean(cell.strip(), LONGEST_LABEL), "labels": numbered_labels(labels)}
    return _("'{cell}' is none of its labels: {labels}", **values)
