"""Plays a run on a thread of its own, at a pace; the screen asks where it is."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from gdtui.lab.run import Run


class Player:
    """Steps one run. While it plays, the run belongs to its thread and others only read."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.until: int | None = None
        """The index it was last sent to; None for the end of the plan."""
        self.pace: float | None = None
        """The epochs a second that it was last sent off at; None for as fast as it goes."""
        self._stop = Event()
        self._has_way = Event()
        self._has_way.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="player")
        self._walk: Future[None] | None = None

    @property
    def is_playing(self) -> bool:
        """Whether the thread is stepping.

        Raises:
            Exception: whatever ended the thread, the first time this is asked after it.
        """
        if self._walk and self._walk.done():
            walk, self._walk = self._walk, None
            walk.result()
        return self._walk is not None

    @property
    def goal(self) -> int | None:
        """The index it is playing to, where it was given one and is still under way."""
        return self.until if self.is_playing else None

    def play(self, epochs_a_second: float | None, *, until: int | None = None) -> None:
        """Step on, at a pace or as fast as it goes (None): to the index `until`, or to the end of the plan."""
        self.pause()
        self.until, self.pace = until, epochs_a_second
        self._stop.clear()
        self._walk = self._thread.submit(self._steps, epochs_a_second, until)

    def give_way(self) -> None:
        """Leave the interpreter to another thread for now, where it would step as fast as it goes."""
        self._has_way.clear()

    def go_on(self) -> None:
        """Step on."""
        self._has_way.set()

    def pause(self) -> None:
        """Stop after the epoch under way, and wait for that."""
        self._stop.set()
        self._has_way.set()
        if self._walk is not None:
            walk, self._walk = self._walk, None
            walk.result()

    def close(self) -> None:
        """Stop for good."""
        self.pause()
        self._thread.shutdown()

    def _steps(self, epochs_a_second: float | None, until: int | None) -> None:
        run, due = self.run, time.monotonic()
        while not self._stop.is_set():
            if run.is_over if until is None else run.cursor >= until:
                return
            if not run.step():
                return
            if epochs_a_second is not None:
                # Time that was spent suspended is not made up for.
                due = max(due + 1 / epochs_a_second, time.monotonic())
                self._stop.wait(due - time.monotonic())
            elif not self._has_way.is_set():
                self._has_way.wait()
