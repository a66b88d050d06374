"""The lab and its lessons where a folder for classes is named: a class that is open can be joined."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.widgets import Input

from gdtui.classroom.learner import Learner
from gdtui.classroom.session import ClassSession
from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.lab.snapshot import Replay, Snapshot
from gdtui.storage.record import owner
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.text import _
from gdtui.ui.classroom.attendance import ALONE, SEEN, TITLE, Attendance, ClassGoer, Whereabouts
from gdtui.ui.classroom.errands import Errands
from gdtui.ui.common.command import reworded
from gdtui.ui.lab.commands.classroom import LEARNER
from gdtui.ui.lab.key_bar import KeyBar
from gdtui.ui.lab.lab import ToClass
from gdtui.ui.lesson.commands import IN_CLASS, LessonCommand
from gdtui.ui.lesson.panels import LessonKeys
from gdtui.ui.panels.header import HeaderBar

SECONDS_BETWEEN_OFFERS = 15.0
"""So often it is seen whether a class was opened."""

SECONDS_TO_LOOK_UP = 2.0
"""So soon after a key the next one is still meant for what was there before a question came."""


class LearnerApp(ClassGoer):
    """A learner's."""

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
        """`find` looks for a class that is open; `lesson` is opened at once, and the class joined where it `joins`."""
        super().__init__(experiment, load_backend, more=LEARNER, **looks)
        self.find, self.first_lesson, self.joins = find, lesson, joins
        self.errands = Errands(self, lambda why: self.say(why))
        self.attendance: Attendance | None = None
        self._noted: tuple[str, Mapping[str, str]] = "", ALONE
        self._last_key = -SECONDS_TO_LOOK_UP

    def note_key(self) -> None:
        """Keep the time, for a question that comes while she types."""
        super().note_key()
        self._last_key = time.monotonic()

    async def look_for_what_is_loaded(self) -> None:
        """Once there is a run, open the lesson that was asked for, and look for a class."""
        is_new = self.lab.frame is None
        await super().look_for_what_is_loaded()
        if is_new and self.lab.frame is not None:
            if self.first_lesson:
                self._open_lesson(self.first_lesson)
            self.errands.do(self.find, self._found)
            self.set_interval(SECONDS_BETWEEN_OFFERS, self.look_for_a_class)

    def look_for_a_class(self) -> None:
        """Offer a class that was opened meanwhile."""
        if not (self.attendance and self.attendance.is_in):
            self.errands.look(self.find, self.offer)

    def offer(self, side: Learner | None) -> None:
        """Say once that there is a class; the first line goes on saying so while it is open."""
        known = self.attendance
        if known and known.is_in:
            return
        if side is None:
            self.class_note("", ALONE)
        elif known is None or known.side.now.opened != side.now.opened:
            self.attendance = Attendance(self, side, self.errands, joins=False)

    def _found(self, side: Learner | None) -> None:
        if side:
            self.attendance = Attendance(self, side, self.errands, joins=self.joins)
        elif self.joins:
            self.joins = False
            self.say(_("No class is open now. J looks again."))

    def on_to_class(self, message: ToClass) -> None:
        """What a key asks for."""
        if self.attendance and (self.attendance.is_in or message.what != "join"):
            self.attendance.do(message.what)
        elif message.what == "join":
            self.joins = True
            self.errands.do(self.find, self._found)
        else:
            self.say(_("You are not in a class. J joins one that is open."))

    def before_help(self) -> list[tuple[str, str]]:
        """What the teacher sees."""
        return [(TITLE, SEEN)] if self.attendance and self.attendance.is_in else []

    # What the class asks for

    def place(self) -> Whereabouts:
        """Where she is."""
        view = self.lesson.view if self.lesson else None
        if self.lesson is None or view is None:
            lab = self.lab
            run: Run = lab.workspace.run
            return Whereabouts(run, run.cursor, lab.views.opened, lab.charts.first, lab.charts.pointer)
        run, charts = self.lesson.run, self.lesson.charts
        name = self.lesson.loaded.name
        return Whereabouts(run, run.cursor, view.shows, charts.first, None, name, view.page, view.pages, view.is_over)

    def say(self, text: str) -> None:
        """Say something on her own screen."""
        (self.lessons[-1] if self.lessons else self.lab).notice(text)

    def is_typing(self) -> bool:
        """Whether a key was pressed just now, or something is typed that is not sent."""
        fields = (screen.focused for screen in self.screen_stack)
        is_begun = any(isinstance(field, Input) and bool(field.value) for field in fields)
        return is_begun or time.monotonic() - self._last_key < SECONDS_TO_LOOK_UP

    def class_note(self, text: str, words: Mapping[str, str]) -> None:
        """Say in the first line that she is in a class, and with these words at the bottom what its keys do."""
        if (text, words) != self._noted:
            self._noted = text, words
            self.lab.query_one(HeaderBar).note = text
            self.lesson_commands = reworded(IN_CLASS, words)
        for lesson in self.lessons:
            lesson.header.note = text
        for keys in self.lab.query(KeyBar):  # there is none any more where the class answers at the very end
            keys.commands = reworded(keys.commands, words)
            keys.repaint()
        for lesson_keys in (bar for lesson in self.lessons for bar in lesson.query(LessonKeys)):
            lesson_keys.commands = reworded(lesson_keys.commands, words)
            lesson_keys.repaint()

    def take_over(self, snapshot: Snapshot) -> None:
        """Make a run her own: the one that she had stays, pinned where there is room, and `u` goes back to it."""
        leaves_lesson = self.lesson is not None
        for lesson in reversed(self.lessons):
            lesson.dismiss(None)
        self.lab.background.work(self._take_over(snapshot, leaves_lesson=leaves_lesson))

    async def _take_over(self, snapshot: Snapshot, *, leaves_lesson: bool) -> None:
        lab, workspace = self.lab, self.lab.workspace
        workspace.pause()
        replay = Replay(snapshot, workspace.backend)
        brought = await lab.background.wait(replay.bring, lambda: _("Loading what your teacher handed out"))
        if brought is None:
            return
        kept = workspace.board.find(workspace.run)
        try:
            name = (kept or workspace.board.pin(workspace.run)).name
        except UserError:
            name = ""
        workspace.take(brought.current)
        undo = lab.key["undo"]
        if leaves_lesson:
            keys = {"undo": undo, "lessons": lab.key["lessons"]}
            lab.notice(_("Try it from here. {lessons} opens your lesson again; {undo} goes back to your run.", **keys))
        elif name:
            lab.notice(_("Try it from here. Your own run is kept as {name}; {undo} goes back.", name=name, undo=undo))
        else:
            lab.notice(_("Try it from here. {undo} goes back to your own run.", undo=undo))

    def open_named(self, lesson: str) -> None:
        """Open the lesson of the class, unless it is open."""
        if self.lesson and self.lesson.loaded.name == lesson:
            return
        try:
            loaded = lesson_named(lesson)
        except UserError as error:
            self.say(str(error))
            return
        if self.lesson:
            self.lesson.dismiss(None)
        self._open_lesson(loaded)

    def turn_to(self, page: int) -> None:
        """Come to a page of the lesson with the class; back to it where she is further on."""
        session = self.lesson.recorded_session if self.lesson else None
        if self.lesson and isinstance(session, ClassSession):
            try:
                self.lesson.back = session.turn_to(page)
            except UserError as error:
                self.say(str(error))
            if self.lesson.view is not None:  # else it is shown as soon as its panels are there
                self.lesson.show()

    # Lessons

    def sit(self, loaded: LoadedLesson) -> RecordedSession:
        """A session that keeps to the class, while she is in one."""

        def held() -> str:
            return self.attendance.held() if self.attendance else ""

        def did(*what: Any) -> None:
            if self.attendance:
                self.attendance.did(*what)

        return ClassSession(loaded, self.backend, owner(), held, did)

    def _open_lesson(self, loaded: LoadedLesson | None) -> None:
        super()._open_lesson(loaded)
        if self.lesson:
            self.lesson.header.note = self._noted[0]

    lesson_commands: Sequence[LessonCommand] = IN_CLASS

    def on_unmount(self) -> None:
        """Leave the class."""
        if self.attendance:
            self.attendance.close()
        self.errands.end()
        super().on_unmount()
