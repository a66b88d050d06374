"""What takes long in the lab: it is done on a thread while the screen lives, keys wait for it, and escape leaves it."""

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
"""How long the screen may stand still for what is quick."""

SECONDS_BEFORE_WORDS, SECONDS_BETWEEN_WORDS = 0.3, 0.1
"""After how long the line at the bottom says what is going on, and how often it says how far it has come."""

BAR = 8
"""Cells of the bar."""


class Background:
    """Does one thing at a time that takes long."""

    def __init__(self, screen: Screen[None], notice: Callable[[str], None], go_on: Callable[[], None]) -> None:
        """`notice` says something in the line at the bottom, `go_on` shows what came of it and serves keys again."""
        self.screen, self.notice, self.go_on = screen, notice, go_on
        self.is_busy = False
        """Whether something long is under way, which keys have to wait for."""
        self._stop: Callable[[], None] | None = None

    def stop(self) -> None:
        """Break off what is under way."""
        if self._stop:
            self._stop()

    def compute(self, what: str, job: Callable[[Event], T], then: Callable[[T], None]) -> None:
        """Compute something and go on with it: at once where it is quick, else when it is there, unless it is left.

        The job is given what is set once it is left. It must not change anything: that is for `then`.

        Raises:
            UserError: the job's own, where it was quick.
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
            done.cancel()  # the thread may not look whether it is left; nobody waits for it then

        def words() -> str:
            return _("{what} {bar} escape stops", what=what, bar=bar(next(ticks)))

        await self._until(done, leave, words, 0.0, view.SECONDS_AT_MOST)
        if done.cancelled():
            self.notice(_("Stopped. Nothing has changed."))
        else:
            self.notice("")
            then(done.result())

    def work(self, job: Coroutine[None, None, object]) -> None:
        """Do something that takes long; keys wait for it."""
        self.is_busy = True
        self.screen.run_worker(self._attempt(job))

    async def _attempt(self, job: Coroutine[None, None, object]) -> None:
        """Do it, show what came of it, or why it cannot be done, and let the keys go on."""
        try:
            await job
        except UserError as error:
            self.notice(str(error))
        finally:
            self.is_busy = False
        self.go_on()

    async def wait(self, job: Callable[[Event], T], words: Callable[[], str]) -> T:
        """Do something on a thread while the screen lives; where that is long, the line at the bottom says what.

        The job is given what is set once it is to stop.
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
        """Wait until it is done, or stopped, for so many seconds at most."""
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
    """What comes of a job that is done on a thread of its own, and given what is set once it is to stop."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="background")
    future = thread.submit(job, stop)
    thread.shutdown(wait=False)
    return future


def bar(tick: int) -> str:
    """A block that goes round, for what cannot say how far it has come."""
    return "".join("█" if cell == tick % BAR else "░" for cell in range(BAR))
