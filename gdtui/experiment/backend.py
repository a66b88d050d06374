"""What torch offers the rest, as plain values: trainers, the shape of the cost, an update taken apart, the code."""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol

import msgspec

from gdtui.experiment.change import Settings
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Method
from gdtui.experiment.proof import Bug, Comparison
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import SETTINGS
from gdtui.experiment.surface import Surface
from gdtui.experiment.update_rule import Carried


class Trainer(Protocol):
    """Walks down the cost of one Experiment."""

    def step(self) -> Epoch:
        """Take one epoch and return it, with every number on the way."""

    def pending(self) -> Epoch:
        """The epoch that `step` would take, without taking it."""

    def restore(self, number: int, parameters: tuple[float, ...], memory: tuple[float, ...] = ()) -> None:
        """Go to where epoch `number` begins, with what the optimizer remembers of the epochs before."""


class Course:
    """The epochs of a whole run, and one more for the state after the last update.

    It ends early at the cost or the change asked for, or after an epoch whose cost is no longer finite, the last then.
    """

    first: Epoch
    last: Epoch
    """The newest so far."""
    before: float
    """The cost an epoch before the last; NaN where the first is the last."""
    finite: Epoch | None = None
    """The last whose numbers are finite."""
    stopped_by = ""
    """The field that asked the run to end at the last."""
    is_over = False
    """Whether the run ends at the last."""

    def __init__(self, experiment: Experiment, trainer: Trainer) -> None:
        self.experiment, self.trainer = experiment, trainer
        self.best = Best()

    def __iter__(self) -> Iterator[Epoch]:
        """Take the epochs, and judge each before it is given away."""
        experiment, step, best, before = self.experiment, self.trainer.step, self.best, math.nan
        may_stop = experiment.may_stop
        for number in range(experiment.epochs + 1):
            self.last = epoch = step()
            self.before, before = before, epoch.cost
            waited = 0 if epoch.validation is None else best.waited(epoch)
            if epoch.is_finite:
                self.finite = epoch
                self.stopped_by = stopped_by(experiment, before, self.before, waited) if may_stop else ""
            self.is_over = bool(self.stopped_by) or self.finite is not epoch or number == experiment.epochs
            if not number:
                self.first = epoch
            yield epoch
            if self.is_over:
                return


class Best:
    """The epoch with the least validation cost so far."""

    number = 0
    cost = math.inf

    def waited(self, epoch: Epoch) -> int:
        """How many epochs have come since, this one included."""
        if epoch.validation is not None and (not self.number or epoch.validation < self.cost):
            self.number, self.cost = epoch.number, epoch.validation
        return epoch.number - self.number


def stopped_by(experiment: Experiment, cost: float, before: float, waited: int = 0) -> str:
    """The field that asks the experiment to stop at this cost, an epoch after the cost `before`, NaN if there is none.

    The validation cost has not fallen for the epochs `waited`. Empty where it is to go on.
    """
    if experiment.until_cost is not None and cost <= experiment.until_cost:
        return "until_cost"
    if experiment.patience is not None and waited >= experiment.patience:
        return "patience"
    is_small = experiment.until_change is not None and abs(cost - before) < experiment.until_change
    return "until_change" if is_small else ""


def check_number(experiment: Experiment, last: Epoch) -> float:
    """The mean of H(x)² at the last of the epochs, or of W² where there are no rows: what the run's script prints."""
    if not experiment.objective.is_of_rows:
        return math.fsum(weight * weight for weight in last.parameters) / len(last.parameters)
    rows, k = zip(*experiment.dataset.x, strict=True), experiment.layout.targets
    hypotheses = (value for row in rows for value in experiment.hypotheses(last.parameters, row))
    return math.fsum(value * value for value in hypotheses) / (experiment.dataset.rows * k)


class Proof(Protocol):
    """Steps one Experiment by hand, by autograd and by torch.optim, in lockstep from the same start."""

    def step(self) -> Comparison:
        """Take one epoch in each way and return what came of it."""


class RowParts(msgspec.Struct, frozen=True, gc=False):
    """One row of the data on its way into the gradient."""

    number: int
    """Its place in the data, from 1."""
    x: tuple[float, ...]
    y: float
    """The target looked at, as all that follows."""
    hypothesis: float
    """H(x)."""
    error: float
    """H(x) − y."""
    slopes: tuple[float, ...]
    """error · x for each weight, then the error itself for b: x is 1 there."""
    z: float | None = None
    """XW + b, where H(x) is made of it and not the same."""


class Rest(msgspec.Struct, frozen=True, gc=False):
    """The rows that are not written out, added up."""

    rows: int
    error: float
    slopes: tuple[float, ...]


class ShareParts(msgspec.Struct, frozen=True, gc=False):
    """What one of several shares of the rows adds to Σ."""

    last: int
    """Where its last row is among those of the update, counted from 1."""
    totals: tuple[float, ...]
    """Σ error·x over its rows, for each parameter."""


