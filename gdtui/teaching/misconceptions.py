"""The answers that known misconceptions give, computed for the very step that is asked about."""

import math
from collections.abc import Iterator
from typing import Literal

import msgspec

from gdtui.experiment.backend import QuadraticSurface
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS, LINEAR_REGRESSION, Convention
from gdtui.numbers import bracketed, numeral

Kind = Literal[
    "sign",
    "y-minus-H",
    "sum",
    "mse",
    "mean",
    "factor-2",
    "no-lr",
    "lr-in",
    "lr-twice",
    "no-x",
    "update-before",
    "minimum",
    "cost",
    "not-squared",
    "not-divided",
    "same-epoch",
    "line-number",
    "limit",
    "one-step",
    "curvature",
    "all-rows",
    "first-batch",
    "last-batch",
    "old-W",
    "no-optimizer",
    "own",
]
"""What can go wrong between knowing how and the number."""

NAMES: dict[Kind, str] = {
    "sign": "the sign of the update",
    "y-minus-H": "y − H in place of H − y",
    "sum": "the gradient of the sum (sum)",
    "mse": "the gradient of the mean squared error (mse)",
    "mean": "the gradient of half the mean (mean)",
    "factor-2": "a factor of 2",
    "no-lr": "lr left out",
    "lr-in": "lr multiplied in, which makes it the update",
    "lr-twice": "lr applied twice",
    "no-x": "x left out of the gradient",
    "update-before": "the update from the epoch before",
    "minimum": "the minimum itself",
    "cost": "the cost in place of the gradient",
    "not-squared": "residuals not squared",
    "not-divided": "the sum in place of the mean",
    "same-epoch": "the number from before the update",
    "line-number": "the number of the line, which is one more than the updates before it",
    "limit": "the limit 2/L",
    "one-step": "1/L, which lands in one step",
    "curvature": "the curvature L itself",
    "all-rows": "one update with all rows",
    "first-batch": "the first batch alone",
    "last-batch": "the batches after the first alone",
    "old-W": "every batch at the W from before the epoch",
    "no-optimizer": "lr·gradient, without what the optimizer makes of it",
    "own": "",
}
"""Each misconception in words, to follow "this is"."""


class Misconception(msgspec.Struct, frozen=True):
    """An answer that is wrong in a known way."""

    kind: Kind
    value: float
    line: str
    """The line where it happened, with numbers."""
    name: str = ""
    """What it is called, where it is a lesson's own; otherwise as in `NAMES`."""

    @property
    def words(self) -> str:
        """What it is called."""
        return self.name or NAMES[self.kind]


class Gradient(msgspec.Struct, frozen=True):
    """The gradient of one parameter at an epoch, taken apart into what misconceptions can go wrong in."""

    name: str
    """The parameter's name."""
    start: float
    """The parameter before the update."""
    value: float
    """The gradient as the run has it."""
    update: float
    """What the run subtracts."""
    learning_rate: float
    convention: Convention
    rows: int
    scale: float
    """How large the numbers are that it is the sum of: rounding leaves a part of this."""
    total: float | None
    """Σ(H−y)x; None where the run's gradient is something else, as that of a mini-batch."""
    total_without_x: float | None
    """Σ(H−y), for a weight."""
    sum_text: str
    """Σ(H−y)x with its numbers, where there are few rows."""
    sum_without_x_text: str

    @property
    def largest_wrong(self) -> float:
        """`scale` for the largest of the wrong gradients: `sum` for `mean`, and twice too much."""
        return 2 * self.rows * self.scale


MOST_TERMS = 4
"""How many rows are written out in a worked line."""

FACTORS = LINEAR_REGRESSION.conventions


def residuals(experiment: Experiment, epoch: Epoch) -> list[float]:
    """H(x) − y for each row, in float64."""
    data = experiment.dataset
    weights, bias = experiment.split(epoch.parameters)
    hypotheses = [bias or 0.0] * data.rows
    for weight, column in zip(weights, data.x, strict=True):
        hypotheses = [h + weight * x for h, x in zip(hypotheses, column, strict=True)]
    return [h - y for h, y in zip(hypotheses, data.y, strict=True)]


