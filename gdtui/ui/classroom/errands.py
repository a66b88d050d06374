"""Runs a class's file operations on a thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from textual.app import App

from gdtui.errors import UserError

T = TypeVar("T")


class Errands:
    """Does everything that reads or writes the class folder on its own thread, because the file system may not
    respond.
    """

    def __init__(self, app: App[None], refused: Callable[[str], object]) -> None:
        """`refused` is called with why something could not be done."""
        self._app, self._refused = app, refused
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="class")
        self._looking: Future[None] | None = None

    def do(self, job: Callable[[], T], then: Callable[[T], object] = lambda _result: None) -> Future[None]:
        """Do a job after those already waiting, then go on with its result."""
        return self._thread.submit(self._do, job, then)

    def look(self, job: Callable[[], T], then: Callable[[T], object]) -> None:
        """Likewise, unless the previous look is still going on."""
        if self._looking and not self._looking.done():
            return
        if self._looking:
            self._looking.result()  # an unexpected error ends the program
        self._looking = self.do(job, then)

    def _do(self, job: Callable[[], T], then: Callable[[T], object]) -> None:
        try:
            result = job()
        except UserError as error:
            self._app.call_later(self.go_on, self._refused, str(error))
        else:
            self._app.call_later(self.go_on, then, result)

    def go_on(self, then: Callable[[T], object], result: T) -> None:
        """Go on with a result, unless the app has started to end and its panels are gone."""
        if self._app.is_running:
            then(result)

    def end(self) -> None:
        """Finish the jobs, without waiting for them."""
        self._thread.shutdown(wait=False)
