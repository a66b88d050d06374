"""Read a dataset from a table: a file, several files, or standard input."""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

import msgspec

from gdtui.errors import InputError
from gdtui.experiment.dataset import Dataset
from gdtui.experiment.origin import STANDARD_INPUT, Origin, Source, shown_checksum
from gdtui.numbers import parse_whole
from gdtui.storage import files
from gdtui.storage.tables.arrays import Arrays, is_array
from gdtui.storage.tables.arrow import ArrowFile, is_arrow
from gdtui.storage.tables.cell_column import numbered_labels
from gdtui.storage.tables.columns import Chosen, Layout, choose
from gdtui.storage.tables.files_of import TableFiles, check_same_names, find_files
from gdtui.storage.tables.number import MISSING
from gdtui.storage.tables.rows import Facts, ReadColumns, joined
from gdtui.storage.tables.text import PlainText, Text, plain_text
from gdtui.text import _, ngettext

VARIABLE, MOST_MEBIBYTES = "GDTUI_MOST_MIB", 1024
"""The environment variable for the most of a table that is read, in units of 2**20 bytes, and its default."""


TablePart = ArrowFile | Arrays | PlainText | Text
"""A file of a table."""


class Table(msgspec.Struct, frozen=True):
    """A table that was read."""

    dataset: Dataset
    dropped: int
    """The number of rows skipped because a number was missing."""


def read_table(
    path: str,
    *,
    features: tuple[str, ...] | None = None,
    target: str | None = None,
    drop_missing: bool = False,
    checksum: str | None = None,
) -> Table:
    """The table in a file, in the files of a folder or pattern, or in standard input if `path` is `-`.

    `features` and `target` choose columns by name or by number from 1, several targets separated by commas. By default
    y is the last column, and x all others except one that only counts the rows. `checksum` is the beginning of the
    content's SHA-256 in hexadecimal. With a checksum and without `features`, as in old command lines and workspaces, a
    column that counts the rows is kept.

    Raises:
        InputError: the table cannot be read, or has changed; one line that starts with the place.
    """
    found = find_files(path)
    if found.are_many and found.size > (most := most_bytes()):
        reason = _("its files are larger than the limit of {size:,} MiB", size=most >> 20)
        raise InputError(f"{found.place}: {reason}")
    asked = found.origin(features, target, drop_missing)
    read = _read(found, asked, checksum)
    asked = msgspec.structs.replace(asked, checksum=read.checksum)
    said, facts = (*read.said, *read.columns.said), read.columns.facts
    is_left_out, about = described(found, read.layout, asked, read.chosen, said, facts, is_whole=checksum is not None)
    columns, positions = read.columns.columns[is_left_out:], read.chosen.positions[is_left_out:]
    if read.source and read.columns.is_plain and not read.chosen.labels:
        missing = tuple(sorted(MISSING)) if asked.drop_missing else ()
        about["source"] = msgspec.structs.replace(read.source, path=asked.path, columns=positions, missing=missing)
    d = len(about["features"])
    return Table(Dataset(x=columns[:d], y=columns[d], more_y=columns[d + 1 :], **about), facts.dropped)


class _Read(NamedTuple):
    """What was read from the files of a table."""

    layout: Layout
    """The layout of the first file, which all others share."""
    chosen: Chosen
    source: Source | None
    said: tuple[str, ...]
    columns: ReadColumns
    checksum: str


