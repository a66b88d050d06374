"""This process's share of the rows, where several processes take one table, or rows that were typed, to pieces."""

import itertools
from typing import Any, NamedTuple

import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import Column, Dataset, column
from gdtui.experiment.origin import STANDARD_INPUT
from gdtui.experiment.summed import SharedRows, Triangle, bounds
from gdtui.storage.stream import NO_FACTS, Stream, square_root
from gdtui.storage.tables.blocks import Facts
from gdtui.text import _

SIZE = 1 << 18
"""A block of so many bytes goes to the first process, the next to the second, and so on."""

SAID = ("features", "target", "name", "arguments", "largest", "recipe", "seed")
"""What rows that were typed or generated say of themselves."""


class Known(NamedTuple):
    """What a process lets the others know of its share."""

    facts: dict[int, Facts]
    """Of each of its blocks, by its place among all."""
    triangle: Triangle
    """The square root of the sums of products of 1, each x and y."""


class Share:
    """The blocks that one process reads."""

    def __init__(self, columns: dict[int, tuple[Column, ...]], facts: dict[int, Facts], width: int) -> None:
        """By the place of each block among all: its columns and what is known of them."""
        self._columns = columns
        triangle = np.zeros((0, width + 1))
        for values in columns.values():
            rows = np.column_stack([np.ones(len(values[0])), *values])
            triangle = square_root(np.vstack([triangle, rows]))
        self.known = Known(facts, tuple(map(tuple, triangle.tolist())))

    def joined(self, everyone: list[Known], stream: Stream | None, whole: dict[str, Any]) -> SharedRows:
        """The data of all processes, seen from this one; `whole` is what it says where it is no table's."""
        by_number = {number: facts for known in everyone for number, facts in known.facts.items()}
        first, numbers, facts = 0, list[tuple[int, int]](), NO_FACTS
        for number, of_block in sorted(by_number.items()):
            if number in self._columns:
                numbers.append((first, first + of_block.rows))
            first += of_block.rows
            facts = facts.followed_by(of_block)
        is_left_out, about = stream.described(facts) if stream else (False, whole)
        rows = square_root(np.array([row for known in everyone for row in known.triangle]))
        triangle = square_root(np.delete(rows, 1, axis=1)) if is_left_out else rows
        ends = [column(pair) for pair in zip(facts.least, facts.greatest, strict=True)][is_left_out:]
        columns = [self._columns[number] for number in sorted(self._columns)]
        own = zip(*columns, strict=True) if columns else ((),) * len(facts.least)
        share = [column(itertools.chain(*parts)) for parts in own][is_left_out:]
        return SharedRows(
            x=tuple(ends[:-1]),
            y=ends[-1],
            in_all=facts.rows,
            triangle=tuple(map(tuple, triangle.tolist())),
            share=tuple(share),
            numbers=tuple(numbers),
            **about,
        )


def read_share(path: str, rank: int, size: int, **asked: Any) -> tuple[Share, Stream]:
    """The share of a table that the process with this rank, of so many, reads.

    Raises:
        InputError: it cannot be read, or has changed; one line that begins with the place.
    """
    if path == STANDARD_INPUT:
        raise InputError(
            _("standard input: several processes cannot share it: put the data in a file and name it with --data")
        )
    stream = Stream(path, **asked, size=SIZE)
    blocks = list(stream.blocks(lambda number: number % size == rank))
    facts = {block.number: block.facts for block in blocks}
    return Share({block.number: block.columns for block in blocks}, facts, stream.width), stream


def share_of(dataset: Dataset, rank: int, size: int) -> Share:
    """The share of rows that were typed."""
    begin, end = bounds(dataset.rows, rank, size)
    columns = tuple(values[begin:end] for values in (*dataset.x, dataset.y))
    return Share({rank: columns}, {rank: Facts.of(columns, 0)}, len(columns))


def said_of(dataset: Dataset) -> dict[str, Any]:
    """What data that was typed says of itself."""
    return {name: getattr(dataset, name) for name in SAID}
