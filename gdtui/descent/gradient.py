"""The ways to get the gradient and take the update: by hand, by autograd, with torch.optim."""

from typing import Protocol

import torch
from torch import Tensor

from gdtui.experiment import Convention, Settings


class Way(Protocol):
    """One way to the gradient and down it, for the parameters it was made with."""

    def gradient(self, residual: Tensor) -> list[Tensor]:
        """The gradient for each parameter tensor, given the residual H(x) − y of shape (m,)."""

    def take(self, updates: list[Tensor]) -> None:
        """Subtract the updates, lr · gradient, from the parameters."""


class ByHand:
    """The lecture's way: the formula written out, and `W -= lr * gradient`."""

    def __init__(self, x: Tensor, parameters: list[Tensor], convention: Convention) -> None:
        """`x` has shape (m,) for one column and (m, d) for several."""
        self.x = x
        self.parameters = parameters
        self.convention = convention

    def gradient(self, residual: Tensor) -> list[Tensor]:
        """Σ(H − y)x for W and Σ(H − y) for b, times 1, 2/m or 1/m."""
        weights = _sum(residual * self.x) if self.x.dim() == 1 else self.x.T @ residual
        sums = [weights] if len(self.parameters) == 1 else [weights, _sum(residual)]
        if self.convention == "sum":
            return sums
        rows = len(residual)
        return [2 * total / rows if self.convention == "mse" else total / rows for total in sums]

    def take(self, updates: list[Tensor]) -> None:
        """`W -= lr * gradient`."""
        for parameter, update in zip(self.parameters, updates, strict=True):
            parameter -= update


class Autograd:
    """torch differentiates the objective; the update is still written by hand."""

    def __init__(self, parameters: list[Tensor], convention: Convention) -> None:
        self.parameters = [parameter.requires_grad_() for parameter in parameters]
        self.convention = convention

    def gradient(self, residual: Tensor) -> list[Tensor]:
        """What `backward` leaves in `.grad`, which adds up unless it is cleared first."""
        self.clear()
        objective(residual, self.convention).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return [gradient for parameter in self.parameters if (gradient := parameter.grad) is not None]

    def clear(self) -> None:
        """Forget the gradients of the epoch before."""
        for parameter in self.parameters:
            parameter.grad = None

    def take(self, updates: list[Tensor]) -> None:
        """`W -= lr * W.grad`, outside the graph."""
        with torch.no_grad():
            for parameter, update in zip(self.parameters, updates, strict=True):
                parameter -= update


class Optim(Autograd):
    """torch differentiates, and torch.optim.SGD takes the step."""

    def __init__(self, parameters: list[Tensor], settings: Settings) -> None:
        super().__init__(parameters, settings.convention)
        # The first optimizer constructed imports torch._dynamo and sympy: one second more, 68 MB more.
        self.optimizer = torch.optim.SGD(self.parameters, lr=settings.learning_rate)

    def clear(self) -> None:
        """`optimizer.zero_grad()`."""
        self.optimizer.zero_grad()

    def take(self, updates: list[Tensor]) -> None:  # torch makes its own from .grad
        """`optimizer.step()`, which works the update out again from `.grad`."""
        self.optimizer.step()


def _sum(values: Tensor) -> Tensor:
    """Σ, in the shape (1,) that b and a single weight have."""
    return torch.sum(values, dim=0, keepdim=True)


def objective(residual: Tensor, convention: Convention) -> Tensor:
    """What is differentiated: ½Σr² for `sum`, the mean of r² for `mse`, half that mean for `mean`."""
    if convention == "sum":
        return torch.sum(residual**2) / 2
    mean = torch.mean(residual**2)
    return mean if convention == "mse" else mean / 2


def way_to(settings: Settings, x: Tensor, parameters: list[Tensor]) -> Way:
    """The way that the settings name."""
    if settings.method == "hand":
        return ByHand(x, parameters, settings.convention)
    if settings.method == "autograd":
        return Autograd(parameters, settings.convention)
    return Optim(parameters, settings)
