"""The torch half of each objective: the numbers of hypothesis, cost and gradient; see `experiment.objective`.

Shapes: x is (m,) for one column and (m, d) for several, y and H are (m,), W is (d,), b is (1,). With k targets x is
always (m, d), y and H are (m, k), W is (d, k) and b is (k,).
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from gdtui.descent.landscape import Landscape
from gdtui.descent.surface import (
    CostOf,
    LossOf,
    MeasuredSurface,
    ToldOf,
    gram_of,
    least_squares,
    minimum_of_cross_entropy,
    triangle_of,
)
from gdtui.descent.tensors import MANY, tensor_of, tensors
from gdtui.experiment import formula
from gdtui.experiment.backend import Surface
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Convention
from gdtui.experiment.objective import Objective as Description
from gdtui.experiment.typed_cost import TypedCost as Formula

MOST_OF_A_LANDSCAPE = 2
"""Stationary points are looked for where there are so many parameters at most."""

REACH = 10.0
"""They are looked for up to so far from 0; further away for data whose x is small."""

SMALLEST = 1e-9

BLOCK = 2**11
"""Of many rows so many at a time go into the surface of linear regression."""


class Rows(NamedTuple):
    """Some rows of the data and what the hypothesis makes of them."""

    x: Tensor
    y: Tensor
    z: Tensor
    """XW + b."""
    hypothesis: Tensor
    """H(x), which is made of that."""
    error: Tensor
    """H(x) − y."""


class Objective:
    """What the trainer asks of any; H is XW + b, and the gradient is Σ(H − y)x, unless overridden."""

    def __init__(self, description: Description) -> None:
        self.description = description

    def rows(self, x: Tensor, y: Tensor, parameters: list[Tensor]) -> Rows:
        """Some rows with what the hypothesis makes of them: W·x for one column, XW for several, + b if there is one."""
        weights, *bias = parameters
        product = x * weights if x.dim() == 1 else x @ weights
        z = product + bias[0] if bias else product
        hypothesis = self.hypothesis(z)
        return Rows(x, y, z, hypothesis, hypothesis - y)

    def hypothesis(self, z: Tensor) -> Tensor:
        """H(x) for each row."""
        return z

    def cost(self, rows: Rows) -> Tensor:
        """The cost over the rows."""
        raise NotImplementedError

    def told(self, rows: Rows) -> int | None:
        """How many labels H(x) tells; None where labels are no classes."""
        return None

    def pull(self, rows: Rows) -> Tensor:
        """What each row's x is multiplied by in the gradient; in the shape of y."""
        return rows.error

    def terms(self, rows: Rows) -> int:
        """How many errors a mean is taken over."""
        return rows.y.numel()

    def gradient(self, rows: Rows, parameters: list[Tensor]) -> list[Tensor]:
        """The gradient by hand, summed over the rows: Σ(H − y)x for W and Σ(H − y) for b, the convention `sum`."""
        x, pull = rows.x, self.pull(rows)
        weights = _sum(pull * x) if x.dim() == 1 else x.T @ pull
        return [weights] if len(parameters) == 1 else [weights, _sum(pull)]

    def row_slopes(self, rows: Rows, parameters: list[Tensor]) -> Tensor:
        """What each row adds to that sum; shape (m, parameters)."""
        m = len(rows.x)
        pull = self.pull(rows).reshape(m, -1)
        products = (rows.x.reshape(m, -1, 1) * pull.unsqueeze(1)).flatten(1)
        return products if len(parameters) == 1 else torch.cat([products, pull], dim=1)

    def loss(self, rows: Rows, convention: Convention) -> Tensor:
        """What autograd differentiates."""
        raise NotImplementedError

    def surface(self, experiment: Experiment) -> Surface:
        """The cost by the parameters, over the experiment's data."""
        gram_of(experiment.dataset.name, design(experiment)[0])  # refuses x whose curvature is too large a number
        return MeasuredSurface(*self.by_parameters(experiment))

    def by_parameters(self, experiment: Experiment) -> tuple[CostOf, LossOf, ToldOf]:
        """The cost, what a convention differentiates, and the labels told, by the parameters in one tensor."""
        x, y = tensors(experiment.dataset, torch.float64)

        def rows(parameters: Tensor) -> Rows:
            return self.rows(x, y, shaped(experiment, parameters))

        return (
            lambda at: self.cost(rows(at)),
            lambda at, convention: self.loss(rows(at), convention),
            lambda at: self.told(rows(at)),
        )

    def costs(self, rows: Rows) -> Tensor:
        """The cost of each of many parameters; see `many`."""
        raise NotImplementedError

    def many(self, experiment: Experiment) -> "Many":
        """This objective over the experiment's data, for many parameters at once."""
        x, y = tensors(experiment.dataset, torch.float64)
        columns = len(experiment.dataset.x)
        table, labels = x.reshape(len(y), columns), y.reshape(-1, 1)

        def rows(at: Tensor) -> Rows:
            return self.rows(table, labels, [at[:columns], at[columns:]] if experiment.has_bias else [at])

        return Many(self, rows)


