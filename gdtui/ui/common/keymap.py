"""A user's own keys: `"keymap": {"step": "j", "back": "b,left"}` in the preferences file."""

from collections.abc import Callable, Sequence

import msgspec
from textual.binding import Binding, InvalidBinding
from textual.keys import Keys, key_to_character

from gdtui.errors import InputError
from gdtui.storage import preferences
from gdtui.text import _, clean, nearest
from gdtui.ui.common.command import Command, may_meet

FIXED = {*"0123456789", "escape", "ctrl+c", "ctrl+p", "ctrl+z"}
"""Keys that do the same everywhere, and cannot be given to a command."""


class Keymap(msgspec.Struct, frozen=True):
    """The user's keys by command id; they replace the command's own."""

    keys: dict[str, str] = {}
    flaw: str = ""
    """What is wrong with it, in one line; valid entries are used anyway."""


def load_keymap(commands: Callable[[], Sequence[Command]]) -> Keymap:
    """The user's keymap, as far as it fits these commands, which are only asked for if there is one."""
    try:
        entries = preferences.read().keymap
    except InputError as error:
        return Keymap(flaw=str(error))
    if not isinstance(entries, dict):
        return Keymap(flaw=_('preferences.json: keymap must be an object, such as {"step": "j"}'))
    return _checked(entries, commands()) if entries else Keymap()


def _checked(entries: dict[str, object], commands: Sequence[Command]) -> Keymap:
    known: dict[str, list[Command]] = {}
    for command in commands:
        known.setdefault(command.id, []).append(command)
    keys: dict[str, str] = {}
    flaws: list[str] = []
    for id_, wanted in entries.items():
        try:
            keys[id_] = _keys(id_, wanted, known, keys)
        except ValueError as error:
            flaws.append(_("preferences.json: keymap: {reason}", reason=error))
    if len(flaws) > 1:
        return Keymap(keys, _("{flaw} (and {n} more)", flaw=flaws[0], n=len(flaws) - 1))
    return Keymap(keys, *flaws)


def _keys(id_: str, wanted: object, known: dict[str, list[Command]], taken: dict[str, str]) -> str:
    """The keys of one entry by Textual's names.

    Raises:
        ValueError: the command or key does not exist, or the key does something else.
    """
    name = clean(id_, 30)
    if id_ not in known:
        raise ValueError(_("there is no command {name}{nearest}", name=name, nearest=nearest(id_, known)))
    if not isinstance(wanted, str):
        raise ValueError(_('the keys of {name} must be text, such as "j" or "j,space"', name=name))
    try:
        keys = [binding.key for binding in Binding.make_bindings([Binding(wanted, "")])]
    except InvalidBinding:
        raise ValueError(_("{name} has an empty key; for the , key, write comma", name=name)) from None
    for key in keys:
        if not _is_key(key):
            raise ValueError(_("{name}: there is no key {key}", name=name, key=clean(key, 20)))
        if key in FIXED:
            raise ValueError(_("{name}: {key} cannot be assigned to a command", name=name, key=key))
        for other in (id_ for id_, others in taken.items() if key in others.split(",")):
            if any(may_meet(one, two) for one in known[id_] for two in known[other]):
                told = {"name": name, "key": clean(key, 20), "other": other}
                raise ValueError(_("{name}: {key} is already assigned to {other}", **told))
    return ",".join(keys)


def _is_key(key: str) -> bool:
    plain = key.rpartition("+")[2]
    return len(plain) == 1 or key_to_character(plain) is not None or plain in {known.value for known in Keys}
