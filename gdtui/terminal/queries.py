"""Questions to the terminal: how wide it draws characters, and how long an answer takes."""

import os
import re
import select
import statistics
import termios
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

SECONDS_TO_ANSWER = 2.0
ROUND_TRIPS = 3
_QUESTION = b"\x1b[6n"
_ANSWER = re.compile(rb"\x1b\[\d+;(\d+)R")


class Answers(msgspec.Struct, frozen=True):
    """The terminal's answers."""

    round_trip: float
    """In seconds; the median of several."""
    widths: dict[str, int]
    """The cells that each character takes."""


def ask(keys: int, screen: int, characters: Sequence[str]) -> Answers | None:
    """Ask the terminal with these descriptors; None if it does not answer. Afterwards the cursor's line is blank."""
    with _silent(keys):
        times = []
        for _ in range(ROUND_TRIPS):
            begin = time.monotonic()
            if not _columns(keys, screen, _QUESTION, 1):
                return None
            times.append(time.monotonic() - begin)
        question = b"".join(b"\r" + character.encode() + _QUESTION for character in characters)
        columns = _columns(keys, screen, question + b"\r\x1b[K", len(characters))
    return Answers(statistics.median(times), {c: column - 1 for c, column in zip(characters, columns, strict=False)})


def _columns(keys: int, screen: int, question: bytes, answers: int) -> list[int]:
    """The cursor's column at each question; fewer if the terminal stops answering."""
    while question:
        question = question[os.write(screen, question) :]
    read = b""
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while len(found := _ANSWER.findall(read)) < answers:
        if not select.select([keys], [], [], max(0.0, deadline - time.monotonic()))[0]:
            break
        data = os.read(keys, 4096)
        if not data:
            break
        read += data
    return [int(column) for column in found]


@contextmanager
def _silent(keys: int) -> Iterator[None]:
    """Neither echo what is typed nor hold it back until the end of a line."""
    before = termios.tcgetattr(keys)
    tty.setcbreak(keys)
    try:
        yield
    finally:
        # Late answers must not reach the shell.
        termios.tcsetattr(keys, termios.TCSAFLUSH, before)
