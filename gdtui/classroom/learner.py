"""A learner's side of a class: it reads the teacher's file, and appends lines to its own."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from gdtui.classroom import bench, folder
from gdtui.classroom.lesson import lesson_of
from gdtui.classroom.messages import (
    MOST_BYTES_OF_LEARNER,
    MOST_BYTES_OF_LINE,
    At,
    Bench,
    Did,
    Hand,
    Joined,
    LearnerLine,
    Left,
    Now,
)
from gdtui.classroom.named import named
from gdtui.classroom.roster import SECONDS_UNSEEN
from gdtui.errors import InputError, OutputError
from gdtui.lab.snapshot import Snapshot
from gdtui.storage import drop_box, files, record
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.record import now
from gdtui.text import _

SECONDS_BETWEEN_PLACES = 1.0
"""A learner's place is sent at most once in this many seconds."""

MOST_WAITING = 1_000
"""How many lines are kept for later while the disk refuses them."""

LONGEST_ANSWER = 200


class Learner:
    """One learner's program in a class. No problem here stops the lesson."""

    def __init__(self, path: Path, now: Now, version: files.Version) -> None:
        self.path = path
        self.now = now
        """The content of the teacher's file."""
        self.trouble = ""
        """Why the teacher sees nothing new from this learner; empty if all is well."""
        self._hand = ""
        """The id of the raised hand; empty if it is not raised."""
        self._version = version
        self._teacher_seen = self._beaten = time.monotonic()
        self._handle: int | None = None
        self._length = 0
        self._waiting: list[bytes] = []
        """Lines that have not been written yet."""
        self._place, self._next_place = At(), At()
        """The place that was last sent, and the present one."""
        self._place_at = -SECONDS_BETWEEN_PLACES

    @classmethod
    def find(cls) -> "Learner | None":
        """The class that is open now, or None."""
        path = named()
        with suppress(InputError):
            if path:
                now_is, version = folder.read_now(path)
                is_open = now_is is not None and not now_is.is_closed and not folder.is_stale(version)
                return cls(path, now_is, version) if now_is and is_open else None
        return None

    @property
    def is_joined(self) -> bool:
        """Whether the teacher sees this learner."""
        return self._handle is not None

    @property
    def is_teacher_seen(self) -> bool:
        """Whether the teacher's program gave a sign of life lately, by this machine's clock."""
        return time.monotonic() - self._teacher_seen < SECONDS_UNSEEN

    @property
    def is_hand_taken_down(self) -> bool:
        """Whether the teacher has lowered the raised hand."""
        return self._hand in self.now.lowered

    def look(self) -> bool:
        """Read the teacher's file; return whether it has changed. Call it twice a second."""
        if self.is_joined:
            self._say_place()
            if time.monotonic() - self._beaten >= folder.SECONDS_BETWEEN_BEATS:
                self.beat()
        try:
            now_is, version = folder.read_now(self.path, self._version)
        except InputError:  # the server is not reachable, or the file is being edited: the next look may tell
            return False
        if version != self._version:
            self._version, self._teacher_seen = version, time.monotonic()
        if now_is is None or (now_is.opened, now_is.number) == (self.now.opened, self.now.number):
            return False
        is_other = now_is.opened != self.now.opened
        self.now = now_is
        if is_other:  # nobody is in it without joining it
            self._close()
            self._waiting.clear()
        return True

    def join(self) -> None:
        """Become visible to the teacher.

        Raises:
            OutputError: the learner's file cannot be created.
        """
        if self._handle is None:
            self._begin(self._opened())

    def _opened(self) -> int:
        """Create a file for this learner, with a name that nobody can guess."""
        account = "".join(c if c.isalnum() else "-" for c in record.owner())
        return drop_box.new_file(self.path / folder.LEARNERS / f"{account}-{secrets.token_hex(8)}.jsonl")

    def _begin(self, handle: int) -> None:
        self._handle, self._length, self._place = handle, 0, At()
        self._waiting.insert(0, msgspec.json.encode(Joined(self.now.opened, now())) + b"\n")
        self._write()

    def say(self, line: LearnerLine) -> None:
        """Send a line to the teacher, now or as soon as it can be written."""
        if not self.is_joined:
            return None
        if isinstance(line, At):
            self._next_place = line
            return self._say_place()
        if isinstance(line, Did):
            line = Did(line.page, line.answer[:LONGEST_ANSWER], msgspec.structs.replace(line.outcome, says=()))
        elif isinstance(line, Hand):
            self._hand = secrets.token_hex(8) if line.is_up else ""
            line = Hand(line.is_up, self._hand)
        self._say_place()
        return self._add(line)

    def beat(self) -> None:
        """Give a sign of life."""
        self._beaten = time.monotonic()
        if self._handle is not None:
            self._write()
            folder.beat(self._handle)

    def leave(self) -> None:
        """Lower the hand and leave the class."""
        if self.is_joined:
            self.say(Hand(False))
            self._add(Left())
            self._close()

    def snapshot(self, shown: Bench) -> Snapshot:
        """The teacher's experiment, to be computed again here.

        Raises:
            UserError: only its numbers were sent, or it would take too long.
        """
        return bench.snapshot(shown, (self.path / folder.TEACHER,))

    def lesson(self) -> LoadedLesson:
        """The lesson of the class.

        Raises:
            InputError: it cannot be read here.
        """
        return lesson_of(self.path, self.now)

    def _say_place(self) -> None:
        if self._next_place == self._place or time.monotonic() - self._place_at < SECONDS_BETWEEN_PLACES:
            return
        self._place, self._place_at = self._next_place, time.monotonic()
        self._add(self._place)

    def _add(self, line: LearnerLine) -> None:
        text = msgspec.json.encode(line)
        if len(text) < MOST_BYTES_OF_LINE and len(self._waiting) < MOST_WAITING:
            self._waiting.append(text + b"\n")
        self._write()

    def _write(self) -> None:
        """Write the waiting lines; when a file is full, another is started."""
        while self._waiting and self._handle is not None:
            line = self._waiting[0]
            try:
                if self._length + 2 * MOST_BYTES_OF_LINE > MOST_BYTES_OF_LEARNER:
                    following = self._opened()
                    os.write(self._handle, msgspec.json.encode(Left()) + b"\n")
                    self._close()
                    self._begin(following)
                    continue
                if os.write(self._handle, line) < len(line):
                    raise OSError(0, _("the disk is full"))
                folder.flush(self._handle)
            except (OSError, OutputError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                self.trouble = _("your teacher cannot see your new work: {reason}", reason=reason)
                with suppress(OSError):
                    os.ftruncate(self._handle, self._length)
                return
            self.trouble = ""
            self._length += len(line)
            del self._waiting[0]

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
