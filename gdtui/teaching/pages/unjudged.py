"""Pages with answers that are not judged: a sentence in the learner's own words, or an opinion."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import msgspec

from gdtui.teaching.events import Answer
from gdtui.teaching.page import Outcome, refused
from gdtui.teaching.pages.page import MISSING, Page
from gdtui.teaching.prediction import Prediction, offering, parse_choice
from gdtui.teaching.questions.ask import Hinted, Opinion, Part, Template
from gdtui.text import _, clean

LONGEST = 1_000
"""The most characters of an answer in the learner's own words."""


class OwnWords(Hinted, frozen=True, kw_only=True):
    """What to explain in one's own words."""

    prompt: Template


class Poll(OwnWords, frozen=True, kw_only=True):
    """A question for everybody, with its choices."""

    choices: Annotated[tuple[Opinion, ...], msgspec.Meta(min_length=2, max_length=6)]


class OwnWordsPage(Page):
    """The answer goes into the record, where the teacher can read it."""

    name = key_in_file = "words"
    table: ClassVar[type[Part]] = OwnWords
    is_question = True
    is_judged = False
    is_done = False
    not_yet = _("write a sentence of your own first")
    takes_any = "…"
    """An answer for the model answer, as any answer is accepted."""

    def prepare(self) -> None:
        """Fill in the numbers."""
        self.prompt = self.filled(self.spec.prompt)

    def model_answer(self) -> Sequence[Answer]:
        """Any answer will do."""
        return (Answer(self.takes_any),)

    def answered(self, answer: Answer) -> Outcome:
        """Keep an answer."""
        said, self.reply = self.understood(answer.text), self.replied(answer.text)
        if not said:
            return refused(self.not_yet)
        self.is_done = self.was_right = True  # no answer is wrong here
        return Outcome(True, self.reply, is_done=True)

    def understood(self, text: str) -> str:
        """The sentence, fit to be shown.

        Raises:
            ValueError: it is too long.
        """
        if len(text) > LONGEST:
            raise ValueError(_("this is too long: write at most {most:,} characters", most=LONGEST))
        return clean(text.strip(), LONGEST)

    def replied(self, text: str) -> tuple[str, ...]:
        """What was written, and who will read it."""
        return _("Kept in your record, where your teacher can read it:"), self.understood(text)


class PollPage(OwnWordsPage):
    """No answer is better than another."""

    name = key_in_file = "poll"
    table: ClassVar[type[Part]] = Poll
    prediction: Prediction
    not_yet = _("choose one first")
    takes_any = "1"

    def prepare(self) -> None:
        """Fill in the numbers."""
        super().prepare()
        self.prediction = offering(self.spec.choices, self.scope(), MISSING, truth=0.0, prompt=self.prompt)

    def understood(self, text: str) -> str:
        """The choice that is meant.

        Raises:
            ValueError: it is not one of the choices.
        """
        return self.prediction.choices[self._chosen(text)]

    def replied(self, text: str) -> tuple[str, ...]:
        """The choice, and the reply to it."""
        reply = self.prediction.replies[self._chosen(text)]
        return _("You chose: {answer}", answer=self.understood(text)), *filter(None, [reply])

    def _chosen(self, text: str) -> int:
        return parse_choice(text, self.prediction.choices)
