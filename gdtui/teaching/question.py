"""A lesson's question at the epoch where a run stands."""

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.expressions import ExpressionError, evaluate, filled, parse
from gdtui.lab.run import Run
from gdtui.numbers import enough_decimals, numeral
from gdtui.teaching.lesson import Ask
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.prediction import QUANTITIES, Prediction, Quantity, predict
from gdtui.teaching.scope import RunScope


def question(ask: Ask, run: Run, backend: Backend, scope: RunScope) -> Prediction:
    """The prediction that a page asks for.

    Raises:
        UserError: it cannot be asked of this run.
    """
    asked = _asked(ask, run, backend, scope)
    if ask.digits and not asked.choices:
        return msgspec.structs.replace(asked, decimals=enough_decimals(asked.truth, ask.digits))
    return asked


def _asked(ask: Ask, run: Run, backend: Backend, scope: RunScope) -> Prediction:
    own = _own_misconceptions(ask, scope)
    if ask.kind == "choice":
        return _choice(ask, scope)
    if ask.kind == "value":
        return Prediction(
            prompt=filled(ask.prompt, scope),
            quantity="value",
            truth=_number(ask.answer, scope),
            hint=filled(ask.hint, scope),
            worked=filled(ask.worked, scope),
            decimals=ask.decimals,
            misconceptions=own,
        )
    usual = predict(run, backend, _quantity(ask), of=ask.of, decimals=ask.decimals, below=ask.below)
    given = {name: filled(getattr(ask, name), scope) for name in ("prompt", "hint", "worked") if getattr(ask, name)}
    # A lesson's own words for a number stand in place of the program's.
    misconceptions = tuple(
        misconception
        for misconception in usual.misconceptions
        if not any(usual.agrees(misconception.value, mine.value) for mine in own)
    )
    return msgspec.structs.replace(
        usual, misconceptions=(*own, *misconceptions), choices=ask.words or usual.choices, **given
    )


def _quantity(ask: Ask) -> Quantity:
    quantity: Quantity = next(name for name in QUANTITIES if name == ask.kind)
    return quantity


def _choice(ask: Ask, scope: RunScope) -> Prediction:
    right = [index for index, choice in enumerate(ask.choices) if evaluate(parse(choice.when), scope) is True]
    if len(right) != 1:
        raise UserError(f"{len(right)} of the choices are right; exactly one has to be")
    return Prediction(
        prompt=filled(ask.prompt, scope),
        quantity="choice",
        truth=right[0],
        hint=filled(ask.hint, scope),
        worked=filled(ask.worked, scope),
        choices=tuple(filled(choice.text, scope) for choice in ask.choices),
        replies=tuple(filled(choice.says, scope) for choice in ask.choices),
    )


def _own_misconceptions(ask: Ask, scope: RunScope) -> tuple[Misconception, ...]:
    values = [(_number(misconception.value, scope), misconception) for misconception in ask.misconceptions]
    return tuple(
        Misconception("own", value, _in_words(misconception.value, value), misconception.says)
        for value, misconception in values
    )


def _in_words(source: str, value: float) -> str:
    """What a lesson's own misconception comes to, without the names of its expression: `says` tells what it is."""
    if source.startswith("min_") and source.isidentifier():
        return f"the minimum is at {source.removeprefix('min_')} = {numeral(value)}"
    return f"that comes to {numeral(value)}"


def _number(source: str, scope: RunScope) -> float:
    value = evaluate(parse(source), scope)
    if isinstance(value, str | bool):
        raise ExpressionError(f"'{source}' is no number")
    return value
