"""Asks the terminal itself: how wide it draws characters, and how long an answer is under way."""

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
    """What a terminal has answered."""

    round_trip: float
    """In seconds; the median of a few."""
    widths: dict[str, int]
    """The cells that each character takes."""


def ask(keys: int, screen: int, characters: Sequence[str]) -> Answers | None:
    """Ask the terminal with these descriptors; None where it does not answer. The line of the cursor is blank after."""
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
    """The columns in which the cursor stood at each question; fewer where the terminal falls silent."""
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
    """Have what is typed neither shown nor held back until the end of a line."""
    before = termios.tcgetattr(keys)
    tty.setcbreak(keys)
    try:
        yield
    finally:
        # Answers that came too late are not for the shell.
        termios.tcsetattr(keys, termios.TCSAFLUSH, before)
