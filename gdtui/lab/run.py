"""A run: an Experiment, the epochs computed so far, and a cursor on one of them."""

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

    The last epoch in the history is the one about to be taken: all its numbers are known, but its update has not been
    shown yet. The trainer is one epoch further on. Only one thread at a time steps a run; others may read it.
    """

    def __init__(
        self, experiment: Experiment, backend: Backend, known: History | None = None, surface: Surface | None = None
    ) -> None:
        """Start at the first epoch, or continue after `known` epochs, which must belong to the experiment.

        `surface` saves computing the cost surface again for the same data.

        Raises:
            ExperimentError: the cost or the gradient is not finite there.
        """
        self.experiment = experiment
        self.surface = surface or backend.surface(experiment)
        self.history = known or History(
            len(experiment.start), experiment.memory, validates=experiment.dataset.kept is not None
        )
        self.diverged_at: int | None = None
        """The number of the first epoch that is not finite."""
        self.has_added_bias = False
        """Whether b is there only because x was standardized. Set by whoever creates the run."""
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
        """The index of the current epoch, the one being looked at."""
        self.convergence = Convergence(experiment, self.surface, self.history, backend)

    @property
    def epoch(self) -> Epoch:
        """The current epoch."""
        return self.history[self.cursor]

    @property
    def settings(self) -> Settings:
        """The settings in force at the current epoch."""
        return self.experiment.settings_at(self.cursor + 1)

    @property
    def is_at_end(self) -> bool:
        """Whether the current epoch is the last one known."""
        return self.cursor == len(self.history) - 1

    @property
    def is_over(self) -> bool:
        """Whether the planned run ends at the current epoch."""
        return self.is_over_at(self.cursor)

    def is_over_at(self, index: int) -> bool:
        """Whether the planned run ends at this index: all updates done, a stop condition met, or diverged."""
        return index >= self.experiment.epochs or self._diverges_after(index) or bool(self.stopped_by_at(index))

    def stopped_by_at(self, index: int) -> str:
        """The field of the stop condition that holds at this index; empty if none does."""
        planned = self.experiment
        if not planned.may_stop:
            return ""  # checked before every step at full speed, where reading epochs would take as long as a step
        before = self.history[index - 1].cost if index else math.nan
        return stopped_by(planned, self.history[index].cost, before, self.waited_at(index))

    def as_taken(self, index: int) -> Experiment:
        """The experiment that ends at this index; at the first epoch, the planned one.

        If the run went on past a stop condition, the stop conditions are dropped.
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
        """How many epochs before this index the validation cost was lowest."""
        return index - (self.history.best(index) or 0)

    @property
    def is_out_of_patience(self) -> bool:
        """Whether the validation cost has not fallen for `patience` epochs."""
        patience = self.experiment.patience
        return patience is not None and self.waited_at(self.cursor) >= patience

    def _diverges_after(self, index: int) -> bool:
        """Whether the epoch after this index is known not to be finite."""
        return self.diverged_at is not None and index == len(self.history) - 1

    def step_size_at(self, index: int) -> StepSize:
        """The learning rate at this index compared with its limit."""
        return self.convergence.stage_at(index).step_size

    def state_at(self, index: int) -> State:
        """How far the run has come at this index."""
        if self._diverges_after(index):
            return "diverged"
        return self.convergence.state_at(index)

    def converged_at(self, index: int) -> int | None:
        """The number of the epoch since which the run has been converged or within the tolerance at this index.

        None if it is neither.
        """
        return None if self._diverges_after(index) else self.convergence.since(index)

    def why_diverged(self) -> str:
        """The verdict on a run whose cost overflowed."""
        return diverged(self.diverged_at or 0, self.step_size_at(len(self.history) - 1))

    def step(self) -> bool:
        """Move to the next epoch, computing it if necessary; False if the run has diverged and there is none."""
        if self.is_at_end and not self._grow():
            return False
        self.cursor += 1
        return True

    def seek(self, index: int) -> None:
        """Move to the epoch with this index, or the nearest known one."""
        self.cursor = min(max(index, 0), len(self.history) - 1)

    def changed(self, change: Change) -> "Run":
        """A run with the same epochs up to the current one, where the settings change.

        Raises:
            ExperimentError: a setting is invalid, or the numbers that follow are too large.
        """
        experiment = self.experiment.changed_from(change)
        return self._grown_out(experiment, self.history.copy(self.cursor, experiment.memory))

    def replanned(self, experiment: Experiment) -> "Run":
        """A run with the same epochs, under an experiment that differs only in its length."""
        run = self._grown_out(experiment, self.history.copy(len(self.history) - 1))
        run.cursor = self.cursor
        if self.diverged_at is not None:
            run._grow()
        return run

    def _grown_out(self, experiment: Experiment, known: History) -> "Run":
        """A run on the same data that starts with epochs of this one."""
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
