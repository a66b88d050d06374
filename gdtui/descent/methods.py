"""The ways to get the gradient and take the update: by hand, by autograd, with torch.optim."""

import sys
from typing import Protocol

import torch
from torch import Tensor

from gdtui.descent.memory import recalled, remembered
from gdtui.errors import check_folder
from gdtui.experiment.experiment import Convention, Settings


class GradientMethod(Protocol):
    """One way to the gradient and down it, for the parameters it was made with."""

    parameters: list[Tensor]
    """The weights, of shape (d,), and, where there is one, b, of shape (1,)."""

    def gradient(self, x: Tensor, residual: Tensor) -> list[Tensor]:
        """The gradient for each parameter tensor, given some rows of x and their residual H(x) − y, of shape (m,)."""

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """Update the parameters; return lr · gradient where that is what was subtracted."""

    def memory(self) -> tuple[float, ...]:
        """What it carries from one update to the next."""


class ByHand:
    """The lecture's way: the formula written out, and `W -= lr * gradient`."""

    def __init__(self, parameters: list[Tensor], settings: Settings, decay: float) -> None:
        """`decay` is the λ of weight decay, 0 for none."""
        self.parameters = parameters
        self.convention = settings.convention
        self.learning_rate = settings.learning_rate
        self.decay = decay

    def gradient(self, x: Tensor, residual: Tensor) -> list[Tensor]:
        """Σ(H − y)x for W and Σ(H − y) for b, times 1, 2/m or 1/m; + λ · parameter with weight decay."""
        weights = _sum(residual * x) if x.dim() == 1 else x.T @ residual
        gradient = [weights] if len(self.parameters) == 1 else [weights, _sum(residual)]
        rows = len(residual)
        if self.convention != "sum":
            gradient = [2 * total / rows if self.convention == "mse" else total / rows for total in gradient]
        if self.decay:
            pairs = zip(gradient, self.parameters, strict=True)
            gradient = [slope + self.decay * parameter for slope, parameter in pairs]
        return gradient

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """`W -= lr * gradient`."""
        updates = [self.learning_rate * slope for slope in gradient]
        for parameter, update in zip(self.parameters, updates, strict=True):
            parameter -= update
        return updates

    def memory(self) -> tuple[float, ...]:
        """Nothing."""
        return ()


class Autograd(ByHand):
    """torch differentiates the objective; the update is still written by hand."""

    def __init__(self, parameters: list[Tensor], settings: Settings, decay: float) -> None:
        super().__init__([parameter.requires_grad_() for parameter in parameters], settings, decay)

    def gradient(self, x: Tensor, residual: Tensor) -> list[Tensor]:  # autograd found out about x by itself
        """What `backward` leaves in `.grad`, which adds up unless it is cleared first."""
        self.zero_grad()
        self.loss(residual).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return [gradient for parameter in self.parameters if (gradient := parameter.grad) is not None]

    def zero_grad(self) -> None:
        """Clear what `backward` left before."""
        for parameter in self.parameters:
            parameter.grad = None

    def loss(self, residual: Tensor) -> Tensor:
        """What is differentiated, the penalty of weight decay included."""
        loss = self.objective(residual)
        if not self.decay:
            return loss
        return loss + self.decay / 2 * sum(torch.sum(parameter**2) for parameter in self.parameters)

    def objective(self, residual: Tensor) -> Tensor:
        """What is differentiated without the penalty."""
        return objective(residual, self.convention)

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """`W -= lr * W.grad`, outside the graph."""
        with torch.no_grad():
            return super().take(gradient)


