"""Limits and ticks: where a value stands along an axis, and the round numbers written beside it."""

import math
import sys
from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from gdtui.numbers import power_label, tick_labels

_LARGEST = sys.float_info.max
_SAME = Decimal("1e-6")
"""Limits closer to each other than this part of their size need labels too long to read: they count as one value."""


class Tick(msgspec.Struct, frozen=True):
    """A round number on an axis."""

    position: float
    """From 0 at the lower limit to 1 at the upper."""
    label: str


class Scale(msgspec.Struct, frozen=True):
    """The limits of one axis, both finite. Made by `linear`, `log`, `whole` and `grown`."""

    low: float
    high: float
    is_log: bool = False
    """Equal ratios take equal room. Both limits are above zero."""
    is_whole: bool = False
    """Only whole numbers are marked: epochs."""

    def __post_init__(self) -> None:
        if not -_LARGEST <= self.low < self.high <= _LARGEST or (self.is_log and self.low <= 0):
            raise ValueError(f"no scale from {self.low} to {self.high}")

    def along(self, value: float) -> float | None:
        """How far along the axis: 0 at the lower limit, 1 at the upper, less or more outside.

        None where there is no such place: for a value that is not finite and, on a log scale, for zero and below.
        """
        return self.all_along((value,))[0]

    def all_along(self, values: Iterable[float]) -> list[float | None]:
        """How far along the axis each value is; see `along`."""
        if self.is_log:
            start = math.log10(self.low)
            length = math.log10(self.high) - start
            return [(math.log10(value) - start) / length if 0 < value < math.inf else None for value in values]
        # Where the length of the axis would be no number, all is halved.
        part = 0.5 if self.high - self.low > _LARGEST else 1.0
        start = self.low * part
        length = self.high * part - start
        return [(value * part - start) / length if math.isfinite(value) else None for value in values]


def linear(low: float, high: float, with_zero: bool = False) -> Scale:
    """Round limits around `low` … `high`; a single value stands in the middle, or over zero with `with_zero`."""
    ends = [Decimal(repr(float(end))) for end in (low, high) if math.isfinite(end)]
    if with_zero:
        ends.append(Decimal(0))
    bottom, top = min(ends, default=Decimal(0)), max(ends, default=Decimal(0))
    size = max(abs(bottom), abs(top))
    if not size:
        return Scale(0.0, 1.0)
    if top - bottom <= size * _SAME:
        bottom, top = min(2 * top, Decimal(0)), max(2 * bottom, Decimal(0))
    step = _round_step((top - bottom) / 5)
    lower = max(float((bottom / step).to_integral_value(ROUND_FLOOR) * step), -_LARGEST)
    upper = min(float((top / step).to_integral_value(ROUND_CEILING) * step), _LARGEST)
    return Scale(lower, max(upper, math.nextafter(lower, math.inf)))


def log(low: float, high: float) -> Scale:
    """Powers of ten around those of `low` and `high` that have a logarithm."""
    ends = [math.log10(end) for end in (low, high) if math.isfinite(end) and end > 0] or [0.0]
    bottom, top = math.floor(min(ends)), math.ceil(max(ends))
    if bottom == top:
        bottom, top = bottom - 1, top + 1
    return _decades(bottom, top)


def whole(first: int, last: int) -> Scale:
    """Exactly from `first` to `last`, or one further where they are the same."""
    return Scale(float(first), float(max(last, first + 1)), is_whole=True)


def grown(scale: Scale, low: float, high: float) -> Scale:
    """The same scale while `low` … `high` stays inside it, otherwise a rounder and wider one.

    A limit only moves outwards, and by enough to stand still for a while. Values that have no place on the scale do
    not move it.
    """
    ends = [end for end in (low, high) if scale.along(end) is not None]
    bottom, top = min([scale.low, *ends]), max([scale.high, *ends])
    if (bottom, top) == (scale.low, scale.high):
        return scale
    if scale.is_whole:
        far = linear(0, top).high if top > scale.high else top
        return Scale(float(math.floor(bottom)), far, is_whole=True)
    wider = _grown_log(scale, bottom, top) if scale.is_log else linear(bottom, top)
    return scale if wider == scale else wider


