"""A table too long to keep: it is read once, block by block, and only sums over its rows are kept."""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import column
from gdtui.experiment.origin import STANDARD_INPUT
from gdtui.experiment.summed import ONE_TARGET, SummedRows
from gdtui.storage import files
from gdtui.storage.table import check_checksum, check_rows, described
from gdtui.storage.tables.arrays import ArrayFile, is_array
from gdtui.storage.tables.arrow import ArrowFile, is_arrow
from gdtui.storage.tables.blocks import Blocks, Facts, RowBlock, TypedBlocks, Wanted
from gdtui.storage.tables.columns import choose
from gdtui.storage.tables.files_of import check_same_names, find_files

SIZE = 1 << 20
"""How many bytes of a table are read at a time."""

STREAM = "--stream"


class Stream:
    """A table while it is read."""

    def __init__(
        self,
        path: str,
        *,
        features: tuple[str, ...] | None,
        target: str | None,
        drop_missing: bool,
        checksum: str | None,
        size: int = SIZE,
    ) -> None:
        """The columns are chosen, and all is refused, as `read_table` does it.

        Raises:
            InputError: the table cannot be read; one line that begins with the place.
        """
        self._files, self._checksum = find_files(path), checksum
        self.place = self._files.place
        self._asked = self._files.origin("", features, target, drop_missing)
        self._size = size
        self._digests: list[Callable[[], str]] = []
        self._first = self._open(self._files.paths[0], self._files.places[0])
        x, ys = choose(self._first.layout, features, target, self._files.places[0])
        if len(ys) > 1:
            raise InputError(f"{self.place}: {ONE_TARGET}")
        self._chosen = (*x, *ys)

    def _open(self, path: str, place: str) -> Blocks | TypedBlocks:
        """A file of it; its checksum is known once all of its blocks have been read."""
        if path != STANDARD_INPUT:
            file, version = files.opened(path)
            with file:
                are_typed = is_arrow(file.read(8))
                file.seek(0)
                if are_typed or is_array(file):
                    opened = partial(files.opened_again, path, version)
                    typed = ArrowFile(opened, place) if are_typed else ArrayFile(opened, place, self._size)
                    self._digests.append(lambda: typed.checksum)
                    return TypedBlocks(typed, self._asked.drop_missing)
        digest = hashlib.sha256()
        self._digests.append(digest.hexdigest)
        chunks = files.chunks(path) if path != STANDARD_INPUT else files.chunks_of_standard_input()
        return Blocks(_hashed(chunks, digest), place, self._asked.drop_missing, self._size)

    @property
    def _digest(self) -> str:
        return self._files.checksum([digest() for digest in self._digests])

    def blocks(self, is_wanted: Wanted = lambda index: True) -> Iterator[RowBlock]:
        """The blocks whose index is wanted. After the last, the content is held against the checksum.

        Raises:
            InputError: a cell cannot be read, or the table has changed.
        """
        before = 0
        for index, (path, place) in enumerate(zip(self._files.paths, self._files.places, strict=True)):
            part = self._open(path, place) if index else self._first
            check_same_names(self._first.layout, part.layout, place, self._files.places[0])
            for block in part.read(self._chosen, partial(_is_wanted, is_wanted, before)):
                yield block._replace(number=before + block.number)
            before += part.count
        check_checksum(self._digest, self._checksum, self.place)

    @property
    def width(self) -> int:
        """How many columns are chosen, y included."""
        return len(self._chosen)

    def described(self, facts: Facts) -> tuple[bool, dict[str, Any]]:
        """Whether the first column only counts the rows, and what a dataset of the others says, by its fields.

        Raises:
            InputError: there are no rows.
        """
        check_rows(facts.rows, self.place)
        layout, chosen = self._first.layout, self._chosen
        may_leave_out = self._checksum is None and layout.may_leave_out(chosen[:-1], chosen[-1:], self._asked.features)
        is_left_out = may_leave_out and facts.counts_rows
        ends = list(zip(chosen, facts.least, facts.greatest, strict=True))[is_left_out:]
        zeros = tuple(index for index, least, greatest in ends[:-1] if least == greatest == 0)
        asked = msgspec.structs.replace(self._asked, checksum=self._digest)
        about = described(
            self._files.name,
            layout,
            asked,
            chosen[is_left_out:-1],
            chosen[-1:],
            [*self._files.said, *self._first.said],
            facts.dropped,
            zeros,
            is_left_out=is_left_out,
        )
        largest = max(max(-least, greatest) for _, least, greatest in ends)
        return is_left_out, {"name": self._files.name, "largest": largest, **about}


def _is_wanted(is_wanted: Wanted, before: int, index: int) -> bool:
    """Whether a block of a file is wanted, before which others have so many."""
    return is_wanted(before + index)


def _hashed(chunks: Iterator[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


NO_FACTS = Facts(0, 0, (), (), (0.0, 0.0), is_rising=True)


def read_sums(path: str, **asked: Any) -> SummedRows:
    """The sums over the rows of a table, asked for as from `read_table`.

    Raises:
        InputError: the table cannot be read, or has changed; one line that begins with the place.
    """
    stream = Stream(path, **asked)
    facts, triangle = NO_FACTS, np.zeros((0, stream.width + 1))
    for block in stream.blocks():
        facts = facts.followed_by(block.facts)
        rows = np.column_stack([np.ones(block.facts.rows), *block.columns])
        triangle = square_root(np.vstack([triangle, rows]))
    is_left_out, about = stream.described(facts)
    ends = [column(pair) for pair in zip(facts.least, facts.greatest, strict=True)][is_left_out:]
    if is_left_out:
        triangle = square_root(np.delete(triangle, 1, axis=1))
    about["arguments"] = (*about["arguments"], STREAM)
    return SummedRows(
        x=tuple(ends[:-1]), y=ends[-1], in_all=facts.rows, triangle=tuple(map(tuple, triangle.tolist())), **about
    )


def square_root(rows: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """R with RᵀR the sums of products of the columns: no more rows than columns."""
    return np.asarray(np.linalg.qr(rows, mode="r"))
