"""The regime of a run, in words with the numbers behind them."""

import math
from typing import Literal

import msgspec

from gdtui.experiment.backend import Surface
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import SGD, Optimizer
from gdtui.numbers import SAME, multiple, significant, times

Regime = Literal["flat", "steady", "one-step", "overshooting", "bouncing", "diverging", "settling", "unknown"]
"""What a learning rate does along the steepest direction of the cost."""


EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}


class StepSize(msgspec.Struct, frozen=True):
    """A learning rate measured against the curvature of the cost, with L the largest eigenvalue of the Hessian."""

    learning_rate: float
    curvature: float
    """L, in the convention in use, with the λ that adds to it; NaN where it is not the same everywhere."""
    least_curvature: float | None = None
    """The same of the flattest direction in which the cost is not flat; None where there is one direction."""
    optimizer: Optimizer = SGD
    without_limit: str = ""
    """What leaves theory without a limit, whatever the optimizer: `in batches`, or a cost whose curvature varies."""

    @property
    def has_limit(self) -> bool:
        """Whether theory has a limit: for some optimizers, with all rows at once, where the curvature is constant."""
        return not self.without_limit and self.optimizer.rule.limit is not None

    @property
    def is_flat(self) -> bool:
        """Whether the cost does not change with the parameters."""
        return self.curvature <= 0

    @property
    def limit(self) -> float:
        """The largest lr that does not diverge; infinite where the cost is flat, or where none is known."""
        limit = self._largest_product
        return limit / self.curvature if self.curvature > 0 and limit else math.inf

    @property
    def ratio(self) -> float:
        """lr as a multiple of its limit."""
        limit = self._largest_product
        return self.learning_rate * self.curvature / limit if limit else 0.0

    @property
    def factor(self) -> float:
        """What an epoch multiplies the distance from the minimum by, in the steepest direction; with momentum, at last.

        1 − lr·L; with momentum the spectral radius of the map of (parameter, momentum) to those an epoch later.
        """
        return self._factor(self.curvature)

    @property
    def flattest_factor(self) -> float:
        """The same in the flattest direction, in which a run mostly is the slowest."""
        return self.factor if self.least_curvature is None else self._factor(self.least_curvature)

    def _factor(self, curvature: float) -> float:
        trace, determinant = self.recurrence(curvature)
        if not determinant:
            return trace
        half = abs(trace) / 2
        inside = half * half - determinant
        if inside < 0:
            return math.sqrt(determinant)
        return half + (math.sqrt(inside) if math.isfinite(inside) else half)

    def recurrence(self, curvature: float) -> tuple[float, float]:
        """T and D in d(k+2) = T·d(k+1) − D·d(k), for the distance d from rest along an eigenvector of the Hessian.

        `curvature` is its eigenvalue; see `UpdateRule.recurrence`.
        """
        return self.optimizer.rule.recurrence(self.learning_rate * curvature)

    @property
    def _largest_product(self) -> float | None:
        """The largest lr·L that does not diverge."""
        return None if self.without_limit else self.optimizer.rule.limit

    @property
    def regime(self) -> Regime:
        """What the learning rate does along the steepest direction."""
        if self.is_flat:
            return "flat"
        if not self.has_limit:
            return "unknown"
        product = 2 * self.ratio
        if product == 0:
            return "flat"
        if abs(product / 2 - 1) <= SAME:
            return "bouncing"
        if product > 2:
            return "diverging"
        if self.optimizer.rule.state:
            return "settling"
        if abs(product - 1) <= SAME:
            return "one-step"
        return "steady" if product < 1 else "overshooting"

    def against_limit(self) -> str:
        """`lr 0.2 = 1.40 × the limit 0.142857`, in plain characters."""
        rate = f"lr {significant(self.learning_rate)}"
        if self.is_flat:
            return f"{rate}, and any lr is within the limit: the cost is flat"
        return f"{rate} = {self.of_limit()}" if self.has_limit else f"{rate}: {self.of_limit()}"

    def of_limit(self) -> str:
        """`1.40 × the limit 0.142857`."""
        if not self.has_limit:
            return f"no limit is known {self.without_limit or f'for {self.optimizer.name}'}"
        return f"{multiple(self.ratio)} × the limit {significant(self.limit)}" if not self.is_flat else "no limit"

    @property
    def limit_in_words(self) -> str:
        """`0.142857`, `none` where the cost is flat, or `unknown`."""
        if not self.has_limit:
            return "unknown"
        return "none" if self.is_flat else significant(self.limit)

    def shortly(self) -> str:
        """`1.40 × limit`."""
        if not self.has_limit:
            return "limit unknown"
        return "no limit" if self.is_flat else f"{multiple(self.ratio)} × limit"

    def in_words(self) -> str:
        """One line for the screen: the regime, and what becomes of the distance from the minimum.

        `steady: distance × 0.33 (steepest) to 0.99 (flattest) an epoch`; once where both come to the same.
        """
        if self.regime == "flat":
            return "flat: the cost does not change with W"
        if self.regime == "unknown":
            return "judged by the costs seen"
        steepest, flattest = times(self.factor), times(self.flattest_factor)
        if steepest != flattest:
            return f"{self.regime}: distance × {steepest} (steepest) to {flattest} (flattest) an epoch"
        if self.regime == "one-step":
            return "one-step: lands in one epoch"
        return f"{self.regime}: distance × {steepest} an epoch"


def step_size(experiment: Experiment, epoch: int, surface: Surface) -> StepSize:
    """The learning rate of an epoch against the curvature in its convention."""
    settings = experiment.settings_at(epoch)
    bowl = surface.quadratic
    if bowl is None:
        why = f"for the {experiment.objective.cost_name}"
        return StepSize(settings.learning_rate, math.nan, None, settings.optimizer, why)
    curvature = bowl.curvature(settings.convention) + settings.decay
    least = bowl.least_curvature(settings.convention) + settings.decay if bowl.rank > 1 else None
    why = "" if experiment.batch is None else "in batches"
    return StepSize(settings.learning_rate, curvature, least, settings.optimizer, why)


def seen(before: Epoch | None, epoch: Epoch, surface: Surface) -> str:
    """What the costs seen say, where theory says nothing: `by the costs seen: falling, × 0.83 an epoch`."""
    if before is None:
        return "judged by the costs seen, from the next epoch on"
    least = surface.least_cost or 0.0
    earlier, now = before.cost - least, epoch.cost - least
    if now == earlier:
        return "by the costs seen: standing still"
    part = f", × {significant(now / earlier, 3)} an epoch" if earlier > 0 and now > 0 else ""
    return f"by the costs seen: {'falling' if now < earlier else 'rising'}{part}"


def diverged(epoch: int, step_size: StepSize) -> str:
    """Why a run ended: `diverged at epoch 75: lr 0.2 = 1.40 × the limit 0.142857`."""
    if step_size.regime == "diverging":
        return f"diverged at epoch {epoch}: {step_size.against_limit()}"
    return f"diverged at epoch {epoch}: the cost is too large a number ({step_size.against_limit()})"
