"""Scales: the value of each cell along an axis, and the round numbers written beside it."""

import functools
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from operator import itemgetter

import msgspec

from gdtui.numbers import tick_labels

_SAME = 1e-6
"""Limits that differ by less than this part of their size would need unreadably long labels; they count as one
value.
"""
_TINY = 1e-300
_HUGE = 1e300
_NEAR = 1e-9
"""In cells: the largest rounding error of a value."""
_MOST_UNUSED = 0.7
_LEAST_WIDTH, _LEAST_HEIGHT = 18, 5
"""A smaller picture has no axes."""

ROUND = ("1", "2", "2.5", "5")
"""The leading digits of readable steps."""


class Tick(msgspec.Struct, frozen=True):
    """A round number on an axis, in the middle of a cell."""

    cell: int
    """Counted from the first cell."""
    label: str


class Scale(msgspec.Struct, frozen=True):
    """The value of each cell along an axis; ticks are `step` apart, which is `per` cells.

    Made by `linear`, `whole_data`, `log`, `epochs` and `square`.
    """

    step: Decimal
    """On a log scale, in decades."""
    per: int
    first: int
    """The middle of the first cell, in units of step / per."""
    cells: int
    is_log: bool = False
    planned: int = 0
    """For epochs: the last one that is marked, with labels in their shortest form; 0 on other scales."""

    @property
    def unit(self) -> float:
        """The value of a cell's width; on a log scale in decades."""
        return float(self.step / self.per)

    @property
    def low(self) -> float:
        """The value at the middle of the first cell."""
        return self.value(0.5)

    @property
    def high(self) -> float:
        """The value at the middle of the last cell."""
        return self.value(self.cells - 0.5)

    def value(self, place: float) -> float:
        """The value this many cells from the outer edge of the first cell."""
        at = (self.first - 0.5 + place) * self.unit
        if not self.is_log:
            return min(max(at, -sys.float_info.max), sys.float_info.max)
        return float(10.0 ** min(max(at, -307.0), 308.0))

    def places(self, values: Iterable[float]) -> list[float | None]:
        """How many cells each value is from the outer edge of the first cell, perhaps outside the scale.

        None for a value that is not finite and, on a log scale, for zero and below.
        """
        unit, edge = self.unit, self.first - 0.5
        if self.is_log:
            return [math.log10(value) / unit - edge if 0 < value < math.inf else None for value in values]
        return [value / unit - edge if math.isfinite(value) else None for value in values]

    def middle(self, value: float) -> float:
        """The value at the middle of this value's cell, where its mark is; unchanged if it has no cell."""
        (place,) = self.places((value,))
        return value if place is None or not 0 <= place < self.cells else self.value(math.floor(place) + 0.5)

    def holds(self, value: float) -> bool:
        """Whether the value has a cell."""
        (place,) = self.places((value,))
        return place is not None and 0 <= place < self.cells

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The round numbers, at equal distances."""
        return _ticks(self)

    @property
    def label_width(self) -> int:
        """The width of the widest label in cells."""
        return max((len(tick.label) for tick in self.ticks), default=0)


class Wishes(msgspec.Struct, frozen=True):
    """What a scale should be like."""

    is_across: bool = False
    """Labels are next to each other, not above each other."""
    is_centred: bool = False
    """Unused cells are on both sides."""
    none_below: float = -math.inf
    """No unused cell may have a smaller value."""
    ticks: int = 0
    """The least number of ticks; 0 to choose by the length."""
    steps: tuple[str, ...] = ROUND
    is_whole: bool = False
    """Steps are whole numbers."""
    off_whole: float = 0.0
    """The penalty, as a part of the length, if whole numbers are not all in the middle of a cell."""
    off_one: float = 0.0
    """The penalty if not every whole number is marked."""


Fit = Callable[..., Scale]
"""Makes a scale for the values from the first to the second argument in this many cells."""


def rows_of(width: int, height: int) -> int:
    """The rows of a picture that the axes leave free."""
    return height - 2 if width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT else max(1, height)


def columns_of(width: int, height: int, y: Scale) -> int:
    """The columns of a picture that the axes leave free, once the y scale is known."""
    return width - 1 - y.label_width if width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT else max(1, width)


def linear(low: float, high: float, cells: int, *, is_across: bool = False, is_centred: bool = False) -> Scale:
    """A scale on which equal differences take equal space."""
    low, high, power = _spread(low, high)
    scale = _best(low, high, cells, Wishes(is_across, is_centred, none_below=0.0 if low >= 0 else -math.inf))
    return msgspec.structs.replace(scale, step=scale.step.scaleb(power)) if power else scale


def whole_data(low: float, high: float, cells: int, *, is_across: bool = False) -> Scale:
    """A linear scale for whole numbers, with each in the middle of a cell if there is space."""
    if not (abs(low) < 1 / _SAME and abs(high) < 1 / _SAME) or high - low < 1:
        return linear(low, high, cells, is_across=is_across)
    none_below = 0.0 if low >= 0 else -math.inf
    return _best(low, high, cells, Wishes(is_across, none_below=none_below, off_whole=0.3, off_one=0.05))


def epochs(first: int, last: int, cells: int, *, planned: int = 0) -> Scale:
    """A horizontal scale for whole numbers, with as many whole columns for each as fit, unless too many would be left
    over.

    It has no marks beyond the last planned number, by default `last`.
    """
    last = max(last, first + 1)
    wishes = Wishes(is_across=True, none_below=first, ticks=2, steps=("1", "2", "5"), is_whole=True, off_whole=0.2)
    return msgspec.structs.replace(_best(first, last, cells, wishes), planned=planned or last)


def log(low: float, high: float, cells: int, *, is_across: bool = False) -> Scale:
    """A scale on which equal ratios take equal space; the ticks are whole powers of ten."""
    ends = [math.log10(end) for end in (low, high) if math.isfinite(end) and end > 0] or [0.0]
    bottom, top = (min(max(end, -307.0), 308.0) for end in (min(ends), max(ends)))
    if math.floor(top + _NEAR) <= math.ceil(bottom - _NEAR):  # there are not two powers of ten to mark
        bottom, top = math.floor(bottom), math.ceil(top)
        bottom, top = (bottom, top) if bottom < top else (bottom - 1, top + 1)
    wishes = Wishes(is_across, ticks=2, steps=("1", "2", "3", "5"), is_whole=True)
    return msgspec.structs.replace(_best(bottom, top, cells, wishes), is_log=True)


def square(x: tuple[float, float], y: tuple[float, float], columns: int, rows: int) -> tuple[Scale, Scale]:
    """Scales for x and y on which a row, twice as high as a column is wide, covers as much as two columns."""
    (left, right), (low, high) = x, y
    span = max((right - left) / max(1, columns - 1) / 2, (high - low) / max(1, rows - 1))
    per = max(2, min(rows // 2, 5))
    step = _round_above(span * per)
    while True:
        unit = float(step) / per
        if _cells(low, high, unit) <= rows and _cells(left, right, unit / 2) <= columns:
            break
        per -= 1
        if per < 2:
            per, step = max(2, min(rows // 2, 5)), _round_above(float(step) * 1.01)
    centred = Wishes(is_centred=True)
    first = _first(left, right, columns, 2 * per, unit / 2, centred)
    across = Scale(step, 2 * per, first, columns)
    for times in (1, 2, 5, 10):  # labels must not touch
        wide = Scale(step * times, 2 * per * times, first, columns)
        if step * times == _round_above(float(step * times)) and wide.per >= _clear(wide.label_width):
            across = wide
            break
    return across, Scale(step, per, _first(low, high, rows, per, unit, centred), rows)


def _clear(label: int) -> int:
    """How far apart labels of this width must be not to touch, even if the first or last is moved inwards."""
    return label + 1 + label // 2


def round_above(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 … that is not less."""
    return float(_round_above(least))


