"""Linear regression over rows of which only sums are kept: descent uses a few rows that have the same sums."""

import torch
from torch import Tensor

from gdtui.descent.objective import Objective, Rows
from gdtui.descent.objectives import LinearRegression
from gdtui.descent.surface import least_squares
from gdtui.descent.trainer import Trainer
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.summed import SummedRows
from gdtui.experiment.surface import QuadraticSurface


class Summed(LinearRegression):
    """The squared error over all rows, from a few rows with the same sums; b is multiplied by their column for 1."""

    def __init__(self, experiment: Experiment, ones: Tensor) -> None:
        super().__init__(experiment.objective)
        self.ones, self.count = ones, experiment.dataset.rows

    def rows(self, x: Tensor, y: Tensor, parameters: list[Tensor]) -> Rows:
        """The few rows with their hypothesis."""
        weights, *bias = parameters
        return super().rows(x, y, [weights, self.ones * bias[0]] if bias else parameters)

    def terms(self, rows: Rows) -> int:
        """The number of errors that the mean is taken over: those of all rows."""
        return self.count

    def gradient(self, rows: Rows, parameters: list[Tensor]) -> list[Tensor]:
        """Σ(H − y)x for W and Σ(H − y) for b."""
        slopes = super().gradient(rows, parameters)
        return [slopes[0], torch.sum(rows.error * self.ones, dim=0, keepdim=True)] if len(slopes) > 1 else slopes

    def cost(self, rows: Rows) -> Tensor:
        """The mean of the squares."""
        return torch.sum(rows.error**2) / self.count


class SummedTrainer(Trainer):
    """A trainer for a table of which only sums are kept."""

    def __init__(self, experiment: Experiment, dataset: SummedRows) -> None:
        self._dataset = dataset
        super().__init__(experiment)

    def begin(self) -> tuple[Objective, Tensor, Tensor]:
        """The objective, and the few rows to learn from."""
        ones, x, y = _parts(self._dataset, self.dtype)
        return Summed(self.experiment, ones), x[:, 0] if x.shape[1] == 1 else x, y


def summed_surface(experiment: Experiment, dataset: SummedRows, largest_row: float = 0.0) -> QuadraticSurface:
    """The cost as a function of the parameters; `largest_row` is the largest |row|², which only batches need.

    Raises:
        ExperimentError: the squares of x are too large even for float64.
    """
    ones, x, y = _parts(dataset, torch.float64)
    matrix = torch.cat([x, ones.unsqueeze(1)], dim=1) if experiment.has_bias else x
    return least_squares(dataset.name, matrix, y, dataset.rows, largest_row)


def _parts(dataset: SummedRows, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """The columns for 1, x and y of the few rows."""
    matrix = torch.tensor(dataset.triangle, dtype=torch.float64).to(dtype)
    return matrix[:, 0].contiguous(), matrix[:, 1:-1].contiguous(), matrix[:, -1].contiguous()
