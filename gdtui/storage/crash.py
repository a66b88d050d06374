"""The report of a crash: whole in the user's own state folder, and short for the terminal."""

import platform
import re
import sys
from pathlib import Path

from gdtui import __version__
from gdtui.errors import OutputError
from gdtui.storage import files
from gdtui.words import clean

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def keep(report: str) -> Path | None:
    """Write the whole report down, over the one before; where, or None where it cannot be written."""
    report = _COLOUR.sub("", report)
    path = files.state_folder() / "crash.log"
    head = f"gdtui {__version__}, Python {platform.python_version()}, {sys.platform}\n\n"
    try:
        files.write_private(path, (head + report).encode(errors="backslashreplace"))
    except OutputError:
        return None  # what is printed says so
    return path


def short(report: str, path: Path | None) -> str:
    """What went wrong, in the traceback's last line, and where the whole of it is."""
    lines = [_COLOUR.sub("", line).strip() for line in report.splitlines() if line.strip()]
    what = clean(lines[-1] if lines else "no reason is known", 400)
    where = clean(str(path), 400) if path else "nowhere: the state folder cannot be written"
    return f"gdtui: crashed, which it should not: {what}\ngdtui: the whole report is in {where}"
