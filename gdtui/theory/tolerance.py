"""The tolerance: how close to rest a run must be, judged by its costs alone."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import Separation, Surface
from gdtui.numbers import SAME
from gdtui.text import _
from gdtui.theory.step_size import StepSize, rounding, step_size
from gdtui.theory.valleys import limit_at, valley_at

State = Literal["going", "within the tolerance", "converged", "diverged"]
"""How far a run has come; "within the tolerance" if theory cannot tell whether it stays there."""

CONVERGED = 1e-6
"""A run has converged when only this part of the initial distance to the cost at rest is left."""

STILL = 0.01
"""The part that may be left if the parameters no longer change, because rounding stops a run with tiny steps."""

AT_ONCE = 4096
"""How many costs are compared at once."""


class Epochs(Protocol):
    """The known epochs of a run; the epoch with index i has the number i + 1."""

    def __getitem__(self, index: int) -> Epoch:
        """One epoch."""

    def costs(self, first: int, last: int) -> Sequence[float]:
        """The costs of the epochs from index `first` up to, not including, `last`."""


class Tolerance(msgspec.Struct, frozen=True, kw_only=True):
    """How close to its rest point a run must come with the settings of one epoch, and whether it stays there."""

    step_size: StepSize
    penalty: float
    """λ of the penalty on the parameters."""
    least: float
    """The cost at rest."""
    height: float
    """How far above `least` the run began."""
    room: float
    """How far the cost may be from `least`."""

    def state(self, epoch: Epoch) -> State:
        """How far a run has come at an epoch, if the settings stay as they are."""
        if self.is_within(epoch):
            if self.step_size.is_changing or not (self.step_size.has_limit or self.step_size.is_safe):
                return "within the tolerance"
            if self._stays(epoch):
                return "converged"
        return "converged" if self.is_still(epoch) else "going"

    def is_within(self, epoch: Epoch) -> bool:
        """Whether the cost is within the tolerance; with a penalty also the parameters.

        With a penalty the rest point is not the minimum, and parameters on the far side of the minimum may have the
        same cost.
        """
        low, high = self.costs
        return low <= epoch.cost <= high and not (self.penalty and self._above(epoch.parameters) > self.room)

    @property
    def costs(self) -> tuple[float, float]:
        """The least and the largest cost within the tolerance. Only with a penalty may a cost be too low."""
        return (self.least - self.room if self.penalty else -math.inf), self.least + self.room

    def is_still(self, epoch: Epoch) -> bool:
        """Whether the parameters no longer change, near the rest point."""
        if epoch.following != epoch.parameters or self.step_size.is_changing or not self.step_size.has_limit:
            return False
        return self._has_steady_velocity(epoch) and epoch.cost - self.least <= STILL * self.height

    def _has_steady_velocity(self, epoch: Epoch) -> bool:
        """Whether the velocity equals gradient/(1 − β), which it approaches while the parameters stay the same."""
        beta = self.step_size.optimizer.named.get("beta", 0.0)
        pairs = zip(epoch.memory, epoch.gradient, strict=False)
        return not beta or all(math.isclose((1 - beta) * velocity, slope, rel_tol=SAME) for velocity, slope in pairs)

    def entry(self, epochs: Epochs, first: int, last: int) -> int:
        """The index, at or after `first`, from which all epochs up to `last` are within the tolerance."""
        low, high = self.costs
        for end in range(last + 1, first, -AT_ONCE):
            begin = max(first, end - AT_ONCE)
            costs = epochs.costs(begin, end)
            if min(costs) < low or max(costs) > high:
                first = 1 + max(index for index, cost in enumerate(costs, begin) if not low <= cost <= high)
                break
        if not self.penalty:
            return first
        # By cost alone, earlier epochs on the far side of the minimum would count too.
        return bisect_left(range(last), True, lo=first, key=lambda index: self.is_within(epochs[index]))

    def _above(self, parameters: tuple[float, ...]) -> float:
        """The quadratic part of the rise of the cost from the rest point to `parameters`."""
        return 0.0

    def _stays(self, epoch: Epoch) -> bool:
        """Whether no later epoch leaves the tolerance."""
        return self.step_size.is_safe


class ValleyTolerance(Tolerance, frozen=True, kw_only=True):
    """The tolerance for a cost with several valleys: a run is near the bottom of the valley it is in."""

    experiment: Experiment
    surface: Surface

    def is_within(self, epoch: Epoch) -> bool:
        """Whether both the cost and the parameters are close to those of the valley's bottom."""
        found = valley_at(self.surface, epoch.parameters)
        if found is None or abs(epoch.cost - found[1].cost) > self.room:
            return False
        bend = found[1].least_curvature
        far = math.dist(epoch.parameters, found[1].at)
        return bend <= 0 or bend * far * far <= 8 * self.room

    def state(self, epoch: Epoch) -> State:
        """How far a run has come at an epoch, if the settings stay as they are."""
        if not self.is_within(epoch):
            return "going"
        limit = limit_at(self.experiment, epoch, self.surface)
        stays = not self.step_size.optimizer.rule.state and self.step_size.learning_rate < limit < math.inf
        return "converged" if stays else "within the tolerance"

    def entry(self, epochs: Epochs, first: int, last: int) -> int:
        """The index, at or after `first`, from which all epochs up to `last` are within the tolerance."""
        while last > first and self.is_within(epochs[last - 1]):
            last -= 1
        return last


def by_cost(experiment: Experiment, number: int, first: Epoch, surface: Surface) -> Tolerance | None:
    """The tolerance if only the least cost is known."""
    rate = step_size(experiment, number, surface)
    if surface.landscape and (valleys := surface.landscape.valleys):
        least, size = min(valley.cost for valley in valleys), max(abs(valley.cost) for valley in valleys)
        height = max(abs(first.cost - valley.cost) for valley in valleys)
        room = max(CONVERGED * height, rounding(experiment, size, abs(first.cost)))
        return ValleyTolerance(
            experiment=experiment,
            surface=surface,
            step_size=rate,
            penalty=0.0,
            least=least,
            height=height,
            room=room,
        )
    rest, lowest = surface.minimum, surface.least_cost
    if rest is None or lowest is None:
        return None
    height = abs(first.cost - lowest)
    room = max(CONVERGED * height, rounding(experiment, lowest, surface.cost((0.0,) * len(rest))))
    return Tolerance(step_size=rate, penalty=0.0, least=lowest, height=height, room=room)


ENDLESS: dict[Separation, str] = {
    "": "",
    "one class": _("no minimum: all rows are of one class"),
    "in part": _("no minimum: some of the rows are separable"),
    "whole": _("no minimum: the classes are separable"),
}
"""Why a cross-entropy falls for ever."""


def endless(experiment: Experiment, surface: Surface) -> str:
    """Why the cost falls for ever; empty if it does not, as with a penalty, which gives W a place to rest."""
    return "" if experiment.weight_decay else ENDLESS[surface.separation]
