"""Printing to standard output, including when the disk is full or the reader stops reading."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from gdtui.text import _

DONE, NOT_WRITTEN, INTERRUPTED = 0, 1, 130
"""Exit codes."""


def format_option(styles: tuple[str, ...], about: str = "") -> Callable[[Any], Any]:
    """The `--format` option; the first style is the default."""
    usual = f"{about} [{styles[0]}]".strip()
    return click.option("--format", "style", type=click.Choice(styles), default=styles[0], help=usual)


def say(text: str) -> None:
    """One line for the person at the terminal, on standard error."""
    click.echo(f"gdtui: {text}", err=True)


def printing(print_all: Callable[[], int]) -> int:
    """Print to standard output and return the exit code; it ends quietly when the reader stops reading."""
    try:
        code = print_all()
        sys.stdout.flush()
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise  # a file's or a library's error
        # What is left in the buffer must not fail again when Python flushes it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return DONE
        say(_("standard output: {reason}", reason=error.strerror))
        return NOT_WRITTEN
    return code
