"""The lesson of a class: the class folder has a copy of a teacher's own lesson, for every learner to read."""

import hashlib
import re
import tomllib
from pathlib import Path

from gdtui.classroom.folder import MODE, TEACHER
from gdtui.classroom.messages import Now
from gdtui.errors import InputError, OutputError
from gdtui.experiment.command_line import quoted
from gdtui.storage import files, lesson_files
from gdtui.storage.lesson_files import LessonFile
from gdtui.teaching.beside import tables_of
from gdtui.teaching.catalogue import lesson_in, lesson_named
from gdtui.teaching.lesson import LoadedLesson
from gdtui.text import _

COPY = re.compile(r"[0-9a-f]{16}")
"""The name of a copy's folder: a checksum of the lesson and its tables."""

LARGEST_TABLE = 16 << 20
"""The largest table of a lesson that is copied, in bytes."""


def share(file: LessonFile, place: Path) -> str:
    """Copy a checked lesson and its tables into the teacher's folder; return the name of the copy's folder.

    Lessons that ship with gdtui are everywhere and need no copy; the name is then empty.

    Raises:
        UserError: a table is too large, or the folder cannot be written.
    """
    if file.folder == lesson_files.SHIPPED:
        return ""
    names = sorted(set(tables_of(tomllib.loads(file.text.decode("utf-8-sig")))))
    contents = {name: files.read(file.folder / name, LARGEST_TABLE)[0] for name in names}
    copy = hashlib.sha256(b"\0".join((file.text, *contents.values()))).hexdigest()[:16]
    folder = place / copy
    try:
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    except OSError as error:
        raise OutputError(f"{files.shown(folder)}: {error.strerror}") from None
    for name, content in {**contents, f"{file.name}.toml": file.text}.items():
        files.put(folder / name, content, MODE)
    return copy


def lesson_of(path: Path, now: Now) -> LoadedLesson:
    """The lesson of a class, from its copy if there is one.

    Raises:
        InputError: it cannot be read here.
    """
    if COPY.fullmatch(now.lesson_copy):
        found = lesson_files.read(path / TEACHER / now.lesson_copy / f"{Path(now.lesson).name}.toml")
        return lesson_in(LessonFile(found.text, found.place, now.lesson, found.folder))
    try:
        return lesson_named(now.lesson)
    except InputError:
        values = {"lesson": now.lesson, "file": quoted(f"{now.lesson}.toml")}
        missing = _("Ask your teacher for {lesson}.toml, then type gdtui lesson {file}", **values)
        raise InputError(missing) from None
