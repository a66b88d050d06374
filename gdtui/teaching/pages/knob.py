"""A knob: where it stands, the places that its keys go to, and the experiment there."""

import math
from itertools import islice

import msgspec

from gdtui.experiment.backend import Backend
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run

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


MOST_ROWS = 6
"""How many rows of the data are written out."""


def rows_of(run: Run, epoch: Epoch, target: int) -> tuple[tuple[float, ...], ...]:
    """x, y, H(x) and the error of the first rows for one target, at an epoch."""
    data, found = run.experiment.dataset.as_given, list[tuple[float, ...]]()
    classes = run.experiment.dataset.classes
    targets = [float(label == classes[target]) for label in data.y] if classes else data.ys[target]
    for *x, y in islice(zip(*data.x, targets, strict=True), MOST_ROWS):
        hypothesis = run.experiment.predict(epoch.parameters, tuple(map(float, x)), target)
        found.append((*map(float, x), float(y), hypothesis, hypothesis - float(y)))
    return tuple(found)


def gradient_at(run: Run, backend: Backend, index: int, parameters: tuple[float, ...]) -> float:
    """The gradient along one parameter, at other parameters."""
    return Run(started_at(run.experiment, parameters), backend, surface=run.surface).epoch.gradient[index]
