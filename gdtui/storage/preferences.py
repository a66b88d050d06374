"""What the lab remembers of how it was looked at, in the user's own state folder."""

from pathlib import Path

import msgspec

from gdtui.errors import UserError
from gdtui.storage import files

MOST_BYTES = 65_536


class Preferences(msgspec.Struct, frozen=True):
    """How the lab was left."""

    chart: str = "cost"
    """The name of the first chart shown."""
    log_cost: bool = False
    """Whether the cost stood on a log scale."""


def place() -> Path:
    """The file they are kept in. The folder is the user's alone."""
    return files.state_folder() / "preferences.json"


def load() -> Preferences:
    """What is remembered; the defaults where there is nothing that can be read."""
    try:
        content, _ = files.read(place(), MOST_BYTES, is_private=True)
        return msgspec.json.decode(content, type=Preferences)
    except (UserError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Preferences()  # nothing was said yet, by another version, or the file is damaged


def save(preferences: Preferences) -> None:
    """Remember, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    files.write_private(place(), msgspec.json.encode(preferences))
