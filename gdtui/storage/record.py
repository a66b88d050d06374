"""Records: files that are only ever added to, a JSON object a line, each line chained to the one before by a hash."""

import fcntl
import hashlib
import io
import os
import pwd
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from gdtui.errors import OutputError, UserError
from gdtui.storage import files
from gdtui.text import clean

LARGEST = 8 << 20
"""The most bytes of a record."""

MOST_RECORDS = 1_000
"""The most records of one lesson."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line of a record."""

    entry: msgspec.Raw
    hash: str
    """SHA-256 of the hash of the line before (nothing before the first line) and the entry's bytes."""
    begins: bool = False
    """Whether a record begins here: several may stand in one file."""


class Flaw(msgspec.Struct, frozen=True):
    """Something wrong with a record."""

    line: int
    """Counted from 1 in the file."""
    reason: str


class Entries(msgspec.Struct, frozen=True):
    """One record as read: its entries as JSON, up to the first flaw of the file."""

    place: str
    first_line: int
    entries: tuple[bytes, ...]
    flaws: tuple[Flaw, ...]


def chained(before: str, entry: bytes) -> str:
    """The hash of a line."""
    return hashlib.sha256(before.encode() + entry).hexdigest()


def line_of(entry: bytes, before: str, *, begins: bool) -> tuple[bytes, str]:
    """A line with its end, and its hash."""
    digest = chained("" if begins else before, entry)
    return msgspec.json.encode(Line(msgspec.Raw(entry), digest, begins)) + b"\n", digest


def sealed(text: bytes, place: str, seal: Callable[[int], bytes]) -> bytes:
    """A record with one line more, which `seal` makes from the number of those before it.

    What has a flaw is left as it is: a seal must not make it look whole.
    """
    whole = _whole_lines(text)
    records = split(whole, place)
    if len(records) != 1 or records[0].flaws:
        return whole
    last = msgspec.json.decode(whole.splitlines()[-1], type=Line)
    return whole + line_of(seal(len(records[0].entries)), last.hash, begins=False)[0]


def _whole_lines(text: bytes) -> bytes:
    """Without a line that has no end: it was being written when the power went, and nobody was told of it."""
    return text[: text.rfind(b"\n") + 1]


def split(text: bytes, place: str) -> list[Entries]:
    """The records in a file, each with what is wrong with it."""
    found: list[tuple[int, list[bytes], list[Flaw]]] = []
    digest, is_broken = "", False
    for number, raw in enumerate(io.BytesIO(text), 1):
        line = _decoded(raw)
        if line is not None and line.begins:
            found.append((number, [], []))
            is_broken = False
        elif not found:
            found.append((number, [], [Flaw(number, "this is not the beginning of a record")]))
            is_broken = True
        if is_broken:
            continue
        _, entries, flaws = found[-1]
        if not raw.endswith(b"\n"):
            reason = "the record is cut off in this line"
        elif line is None:
            reason = "this is no line of a record"
        elif line.hash != chained("" if line.begins else digest, bytes(line.entry)):
            reason = "the line was edited, or one before it is missing"
        else:
            digest = line.hash
            entries.append(bytes(line.entry))
            continue
        flaws.append(Flaw(number, reason))
        is_broken = True
    if not found:
        return [Entries(place, 1, (), (Flaw(1, "the file is empty"),))]
    return [Entries(place, first, tuple(entries), tuple(flaws)) for first, entries, flaws in found]


def _decoded(raw: bytes) -> Line | None:
    try:
        return msgspec.json.decode(raw, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_records(path: str) -> list[Entries]:
    """The records in a file.

    Raises:
        InputError: the file cannot be read.
    """
    return split(files.read(path, LARGEST)[0], files.shown(path))


def owner() -> str:
    """The name of the account that this runs under."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # an account without a name, as in some containers
        return f"uid {os.getuid()}"


def folder() -> Path:
    """Where this user's records are, theirs alone.

    Raises:
        OutputError: nobody knows where that is.
    """
    return files.state_folder() / "records"


def own_records() -> list[Path]:
    """The records that this user has written, oldest name first."""
    found = []
    with suppress(OutputError):  # without a folder there are none
        for path in sorted(folder().glob("*.jsonl")):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid():
                found.append(path)
    return found


class RecordFile:
    """A record that is being written. It is locked for as long as it is open, so a second session takes another."""

    def __init__(self, path: Path, handle: int, entries: tuple[bytes, ...], length: int, digest: str) -> None:
        self.path = path
        self.entries = entries
        """What was there when it was opened."""
        self._handle = handle
        self._length = length
        self._digest = digest

    def append(self, entry: bytes) -> None:
        """Add a line, and have it on the disk before this returns.

        Raises:
            UserError: it cannot be written; what was there is still there, and whole.
        """
        line, digest = line_of(entry, self._digest, begins=self._length == 0)
        try:
            os.ftruncate(self._handle, self._length)  # a part of a line that could not be written may be left
            written = 0
            while written < len(line):
                written += os.write(self._handle, line[written:])
            os.fsync(self._handle)
        except OSError as error:
            with suppress(OSError):  # a disk that fails altogether: the next line begins with it
                os.ftruncate(self._handle, self._length)
            raise UserError(f"the record cannot be written: {error.strerror}") from None
        self._length += len(line)
        self._digest = digest

    def close(self) -> None:
        """Let another session have it."""
        os.close(self._handle)


def open_record(stem: str, begin: bytes, goes_on: Callable[[tuple[bytes, ...]], bool]) -> RecordFile:
    """The first record of this name that no other session has open and that `goes_on`, or a new one with `begin`.

    Raises:
        UserError: none can be opened.
    """
    place = folder()
    try:
        with files.private_folder(place) as held:
            for number in range(1, MOST_RECORDS + 1):
                path = place / (f"{stem}.jsonl" if number == 1 else f"{stem}-{number}.jsonl")
                if opened := _open(held, path, begin, goes_on):
                    return opened
    except OSError as error:
        raise UserError(f"{clean(str(place))}: {error.strerror}") from None
    raise UserError(f"{clean(str(place))}: there are {MOST_RECORDS:,} records of {stem} already")


def _open(place: int, path: Path, begin: bytes, goes_on: Callable[[tuple[bytes, ...]], bool]) -> RecordFile | None:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    handle = os.open(path.name, flags, 0o600, dir_fd=place)
    try:
        opened = _taken_up(path, handle, begin, goes_on)
        os.fsync(place)  # for the name of a new one
    except BaseException:
        os.close(handle)
        raise
    if opened is None:
        os.close(handle)
    return opened


def _taken_up(path: Path, handle: int, begin: bytes, goes_on: Callable[[tuple[bytes, ...]], bool]) -> RecordFile | None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    os.fchmod(handle, 0o600)
    text = os.pread(handle, LARGEST + 1, 0)
    whole = _whole_lines(text)
    if not whole:
        os.ftruncate(handle, 0)
        opened = RecordFile(path, handle, (), 0, "")
        opened.append(begin)
        return RecordFile(path, handle, (begin,), opened._length, opened._digest)
    records = split(whole, path.name)
    if len(records) != 1 or records[0].flaws or len(text) > LARGEST or not goes_on(records[0].entries):
        return None
    if whole != text:
        os.ftruncate(handle, len(whole))
    last = msgspec.json.decode(whole.splitlines()[-1], type=Line)
    return RecordFile(path, handle, records[0].entries, len(whole), last.hash)
