"""The torch half of each objective: the numbers of hypothesis, cost and gradient; see `experiment.objective`.

Shapes: x is (m,) for one column and (m, d) for several, y and H are (m,), W is (d,), b is (1,).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from gdtui.descent.surface import MeasuredSurface, least_squares
from gdtui.experiment.backend import Surface
from gdtui.experiment.dataset import Column, Dataset
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Convention
from gdtui.experiment.objective import Objective as Description


class Rows(NamedTuple):
    """Some rows of the data and what the hypothesis makes of them."""

    x: Tensor
    y: Tensor
    hypothesis: Tensor
    error: Tensor
    """H(x) − y."""


class Objective:
    """What the trainer asks of any; H is made of XW + b, and the gradient is Σ(H − y)x, unless overridden."""

    def __init__(self, description: Description) -> None:
        self.description = description

    def hypothesis(self, x: Tensor, parameters: list[Tensor]) -> Tensor:
        """H(x) for each row: W·x for one column, XW for several, + b if there is one."""
        weights, *bias = parameters
        product = x * weights if x.dim() == 1 else x @ weights
        return product + bias[0] if bias else product

    def cost(self, rows: Rows) -> Tensor:
        """The cost over the rows."""
        raise NotImplementedError

    def gradient(self, rows: Rows, parameters: list[Tensor]) -> list[Tensor]:
        """The gradient by hand, summed over the rows: Σ(H − y)x for W and Σ(H − y) for b, the convention `sum`."""
        x, error = rows.x, rows.error
        weights = _sum(error * x) if x.dim() == 1 else x.T @ error
        return [weights] if len(parameters) == 1 else [weights, _sum(error)]

    def row_slopes(self, x: Tensor, error: Tensor, parameters: list[Tensor]) -> Tensor:
        """What each row adds to that sum, given its error H(x) − y; shape (m, parameters)."""
        column = error.unsqueeze(1)
        products = column * x.reshape(len(error), -1)
        return products if len(parameters) == 1 else torch.cat([products, column], dim=1)

    def loss(self, rows: Rows, convention: Convention) -> Tensor:
        """What autograd differentiates."""
        raise NotImplementedError

    def surface(self, experiment: Experiment) -> Surface:
        """The cost by the parameters, over the experiment's data."""
        x, y = tensors(experiment.dataset, torch.float64)

        def rows(parameters: Tensor) -> Rows:
            parts = [parameters[:-1], parameters[-1:]] if experiment.has_bias else [parameters]
            hypothesis = self.hypothesis(x, parts)
            return Rows(x, y, hypothesis, hypothesis - y)

        return MeasuredSurface(
            lambda parameters: self.cost(rows(parameters)),
            lambda parameters, convention: self.loss(rows(parameters), convention),
        )


class LinearRegression(Objective):
    """H(x) = XW + b, with the mean of (H − y)²."""

    def cost(self, rows: Rows) -> Tensor:
        """The mean of the squares."""
        return torch.mean(rows.error**2)

    def loss(self, rows: Rows, convention: Convention) -> Tensor:
        """½Σ(H−y)² for `sum`, the mean of (H−y)² for `mse`, half that mean for `mean`."""
        if convention == "sum":
            return torch.sum(rows.error**2) / 2
        return self.cost(rows) if convention == "mse" else self.cost(rows) / 2

    def surface(self, experiment: Experiment) -> Surface:
        """A quadratic, by least squares."""
        x, y = tensors(experiment.dataset, torch.float64)
        columns = [x.reshape(len(y), -1)]
        if experiment.has_bias:
            columns.append(torch.ones(len(y), 1, dtype=torch.float64))
        return least_squares(experiment.dataset.name, torch.cat(columns, dim=1), y)


OBJECTIVES: dict[str, type[Objective]] = {"linear regression": LinearRegression}
"""By the names that the torch-free halves have."""


def objective_of(experiment: Experiment) -> Objective:
    """The torch half of the experiment's objective."""
    return OBJECTIVES[experiment.objective.name](experiment.objective)


def surface(experiment: Experiment) -> Surface:
    """The cost of the experiment by its parameters.

    Raises:
        ExperimentError: numbers become too large even for float64.
    """
    return objective_of(experiment).surface(experiment)


def tensors(dataset: Dataset, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """x and y."""
    columns = [_tensor(column, dtype) for column in dataset.x]
    return columns[0] if len(columns) == 1 else torch.stack(columns, dim=1), _tensor(dataset.y, dtype)


def _tensor(column: Column, dtype: torch.dtype) -> Tensor:
    # The column is read-only and the tensor is never written to, but torch would warn: it gets a copy.
    return torch.frombuffer(bytearray(column), dtype=torch.float64).to(dtype)


def _sum(values: Tensor) -> Tensor:
    """Σ, in the shape (1,) that b and a single weight have."""
    return torch.sum(values, dim=0, keepdim=True)
