"""Pages that ask a question, by itself or before an action."""

from collections.abc import Sequence
from typing import Any, ClassVar

from gdtui.errors import UserError
from gdtui.numbers import parse_answer, signed, significant
from gdtui.teaching.events import Answer
from gdtui.teaching.lesson import Spot, Step
from gdtui.teaching.page import Outcome
from gdtui.teaching.pages.page import Page, begin, tell
from gdtui.teaching.prediction import Judgement, Prediction, judge, parse_choice, reply_lines
from gdtui.teaching.questions.all_kinds import KINDS, predict_for
from gdtui.teaching.questions.question import Question
from gdtui.teaching.scope import revealed_by
from gdtui.text import _, one_of


class QuestionPage(Page):
    """The run stays where it is until the question is answered; then the step that reveals the answer is taken."""

    name = key_in_file = "ask"
    is_question = True
    tries: ClassVar[int] = 2

    not_yet = _("answer the question first")
    is_done = False
    prediction: Prediction

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """Check that the kind of question exists and has the fields it needs."""
        kind = KINDS.get(spec.kind)
        if kind is None:
            spot.at("kind").refuse(f"kind: {one_of(spec.kind, KINDS)}")
        for field in ("answer", "choices"):
            if (field in kind.needs) != bool(getattr(spec, field)):
                owner = next(name for name, other in KINDS.items() if field in other.needs)
                says = _("a question of kind = \"{owner}\" needs '{field}', and no other kind takes it")
                spot.at(field).refuse(says.format(owner=owner, field=field))
        if not all(getattr(spec, field) for field in kind.needs):
            spot.at("kind").refuse(_("kind: this one needs 'prompt', 'hint' and 'worked'"))
        if spec.words and len(spec.words) != len(kind.choices):
            words = ", ".join(kind.choices)
            needed = (
                _("words: give one for each of {words}", words=words)
                if words
                else _("words: this kind of question takes none")
            )
            spot.at("words").refuse(needed)

    @property
    def kind(self) -> type[Question] | None:
        """The kind of question."""
        return KINDS[self.spec.kind]

    def ask(self) -> Prediction:
        """The question about the run in its present state.

        Raises:
            UserError: it cannot be asked.
        """
        return predict_for(self.spec, self.scope())

    def prepare(self) -> None:
        """Ask the question about the run in its present state."""
        try:
            self.prediction = self.ask()
        except UserError:
            # The learner's own run may have gone where this cannot be asked; the lesson's run has not.
            begin(self)
            self.prediction = self.ask()
        self.prompt = self.prediction.prompt

    def model_answer(self) -> Sequence[Answer]:
        """The right answer."""
        return (Answer(self.right),)

    def answered(self, answer: Answer) -> Outcome:
        """Judge an answer. The page is done after a right one, or after all tries are used up."""
        judgement = self.judged(answer)
        self.answer_given = self.understood(answer.text)
        self.wrong += not judgement.is_right
        self.reply = tuple(filter(None, self.replied(judgement)))
        right = self.right  # read before the step is taken
        if judgement.is_right or self.wrong >= self.tries:
            self._close(judgement.is_right)
        kinds = tuple(misconception.name or misconception.kind for misconception in judgement.misconceptions)
        return Outcome(True, self.reply, judgement.is_right, kinds, (right,), self.is_done)

    @property
    def right(self) -> str:
        """The right answer."""
        return self.prediction.answer

    def judged(self, answer: Answer) -> Judgement:
        """The judgement of an answer.

        Raises:
            ValueError: it is not an answer; the reason is fit to be shown.
        """
        return judge(self.prediction, answer.text, is_strict=answer.is_strict)

    def replied(self, judgement: Judgement) -> tuple[str, ...]:
        """The reply to an answer."""
        return reply_lines(self.prediction, judgement, self.wrong)

    def understood(self, text: str) -> str:
        """A choice, or a number as it is shown."""
        choices = self.prediction.choices
        return choices[parse_choice(text, choices)] if choices else significant(parse_answer(text).value)

    def _close(self, is_right: bool) -> None:
        """Count the points, and take the step that the question was about."""
        self.is_done, self.was_right = True, is_right
        earned = is_right * (self.worth_later if self.wrong else 1)
        self.points += earned * self.step.points
        if self.wrong:
            self.missed[self.filled(self.step.title) or self.step.name] += self.wrong
        self.after_it()
        tell(self, revealed_by(self.step.reveal, self.scope()))

    @property
    def worth_later(self) -> float:
        """The part of the points for a second try: none if only one choice was left."""
        return 0 if len(self.prediction.choices) == 2 else 0.5

    def after_it(self) -> None:
        """The answer is no longer secret; take the step that reveals it."""
        if self.kind:
            tell(self, {self.kind.name})
        if self.kind and self.kind.takes_step:
            self.run.step()


class ForecastPage(QuestionPage):
    """A question before an action on the same page. It has one try, and is judged after the action."""

    name = "forecast"
    within = ("watch", "turn", "measure", "goal")
    tries = 1

    said = ""
    """The learner's answer."""
    later: tuple[str, ...] = ()
    """The reply, to be shown after the action."""

    def judged(self, answer: Answer) -> Judgement:
        """Judge the answer, and keep it for later."""
        judgement = super().judged(answer)
        self.said = self.understood(answer.text)
        return judgement

    def replied(self, judgement: Judgement) -> tuple[str, ...]:
        """The learner's answer, unless a watched run shows it anyway. The reply has to wait for the action."""
        self.later = reply_lines(self.prediction, judgement, 2)
        return () if getattr(self.step, "watch", None) else (_("You said: {answer}", answer=signed(self.said)),)

    def after_it(self) -> None:
        """Do nothing yet: the action will reveal the answer."""
