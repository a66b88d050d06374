"""What a screen has the class do on a thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from textual.app import App

from gdtui.errors import UserError

T = TypeVar("T")


class Errands:
    """Looks into the class on a thread of its own: the folder may be on a file system that does not answer."""

    def __init__(self, app: App[None], refused: Callable[[str], object]) -> None:
        """`refused` is told why something could not be done."""
        self._app, self._refused = app, refused
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="class")
        self._looking: Future[None] | None = None

    def do(self, job: Callable[[], T], then: Callable[[T], object] = lambda _result: None) -> Future[None]:
        """Do something after all that is to be done already, and then go on with what came of it."""
        return self._thread.submit(self._do, job, then)

    def look(self, job: Callable[[], T], then: Callable[[T], object]) -> None:
        """Likewise, unless the look before is still under way."""
        if self._looking and not self._looking.done():
            return
        if self._looking:
            self._looking.result()  # what nobody expected ends the program
        self._looking = self.do(job, then)

    def _do(self, job: Callable[[], T], then: Callable[[T], object]) -> None:
        try:
            result = job()
        except UserError as error:
            self._app.call_later(self.go_on, self._refused, str(error))
        else:
            self._app.call_later(self.go_on, then, result)

    def go_on(self, then: Callable[[T], object], result: T) -> None:
        """Go on with what came of something, unless the app has begun to end: its panels are taken down by then."""
        if self._app.is_running:
            then(result)

    def end(self) -> None:
        """Do what is still to be done, and wait for nothing."""
        self._thread.shutdown(wait=False)
