"""Who has a file: a lock tells, where the file system has locks that exclude, and everywhere the mark of a process."""

import errno
import fcntl
import os
import re
import socket
import sys
from pathlib import Path

MARK = r"[A-Za-z0-9-]+\.\d{1,10}\.\d+"
"""The pattern of the mark of a process, fit for the name of a file: its machine, its number, when it was started."""


def take_lock(handle: int) -> bool | None:
    """Take the lock of an open file: False where another has it, None where there are no locks, as on some NFS.

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
    """Whether the process lives that has made a mark; None where another machine would have to tell."""
    machine, number, started = mark.split(".")
    return _started(int(number)) == started if machine == _machine() else None


def _machine() -> str:
    return re.sub(r"[^A-Za-z0-9]", "-", socket.gethostname())[:60] or "-"


def _started(process: int) -> str:
    """When a process was started, in ticks, for its number may be another's later; nothing once it has ended."""
    try:
        if sys.platform != "linux":
            os.kill(process, 0)
            return "0"
        state, *fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]
