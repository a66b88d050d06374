"""What a command is in the lab and in a lesson: a row that is one key's name, word at the bottom, help and action."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

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
"""Keys that are not shown as Textual names them, nor as the character they type."""


class Command(msgspec.Struct, frozen=True):
    """Something a key does."""

    id: str
    """The name that a keymap knows it by."""
    keys: str
    """Its keys as Textual names them, between commas."""
    title: str
    """What it does, for the palette and the help, with {} for what `late` gives."""
    section: str = ""
    """The heading it stands under in the help."""
    bar: str = ""
    """The word for it in the line at the bottom, where it has a place there."""
    pair: str = ""
    """The id of the command whose key stands beside its own there."""
    views: tuple[str, ...] = ()
    """The views it works in, by name; nothing for a command that works everywhere."""
    also: str = ""
    """Keys that do the same and are shown nowhere."""
    late: Callable[[], str] = str
    """A part of the title that the first frame is not to wait for."""

    @property
    def what_it_does(self) -> str:
        """The whole title."""
        return self.title.format(self.late())

    @property
    def key_names(self) -> list[str]:
        """Its keys as Textual names them, one by one."""
        return [key for keys in (self.keys, self.also) if keys for key in keys.split(",")]

    @property
    def shown_keys(self) -> str:
        """Its keys as people read them."""
        return " ".join(shown(key) for key in self.keys.split(","))


AnyCommand = TypeVar("AnyCommand", bound=Command)


def shown(key: str) -> str:
    """A key as people read it: `←` for left where it can be shown, `[` for left_square_bracket, `F1` for f1."""
    character = key_to_character(key) or ""
    typed = character if character.isprintable() and not character.isspace() else ""
    return with_arrow_keys(SIGNS.get(key, "")) or typed or (key.upper() if re.fullmatch(r"f\d+", key) else key)


def key_for(commands: Sequence[Command]) -> dict[str, str]:
    """The key to name for each command, by id: its first, or that of the palette where it has none."""
    return {command.id: shown(command.keys.split(",")[0]) or "ctrl+p" for command in commands}


def footers(commands: Sequence[Command]) -> dict[str, tuple[str, str]]:
    """Keys and word for the line at the bottom, of each command that has a place there and a key, by id."""
    first = {command.id: shown(command.keys.split(",")[0]) for command in commands}
    return {
        command.id: (" ".join(filter(None, (first[command.id], first.get(command.pair)))), command.bar)
        for command in commands
        if command.bar and command.keys
    }


def reworded(commands: Sequence[AnyCommand], words: Mapping[str, str]) -> tuple[AnyCommand, ...]:
    """The commands with other words for the line at the bottom, by id."""
    return tuple(msgspec.structs.replace(row, bar=words.get(row.id, row.bar)) for row in commands)


def remapped(commands: Sequence[AnyCommand], keymap: Mapping[str, str]) -> tuple[AnyCommand, ...]:
    """The commands with the keys that a keymap gives them; such a key is taken from the commands they may meet."""
    replace = msgspec.structs.replace
    rows = [replace(row, keys=keymap[row.id], also="") if row.id in keymap else row for row in commands]

    def left(command: AnyCommand, keys: str) -> str:
        taken = {key for other in rows if other.id in keymap and may_meet(command, other) for key in other.key_names}
        return ",".join(key for key in keys.split(",") if key not in taken)

    return tuple(
        row if row.id in keymap else replace(row, keys=left(row, row.keys), also=left(row, row.also)) for row in rows
    )


def may_meet(one: Command, other: Command) -> bool:
    """Whether a key cannot stand for both: they work in the same view, or both everywhere on the same screen.

    What a view does with a key goes before what is done with it everywhere.
    """
    share = bool(set(one.views) & set(other.views)) if one.views and other.views else one.views == other.views
    return share and type(one) is type(other)
