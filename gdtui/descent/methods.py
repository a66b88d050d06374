"""Gradient methods: by hand, by autograd, with torch.optim.

Weight decay is a penalty λ/2·|θ|², which adds λ·θ to the gradient. Each method does this in its own way: by hand λ·θ is
added to the formula's result, autograd differentiates the penalty together with the loss, and torch.optim adds λ·θ to
the gradient of the loss. So each method rounds differently.
"""

import sys
from typing import Any

import torch
from torch import Tensor

from gdtui.descent.objective import Objective, Rows
from gdtui.errors import ExperimentError, check_folder
from gdtui.experiment.change import Settings
from gdtui.experiment.objective import Method
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.update_rule import STEP, State
from gdtui.text import _


class ByHand:
    """The lecture's method: the formula written out, and `W -= lr * gradient`. The other methods each change
    one part.
    """

    parameters: list[Tensor]
    """W, of shape (d,), and b, of shape (1,), if there is one; with k targets (d, k) and (k,)."""
    is_tracked = False
    """Whether torch keeps the graph from the parameters to the loss."""

    def __init__(self, objective: Objective, parameters: list[Tensor], settings: Settings) -> None:
        self.objective = objective
        self.parameters = [parameter.requires_grad_(self.is_tracked) for parameter in parameters]
        self.convention = settings.convention
        self.learning_rate = settings.learning_rate
        self.penalty = settings.penalty

    def gradient(self, rows: Rows) -> list[Tensor]:
        """For each parameter tensor: the sum over the rows, times 1, 2/m or 1/m, + λ · parameter."""
        gradient = self.objective.gradient(rows, self.parameters)
        factor = self.objective.description.factor(self.convention)
        if factor.numerator != 1:
            gradient = [factor.numerator * total for total in gradient]
        if factor.is_mean:
            gradient = [total / self.objective.terms(rows) for total in gradient]
        if self.penalty:
            pairs = zip(gradient, self.parameters, strict=True)
            gradient = [slope + self.penalty * parameter for slope, parameter in pairs]
        return gradient

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """`W -= lr * gradient`; return lr · gradient if that is exactly what was subtracted."""
        updates = [self.learning_rate * slope for slope in gradient]
        for parameter, update in zip(self.parameters, updates, strict=True):
            parameter -= update
        return updates

    def set_rate(self, rate: float) -> None:
        """Change lr for the updates to come."""
        self.learning_rate = rate

    def memory(self) -> tuple[float, ...]:
        """What is kept from one update to the next: nothing."""
        return ()


class Autograd(ByHand):
    """torch differentiates the objective; the update is still written by hand."""

    is_tracked = True

    def gradient(self, rows: Rows) -> list[Tensor]:
        """The gradient of the loss and the penalty λ/2·|θ|² together."""
        return self.slope_of(self.penalized(rows))

    def slope_of(self, objective: Tensor) -> list[Tensor]:
        """What `backward` leaves in `.grad`, which must be cleared first because `backward` adds to it."""
        self.zero_grad()
        objective.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return [gradient for parameter in self.parameters if (gradient := parameter.grad) is not None]

    def zero_grad(self) -> None:
        """Clear what `backward` left there before."""
        for parameter in self.parameters:
            parameter.grad = None

    def penalized(self, rows: Rows) -> Tensor:
        """The loss, and λ/2·Σθ² over all parameters."""
        loss = self.loss(rows)
        if not self.penalty:
            return loss
        return loss + self.penalty / 2 * sum(torch.sum(parameter**2) for parameter in self.parameters)

    def loss(self, rows: Rows) -> Tensor:
        """What the convention differentiates, without the penalty."""
        return self.objective.loss(rows, self.convention)

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """`W -= lr * W.grad`, outside the graph."""
        with torch.no_grad():
            return super().take(gradient)


