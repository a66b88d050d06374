"""What every objective says: what a run makes small. Those over rows are in `objectives`, a typed cost in `typed_cost`.

A class here says everything about hypothesis, cost and gradient that can be said without torch: their names, how
formula and code are written, what the labels must be. A frozen value, so that an objective may have numbers or a text
of its own.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal, get_args

import msgspec

from gdtui.experiment.dataset import Column

Method = Literal["hand", "autograd", "optim"]
"""Who finds the gradient: our own formula, torch's autograd, or autograd with torch.optim for the update."""

METHODS: tuple[Method, ...] = get_args(Method)

Convention = Literal["sum", "mse", "mean"]
"""Which gradient: Σ(H−y)x, (2/m)Σ(H−y)x or (1/m)Σ(H−y)x; the slope of ½Σ(H−y)², of the mean, of ½ the mean."""

CONVENTIONS: tuple[Convention, ...] = get_args(Convention)


class Factor(msgspec.Struct, frozen=True):
    """What a convention multiplies the gradient summed over the rows by."""

    numerator: int
    is_mean: bool
    """Whether it is divided by m, the number of rows, and by k, the number of targets."""
    targets: int = 1

    def of(self, rows: int) -> float:
        """The factor for so many rows."""
        return self.numerator / (rows * self.targets) if self.is_mean else float(self.numerator)

    def __str__(self) -> str:
        """`1`, `2/m` or `1/m`; `2/(m·k)` for several targets."""
        return f"{self.numerator}/{'m' if self.targets == 1 else '(m·k)'}" if self.is_mean else f"{self.numerator}"

    @property
    def before_sum(self) -> str:
        """As it stands before Σ: `2/m·`, and nothing for 1."""
        return "" if str(self) == "1" else f"{self}·"


class Objective(msgspec.Struct, frozen=True):
    """A hypothesis and its cost over the rows. H is XW + b and the gradient is Σ(H − y)x unless overridden."""

    name: ClassVar[str]
    cost_name: ClassVar[str]
    conventions: ClassVar[dict[Convention, Factor]]
    """The gradients in use, `sum` among them."""
    slope_of_cost: ClassVar[Convention]
    """The convention whose gradient is the slope of the cost itself."""
    cost_in_words: ClassVar[str]
    """How the cost is worked out, in a sentence."""
    slope_formula: ClassVar[str] = "Σ(H−y)x"
    """The gradient summed over the rows, for a weight; for b it is without the x."""
    row_slope: ClassVar[str] = "error·x"
    """What a row adds to the gradient for a weight; H′ is H(1 − H)."""
    of_z: ClassVar[str] = ""
    """H(x) as code, with z for XW + b, where it is not the same."""
    imports: ClassVar[tuple[str, ...]] = ()
    """What its code needs beside torch."""
    is_of_rows: ClassVar[bool] = True
    """Whether it learns from rows; a typed cost has none."""
    most_targets: ClassVar[float] = 1
    """How many columns y may have."""
    border: ClassVar[float | None] = None
    """From this H(x) on a row is taken for a 1; None where H(x) is taken for no label."""
    has_sums: ClassVar[bool] = False
    """Whether sums over the rows are all that its gradient needs, so that --stream and torchrun can compute it."""
    check_code: ClassVar[str] = "torch.mean(hypothesis**2)"
    """The number that a script prints at its end, for its author to type where it was asked for."""
    targets: int = 1
    """k: how many columns y has, and W with it."""

    def factor(self, convention: Convention) -> Factor:
        """What a convention multiplies the gradient summed over the rows by."""
        return msgspec.structs.replace(self.conventions[convention], targets=self.targets)

    def usual_convention(self, method: Method) -> Convention:
        """The convention where none is chosen: by hand the plain sum, otherwise what autograd makes of the cost."""
        return "sum" if method == "hand" else self.slope_of_cost

    def hypothesis(self, columns: int, has_bias: bool) -> str:
        """H(x) as written, for so many columns of x: `W·x`, `W·x + b`, `XW` or `XW + b`."""
        return ("W·x" if columns == self.targets == 1 else "XW") + (" + b" if has_bias else "")

    def equation(self, columns: int, has_bias: bool) -> str:
        """What is computed, on both sides of its sign: `H(x) = W·x`."""
        return f"H(x) = {self.hypothesis(columns, has_bias)}"

    def slope_equations(self) -> tuple[str, ...]:
        """The derivatives, where the cost is a formula that has them."""
        return ()

    def slope_words(self, parameters: tuple[float, ...]) -> tuple[tuple[str, str, str], ...]:
        """Each of them by name, in full, and with the numbers put in."""
        return ()

    def predict(self, weights: tuple[float, ...], bias: float | None, x: tuple[float, ...]) -> float:
        """H(x) for one row and one target, in float64."""
        return sum(weight * value for weight, value in zip(weights, x, strict=True)) + (bias or 0.0)

    def hypotheses(
        self, columns: Iterable[tuple[tuple[float, ...], float | None]], x: tuple[float, ...]
    ) -> tuple[float, ...]:
        """H(x) for one row, a number for each target with its weights and b."""
        return tuple(self.predict(weights, bias, x) for weights, bias in columns)

    def classes(self, y: Column) -> tuple[float, ...]:
        """The labels in y that are classes, each with a column of its own; none where y is learned as it is."""
        return ()

    def check_labels(self, y: Column) -> None:
        """See whether the labels can be learned; any number can unless a class says otherwise.

        Raises:
            ExperimentError: a label is none that the cost is defined for.
        """

    def allowance(self, first_cost: float, cost: float, y: Iterable[float], tolerance: float) -> float:
        """How far the last cost may be off on another machine whose numbers are off by `tolerance` of the largest.

        A cross-entropy changes at most as much as the largest z does. The terms of a typed cost may be larger than it
        is; the first cost tells about how large.
        """
        return tolerance * max(abs(first_cost), abs(cost), 1.0)

    # How code is written. The names in it are `z`, `hypothesis`, `W` and `b`; those of x and y are given.

    def hypothesis_code(self, x: str, columns: int, has_bias: bool) -> tuple[str, ...]:
        """The lines of the hypothesis for all rows of x: `x * W + b`, or `x @ W + b` for several columns."""
        return (f"hypothesis = {self.linear_code(x, columns, has_bias)}",)

    def linear_code(self, x: str, columns: int, has_bias: bool) -> str:
        """XW + b as code."""
        return f"{x} {'*' if columns == self.targets == 1 else '@'} W{' + b' * has_bias}"

    def cost_code(self, y: str) -> str:
        """The cost."""
        raise NotImplementedError

    def loss_code(self, y: str, convention: Convention, cost: str = "") -> str:
        """What is differentiated; `cost` is the name of the cost over the same rows, where it is known."""
        return cost or self.cost_code(y)

    def pull_code(self, y: str) -> tuple[tuple[str, ...], str]:
        """What each row's x is multiplied by in the gradient, and the lines that must come before."""
        return (), f"hypothesis - {y}"

    def gradient_code(self, x: str, pull: str, columns: int) -> tuple[str, str]:
        """The gradient summed over the rows, for W and for b."""
        factor = pull if pull.isidentifier() else f"({pull})"
        if self.targets > 1:
            return f"{x}.T @ {factor}", f"torch.sum({pull}, dim=0)"
        return f"torch.sum({factor} * {x})" if columns == 1 else f"{x}.T @ {factor}", f"torch.sum({pull})"

    def buggy_code(self, convention: Convention) -> str:
        """What is differentiated where somebody takes the sum over the rows for their mean."""
        raise NotImplementedError
