"""Errors that a user can cause, or that come from what a machine lacks: each is one line of text with an exit code."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gdtui.text import _


class UserError(Exception):
    """Something the user asked for cannot be done; `str()` of it is the line to show."""

    exit_code = 2


class InputError(UserError):
    """Data that cannot be read or used. The text starts with the place, as in `scores.csv:7: …`."""


class OutputError(UserError):
    """A file that cannot be written. The text starts with its path, and nothing was changed."""


class ExperimentError(UserError):
    """An invalid value in an experiment."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        """The name of the value as people type it: `lr`, `epochs`, `w0` …"""
        self.reason = reason
        """What is wrong with it, without the name."""


def check_folder() -> None:
    """Check that the working folder still exists. torch and its dependencies need it while they are imported.

    Raises:
        UserError: it is gone.
    """
    try:
        Path.cwd()
    except OSError:
        raise UserError(_("the folder that gdtui was started in is gone: cd to another")) from None


class HostError(UserError):
    """This machine, or its installation, lacks something that the text names."""


MEGABYTES_FOR_TORCH, MEGABYTES_FOR_SCREEN, FILES_FOR_SCREEN = 750, 1100, 16
"""The least address space for torch and for torch with a screen, and the least open files: with less, they crash
midway.
"""


def check_limits(megabytes: int, files: int = 0) -> None:
    """Check that this much address space and this many open files are allowed.

    Raises:
        HostError: the limits are lower.
    """
    import resource  # does not exist on Windows

    for what, limit, least, unit in (("-v", "RLIMIT_AS", megabytes * 1024, 1024), ("-n", "RLIMIT_NOFILE", files, 1)):
        allowed = resource.getrlimit(getattr(resource, limit))[0]
        if allowed != resource.RLIM_INFINITY and allowed // unit < least:
            values = {"option": what, "allowed": allowed // unit, "least": least}
            raise HostError(_("ulimit {option} is {allowed}, and gdtui needs more: ulimit {option} {least}", **values))


@contextmanager
def host_errors() -> Iterator[None]:
    """Report what a machine lacks in one line.

    Raises:
        HostError: a library cannot be loaded, memory is full, or too many files are open.
    """
    try:
        yield
    except (MemoryError, OSError, RuntimeError, *WHILE_IMPORTED) as error:
        if lack := _lack(error):
            raise HostError(lack) from error
        raise


WHILE_IMPORTED = (ImportError, AttributeError, LookupError, SyntaxError, TypeError, ValueError)
"""What importing a library raises if it is broken, incomplete, or does not fit another one."""


def _lack(error: Exception) -> str:
    """What is lacking according to an exception; empty if it is about something else."""
    said = str(error)
    if isinstance(error, MemoryError) or any(word in said for word in ("failed to map", "start new thread")):
        return _("there is not enough memory: close other programs, or raise ulimit -v")
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return _("too many files are open: raise the limit with ulimit -n {files}", files=FILES_FOR_SCREEN)
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    name = (missing or _imported(error)).partition(".")[0]
    if missing and name in sys.stdlib_module_names:
        return _("this Python has no {module} module: use another build of Python", module=name)
    if name in ("", __package__):
        return ""
    if missing:
        return _("{name} is not installed: python3 -m pip install {package}", name=name, package=_package(name))
    return cannot_be_loaded(name, said or type(error).__name__)


def cannot_be_loaded(library: str, reason: str) -> str:
    """The message about a library that is installed but does not load."""
    values = {"name": library, "package": _package(library), "reason": reason}
    return _("{name} cannot be loaded ({reason}): python3 -m pip install --force-reinstall {package}", **values)


def _package(library: str) -> str:
    return library + INDEX.get(library, "")


INDEX = {"torch": " --index-url https://download.pytorch.org/whl/cpu"}
"""Where to get libraries that do not come from the usual index."""


def _imported(error: Exception) -> str:
    """The library that failed while it was imported; empty if none did."""
    from traceback import walk_tb  # only needed after a failure

    if isinstance(error, SyntaxError) and error.filename:
        file = Path(error.filename)
        places = [file.relative_to(folder).parts for folder in sys.path if folder and file.is_relative_to(folder)]
        return min(places, key=len, default=("",))[0].removesuffix(".py")
    frames = [frame for frame, __ in walk_tb(error.__traceback__)]
    names = [str(frame.f_globals.get("__name__", "")) for frame in frames if frame.f_code.co_name == "<module>"]
    libraries = [name for name in names if name.partition(".")[0] not in (__package__, "__main__")]
    libraries += [error.name or ""] if isinstance(error, ImportError) and not libraries else []
    return next((name for name in reversed(libraries) if name.partition(".")[0] not in sys.stdlib_module_names), "")
