"""The objectives over rows. The torch half of each is in `descent.objectives`, under the same `name`."""

import math
from collections.abc import Iterable
from typing import ClassVar

from gdtui.errors import ExperimentError
from gdtui.experiment.dataset import Column
from gdtui.experiment.objective import Convention, Factor, Method, Objective
from gdtui.numbers import shortest
from gdtui.text import _

BORDER = 0.5
"""A probability of at least this predicts the label 1."""

MOST_CLASSES = 100
"""The largest number of classes."""


class SquaredErrors(Objective, frozen=True):
    """The mean of (H − y)², for any H."""

    cost_in_words = _("Square the error H − y of each row, then take the mean of the squares.")

    cost_name = _("mean squared error")
    conventions: ClassVar = {"sum": Factor(1, False), "mse": Factor(2, True), "mean": Factor(1, True)}
    slope_of_cost = "mse"

    def allowance(self, first_cost: float, cost: float, y: Iterable[float], tolerance: float) -> float:
        """If a residual r is off by e, the mean of r² is off by at most 2re + e², with r the root of that mean."""
        root = math.sqrt(cost)
        off = tolerance * max(math.sqrt(first_cost), root, *map(abs, y))
        return (2 * root + off) * off

    def differentiated(self, convention: Convention) -> str:
        """Only `mse` differentiates the cost itself."""
        words = {"sum": "½·Σ(H − y)²", "mse": _("the cost"), "mean": _("half the cost")}
        return words[convention]

    def cost_code(self, y: str) -> str:
        """The mean of the squares."""
        return f"torch.mean((hypothesis - {y}) ** 2)"

    def loss_code(self, y: str, convention: Convention, cost: str = "") -> str:
        """½Σ(H−y)² for `sum`, the mean of (H−y)² for `mse`, half that mean for `mean`."""
        if convention == "sum":
            return f"torch.sum((hypothesis - {y}) ** 2) / 2"
        return super().loss_code(y, convention, cost) + ("" if convention == "mse" else " / 2")

    def buggy_code(self, convention: Convention) -> str:
        """The squares are halved where the gradient is Σ(H−y)x or 1/m of it."""
        return "((H - y)**2).sum()" + ("" if convention == "mse" else " / 2")


class LinearRegression(SquaredErrors, frozen=True):
    """H(x) = XW + b, with the mean of (H − y)²."""

    name = "linear regression"
    most_targets = math.inf
    has_sums = True


class Sigmoid(Objective, frozen=True):
    """H(x) = 1/(1 + e^−(XW + b)): the probability that the label is 1."""

    border: ClassVar[float | None] = BORDER

    of_z = "torch.sigmoid(z)"

    def hypothesis(self, columns: int, has_bias: bool) -> str:
        """`sigmoid(W·x + b)`."""
        return f"sigmoid({super().hypothesis(columns, has_bias)})"

    def predict(self, weights: tuple[float, ...], bias: float | None, x: tuple[float, ...]) -> float:
        """The probability of a 1, in float64; e is never raised to a positive power, so nothing overflows."""
        z = super().predict(weights, bias, x)
        small = math.exp(-abs(z))
        return (1.0 if z >= 0 else small) / (1 + small)

    def check_labels(self, y: Column) -> None:
        """Labels are 0 and 1.

        Raises:
            ExperimentError: one is another number.
        """
        for row, label in enumerate(y, start=1):
            if label not in (0.0, 1.0):
                values = {"label": shortest(label), "row": row}
                words = _("is {label} in row {row}; logistic regression needs 0 or 1, softmax takes more", **values)
                raise ExperimentError("y", words)

    def hypothesis_code(self, x: str, columns: int, has_bias: bool) -> tuple[str, ...]:
        """XW + b gets a name, because the cross-entropy is computed from it."""
        return f"z = {self.linear_code(x, columns, has_bias)}", f"hypothesis = {self.of_z}"


