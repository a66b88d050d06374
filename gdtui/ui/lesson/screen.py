"""The screen of a lesson: the page, the run beside it, and the question."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.reactive import var
from textual.timer import Timer
from textual.widgets import Input

from gdtui.errors import UserError
from gdtui.lab.frame import Frame
from gdtui.lab.run import Run
from gdtui.storage import hand_in
from gdtui.teaching.catalogue import again, lesson_named, next_after, way_back
from gdtui.teaching.events import Event, GoOn, Hint, StepEpochs, read_event
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.page import PageState
from gdtui.teaching.recorded_session import Preview, RecordedSession
from gdtui.terminal.characters import is_lost_in_ascii
from gdtui.text import _, clean
from gdtui.ui.charts.figure import Marker, prepare
from gdtui.ui.common.app import TerminalApp
from gdtui.ui.common.command import key_for, remapped, shown
from gdtui.ui.common.held_keys import HeldKeys
from gdtui.ui.common.keymap import Keymap
from gdtui.ui.common.page import PageScreen
from gdtui.ui.common.sized import SizedScreen
from gdtui.ui.common.status import Status
from gdtui.ui.lesson.beside import PageViews, choose_charts
from gdtui.ui.lesson.commands import LessonCommand, when_finished, working_on
from gdtui.ui.lesson.kinds.all_kinds import ON_SCREEN, lesson_commands
from gdtui.ui.lesson.kinds.plain import is_run_over, pace
from gdtui.ui.lesson.page import numbers_height, side, words
from gdtui.ui.lesson.panels import AnswerLine, LessonField, LessonHeader, LessonKeys, LessonNumbers, LessonPage, way_on
from gdtui.ui.panels.charts import Charts
from gdtui.ui.panels.panel import CachedContainer

SECONDS_TO_REST = 1.0
"""How often the turns of a held key are written to the record."""

SERVED_AT_ONCE = {"escape", "ctrl+q", "f10"}
"""Keys that leave a lesson, even while torch is loading."""

LOST = _("? stands for letters outside ASCII: start with --no-ascii, or export LANG=C.UTF-8")
"""The message if the terminal cannot show a lesson as it is written."""


class LessonScreen(SizedScreen[LoadedLesson]):
    """Turns keys into events of the session, and shows their outcomes.

    It returns the lesson to continue with, or None.
    """

    DEFAULT_CSS = """
    LessonScreen {
        #lesson-numbers { height: 3; }
        #lesson-sheet { width: 100%; height: 100%; }
        #lesson { layout: horizontal; height: 1fr; }
        #answer { height: 1; }
        #answer-label { width: auto; text-style: bold; }
        #answer-field { width: 1fr; }
    }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [Binding("ctrl+q,f10", "quit", show=False)]

    view: var[PageState | None] = var(None)
    """What to show of the lesson; None until torch is loaded."""
    frame: var[Frame | None] = var(None)
    """What to show of the page's run."""
    status: var[Status] = var(Status())
    """A message shown for a moment instead of the keys."""

    def __init__(
        self,
        loaded: LoadedLesson,
        marker: Marker,
        recorded_session: RecordedSession | None = None,
        *,
        is_alone: bool,
        keymap: Keymap,
        more: Sequence[LessonCommand] = (),
        is_practice: bool = False,
    ) -> None:
        """`recorded_session` is given here if torch is loaded, else to `begin`. If `is_alone`, leaving ends the app.

        `is_practice`: only one page is repeated, and then the screen closes.
        """
        super().__init__()
        self.keymap = keymap
        self.commands = remapped((*more, *lesson_commands()), keymap.keys)
        self.loaded = loaded
        self.charts = Charts(marker)
        self.views = PageViews(marker)
        self.following = "" if is_practice else next_after(loaded.name)
        self.page = LessonPage(again(loaded), hand_in.reminder())
        self.header = LessonHeader(loaded.lesson.title, is_practice=is_practice)
        self.recorded_session = recorded_session
        self.is_alone, self.more, self.is_practice = is_alone, more, is_practice
        self._warning = ""
        """What is wrong since the start, until it has been on the screen when a key was pressed."""
        self._was_refused = False
        """Whether the latest input was refused."""
        self._held = HeldKeys()
        self.back = 0
        """How many pages back the visible page is."""
        self._playing: Timer | None = None
        self._resting: Timer | None = None
        self.charts.of_lesson = {chart.name: chart for kind in ON_SCREEN.values() for chart in kind.charts}

    def compose(self) -> ComposeResult:
        """The panels, from top to bottom."""
        yield self.too_small
        with CachedContainer(id="lesson-sheet", classes="-sized"):
            yield self.header.data_bind(LessonScreen.frame, LessonScreen.view)
            yield LessonNumbers().data_bind(LessonScreen.frame, LessonScreen.view)
            with CachedContainer(id="lesson"):
                yield self.page.data_bind(LessonScreen.view)
                yield self.charts
                yield self.views
            yield AnswerLine(way_on(self.following, is_alone=self.is_alone), self.commands)
            yield LessonKeys(self.commands).data_bind(LessonScreen.view, LessonScreen.status)

    def on_mount(self) -> None:
        """Start at once if the session is given, as over the lab everything is loaded."""
        if self.recorded_session:
            prepare()
            self.charts.begin_to_draw()
            self.begin(self.recorded_session)

    def begin(self, recorded_session: RecordedSession) -> None:
        """The lesson can start; keys pressed earlier are handled."""
        self.recorded_session = recorded_session
        self.show()
        is_lost = isinstance(self.app, TerminalApp) and self.app.is_ascii and is_lost_in_ascii(self.loaded.text)
        self._warning = recorded_session.notice or self.keymap.flaw or LOST * is_lost
        self.notice(self._warning or when_finished(self.commands, self.view))
        self._held.release(self.app)

    @property
    def run(self) -> Run:
        """The session's run, once torch is loaded."""
        if self.recorded_session is None:
            raise LookupError("torch is not loaded yet")
        return self.recorded_session.session.run

    def make_room(self) -> None:
        """Give the charts a column of their own, if there are charts and space."""
        if self.view:
            self.view = self._with_room(self.view)

    def _with_room(self, view: PageState) -> PageState:
        """What to show, with the width that is left by what is beside it."""
        charts = self.charts
        width = side(view, self.size.width)
        charts.display = bool(width and not view.shows and charts.order)
        self.views.display = bool(width and view.shows)
        charts.styles.width = self.views.styles.width = width
        return msgspec.structs.replace(view, can_leaf=charts.can_leaf)

    on_resize = make_room

    # Showing

    def show(self) -> None:
        """Show the lesson and its run, unless the app was told to end and panels no longer work."""
        if self.recorded_session is None or self.app.return_code is not None:
            return
        session = self.recorded_session.session
        self.back = min(self.back, len(session.past))
        view, frame, run, kept = seen = session.past[-self.back] if self.back else session.look()
        self.query_one(LessonNumbers).styles.height = 0 if view.is_over else numbers_height(view, run.experiment)
        choose_charts(self.charts, view)
        turned = self.view is None or view.page != self.view.page
        for chart in self.charts.charts.values() if turned else ():
            chart.forget()  # the axis limits of another page's run do not apply
        self.charts.follow(run, frame, kept)
        self.frame = frame
        self.view = view = self._with_room(view)
        if self._playing and (turned or view.is_done or is_run_over(view)):
            self.play()  # no further than it was started for
        self.views.follow_page(session, seen, self.charts.looks.parameter)
        self.query_one(AnswerLine).follow(view, is_at_end=self.is_at_end(view))

    def is_at_end(self, view: PageState) -> bool:
        """Whether there is nothing left to do here."""
        return view.is_over or (self.is_practice and view.is_done)

    def notice(self, text: str) -> None:
        """Show a message instead of the keys, until the next key; a warning that it covers comes back after it."""
        if not text and self.status.notice == self._warning:
            self._warning = ""
        self.status = msgspec.structs.replace(self.status, notice=text or self._warning)

    # Doing

    def on_key(self, event: Key) -> None:
        """Clear the message, and do what the key does; before there is a session, hold it back.

        A key that leaves a refused input is not meant to leave the lesson.
        """
        self.notice("")
        was_refused, self._was_refused = self._was_refused, False
        if self.view is None and event.key not in SERVED_AT_ONCE:
            self._held.hold(event)
        elif self.app.return_code is None and (meant := self.meant_by(event.key)):
            event.stop()
            try:
                if meant.id != "leave" or not was_refused:
                    meant.do(self)
            except UserError as error:
                self.notice(str(error))

    def meant_by(self, key: str) -> LessonCommand | None:
        """The command of a key on the open page, or else on any other page."""
        working = working_on(self.commands, self.view) if self.view else []
        everywhere = (command for command in self.commands if not command.views)
        return next((command for command in (*working, *everywhere) if key in command.key_names), None)

    def take(self, event: Event) -> bool:
        """Pass an event to the session; return whether it was accepted, and show why if not."""
        if self.recorded_session is None or self.back:
            return False
        try:
            outcome = self.recorded_session.take(event)
        except UserError as error:
            self.notice(str(error))
            self.show()
            return False
        if self.recorded_session.held_back and self._resting is None:
            self._resting = self.set_timer(SECONDS_TO_REST, self._rest)
        self.show()
        has_goal = self.view is not None and not self.view.prompt
        if not outcome.is_accepted or (has_goal and not isinstance(event, GoOn | Hint)):
            shown = (*self.view.earlier, *self.view.reply) if self.view else ()
            if said := " ".join(line for line in outcome.says if line not in shown):
                self.notice(said)
        return outcome.is_accepted

    def _rest(self) -> None:
        """Write the turns of a held key to the record."""
        self._resting = None
        try:
            if self.recorded_session:
                self.recorded_session.rest()
        except UserError as error:
            self.notice(str(error))

    def look_back(self) -> None:
        """Show the previous page for reading, unless the key was meant to delete an answer that was already taken."""
        if self.query_one(LessonField).is_emptied:
            keys = {"down": shown("down"), "back": key_for(self.commands)["page-before"]}
            self.notice(_("The field is already empty. {down}, then {back}, shows the previous page.", **keys))
            return
        self.back += 1
        self.show()

    def practise(self) -> None:
        """Repeat the page being looked at, without a record."""
        if self.recorded_session and self.view:
            preview = Preview(self.loaded, self.recorded_session.session.backend, self.view.page)
            preview.notice = _("Page {page} again, for practice. Nothing is saved.", page=self.view.page)
            screen = LessonScreen(
                self.loaded,
                self.charts.looks.marker,
                preview,
                is_alone=False,
                keymap=Keymap(self.keymap.keys),
                more=self.more,
                is_practice=True,
            )
            screen.header.note = self.header.note
            self.app.push_screen(screen)

    def play(self) -> None:
        """Play the run until it is stopped or has finished, or stop it."""
        if self._playing:
            self._playing.stop()
            self._playing = None
        else:
            self._playing = self.set_interval(1 / pace(self.view), self._play_on)

    def _play_on(self) -> None:
        if self.view and "step" in self.view.takes and not self.view.is_done:
            self.take(StepEpochs())
        else:
            self.play()

    @on(Input.Changed)
    def typing(self, event: Input.Changed) -> None:
        """Show the page what is typed, and clear the message; where keys do something, say that they are text now."""
        self.page.typed = event.value
        self._was_refused &= not event.value
        if self.view and event.value and event.value == event.input.value:  # a burst may have been taken already
            said = _("You have typed '{text}'. enter submits it, escape clears it.", text=clean(event.value, 16))
            self.notice("" if self.view.takes_answers or self.view.bare == "try" else said)

    @on(Input.Submitted)
    def answer(self, event: Input.Submitted) -> None:
        """Take the input as an answer or an action."""
        event.stop()
        self.notice("")
        if self.view is None:
            return
        if self.back:
            self.back -= 1
            self.show()
            return
        if self.is_at_end(self.view):
            self.dismiss(lesson_named(self.following) if self.following else None)
            return
        try:
            is_taken = self.take(read_event(event.value, self.view))
        except UserError as error:
            is_taken = False
            self.notice(str(error))
        self._was_refused = bool(event.value) and not is_taken

    def open_glossary(self) -> None:
        """Show what the words mean: those of the page first, then those of the pages before."""
        if self.recorded_session:
            self.app.push_screen(PageScreen(words(self.recorded_session.session, self.back)))

    def leave(self) -> None:
        """Clear what is typed; if nothing is, leave the lesson."""
        if not self.query_one(AnswerLine).put_away():
            self._say_how_to_come_back()
            self.dismiss(None)

    async def action_quit(self) -> None:
        """Leave the lesson and the app."""
        self._say_how_to_come_back()
        await self.app.action_quit()

    def _say_how_to_come_back(self) -> None:
        """Name the page that was left, if there is something to come back to."""
        held = self.recorded_session
        if held and held.record and not held.session.is_over and isinstance(self.app, TerminalApp):
            self.app.farewell = way_back(self.loaded, held.session.index + 1)  # not the page being looked back at

    def on_unmount(self) -> None:
        """Release the record for another session."""
        if self.recorded_session:
            self.recorded_session.close()
