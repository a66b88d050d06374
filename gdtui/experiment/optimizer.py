"""Optimizers: how the gradient becomes the update, in the names and with the usual numbers of torch.optim."""

from typing import Literal, get_args

import msgspec

from gdtui.errors import ExperimentError
from gdtui.numbers import parse_number, shortest
from gdtui.text import clean

OptimizerName = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
"""`momentum` and `nesterov` are torch.optim.SGD with its momentum; the others have classes of their own."""

OPTIMIZERS: tuple[OptimizerName, ...] = get_args(OptimizerName)

USUAL: dict[OptimizerName, dict[str, float]] = {
    "sgd": {},
    "momentum": {"beta": 0.9},
    "nesterov": {"beta": 0.9},
    "adagrad": {"eps": 1e-10},
    "rmsprop": {"alpha": 0.99, "eps": 1e-8},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
}
"""The numbers of each optimizer and their usual values, those of torch.optim."""

_COLUMNS = {"sgd": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "rmsprop": 1, "adam": 2, "adamw": 2}
"""How many numbers each keeps for a parameter."""


class Optimizer(msgspec.Struct, frozen=True):
    """One way to make updates out of gradients."""

    name: OptimizerName = "sgd"
    numbers: tuple[float, ...] = ()
    """In the order of `USUAL`; the usual ones where none are given."""

    def __post_init__(self) -> None:
        if self.name not in OPTIMIZERS:
            raise ExperimentError("optimizer", f"must be one of {', '.join(OPTIMIZERS)}, not '{clean(self.name, 24)}'")
        usual = USUAL[self.name]
        if not self.numbers:
            msgspec.structs.force_setattr(self, "numbers", tuple(usual.values()))
        if len(self.numbers) != len(usual):
            raise ExperimentError("optimizer", f"{self.name} takes {', '.join(usual) or 'no numbers'}")
        for name, value in self.named.items():
            # Past 1 an average grows without end, and eps is what keeps a division by zero away.
            if not (0 < value < 1 if name == "eps" else 0 <= value < 1):
                least = "above 0" if name == "eps" else "0 or more"
                raise ExperimentError("optimizer", f"{name} must be {least} and below 1, not {shortest(value)}")

    @property
    def named(self) -> dict[str, float]:
        """Its numbers by name."""
        return dict(zip(USUAL[self.name], self.numbers, strict=True))

    @property
    def is_decoupled(self) -> bool:
        """Whether weight decay shrinks the parameters beside the gradient, and is no part of it (AdamW)."""
        return self.name == "adamw"

    def memory(self, parameters: int) -> int:
        """How many numbers it carries from one update to the next: averages of each parameter, and Adam's count."""
        columns = _COLUMNS[self.name]
        return columns * parameters + (columns == 2)

    def __str__(self) -> str:
        """As `parse_optimizer` reads it: `sgd`, `momentum`, `adam,beta2=0.99`; usual numbers are left out."""
        usual = USUAL[self.name]
        return ",".join((self.name, *(f"{n}={shortest(v)}" for n, v in self.named.items() if v != usual[n])))


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
    numbers = dict(USUAL[name])
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in numbers:
            raise ValueError(f"{name} takes {', '.join(numbers) or 'no numbers'}, not '{clean(key, 24)}'")
        numbers[key] = parse_number(value)
    try:
        return Optimizer(name, tuple(numbers.values()))
    except ExperimentError as error:
        raise ValueError(error.reason) from None
