"""Read a dataset from a table of text: a file, or standard input."""

import codecs
import hashlib
import io
import os
import sys
from array import array
from pathlib import Path

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import STANDARD_INPUT, Column, Dataset, Origin, Source, shown_checksum
from gdtui.numbers import count, parse_whole
from gdtui.storage import files
from gdtui.storage.columns import MISSING, SPACES, Layout, choose, find_layout, is_missing, number, records
from gdtui.text import clean

VARIABLE, MOST_MEBIBYTES = "GDTUI_MOST_MIB", 1024
"""What sets how much of a table is read at most, in 2**20 bytes, and what it is otherwise."""

_CHUNK = 1 << 20
_PLAIN = b"0123456789+-.eE \t\n"


class Table(msgspec.Struct, frozen=True):
    """What was read."""

    dataset: Dataset
    dropped: int
    """How many rows were skipped because a number was missing."""


def read_table(
    path: str,
    *,
    features: tuple[str, ...] | None = None,
    target: str | None = None,
    drop_missing: bool = False,
    checksum: str | None = None,
) -> Table:
    """The table in a file, or in standard input where `path` is `-`.

    Cells are parted by commas, semicolons, tabs or spaces; a first row that is not all numbers names the columns.
    `features` and `target` choose columns by name or by number from 1; by default y is the last, x all the others.
    `checksum` is how the SHA-256 of the content must begin, in hexadecimal digits.

    Raises:
        InputError: the table cannot be read, or has changed; one line that begins with the place.
    """
    is_file = path != STANDARD_INPUT
    place = files.shown(path) if is_file else "standard input"
    most = _most_bytes()
    content = files.read(path, most)[0] if is_file else _read_standard_input(place, most)
    found = hashlib.sha256(content).hexdigest()
    if checksum is not None and not found.startswith(checksum):
        had = shown_checksum(checksum)
        raise InputError(f"{place}: it has changed: its checksum is {shown_checksum(found)}, and not {had}")
    text = _one_kind_of_line(_checked(content, place))
    layout = find_layout(text, place)
    x, y = choose(layout.names, features, target, place)
    columns, dropped = _plain_columns(text, layout, (*x, y)), 0
    if columns is None:
        columns, dropped = _careful_columns(text, layout, (*x, y), place, drop_missing)
    missing = tuple(sorted(MISSING)) if drop_missing else ()
    origin = Origin(str(Path(path).absolute()) if is_file else path, found, features, target, drop_missing)
    dataset = Dataset(
        x=columns[:-1],
        y=columns[-1],
        features=tuple(layout.names[index] for index in x),
        target=layout.names[y],
        name=clean(Path(path).name) if is_file else place,
        arguments=origin.arguments,
        origin=origin,
        source=Source(origin.path, layout.separator, layout.lines_above, (*x, y), missing) if is_file else None,
        largest=max(float(np.abs(values).max()) for values in columns),
    )
    return Table(dataset, dropped)


def _most_bytes() -> int:
    text = os.environ.get(VARIABLE, "").strip()
    try:
        return (parse_whole(text, 1, 1 << 20) if text else MOST_MEBIBYTES) << 20
    except ValueError as error:
        raise InputError(f"{VARIABLE}: {error}") from None


def _read_standard_input(place: str, most: int) -> bytes:
    if sys.stdin is None:
        raise InputError(f"{place}: it is closed")
    chunks, size = [], 0
    while chunk := sys.stdin.buffer.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise InputError(f"{place}: {files.too_much(most)}")
    return b"".join(chunks)


def _checked(text: bytes, place: str) -> bytes:
    """`text` without the byte order mark, once it is known to be text.

    Raises:
        InputError: there is a NUL in it, or it is not UTF-8.
    """
    nul = text.find(b"\0")
    if nul >= 0:
        raise InputError(f"{place}:{_line_at(text, nul)}: a NUL byte, so this is not a table of text")
    try:
        if not text.isascii():
            text.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{place}:{_line_at(text, error.start)}: this is not text in UTF-8") from None
    return text.removeprefix(codecs.BOM_UTF8)


def _line_at(text: bytes, position: int) -> int:
    return _one_kind_of_line(text[:position]).count(b"\n") + 1


def _one_kind_of_line(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def _plain_columns(text: bytes, layout: Layout, chosen: tuple[int, ...]) -> tuple[Column, ...] | None:
    """The chosen columns of a table that holds plain numbers and nothing else; None where it is not so plain."""
    stream = io.BytesIO(text)
    for _ in range(layout.lines_above):
        stream.readline()
    if text[stream.tell() :].translate(None, _PLAIN + layout.separator.encode()):
        return None
    separator = None if layout.separator == SPACES else layout.separator
    try:
        # All columns, since loadtxt does not notice ragged rows when it is asked for some.
        rows = np.loadtxt(stream, delimiter=separator, comments=None, ndmin=2, encoding="ascii")
    except ValueError:
        # The careful way finds the cell that is at fault, or reads what loadtxt cannot.
        return None
    if rows.shape[1] != len(layout.names):
        return None
    columns = [np.ascontiguousarray(rows[:, index]) for index in chosen]
    if not all(np.isfinite(values).all() for values in columns):
        return None
    return tuple(values.data.toreadonly() for values in columns)


def _careful_columns(
    text: bytes, layout: Layout, chosen: tuple[int, ...], place: str, drop_missing: bool
) -> tuple[tuple[Column, ...], int]:
    """The chosen columns, cell by cell, and the number of rows dropped."""
    columns = [array("d") for _ in chosen]
    dropped = 0
    for line, cells in records(text, layout.separator, place):
        if line <= layout.lines_above:
            continue
        if len(cells) != len(layout.names):
            raise InputError(f"{place}:{line}: {count(len(cells), 'cell')} where the first row has {len(layout.names)}")
        if drop_missing and any(is_missing(cells[index]) for index in chosen):
            dropped += 1
            continue
        for values, index in zip(columns, chosen, strict=True):
            try:
                values.append(number(cells[index]))
            except ValueError as error:
                raise InputError(f"{place}:{line}: column '{layout.names[index]}': {error}") from None
    if not columns[0]:
        raise InputError(f"{place}: every row lacks a number")
    return tuple(memoryview(values).toreadonly() for values in columns), dropped
