"""The cost as a function of the parameters: what every cost surface offers, its stationary points, and the bowl."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Convention
from gdtui.experiment.objectives import LINEAR_REGRESSION

Place = Literal["valley", "hill", "saddle"]
"""A stationary point: a minimum, a maximum, or a saddle; a flat step on a slope counts as a saddle."""

LEAVES, WANDERS, ELSEWHERE = "!", "~", "?"
"""Marks for starts that end in no known valley: they diverge, never settle, or settle where no valley is known."""


class Stationary(msgspec.Struct, frozen=True):
    """A stationary point: the gradient of the cost is 0 there."""

    at: tuple[float, ...]
    cost: float
    kind: Place
    least_curvature: float
    """The least eigenvalue of the Hessian there; 0 if the cost is too flat or too sharply bent to tell."""


def asked_of(experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> tuple[object, ...]:
    """Everything that decides where these starts end on a given cost with the settings of an epoch; a cache key."""
    rate = experiment.stretch_at(epoch).rate
    settings = msgspec.structs.replace(experiment.settings_at(epoch), learning_rate=rate, method="optim")
    return settings, experiment.batch, experiment.seed, experiment.order, starts


class Landscape(Protocol):
    """The overall shape of a cost of one or two parameters, which may have several valleys."""

    @property
    def stationary(self) -> tuple[Stationary, ...]:
        """All stationary points found, from left to right."""

    @property
    def valleys(self) -> tuple[Stationary, ...]:
        """The minima among them; the first is valley 1."""

    def costs(self, places: Sequence[tuple[float, ...]]) -> list[float]:
        """The cost at each of many points, computed at once."""

    def valley_at(self, at: tuple[float, ...]) -> int | None:
        """The number of the valley that contains W, between its two hills; None if no known valley does."""

    def basins(
        self, experiment: Experiment, epoch: int, starts: tuple[float, ...], is_left: Callable[[], bool] = ...
    ) -> str:
        """Where runs from each of these values of W end with the settings and batches of an epoch: one character each.

        The character is the valley's number or one of the marks. Empty if that would take too long, or if it was
        cancelled.
        """

    def known_basins(self, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> str | None:
        """The last result of `basins` if it was for the same question; None if it has yet to be computed."""


STEP = 6e-6
"""The step h of a difference quotient, times the parameter if that is larger than 1.

