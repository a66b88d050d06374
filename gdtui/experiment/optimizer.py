"""Optimizers: how the gradient becomes the update. Each is one class, with the usual numbers of torch.optim."""

import math
from itertools import chain, islice, repeat
from typing import ClassVar

from gdtui.experiment.by_name import ByName, Number
from gdtui.experiment.update_rule import STEP, Carried, State, UpdateRule, Values
from gdtui.numbers import shortest


class PlainDescent(UpdateRule, frozen=True):
    """W − lr·gradient."""

    name = "sgd"
    torch_class = "SGD"
    update = "lr · gradient"
    limit = 2.0
    """So lr = 2/L."""


class Momentum(UpdateRule, frozen=True):
    """Polyak's heavy ball: torch.optim.SGD with momentum, which keeps none where beta is 0."""

    beta: float = 0.9

    name = "momentum"
    torch_class = "SGD"
    bounds: ClassVar = {"beta": Number("momentum", is_left_out=False)}
    state = ("momentum_buffer",)
    update = "lr · v"

    @property
    def limit(self) -> float | None:
        """2(1 + β)."""
        return 2 * (1 + self.beta)

    def recurrence(self, product: float) -> tuple[float, float]:
        """T = 1 + β − lr·L and D = β."""
        return 1 + self.beta - product, self.beta

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """The velocity."""
        (key,) = self.state
        return (Carried("v", f"{shortest(self.beta)}·v + gradient", after[key], {"v": before[key]}),)


class Nesterov(Momentum, frozen=True):
    """Momentum that looks ahead."""

    name = "nesterov"
    fixed: ClassVar = {"nesterov": True}
    update = "lr · ahead"

    @property
    def limit(self) -> float | None:
        """2(1 + β)/(1 + 2β)."""
        return 2 * ((1 + self.beta) / (1 + 2 * self.beta))

    def recurrence(self, product: float) -> tuple[float, float]:
        """T = 1 + β − lr·L·(1 + β) and D = β(1 − lr·L)."""
        return 1 + self.beta - product * (1 + self.beta), self.beta * (1 - product)

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """The velocity, and the gradient with the velocity still to come."""
        (velocity,) = super().carried(gradient, before, after)
        ahead = tuple(slope + self.beta * v for slope, v in zip(gradient, velocity.values, strict=True))
        return velocity, Carried("ahead", f"gradient + {shortest(self.beta)}·v", ahead, {"v": velocity.values})


EPS = Number("eps", below=math.inf)
"""It keeps a division by zero away."""


class Adagrad(UpdateRule, frozen=True):
    """Divides by the root of all squared gradients so far."""

    eps: float = 1e-10

    name = "adagrad"
    torch_class = "Adagrad"
    bounds: ClassVar = {"eps": EPS}
    state = ("sum",)
    update = "lr · gradient / (√s + ε)"
    first_step = 1.0

    def updates_for(self, distance: float) -> float:
        """The steps 1, 1/√2, 1/√3 … add up to 2√n − 1.46."""
        return ((distance + 1.46) / 2) ** 2

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """The sum of squares."""
        return (Carried("s", "s + gradient²", after["sum"], {"s": before["sum"]}),)


class RMSprop(UpdateRule, frozen=True):
    """Divides by the root of a fading average of squared gradients."""

    alpha: float = 0.99
    eps: float = 1e-8

    name = "rmsprop"
    torch_class = "RMSprop"
    bounds: ClassVar = {"alpha": Number("alpha", may_be_zero=True), "eps": EPS}
    state = ("square_avg",)
    update = "lr · gradient / (√s + ε)"
    faded_limit = 2.0

    @property
    def first_step(self) -> float | None:
        """1/√(1 − α)."""
        return 1 / math.sqrt(1 - self.alpha)

    def updates_for(self, distance: float) -> float:
        """The steps 1/√(1 − αⁿ) add up to (2/c)·arcosh(exp(cn/2)) − 1.46/√c, with c = −ln α."""
        if not self.alpha:
            return distance
        fading = -math.log(self.alpha)
        half = fading / 2 * (distance + 1.46 / math.sqrt(fading))
        return 2 / fading * (half + math.log1p(math.exp(-2 * half)) - math.log(2))

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """The average of squares."""
        (key,) = self.state
        return (Carried("s", f"{_average('s', self.alpha)}·gradient²", after[key], {"s": before[key]}),)


