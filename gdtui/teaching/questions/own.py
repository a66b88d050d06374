"""Questions of a lesson's own: the value of an expression, or one of several choices."""

from gdtui.errors import UserError
from gdtui.experiment.expressions import ExpressionError, evaluate, filled, parse
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.question import Question
from gdtui.teaching.scope import RunScope


class Value(Question):
    """The value of an expression."""

    name = "value"
    needs = ("answer", "prompt", "hint", "worked")

    def prediction(self) -> Prediction:
        """The value; the words are the lesson's."""
        return Prediction(truth=number(self.ask.answer, self.scope))


class OneOfSeveral(Question):
    """One of several choices."""

    name = "choice"
    needs = ("choices", "prompt", "hint", "worked")

    def prediction(self) -> Prediction:
        """The choice whose condition holds."""
        scope, choices = self.scope, self.ask.choices
        right = [index for index, choice in enumerate(choices) if evaluate(parse(choice.when), scope) is True]
        if len(right) != 1:
            raise UserError(f"{len(right)} of the choices are right; exactly one has to be")
        return Prediction(
            truth=right[0],
            choices=tuple(filled(choice.text, scope) for choice in choices),
            replies=tuple(filled(choice.says, scope) for choice in choices),
        )


def number(source: str, scope: RunScope) -> float:
    """The value of an expression that is a number.

    Raises:
        ExpressionError: it is none.
    """
    value = evaluate(parse(source), scope)
    if isinstance(value, str | bool):
        raise ExpressionError(f"'{source}' is no number")
    return value
