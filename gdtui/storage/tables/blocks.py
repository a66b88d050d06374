"""A table block by block, in memory that does not grow with it: the rows, digits and refusals of one read in one go."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import Column
from gdtui.storage.tables.arrays import ArrayFile
from gdtui.storage.tables.arrow import ArrowFile
from gdtui.storage.tables.lines import refuse_long_lines
from gdtui.storage.tables.rows import ReadColumns, is_rising, read_rows
from gdtui.storage.tables.text import told_by
from gdtui.text import _

HEAD = 4 << 20
"""From so many bytes at the beginning of a table is told how it is written."""
MOST_OF_A_ROW = 64 << 20

Wanted = Callable[[int], bool]
"""Whether the block with that number is to be read."""
_COMMENT = re.compile(rb"^[ \t]*#(?!n/a)", re.M | re.I)


class Facts(msgspec.Struct, frozen=True):
    """What is known of some rows that follow one another, without their numbers."""

    rows: int
    dropped: int
    """How many of them were skipped because a number was missing."""
    least: tuple[float, ...]
    """Of each column."""
    greatest: tuple[float, ...]
    ends: tuple[float, float]
    """The first and the last number of the first column."""
    is_rising: bool
    """Whether that column holds whole numbers, each of which is larger than that before."""

    @classmethod
    def of(cls, columns: tuple[Column, ...], dropped: int) -> "Facts":
        """Those of a block."""
        if not len(columns[0]):
            return cls(0, dropped, (), (), (0.0, 0.0), is_rising=True)
        arrays = [np.asarray(values) for values in columns]
        least, greatest = (tuple(float(end(values)) for values in arrays) for end in (np.min, np.max))
        ends = (columns[0][0], columns[0][-1])
        return cls(len(columns[0]), dropped, least, greatest, ends, is_rising(columns[0]))

    def followed_by(self, later: "Facts") -> "Facts":
        """Those of all rows, where others come after these."""
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
        """Whether the first column only counts the rows, as `counts_rows` tells it of a whole one."""
        return self.rows > 1 and self.is_rising and self.ends[1] - self.ends[0] < self.rows + self.dropped


class RowBlock(NamedTuple):
    """Some rows of a table."""

    number: int
    """Its place in the table, from 0."""
    columns: tuple[Column, ...]
    """The chosen columns, y last."""
    facts: Facts

    @classmethod
    def of(cls, number: int, read: ReadColumns) -> "RowBlock":
        """The block with that number, and what is known of its rows."""
        return cls(number, read.columns, Facts.of(read.columns, read.dropped))


class Blocks:
    """The columns of one file of text, block by block."""

    def __init__(self, chunks: Iterator[bytes], place: str, drop_missing: bool, size: int) -> None:
        """Read how the table is written; each block has at most about `size` bytes.

        Raises:
            InputError: it cannot be read so.
        """
        self._place, self._size, self._drop_missing = place, size, drop_missing
        chunks = _with_one_kind_of_line(chunks)
        head = b""
        while len(head) < HEAD and (chunk := next(chunks, b"")):
            head += chunk
        rest = b""
        if len(head) >= HEAD and (end := _end(head, len(head))):
            head, rest = head[:end], head[end:]
        lines, self.layout = told_by(head, place)
        self.said = (*lines.said, *self.layout.said)
        *_above, below = lines.text.split(b"\n", self.layout.lines_above)
        self._pieces = _pieces(_after(below + rest, chunks), size, place)
        self.count = 0
        """How many blocks there are, once all have been read."""

    def read(self, chosen: tuple[int, ...], is_wanted: Wanted) -> Iterator[RowBlock]:
        """The chosen columns in the blocks whose index is wanted; the others are passed over, but their lines counted.

        Raises:
            InputError: a cell cannot be read; it names its line.
        """
        above = self.layout.lines_above
        for index, text in enumerate(self._pieces):
            if is_wanted(index) and text.strip():
                yield self._block(index, text, above, chosen)
            above += text.count(b"\n")
            self.count = index + 1

    def _block(self, index: int, text: bytes, above: int, chosen: tuple[int, ...]) -> RowBlock:
        self._check(text, above)
        layout = msgspec.structs.replace(self.layout, lines_above=0, lines_before=above)
        read = read_rows(text, layout, chosen, self._place, self._drop_missing)
        if read.said:
            values = {"place": self._place, "reading": read.said[0]}
            raise InputError(
                _("{place}: {reading}; in blocks, and of several files, only plain numbers are read", **values)
            )
        return RowBlock.of(index, read)

    def _check(self, text: bytes, above: int) -> None:
        """Look whether a piece is text, as the first one is."""
        refuse_long_lines(text, self._place, above)
        found = text.find(b"\0")
        what = _("it contains a NUL byte, so it is not a text file")
        try:
            text.isascii() or text.decode()
        except UnicodeDecodeError as error:
            found, what = error.start, _("this is not text in UTF-8")
        if b"#" in text and (comment := _COMMENT.search(text)):
            found, what = (
                comment.start(),
                _("comments or ruled lines between the rows cannot be read in blocks: take them out"),
            )
        if found >= 0:
            line = above + text.count(b"\n", 0, found) + 1
            raise InputError(f"{self._place}:{line}: {what}")


class TypedBlocks:
    """The columns of a file that holds numbers and not text, block by block."""

    def __init__(self, file: ArrowFile | ArrayFile, drop_missing: bool) -> None:
        self._file, self._drop_missing, self.count = file, drop_missing, 0
        self.layout, self.said = file.layout, file.said

    def read(self, chosen: tuple[int, ...], is_wanted: Wanted) -> Iterator[RowBlock]:
        """The chosen columns in the blocks whose index is wanted.

        Raises:
            InputError: a number is missing, or a column holds none.
        """
        for index, read in self._file.blocks(chosen, self._drop_missing, 1, is_wanted):
            yield RowBlock.of(index, read)
        self.count = self._file.count


def _with_one_kind_of_line(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same text with LF at the ends of lines."""
    kept = b""
    for chunk in chunks:
        text = kept + chunk
        kept = b"\r" if text.endswith(b"\r") else b""  # which may be one half of an end
        yield text[: len(text) - len(kept)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if kept:
        yield b"\n"


def _after(text: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield text
    yield from chunks


def _pieces(chunks: Iterator[bytes], size: int, place: str) -> Iterator[bytes]:
    """Whole rows, about `size` bytes at a time."""
    rest, wanted = b"", size
    for chunk in chunks:
        rest += chunk
        begin = 0
        while len(rest) - begin >= wanted:
            end = _end(rest, begin + wanted, begin)
            if end > begin:
                yield rest[begin:end]
                begin, wanted = end, size
            elif wanted > MOST_OF_A_ROW:
                raise InputError(
                    _(
                        "{place}: a row is longer than {most} MiB, or a quotation mark is never closed",
                        place=place,
                        most=MOST_OF_A_ROW >> 20,
                    )
                )
            else:
                wanted *= 2
        rest = rest[begin:]
    if rest:
        yield rest


def _end(text: bytes, most: int, begin: int = 0) -> int:
    """Where the last row ends whole before `most`: at the end of a line outside of quotation marks; else `begin`."""
    end = text.rfind(b"\n", begin, most) + 1
    is_open = end > 0 and text.count(b'"', begin, end) % 2 == 1
    while is_open and end > begin:
        before = text.rfind(b"\n", begin, end - 1) + 1
        is_open ^= text.count(b'"', max(before, begin), end) % 2 == 1
        end = before
    return max(end, begin)
