"""Turns: programs that start at the same moment load one after the other, as many at once as there are cores.

To share the cores evenly would let all of them wait for the last. In turns most are much earlier, and the last is
hardly later.
"""

import os
import socket
import sys
import time

SECONDS_BETWEEN_LOOKS = 0.02


class StartupGate:
    """Turns at something that takes a core for a while, among all who do the same on this machine.

    Whoever has one may stand still, so nobody waits for ever. Elsewhere than on Linux nobody waits at all.
    """

    def __init__(self, what: str, most_seconds: float) -> None:
        """So many seconds are waited at most."""
        self.most_seconds = most_seconds
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        # Linux has names for sockets that are no files: free again with the end of a process, whatever ends it.
        self._places = [f"\0gdtui {what} {number}" for number in range(cores)] if sys.platform == "linux" else []
        self._held: socket.socket | None = None

    def take(self) -> None:
        """Wait for a turn."""
        end = time.monotonic() + self.most_seconds
        while self._places and not self._held:
            self._held = next(filter(None, map(_taken, self._places)), None)
            if not self._held and not _wait_until(end):
                return

    def give_back(self) -> None:
        """Let the next one have it."""
        if self._held:
            self._held.close()
            self._held = None

    def let_others_go_first(self) -> None:
        """Whoever had a turn gives it back, and waits until nobody has one."""
        if not self._held:
            return
        self.give_back()
        end = time.monotonic() + self.most_seconds
        while not all(map(_is_free, self._places)) and _wait_until(end):
            pass


def _taken(place: str) -> socket.socket | None:
    """What holds a place; nothing where another has it."""
    held = socket.socket(socket.AF_UNIX)
    try:
        held.bind(place)
    except OSError:
        held.close()
        return None
    return held


def _is_free(place: str) -> bool:
    if held := _taken(place):
        held.close()
    return held is not None


def _wait_until(end: float) -> bool:
    """Wait for a moment; False where the time is over."""
    time.sleep(SECONDS_BETWEEN_LOOKS)
    return time.monotonic() < end


FIRST_FRAME = StartupGate("first frame", 5.0)
TORCH = StartupGate("torch", 20.0)