class Many(NamedTuple):
    """An objective for many parameters at once, which lie side by side: shape (parameters, many)."""

    objective: Objective
    rows: Callable[[Tensor], Rows]

    def costs(self, at: Tensor) -> Tensor:
        """The cost of each."""
        return self.objective.costs(self.rows(at))


class SquaredErrors(Objective):
    """The mean of (H − y)², whatever H is."""

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
        """H(x) of a half or more stands for 1."""
        return int(((rows.hypothesis >= 0.5) == (rows.y == 1)).sum())


class LogisticRegression(Sigmoid):
    """The sigmoid with cross-entropy. It is computed from z, where H may be rounded to 0 or 1."""

    def cost(self, rows: Rows) -> Tensor:
        """The mean of −log of the probability that each label is given."""
        return functional.binary_cross_entropy_with_logits(rows.z, rows.y)

    def loss(self, rows: Rows, convention: Convention) -> Tensor:
        """The sum over the rows for `sum`, and the cost itself for `mean`."""
        if convention == "mean":
            return self.cost(rows)
        return functional.binary_cross_entropy_with_logits(rows.z, rows.y, reduction="sum")

    def surface(self, experiment: Experiment) -> Surface:
        """Convex: at most ¼ of what the squares of x bend, with a minimum unless a line separates the labels."""
        matrix, y = design(experiment)
        bend = torch.linalg.eigvalsh(gram_of(experiment.dataset.name, matrix))[-1].item() / 4
        bounds = {name: factor.of(len(y)) * bend for name, factor in self.description.conventions.items()}
        minimum = minimum_of_cross_entropy(matrix, y)
        return MeasuredSurface(*self.by_parameters(experiment), minimum, bounds, is_convex=True)


class SquaredErrorOfSigmoid(Sigmoid, SquaredErrors):
    """The sigmoid with the mean of (H − y)²."""

    def pull(self, rows: Rows) -> Tensor:
        """The error times the slope of the sigmoid, H(1 − H)."""
        return rows.error * (rows.hypothesis * (1 - rows.hypothesis))

    def costs(self, rows: Rows) -> Tensor:
        """The cost of each of many parameters: rows go down, parameters across."""
        return torch.mean(rows.error**2, dim=0)

    def surface(self, experiment: Experiment) -> Surface:
        """It may have several valleys."""
        matrix = design(experiment)[0]
        gram_of(experiment.dataset.name, matrix)
        if matrix.shape[1] > MOST_OF_A_LANDSCAPE:
            return MeasuredSurface(*self.by_parameters(experiment))
        # A weight is large where the sigmoid of a typical x has gone flat.
        reach = REACH / min(1.0, max(matrix.abs().median().item(), SMALLEST))
        landscape = Landscape(self.many(experiment), matrix.shape[1], reach)
        return MeasuredSurface(*self.by_parameters(experiment), landscape=landscape)


