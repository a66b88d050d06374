"""The cost as a function of the parameters: its minimum and its curvature, from the data in float64."""

import torch
from torch import Tensor

from gdtui.errors import ExperimentError
from gdtui.experiment.backend import Surface
from gdtui.experiment.experiment import Experiment

ROUNDING = 16 * torch.finfo(torch.float64).eps
"""A residual smaller than this, relative to y, is what rounding leaves of a perfect fit."""


def surface(experiment: Experiment) -> Surface:
    """The cost surface of the experiment's data and hypothesis.

    The minimum is the least-squares solution by singular values (LAPACK gelsd), of least norm where there are many.

    Raises:
        ExperimentError: the squares of x are too large even for float64.
    """
    data = experiment.dataset
    columns = [torch.frombuffer(bytearray(values), dtype=torch.float64) for values in data.x]
    if experiment.has_bias:
        columns.append(torch.ones(data.rows, dtype=torch.float64))
    matrix = torch.stack(columns, dim=1)
    y = torch.frombuffer(bytearray(data.y), dtype=torch.float64)
    gram = matrix.T @ matrix
    if not torch.isfinite(gram).all():
        raise ExperimentError(data.name, "the squares of x are too large for float64")

    solution = torch.linalg.lstsq(matrix, y.unsqueeze(1), driver="gelsd")
    minimum = _without_rounding(solution.solution.squeeze(1), matrix, y)
    eigenvalues, axes = torch.linalg.eigh(gram)
    zero_cost = torch.mean(y**2).item()
    least_cost = torch.mean((matrix @ minimum - y) ** 2).item()
    return Surface(
        rows=data.rows,
        gram=tuple(map(tuple, gram.tolist())),
        eigenvalues=tuple(eigenvalues.clamp(min=0).tolist()),
        axes=tuple(map(tuple, axes.T.tolist())),
        minimum=tuple(minimum.tolist()),
        least_cost=0.0 if least_cost <= ROUNDING**2 * zero_cost else least_cost,
        zero_cost=zero_cost,
        rank=int(solution.rank),
    )


def _without_rounding(minimum: Tensor, matrix: Tensor, y: Tensor) -> Tensor:
    """Each parameter to the bits that change a prediction by more than rounding does: 1 is 1, and not 1 + 2⁻⁵²."""
    fineness = ROUNDING * y.norm() / matrix.norm(dim=0)
    bits = torch.exp2(torch.floor(torch.log2(fineness)))
    rounded = torch.round(minimum / bits) * bits
    return torch.where(torch.isfinite(rounded), rounded, minimum)
