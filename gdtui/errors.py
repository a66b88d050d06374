"""What a user can get wrong: each error is one line of text and an exit code."""

from pathlib import Path


class UserError(Exception):
    """Something the user asked for cannot be done; `str()` of it is the one line to show."""

    exit_code = 2


class InputError(UserError):
    """Data that cannot be read or used. The text begins with the place, as in `scores.csv:7: …`."""


class OutputError(UserError):
    """A file that cannot be written. The text begins with its path, and nothing was changed."""


class ExperimentError(UserError):
    """A value that makes no sense in an experiment."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        """The name of the value as a person types it: `lr`, `epochs`, `w0` …"""
        self.reason = reason
        """What is wrong with it, without the name."""


def check_folder() -> None:
    """Look whether there still is a folder to work in. torch and what it brings ask for it while they are imported.

    Raises:
        UserError: it is gone.
    """
    try:
        Path.cwd()
    except OSError:
        raise UserError("the folder that this was started in is gone: cd to another") from None
