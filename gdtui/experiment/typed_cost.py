"""A typed cost: an objective given as a formula of W, or of W1 and W2, without any rows."""

import functools
from typing import ClassVar

from gdtui.errors import ExperimentError
from gdtui.experiment import formula
from gdtui.experiment.dataset import Dataset, column
from gdtui.experiment.expressions import Expression, ExpressionError
from gdtui.experiment.objective import Convention, Factor, Objective
from gdtui.numbers import fixed
from gdtui.text import _, clean

NAMED = {
    "double-well": "W^4 - 3*W^2 + W",
    "plateau": "W^2 / (1 + W^2)",
    "rosenbrock": "(1 - W1)^2 + 100*(W2 - W1^2)^2",
    "himmelblau": "(W1^2 + W2 - 11)^2 + (W1 + W2^2 - 7)^2",
    "saddle": "W1^2 - W2^2",
    "beale": "(1.5 - W1 + W1*W2)^2 + (2.25 - W1 + W1*W2^2)^2 + (2.625 - W1 + W1*W2^3)^2",
}
"""Costs that can be given by name instead of typing them."""


def read_function(value: object) -> str:
    """A typed cost, or the name of one, with single spaces.

    Raises:
        ValueError: it cannot be read, or cannot be differentiated.
    """
    if not isinstance(value, str):
        raise ValueError(_("must be text"))
    text = " ".join(value.split())
    if text.isascii() and text.isidentifier() and text not in NAMED and len(text) > 2:
        names = ", ".join(NAMED)
        raise ValueError(
            _("there is no '{name}': type a formula in W, or one of {names}", name=clean(text), names=names)
        )
    try:
        formula.read(NAMED.get(text, text))
    except ExpressionError as error:
        raise ValueError(str(error)) from None
    return text


class NoRows(Dataset, frozen=True):
    """The dataset of a typed cost: one column per parameter, and no rows."""

    def __post_init__(self) -> None:
        """Skip the checks of a dataset, which need rows."""

    def in_units(self, x_scale: float) -> Dataset:
        """Refused: there is no x.

        Raises:
            ExperimentError: always.
        """
        raise ExperimentError("x-scale", NO_ROWS)

    def standardized(self) -> Dataset:
        """Refused: there is no x.

        Raises:
            ExperimentError: always.
        """
        raise ExperimentError("standardize", NO_ROWS)


NO_ROWS = _("a typed cost has no rows: leave it out, or leave --function out")
"""The reason why settings that need rows are refused."""

OF_ROWS = ("hypothesis", "cost", "bias", "b0", "convention", "batch", "seed", "order", "patience")
"""Settings that need rows of data, so a typed cost does not have them."""


class TypedCost(Objective, frozen=True, kw_only=True):
    """The cost is a formula f(W), and there is no hypothesis."""

    text: str

    name = "typed cost"
    cost_name = "typed cost"
    conventions: ClassVar = {"sum": Factor(1, False)}
    slope_of_cost: ClassVar[Convention] = "sum"
    cost_in_words = "Put W into f(W)."
    is_of_rows = False
    check_code = "torch.mean(W**2)"

    @property
    def formula(self) -> Expression:
        """The parsed formula."""
        return formula.read(self.text)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The formula's parameters: W, or W1 and W2."""
        return formula.parameters_of(self.formula)

    @property
    def slopes(self) -> tuple[Expression, ...]:
        """The derivative of f with respect to each parameter."""
        return formula.slopes(self.text)

    @property
    def slope_formula(self) -> str:  # type: ignore[override]  # each typed cost has its own
        """The derivatives as people write them."""
        return ", ".join(map(formula.on_paper, self.slopes))

    def equation(self, columns: int, has_bias: bool) -> str:
        """`f(W) = W⁴ − 3W² + W`."""
        return f"f({', '.join(self.parameters)}) = {formula.on_paper(self.formula)}"

    def slope_equations(self) -> tuple[str, ...]:
        """`f′(W) = 4W³ − 6W + 1`, or one per parameter: `∂f/∂W1 = 2W1`."""
        return tuple(f"{head} = {slope}" for head, slope, _numbers in self.slope_words((0.0,) * len(self.parameters)))

    def slope_words(self, parameters: tuple[float, ...]) -> tuple[tuple[str, str, str], ...]:
        """Each derivative: its name, its formula, and the formula with the numbers put in: `4·2.000³ − 6·2.000 + 1`."""
        texts = (fixed(value, 3) for value in parameters)
        numbers = {
            name: f"({text})" if text.startswith("−") else text
            for name, text in zip(self.parameters, texts, strict=True)
        }
        heads = ("f′(W)",) if len(numbers) == 1 else tuple(f"∂f/∂{name}" for name in numbers)
        pairs = zip(heads, self.slopes, strict=True)
        return tuple((head, formula.on_paper(slope), formula.on_paper(slope, numbers)) for head, slope in pairs)

    def hypothesis(self, columns: int, has_bias: bool) -> str:
        """f itself, as there is no hypothesis."""
        return formula.on_paper(self.formula)

    def hypothesis_code(self, x: str, columns: int, has_bias: bool) -> tuple[str, ...]:
        """A line that names two parameters, if there are two."""
        return () if len(self.parameters) == 1 else ("W1, W2 = W",)

    def cost_code(self, y: str) -> str:
        """The formula."""
        return formula.code(self.formula)

    def pull_code(self, y: str) -> tuple[tuple[str, ...], str]:
        """Lines that name two derivatives, if there are two."""
        if len(self.parameters) == 1:
            return (), ""
        return tuple(
            f"slope_{name} = {code}" for name, code in zip(self.parameters, self._slope_codes, strict=True)
        ), ""

    def gradient_code(self, x: str, pull: str, columns: int) -> tuple[str, str]:
        """The derivative, or a tensor of both."""
        names = self.parameters
        return self._slope_codes[0] if len(names) == 1 else "torch.stack([slope_W1, slope_W2])", ""

    @property
    def _slope_codes(self) -> tuple[str, ...]:
        pairs = zip(self.parameters, self.slopes, strict=True)
        constant = "torch.full_like({}, {})".format
        return tuple(
            formula.code(slope) if formula.parameters_in(slope) else constant(name, formula.code(slope))
            for name, slope in pairs
        )

    def buggy_code(self, convention: Convention) -> str:
        """f itself: there are no rows to sum."""
        return "f(W)"


@functools.lru_cache(maxsize=64)
def typed_cost(text: str) -> tuple[TypedCost, Dataset]:
    """The objective of a typed or named cost, and the dataset without rows that goes with it."""
    cost = TypedCost(text=NAMED.get(text, text))
    nothing, names = column(()), cost.parameters
    name = _("no rows")
    return cost, NoRows((nothing,) * len(names), nothing, names, "f", name)
