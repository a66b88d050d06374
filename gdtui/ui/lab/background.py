"""What takes long in the lab: it is done on a thread while the screen lives, keys wait for it, and escape leaves it."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from gdtui.errors import UserError
from gdtui.ui.lab.lab import LabAtWork

T = TypeVar("T")

SECONDS_AT_ONCE = 0.08
"""How long the screen may stand still for what is quick."""

SECONDS_BEFORE_WORDS, SECONDS_BETWEEN_WORDS = 0.3, 0.1
"""After how long the line at the bottom says what is going on, and how often it says how far it has come."""

SECONDS_AT_MOST = 30.0
"""After so long what is computed is given up."""

BAR = 8
"""Cells of the bar."""


class Background:
    """Does one thing at a time that takes long."""

    def __init__(self, lab: LabAtWork) -> None:
        self.lab = lab
        self.is_busy = False
        """Whether something long is under way, which keys have to wait for."""
        self._stop: Callable[[], None] | None = None

    def stop(self) -> None:
        """Break off what is under way."""
        if self._stop:
            self._stop()

    def compute(self, what: str, job: Callable[[Callable[[], bool]], T], then: Callable[[T], None]) -> None:
        """Compute something and go on with it: at once where it is quick, else when it is there, unless it is left.

        The job is given what tells it whether it is left. It must not change anything: that is for `then`.

        Raises:
            UserError: the job's own, where it was quick.
        """
        left, thread = Event(), ThreadPoolExecutor(1, thread_name_prefix="background")
        future = thread.submit(job, left.is_set)
        thread.shutdown(wait=False)
        try:
            result = future.result(SECONDS_AT_ONCE)
        except TimeoutError:
            self.work(self._go_on(what, future, left, then))
        else:
            then(result)

    async def _go_on(self, what: str, future: Future[T], left: Event, then: Callable[[T], None]) -> None:
        done, begun, tick = asyncio.wrap_future(future), time.monotonic(), 0

        def leave() -> None:
            left.set()
            done.cancel()  # the thread may not look whether it is left; nobody waits for it then

        self._stop = leave
        try:
            while not done.done():
                if tick * SECONDS_BETWEEN_WORDS >= SECONDS_BEFORE_WORDS:
                    self.lab.notice(f"{what} {bar(tick)} escape stops")
                await asyncio.wait((done,), timeout=SECONDS_BETWEEN_WORDS)
                tick += 1
                if not done.done() and time.monotonic() - begun > SECONDS_AT_MOST:
                    leave()
                    raise UserError(f"{what}: given up after {SECONDS_AT_MOST:g} seconds, and nothing has changed")
        finally:
            self._stop = None
        if done.cancelled():
            self.lab.notice("stopped: nothing has changed")
            return
        self.lab.notice("")
        then(done.result())

    def work(self, job: Coroutine[None, None, object]) -> None:
        """Do something that takes long; keys wait for it."""
        self.is_busy = True
        self.lab.run_worker(self._attempt(job))

    async def _attempt(self, job: Coroutine[None, None, object]) -> None:
        """Do it, show what came of it, or why it cannot be done, and let the keys go on."""
        try:
            await job
        except UserError as error:
            self.lab.notice(str(error))
        finally:
            self.is_busy = False
        self.lab.show()
        self.lab.release_keys()

    async def wait(self, future: Future[T], stop: Callable[[], None], words: Callable[[], str]) -> T:
        """Wait for a thread while the screen lives; where that is long, the line at the bottom says what for."""
        done = asyncio.wrap_future(future)
        self._stop = stop
        try:
            await asyncio.wait((done,), timeout=SECONDS_BEFORE_WORDS)
            while not done.done():
                self.lab.notice(words())
                await asyncio.wait((done,), timeout=SECONDS_BETWEEN_WORDS)
            return done.result()
        finally:
            stop()
            self._stop = None


def bar(tick: int) -> str:
    """A block that goes round, for what cannot say how far it has come."""
    return "".join("█" if cell == tick % BAR else "░" for cell in range(BAR))
