"""Read a dataset from a table of text: a file, or standard input."""

import codecs
import io
import os
import stat
import sys
from array import array
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from gdtui.dataset import Column, Dataset, Source
from gdtui.errors import InputError
from gdtui.storage.columns import MISSING, SPACES, Layout, choose, find_layout, is_missing, number, records
from gdtui.words import clean, count

STANDARD_INPUT = "-"
LARGEST_SIZE = 1 << 30
"""The most bytes that are read."""

_CHUNK = 1 << 20
_PLAIN = b"0123456789+-.eE \t\n"


class Table(msgspec.Struct, frozen=True):
    """What was read."""

    dataset: Dataset
    dropped: int
    """How many rows were skipped because a number was missing."""


def read_table(
    path: str, *, features: tuple[str, ...] | None = None, target: str | None = None, drop_missing: bool = False
) -> Table:
    """The table in a file, or in standard input where `path` is `-`.

    Cells are parted by commas, semicolons, tabs or spaces; a first row that is not all numbers names the columns.
    `features` and `target` choose columns by name or by number from 1; by default y is the last, x all the others.

    Raises:
        InputError: the table cannot be read; one line that begins with the place.
    """
    place = "standard input" if path == STANDARD_INPUT else clean(path) or "''"
    text = _one_kind_of_line(_checked(_read(path, place), place))
    layout = find_layout(text, place)
    x, y = choose(layout.names, features, target, place)
    columns = _plain_columns(text, layout, (*x, y))
    dropped = 0
    if columns is None:
        columns, dropped = _careful_columns(text, layout, (*x, y), place, drop_missing)
    dataset = Dataset(
        x=columns[:-1],
        y=columns[-1],
        features=tuple(layout.names[index] for index in x),
        target=layout.names[y],
        name=place if path == STANDARD_INPUT else clean(Path(path).name),
        arguments=_arguments(path, features, target, drop_missing),
        source=_source(path, layout, (*x, y), drop_missing),
        largest=max(float(np.abs(values).max()) for values in columns),
    )
    return Table(dataset, dropped)


def _arguments(path: str, features: tuple[str, ...] | None, target: str | None, drop_missing: bool) -> tuple[str, ...]:
    return (
        *("--data", path),
        *(() if features is None else ("--features", ",".join(features))),
        *(() if target is None else ("--target", target)),
        *(("--drop-missing",) if drop_missing else ()),
    )


def _source(path: str, layout: Layout, columns: tuple[int, ...], drop_missing: bool) -> Source | None:
    if path == STANDARD_INPUT:
        return None
    return Source(path, layout.separator, layout.lines_above, columns, tuple(sorted(MISSING)) if drop_missing else ())


def _read(path: str, place: str) -> bytes:
    try:
        if path == STANDARD_INPUT:
            return _read_standard_input(place)
        with open(path, "rb", opener=_open_at_once) as file:
            return _read_file(file, place)
    except FileNotFoundError:
        raise InputError(f"{place}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{place}: this is a folder, not a file") from None
    except PermissionError:
        raise InputError(f"{place}: no permission to read it") from None
    except OSError as error:
        raise InputError(f"{place}: {error.strerror or 'cannot be read'}") from error
    except ValueError as error:
        raise InputError(f"{place}: not a file name") from error


def _open_at_once(path: str, flags: int) -> int:
    # Opening a FIFO would otherwise wait until someone writes to it.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _read_file(file: BinaryIO, place: str) -> bytes:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{place}: this is not a regular file")
    _check_size(status.st_size, place)
    return file.read()


def _read_standard_input(place: str) -> bytes:
    if sys.stdin is None:
        raise InputError(f"{place}: it is closed")
    chunks, size = [], 0
    while chunk := sys.stdin.buffer.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        _check_size(size, place)
    return b"".join(chunks)


def _check_size(size: int, place: str) -> None:
    if size > LARGEST_SIZE:
        raise InputError(f"{place}: more than {LARGEST_SIZE >> 20:,} MiB is too much")


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
