"""Decides when the next frame of a playing run is due."""

import time
from collections.abc import Callable
from pathlib import Path

from gdtui.lab.player import Player

SLACK = 0.002
"""How many seconds a frame may wait for a core even on a quiet machine."""
REST, MOST_REST = 20, 0.5
"""A frame that had to wait is followed by a pause: this many times the wait, up to this many seconds."""
MOST_TO_DRAW = 0.25
"""A frame that draws nothing, as in a window that is too small, ends after this many seconds."""

SCHEDULED = Path("/proc/self/schedstat")
"""For the main thread, which draws the screen: nanoseconds on a core, and waiting for one (only on Linux)."""


class Pacing:
    """Lets a frame be drawn once the terminal has shown the last one, and the player step between frames.

    Only one thread at a time has the interpreter. If each took it from the other in the middle of a frame, a frame
    would take
    ten times as long on a busy machine. So a player at full speed pauses for a frame, and then has the interpreter for
    as
    long as the frame took.
    """

    def __init__(self) -> None:
        self.is_behind: Callable[[], bool] = lambda: False
        """Whether the terminal has not shown the last frame yet; called often."""
        self.begin()

    def begin(self) -> None:
        """A run starts to play."""
        self._waits = Waits()
        self._rests_until: float | None = None
        self._begun = self._players_until = 0.0
        self._giving_way: Player | None = None

    def is_due(self) -> bool:
        """Whether it is time for a frame; called often.

        On a busy shared machine frames wait for a core; then fewer are shown, so that keys wait less.
        """
        now = time.monotonic()
        waited = self._waits.since_last() - SLACK
        if self._rests_until is None and waited > 0:  # a pause is not extended, or a busy machine would show no frames
            self._rests_until = now + min(REST * waited, MOST_REST)
        if self._giving_way and now > self._begun + MOST_TO_DRAW:
            self.end_frame()
        return now >= max(self._rests_until or 0.0, self._players_until) and not self.is_behind()

    def begin_frame(self, player: Player) -> None:
        """A frame is about to be drawn."""
        self._rests_until = None
        self._begun = time.monotonic()
        self._giving_way = player
        player.give_way()

    def end_frame(self) -> None:
        """Something drawn is on its way to the terminal; after a frame, the player may run as long as the frame
        took.
        """
        player, self._giving_way = self._giving_way, None
        if player is None:
            return
        now = time.monotonic()
        if player.pace is None:
            self._players_until = now + (now - self._begun)
        player.go_on()


class Waits:
    """Measures the time spent waiting for a core."""

    def __init__(self) -> None:
        self._before = waited()

    def since_last(self) -> float:
        """The seconds waited since the last call; 0 if the system does not tell."""
        before, self._before = self._before, waited()
        return self._before - before


def waited() -> float:
    """The seconds waited since the process started; 0 if the system does not tell."""
    try:
        return int(SCHEDULED.read_bytes().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
