"""The teacher's side of a class: it replaces one small file, and reads what learners add to theirs."""

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from gdtui.classroom import bench, folder, polls
from gdtui.classroom.drop_box import DropBox
from gdtui.classroom.lesson import share
from gdtui.classroom.messages import Ask, Bar, Bench, Now
from gdtui.classroom.now_file import NowFile
from gdtui.classroom.polls import Poll
from gdtui.classroom.presence import Presence, first_tries
from gdtui.classroom.roster import Room
from gdtui.errors import InputError, OutputError, UserError
from gdtui.lab.snapshot import Snapshot
from gdtui.storage import files, record
from gdtui.storage.lesson_files import LessonFile
from gdtui.text import _

MOST_BYTES_OF_POLL = 256 << 10


class Teacher:
    """An open class. Every failure raises a UserError of one line, and then nothing has changed."""

    def __init__(self, path: Path, now: Now) -> None:
        self.path = path
        self.now = now
        """What the learners' screens show."""
        self._place = path / folder.TEACHER
        self._box = DropBox(path / folder.LEARNERS, now.opened)
        self._present: dict[int, Presence] = {}
        self._votes: dict[int, dict[int, str]] = {}
        """The answers to the present question: for each vote, by learner."""
        self._poll: Poll | None = None
        self._last_id = 0
        self.file = NowFile(self._place)
        self._has_caught_up = False
        """Whether everything that was there when this program started has been read."""
        self._opened_at = time.monotonic() - _seconds_since(now.opened)

    @classmethod
    def open(cls, path: Path, lesson: str = "", *, own: LessonFile | None = None, anew: bool = False) -> "Teacher":
        """Open a class, or continue one that was left open unless `anew`.

        If the lesson is the teacher's `own`, learners get a copy of it.

        Raises:
            UserError: the folder is not a class folder, or the lesson cannot be copied.
        """
        for place in (path / folder.TEACHER, path / folder.LEARNERS):
            if not (os.access(place, os.F_OK) and place.is_dir()):  # the name may be impossible
                missing = _("there is no such folder: gdtui class check says how to make it")
                raise InputError(f"{files.shown(place)}: {missing}")
        if not os.access(path / folder.TEACHER, os.W_OK):
            refused = _("no permission to write to it. To join a class: gdtui join")
            raise OutputError(f"{files.shown(path / folder.TEACHER)}: {refused}")
        before = left_open(path)
        opened = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        goes_on = before is not None and not anew
        now = before if before and goes_on else Now(opened, before.number if before else 0, record.owner())
        teacher = cls(path, now)
        if goes_on:
            teacher._take_up_poll()
        fields: dict[str, Any] = {}
        if lesson:
            copy = share(own, path / folder.TEACHER) if own else ""
            fields = {"lesson": lesson, "lesson_copy": copy}
            fields |= {"open_to": None, "gathered_at": None} if lesson != now.lesson else {}
        teacher._write(**fields)
        return teacher

    @property
    def minutes(self) -> int:
        """How many minutes the class has been open, by this machine's clock."""
        return int((time.monotonic() - self._opened_at) // 60)

    def room(self) -> Room:
        """Everyone in the class, including what was added since the last call. Call it once a second."""
        with suppress(InputError):  # the server is not reachable
            self.file.look()
        self.file.keep_alive()
        for found in self._box.look():
            if found.owner not in self._present:
                self._present[found.owner] = Presence(found.owner)
            presence = self._present[found.owner]
            before = presence.vote
            presence.take(found, 0.0 if self._has_caught_up else self.file.seconds_since(found.modified))
            if presence.vote is not before:
                self._count(found.owner, presence)
        self._has_caught_up = self._has_caught_up or not self._box.is_behind
        rows = [each.row(self.now.lowered) for each in self._present.values()]
        page, bars = first_tries(self._present.values())
        ask, votes = self.now.ask, self._all_votes
        changed = polls.changes(self._poll, votes) if self._poll and len(votes) > 1 else (0, 0, 0)
        return Room(
            rows=tuple(sorted(rows, key=lambda row: row.need)),
            answered=len(votes[-1]) if ask else 0,
            bars=self._bars(),
            first_tries=bars,
            first_tries_page=page,
            changed_to_right=changed[0],
            changed_from_right=changed[1],
            voted_twice=changed[2],
        )

    def set_pace(self, page: int | None) -> None:
        """Open the lesson up to a page, or with None completely. A page beyond it is no longer gathered at."""
        at = self.now.gathered_at
        is_beyond = page is not None and at is not None and at > page
        self._write(open_to=page, gathered_at=None if is_beyond else at)

    def gather(self, page: int | None) -> None:
        """Bring everyone to a page, which becomes open, and finish a question whose answers are shown; None lets them
        go.
        """
        open_to = self.now.open_to if page is None or self.now.open_to is None else max(self.now.open_to, page)
        ask = self.now.unfinished_ask if page else self.now.ask
        self._write(gathered_at=page, gathers=self.now.gathers + (page is not None), open_to=open_to, ask=ask)

    def take_hand_down(self, hand: str) -> None:
        """Lower a raised hand, here and on its learner's screen."""
        up = {each.hand for each in self._present.values()}
        self._write(lowered=(*filter(up.__contains__, self.now.lowered), hand))

    def ask(self, poll: Poll) -> None:
        """Ask everyone."""
        number = self._last_id + 1
        asked = msgspec.structs.replace(poll.ask, id=number, vote=1, state="open")
        if asked.bench:
            asked = msgspec.structs.replace(asked, bench=bench.with_table(asked.bench, self._place))
        files.write_private(_poll_file(), msgspec.json.encode((self.now.opened, number, poll)))
        self._write(ask=asked)
        self._poll, self._last_id, self._votes = poll, number, {}

    def close_vote(self) -> None:
        """Accept no more answers."""
        self.room()  # answers that have just arrived count
        self._change_ask(state="closed")

    def reopen(self) -> None:
        """Accept answers again: in the same vote, or after a discussion in the next one. Earlier votes are kept."""
        self._change_ask(state="open", vote=self._asked.vote + (self._asked.state == "talking"))

    def vote_again(self) -> None:
        """Let everyone discuss before the next vote, which `reopen` starts; until then no answer counts."""
        if self._asked.state == "open":
            self.close_vote()
        self._change_ask(state="talking")

    def reveal(self) -> None:
        """Show everyone how often each answer was given, and which one is right."""
        if self._asked.state == "open":
            self.close_vote()
        self._change_ask(state="revealed", bars=self._bars(is_revealed=True))

    def drop_ask(self) -> None:
        """End the question."""
        self._write(ask=None)

    def follow(self, shown: Bench | None) -> None:
        """Show an experiment on every screen, which finishes a question whose answers are shown; None ends it."""
        ask = self.now.unfinished_ask if shown else self.now.ask
        self._write(followed=shown and bench.with_table(shown, self._place), ask=ask)

    def push(self, shown: Bench) -> None:
        """Hand an experiment to everyone as their own, which finishes a question whose answers are shown."""
        sent = bench.with_table(shown, self._place)
        self._write(pushed=sent, pushes=self.now.pushes + 1, ask=self.now.unfinished_ask)

    def end(self) -> None:
        """Close the class."""
        self._write(is_closed=True, followed=None, pushed=None, ask=None, gathered_at=None, open_to=None, lowered=())
        for path in map(Path, files.inside(self._place) or ()):
            if folder.TABLE.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def snapshot(self, shown: Bench) -> Snapshot:
        """A learner's experiment, to be computed with `bench.replayed`.

        Raises:
            UserError: it has only numbers, or would take too long.
        """
        return bench.snapshot(shown, (self._place,))

    @property
    def _asked(self) -> Ask:
        if self.now.ask is None:
            raise UserError(_("no question is open now"))
        return self.now.ask

    @property
    def _all_votes(self) -> list[dict[int, str]]:
        votes = self.now.ask.vote if self.now.ask else 0
        return [self._votes.get(number, {}) for number in range(1, votes + 1)]

    def _bars(self, *, is_revealed: bool = False) -> tuple[Bar, ...]:
        if self._poll is None or self.now.ask is None:
            return self.now.ask.bars if self.now.ask else ()
        is_revealed = is_revealed or self.now.ask.state == "revealed"
        return polls.bars(self._poll, self._all_votes, is_revealed=is_revealed)

    def _count(self, owner: int, presence: Presence) -> None:
        """Count an answer if its vote is open. Answers that were there when this program started were in time."""
        ask, given = self.now.ask, presence.vote
        if ask is None or given.ask != ask.id or not 1 <= given.vote <= ask.vote:
            return
        if self._has_caught_up and (given.vote != ask.vote or ask.state != "open"):
            return
        self._votes.setdefault(given.vote, {})[owner] = given.answer

    def _take_up_poll(self) -> None:
        """Restore the answer to the present question, which is kept in the teacher's own files."""
        kept = tuple[str, int, Poll]
        with suppress(InputError, msgspec.DecodeError):  # then answers are not judged
            content, __ = files.read(_poll_file(), MOST_BYTES_OF_POLL, is_private=True)
            opened, number, poll = msgspec.json.decode(content, type=kept)
            if opened == self.now.opened:
                self._last_id, self._poll = number, poll

    def _change_ask(self, **fields: Any) -> None:
        self._write(ask=msgspec.structs.replace(self._asked, **fields))

    def _write(self, **fields: Any) -> None:
        now = msgspec.structs.replace(self.now, number=self.now.number + 1, **fields)
        self.file.write(now)
        self.now = now


def left_open(path: Path) -> Now | None:
    """The class that is open in a folder; None if there is none."""
    with suppress(InputError):
        now, version = folder.read_now(path)
        return None if now is None or now.is_closed or folder.is_stale(version) else now
    return None


def _seconds_since(opened: str) -> float:
    """How long ago that was in seconds; 0 if the clock has been set back."""
    with suppress(ValueError):
        since = datetime.now(UTC) - datetime.fromisoformat(opened.removesuffix("Z")).replace(tzinfo=UTC)
        return max(0.0, since.total_seconds())
    return 0.0


def _poll_file() -> Path:
    return files.state_folder() / "class-poll.json"