class Adam(UpdateRule, frozen=True):
    """Fading averages of the gradient and of its square, without the pull of the zeros that they began with."""

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    name = "adam"
    torch_class = "Adam"
    bounds: ClassVar = {
        "beta1": Number("betas", may_be_zero=True),
        "beta2": Number("betas", may_be_zero=True),
        "eps": EPS,
    }
    state = (STEP, "exp_avg", "exp_avg_sq")
    update = "lr · m hat / (√v hat + ε)"
    first_step = 1.0

    @property
    def faded_limit(self) -> float | None:
        """2(1 + β₁)/(1 − β₁)."""
        return 2 * (1 + self.beta1) / (1 - self.beta1)

    @property
    def first_divisor(self) -> float:
        """1 − β₁."""
        return 1 - self.beta1

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """Both averages, and both again corrected."""
        _, first, second = self.state
        m, v, steps = after[first], after[second], int(after[STEP][0])
        one, two = self.beta1, self.beta2
        m_hat, v_hat = tuple(value / (1 - one**steps) for value in m), tuple(value / (1 - two**steps) for value in v)
        return (
            Carried("m", f"{_average('m', one)}·gradient", m, {"m": before[first]}),
            Carried("v", f"{_average('v', two)}·gradient²", v, {"v": before[second]}),
            Carried("m hat", f"m / (1 − {shortest(one)}^{steps})", m_hat, {"m": m}),
            Carried("v hat", f"v / (1 − {shortest(two)}^{steps})", v_hat, {"v": v}),
        )


class AdamW(Adam, frozen=True):
    """Adam with the decay λ beside the gradient."""

    name = "adamw"
    torch_class = "AdamW"
    is_decoupled = True


def _average(name: str, kept: float) -> str:
    """`0.9·m + 0.1`, without what binary leaves of 1 − 0.9."""
    number = shortest(kept)
    decimals = len(number.partition(".")[2]) if "e" not in number else 17
    return f"{number}·{name} + {shortest(round(1 - float(number), decimals))}"


OPTIMIZERS: dict[str, type[UpdateRule]] = {
    rule.name: rule for rule in (PlainDescent, Momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW)
}
"""All there are, by name: whatever is here can be chosen everywhere."""


class Optimizer(ByName, frozen=True):
    """An optimizer that was chosen."""

    name: str = "sgd"
    setting = "optimizer"
    rules = OPTIMIZERS

    @property
    def rule(self) -> UpdateRule:
        """Its rule, with its numbers."""
        return OPTIMIZERS[self.name](*self.numbers)

    def memory(self, parameters: int) -> int:
        """How many numbers it carries from one update to the next: averages of each parameter, and Adam's count."""
        return sum(map(len, self.state((), parameters).values()))

    def state(self, memory: tuple[float, ...], parameters: int) -> State:
        """What of the memory is what, by torch's names; zeros where nothing is remembered yet."""
        numbers = chain(memory if any(memory) else (), repeat(0.0))
        sizes = ((key, 1 if key == STEP else parameters) for key in OPTIMIZERS[self.name].state)
        return {key: tuple(islice(numbers, size)) for key, size in sizes}

    def carried(self, gradient: Values, before: tuple[float, ...], after: tuple[float, ...]) -> tuple[Carried, ...]:
        """What the rule makes of the gradient, given the memory before and after the update."""
        return self.rule.carried(gradient, *(self.state(memory, len(gradient)) for memory in (before, after)))


SGD = Optimizer()
"""Plain gradient descent."""
