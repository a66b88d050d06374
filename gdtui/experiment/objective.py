"""Objectives: what a run makes small. Each is one class here, and one of the same name in `descent.objectives`.

A class here says everything about hypothesis, cost and gradient that can be said without torch: their names, how
formula and code are written, what the labels must be. A frozen value, so that an objective may have numbers or a text
of its own.
"""

import math
from typing import ClassVar, Literal, get_args

import msgspec

from gdtui.experiment.dataset import Column

Method = Literal["hand", "autograd", "optim"]
"""Who finds the gradient: our own formula, torch's autograd, or autograd with torch.optim for the update."""

Convention = Literal["sum", "mse", "mean"]
"""Which gradient: Σ(H−y)x, (2/m)Σ(H−y)x or (1/m)Σ(H−y)x; the slope of ½Σ(H−y)², of the mean, of ½ the mean."""

CONVENTIONS: tuple[Convention, ...] = get_args(Convention)


class Factor(msgspec.Struct, frozen=True):
    """What a convention multiplies the gradient summed over the rows by."""

    numerator: int
    is_mean: bool
    """Whether it is divided by m, the number of rows."""

    def of(self, rows: int) -> float:
        """The factor for so many rows."""
        return self.numerator / rows if self.is_mean else float(self.numerator)

    def __str__(self) -> str:
        """`1`, `2/m` or `1/m`."""
        return f"{self.numerator}/m" if self.is_mean else f"{self.numerator}"

    @property
    def before_sum(self) -> str:
        """As it stands before Σ: `2/m·`, and nothing for 1."""
        return "" if str(self) == "1" else f"{self}·"


class Objective(msgspec.Struct, frozen=True):
    """A hypothesis and its cost over the rows. H is made of XW + b and the gradient is Σ(H − y)x unless overridden."""

    name: ClassVar[str]
    cost_name: ClassVar[str]
    conventions: ClassVar[dict[Convention, Factor]]
    """The gradients in use, `sum` among them."""
    slope_of_cost: ClassVar[Convention]
    """The convention whose gradient is the slope of the cost itself."""

    def usual_convention(self, method: Method) -> Convention:
        """The convention where none is chosen: by hand the plain sum, otherwise what autograd makes of the cost."""
        return "sum" if method == "hand" else self.slope_of_cost

    def hypothesis(self, columns: int, has_bias: bool) -> str:
        """H(x) as written, for so many columns of x: `W·x`, `W·x + b`, `XW` or `XW + b`."""
        return ("W·x" if columns == 1 else "XW") + (" + b" if has_bias else "")

    def predict(self, weights: tuple[float, ...], bias: float | None, x: tuple[float, ...]) -> float:
        """H(x) for one row, in float64."""
        return sum(weight * value for weight, value in zip(weights, x, strict=True)) + (bias or 0.0)

    def check_labels(self, y: Column) -> None:
        """See whether the labels can be learned; any number can unless a class says otherwise.

        Raises:
            ExperimentError: a label is none that the cost is defined for.
        """

    def allowance(self, first_cost: float, cost: float, y: Column, tolerance: float) -> float:
        """How far the last cost may be off on another machine whose numbers are off by `tolerance` of the largest."""
        raise NotImplementedError

    # How code is written. The names in it are `hypothesis`, `W` and `b`; those of x and y are given.

    def hypothesis_code(self, x: str, columns: int, has_bias: bool) -> str:
        """The hypothesis for all rows of x: `x * W + b`, or `x @ W + b` for several columns."""
        return f"{x} {'*' if columns == 1 else '@'} W{' + b' * has_bias}"

    def cost_code(self, y: str) -> str:
        """The cost."""
        raise NotImplementedError

    def loss_code(self, y: str, convention: Convention, cost: str = "") -> str:
        """What is differentiated; `cost` is the name of the cost over the same rows, where it is known."""
        raise NotImplementedError

    def gradient_code(self, x: str, y: str, columns: int) -> tuple[str, ...]:
        """The gradient summed over the rows, for W and for b."""
        error = f"hypothesis - {y}"
        return f"torch.sum(({error}) * {x})" if columns == 1 else f"{x}.T @ ({error})", f"torch.sum({error})"

    def buggy_code(self, convention: Convention) -> str:
        """What is differentiated where somebody takes the sum over the rows for their mean."""
        raise NotImplementedError


class LinearRegression(Objective, frozen=True):
    """H(x) = XW + b, with the mean of (H − y)²."""

    name = "linear regression"
    cost_name = "mean squared error"
    conventions: ClassVar = {"sum": Factor(1, False), "mse": Factor(2, True), "mean": Factor(1, True)}
    slope_of_cost = "mse"

    def allowance(self, first_cost: float, cost: float, y: Column, tolerance: float) -> float:
        """A residual off by e makes the mean of r² off by 2re + e² at most, as r is its root."""
        root = math.sqrt(cost)
        off = tolerance * max(math.sqrt(first_cost), root, *map(abs, y))
        return (2 * root + off) * off

    def cost_code(self, y: str) -> str:
        """The mean of the squares."""
        return f"torch.mean((hypothesis - {y}) ** 2)"

    def loss_code(self, y: str, convention: Convention, cost: str = "") -> str:
        """½Σ(H−y)² for `sum`, the mean of (H−y)² for `mse`, half that mean for `mean`."""
        if convention == "sum":
            return f"torch.sum((hypothesis - {y}) ** 2) / 2"
        return (cost or self.cost_code(y)) + ("" if convention == "mse" else " / 2")

    def buggy_code(self, convention: Convention) -> str:
        """The squares whose gradient is Σ(H−y)x, or 1/m of it, are halved."""
        return "((H - y)**2).sum()" + ("" if convention == "mse" else " / 2")


LINEAR_REGRESSION = LinearRegression()
