"""Predict, then reveal: a question about a run, the true answer, and what a wrong one tells."""

import math
from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal
from typing import Literal, get_args

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import CONVENTIONS
from gdtui.lab.frame import Unknown
from gdtui.lab.run import Run
from gdtui.numbers import (
    SAME,
    Typed,
    bracketed,
    count,
    enough_decimals,
    fixed,
    multiple,
    numeral,
    parse_answer,
    shortest,
    signed,
)
from gdtui.teaching.answers import parse_choice
from gdtui.teaching.forecast import Forecast
from gdtui.teaching.mini_batches import batches_of, misconceptions_in, rows_of, worked
from gdtui.teaching.misconceptions import (
    FACTORS,
    Misconception,
    cost_misconceptions,
    epochs_misconceptions,
    following_misconceptions,
    gradient_misconceptions,
    gradient_of,
    magnitude,
    minimum_misconception,
    rate_misconceptions,
    residuals,
    squares,
    update_misconceptions,
)
from gdtui.text import clean
from gdtui.theory.step_size import EPSILON

Quantity = Literal[
    "next",
    "gradient",
    "update",
    "cost",
    "next_cost",
    "direction",
    "epochs",
    "one_step",
    "limit",
    "converges",
]
"""What can be asked of any run: the parameter after the next epoch, the gradient, lr·gradient, the cost now and after
the next epoch, whether it goes up, how many epochs until it is below, the lr 1/L, the lr 2/L, whether it converges."""

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)


DIRECTIONS = ("up", "down", "same")
YES_NO = ("yes", "no")
SAME_COST = 1e-6
"""A cost is the same when it differs by less than this part of it."""

TAKES_A_STEP = frozenset({"next", "next_cost", "direction"})
"""Quantities that the next epoch reveals."""

ROUNDINGS = 8
"""How many roundings of the dtype an answer may be off by besides the digits asked for: no answer is wrong for that."""

DIGITS_TO_DROP = 2
"""Whoever cuts the last digit asked for off in place of rounding saw so many more."""

EVERY_DIGIT = Context(prec=400)
"""Room for the digits of any float."""


def gives_away(quantity: str) -> frozenset[Unknown]:
    """What of the epoch must not be seen while it is asked for; lessons' own questions keep all but the cost."""
    return _GIVES_AWAY.get(quantity, frozenset({"gradient", "update", "following", "verdict"}))


_GIVES_AWAY: dict[str, frozenset[Unknown]] = {
    "next": frozenset({"gradient", "update", "following", "verdict"}),
    "gradient": frozenset({"gradient", "update", "following", "verdict"}),
    "update": frozenset({"update", "following", "verdict"}),
    "cost": frozenset({"cost"}),
    **dict.fromkeys(
        ("next_cost", "direction", "epochs", "one_step", "limit", "converges"), frozenset({"following", "verdict"})
    ),
}
"""The verdict tells what an epoch multiplies the distance by, and so where the next one lands."""


class Prediction(msgspec.Struct, frozen=True):
    """A question with everything that is needed to judge an answer, as plain values."""

    prompt: str
    quantity: str
    truth: float
    """The right number, or the index of the right choice."""
    hint: str
    """What to think of, without numbers that give the answer."""
    worked: str
    """The line that leads to the answer, with numbers."""
    decimals: int = 3
    """The digits asked for behind the point."""
    choices: tuple[str, ...] = ()
    """Set where one of several is to be chosen."""
    replies: tuple[str, ...] = ()
    """What to say to each choice, where a lesson has something to say."""
    misconceptions: tuple[Misconception, ...] = ()
    takes_step: bool = False
    """Whether the next epoch reveals it."""
    noise: float = 0.0
    """How far the run's own number may be from the exact one, for the rounding of its dtype."""
    misconception_noise: float = 0.0
    """The same for misconceptions: a gradient that is not multiplied by lr is off by more than one that is."""

    @property
    def answer(self) -> str:
        """The right answer as shown."""
        return self.choices[int(self.truth)] if self.choices else fixed(self.truth, self.decimals)

    def coinciding(self) -> tuple[Misconception, ...]:
        """Misconceptions that give the right answer too, at the digits asked for."""
        return tuple(
            misconception for misconception in self.misconceptions if self.agrees(misconception.value, self.truth)
        )

    def agrees(self, value: float, wanted: float) -> bool:
        """Whether a number is the wanted one, at the digits asked for."""
        return self._is_near(value, wanted, self.noise)

    def is_misconception(self, value: float, misconception: Misconception) -> bool:
        """Whether a number is what a misconception gives, at the digits asked for."""
        return self._is_near(value, misconception.value, max(self.noise, self.misconception_noise))

    def _is_near(self, value: float, wanted: float, noise: float) -> bool:
        return abs(value - wanted) <= 0.5 * 10.0**-self.decimals * (1 + 1e-9) + max(noise, 1e-12 * abs(wanted))


