"""What the screens ask of a class: the teacher's side and the learner's."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from textual.app import App

from gdtui.classroom.messages import Bench, LearnerLine, Now
from gdtui.classroom.polls import Poll
from gdtui.classroom.roster import Room
from gdtui.errors import UserError
from gdtui.lab.snapshot import Snapshot

T = TypeVar("T")


class LearnerSide(Protocol):
    """A class that is open, for someone who sits in it."""

    now: Now

    @property
    def is_teacher_seen(self) -> bool:
        """Whether the teacher's program has given a sign of life lately."""

    @property
    def trouble(self) -> str:
        """Why what she says does not reach the teacher, or nothing."""

    def look(self) -> bool:
        """Whether the teacher's file has changed since."""

    def join(self) -> None:
        """Begin a file of her own.

        Raises:
            UserError: it cannot be written.
        """

    def say(self, line: LearnerLine) -> None:
        """Add a line to it."""

    def leave(self) -> None:
        """Say that she has left."""

    def snapshot(self, bench: Bench) -> Snapshot:
        """The run of an experiment that travelled.

        Raises:
            UserError: it cannot be run here.
        """


class TeacherSide(Protocol):
    """The class, for the one who holds it."""

    now: Now

    def room(self) -> Room:
        """What is to be seen of everybody."""

    def set_pace(self, page: int | None) -> None:
        """Open the lesson up to a page, or all of it."""

    def gather(self, page: int | None) -> None:
        """Bring everybody to a page, or let go."""

    def ask(self, poll: Poll) -> None:
        """Ask everybody."""

    def close_vote(self) -> None:
        """Take no more answers."""

    def reopen(self) -> None:
        """Take answers again."""

    def vote_again(self) -> None:
        """Open the next vote; the one before is kept."""

    def reveal(self) -> None:
        """Show the answers to all."""

    def drop_ask(self) -> None:
        """Let go of the question."""

    def follow(self, bench: Bench | None) -> None:
        """Show an experiment on every screen, or let go."""

    def push(self, bench: Bench) -> None:
        """Hand an experiment to everybody."""

    def snapshot(self, bench: Bench) -> Snapshot:
        """The run of a learner's experiment.

        Raises:
            UserError: it cannot be run here.
        """

    def end(self) -> None:
        """The class is over."""


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
            self._app.call_later(self._refused, str(error))
        else:
            self._app.call_later(then, result)

    def end(self) -> None:
        """Do what is still to be done, and wait for nothing."""
        self._thread.shutdown(wait=False)
