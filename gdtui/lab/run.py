"""A run: an Experiment, the epochs it has come through, and a cursor on one of them."""

from collections.abc import Iterator

from gdtui.bench import Bench, Trainer
from gdtui.epoch import Epoch
from gdtui.errors import ExperimentError
from gdtui.experiment import Change, Experiment, Settings
from gdtui.lab.history import History
from gdtui.verdict import Pace, State, diverged, has_converged, pace


def epochs(experiment: Experiment, trainer: Trainer) -> Iterator[Epoch]:
    """The epochs of a whole run, and one more for the state after the last update.

    It ends early at the cost asked for, or after an epoch whose cost is no longer finite, which is the last it gives.
    """
    for _ in range(experiment.epochs + 1):
        epoch = trainer.step()
        yield epoch
        if not epoch.is_finite or is_low_enough(epoch, experiment):
            return


def is_low_enough(epoch: Epoch, experiment: Experiment) -> bool:
    """Whether the cost has come down to where the experiment stops."""
    return experiment.until_cost is not None and epoch.cost <= experiment.until_cost


class Run:
    """An Experiment under way.

    The history ends with the epoch about to be taken: all its numbers are known, its update is not gone through yet.
    The trainer stands one epoch further on. A run is owned by one thread at a time; others may read.
    """

    def __init__(self, experiment: Experiment, bench: Bench) -> None:
        """Begin at the first epoch.

        Raises:
            ExperimentError: the cost at the start is not a finite number.
        """
        self.experiment = experiment
        self.surface = bench.surface(experiment)
        self.history = History(len(experiment.start))
        self.cursor = 0
        """The index of the epoch looked at."""
        self.diverged_at: int | None = None
        """The first epoch whose cost is not finite, as printed."""
        self._bench = bench
        self._trainer = bench.trainer(experiment)
        if not self._grow():
            raise ExperimentError("w0", f"the cost there is too large for {experiment.dtype}")

    @property
    def epoch(self) -> Epoch:
        """The epoch looked at."""
        return self.history[self.cursor]

    @property
    def settings(self) -> Settings:
        """What the update of the epoch looked at follows."""
        return self.experiment.settings_at(self.cursor + 1)

    @property
    def pace(self) -> Pace:
        """The learning rate at the epoch looked at, against its limit."""
        return pace(self.settings, self.surface)

    @property
    def is_at_end(self) -> bool:
        """Whether the epoch looked at is the last that is known."""
        return self.cursor == len(self.history) - 1

    @property
    def is_over(self) -> bool:
        """Whether the planned run ends at the epoch looked at: all updates taken, cost reached, or diverged."""
        if self.cursor >= self.experiment.epochs or (self.diverged_at is not None and self.is_at_end):
            return True
        return self.experiment.until_cost is not None and is_low_enough(self.epoch, self.experiment)

    @property
    def state(self) -> State:
        """How far the run has come at the epoch looked at."""
        if self.diverged_at is not None and self.is_at_end:
            return "diverged"
        first = self.history[0].cost
        return "converged" if has_converged(self.epoch, first, self.surface, self.experiment) else "going"

    def why_diverged(self) -> str:
        """The verdict on a run whose cost left the range of numbers."""
        return diverged(self.diverged_at or 0, pace(self.experiment.settings_at(len(self.history)), self.surface))

    def step(self) -> bool:
        """Go one epoch on, through those already known first; False where the run has diverged and cannot."""
        if self.is_at_end and not self._grow():
            return False
        self.cursor += 1
        return True

    def seek(self, index: int) -> None:
        """Look at the epoch with this index, or the nearest that is known."""
        self.cursor = min(max(index, 0), len(self.history) - 1)

    def change(self, change: Change) -> None:
        """Change settings from the epoch looked at on; what was known of later epochs is given up.

        Raises:
            ExperimentError: a setting makes no sense; nothing is changed then.
        """
        experiment = self.experiment.changed_from(change)
        trainer = self._bench.trainer(experiment)
        trainer.restore(self.cursor + 1, self.epoch.parameters)
        epoch = trainer.step()
        if not epoch.is_finite:
            raise ExperimentError("gradient", f"is too large for {experiment.dtype} in that convention")
        self.experiment, self._trainer, self.diverged_at = experiment, trainer, None
        self.history.truncate(self.cursor)
        self.history.append(epoch)

    def replan(self, experiment: Experiment) -> None:
        """Take up an experiment that differs in its length only, and go on."""
        self.experiment = experiment

    def _grow(self) -> bool:
        """Compute one more epoch, unless the run has diverged."""
        if self.diverged_at is not None:
            return False
        epoch = self._trainer.step()
        if not epoch.is_finite:
            self.diverged_at = epoch.number
            return False
        self.history.append(epoch)
        return True
