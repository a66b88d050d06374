"""A table too long to keep in memory: it is read once, block by block, and only sums over its rows are kept."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import Column, column
from gdtui.experiment.origin import STANDARD_INPUT
from gdtui.experiment.summed import ONE_TARGET, SummedRows
from gdtui.storage import files
from gdtui.storage.table import check_checksum, described
from gdtui.storage.tables.arrays import ArrayFile, is_array
from gdtui.storage.tables.arrow import ArrowFile, is_arrow
from gdtui.storage.tables.columns import choose
from gdtui.storage.tables.files_of import check_same_names, find_files
from gdtui.storage.tables.rows import NO_FACTS, Array, Facts, ReadColumns
from gdtui.storage.tables.text import Blocks

SIZE = 1 << 20
"""How many bytes of a table are read at a time."""

STREAM = "--stream"


class Stream:
    """A table that is read block by block."""

    def __init__(
        self,
        path: str,
        *,
        features: tuple[str, ...] | None = None,
        target: str | None = None,
        drop_missing: bool = False,
        checksum: str | None = None,
        size: int = SIZE,
    ) -> None:
        """Chooses columns and refuses tables in the same way as `read_table`.

        Raises:
            InputError: the table cannot be read; one line that starts with the place.
        """
        self._files, self._checksum, self._size = find_files(path), checksum, size
        self._asked = self._files.origin(features, target, drop_missing)
        self._first = self._open(self._files.paths[0], self._files.places[0])
        self._chosen = choose(self._first.layout, self._asked, self._files.places[0])
        if len(self._chosen.ys) > 1:
            raise InputError(f"{self._files.place}: {ONE_TARGET}")

    def _open(self, path: str, place: str) -> Blocks | ArrowFile | ArrayFile:
        """Open one of its files; the checksum is known once all blocks have been read."""
        if path == STANDARD_INPUT:
            return Blocks(files.chunks_of_standard_input(), place, self._size)
        file, version = files.opened(path)
        with file:
            are_typed = is_arrow(file.read(8))
            file.seek(0)
            if not are_typed and not is_array(file):
                return Blocks(files.chunks(path), place, self._size)
        opened = partial(files.opened_again, path, version)
        return ArrowFile(opened, place) if are_typed else ArrayFile(opened, place, self._size)

    def blocks(self, is_wanted: Callable[[int], bool] = lambda number: True) -> Iterator[tuple[int, ReadColumns]]:
        """The wanted blocks, numbered from 0. After the last block, the content is compared with the checksum.

        Raises:
            InputError: a cell cannot be read, or the table has changed.
        """
        before, digests = 0, []
        for index, (path, place) in enumerate(zip(self._files.paths, self._files.places, strict=True)):
            part = self._open(path, place) if index else self._first
            check_same_names(self._first.layout, part.layout, place, self._files.places[0])
            wanted = partial(_is_wanted, is_wanted, before)
            for number, read in part.blocks(self._chosen, wanted):
                yield before + number, read
            before += part.count
            digests.append(part.checksum)
        self._asked = msgspec.structs.replace(self._asked, checksum=self._files.checksum(digests))
        check_checksum(self._asked.checksum, self._checksum, self._files.place)

    @property
    def width(self) -> int:
        """The number of chosen columns, including y."""
        return len(self._chosen.positions)

    def described(self, facts: Facts) -> tuple[bool, dict[str, Any]]:
        """Whether the first column only counts the rows, and the fields of a dataset with the others.

        Raises:
            InputError: there are no rows.
        """
        layout, is_whole = self._first.layout, self._checksum is not None
        return described(self._files, layout, self._asked, self._chosen, layout.said, facts, is_whole=is_whole)


def _is_wanted(is_wanted: Callable[[int], bool], before: int, number: int) -> bool:
    """Whether a block of a file is wanted; earlier files have `before` blocks."""
    return is_wanted(before + number)


def read_sums(path: str, **asked: Any) -> SummedRows:
    """The sums over the rows of a table; the arguments are those of `read_table`.

    Raises:
        InputError: the table cannot be read, or has changed; one line that starts with the place.
    """
    stream = Stream(path, **asked)
    facts, triangle = NO_FACTS, np.zeros((0, stream.width + 1))
    for _number, read in stream.blocks():
        facts = facts.followed_by(read.facts)
        triangle = with_rows(triangle, read.columns)
    is_left_out, about = stream.described(facts)
    about["arguments"] = (*about["arguments"], STREAM)
    return SummedRows(**summed(facts, triangle, is_left_out=is_left_out), **about)


def summed(facts: Facts, triangle: Array, *, is_left_out: bool) -> dict[str, Any]:
    """The fields of SummedRows from the facts and the triangle; the first column may be left out."""
    ends = [column(pair) for pair in zip(facts.least, facts.greatest, strict=True)][is_left_out:]
    if is_left_out:
        triangle = square_root(np.delete(triangle, 1, axis=1))
    rows = tuple(map(tuple, triangle.tolist()))
    return {"x": tuple(ends[:-1]), "y": ends[-1], "in_all": facts.rows, "triangle": rows}


def with_rows(triangle: Array, columns: tuple[Column, ...]) -> Array:
    """The triangle with more rows added to it."""
    return square_root(np.vstack([triangle, np.column_stack([np.ones(len(columns[0])), *columns])]))


def square_root(rows: Array) -> Array:
    """The triangular R for which RᵀR is the matrix of sums of products; it has no more rows than columns."""
    return np.asarray(np.linalg.qr(rows, mode="r"))