def _read(found: TableFiles, asked: Origin, checksum: str | None) -> _Read:
    """The chosen columns of all files."""
    each: list[str] = []
    parts: list[ReadColumns] = []
    said: dict[str, None] = {}

    def known(one: str) -> None:
        """Check the checksum of a single file before anything else is refused."""
        each.append(one)
        if not found.are_many:
            check_checksum(one, checksum, found.place)

    for path, place in zip(found.paths, found.places, strict=True):
        part = _part(path, place, known)
        if not parts:
            layout, chosen = part.layout, choose(part.layout, asked, place)
            source = None if found.are_many or path == STANDARD_INPUT else part.source
        check_same_names(layout, part.layout, place, found.places[0])
        if chosen.labels and isinstance(part, PlainText):  # its cells are needed as written
            part = Text(files.read(path, most_bytes())[0], place)
        columns = part.read(chosen)
        if found.are_many and columns.said:
            values = {"place": place, "reading": columns.said[0]}
            raise InputError(_("{place}: {reading}; a table of several files may hold only plain numbers", **values))
        parts.append(columns)
        said |= dict.fromkeys(part.layout.said)
        del part  # so that only one file at a time is in memory
    check_checksum(of_all := found.checksum(each), checksum, found.place)
    return _Read(layout, chosen, source, tuple(said), joined(parts, len(chosen.positions)), of_all)


def check_checksum(found: str, checksum: str | None, place: str) -> None:
    """Refuse a table whose checksum does not begin with the one given, if one was given."""
    if checksum is not None and not found.startswith(checksum):
        values = {"found": shown_checksum(found), "wanted": shown_checksum(checksum)}
        words = _(
            "it has changed: its checksum is {found}, not {wanted}. Get the old file, or leave --checksum out", **values
        )
        raise InputError(f"{place}: {words}")


def _part(path: str, place: str, known: Callable[[str], None]) -> TablePart:
    """The right reader for a file or standard input; `known` gets its checksum before it can be refused.

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


def described(
    found: TableFiles,
    layout: Layout,
    asked: Origin,
    chosen: Chosen,
    said: tuple[str, ...],
    facts: Facts,
    *,
    is_whole: bool,
) -> tuple[bool, dict[str, Any]]:
    """Whether the first column is left out, and the fields of a dataset with the others.

    It is left out if it only counts the rows, unless `is_whole`.

    Raises:
        InputError: there are no rows.
    """
    if not facts.rows:
        raise InputError(f"{found.place}: {_('every row has a number missing: leave out the columns with gaps')}")
    is_left_out = not is_whole and layout.may_leave_out(chosen, asked) and facts.counts_rows
    x, ys, least, greatest = chosen.x[is_left_out:], chosen.ys, facts.least[is_left_out:], facts.greatest[is_left_out:]
    words = chosen.words(layout, (*x, *ys))
    features, targets = (tuple(layout.names[index] for index in some) for some in (x, ys))
    told = [*found.said, *said]
    if is_left_out:
        told.append(_("column '{name}' only counts the rows and is left out", name=layout.names[0]))
    for index, labels in chosen.labels.items():
        values = {"name": layout.names[index], "labels": numbered_labels(labels)}
        told.append(_("{name}: {labels}", **values))
    if told:
        told.append(_("columns: {features} → {target}", features=", ".join(features), target=", ".join(targets)))
    if n := facts.dropped:
        told.append(ngettext("{n:,} row with missing cells skipped", "{n:,} rows with missing cells skipped", n))
    ends = zip(features, least, greatest, strict=False)
    told += [_("{name} is 0 in every row", name=name) for name, low, high in ends if low == high == 0]
    if words:
        asked = msgspec.structs.replace(asked, features=words[: len(x)], target=",".join(words[len(x) :]))
    return is_left_out, {
        "features": features,
        "target": targets[0],
        "more_targets": targets[1:],
        "name": found.name,
        "largest": max(*greatest, *(-low for low in least)),
        "origin": asked,
        "arguments": asked.arguments,
        "assumed": f"{found.name}: {'; '.join(told)}" if told else "",
    }


def most_bytes() -> int:
    """The most bytes of a table that are read."""
    text = os.environ.get(VARIABLE, "").strip()
    try:
        return (parse_whole(text, 1, 1 << 20) if text else MOST_MEBIBYTES) << 20
    except ValueError as error:
        raise InputError(f"{VARIABLE}: {error}") from None
