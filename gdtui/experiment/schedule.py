"""Schedules: how lr changes from epoch to epoch. Each is one class, with torch.optim.lr_scheduler's default numbers.

Like torch, they compute each lr from the one before rather than from a formula for epoch k, because the last digits
of the two differ for `step`, `exponential`, `cosine` and `warm-up`.
"""

import math
from array import array
from functools import lru_cache
from threading import Lock
from typing import ClassVar

import msgspec

from gdtui.experiment.by_name import ByName, Number
from gdtui.numbers import shortest

MOST_CHANGES = 1_000_000
"""The most changes of lr; after that many it stays constant."""

WHOLE = Number("", is_whole=True, below=1e9)
PART = Number("")


class ConstantRate(msgspec.Struct, frozen=True):
    """The same lr for every epoch; also the base class, with the defaults of all schedules."""

    name: ClassVar[str] = "constant"
    torch_class: ClassVar[str] = ""
    """Its class in torch.optim.lr_scheduler."""
    bounds: ClassVar[dict[str, Number]] = {}
    """What each of its numbers may be."""
    written: ClassVar[str] = ""
    """Its formula, with `{name}` for each of its numbers."""
    lines: ClassVar[tuple[str, ...]] = ()
    """The lines of its code, with `{name}` for each of its numbers and `{k}`."""

    def first(self, rate: float) -> float:
        """The lr of the first epoch, where `rate` is the lr asked for."""
        return rate

    def following(self, k: int, before: float, rate: float) -> float:
        """The lr k epochs after the first, given the lr `before` it and the lr asked for."""
        return before

    def changes_after(self, k: int) -> bool:
        """Whether lr still changes later than k epochs after the first."""
        return k < MOST_CHANGES

    def formula(self) -> str:
        """The lr of epoch k, counted from 0, in terms of the `lr` asked for; empty if it is constant."""
        numbers = {name: shortest(getattr(self, name)) for name in self.bounds}
        return self.written.format(**numbers).replace("0 + (lr − 0)", "lr")

    def code(self, k: str) -> tuple[str, ...]:
        """The lines that compute the next `lr`.

        `k` is the code for the number of epochs since the first; `first_lr` is the lr that was asked for.
        """
        values = ((name, getattr(self, name), number) for name, number in self.bounds.items())
        written = {name: repr(int(value) if number.is_whole else value) for name, value, number in values}
        return tuple(line.format(k=k, **written) for line in self.lines)


class StepRate(ConstantRate, frozen=True):
    """Every `every` epochs, lr is multiplied by `gamma`."""

    every: float = 10.0
    gamma: float = 0.1

    name = "step"
    torch_class = "StepLR"
    bounds: ClassVar = {"every": WHOLE, "gamma": PART}
    written = "lr·{gamma}^⌊k/{every}⌋"
    lines = ("if {k} % {every} == 0:", "    lr = lr * {gamma}")

    def following(self, k: int, before: float, rate: float) -> float:
        """The lr before, multiplied by `gamma` at every `every`th epoch."""
        return before if k % self.every else before * self.gamma


class ExponentialRate(ConstantRate, frozen=True):
    """lr is multiplied by gamma after every epoch."""

    gamma: float = 0.9

    name = "exponential"
    torch_class = "ExponentialLR"
    bounds: ClassVar = {"gamma": PART}
    written = "lr·{gamma}^k"
    lines = ("lr = lr * {gamma}",)

    def following(self, k: int, before: float, rate: float) -> float:
        """lr times gamma."""
        return before * self.gamma


class CosineRate(ConstantRate, frozen=True):
    """Half a period of a cosine, down to the least lr. After that lr rises again, as in torch."""

    over: float = 0.0
    """The number of epochs down to the least lr; 0 means the planned epochs, which the experiment fills in."""
    least: float = 0.0

    name = "cosine"
    torch_class = "CosineAnnealingLR"
    bounds: ClassVar = {
        "over": Number("", is_whole=True, may_be_zero=True, below=1e9),
        "least": Number("", may_be_zero=True, below=math.inf),
    }
    written = "{least} + (lr − {least})·(1 + cos(π·k/{over}))/2"
    lines = (
        "k, over, least = {k}, {over}, {least}",
        "now = 1 + math.cos(math.pi * k / over)",
        "then = 1 + math.cos(math.pi * (k - 1) / over)",
        "if (k - 1 - over) % (2 * over) == 0:",
        "    rise = 1 - math.cos(math.pi / over)",
        "    lr = lr + (first_lr - least) * rise / 2",
        "else:",
        "    lr = now / then * (lr - least) + least",
    )

    def following(self, k: int, before: float, rate: float) -> float:
        """Scales lr by the ratio of two successive cosine factors, in the order in which torch computes it."""
        over, least = int(self.over), self.least
        if (k - 1 - over) % (2 * over) == 0:
            return before + (rate - least) * (1 - math.cos(math.pi / over)) / 2
        now, then = (1 + math.cos(math.pi * i / over) for i in (k, k - 1))
        return now / then * (before - least) + least


