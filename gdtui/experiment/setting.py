"""What a row of the table of settings says of one setting."""

from collections.abc import Callable
from typing import Any

import msgspec

from gdtui.experiment.kinds import NUMBER, NUMBERS, ONE_OR_MORE, Kind
from gdtui.numbers import signed


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, as every surface knows it."""

    name: str
    """The canonical spelling, as the option has it: `until-cost`. Where people type, an underscore will do."""
    field: str = ""
    """In the Experiment or its Dataset; the name, unless given. What only says where rows come from is in neither."""
    kind: Kind = NUMBER
    help: str
    """Behind the option, with the default in brackets."""
    metavar: str = ""
    """What stands for the value in the help, where the kind has no word good enough."""
    label: str = ""
    """Before its field in the form; the name, unless told."""
    short: str = ""
    """What it is called in a sentence and in a column, where the label is no name: `W0` for `W begins at`."""
    variable: str = ""
    """What the code that learners see calls it (`descent/listing.py`); the code view then says its value."""
    hint: str = ""
    """Beside its field, while nothing is wrong."""
    example: str = ""
    """What may be typed for it."""
    check: Callable[[Any], object] | None = None
    """Raises ValueError with the reason where a value is out of bounds."""
    none: str | None = None
    """What is typed for None, where that is a value."""
    on_the_way: bool = False
    """Whether it may change from one epoch to the next; then it is a field of `Settings` and `Change` too."""
    is_computed_with: bool = False
    """Whether its numbers must fit the dtype."""
    is_length: bool = False
    """Whether it only says how long a run goes on."""
    line: str | None = ""
    """The line of the Parameters panel that shows this setting if it is not the default: empty for a line of its own,
    None where the panel shows it in other words."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "field", self.field or self.name.replace("-", "_"))
        msgspec.structs.force_setattr(self, "label", self.label or self.name.replace("-", " "))

    @property
    def called(self) -> str:
        """What it is called in a sentence: the label of its field, unless that is no name."""
        return self.short or self.label

    @property
    def word(self) -> str:
        """What it is called where there is little room."""
        return self.short or self.variable or self.label

    @property
    def choices(self) -> tuple[str, ...]:
        """All that can be chosen in the form; empty where any text can be typed."""
        return (self.none, *self.kind.choices) if self.none and self.kind.choices else self.kind.choices

    def read(self, value: object) -> Any:
        """The value that a text writes, or that a lesson or a file holds.

        Raises:
            ValueError: with a reason fit to stand beside the field.
        """
        return None if self.means_none(value) else self.kind.read(value)

    def means_none(self, value: object) -> bool:
        """Whether a text says that there is no such value."""
        return self.none is not None and isinstance(value, str) and value.strip() == self.none

    def write(self, value: Any) -> str:
        """The text that `read` reads back to the value."""
        return self.none or "" if value is None else self.kind.write(value)

    def shown(self, value: Any) -> str:
        """The same text for the screen, with true minus signs in numbers."""
        text = self.write(value)
        return ", ".join(map(signed, text.split(", "))) if self.kind in (NUMBER, NUMBERS, ONE_OR_MORE) else text

    def named(self, text: str) -> str:
        """A value in a line with others: `lr 0.2`; a word that speaks for itself stands alone."""
        return text if self.kind.choices or self.kind.words else f"{self.word} {text}"