class Judgement(msgspec.Struct, frozen=True):
    """What an answer was worth."""

    is_right: bool
    misconceptions: tuple[Misconception, ...] = ()
    """What may have gone wrong: several where they give the same number."""
    reply: str = ""
    """What the lesson says to a choice."""


def judge(prediction: Prediction, text: str) -> Judgement:
    """Compare an answer with the truth, and with what misconceptions give.

    Raises:
        ValueError: it is no answer to this question, or a right one with too few digits; the reason is fit to be shown.
    """
    if prediction.choices:
        chosen = parse_choice(text, prediction.choices)
        reply = prediction.replies[chosen] if prediction.replies else ""
        return Judgement(chosen == prediction.truth, (), reply)
    typed = parse_answer(text)
    if prediction.agrees(typed.value, prediction.truth):
        return Judgement(True)
    found = [
        misconception
        for misconception in prediction.misconceptions
        if prediction.is_misconception(typed.value, misconception)
    ]
    if not found and _is_rounded(typed, prediction):
        raise ValueError(_about_digits(typed, prediction.decimals))
    return Judgement(False, _distinct(found))


def _about_digits(typed: Typed, wanted: int) -> str:
    """What is missing in the digits, without the right ones."""
    if typed.decimals == wanted:
        return f"{signed(shortest(typed.value))} is cut off where it should be rounded to the nearest"
    return f"right so far: {count(wanted, 'decimal')} {'is' if wanted == 1 else 'are'} asked for"


def _is_rounded(typed: Typed, prediction: Prediction) -> bool:
    """Whether the number is the truth cut off, or rounded to fewer digits than asked for; one digit says too little."""
    if typed.decimals is None or typed.value == 0 or typed.decimals > prediction.decimals:
        return False
    if typed.decimals < min(1, prediction.decimals) and abs(typed.value) < 10:
        return False
    unit = 10.0**-typed.decimals
    off = abs(prediction.truth) - abs(typed.value)
    is_short = typed.decimals < prediction.decimals and abs(off) <= unit / 2 * (1 + 1e-9)
    return math.copysign(1, typed.value) == math.copysign(1, prediction.truth) and (
        is_short or _is_cut(typed, prediction)
    )


def _is_cut(typed: Typed, prediction: Prediction) -> bool:
    """Whether the number is what is left of the truth when digits are dropped from it as it is shown.

    As floats have it, the truth may be 0.29999998 where everybody calculates 0.3: 0.2 is not cut off from that.
    """
    places = prediction.decimals if typed.decimals != prediction.decimals else prediction.decimals + DIGITS_TO_DROP
    shown = Decimal(f"{abs(prediction.truth):.{places}f}")
    return abs(typed.value) == float(shown.quantize(Decimal(f"1e{-(typed.decimals or 0)}"), ROUND_DOWN, EVERY_DIGIT))


def _distinct(misconceptions: list[Misconception]) -> tuple[Misconception, ...]:
    """Each kind of misconception once."""
    return tuple({misconception.words: misconception for misconception in reversed(misconceptions)}.values())[::-1]


