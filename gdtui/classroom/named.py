"""Whether a folder for classes is named: asked before the first frame, and so apart from what goes on in one."""

from pathlib import Path

from gdtui.storage import files

VARIABLE = "GDTUI_CLASS"
"""Names the folder, before the administrator's file does."""

NAME = "class"
"""The administrator's file whose first line names the folder."""


def named() -> Path | None:
    """The folder that was named; None without a class."""
    return files.named_folder(VARIABLE, NAME)
