"""A command of the lab or a lesson: keys, a word in the bottom line, help text and action, all in one row."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from textual.keys import key_to_character

from gdtui.text import _
from gdtui.ui.common.arrows import with_arrow_keys

SIGNS = {
    "plus": "+",
    "minus": "−",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pageup": _("page up"),
    "pagedown": _("page down"),
}
"""Keys shown neither by Textual's name nor by the character they type."""


KeyAction = Callable[[Any], object]
"""What a key does to its screen. Screens import their commands, so commands cannot name the screen's type."""


class Command(msgspec.Struct, frozen=True):
    """Something that keys do."""

    id: str
    """Its name in keymaps."""
    keys: str
    """Its keys by Textual's names, separated by commas."""
    title: str
    """What it does, for the palette and the help, with {} for the result of `late`."""
    section: str = ""
    """Its heading in the help."""
    bar: str = ""
    """Its word in the bottom line, if it is shown there."""
    pair: str = ""
    """The id of the command whose key is shown next to its own there."""
    views: tuple[str, ...] = ()
    """The names of the views it works in; empty if it works everywhere."""
    also: str = ""
    """More keys that do the same but are not shown."""
    late: Callable[[], str] = str
    """A part of the title that the first frame should not wait for."""

    @property
    def what_it_does(self) -> str:
        """The whole title."""
        return self.title.format(self.late())

    @property
    def key_names(self) -> list[str]:
        """Its keys by Textual's names."""
        return [key for keys in (self.keys, self.also) if keys for key in keys.split(",")]

    @property
    def shown_keys(self) -> str:
        """Its keys as people read them."""
        return " ".join(shown(key) for key in self.keys.split(","))


AnyCommand = TypeVar("AnyCommand", bound=Command)


def shown(key: str) -> str:
    """A key as people read it: `←` for left if it can be shown, `[` for left_square_bracket, `F1` for f1."""
    character = key_to_character(key) or ""
    typed = character if character.isprintable() and not character.isspace() else ""
    return with_arrow_keys(SIGNS.get(key, "")) or typed or (key.upper() if re.fullmatch(r"f\d+", key) else key)


def key_for(commands: Sequence[Command]) -> dict[str, str]:
    """The key to mention for each command, by id: its first one, or the palette's if it has none."""
    return {command.id: shown(command.keys.split(",")[0]) or "ctrl+p" for command in commands}


def footers(commands: Sequence[Command]) -> dict[str, tuple[str, str]]:
    """By id, the keys and word of each command that has both a key and a place in the bottom line."""
    first = {command.id: shown(command.keys.split(",")[0]) for command in commands}
    return {
        command.id: (" ".join(filter(None, (first[command.id], first.get(command.pair)))), command.bar)
        for command in commands
        if command.bar and command.keys
    }


def reworded(commands: Sequence[AnyCommand], words: Mapping[str, str]) -> tuple[AnyCommand, ...]:
    """The commands with other words in the bottom line, by id."""
    return tuple(msgspec.structs.replace(row, bar=words.get(row.id, row.bar)) for row in commands)


def remapped(commands: Sequence[AnyCommand], keymap: Mapping[str, str]) -> tuple[AnyCommand, ...]:
    """The commands with the keys of a keymap, which are taken away from commands they would conflict with."""
    replace = msgspec.structs.replace
    rows = [replace(row, keys=keymap[row.id], also="") if row.id in keymap else row for row in commands]

    def left(command: AnyCommand, keys: str) -> str:
        taken = {key for other in rows if other.id in keymap and may_meet(command, other) for key in other.key_names}
        return ",".join(key for key in keys.split(",") if key not in taken)

    return tuple(
        row if row.id in keymap else replace(row, keys=left(row, row.keys), also=left(row, row.also)) for row in rows
    )


def may_meet(one: Command, other: Command) -> bool:
    """Whether one key cannot stand for both: they work in the same view, or both everywhere on the same screen.

    A view's own commands take precedence over those that work everywhere.
    """
    share = bool(set(one.views) & set(other.views)) if one.views and other.views else one.views == other.views
    return share and type(one) is type(other)
