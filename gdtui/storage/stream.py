"""A table too long to keep: it is read once, block by block, and only sums over its rows are kept."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gdtui.experiment.dataset import column
from gdtui.experiment.origin import STANDARD_INPUT, Origin
from gdtui.experiment.summed import SummedRows
from gdtui.storage import files
from gdtui.storage.table import check_checksum, check_rows, described
from gdtui.storage.tables.blocks import Blocks, Facts, RowBlock
from gdtui.text import _, clean

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
        is_file = path != STANDARD_INPUT
        self.place = files.shown(path) if is_file else _("standard input")
        self.name = clean(Path(path).name) if is_file else self.place
        self._asked = Origin(str(Path(path).absolute()) if is_file else path, "", features, target, drop_missing)
        self._digest, self._checksum = hashlib.sha256(), checksum
        self._chunks = files.chunks(path) if is_file else files.chunks_of_standard_input()
        self._blocks = Blocks(self._hashed(), self.place, self._asked, size)

    def _hashed(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            yield chunk

    def blocks(self, is_wanted: Callable[[int], bool] = lambda index: True) -> Iterator[RowBlock]:
        """The blocks whose index is wanted. After the last, the content is held against the checksum.

        Raises:
            InputError: a cell cannot be read, or the table has changed.
        """
        yield from self._blocks.read(is_wanted)
        check_checksum(self._digest.hexdigest(), self._checksum, self.place)

    @property
    def width(self) -> int:
        """How many columns are chosen, y included."""
        return len(self._blocks.chosen)

    def described(self, facts: Facts) -> tuple[bool, dict[str, Any]]:
        """Whether the first column only counts the rows, and what a dataset of the others says, by its fields.

        Raises:
            InputError: there are no rows.
        """
        check_rows(facts.rows, self.place)
        layout, chosen = self._blocks.layout, self._blocks.chosen
        may_leave_out = self._checksum is None and layout.may_leave_out(chosen[:-1], chosen[-1:], self._asked.features)
        is_left_out = may_leave_out and facts.counts_rows
        ends = list(zip(chosen, facts.least, facts.greatest, strict=True))[is_left_out:]
        zeros = tuple(index for index, least, greatest in ends[:-1] if least == greatest == 0)
        asked = msgspec.structs.replace(self._asked, checksum=self._digest.hexdigest())
        about = described(
            self.name,
            layout,
            asked,
            chosen[is_left_out:-1],
            chosen[-1:],
            list(self._blocks.said),
            facts.dropped,
            zeros,
            is_left_out=is_left_out,
        )
        largest = max(max(-least, greatest) for _, least, greatest in ends)
        return is_left_out, {"name": self.name, "largest": largest, **about}


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
