"""A backend that stops after a number of updates, or when the result is no longer wanted: for files that others wrote,
and for looking ahead.
"""

from collections.abc import Callable

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend, Trainer
from gdtui.experiment.epoch import Epoch
from gdtui.text import _


class _LimitedTrainer:
    """A trainer that counts."""

    def __init__(self, trainer: Trainer, updates: int, limit: "Limit") -> None:
        self._trainer = trainer
        self._updates = updates
        self._limit = limit

    def step(self) -> Epoch:
        self._limit.count(self._updates)
        return self._trainer.step()

    def pending(self) -> Epoch:
        self._limit.count(self._updates)
        return self._trainer.pending()

    def restore(self, number: int, parameters: tuple[float, ...], memory: tuple[float, ...] = ()) -> None:
        self._trainer.restore(number, parameters, memory)


class Limit:
    """The most updates in all: one per epoch, or one per batch."""

    def __init__(self, most: int, is_left: Callable[[], bool] = lambda: False) -> None:
        """`is_left` tells whether the result is no longer wanted."""
        self.most = most
        self.taken = 0
        self._is_left = is_left

    @property
    def is_used_up(self) -> bool:
        """Whether more was asked for than the limit allows."""
        return self.taken > self.most

    def count(self, updates: int) -> None:
        """Count more updates.

        Raises:
            UserError: the limit is exceeded.
        """
        self.taken += updates
        if self.is_used_up:
            raise UserError(_("this takes more than {most:,} updates in all", most=self.most))
        if self._is_left():
            raise UserError(_("it is no longer needed"))

    def on(self, backend: Backend) -> Backend:
        """The same backend, within this limit."""

        def limited(begin: Callable[..., Trainer]) -> Callable[..., Trainer]:
            return lambda experiment, *bug: _LimitedTrainer(begin(experiment, *bug), experiment.updates, self)

        return msgspec.structs.replace(backend, trainer=limited(backend.trainer), buggy=limited(backend.buggy))
