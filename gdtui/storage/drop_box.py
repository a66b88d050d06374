"""Drop boxes: folders that learners put files into and only teachers can read."""

import os
import stat
from pathlib import Path

from gdtui.errors import OutputError
from gdtui.storage import files
from gdtui.text import _


def new_file(path: Path) -> int:
    """Create a file in a drop box; return a descriptor that appends to it.

    Raises:
        OutputError: it cannot be created, or others could read it.
    """
    with files.held_folder(path.parent) as held:
        return files.dropped(path, mode_of_file(path.parent, os.fstat(held)))


def mode_of_file(path: Path, folder: os.stat_result) -> int:
    """The mode of a file in a folder.

    In a set-group-id folder the file belongs to the teachers' group, and nobody else can read it. In a folder that
    others
    cannot list, a name that cannot be guessed hides the file.

    Raises:
        OutputError: others could read it.
    """
    if folder.st_mode & stat.S_ISGID:
        return 0o640
    if not folder.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return 0o644
    if folder.st_uid == os.getuid():
        return 0o600
    reason = _(
        "other learners could read what is written there, so gdtui writes nothing. Its owner makes it a drop box: "
        "chmod 1733 {folder}",
        folder=files.shown(path),
    )
    raise OutputError(f"{files.shown(path)}: {reason}")