class Sgd(Autograd):
    """torch differentiates, and the update equals torch.optim.SGD's to the bit.

    No optimizer object is made: the first one imports torch._dynamo and sympy, which costs one second and 68 MB.
    """

    def gradient(self, rows: Rows) -> list[Tensor]:
        """The gradient of the loss, to which torch.optim adds λ · parameter; product and sum are rounded once,
        together.
        """
        gradient = self.slope_of(self.loss(rows))
        if self.penalty:
            pairs = zip(gradient, self.parameters, strict=True)
            gradient = [slope.add(parameter.detach(), alpha=self.penalty) for slope, parameter in pairs]
        return gradient

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """`W.sub_(gradient, alpha=lr)`: product and difference are rounded once, together."""
        with torch.no_grad():
            for parameter, slope in zip(self.parameters, gradient, strict=True):
                parameter.sub_(slope, alpha=self.learning_rate)
        return [self.learning_rate * slope for slope in gradient]


class Optim(Sgd):
    """torch differentiates, and any of torch's optimizers takes the step; this class knows none of them by name."""

    def __init__(
        self, objective: Objective, parameters: list[Tensor], settings: Settings, memory: tuple[float, ...]
    ) -> None:
        """Continue with the memory of an earlier optimizer, or start fresh if `memory` is empty."""
        super().__init__(objective, parameters, settings)
        self.optimizer = torch_optimizer(self.parameters, settings)
        self.keys = settings.optimizer.rule.state
        if any(memory):
            self._recall(settings.optimizer.state(memory, sum(parameter.numel() for parameter in parameters)))

    def _recall(self, state: State) -> None:
        """Give torch's optimizer what it kept for each parameter."""
        (steps,) = state.get(STEP, (0.0,))
        start = 0
        for parameter in self.parameters:
            end = start + parameter.numel()
            self.optimizer.state[parameter][STEP] = torch.tensor(steps)
            for key in state.keys() - {STEP}:
                kept = torch.tensor(state[key][start:end], dtype=parameter.dtype)
                self.optimizer.state[parameter][key] = kept.reshape(parameter.shape)
            start = end

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:  # torch uses its own, in .grad
        """`optimizer.step()`."""
        self.optimizer.step()
        return None

    def set_rate(self, rate: float) -> None:
        """Change lr where torch's optimizer reads it."""
        self.optimizer.param_groups[0]["lr"] = rate

    def memory(self) -> tuple[float, ...]:
        """What the optimizer keeps, by its keys and for all parameters; empty before the first step."""
        states = [self.optimizer.state[parameter] for parameter in self.parameters]
        if any(key not in states[0] for key in self.keys):
            return ()
        # The step count is the same for all tensors.
        kept = (state[key] for key in self.keys for state in (states[:1] if key == STEP else states))
        return tuple(value for tensor in kept for value in tensor.flatten().tolist())


def torch_optimizer(parameters: list[Tensor], settings: Settings) -> torch.optim.Optimizer:
    """torch's optimizer for the settings.

    Raises:
        UserError: torch lacks what it needs to make its first optimizer.
        ExperimentError: torch refuses one of its numbers.
    """
    if "torch._dynamo" not in sys.modules:  # imported by the first optimizer
        check_folder()
    rule = settings.optimizer.rule
    make: type[torch.optim.Optimizer] = getattr(torch.optim, rule.torch_class)
    given: dict[str, Any] = {
        "lr": settings.learning_rate,
        "weight_decay": settings.weight_decay,  # which it adds to `.grad`, or takes from the parameters beside it
        **rule.arguments,
        **rule.fixed,
    }
    try:
        return make(parameters, **given)
    except ValueError as error:
        raise ExperimentError(
            "optimizer", _("torch refuses {optimizer}: {error}", optimizer=settings.optimizer, error=error)
        ) from error


def gradient_method_for(
    objective: Objective, settings: Settings, parameters: list[Tensor], memory: tuple[float, ...]
) -> ByHand:
    """The method that the settings name; an optimizer continues with its memory."""
    if settings.method == "optim" and settings.optimizer != SGD:
        return Optim(objective, parameters, settings, memory)
    return SOUND[settings.method](objective, parameters, settings)


SOUND: dict[Method, type[ByHand]] = {"hand": ByHand, "autograd": Autograd, "optim": Sgd}
"""The methods of plain gradient descent. `Sgd` takes the same step as torch.optim.SGD, to the bit."""
