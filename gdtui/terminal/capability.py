"""What the environment tells about the terminal: whether the lab can be drawn there, with which characters and
colours.
"""

import locale
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from gdtui.errors import UserError
from gdtui.text import _

LEAST_COLUMNS, LEAST_ROWS = 60, 16
"""The least size that the lab needs."""

CANNOT_DRAW = ("", "dumb", "unknown")
"""Values of TERM for terminals that can only show lines of text."""

IN_BROWSER = "textual.drivers.web_driver:WebDriver"
"""The value of TEXTUAL_DRIVER with which textual-serve runs a program in a browser."""


class TerminalError(UserError):
    """The lab cannot be drawn here. The message says what to do instead."""


def check_terminal() -> None:
    """Check that the lab can be opened.

    Raises:
        TerminalError: there is no terminal, or it cannot be drawn on.
    """
    if is_in_browser():
        return
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        raise TerminalError(_("the lab needs a terminal (over SSH: ssh -t). Without a screen: gdtui run"))
    name = os.environ.get("TERM", "")
    if name in CANNOT_DRAW or not moves_the_cursor(name):
        raise TerminalError(_("TERM={name} cannot draw the lab. Without a screen: gdtui run", name=name))


def is_in_browser() -> bool:
    """Whether a server sends what is drawn to a browser: then there is no terminal, and everything can be shown."""
    return os.environ.get("TEXTUAL_DRIVER") == IN_BROWSER


def is_in_foreground(terminal: int) -> bool:
    """Whether this process may use the terminal with this descriptor, or another process has it.

    A terminal that controls no process is always free.
    """
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True


def has_shell_above() -> bool:
    """Whether somebody can resume this process once it is stopped: a shell in the same session, with other process
    groups.

    There is none over `ssh -t host command`, in a container, or after `exec`; POSIX calls such a process group
    orphaned.
    """
    session, group = os.getsid(0), os.getpgrp()
    try:
        for pid, __ in ancestors():
            if os.getsid(pid) != session:
                return False
            if os.getpgid(pid) != group:
                return True
    except OSError:
        return False
    return os.getppid() > 1 and not Path("/proc/self/stat").exists()  # assume one where the system does not tell


def ancestors() -> Iterator[tuple[int, str]]:
    """The processes that started this one, with their names as far as the system gives them."""
    pid = os.getppid()
    while pid > 0:
        try:
            told = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except OSError:
            yield pid, ""
            return
        name, __, rest = told.partition("(")[2].rpartition(")")
        yield pid, name
        pid = int(rest.split()[1])


def size_of(terminal: int) -> tuple[int, int] | None:
    """Columns and rows of the terminal with this descriptor; None if it is not a terminal or does not know them."""
    try:
        columns, rows = os.get_terminal_size(terminal)
    except OSError:
        return None
    return (columns, rows) if columns and rows else None


def moves_the_cursor(name: str) -> bool:
    """Whether a terminal can move its cursor as in ECMA-48. An unknown terminal is assumed to.

    Newer terminals, such as kitty over SSH, are often unknown to the host but draw well.
    """
    try:
        import curses  # some builds of Python lack this part of the standard library
    except ImportError:
        return True
    try:
        curses.setupterm(name, sys.__stderr__.fileno() if sys.__stderr__ else 2)
    except (curses.error, UnicodeEncodeError):
        return True
    return (curses.tigetstr("cup") or b"").startswith(b"\x1b[")


def character_set(environment: Mapping[str, str] = os.environ) -> str:
    """The character set of the locale, such as `utf-8`; `ascii` if no locale is set."""
    name = locale_name(environment) or "C"
    if "utf-8" in name.lower() or "utf8" in name.lower():
        return "utf-8"
    if name in ("C", "POSIX"):
        return "ascii"
    return (name.partition("@")[0].partition(".")[2] or locale.getencoding()).lower()


def locale_name(environment: Mapping[str, str] = os.environ) -> str:
    """The locale that the user has set for characters; empty if none is set.

    In the C locale, Python switches to UTF-8 and changes LC_CTYPE to say so, which does not count.
    """
    is_coerced = sys.flags.utf8_mode and environment.get("LC_CTYPE", "") in ("C.UTF-8", "C.utf8", "UTF-8")
    names = ("LC_ALL", "LANG") if is_coerced else ("LC_ALL", "LC_CTYPE", "LANG")
    return next((environment[variable] for variable in names if environment.get(variable)), "")


def is_ascii_only(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether only ASCII is sure to be shown: on the Linux console, and in locales other than UTF-8."""
    return not is_in_browser() and (character_set(environment) != "utf-8" or environment.get("TERM") == "linux")


def has_few_colours() -> bool:
    """Whether the terminal's own sixteen colours work better than ours."""
    is_deep = (
        is_in_browser() or os.environ.get("COLORTERM") in ("truecolor", "24bit") or "256" in os.environ.get("TERM", "")
    )
    return bool(os.environ.get("NO_COLOR")) or not is_deep
