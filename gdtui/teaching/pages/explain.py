"""A page that asks why: the sentence is chosen that says it, and each has a reply of its own."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.expressions import evaluate, filled, parse
from gdtui.teaching.lesson import Step
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.pages.question import QuestionPage
from gdtui.teaching.prediction import Judgement, Prediction, judge
from gdtui.teaching.questions.ask import Line, Part
from gdtui.teaching.spot import Spot


class Sentence(Part, frozen=True, kw_only=True):
    """One of the sentences to choose from."""

    text: Line
    says: Line
    """The reply: why it is so, or what the sentence mistakes."""
    right: bool = False
    """Whether it is the one. Exactly one is."""
    when: Line = ""
    """What the sentence claims, as a condition: true of the right one, false of the others, as is checked."""


class Explain(Part, frozen=True, kw_only=True):
    """What is to be explained, and the sentences."""

    prompt: Line
    choices: Annotated[tuple[Sentence, ...], msgspec.Meta(min_length=2, max_length=6)]


class ExplainPage(QuestionPage):
    """A wrong sentence is told what it mistakes; the second wrong one, which is right."""

    name = "explain"
    keys_in_file = ("explain",)
    table = Explain

    @classmethod
    def look_over(cls, table: Any, step: Step, spot: Spot) -> None:
        """One sentence is right, and what is in them can be read."""
        if (right := sum(choice.right for choice in table.choices)) != 1:
            spot.at("choices").refuse(f"{right} of the choices are right; exactly one has to be: right = true")
        spot.at("prompt").template(table.prompt)
        for index, choice in enumerate(table.choices):
            spot.at("choices", index, "text").template(choice.text)
            spot.at("choices", index, "says").template(choice.says)
            if choice.when:
                spot.at("choices", index, "when").expression(choice.when)

    @property
    def explain(self) -> Explain:
        """What the file says."""
        explain: Explain = self.table_in_file
        return explain

    @property
    def kind(self) -> None:
        """No number is asked for."""

    def ask(self) -> Prediction:
        """The sentences, with their numbers."""
        scope, choices = self.scope(), self.explain.choices
        return Prediction(
            truth=next(index for index, choice in enumerate(choices) if choice.right),
            prompt=filled(self.explain.prompt, scope),
            choices=tuple(filled(choice.text, scope) for choice in choices),
            replies=tuple(filled(choice.says, scope) for choice in choices),
        )

    def flaws(self) -> Iterator[str]:
        """Claims that are not as the file has it."""
        scope = self.scope()
        for choice in self.explain.choices:
            try:
                holds = evaluate(parse(choice.when), scope) if choice.when else choice.right
            except UserError as error:
                yield f"'{choice.when}': {error}"
                continue
            if holds is not choice.right:
                yield f"'{choice.when}' is {'true' if holds else 'not true'}, of '{choice.text}'"

    def judged(self, text: str) -> Judgement:
        """A wrong sentence is itself what is mistaken."""
        judgement = judge(self.prediction, text)
        if judgement.is_right:
            return judgement
        sentence = self.understood(text)
        return Judgement(False, (Misconception("own", 0.0, "", sentence),), judgement.reply)

    def replied(self, judgement: Judgement) -> tuple[str, ...]:
        """The reply to the sentence; at last the right one with its reply."""
        if judgement.is_right:
            return "Right.", judgement.reply
        if self.wrong < self.tries:
            return "Not this one.", judgement.reply
        asked = self.prediction
        return "Not this one.", judgement.reply, f"The answer is: {asked.answer}", asked.replies[int(asked.truth)]
