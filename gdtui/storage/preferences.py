"""The user's own keys, in the user's own state folder. gdtui reads the file and never writes it."""

from pathlib import Path
from typing import Any

import msgspec

from gdtui.errors import InputError, UserError
from gdtui.storage import files
from gdtui.text import _

MOST_BYTES = 65_536


class Preferences(msgspec.Struct, frozen=True):
    """What the user has chosen. What older versions wrote beside it is passed over."""

    keymap: Any = msgspec.field(default_factory=dict)
    """The user's own keys, by the ids of commands; written by hand, so it may be anything."""


def place() -> Path:
    """The file they are kept in."""
    return files.state_folder() / "preferences.json"


def read() -> Preferences:
    """What is in the file; the defaults where there is none, or it cannot be read.

    Raises:
        InputError: the file is damaged.
    """
    try:
        content = files.read(place(), MOST_BYTES, is_private=True)[0]
    except UserError:
        return Preferences()
    try:
        return msgspec.json.decode(content, type=Preferences)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(_("preferences.json cannot be read: {reason}", reason=error)) from None
