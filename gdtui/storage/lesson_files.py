"""Lesson files: those that ship with gdtui, and a teacher's own.

Raises InputError for what cannot be found or read.
"""

import os
import re
from pathlib import Path

import msgspec
import platformdirs

from gdtui.errors import InputError
from gdtui.storage import files
from gdtui.text import _, clean

LARGEST = 128 << 10
"""The most bytes of a lesson file."""

SHIPPED = Path(__file__).parent.parent / "lessons"

VARIABLE = "GDTUI_LESSONS"
"""The environment variable with the folder of own lessons; by default there is one for everyone on this machine."""


class LessonFile(msgspec.Struct, frozen=True):
    """A lesson file's content."""

    text: bytes
    place: str
    """The file's name as given, to start error messages with."""
    name: str
    """The lesson's name: the file's name without number and ending."""
    folder: Path
    """The folder of the file, and of the tables beside it."""


def shipped() -> list[Path]:
    """The lessons that ship, in order."""
    return sorted(SHIPPED.glob("*.toml"))


def listed() -> list[Path]:
    """Every lesson with a name and a number: those that ship, then a teacher's own with other names."""
    named = os.environ.get(VARIABLE, "").strip()
    folder = files.typed(named) if named else platformdirs.site_config_path("gdtui") / "lessons"
    if named and not (os.access(folder, os.F_OK) and folder.is_dir()):  # the name may be impossible
        raise InputError(f"{VARIABLE}: {_('there is no folder {folder}', folder=files.shown(folder))}")
    found: dict[str, Path] = {}
    for path in (*shipped(), *sorted(folder.glob("*.toml"))):
        found.setdefault(lesson_name(path), path)
    return list(found.values())


def table_folders() -> set[Path]:
    """The folders with the tables of the listed lessons."""
    return {path.parent.absolute() for path in listed()}


def lesson_name(path: Path) -> str:
    """`one-step` for `03-one-step.toml`."""
    return clean(re.sub(r"^\d+-", "", path.stem), 60)


def read(path: Path) -> LessonFile:
    """The content of a lesson file."""
    place = clean(path.name) if path.parent == SHIPPED else files.shown(path)
    return LessonFile(files.read(path, LARGEST)[0], place, lesson_name(path), path.parent)


def find(name: str) -> LessonFile:
    """The lesson with this name, number or file."""
    for number, path in enumerate(listed(), 1):
        if name in (lesson_name(path), str(number)):
            return read(path)
    if not name.endswith(".toml") and not os.path.lexists(name):
        known = ", ".join(map(lesson_name, listed()))
        reason = _("there is no lesson '{name}': name a file, or one of {known}", name=clean(name, 60), known=known)
        raise InputError(reason)
    return read(Path(name))
