"""Schedules: how lr changes from epoch to epoch. Each is one class, with the numbers of torch.optim.lr_scheduler.

They go from one lr to the next as torch does, not by a formula for epoch k: the last digits of the two differ for
`step`, `exponential`, `cosine` and `warm-up`.
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
"""How often lr changes at most; after that it stays constant."""

WHOLE = Number("", is_whole=True, below=1e9)
PART = Number("")


class ConstantRate(msgspec.Struct, frozen=True):
    """The same lr for every epoch; what all schedules have that do not say otherwise."""

    name: ClassVar[str] = "constant"
    torch_class: ClassVar[str] = ""
    """Its class in torch.optim.lr_scheduler."""
    bounds: ClassVar[dict[str, Number]] = {}
    """What each of its numbers may be."""
    written: ClassVar[str] = ""
    """Its formula, with the names of its numbers in braces."""
    lines: ClassVar[tuple[str, ...]] = ()
    """Likewise its code, with k too."""

    def first(self, rate: float) -> float:
        """The lr of its first epoch, where so much was asked for."""
        return rate

    def following(self, k: int, before: float, rate: float) -> float:
        """The lr k epochs after the first, where that of the epoch before is known."""
        return before

    def changes_after(self, k: int) -> bool:
        """Whether lr goes on changing k epochs after the first."""
        return k < MOST_CHANGES

    def formula(self) -> str:
        """The lr of epoch k, counted from 0; `lr` is the one asked for. Nothing where it stays that."""
        numbers = {name: shortest(getattr(self, name)) for name in self.bounds}
        return self.written.format(**numbers).replace("0 + (lr − 0)", "lr")

    def code(self, k: str) -> tuple[str, ...]:
        """The lines that make the next `lr`.

        `k` is written for the number of epochs it then is after the first, and `first_lr` is what was asked for.
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
    """Every epoch lr is the same part of what it was."""

    gamma: float = 0.9

    name = "exponential"
    torch_class = "ExponentialLR"
    bounds: ClassVar = {"gamma": PART}
    written = "lr·{gamma}^k"
    lines = ("lr = lr * {gamma}",)

    def following(self, k: int, before: float, rate: float) -> float:
        """A part of it."""
        return before * self.gamma


class CosineRate(ConstantRate, frozen=True):
    """Half a wave of the cosine, down to the least lr; beyond that up again, as torch has it."""

    over: float = 0.0
    """The epochs that this takes; 0 means the planned epochs, and an experiment fills in their number."""
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
        """By what the cosine of an epoch is of the one before, in the order in which torch computes it."""
        over, least = int(self.over), self.least
        if (k - 1 - over) % (2 * over) == 0:
            return before + (rate - least) * (1 - math.cos(math.pi / over)) / 2
        now, then = (1 + math.cos(math.pi * i / over) for i in (k, k - 1))
        return now / then * (before - least) + least


class ReciprocalRate(ConstantRate, frozen=True):
    """lr falls as 1/k does: so slowly that a run gets anywhere, and fast enough that batches come to rest."""

    decay: float = 1.0

    name = "1/k"
    torch_class = "LambdaLR"
    bounds: ClassVar = {"decay": Number("", below=math.inf)}
    written = "lr/(1 + {decay}·k)"
    lines = ("lr = first_lr * (1 / (1 + {decay} * {k}))",)

    def following(self, k: int, before: float, rate: float) -> float:
        """By k alone."""
        return rate * (1 / (1 + self.decay * k))


class WarmUpRate(ConstantRate, frozen=True):
    """From a part of lr up to it, by equal steps."""

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
        """The part that it starts with."""
        return rate * self.start

    def following(self, k: int, before: float, rate: float) -> float:
        """By what the next is of the one before, in the order in which torch computes it."""
        if k > self.over:
            return before
        return before * (1.0 + (1.0 - self.start) / (self.over * self.start + (k - 1) * (1.0 - self.start)))

    def changes_after(self, k: int) -> bool:
        """Until it is there."""
        return k < min(self.over, MOST_CHANGES)


SCHEDULES: dict[str, type[ConstantRate]] = {
    rule.name: rule for rule in (ConstantRate, StepRate, ExponentialRate, CosineRate, ReciprocalRate, WarmUpRate)
}
"""All there are, by name: whatever is here can be chosen everywhere."""


class Schedule(ByName, frozen=True):
    """A schedule that was chosen."""

    name: str = "constant"
    setting = "schedule"
    rules = SCHEDULES

    @property
    def rule(self) -> ConstantRate:
        """Its rule, with its numbers."""
        return SCHEDULES[self.name](*self.numbers)

    def planned(self, epochs: int) -> "Schedule":
        """A cosine that is to last as long as the plan, with so many epochs left of that; any other as it is."""
        if self.name != CosineRate.name or self.named["over"]:
            return self
        return Schedule(self.name, (float(max(1, epochs)), self.named["least"]))


CONSTANT = Schedule()
"""The lr stays what it is."""


class Stretch(msgspec.Struct, frozen=True):
    """The epochs from one on, to which the same schedule gives their lr."""

    first: int
    rate: float
    """The lr that was asked for from there on."""
    schedule: Schedule

    def rate_at(self, epoch: int) -> float:
        """The lr of an epoch."""
        if self.schedule == CONSTANT:
            return self.rate
        return _Rates(self.schedule, self.rate).at(epoch - self.first)

    def is_changing_at(self, epoch: int) -> bool:
        """Whether lr is to be another after an epoch."""
        return self.schedule != CONSTANT and self.schedule.rule.changes_after(epoch - self.first)


@lru_cache(maxsize=64)
class _Rates:
    """The lr of one epoch after the other, kept as far as it is known."""

    def __init__(self, schedule: Schedule, rate: float) -> None:
        self._rule, self._rate = schedule.rule, rate
        self._known = array("d", [self._rule.first(rate)])
        self._lock = Lock()  # a run is stepped by one thread and looked at by another

    def at(self, k: int) -> float:
        """The lr k epochs after the first."""
        k = min(max(k, 0), MOST_CHANGES)
        with self._lock:
            for i in range(len(self._known), k + 1):
                self._known.append(self._rule.following(i, self._known[-1], self._rate))
        return self._known[k]
