"""Slow jobs in the lab: they run on a thread while the screen stays responsive, keys wait, and escape cancels."""

import asyncio
import itertools
import math
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from textual.screen import Screen

from gdtui.errors import UserError
from gdtui.text import _
from gdtui.ui.lab.views import view

T = TypeVar("T")

SECONDS_AT_ONCE = 0.08
"""How long the screen may wait for a quick job."""

SECONDS_BEFORE_WORDS, SECONDS_BETWEEN_WORDS = 0.3, 0.1
"""After how long the bottom line says what is going on, and how often it is updated."""

BAR = 8
"""The width of the bar in cells."""


class Background:
    """Runs one slow job at a time."""

    def __init__(self, screen: Screen[None], notice: Callable[[str], None], go_on: Callable[[], None]) -> None:
        """`notice` shows a message in the bottom line; `go_on` shows the result and handles keys again."""
        self.screen, self.notice, self.go_on = screen, notice, go_on
        self.is_busy = False
        """Whether a slow job is running, which keys must wait for."""
        self._stop: Callable[[], None] | None = None

    def stop(self) -> None:
        """Cancel the running job."""
        if self._stop:
            self._stop()

    def compute(self, what: str, job: Callable[[Event], T], then: Callable[[T], None]) -> None:
        """Compute something and go on with it: at once if it is quick, otherwise when it is ready, unless it is
        cancelled.

        The job gets an event that is set when it is cancelled. It must not change anything; `then` does that.

        Raises:
            UserError: raised by the job, if it was quick.
        """
        left = Event()
        future = on_a_thread(job, left)
        try:
            result = future.result(SECONDS_AT_ONCE)
        except TimeoutError:
            self.work(self._go_on(what, future, left, then))
        else:
            then(result)

    async def _go_on(self, what: str, future: Future[T], left: Event, then: Callable[[T], None]) -> None:
        done, ticks = asyncio.wrap_future(future), itertools.count()

        def leave() -> None:
            left.set()
            done.cancel()  # the thread may not notice the cancellation; nobody waits for it then

        def words() -> str:
            return _("{what} {bar} escape stops", what=what, bar=bar(next(ticks)))

        await self._until(done, leave, words, 0.0, view.SECONDS_AT_MOST)
        if done.cancelled():
            self.notice(_("Stopped. Nothing has changed."))
        else:
            self.notice("")
            then(done.result())

    def work(self, job: Coroutine[None, None, object]) -> None:
        """Run a slow job; keys wait for it."""
        self.is_busy = True
        self.screen.run_worker(self._attempt(job))

    async def _attempt(self, job: Coroutine[None, None, object]) -> None:
        """Run the job, show its result or why it failed, and let the keys continue."""
        try:
            await job
        except UserError as error:
            self.notice(str(error))
        finally:
            self.is_busy = False
        self.go_on()

    async def wait(self, job: Callable[[Event], T], words: Callable[[], str]) -> T:
        """Run a job on a thread while the screen stays responsive; if it is slow, the bottom line says what is going
        on.

        The job gets an event that is set when it should stop.
        """
        stop = Event()
        done = asyncio.wrap_future(on_a_thread(job, stop))
        await self._until(done, stop.set, words, SECONDS_BEFORE_WORDS, math.inf)
        return done.result()

    async def _until(
        self,
        done: "asyncio.Future[T]",
        stop: Callable[[], None],
        words: Callable[[], str],
        before_words: float,
        at_most: float,
    ) -> None:
        """Wait until it is done or stopped, or for this many seconds."""
        begun, self._stop = time.monotonic(), stop
        try:
            await asyncio.wait((done,), timeout=before_words)
            while not done.done():
                if time.monotonic() - begun > at_most:
                    raise UserError(_("Gave up after {seconds:g} seconds. Nothing has changed.", seconds=at_most))
                self.notice(words())
                await asyncio.wait((done,), timeout=SECONDS_BETWEEN_WORDS)
        finally:
            stop()
            self._stop = None


def on_a_thread(job: Callable[[Event], T], stop: Event) -> Future[T]:
    """The result of a job on its own thread; the job gets an event that is set when it should stop."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="background")
    future = thread.submit(job, stop)
    thread.shutdown(wait=False)
    return future


def bar(tick: int) -> str:
    """A block that moves around, for progress of unknown length."""
    return "".join("█" if cell == tick % BAR else "░" for cell in range(BAR))
