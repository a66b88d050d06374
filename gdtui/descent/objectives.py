"""The torch half of each objective: hypothesis, cost and gradient as tensors; see `experiment.objective`."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from gdtui.descent.landscape import Landscape
from gdtui.descent.objective import MeasuredSurface, Objective, Rows, design
from gdtui.descent.surface import (
    Lowest,
    gram_of,
    least_squares,
    lowest_cross_entropy,
    lowest_softmax,
    margins,
    triangle_of,
)
from gdtui.descent.tensors import MANY
from gdtui.experiment import formula
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Convention
from gdtui.experiment.objectives import BORDER
from gdtui.experiment.surface import Surface
from gdtui.experiment.typed_cost import TypedCost as Formula

MOST_ROWS_OF_A_LANDSCAPE = {1: 10_000, 2: 500}
"""The most rows for which stationary points are searched, by the number of parameters.

The search comes before the first frame, and takes about 0.3 s with this many rows.
"""

REACH = 10.0
"""They are searched up to this far from 0; further for data whose x is small."""

SMALLEST = 1e-9

BLOCK = 2**11
"""The number of rows processed at a time for the surface of linear regression."""


class SquaredErrors(Objective):
    """The mean of (H − y)², for any H."""

    def cost(self, rows: Rows) -> Tensor:
        """The mean of the squares."""
        return torch.mean(rows.error**2)

    def loss(self, rows: Rows, convention: Convention) -> Tensor:
        """½Σ(H−y)² for `sum`, the mean of (H−y)² for `mse`, half that mean for `mean`."""
        if convention == "sum":
            return torch.sum(rows.error**2) / 2
        return self.cost(rows) if convention == "mse" else self.cost(rows) / 2


class LinearRegression(SquaredErrors):
    """H(x) = XW + b, with the mean of (H − y)²."""

    def surface(self, experiment: Experiment) -> Surface:
        """A quadratic, by least squares."""
        name, rows = experiment.dataset.name, experiment.dataset.rows
        if rows <= MANY:
            return least_squares(name, *design(experiment))
        targets = experiment.layout.targets
        triangle, largest = triangle_of(_blocks(experiment), targets)
        y = triangle[:, -1] if targets == 1 else triangle[:, -targets:]
        return least_squares(name, triangle[:, :-targets], y, rows, largest)


class Sigmoid(Objective):
    """H(x) is the sigmoid of XW + b."""

    def hypothesis(self, z: Tensor) -> Tensor:
        """The probability of a 1."""
        return torch.sigmoid(z)

    def told(self, rows: Rows) -> int | None:
        """How many labels are predicted right; H(x) of at least a half predicts 1."""
        return int(((rows.hypothesis >= BORDER) == (rows.y == 1)).sum())


class CrossEntropy(Objective):
    """The mean of −log of the probability given to each label, computed from z because H may round to 0 or 1.

    It is convex, and has a minimum unless the labels can be separated.
    """

    entropy: Callable[..., Tensor]
    """torch's function of z and y."""
    lowest: Callable[[Tensor, Tensor], Lowest]
    """Finds the minimum from x, with a column of ones if there is a b, and y."""
    bend: float
    """An upper bound on the curvature, as a multiple of the largest eigenvalue of XᵀX."""

    def cost(self, rows: Rows) -> Tensor:
        """The mean over the rows."""
        return self.entropy(rows.z, rows.y)

    def loss(self, rows: Rows, convention: Convention) -> Tensor:
        """The sum over the rows for `sum`, and the cost itself for `mean`."""
        return self.cost(rows) if convention == "mean" else self.entropy(rows.z, rows.y, reduction="sum")

    def surface(self, experiment: Experiment) -> Surface:
        """The cost as a function of the parameters."""
        matrix, y = design(experiment)
        bend = self.bend * torch.linalg.eigvalsh(gram_of(experiment.dataset.name, matrix))[-1].item()
        minimum, separation = self.lowest(matrix, y)
        return MeasuredSurface(
            self,
            experiment,
            minimum=minimum,
            bounds={name: factor.of(len(y)) * bend for name, factor in self.description.conventions.items()},
            separation=separation,
            margin=lambda at: margins(matrix @ at.reshape(-1, *y.shape[1:]), y),
        )


class LogisticRegression(CrossEntropy, Sigmoid):
    """The sigmoid with cross-entropy."""

    entropy = staticmethod(functional.binary_cross_entropy_with_logits)
    lowest = staticmethod(lowest_cross_entropy)
    bend = 1 / 4


