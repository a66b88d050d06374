"""Linear regression over rows shared among processes: each sums over its own rows, and the sums are added.

torchrun starts the processes. They add float64 numbers in the order of their ranks, so that all of them have the same
bits, in every run.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

from gdtui.descent.objective import Objective, Rows
from gdtui.descent.objectives import LinearRegression
from gdtui.descent.summed import summed_surface
from gdtui.descent.tensors import batches, tensor_of
from gdtui.descent.trainer import Trainer
from gdtui.errors import HostError
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Convention
from gdtui.experiment.summed import SharedRows
from gdtui.experiment.surface import QuadraticSurface
from gdtui.text import _

MOST_SECONDS = 120
"""How long a process waits for the others."""

Value = TypeVar("Value")


def together(act: Callable[[], Value]) -> Value:
    """The result of an action in which all processes take part.

    Raises:
        HostError: a process is gone, or does not answer.
    """
    try:
        return act()
    except RuntimeError as error:
        raise HostError(
            _(
                "another process of this run has ended, or has not answered for {n} seconds: start the run again",
                n=MOST_SECONDS,
            )
        ) from error


def join() -> None:
    """Connect to all processes that torchrun has started.

    Raises:
        HostError: they do not all connect.
    """
    together(lambda: distributed.init_process_group("gloo", timeout=timedelta(seconds=MOST_SECONDS)))


def part() -> None:
    """Wait until all processes reach the end, so that nothing sent is lost."""
    together(distributed.barrier)


def exchange(own: Value) -> list[Value]:
    """Each process's value, in the order of their ranks."""
    found: list[Any] = [None] * distributed.get_world_size()
    together(lambda: distributed.all_gather_object(found, own))
    return found


def gathered(own: Tensor) -> Tensor:
    """Each process's numbers in float64, one row per rank."""
    numbers = own.detach().to(torch.float64)
    found = [torch.empty_like(numbers) for _rank in range(distributed.get_world_size())]
    together(lambda: distributed.all_gather(found, numbers))
    return torch.stack(found)


class Everywhere(torch.autograd.Function):
    """A parameter that is the same in all processes; its gradient is the sum of theirs."""

    @staticmethod
    def forward(context: Any, parameter: Tensor) -> Tensor:
        """The parameter."""
        return parameter.view_as(parameter)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        """The sum of all processes' gradients."""
        return gathered(gradient).sum(0).to(gradient.dtype)


class Shared(LinearRegression):
    """The squared error over all rows, of which this process holds a share."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment.objective)
        self.count = experiment.dataset.rows
        """The number of rows in all processes: in the current batch, or altogether."""
        self._parameters: list[Tensor] = []
        self._known: tuple[Rows, list[Tensor]] | None = None
        """The rows of the last cost, with their gradient, which is computed along with it."""

    def rows(self, x: Tensor, y: Tensor, parameters: list[Tensor]) -> Rows:
        """Rows of the share with their hypothesis."""
        self._parameters = parameters
        if any(parameter.requires_grad for parameter in parameters):
            parameters = [Everywhere.apply(parameter) for parameter in parameters]  # type: ignore[no-untyped-call]
        return super().rows(x, y, parameters)

    def terms(self, rows: Rows) -> int:
        """The number of errors that the mean is taken over: those of all processes."""
        return self.count

    def cost(self, rows: Rows) -> Tensor:
        """The mean of the squares. The sums for the gradient are exchanged at the same time."""
        with torch.no_grad():
            slopes = super().gradient(rows, self._parameters)
            squares = torch.sum(rows.error**2, dim=0, keepdim=True, dtype=torch.float64)
        totals = gathered(torch.cat([squares, *slopes])).sum(0)
        cost, *sums = torch.split(totals, [1, *map(len, slopes)])
        self._known = rows, [part.to(rows.error.dtype) for part in sums]
        return torch.squeeze(cost / self.count).to(rows.error.dtype)

    def gradient(self, rows: Rows, parameters: list[Tensor]) -> list[Tensor]:
        """Σ(H − y)x for W and Σ(H − y) for b, over all processes."""
        if self._known is None or self._known[0] is not rows:
            self.cost(rows)
        return self._known[1] if self._known else []

    def loss(self, rows: Rows, convention: Convention) -> Tensor:
        """What autograd differentiates: this process's part of the loss."""
        total = torch.sum(rows.error**2)
        return total / 2 if convention == "sum" else total / self.count / (1 if convention == "mse" else 2)


class SharedTrainer(Trainer):
    """A trainer over all rows, in step with the other processes."""

    def __init__(self, experiment: Experiment, dataset: SharedRows) -> None:
        self._dataset = dataset
        self._shared = Shared(experiment)
        self._here = torch.full((dataset.rows,), -1)
        """The position of each row of the table in the share; −1 for rows that are not in it."""
        self._here[_numbers(dataset)] = torch.arange(len(dataset.share[-1]))
        super().__init__(experiment)

    def begin(self) -> tuple[Objective, Tensor, Tensor]:
        """The objective, and the rows of the share."""
        return self._shared, *_tensors(self._dataset, self.dtype)

    def _take_batches(self) -> None:
        """Update once per batch, with the same batches as a single process."""
        for numbers in batches(self.experiment, self.number):
            self._shared.count = len(numbers)
            here = self._here[numbers]
            here = here[here >= 0]
            self.gradient_method.take(self.gradient_method.gradient(self.rows(self.x[here], self.y[here])))
        self._shared.count = self._dataset.rows


def shared_surface(experiment: Experiment, dataset: SharedRows) -> QuadraticSurface:
    """The cost as a function of the parameters.

    Raises:
        ExperimentError: the squares of x are too large even for float64.
        HostError: another process is gone.
    """
    x = _tensors(dataset, torch.float64)[0]
    squares = x.reshape(len(x), len(dataset.features)).pow(2).sum(1) + experiment.has_bias
    largest = gathered(torch.cat([torch.zeros(1, dtype=torch.float64), squares]).max()).max()
    return summed_surface(experiment, dataset, float(largest))


def _numbers(dataset: SharedRows) -> Tensor:
    return torch.cat([torch.arange(0), *(torch.arange(*ends) for ends in dataset.numbers)])


def _tensors(dataset: SharedRows, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """x and y of the share."""
    *x, y = (tensor_of(values, dtype) for values in dataset.share)
    return x[0] if len(x) == 1 else torch.stack(x, dim=1), y
