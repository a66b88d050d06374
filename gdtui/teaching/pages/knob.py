"""A knob: where it stands, the places that its keys go to, and the experiment there."""

import math

import msgspec

from gdtui.experiment.experiment import Experiment

SAME = 1e-4
"""Places nearer to each other than this part of a step are one: in float32 a run begins at 0.40000001 for 0.4."""


class Knob(msgspec.Struct, frozen=True):
    """Where a knob stands, and where it can go."""

    name: str
    value: float
    low: float
    high: float
    step: float
    fine: float
    stops: tuple[float, ...] = ()

    def turned(self, by: int, *, finely: bool = False) -> float:
        """The next place up or down: on the grid of steps, at a stop, or at the end."""
        size = self.fine if finely else self.step
        steps = (self.value - self.low) / size
        on_grid = math.floor(steps + SAME) + 1 if by > 0 else math.ceil(steps - SAME) - 1
        places = [self.low + on_grid * size, *self.stops]
        ahead = [place for place in places if (place - self.value) * by > SAME * size]
        nearest = min(ahead, key=lambda place: abs(place - self.value))
        return round(min(max(nearest, self.low), self.high), 12)


def started_at(experiment: Experiment, parameters: tuple[float, ...]) -> Experiment:
    """The same experiment from another start."""
    return msgspec.structs.replace(experiment, **experiment.layout.fields(parameters))


def moved(parameters: tuple[float, ...], index: int, value: float) -> tuple[float, ...]:
    """The parameters with one of them elsewhere."""
    return (*parameters[:index], value, *parameters[index + 1 :])


def evenly(low: float, high: float, parts: int) -> list[float]:
    """Both ends and the places between so many equal parts."""
    return [low + (high - low) * number / parts for number in range(parts + 1)]
