"""Records: append-only files with one JSON object per line, each chained to the line before by a hash."""

import glob
import hashlib
import io
import os
import pwd
import re
import stat
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec

from gdtui.errors import OutputError, UserError
from gdtui.storage import files, locks
from gdtui.text import _, clean

LARGEST = 8 << 20
"""The most bytes of a record."""

MOST_RECORDS = 1_000
"""The most records of one lesson."""


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
    whole = _whole_lines(text)
    records = split(whole, place)
    if len(records) != 1 or records[0].flaws:
        return whole
    last = msgspec.json.decode(whole.splitlines()[-1], type=Line)
    return whole + line_of(seal(len(records[0].entries)), last.hash, begins=False)[0]


def _whole_lines(text: bytes) -> bytes:
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
    flaws = [flaw for record in split(_whole_lines(text), place) for flaw in record.flaws]
    return f"{place}:{flaws[0].line}: {flaws[0].reason}" if flaws and _whole_lines(text) else ""


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


def folder() -> Path:
    """The folder with this user's records, which nobody else can read.

    Raises:
        OutputError: the folder cannot be determined.
    """
    return files.state_folder() / "records"


def trouble() -> str:
    """Why this user's records cannot be kept, and what to do; empty if nothing is in their way."""
    try:
        place, reason = _obstacle() or (None, "")
    except OutputError as error:
        return str(error)
    if place is None:
        return ""
    way_on = _("gdtui keeps your records in there. Set XDG_STATE_HOME to a folder of your own")
    return f"{files.shown(place)}: {reason}. {way_on}"


def _obstacle() -> tuple[Path, str] | None:
    """What is in the way of the folder with the records, and why; None if nothing is."""
    place = folder()
    there = next(each for each in (place, *place.parents) if os.path.lexists(each))
    if not there.is_dir():
        return there, _("this is not a folder")
    return None if os.access(there, os.W_OK | os.X_OK) else (there, _("no permission to write to it"))


def own_records(refused: Callable[[str], object] = lambda _: None) -> list[Path]:
    """This user's records, sorted by name; `refused` is called for anything else with such a name."""
    found = []
    with suppress(OutputError):  # no folder, no records
        for path in sorted(folder().glob("*.jsonl")):
            with suppress(FileNotFoundError):
                status = _renamed(path).lstat()
                if not stat.S_ISREG(status.st_mode):
                    refused(f"{files.shown(path)}: {_('this is not a regular file')}")
                elif status.st_uid != os.getuid():
                    owns = account_name(status.st_uid)
                    refused(f"{files.shown(path)}: {_('this file belongs to {account}', account=owns)}")
                else:
                    found.append(path)
    return found


def read_own(path: Path) -> bytes:
    """The content of a record of this user, even if a session is just opening or closing it.

    Raises:
        InputError: it cannot be read.
    """
    return files.read(_renamed(path), LARGEST, is_private=True)[0]


def _renamed(path: Path) -> Path:
    if os.path.lexists(path):
        return path
    return next(path.parent.glob(f"{glob.escape(_parts(path.name)[0])}.*"), path)


class RecordFile:
    """A record that is being written.

    While it is open, its name contains the mark of this process, so a second session takes another record even where
    file locks do not work.
    """

    is_copy = False
    """Whether it is a copy of a record that another session may have open."""

    def __init__(self, path: Path, handle: int, entries: tuple[bytes, ...], length: int, digest: str) -> None:
        self.path = path
        self.entries = entries
        """The entries that were there when it was opened."""
        self._handle = handle
        self._length = length
        self._digest = digest

    def append(self, *entries: bytes) -> None:
        """Append lines; they are on disk when this returns.

        Raises:
            UserError: they cannot be written; the earlier lines are intact.
        """
        lines, digest = b"", self._digest
        for entry in entries:
            line, digest = line_of(entry, digest, begins=not self._length + len(lines))
            lines += line
        try:
            os.ftruncate(self._handle, self._length)  # part of a failed line may be left
            left = lines
            while left:
                left = left[os.write(self._handle, left) :]
            os.fsync(self._handle)
        except OSError as error:
            with suppress(OSError):  # the disk fails altogether; the next attempt starts here
                os.ftruncate(self._handle, self._length)
            raise UserError(_("the record cannot be written: {reason}", reason=error.strerror)) from None
        self._length += len(lines)
        self._digest = digest

    def close(self) -> None:
        """Release the record for another session."""
        with suppress(OSError):  # then the name is free when this process ends
            self.path = self.path.rename(self.path.with_name(f"{_parts(self.path.name)[0]}.jsonl"))
        os.close(self._handle)


