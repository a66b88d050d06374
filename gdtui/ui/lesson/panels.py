"""The panels of a lesson: its header, its numbers, its page, the line for answers and the keys."""

from collections.abc import Mapping, Sequence

import msgspec
from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.reactive import var
from textual.widgets import Static

from gdtui.lab.frame import NOT_YET, Frame
from gdtui.numbers import significant
from gdtui.teaching.catalogue import on_to
from gdtui.teaching.page import PageState
from gdtui.terminal.hangul_keys import latin
from gdtui.terminal.keyboard import keys_of
from gdtui.text import _, clean
from gdtui.ui.common.command import footers, key_for
from gdtui.ui.common.rows import Row, Span, shortened, spread
from gdtui.ui.lesson.commands import LessonCommand, working_on
from gdtui.ui.lesson.kinds.all_kinds import on_screen
from gdtui.ui.lesson.page import page_rows
from gdtui.ui.panels.key_bar import KeyLine, bar
from gdtui.ui.panels.panel import Panel, Scrolled
from gdtui.ui.panels.prompt import TextField


class LessonPanel(Panel):
    """A panel that shows part of the lesson."""

    view: var[PageState | None] = var(None)
    """Bound to the screen's."""
    watch_view = Panel.repaint


LEAST_OF_TITLE = 16
"""A long title keeps at least this many cells beside the settings."""


class LessonHeader(LessonPanel):
    """The lesson at the left, the settings and the page at the right."""

    note: var[str] = var("")
    """A note about the class."""
    watch_note = Panel.repaint

    def __init__(self, title: str, *, is_practice: bool) -> None:
        super().__init__(id="header")
        self.title, self.is_practice = title, is_practice

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """One line."""
        gdtui: Span = (" gdtui ", "key")
        notes: list[Span] = [(f"   {note}", "warn") for note in (self.is_practice * _("practice"), self.note) if note]
        title, *rights = clean(self.title, 60), *self._rights()
        for number, right in enumerate(rights):
            room = width - sum(cell_len(text) for text, _role in (gdtui, *notes, *right)) - 1
            if min(cell_len(title), LEAST_OF_TITLE if number else width) <= room:
                break
        return [spread([gdtui, (f" {shortened(title, room)}", "main"), *notes], right, width)]

    def _rights(self) -> list[list[Span]]:
        """The right side, then shorter forms of it if the title or a note needs the space."""
        if self.view is None:
            return [[(_("loading torch… "), "dim")]]
        takes = _("   about {n} min", n=self.view.minutes) if self.view.minutes else ""
        where = _("page {page}/{pages}", page=self.view.page, pages=self.view.pages)
        page: Span = (f"   {where} " if not self.view.is_over else " ", "main")
        shown = settings(self.view, self.frame)
        return [[*shown, (takes, "dim"), page], [*shown, page], [page]]


def settings(view: PageState, frame: Frame | None) -> list[Span]:
    """The settings that every page shows, except hidden ones."""
    if frame is None or view.is_blind or view.is_over:
        return []
    shown = {
        "lr": f"lr {significant(frame.settings.learning_rate)}",
        "convention": frame.settings.convention,
        "method": _("by {method}", method=frame.settings.method),
    }
    return [("  " + "  ".join(words for name, words in shown.items() if name not in view.hidden), "dim")]


