"""A typed cost: an objective that is a formula of W, or of W1 and W2, with no rows behind it."""

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
"""Costs that can be named and need not be typed."""


def read_function(value: object) -> str:
    """A typed cost, or the name of one, as it was given.

    Raises:
        ValueError: it cannot be read, or has no slope.
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
    """What stands for the data where a cost has none: as many columns as parameters, and no row."""

    def __post_init__(self) -> None:
        """There is nothing that could be wrong with it."""

    def in_units(self, x_scale: float) -> Dataset:
        """There is no x.

        Raises:
            ExperimentError: always.
        """
        raise ExperimentError("x-scale", NO_ROWS)

    def standardized(self) -> Dataset:
        """There is no x.

        Raises:
            ExperimentError: always.
        """
        raise ExperimentError("standardize", NO_ROWS)


NO_ROWS = _("a typed cost has no rows: leave it out, or leave --function out")
"""Why what is for rows is refused."""

OF_ROWS = ("hypothesis", "cost", "bias", "b0", "convention", "batch", "seed", "order", "patience")
"""Settings of what learns from rows, which a typed cost does not."""


class TypedCost(Objective, frozen=True, kw_only=True):
    """f(W), which is what is made small itself."""

    text: str
    """The formula."""

    name = "typed cost"
    cost_name = "typed cost"
    conventions: ClassVar = {"sum": Factor(1, False)}
    slope_of_cost: ClassVar[Convention] = "sum"
    cost_in_words = "Put W into f(W)."
    is_of_rows = False
    check_code = "torch.mean(W**2)"

    @property
    def formula(self) -> Expression:
        """f."""
        return formula.read(self.text)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What it is a formula of: W, or W1 and W2."""
        return formula.parameters_of(self.formula)

    @property
    def slopes(self) -> tuple[Expression, ...]:
        """The derivative of f by each of them."""
        return formula.slopes(self.text)

    @property
    def slope_formula(self) -> str:  # type: ignore[override]  # each typed cost has its own
        """The derivatives as people write them."""
        return ", ".join(map(formula.on_paper, self.slopes))

    def equation(self, columns: int, has_bias: bool) -> str:
        """`f(W) = W⁴ − 3W² + W`."""
        return f"f({', '.join(self.parameters)}) = {formula.on_paper(self.formula)}"

    def slope_equations(self) -> tuple[str, ...]:
        """`f′(W) = 4W³ − 6W + 1`, or one by each parameter: `∂f/∂W1 = 2W1`."""
        return tuple(f"{head} = {slope}" for head, slope, _numbers in self.slope_words((0.0,) * len(self.parameters)))

    def slope_words(self, parameters: tuple[float, ...]) -> tuple[tuple[str, str, str], ...]:
        """Each derivative by name, in full, and with the numbers put in: `4·2.000³ − 6·2.000 + 1`."""
        texts = (fixed(value, 3) for value in parameters)
        numbers = {
            name: f"({text})" if text.startswith("−") else text
            for name, text in zip(self.parameters, texts, strict=True)
        }
        heads = ("f′(W)",) if len(numbers) == 1 else tuple(f"∂f/∂{name}" for name in numbers)
        pairs = zip(heads, self.slopes, strict=True)
        return tuple((head, formula.on_paper(slope), formula.on_paper(slope, numbers)) for head, slope in pairs)

    def hypothesis(self, columns: int, has_bias: bool) -> str:
        """f itself: there is no hypothesis."""
        return formula.on_paper(self.formula)

    def hypothesis_code(self, x: str, columns: int, has_bias: bool) -> tuple[str, ...]:
        """Two parameters get names of their own."""
        return () if len(self.parameters) == 1 else ("W1, W2 = W",)

    def cost_code(self, y: str) -> str:
        """The formula."""
        return formula.code(self.formula)

    def pull_code(self, y: str) -> tuple[tuple[str, ...], str]:
        """Two derivatives get names of their own."""
        if len(self.parameters) == 1:
            return (), ""
        return tuple(
            f"slope_{name} = {code}" for name, code in zip(self.parameters, self._slope_codes, strict=True)
        ), ""

    def gradient_code(self, x: str, pull: str, columns: int) -> tuple[str, str]:
        """The derivative; of two parameters, both in one tensor."""
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
        """There are no rows to be summed."""
        return "f(W)"


@functools.lru_cache(maxsize=64)
def typed_cost(text: str) -> tuple[TypedCost, Dataset]:
    """The objective of a typed cost or of one that is named, and what stands for its data."""
    cost = TypedCost(text=NAMED.get(text, text))
    nothing, names = column(()), cost.parameters
    name = _("no rows")
    return cost, NoRows((nothing,) * len(names), nothing, names, "f", name)