def reply_lines(prediction: Prediction, judgement: Judgement, wrong: int) -> tuple[str, ...]:
    """What to say to an answer, the `wrong`-th wrong one if it is: what it mistook, then a hint or the worked line."""
    if judgement.is_right:
        return (f"Right: {prediction.answer}.", *filter(None, [judgement.reply]))
    lines = ["That is not it." if wrong < 2 else f"The answer is: {prediction.answer}."]
    if judgement.misconceptions:
        names = [misconception.words for misconception in judgement.misconceptions]
        lines[0] += f" This {'is' if len(names) == 1 else 'may be'} {' or '.join(names)}:"
        lines += [misconception.line for misconception in judgement.misconceptions]
    if judgement.reply:
        lines.append(judgement.reply)
    lines.append(prediction.hint if wrong < 2 else prediction.worked)
    return tuple(lines)


def predict(
    run: Run, backend: Backend, quantity: Quantity, *, of: str = "", decimals: int | None = None, below: float = 0.01
) -> Prediction:
    """A question about the epoch that a run stands at; the run is not moved.

    `of` names a parameter, by default the first; `below` is the cost for `epochs`. Without `decimals` as
    many are asked for as show three digits of the number.

    Raises:
        UserError: this cannot be asked here.
    """
    names = run.experiment.parameter_names
    if of and of not in names:
        raise UserError(f"there is no '{clean(of, 24)}', only {', '.join(names)}")
    if quantity == "epochs":
        return _ask_epochs(run, Forecast(run, backend), below)
    asked = {**_ABOUT_A_PARAMETER, **_ABOUT_THE_RUN}[quantity]
    found = asked(run, Forecast(run, backend), names.index(of) if of else 0)
    found = msgspec.structs.replace(found, decimals=enough_decimals(found.truth) if decimals is None else decimals)
    misconceptions = tuple(
        misconception
        for misconception in found.misconceptions
        if misconception.kind != "minimum" or not found.agrees(misconception.value, found.truth)
    )
    return msgspec.structs.replace(found, misconceptions=misconceptions)


def _noise(run: Run, scale: float) -> float:
    return ROUNDINGS * EPSILON[run.experiment.dtype] * scale


def _before(run: Run) -> Epoch | None:
    return run.history[run.cursor - 1] if run.cursor else None


def _is_plain(run: Run) -> bool:
    return run.experiment.is_plain_at(run.cursor + 1)


def _ask_next(run: Run, forecast: Forecast, index: int) -> Prediction:
    asked = _ask_next_in_parts(run, forecast, index)
    bowl = run.surface.quadratic
    if bowl is None or not bowl.has_one_minimum:
        return asked
    minimum = minimum_misconception(bowl, run.experiment.parameter_names[index], index)
    return msgspec.structs.replace(asked, misconceptions=(*asked.misconceptions, minimum))


def _ask_next_in_parts(run: Run, forecast: Forecast, index: int) -> Prediction:
    asked = _ask_plain_next(run, index)
    if _is_plain(run):
        return asked
    parts = batches_of(run, forecast.backend)
    name = run.experiment.parameter_names[index]
    order = ", then ".join(map(rows_of, parts))
    batches = f"One update after the other, each from where the last one ended: {order}."
    return msgspec.structs.replace(
        asked,
        hint=f"What the optimizer carries along comes into the update of {name}." if len(parts) == 1 else batches,
        worked=worked(parts, name, index),
        misconceptions=tuple(misconceptions_in(run.experiment, parts, run.epoch.gradient[index], index)),
    )


def _ask_plain_next(run: Run, index: int) -> Prediction:
    epoch, before = run.epoch, _before(run)
    parts = gradient_of(run.experiment, epoch, index)
    name, start, following = parts.name, numeral(parts.start), numeral(epoch.following[index])
    rate, gradient = numeral(parts.learning_rate), bracketed(numeral(parts.value))
    return Prediction(
        prompt=f"{name} after the next epoch?",
        quantity="next",
        truth=epoch.following[index],
        hint=f"The update subtracts lr·gradient from {name}. Multiply first, and mind the gradient's sign.",
        worked=f"{name} − lr·gradient = {start} − {rate}·{gradient} = {following}",
        misconceptions=tuple(following_misconceptions(parts, before.update[index] if before else None)),
        noise=_noise(run, abs(parts.start) + parts.learning_rate * parts.scale),
        misconception_noise=_noise(run, abs(parts.start) + max(parts.learning_rate, 1) * parts.largest_wrong),
        takes_step=True,
    )


