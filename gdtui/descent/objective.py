"""The torch half of an objective: what the trainer asks of it, and the tensors of an experiment.

Shapes: x is (m,) for one column and (m, d) for several, y and H are (m,), W is (d,), b is (1,). With k targets x is
always (m, d), y and H are (m, k), W is (d, k) and b is (k,).
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from gdtui.descent.surface import gram_of
from gdtui.descent.tensors import tensors
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Convention
from gdtui.experiment.objective import Objective as Description
from gdtui.experiment.surface import Landscape, Separation, Surface

CostsOf = Callable[[Tensor, Tensor | None], Tensor]
"""Computes the cost of many parameters, of shape (parameters, many), over all rows or those with these indexes."""


class Rows(NamedTuple):
    """Some rows of the data, and the hypothesis for them."""

    x: Tensor
    y: Tensor
    z: Tensor
    """XW + b."""
    hypothesis: Tensor
    """H(x), computed from z."""
    error: Tensor
    """H(x) − y."""


class Objective:
    """What the trainer asks of every objective. H is XW + b and the gradient Σ(H − y)x unless a subclass overrides
    them.
    """

    def __init__(self, description: Description) -> None:
        self.description = description

    def rows(self, x: Tensor, y: Tensor, parameters: list[Tensor]) -> Rows:
        """Some rows with the hypothesis for them: W·x for one column, XW for several, plus b if there is one."""
        weights, *bias = parameters
        product = x * weights if x.dim() == 1 else x @ weights
        z = product + bias[0] if bias else product
        hypothesis = self.hypothesis(z)
        return Rows(x, y, z, hypothesis, hypothesis - y)

    def hypothesis(self, z: Tensor) -> Tensor:
        """H(x) for each row, computed from z."""
        return z

    def cost(self, rows: Rows) -> Tensor:
        """The cost over the rows."""
        raise NotImplementedError

    def told(self, rows: Rows) -> int | None:
        """How many labels H(x) predicts right; None if the labels are not classes."""
        return None

    def pull(self, rows: Rows) -> Tensor:
        """What each row's x is multiplied by in the gradient; in the shape of y."""
        return rows.error

    def terms(self, rows: Rows) -> int:
        """The number of errors that the mean is taken over."""
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
        """What autograd differentiates: the cost itself, unless a convention differs."""
        return self.cost(rows)

    def surface(self, experiment: Experiment) -> Surface:
        """The cost as a function of the parameters, over the experiment's data."""
        gram_of(experiment.dataset.name, design(experiment)[0])  # raises if the curvature is too large
        return MeasuredSurface(self, experiment)

    def costs(self, rows: Rows) -> Tensor:
        """The cost of each of many parameters; see `costs_of`."""
        raise NotImplementedError

    def costs_of(self, experiment: Experiment) -> CostsOf:
        """The cost over the experiment's data, for many parameters at once."""
        x, y = tensors(experiment.dataset, torch.float64)
        columns = len(experiment.dataset.x)
        table, labels = x.reshape(len(y), columns), y.reshape(-1, 1)

        def costs(at: Tensor, numbers: Tensor | None) -> Tensor:
            some = (table, labels) if numbers is None else (table[numbers], labels[numbers])
            return self.costs(self.rows(*some, [at[:columns], at[columns:]] if experiment.has_bias else [at]))

        return costs


class MeasuredSurface(Surface):
    """A cost of any shape over an experiment's data, computed at each point where it is needed."""

    def __init__(
        self,
        objective: Objective,
        experiment: Experiment,
        *,
        minimum: tuple[float, ...] | None = None,
        bounds: Mapping[Convention, float] | None = None,
        landscape: Landscape | None = None,
        separation: Separation = "",
        margin: Callable[[Tensor], Tensor] = torch.zeros_like,
    ) -> None:
        """`bounds` are upper bounds on the curvature; `margin` is how far each row is inside its class at the
        parameters.
        """
        self._objective, self._experiment = objective, experiment
        kept = experiment.dataset.kept
        self._parts = [tensors(data, torch.float64) for data in (experiment.dataset, *([kept] if kept else []))]
        self._bounds, self._margin = bounds or {}, margin
        self.landscape, self.separation, self.minimum = landscape, separation, minimum
        self.least_cost = None if minimum is None else self.cost(minimum)

    def _rows(self, at: Tensor, part: int = 0) -> Rows:
        """The training rows, or the rows kept back (part 1), at the parameters given as one tensor."""
        return self._objective.rows(*self._parts[part], shaped(self._experiment, at))

    def cost(self, parameters: tuple[float, ...]) -> float:
        """The cost at `parameters`."""
        return self._objective.cost(self._rows(_at(parameters))).item()

    def told(self, parameters: tuple[float, ...]) -> tuple[int, ...]:
        """How many training rows have their label predicted right, then how many of the rows kept back."""
        counts = (self._objective.told(self._rows(_at(parameters), part)) for part in range(len(self._parts)))
        return tuple(count for count in counts if count is not None)

    def margin(self, parameters: tuple[float, ...]) -> float:
        """How far the worst row is inside its own class."""
        return self._margin(_at(parameters)).min().item()

    def slope(self, parameters: tuple[float, ...]) -> tuple[float, ...]:
        """The gradient of the cost there, by autograd."""
        at = _at(parameters).requires_grad_()
        (gradient,) = torch.autograd.grad(self._objective.cost(self._rows(at)), at)
        return tuple(gradient.tolist())

    def curvature(self, convention: Convention, at: tuple[float, ...]) -> float:
        """The largest eigenvalue of the Hessian there, by autograd."""
        here = _at(at).requires_grad_()
        loss = self._objective.loss(self._rows(here), convention)
        (gradient,) = torch.autograd.grad(loss, here, create_graph=True)
        if not gradient.requires_grad:  # a plane
            return 0.0
        hessian = [torch.autograd.grad(slope, here, retain_graph=True)[0] for slope in gradient]
        return float(torch.linalg.eigvalsh(torch.stack(hessian))[-1])

    def largest_curvature(self, convention: Convention) -> float | None:
        """An upper bound on the curvature everywhere, if known."""
        return self._bounds.get(convention)


def _at(parameters: tuple[float, ...]) -> Tensor:
    return torch.tensor(parameters, dtype=torch.float64)


def design(experiment: Experiment) -> tuple[Tensor, Tensor]:
    """x of shape (m, d), with a column of ones if there is a b; and y; both in float64."""
    x, y = tensors(experiment.dataset, torch.float64)
    columns = [x.reshape(len(y), -1)]
    if experiment.has_bias:
        columns.append(torch.ones(len(y), 1, dtype=torch.float64))
    return torch.cat(columns, dim=1), y


def shaped(experiment: Experiment, parameters: Tensor) -> list[Tensor]:
    """Split all parameters, given as one tensor, into W and, if there is one, b."""
    shapes = experiment.layout.shapes
    parts = torch.split(parameters, [math.prod(shape) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _sum(values: Tensor) -> Tensor:
    """Σ over the rows, in the shape of b: (1,), which is also the shape of a single weight, or (k,)."""
    return torch.sum(values, dim=0, keepdim=values.dim() == 1)
