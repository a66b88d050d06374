"""A page that asks why: the learner chooses a sentence, and each sentence has a reply."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.expressions import evaluate, filled, parse
from gdtui.teaching.events import Answer
from gdtui.teaching.lesson import Spot, Step
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.pages.question import QuestionPage
from gdtui.teaching.pages.unjudged import OwnWords
from gdtui.teaching.prediction import Judgement, Prediction, judge, offering
from gdtui.teaching.questions.ask import Formula, Opinion, Template
from gdtui.text import _


class Sentence(Opinion, frozen=True, kw_only=True):
    """One of the sentences to choose from."""

    says: Template
    """The reply: why it is so, or what is wrong with the sentence."""
    right: bool = False
    """Whether it is the right sentence. Exactly one is."""
    when: Formula = ""
    """The claim of the sentence as a condition; checked to be true of the right one and false of the others."""


class Explain(OwnWords, frozen=True, kw_only=True):
    """What to explain, and the sentences to choose from."""

    choices: Annotated[tuple[Sentence, ...], msgspec.Meta(min_length=2, max_length=6)]


class ExplainPage(QuestionPage):
    """The first wrong sentence gets its own reply; the second one also gets the right sentence."""

    name = key_in_file = "explain"
    table = Explain
    spec: Explain
    kind = None  # no number is asked for

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """Check that exactly one sentence is right."""
        if (right := sum(choice.right for choice in spec.choices)) != 1:
            spot.at("choices").refuse(_("{n} of the choices are right; exactly one must have right = true", n=right))

    def ask(self) -> Prediction:
        """The sentences, with their numbers filled in."""
        scope, choices = self.scope(), self.spec.choices
        right = next(index for index, choice in enumerate(choices) if choice.right)
        return offering(choices, scope, truth=right, prompt=filled(self.spec.prompt, scope))

    def flaws(self) -> Iterator[str]:
        """Sentences whose claim does not match whether they are right."""
        scope = self.scope()
        for choice in self.spec.choices:
            try:
                holds = evaluate(parse(choice.when), scope) if choice.when else choice.right
            except UserError as error:
                yield f"'{choice.when}': {error}"
                continue
            if holds is not choice.right:
                template = (
                    _("'{when}' is true, so '{text}' should be right")
                    if holds
                    else _("'{when}' is not true, so '{text}' should not be right")
                )
                yield template.format(when=choice.when, text=choice.text)

    def judged(self, answer: Answer) -> Judgement:
        """A wrong sentence counts as its own misconception."""
        judgement = judge(self.prediction, answer.text)
        mistaken = () if judgement.is_right else (Misconception("own", 0.0, "", self.understood(answer.text)),)
        return msgspec.structs.replace(judgement, misconceptions=mistaken)

    def replied(self, judgement: Judgement) -> tuple[str, ...]:
        """The sentence's reply; finally the right sentence with its reply."""
        if judgement.is_right:
            return _("Right."), judgement.reply
        if self.wrong < self.tries:
            return _("That one is not right."), judgement.reply
        asked = self.prediction
        answer = _("The answer is: {sentence}", sentence=asked.answer)
        return _("That one is not right."), judgement.reply, answer, asked.replies[int(asked.truth)]
