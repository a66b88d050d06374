"""What every rule of an optimizer says of itself: its numbers, what it keeps, its formulas, its limit.

A formula is text for people, as `0.9·v + gradient` or `lr · m hat / (√v hat + ε)`; torch computes the update. It may
name `gradient`, `lr`, λ, ε, and what is carried or given to it. The explain view puts the numbers of a parameter in for
the names, and works the line out to see how many digits it needs (`comes_to` in ui/lab/views/breakdown_digits.py).
"""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from gdtui.experiment.by_name import Number

Values = tuple[float, ...]
"""One number for each parameter."""

State = Mapping[str, Values]
"""What an optimizer keeps from one step to the next, by torch's names."""

STEP = "step"
"""What torch calls the count of steps, a single number for all parameters."""


class Carried(msgspec.Struct, frozen=True):
    """A number that an optimizer makes of the gradient, for each parameter."""

    name: str
    formula: str
    """What `name` becomes: `0.9·v + gradient`."""
    values: Values
    given: Mapping[str, Values] = {}
    """What the names in the formula stand for, but for `gradient` and `lr`."""


class UpdateRule(msgspec.Struct, frozen=True):
    """How an optimizer makes updates out of gradients. The fields of a class are its numbers, by their usual values."""

    name: ClassVar[str]
    torch_class: ClassVar[str]
    """Its class in torch.optim."""
    bounds: ClassVar[dict[str, Number]] = {}
    """What each of its numbers may be."""
    fixed: ClassVar[dict[str, bool]] = {}
    """Arguments of torch's class that are always the same."""
    state: ClassVar[tuple[str, ...]] = ()
    """torch's names of what it keeps from one step to the next, in the order of `Epoch.memory`."""
    update: ClassVar[str]
    """The formula of what is subtracted, apart from a decoupled decay; its names are those of the carried state."""
    is_decoupled: ClassVar[bool] = False
    """Whether the decay λ shrinks the parameters beside the gradient, and is no part of it."""

    @property
    def arguments(self) -> dict[str, float | Values]:
        """Its numbers as torch's class takes them."""
        grouped: dict[str, Values] = {}
        for name, number in self.bounds.items():
            grouped[number.keyword] = (*grouped.get(number.keyword, ()), getattr(self, name))
        return {keyword: values[0] if len(values) == 1 else values for keyword, values in grouped.items()}

    @property
    def limit(self) -> float | None:
        """The largest lr·L that does not diverge, with L the curvature; None where theory knows none.

        There an eigenvalue of the linear map that one epoch is along the steepest direction comes to −1.
        """
        return None

    @property
    def limit_of_any_update(self) -> float | None:
        """The same where the curvature is another in each update; only a rule that keeps nothing has one."""
        return None if self.state else self.limit

    def recurrence(self, product: float) -> tuple[float, float]:
        """T and D in d(k+2) = T·d(k+1) − D·d(k), for the distance d from rest along an eigenvector of the Hessian.

        They are trace and determinant of the map of (parameter, momentum) to those an epoch later. `product` is lr
        times the eigenvalue. Only rules with a limit have them.
        """
        return 1 - product, 0.0

    @property
    def first_step(self) -> float | None:
        """How many times lr a first step is, whatever the gradient; None where it goes by the gradient."""
        return None

    def updates_for(self, distance: float) -> float:
        """About how many updates go `distance` times lr, by the sizes that `first_step` begins with."""
        return distance

    @property
    def faded_limit(self) -> float | None:
        """The largest lr·L/√v that does not diverge, with v an average that fades; None where there is no such."""
        return None

    @property
    def first_divisor(self) -> float:
        """What lr is divided by in the first step."""
        return 1.0

    def subtracted(self, decay: float) -> str:
        """The formula of what is subtracted; in it W stands for any parameter."""
        return self.update + (" + lr·λ·W" if self.is_decoupled and decay else "")

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """What the rule makes of the gradient, in its order, given what it keeps before and after the update."""
        return ()
