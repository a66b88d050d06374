"""The teacher's file, which tells every screen of a class what is on. One program at a time writes it."""

import time
from collections import deque
from pathlib import Path

import msgspec

from gdtui.classroom import folder
from gdtui.classroom.messages import MOST_BYTES_OF_NOW, Now
from gdtui.errors import UserError
from gdtui.storage import files
from gdtui.storage.files import Version
from gdtui.text import _


class NowFile:
    """Writes the file, until another program has replaced it."""

    def __init__(self, place: Path) -> None:
        """`place` is the teacher's part of the class's folder."""
        self._path = place / folder.NOW
        self.is_taken_over = False
        """Whether another program has opened a class here, so that this one can do nothing any more."""
        self._written = b""
        """What this program wrote last."""
        self._version: Version | None = None
        """The version of the file that was looked at last."""
        self._sizes: deque[int] = deque(maxlen=4)
        """The sizes of the newest files: they differ, because a file system may reuse inodes and times."""
        self._beaten = -folder.SECONDS_BETWEEN_BEATS

    def look(self) -> None:
        """Notice if another program has replaced the file. Only its content tells: inodes come again.

        Raises:
            InputError: it cannot be read.
        """
        content, self._version, __ = files.read_if_new(self._path, self._version, 0, MOST_BYTES_OF_NOW)
        self.is_taken_over |= content not in (None, self._written)

    def keep_alive(self) -> None:
        """Give learners a sign of life if it is time for one."""
        if not self.is_taken_over and time.monotonic() - self._beaten >= folder.SECONDS_BETWEEN_BEATS:
            self.beat()

    def beat(self) -> None:
        """Give learners a sign of life."""
        self._beaten = time.monotonic()
        folder.beat(self._path)

    def write(self, now: Now) -> None:
        """Replace the file.

        Raises:
            UserError: another program has replaced it, or it would be too large.
        """
        if self._written:
            self.look()
        if self.is_taken_over:
            raise UserError(_("another gdtui class has taken over this class: quit here"))
        content = msgspec.json.encode(now) + b"\n"
        while len(content) in self._sizes:
            content += b"\n"
        if len(content) > MOST_BYTES_OF_NOW:
            raise UserError(_("this experiment is too large to send: put its rows into a table"))
        files.put(self._path, content, folder.MODE)
        self._sizes.append(len(content))
        self._written, self._beaten = content, time.monotonic()

    def seconds_since(self, modified: int | None) -> float:
        """How many seconds before this file another one there was last changed; 0 if later, or not known.

        The file system has set both times, in nanoseconds, so no clock of another machine matters.
        """
        if self._version is None or modified is None:
            return 0.0
        return max(0.0, (self._version.modified - modified) / 1e9)