class SoftmaxRegression(CrossEntropy):
    """The softmax of XW + b with cross-entropy. y has one column per class; the gradient is XᵀH − Xᵀy.

    A row's Hessian is (diag H − HHᵀ) ⊗ xxᵀ, and diag H − HHᵀ ≤ ½(I − 11ᵀ/k): D. Böhning, Multinomial logistic
    regression algorithm, Annals of the Institute of Statistical Mathematics 44 (1992), pages 197–200.
    """

    entropy = staticmethod(functional.cross_entropy)
    lowest = staticmethod(lowest_softmax)
    bend = 1 / 2

    def hypothesis(self, z: Tensor) -> Tensor:
        """The probability of each class."""
        return torch.softmax(z, dim=-1)

    def told(self, rows: Rows) -> int | None:
        """How many rows have their own class as the most probable one."""
        return int((rows.z.argmax(dim=1) == rows.y.argmax(dim=1)).sum())

    def terms(self, rows: Rows) -> int:
        """The number of rows, which the mean is taken over."""
        return len(rows.y)


class SquaredErrorOfSigmoid(Sigmoid, SquaredErrors):
    """The sigmoid with the mean of (H − y)²."""

    def pull(self, rows: Rows) -> Tensor:
        """The error times the slope of the sigmoid, H(1 − H)."""
        return rows.error * (rows.hypothesis * (1 - rows.hypothesis))

    def costs(self, rows: Rows) -> Tensor:
        """The cost of each of many parameters; the tensors have rows down and parameters across."""
        return torch.mean(rows.error**2, dim=0)

    def surface(self, experiment: Experiment) -> Surface:
        """A surface that may have several valleys, with its stationary points if there are few enough rows."""
        matrix = design(experiment)[0]
        gram_of(experiment.dataset.name, matrix)
        m, parameters = matrix.shape
        if m > MOST_ROWS_OF_A_LANDSCAPE.get(parameters, 0):
            return MeasuredSurface(self, experiment)
        # A weight counts as large where the sigmoid of a typical x is flat.
        reach = REACH / min(1.0, max(matrix.abs().median().item(), SMALLEST))
        landscape = Landscape(self.costs_of(experiment), parameters, reach, m)
        return MeasuredSurface(self, experiment, landscape=landscape)


class TypedCost(Objective):
    """f(W) itself: the fields of Rows all hold its value."""

    description: Formula

    def rows(self, x: Tensor, y: Tensor, parameters: list[Tensor]) -> Rows:
        """Rows whose fields all hold the value of f at the parameters."""
        value = formula.compute(self.description.formula, self._named(parameters), torch)
        return Rows(x, y, value, value, value)

    def _named(self, parameters: list[Tensor]) -> dict[str, Tensor]:
        (weights,), names = parameters, self.description.parameters
        return {"W": weights} if len(names) == 1 else dict(zip(names, weights, strict=True))

    def cost(self, rows: Rows) -> Tensor:
        """The value of f."""
        return rows.z

    def costs(self, rows: Rows) -> Tensor:
        """The value of f at each of many parameters."""
        return rows.z.reshape(-1)

    def gradient(self, rows: Rows, parameters: list[Tensor]) -> list[Tensor]:
        """The derivative found by sympy, at the parameters."""
        values = self._named(parameters)
        slopes = [
            formula.compute(slope, values, torch)
            if formula.parameters_in(slope)
            else torch.full_like(values[name], formula.compute(slope, values, torch))
            for name, slope in zip(values, self.description.slopes, strict=True)
        ]
        return slopes if len(slopes) == 1 else [torch.stack(slopes)]

    def surface(self, experiment: Experiment) -> Surface:
        """A surface of any shape, with its stationary points."""
        landscape = Landscape(self.costs_of(experiment), len(self.description.parameters), REACH)
        return MeasuredSurface(self, experiment, landscape=landscape)


OBJECTIVES: dict[str, type[Objective]] = {
    "linear regression": LinearRegression,
    "logistic regression": LogisticRegression,
    "softmax regression": SoftmaxRegression,
    "squared error of a sigmoid": SquaredErrorOfSigmoid,
    "typed cost": TypedCost,
}
"""By the names of the torch-free halves."""


def _blocks(experiment: Experiment) -> Iterator[Tensor]:
    """Blocks of rows: x, ones if there is a b, and y side by side, each column contiguous as LAPACK stores it."""
    dataset = experiment.dataset
    ones = [np.broadcast_to(1.0, dataset.rows)] if experiment.has_bias else []
    columns = [*map(np.asarray, dataset.x), *ones, *map(np.asarray, dataset.ys)]
    for first in range(0, dataset.rows, BLOCK):
        yield torch.from_numpy(np.stack([column[first : first + BLOCK] for column in columns])).T


def objective_of(experiment: Experiment) -> Objective:
    """The torch half of the experiment's objective."""
    return OBJECTIVES[experiment.objective.name](experiment.objective)