def _ask_gradient(run: Run, forecast: Forecast, index: int) -> Prediction:
    parts = gradient_of(run.experiment, run.epoch, index)
    what = "Σ(H−y)x" if index < len(run.experiment.dataset.x) else "Σ(H−y)"
    formula = f"{FACTORS[parts.convention].before_sum}{what}"
    return Prediction(
        prompt=f"The gradient for {parts.name} here ({parts.convention})?",
        quantity="gradient",
        truth=parts.value,
        hint=f"It is {formula}, with H − y of each row at the present parameters.",
        worked=f"{formula} = {FACTORS[parts.convention].before_sum}{parts.sum_text} = {numeral(parts.value)}",
        misconceptions=tuple(gradient_misconceptions(parts, run.epoch.cost)),
        noise=_noise(run, parts.scale),
        misconception_noise=_noise(run, max(parts.learning_rate, 1) * parts.largest_wrong),
    )


def _ask_update(run: Run, forecast: Forecast, index: int) -> Prediction:
    if not _is_plain(run):
        raise UserError("an update is lr·gradient in plain gradient descent over all rows alone")
    epoch, before = run.epoch, _before(run)
    parts = gradient_of(run.experiment, epoch, index)
    rate, gradient = numeral(parts.learning_rate), bracketed(numeral(parts.value))
    return Prediction(
        prompt=f"The update lr·gradient for {parts.name}?",
        quantity="update",
        truth=parts.update,
        hint="Two numbers multiplied: the learning rate, and the gradient with its sign.",
        worked=f"lr·gradient = {rate}·{gradient} = {numeral(parts.update)}",
        misconceptions=tuple(update_misconceptions(parts, before.update[index] if before else None)),
        noise=_noise(run, parts.learning_rate * parts.scale),
        misconception_noise=_noise(run, max(parts.learning_rate, 1) * parts.largest_wrong),
    )


def _ask_cost(run: Run, forecast: Forecast, index: int) -> Prediction:
    return _cost_at(run, run.epoch, None)


def _ask_next_cost(run: Run, forecast: Forecast, index: int) -> Prediction:
    after = forecast[run.cursor + 1]
    if not after.is_finite:
        raise UserError("the cost after the next epoch is too large a number to ask for")
    return _cost_at(run, after, run.epoch.cost)


def _cost_at(run: Run, epoch: Epoch, now: float | None) -> Prediction:
    rows = run.experiment.dataset.rows
    scale = epoch.cost + math.sqrt(epoch.cost) * magnitude(run.experiment, epoch)
    at = ", ".join(
        f"{name} = {numeral(value)}"
        for name, value in zip(run.experiment.parameter_names, epoch.parameters, strict=True)
    )
    return Prediction(
        prompt="The cost here?" if now is None else "The cost after the next epoch?",
        quantity="cost" if now is None else "next_cost",
        truth=epoch.cost,
        hint="For each row H − y, squared; then the mean of the squares.",
        worked=f"at {at}: {squares(residuals(run.experiment, epoch))}/{rows} = {numeral(epoch.cost)}",
        misconceptions=tuple(cost_misconceptions(run.experiment, epoch, now)),
        noise=_noise(run, scale),
        misconception_noise=_noise(run, rows * scale),
        takes_step=now is not None,
    )


def _ask_direction(run: Run, forecast: Forecast, index: int) -> Prediction:
    now, after = run.epoch.cost, forecast[run.cursor + 1].cost
    is_same = abs(after - now) <= SAME_COST * now
    truth = 2 if is_same else 1 if after < now else 0
    step_size = run.step_size_at(run.cursor)
    return Prediction(
        prompt="The cost after the next epoch: up, down or the same?",
        quantity="direction",
        truth=truth,
        hint="Hold lr against its limit 2/L: below it the cost falls, above it each jump is longer than the last."
        if step_size.has_limit
        else "No limit of lr is known here. How long would the update be, and on which side of the minimum is W?",
        worked=f"cost {numeral(now)}, then {numeral(after)}: {step_size.against_limit()}",
        choices=DIRECTIONS,
        takes_step=True,
    )


