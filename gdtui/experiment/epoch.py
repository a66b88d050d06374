"""Epoch: one epoch of a run with all the numbers it computes."""

import math

import msgspec


class Epoch(msgspec.Struct, frozen=True, gc=False):
    """One epoch, in the order of the lecture: the parameters, the cost, the gradient, the update.

    Each tuple holds one number per parameter: the weights in the order of the columns, then b if there is one.
    """

    number: int
    """Counted from 1, as printed: the state before update `number`."""
    parameters: tuple[float, ...]
    """The weights and b before the update."""
    cost: float
    """The cost at `parameters`."""
    gradient: tuple[float, ...]
    """The gradient over all rows at `parameters`, in the convention in use."""
    update: tuple[float, ...]
    """What is subtracted: lr · gradient; with an optimizer or batches, everything that the epoch subtracts."""
    following: tuple[float, ...]
    """The parameters after the update, where the next epoch begins."""
    memory: tuple[float, ...] = ()
    """What the optimizer keeps for the next epoch, such as averages of gradients, in its own order."""

    validation: float | None = None
    """The cost at `parameters` over the rows kept back; None if there are none."""

    @property
    def is_finite(self) -> bool:
        """Whether the cost, the gradient and the parameters are all finite.

        The cost alone does not tell: the squared error of a sigmoid stays between 0 and 1, however large the parameters
        are.
        """
        if math.isfinite(sum(self.parameters, sum(self.gradient, self.cost))):  # quicker, and no sum hides an infinity
            return True
        return all(map(math.isfinite, (self.cost, *self.gradient, *self.parameters)))
