"""Misconceptions, and the numbers for worked lines."""

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
    """A known wrong way to compute an answer, and the number it gives."""

    kind: str
    """One of `NAMES`, or a question's own; stored in records."""
    value: float
    line: str
    """The line that contains the mistake, with numbers."""
    name: str = ""
    """A lesson's own name for it; by default the one in `NAMES`."""
    noise: float = 0.0
    """How far rounding may move the number: further for a gradient than for one that is multiplied by lr."""

    @property
    def words(self) -> str:
        """Its name."""
        return self.name or NAMES[self.kind]


MOST_TERMS = 4
"""The most rows written out in a worked line."""


def residuals(experiment: Experiment, epoch: Epoch, target: int = 0) -> list[float]:
    """H(x) − y of one target for each row, in float64."""
    data = experiment.dataset
    hypotheses = (experiment.hypotheses(epoch.parameters, row)[target] for row in zip(*data.x, strict=True))
    return [h - y for h, y in zip(hypotheses, data.ys[target], strict=True)]


def magnitude(experiment: Experiment, epoch: Epoch) -> float:
    """A bound on H(x) and y, which the rounding error of H − y is proportional to."""
    return experiment.dataset.largest * (1 + math.fsum(map(abs, epoch.parameters)))
