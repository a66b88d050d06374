"""A knob: its position, where its keys move it, the experiment at that position, and what is shown of it."""

import math
from itertools import islice

import msgspec

from gdtui.experiment.backend import Backend
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.numbers import fixed, significant
from gdtui.teaching.page import Exhibit
from gdtui.text import _, aligned, clean

SAME = 1e-4
"""Positions closer than this part of a step count as the same: in float32 a run starts at 0.40000001 for 0.4."""


class Knob(msgspec.Struct, frozen=True):
    """A knob's position and range."""

    name: str
    value: float
    low: float
    high: float
    step: float
    fine: float
    stops: tuple[float, ...] = ()

    def turned(self, by: int, *, finely: bool = False) -> float:
        """The next position up or down: a multiple of the step, a stop, or an end."""
        size = self.fine if finely else self.step
        steps = (self.value - self.low) / size
        on_grid = math.floor(steps + SAME) + 1 if by > 0 else math.ceil(steps - SAME) - 1
        places = [self.low + on_grid * size, *self.stops]
        ahead = [place for place in places if (place - self.value) * by > SAME * size]
        nearest = min(ahead, key=lambda place: abs(place - self.value))
        return round(min(max(nearest, self.low), self.high), 12)


class Turned(Exhibit, frozen=True):
    """The knobs, and the results of turning them."""

    kind = "turn"
    knobs: tuple[Knob, ...]
    cost: float
    best: float
    """The least cost so far."""
    slope: float | None
    """The slope or gradient at the position, if that leaves the dots; it is then shown instead of the cost."""
    trace: str
    dots: tuple[tuple[float, float], ...]
    """The cost or slope for each position of the first knob."""
    curve: tuple[tuple[float, float], ...]
    """The curve through the dots, once the goal is reached."""
    reach: tuple[float, float]
    """The range of the cost or slope over the first knob's range."""
    rows: tuple[tuple[float, ...], ...]
    """x, y, H(x) and the error for the first rows."""
    columns: tuple[str, ...] = ()
    """The names of x and y."""
    readout: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[float, float] | None:
        """The ends of the knob, if there is only one."""
        first, *others = self.knobs
        return None if others or first.name == "lr" else (first.low, first.high)

    @property
    def told(self) -> str:
        """The slope or the gradient in words."""
        steep = significant(self.slope or 0.0, 4)
        return _("gradient {steep}", steep=steep) if self.trace == "gradient" else _("slope {steep}", steep=steep)

    def lines(self) -> tuple[str, ...]:
        """The numbers, and the rows."""
        knobs = "   ".join(f"{knob.name} {significant(knob.value)}" for knob in self.knobs)
        if self.slope is not None:
            told = f"{knobs}   {self.told}"
        else:
            cost, best = significant(self.cost), significant(self.best)
            told = _("{knobs}   cost {cost}   best so far {best}", knobs=knobs, cost=cost, best=best)
        return told, *self.readout, *self.table()

    def table(self) -> tuple[str, ...]:
        """The rows with their errors, as a table."""
        columns = [*(clean(name, LONGEST_COLUMN) for name in self.columns), "H(x)", _("error")]
        numbers = [[significant(n) for n in row[:-2]] + [fixed(n, 3) for n in row[-2:]] for row in self.rows]
        return tuple(aligned([columns, *numbers])) if self.rows else ()


def started_at(experiment: Experiment, parameters: tuple[float, ...]) -> Experiment:
    """The same experiment from another start."""
    return msgspec.structs.replace(experiment, **experiment.layout.fields(parameters))


def moved(parameters: tuple[float, ...], index: int, value: float) -> tuple[float, ...]:
    """The parameters with one of them changed."""
    return (*parameters[:index], value, *parameters[index + 1 :])


def evenly(low: float, high: float, parts: int) -> list[float]:
    """Both ends, and the points that divide the range into equal parts."""
    return [low + (high - low) * number / parts for number in range(parts + 1)]


MOST_ROWS, LONGEST_COLUMN = 6, 12
"""The most rows shown, and the most characters of a column's name above them."""


def rows_of(run: Run, epoch: Epoch, target: int) -> tuple[tuple[float, ...], ...]:
    """x, y, H(x) and the error of the first rows for one target, at an epoch."""
    data, found = run.experiment.dataset.as_given, list[tuple[float, ...]]()
    classes = run.experiment.dataset.classes
    targets = [float(label == classes[target]) for label in data.y] if classes else data.ys[target]
    for *x, y in islice(zip(*data.x, targets, strict=True), MOST_ROWS):
        hypothesis = run.experiment.predict(epoch.parameters, tuple(map(float, x)), target)
        found.append((*map(float, x), float(y), hypothesis, hypothesis - float(y)))
    return tuple(found)


def curve_at(
    run: Run, backend: Backend, curve: str, index: int, parameters: tuple[float, ...], epoch: Epoch | None = None
) -> float:
    """The cost, slope or gradient for one parameter, at other parameters than the run's.

    Pass the `epoch` at those parameters if it is known, to save computing it.
    """
    if curve == "slope":
        return run.surface.slope(parameters)[index]
    if curve == "gradient":
        epoch = epoch or Run(started_at(run.experiment, parameters), backend, surface=run.surface).epoch
        return epoch.gradient[index]
    return epoch.cost if epoch else run.surface.cost(parameters)
