"""The squared error of linear regression as what it is: a quadratic bowl."""

from typing import Literal

import msgspec

from gdtui.experiment.objective import LINEAR_REGRESSION, Convention


class QuadraticSurface(msgspec.Struct, frozen=True):
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

    @property
    def landscape(self) -> None:
        """A bowl has one valley."""

    @property
    def separation(self) -> Literal[""]:
        """Least squares always have a minimum."""
        return ""

    def margin(self, parameters: tuple[float, ...]) -> float:
        """Labels are numbers here, and no classes."""
        return 0.0

    def told(self, parameters: tuple[float, ...]) -> tuple[int, ...]:
        """Labels are numbers here, and no classes."""
        return ()

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
        """What the curvature over some of the rows, at most so many, is never more than."""
        return LINEAR_REGRESSION.conventions[convention].of(rows * self.targets) * rows * self.largest_row

    def at_rest(self, convention: Convention, decay: float) -> tuple[float, ...]:
        """Where the slope of the objective with the penalty `decay`/2·|θ|² is zero: ridge regression."""
        rest = [0.0] * len(self.minimum)
        for eigenvalue, axis in zip(self.eigenvalues, self.axes, strict=True):
            curvature = self.factor(convention) * eigenvalue
            along = sum(a * m for a, m in zip(axis, self.minimum, strict=True))
            kept = along * curvature / (curvature + decay) if curvature + decay else 0.0
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
