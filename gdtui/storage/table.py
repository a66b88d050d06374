"""Read a dataset from a table of text: a file, or standard input."""

import hashlib
import os
from pathlib import Path

import msgspec
import numpy as np

from gdtui.errors import InputError
from gdtui.experiment.dataset import STANDARD_INPUT, Dataset, Origin, Source, shown_checksum
from gdtui.numbers import parse_whole
from gdtui.storage import files
from gdtui.storage.tables.columns import Layout, choose, find_layout
from gdtui.storage.tables.encoding import SHOWN, decode
from gdtui.storage.tables.lines import Lines, plain
from gdtui.storage.tables.number import MISSING
from gdtui.storage.tables.rows import counts_rows, read_rows
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
    if checksum is not None and not found.startswith(checksum):
        values = {"found": shown_checksum(found), "wanted": shown_checksum(checksum)}
        raise InputError(f"{place}: {_('it has changed: its checksum is {found}, not {wanted}', **values)}")
    origin = Origin(str(Path(path).absolute()) if is_file else path, found, features, target, drop_missing)
    name = clean(Path(path).name) if is_file else place
    return _read(content, place, name, origin, keeps_row_numbers=checksum is not None)


def _read(content: bytes, place: str, name: str, asked: Origin, *, keeps_row_numbers: bool) -> Table:
    """The table that a content is, stage by stage."""
    text, encoding = decode(content, place)
    lines = plain(text, place)
    layout = find_layout(lines, place)
    x, ys = choose(layout, asked.features, asked.target, place)
    read = read_rows(lines.text, layout, (*x, *ys), place, asked.drop_missing, len(ys))
    columns, words = read.columns, layout.words((*x, *ys))
    said = [_("read as {encoding}", encoding=SHOWN[encoding])] if encoding in SHOWN else []
    said += [*lines.said, *layout.said, *read.said]
    may_leave_out = layout.may_count_rows and x[0] == 0 < len(x) - 1 and asked.features is None
    if may_leave_out and words and not keeps_row_numbers and counts_rows(columns[0], read.dropped):
        said.append(_("column '{name}' only counts the rows and is left out", name=layout.names[0]))
        x, columns, words = x[1:], columns[1:], words[1:]
    features, targets = (tuple(layout.names[index] for index in some) for some in (x, ys))
    if said:
        said.append(_("columns: {features} → {target}", features=", ".join(features), target=", ".join(targets)))
    if read.dropped:
        said.append(
            ngettext("{n:,} row with missing cells skipped", "{n:,} rows with missing cells skipped", read.dropped)
        )
    zeros = [name for name, values in zip(features, columns, strict=False) if not any(values)]
    said += [_("{name} is 0 in every row", name=name) for name in zeros]
    d = len(features)
    origin = msgspec.structs.replace(asked, features=words[:d], target=",".join(words[d:])) if words else asked
    dataset = Dataset(
        x=columns[:d],
        y=columns[d],
        more_y=columns[d + 1 :],
        features=features,
        target=targets[0],
        more_targets=targets[1:],
        name=name,
        arguments=origin.arguments,
        origin=origin,
        source=_source(origin, encoding, lines, layout, (*x, *ys)) if origin.is_file and read.is_plain else None,
        largest=max(float(np.abs(values).max()) for values in columns),
        assumed=f"{name}: {'; '.join(said)}" if said else "",
    )
    return Table(dataset, read.dropped)


def _source(origin: Origin, encoding: str, lines: Lines, layout: Layout, columns: tuple[int, ...]) -> Source | None:
    """Where the numbers stand in the file; None where Python's own reader of CSV would not find them."""
    if lines.last_changed > layout.lines_above:
        return None
    missing = tuple(sorted(MISSING)) if origin.drop_missing else ()
    return Source(origin.path, layout.separator, layout.lines_above, columns, missing, encoding)


def _most_bytes() -> int:
    text = os.environ.get(VARIABLE, "").strip()
    try:
        return (parse_whole(text, 1, 1 << 20) if text else MOST_MEBIBYTES) << 20
    except ValueError as error:
        raise InputError(f"{VARIABLE}: {error}") from None
