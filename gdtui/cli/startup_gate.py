"""A queue for starting up: programs that start at the same moment load one after another, as many at once as there are
cores.

If they shared the cores evenly, all would finish last. In turns, most finish much earlier and the last hardly later.
"""

import math
import os
import socket
import struct
import sys
import time
from collections import defaultdict
from collections.abc import Callable

SECONDS_BETWEEN_LOOKS = 0.02
MOST_WAITING = 4096
UNKNOWN, ANOTHER = -1, -2
SECONDS_FOR = {os.getuid(): math.inf, UNKNOWN: 0.2, ANOTHER: 1.8}
"""The most seconds in all that processes of this account, of unknown accounts, and of other accounts may delay this
one.

Anybody can take all places and keep them, and several can do so in turn.
"""


class StartupGate:
    """A queue for something that uses a core for a while, shared with all programs on this machine that do the same.

    A program with a turn may hang, so nobody waits for ever; and for other accounts only two seconds in all, because
    anybody
    can take a place. On systems other than Linux nobody waits.
    """

    def __init__(self, what: str, most_seconds: float) -> None:
        """Wait at most `most_seconds`."""
        self.most_seconds = most_seconds
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        # On Linux a socket can have a name that is not a file; it is free again when its process ends.
        self._places = [f"\0gdtui {what} {number}" for number in range(cores)] if sys.platform == "linux" else []
        self._held: socket.socket | None = None
        """The place that this process has taken."""
        self._lines: dict[str, socket.socket] = {}
        """Connections to the processes in the other places; a connection closes when its place is given back."""

    def take(self) -> None:
        """Wait for a turn."""
        if self._places:
            self._wait_until(self._take_any)

    def _take_any(self) -> bool:
        self._held = next(filter(None, map(_bound, self._places)), None)
        return self._held is not None

    def give_back(self) -> None:
        """Give the turn to the next process."""
        if self._held:
            self._held.close()
            self._held = None

    def let_others_go_first(self) -> None:
        """Give back the turn, and wait until nobody has one."""
        if self._held:
            self.give_back()
            self._wait_until(lambda: all(map(_is_free, self._places)))

    def _wait_until(self, is_over: Callable[[], bool]) -> None:
        begin = now = time.monotonic()
        while not is_over() and now - begin < self.most_seconds:
            holders = set(map(self._holder, self._places))
            if all(_waited[holder] >= SECONDS_FOR[holder] for holder in holders):
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
            before, now = now, time.monotonic()
            for holder in holders:
                _waited[holder] += now - before
        while self._lines:
            self._lines.popitem()[1].close()

    def _holder(self, place: str) -> int:
        """The account of the process in a place; UNKNOWN if the place is free or the process does not say."""
        line = self._lines.pop(place, None)
        if line and _is_cut_off(line):
            line.close()
            line = None
        if line is None:
            line = socket.socket(socket.AF_UNIX)
            line.setblocking(False)
            try:
                line.connect(place)
            except OSError:
                line.close()
                return UNKNOWN
        self._lines[place] = line
        account = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
        return account if account in SECONDS_FOR else ANOTHER


_waited: defaultdict[int, float] = defaultdict(float)
"""For how many seconds the processes of each kind of account have delayed this one, at all gates."""


def _bound(place: str) -> socket.socket | None:
    """Take a place; None if another process has it."""
    held = socket.socket(socket.AF_UNIX)
    try:
        held.bind(place)
        held.listen(MOST_WAITING)
    except OSError:
        held.close()
        return None
    return held


def _is_free(place: str) -> bool:
    held = _bound(place)
    if held:
        held.close()
    return held is not None


def _is_cut_off(line: socket.socket) -> bool:
    try:
        line.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


FIRST_FRAME = StartupGate("first frame", 5.0)
TORCH = StartupGate("torch", 20.0)
