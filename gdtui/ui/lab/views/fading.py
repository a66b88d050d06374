"""Fading: each epoch hides one number more, for the learner to compute before seeing it."""

from collections.abc import Sequence

import msgspec
from textual.reactive import var

from gdtui.lab.run import Run
from gdtui.lab.workspace import Workspace
from gdtui.numbers import fixed, parse_answer, shown_decimals
from gdtui.text import _
from gdtui.ui.lab.views.view import LabView


class HiddenNumber(msgspec.Struct, frozen=True):
    """A number that can be hidden and asked for."""

    name: str
    """Its name in the view."""
    words: str
    """Its description: `the error of row 2`."""
    value: float
    decimals: int
    """The number of decimals shown."""

    @property
    def answer(self) -> str:
        """The number as it is shown."""
        return fixed(self.value, self.decimals)

    def judge(self, text: str) -> str | None:
        """None for a right answer, otherwise what is wrong with it.

        An answer must be right to the digits shown, but may be off by one in the last because of intermediate rounding.

        Raises:
            ValueError: it is not a number.
        """
        number = parse_answer(text).value
        places = shown_decimals(self.value, self.decimals)
        unit, away = 10.0**-places, number - round(self.value, places)
        if abs(away) <= unit * (1 + 1e-6):
            return None
        if abs(away + 2 * self.value) <= unit * (1 + 1e-6):
            return _("the size is right, but the sign is not")
        return _("not yet: too high") if away > 0 else _("not yet: too low")


class FadingView(LabView):
    """A view whose numbers can be hidden and asked for."""

    is_asking: var[bool] = var(False)
    """Whether the prompt is open and takes all keys; the frame shows it."""
    watch_is_asking = LabView.repaint

    def __init__(self) -> None:
        super().__init__()
        self.level = 0
        """How many numbers each epoch hides, easiest first; 0 while fading is off."""
        self._told: set[str] = set()
        self._faded_at: tuple[Run, int] | None = None

    def questions(self) -> Sequence[HiddenNumber]:
        """The numbers that can be hidden, from the easiest to the hardest."""
        raise NotImplementedError

    def fade(self, workspace: Workspace) -> None:
        """At another epoch, hide the numbers again; after a step forward, one more."""
        before, self._faded_at = self._faded_at, (workspace.run, workspace.run.cursor)
        if self._faded_at == before:
            return
        if self.level and before and self._faded_at == (before[0], before[1] + 1):
            self.level += 1
        self._told.clear()

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the numbers hidden now."""
        return frozenset(question.name for question in self._waiting())

    def _waiting(self) -> list[HiddenNumber]:
        """The hidden numbers that have not been answered yet; `questions` is not called while nothing is hidden."""
        asked = self.questions()[: self.level] if self.level else ()
        return [question for question in asked if question.name not in self._told]

    def note(self) -> str:
        """How many numbers are hidden, and what to do about it."""
        n = len(self.hidden)
        if not n or not self.key:
            return ""
        if self.is_asking:
            return _("{n} hidden: escape, then {reveal} shows one", n=n, reveal=self.key["reveal"])
        return _("{n} hidden: {ask} answers, {reveal} shows one", n=n, ask=self.key["ask"], reveal=self.key["reveal"])

    def toggle_fading(self) -> str:
        """Hide one number more per epoch, or stop hiding; return a message."""
        self.level = 0 if self.level else 1
        self._told.clear()
        keys = {"ask": self.key["ask"], "reveal": self.key["reveal"]}
        return _("Each epoch hides one more number. {ask} answers, {reveal} shows it.", **keys) if self.level else ""

    def next_question(self) -> HiddenNumber | None:
        """The easiest hidden number, if any."""
        return next(iter(self._waiting()), None)

    def nothing_hidden(self) -> str:
        """The message when no number is hidden."""
        if self.level:
            return _("No number is hidden.")
        return _("No number is hidden. {fade} hides one more per epoch.", fade=self.key["fade"])

    def reveal(self) -> str:
        """Show the easiest of the hidden numbers."""
        question = self.next_question()
        return self.tell(question) if question else self.nothing_hidden()

    def tell(self, question: HiddenNumber) -> str:
        """Show a number; return it in words, with how many are left."""
        self._told.add(question.name)
        words, n = question.words[0].upper() + question.words[1:], len(self._waiting())
        told = {"words": words, "answer": question.answer}
        if n:
            return _("{words} is {answer}. {n} more hidden: {ask} answers.", **told, n=n, ask=self.key["ask"])
        return _("{words} is {answer}. {step} continues.", **told, step=self.key["step"])
