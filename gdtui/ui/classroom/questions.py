"""The questions that the teacher can ask, as a list to choose from."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, cast

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.widgets import Static

from gdtui.classroom import polls
from gdtui.classroom.polls import Poll
from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.lab.run import Run
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.limits import Limit
from gdtui.teaching.questions.all_kinds import lab_kinds
from gdtui.text import _, clean, ngettext
from gdtui.ui.classroom.errands import Errands
from gdtui.ui.classroom.question_rows import asked_rows
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.chooser import Chooser
from gdtui.ui.panels.prompt import Prompt, TextField

LONGEST_SHOWN = 200
"""The most characters of a question shown, if the line has space for them."""

MOST_AHEAD = 1_000_000
"""How many updates a question may look ahead."""


class Askable(msgspec.Struct, frozen=True):
    """A question that can be asked."""

    words: str
    make: Callable[[], Poll] | None = None
    """Computes it, on a thread; None for one that is typed."""


def questions(lesson: LoadedLesson | None, run: Run, backend: Backend, page: int) -> tuple[list[Askable], int]:
    """All questions that can be asked, and the one to start with: that of the page where the class is."""
    found: list[Askable] = []
    first = 0
    limited = Limit(MOST_AHEAD).on(backend)
    for number, title, prompt in polls.pages(lesson) if lesson else ():
        first = len(found) if number <= page else first
        words = _("page {page}: {title}", page=number, title=clean(prompt or title, LONGEST_SHOWN))
        found.append(Askable(words, partial(polls.of_page, cast("LoadedLesson", lesson), number, backend)))
    for kind in lab_kinds():
        words = _("from your lab, as P asks: {what}", what=kind.lab_words)
        found.append(Askable(words, partial(polls.of_kind, run, limited, kind.name)))
    return [*found, Askable(_("a question of your own"))], first


class QuestionsScreen(Chooser[Askable]):
    """Shows what will be asked, and to how many, before it is asked. What was typed stays there."""

    DEFAULT_CSS = """
    QuestionsScreen {
        layers: below above;
        #prompt.-in-sight { margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar = [Binding("A", "dismiss", show=False)]
    heading = _(" Ask everyone")
    keys = _(" ↑ ↓ choose   enter shows the question   escape back")

    def __init__(
        self,
        items: Sequence[Askable],
        chosen: int,
        errands: Errands,
        ask: Callable[[Poll], object],
        here: Callable[[], int],
    ) -> None:
        """`ask` is called with the question in the end; `here` returns how many learners will get it."""
        super().__init__(items, chosen)
        self.errands, self.ask, self.here = errands, ask, here
        self.poll: Poll | None = None
        """The question shown before it is asked."""
        self.own = ""
        """The text of a question that was typed."""
        self.prompt = Prompt()
        self._made: Askable | None = None
        """The question being computed."""

    def compose(self) -> ComposeResult:
        """The list, and the line for typing a question."""
        yield from super().compose()
        yield self.prompt

    def line(self, item: Askable, width: int) -> str:
        """A question in the list."""
        return f" {item.words}"

    def rows(self, width: int, height: int) -> list[Row]:
        """The list, or the question about to be asked."""
        return asked_rows(self.poll.ask, width) if self.poll else super().rows(width, height)

    def see(self, poll: Poll | None) -> None:
        """Show a question before it is asked, or the list."""
        here, self.poll, self._made = self.here(), poll, None
        everyone = ngettext(" Ask the one learner who is here?", " Ask all {n} learners who are here?", here)
        title = everyone if here else _(" Nobody is here yet. Ask whoever joins?")
        self.query_one("#edit-title", Static).update(title if poll else self.heading)
        self.say(_(" enter asks   escape back, without asking") if poll else self.keys)
        self.panel.repaint()

    def say(self, text: str) -> None:
        """Show a message instead of the keys."""
        self.query_one("#edit-keys", Static).update(text)

    def action_choose(self) -> None:
        """Show the chosen question, or ask the one that is shown."""
        item = self.items[self.chosen]
        if self.poll:
            self.ask(self.poll)
            self.dismiss(None)
        elif item.make is None:
            self.type()
        elif self._made is None:
            self._made, self.own = item, ""
            self.say(_(" Preparing the question…"))
            self.errands.do(item.make, lambda poll: self.see(poll) if self._made is item and self.is_attached else None)

    async def action_dismiss(self, result: Askable | None = None) -> None:
        """Go back one step: to what was typed, to the list, to the board."""
        if self.poll and self.own:
            self.see(None)
            self.type(self.own)
        elif self.poll:
            self.see(None)
        else:
            await super().action_dismiss(result)

    def type(self, begun: str = "") -> None:
        """Let the teacher type a question."""
        example = _("What is lr? = 0.1   or   Does the cost fall? yes / *no   (* is right)")
        self.prompt.ask(_("Question"), self.take, begun, keys=example)

    def take(self, text: str) -> str | None:
        """Show a question that was typed, or return what is wrong with it."""
        try:
            poll = typed(text)
        except UserError as error:
            return str(error)
        self.own = text
        self.see(poll)
        return None

    def on_key(self, event: Key) -> None:
        """Typing starts a question of one's own, whichever line is chosen; keys of the board are not meant here."""
        is_asking, character = self.prompt.has_class("-asking"), event.character or ""
        is_list = self.poll is None and self._made is None and not is_asking
        if not event.is_printable or (is_list and (event.key in ("A", "q") or character.isspace())):
            return
        event.stop()
        event.prevent_default()
        if is_asking:
            self.prompt.query_one(TextField).insert_text_at_cursor(character)
        else:
            self.see(None)
            self.type(self.own + character)


def typed(text: str) -> Poll:
    """A question typed on one line: `What is lr? = 0.1`, or `Rises or falls? rises / *falls`.

    Raises:
        UserError: it is not a question.
    """
    head, mark, rest = text.partition("?")
    prompt, tail = (head + mark, rest.strip()) if mark else (text, "")
    if tail.startswith("="):
        return polls.typed(prompt, (), tail[1:])
    choices = [choice.strip() for choice in tail.split("/")] if tail else []
    right = next((choice[1:].strip() for choice in choices if choice.startswith("*")), "")
    return polls.typed(prompt, tuple(choice.removeprefix("*").strip() for choice in choices), right)
