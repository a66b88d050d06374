"""A question to everyone on a learner's screen: she answers, and sees all answers once they are shown."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.widgets import Input, Static

from gdtui.classroom.messages import Ask
from gdtui.classroom.polls import understood
from gdtui.text import _
from gdtui.ui.classroom.bench_screen import BenchScreen
from gdtui.ui.classroom.question_rows import learner_rows, state_of
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.cached import CachedContainer
from gdtui.ui.panels.field import TextField
from gdtui.ui.panels.scrolled import Scrolled


class VotePanel(Scrolled):
    """The question and what there is to see of the answers."""

    def __init__(self) -> None:
        super().__init__(id="board")
        self.ask: Ask | None = None
        self.answer = ""

    def lines(self, width: int) -> Sequence[Row]:
        """All of it."""
        return learner_rows(self.ask, width, self.answer) if self.ask else []


class VoteField(TextField):
    """Where she answers; keys of the screen are left to it while nothing is typed."""

    async def _on_key(self, event: Key) -> None:
        if not self.value and event.key in ("exclamation_mark", "question_mark"):
            event.prevent_default()
        else:
            await super()._on_key(event)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keys that are typed."""
        return not (not self.value and key in ("exclamation_mark", "question_mark"))


class VoteScreen(BenchScreen):
    """The question with the numbers that it is about."""

    def __init__(self, *given: object, vote: Callable[[Ask, str], object], **more: object) -> None:
        """`vote` is told the answer."""
        super().__init__(*given, **more)  # type: ignore[arg-type]  # as a bench
        self.vote = vote
        self.panel = VotePanel()
        self.field = VoteField(id="vote-field")
        self.label = Static(_(" answer: "), id="vote-label", markup=False)

    def compose(self) -> ComposeResult:
        """The numbers, the question, and the line to answer in. Charts could tell the answer."""
        yield self.too_small
        with CachedContainer(id="class", classes="-sized"):
            yield self.title_row.data_bind(BenchScreen.frame)
            yield self.numbers.data_bind(BenchScreen.frame)
            yield self.panel
            with Horizontal(id="vote-line"):
                yield self.label
                yield self.field
            yield self.foot

    def begin(self) -> None:
        """Show the question as it stands by now."""
        super().begin()
        self.show(self.panel.ask)

    def show(self, ask: Ask | None) -> None:
        """Show how the question stands."""
        if ask is None:
            return
        before, self.panel.ask = self.panel.ask, ask
        if before is None or (before.id, before.vote) != (ask.id, ask.vote):
            self.panel.answer = ""
        self.unknown = frozenset() if ask.state == "revealed" else frozenset(ask.hides)
        self.title_row.left = ((_(" your teacher asks"), "main"),)
        self.title_row.right = state_of(ask)
        if not self.is_ready or not self.is_attached:
            return
        self.numbers.display = ask.bench is not None
        is_open = ask.state == "open"
        self.label.display = self.field.display = is_open
        self.set_focus(self.field if is_open else None)
        self.follow(ask.bench)
        if self.workspace and ask.bench:
            self._show(ask.bench, self.workspace)
        self.panel.repaint()

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        """Take her answer, where it is one."""
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
        self.panel.answer = answer
        self.vote(ask, answer)
        self.panel.repaint()
