"""The regime and the state of a run, in words with the numbers behind them."""

import math
from typing import Literal

import msgspec

from gdtui.experiment.backend import Surface
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import SGD, Optimizer
from gdtui.numbers import fixed, significant

Regime = Literal["flat", "steady", "one-step", "overshooting", "bouncing", "diverging", "settling", "unknown"]
"""What a learning rate does along the steepest direction of the cost."""

State = Literal["going", "converged", "diverged"]
"""How far a run has come."""

SAME = 1e-5
"""lr counts as 1/L or 2/L when it differs by less than this part of it."""

CONVERGED = 1e-6
"""A run has converged when this part of the cost it began with, above the least possible, is left."""

EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}


class StepSize(msgspec.Struct, frozen=True):
    """A learning rate measured against the curvature of the cost, with L the largest eigenvalue of the Hessian."""

    learning_rate: float
    curvature: float
    """L, in the convention in use, with what weight decay adds to it."""
    least_curvature: float | None = None
    """The same of the flattest direction in which the cost is not flat; None where there is one direction."""
    optimizer: Optimizer = SGD
    in_batches: bool = False
    """Whether an epoch makes several updates, each on some of the rows."""

    @property
    def has_limit(self) -> bool:
        """Whether theory has a limit: for plain gradient descent, momentum and Nesterov, with all rows at once."""
        return not self.in_batches and self.optimizer.name in ("sgd", "momentum", "nesterov")

    @property
    def limit(self) -> float:
        """The largest lr that does not diverge; infinite where the cost is flat, or where none is known.

        2/L; with momentum β 2(1 + β)/L, with Nesterov's 2(1 + β)/((1 + 2β)L): where an eigenvalue of the linear map
        that one epoch is along the steepest direction comes to −1.
        """
        return 2 * self._widening / self.curvature if self.curvature > 0 and self.has_limit else math.inf

    @property
    def ratio(self) -> float:
        """lr as a multiple of its limit."""
        return self.learning_rate * self.curvature / 2 / self._widening if self.has_limit else 0.0

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
        product, beta = self.learning_rate * curvature, self._beta
        if not beta:
            return 1 - product
        is_nesterov = self.optimizer.name == "nesterov"
        trace = 1 + beta - product * (1 + beta * is_nesterov)
        determinant = beta * (1 - product * is_nesterov)
        inside = trace**2 / 4 - determinant
        return math.sqrt(determinant) if inside < 0 else abs(trace) / 2 + math.sqrt(inside)

    @property
    def regime(self) -> Regime:
        """What the learning rate does along the steepest direction."""
        if not self.curvature > 0:
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
        if self._beta:
            return "settling"
        if abs(product - 1) <= SAME:
            return "one-step"
        return "steady" if product < 1 else "overshooting"

    def against_limit(self) -> str:
        """`lr 0.2 = 1.40 × the limit 0.142857`, in plain characters."""
        rate = f"lr {significant(self.learning_rate)}"
        if not self.curvature > 0:
            return f"{rate}, and any lr is within the limit: the cost is flat"
        return f"{rate} = {self.of_limit()}" if self.has_limit else f"{rate}: {self.of_limit()}"

    def of_limit(self) -> str:
        """`1.40 × the limit 0.142857`."""
        if not self.has_limit:
            return f"no limit is known {'in batches' if self.in_batches else f'for {self.optimizer.name}'}"
        return f"{multiple(self.ratio)} × the limit {significant(self.limit)}" if self.curvature > 0 else "no limit"

    @property
    def limit_in_words(self) -> str:
        """`0.142857`, `none` where the cost is flat, or `unknown`."""
        if not self.has_limit:
            return "unknown"
        return significant(self.limit) if self.curvature > 0 else "none"

    def shortly(self) -> str:
        """`1.40 × limit`."""
        if not self.has_limit:
            return "limit unknown"
        return f"{multiple(self.ratio)} × limit" if self.curvature > 0 else "no limit"

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

    @property
    def _beta(self) -> float:
        return self.optimizer.named.get("beta", 0.0)

    @property
    def _widening(self) -> float:
        """How many times the limit of plain gradient descent the optimizer's is."""
        if self.optimizer.name == "nesterov":
            return (1 + self._beta) / (1 + 2 * self._beta)
        return 1 + self._beta


