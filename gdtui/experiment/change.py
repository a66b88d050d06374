"""The settings that the update of an epoch follows, and changes of them on the way."""

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
    """What the update of an epoch follows."""

    learning_rate: float
    """Of this epoch, as the schedule has it."""
    method: Method
    convention: Convention
    optimizer: Optimizer = SGD
    """Plain gradient descent unless the method is `optim`."""
    schedule: Schedule = CONSTANT
    weight_decay: float = 0.0

    @property
    def penalty(self) -> float:
        """The λ of a penalty λ/2·|θ|², whose slope λ·θ joins the gradient; 0 where decay shrinks θ beside it."""
        return 0.0 if self.optimizer.rule.is_decoupled else self.weight_decay


class Change(msgspec.Struct, frozen=True):
    """Settings that hold from an epoch on; None leaves a setting as it was."""

    epoch: int
    """The first epoch, as printed, whose update follows the change."""
    learning_rate: float | None = None
    method: Method | None = None
    convention: Convention | None = None
    optimizer: Optimizer | None = None
    """torch.optim takes the steps from there on, whatever did before."""
    schedule: Schedule | None = None
    """It begins there, with the lr named or the one that was reached; an lr that is named alone stays as it is."""

    def __post_init__(self) -> None:
        if self.optimizer and self.optimizer != SGD and self.method is None:
            msgspec.structs.force_setattr(self, "method", "optim")

    @property
    def fields(self) -> dict[str, Any]:
        """What it changes by the fields of the experiment."""
        return {field: value for field in self.__struct_fields__[1:] if (value := getattr(self, field)) is not None}

    @property
    def rows(self) -> tuple[tuple[Setting, Any], ...]:
        """The settings that it changes, and to what."""
        fields = self.fields
        return tuple((row, fields[row.field]) for row in ON_THE_WAY if row.field in fields)

    def planned(self, epochs: int) -> "Change":
        """With a schedule that says how long it lasts, by so many epochs of the run."""
        if self.schedule is None:
            return self
        return msgspec.structs.replace(self, schedule=self.schedule.planned(epochs + 1 - self.epoch))

    def __str__(self) -> str:
        """What it sets, in the words of the parameters: `lr 0.2, mse, optim, adam`."""
        return ", ".join(row.named(row.write(value)) for row, value in self.rows)


def check_order(changes: Iterable[Change]) -> None:
    """See whether changes can come one after the other.

    Raises:
        ExperimentError: their epochs do not rise, one changes nothing, or one has an optimizer that is not used.
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
