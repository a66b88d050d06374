"""Measures how long it takes until a change in the class folder is seen by another program, perhaps on another machine.

The teacher's side answers each line of a learner's side by replacing a file, and the learner's side measures the round
trip by its own clock. On one host it takes milliseconds, over NFS as long as attributes are cached.
"""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from gdtui.classroom import folder
from gdtui.classroom.drop_box import DropBox
from gdtui.classroom.messages import Joined, LearnerLine, Now, Vote
from gdtui.errors import InputError, UserError
from gdtui.storage import drop_box, files
from gdtui.storage.record import owner
from gdtui.text import _

OPENED = "doctor"
"""The class that a measuring learner's file names."""

SECONDS_BETWEEN_LOOKS = 0.02
TIMES = 10
MOST_SECONDS = 90.0
"""How long to wait for an answer: NFS caches attributes for up to a minute."""


def answer(path: Path, is_over: Callable[[], bool]) -> int:
    """Answer as the teacher's side until `is_over`; return the number of answers.

    Raises:
        UserError: the teacher's part of the folder cannot be written.
    """
    box, answered = DropBox(path / folder.LEARNERS, OPENED), 0
    owners: set[int] = set()
    try:
        while not is_over():
            for found in box.look():
                if isinstance(found.line, Vote):
                    now = Now(found.line.answer, found.line.ask, owner())
                    files.put(_echo(path, found.owner), msgspec.json.encode(now), folder.MODE)
                    owners.add(found.owner)
                    answered += 1
            time.sleep(SECONDS_BETWEEN_LOOKS)
    finally:
        for account in owners:
            _echo(path, account).unlink(missing_ok=True)
    return answered


def measure(path: Path) -> list[float]:
    """The round-trip times in seconds, measured as a learner's side.

    Raises:
        UserError: the folder cannot be written, or nobody answers.
    """
    name = secrets.token_hex(8)
    own = path / folder.LEARNERS / f"{OPENED}-{name}.jsonl"
    handle = drop_box.new_file(own)
    try:
        _add(handle, Joined(OPENED, ""))
        return [_once(path, handle, name, number) for number in range(1, TIMES + 1)]
    finally:
        os.close(handle)
        own.unlink(missing_ok=True)


def _once(path: Path, handle: int, name: str, number: int) -> float:
    begin = time.monotonic()
    _add(handle, Vote(number, 1, name))
    while (took := time.monotonic() - begin) < MOST_SECONDS:
        try:
            content, __, ___ = files.read_if_new(_echo(path, os.getuid()), None, 0, 4096)
            said = folder.decoded(content or b"", Now)
        except InputError:  # not yet
            said = None
        if said and (said.opened, said.number) == (name, number):
            return took
        time.sleep(SECONDS_BETWEEN_LOOKS)
    raise UserError(_("no answer: on the teacher's machine, type gdtui class doctor first and leave it running"))


def _echo(path: Path, account: int) -> Path:
    """The file that the teacher's side replaces to answer a learner."""
    return path / folder.TEACHER / f"echo-{account}.json"


def _add(handle: int, line: LearnerLine) -> None:
    os.write(handle, msgspec.json.encode(line) + b"\n")
    folder.flush(handle)


def in_words(seconds: list[float]) -> list[str]:
    """The result, and what to do about it."""
    usual, most = median(seconds) / 2, max(seconds) / 2
    said = [_("a change is usually seen after {usual:.2f} s, at most {most:.2f} s, one way", usual=usual, most=most)]
    if most > 1:
        said.append(_("that is slow: mount the folder with actimeo=1 on every lab machine"))
    return said
