"""What descent offers the other rooms, as one frozen bundle. It picks the trainer and surface that suit how the rows
are kept.
"""

from gdtui.descent import quick
from gdtui.descent.breakdown import breakdown
from gdtui.descent.listing import code
from gdtui.descent.notebook import notebook
from gdtui.descent.objectives import objective_of
from gdtui.descent.proof import Proof, buggy
from gdtui.descent.script import script
from gdtui.descent.summed import SummedTrainer, summed_surface
from gdtui.descent.trainer import Trainer
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.summed import SharedRows, SummedRows
from gdtui.experiment.surface import Surface


def trainer(experiment: Experiment) -> Trainer:
    """The trainer for the experiment."""
    dataset = experiment.dataset
    if isinstance(dataset, SharedRows):
        from gdtui.descent.shared import SharedTrainer  # torch.distributed, which a single process does not need

        return SharedTrainer(experiment, dataset)
    if isinstance(dataset, SummedRows):
        return SummedTrainer(experiment, dataset)
    return quick.trainer(experiment)


def surface(experiment: Experiment) -> Surface:
    """The cost of the experiment as a function of its parameters.

    Raises:
        ExperimentError: numbers become too large even for float64.
    """
    dataset = experiment.dataset
    if isinstance(dataset, SharedRows):
        from gdtui.descent.shared import shared_surface

        return shared_surface(experiment, dataset)
    if isinstance(dataset, SummedRows):
        return summed_surface(experiment, dataset)
    return objective_of(experiment).surface(experiment)


BACKEND = Backend(
    trainer=trainer,
    surface=surface,
    breakdown=breakdown,
    code=code,
    script=script,
    notebook=notebook,
    proof=Proof,
    buggy=buggy,
)
