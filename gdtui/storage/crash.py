"""Crash reports: in full in the user's state folder, and in short for the terminal."""

import platform
import re
import sys
from pathlib import Path

from gdtui import __version__
from gdtui.errors import OutputError
from gdtui.storage import files
from gdtui.text import _, clean

LONGEST_LINE = 2_000
"""The most characters kept of a line."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def keep(report: str) -> Path | None:
    """Save the full report, replacing the previous one; return its path, or None if it cannot be saved."""
    lines = [clean(line, LONGEST_LINE) for line in _COLOUR.sub("", report).split("\n")]
    head = f"gdtui {__version__}, Python {platform.python_version()}, {sys.platform}\n\n"
    try:
        path = files.state_folder() / "crash.log"
        files.write_private(path, (head + "\n".join(lines)).encode())
    except OutputError:
        return None  # the message on the terminal says so
    return path


def short(report: str, path: Path | None) -> str:
    """The traceback's last line, and where the full report is."""
    lines = [_COLOUR.sub("", line).strip() for line in report.splitlines() if line.strip()]
    what = clean(lines[-1] if lines else _("unknown reason"), 400)
    if path is None:
        kept = _("the full report could not be saved: gdtui cannot write to the state folder")
    else:
        kept = _("the full report is in {file}", file=clean(str(path), 400))
    return f"gdtui: {_('gdtui crashed: {reason}', reason=what)}\ngdtui: {kept}"
