"""Tables with typed columns: Parquet and Arrow (Feather is Arrow). pyarrow reads them some rows at a time."""

import hashlib
import io
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from gdtui.errors import InputError
from gdtui.storage.tables.cell_column import none_of
from gdtui.storage.tables.columns import ROW_NUMBERS, Chosen, Layout
from gdtui.storage.tables.number import is_missing
from gdtui.storage.tables.quick import Array, floats
from gdtui.storage.tables.rows import (
    MOST_LABELS,
    OTHER_COLUMNS,
    ReadColumns,
    finite_columns,
    joined,
    way_with,
    way_without,
)
from gdtui.text import _, clean

PARQUET, ARROW = b"PAR1", b"ARROW1"
ROWS = 1 << 16
"""How many rows are read at a time."""

_INDEX = re.compile(r"__index_level_\d+__")
"""pandas' name for an index stored as a column."""
_LONGEST_TYPE = 24


class ArrowFile:
    """One file with typed columns."""

    source = None

    def __init__(self, opened: Callable[[], io.BufferedIOBase], place: str, most: int | None = None) -> None:
        """`opened` opens the same content each time; `most` limits the bytes of a table read as a whole.

        Raises:
            InputError: it cannot be read, or pyarrow is not installed.
        """
        self._opened, self._place, self._most = opened, place, most
        with self._file() as (file, _arrow):
            self.checksum = hashlib.file_digest(file, "sha256").hexdigest()
        with self._file() as (file, arrow):
            self._is_parquet = file.read(len(PARQUET)) == PARQUET
            schema = self._reader(file, arrow).schema_arrow if self._is_parquet else arrow.ipc.open_file(file).schema
            kept = [index for index, name in enumerate(schema.names) if not _INDEX.fullmatch(name)]
            self._fields = [schema.field(index) for index in kept]
            self._nth = [schema.names[:index].count(schema.names[index]) for index in kept]
            self._are_numbers = [_is_number(field.type, arrow.types) for field in self._fields]
            self._may_be_labels = [_may_be_labels(field.type, arrow.types) for field in self._fields]
        if len(kept) < 2:
            raise InputError(f"{place}: {_('there is only one column, but gdtui needs both x and y')}")
        has_index = len(kept) < len(schema.names)
        said = (_("the index that pandas kept is left out"),) if has_index else ()
        names = tuple(clean(field.name.strip()) or str(number) for number, field in enumerate(self._fields, 1))
        may_count = self._fields[0].name.strip().lower() in ROW_NUMBERS
        self.layout = Layout("", names, 0, said, may_count_rows=may_count)

    def read(self, chosen: Chosen) -> ReadColumns:
        """The chosen columns.

        Raises:
            InputError: a column has no numbers, or a number is missing.
        """
        parts, size = [], 0
        for _number, read in self.blocks(chosen):
            size += 8 * len(read.columns) * (len(read.columns[0]) + read.dropped)
            if self._most is not None and size > self._most:
                reason = _("its numbers need more than {size:,} MiB, which is too much", size=self._most >> 20)
                raise InputError(f"{self._place}: {reason}")
            parts.append(read)
        return joined(parts, len(chosen.positions))

    def blocks(
        self, chosen: Chosen, is_wanted: Callable[[int], bool] = lambda number: True
    ) -> Iterator[tuple[int, ReadColumns]]:
        """The chosen columns of the wanted blocks, numbered from 0.

        Raises:
            InputError: a column has no numbers, or a number is missing.
        """
        self._refuse_other_types(chosen)
        numbered = {index: labels for index, labels in chosen.labels.items() if self._may_be_labels[index]}
        rest = {index: labels for index, labels in chosen.labels.items() if index not in numbered}
        as_numbers = chosen._replace(labels=rest)
        number = above = 0
        with self._file() as (file, arrow):
            for rows, batches in self._groups(file, arrow, [self._fields[index].name for index in chosen.positions]):
                numbers = range(number, number + math.ceil(rows / ROWS))
                if any(map(is_wanted, numbers)):
                    for block, batch in zip(numbers, batches(), strict=True):
                        begin = (block - number) * ROWS
                        if batch.num_rows != min(ROWS, rows - begin):
                            raise self._damaged()
                        if is_wanted(block):
                            place = (self._place, above + begin)
                            columns = [
                                self._by_labels(batch, index, numbered[index], place)
                                if index in numbered
                                else self._floats(batch, index, arrow)
                                for index in chosen.positions
                            ]
                            yield block, finite_columns(columns, as_numbers, self.layout, place, _("empty or NaN"))
                number, above = numbers.stop, above + rows
        self.count = number
        """The number of blocks, once all have been read."""

    def _groups(
        self, file: io.BufferedIOBase, arrow: ModuleType, names: list[str]
    ) -> Iterator[tuple[int, Callable[[], Iterator[Any]]]]:
        """For each group of rows stored together: how many there are, and the rows in batches."""
        if self._is_parquet:
            reader = self._reader(file, arrow)
            for group in range(reader.num_row_groups):
                rows = reader.metadata.row_group(group).num_rows
                yield rows, lambda group=group: reader.iter_batches(ROWS, [group], names)  # type: ignore[misc]
            return
        schema = arrow.ipc.open_file(file).schema
        included = [index for index, name in enumerate(schema.names) if name in names]
        options = arrow.ipc.IpcReadOptions(included_fields=included)
        with arrow.ipc.open_file(file, options=options) as stored:
            for group in range(stored.num_record_batches):
                batch = stored.get_batch(group)
                batch.validate()
                parts = (batch.slice(begin, ROWS) for begin in range(0, batch.num_rows, ROWS))
                yield batch.num_rows, lambda parts=parts: parts  # type: ignore[misc]

    @staticmethod
    def _reader(file: io.BufferedIOBase, arrow: ModuleType) -> Any:
        return arrow.parquet.ParquetFile(file, buffer_size=1 << 20)

    @contextmanager
    def _file(self) -> Iterator[tuple[io.BufferedIOBase, ModuleType]]:
        """The open file, and pyarrow, whose errors become one line."""
        try:
            import pyarrow
            import pyarrow.ipc
            import pyarrow.parquet
            import pyarrow.types
        except ImportError as error:
            reason = _("this file needs pyarrow, which is not installed: .venv/bin/pip install '.[data]'")
            raise InputError(f"{self._place}: {reason}") from error
        with self._opened() as file:
            try:
                yield file, pyarrow
            except (pyarrow.ArrowException, OSError, ValueError) as error:
                raise self._damaged() from error

    def _damaged(self) -> InputError:
        return InputError(f"{self._place}: {_('it is damaged, or written in a way that pyarrow does not read')}")

    def _column(self, batch: Any, index: int) -> Any:
        """A column of some rows, which may share its name with others."""
        values = batch.column(batch.schema.get_all_field_indices(self._fields[index].name)[self._nth[index]])
        values.validate()
        return values

    def _floats(self, batch: Any, index: int, arrow: ModuleType) -> Array:
        """A column of numbers; what is null in it is NaN."""
        return floats(self._column(batch, index).cast(arrow.float64(), safe=False).fill_null(math.nan))

    def _by_labels(self, batch: Any, index: int, labels: tuple[str, ...], place: tuple[str, int]) -> Array:
        """A column of text as 0 for the first label, 1 for the second and so on; what is missing in it is NaN."""
        numbers = {label: float(number) for number, label in enumerate(labels)}
        found = np.full(batch.num_rows, math.nan)
        for row, cell in enumerate(_cells(self._column(batch, index))):
            if cell in numbers:
                found[row] = numbers[cell]
            elif not is_missing(cell):
                known = {"row": place[1] + row + 1, "name": self.layout.names[index], "why": none_of(labels, cell)}
                reason = _("row {row:,}: column '{name}': {why}", **known)
                raise InputError(f"{place[0]}: {reason}")
        return found

    def _refuse_other_types(self, chosen: Chosen) -> None:
        """Name the first chosen column that holds no numbers, and the way on: by labels, or without it."""
        labelled = {index for index in chosen.labels if self._may_be_labels[index]}
        good = [index for index in chosen.positions if self._are_numbers[index] or index in labelled]
        others = [index for index in chosen.positions if index not in good]
        if not others:
            return
        first, options = others[0], way_without(self.layout, good, chosen)
        name, kind = self.layout.names[first], clean(str(self._fields[first].type), _LONGEST_TYPE)
        reason = _("column '{name}' holds {kind}, not plain numbers", name=name, kind=kind)
        way_on = _("Leave out such columns: {options}", options=options) if options else OTHER_COLUMNS
        if first in chosen.ys and self._may_be_labels[first] and (labels := self._labels_of(first)):
            way_on = way_with(labels, self.layout, first)
        raise InputError(f"{self._place}: {reason}. {way_on}")

    def _labels_of(self, index: int) -> list[str]:
        """The labels in a column, if there are only a few different ones."""
        found, rows = set[str](), 0
        with self._file() as (file, arrow):
            for _rows, batches in self._groups(file, arrow, [self._fields[index].name]):
                for batch in batches():
                    cells = [cell for cell in _cells(self._column(batch, index)) if not is_missing(cell)]
                    found, rows = found.union(cells), rows + len(cells)
                    if len(found) > MOST_LABELS:
                        return []
        return sorted(found) if 1 < len(found) < rows else []


def is_arrow(beginning: bytes) -> bool:
    """Whether a file with this beginning has typed columns."""
    return beginning.startswith((PARQUET, ARROW))


def _is_number(kind: Any, types: ModuleType) -> bool:
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


def _may_be_labels(kind: Any, types: ModuleType) -> bool:
    """Whether a column holds text, or whole numbers, which may be labels too."""
    if types.is_dictionary(kind):
        return _may_be_labels(kind.value_type, types)
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_integer(kind))


def _cells(values: Any) -> list[str]:
    """What the cells of a table of text would say; nothing for one that is null."""
    return ["" if value is None else str(value).strip() for value in values.to_pylist()]
