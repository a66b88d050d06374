"""Who has a file open: told by a lock, if the file system has working locks, and always by the mark of a process."""

import errno
import fcntl
import os
import re
import socket
import sys
from pathlib import Path

MARK = r"[A-Za-z0-9-]+\.\d{1,10}\.\d+"
"""Matches the mark of a process, which can be part of a file name: its machine, its number, and when it was started."""


def take_lock(handle: int) -> bool | None:
    """Take the lock of an open file: False if another process has it, None if there are no locks, as on some NFS.

    Raises:
        OSError: it cannot be locked.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL):
            raise
        return None
    return True


def mark() -> str:
    """The mark of this process."""
    return f"{_machine()}.{os.getpid()}.{_started(os.getpid())}"


def is_alive(mark: str) -> bool | None:
    """Whether the process that made a mark is still running; None if only another machine could tell."""
    machine, number, started = mark.split(".")
    return _started(int(number)) == started if machine == _machine() else None


def _machine() -> str:
    return re.sub(r"[^A-Za-z0-9]", "-", socket.gethostname())[:60] or "-"


def _started(process: int) -> str:
    """When a process was started, in ticks, because its number may be reused; empty once it has ended."""
    try:
        if sys.platform != "linux":
            os.kill(process, 0)
            return "0"
        state, *fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]
