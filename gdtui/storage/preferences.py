"""What the lab remembers of how it was looked at, and the user's own keys, in the user's own state folder."""

from pathlib import Path
from typing import Any

import msgspec

from gdtui.errors import InputError, UserError
from gdtui.storage import files
from gdtui.text import _

MOST_BYTES = 65_536


class Preferences(msgspec.Struct, frozen=True):
    """How the lab was left, and which keys the user has chosen."""

    chart: str = "cost"
    """The name of the first chart shown."""
    log_cost: bool = False
    """Whether the cost stood on a log scale."""
    keymap: Any = msgspec.field(default_factory=dict)
    """The user's own keys, by the ids of commands; written by hand, so it may be anything."""
    linear_cost: bool = False
    """Whether it was put on a linear one where the run would have had a log scale."""


def place() -> Path:
    """The file they are kept in. The folder is the user's alone."""
    return files.state_folder() / "preferences.json"


def read() -> Preferences:
    """What is remembered; the defaults where nothing was said yet, or nothing can be read.

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


def load() -> Preferences:
    """What is remembered; the defaults where there is nothing that makes sense."""
    try:
        return read()
    except InputError:
        return Preferences()


def change(**changes: object) -> None:
    """Remember something anew, and leave the rest as it is.

    Raises:
        OutputError: it cannot be written.
        InputError: what is there is damaged, and is left to whoever wrote in it.
    """
    files.write_private(place(), msgspec.json.encode(msgspec.structs.replace(read(), **changes)))
