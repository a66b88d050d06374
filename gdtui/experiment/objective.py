"""Objectives: what a run minimizes. Those over rows are in `objectives`, a typed cost in `typed_cost`.

A class here says everything about hypothesis, cost and gradient that needs no torch: their names, how formula and code
are written, which labels are allowed. It is a frozen value, so that an objective can have numbers or a text of its own.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal, get_args

import msgspec

from gdtui.experiment.dataset import Column
from gdtui.text import _

Method = Literal["hand", "autograd", "optim"]
"""How the gradient is found: our own formula, torch's autograd, or autograd with torch.optim for the update."""

METHODS: tuple[Method, ...] = get_args(Method)

Convention = Literal["sum", "mse", "mean"]
"""Which gradient: Σ(H−y)x, (2/m)Σ(H−y)x or (1/m)Σ(H−y)x; the derivative of ½Σ(H−y)², of the mean, of ½ the mean."""

CONVENTIONS: tuple[Convention, ...] = get_args(Convention)


class Factor(msgspec.Struct, frozen=True):
    """What a convention multiplies the sum over the rows by to give the gradient."""

    numerator: int
    is_mean: bool
    """Whether it divides by m, the number of rows, and by k, the number of targets."""
    targets: int = 1

    def of(self, rows: int) -> float:
        """The factor for this number of rows."""
        return self.numerator / (rows * self.targets) if self.is_mean else float(self.numerator)

    def __str__(self) -> str:
        """`1`, `2/m` or `1/m`; `2/(m·k)` for several targets."""
        return f"{self.numerator}/{'m' if self.targets == 1 else '(m·k)'}" if self.is_mean else f"{self.numerator}"

    @property
    def before_sum(self) -> str:
        """The factor as written before Σ: `2/m·`, or nothing for 1."""
        return "" if str(self) == "1" else f"{self}·"


