"""Where records are handed in: a folder that the teacher or the lab's administrator names once."""

import os
import secrets
import stat
from pathlib import Path

import platformdirs

from gdtui.errors import InputError, UserError
from gdtui.storage import files

LARGEST = 65_536
"""The most bytes of the file that names the folder."""

VARIABLE = "GDTUI_HAND_IN"
"""Names the folder, before the file does."""


def config_file() -> Path:
    """The file whose first line names the folder for everyone on this machine."""
    return platformdirs.site_config_path("gdtui") / "hand-in"


def destination() -> Path:
    """The folder that was named.

    Raises:
        UserError: none was.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        try:
            named = files.read(config_file(), LARGEST)[0].decode().split("\n", 1)[0].strip()
        except (InputError, UnicodeDecodeError):
            named = ""  # said below
    if not named:
        raise UserError(
            f"nobody has named a folder yet, in {config_file()} or {VARIABLE}; "
            "gdtui hand-in --stdout writes the record out to be mailed"
        )
    return files.typed(named)


def hand_in(folder: Path, stem: str, text: bytes) -> Path:
    """Write a new file into the folder, and have it on the disk; return its path.

    Nothing that is there is opened or replaced. Its name cannot be guessed, so that in a folder which others can write
    to but not list (mode 1733) nobody but its owner reads it.

    Raises:
        OutputError: it cannot be written, and nothing of it is left there.
    """
    path = folder / f"{stem}-{secrets.token_hex(8)}.jsonl"
    # In a set-group-id folder the file belongs to the teachers' group, and need not be readable for others.
    files.create(path, text, 0o640 if _is_the_groups(folder) else 0o644)
    return path


def _is_the_groups(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_ISGID)
    except (OSError, ValueError):
        return False  # what is wrong with it is said where the file is written