def open_record(
    stem: str,
    begin: bytes,
    goes_on: Callable[[tuple[bytes, ...]], bool],
) -> RecordFile:
    """The record with this name that was last written, of those that `goes_on` accepts; otherwise a new one with
    `begin`. A record with nothing but its beginning comes after all others.

    A process claims a record by renaming it with its mark: only one can succeed. If another session has it, or may
    still have it on another machine, its entries are copied to a new record instead.

    Raises:
        UserError: no record can be opened.
    """

    def has_been_worked_in(entries: tuple[bytes, ...]) -> bool:
        return len(entries) > 1 and goes_on(entries)

    def is_blank(entries: tuple[bytes, ...]) -> bool:
        return len(entries) == 1 and goes_on(entries)

    place = folder()
    try:
        files.make_private_folder(place)
        ours = re.compile(rf"{re.escape(stem)}(-[0-9a-f]+)?(\.{locks.MARK})?\.jsonl")
        paths = [path for path in place.iterdir() if ours.fullmatch(path.name)]
        paths.sort(key=lambda path: (_last_written(path), _parts(path.name)[0]), reverse=True)
        tries = (_taken_up(path, accepts) for accepts in (has_been_worked_in, is_blank) for path in paths)
        if opened := next(filter(None, tries), None):
            return opened
        if len(paths) < MOST_RECORDS:
            return _new(place / _unused(stem), (begin,))
    except OSError as error:
        where, reason = _obstacle() or (place, error.strerror)
        raise UserError(f"{reason}: …/{clean(where.name)}") from None  # a lesson has one line for it
    reason = _(
        "there are already {most:,} records of {stem}, the most that gdtui keeps: move the old ones to another folder",
        most=MOST_RECORDS,
        stem=stem,
    )
    raise UserError(f"{clean(str(place))}: {reason}")


def _last_written(path: Path) -> int:
    """When a record was last written, in nanoseconds; 0 if it is gone."""
    with suppress(FileNotFoundError):
        return _renamed(path).lstat().st_mtime_ns
    return 0


def _unused(stem: str) -> str:
    """The name of a new record; names sort by when records were started."""
    return f"{re.sub('-[0-9a-f]{16}$', '', stem)}-{time.time_ns():x}.jsonl"


def _parts(name: str) -> tuple[str, str]:
    """The name of a record without mark and ending, and the mark of the process that has it open, if any."""
    found = re.fullmatch(rf"(.+?)(?:\.({locks.MARK}))?\.jsonl", name)
    return (found[1], found[2] or "") if found else (name, "")


def _marked(name: str) -> str:
    return f"{_parts(name)[0]}.{locks.mark()}.jsonl"


_FLAGS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK


def _new(path: Path, entries: tuple[bytes, ...]) -> RecordFile:
    """A new record, claimed by this process."""
    path = path.with_name(_marked(path.name))
    with ExitStack() as undone:
        handle = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        undone.callback(path.unlink)
        undone.callback(os.close, handle)
        locks.take_lock(handle)
        opened = RecordFile(path, handle, entries, 0, "")
        opened.append(*entries)
        files.sync_folder(path.parent)  # for its name
        undone.pop_all()
        return opened


def _taken_up(path: Path, goes_on: Callable[[tuple[bytes, ...]], bool]) -> RecordFile | None:
    """This record, or a copy of it if another session may have it; None if `goes_on` refuses it."""
    with suppress(FileNotFoundError), ExitStack() as undone:  # another session may be faster
        handle = os.open(path, _FLAGS)
        undone.callback(os.close, handle)
        is_open = locks.take_lock(handle) is False
        text = os.pread(handle, LARGEST + 1, 0)
        whole = _whole_lines(text)
        record, *others = split(whole, path.name)
        if others or record.flaws or len(text) > LARGEST or not goes_on(record.entries):
            return None
        stem, mark = _parts(path.name)
        if is_open or (mark and locks.is_alive(mark) is not False):
            copy = _new(path.with_name(_unused(stem)), record.entries)
            copy.is_copy = True
            return copy
        path = path.rename(path.with_name(_marked(path.name)))
        if os.fstat(handle).st_size != len(text):
            return None  # somebody had it meanwhile
        os.fchmod(handle, 0o600)
        if whole != text:
            os.ftruncate(handle, len(whole))
        last = msgspec.json.decode(whole.splitlines()[-1], type=Line)
        undone.pop_all()
        return RecordFile(path, handle, record.entries, len(whole), last.hash)
    return None
