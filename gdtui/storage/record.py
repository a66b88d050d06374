"""Records: append-only files with one JSON object per line, each chained to the line before by a hash."""

import hashlib
import io
import os
import pwd
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from gdtui.storage import files
from gdtui.text import _

LARGEST = 8 << 20
"""The most bytes of a record."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line of a record."""

    entry: msgspec.Raw
    hash: str
    """SHA-256 of the previous line's hash (nothing for the first line) and the entry's bytes."""
    begins: bool = False
    """Whether a record starts on this line, since a file can contain several."""


class Flaw(msgspec.Struct, frozen=True):
    """Something wrong with a record."""

    line: int
    """Counted from 1; 0 for the file as a whole."""
    reason: str


class Entries(msgspec.Struct, frozen=True):
    """One record as read: its entries as JSON, up to the file's first flaw."""

    place: str
    first_line: int
    entries: tuple[bytes, ...]
    flaws: tuple[Flaw, ...]
    account: str = ""
    """The account that owns the file; empty if that does not tell who wrote it."""
    is_ours: bool = False
    """Whether the file belongs to the user who reads it."""


def chained(before: str, entry: bytes) -> str:
    """The hash of a line, from the hash before it."""
    return hashlib.sha256(before.encode() + entry).hexdigest()


def line_of(entry: bytes, before: str, *, begins: bool) -> tuple[bytes, str]:
    """A line with its line end, and its hash."""
    digest = chained("" if begins else before, entry)
    return msgspec.json.encode(Line(msgspec.Raw(entry), digest, begins)) + b"\n", digest


def sealed(text: bytes, place: str, seal: Callable[[int], bytes]) -> bytes:
    """A record with a last line that `seal` makes from the number of lines before it.

    A damaged record is left as it is: a seal must not make it look whole.
    """
    whole = whole_lines(text)
    records = split(whole, place)
    if len(records) != 1 or records[0].flaws:
        return whole
    last = msgspec.json.decode(whole.splitlines()[-1], type=Line)
    return whole + line_of(seal(len(records[0].entries)), last.hash, begins=False)[0]


def whole_lines(text: bytes) -> bytes:
    """The text without an unfinished last line, left by a power failure."""
    return text[: text.rfind(b"\n") + 1]


def split(text: bytes, place: str) -> list[Entries]:
    """The records in a file, each with its flaws."""
    found: list[tuple[int, list[bytes], list[Flaw]]] = []
    digest = ""
    for number, raw in enumerate(io.BytesIO(text), 1):
        line = _decoded(raw)
        begins = line is not None and line.begins
        if begins or not found:
            found.append((number, [], []))
        _first, entries, flaws = found[-1]
        if flaws:
            continue  # lines after a flaw prove nothing
        if not (begins or entries):
            reason = _("a record cannot start with this line: its beginning may be missing")
        elif not raw.endswith(b"\n"):
            reason = _("the record is cut off on this line")
        elif line is None:
            reason = _("this line does not belong to a record")
        elif line.hash != chained("" if begins else digest, bytes(line.entry)):
            reason = _("the line was edited, or one before it is missing")
        else:
            digest = line.hash
            entries.append(bytes(line.entry))
            continue
        flaws.append(Flaw(number, reason))
    if not found:
        found = [(1, [], [Flaw(1, _("the file is empty"))])]
    return [Entries(place, first, tuple(entries), tuple(flaws)) for first, entries, flaws in found]


def _decoded(raw: bytes) -> Line | None:
    try:
        return msgspec.json.decode(raw, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def damage(text: bytes, place: str) -> str:
    """Where and why a record, sealed or not, is not as gdtui wrote it; empty if it is.

    An unfinished last line does not count as damage: it was being written when the power failed.
    """
    flaws = [flaw for record in split(whole_lines(text), place) for flaw in record.flaws]
    return f"{place}:{flaws[0].line}: {flaws[0].reason}" if flaws and whole_lines(text) else ""


def read_records(path: str) -> list[Entries]:
    """The records in a file, which must not be a link.

    Raises:
        InputError: the file cannot be read.
    """
    text, seen = files.read(path, LARGEST, is_private=True)
    known = {"account": _learners(seen.owner, Path(path).parent), "is_ours": seen.owner == os.getuid()}
    return [msgspec.structs.replace(record, **known) for record in split(text, files.shown(path))]


def _learners(account: int, folder: Path) -> str:
    """The name of an account; empty for the teacher's own, for root and for the owner of a drop box."""
    with suppress(OSError):
        box = folder.stat()
        if account == box.st_uid and box.st_mode & stat.S_ISVTX:
            return ""
    name = account_name(account)
    return "" if account in (0, os.getuid()) or name == "nobody" or name.startswith("uid ") else name


def owner() -> str:
    """The name of the account that runs this process."""
    return account_name(os.getuid())


def account_name(number: int) -> str:
    """The name of an account."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # accounts in some containers have no name
        return f"uid {number}"