About the cube root of float64's rounding unit, where the formula's error and the rounding error are about the same
(Press et al., Numerical Recipes, 5.7)."""

Separation = Literal["", "one class", "in part", "whole"]
"""Whether the classes can be separated: for some of the rows, or for all; or whether there is only one class."""


class Surface:
    """The cost as a function of the parameters, in float64. What a surface lacks is None or empty."""

    __slots__ = ()

    minimum: tuple[float, ...] | None = None
    """The parameters of least cost; None if unknown."""
    least_cost: float | None = None
    """The cost at `minimum`; None if unknown."""
    separation: Separation = ""
    """Why a cross-entropy has no minimum: it keeps falling as the parameters grow."""
    landscape: Landscape | None = None
    """Its stationary points, and where starts end; None if it has one valley at most, or too many parameters."""

    @property
    def quadratic(self) -> "QuadraticSurface | None":
        """This surface if the cost is quadratic; None for any other cost."""
        return None

    def cost(self, parameters: tuple[float, ...]) -> float:
        """The cost at `parameters`."""
        raise NotImplementedError

    def slope(self, parameters: tuple[float, ...]) -> tuple[float, ...]:
        """The gradient of the cost itself at `parameters`, independent of the convention."""
        raise NotImplementedError

    def difference_quotient(
        self, experiment: Experiment, epoch: int, parameters: tuple[float, ...]
    ) -> tuple[float, ...]:
        """(F(θ + h) − F(θ − h))/2h for each parameter, weight decay included. F is what the convention of the epoch
        differentiates.

        This checks a gradient without using its formula.
        """
        settings, objective = experiment.settings_at(epoch), experiment.objective
        conventions = (settings.convention, objective.slope_of_cost)
        here, of_cost = (objective.factor(name).of(experiment.dataset.rows) for name in conventions)
        quotients = []
        for index, value in enumerate(parameters):
            h = STEP * max(1.0, abs(value))
            above, below = ((*parameters[:index], value + way, *parameters[index + 1 :]) for way in (h, -h))
            rise, run = self.cost(above) - self.cost(below), above[index] - below[index]
            quotients.append(here / of_cost * rise / run + settings.penalty * value)
        return tuple(quotients)

    def curvature(self, convention: Convention, at: tuple[float, ...]) -> float:
        """L at the given parameters: the largest eigenvalue of the Hessian of what the convention differentiates."""
        raise NotImplementedError

    def largest_curvature(self, convention: Convention) -> float | None:
        """An upper bound on the curvature everywhere; None if unknown."""
        return None

    def told(self, parameters: tuple[float, ...]) -> tuple[int, ...]:
        """How many training rows have their label predicted right at `parameters`, then how many of the rows kept back.

        Empty if labels are not classes.
        """
        return ()

    def margin(self, parameters: tuple[float, ...]) -> float:
        """How far the worst row is inside its own class; negative if it is in another class.

        Meaningful if rows can be separated. For two classes it is the least (2y − 1)·z, with z = XW + b.
        """
        return 0.0


class QuadraticSurface(Surface, msgspec.Struct, frozen=True):
    """A quadratic bowl, given by its Gram matrix.

    A is the matrix of x with, for b, a column of ones. The cost at θ is `least_cost + (θ − minimum)ᵀ AᵀA (θ − minimum)
    / rows`. With k targets each column of W is a separate regression: AᵀA then has k identical blocks, and each
    eigenvalue occurs k times.
    """

    rows: int
    """The number of errors that the cost averages: m, or m·k with k targets."""
    gram: tuple[tuple[float, ...], ...]
    """AᵀA."""
    eigenvalues: tuple[float, ...]
    """Of AᵀA, in increasing order; none is negative."""
    axes: tuple[tuple[float, ...], ...]
    """The unit eigenvectors, in the same order."""
    minimum: tuple[float, ...]
    """The least-squares parameters; if there are many, those of least norm."""
    least_cost: float
    zero_cost: float
    """The mean squared error when every parameter is 0."""
    rank: int
    """Less than the number of parameters if the minima form a line or a plane."""
    largest_row: float
    """The largest |row|² of A."""
    targets: int = 1
    """k."""

    @property
    def has_one_minimum(self) -> bool:
        """Whether the minimum is a single point."""
        return self.rank == len(self.minimum)

    @property
    def quadratic(self) -> "QuadraticSurface":
        """Itself."""
        return self

    def curvature(self, convention: Convention, at: tuple[float, ...] = ()) -> float:
        """L, the largest eigenvalue of the Hessian of what the convention differentiates; the same everywhere."""
        return self.factor(convention) * self.eigenvalues[-1]

    def largest_curvature(self, convention: Convention) -> float:
        """The same as the curvature."""
        return self.curvature(convention)

    def least_curvature(self, convention: Convention) -> float:
        """The least non-zero eigenvalue of that Hessian, as nothing moves along the others; 0 if the cost is flat."""
        return self.factor(convention) * self.eigenvalues[-self.rank] if self.rank else 0.0

    def factor(self, convention: Convention) -> float:
        """What the convention multiplies Aᵀ(Aθ − y) by."""
        return LINEAR_REGRESSION.conventions[convention].of(self.rows)

    def batch_curvature(self, convention: Convention, rows: int) -> float:
        """An upper bound on the curvature over any batch of at most this many rows."""
        return LINEAR_REGRESSION.conventions[convention].of(rows * self.targets) * rows * self.largest_row

    def at_rest(self, convention: Convention, penalty: float) -> tuple[float, ...]:
        """Where the gradient plus that of a penalty λ/2·|θ|² is zero: the solution of ridge regression."""
        rest = [0.0] * len(self.minimum)
        for eigenvalue, axis in zip(self.eigenvalues, self.axes, strict=True):
            curvature = self.factor(convention) * eigenvalue
            along = sum(a * m for a, m in zip(axis, self.minimum, strict=True))
            kept = along * curvature / (curvature + penalty) if curvature + penalty else 0.0
            rest = [r + kept * a for r, a in zip(rest, axis, strict=True)]
        return tuple(rest)

    def cost(self, parameters: tuple[float, ...]) -> float:
        """The mean squared error at `parameters`."""
        offset = tuple(p - m for p, m in zip(parameters, self.minimum, strict=True))
        pulled = (sum(g * o for g, o in zip(row, offset, strict=True)) for row in self.gram)
        return self.least_cost + max(0.0, sum(o * p for o, p in zip(offset, pulled, strict=True))) / self.rows

    def slope(self, parameters: tuple[float, ...]) -> tuple[float, ...]:
        """The gradient of the mean squared error at `parameters`, independent of the convention."""
        offset = tuple(p - m for p, m in zip(parameters, self.minimum, strict=True))
        return tuple(2 * sum(g * o for g, o in zip(row, offset, strict=True)) / self.rows for row in self.gram)
