"""Handing in records: the folder that the teacher or the lab's administrator names once."""

import hmac
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from gdtui.errors import InputError, OutputError, UserError
from gdtui.storage import drop_box, files, record, record_folder
from gdtui.text import _

KEY_BYTES = 32

VARIABLE = "GDTUI_HAND_IN"
"""The environment variable with the folder; it takes precedence over the file."""

NAME = "hand-in"
"""The file whose first line names the folder, for everyone on this machine."""


def named() -> Path | None:
    """The folder that was named, or None."""
    return files.named_folder(VARIABLE, NAME)


def reminder() -> str:
    """What to type at the end of a lesson if a folder is named; otherwise empty."""
    return _("Hand in your work: gdtui hand-in") if named() else ""


def destination() -> Path:
    """The folder that was named.

    Raises:
        UserError: none was named.
    """
    if found := named():
        return found
    raise UserError(
        _(
            "no hand-in folder is set in {file} or {variable}. Mail your records instead: gdtui hand-in "
            "--stdout > records.jsonl",
            file=files.site_file(NAME),
            variable=VARIABLE,
        )
    )


def trouble() -> str:
    """Why records cannot be handed in, or are not safe in the folder; empty if all is well or no folder is named."""
    if not (folder := named()):
        return ""
    reason = ""
    try:
        with files.held_folder(folder) as held:
            status = os.fstat(held)
            drop_box.mode_of_file(folder, status)
    except OutputError as error:
        return f"{error}. {files.naming(VARIABLE, NAME)}"
    if not os.access(folder, os.W_OK | os.X_OK):
        reason = f"{_('no permission to write to it')}. {files.naming(VARIABLE, NAME)}"
    elif status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        reason = _("others can delete what is handed in there: chmod +t {folder}", folder=files.shown(folder))
    return f"{files.shown(folder)}: {reason}" if reason else ""


def hand_in(folder: Path, account: str, text: bytes) -> bool:
    """Write a record into the folder, replacing its earlier version; return whether it contains anything new.

    Its name is always the same and cannot be guessed, so in a folder that others can write to but not list, only its
    owner can read or replace it.

    Raises:
        OutputError: it cannot be written, or others could read it; the earlier version is kept.
    """
    key, lines = _key(), _without_seal(text)
    with files.held_folder(folder) as held:  # so renaming the folder cannot redirect the write
        mode = drop_box.mode_of_file(folder, os.fstat(held))
        for number in range(record_folder.MOST_RECORDS):  # copies, and records of one second, begin alike
            digest = hmac.digest(key, b"%d %s" % (number, text.partition(b"\n")[0]), "sha256").hex()[:16]
            name = f"{account}-{digest}.jsonl"
            before: list[bytes] = []
            with suppress(InputError):  # handed in for the first time
                before = _without_seal(files.read(name, 2 * record.LARGEST, is_private=True, folder=held)[0])
            if before and before[: len(lines)] == lines:
                return False
            if lines[: len(before)] == before:
                files.put(folder / name, text, mode, held)
                return True
    reason = _(
        "there are already {most:,} records that begin like this one, the most that gdtui "
        "keeps: move the old ones to another folder",
        most=record_folder.MOST_RECORDS,
    )
    raise OutputError(f"{files.shown(folder)}: {reason}")


def _without_seal(text: bytes) -> list[bytes]:
    """All lines but the seal, which contains the time of the hand-in; a damaged record has no seal."""
    *lines, last = text.splitlines() or [b""]
    return lines if last.startswith(b'{"entry":{"entry":"sealed"') else [*lines, last]


def _key() -> bytes:
    """This account's secret key for making the names of its files."""
    path = files.state_folder() / "hand-in-key"
    with suppress(InputError):  # created below
        key = files.read(path, KEY_BYTES, is_private=True)[0]
        if len(key) == KEY_BYTES:
            return key
    key = secrets.token_bytes(KEY_BYTES)
    files.write_private(path, key)
    return key
