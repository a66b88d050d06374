"""What every optimizer's rule states: its numbers, what it keeps, its formulas, its limit.

A formula is text for people, such as `0.9·v + gradient` or `lr · m hat / (√v hat + ε)`; torch computes the update. It
may use `gradient`, `lr`, λ, ε, and the names of carried and given values. The explain view replaces the names with one
parameter's numbers, and evaluates the line to see how many digits it needs (`comes_to` in
ui/lab/views/breakdown_digits.py).
"""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from gdtui.experiment.by_name import Number

Values = tuple[float, ...]
"""One number for each parameter."""

State = Mapping[str, Values]
"""What an optimizer keeps from one update to the next, by torch's names."""

STEP = "step"
"""torch's name for the step count, which is one number for all parameters."""


class Carried(msgspec.Struct, frozen=True):
    """A quantity that an optimizer computes from the gradient, one number per parameter."""

    name: str
    formula: str
    """How `name` is computed: `0.9·v + gradient`."""
    values: Values
    given: Mapping[str, Values] = {}
    """The values of the names in the formula, other than `gradient` and `lr`."""


class UpdateRule(msgspec.Struct, frozen=True):
    """How an optimizer turns gradients into updates. The fields of a subclass are its numbers, with their defaults."""

    name: ClassVar[str]
    torch_class: ClassVar[str]
    """Its class in torch.optim."""
    bounds: ClassVar[dict[str, Number]] = {}
    """The bounds of each of its numbers."""
    fixed: ClassVar[dict[str, bool]] = {}
    """Arguments of torch's class that never change."""
    state: ClassVar[tuple[str, ...]] = ()
    """torch's names for what it keeps from one update to the next, in the order of `Epoch.memory`."""
    update: ClassVar[str]
    """The formula of what is subtracted, without a decoupled decay; it uses the names of the carried state."""
    is_decoupled: ClassVar[bool] = False
    """Whether weight decay shrinks the parameters directly instead of being added to the gradient."""

    @property
    def arguments(self) -> dict[str, float | Values]:
        """Its numbers as torch's class takes them."""
        grouped: dict[str, Values] = {}
        for name, number in self.bounds.items():
            grouped[number.keyword] = (*grouped.get(number.keyword, ()), getattr(self, name))
        return {keyword: values[0] if len(values) == 1 else values for keyword, values in grouped.items()}

    @property
    def limit(self) -> float | None:
        """The largest lr·L that does not diverge, where L is the curvature; None if theory gives none.

        One epoch along the steepest direction is a linear map. At the limit one of its eigenvalues is −1.
        """
        return None

    @property
    def limit_of_any_update(self) -> float | None:
        """The limit when the curvature differs from update to update; only a rule that keeps nothing has one."""
        return None if self.state else self.limit

    def recurrence(self, product: float) -> tuple[float, float]:
        """T and D in d(k+2) = T·d(k+1) − D·d(k), for the distance d from rest along an eigenvector of the Hessian.

        They are the trace and determinant of the map that takes (parameter, momentum) one epoch on. `product` is lr
        times
        the eigenvalue. Only rules with a limit have them.
        """
        return 1 - product, 0.0

    @property
    def first_step(self) -> float | None:
        """The size of the first step in units of lr, if the gradient does not matter; otherwise None."""
        return None

    def updates_for(self, distance: float) -> float:
        """About how many updates it takes to go a distance, given in units of lr, in steps that start at
        `first_step`.
        """
        return distance

    @property
    def faded_limit(self) -> float | None:
        """The largest lr·L/√v that does not diverge, where v is a decaying average; None if the rule has no such
        average.
        """
        return None

    @property
    def first_divisor(self) -> float:
        """The number that lr is divided by in the first step."""
        return 1.0

    def subtracted(self, decay: float) -> str:
        """The formula of what is subtracted, where W stands for any parameter."""
        return self.update + (" + lr·λ·W" if self.is_decoupled and decay else "")

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """What the rule computes from the gradient, in order, given what it keeps before and after the update."""
        return ()
