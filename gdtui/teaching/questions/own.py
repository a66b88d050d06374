"""Questions of a lesson's own: the value of an expression, or one of several choices."""

from gdtui.errors import UserError
from gdtui.experiment.expressions import evaluate, parse
from gdtui.teaching.prediction import Prediction, offering
from gdtui.teaching.questions.question import Question
from gdtui.teaching.scope import number_of
from gdtui.text import _


class Value(Question):
    """The value of an expression."""

    name = "value"
    needs = ("answer", "prompt", "hint", "worked")

    def prediction(self) -> Prediction:
        """The value; the words are the lesson's."""
        return Prediction(truth=number_of(self.ask.answer, self.scope))


class OneOfSeveral(Question):
    """One of several choices."""

    name = "choice"
    needs = ("choices", "prompt", "hint", "worked")

    def prediction(self) -> Prediction:
        """The choice whose condition holds."""
        scope, choices = self.scope, self.ask.choices
        right = [index for index, choice in enumerate(choices) if evaluate(parse(choice.when), scope) is True]
        if len(right) != 1:
            raise UserError(_("{n} of the choices are right; exactly one has to be", n=len(right)))
        return offering(choices, scope, truth=right[0])
