"""A page that asks a question."""

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.expressions import filled
from gdtui.teaching.lesson import Lesson, Step
from gdtui.teaching.page import Outcome, refused
from gdtui.teaching.pages.page import MISSING, Page
from gdtui.teaching.prediction import Prediction, judge, reply_lines
from gdtui.teaching.questions.all_kinds import KINDS, predict_for
from gdtui.teaching.questions.ask import Ask
from gdtui.teaching.revealed import revealed_by


class QuestionPage(Page):
    """Nothing moves until the question is answered; then the step that reveals it is taken."""

    not_yet = "answer first"
    prediction: Prediction

    def __init__(self, ask: Ask, lesson: Lesson, step: Step, backend: Backend, before: Page | None) -> None:
        self.ask = ask
        self.is_done = False
        self.wrong = 0
        """How many answers were wrong."""
        super().__init__(lesson, step, backend, before)

    def prepare(self) -> None:
        """Ask about the run as it stands."""
        try:
            self.prediction = predict_for(self.ask, self.scope())
        except UserError:
            # The learner's own run may have gone where this cannot be asked; the lesson's own has not.
            self.begin()
            self.prediction = predict_for(self.ask, self.scope())

    def answer(self, text: str) -> Outcome:
        """Judge an answer: after a right one, or the second wrong one, the page is done."""
        if self.is_done:
            return refused("it is answered")
        asked = self.prediction
        try:
            judgement = judge(asked, text)
        except ValueError as error:
            return refused(str(error))
        self.wrong += not judgement.is_right
        self.reply = reply_lines(asked, judgement, self.wrong)
        if judgement.is_right or self.wrong >= 2:
            self._close(judgement.is_right)
        kinds = tuple(misconception.name or misconception.kind for misconception in judgement.misconceptions)
        return Outcome(True, self.reply, judgement.is_right, kinds, (asked.answer,), self.is_done)

    def _close(self, is_right: bool) -> None:
        """Count the points, and take the step that the question was about."""
        self.is_done, self.was_right = True, is_right
        second = 0 if len(self.prediction.choices) == 2 else 0.5
        self.points += is_right * (second if self.wrong else 1)
        if self.wrong:
            self.missed.append(filled(self.step.title, self.scope(), MISSING) or self.step.name)
        kind = KINDS[self.ask.kind]
        self.tell({kind.name})
        if kind.takes_step:
            self.run.step()
        self.tell(revealed_by(self.step.reveal, self.scope()))
