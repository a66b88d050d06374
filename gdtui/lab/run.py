"""A run: an Experiment, the epochs it has come through, and a cursor on one of them."""

import math

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.backend import Backend, stopped_by
from gdtui.experiment.change import Change, Settings
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.settings import STOPS
from gdtui.experiment.surface import Surface
from gdtui.lab.history import History
from gdtui.text import _
from gdtui.theory.convergence import Convergence
from gdtui.theory.step_size import StepSize, diverged
from gdtui.theory.tolerance import State


class Run:
    """An Experiment under way.

    The history ends with the epoch about to be taken: all its numbers are known, its update is not gone through yet.
    The trainer stands one epoch further on. One thread at a time steps a run; others may read it.
    """

    def __init__(
        self, experiment: Experiment, backend: Backend, known: History | None = None, surface: Surface | None = None
    ) -> None:
        """Begin at the first epoch, or after those `known`, which the experiment must agree with.

        `surface` saves finding out anew what the cost of the same data looks like.

        Raises:
            ExperimentError: the cost or the gradient there is not a finite number.
        """
        self.experiment = experiment
        self.surface = surface or backend.surface(experiment)
        self.history = known or History(
            len(experiment.start), experiment.memory, validates=experiment.dataset.kept is not None
        )
        self.diverged_at: int | None = None
        """The first epoch whose cost is not finite, as printed."""
        self.has_added_bias = False
        """Whether b is there only because x was standardized. Whoever begins this run may know."""
        self._backend = backend
        self._trainer = backend.trainer(experiment)
        if known:
            last = known[len(known) - 1]
            self._trainer.restore(len(known) + 1, last.following, last.memory)
        if not self._grow():
            reason = _(
                "the cost there, or its gradient, is too large for {dtype}: start elsewhere", dtype=experiment.dtype
            )
            if experiment.function is not None:
                reason = _("the cost there, or its slope, is not a finite number: start elsewhere")
            raise ExperimentError("gradient" if known else "w0", reason)
        self.cursor = len(self.history) - 1
        """The index of the epoch looked at."""
        self.convergence = Convergence(experiment, self.surface, self.history, backend)

    @property
    def epoch(self) -> Epoch:
        """The epoch looked at."""
        return self.history[self.cursor]

    @property
    def settings(self) -> Settings:
        """What the update of the epoch looked at follows."""
        return self.experiment.settings_at(self.cursor + 1)

    @property
    def is_at_end(self) -> bool:
        """Whether the epoch looked at is the last that is known."""
        return self.cursor == len(self.history) - 1

    @property
    def is_over(self) -> bool:
        """Whether the planned run ends at the epoch looked at."""
        return self.is_over_at(self.cursor)

    def is_over_at(self, index: int) -> bool:
        """Whether the planned run ends at the epoch with this index: all updates taken, stopped, or diverged."""
        return index >= self.experiment.epochs or self._diverges_after(index) or bool(self.stopped_by_at(index))

    def stopped_by_at(self, index: int) -> str:
        """The field of the experiment that asks it to stop at the epoch with this index; empty where none does."""
        planned = self.experiment
        if not planned.may_stop:
            return ""  # asked before every step at full speed, where reading epochs would take as long as a step
        before = self.history[index - 1].cost if index else math.nan
        return stopped_by(planned, self.history[index].cost, before, self.waited_at(index))

    def as_taken(self, index: int) -> Experiment:
        """The experiment with the epochs up to the one with this index and no more; at the first the planned one.

        A run that has gone on past what was to stop it is no longer stopped.
        """
        planned = self.experiment
        if not index:
            return planned
        has_gone_on = any(map(self.stopped_by_at, range(index)))
        is_end = self._diverges_after(index) or (bool(self.stopped_by_at(index)) and not has_gone_on)
        epochs = max(planned.epochs, index + self._diverges_after(index)) if is_end else index
        changes = tuple(change for change in planned.changes if change.epoch <= epochs)
        lifted = dict.fromkeys(STOPS) if has_gone_on else {}
        return msgspec.structs.replace(planned, epochs=epochs, changes=changes, **lifted)

    def waited_at(self, index: int) -> int:
        """How many epochs before the one with this index the validation cost was lowest."""
        return index - (self.history.best(index) or 0)

    @property
    def is_out_of_patience(self) -> bool:
        """Whether the validation cost has not fallen for as long as the run waits."""
        patience = self.experiment.patience
        return patience is not None and self.waited_at(self.cursor) >= patience

    def _diverges_after(self, index: int) -> bool:
        """Whether it is known that the epoch after the one with this index is not finite."""
        return self.diverged_at is not None and index == len(self.history) - 1

    def step_size_at(self, index: int) -> StepSize:
        """The learning rate of the epoch with this index against its limit."""
        return self.convergence.stage_at(index).step_size

    def state_at(self, index: int) -> State:
        """How far the run has come at the epoch with this index."""
        if self._diverges_after(index):
            return "diverged"
        return self.convergence.state_at(index)

    def converged_at(self, index: int) -> int | None:
        """Since which epoch, as printed, the run has been converged or within the tolerance at the one with this index.

        None where it is neither.
        """
        return None if self._diverges_after(index) else self.convergence.since(index)

    def why_diverged(self) -> str:
        """The verdict on a run whose cost left the range of numbers."""
        return diverged(self.diverged_at or 0, self.step_size_at(len(self.history) - 1))

    def step(self) -> bool:
        """Go one epoch on, through those already known first; False where the run has diverged and cannot."""
        if self.is_at_end and not self._grow():
            return False
        self.cursor += 1
        return True

    def seek(self, index: int) -> None:
        """Look at the epoch with this index, or the nearest that is known."""
        self.cursor = min(max(index, 0), len(self.history) - 1)

    def changed(self, change: Change) -> "Run":
        """A run with the same epochs up to the one looked at, where the settings change.

        Raises:
            ExperimentError: a setting makes no sense, or what follows from it is too large.
        """
        experiment = self.experiment.changed_from(change)
        return self._grown_out(experiment, self.history.copy(self.cursor, experiment.memory))

    def replanned(self, experiment: Experiment) -> "Run":
        """A run with the same epochs under an experiment that differs in its length only."""
        run = self._grown_out(experiment, self.history.copy(len(self.history) - 1))
        run.cursor = self.cursor
        if self.diverged_at is not None:
            run._grow()
        return run

    def _grown_out(self, experiment: Experiment, known: History) -> "Run":
        """A run with epochs of this one, on the same data."""
        run = Run(experiment, self._backend, known, self.surface)
        run.has_added_bias = self.has_added_bias
        return run

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
