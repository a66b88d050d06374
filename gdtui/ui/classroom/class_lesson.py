"""The lesson of a class on a learner's screen: read from the class folder, opened, and turned with the class."""

from collections.abc import Callable

from gdtui.classroom.learner import Learner
from gdtui.classroom.messages import Now
from gdtui.errors import UserError
from gdtui.teaching.lesson import LoadedLesson
from gdtui.ui.classroom.class_goer import ClassGoer


class ClassLesson:
    """The lesson that the teacher's file names, whenever that changes."""

    def __init__(self, app: ClassGoer, side: Learner) -> None:
        self.app, self.side = app, side
        self.loaded: LoadedLesson | None = None
        """The lesson, once it has been read."""
        self.lacks = ""
        """Why it cannot be read here."""
        self.is_reading = False
        self._wanted: object = None
        self._gathered: object = None

    def forget(self) -> None:
        """Open it again when the class is joined again."""
        self._wanted = None

    def follow(self, now: Now, then: Callable[[], object]) -> None:
        """Read the lesson that the class has now on the class's thread, and `then` go on."""
        wanted = (now.opened, now.lesson, now.lesson_copy)
        if wanted == self._wanted:
            return
        self._wanted, self.loaded, self.lacks = wanted, None, ""
        self.is_reading = bool(now.lesson)
        if now.lesson:
            self.app.errands.do(self._read, lambda found: self._take(found, then))

    def _read(self) -> tuple[LoadedLesson | None, str]:
        try:
            return self.side.lesson(), ""
        except UserError as error:
            return None, str(error)

    def _take(self, found: tuple[LoadedLesson | None, str], then: Callable[[], object]) -> None:
        self.is_reading = False
        self.loaded, self.lacks = found
        then()

    def open(self) -> None:
        """Show the lesson, or say why it is not here."""
        if self.loaded:
            self.app.open_lesson(self.loaded)
        elif self.lacks:
            self.app.say(self.lacks)

    def gather(self, now: Now, close: Callable[[], object]) -> None:
        """Go to the page where everyone is gathered, once per gathering; `close` the class's screen before that."""
        gathered = (now.opened, now.gathered_at, now.gathers)
        if gathered == self._gathered:
            return
        self._gathered = gathered
        if now.gathered_at and self.loaded:
            close()
            self.open()
            self.app.turn_to(now.gathered_at)
