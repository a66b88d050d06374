"""The numbers of the epoch looked at, the line that makes the next W, and the verdict."""

import math
from collections.abc import Sequence

from gdtui.lab.moment import Moment
from gdtui.ui.rows import Row, Run
from gdtui.ui.widgets.panel import Panel
from gdtui.verdict import multiple
from gdtui.words import fixed, significant

MOST_DECIMALS = 9


class Numbers(Panel):
    """Four lines, and a fifth where x is standardized."""

    ROLES = ("main", "dim", "warn", "good", "bad")

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines of the moment."""
        return number_rows(self.moment, width) if self.moment else []


def number_rows(moment: Moment, width: int) -> list[Row]:
    """The epoch with its numbers, the update with its numbers put in, and the verdict."""
    rows = [values(moment), formula(moment, weights=True)]
    if moment.experiment.has_bias:
        rows.append(formula(moment, weights=False))
    if moment.experiment.dataset.scaling:
        rows.append(own_units(moment))
    rows.append(verdict(moment, width))
    return rows


def values(moment: Moment) -> Row:
    """`epoch 2/10  W 1.400  cost 0.746666  gradient 5.600`."""
    experiment, epoch = moment.experiment, moment.epoch
    taken = epoch.number > experiment.epochs
    place = f" after {epoch.number - 1}" if taken else f" epoch {epoch.number}"
    weights, bias = experiment.split(epoch.parameters)
    slopes, bias_slope = experiment.split(epoch.gradient)
    runs: list[Run] = [(f"{place}/{experiment.epochs}", "main"), ("    W ", "dim"), (vector(weights, 3), "main")]
    if bias is not None:
        runs += [("   b ", "dim"), (fixed(bias, 3), "main")]
    runs += [("   cost ", "dim"), (fixed(epoch.cost, 6), "main"), ("   gradient ", "dim"), (vector(slopes, 3), "text")]
    if bias_slope is not None:
        runs.append((f", {fixed(bias_slope, 3)}", "text"))
    return tuple(runs)


def formula(moment: Moment, *, weights: bool) -> Row:
    """`W ← W − lr·gradient = 1.400 − 0.1·5.600 = 0.840`, for the weights or for b."""
    name, part = ("W", slice(0, len(moment.experiment.dataset.x))) if weights else ("b", slice(-1, None))
    epoch = moment.epoch
    before, gradient = epoch.parameters[part], epoch.gradient[part]
    decimals = decimals_for(epoch.update[part])
    slope = vector(gradient, decimals)
    if len(gradient) == 1 and gradient[0] < 0:
        slope = f"({slope})"
    rate = significant(moment.settings.learning_rate)
    return (
        (f" {name} ← {name} − lr·gradient = ", "dim"),
        (f"{vector(before, decimals)} − {rate}·{slope} = ", "text"),
        (vector(epoch.following[part], decimals), "main"),
    )


def decimals_for(update: Sequence[float]) -> int:
    """Three decimals, and more where the update would not be seen: two digits of the largest."""
    largest = max((abs(value) for value in update if math.isfinite(value)), default=0.0)
    if largest == 0:
        return 3
    return min(max(3, 1 - math.floor(math.log10(largest))), MOST_DECIMALS)


def vector(numbers: Sequence[float], decimals: int) -> str:
    """One number plain, several in brackets."""
    texts = [fixed(number, decimals) for number in numbers]
    return texts[0] if len(texts) == 1 else f"[{' '.join(texts)}]"


def own_units(moment: Moment) -> Row:
    """The parameters for x as the data has it."""
    scaling = moment.experiment.dataset.scaling
    if scaling is None:
        return ()
    *standardized, bias = moment.epoch.parameters
    weights, own_bias = scaling.to_own_units(tuple(standardized), bias)
    return ((" in the data's own units ", "dim"), (f"W {vector(weights, 3)}   b {fixed(own_bias, 3)}", "text"))


def verdict(moment: Moment, width: int) -> Row:
    """The learning rate against its limit, in full where there is room, and what comes of it."""
    role = {"going": "text", "converged": "good", "diverged": "bad"}[moment.state]
    if moment.state == "diverged":
        return ((f" {moment.verdict}", role),)
    if moment.state == "going" and moment.pace.regime in ("bouncing", "diverging"):
        role = "warn"
    pace = moment.pace
    limits = (pace.against_limit(), pace.of_limit(), f"{multiple(pace.ratio)} × limit")
    limit = next((words for words in limits if len(words) + len(moment.verdict) + 4 <= width), limits[-1])
    return ((f" {limit}", "dim"), (f"   {moment.verdict}", role))
