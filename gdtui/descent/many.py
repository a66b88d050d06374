"""The trainer and the surface that fit how the rows of an experiment are kept."""

from gdtui.descent import objectives, quick
from gdtui.descent.summed import SummedTrainer, summed_surface
from gdtui.descent.trainer import Trainer
from gdtui.experiment.backend import Surface
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.shared import SharedRows
from gdtui.experiment.summed import SummedRows


def trainer(experiment: Experiment) -> Trainer:
    """A trainer of the experiment."""
    dataset = experiment.dataset
    if isinstance(dataset, SharedRows):
        from gdtui.descent.shared import SharedTrainer  # torch.distributed, which a process alone does without

        return SharedTrainer(experiment, dataset)
    if isinstance(dataset, SummedRows):
        return SummedTrainer(experiment, dataset.triangle)
    return quick.trainer(experiment)


def surface(experiment: Experiment) -> Surface:
    """The cost of the experiment by its parameters.

    Raises:
        ExperimentError: numbers become too large even for float64.
    """
    dataset = experiment.dataset
    if isinstance(dataset, SharedRows):
        from gdtui.descent.shared import shared_surface  # as above

        return shared_surface(experiment, dataset)
    if isinstance(dataset, SummedRows):
        return summed_surface(experiment, dataset.triangle)
    return objectives.surface(experiment)