class ReciprocalRate(ConstantRate, frozen=True):
    """lr falls as 1/k: slowly enough for the run to reach the minimum, and fast enough for batches to settle there."""

    decay: float = 1.0

    name = "1/k"
    torch_class = "LambdaLR"
    bounds: ClassVar = {"decay": Number("", below=math.inf)}
    written = "lr/(1 + {decay}·k)"
    lines = ("lr = first_lr * (1 / (1 + {decay} * {k}))",)

    def following(self, k: int, before: float, rate: float) -> float:
        """Computed from k alone."""
        return rate * (1 / (1 + self.decay * k))


class WarmUpRate(ConstantRate, frozen=True):
    """lr rises in equal steps from a fraction of lr to lr."""

    over: float = 5.0
    start: float = 0.1

    name = "warm-up"
    torch_class = "LinearLR"
    bounds: ClassVar = {"over": WHOLE, "start": PART}
    written = "lr·({start} + (1 − {start})·min(k, {over})/{over})"
    lines = (
        "k, over, start = {k}, {over}, {start}",
        "if k <= over:",
        "    so_far = over * start + (k - 1) * (1.0 - start)",
        "    lr = lr * (1.0 + (1.0 - start) / so_far)",
    )

    def first(self, rate: float) -> float:
        """The fraction that it starts with."""
        return rate * self.start

    def following(self, k: int, before: float, rate: float) -> float:
        """Scales lr by the ratio of two successive factors, in the order in which torch computes it."""
        if k > self.over:
            return before
        return before * (1.0 + (1.0 - self.start) / (self.over * self.start + (k - 1) * (1.0 - self.start)))

    def changes_after(self, k: int) -> bool:
        """Whether the warm-up is still going on."""
        return k < min(self.over, MOST_CHANGES)


SCHEDULES: dict[str, type[ConstantRate]] = {
    rule.name: rule for rule in (ConstantRate, StepRate, ExponentialRate, CosineRate, ReciprocalRate, WarmUpRate)
}
"""Every schedule by name; adding one here makes it available everywhere."""


class Schedule(ByName, frozen=True):
    """A schedule with its numbers."""

    name: str = "constant"
    setting = "schedule"
    rules = SCHEDULES

    @property
    def rule(self) -> ConstantRate:
        """Its rule, with its numbers."""
        return SCHEDULES[self.name](*self.numbers)

    def planned(self, epochs: int) -> "Schedule":
        """This schedule; a cosine without a length gets the given number of epochs, those left of the plan."""
        if self.name != CosineRate.name or self.named["over"]:
            return self
        return Schedule(self.name, (float(max(1, epochs)), self.named["least"]))


CONSTANT = Schedule()
"""lr stays the same."""


class Stretch(msgspec.Struct, frozen=True):
    """A schedule together with the epoch at which it begins."""

    first: int
    rate: float
    """The lr asked for at that epoch."""
    schedule: Schedule

    def rate_at(self, epoch: int) -> float:
        """The lr of an epoch."""
        if self.schedule == CONSTANT:
            return self.rate
        return _Rates(self.schedule, self.rate).at(epoch - self.first)

    def is_changing_at(self, epoch: int) -> bool:
        """Whether lr changes after an epoch."""
        return self.schedule != CONSTANT and self.schedule.rule.changes_after(epoch - self.first)


@lru_cache(maxsize=64)
class _Rates:
    """The lr of each epoch of a schedule, computed once and kept."""

    def __init__(self, schedule: Schedule, rate: float) -> None:
        self._rule, self._rate = schedule.rule, rate
        self._known = array("d", [self._rule.first(rate)])
        self._lock = Lock()  # one thread steps a run while another looks at it

    def at(self, k: int) -> float:
        """The lr k epochs after the first."""
        k = min(max(k, 0), MOST_CHANGES)
        with self._lock:
            for i in range(len(self._known), k + 1):
                self._known.append(self._rule.following(i, self._known[-1], self._rate))
        return self._known[k]
