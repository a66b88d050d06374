"""The cost as a function of the parameters: what all surfaces tell, where one with valleys is level, and the bowl."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Convention
from gdtui.experiment.objectives import LINEAR_REGRESSION

Place = Literal["valley", "hill", "saddle"]
"""A place where the cost is level: lower than all around it, higher, or both; a step on a slope is a saddle too."""

LEAVES, WANDERS, ELSEWHERE = "!", "~", "?"
"""Marks of starts that reach no valley: they leave for ever, do not settle, or settle where no valley is known."""


class Stationary(msgspec.Struct, frozen=True):
    """A place where the slope of the cost is 0."""

    at: tuple[float, ...]
    cost: float
    kind: Place
    least_curvature: float
    """The least eigenvalue of the Hessian of the cost there; 0 where it is too flat, or bent too sharply, to tell."""


def asked_of(experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> tuple[object, ...]:
    """All that decides where starts end on the same cost, with the settings of an epoch from the first on."""
    rate = experiment.stretch_at(epoch).rate
    settings = msgspec.structs.replace(experiment.settings_at(epoch), learning_rate=rate, method="optim")
    return settings, experiment.batch, experiment.seed, experiment.order, starts


class Landscape(Protocol):
    """The whole of a cost over one parameter or two, which may have several valleys."""

    @property
    def stationary(self) -> tuple[Stationary, ...]:
        """All places found where the cost is level, from left to right."""

    @property
    def valleys(self) -> tuple[Stationary, ...]:
        """The valleys among them; the first is valley 1."""

    def costs(self, places: Sequence[tuple[float, ...]]) -> list[float]:
        """The cost at each of many parameters, in one go."""

    def valley_at(self, at: tuple[float, ...]) -> int | None:
        """The number of the valley between whose hills a value of W is; None where it is in none that is known."""

    def basins(
        self, experiment: Experiment, epoch: int, starts: tuple[float, ...], is_left: Callable[[], bool] = ...
    ) -> str:
        """Where runs from each of these values of W end with the settings and batches of an epoch: a character each.

        The number of the valley, or one of the marks. Empty where that would take too long, or where it is left.
        """

    def known_basins(self, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> str | None:
        """What `basins` says, where it was asked that last; None where it has yet to be worked out."""


STEP = 6e-6
"""Of a difference quotient: about the cube root of float64's rounding unit, where the error of the formula and that of
rounding meet (Press et al., Numerical Recipes, 5.7); times the parameter where that is larger than 1."""

Separation = Literal["", "one class", "in part", "whole"]
"""How rows of different classes can be separated: only some of them, or all; or there is only one class."""


class Surface:
    """The cost as a function of the parameters, in float64. What only some have, the others say they have not."""

    __slots__ = ()

    minimum: tuple[float, ...] | None = None
    """The parameters of least cost; None where none are known."""
    least_cost: float | None = None
    """The cost at `minimum`; None where none is known."""
    separation: Separation = ""
    """What leaves a cross-entropy without a minimum: it falls as long as the parameters grow."""
    landscape: Landscape | None = None
    """Where it is level, and where starts end; None where it has one valley at most, or too many parameters."""

    @property
    def quadratic(self) -> "QuadraticSurface | None":
        """What holds only for a quadratic cost; None for any other cost."""
        return None

    def cost(self, parameters: tuple[float, ...]) -> float:
        """The cost at `parameters`."""
        raise NotImplementedError

    def slope(self, parameters: tuple[float, ...]) -> tuple[float, ...]:
        """The gradient of the cost at `parameters`, whatever convention is in use."""
        raise NotImplementedError

    def difference_quotient(
        self, experiment: Experiment, epoch: int, parameters: tuple[float, ...]
    ) -> tuple[float, ...]:
        """(C(θ + h) − C(θ − h))/2h for each parameter, in the convention of the epoch, weight decay included.

        So one checks a gradient, without a formula for it.
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
        """L, the largest eigenvalue at `at` of the Hessian of what the convention differentiates."""
        raise NotImplementedError

    def largest_curvature(self, convention: Convention) -> float | None:
        """What no curvature anywhere exceeds; None where no bound is known."""
        return None

    def told(self, parameters: tuple[float, ...]) -> tuple[int, ...]:
        """How many rows have their label told at `parameters`, and then how many of those kept back.

        Nothing where labels are no classes.
        """
        return ()

    def margin(self, parameters: tuple[float, ...]) -> float:
        """How far inside its own class the row is that is the least so; less than 0 where it is in another one.

        Meaningful where rows can be separated: for two classes the least (2y − 1)·z, with z = XW + b.
        """
        return 0.0


class QuadraticSurface(Surface, msgspec.Struct, frozen=True):
    """A quadratic bowl, given by its Gram matrix.

    With A the matrix of x and, for b, a column of ones, the cost at θ is
    `least_cost + (θ − minimum)ᵀ AᵀA (θ − minimum) / rows`. With k targets each column of W is a regression of its own:
    AᵀA holds k blocks that are the same, and each eigenvalue comes k times.
    """

    rows: int
    """How many errors the cost is the mean of: m, or m·k with k targets."""
    gram: tuple[tuple[float, ...], ...]
    """AᵀA."""
    eigenvalues: tuple[float, ...]
    """Of AᵀA, rising, none negative."""
    axes: tuple[tuple[float, ...], ...]
    """A unit vector along each eigenvalue's direction."""
    minimum: tuple[float, ...]
    """The least-squares parameters; where there are many, those of least norm."""
    least_cost: float
    """The mean squared error at `minimum`."""
    zero_cost: float
    """The mean squared error where every parameter is 0."""
    rank: int
    """Less than the number of parameters where many minima lie on a line or plane."""
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
        """L, the largest eigenvalue of the Hessian of what the convention differentiates, the same everywhere."""
        return self.factor(convention) * self.eigenvalues[-1]

    def largest_curvature(self, convention: Convention) -> float:
        """The curvature, which is the same everywhere."""
        return self.curvature(convention)

    def least_curvature(self, convention: Convention) -> float:
        """The least eigenvalue of that Hessian but those that are zero, along which nothing moves; 0 in a flat cost."""
        return self.factor(convention) * self.eigenvalues[-self.rank] if self.rank else 0.0

    def factor(self, convention: Convention) -> float:
        """What the convention multiplies Aᵀ(Aθ − y) by."""
        return LINEAR_REGRESSION.conventions[convention].of(self.rows)

    def batch_curvature(self, convention: Convention, rows: int) -> float:
        """An upper bound on the curvature over any batch of at most this many rows."""
        return LINEAR_REGRESSION.conventions[convention].of(rows * self.targets) * rows * self.largest_row

    def at_rest(self, convention: Convention, penalty: float) -> tuple[float, ...]:
        """Where the slope of the objective with a penalty λ/2·|θ|² is zero, for the λ given: ridge regression."""
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
        """The gradient of the mean squared error at `parameters`, whatever convention is in use."""
        offset = tuple(p - m for p, m in zip(parameters, self.minimum, strict=True))
        return tuple(2 * sum(g * o for g, o in zip(row, offset, strict=True)) / self.rows for row in self.gram)
