"""Misconceptions, and what worked lines are computed from."""

import math

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import LINEAR_REGRESSION

NAMES: dict[str, str] = {
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
    "not-squared": "errors not squared",
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

    kind: str
    """One of `NAMES`, or one of a question's own; records keep it."""
    value: float
    line: str
    """The line where it happened, with numbers."""
    name: str = ""
    """What it is called, where it is a lesson's own; otherwise as in `NAMES`."""
    noise: float = 0.0
    """How far rounding may move it: a gradient that is not multiplied by lr further than one that is."""

    @property
    def words(self) -> str:
        """What it is called."""
        return self.name or NAMES[self.kind]


MOST_TERMS = 4
"""How many rows are written out in a worked line."""

FACTORS = LINEAR_REGRESSION.conventions


def residuals(experiment: Experiment, epoch: Epoch, target: int = 0) -> list[float]:
    """H(x) − y of a target for each row, in float64."""
    data = experiment.dataset
    weights, bias = experiment.split(epoch.parameters, target)
    hypotheses = (experiment.objective.predict(weights, bias, row) for row in zip(*data.x, strict=True))
    return [h - y for h, y in zip(hypotheses, data.ys[target], strict=True)]


def magnitude(experiment: Experiment, epoch: Epoch) -> float:
    """How large H(x) and y are at most: what H − y is off by is a part of this."""
    return experiment.dataset.largest * (1 + math.fsum(map(abs, epoch.parameters)))
