"""The lab and its lessons when a class folder is named: an open class can be joined."""

from collections.abc import Callable, Sequence
from typing import Any

from gdtui.classroom.learner import Learner
from gdtui.classroom.session import ClassSession
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.storage.record import owner
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.text import _
from gdtui.ui.classroom.attendance import ALONE, Attendance, seen_by_teacher
from gdtui.ui.classroom.class_goer import ClassGoer
from gdtui.ui.lab.lab import ToClass

SECONDS_BETWEEN_OFFERS = 15.0
"""How often to check whether a class has been opened."""


class LearnerApp(ClassGoer):
    """A learner's app."""

    def __init__(
        self,
        experiment: Experiment,
        load_backend: Callable[[], Backend],
        find: Callable[[], Learner | None],
        *,
        lesson: LoadedLesson | None = None,
        joins: bool = False,
        **looks: Any,
    ) -> None:
        """`find` looks for an open class; `lesson` is opened at once, and with `joins` the class is joined."""
        super().__init__(experiment, load_backend, **looks)
        self.find, self.first_lesson, self.joins = find, lesson, joins
        self.attendance: Attendance | None = None

    async def look_for_what_is_loaded(self) -> None:
        """Once there is a run, open the lesson that was asked for and look for a class."""
        is_new = self.lab.frame is None
        await super().look_for_what_is_loaded()
        if is_new and self.lab.frame is not None:
            if self.first_lesson:
                self._open_lesson(self.first_lesson)
            self.errands.do(self.find, self._found)
            self.set_interval(SECONDS_BETWEEN_OFFERS, self.look_for_a_class)

    def look_for_a_class(self) -> None:
        """Offer a class that has been opened meanwhile."""
        if not (self.attendance and self.attendance.is_in):
            self.errands.look(self.find, self.offer)

    def offer(self, side: Learner | None) -> None:
        """Say once that there is a class; the first line says so as long as it is open."""
        known = self.attendance
        if known and known.is_in:
            return
        if side is None:
            self.class_note("", ALONE)
        elif known is None or known.side.now.opened != side.now.opened:
            self.attendance = Attendance(self, side, joins=False)

    def _found(self, side: Learner | None) -> None:
        known = self.attendance
        if known and (known.is_in or known.is_joining):
            return  # the key was pressed twice
        if side:
            self.attendance = Attendance(self, side, joins=self.joins)
        elif self.joins:
            self.joins = False
            self.say(_("No class is open now. {join} looks again.", join=self.key["join"]))

    def on_to_class(self, message: ToClass) -> None:
        """Do what a key asks for."""
        if self.attendance and (self.attendance.is_in or message.what != "join"):
            self.attendance.do(message.what)
        elif message.what == "join":
            self.joins = True
            self.errands.do(self.find, self._found)
        else:
            self.say(_("You are not in a class. {join} joins one that is open.", join=self.key["join"]))

    @property
    def more_lessons(self) -> Sequence[LoadedLesson]:
        """The lesson of the class."""
        found = self.attendance.lesson.loaded if self.attendance and self.attendance.is_in else None
        return (found,) if found else ()

    def before_help(self) -> list[tuple[str, str]]:
        """A section of the help about what the teacher sees."""
        return [seen_by_teacher(self.key)] if self.attendance and self.attendance.is_in else []

    def sit(self, loaded: LoadedLesson) -> RecordedSession:
        """A session of the lesson at the pace of the class, if there is one."""

        def held() -> str:
            return self.attendance.held() if self.attendance else ""

        def did(*what: Any) -> None:
            if self.attendance:
                self.attendance.did(*what)

        return ClassSession(loaded, self.backend, owner(), held, did)

    def on_unmount(self) -> None:
        """Leave the class. Textual also calls what the base class does."""
        if self.attendance:
            self.attendance.close()
        self.errands.end()