class LessonNumbers(LessonPanel):
    """The numbers of the run that the page shows."""

    def __init__(self) -> None:
        super().__init__(id="lesson-numbers")

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines of the frame."""
        return lesson_numbers(self.frame, self.view, width) if self.frame and self.view else []


def lesson_numbers(frame: Frame, view: PageState, width: int) -> list[Row]:
    """As in the lab without what the page hides, or in the way of this kind of page."""
    if view.is_over:
        return []
    rows = list(on_screen(view.kind).numbers(view, frame, width))
    note: Span = (_("   ? until you answer"), "dim")
    if view.asks_for_numbers and rows and any(NOT_YET in text for row in rows for text, _role in row):
        first, *others = rows
        has_room = sum(cell_len(text) for text, _role in (*first, note)) <= width
        rows = [(*first, note), *others] if has_room else rows
    return rows


class LessonPage(LessonPanel, Scrolled):
    """The page, which scrolls if it is long."""

    DEFAULT_CSS = """
    LessonPage {
        width: 1fr; padding: 0 1; border: round $frame;
        border-title-color: $role-main; border-title-style: bold; border-subtitle-color: $role-dim;
    }
    """
    scroll_keys = "pgup, pgdn"
    typed: var[str] = var("")

    def __init__(self, again: str, reminder: str) -> None:
        """`again` is the command that repeats the lesson; `reminder` is what to do once it is over."""
        super().__init__(id="lesson-page")
        self.again, self.reminder = again, reminder
        self._before: tuple[object, ...] = ()
        self._is_at_end = False
        """Whether the latest reply on this page is kept visible; a new page stays at its top."""

    def lines(self, width: int) -> list[Row]:
        """All lines."""
        if self.view is None:
            return []
        return page_rows(self.view, width, self.again, self.typed, self.content_size.height, self.reminder)

    def watch_view(self) -> None:
        """Show a new page from its top, and scroll to the end of a page with a new reply."""
        if self.view is None:
            return
        self.inscribe(title=self.view.title if not self.view.is_over else _("The end"))
        page = (self.view.page, self.view.is_over)
        said = (self.view.reply, self.view.hints, self.view.reveal, self.view.prompt, self.view.compared)
        before, self._before = self._before, (page, said, self.view.exhibit)
        if not before or before[0] != page:
            self.top, self._is_at_end = 0, False
        elif before[1] != said:
            self._go_to_end()
        elif self.view.exhibit != before[2]:
            self._go_to_exhibit(self.view)
        self.repaint()

    def watch_typed(self) -> None:
        """Keep visible what is typed if the exhibit shows it, and the reply once it is taken."""
        if self.view and self.view.exhibit and self.typed:
            self._go_to_exhibit(self.view)
        elif self._is_at_end:
            self._go_to_end()
        self.repaint()

    def on_resize(self) -> None:
        """Keep the latest reply visible."""
        if self._is_at_end:
            self._go_to_end()

    def _go_to_exhibit(self, view: PageState) -> None:
        """Keep visible what has moved, if the whole page does not fit."""
        width, height = self.content_size
        end = len(
            page_rows(msgspec.structs.replace(view, earlier=(), prompt="", checks=(), compared=(), hints=()), width)
        )
        self.top = max(self.top, end - height)

    def _go_to_end(self) -> None:
        self._is_at_end = True
        self.top = len(self.lines(max(1, self.content_size.width)))


POINTS = {"full_stop": ".", "comma": ","}
"""Keys that turn a knob finely, and that numbers such as .5 start with."""


class LessonField(TextField):
    """Receives all keys of a lesson, so that they stay in order: text is typed, but while the field is empty, a key
    that works on the page is left to the screen.
    """

    def __init__(self) -> None:
        super().__init__(id="answer-field")
        self.select_on_focus = False
        self.commands: frozenset[str] = frozenset()
        """The keys that work on the page."""
        self.is_emptied = False
        """Whether the text was just deleted or taken: one backspace too many must not leave the page."""
        self._points = ""
        """The keys of `POINTS` just pressed in the empty field: a digit after a single one makes it a number."""

    async def _on_key(self, event: Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            if self.parent:  # past this field's own queue, where later keys are waiting already
                self.parent.post_message(self.Submitted(self, self.value))
            self.is_emptied, self.value = bool(self.value), ""
            return
        self.is_emptied = event.key == "backspace" and (self.is_emptied or bool(self.value))
        if self._points in POINTS.values() and event.key.isdecimal() and self.commands.issuperset(POINTS):
            self.value, self.cursor_position = self._points, 1
        self._points = "" if self.value or event.key not in POINTS else self._points + POINTS[event.key]
        if not self.value and event.key == "space" and "space" not in self.commands:
            event.stop()  # no answer starts with a blank, and the key that just stepped should not be typed
            event.prevent_default()
            return
        if not self.value and event.key in self.commands:
            event.prevent_default()  # Textual calls the handlers of the classes above too
        elif not self.value and (meant := self._meant(event)):
            event.stop()
            event.prevent_default()
            self.app.post_message(meant)

    def _meant(self, event: Key) -> Key | None:
        """The key of the page that a Korean or full-width character stands for."""
        letters = latin(event.character) if event.character else ""
        keys = [key for key in (keys_of(letters) if letters else ()) if isinstance(key, Key)]
        return keys[0] if len(keys) == 1 and keys[0].key in self.commands else None

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed text, and so is not looked up among the screen's keys."""
        return not (not self.value and key in self.commands) and super().check_consume_key(key, character)


