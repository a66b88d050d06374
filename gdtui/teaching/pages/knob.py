"""A knob: where it stands, the places that its keys go to, the experiment there, and what there is to see of it."""

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


class Turned(Exhibit, frozen=True):
    """The knobs, and what has come of turning them."""

    kind = "turn"
    knobs: tuple[Knob, ...]
    cost: float
    best: float
    """The least cost so far."""
    slope: float | None
    """The slope or the gradient there, where that leaves the dots: then it is what is told, and not the cost."""
    trace: str
    dots: tuple[tuple[float, float], ...]
    """For each place of the first knob its cost or slope."""
    curve: tuple[tuple[float, float], ...]
    """The curve through the dots, once the goal is reached."""
    reach: tuple[float, float]
    """From where to where cost or slope goes as the first knob turns."""
    rows: tuple[tuple[float, ...], ...]
    """x, y, H(x) and the error of the first rows."""
    columns: tuple[str, ...] = ()
    """What x and y are called."""
    readout: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[float, float] | None:
        """Both ends of the knob."""
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
        """The rows with their errors."""
        columns = [*(clean(name, LONGEST_COLUMN) for name in self.columns), "H(x)", _("error")]
        numbers = [[significant(n) for n in row[:-2]] + [fixed(n, 3) for n in row[-2:]] for row in self.rows]
        return tuple(aligned([columns, *numbers])) if self.rows else ()


def started_at(experiment: Experiment, parameters: tuple[float, ...]) -> Experiment:
    """The same experiment from another start."""
    return msgspec.structs.replace(experiment, **experiment.layout.fields(parameters))


def moved(parameters: tuple[float, ...], index: int, value: float) -> tuple[float, ...]:
    """The parameters with one of them elsewhere."""
    return (*parameters[:index], value, *parameters[index + 1 :])


def evenly(low: float, high: float, parts: int) -> list[float]:
    """Both ends and the places between so many equal parts."""
    return [low + (high - low) * number / parts for number in range(parts + 1)]


MOST_ROWS, LONGEST_COLUMN = 6, 12
"""How many rows of the data are written out, and the most characters of a column's name above them."""


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
    """The cost, or the slope or the gradient along one parameter, at other parameters than the run's.

    Their `epoch` need not be computed where it is known.
    """
    if curve == "slope":
        return run.surface.slope(parameters)[index]
    if curve == "gradient":
        epoch = epoch or Run(started_at(run.experiment, parameters), backend, surface=run.surface).epoch
        return epoch.gradient[index]
    return epoch.cost if epoch else run.surface.cost(parameters)
