"""The lie of a cost that may have several valleys, as plain values: where it is level, and where starts end."""

from collections.abc import Sequence
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

    def basins(self, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> str:
        """Where runs from each of these values of W end with the settings of an epoch: a character for each.

        The number of the valley, or one of the marks.
        """
