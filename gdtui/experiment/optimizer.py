"""Optimizers: how the gradient becomes the update. Each is one class, with the usual numbers of torch.optim."""

import math
from collections.abc import Mapping
from itertools import chain, islice, repeat
from typing import ClassVar

import msgspec

from gdtui.errors import ExperimentError
from gdtui.numbers import parse_number, shortest
from gdtui.text import clean

Values = tuple[float, ...]
"""One number for each parameter."""

State = Mapping[str, Values]
"""What an optimizer keeps from one step to the next, by torch's names."""

STEP = "step"
"""What torch calls the count of steps, a single number for all parameters."""


class Number(msgspec.Struct, frozen=True):
    """What a number of an optimizer is called in torch, and what it may be."""

    keyword: str
    """torch's name of the argument; numbers that share it are passed as one tuple."""
    is_left_out: bool = True
    """Whether torch takes the usual value where the argument is left out."""
    may_be_zero: bool = False
    below: float = 1.0

    def check(self, name: str, value: float) -> None:
        """Refuse a value that is out of bounds.

        Raises:
            ExperimentError: the value is too small, or not small enough.
        """
        if 0 < value < self.below or (value == 0 and self.may_be_zero):
            return
        least = "0 or more" if self.may_be_zero else "above 0"
        bounds = least + (f" and below {shortest(self.below)}" if math.isfinite(self.below) else "")
        raise ExperimentError("optimizer", f"{name} must be {bounds}, not {shortest(value)}")


class Carried(msgspec.Struct, frozen=True):
    """A number that an optimizer makes of the gradient, for each parameter."""

    name: str
    formula: str
    """As in `v ← 0.9·v + gradient`, without the beginning."""
    values: Values
    of: str = ""
    """The name in the formula that is not `gradient`."""
    given: Values = ()
    """What that name stands for."""


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
    """What is subtracted but for a decoupled decay, in the names of what is carried."""
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

    def recurrence(self, product: float) -> tuple[float, float]:
        """T and D in d(k+2) = T·d(k+1) − D·d(k), for the distance d from rest along an eigenvector of the Hessian.

        They are trace and determinant of the map of (parameter, momentum) to those an epoch later. `product` is lr
        times the eigenvalue. Only rules with a limit have them.
        """
        return 1 - product, 0.0

    @property
    def first_divisor(self) -> float:
        """What lr is divided by in the first step."""
        return 1.0

    def subtracted(self, decay: float) -> str:
        """What is subtracted, in the names of what is carried."""
        return self.update + (" + lr·λ·W" if self.is_decoupled and decay else "")

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """What the rule makes of the gradient, in its order, given what it keeps before and after the update."""
        return ()


class PlainDescent(UpdateRule, frozen=True):
    """W − lr·gradient."""

    name = "sgd"
    torch_class = "SGD"
    update = "lr · gradient"

    @property
    def limit(self) -> float | None:
        """2, so lr = 2/L."""
        return 2.0


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
        return (Carried("v", f"{shortest(self.beta)}·v + gradient", after[key], "v", before[key]),)


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
        return velocity, Carried("ahead", f"gradient + {shortest(self.beta)}·v", ahead, "v", velocity.values)


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

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """The sum of squares."""
        return (Carried("s", "s + gradient²", after["sum"], "s", before["sum"]),)


class RMSprop(UpdateRule, frozen=True):
    """Divides by the root of a fading average of squared gradients."""

    alpha: float = 0.99
    eps: float = 1e-8

    name = "rmsprop"
    torch_class = "RMSprop"
    bounds: ClassVar = {"alpha": Number("alpha", may_be_zero=True), "eps": EPS}
    state = ("square_avg",)
    update = "lr · gradient / (√s + ε)"

    def carried(self, gradient: Values, before: State, after: State) -> tuple[Carried, ...]:
        """The average of squares."""
        (key,) = self.state
        return (Carried("s", f"{_average('s', self.alpha)}·gradient²", after[key], "s", before[key]),)


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
            Carried("m", f"{_average('m', one)}·gradient", m, "m", before[first]),
            Carried("v", f"{_average('v', two)}·gradient²", v, "v", before[second]),
            Carried("m hat", f"m / (1 − {shortest(one)}^{steps})", m_hat, "m", m),
            Carried("v hat", f"v / (1 − {shortest(two)}^{steps})", v_hat, "v", v),
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


class Optimizer(msgspec.Struct, frozen=True):
    """An optimizer that was chosen: its rule by name, and the rule's numbers."""

    name: str = "sgd"
    numbers: tuple[float, ...] = ()
    """In the order of the rule; the usual ones where none are given."""

    def __post_init__(self) -> None:
        if self.name not in OPTIMIZERS:
            raise ExperimentError("optimizer", f"must be one of {', '.join(OPTIMIZERS)}, not '{clean(self.name, 24)}'")
        kind = OPTIMIZERS[self.name]
        if not self.numbers:
            msgspec.structs.force_setattr(self, "numbers", kind.__struct_defaults__)
        if len(self.numbers) != len(kind.bounds):
            raise ExperimentError("optimizer", f"{self.name} takes {', '.join(kind.bounds) or 'no numbers'}")
        for name, value in self.named.items():
            kind.bounds[name].check(name, value)

    @property
    def rule(self) -> UpdateRule:
        """Its rule, with its numbers."""
        return OPTIMIZERS[self.name](*self.numbers)

    @property
    def named(self) -> dict[str, float]:
        """Its numbers by name."""
        return dict(zip(OPTIMIZERS[self.name].bounds, self.numbers, strict=True))

    def memory(self, parameters: int) -> int:
        """How many numbers it carries from one update to the next: averages of each parameter, and Adam's count."""
        return sum(map(len, self.state((), parameters).values()))

    def state(self, memory: tuple[float, ...], parameters: int) -> State:
        """What of the memory is what, by torch's names; zeros where nothing is remembered yet."""
        numbers = chain(memory if any(memory) else (), repeat(0.0))
        sizes = ((key, 1 if key == STEP else parameters) for key in OPTIMIZERS[self.name].state)
        return {key: tuple(islice(numbers, size)) for key, size in sizes}

    def __str__(self) -> str:
        """As `parse_optimizer` reads it: `sgd`, `momentum`, `adam,beta2=0.99`; usual numbers are left out."""
        unusual = zip(self.named.items(), OPTIMIZERS[self.name].__struct_defaults__, strict=True)
        return ",".join(
            (self.name, *(f"{name}={shortest(value)}" for (name, value), usual in unusual if value != usual))
        )


SGD = Optimizer()
"""Plain gradient descent."""


def parse_optimizer(text: str) -> Optimizer:
    """The optimizer that `momentum` or `adam,beta1=0.8,eps=1e-6` names.

    Raises:
        ValueError: with a reason fit to stand beside the field.
    """
    name, *settings = (part.strip() for part in text.split(","))
    if name not in OPTIMIZERS:
        raise ValueError(f"'{clean(name, 24)}' is not one of {', '.join(OPTIMIZERS)}")
    numbers = Optimizer(name).named
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in numbers:
            raise ValueError(f"{name} takes {', '.join(numbers) or 'no numbers'}, not '{clean(key, 24)}'")
        numbers[key] = parse_number(value)
    try:
        return Optimizer(name, tuple(numbers.values()))
    except ExperimentError as error:
        raise ValueError(error.reason) from None
