"""This process's share of the rows, when several processes divide a table or typed rows among them."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import Dataset, column
from gdtui.experiment.origin import STANDARD_INPUT
from gdtui.experiment.summed import SharedRows, Triangle, bounds
from gdtui.storage.stream import Stream, square_root, summed, with_rows
from gdtui.storage.tables.rows import NO_FACTS, Facts, ReadColumns
from gdtui.text import _

SIZE = 1 << 18
"""The size of a block in bytes: the first block goes to the first process, the next to the second, and so on."""

SAID = ("features", "target", "name", "arguments", "largest", "recipe", "seed")
"""The fields that typed or generated rows keep when they are shared."""


class Known(NamedTuple):
    """What a process tells the others about its share."""

    facts: dict[int, Facts]
    """The facts of each of its blocks, by the block's number among all blocks."""
    triangle: Triangle
    """The triangle of the sums of products of 1, each x and y."""


Described = Callable[[Facts], tuple[bool, dict[str, Any]]]
"""Whether the first column only counts the rows, and the fields of a dataset with the others."""


class Share:
    """The blocks that one process reads."""

    def __init__(self, blocks: dict[int, ReadColumns], width: int, described: Described) -> None:
        """The blocks by their numbers among all; each has `width` columns."""
        self._columns, self._described = {number: read.columns for number, read in blocks.items()}, described
        triangle = np.zeros((0, width + 1))
        for values in self._columns.values():
            triangle = with_rows(triangle, values)
        facts = {number: read.facts for number, read in blocks.items()}
        self.known = Known(facts, tuple(map(tuple, triangle.tolist())))

    def joined(self, everyone: list[Known]) -> SharedRows:
        """The data of all processes, as seen by this one."""
        by_number = {number: facts for known in everyone for number, facts in known.facts.items()}
        first, numbers, facts = 0, list[tuple[int, int]](), NO_FACTS
        for number, of_block in sorted(by_number.items()):
            if number in self._columns:
                numbers.append((first, first + of_block.rows))
            first += of_block.rows
            facts = facts.followed_by(of_block)
        is_left_out, about = self._described(facts)
        triangle = square_root(np.array([row for known in everyone for row in known.triangle]))
        columns = [self._columns[number] for number in sorted(self._columns)]
        own = zip(*columns, strict=True) if columns else ((),) * len(facts.least)
        share = [column(itertools.chain(*parts)) for parts in own][is_left_out:]
        of_all = summed(facts, triangle, is_left_out=is_left_out)
        return SharedRows(share=tuple(share), numbers=tuple(numbers), **of_all, **about)


def read_share(path: str, rank: int, size: int, **asked: Any) -> Share:
    """The share of a table read by the process of this rank, out of `size`.

    Raises:
        InputError: it cannot be read, or has changed; one line that starts with the place.
    """
    if path == STANDARD_INPUT:
        raise InputError(
            _("standard input: several processes cannot share it: put the data in a file and name it with --data")
        )
    stream = Stream(path, **asked, size=SIZE)
    return Share(dict(stream.blocks(lambda number: number % size == rank)), stream.width, stream.described)


def share_of(dataset: Dataset, rank: int, size: int) -> Share:
    """The share of rows that were typed or generated."""
    begin, end = bounds(dataset.rows, rank, size)
    columns = tuple(values[begin:end] for values in (*dataset.x, dataset.y))
    said = {name: getattr(dataset, name) for name in SAID}
    return Share({rank: ReadColumns(columns)}, len(columns), lambda facts: (False, said))
