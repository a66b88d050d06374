"""A question to everyone on a learner's screen, with a field for the answer, and all answers once they are shown."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.widgets import Input, Static

from gdtui.classroom.messages import Ask
from gdtui.classroom.polls import understood
from gdtui.experiment.backend import Backend
from gdtui.text import _
from gdtui.ui.charts.figure import Marker
from gdtui.ui.classroom.bench_screen import BenchScreen, Find, Request
from gdtui.ui.classroom.question_rows import learner_rows, state_of
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Scrolled
from gdtui.ui.panels.prompt import TextField


class VotePanel(Scrolled):
    """The question, and the answers as far as they are shown."""

    def __init__(self) -> None:
        super().__init__(id="board")
        self.ask: Ask | None = None
        self.answer = self.answer_before = ""
        """The learner's answer in this vote, and in the one before."""

    def lines(self, width: int) -> Sequence[Row]:
        """All of it."""
        return learner_rows(self.ask, width, self.answer, self.answer_before) if self.ask else []


class VoteField(TextField):
    """The field for the answer; while it is empty, some keys are left to the screen."""

    async def _on_key(self, event: Key) -> None:
        if self.check_consume_key(event.key, event.character):
            await super()._on_key(event)
        else:
            event.prevent_default()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed text."""
        return not (not self.value and key in ("exclamation_mark", "question_mark"))

    def takes(self, event: Key) -> bool:
        """Whether a key is a character of an answer."""
        return event.is_printable and self.check_consume_key(event.key, event.character)


class VoteScreen(BenchScreen):
    """The question with the numbers that it is about."""

    DEFAULT_CSS = """
    VoteScreen {
        #vote-field { width: 1fr; }
        #vote-line { height: 1; }
        #vote-label { width: auto; text-style: bold; }
    }
    """
    sheet = "class"

    def __init__(
        self,
        marker: Marker,
        backend: Backend,
        find: Find,
        request: Request,
        vote: Callable[[Ask, str], object],
        is_typing: Callable[[], bool],
    ) -> None:
        """`vote` is called with the answer; `is_typing` tells whether somebody is typing something else."""
        super().__init__(marker, backend, find, request)
        self.vote, self.is_typing = vote, is_typing
        self.is_held = False
        """Whether keys are not for the vote yet, because something else was being typed when it arrived."""
        self.panel = VotePanel()
        self.field = VoteField(id="vote-field")
        self.label = Static(id="vote-label", markup=False)

    def below_numbers(self) -> ComposeResult:
        """The question and the answer line. There are no charts, because they could give the answer away."""
        yield self.panel
        with Horizontal(id="vote-line"):
            yield self.label
            yield self.field
        yield self.foot

    def begin(self) -> None:
        """Show the present state of the question."""
        super().begin()
        self.show(self.panel.ask)

    def show(self, ask: Ask | None) -> None:
        """Show the state of the question; if the learner was typing when it arrived, enter must start the answer."""
        if ask is None:
            return
        before, self.panel.ask = self.panel.ask, ask
        if before is not ask:
            self.notice("")
        if before is None or (before.id, before.vote) != (ask.id, ask.vote):
            self.field.value = ""
            self.is_held = self.is_typing()
        self.unknown = frozenset() if ask.state == "revealed" else frozenset(ask.hides)
        self.title_row.left = ((_(" your teacher asks"), "main"),)
        self.title_row.right = state_of(ask)
        if not self.is_ready or not self.is_attached:
            return
        self.numbers.display = self.verdict.display = ask.bench is not None
        self.take_keys()
        self.follow(ask.bench)
        if self.workspace and ask.bench:
            self._show(ask.bench, self.workspace)
        self.panel.repaint()

    def take_keys(self) -> None:
        """Accept an answer while there is a vote, once typing is meant for it."""
        is_open = self.panel.ask is not None and self.panel.ask.state == "open"
        takes = is_open and not self.is_held
        self.label.display, self.field.display = is_open, takes
        begins = _("  enter starts a new answer; what you were typing is not sent")
        self.label.update(begins if self.is_held else _(" answer (enter sends it): "))
        self.set_focus(self.field if takes else None)

    def on_key(self, event: Key) -> None:
        """Start the answer; the base class handles other keys too.

        Keys typed before the field was focused arrive here instead of in the field.
        """
        if self.is_held and event.key == "enter":
            event.stop()
            self.is_held = False
            self.take_keys()
        elif self.field.display and (event.key == "enter" or self.field.takes(event)):
            event.stop()
            event.prevent_default()
            if event.key == "enter":
                self.field.post_message(Input.Submitted(self.field, self.field.value))
            else:
                self.field.insert_text_at_cursor(event.character or "")

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        """Take the answer, if it is valid."""
        event.stop()
        ask = self.panel.ask
        if ask is None or ask.state != "open" or not event.value.strip():
            return
        try:
            answer = understood(ask, event.value)
        except ValueError as error:
            self.notice(str(error))
            return
        self.field.value = ""
        self.notice("")
        self.panel.answer = answer
        self.vote(ask, answer)
        self.panel.repaint()
