"""The rows of a dataset as tensors, and which rows each update of an epoch uses."""

from collections import deque

import numpy as np
import torch
from torch import Tensor

from gdtui.experiment.dataset import Column, Dataset
from gdtui.experiment.experiment import Experiment

MANY = 2**15
"""With more rows, the tensors are cached, x is stored by columns, and the surface of linear regression is found in
blocks.
"""

SEEDS_APART = 1_000_003
"""Runs with different seeds never shuffle two epochs alike whose numbers differ by less than this."""

_made: deque[tuple[Dataset, torch.dtype, tuple[Tensor, Tensor]]] = deque(maxlen=2)
"""The latest tensors of large data: every change of lr makes a new trainer, and copying 10⁶ rows takes long."""


def tensors(dataset: Dataset, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """x and y, which must not be written to because trainers share those of large data."""
    for known, as_dtype, made in tuple(_made):
        if known is dataset and as_dtype == dtype:
            return made
    x, y = ([tensor_of(column, dtype) for column in columns] for columns in (dataset.x, dataset.ys))
    is_one = len(x) == len(y) == 1
    # BLAS takes at most half as long for a few long columns as for the same numbers in short rows.
    table = torch.stack(x).T if dataset.rows > MANY else torch.stack(x, dim=1)
    made = x[0] if is_one else table, y[0] if len(y) == 1 else torch.stack(y, dim=1)
    if dataset.rows > MANY:
        _made.append((dataset, dtype, made))
    return made


def tensor_of(column: Column, dtype: torch.dtype) -> Tensor:
    """A column, which may be empty."""
    return torch.tensor(np.asarray(column), dtype=dtype)


def batches(experiment: Experiment, number: int) -> tuple[Tensor, ...]:
    """The row indexes of each batch of epoch `number`: all rows, shuffled or in the table's order, cut into pieces.

    The order depends only on the seed and the epoch's number, so no earlier epoch is needed.
    """
    if experiment.order == "table":
        order = torch.arange(experiment.dataset.rows)
    else:
        generator = torch.Generator().manual_seed(SEEDS_APART * experiment.seed + number)
        order = torch.randperm(experiment.dataset.rows, generator=generator)
    return torch.split(order, experiment.batch or 1)
