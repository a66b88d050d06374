"""Setting: one row of the table of settings."""

from collections.abc import Callable
from typing import Any

import msgspec

from gdtui.experiment.kinds import NUMBER, NUMBERS, ONE_OR_MORE, Kind
from gdtui.numbers import signed


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, with all that the command line, the form, lessons, files and the screen need to know of it."""

    name: str
    """The spelling of the option: `until-cost`. People may type an underscore instead of the hyphen."""
    field: str = ""
    """The field of the Experiment or its Dataset; same as the name by default. Settings that only say where rows come
    from have no field."""
    kind: Kind = NUMBER
    help: str
    """The help text of its option, with the default in brackets."""
    metavar: str = ""
    """The placeholder for the value in the help, if the kind's is not good enough."""
    label: str = ""
    """Its label in the form; the name by default."""
    short: str = ""
    """Its name in a sentence or a column, if its label is not a name: `W0` for `W begins at`."""
    variable: str = ""
    """Its variable in the code that learners see (`descent/listing.py`); the code view then shows its value."""
    hint: str = ""
    """The hint beside its field, shown while there is no error."""
    example: str = ""
    """An example of what can be typed."""
    check: Callable[[Any], object] | None = None
    """Raises ValueError with the reason if a value is out of bounds."""
    none: str | None = None
    """What people type for None, if None is a valid value."""
    on_the_way: bool = False
    """Whether it may change during a run; if so it is a field of `Settings` and `Change` too."""
    is_computed_with: bool = False
    """Whether its numbers must fit the dtype."""
    is_length: bool = False
    """Whether it only decides how long a run goes on."""
    line: str | None = ""
    """The line of the Parameters panel that shows this setting when it is not the default: empty for a line of its own,
    None if the panel shows it in another way."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "field", self.field or self.name.replace("-", "_"))
        msgspec.structs.force_setattr(self, "label", self.label or self.name.replace("-", " "))

    @property
    def called(self) -> str:
        """Its name in a sentence: the label of its field, if that is a name."""
        return self.short or self.label

    @property
    def word(self) -> str:
        """Its short name, for narrow places."""
        return self.short or self.variable or self.label

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices in the form; empty if any text can be typed."""
        return (self.none, *self.kind.choices) if self.none and self.kind.choices else self.kind.choices

    def read(self, value: object) -> Any:
        """Parse a text, or convert a value from a lesson or a file.

        Raises:
            ValueError: the reason, fit to be shown beside the field.
        """
        return None if self.means_none(value) else self.kind.read(value)

    def means_none(self, value: object) -> bool:
        """Whether a text stands for None."""
        return self.none is not None and isinstance(value, str) and value.strip() == self.none

    def write(self, value: Any) -> str:
        """The text that `read` turns back into the value."""
        return self.none or "" if value is None else self.kind.write(value)

    def shown(self, value: Any) -> str:
        """The text of `write` for the screen, with true minus signs."""
        text = self.write(value)
        return ", ".join(map(signed, text.split(", "))) if self.kind in (NUMBER, NUMBERS, ONE_OR_MORE) else text

    def named(self, text: str) -> str:
        """A value in a line of several: `lr 0.2`; a choice such as `adam` needs no name before it."""
        return text if self.kind.choices or self.kind.words else f"{self.word} {text}"