def step_size(experiment: Experiment, epoch: int, surface: Surface) -> StepSize:
    """The learning rate of an epoch against the curvature in its convention."""
    settings = experiment.settings_at(epoch)
    decay = 0.0 if settings.optimizer.is_decoupled else experiment.weight_decay
    curvature = surface.curvature(settings.convention) + decay
    least = surface.least_curvature(settings.convention) + decay if surface.rank > 1 else None
    return StepSize(settings.learning_rate, curvature, least, settings.optimizer, experiment.batch is not None)


def seen(before: Epoch | None, epoch: Epoch, surface: Surface) -> str:
    """What the costs seen say, where theory says nothing: `by the costs seen: falling, × 0.83 an epoch`."""
    if before is None:
        return "judged by the costs seen, from the next epoch on"
    earlier, now = before.cost - surface.least_cost, epoch.cost - surface.least_cost
    if now == earlier:
        return "by the costs seen: standing still"
    part = f", × {significant(now / earlier, 3)} an epoch" if earlier > 0 and now > 0 else ""
    return f"by the costs seen: {'falling' if now < earlier else 'rising'}{part}"


def multiple(ratio: float) -> str:
    """A multiple as written: two decimals, and more where two would hide which side of 1 it is on."""
    for decimals in (2, 3, 4, 5, 6) if math.isfinite(ratio) else ():
        text = f"{ratio:.{decimals}f}"
        if (float(text) == 1) == (abs(ratio - 1) <= SAME) and (float(text) > 0 or ratio == 0):
            return text if len(text) < 12 else significant(ratio, 3)
    return significant(ratio, 3)


def times(factor: float) -> str:
    """A factor with two decimals, and more where 1.00 would hide that it is not 1: `0.33`, `−0.40`, `0.9988`."""
    text = fixed(factor, 2)
    return text.replace("1.00", multiple(abs(factor))) if text in ("1.00", "\N{MINUS SIGN}1.00") else text


def converged_costs(first_cost: float, number: int, surface: Surface, experiment: Experiment) -> tuple[float, float]:
    """The least and the largest cost with which a run has converged under the settings of epoch `number`.

    As low as it will get, within `CONVERGED` or what rounding leaves of it. With weight decay a run comes to rest where
    the slope of cost and penalty together is zero, above the least cost.
    """
    least, decay = surface.least_cost, experiment.weight_decay
    settings = experiment.settings_at(number)
    if decay and not settings.optimizer.is_decoupled:
        least = surface.cost(surface.at_rest(settings.convention, decay))
    epsilon = EPSILON[experiment.dtype]
    rounding = 16 * epsilon * least + (16 * epsilon) ** 2 * surface.zero_cost
    room = max(CONVERGED * abs(first_cost - least), rounding)
    return (least - room if decay else -math.inf), least + room


def has_converged(epoch: Epoch, first_cost: float, surface: Surface, experiment: Experiment) -> bool:
    """Whether the cost is as low as it will get, or the parameters no longer change near there."""
    low, high = converged_costs(first_cost, epoch.number, surface, experiment)
    if low <= epoch.cost <= high:
        return True
    is_still = epoch.following == epoch.parameters and not any(epoch.memory)
    return is_still and epoch.cost - surface.least_cost <= 0.01 * (first_cost - surface.least_cost)


def diverged(epoch: int, step_size: StepSize) -> str:
    """Why a run ended: `diverged at epoch 75: lr 0.2 = 1.40 × the limit 0.142857`."""
    if step_size.regime == "diverging":
        return f"diverged at epoch {epoch}: {step_size.against_limit()}"
    return f"diverged at epoch {epoch}: the cost is too large a number ({step_size.against_limit()})"
