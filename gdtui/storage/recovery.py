"""Work in progress: saved to disk during a session, and found by the next session if this one does not end normally.

A session holds a lock as long as its process lives, and the lock's file contains its mark. Work is abandoned if the
lock
is free and the mark's process is not running.
"""

import os
import re
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Event, Thread

import msgspec

from gdtui.errors import OutputError
from gdtui.lab.snapshot import Snapshot
from gdtui.storage import files, locks, workspace_file

SECONDS_BETWEEN = 2.0
"""The least time between two saves."""

SECONDS_TO_END = 2.0
"""How long the end of a session waits for a disk that hangs."""

DAYS_KEPT = 30
"""How long abandoned work is kept."""

LONGEST_MARK = 100

_NAME = re.compile(r"[0-9a-f]{16}\.json")


def folder() -> Path:
    """The folder for work in progress."""
    return files.state_folder() / "work"


class Left(msgspec.Struct, frozen=True):
    """Work that a session left behind."""

    path: Path
    saved_at: float
    """In seconds since 1970."""

    @property
    def clock(self) -> str:
        """When it was saved: the time if that was today, otherwise the date."""
        then = time.localtime(self.saved_at)
        is_today = time.strftime("%Y-%m-%d", then) == time.strftime("%Y-%m-%d")
        return time.strftime("%H:%M" if is_today else "%Y-%m-%d", then)


def left() -> Left | None:
    """The newest abandoned work, or None. Work abandoned for too long is deleted."""
    found: list[Left] = []
    with suppress(OSError, OutputError):  # nothing to offer
        for path in list(folder().iterdir()):
            with suppress(FileNotFoundError):  # its session has just ended normally
                seen = path.lstat()
                is_old = seen.st_mtime < time.time() - DAYS_KEPT * 86_400
                is_ours = stat.S_ISREG(seen.st_mode) and (is_old or _NAME.fullmatch(path.name))
                if is_ours and not _is_held(path):
                    found.append(Left(path, seen.st_mtime))
                    if is_old:
                        forget(found.pop().path)
    return max(found, key=lambda work: work.saved_at, default=None)


def forget(work: Path) -> None:
    """Delete abandoned work that was opened or has become too old."""
    for path in (work, _lock_of(work)):
        path.unlink(missing_ok=True)


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _is_held(path: Path) -> bool:
    """Whether the session that writes this file is still running."""
    handle, is_free = files.locked(_lock_of(path))
    try:
        said = os.read(handle, LONGEST_MARK).decode(errors="replace")
        is_alive = locks.is_alive(said) if re.fullmatch(locks.MARK, said) else False
        # Another machine's session may be running: if locks worked there, its lock would not be free.
        return is_free is False or (not is_free if is_alive is None else is_alive)
    finally:
        os.close(handle)


_Wanted = tuple[Snapshot, Left | None]
"""The state to save, and another session's work that is deleted once it is saved."""


class Autosave(Thread):
    """Saves this session's work in the background, so that nothing waits for the disk."""

    def __init__(self, untouched: Snapshot, on_failure: Callable[[str], None]) -> None:
        """`untouched` need not be saved. `on_failure` is called once, on this thread, with why work cannot be saved."""
        super().__init__(name="keeper", daemon=True)
        self._on_failure = on_failure
        self._has_failed = False
        self._wanted: _Wanted = (untouched, None)
        self._done: _Wanted = self._wanted
        self._lock: int | None = None
        self._is_due, self._is_over = Event(), Event()

    @property
    def kept(self) -> Snapshot:
        """A state that need not be saved: it is on disk already, or nobody has changed it."""
        return self._done[0]

    @cached_property
    def path(self) -> Path:
        """The file for this session's work."""
        return folder() / f"{os.urandom(8).hex()}.json"

    def keep(self, snapshot: Snapshot, work: Left | None = None) -> None:
        """Have this state saved soon; another session's `work` is deleted once it is safe."""
        self._wanted = snapshot, work or self._wanted[1]
        if self._wanted != self._done:
            self._is_due.set()

    def run(self) -> None:
        """Save the latest state, but not too often."""
        while self._is_due.wait() and not self._is_over.is_set():
            self._is_due.clear()
            self._write()
            self._is_over.wait(SECONDS_BETWEEN)

    def end(self, *, is_orderly: bool) -> None:
        """Save what is left; or delete everything if the session ends normally."""
        if self._is_over.is_set():
            return
        self._is_over.set()
        self._is_due.set()
        self.join(SECONDS_TO_END)
        if self.is_alive():
            return  # do not wait for a disk that hangs; the lock ends with the process
        if not is_orderly:
            self._write()
        elif self._lock is not None:
            forget(self.path)
        if self._lock is not None:
            with suppress(OSError):  # the mark ends with the process at the latest
                os.ftruncate(self._lock, 0)
            os.close(self._lock)

    def _write(self) -> None:
        wanted = snapshot, inherited = self._wanted
        if wanted == self._done:
            return
        try:
            content = workspace_file.encode(snapshot)
            if self._lock is None:
                self._lock = files.locked(_lock_of(self.path), locks.mark().encode())[0]
            files.write_private(self.path, content)
        except OutputError as error:
            if not self._has_failed:
                self._has_failed = True
                self._on_failure(str(error).rpartition(": ")[2])  # without the path, which is ours
            return
        if inherited and inherited != self._done[1]:
            forget(inherited.path)
        self._done = wanted
