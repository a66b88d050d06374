"""What a record of a lesson holds: who, which lesson, every event with what came of it."""

from datetime import UTC, datetime

import msgspec

from gdtui import __version__
from gdtui.teaching.events import Event
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.page import Outcome

RULES = 3
"""Raised whenever the same events come to something else than before, in points or in what is recorded of them: what
was recorded by other rules is neither gone on with nor graded."""


class Begun(msgspec.Struct, frozen=True, tag_field="entry", tag="begun"):
    """The first line."""

    lesson: str
    """The lesson's name."""
    digest: str
    """SHA-256 of its file."""
    learner: str
    at: str
    """UTC."""
    gdtui: str = __version__
    rules: int = 1
    """By which it was judged. The first records did not tell."""


class Done(msgspec.Struct, frozen=True, tag_field="entry", tag="done"):
    """An event, and what came of it."""

    page: str
    """The name of the page it was done on."""
    event: Event
    outcome: Outcome
    at: str


class Sealed(msgspec.Struct, frozen=True, tag_field="entry", tag="sealed"):
    """The last line of a record that was handed in: without it, the end may be missing."""

    lines: int
    """How many lines stand before it."""
    at: str


Entry = Begun | Done | Sealed

_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def begun(loaded: LoadedLesson, learner: str) -> bytes:
    """The first entry."""
    return msgspec.json.encode(Begun(loaded.name, loaded.digest, learner, now(), rules=RULES))


def encoded(entry: Entry) -> bytes:
    """An entry as JSON."""
    return msgspec.json.encode(entry)


def decoded(entry: bytes) -> Entry:
    """An entry from JSON.

    Raises:
        msgspec.DecodeError: it is none; msgspec.ValidationError is one.
    """
    try:
        return _DECODER.decode(entry)
    except UnicodeDecodeError:
        raise msgspec.DecodeError("this is not text in UTF-8") from None
    except RecursionError:
        raise msgspec.DecodeError("it is nested too deeply") from None


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seal(lines: int) -> bytes:
    """The last entry of a record that is handed in."""
    return encoded(Sealed(lines, now()))