class TypedCost(Objective):
    """f(W), and nothing else: what would be rows holds its value."""

    description: Formula

    def rows(self, x: Tensor, y: Tensor, parameters: list[Tensor]) -> Rows:
        """f at the parameters, in the place of everything that rows have."""
        value = formula.compute(self.description.formula, self._named(parameters), torch)
        return Rows(x, y, value, value, value)

    def _named(self, parameters: list[Tensor]) -> dict[str, Tensor]:
        (weights,), names = parameters, self.description.parameters
        return {"W": weights} if len(names) == 1 else dict(zip(names, weights, strict=True))

    def cost(self, rows: Rows) -> Tensor:
        """The value of f."""
        return rows.z

    def loss(self, rows: Rows, convention: Convention) -> Tensor:
        """The value of f."""
        return rows.z

    def costs(self, rows: Rows) -> Tensor:
        """The value of f at each of many parameters."""
        return rows.z.reshape(-1)

    def gradient(self, rows: Rows, parameters: list[Tensor]) -> list[Tensor]:
        """The derivative that sympy has found, with the parameters put in."""
        values = self._named(parameters)
        slopes = [
            formula.compute(slope, values, torch)
            if formula.parameters_in(slope)
            else torch.full_like(values[name], formula.compute(slope, values, torch))
            for name, slope in zip(values, self.description.slopes, strict=True)
        ]
        return slopes if len(slopes) == 1 else [torch.stack(slopes)]

    def surface(self, experiment: Experiment) -> Surface:
        """Any shape at all."""
        landscape = Landscape(self.many(experiment), len(self.description.parameters), REACH)
        return MeasuredSurface(*self.by_parameters(experiment), landscape=landscape)


OBJECTIVES: dict[str, type[Objective]] = {
    "linear regression": LinearRegression,
    "logistic regression": LogisticRegression,
    "squared error of a sigmoid": SquaredErrorOfSigmoid,
    "typed cost": TypedCost,
}
"""By the names that the torch-free halves have."""


def design(experiment: Experiment) -> tuple[Tensor, Tensor]:
    """x of shape (m, d) with a column of ones where there is a b, and y, in float64."""
    x, y = tensors(experiment.dataset, torch.float64)
    columns = [x.reshape(len(y), -1)]
    if experiment.has_bias:
        columns.append(torch.ones(len(y), 1, dtype=torch.float64))
    return torch.cat(columns, dim=1), y


def _blocks(experiment: Experiment) -> Iterator[Tensor]:
    """x, ones where there is a b, and y of some rows after others, each column in one piece, as LAPACK has them."""
    dataset, width = experiment.dataset, len(experiment.dataset.x)
    for first in range(0, dataset.rows, BLOCK):
        columns = [tensor_of(c[first : first + BLOCK], torch.float64) for c in (*dataset.x, *dataset.ys)]
        ones = [torch.ones_like(columns[0])] if experiment.has_bias else []
        yield torch.stack([*columns[:width], *ones, *columns[width:]]).T


def objective_of(experiment: Experiment) -> Objective:
    """The torch half of the experiment's objective."""
    return OBJECTIVES[experiment.objective.name](experiment.objective)


def surface(experiment: Experiment) -> Surface:
    """The cost of the experiment by its parameters.

    Raises:
        ExperimentError: numbers become too large even for float64.
    """
    return objective_of(experiment).surface(experiment)


def shaped(experiment: Experiment, parameters: Tensor) -> list[Tensor]:
    """W and, where there is one, b, out of all parameters in one tensor."""
    shapes = experiment.layout.shapes
    parts = torch.split(parameters, [math.prod(shape) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _sum(values: Tensor) -> Tensor:
    """Σ over the rows, in the shape that b has: (1,), which is that of a single weight too, or (k,)."""
    return torch.sum(values, dim=0, keepdim=values.dim() == 1)
