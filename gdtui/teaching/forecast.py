"""The course of a run: its epochs so far, and those to come without taking them."""

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend, Trainer
from gdtui.experiment.epoch import Epoch
from gdtui.lab.run import Run
from gdtui.text import _

FARTHEST = 20_000
"""How many updates beyond the known epochs are looked at, at most: one an epoch, or one for each batch."""


class Forecast:
    """The epochs of a run by the number of updates before them; the run itself is not moved."""

    def __init__(self, run: Run, backend: Backend) -> None:
        self.run = run
        self.backend = backend
        self._ahead: list[Epoch] = []
        self._trainer: Trainer | None = None
        self._known = len(run.history)
        self._farthest = FARTHEST // run.experiment.updates

    def __getitem__(self, updates: int) -> Epoch:
        """The epoch after this many updates. Where the run diverges, its cost need not be finite.

        Raises:
            UserError: it is too far ahead, or the run has diverged before.
        """
        if updates < 0:
            raise UserError(_("there is no epoch before the first"))
        if updates < self._known:
            return self.run.history[updates]
        wanted = updates - self._known
        if wanted >= self._farthest:
            raise UserError(_("{n:,} epochs are too far ahead to compute", n=updates))
        while len(self._ahead) <= wanted:
            self._ahead.append(self._next())
        return self._ahead[wanted]

    def until(self, below: float, first: int) -> int | None:
        """How many updates from `first` on until the cost is below; None where it never is, as far as it is looked."""
        for updates in range(first, first + self._farthest // 2):
            epoch = self[updates]
            if epoch.cost < below:
                return updates - first
            if not epoch.is_finite or (epoch.following == epoch.parameters and not self._changes_after(updates)):
                return None
        return None

    def _changes_after(self, updates: int) -> bool:
        return self.run.experiment.next_change(updates + 1) is not None

    def _next(self) -> Epoch:
        """One epoch more."""
        if self._ahead and not self._ahead[-1].is_finite:
            raise UserError(_("the run diverges at epoch {number}", number=self._ahead[-1].number))
        if self._trainer is None:
            last = self.run.history[self._known - 1]
            self._trainer = self.backend.trainer(self.run.experiment)
            self._trainer.restore(last.number + 1, last.following, last.memory)
        return self._trainer.step()
