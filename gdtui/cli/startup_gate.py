"""Turns: programs that start at the same moment load one after the other, as many at once as there are cores.

To share the cores evenly would let all of them wait for the last. In turns most are much earlier, and the last is
hardly later.
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
UNKNOWN = -1
SECONDS_FOR = {os.getuid(): math.inf, UNKNOWN: 0.2}
"""How long the processes of an account may hold this one up in all. Anybody can take all places, and keep them."""
SECONDS_FOR_ANOTHER = 1.8


class StartupGate:
    """Turns at something that takes a core for a while, among all who do the same on this machine.

    Whoever has one may stand still, so nobody waits for ever, and for no other account longer than it may take: anybody
    can take a place. Elsewhere than on Linux nobody waits at all.
    """

    def __init__(self, what: str, most_seconds: float) -> None:
        """So many seconds are waited at most."""
        self.most_seconds = most_seconds
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        # Linux has names for sockets that are no files: free again with the end of a process, whatever ends it.
        names = [f"\0gdtui {what} {number}" for number in range(cores)] if sys.platform == "linux" else []
        self._places = list(map(_Place, names))

    def take(self) -> None:
        """Wait for a turn."""
        if self._places:
            self._wait_until(lambda: any(place.take() for place in self._places))

    def give_back(self) -> None:
        """Let the next one have it."""
        for place in self._places:
            place.give_back()

    def let_others_go_first(self) -> None:
        """Whoever had a turn gives it back, and waits until nobody has one."""
        if any(place.is_ours for place in self._places):
            self.give_back()
            self._wait_until(lambda: all(place.is_free() for place in self._places))

    def _wait_until(self, is_over: Callable[[], bool]) -> None:
        begin = now = time.monotonic()
        while not is_over() and now - begin < self.most_seconds:
            holders = {place.holder() for place in self._places if not place.is_ours}
            if all(_waited[holder] >= SECONDS_FOR.get(holder, SECONDS_FOR_ANOTHER) for holder in holders):
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
            before, now = now, time.monotonic()
            for holder in holders:
                _waited[holder] += now - before
        for place in self._places:
            place.hang_up()


_waited: defaultdict[int, float] = defaultdict(float)
"""For how many seconds the processes of each account have held this one up, at all gates."""


class _Place:
    """A socket that one process at a time can have. Whoever has it can be asked for the account."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held: socket.socket | None = None
        self._line: socket.socket | None = None
        """A connection to the process that has it: it is cut off when that process gives the place back."""

    @property
    def is_ours(self) -> bool:
        """Whether this process has it."""
        return self._held is not None

    def take(self) -> bool:
        """Take it, unless another process has it."""
        held = socket.socket(socket.AF_UNIX)
        try:
            held.bind(self._name)
            held.listen(MOST_WAITING)
        except OSError:
            held.close()
            return False
        self._held = held
        return True

    def give_back(self) -> None:
        """Let another process have it."""
        if self._held:
            self._held.close()
            self._held = None

    def hang_up(self) -> None:
        """Ask no longer who has it."""
        if self._line:
            self._line.close()
            self._line = None

    def is_free(self) -> bool:
        """Whether nobody has it."""
        is_free = self.take()
        if is_free:
            self.give_back()
        return is_free

    def holder(self) -> int:
        """The account of the process that has it; UNKNOWN where nobody does, or who does not say."""
        if self._line and _is_cut_off(self._line):
            self.hang_up()
        if self._line is None:
            line = socket.socket(socket.AF_UNIX)
            line.setblocking(False)
            try:
                line.connect(self._name)
            except OSError:
                line.close()
                return UNKNOWN
            self._line = line
        _, account, _ = struct.unpack("3i", self._line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(account)


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
