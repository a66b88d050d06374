"""This user's records: the files that sessions write, in a folder of the user's own."""

import glob
import os
import re
import stat
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec

from gdtui.errors import OutputError, UserError
from gdtui.storage import files, locks
from gdtui.storage.record import LARGEST, Line, account_name, line_of, split, whole_lines
from gdtui.text import _, clean

MOST_RECORDS = 1_000
"""The most records of one lesson."""


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
    way_on = _("gdtui keeps your records there. Set XDG_STATE_HOME to a folder of your own")
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
        whole = whole_lines(text)
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