def _ask_epochs(run: Run, forecast: Forecast, below: float) -> Prediction:
    updates = forecast.until(below, run.cursor)
    shown = numeral(below)
    if updates is None:
        raise UserError(f"the cost does not come below {shown} here")
    after = forecast[run.cursor + updates].cost
    return Prediction(
        prompt=f"How many epochs from here until cost < {shown}?",
        quantity="epochs",
        truth=updates,
        hint="Each epoch multiplies the distance from the minimum by 1 − lr·L, so the cost by its square."
        if _is_plain(run)
        else "Look at what the epochs so far have left of the cost.",
        worked=f"after {updates} the cost is {numeral(after)}, for the first time below {shown}",
        decimals=0,
        misconceptions=tuple(epochs_misconceptions(updates)),
    )


def _ask_one_step(run: Run, forecast: Forecast, index: int) -> Prediction:
    return _ask_rate(run, 1)


def _ask_limit(run: Run, forecast: Forecast, index: int) -> Prediction:
    return _ask_rate(run, 2)


def _ask_rate(run: Run, product: int) -> Prediction:
    convention = run.settings.convention
    bowl = run.surface.quadratic
    if bowl is None:
        raise UserError("no lr stands out where the curvature is not the same everywhere")
    curvatures = {name: bowl.curvature(name) for name in CONVENTIONS}
    curvature = curvatures[convention]
    if not _is_plain(run) or run.step_size_at(run.cursor).curvature != curvature:
        raise UserError("this can be asked of plain gradient descent over all rows alone")
    if not curvature > 0:
        raise UserError("the cost is flat here, so no lr stands out")
    which = "lands in one step" if product == 1 else "is the limit, above which it diverges"
    data, factor = run.experiment.dataset, FACTORS[convention].before_sum
    is_single = len(data.x) == 1 and not run.experiment.has_bias
    bend = f"{factor}Σx²" if is_single else f"the largest eigenvalue of the Hessian, {factor}XᵀX"
    return Prediction(
        prompt=f"Which lr {which} (gradient: {convention})?",
        quantity="one_step" if product == 1 else "limit",
        truth=product / curvature,
        hint=f"L, how strongly the bowl is bent, is {bend}. "
        "In an epoch the distance from the minimum is multiplied by 1 − lr·L.",
        worked=f"{product}/L = {product}/{numeral(curvature)} = {numeral(product / curvature)}",
        misconceptions=tuple(rate_misconceptions(curvatures, convention, product)),
    )


def _ask_converges(run: Run, forecast: Forecast, index: int) -> Prediction:
    step_size = run.step_size_at(run.cursor)
    if not step_size.has_limit:
        raise UserError(f"whether it converges cannot be told: {step_size.of_limit()}")
    rests = not any(run.epoch.gradient)
    truth = rests or step_size.ratio < 1 - SAME
    why = "the gradient is 0 here" if rests else f"distance × {multiple(abs(step_size.factor))} an epoch"
    return Prediction(
        prompt="Does it converge from here?",
        quantity="converges",
        truth=0 if truth else 1,
        hint="Hold lr against its limit 2/L.",
        worked=f"{step_size.against_limit()}: {why}",
        choices=YES_NO,
    )


_Asks = Callable[[Run, Forecast, int], Prediction]

_ABOUT_A_PARAMETER: dict[str, _Asks] = {"next": _ask_next, "gradient": _ask_gradient, "update": _ask_update}
_ABOUT_THE_RUN: dict[str, _Asks] = {
    "cost": _ask_cost,
    "next_cost": _ask_next_cost,
    "direction": _ask_direction,
    "one_step": _ask_one_step,
    "limit": _ask_limit,
    "converges": _ask_converges,
}
