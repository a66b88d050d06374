"""All kinds of question, and how one is asked."""

import math

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.expressions import evaluate, filled, parse
from gdtui.lab.run import Run
from gdtui.numbers import enough_decimals, numeral, significant
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.prediction import USUAL_DECIMALS, Prediction, offering
from gdtui.teaching.questions.ask import Ask, OwnMisconception
from gdtui.teaching.questions.cost import Cost, Direction, Epochs, NextCost
from gdtui.teaching.questions.parameter import Gradient, Next, Update
from gdtui.teaching.questions.question import Question
from gdtui.teaching.questions.rate import Converges, Limit, OneStep
from gdtui.teaching.scope import RunScope, number_of
from gdtui.text import _


class Value(Question):
    """The value of an expression."""

    name = "value"
    needs = ("answer", "prompt", "hint", "worked")

    def prediction(self) -> Prediction:
        """The value; the lesson supplies the words."""
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


_ALL: tuple[type[Question], ...] = (
    *(Next, Direction, Gradient, Update, Cost, NextCost, Epochs, OneStep, Limit, Converges),
    *(Value, OneOfSeveral),
)

KINDS: dict[str, type[Question]] = {kind.name: kind for kind in _ALL}
"""Every kind by name, in the order in which people see them listed."""


def lab_kinds() -> list[type[Question]]:
    """The kinds that the lab asks, in turn."""
    return [kind for kind in KINDS.values() if kind.lab_words]


def predict(
    run: Run, backend: Backend, kind: str, *, of: str = "", decimals: int | None = None, below: float = 0.01
) -> Prediction:
    """A question about the current epoch of a run; the run does not move.

    `of` names a parameter, the first by default; `below` is the cost for `epochs`. Without `decimals`, it asks for
    enough of them to show three digits of the number.

    Raises:
        UserError: this cannot be asked here.
    """
    return _usual(Ask(kind=kind, of=of, below=below), RunScope(run, backend), decimals)


def predict_for(ask: Ask, scope: RunScope) -> Prediction:
    """The question of a lesson, in the lesson's own words if it has any.

    Raises:
        UserError: it cannot be asked about this run.
    """
    own = [own_misconception(each, scope) for each in ask.misconceptions]
    usual = _usual(ask, scope, None if ask.digits else ask.decimals)
    words = {name: filled(getattr(ask, name), scope) for name in ("prompt", "hint", "worked") if getattr(ask, name)}
    # A lesson's own name for a number replaces the program's.
    others = [each for each in usual.misconceptions if not any(usual.agrees(each.value, mine.value) for mine in own)]
    return msgspec.structs.replace(
        usual,
        misconceptions=() if usual.choices else (*own, *others),
        choices=ask.words or usual.choices,
        **words,
    )


def _usual(ask: Ask, scope: RunScope, decimals: int | None) -> Prediction:
    """The question in the program's words."""
    question = KINDS[ask.kind](ask, scope)
    found = question.prediction()
    if not math.isfinite(found.truth):
        raise UserError(_("the answer is too large to ask for: choose a smaller lr"))
    if question.decimals is not None:
        decimals = question.decimals
    enough = enough_decimals(found.truth, ask.digits or USUAL_DECIMALS) if decimals is None else decimals
    asking, dtype = found.asking(enough), scope.run.experiment.dtype
    if asking is None:
        by = significant(found.noise, 2)
        if dtype == "float32":
            raise UserError(_("float32 rounds this by up to {by}, so no digit is reliable: use float64", by=by))
        raise UserError(
            _("{dtype} rounds this by up to {by}, so no digit is reliable: standardize x", dtype=dtype, by=by)
        )
    wrong = (
        each for each in found.misconceptions if each.kind != "minimum" or not found.agrees(each.value, found.truth)
    )
    return msgspec.structs.replace(asking, misconceptions=tuple(wrong))


def own_misconception(foreseen: OwnMisconception, scope: RunScope) -> Misconception:
    """A misconception that the lesson foresees. Its line uses the lesson's words instead of the expression."""
    value = number_of(foreseen.value, scope)
    line = _("{number} is {what}.", number=numeral(value), what=foreseen.says.removesuffix("."))
    return Misconception("own", value, line, foreseen.says)
