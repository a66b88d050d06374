"""Read a dataset from a table of text: a file, or standard input."""

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import Dataset
from gdtui.experiment.origin import STANDARD_INPUT, Origin, Source, shown_checksum
from gdtui.numbers import parse_whole
from gdtui.storage import files
from gdtui.storage.tables.arrays import Arrays, is_array
from gdtui.storage.tables.columns import Layout, choose, find_layout
from gdtui.storage.tables.encoding import SHOWN, decode
from gdtui.storage.tables.lines import Lines, plain
from gdtui.storage.tables.number import MISSING
from gdtui.storage.tables.rows import ReadColumns, counts_rows, read_rows
from gdtui.text import _, clean, ngettext

VARIABLE, MOST_MEBIBYTES = "GDTUI_MOST_MIB", 1024
"""What sets how much of a table is read at most, in 2**20 bytes, and what it is otherwise."""


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

    `features` and `target` choose columns by name or by number from 1, several targets parted by commas; by default y
    is the last, x all the others but one that only counts the rows. `checksum` is how the SHA-256 of the content must
    begin, in hexadecimal digits; with one and without `features`, as in lines and workspaces of before, a column that
    counts the rows is kept.

    Raises:
        InputError: the table cannot be read, or has changed; one line that begins with the place.
    """
    is_file = path != STANDARD_INPUT
    place = files.shown(path) if is_file else _("standard input")
    most = _most_bytes()
    content = files.read(path, most)[0] if is_file else files.read_standard_input(most)
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
        values = {"found": shown_checksum(found), "wanted": shown_checksum(checksum)}
        words = _(
            "it has changed: its checksum is {found}, not {wanted}. Get the old file, or leave --checksum out", **values
        )
        raise InputError(f"{place}: {words}")


def _read(content: bytes, place: str, name: str, asked: Origin, *, keeps_row_numbers: bool) -> Table:
    """The table that a content is, stage by stage."""
    if is_array(content):
        arrays = Arrays(content, place, _most_bytes())
        x, ys = choose(arrays.layout, asked.features, asked.target, place)
        read = arrays.read((*x, *ys), asked.drop_missing)
        return _table(arrays.layout, x, ys, read, [], None, place, name, asked, is_whole=True)
    text, encoding = decode(content, place)
    lines = plain(text, place)
    layout = find_layout(lines, place)
    x, ys = choose(layout, asked.features, asked.target, place)
    read = read_rows(lines.text, layout, (*x, *ys), place, asked.drop_missing, len(ys))
    said = [_("read as {encoding}", encoding=SHOWN[encoding])] if encoding in SHOWN else []
    said += [*lines.said, *layout.said, *read.said]
    source = _source(asked, encoding, lines, layout) if asked.is_file and read.is_plain else None
    return _table(layout, x, ys, read, said, source, place, name, asked, is_whole=keeps_row_numbers)


def _table(
    layout: Layout,
    x: tuple[int, ...],
    ys: tuple[int, ...],
    read: ReadColumns,
    said: list[str],
    source: Source | None,
    place: str,
    name: str,
    asked: Origin,
    *,
    is_whole: bool,
) -> Table:
    """What was read; unless the table is to be kept `is_whole`, without a first column that only counts the rows."""
    check_rows(len(read.columns[0]), place)
    may_leave_out = not is_whole and layout.may_leave_out(x, ys, asked.features)
    is_left_out = may_leave_out and counts_rows(read.columns[0], read.dropped)
    columns, x = read.columns[is_left_out:], x[is_left_out:]
    d = len(x)
    zeros = tuple(index for index, values in zip(x, columns, strict=False) if not any(values))
    about = described(name, layout, asked, x, ys, said, read.dropped, zeros, is_left_out=is_left_out)
    dataset = Dataset(
        x=columns[:d],
        y=columns[d],
        more_y=columns[d + 1 :],
        name=name,
        source=msgspec.structs.replace(source, columns=(*x, *ys)) if source else None,
        largest=max(float(np.abs(values).max()) for values in columns),
        **about,
    )
    return Table(dataset, read.dropped)


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


def _source(origin: Origin, encoding: str, lines: Lines, layout: Layout) -> Source | None:
    """Where the numbers stand in the file; None where Python's own reader of CSV would not find them."""
    if lines.last_changed > layout.lines_above:
        return None
    missing = tuple(sorted(MISSING)) if origin.drop_missing else ()
    return Source(origin.path, layout.separator, layout.lines_above, (), missing, encoding)


def _most_bytes() -> int:
    text = os.environ.get(VARIABLE, "").strip()
    try:
        return (parse_whole(text, 1, 1 << 20) if text else MOST_MEBIBYTES) << 20
    except ValueError as error:
        raise InputError(f"{VARIABLE}: {error}") from None
