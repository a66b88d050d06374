"""The settings in force at an epoch, and changes of settings during a run."""

from collections.abc import Iterable
from typing import Any

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.objective import Convention, Method
from gdtui.experiment.optimizer import SGD, Optimizer
from gdtui.experiment.schedule import CONSTANT, Schedule
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import ON_THE_WAY
from gdtui.text import _


class Settings(msgspec.Struct, frozen=True):
    """The settings that an epoch's update uses."""

    learning_rate: float
    """The learning rate of this epoch, as the schedule gives it."""
    method: Method
    convention: Convention
    optimizer: Optimizer = SGD
    """Plain gradient descent unless the method is `optim`."""
    schedule: Schedule = CONSTANT
    weight_decay: float = 0.0

    @property
    def penalty(self) -> float:
        """The λ of a penalty λ/2·|θ|², which adds λ·θ to the gradient; 0 for a decoupled decay such as AdamW's."""
        return 0.0 if self.optimizer.rule.is_decoupled else self.weight_decay


class Change(msgspec.Struct, frozen=True):
    """Settings that hold from an epoch on; a setting that is None stays as it was."""

    epoch: int
    """The first epoch, counted from 1, whose update uses the new settings."""
    learning_rate: float | None = None
    method: Method | None = None
    convention: Convention | None = None
    optimizer: Optimizer | None = None
    """Setting this also switches the method to torch.optim."""
    schedule: Schedule | None = None
    """It begins at this epoch, from the lr given here or else the current one. An lr given alone stays constant."""

    def __post_init__(self) -> None:
        if self.optimizer and self.optimizer != SGD and self.method is None:
            msgspec.structs.force_setattr(self, "method", "optim")

    @property
    def fields(self) -> dict[str, Any]:
        """What it changes, by the experiment's field names."""
        return {field: value for field in self.__struct_fields__[1:] if (value := getattr(self, field)) is not None}

    @property
    def rows(self) -> tuple[tuple[Setting, Any], ...]:
        """The settings that it changes, each with its new value."""
        fields = self.fields
        return tuple((row, fields[row.field]) for row in ON_THE_WAY if row.field in fields)

    def planned(self, epochs: int) -> "Change":
        """The change with its schedule's length filled in, for a run of this many epochs."""
        if self.schedule is None:
            return self
        return msgspec.structs.replace(self, schedule=self.schedule.planned(epochs + 1 - self.epoch))

    def __str__(self) -> str:
        """What it sets, as people type it: `lr 0.2, mse, optim, adam`."""
        return ", ".join(row.named(row.write(value)) for row, value in self.rows)


def check_order(changes: Iterable[Change]) -> None:
    """Check that the changes can follow one another.

    Raises:
        ExperimentError: the epochs do not increase, a change is empty, or it has an optimizer that is not used.
    """
    before = 0
    for change in changes:
        if change.epoch <= before:
            raise ExperimentError("then", _("list the epochs in increasing order, from 1 on, each only once"))
        before = change.epoch
        if not change.rows:
            raise ExperimentError(
                "then", _("changes nothing at epoch {epoch}: add a setting, such as lr=0.2", epoch=change.epoch)
            )
        if change.optimizer not in (None, SGD) and change.method != "optim":
            raise ExperimentError("then: optimizer", _("belongs to torch.optim: it needs method=optim"))
