"""Epoch: one epoch of a run with every number on the way."""

import math

import msgspec


class Epoch(msgspec.Struct, frozen=True, gc=False):
    """One epoch, in the order of the lecture: where it begins, the cost there, the gradient, the update.

    Each tuple holds one number for a parameter: the weights in the order of the columns, then b if there is one.
    """

    number: int
    """Counted from 1, as printed: the state before update `number`."""
    parameters: tuple[float, ...]
    """The weights and b before the update."""
    cost: float
    """The cost at `parameters`."""
    gradient: tuple[float, ...]
    """The slope of the objective over all rows at `parameters`, in the convention in use."""
    update: tuple[float, ...]
    """What is subtracted: lr · gradient, and for an optimizer or several batches all that the parameters lose."""
    following: tuple[float, ...]
    """The parameters after the update, as the next epoch begins."""
    memory: tuple[float, ...] = ()
    """What the optimizer carries on to the next epoch: averages of gradients, in its own order."""

    validation: float | None = None
    """The cost at `parameters` over the rows kept back; None where there are none."""

    @property
    def is_finite(self) -> bool:
        """Whether the cost, the gradient and the parameters are numbers that can be shown and gone on from.

        The squared error of a sigmoid stays in 0 … 1, however large the parameters are.
        """
        if math.isfinite(sum(self.parameters, sum(self.gradient, self.cost))):  # quicker, and no sum hides an infinity
            return True
        return all(map(math.isfinite, (self.cost, *self.gradient, *self.parameters)))