def magnitude(experiment: Experiment, epoch: Epoch) -> float:
    """How large H(x) and y are at most: what H − y is off by is a part of this."""
    return experiment.dataset.largest * (1 + math.fsum(map(abs, epoch.parameters)))


def gradient_of(experiment: Experiment, epoch: Epoch, index: int) -> Gradient:
    """The gradient of the parameter with this index, taken apart."""
    settings = experiment.settings_at(epoch.number)
    data = experiment.dataset
    left = residuals(experiment, epoch)
    is_weight = index < len(data.x)
    values = data.x[index] if is_weight else (1.0,) * data.rows
    total = math.fsum(r * x for r, x in zip(left, values, strict=True))
    factor = FACTORS[settings.convention].of(data.rows)
    scale = factor * magnitude(experiment, epoch) * math.fsum(map(abs, values))
    fits = abs(factor * total - epoch.gradient[index]) <= 1e-5 * scale + 1e-12
    plain = [bracketed(numeral(value)) for value in left]
    terms = [f"{r}·{bracketed(numeral(x))}" for r, x in zip(plain, values, strict=True)] if is_weight else plain
    is_short = data.rows <= MOST_TERMS
    return Gradient(
        experiment.parameter_names[index],
        epoch.parameters[index],
        epoch.gradient[index],
        epoch.update[index],
        settings.learning_rate,
        settings.convention,
        data.rows,
        scale,
        total if fits else None,
        math.fsum(left) if fits and is_weight else None,
        f"({' + '.join(terms)})" if is_short else "Σ(H−y)x" if is_weight else "Σ(H−y)",
        f"({' + '.join(plain)})" if is_short else "Σ(H−y)",
    )


def gradient_misconceptions(parts: Gradient, cost: float) -> Iterator[Misconception]:
    """Misconceptions on the way to the gradient itself, where the cost is `cost`."""
    yield Misconception(
        "y-minus-H", -parts.value, f"with y − H every term turns its sign, to {numeral(-parts.value)} in all"
    )
    for kind, value, formula in _wrong_gradients(parts):
        yield Misconception(kind, value, f"{formula} = {numeral(value)}")
    update = parts.learning_rate * parts.value
    rate = numeral(parts.learning_rate)
    yield Misconception("lr-in", update, f"{numeral(update)} is lr·gradient already, with lr = {rate}")
    yield Misconception(
        "lr-in", -update, f"{numeral(-update)} is −lr·gradient, with lr = {rate}: the sign is turned, too"
    )
    yield Misconception("cost", cost, f"{numeral(cost)} is the cost here; the gradient is how steep it is")


def _wrong_gradients(parts: Gradient) -> Iterator[tuple[Kind, float, str]]:
    """Gradients that are wrong by more than their sign: (misconception, value, formula with numbers)."""
    if parts.total is not None:
        for other in CONVENTIONS:
            if other != parts.convention:
                formula = f"{FACTORS[other].before_sum}{parts.sum_text} with m = {parts.rows}"
                yield other, FACTORS[other].of(parts.rows) * parts.total, formula
    yield "factor-2", 2 * parts.value, "with a 2 too many"
    yield "factor-2", parts.value / 2, "with a 2 too few"
    if parts.total_without_x is not None:
        value = FACTORS[parts.convention].of(parts.rows) * parts.total_without_x
        yield "no-x", value, f"{FACTORS[parts.convention].before_sum}{parts.sum_without_x_text}, without x,"


