"""What the torch room offers the others, as plain values: trainers, the cost surface, update breakdowns and code."""

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
    """Gradient descent on one Experiment."""

    def step(self) -> Epoch:
        """Take one epoch and return it, with every number on the way."""

    def pending(self) -> Epoch:
        """The epoch that `step` would take, without taking it."""

    def restore(self, number: int, parameters: tuple[float, ...], memory: tuple[float, ...] = ()) -> None:
        """Continue from the start of epoch `number`; `memory` is what the optimizer kept from the epochs before it."""


class Course:
    """Iterates over the epochs of a whole run, and one more for the state after the last update.

    It ends early when a stop condition of the experiment holds, or after the first epoch that is not finite.
    """

    first: Epoch
    last: Epoch
    """The newest epoch so far."""
    before: float
    """The cost of the epoch before `last`; NaN when `last` is the first."""
    finite: Epoch | None = None
    """The newest epoch whose numbers are all finite."""
    stopped_by = ""
    """The field of the stop condition that ended the run at `last`; empty if none did."""
    is_over = False
    """Whether `last` is the end of the run, for whatever reason."""

    def __init__(self, experiment: Experiment, trainer: Trainer) -> None:
        self.experiment, self.trainer = experiment, trainer
        self.best = Best()

    def __iter__(self) -> Iterator[Epoch]:
        """Yield one epoch after another; the flags above are set before each is yielded."""
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
        """Take note of an epoch; return how many epochs have passed since the best one."""
        if epoch.validation is not None and (not self.number or epoch.validation < self.cost):
            self.number, self.cost = epoch.number, epoch.validation
        return epoch.number - self.number


def stopped_by(experiment: Experiment, cost: float, before: float, waited: int = 0) -> str:
    """The field of the stop condition that holds after an epoch; empty if none does.

    `before` is the cost one epoch earlier (NaN for the first), `waited` the number of epochs since the validation cost
    last fell.
    """
    if experiment.until_cost is not None and cost <= experiment.until_cost:
        return "until_cost"
    if experiment.patience is not None and waited >= experiment.patience:
        return "patience"
    is_small = experiment.until_change is not None and abs(cost - before) < experiment.until_change
    return "until_change" if is_small else ""


def check_number(experiment: Experiment, last: Epoch) -> float:
    """The mean of H(x)² over the rows at epoch `last`, or of W² without rows. The run's script prints it too."""
    if not experiment.objective.is_of_rows:
        return math.fsum(weight * weight for weight in last.parameters) / len(last.parameters)
    rows, k = zip(*experiment.dataset.x, strict=True), experiment.layout.targets
    hypotheses = (value for row in rows for value in experiment.hypotheses(last.parameters, row))
    return math.fsum(value * value for value in hypotheses) / (experiment.dataset.rows * k)


class Proof(Protocol):
    """Steps one Experiment by hand, by autograd and by torch.optim, in lockstep from the same start."""

    def step(self) -> Comparison:
        """Take one epoch with each method and return the results."""


class RowParts(msgspec.Struct, frozen=True, gc=False):
    """One row's contribution to the gradient."""

    number: int
    """The row's position in the data, counted from 1."""
    x: tuple[float, ...]
    y: float
    """The target being looked at; the other fields belong to it too."""
    hypothesis: float
    """H(x)."""
    error: float
    """H(x) − y."""
    slopes: tuple[float, ...]
    """error · x for each weight, then the error itself for b: x is 1 there."""
    z: float | None = None
    """XW + b, if H(x) is a function of it, such as the sigmoid."""


class Rest(msgspec.Struct, frozen=True, gc=False):
    """The sum of the rows that are not shown one by one."""

    rows: int
    error: float
    slopes: tuple[float, ...]


class ShareParts(msgspec.Struct, frozen=True, gc=False):
    """What one of several shares of the rows adds to Σ."""

    last: int
    """The position of the share's last row within the update, counted from 1."""
    totals: tuple[float, ...]
    """Σ error·x over its rows, for each parameter."""


