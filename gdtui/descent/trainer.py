"""Gradient descent, one epoch at a time, as in the lecture: hypothesis, cost, gradient, update."""

import torch
from torch import Tensor

from gdtui.descent.methods import ByHand, gradient_method_for
from gdtui.descent.objective import Objective, Rows, shaped
from gdtui.descent.objectives import objective_of
from gdtui.descent.tensors import batches, tensors
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.schedule import CONSTANT

torch.set_num_threads(1)  # the same digits on every host, and room for a whole class on one


class Trainer:
    """Gradient descent on one Experiment. It holds the current position only, not the epochs behind it."""

    number: int
    """The number of the next epoch."""
    at: tuple[float, ...]
    """The parameters at its start, rounded to the dtype."""
    gradient_method: ByHand
    """Computes the gradient and takes the update; holds the weights and b."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.dtype = getattr(torch, experiment.dtype)
        self.objective, self.x, self.y = self.begin()
        kept = experiment.dataset.kept
        self.kept = kept and tensors(kept, self.dtype)
        self.restore(1, experiment.start)

    def begin(self) -> tuple[Objective, Tensor, Tensor]:
        """The objective, and the rows to learn from."""
        return objective_of(self.experiment), *tensors(self.experiment.dataset, self.dtype)

    def step(self) -> Epoch:
        """Take one epoch and return it, with all the numbers it computes."""
        if self.number == self.next_change:
            self.settle(self.gradient_method.parameters, self.gradient_method.memory())
        elif self.is_scheduled:
            self.gradient_method.set_rate(self.experiment.settings_at(self.number).learning_rate)
        rows = self.rows(self.x, self.y)  # the hypothesis H(x), and its errors H(x) − y
        cost = self.objective.cost(rows)
        validation = self.objective.cost(self.rows(*self.kept)).item() if self.kept else None
        gradient = self.gradient_method.gradient(rows)
        slope = floats(gradient)
        update = self.gradient_method.take(gradient) if self.experiment.batch is None else self._take_batches()

        before, self.at = self.at, floats(self.gradient_method.parameters)
        taken = floats(update) if update else tuple(b - a for b, a in zip(before, self.at, strict=True))
        memory = self.gradient_method.memory()
        epoch = Epoch(self.number, before, cost.item(), slope, taken, self.at, memory, validation)
        self.number += 1
        return epoch

    def _take_batches(self) -> list[Tensor] | None:
        """Update once per batch; return None, because what is subtracted is no single product."""
        for numbers in batches(self.experiment, self.number):
            self.gradient_method.take(self.gradient_method.gradient(self.rows(self.x[numbers], self.y[numbers])))
        return None

    def rows(self, x: Tensor, y: Tensor) -> Rows:
        """Rows with their hypothesis at the current parameters."""
        return self.objective.rows(x, y, self.gradient_method.parameters)

    def pending(self) -> Epoch:
        """The epoch that `step` would take, without taking it."""
        number, at, memory = self.number, self.at, self.gradient_method.memory()
        epoch = self.step()
        self.restore(number, at, memory)
        return epoch

    def restore(self, number: int, parameters: tuple[float, ...], memory: tuple[float, ...] = ()) -> None:
        """Continue from the start of epoch `number`, at `parameters`, with what the optimizer kept by then."""
        self.number = number
        parts = shaped(self.experiment, torch.tensor(parameters, dtype=self.dtype))
        tensors = [part.clone() for part in parts]
        self.at = floats(tensors)
        self.settle(tensors, memory)

    def settle(self, parameters: list[Tensor], memory: tuple[float, ...]) -> None:
        """Use the settings of the next epoch; an optimizer that stays keeps its memory."""
        settings = self.experiment.settings_at(self.number)
        if settings.optimizer.name != self.experiment.settings_at(self.number - 1).optimizer.name:
            memory = ()
        parameters = [parameter.detach() for parameter in parameters]
        self.gradient_method = gradient_method_for(self.objective, settings, parameters, memory)
        self.next_change = self.experiment.next_change(self.number)
        self.is_scheduled = settings.schedule != CONSTANT


def floats(tensors: list[Tensor]) -> tuple[float, ...]:
    """The numbers of W, row by row, and then of b, if there is one."""
    if len(tensors) == 1:
        return tuple(tensors[0].flatten().tolist())
    return (*tensors[0].flatten().tolist(), *tensors[1].tolist())
