"""The series that the charts draw, of a run and of those on the board: thinned, and kept up with runs as they grow."""

import math
from array import array
from collections.abc import Iterable, Sequence
from operator import itemgetter
from weakref import WeakKeyDictionary

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.board import BoardRun
from gdtui.lab.frame import trail
from gdtui.lab.history import History
from gdtui.lab.run import Run
from gdtui.numbers import significant
from gdtui.ui.charts.strokes import Point

MANY = 64
"""So many values at once are looked through by numpy."""

MOST_PARAMETERS = 4
"""How many parameters are followed: the first weights, and b last."""

FAR = 4.0
"""A run so many times further away than the present one is left out of the limits of a picture."""

Sample = tuple[float, int]
"""A value and its index. Samples compare by value, and equal values by index."""


class Decimated:
    """The lowest and highest values of a series y over the indexes `first`, `first` + 1, …

    The series is cut into at most `most` buckets of 2^k indexes each. Where one more would be needed, neighbours are
    joined and k grows, so no extreme is ever lost, and old buckets stay where they are while the series grows.
    """

    def __init__(self, most: int = 512, first: int = 0) -> None:
        self._most, self._first = most, first
        self._width = 1
        self._length = 0
        # One of each a bucket. Where nothing is finite the lowest is +inf and the highest −inf: any other wins.
        self._lows: list[Sample] = []
        self._highs: list[Sample] = []

    def __len__(self) -> int:
        return self._length

    def extend(self, values: Iterable[float]) -> None:
        """Take the values that follow. One that is not finite counts as an index, and is left out of the extremes."""
        fresh = values if isinstance(values, array) else array("d", values)
        while self._length + len(fresh) > self._most * self._width:
            self._lows = [min(self._lows[place : place + 2]) for place in range(0, len(self._lows), 2)]
            self._highs = [max(self._highs[place : place + 2]) for place in range(0, len(self._highs), 2)]
            self._width *= 2
        taken = 0
        while taken < len(fresh):
            filled = self._length % self._width
            part = fresh[taken : taken + self._width - filled]
            low, high = _extremes(part, self._first + self._length)
            if filled:
                low, high = min(low, self._lows.pop()), max(high, self._highs.pop())
            self._lows.append(low)
            self._highs.append(high)
            taken += len(part)
            self._length += len(part)

    def points(self, most: int = 1024) -> list[tuple[float, float]]:
        """The (index, value) of the extremes, by rising index.

        All values where at most `most` are asked for and the buckets are still single values; otherwise two a bucket,
        with neighbouring buckets joined until there are at most `most` points. A stretch with no finite value is one
        point whose value is NaN: a gap. A chart shows no more than about three points a column, and every one costs
        drawing time.
        """
        buckets = len(self._lows)
        if self._width == 1 and buckets <= most:
            return [(float(index), value if value < math.inf else math.nan) for value, index in self._lows]
        stride = 1
        while 2 * -(-buckets // stride) > most and stride < buckets:
            stride *= 2
        groups = (slice(place, place + stride) for place in range(0, buckets, stride))
        return [point for group in groups for point in _points(min(self._lows[group]), max(self._highs[group]))]


def _extremes(part: "array[float]", first: int) -> tuple[Sample, Sample]:
    """The lowest and the highest of a part of the series that begins at index `first`."""
    if len(part) >= MANY:
        import numpy as np  # here, since the first frame draws nothing and waits for nothing

        numbers = np.frombuffer(part)
        if np.isfinite(numbers).all():
            lowest, highest = int(numbers.argmin()), int(numbers.argmax())
            return (part[lowest], first + lowest), (part[highest], first + highest)
    elif math.isfinite(sum(part)):
        low, high = min(part), max(part)
        return (low, first + part.index(low)), (high, first + part.index(high))
    samples = [(value, index) for index, value in enumerate(part, first) if math.isfinite(value)]
    return (min(samples), max(samples, key=itemgetter(0))) if samples else ((math.inf, first), (-math.inf, first))


def _points(low: Sample, high: Sample) -> list[tuple[float, float]]:
    """One or two points by rising index."""
    if low[0] > high[0]:
        return [(float(low[1]), math.nan)]
    return [(float(index), value) for index, value in sorted({(low[1], low[0]), (high[1], high[0])})]


class Series:
    """Cost and parameters by epoch of one run, thinned so that a chart costs the same for any history."""

    def __init__(self, parameters: int) -> None:
        """`parameters` is how many the run has."""
        shown = range(parameters) if parameters <= MOST_PARAMETERS else (*range(MOST_PARAMETERS - 1), parameters - 1)
        self.parameters = tuple(shown)
        """The indexes of the parameters followed."""
        self._taken = 0
        self._costs = Decimated(first=1)
        self._validations = Decimated(first=1)
        self._values = [Decimated(first=1) for _ in self.parameters]

    def follow(self, history: History) -> None:
        """Take in what is new of the run's history."""
        known = len(history)
        if known == self._taken:
            return
        self._costs.extend(history.costs(self._taken, known))
        if history.validates:
            self._validations.extend(history.validations(self._taken, known))
        for parameter, values in zip(self.parameters, self._values, strict=True):
            values.extend(history.values(parameter, self._taken, known))
        self._taken = known

    def costs(self, most: int) -> list[Point]:
        """(epoch, cost), about `most` points at the most."""
        return self._costs.points(most)

    def validations(self, most: int) -> list[Point]:
        """(epoch, validation cost); none where no rows are kept back."""
        return self._validations.points(most)

    def values(self, most: int) -> list[list[Point]]:
        """(epoch, value) for each parameter followed."""
        return [values.points(most) for values in self._values]


class Other(msgspec.Struct, frozen=True):
    """A run beside the present one."""

    name: str
    experiment: Experiment
    series: Series
    known: int
    """How far the series goes. They grow in place, and a longer one is another view."""
    trail: tuple[Epoch, ...]
    """The way to `epoch`."""
    epoch: Epoch
    """The one with the number of the epoch looked at, or its last."""
    is_alike: bool
    """Whether it has the same data and hypothesis, so that its parameters have the same cost."""
    has_same_weights: bool
    """Whether it has the same x and hypothesis, so that its parameters mean the same, whatever y is."""


class Others:
    """Keeps the series of the runs on the board up with them."""

    def __init__(self) -> None:
        self._series: WeakKeyDictionary[Run, Series] = WeakKeyDictionary()
        """A run that nobody shows any more is let go, and with it all it has come through."""

    def beside(self, present: Run, kept: Sequence[BoardRun]) -> tuple[Other, ...]:
        """All runs on the board but the present one, as they stand at its epoch."""
        return tuple(self._other(entry, present) for entry in kept if entry.run is not present)

    def series_of(self, run: Run) -> Series:
        """The series of a run, kept up with it."""
        if run not in self._series:
            self._series[run] = Series(run.history.parameters)
        self._series[run].follow(run.history)
        return self._series[run]

    def _other(self, kept: BoardRun, present: Run) -> Other:
        run = kept.run
        index = min(present.cursor, len(run.history) - 1)
        data, here = run.experiment.dataset, present.experiment.dataset
        is_alike = run.experiment.has_bias == present.experiment.has_bias
        return Other(
            name=kept.name,
            experiment=run.experiment,
            series=self.series_of(run),
            known=len(run.history),
            trail=tuple(run.history[i] for i in trail(index)),
            epoch=run.history[index],
            is_alike=is_alike and data is here,
            has_same_weights=is_alike and (data is here or [*map(bytes, data.x)] == [*map(bytes, here.x)]),
        )


def rates_named(others: Sequence[Other]) -> str:
    """`A lr 0.12  B lr 0.2`, each at its end."""
    rates = ((other.name, other.experiment.settings_at(other.known).learning_rate) for other in others)
    return "  ".join(f"{name} lr {significant(rate, 3)}" for name, rate in rates)
