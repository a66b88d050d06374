"""Keeps standard error off the screen: what libraries write there goes to a file."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def screen_alone() -> Iterator[Callable[[], str]]:
    """Give Textual, which draws on `sys.__stderr__`, a descriptor of its own; yield a function that reads what went
    elsewhere.

    C++ code writes straight to descriptor 2, over the screen. Inside this context that is a temporary file, or nothing
    if
    none can be created. Textual also reports there why it crashed.
    """
    before = sys.__stderr__
    if before is None:
        yield str
        return
    before.flush()
    terminal = os.dup(2)
    with _file() as strays, os.fdopen(terminal, "w", encoding="utf-8") as screen:
        os.dup2(strays.fileno(), 2)
        sys.__stderr__ = screen  # type: ignore[misc]  # final by name; Textual reads it once, at its start
        try:
            yield lambda: _text(strays)
        finally:
            os.dup2(terminal, 2)
            sys.__stderr__ = before  # type: ignore[misc]  # as above
            try:
                screen.flush()
            except OSError:
                # The terminal is gone. What is left in the buffer for it must not fail again when the file is closed.
                os.dup2(strays.fileno(), terminal)


def _file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return Path(os.devnull).open("r+b")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
