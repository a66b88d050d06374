"""Optimizers: how the gradient becomes the update. Each is one class, with torch.optim's default numbers."""

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
    """lr·L, so lr = 2/L."""


class Momentum(UpdateRule, frozen=True):
    """Polyak's heavy ball: torch.optim.SGD with momentum. With beta 0 torch keeps no velocity."""

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
    """Nesterov's momentum: the gradient step uses the velocity after this update."""

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
        """The velocity, and the gradient plus beta times that velocity."""
        (velocity,) = super().carried(gradient, before, after)
        ahead = tuple(slope + self.beta * v for slope, v in zip(gradient, velocity.values, strict=True))
        return velocity, Carried("ahead", f"gradient + {shortest(self.beta)}·v", ahead, {"v": velocity.values})


EPS = Number("eps", below=math.inf)
"""ε, which prevents a division by zero."""


class Adagrad(UpdateRule, frozen=True):
    """Divides by the root of the sum of all squared gradients so far."""

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
    """Divides by the root of a decaying average of squared gradients."""

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
    """Decaying averages of the gradient and of its square, corrected for starting at zero."""

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
        """Both averages, then both with the bias correction."""
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
    """Adam with decoupled weight decay λ."""

    name = "adamw"
    torch_class = "AdamW"
    is_decoupled = True


def _average(name: str, kept: float) -> str:
    """`0.9·m + 0.1`, without the rounding error of 1 − 0.9 in binary."""
    number = shortest(kept)
    decimals = len(number.partition(".")[2]) if "e" not in number else 17
    return f"{number}·{name} + {shortest(round(1 - float(number), decimals))}"


OPTIMIZERS: dict[str, type[UpdateRule]] = {
    rule.name: rule for rule in (PlainDescent, Momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW)
}
"""Every optimizer by name; adding one here makes it available everywhere."""


class Optimizer(ByName, frozen=True):
    """An optimizer with its numbers."""

    name: str = "sgd"
    setting = "optimizer"
    rules = OPTIMIZERS

    @property
    def rule(self) -> UpdateRule:
        """Its rule, with its numbers."""
        return OPTIMIZERS[self.name](*self.numbers)

    def memory(self, parameters: int) -> int:
        """How many numbers it keeps from one update to the next: averages for each parameter, and Adam's step count."""
        return sum(map(len, self.state((), parameters).values()))

    def state(self, memory: tuple[float, ...], parameters: int) -> State:
        """The memory split by torch's names; zeros if nothing has been stored yet."""
        numbers = chain(memory if any(memory) else (), repeat(0.0))
        sizes = ((key, 1 if key == STEP else parameters) for key in OPTIMIZERS[self.name].state)
        return {key: tuple(islice(numbers, size)) for key, size in sizes}

    def carried(self, gradient: Values, before: tuple[float, ...], after: tuple[float, ...]) -> tuple[Carried, ...]:
        """What the rule computes from the gradient, given the memory before and after the update."""
        return self.rule.carried(gradient, *(self.state(memory, len(gradient)) for memory in (before, after)))


SGD = Optimizer()
"""Plain gradient descent."""
