"""The content of a lesson record: the learner, the lesson, and every event with its outcome."""

import json
from datetime import UTC, datetime

import msgspec

from gdtui import __version__
from gdtui.teaching.events import Event
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.misfits import misfit
from gdtui.teaching.page import Outcome
from gdtui.text import _

RULES = 3
"""Raised whenever the same events give other points or outcomes than before.

A record made by other rules is neither continued nor graded.
"""


class Begun(msgspec.Struct, frozen=True, tag_field="entry", tag="begun"):
    """The first line."""

    lesson: str
    """The lesson's name."""
    digest: str
    """SHA-256 of the lesson file."""
    learner: str
    at: str
    """In UTC."""
    gdtui: str = __version__
    rules: int = 1
    """The value of RULES when it was made. The first records do not have it."""
    pages: dict[str, str] = {}
    """The digest of each page, by name. The first records do not have them."""

    def same_pages(self, loaded: LoadedLesson) -> set[str]:
        """The pages of a lesson, perhaps in another version, that have not changed."""
        same = loaded.pages.keys() if self.digest == loaded.digest else dict(loaded.pages.items() & self.pages.items())
        return set(same)


class Done(msgspec.Struct, frozen=True, tag_field="entry", tag="done"):
    """An event and its outcome."""

    page: str
    """The name of the page."""
    event: Event
    outcome: Outcome
    at: str


class Sealed(msgspec.Struct, frozen=True, tag_field="entry", tag="sealed"):
    """The last line of a record that was handed in. Without it, the end may be missing."""

    lines: int
    """How many lines come before it."""
    at: str


Entry = Begun | Done | Sealed

_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def begun(loaded: LoadedLesson, learner: str) -> bytes:
    """The first entry."""
    return msgspec.json.encode(Begun(loaded.name, loaded.digest, learner, now(), rules=RULES, pages=loaded.pages))


def decoded(entry: bytes) -> Entry:
    """Decode an entry.

    Raises:
        msgspec.DecodeError: it is not a valid entry; the message is fit to be shown.
    """
    try:
        return _DECODER.decode(entry)
    except msgspec.ValidationError as error:
        raise msgspec.DecodeError(_flaw_of(entry, str(error).partition(" - at `$")[2])) from None
    except UnicodeDecodeError:
        raise msgspec.DecodeError(_("this is not text in UTF-8")) from None
    except RecursionError:
        raise msgspec.DecodeError(_("it is nested too deeply")) from None


def _flaw_of(entry: bytes, where: str) -> str:
    """What is wrong with an entry; `where` is the place in it."""
    try:
        table = json.loads(entry, object_pairs_hook=_without_twins)
    except (ValueError, RecursionError):
        return _("it is not JSON as gdtui writes it")
    return misfit(table, where, Entry)[1]


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(table := dict(pairs)) < len(pairs):
        raise ValueError
    return table


def begun_of(entries: tuple[bytes, ...]) -> Begun | None:
    """The first entry of a record, or None if it is not a `Begun`."""
    try:
        first = decoded(entries[0]) if entries else None
    except msgspec.DecodeError:
        return None
    return first if isinstance(first, Begun) else None


def now() -> str:
    """The current time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seal(lines: int) -> bytes:
    """The last entry of a record to hand in."""
    return msgspec.json.encode(Sealed(lines, now()))