def _round_above(least: float) -> Decimal:
    exact = Decimal(repr(least))
    steps = (Decimal(digits).scaleb(exact.adjusted()) for digits in (1, 2, 5, 10))
    return next(step for step in steps if step >= exact)


def _spread(low: float, high: float) -> tuple[float, float, int]:
    """The range to show: a single value is put in its middle, zero too. Huge values are scaled down by a power
    of ten.
    """
    low, high = sorted(end if math.isfinite(end) else 0.0 for end in (low, high))
    low, high, power = (low * 1e-9, high * 1e-9, 9) if max(abs(low), abs(high)) > _HUGE else (low, high, 0)
    size = max(abs(low), abs(high))
    if size < _TINY:
        return 0.0, 1.0, 0
    if high - low <= size * _SAME:
        low, high = min(2 * low, 0.0), max(2 * high, 0.0)
    return low, high, power


def _index(value: float, unit: float) -> int:
    """The cell of a value, counted from zero's cell."""
    return math.floor(value / unit + 0.5 + _NEAR)


def _cells(low: float, high: float, unit: float) -> int:
    """How many cells of this width hold everything from `low` to `high`."""
    return _index(high, unit) - _index(low, unit) + 1


@functools.lru_cache(maxsize=1024)
def _is_round(digits: str, per: int) -> bool:
    """Whether a cell has a round width if a step with these digits takes `per` cells."""
    size = float(digits) / per
    size /= 10.0 ** math.floor(math.log10(size) + _NEAR)
    return any(abs(size - float(plain)) < _NEAR for plain in ROUND)