def update_misconceptions(parts: Gradient, before: float | None) -> Iterator[Misconception]:
    """Misconceptions on the way to the update lr·gradient; `before` is the update of the epoch before."""
    rate, gradient = parts.learning_rate, bracketed(numeral(parts.value))
    yield Misconception("y-minus-H", -parts.update, f"y − H turns the sign: lr·gradient = {numeral(-parts.update)}")
    yield Misconception("no-lr", parts.value, f"gradient = {numeral(parts.value)}, and lr is missing")
    twice = rate * rate * parts.value
    yield Misconception(
        "lr-twice", twice, f"lr·lr·gradient = {numeral(rate)}·{numeral(rate)}·{gradient} = {numeral(twice)}"
    )
    for kind, value, formula in _wrong_gradients(parts):
        wrong = rate * value
        yield Misconception(kind, wrong, f"gradient {formula} = {numeral(value)}; times lr = {numeral(wrong)}")
    if before is not None:
        yield Misconception("update-before", before, f"the epoch before had lr·gradient = {numeral(before)}")


def following_misconceptions(parts: Gradient, before: float | None) -> Iterator[Misconception]:
    """Misconceptions on the way to the parameter after the next epoch: those of the update, and its sign."""
    start, name, update = parts.start, parts.name, bracketed(numeral(parts.update))
    added = start + parts.update
    yield Misconception("sign", added, f"{name} + lr·gradient = {numeral(start)} + {update} = {numeral(added)}")
    for each in update_misconceptions(parts, before):
        value = start - each.value
        line = f"{each.line}; {name} − that = {numeral(start)} − {bracketed(numeral(each.value))} = {numeral(value)}"
        yield Misconception(each.kind, value, line)


def minimum_misconception(surface: QuadraticSurface, name: str, index: int) -> Misconception:
    """The idea that an update goes to the minimum, wherever that is."""
    value = surface.minimum[index]
    line = f"the cost is least at {name} = {numeral(value)}, but an update goes only as far as lr·gradient takes it"
    return Misconception("minimum", value, line)


def cost_misconceptions(experiment: Experiment, epoch: Epoch, now: float | None) -> Iterator[Misconception]:
    """Misconceptions on the way to the cost at an epoch; `now` is the cost before an update, if one was due."""
    left = residuals(experiment, epoch)
    rows = len(left)
    total, plain = math.fsum(r * r for r in left), math.fsum(left) / rows
    yield Misconception("not-divided", total, f"{squares(left)} = {numeral(total)}, not divided by m = {rows}")
    yield Misconception("factor-2", epoch.cost / 2, f"{numeral(epoch.cost / 2)} is half the mean; no ½ is in this cost")
    yield Misconception("not-squared", plain, f"the mean of H − y = {numeral(plain)}, not squared")
    if now is not None:
        yield Misconception("same-epoch", now, f"{numeral(now)} is the cost before the update")


def squares(left: list[float]) -> str:
    """Σ(H−y)² with its numbers, where there are few rows."""
    if len(left) > MOST_TERMS:
        return "Σ(H−y)²"
    return "(" + " + ".join(f"{bracketed(numeral(value))}²" for value in left) + ")"


def rate_misconceptions(
    curvatures: dict[Convention, float], convention: Convention, product: float
) -> Iterator[Misconception]:
    """Misconceptions on the way to the lr that is `product`/L: 1 for the lr that lands in one step, 2 for the limit."""
    curvature = curvatures[convention]
    kind: Kind = "limit" if product == 1 else "one-step"
    other = 3 - product
    yield Misconception(
        kind, other / curvature, f"{other:g}/L = {other:g}/{numeral(curvature)} = {numeral(other / curvature)}"
    )
    yield Misconception("curvature", curvature, f"L = {numeral(curvature)}, and lr is {product:g}/L")
    for name, value in curvatures.items():
        if name != convention:
            rate = product / value
            yield Misconception(name, rate, f"L is {numeral(value)} for {name}: {product:g}/L = {numeral(rate)}")


def epochs_misconceptions(updates: int) -> Iterator[Misconception]:
    """Misconceptions in counting epochs."""
    yield Misconception("line-number", updates + 1, f"line {updates + 1} is printed before its own update")
