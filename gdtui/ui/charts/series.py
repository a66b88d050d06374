"""The series that the charts draw, for a run and those on the board: thinned, and updated as runs grow."""

import math
from array import array
from collections.abc import Iterable, Sequence
from operator import itemgetter
from weakref import WeakKeyDictionary

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.board import BoardRun, named_apart
from gdtui.lab.frame import trail
from gdtui.lab.history import History
from gdtui.lab.run import Run
from gdtui.ui.charts.strokes import Point

MANY = 64
"""From this many values on, numpy searches them faster."""

MOST_PARAMETERS = 4
"""The most parameters that are followed: the first weights, and b last."""

FAR = 4.0
"""A run this many times further away than the current one does not affect the limits of a picture."""

Sample = tuple[float, int]
"""A value and its index. Samples compare by value, and equal values by index."""


class Decimated:
    """The lowest and highest values of a series y over the indexes `first`, `first` + 1, …

    The series is divided into at most `most` buckets of 2^k indexes each. When one more is needed, neighbours are
    merged and k grows, so no extreme is ever lost, and old buckets stay where they are as the series grows.
    """

    def __init__(self, most: int = 512, first: int = 0) -> None:
        self._most, self._first = most, first
        self._width = 1
        self._length = 0
        # One of each per bucket. Without finite values, the lowest is +inf and the highest −inf, so any other value
        # wins.
        self._lows: list[Sample] = []
        self._highs: list[Sample] = []

    def __len__(self) -> int:
        return self._length

    def extend(self, values: Iterable[float]) -> None:
        """Add the following values. One that is not finite takes an index, but does not count among the extremes."""
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
        """The (index, value) of the extremes, in order of index.

        If all values fit into `most` points, all of them; otherwise two per bucket, with buckets merged until they fit.
        A stretch without finite values is one point with the value NaN, a gap. A chart can show only about three points
        per column, and every point costs drawing time.
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
    """The lowest and highest value in part of the series, which begins at index `first`."""
    if len(part) >= MANY:
        import numpy as np  # imported here, because the first frame draws nothing and must not wait

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
    """One or two points in order of index."""
    if low[0] > high[0]:
        return [(float(low[1]), math.nan)]
    return [(float(index), value) for index, value in sorted({(low[1], low[0]), (high[1], high[0])})]


class Series:
    """Cost and parameters of a run by epoch, thinned so that drawing takes the same time for any length."""

    def __init__(self, parameters: int) -> None:
        """`parameters` is the run's number of parameters."""
        shown = range(parameters) if parameters <= MOST_PARAMETERS else (*range(MOST_PARAMETERS - 1), parameters - 1)
        self.parameters = tuple(shown)
        """The indexes of the parameters that are followed."""
        self._taken = 0
        self._costs = Decimated(first=1)
        self._validations = Decimated(first=1)
        self._values = [Decimated(first=1) for _ in self.parameters]

    def follow(self, history: History) -> None:
        """Add what is new in the run's history."""
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
        """(epoch, cost), at most about `most` points."""
        return self._costs.points(most)

    def validations(self, most: int) -> list[Point]:
        """(epoch, validation cost); empty if no rows are kept back."""
        return self._validations.points(most)

    def values(self, most: int) -> list[list[Point]]:
        """(epoch, value) for each parameter that is followed."""
        return [values.points(most) for values in self._values]


class Other(msgspec.Struct, frozen=True):
    """A run beside the current one."""

    name: str
    experiment: Experiment
    series: Series
    known: int
    """The length of the series. They grow in place, so a longer one makes this a different view."""
    trail: tuple[Epoch, ...]
    """The path to `epoch`."""
    epoch: Epoch
    """The epoch with the current run's epoch number, or its last."""
    is_alike: bool
    """Whether it has the same data and hypothesis, so that equal parameters have equal cost."""
    has_same_weights: bool
    """Whether it has the same x and hypothesis, so that its parameters mean the same, even with another y."""


class Others:
    """Keeps the series of the runs on the board up to date."""

    def __init__(self) -> None:
        self._series: WeakKeyDictionary[Run, Series] = WeakKeyDictionary()
        """Weak keys, so that a run that is no longer shown is freed with its history."""

    def beside(self, present: Run, kept: Sequence[BoardRun]) -> tuple[Other, ...]:
        """The other runs on the board, at the current run's epoch."""
        return tuple(self._other(entry, present) for entry in kept if entry.run is not present)

    def series_of(self, run: Run) -> Series:
        """The series of a run, brought up to date."""
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


def runs_named(others: Sequence[Other], present: Experiment) -> tuple[str, ...]:
    """`A sgd  B adam`: what differs between the runs; shorter, only the first thing that does."""
    named = named_apart([*(other.experiment for other in others), present])
    forms = ([", ".join(values) for values in named], [values[0] for values in named])
    return tuple("  ".join(f"{o.name} {text}" for o, text in zip(others, form, strict=False)) for form in forms)