@functools.lru_cache(maxsize=512)
def _best(low: float, high: float, cells: int, wishes: Wishes) -> Scale:
    """The most readable scale with few unused cells."""
    span = high - low
    wanted = wishes.ticks or ((3 if cells < 60 else 5) if wishes.is_across else 2 if cells < 8 else 3)
    least = 5 if wishes.is_across else 2
    plain = _round_above(span / max(1, cells - 1))
    while _cells(low, high, float(plain)) > cells:
        plain = _round_above(1.01 * float(plain))
    best, best_worth = Scale(plain, 1, _first(low, high, cells, 1, float(plain), wishes), cells), math.inf
    for digits, step in _steps(span, cells, wishes):
        size = float(step)
        if not least / cells / 2 < size / span < 2:
            continue
        extra = 0.03 * (digits == "2.5") + wishes.off_one * (step != 1)
        for per in range(min(cells, int(cells * size / span) + 1), 0, -1):
            unit = size / per
            unused = (cells - _cells(low, high, unit)) / cells
            if unused + extra >= best_worth or unused > _MOST_UNUSED:
                break
            if unused < 0:
                continue
            first = _first(low, high, cells, per, unit, wishes)
            marked = (first + cells - 1) // per + -first // per + 1
            worth = unused + extra + 0.015 * max(0, marked - 7) + 0.02 * abs(math.log2(per / least) - 1.32)
            worth += 10 * (max(0, wanted - marked) + (per < least)) + 0.06 * max(0, 3 + wishes.is_across - marked)
            worth += wishes.off_whole * (abs(1 / unit - round(1 / unit)) > _NEAR)
            worth += 0.06 * (not wishes.is_whole and not _is_round(digits, per))
            if worth < best_worth:
                scale = Scale(step, per, first, cells)
                worth += 0.004 * scale.label_width + 40 * (wishes.is_across and per < _clear(scale.label_width))
                best, best_worth = min((best, best_worth), (scale, worth), key=itemgetter(1))
    return best


def _first(low: float, high: float, cells: int, per: int, unit: float, wishes: Wishes) -> int:
    """The first cell: unused cells go below up to the next tick, unless there can be no values; the rest go above."""
    first = _index(low, unit)
    spare = max(0, cells - _cells(low, high, unit))
    below = spare // 2 if wishes.is_centred else first % per
    if below > spare or first - below < wishes.none_below / unit:
        below = 0
    return first - below


def _steps(span: float, cells: int, wishes: Wishes) -> Iterator[tuple[str, Decimal]]:
    """Possible steps for a range, largest first, each with its digits."""
    start, end = math.floor(math.log10(span / cells)) - 1, math.ceil(math.log10(span)) + 2
    for exponent in reversed(range(max(0, start), max(1, end)) if wishes.is_whole else range(start, end)):
        for digits in reversed(wishes.steps):
            yield digits, Decimal(digits).scaleb(exponent)


@functools.lru_cache(maxsize=256)
def _ticks(scale: Scale) -> tuple[Tick, ...]:
    cells = range(-scale.first % scale.per, scale.cells, scale.per)
    values = [(scale.first + cell) // scale.per * scale.step for cell in cells]
    if scale.planned:
        values = [value for value in values if value <= scale.planned]
    values = [Decimal(1).scaleb(int(power)) for power in values] if scale.is_log else values
    # Epochs and powers of ten are written 5, 500k, 1M.
    has_own_forms = scale.planned or scale.is_log
    labels = [tick_labels([value])[0] for value in values] if has_own_forms else tick_labels(values)
    return tuple(Tick(cell, label) for cell, label in zip(cells, labels, strict=False))
