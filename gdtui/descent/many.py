"""The trainer and the surface that fit how the rows of an experiment are kept."""

from collections.abc import Callable
from functools import partial

from gdtui.descent import objectives, quick
from gdtui.descent.summed import SummedTrainer, summed_surface
from gdtui.descent.trainer import Trainer
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.shared import SharedRows
from gdtui.experiment.summed import SummedRows
from gdtui.experiment.surface import Surface


def trainer(experiment: Experiment) -> Trainer:
    """A trainer of the experiment."""
    return _ways(experiment)[0]()


def surface(experiment: Experiment) -> Surface:
    """The cost of the experiment by its parameters.

    Raises:
        ExperimentError: numbers become too large even for float64.
    """
    return _ways(experiment)[1]()


def _ways(experiment: Experiment) -> tuple[Callable[[], Trainer], Callable[[], Surface]]:
    """What makes the trainer and the surface, by how the rows are kept."""
    dataset = experiment.dataset
    if isinstance(dataset, SharedRows):
        from gdtui.descent import shared  # torch.distributed, which a process alone does without

        return partial(shared.SharedTrainer, experiment, dataset), partial(shared.shared_surface, experiment, dataset)
    if isinstance(dataset, SummedRows):
        of_sums = experiment, dataset.triangle
        return partial(SummedTrainer, *of_sums), partial(summed_surface, *of_sums)
    return partial(quick.trainer, experiment), partial(objectives.surface, experiment)
