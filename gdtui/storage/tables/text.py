"""A table of text, read whole."""

import codecs
import hashlib
import io
import os

from gdtui.errors import InputError
from gdtui.experiment.dataset import Column
from gdtui.experiment.origin import Source
from gdtui.storage.tables import quick
from gdtui.storage.tables.cells import HEAD as ROWS_LOOKED_AT
from gdtui.storage.tables.columns import Layout, find_layout
from gdtui.storage.tables.encoding import SHOWN, UTF_8, decode
from gdtui.storage.tables.lines import Lines, plain
from gdtui.storage.tables.rows import ReadColumns, read_rows
from gdtui.text import _

HEAD = 1 << 18
"""From so many bytes at the beginning of a table of plain numbers is told how it is written."""


_OTHERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class Text:
    """A table of text whose content is known."""

    def __init__(self, content: bytes, place: str) -> None:
        """Find out how it is written.

        Raises:
            InputError: it is no table of text.
        """
        text, encoding = decode(content, place)
        lines = plain(text, place)
        self.layout = find_layout(lines, place)
        said = [_("read as {encoding}", encoding=SHOWN[encoding])] if encoding in SHOWN else []
        self.said = (*said, *lines.said, *self.layout.said)
        self.source = _source(encoding, lines, self.layout)
        self._text, self._place = lines.text, place

    def read(self, chosen: tuple[int, ...], drop_missing: bool, targets: int) -> ReadColumns:
        """The chosen columns, of which y is the last, or the last few are.

        Raises:
            InputError: a cell cannot be read.
        """
        return read_rows(self._text, self.layout, chosen, self._place, drop_missing, targets)


class PlainText:
    """A table of text that holds plain numbers below its names, and nothing else."""

    def __init__(self, lines: Lines, layout: Layout, columns: list[Column], checksum: str) -> None:
        self.layout, self.checksum, self.said = layout, checksum, (*lines.said, *layout.said)
        self.source = _source(UTF_8, lines, layout)
        self._columns = columns

    def read(self, chosen: tuple[int, ...], drop_missing: bool, targets: int) -> ReadColumns:
        """The chosen columns."""
        return ReadColumns(tuple(self._columns[index] for index in chosen))


def plain_text(file: io.BufferedReader, place: str, most: int) -> PlainText | None:
    """The table in a file, read the quick way without keeping its text; None where that cannot be done."""
    if not quick.LEAST_BYTES <= os.fstat(file.fileno()).st_size <= most:
        return None
    head = file.read(HEAD)
    is_part = len(head) == HEAD
    try:
        lines, layout = told_by(head[: head.rfind(b"\n") + 1] if is_part else head, place)
    except InputError:
        return None  # what is wrong is told by all of the text
    if is_part and head.count(b"\n") < layout.lines_above + ROWS_LOOKED_AT:
        return None
    file.seek(0)
    digest = hashlib.sha256()
    pieces = quick.pieces_of(file, most, digest.update)
    columns = quick.numbers_in(pieces, layout.separator, len(layout.names), layout.lines_above)
    return PlainText(lines, layout, columns, digest.hexdigest()) if columns else None


def told_by(head: bytes, place: str) -> tuple[Lines, Layout]:
    """How a table is written, by its beginning alone.

    Raises:
        InputError: it is no table, or all of its text is needed to tell.
    """
    if head.startswith(_OTHERS) or (decoded := decode(head, place))[1] != UTF_8:
        raise InputError(f"{place}: {_('in blocks, and of several files, only UTF-8 is read: convert it first')}")
    lines = plain(decoded[0], place)
    layout = find_layout(lines, place)
    if lines.last_changed > layout.lines_above:
        raise InputError(
            f"{place}: {_('comments or ruled lines between the rows cannot be read in blocks: take them out')}"
        )
    return lines, layout


def _source(encoding: str, lines: Lines, layout: Layout) -> Source | None:
    """Where the numbers stand in the file; None where Python's own reader of CSV would not find them."""
    if lines.last_changed > layout.lines_above:
        return None
    return Source("", layout.separator, layout.lines_above, (), (), encoding)
