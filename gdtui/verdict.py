"""The regime and the state of a run, in words with the numbers behind them."""

import math
from typing import Literal

import msgspec

from gdtui.bench import Surface
from gdtui.epoch import Epoch
from gdtui.experiment import Experiment, Settings
from gdtui.words import fixed, shortest, significant

Regime = Literal["flat", "steady", "one-step", "overshooting", "bouncing", "diverging"]
"""What a learning rate does along the steepest direction of the cost."""

State = Literal["going", "converged", "diverged"]
"""How far a run has come."""

SAME = 1e-5
"""lr counts as 1/L or 2/L when it differs by less than this part of it."""

CONVERGED = 1e-6
"""A run has converged when this part of the cost it began with, above the least possible, is left."""

EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}


class Pace(msgspec.Struct, frozen=True):
    """A learning rate measured against the curvature of the cost, with L the largest eigenvalue of the Hessian."""

    learning_rate: float
    curvature: float
    """L, in the convention in use."""

    @property
    def limit(self) -> float:
        """2/L, the largest lr that does not diverge; infinite where the cost is flat."""
        return 2 / self.curvature if self.curvature > 0 else math.inf

    @property
    def ratio(self) -> float:
        """lr as a multiple of its limit."""
        return self.learning_rate * self.curvature / 2

    @property
    def factor(self) -> float:
        """What one epoch multiplies the error along the steepest direction by: 1 − lr·L."""
        return 1 - self.learning_rate * self.curvature

    @property
    def regime(self) -> Regime:
        """What the learning rate does along the steepest direction."""
        product = self.learning_rate * self.curvature
        if product == 0:
            return "flat"
        if abs(product - 1) <= SAME:
            return "one-step"
        if abs(product / 2 - 1) <= SAME:
            return "bouncing"
        if product < 1:
            return "steady"
        return "overshooting" if product < 2 else "diverging"

    def against_limit(self) -> str:
        """`lr 0.2 = 1.40 × the limit 0.142857`, in plain characters."""
        if not self.curvature > 0:
            return f"lr {shortest(self.learning_rate)}, and any lr is within the limit: the cost is flat"
        return f"lr {shortest(self.learning_rate)} = {self.of_limit()}"

    def of_limit(self) -> str:
        """`1.40 × the limit 0.142857`."""
        return f"{multiple(self.ratio)} × the limit {significant(self.limit)}" if self.curvature > 0 else "no limit"

    def in_words(self, parameters: int) -> str:
        """One line for the screen: the regime, and what becomes of the error."""
        if self.regime == "flat":
            return "flat: the cost does not change with W"
        where = "" if parameters == 1 else " (steepest direction)"
        error = f"error × {fixed(self.factor, 2)} an epoch{where}"
        return {
            "steady": f"steady: {error}",
            "one-step": f"one-step: lands in one epoch{where}",
            "overshooting": f"overshooting: {error}",
            "bouncing": f"bouncing: {error}",
            "diverging": f"diverging: {error}",
        }[self.regime]


def pace(settings: Settings, surface: Surface) -> Pace:
    """The learning rate of the settings against the curvature in their convention."""
    return Pace(settings.learning_rate, surface.curvature(settings.convention))


def multiple(ratio: float) -> str:
    """A multiple as written: two decimals, and more where two would hide which side of 1 it is on."""
    for decimals in (2, 3, 4, 5, 6) if math.isfinite(ratio) else ():
        text = f"{ratio:.{decimals}f}"
        if (float(text) == 1) == (abs(ratio - 1) <= SAME) and (float(text) > 0 or ratio == 0):
            return text if len(text) < 12 else significant(ratio, 3)
    return significant(ratio, 3)


def has_converged(epoch: Epoch, first_cost: float, surface: Surface, experiment: Experiment) -> bool:
    """Whether the cost is as low as it will get, within `CONVERGED` or what rounding leaves of it."""
    left = epoch.cost - surface.least_cost
    to_remove = first_cost - surface.least_cost
    epsilon = EPSILON[experiment.dtype]
    rounding = 16 * epsilon * surface.least_cost + (16 * epsilon) ** 2 * surface.zero_cost
    if left <= max(CONVERGED * to_remove, rounding):
        return True
    return epoch.following == epoch.parameters and left <= 0.01 * to_remove


def diverged(epoch: int, pace: Pace) -> str:
    """Why a run ended: `diverged at epoch 75: lr 0.2 = 1.40 × the limit 0.142857`."""
    if pace.regime == "diverging":
        return f"diverged at epoch {epoch}: {pace.against_limit()}"
    return f"diverged at epoch {epoch}: the cost is too large a number ({pace.against_limit()})"
