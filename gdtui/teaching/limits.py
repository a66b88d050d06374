"""A bench that stops after so many epochs, for lessons and records from others."""

import msgspec

from gdtui.bench import Bench, Trainer
from gdtui.epoch import Epoch
from gdtui.errors import UserError
from gdtui.experiment import Experiment


class _LimitedTrainer:
    """A trainer that counts."""

    def __init__(self, trainer: Trainer, limit: "Limit") -> None:
        self._trainer = trainer
        self._limit = limit

    def step(self) -> Epoch:
        self._limit.count()
        return self._trainer.step()

    def pending(self) -> Epoch:
        self._limit.count()
        return self._trainer.pending()

    def restore(self, number: int, parameters: tuple[float, ...], memory: tuple[float, ...] = ()) -> None:
        self._trainer.restore(number, parameters, memory)


class Limit:
    """How many epochs may be computed in all."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0

    def count(self) -> None:
        """One epoch more.

        Raises:
            UserError: it is one too many.
        """
        self.taken += 1
        if self.taken > self.most:
            raise UserError(f"it takes more than {self.most:,} epochs in all")

    def on(self, bench: Bench) -> Bench:
        """The same bench, within this limit."""

        def trainer(experiment: Experiment) -> Trainer:
            return _LimitedTrainer(bench.trainer(experiment), self)

        return msgspec.structs.replace(bench, trainer=trainer)
