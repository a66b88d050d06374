"""The app of `gdtui`: the lab."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.screen import Screen

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.lab.workspace import Workspace
from gdtui.text import _
from gdtui.ui.charts.figure import Marker
from gdtui.ui.common.app import TerminalApp
from gdtui.ui.common.command import Command, remapped
from gdtui.ui.common.keymap import Keymap, load_keymap
from gdtui.ui.lab.commands.command import LabCommand
from gdtui.ui.lab.file_actions import Opened
from gdtui.ui.lab.screen import LabScreen

if TYPE_CHECKING:
    from gdtui.teaching.lesson import LoadedLesson
    from gdtui.teaching.recorded_session import RecordedSession
    from gdtui.ui.lesson.commands import LessonCommand
    from gdtui.ui.lesson.screen import LessonScreen


class LabApp(TerminalApp):
    """The lab."""

    lesson: "LessonScreen | None" = None
    """The lesson that is open over the lab."""
    lesson_commands: "Sequence[LessonCommand]" = ()

    def __init__(
        self,
        experiment: Experiment,
        load_backend: Callable[[], Backend],
        marker: Marker | None = None,
        *,
        opened: Opened | None = None,
        is_ascii: bool | None = None,
        pause_after: float = 0.0,
        more: Sequence[LabCommand] = (),
    ) -> None:
        """`opened` is a workspace to start with; `experiment` is its current run's. `more` are a class's commands."""
        super().__init__(marker, is_ascii=is_ascii)
        self.lab = LabScreen(experiment, self.marker, opened, load_keymap(every_command), more)
        self.lab.pause_after = pause_after
        self.lab.pacing.is_behind = lambda: self.is_behind
        self.experiment = experiment
        self.load_backend = load_backend
        self.workspace: Future[Workspace] | None = None
        """Torch and the run, being loaded from the first frame on."""

    def note_key(self) -> None:
        """Note the time, for a run that is left playing."""
        self.lab.last_key = time.monotonic()

    def tell(self, text: str, with_letters: str = "") -> None:
        """Show a message in the lab's own line, unless there is a question."""
        if self.screen is self.lab and self.lab.focused is None:
            self.lab.notice(with_letters or text)
        else:
            super().tell(text, with_letters)

    def post_display_hook(self) -> None:
        """End the frame: what was drawn is on its way to the terminal. Textual's own event comes before it draws."""
        self.lab.pacing.end_frame()

    def on_open_help(self) -> None:
        """Show all keys, and the meaning of the words."""
        from gdtui.ui.common.page import PageScreen  # not needed for the first frame
        from gdtui.ui.lab.help import help_pages, here
        from gdtui.ui.lesson.kinds.all_kinds import lesson_commands

        in_lessons = remapped((*lesson_commands(), *self.lesson_commands), self.lab.keymap.keys)
        keys, *manual = help_pages((*self.lab.commands, *in_lessons))
        first = [here(self.lab.frame)] if self.lab.frame else []
        self.push_screen(PageScreen([*self.before_help(), *first, *keys], *manual))

    def before_help(self) -> list[tuple[str, str]]:
        """Sections before the help."""
        return []

    @property
    def more_lessons(self) -> "Sequence[LoadedLesson]":
        """Lessons to list in addition to those on this machine."""
        return ()

    def on_open_lessons(self) -> None:
        """List the lessons, and open the chosen one; the run pauses."""
        from gdtui.teaching.catalogue import CatalogueEntry, catalogue  # not needed for the first frame
        from gdtui.ui.lesson.catalogue import LessonsScreen

        refused: list[str] = []

        def show(lessons: Sequence[CatalogueEntry]) -> None:
            for reason in refused:
                self.lab.notice(reason)
            self.push_screen(LessonsScreen(lessons), lambda entry: self._open_lesson(entry and entry.loaded))

        self.lab.workspace.pause()
        what = _("Reading the lessons")
        self.lab.attempt(
            lambda: self.lab.background.compute(what, lambda _left: catalogue(refused.append, self.more_lessons), show)
        )

    def sit(self, loaded: "LoadedLesson") -> "RecordedSession":
        """A session that continues where the lesson was left.

        Raises:
            UserError: the lesson cannot be computed.
        """
        from gdtui.storage.record import owner  # not needed for the first frame
        from gdtui.teaching.recorded_session import RecordedSession

        return RecordedSession(loaded, self.lab.workspace.backend, owner())

    def _open_lesson(self, loaded: "LoadedLesson | None") -> None:
        self.lesson = None
        if loaded is None:
            self.lab.notice(self.farewell)
            self.farewell = ""
            return
        from gdtui.ui.lesson.screen import LessonScreen  # not needed for the first frame

        try:
            recorded_session = self.sit(loaded)
        except UserError as error:
            self.lab.notice(str(error))
        else:
            keymap = Keymap(self.lab.keymap.keys)
            more = self.lesson_commands
            self.lesson = LessonScreen(loaded, self.marker, recorded_session, is_alone=False, keymap=keymap, more=more)
            self.push_screen(self.lesson, self._open_lesson)

    @property
    def lessons(self) -> "list[LessonScreen]":
        """The open lesson, and a page that is repeated over it."""
        kind = type(self.lesson) if self.lesson else None
        return [screen for screen in self.screen_stack if kind and isinstance(screen, kind)]

    def get_default_screen(self) -> LabScreen:
        """The lab, which is there from the first frame on."""
        return self.lab

    def load_on(self, thread: ThreadPoolExecutor) -> None:
        """Load torch and make the run."""
        self.workspace = thread.submit(lambda: Workspace(self.experiment, self.load_backend()))

    async def look_for_what_is_loaded(self) -> None:
        """Start once there is a run, and draw once there is plotext."""
        workspace = self.result_of(self.workspace)
        if workspace is None:
            return
        if self.lab.frame is None:
            await self.lab.begin(workspace)
        else:
            self.begin_to_draw(self.lab.charts)

    def on_unmount(self) -> None:
        """Stop the player, and delete or keep the autosaved work."""
        if self.workspace and self.workspace.done() and not self.workspace.exception():
            self.workspace.result().close()
        self.lab.file_actions.end(is_orderly=not self.return_code)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The lab's own commands, and Textual's choice of a theme."""
        if screen is self.lab:
            for command in self.lab.commands:
                if command.views and self.lab.views.opened not in command.views:
                    continue
                title = command.what_it_does
                if command.keys:
                    title = _("{what}  ({keys})", what=title, keys=command.shown_keys)
                yield SystemCommand(title, "", partial(self.lab.do, command))
        yield from super().get_system_commands(screen)


def every_command() -> Sequence[Command]:
    """The commands of the lab and of lessons."""
    from gdtui.ui.lesson.kinds.all_kinds import every_command  # not needed for the first frame

    return every_command()
