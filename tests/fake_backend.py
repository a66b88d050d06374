"""A backend without torch, for tests of screens, keys and terminals: they do not test digits, and torch takes 2 s.

It knows one weight and plain gradient descent, in Python's own floats: on the lecture's data, W after k updates is
1 − (−0.4)^k. Everything else it leaves to the real backend, which imports torch at that moment.

Run as a script, this file is `gdtui` with this backend.
"""

import operator
import sys
from math import fsum

from gdtui.experiment.backend import Backend, Trainer
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import QuadraticSurface, Surface

COMMAND = [sys.executable, __file__]
"""What starts `gdtui` with this backend."""
REAL_COMMAND = [sys.executable, "-m", "gdtui"]
"""What starts `gdtui` with torch, for tests of digits and of what happens while torch is loaded."""


def real() -> Backend:
    """The backend with torch."""
    from gdtui.descent.backend import BACKEND

    return BACKEND


def knows(experiment: Experiment) -> bool:
    """Whether it is a bowl over one weight, with numbers whose squares are floats."""
    is_one_weight = len(experiment.dataset.x) == 1 and not experiment.has_bias
    return is_one_weight and experiment.model == "linear" and any(value * value for value in experiment.dataset.x[0])


def surface(experiment: Experiment) -> Surface:
    """The bowl over one weight; the real one finds the minimum of others."""
    x, y = experiment.dataset.x[0], experiment.dataset.y
    square = fsum(value * value for value in x)
    if not knows(experiment):
        return real().surface(experiment)
    minimum = fsum(map(operator.mul, x, y)) / square
    errors = [minimum * value - wanted for value, wanted in zip(x, y, strict=True)]
    return QuadraticSurface(
        rows=len(x),
        gram=((square,),),
        eigenvalues=(square,),
        axes=((1.0,),),
        minimum=(minimum,),
        least_cost=fsum(error * error for error in errors) / len(x),
        zero_cost=fsum(value * value for value in y) / len(x),
        rank=1,
        largest_row=max(value * value for value in x),
    )


class FakeTrainer:
    """Walks down the bowl over one weight."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.surface = surface(experiment)
        self.restore(1, experiment.start)

    def step(self) -> Epoch:
        """The next epoch, taken."""
        epoch = self.pending()
        self.restore(epoch.number + 1, epoch.following)
        return epoch

    def pending(self) -> Epoch:
        """The next epoch, by the slope of the bowl."""
        settings = self.experiment.settings_at(self.number)
        [w], [slope] = self.at, self.surface.slope(self.at)
        gradient = slope * self.surface.factor(settings.convention) * self.surface.rows / 2
        gradient += self.experiment.weight_decay * w
        update = settings.learning_rate * gradient
        return Epoch(self.number, self.at, self.surface.cost(self.at), (gradient,), (update,), (w - update,))

    def restore(self, number: int, parameters: tuple[float, ...], memory: tuple[float, ...] = ()) -> None:
        """To where an epoch begins."""
        self.number, self.at = number, parameters


def trainer(experiment: Experiment) -> Trainer:
    """Plain descent of one weight; the real one trains everything else."""
    settings = [experiment.settings_at(epoch) for epoch in (1, *(change.epoch for change in experiment.changes))]
    is_plain = experiment.batch is None and all(part.optimizer.name == "sgd" for part in settings)
    return FakeTrainer(experiment) if is_plain and knows(experiment) else real().trainer(experiment)


FAKE = Backend(
    trainer=trainer,
    surface=surface,
    breakdown=lambda *given, **options: real().breakdown(*given, **options),
    code=lambda *given: real().code(*given),
    script=lambda *given: real().script(*given),
    notebook=lambda *given: real().notebook(*given),
    proof=lambda *given: real().proof(*given),
    buggy=lambda *given: real().buggy(*given),
)


if __name__ == "__main__":
    from gdtui.cli import doctor, loading

    loading.load_backend = lambda: FAKE
    doctor.LIBRARIES = tuple(name for name in doctor.LIBRARIES if name != "torch")

    from gdtui.cli.main import main

    main()
