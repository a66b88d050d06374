"""A text table: read as a whole, or block by block in constant memory.

Both give the same rows, digits and error messages.
"""

import codecs
import hashlib
import io
import itertools
import os
import re
from collections.abc import Callable, Iterator

import msgspec

from gdtui.errors import InputError
from gdtui.experiment.dataset import Column
from gdtui.experiment.origin import Source
from gdtui.storage.tables import quick
from gdtui.storage.tables.columns import ROWS_LOOKED_AT, Chosen, Layout, find_layout
from gdtui.storage.tables.encoding import SHOWN, UTF_8, decode
from gdtui.storage.tables.lines import Lines, one_kind_of_line, plain, refuse_long_lines
from gdtui.storage.tables.rows import ReadColumns, read_rows
from gdtui.text import _

HEAD, HEAD_OF_BLOCKS = 1 << 18, 4 << 20
"""How many bytes are examined to find out how a table is written: for plain numbers, and for blocks."""
MOST_OF_A_ROW = 64 << 20

BETWEEN_ROWS = _("comments or ruled lines between the rows cannot be read in blocks: take them out")
_COMMENT = re.compile(rb"^[ \t]*#(?!n/a)", re.M | re.I)
_OTHERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class Text:
    """A text table whose whole content is in memory."""

    def __init__(self, content: bytes, place: str) -> None:
        """Find out how it is written.

        Raises:
            InputError: it is not a text table.
        """
        text, encoding = decode(content, place)
        lines = plain(text, place)
        self.layout = find_layout(lines, place)
        if encoding in SHOWN:
            said = (_("read as {encoding}", encoding=SHOWN[encoding]), *self.layout.said)
            self.layout = msgspec.structs.replace(self.layout, said=said)
        self.source = _source(encoding, lines, self.layout)
        self._text, self._place = lines.text, place

    def read(self, chosen: Chosen) -> ReadColumns:
        """The chosen columns.

        Raises:
            InputError: a cell cannot be read.
        """
        return read_rows(self._text, self.layout, chosen, self._place)


class PlainText:
    """A text table that has only plain numbers below its header."""

    def __init__(self, lines: Lines, layout: Layout, columns: list[Column], checksum: str) -> None:
        self.layout, self.checksum, self._columns = layout, checksum, columns
        self.source = _source(UTF_8, lines, layout)

    def read(self, chosen: Chosen) -> ReadColumns:
        """The chosen columns."""
        return ReadColumns(tuple(self._columns[index] for index in chosen.positions))


def plain_text(file: io.BufferedReader, place: str, most: int) -> PlainText | None:
    """The table in a file, read the fast way without keeping its text; None if that is not possible."""
    size = os.fstat(file.fileno()).st_size
    if not quick.LEAST_BYTES <= size <= most:
        return None
    head = file.read(HEAD)
    is_part = len(head) == HEAD
    try:
        lines, layout = told_by(head[: head.rfind(b"\n") + 1] if is_part else head, place)
    except InputError:
        return None  # reading the whole text tells what is wrong
    if is_part and head.count(b"\n") < layout.lines_above + ROWS_LOOKED_AT:
        return None
    if not layout.are_points_decimal:
        return None  # only the whole text tells what a point means
    digest = hashlib.sha256()
    pieces = quick.pieces_of(file, most, digest.update)
    columns = quick.numbers_in(pieces, layout.separator, len(layout.names), layout.lines_above, size)
    return PlainText(lines, layout, columns, digest.hexdigest()) if columns else None


def told_by(head: bytes, place: str) -> tuple[Lines, Layout]:
    """How a table is written, from its beginning alone.

    Raises:
        InputError: it is not a table, or only its whole text can tell.
    """
    if head.startswith(_OTHERS) or (decoded := decode(head, place))[1] != UTF_8:
        raise InputError(
            f"{place}: {_('a table read in blocks or from several files must be in UTF-8: convert it first')}"
        )
    lines = plain(decoded[0], place)
    layout = find_layout(lines, place)
    if lines.last_changed > layout.lines_above:
        raise InputError(f"{place}: {BETWEEN_ROWS}")
    return lines, layout