class AnswerLine(Horizontal):
    """The line above the keys: what to type, or what to press."""

    def __init__(self, way_out: str, commands: Sequence[LessonCommand]) -> None:
        """`way_out` says which keys work once the lesson is over."""
        super().__init__(id="answer")
        self.way_out = way_out
        self.commands = commands

    def compose(self) -> ComposeResult:
        """The label and the field."""
        yield Static(id="answer-label", markup=False)
        yield LessonField()

    def follow(self, view: PageState, *, is_at_end: bool) -> None:
        """Show the page's question; at the end, the keys that lead on."""
        field = self.query_one(LessonField)
        serving = (command.key_names for command in self.commands if command.works_on(view) or command.id == "help")
        field.commands = frozenset(key for keys in serving for key in keys)
        field.is_emptied &= not view.is_done
        field.placeholder = "" if view.is_done or view.is_past else on_screen(view.kind).placeholder
        way_on = self.way_out if is_at_end else label(view, key_for(self.commands))
        self.query_one("#answer-label", Static).update(f" {way_on} ")
        self.screen.set_focus(field)

    def put_away(self) -> bool:
        """Clear what is typed; False if nothing is."""
        field = self.query_one(LessonField)
        had_something, field.value = bool(field.value), ""
        return had_something


def way_on(following: str, *, is_alone: bool) -> str:
    """The keys once the lesson is over."""
    if following:
        return on_to(following, _("escape quits") if is_alone else _("escape goes back"))
    return _("enter quits") if is_alone else _("enter goes back")


def label(view: PageState, key: Mapping[str, str]) -> str:
    """The label of a page's field, with the keys to mention."""
    if view.is_past:
        return _("This is how you left the page; enter goes forward:")
    if not view.is_done:
        return on_screen(view.kind).label(view, key)
    return _("enter continues")


LEAST_KEYS = 32
"""The width of the last two keys, which lead out: with less space, a notice is shown alone."""


class LessonKeys(KeyLine[LessonCommand], LessonPanel):
    """The keys that work on this page, or for a moment a notice."""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """One line."""
        keys = lesson_keys(self.commands, self.view)
        said = (f" {self.status.notice} ", "main") if self.status.notice else ("", "text")
        room = width - cell_len(said[0])
        silent = msgspec.structs.replace(self.status, notice="")
        return [(said, *bar(silent, keys, room))] if room >= LEAST_KEYS else [(said,)]


def lesson_keys(commands: Sequence[LessonCommand], view: PageState | None) -> list[tuple[str, str]]:
    """The keys that work on a page, those that leave last."""
    footer = footers(commands)
    ways_out = [footer["leave"], ("ctrl+q", _("quit"))]
    if view is None:
        return ways_out
    serving = (command.id for command in working_on(commands, view) if command.id != "leave")
    answer = [("enter", _("answer"))] if view.prompt and not view.is_done and not view.is_past else []
    return [*answer, *(footer[id_] for id_ in serving if id_ in footer), *ways_out]
