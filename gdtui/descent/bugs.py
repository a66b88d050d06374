"""Gradient methods that are wrong on purpose: each is correct but for one mistake that people make."""

import re
import warnings

from torch import Tensor

from gdtui.descent.methods import Autograd, ByHand, Sgd
from gdtui.descent.objective import Rows
from gdtui.experiment.proof import Bug


class Refused(Exception):  # noqa: N818  # torch and Python refuse, and nothing is wrong with the program
    """Torch or Python stopped the loop because of the mistake; `words` is the error message."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__(*words)
        self.words = words


class WithoutZeroGrad(Autograd):
    """`backward` adds to what is in `.grad`, which was never cleared."""

    def zero_grad(self) -> None:
        """BUG: nothing is cleared."""


class PlusForMinus(ByHand):
    """The update goes up the slope."""

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """BUG: `W += lr * gradient`."""
        return super().take([-slope for slope in gradient])


class SumForMean(Autograd):
    """The sum over the rows is used where their mean is meant."""

    def loss(self, rows: Rows) -> Tensor:
        """BUG: `torch.sum` instead of `torch.mean`; not a bug in the convention that uses the sum."""
        numerator = self.objective.description.factor(self.convention).numerator
        return numerator * self.objective.loss(rows, "sum")


class RateTwice(Sgd):
    """The gradient is multiplied by lr before the optimizer, which multiplies by lr itself, gets it."""

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """BUG: lr · lr · gradient is subtracted."""
        return super().take([self.learning_rate * slope for slope in gradient])


class WithoutNoGrad(Autograd):
    """The update is part of the graph, so W becomes a result and is no longer a leaf."""

    def gradient(self, rows: Rows) -> list[Tensor]:
        """What `backward` leaves in `.grad`: nothing from the second epoch on.

        Raises:
            Refused: `lr * W.grad` cannot be computed.
        """
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            self.zero_grad()
            self.penalized(rows).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            gradient = [parameter.grad for parameter in self.parameters]
            try:
                for slope in gradient:
                    self.learning_rate * slope  # type: ignore[operator]  # the mistake itself
            except TypeError as error:
                warned = dict.fromkeys(f"torch: {_essence(str(each.message))}" for each in said)
                raise Refused((*warned, f"Python: {error}")) from error
        return [slope for slope in gradient if slope is not None]

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """BUG: `W = W - lr * W.grad` outside of `torch.no_grad()`."""
        updates = [self.learning_rate * slope for slope in gradient]
        pairs = zip(self.parameters, updates, strict=True)
        self.parameters = [parameter - update for parameter, update in pairs]
        return updates


BUGGY_METHODS: dict[Bug, type[ByHand]] = {
    "no zero_grad": WithoutZeroGrad,
    "plus for minus": PlusForMinus,
    "sum for mean": SumForMean,
    "lr twice": RateTwice,
    "no no_grad": WithoutNoGrad,
}
"""The gradient method with each bug."""


def _essence(warning: str) -> str:
    """The first sentence of a warning, which says what is wrong; advice and addresses follow it."""
    return re.split(r"(?<=\.)\s+(?=[A-Z(])", warning)[0]