def _source(encoding: str, lines: Lines, layout: Layout) -> Source | None:
    """Where the numbers are in the file; None if Python's CSV reader would not find them there."""
    if lines.last_changed > layout.lines_above:
        return None
    return Source("", layout.separator, layout.lines_above, (), (), encoding)


class Blocks:
    """The columns of one text file, block by block."""

    def __init__(self, chunks: Iterator[bytes], place: str, size: int) -> None:
        """Find out how the table is written; each block has at most about `size` bytes.

        Raises:
            InputError: it cannot be read this way.
        """
        self._place, self._digest = place, hashlib.sha256()
        chunks = _with_one_kind_of_line(chunks, self._digest.update)
        head = b""
        while len(head) < HEAD_OF_BLOCKS and (chunk := next(chunks, b"")):
            head += chunk
        rest = b""
        if len(head) >= HEAD_OF_BLOCKS and (end := _end(head, len(head))):
            head, rest = head[:end], head[end:]
        lines, self.layout = told_by(head, place)
        *_above, below = lines.text.split(b"\n", self.layout.lines_above)
        self._pieces = _pieces(itertools.chain((below + rest,), chunks), size, place)
        self.count = 0
        """The number of blocks, once all have been read."""

    @property
    def checksum(self) -> str:
        """The checksum of everything read so far."""
        return self._digest.hexdigest()

    def blocks(self, chosen: Chosen, is_wanted: Callable[[int], bool]) -> Iterator[tuple[int, ReadColumns]]:
        """The chosen columns of the wanted blocks, numbered from 0; of other blocks only the lines are counted.

        Raises:
            InputError: a cell cannot be read; the message names its line.
        """
        above = self.layout.lines_above
        for number, text in enumerate(self._pieces):
            if is_wanted(number) and text.strip():
                self._check(text, above)
                layout = msgspec.structs.replace(self.layout, lines_above=0, lines_before=above)
                read = read_rows(text, layout, chosen, self._place)
                if read.said:
                    values = {"place": self._place, "reading": read.said[0]}
                    words = _(
                        "{place}: {reading}; a table read in blocks or from several files may hold only plain numbers",
                        **values,
                    )
                    raise InputError(words)
                yield number, read
            above += text.count(b"\n")
            self.count = number + 1

    def _check(self, text: bytes, above: int) -> None:
        """Check that a piece is text, like the first one."""
        refuse_long_lines(text, self._place, above)
        found = text.find(b"\0")
        what = _("it contains a NUL byte, so it is not a text file")
        try:
            text.isascii() or text.decode()
        except UnicodeDecodeError as error:
            found, what = error.start, _("this is not text in UTF-8")
        if b"#" in text and (comment := _COMMENT.search(text)):
            found, what = comment.start(), BETWEEN_ROWS
        if found >= 0:
            line = above + text.count(b"\n", 0, found) + 1
            raise InputError(f"{self._place}:{line}: {what}")


def _with_one_kind_of_line(chunks: Iterator[bytes], known: Callable[[bytes], None]) -> Iterator[bytes]:
    """The same text with LF line ends; `known` gets the original."""
    kept = b""
    for chunk in chunks:
        known(chunk)
        text = kept + chunk
        kept = b"\r" if text.endswith(b"\r") else b""  # it may be the first half of a line end
        yield one_kind_of_line(text[: len(text) - len(kept)])
    if kept:
        yield b"\n"


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
    """Where the last complete row before `most` ends: at a line end outside quotation marks; otherwise `begin`."""
    end = text.rfind(b"\n", begin, most) + 1
    is_open = end > 0 and text.count(b'"', begin, end) % 2 == 1
    while is_open and end > begin:
        before = text.rfind(b"\n", begin, end - 1) + 1
        is_open ^= text.count(b'"', max(before, begin), end) % 2 == 1
        end = before
    return max(end, begin)
