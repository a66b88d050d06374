"""The user's own keys, in the user's state folder. gdtui reads the file but never writes it."""

from pathlib import Path
from typing import Any

import msgspec

from gdtui.errors import InputError, UserError
from gdtui.storage import files
from gdtui.text import _

MOST_BYTES = 65_536


class Preferences(msgspec.Struct, frozen=True):
    """The user's choices. Fields that older versions wrote are ignored."""

    keymap: Any = msgspec.field(default_factory=dict)
    """The user's own keys, by command id; written by hand, so it may be anything."""


def place() -> Path:
    """The path of the file."""
    return files.state_folder() / "preferences.json"


def read() -> Preferences:
    """The user's choices; the defaults if there is no file or it cannot be read.

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