class UpdateBreakdown(msgspec.Struct, frozen=True, kw_only=True):
    """One update taken apart, from the rows to the new parameters, with the trainer's own numbers.

    Unless noted otherwise, each tuple holds one number per parameter. With several targets it holds only those of the
    target being looked at: a column of W, and its b.
    """

    number: int
    index: int
    """Which update of the epoch this is, from 0."""
    updates: int
    """How many updates the epoch has: one per batch."""
    rows: int
    """m: how many rows this update uses."""
    shown: tuple[RowParts, ...]
    """The rows that are shown one by one, in the order in which they are added up."""
    rest: Rest | None
    """The sum of the rows that are not shown, if there are any."""
    rest_after: int
    """How many of the shown rows come before the rest."""
    totals: tuple[float, ...]
    """Σ error·x over all rows of this update."""
    shares: tuple[ShareParts, ...]
    """What each share of the rows adds to `totals`; empty if the rows are not shared out."""
    row_slope: str
    """What a row adds to `totals`, in words."""
    slope_words: tuple[tuple[str, str, str], ...]
    """For a typed cost, each derivative: its name, its formula, and the formula with the numbers put in."""
    factor: float
    """What the convention multiplies Σ by."""
    factor_words: str
    """`1`, `2/m` or `1/m`; with several targets `2/(m·k)`."""
    gradient: tuple[float, ...]
    settings: Settings
    """The settings in force for this update."""
    carried: tuple[Carried, ...]
    """What the optimizer computes from the gradient, in order; empty for plain gradient descent."""
    update: tuple[float, ...]
    parameters: tuple[float, ...]
    """Before the update."""
    following: tuple[float, ...]
    """After it."""
    cost: float
    """The cost over all rows before the update."""
    cost_after: float
    """The cost after it, which may be infinite."""
    targets: int = 1
    """k, the number of targets."""

    @property
    def penalty_slopes(self) -> tuple[float, ...]:
        """λ · parameter, which is added to the gradient; empty if there is no penalty."""
        penalty = self.settings.penalty
        return tuple(penalty * parameter for parameter in self.parameters) if penalty else ()

    @property
    def update_words(self) -> str:
        """What is subtracted: `lr · gradient`, `lr · v` …"""
        return self.settings.optimizer.rule.subtracted(self.settings.weight_decay)


Stage = Literal["", "hypothesis", "cost", "gradient", "update"]
"""One of the lecture's four stages of an epoch; empty for a line that belongs to none of them."""

Value = Literal["", "hypothesis", "cost", "gradient", "parameters"]
"""A value that an epoch computes, over all rows and before the update; `parameters` are those after the update."""


class CodeLine(msgspec.Struct, frozen=True):
    """One line of the training loop as a person would write it."""

    text: str
    """With its indentation; at most 60 characters."""
    stage: Stage
    """The stage that the line belongs to."""
    value: Value = ""
    """The value to show beside the line: the one that is complete once the line has run, b included."""


def used_in(code: Iterable[CodeLine]) -> list[Setting]:
    """The settings that the code names by their `variable`."""
    names = set(re.findall(r"\w+", "\n".join(line.text for line in code)))
    return [row for row in SETTINGS if row.variable in names]


def gradient_in_code(parameter: str, method: Method) -> str:
    """The name of the gradient of `W` or `b` in the code: `gradient` and `gradient_b` by hand, otherwise `W.grad`."""
    if method != "hand":
        return f"{parameter}.grad"
    return "gradient" if parameter == "W" else f"gradient_{parameter}"


class Backend(msgspec.Struct, frozen=True):
    """The factories that the command line passes to the rooms which do not know torch."""

    trainer: Callable[[Experiment], Trainer]
    surface: Callable[[Experiment], Surface]
    breakdown: Callable[..., UpdateBreakdown]
    """(experiment, epoch, memory before the epoch, …) → the update with this `index`.

    Shows at most `rows` rows one by one: those from index `first` on, and the last. `target` is the one looked at. With
    `shares` processes, it also says what each of them would add up; no other number changes."""
    code: Callable[[Experiment, int], tuple[CodeLine, ...]]
    """(experiment, epoch) → the torch loop with the settings in force at that epoch, counted from 1."""
    script: Callable[[Experiment, Epoch], str]
    """(experiment, last epoch) → the run as a Python file that checks that it ends at that epoch."""
    notebook: Callable[[Experiment, Epoch], str]
    """The same as a notebook, with a plot."""
    proof: Callable[[Experiment, Bug | None], Proof]
    """(experiment, bug) → the three methods side by side, one of them with the bug."""
    buggy: Callable[[Experiment, Bug], Trainer]
    """(experiment, bug) → a trainer for plain gradient descent with a bug. It cannot be restored."""


def after(epoch: Epoch, experiment: Experiment, backend: Backend) -> Iterator[Epoch]:
    """The epochs after a given epoch of an experiment, without end."""
    trainer = backend.trainer(experiment)
    trainer.restore(epoch.number + 1, epoch.following, epoch.memory)
    while True:
        yield trainer.step()
