"""Values that are chosen by name and have numbers of their own: optimizers and schedules."""

import math
from typing import Any, ClassVar, Self

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.bounds import no_such, read_part
from gdtui.numbers import shortest
from gdtui.text import _, clean


class Number(msgspec.Struct, frozen=True):
    """One number of a rule: torch's name for it, and its bounds."""

    keyword: str
    """torch's name for the argument; numbers that share a name are passed as one tuple."""
    is_left_out: bool = True
    """Whether torch uses its default when the argument is left out."""
    may_be_zero: bool = False
    below: float = 1.0
    is_whole: bool = False

    def check(self, name: str, value: float) -> None:
        """Check the value against the bounds.

        Raises:
            ValueError: the value is out of bounds, or not whole where it must be.
        """
        if (0 < value < self.below or (value == 0 and self.may_be_zero)) and (not self.is_whole or value % 1 == 0):
            return
        given = {"name": name, "value": shortest(value), "below": shortest(self.below)}
        if self.is_whole:
            raise ValueError(_("{name} must be a whole number of epochs, not {value}", **given))
        if math.isinf(self.below):
            more = _("{name} must be 0 or more, not {value}", **given)
            raise ValueError(more if self.may_be_zero else _("{name} must be greater than 0, not {value}", **given))
        if self.may_be_zero:
            raise ValueError(_("{name} must be 0 or more and less than {below}, not {value}", **given))
        raise ValueError(_("{name} must be greater than 0 and less than {below}, not {value}", **given))


class ByName(msgspec.Struct, frozen=True):
    """A rule chosen by name, with its numbers."""

    name: str
    numbers: tuple[float, ...] = ()
    """In the rule's order; its defaults if none are given."""

    setting: ClassVar[str]
    """The name of the setting whose values these are."""
    rules: ClassVar[dict[str, type[Any]]]
    """Every rule there is, by name; adding one here makes it available everywhere. `bounds` has an entry per field."""

    def __post_init__(self) -> None:
        if self.name not in self.rules:
            raise ExperimentError(self.setting, no_such(clean(self.name, 24), self.rules))
        kind = self.rules[self.name]
        if not self.numbers:
            msgspec.structs.force_setattr(self, "numbers", tuple(map(float, kind.__struct_defaults__)))
        if len(self.numbers) != len(kind.bounds):
            raise ExperimentError(self.setting, self._takes(self.name))
        for name, value in self.named.items():
            try:
                kind.bounds[name].check(name, value)
            except ValueError as error:
                raise ExperimentError(self.setting, str(error)) from None

    @property
    def named(self) -> dict[str, float]:
        """The numbers by name."""
        return dict(zip(self.rules[self.name].bounds, self.numbers, strict=True))

    def __str__(self) -> str:
        """As `parse` reads it: `sgd`, `momentum`, `adam,beta2=0.99`. Default numbers are left out."""
        unusual = zip(self.named.items(), self.rules[self.name].__struct_defaults__, strict=True)
        return ",".join(
            (self.name, *(f"{name}={shortest(value)}" for (name, value), usual in unusual if value != usual))
        )

    @classmethod
    def _takes(cls, name: str) -> str:
        """A sentence that lists the numbers of a rule."""
        names = ", ".join(cls.rules[name].bounds)
        return _("{name} takes {names}", name=name, names=names) if names else _("{name} takes no numbers", name=name)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name with optional numbers, such as `momentum` or `adam,beta1=0.8,eps=1e-6`.

        Raises:
            ValueError: the reason, fit to be shown beside the field.
        """
        name, *settings = (part.strip() for part in text.split(","))
        if name not in cls.rules:
            known = ", ".join(cls.rules)
            raise ValueError(_("'{name}' is not one of {known}", name=clean(name, 24), known=known))
        numbers = cls(name).named
        for setting in settings:
            key, _equals, value = setting.partition("=")
            if key not in numbers:
                other = clean(key, 24)
                raise ValueError(_("{takes}, not '{other}'", takes=cls._takes(name), other=other))
            numbers[key] = read_part(key, value, f"{name},{key}={shortest(numbers[key])}")
        try:
            return cls(name, tuple(numbers.values()))
        except ExperimentError as error:
            raise ValueError(error.reason) from None
