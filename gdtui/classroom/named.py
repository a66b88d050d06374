"""Whether a class folder is named. This is asked before the first frame, so it is separate from the rest."""

from pathlib import Path

from gdtui.storage import files

VARIABLE = "GDTUI_CLASS"
"""The environment variable with the folder; it takes precedence over the administrator's file."""

NAME = "class"
"""The administrator's file whose first line names the folder."""


def named() -> Path | None:
    """The folder that was named, or None."""
    return files.named_folder(VARIABLE, NAME)
