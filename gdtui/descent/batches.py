"""Batches: which rows each update of an epoch looks at."""

import torch
from torch import Tensor

from gdtui.experiment.experiment import Experiment

SEEDS_APART = 1_000_003
"""Seeds next to each other have no epoch's order in common for so many epochs."""


def batches(experiment: Experiment, number: int) -> tuple[Tensor, ...]:
    """The rows of each batch of epoch `number`: all rows, shuffled or as the table has them, cut into pieces.

    An epoch's order follows from the seed and its number alone, so that no epoch before it is needed.
    """
    if experiment.order == "table":
        order = torch.arange(experiment.dataset.rows)
    else:
        generator = torch.Generator().manual_seed(SEEDS_APART * experiment.seed + number)
        order = torch.randperm(experiment.dataset.rows, generator=generator)
    return torch.split(order, experiment.batch or 1)
