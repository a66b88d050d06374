"""Read a dataset from a table: a file, several files, or standard input."""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any, Protocol

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import Dataset
from gdtui.experiment.origin import STANDARD_INPUT, Origin, Source, shown_checksum
from gdtui.numbers import parse_whole
from gdtui.storage import files
from gdtui.storage.tables.arrays import Arrays, is_array
from gdtui.storage.tables.arrow import ArrowFile, is_arrow
from gdtui.storage.tables.columns import Layout, choose
from gdtui.storage.tables.files_of import TableFiles, check_same_names, find_files
from gdtui.storage.tables.number import MISSING
from gdtui.storage.tables.rows import ReadColumns, counts_rows, joined
from gdtui.storage.tables.text import Text, plain_text
from gdtui.text import _, ngettext

VARIABLE, MOST_MEBIBYTES = "GDTUI_MOST_MIB", 1024
"""What sets how much of a table is read at most, in 2**20 bytes, and what it is otherwise."""


class TablePart(Protocol):
    """A file of a table, of whatever kind."""

    @property
    def layout(self) -> Layout:
        """Its columns."""

    @property
    def said(self) -> tuple[str, ...]:
        """What was assumed."""

    @property
    def source(self) -> Source | None:
        """Where its numbers stand, if it is text that Python's own reader can read."""

    def read(self, chosen: tuple[int, ...], drop_missing: bool, targets: int) -> ReadColumns:
        """The chosen columns, of which y is the last, or the last few are."""


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
    """The table in a file, in the files of a folder or a pattern, or in standard input where `path` is `-`.

    `features` and `target` choose columns by name or by number from 1, several targets parted by commas; by default y
    is the last, x all the others but one that only counts the rows. `checksum` is how the SHA-256 of the content must
    begin, in hexadecimal digits; with one and without `features`, as in lines and workspaces of before, a column that
    counts the rows is kept.

    Raises:
        InputError: the table cannot be read, or has changed; one line that begins with the place.
    """
    found = find_files(path)
    if found.are_many and found.size > (most := most_bytes()):
        reason = _("its files are larger than the limit of {size:,} MiB", size=most >> 20)
        raise InputError(f"{found.place}: {reason}")
    asked = found.origin("", features, target, drop_missing)
    return _table(found, _read(found, asked, checksum), asked, is_whole=checksum is not None)


class _Read(msgspec.Struct):
    """What was read of the files of a table."""

    layout: Layout
    """That of the first, as of all others."""
    source: Source | None
    x: tuple[int, ...]
    ys: tuple[int, ...]
    columns: ReadColumns
    said: tuple[str, ...]
    checksum: str


def _read(found: TableFiles, asked: Origin, checksum: str | None) -> _Read:
    """The chosen columns of all files."""
    each: list[str] = []
    parts: list[ReadColumns] = []
    read = _Read(Layout("", (), 0), None, (), (), ReadColumns(()), (), "")

    def known(one: str) -> None:
        """Hold a table of one file against its checksum before anything else is refused."""
        each.append(one)
        if not found.are_many:
            check_checksum(one, checksum, found.place)

    for path, place in zip(found.paths, found.places, strict=True):
        part = _part(path, place, known)
        if not parts:
            source = None if found.are_many or path == STANDARD_INPUT else part.source
            x, ys = choose(part.layout, asked.features, asked.target, place)
            read = _Read(part.layout, source, x, ys, ReadColumns(()), (), "")
        check_same_names(read.layout, part.layout, place, found.places[0])
        columns = part.read((*read.x, *read.ys), asked.drop_missing, len(read.ys))
        if found.are_many and columns.said:
            values = {"place": place, "reading": columns.said[0]}
            raise InputError(_("{place}: {reading}; in a table of several files only plain numbers are read", **values))
        parts.append(columns)
        read.said = tuple(dict.fromkeys((*read.said, *part.said)))
        del part  # so that no more than one file is kept
    read.checksum = found.checksum(each)
    check_checksum(read.checksum, checksum, found.place)
    read.columns = joined(parts, len(read.x) + len(read.ys))
    return read


def check_checksum(found: str, checksum: str | None, place: str) -> None:
    """Look whether a table's checksum begins with what was asked for, if anything was.

    Raises:
        InputError: it does not.
    """
    if checksum is not None and not found.startswith(checksum):
        values = {"found": shown_checksum(found), "wanted": shown_checksum(checksum)}
        words = _(
            "it has changed: its checksum is {found}, not {wanted}. Get the old file, or leave --checksum out", **values
        )
        raise InputError(f"{place}: {words}")


