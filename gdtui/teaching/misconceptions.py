"""Misconceptions, and what worked lines are computed from."""

import math

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.text import _

NAMES: dict[str, str] = {
    "sign": _("adding the update instead of subtracting it"),
    "y-minus-H": _("using y − H instead of H − y"),
    "sum": _("the gradient of the sum (sum)"),
    "mse": _("the gradient of the mean squared error (mse)"),
    "mean": _("the gradient of half the mean (mean)"),
    "factor-2": _("a factor of 2 too many or too few"),
    "no-lr": _("leaving out lr"),
    "lr-in": _("multiplying by lr, which gives the update"),
    "lr-twice": _("multiplying by lr twice"),
    "no-x": _("leaving x out of the gradient"),
    "update-before": _("the update of the previous epoch"),
    "minimum": _("taking the minimum itself"),
    "cost": _("the cost instead of the gradient"),
    "not-squared": _("errors that are not squared"),
    "not-divided": _("the sum instead of the mean"),
    "same-epoch": _("the cost before the update"),
    "line-number": _("the line number, which is one more than the number of updates"),
    "limit": _("the limit 2/L"),
    "one-step": _("1/L, which reaches the minimum in one step"),
    "curvature": _("the curvature L itself"),
    "all-rows": _("one update with all rows"),
    "first-batch": _("the first batch alone"),
    "last-batch": _("the later batches alone"),
    "old-W": _("using the W from before the epoch for every batch"),
    "no-optimizer": _("lr·gradient without what the optimizer adds"),
    "own": "",
}
"""Each misconception in words, to follow "your number comes from"."""


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


def residuals(experiment: Experiment, epoch: Epoch, target: int = 0) -> list[float]:
    """H(x) − y of a target for each row, in float64."""
    data = experiment.dataset
    hypotheses = (experiment.hypotheses(epoch.parameters, row)[target] for row in zip(*data.x, strict=True))
    return [h - y for h, y in zip(hypotheses, data.ys[target], strict=True)]


def magnitude(experiment: Experiment, epoch: Epoch) -> float:
    """How large H(x) and y are at most: what H − y is off by is a part of this."""
    return experiment.dataset.largest * (1 + math.fsum(map(abs, epoch.parameters)))