class Objective(msgspec.Struct, frozen=True):
    """A hypothesis and its cost over the rows. By default H is XW + b, and the gradient is Σ(H − y)x."""

    name: ClassVar[str]
    cost_name: ClassVar[str]
    conventions: ClassVar[dict[Convention, Factor]]
    """The available gradient conventions, `sum` among them."""
    slope_of_cost: ClassVar[Convention]
    """The convention whose gradient is the derivative of the cost itself."""
    cost_in_words: ClassVar[str]
    """A sentence that says how the cost is computed."""
    slope_formula: ClassVar[str] = "Σ(H−y)x"
    """The gradient with respect to a weight, summed over the rows; for b it is the same without the x."""
    row_slope: ClassVar[str] = "error·x"
    """What a row adds to the gradient of a weight; H′ is H(1 − H)."""
    of_z: ClassVar[str] = ""
    """H(x) as code, with z for XW + b; empty if H(x) is XW + b itself."""
    imports: ClassVar[tuple[str, ...]] = ()
    """What its code imports besides torch."""
    is_of_rows: ClassVar[bool] = True
    """Whether it learns from rows; a typed cost does not."""
    most_targets: ClassVar[float] = 1
    """The largest number of columns that y may have."""
    border: ClassVar[float | None] = None
    """H(x) at or above this predicts the label 1; None if H(x) predicts no label."""
    has_sums: ClassVar[bool] = False
    """Whether its gradient can be computed from sums over the rows alone, as --stream and torchrun need."""
    check_code: ClassVar[str] = "torch.mean(hypothesis**2)"
    """The number that a script prints at its end, for its author to enter where a lesson asks for it."""
    targets: int = 1
    """k: the number of columns of y and W."""

    def factor(self, convention: Convention) -> Factor:
        """What a convention multiplies the sum over the rows by."""
        return msgspec.structs.replace(self.conventions[convention], targets=self.targets)

    def differentiated(self, convention: Convention) -> str:
        """In words, the function whose derivative a convention's gradient is."""
        return _("the cost")

    def usual_convention(self, method: Method) -> Convention:
        """The convention if none is chosen: the plain sum by hand, otherwise the gradient of the cost itself."""
        return "sum" if method == "hand" else self.slope_of_cost

    def hypothesis(self, columns: int, has_bias: bool) -> str:
        """H(x) as written for this number of columns of x: `W·x`, `W·x + b`, `XW` or `XW + b`."""
        return ("W·x" if columns == self.targets == 1 else "XW") + (" + b" if has_bias else "")

    def equation(self, columns: int, has_bias: bool) -> str:
        """The whole equation: `H(x) = W·x`."""
        return f"H(x) = {self.hypothesis(columns, has_bias)}"

    def slope_equations(self) -> tuple[str, ...]:
        """The derivatives as equations, if the cost is a typed formula; otherwise empty."""
        return ()

    def slope_words(self, parameters: tuple[float, ...]) -> tuple[tuple[str, str, str], ...]:
        """For each derivative: its name, its formula, and the formula with the numbers put in."""
        return ()

    def predict(self, weights: tuple[float, ...], bias: float | None, x: tuple[float, ...]) -> float:
        """H(x) for one row and one target, in float64."""
        return sum(weight * value for weight, value in zip(weights, x, strict=True)) + (bias or 0.0)

    def hypotheses(
        self, columns: Iterable[tuple[tuple[float, ...], float | None]], x: tuple[float, ...]
    ) -> tuple[float, ...]:
        """H(x) for one row, one number per target, from each target's weights and b."""
        return tuple(self.predict(weights, bias, x) for weights, bias in columns)

    def classes(self, y: Column) -> tuple[float, ...]:
        """The labels in y that are classes, each with its own column; empty if y is learned as it is."""
        return ()

    def check_labels(self, y: Column) -> None:
        """Check that the labels can be learned; by default any number can.

        Raises:
            ExperimentError: the cost is not defined for a label.
        """

    def allowance(self, first_cost: float, cost: float, y: Iterable[float], tolerance: float) -> float:
        """How far the last cost may differ on another machine whose numbers are off by `tolerance` of the largest.

        A cross-entropy changes at most by the change in the largest z. A typed cost may have terms larger than the cost
        itself; the first cost indicates how large.
        """
        return tolerance * max(abs(first_cost), abs(cost), 1.0)

    # How code is written. It uses the names `z`, `hypothesis`, `W` and `b`; those of x and y are passed in.

    def hypothesis_code(self, x: str, columns: int, has_bias: bool) -> tuple[str, ...]:
        """The lines that compute the hypothesis for all rows of x: `x * W + b`, or `x @ W + b` for several columns."""
        return (f"hypothesis = {self.linear_code(x, columns, has_bias)}",)

    def linear_code(self, x: str, columns: int, has_bias: bool) -> str:
        """XW + b as code."""
        return f"{x} {'*' if columns == self.targets == 1 else '@'} W{' + b' * has_bias}"

    def cost_code(self, y: str) -> str:
        """The cost as code."""
        raise NotImplementedError

    def loss_code(self, y: str, convention: Convention, cost: str = "") -> str:
        """What is differentiated, as code; `cost` is a variable that already holds the cost of these rows, if any."""
        return cost or self.cost_code(y)

    def pull_code(self, y: str) -> tuple[tuple[str, ...], str]:
        """What each row's x is multiplied by in the gradient, and the lines of code that must come first."""
        return (), f"hypothesis - {y}"

    def gradient_code(self, x: str, pull: str, columns: int) -> tuple[str, str]:
        """The gradient summed over the rows as code, for W and for b."""
        factor = pull if pull.isidentifier() else f"({pull})"
        if self.targets > 1:
            return f"{x}.T @ {factor}", f"torch.sum({pull}, dim=0)"
        return f"torch.sum({factor} * {x})" if columns == 1 else f"{x}.T @ {factor}", f"torch.sum({pull})"

    def buggy_code(self, convention: Convention) -> str:
        """What is differentiated by the bug that uses the sum over the rows where their mean is meant."""
        raise NotImplementedError
