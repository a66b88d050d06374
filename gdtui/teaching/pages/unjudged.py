"""Pages that ask for what nobody judges: a sentence in the learner's own words, or an opinion."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec

from gdtui.experiment.expressions import filled
from gdtui.teaching.answers import parse_choice
from gdtui.teaching.events import Answer
from gdtui.teaching.lesson import Step
from gdtui.teaching.page import Outcome, refused
from gdtui.teaching.pages.page import MISSING, Page
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.ask import Line, Part
from gdtui.teaching.spot import Spot
from gdtui.text import clean

LONGEST = 1_000
"""The most characters of an answer in own words."""


class OwnWords(Part, frozen=True, kw_only=True):
    """What to put into one's own words."""

    prompt: Line


class Opinion(Part, frozen=True, kw_only=True):
    """One of the answers of a poll."""

    text: Line
    says: Line = ""
    """What to reply to it."""


class Poll(Part, frozen=True, kw_only=True):
    """What everybody is asked for, and the answers."""

    prompt: Line
    choices: Annotated[tuple[Opinion, ...], msgspec.Meta(min_length=2, max_length=6)]


class OwnWordsPage(Page):
    """The answer is kept in the record, and shown to the teacher."""

    name = "words"
    keys_in_file: ClassVar[tuple[str, ...]] = ("words",)
    table: ClassVar[type[Part]] = OwnWords
    is_question = True
    is_judged = False
    is_done = False
    not_yet = "write a sentence of your own first"

    @classmethod
    def look_over(cls, table: Any, step: Step, spot: Spot) -> None:
        """What is in the table can be read."""
        spot.at("prompt").template(table.prompt)

    def prepare(self) -> None:
        """Fill in the numbers."""
        self.asked = filled(self.table_in_file.prompt, self.scope(), MISSING)

    @property
    def prompt(self) -> str:
        """The question."""
        return self.asked

    def model_answer(self) -> Sequence[Answer]:
        """Anything will do."""
        return (Answer("…"),)

    def answer(self, text: str) -> Outcome:
        """Keep an answer."""
        if self.is_done:
            return refused("it is answered")
        try:
            said, self.reply = self.understood(text), self.replied(text)
        except ValueError as error:
            return refused(str(error))
        if not said:
            return refused(self.not_yet)
        self.is_done = self.was_right = True  # nothing that is said here is wrong
        return Outcome(True, self.reply, is_done=True)

    def understood(self, text: str) -> str:
        """The sentence, fit to be shown.

        Raises:
            ValueError: it is too long.
        """
        if len(text) > LONGEST:
            raise ValueError(f"an answer has at most {LONGEST:,} characters")
        return clean(text.strip(), LONGEST)

    def replied(self, text: str) -> tuple[str, ...]:
        """What was written, and who reads it."""
        return "Kept in your record, where your teacher can read it:", self.understood(text)


class PollPage(OwnWordsPage):
    """Each answer is as good as the others."""

    name = "poll"
    keys_in_file = ("poll",)
    table: ClassVar[type[Part]] = Poll
    prediction: Prediction
    not_yet = "choose one first"

    @classmethod
    def look_over(cls, table: Any, step: Step, spot: Spot) -> None:
        """What is in the table can be read."""
        super().look_over(table, step, spot)
        for index, choice in enumerate(table.choices):
            for field in ("text", "says"):
                spot.at("choices", index, field).template(getattr(choice, field))

    def prepare(self) -> None:
        """Fill in the numbers."""
        super().prepare()
        scope, choices = self.scope(), self.table_in_file.choices
        texts = tuple(filled(each.text, scope, MISSING) for each in choices)
        replies = tuple(filled(each.says, scope, MISSING) for each in choices)
        self.prediction = Prediction(0.0, self.asked, choices=texts, replies=replies)

    def model_answer(self) -> Sequence[Answer]:
        """Any of them will do."""
        return (Answer("1"),)

    def understood(self, text: str) -> str:
        """The answer that is meant.

        Raises:
            ValueError: it is none of them.
        """
        return self.prediction.choices[self._chosen(text)]

    def replied(self, text: str) -> tuple[str, ...]:
        """What was chosen, and the reply to it."""
        return f"You chose: {self.understood(text)}", *filter(None, [self.prediction.replies[self._chosen(text)]])

    def _chosen(self, text: str) -> int:
        return parse_choice(text, self.prediction.choices)
