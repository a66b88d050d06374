"""How the parameters of an epoch, a flat tuple, form the matrix W and the vector b of H(x) = XW + b."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, TypeVar

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.dataset import Scaling
from gdtui.numbers import count
from gdtui.text import _, numbered

T = TypeVar("T")


class ParameterLayout(msgspec.Struct, frozen=True):
    """W has d rows and k columns, b has k numbers. The tuple holds W row by row, then b. Only this class relies on
    that.
    """

    columns: int
    """d: how many columns x has."""
    targets: int
    """k: how many columns y has."""
    has_bias: bool

    @property
    def weights(self) -> int:
        """The number of weights in W."""
        return self.columns * self.targets

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each parameter: `W`, or `W1`, `W2` …, then `b`.

        With several targets `W1_2` is the weight in row 1 and column 2, and `b2` goes with column 2.
        """
        weights = numbered("W", self.columns)
        if self.targets > 1:
            targets = range(1, self.targets + 1)
            weights = tuple(f"W{row}_{target}" for row in range(1, self.columns + 1) for target in targets)
        return (*weights, *numbered("b", self.targets)) if self.has_bias else weights

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of W and, where there is one, of b: (d,) and (1,), with several targets (d, k) and (k,)."""
        weights = (self.columns, self.targets) if self.targets > 1 else (self.columns,)
        return (weights, (self.targets,)) if self.has_bias else (weights,)

    def of_target(self, values: Sequence[T], target: int) -> tuple[T, ...]:
        """From values for all parameters, those of one target, counted from 0: a column of W, then its b."""
        return tuple(values[target :: self.targets])

    def split(self, parameters: tuple[float, ...], target: int = 0) -> tuple[tuple[float, ...], float | None]:
        """One target's weights and b (None if there is no b), from an epoch's parameters, gradient or update."""
        own = self.of_target(parameters, target)
        return (own[:-1], own[-1]) if self.has_bias else (own, None)

    def in_own_units(self, parameters: tuple[float, ...], scaling: Scaling) -> tuple[float, ...]:
        """The parameters for the unscaled data that give the same hypothesis."""
        columns = [self.of_target(parameters, target) for target in range(self.targets)]
        scaled = [scaling.to_own_units(own[:-1], own[-1]) for own in columns]
        return tuple(chain.from_iterable(zip(*((*weights, bias) for weights, bias in scaled), strict=True)))

    def place(self, parameter: int) -> tuple[int, int]:
        """The column of x that a parameter belongs to, or d for b; and its target."""
        return divmod(parameter, self.targets)

    def matrix(self, values: Sequence[T]) -> tuple[tuple[tuple[T, ...], ...], tuple[T, ...]]:
        """Values for all parameters as the rows of W, and b; b is empty if there is none."""
        weights, k = self.weights, self.targets
        rows = tuple(tuple(values[start : start + k]) for start in range(0, weights, k))
        return rows, tuple(values[weights:])

    def fields(self, parameters: tuple[float, ...]) -> dict[str, Any]:
        """The fields of an experiment that starts at these parameters."""
        return {"weights": parameters[: self.weights], "bias": parameters[self.weights :] or 0.0}

    def check_start(self, weights: tuple[float, ...] | None, bias: float | tuple[float, ...]) -> None:
        """Check that the starting W and b have the right number of values.

        Raises:
            ExperimentError: there are too many numbers, or too few.
        """
        if weights is not None and len(weights) != self.weights:
            n, k, rows = len(weights), self.targets, count(self.columns, "row")
            words = _(
                "{n} given, but x has {columns}: give one number per column", n=n, columns=count(self.columns, "column")
            )
            if k > 1:
                words = _("{n} given, but W has {rows} of {k} numbers: give all, row by row", n=n, rows=rows, k=k)
            raise ExperimentError("w0", words)
        if not self.has_bias and bias:
            raise ExperimentError("b0", _("there is no b in the hypothesis: add --bias"))
        if isinstance(bias, tuple) and len(bias) != self.targets:
            numbers = count(self.targets, "number")
            raise ExperimentError(
                "b0", _("{n} given, but b has {numbers}: give them all", n=len(bias), numbers=numbers)
            )
