"""Gradient descent, one epoch at a time, as in the lecture: hypothesis, cost, gradient, update."""

import torch
from torch import Tensor

from gdtui.dataset import Column
from gdtui.descent.gradient import way_to
from gdtui.epoch import Epoch
from gdtui.experiment import Experiment

torch.set_num_threads(1)  # the same digits on every host, and room for a class on it


class Trainer:
    """Walks down the cost of one Experiment; it keeps where it is and nothing of the way behind it."""

    number: int
    """The epoch that comes next."""
    at: tuple[float, ...]
    """The parameters where it begins, rounded to the dtype."""
    weights: Tensor
    """Shape (d,)."""
    bias: Tensor | None
    """Shape (1,), or None without one."""
    parameters: list[Tensor]
    """The weights and, where there is one, b."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.dtype = getattr(torch, experiment.dtype)
        columns = [self._tensor(column) for column in experiment.dataset.x]
        self.x = columns[0] if len(columns) == 1 else torch.stack(columns, dim=1)
        self.y = self._tensor(experiment.dataset.y)
        self.restore(1, experiment.start)

    def step(self) -> Epoch:
        """Take one epoch and return it, with every number on the way."""
        if self.number == self.next_change:
            self._settle()
        hypothesis = self.hypothesis()
        residual = hypothesis - self.y
        cost = torch.mean(residual**2)
        gradient = self.way.gradient(residual)
        update = [self.learning_rate * slope for slope in gradient]
        self.way.take(update)

        before, self.at = self.at, _floats(self.parameters)
        epoch = Epoch(self.number, before, cost.item(), _floats(gradient), _floats(update), self.at)
        self.number += 1
        return epoch

    def hypothesis(self) -> Tensor:
        """H(x) = W·x for one column, XW for several, + b if there is one; shape (m,)."""
        product = self.x * self.weights if self.x.dim() == 1 else self.x @ self.weights
        return product if self.bias is None else product + self.bias

    def pending(self) -> Epoch:
        """The epoch that `step` would take, without taking it."""
        number, at = self.number, self.at
        epoch = self.step()
        self.restore(number, at)
        return epoch

    def restore(self, number: int, parameters: tuple[float, ...]) -> None:
        """Go to where epoch `number` begins, at `parameters`."""
        self.number = number
        weights, bias = self.experiment.split(parameters)
        self.weights = torch.tensor(weights, dtype=self.dtype)
        self.bias = None if bias is None else torch.tensor([bias], dtype=self.dtype)
        self.parameters = [self.weights] if self.bias is None else [self.weights, self.bias]
        self.at = _floats(self.parameters)
        self._settle()

    def _settle(self) -> None:
        """Take up the settings of the epoch that comes next."""
        settings = self.experiment.settings_at(self.number)
        self.learning_rate = settings.learning_rate
        self.parameters = [parameter.detach() for parameter in self.parameters]
        self.weights = self.parameters[0]
        self.bias = self.parameters[1] if self.experiment.has_bias else None
        self.way = way_to(settings, self.x, self.parameters)
        self.next_change = self.experiment.next_change(self.number)

    def _tensor(self, column: Column) -> Tensor:
        # The column is read-only and the tensor is never written to, but torch would warn: it gets a copy.
        return torch.frombuffer(bytearray(column), dtype=torch.float64).to(self.dtype)


def _floats(tensors: list[Tensor]) -> tuple[float, ...]:
    """The numbers of the weights and, where there is one, of b."""
    if len(tensors) == 1:
        return tuple(tensors[0].tolist())
    return (*tensors[0].tolist(), *tensors[1].tolist())
