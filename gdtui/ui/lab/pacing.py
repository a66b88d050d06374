"""When the next frame of a run that plays is due."""

import time
from collections.abc import Callable
from pathlib import Path

from gdtui.lab.player import Player

SLACK = 0.002
"""So many seconds a frame may have waited for a core on a quiet machine, too."""
REST, MOST_REST = 20, 0.5
"""A frame that had to wait is followed by a rest: so many times as long as it waited, so many seconds at most."""
MOST_TO_DRAW = 0.25
"""A frame of which nothing is seen, as in a window that is too small, ends after so many seconds."""

SCHEDULED = Path("/proc/self/schedstat")
"""Of the main thread, which the screen is drawn on: nanoseconds on a core, and waiting for one (Linux alone)."""


class Pacing:
    """Lets a frame be drawn once the terminal has shown the one before, and the player step between two frames.

    Both need the interpreter, which one thread has at a time: where each takes it from the other in the middle of a
    frame, a frame takes ten times as long on a busy machine. So the player gives way to a frame at full speed, and
    then has it for as long as the frame took.
    """

    def __init__(self) -> None:
        self.is_behind: Callable[[], bool] = lambda: False
        """Whether the terminal has not shown the frame before yet; asked over and over."""
        self.begin()

    def begin(self) -> None:
        """A run begins to play."""
        self._waits = Waits()
        self._rests_until: float | None = None
        self._begun = self._players_until = 0.0
        self._giving_way: Player | None = None

    def is_due(self) -> bool:
        """Whether it is time for a frame; to be asked over and over.

        Where many share a machine and it is busy, frames wait for a core: then fewer are shown, and keys wait less.
        """
        now = time.monotonic()
        waited = self._waits.since_last() - SLACK
        if self._rests_until is None and waited > 0:  # a rest is not made longer: a busy machine would see no frame
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
        """Something drawn is on its way to the terminal; if it is a frame, the player has as long as that took."""
        player, self._giving_way = self._giving_way, None
        if player is None:
            return
        now = time.monotonic()
        if player.pace is None:
            self._players_until = now + (now - self._begun)
        player.go_on()


class Waits:
    """Counts the seconds of waiting from one look to the next."""

    def __init__(self) -> None:
        self._before = waited()

    def since_last(self) -> float:
        """The seconds since this was asked before; 0 where the system does not tell."""
        before, self._before = self._before, waited()
        return self._before - before


def waited() -> float:
    """The seconds since the process began; 0 where the system does not tell."""
    try:
        return int(SCHEDULED.read_bytes().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
