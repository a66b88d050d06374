"""What torch offers the rest of gdtui, as plain values: a trainer, and the shape of the cost."""

from collections.abc import Callable, Iterator
from typing import Literal, Protocol

import msgspec

from gdtui.epoch import Epoch
from gdtui.experiment import Convention, Experiment
from gdtui.proof import Bug, Comparison


class Trainer(Protocol):
    """Walks down the cost of one Experiment."""

    def step(self) -> Epoch:
        """Take one epoch and return it, with every number on the way."""

    def pending(self) -> Epoch:
        """The epoch that `step` would take, without taking it."""

    def restore(self, number: int, parameters: tuple[float, ...], memory: tuple[float, ...] = ()) -> None:
        """Go to where epoch `number` begins, with what the optimizer remembers of the epochs before."""


def epochs(experiment: Experiment, trainer: Trainer) -> Iterator[Epoch]:
    """The epochs of a whole run, and one more for the state after the last update.

    It ends early at the cost asked for, or after an epoch whose cost is no longer finite, which is the last it gives.
    """
    for _ in range(experiment.epochs + 1):
        epoch = trainer.step()
        yield epoch
        if not epoch.is_finite or is_low_enough(epoch, experiment):
            return


def is_low_enough(epoch: Epoch, experiment: Experiment) -> bool:
    """Whether the cost has come down to where the experiment stops."""
    return experiment.until_cost is not None and epoch.cost <= experiment.until_cost


class Proof(Protocol):
    """Steps one Experiment by hand, by autograd and by torch.optim, in lockstep from the same start."""

    def step(self) -> Comparison:
        """Take one epoch in each way and return what came of it."""


class Surface(msgspec.Struct, frozen=True):
    """The cost as a function of the parameters: a quadratic bowl, told by its Gram matrix, in float64.

    With A the matrix of x and, for b, a column of ones, the cost at θ is
    `least_cost + (θ − minimum)ᵀ AᵀA (θ − minimum) / rows`.
    """

    rows: int
    gram: tuple[tuple[float, ...], ...]
    """AᵀA."""
    eigenvalues: tuple[float, ...]
    """Of AᵀA, rising, none negative."""
    axes: tuple[tuple[float, ...], ...]
    """A unit vector along each eigenvalue's direction."""
    minimum: tuple[float, ...]
    """The least-squares parameters; where there are many, those of least norm."""
    least_cost: float
    """The mean squared error at `minimum`."""
    zero_cost: float
    """The mean squared error where every parameter is 0."""
    rank: int
    """Less than the number of parameters where many minima lie on a line or plane."""

    @property
    def has_one_minimum(self) -> bool:
        """Whether the minimum is a single point."""
        return self.rank == len(self.minimum)

    def curvature(self, convention: Convention) -> float:
        """L, the largest eigenvalue of the Hessian of the objective that the convention differentiates."""
        return self.factor(convention) * self.eigenvalues[-1]

    def factor(self, convention: Convention) -> float:
        """What the convention multiplies Aᵀ(Aθ − y) by."""
        return {"sum": 1.0, "mse": 2.0 / self.rows, "mean": 1.0 / self.rows}[convention]

    def at_rest(self, convention: Convention, decay: float) -> tuple[float, ...]:
        """Where the slope of the objective with the penalty `decay`/2·|θ|² is zero: ridge regression."""
        rest = [0.0] * len(self.minimum)
        for eigenvalue, axis in zip(self.eigenvalues, self.axes, strict=True):
            curvature = self.factor(convention) * eigenvalue
            along = sum(a * m for a, m in zip(axis, self.minimum, strict=True))
            kept = along * curvature / (curvature + decay) if curvature + decay else 0.0
            rest = [r + kept * a for r, a in zip(rest, axis, strict=True)]
        return tuple(rest)

    def cost(self, parameters: tuple[float, ...]) -> float:
        """The mean squared error at `parameters`."""
        offset = tuple(p - m for p, m in zip(parameters, self.minimum, strict=True))
        pulled = (sum(g * o for g, o in zip(row, offset, strict=True)) for row in self.gram)
        return self.least_cost + max(0.0, sum(o * p for o, p in zip(offset, pulled, strict=True))) / self.rows

    def slope(self, parameters: tuple[float, ...]) -> tuple[float, ...]:
        """The gradient of the mean squared error at `parameters`, whatever convention is in use."""
        offset = tuple(p - m for p, m in zip(parameters, self.minimum, strict=True))
        return tuple(2 * sum(g * o for g, o in zip(row, offset, strict=True)) / self.rows for row in self.gram)


Stage = Literal["", "hypothesis", "cost", "gradient", "update"]
"""One of the lecture's four stages of an epoch; empty for what belongs to none of them."""

Value = Literal["", "hypothesis", "cost", "gradient", "update", "parameters"]
"""A live value of an epoch: over all rows where it begins, except that `parameters` are those after the update."""


class CodeLine(msgspec.Struct, frozen=True):
    """One line of the loop as a person would write it."""

    text: str
    """Indented as it stands; at most 60 characters."""
    stage: Stage
    """The stage in which the line is carried out."""
    value: Value = ""
    """What is to be shown beside it: whole after this line, b's part included."""


class WriteScript(Protocol):
    """Writes a run down as a file of Python."""

    def __call__(self, experiment: Experiment, last: Epoch | None = None) -> str:
        """The run in torch, on its own, which checks that it ends where the run did.

        `last` is the last of its `epochs`, for those who have it: it saves running it.
        """


class Bench(msgspec.Struct, frozen=True):
    """The factories that the command line passes to the rooms which do not know torch."""

    trainer: Callable[[Experiment], Trainer]
    surface: Callable[[Experiment], Surface]
    code: Callable[[Experiment, int], tuple[CodeLine, ...]]
    """The loop in torch, with the settings in force at an epoch, counted from 1."""
    script: WriteScript
    proof: Callable[[Experiment, Bug | None], Proof]
    """One of the three ways may have a bug."""
