"""How the teacher's side reads the learners' files: what was added, within limits, by the owner of each file.

Anybody can put anything there. Only the owner of a file is trusted information.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from gdtui.classroom import folder
from gdtui.classroom.messages import MOST_BYTES_OF_LEARNER, MOST_BYTES_OF_LINE, Joined, LearnerLine, Left
from gdtui.errors import InputError
from gdtui.storage import files
from gdtui.storage.files import Version
from gdtui.text import _

MOST_NAMES = 2_000
"""The most names examined at a time; the next look continues after them."""

MOST_FILES, MOST_OLD_FILES = 20, 1_000
"""The most files of one owner that are read in a class, and of other classes that are skipped."""

MOST_BYTES_AT_ONCE, MOST_LINES_AT_ONCE = 64 << 10, 300
"""The most that is read of one owner's files at a time."""

MOST_STRANGE_LINES = 10
"""After this many lines that gdtui did not write, the rest of a file is ignored."""


class Found(msgspec.Struct, frozen=True):
    """Something found in an owner's file: a line, a sign of life, or a problem."""

    owner: int
    file: str
    line: LearnerLine | None = None
    flag: str = ""
    modified: int | None = None
    """When the file was last changed, in nanoseconds by the clock of its file system."""


class _File(msgspec.Struct):
    """A file that is being read."""

    path: Path
    version: Version
    offset: int = 0
    """The position up to which it has been read."""
    is_ours: bool = False
    """Whether its first line names this class."""
    is_done: bool = False
    """Whether nothing more will be read from it."""
    strange: int = 0
    """How many of its lines gdtui did not write."""


class DropBox:
    """Everything that the learners of one class have written so far."""

    def __init__(self, place: Path, opened: str) -> None:
        self.place = place
        self._opened = opened
        self.is_behind = True
        """Whether the last look left something for the next."""
        self._names: Iterator[os.DirEntry[str]] | None = None
        """The directory listing in progress."""
        self._files: dict[str, _File] = {}
        self._of_owner: Counter[int] = Counter()
        """The number of files per owner in this class."""
        self._old: Counter[int] = Counter()
        """The number of files per owner from other classes."""

    def look(self) -> Iterator[Found]:
        """What was added since the last look; each file's lines are in order.

        If a learner came back, their earlier file is read first, because folders are listed in any order.
        """
        yield from self._look_for_files()
        left: dict[int, list[int]] = {}
        for file in sorted(self._files.values(), key=lambda file: file.version.modified):
            budget = left.setdefault(file.version.owner, [MOST_BYTES_AT_ONCE, MOST_LINES_AT_ONCE])
            if not file.is_done and min(budget) > 0:
                yield from self._read(file, budget)
        unread = any(file.version.size < 0 and not file.is_done for file in self._files.values())
        self.is_behind = unread or self._names is not None

    def _look_for_files(self) -> Iterator[Found]:
        try:
            self._names = self._names or os.scandir(self.place)
            for __ in range(MOST_NAMES):
                entry = next(self._names, None)
                if entry is None:
                    self._names = None
                    return
                if entry.name not in self._files:
                    with suppress(OSError):  # gone again, or its owner has mounted something over it
                        yield from self._take_up(entry)
        except OSError:  # the server is not reachable
            self._names = None

    def _take_up(self, entry: os.DirEntry[str]) -> Iterator[Found]:
        owner = entry.stat(follow_symlinks=False).st_uid
        if self._of_owner[owner] >= MOST_FILES or self._old[owner] >= MOST_OLD_FILES:
            yield Found(owner, "", flag=_("too many files"))
            return
        path = Path(entry.path)
        try:
            __, version, names = files.read_if_new(path, None, 0, 0)
        except InputError:
            yield Found(owner, "", flag=_("something that is not a file"))
            return
        if names > 1 or version.owner != owner:
            yield Found(owner, "", flag=_("a file with a second name (a hard link)"))
            return
        self._of_owner[owner] += 1
        self._files[entry.name] = _File(path, _unread(version))

    def _read(self, file: _File, budget: list[int]) -> Iterator[Found]:
        """Read on in a file; `budget` is what may still be read, in bytes and lines."""
        try:
            content, version, __ = files.read_if_new(file.path, file.version, file.offset, budget[0])
        except InputError:
            return  # gone, or the server is not reachable
        if version.owner != file.version.owner or content is None:
            return
        *lines, rest = content.split(b"\n")
        lines = lines[: budget[1]]
        before, file.offset = file.offset, file.offset + sum(map(len, lines)) + len(lines)
        file.version = version if file.offset + len(rest) >= version.size else _unread(version)
        budget[0] -= file.offset - before
        budget[1] -= len(lines)
        for line in lines:
            if not file.is_done:
                yield from self._line(file, line, version.modified)
        if len(rest) > MOST_BYTES_OF_LINE or file.offset > MOST_BYTES_OF_LEARNER:
            file.is_done = True
            yield Found(version.owner, file.path.name, flag=_("a line or a file that is too long"))
        elif file.is_ours and not file.is_done:
            yield Found(version.owner, file.path.name, modified=version.modified)

    def _line(self, file: _File, raw: bytes, modified: int) -> Iterator[Found]:
        owner, line = file.version.owner, None
        if len(raw) <= MOST_BYTES_OF_LINE:
            with suppress(InputError):
                line = folder.decoded(raw, LearnerLine)
        if not file.is_ours and isinstance(line, Joined):
            file.is_ours, file.is_done = line.opened == self._opened, line.opened != self._opened
            if file.is_done:
                self._of_owner[owner] -= 1
                self._old[owner] += 1
                return
        if line is not None and file.is_ours:
            file.is_done = isinstance(line, Left)
            yield Found(owner, file.path.name, line, modified=modified)
            return
        file.strange += 1
        yield Found(owner, file.path.name, flag=_("lines that gdtui did not write"))
        file.is_done = not file.is_ours or file.strange >= MOST_STRANGE_LINES


def _unread(version: Version) -> Version:
    """A version that no file has, so that it will be read again."""
    return msgspec.structs.replace(version, size=-1)
