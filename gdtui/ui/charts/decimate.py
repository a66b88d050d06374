"""A long series kept as a few lowest and highest values, so that a chart costs the same at any length."""

import math
from array import array
from collections.abc import Iterable

MANY = 64
"""So many values at once are looked through by numpy."""

Sample = tuple[float, int]
"""A value and its index. Samples compare by value, and equal values by index."""


class Decimated:
    """The lowest and highest values of a series y over the indexes 0, 1, 2, …

    The series is cut into at most `most` buckets of 2^k indexes each. Where one more would be needed, neighbours are
    joined and k grows, so no extreme is ever lost, and old buckets stay where they are while the series grows.
    """

    def __init__(self, most: int = 512) -> None:
        self._most = most
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
            low, high = _extremes(part, self._length)
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
    return (min(samples), max(samples)) if samples else ((math.inf, first), (-math.inf, first))


def _points(low: Sample, high: Sample) -> list[tuple[float, float]]:
    """One or two points by rising index."""
    if low[0] > high[0]:
        return [(float(low[1]), math.nan)]
    return [(float(index), value) for index, value in sorted({(low[1], low[0]), (high[1], high[0])})]