class LogisticRegression(Sigmoid, frozen=True):
    """The sigmoid with cross-entropy, the mean of −log H where y is 1 and of −log(1 − H) where it is 0."""

    name = "logistic regression"
    cost_name = _("cross-entropy")
    conventions: ClassVar = {"sum": Factor(1, False), "mean": Factor(1, True)}
    slope_of_cost = "mean"
    cost_in_words = _(
        "Take −log H for each row with y = 1 and −log(1 − H) for each row with y = 0. Then take the mean."
    )
    imports = ("import torch.nn.functional as F",)
    in_code: ClassVar[str] = "F.binary_cross_entropy_with_logits"

    def usual_convention(self, method: Method) -> Convention:
        """The gradient of the cost itself, by hand too."""
        return self.slope_of_cost

    def differentiated(self, convention: Convention) -> str:
        """The cost itself is the mean over the rows."""
        return _("m times the cost") if convention == "sum" else _("the cost")

    def cost_code(self, y: str) -> str:
        """Computed from z, which stays exact when H rounds to 0 or 1."""
        return f"{self.in_code}(z, {y})"

    def loss_code(self, y: str, convention: Convention, cost: str = "") -> str:
        """The cost itself, or m times the cost for `sum`."""
        if convention == "sum":
            return f'{self.in_code}(z, {y}, reduction="sum")'
        return super().loss_code(y, convention, cost)

    def buggy_code(self, convention: Convention) -> str:
        """The sum of the rows' cross-entropies."""
        return "cross_entropy(H, y).sum()"


class SoftmaxRegression(LogisticRegression, frozen=True):
    """H(x) is the softmax of XW + b, a probability for each class; the cost is the mean of −log H of the true class.

    y has one column per class: 1 for the row's own class and 0 for the others.
    """

    name = "softmax regression"
    border = None  # the most probable class is predicted
    cost_in_words = "For each row −log of the H of its own class; then the mean of these."
    most_targets = math.inf
    in_code = "F.cross_entropy"
    of_z = "torch.softmax(z, dim=1)"

    def factor(self, convention: Convention) -> Factor:
        """Each row has one class, so the mean is over m rows, whatever k is."""
        return self.conventions[convention]

    def hypothesis(self, columns: int, has_bias: bool) -> str:
        """`softmax(XW + b)`."""
        return f"softmax({Objective.hypothesis(self, columns, has_bias)})"

    def hypotheses(
        self, columns: Iterable[tuple[tuple[float, ...], float | None]], x: tuple[float, ...]
    ) -> tuple[float, ...]:
        """The probability of each class; e is never raised to a positive power, so nothing overflows."""
        z = [Objective.predict(self, weights, bias, x) for weights, bias in columns]
        parts = [math.exp(value - max(z)) for value in z]
        return tuple(part / math.fsum(parts) for part in parts)

    def classes(self, y: Column) -> tuple[float, ...]:
        """The distinct labels, each of which is a class.

        Raises:
            ExperimentError: a label is not whole, there is only one class, or there are too many.
        """
        for row, label in enumerate(y, start=1):
            if label != int(label):
                values = {"label": shortest(label), "row": row}
                raise ExperimentError(
                    "y", _("is {label} in row {row}; softmax regression needs whole numbers", **values)
                )
        found = sorted({*y})
        if not 2 <= len(found) <= MOST_CLASSES:
            values = {"n": len(found), "most": MOST_CLASSES}
            raise ExperimentError("y", _("classes: {n}; softmax regression takes from 2 to {most}", **values))
        return tuple(found)

    def check_labels(self, y: Column) -> None:
        """Nothing to check here: `classes` has checked the labels."""


class SquaredErrorOfSigmoid(Sigmoid, SquaredErrors, frozen=True):
    """The sigmoid with the mean of (H − y)², which may have several minima."""

    name = "squared error of a sigmoid"
    cost_name = _("mean squared error of a sigmoid")
    slope_formula = "Σ(H−y)H(1−H)x"
    row_slope = "error·H′·x"

    def pull_code(self, y: str) -> tuple[tuple[str, ...], str]:
        """The error times the slope of the sigmoid, H(1 − H)."""
        return (f"error = hypothesis - {y}", "slope = hypothesis * (1 - hypothesis)"), "error * slope"


LINEAR_REGRESSION = LinearRegression()

OBJECTIVES: dict[str, dict[str, Objective]] = {
    "linear": {"mse": LINEAR_REGRESSION},
    "logistic": {"cross-entropy": LogisticRegression(), "mse": SquaredErrorOfSigmoid()},
    "softmax": {"cross-entropy": SoftmaxRegression()},
}
"""By hypothesis, then cost, as people type them; the first cost of a hypothesis is its default."""


def objective_named(model: str, cost: str | None) -> Objective:
    """The objective with this hypothesis and cost; None means the default cost.

    Raises:
        KeyError: the hypothesis has no such cost.
    """
    costs = OBJECTIVES[model]
    return costs[cost or next(iter(costs))]
