"""What the lab remembers of how it was looked at, in the user's own state folder."""

import os
import tempfile
from pathlib import Path

import msgspec
import platformdirs

MOST_BYTES = 65_536


class Preferences(msgspec.Struct, frozen=True):
    """How the lab was left."""

    chart: str = "cost"
    """The name of the first chart shown."""
    log_cost: bool = False
    """Whether the cost stood on a log scale."""


def place() -> Path:
    """The file they are kept in. The folder is the user's alone."""
    return platformdirs.user_state_path("gdtui") / "preferences.json"


def load() -> Preferences:
    """What is remembered; the defaults where there is nothing that can be read."""
    try:
        with place().open("rb") as file:
            return msgspec.json.decode(file.read(MOST_BYTES), type=Preferences)
    except (OSError, msgspec.DecodeError):
        return Preferences()  # nothing was said yet, or by another version


def save(preferences: Preferences) -> None:
    """Remember, whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(dir=path.parent, prefix=".preferences-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(preferences))
            file.flush()
            os.fsync(handle)
        Path(written).replace(path)
    except OSError:
        Path(written).unlink(missing_ok=True)
        raise
