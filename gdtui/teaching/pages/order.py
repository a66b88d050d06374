"""A page on which lines are put in order, such as those of a program or a derivation."""

import random
import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from gdtui.experiment.expressions import filled
from gdtui.numbers import WIDE_FORMS
from gdtui.teaching.events import Answer
from gdtui.teaching.lesson import Spot, Step
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.page import Exhibit
from gdtui.teaching.pages.question import QuestionPage
from gdtui.teaching.prediction import Judgement
from gdtui.teaching.questions.ask import Hinted, Line, Part, Template
from gdtui.text import _, ngettext

MOST_LINES = 9
"""The most lines and decoys together, so that one digit is enough for each."""


class Decoy(Part, frozen=True, kw_only=True):
    """A line that does not belong in the answer."""

    text: Line
    says: Line
    """What is wrong with it."""


class Rule(Part, frozen=True, kw_only=True):
    """Which line must come before which."""

    first: int
    """The number of a line, counted from 1 as in the file."""
    then: int
    """The number of a line that must come later."""
    or_after: int = 0
    """In a loop, the number of a line after which `first` may also come: it is then before the next pass."""
    says: Line
    """What goes wrong otherwise."""


class Order(Hinted, frozen=True, kw_only=True):
    """The lines in a right order, and which other orders are right."""

    lines: Annotated[tuple[Line, ...], msgspec.Meta(min_length=2, max_length=MOST_LINES)]
    prompt: Template = _("Which line comes first, and which ones follow?")
    decoys: tuple[Decoy, ...] = ()
    rules: Annotated[tuple[Rule, ...], msgspec.Meta(max_length=12)] = ()
    """With rules, every order that keeps them is right; without, only the order in the file."""
    hint: Template = ""
    """The reply to a wrong order that breaks no rule and contains no decoy."""


class OfferedLines(Exhibit, frozen=True):
    """The lines as offered to the learner, each with its number."""

    kind = "order"
    offered: tuple[str, ...]
    wanted: int
    """How many lines the answer has."""
    given: tuple[int, ...] = ()
    """The numbers in the latest answer."""

    def lines(self) -> tuple[str, ...]:
        """The lines as offered, and the latest answer."""
        offered = tuple(f"{number}  {line}" for number, line in enumerate(self.offered, 1))
        return (*offered, *(f"{'':3}{self.offered[number - 1]}" for number in self.given))


class OrderPage(QuestionPage):
    """The answer gives the numbers of the lines as offered: `3142`."""

    name = key_in_file = "order"
    table = Order
    spec: Order
    kind = None  # the answer is not a number of the run
    worth_later = 0.5  # however many lines there are

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """Check that there are not too many lines, and that the rules name them and hold for the file's order."""
        most = len(spec.lines)
        if most + len(spec.decoys) > MOST_LINES:
            spot.at("decoys").refuse(
                _("decoys: there may be at most {most} lines and decoys together", most=MOST_LINES)
            )
        for index, rule in enumerate(spec.rules):
            if not 1 <= rule.first < rule.then <= most:
                says = _(
                    "rules: first and then must be line numbers from 1 to {most}, and first must be the smaller",
                    most=most,
                )
                spot.at("rules", index).refuse(says)
            if rule.or_after and not rule.then < rule.or_after <= most:
                spot.at("rules", index).refuse(_("rules: or_after must be a line number greater than then"))
        if {decoy.text for decoy in spec.decoys} & set(spec.lines):
            spot.at("decoys").refuse(_("decoys: one of them is among the lines"))

    def prepare(self) -> None:
        """Shuffle the lines, in the same way each time."""
        self.prompt = filled(self.spec.prompt, self.scope())
        self.decoys = {decoy.text: decoy.says for decoy in self.spec.decoys}
        lines = [*self.spec.lines, *self.decoys]
        mixed = list(lines)
        mixer = random.Random(self.step.name)  # noqa: S311  # nothing secret
        while mixed == lines or mixed[: len(self.spec.lines)] == list(self.spec.lines):
            mixer.shuffle(mixed)
        self.mixed = tuple(mixed)
        self.given: tuple[int, ...] = ()

    @property
    def right(self) -> str:
        """The file's order, as the numbers of the lines offered."""
        numbers, left = list[int](), list(self.mixed)
        for line in self.spec.lines:
            numbers.append(left.index(line) + 1)
            left[numbers[-1] - 1] = ""
        return "".join(map(str, numbers))

    def exhibit(self) -> OfferedLines:
        """The lines as offered, and the latest answer."""
        return OfferedLines(self.mixed, len(self.spec.lines), self.given)

    def examples(self) -> tuple[str, ...]:
        """Some digits, in an order that is not the right one."""
        return ("".join(sorted(self.right)),)

    def _numbers(self, text: str) -> tuple[int, ...]:
        """The line numbers in an answer.

        Raises:
            ValueError: some are missing, do not exist, or are given twice.
        """
        digits = re.sub(r"[\s,]", "", text.translate(WIDE_FORMS))
        wanted, most = len(self.spec.lines), len(self.mixed)
        if not re.fullmatch(f"[1-{most}]*", digits) or len(set(digits)) < len(digits):
            values = {"wanted": wanted, "most": most}
            raise ValueError(_("type {wanted} of the numbers 1 to {most}, in order and each once", **values))
        if len(digits) != wanted:
            raise ValueError(
                _("the order needs {wanted} lines, but you gave {given}", wanted=wanted, given=len(digits))
            )
        return tuple(map(int, digits))

    def understood(self, text: str) -> str:
        """The digits alone."""
        return "".join(map(str, self._numbers(text)))

    def judged(self, answer: Answer) -> Judgement:
        """Names a decoy first, then a broken rule."""
        self.given = self._numbers(answer.text)
        lines = [self.mixed[number - 1] for number in self.given]
        said = next((self.decoys[line] for line in lines if line in self.decoys), "") or self._broken(lines)
        if said:
            return Judgement(False, (Misconception("own", 0.0, "", said),), said)
        if self.spec.rules or lines == list(self.spec.lines):
            return Judgement(True)
        right = next(place for place, line in enumerate(lines) if line != self.spec.lines[place])
        hint = filled(self.spec.hint, self.scope())
        so_far = ngettext("The first line is right.", "The first {n} lines are right.", right) if right else ""
        return Judgement(False, (), hint or so_far)

    def _broken(self, lines: Sequence[str]) -> str:
        """The message of the first rule that is broken."""
        places = [lines.index(line) if line in lines else -1 for line in self.spec.lines]
        broken = (
            rule
            for rule in self.spec.rules
            if places[rule.first - 1] > places[rule.then - 1]
            and not (rule.or_after and places[rule.first - 1] > places[rule.or_after - 1])
        )
        return next((rule.says for rule in broken), "")

    def replied(self, judgement: Judgement) -> tuple[str, ...]:
        """What is wrong; finally the right order."""
        if judgement.is_right:
            is_that_of_the_file = "".join(map(str, self.given)) == self.right
            return (_("Right: this is the order.") if is_that_of_the_file else _("Right: this order works too."),)
        if self.wrong < self.tries:
            return _("That is not the right order."), judgement.reply
        self.given = tuple(map(int, self.right))
        return _("The order is {order}.", order=", ".join(self.right)), judgement.reply
