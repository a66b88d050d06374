"""The lie of a cost that may have several valleys, as plain values: where it is level, and where starts end."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from gdtui.experiment.experiment import Experiment

Place = Literal["valley", "hill", "saddle"]
"""A place where the cost is level: lower than all around it, higher, or both; a step on a slope is a saddle too."""

LEAVES, WANDERS, ELSEWHERE = "!", "~", "?"
"""Marks of starts that reach no valley: they leave for ever, do not settle, or settle where no valley is known."""


class Stationary(msgspec.Struct, frozen=True):
    """A place where the slope of the cost is 0."""

    at: tuple[float, ...]
    cost: float
    kind: Place
    least_curvature: float
    """The least eigenvalue of the Hessian of the cost there; 0 where it is too flat, or bent too sharply, to tell."""


def asked_of(experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> tuple[object, ...]:
    """All that decides where starts end on the same cost, with the settings of an epoch from the first on."""
    settings, stretch = experiment.settings_at(epoch), experiment.stretch_at(epoch)
    steps = settings.convention, settings.optimizer, settings.weight_decay, stretch.rate, stretch.schedule
    return (*steps, experiment.batch, experiment.seed, experiment.order, starts)


class Landscape(Protocol):
    """The whole of a cost over one parameter or two."""

    @property
    def stationary(self) -> tuple[Stationary, ...]:
        """All places found where the cost is level, from left to right."""

    @property
    def valleys(self) -> tuple[Stationary, ...]:
        """The valleys among them; the first is valley 1."""

    def costs(self, places: Sequence[tuple[float, ...]]) -> list[float]:
        """The cost at each of many parameters, in one go."""

    def valley_at(self, at: tuple[float, ...]) -> int | None:
        """The number of the valley between whose hills a value of W is; None where it is in none that is known."""

    def basins(
        self, experiment: Experiment, epoch: int, starts: tuple[float, ...], is_left: Callable[[], bool] = ...
    ) -> str:
        """Where runs from each of these values of W end with the settings and batches of an epoch: a character each.

        The number of the valley, or one of the marks. Empty where that would take too long, or where it is left.
        """

    def known_basins(self, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> str | None:
        """What `basins` says, where it was asked that last; None where it has yet to be worked out."""
