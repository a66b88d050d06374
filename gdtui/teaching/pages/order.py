"""A page on which lines are put in order: those of a program, or of a derivation."""

import random
import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from gdtui.experiment.expressions import filled
from gdtui.numbers import WIDE_FORMS, count
from gdtui.teaching.lesson import Step
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.page import Exhibit
from gdtui.teaching.pages.question import QuestionPage
from gdtui.teaching.prediction import Judgement
from gdtui.teaching.questions.ask import Line, Part
from gdtui.teaching.spot import Spot
from gdtui.text import listed

MOST_LINES = 9
"""Lines and decoys together: each is called by one digit."""


class Decoy(Part, frozen=True, kw_only=True):
    """A line that does not belong there."""

    text: Line
    says: Line
    """What is wrong with it."""


class Rule(Part, frozen=True, kw_only=True):
    """What must come before what."""

    first: int
    """The number of a line, from 1 as the file has them."""
    then: int
    """The number of a line that has to come later."""
    or_after: int = 0
    """The number of a line after which the first may come instead, as in a loop, where that is before the next pass."""
    says: Line
    """What happens otherwise."""


class Order(Part, frozen=True, kw_only=True):
    """The lines in a right order, and what else is right."""

    lines: Annotated[tuple[Line, ...], msgspec.Meta(min_length=2, max_length=MOST_LINES)]
    prompt: Line = "Which line comes first, which next?"
    decoys: tuple[Decoy, ...] = ()
    rules: Annotated[tuple[Rule, ...], msgspec.Meta(max_length=12)] = ()
    """With rules every order is right that keeps them; without, that of the file alone."""
    hint: Line = ""
    """What to say to a wrong order that breaks no rule and has no decoy in it."""


class OfferedLines(Exhibit, frozen=True):
    """The lines as they are offered, each with its number."""

    kind = "order"
    offered: tuple[str, ...]
    wanted: int
    """How many are to be put in order."""
    given: tuple[int, ...] = ()
    """The numbers that were given last."""

    def lines(self) -> tuple[str, ...]:
        """The lines, and the order given last."""
        offered = tuple(f"{number}  {line}" for number, line in enumerate(self.offered, 1))
        return (*offered, *(f"{'':3}{self.offered[number - 1]}" for number in self.given))


class OrderPage(QuestionPage):
    """The lines are called by their numbers as they are offered: `3142`."""

    name = "order"
    keys_in_file = ("order",)
    table = Order

    @classmethod
    def look_over(cls, table: Any, step: Step, spot: Spot) -> None:
        """There are few enough lines, and the rules are about them and hold in the order of the file."""
        number = len(table.lines)
        if number + len(table.decoys) > MOST_LINES:
            spot.at("decoys").refuse(f"decoys: at most {MOST_LINES} lines, decoys among them")
        for index, rule in enumerate(table.rules):
            if not 1 <= rule.first < rule.then <= number:
                spot.at("rules", index).refuse(
                    f"rules: first and then are numbers of lines, from 1 to {number}, and then is the later one"
                )
            if rule.or_after and not rule.then < rule.or_after <= number:
                spot.at("rules", index).refuse("rules: or_after is the number of a line after then")
        if {decoy.text for decoy in table.decoys} & set(table.lines):
            spot.at("decoys").refuse("decoys: one of them is among the lines")
        for field in ("prompt", "hint"):
            spot.at(field).template(getattr(table, field))

    @property
    def kind(self) -> None:
        """No number is asked for."""

    def prepare(self) -> None:
        """Mix the lines, always alike."""
        self.order: Order = self.table_in_file
        self.decoys = {decoy.text: decoy.says for decoy in self.order.decoys}
        lines = [*self.order.lines, *self.decoys]
        mixed = list(lines)
        mixer = random.Random(self.step.name)  # noqa: S311  # nothing secret
        while mixed == lines or mixed[: len(self.order.lines)] == list(self.order.lines):
            mixer.shuffle(mixed)
        self.mixed = tuple(mixed)
        self.given: tuple[int, ...] = ()

    @property
    def prompt(self) -> str:
        """The question."""
        return filled(self.order.prompt, self.scope())

    @property
    def right(self) -> str:
        """The order of the file, by the numbers of the lines as they are offered."""
        numbers, left = list[int](), list(self.mixed)
        for line in self.order.lines:
            numbers.append(left.index(line) + 1)
            left[numbers[-1] - 1] = ""
        return "".join(map(str, numbers))

    def exhibit(self) -> OfferedLines:
        """The lines as they are offered, and how they were put."""
        return OfferedLines(self.mixed, len(self.order.lines), self.given)

    def examples(self) -> tuple[str, ...]:
        """Some digits, but not the right ones."""
        return ("".join(sorted(self.right)),)

    def _numbers(self, text: str) -> tuple[int, ...]:
        """The numbers of the lines that are given.

        Raises:
            ValueError: some are missing, there are none such, or one is given twice.
        """
        digits = re.sub(r"[\s,]", "", text.translate(WIDE_FORMS))
        wanted, most = len(self.order.lines), len(self.mixed)
        if not re.fullmatch(f"[1-{most}]*", digits) or len(set(digits)) < len(digits):
            raise ValueError(f"type the numbers of the lines in their order, each once, from 1 to {most}")
        if len(digits) != wanted:
            raise ValueError(f"{count(wanted, 'line')} are needed, and here are {len(digits)}")
        return tuple(map(int, digits))

    def understood(self, text: str) -> str:
        """The numbers alone."""
        return "".join(map(str, self._numbers(text)))

    def judged(self, text: str) -> Judgement:
        """A decoy is named first, then a rule that is broken."""
        self.given = self._numbers(text)
        lines = [self.mixed[number - 1] for number in self.given]
        said = next((self.decoys[line] for line in lines if line in self.decoys), "") or self._broken(lines)
        if said:
            return Judgement(False, (Misconception("own", 0.0, "", said),), said)
        if self.order.rules or lines == list(self.order.lines):
            return Judgement(True)
        right = next(place for place, line in enumerate(lines) if line != self.order.lines[place])
        hint = filled(self.order.hint, self.scope())
        so_far = f"Right from the top: {count(right, 'line')}. The next is not." if right else ""
        return Judgement(False, (), hint or so_far)

    def _broken(self, lines: Sequence[str]) -> str:
        """What the first rule that is broken says."""
        places = [lines.index(line) if line in lines else -1 for line in self.order.lines]
        broken = (
            rule
            for rule in self.order.rules
            if places[rule.first - 1] > places[rule.then - 1]
            and not (rule.or_after and places[rule.first - 1] > places[rule.or_after - 1])
        )
        return next((rule.says for rule in broken), "")

    def replied(self, judgement: Judgement) -> tuple[str, ...]:
        """What is wrong; at last the order."""
        if judgement.is_right:
            return ("Right: this is the order.",)
        if self.wrong < self.tries:
            return "Not in this order.", judgement.reply
        self.given = tuple(map(int, self.right))
        return f"The order is {listed(list(self.right))}.", judgement.reply

    @property
    def worth_later(self) -> float:
        """Half, whatever the lines."""
        return 0.5