class UpdateBreakdown(msgspec.Struct, frozen=True, kw_only=True):
    """One update taken apart, from the rows to the new parameters, with the numbers that the trainer has.

    Each tuple without a note of its own holds one number for a parameter; with several targets, for those of the
    target looked at: a column of W, and its b.
    """

    number: int
    """The epoch's."""
    index: int
    """Which of the epoch's updates it is, from 0."""
    updates: int
    """How many there are: one for each batch."""
    rows: int
    """m: how many rows this update looks at."""
    shown: tuple[RowParts, ...]
    """Those written out, in the order in which they are added up."""
    rest: Rest | None
    """The others, if there are any."""
    rest_after: int
    """How many of those shown stand before the rest."""
    totals: tuple[float, ...]
    """Σ error·x over all rows of this update."""
    shares: tuple[ShareParts, ...]
    """What each share of the rows adds to that; nothing where they are not shared out."""
    row_slope: str
    """What a row adds to that, in words."""
    slope_words: tuple[tuple[str, str, str], ...]
    """Where there are no rows, the derivative by each parameter: its name, in full, with the numbers put in."""
    factor: float
    """What the convention multiplies Σ by."""
    factor_words: str
    """`1`, `2/m` or `1/m`; with several targets `2/(m·k)`."""
    gradient: tuple[float, ...]
    settings: Settings
    """What the update follows."""
    carried: tuple[Carried, ...]
    """What the optimizer makes of the gradient, in its order; nothing for plain gradient descent."""
    update: tuple[float, ...]
    parameters: tuple[float, ...]
    """Before the update."""
    following: tuple[float, ...]
    """After it."""
    cost: float
    """The cost over all rows before the update."""
    cost_after: float
    """And after it; it may be too large to be a number."""
    targets: int = 1
    """k, how many there are."""

    @property
    def penalty_slopes(self) -> tuple[float, ...]:
        """λ · parameter, which is added to the gradient; empty without a penalty."""
        penalty = self.settings.penalty
        return tuple(penalty * parameter for parameter in self.parameters) if penalty else ()

    @property
    def update_words(self) -> str:
        """What is subtracted: `lr · gradient`, `lr · v` …"""
        return self.settings.optimizer.rule.subtracted(self.settings.weight_decay)


Stage = Literal["", "hypothesis", "cost", "gradient", "update"]
"""One of the lecture's four stages of an epoch; empty for what belongs to none of them."""

Value = Literal["", "hypothesis", "cost", "gradient", "parameters"]
"""A live value of an epoch: over all rows where it begins, except that `parameters` are those after the update."""


class CodeLine(msgspec.Struct, frozen=True):
    """One line of the loop as a person would write it."""

    text: str
    """Indented as it stands; at most 60 characters."""
    stage: Stage
    """The stage in which the line is carried out."""
    value: Value = ""
    """What is to be shown beside it: whole after this line, b's part included."""


def used_in(code: Iterable[CodeLine]) -> list[Setting]:
    """The settings that code names, each by its `variable`."""
    names = set(re.findall(r"\w+", "\n".join(line.text for line in code)))
    return [row for row in SETTINGS if row.variable in names]


def gradient_in_code(parameter: str, method: Method) -> str:
    """What the code calls the gradient of `W` or `b`: `gradient` and `gradient_b` by hand, else `W.grad`."""
    if method != "hand":
        return f"{parameter}.grad"
    return "gradient" if parameter == "W" else f"gradient_{parameter}"


class Backend(msgspec.Struct, frozen=True):
    """The factories that the command line passes to the rooms which do not know torch."""

    trainer: Callable[[Experiment], Trainer]
    surface: Callable[[Experiment], Surface]
    breakdown: Callable[..., UpdateBreakdown]
    """Of an experiment, an epoch, and what its optimizer remembers before that: the update with this `index`.

    Of many rows at most `rows` are written out: those from the one with index `first` on, and the last. `target` is the
    one looked at. With several `shares`, what each of so many processes would add up is told too; no other number
    changes.
    """
    code: Callable[[Experiment, int], tuple[CodeLine, ...]]
    """The loop in torch, with the settings in force at an epoch, counted from 1."""
    script: Callable[[Experiment, Epoch], str]
    """The run in torch, as a file of Python which checks that it ends at the epoch given, the last of its `epochs`."""
    notebook: Callable[[Experiment, Epoch], str]
    """The same as a notebook, with a plot."""
    proof: Callable[[Experiment, Bug | None], Proof]
    """One of the three ways may have a bug."""
    buggy: Callable[[Experiment, Bug], Trainer]
    """A trainer with a bug, of plain gradient descent. It only goes forward."""


def after(epoch: Epoch, experiment: Experiment, backend: Backend) -> Iterator[Epoch]:
    """The epochs that follow one of an experiment, without end."""
    trainer = backend.trainer(experiment)
    trainer.restore(epoch.number + 1, epoch.following, epoch.memory)
    while True:
        yield trainer.step()
