"""A learner's lab and lessons, for what a class needs to know and change."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from textual.screen import Screen
from textual.widgets import Input

from gdtui.classroom.session import ClassSession
from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.lab.snapshot import Replay, Snapshot
from gdtui.teaching.lesson import LoadedLesson
from gdtui.text import _
from gdtui.ui.classroom.errands import Errands
from gdtui.ui.common.command import Command, key_for, reworded, shown
from gdtui.ui.lab.app import LabApp
from gdtui.ui.lab.commands.classroom import LEARNER
from gdtui.ui.lesson.commands import IN_CLASS, LessonCommand
from gdtui.ui.panels.header import HeaderBar
from gdtui.ui.panels.key_bar import KeyLine

SECONDS_TO_LOOK_UP = 2.0
"""This soon after a key, the next key is probably meant for what was on the screen before."""


class Whereabouts(NamedTuple):
    """What is on a learner's screen."""

    run: Run
    cursor: int
    view: str
    chart: str
    pointer: float | None
    lesson: str = ""
    page: int = 0
    pages: int = 0
    is_over: bool = False
    is_following: bool = False


class ClassGoer(LabApp):
    """The app of a learner who may be in a class."""

    lesson_commands: Sequence[LessonCommand] = IN_CLASS

    def __init__(self, experiment: Experiment, load_backend: Callable[[], Backend], **looks: Any) -> None:
        super().__init__(experiment, load_backend, more=LEARNER, **looks)
        self.errands = Errands(self, lambda why: self.say(why))
        self.note = ""
        """What the first line says about the class."""
        self._last_key = -SECONDS_TO_LOOK_UP

    @property
    def backend(self) -> Backend:
        """The backend that computes."""
        return self.lab.workspace.backend

    @property
    def commands(self) -> Sequence[Command]:
        """The commands of what is open: the lesson, or the lab."""
        return self.lesson.commands if self.lesson else self.lab.commands

    @property
    def key(self) -> dict[str, str]:
        """The key for each of them, by id. For going back, one that the lab's open view does not use."""
        opened = "" if self.lesson else self.lab.views.opened
        taken = {key for command in self.commands if opened in command.views for key in command.key_names}
        back = next(command.key_names for command in self.commands if command.id == "return")
        names = key_for(self.commands)
        return names | {"return": next((shown(key) for key in back if key not in taken), names["return"])}

    def note_key(self) -> None:
        """Note the time, for a question that arrives while somebody is typing."""
        super().note_key()
        self._last_key = time.monotonic()

    def place(self) -> Whereabouts:
        """What is on the learner's screen."""
        view = self.lesson.view if self.lesson else None
        if self.lesson is None or view is None:
            lab = self.lab
            run: Run = lab.workspace.run
            return Whereabouts(run, run.cursor, lab.views.opened, lab.charts.first, lab.charts.pointer)
        run, charts = self.lesson.run, self.lesson.charts
        name = self.lesson.loaded.name
        return Whereabouts(run, run.cursor, view.shows, charts.first, None, name, view.page, view.pages, view.is_over)

    def say(self, text: str) -> None:
        """Show a message on the learner's own screen."""
        (self.lessons[-1] if self.lessons else self.lab).notice(text)

    def unsay(self, text: str) -> None:
        """Remove a message if it is still shown."""
        if (self.lessons[-1] if self.lessons else self.lab).status.notice == text:
            self.say("")

    def is_typing(self) -> bool:
        """Whether a key was pressed just now, or text is typed but not sent."""
        fields = (screen.focused for screen in self.screen_stack)
        is_begun = any(isinstance(field, Input) and bool(field.value) for field in fields)
        return is_begun or time.monotonic() - self._last_key < SECONDS_TO_LOOK_UP

    def class_note(self, text: str, words: Mapping[str, str]) -> None:
        """Show in the first line that this is a class, and label the class's keys with these words."""
        self.note, self.lesson_commands = text, reworded(IN_CLASS, words)
        self.lab.query_one(HeaderBar).note = text
        for lesson in self.lessons:
            lesson.header.note = text
        screens: Sequence[Screen[Any]] = (self.lab, *self.lessons)
        for keys in (keys for screen in screens for keys in screen.query(KeyLine)):  # none in a lesson just opened
            keys.reword(words)

    def take_over(self, snapshot: Snapshot) -> None:
        """Make a run the learner's own: the old one stays, pinned if there is space, and `u` returns to it."""
        leaves_lesson = self.lesson is not None
        self.leave_lesson()
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

    def leave_lesson(self) -> None:
        """Close the open lesson and whatever is over it, so that no later callback can close the next one."""
        while self.lesson and self.screen is not self.lab:
            self.pop_screen()
        self.lesson = None

    def open_lesson(self, loaded: LoadedLesson) -> None:
        """Open the lesson of the class, unless it is open already."""
        opened = self.lesson.loaded if self.lesson else None
        if opened is None or (opened.name, opened.digest) != (loaded.name, loaded.digest):
            self.leave_lesson()
            self._open_lesson(loaded)

    def turn_to(self, page: int) -> None:
        """Go to a page of the lesson with the class, or back to it."""
        session = self.lesson.recorded_session if self.lesson else None
        if self.lesson and isinstance(session, ClassSession):
            if self.lesson.view is not None:
                self.lesson.notice("")  # it is about the page before
            try:
                self.lesson.back = session.turn_to(page)
            except UserError as error:
                self.say(str(error))
            if self.lesson.view is not None:  # otherwise it is shown once its panels exist
                self.lesson.show()

    def _open_lesson(self, loaded: LoadedLesson | None) -> None:
        super()._open_lesson(loaded)
        if self.lesson:
            self.lesson.header.note = self.note
