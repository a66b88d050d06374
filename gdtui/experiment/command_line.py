"""Writes an Experiment as the command line that recreates it."""

import os
import shlex
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import Any

from gdtui.experiment.experiment import Experiment
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import EVERYWHERE
from gdtui.text import clean


def arguments(experiment: Experiment) -> list[str]:
    """The options of `gdtui` and `gdtui run` that recreate this experiment; defaults are left out."""
    plain = Experiment()
    words = list(experiment.dataset.arguments)
    for row in EVERYWHERE:
        value = experiment.value(row)
        is_usual = value == plain.value(row)
        if row.name == "epochs":
            is_usual = is_usual and not experiment.may_stop  # such a run has another default number of epochs
        if is_usual or (row.name == "bias" and experiment.dataset.scaling):
            continue
        words += [f"--{row.name}"] if value is True else [f"--{row.name}", in_one_word(row, value)]
    for change in experiment.changes:
        settings = ",".join(f"{row.name}={in_one_word(row, value)}" for row, value in change.rows)
        words += ["--then", f"{change.epoch}:{settings}"]
    return words


def in_one_word(row: Setting, value: Any) -> str:
    """A value as one word after its option: `1,2,3`."""
    return row.write(value).replace(", ", ",")


def shell_line(experiment: Experiment, *command: str, program: str = "gdtui") -> str:
    """The command that opens the lab on this experiment, or runs another `command` on it, quoted for a shell."""
    return " ".join(map(quoted, (program, *command, *arguments(experiment))))


def installed() -> tuple[str, str]:
    """The commands for gdtui and for a Python that has torch; full paths if the shell would not find them."""
    own, python = Path(sys.argv[0]), shutil.which("python3")
    if own.name != "gdtui":  # not started by a shell
        return "gdtui", "python3"
    has_torch = python and Path(python).parent == Path(sys.executable).parent
    here = own.with_name("python3") if own.with_name("python3").exists() else Path(sys.executable)
    return "gdtui" if shutil.which("gdtui") else str(own), "python3" if has_torch else str(here)


def quoted(word: str) -> str:
    """Quote a word for a shell, on one line, in characters that can be shown and copied.

    Control characters, and bytes of a file name that are not UTF-8, need the $'…' of bash, zsh, ksh and busybox.
    """
    if clean(word, len(word) + 1) == unicodedata.normalize("NFC", word) == word:
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, os.fsencode(word))) + "'"


def _escaped(byte: int) -> str:
    character = chr(byte)
    return character if character.isascii() and character.isprintable() and character not in "\\'" else f"\\{byte:03o}"
