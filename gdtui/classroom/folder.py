"""The class folder: a part that the teacher writes and everybody reads, and a drop box for the learners."""

import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from gdtui.classroom.messages import MOST_BYTES_OF_NOW, Now
from gdtui.classroom.named import NAME, VARIABLE, named
from gdtui.errors import InputError, OutputError, UserError
from gdtui.storage import files
from gdtui.storage.files import Version
from gdtui.text import _, clean

TEACHER, LEARNERS, NOW = "teacher", "learners", "now.json"

MODE = 0o644
"""The mode of everything that the teacher writes for learners to read."""

SECONDS_BETWEEN_BEATS = 15.0
"""How often each side gives a sign of life when it has nothing else to write."""

HOURS_OPEN = 12
"""A class that nobody closed counts as over this long after its teacher's last sign of life, whatever the clocks."""

LONGEST_TEXT = 400

TABLE = re.compile(r"[0-9a-f]{64}(\.[a-z0-9]{1,8})?")
"""The name of a table's copy: the checksum of its content, and the ending of its own name."""


def folder() -> Path:
    """The folder that was named.

    Raises:
        UserError: none was named.
    """
    if found := named():
        return found
    file = files.shown(files.site_file(NAME))
    raise UserError(_("no class folder is set: name one in {file} or {variable}", file=file, variable=VARIABLE))


def read_now(path: Path, seen: Version | None = None) -> tuple[Now | None, Version]:
    """The teacher's file in a class folder, and its version; None if the version is `seen`.

    Raises:
        InputError: it cannot be read, is not the teacher's, or cannot be understood.
    """
    file = path / TEACHER / NOW
    content, version, _names = files.read_if_new(file, seen, 0, MOST_BYTES_OF_NOW)
    with suppress(OSError):
        if file.parent.stat().st_uid == version.owner:
            return (None if content is None else decoded(content, Now)), version
    raise InputError(f"{files.shown(file)}: {_('it does not belong to the owner of its folder')}")


def why_not_open() -> str:
    """Why there is no class to join; empty if there is one.

    Raises:
        UserError: no folder was named, it does not exist, or it is not a class folder.
    """
    path = folder()
    try:
        with files.held_folder(path):
            pass
    except OutputError as error:
        raise UserError(f"{error}. {files.naming(VARIABLE, NAME)}") from None
    if os.path.lexists(file := path / TEACHER / NOW):
        try:
            read_now(path)
        except InputError as error:
            raise UserError(f"{files.shown(file)}: {str(error).removeprefix(f'{files.shown(file)}: ')}") from None
    return _("no class is open in {folder}", folder=files.shown(path))


def is_stale(version: Version) -> bool:
    """Whether a class that was never closed is over anyway."""
    return version.modified / 1e9 < time.time() - HOURS_OPEN * 3600


def decoded(content: bytes, kind: Any) -> Any:
    """Decode something that another person wrote, and make every text in it fit to be shown.

    Raises:
        InputError: it is not of that kind.
    """
    try:
        return cleaned(msgspec.json.decode(content, type=kind))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        raise InputError(_("this was written by a newer gdtui, or not by gdtui at all")) from None


def cleaned(value: Any) -> Any:
    """The frozen value with every text in it made fit to be shown."""
    if isinstance(value, str):
        return clean(value, LONGEST_TEXT)
    if isinstance(value, tuple):
        return tuple(map(cleaned, value))
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **{name: cleaned(field) for name, field in fields.items()})
    return value


def flush(handle: int) -> None:
    """Make a write visible on other machines: NFS sends the data, and reports a full disk, at each close.

    Raises:
        OSError: the disk is full.
    """
    os.close(os.dup(handle))


def beat(path: int | Path) -> None:
    """Give a sign of life: the file's time changes, but not its content."""
    with suppress(OSError):  # the next one may work
        os.utime(path)