def _grown_log(scale: Scale, low: float, high: float) -> Scale:
    """Out to the next multiple of a quarter of the decades shown."""
    bottom, top = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, (top - bottom) // 4)
    if low < scale.low:
        bottom = bottom // stride * stride
    if high > scale.high:
        top = -(-top // stride) * stride
    return _decades(bottom, top)


def ticks(scale: Scale, most: int) -> tuple[Tick, ...]:
    """At most `most` round numbers inside the limits, as many as are round, with labels that all differ."""
    if most < 1:
        return ()
    if scale.is_log:
        return _log_ticks(scale, most)
    low, high = Decimal(repr(scale.low)), Decimal(repr(scale.high))
    values = _whole_values(low, high, most) if scale.is_whole else _linear_values(low, high, most)
    length = high - low
    # An axis of epochs reads 1, 500k, 1M: each number in the form that is shortest for it.
    labels = [tick_labels([value])[0] for value in values] if scale.is_whole else tick_labels(values)
    return tuple(Tick(float((v - low) / length), text) for v, text in zip(values, labels, strict=True))


def _log_ticks(scale: Scale, most: int) -> tuple[Tick, ...]:
    first, last = math.ceil(math.log10(scale.low) - 1e-9), math.floor(math.log10(scale.high) + 1e-9)
    for stride in range(1, last - first + 2):
        powers = range(-(-first // stride) * stride, last + 1, stride)
        if len(powers) <= most:
            marked = [(power, scale.along(float(f"1e{power}"))) for power in powers]
            return tuple(Tick(min(1.0, max(0.0, at)), power_label(p)) for p, at in marked if at is not None)
    return ()


def _linear_values(low: Decimal, high: Decimal, most: int) -> list[Decimal]:
    """The multiples of the best step: best of 1-2-5 with both limits marked and something between them."""
    best: list[Decimal] = []
    best_worth = (0, 0)
    for step, is_plain in _steps(high - low):
        first, last = (low / step).to_integral_value(ROUND_CEILING), (high / step).to_integral_value(ROUND_FLOOR)
        count = int(last - first) + 1
        marks_both = first * step == low and last * step == high
        worth = ((1 + is_plain) * (marks_both and count > 2), count + marks_both)
        if count <= most and worth > best_worth and (is_plain or marks_both):
            best, best_worth = [(first + place) * step for place in range(count)], worth
    return best


def _whole_values(low: Decimal, high: Decimal, most: int) -> list[Decimal]:
    """The first whole number and the multiples of 1, 5, 10, 20, 50 … that stand well clear of it.

    No multiples of 2: counting from 1 they would read 1, 2, 4, 6.
    """
    first = low.to_integral_value(ROUND_CEILING)
    plain = (step for step, is_plain in reversed(list(_steps(high - low))) if is_plain and step >= 1)
    for step in plain:
        if step == 2:
            continue
        start = (first / step).to_integral_value(ROUND_FLOOR) + 1
        count = int((high / step).to_integral_value(ROUND_FLOOR) - start) + 1
        values = [(start + place) * step for place in range(min(count, most + 1))]
        if first % step == 0 or start * step - first >= step * Decimal("0.75"):
            values.insert(0, first)
        if len(values) <= most:
            return values
    return [first]


def _steps(length: Decimal) -> Iterator[tuple[Decimal, bool]]:
    """Steps to mark a length with, from more than all of it down to a hundredth, each with whether it is of 1-2-5."""
    for exponent in range(length.adjusted() + 1, length.adjusted() - 3, -1):
        for digits in ("5", "4", "3", "2.5", "2", "1.5", "1"):
            yield Decimal(digits).scaleb(exponent), digits in "125"


def _round_step(least: Decimal) -> Decimal:
    """The smallest number of the 1-2-5 series that is not less."""
    steps = (Decimal(digits).scaleb(least.adjusted()) for digits in (1, 2, 5, 10))
    return next(step for step in steps if step >= least)


def _decades(bottom: int, top: int) -> Scale:
    """The scale between two powers of ten, kept where floats have all their digits."""
    low = min(max(bottom, -307), 307)
    return Scale(float(f"1e{low}"), float(f"1e{min(max(top, low + 1), 308)}"), is_log=True)