class Sgd(Autograd):
    """torch differentiates, and the step is that of torch.optim.SGD, to the bit.

    It is taken without the object: the first optimizer constructed imports torch._dynamo and sympy, which costs a
    learner one second and 68 MB.
    """

    def __init__(self, parameters: list[Tensor], settings: Settings, decay: float) -> None:
        super().__init__(parameters, settings, 0.0)
        self.shrinks = decay
        """torch.optim adds weight decay to the gradient itself, after `backward`."""

    def gradient(self, x: Tensor, residual: Tensor) -> list[Tensor]:
        """What `backward` leaves in `.grad`, and the weight decay."""
        gradient = super().gradient(x, residual)
        if not self.shrinks:
            return gradient
        pairs = zip(gradient, self.parameters, strict=True)
        return [slope.add(parameter.detach(), alpha=self.shrinks) for slope, parameter in pairs]

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:
        """`W.sub_(gradient, alpha=lr)`: product and difference are rounded once, together."""
        with torch.no_grad():
            for parameter, slope in zip(self.parameters, gradient, strict=True):
                parameter.sub_(slope, alpha=self.learning_rate)
        return [self.learning_rate * slope for slope in gradient]


class Optim(Sgd):
    """torch differentiates, and one of torch's optimizers takes the step."""

    def __init__(self, parameters: list[Tensor], settings: Settings, decay: float, memory: tuple[float, ...]) -> None:
        super().__init__(parameters, settings, 0.0 if settings.optimizer.is_decoupled else decay)
        self.name = settings.optimizer.name
        self.optimizer = optimizer(self.parameters, settings, decay)
        recalled(self.optimizer, self.name, memory)

    def take(self, gradient: list[Tensor]) -> list[Tensor] | None:  # torch works with its own, in .grad
        """`optimizer.step()`."""
        self.optimizer.step()
        return None

    def memory(self) -> tuple[float, ...]:
        """The averages that the optimizer keeps."""
        return remembered(self.optimizer, self.name)


def optimizer(parameters: list[Tensor], settings: Settings, decay: float) -> torch.optim.Optimizer:
    """torch's optimizer for the settings, with λ for its weight decay.

    Raises:
        UserError: it is the first, and torch does not find what it needs to make one.
    """
    if "torch._dynamo" not in sys.modules:  # which the first one imports
        check_folder()
    rate, numbers = settings.learning_rate, settings.optimizer.named
    match settings.optimizer.name:
        case "sgd":
            return torch.optim.SGD(parameters, lr=rate, weight_decay=decay)
        case "momentum":
            return torch.optim.SGD(parameters, lr=rate, momentum=numbers["beta"], weight_decay=decay)
        case "nesterov":
            return torch.optim.SGD(parameters, lr=rate, momentum=numbers["beta"], weight_decay=decay, nesterov=True)
        case "adagrad":
            return torch.optim.Adagrad(parameters, lr=rate, eps=numbers["eps"], weight_decay=decay)
        case "rmsprop":
            alpha, eps = numbers["alpha"], numbers["eps"]
            return torch.optim.RMSprop(parameters, lr=rate, alpha=alpha, eps=eps, weight_decay=decay)
        case "adam" | "adamw" as name:
            make = torch.optim.Adam if name == "adam" else torch.optim.AdamW
            betas = numbers["beta1"], numbers["beta2"]
            return make(parameters, lr=rate, betas=betas, eps=numbers["eps"], weight_decay=decay)


def _sum(values: Tensor) -> Tensor:
    """Σ, in the shape (1,) that b and a single weight have."""
    return torch.sum(values, dim=0, keepdim=True)


def objective(residual: Tensor, convention: Convention) -> Tensor:
    """What is differentiated: ½Σr² for `sum`, the mean of r² for `mse`, half that mean for `mean`."""
    if convention == "sum":
        return torch.sum(residual**2) / 2
    mean = torch.mean(residual**2)
    return mean if convention == "mse" else mean / 2


def gradient_method_for(
    settings: Settings, parameters: list[Tensor], decay: float, memory: tuple[float, ...]
) -> GradientMethod:
    """The way that the settings name; an optimizer goes on with what it remembers."""
    if settings.method == "hand":
        return ByHand(parameters, settings, decay)
    if settings.method == "autograd":
        return Autograd(parameters, settings, decay)
    if settings.optimizer.name == "sgd":
        return Sgd(parameters, settings, decay)
    return Optim(parameters, settings, decay, memory)
