"""Read a dataset from a table of text: a file, or standard input."""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import STANDARD_INPUT, Dataset, Origin, Source, shown_checksum
from gdtui.numbers import count, parse_whole
from gdtui.storage import files
from gdtui.storage.tables.columns import Layout, choose, find_layout
from gdtui.storage.tables.encoding import SHOWN, Decoded, decode
from gdtui.storage.tables.lines import Lines, plain
from gdtui.storage.tables.number import MISSING
from gdtui.storage.tables.rows import counts_rows, read_rows
from gdtui.text import clean

VARIABLE, MOST_MEBIBYTES = "GDTUI_MOST_MIB", 1024
"""What sets how much of a table is read at most, in 2**20 bytes, and what it is otherwise."""

_CHUNK = 1 << 20


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

    From bytes to text, lines, cells, columns and numbers, each is a module of `tables`.
    `features` and `target` choose columns by name or by number from 1; by default y is the last, x all the others but
    one that only counts the rows. `checksum` is how the SHA-256 of the content must begin, in hexadecimal digits; with
    one and without `features`, as in lines and workspaces of before, a column that counts the rows is kept.

    Raises:
        InputError: the table cannot be read, or has changed; one line that begins with the place.
    """
    is_file = path != STANDARD_INPUT
    place = files.shown(path) if is_file else "standard input"
    most = _most_bytes()
    content = files.read(path, most)[0] if is_file else _read_standard_input(place, most)
    found = hashlib.sha256(content).hexdigest()
    check_checksum(found, checksum, place)
    origin = Origin(str(Path(path).absolute()) if is_file else path, found, features, target, drop_missing)
    name = clean(Path(path).name) if is_file else place
    return _read(content, place, name, origin, keeps_row_numbers=checksum is not None)


def check_checksum(found: str, checksum: str | None, place: str) -> None:
    """Look whether a table's checksum begins with what was asked for, if anything was.

    Raises:
        InputError: it does not.
    """
    if checksum is not None and not found.startswith(checksum):
        had = shown_checksum(checksum)
        raise InputError(f"{place}: it has changed: its checksum is {shown_checksum(found)}, and not {had}")


def _read(content: bytes, place: str, name: str, asked: Origin, *, keeps_row_numbers: bool) -> Table:
    """The table that a content is, stage by stage."""
    decoded = decode(content, place)
    lines = plain(decoded.text, place)
    layout = find_layout(lines, place)
    x, y = choose(layout, asked.features, asked.target, place)
    read = read_rows(lines.text, layout, (*x, y), place, asked.drop_missing)
    check_rows(len(read.columns[0]), place)
    encoding = [f"read as {SHOWN[decoded.encoding]}"] if decoded.encoding in SHOWN else []
    may_leave_out = not keeps_row_numbers and layout.may_leave_out((*x, y), asked.features)
    is_left_out = may_leave_out and counts_rows(read.columns[0], read.dropped)
    columns, x = read.columns[is_left_out:], x[is_left_out:]
    zeros = tuple(index for index, values in zip(x, columns, strict=False) if not any(values))
    said = (*encoding, *lines.said, *layout.said, *read.said)
    about = described(name, layout, asked, (*x, y), said, read.dropped, zeros, is_left_out=is_left_out)
    dataset = Dataset(
        x=columns[:-1],
        y=columns[-1],
        name=name,
        source=_source(asked, decoded, lines, layout, (*x, y)) if asked.is_file and read.is_plain else None,
        largest=max(float(np.abs(values).max()) for values in columns),
        **about,
    )
    return Table(dataset, read.dropped)


def check_rows(rows: int, place: str) -> None:
    """Look whether any row is left.

    Raises:
        InputError: there is none.
    """
    if not rows:
        raise InputError(f"{place}: every row lacks a number")


def described(
    name: str,
    layout: Layout,
    asked: Origin,
    chosen: tuple[int, ...],
    said: tuple[str, ...],
    dropped: int,
    zeros: tuple[int, ...],
    *,
    is_left_out: bool,
) -> dict[str, Any]:
    """What a dataset says of its columns and of what was assumed, by its fields; `zeros` are 0 in every row."""
    words, names = layout.words(chosen), [layout.names[index] for index in chosen]
    *features, target = names
    sentences = list(said)
    if is_left_out:
        sentences.append(f"column '{layout.names[0]}' only counts the rows and is left out")
    if sentences:
        sentences.append(f"columns: {', '.join(features)} → {target}")
    if dropped:
        sentences.append(f"{count(dropped, 'row')} with missing cells skipped")
    sentences += [f"{layout.names[index]} is 0 in every row" for index in zeros]
    origin = msgspec.structs.replace(asked, features=words[:-1], target=words[-1]) if words else asked
    return {
        "features": tuple(features),
        "target": target,
        "origin": origin,
        "arguments": origin.arguments,
        "assumed": f"{name}: {'; '.join(sentences)}" if sentences else "",
    }


def _source(origin: Origin, decoded: Decoded, lines: Lines, layout: Layout, columns: tuple[int, ...]) -> Source | None:
    """Where the numbers stand in the file; None where Python's own reader of CSV would not find them."""
    if lines.last_changed > layout.lines_above:
        return None
    missing = tuple(sorted(MISSING)) if origin.drop_missing else ()
    return Source(origin.path, layout.separator, layout.lines_above, columns, missing, decoded.encoding)


def _most_bytes() -> int:
    text = os.environ.get(VARIABLE, "").strip()
    try:
        return (parse_whole(text, 1, 1 << 20) if text else MOST_MEBIBYTES) << 20
    except ValueError as error:
        raise InputError(f"{VARIABLE}: {error}") from None


def standard_input(place: str) -> Iterator[bytes]:
    """The content of standard input, piece by piece.

    Raises:
        InputError: there is none.
    """
    if sys.stdin is None:
        raise InputError(f"{place}: it is closed")
    while chunk := sys.stdin.buffer.read(_CHUNK):
        yield chunk


def _read_standard_input(place: str, most: int) -> bytes:
    chunks, size = [], 0
    for chunk in standard_input(place):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise InputError(f"{place}: {files.too_much(most)}")
    return b"".join(chunks)
