"""Plays a run at a pace, on its own thread."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from gdtui.lab.run import Run


class Player:
    """Steps one run. While it plays, only its thread changes the run; others only read it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.until: int | None = None
        """The index to play to; None for the end of the plan."""
        self.pace: float | None = None
        """The pace in epochs per second; None for full speed."""
        self._stop = Event()
        self._has_way = Event()
        self._has_way.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="player")
        self._walk: Future[None] | None = None

    @property
    def is_playing(self) -> bool:
        """Whether the thread is stepping.

        Raises:
            Exception: whatever ended the thread, once.
        """
        if self._walk and self._walk.done():
            walk, self._walk = self._walk, None
            walk.result()
        return self._walk is not None

    @property
    def goal(self) -> int | None:
        """The index it is playing to, if it is playing to one."""
        return self.until if self.is_playing else None

    def play(self, epochs_a_second: float | None, *, until: int | None = None) -> None:
        """Start stepping, at a pace or at full speed (None), to the index `until` or to the end of the plan."""
        self.pause()
        self.until, self.pace = until, epochs_a_second
        self._stop.clear()
        self._walk = self._thread.submit(self._steps, epochs_a_second, until)

    def give_way(self) -> None:
        """Wait before the next epoch while playing at full speed, so that another thread can run."""
        self._has_way.clear()

    def go_on(self) -> None:
        """Continue after `give_way`."""
        self._has_way.set()

    def pause(self) -> None:
        """Stop after the current epoch, and wait for it."""
        self._stop.set()
        self._has_way.set()
        if self._walk is not None:
            walk, self._walk = self._walk, None
            walk.result()

    def close(self) -> None:
        """Stop and end the thread."""
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
                # Do not catch up on time during which the process was suspended.
                due = max(due + 1 / epochs_a_second, time.monotonic())
                self._stop.wait(due - time.monotonic())
            elif not self._has_way.is_set():
                self._has_way.wait()
