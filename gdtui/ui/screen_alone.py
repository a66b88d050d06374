"""The terminal for the screen alone: what libraries write to standard error goes elsewhere."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def screen_alone() -> Iterator[None]:
    """Give Textual, which draws on `sys.__stderr__`, a descriptor of its own.

    C++ code writes straight to descriptor 2, into the middle of the screen; in here that is a temporary file.
    """
    before = sys.__stderr__
    if before is None:
        yield
        return
    before.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as strays, os.fdopen(terminal, "w", encoding="utf-8") as screen:
        os.dup2(strays.fileno(), 2)
        sys.__stderr__ = screen  # type: ignore[misc]  # final by name; Textual reads it once, at its start
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            sys.__stderr__ = before  # type: ignore[misc]
            try:
                screen.flush()
            except OSError:
                # The terminal is gone. What is left for it in the buffer must not fail again when the file is closed.
                os.dup2(strays.fileno(), terminal)