def _part(path: str, place: str, known: Callable[[str], None]) -> TablePart:
    """What a file, or standard input, is; its checksum is made known before it is refused.

    Raises:
        InputError: it cannot be read.
    """
    most = most_bytes()
    if path != STANDARD_INPUT:
        file, version = files.opened(path)
        with file:
            if is_arrow(file.read(8)):
                arrow = ArrowFile(partial(files.opened_again, path, version), place, most)
                known(arrow.checksum)
                return arrow
            file.seek(0)
            if quick := plain_text(file, place, most):
                known(quick.checksum)
                return quick
    content = files.read(path, most)[0] if path != STANDARD_INPUT else files.read_standard_input(most)
    known(hashlib.sha256(content).hexdigest())
    if is_array(BytesIO(content)):
        return Arrays(content, place, most)
    return ArrowFile(partial(BytesIO, content), place, most) if is_arrow(content) else Text(content, place)


def _table(found: TableFiles, read: _Read, asked: Origin, *, is_whole: bool) -> Table:
    """What was read; unless the table is to be kept `is_whole`, without a first column that only counts the rows."""
    columns, dropped, x, ys = read.columns.columns, read.columns.dropped, read.x, read.ys
    check_rows(len(columns[0]), found.place)
    may_leave_out = not is_whole and read.layout.may_leave_out(x, ys, asked.features)
    is_left_out = may_leave_out and counts_rows(columns[0], dropped)
    columns, x = columns[is_left_out:], x[is_left_out:]
    d = len(x)
    zeros = tuple(index for index, values in zip(x, columns, strict=False) if not any(values))
    said = [*found.said, *read.said, *read.columns.said]
    asked = msgspec.structs.replace(asked, checksum=read.checksum)
    about = described(found.name, read.layout, asked, x, ys, said, dropped, zeros, is_left_out=is_left_out)
    if read.source and read.columns.is_plain:
        missing = tuple(sorted(MISSING)) if asked.drop_missing else ()
        about["source"] = msgspec.structs.replace(read.source, path=asked.path, columns=(*x, *ys), missing=missing)
    dataset = Dataset(
        x=columns[:d],
        y=columns[d],
        more_y=columns[d + 1 :],
        name=found.name,
        largest=max(max(float(np.max(values)), -float(np.min(values))) for values in columns),
        **about,
    )
    return Table(dataset, dropped)


def check_rows(rows: int, place: str) -> None:
    """Look whether any row is left."""
    if not rows:
        raise InputError(f"{place}: {_('every row has a number missing: leave out the columns with gaps')}")


def described(
    name: str,
    layout: Layout,
    asked: Origin,
    x: tuple[int, ...],
    ys: tuple[int, ...],
    said: list[str],
    dropped: int,
    zeros: tuple[int, ...],
    *,
    is_left_out: bool,
) -> dict[str, Any]:
    """What a dataset says of its columns and of what was assumed, by its fields; `zeros` are 0 in every row."""
    d, words = len(x), layout.words((*x, *ys))
    features, targets = (tuple(layout.names[index] for index in some) for some in (x, ys))
    if is_left_out:
        said = [*said, _("column '{name}' only counts the rows and is left out", name=layout.names[0])]
    if said:
        said = [*said, _("columns: {features} → {target}", features=", ".join(features), target=", ".join(targets))]
    if dropped:
        skipped = ngettext("{n:,} row with missing cells skipped", "{n:,} rows with missing cells skipped", dropped)
        said = [*said, skipped]
    said = [*said, *(_("{name} is 0 in every row", name=layout.names[index]) for index in zeros)]
    origin = msgspec.structs.replace(asked, features=words[:d], target=",".join(words[d:])) if words else asked
    return {
        "features": features,
        "target": targets[0],
        "more_targets": targets[1:],
        "origin": origin,
        "arguments": origin.arguments,
        "assumed": f"{name}: {'; '.join(said)}" if said else "",
    }


def most_bytes() -> int:
    """How much of a table is read at most."""
    text = os.environ.get(VARIABLE, "").strip()
    try:
        return (parse_whole(text, 1, 1 << 20) if text else MOST_MEBIBYTES) << 20
    except ValueError as error:
        raise InputError(f"{VARIABLE}: {error}") from None
