"""A class in memory: the teacher's side and learners' sides that share what they say, without any folder."""

from types import SimpleNamespace
from typing import Any

import msgspec

from gdtui.classroom import bench, polls
from gdtui.classroom.messages import At, Bar, Bench, Did, Hand, LearnerLine, Left, Now, Vote
from gdtui.classroom.polls import Poll
from gdtui.classroom.roster import Room, Row
from gdtui.errors import UserError
from gdtui.lab.snapshot import Snapshot
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.lesson import LoadedLesson


class FakeClass:
    """The teacher's side. What the room is may be set by a test; else it is made of what the learners say."""

    def __init__(self, lesson: str = "", room: Room | None = None) -> None:
        self.now = Now(opened="2026-11-27T03:00:00Z", number=1, teacher="ann", lesson=lesson)
        self.set_room = room
        self.file = SimpleNamespace(is_taken_over=False)
        self.lacks = ""
        """Why learners cannot read the lesson."""
        self.lines: dict[str, list[LearnerLine]] = {}
        self.poll: Poll | None = None
        self.asked = self.minutes = 0

    def change(self, **changes: Any) -> None:
        """Replace the teacher's file."""
        self.now = msgspec.structs.replace(self.now, number=self.now.number + 1, **changes)

    def change_ask(self, **changes: Any) -> None:
        """Change the question."""
        self.change(ask=msgspec.structs.replace(self.now.ask, **changes))

    def votes(self) -> list[dict[int, str]]:
        """The answers in each vote so far."""
        asked = self.now.ask
        found: list[dict[int, str]] = [{} for _vote in range(asked.vote)] if asked else []
        for number, lines in enumerate(self.lines.values()):
            for line in lines:
                if isinstance(line, Vote) and asked and line.ask == asked.id:
                    found[line.vote - 1][number] = line.answer
        return found

    def bars(self) -> tuple[Bar, ...]:
        """The answers, judged."""
        return polls.bars(self.poll, self.votes()) if self.poll and self.votes() else ()

    def room(self) -> Room:
        """What is to be seen of everybody."""
        if self.set_room:
            return self.set_room
        votes = self.votes()
        changes = polls.changes(self.poll, votes) if self.poll and votes else (0, 0, 0)
        rows = tuple(row_of(name, lines) for name, lines in self.lines.items())
        return Room(rows, len(votes[-1]) if votes else 0, self.bars(), (), 0, *changes)

    def set_pace(self, page: int | None) -> None:
        self.change(open_to=page)

    def gather(self, page: int | None) -> None:
        ask = self.now.unfinished_ask if page else self.now.ask
        self.change(gathered_at=page, gathers=self.now.gathers + (page is not None), ask=ask)

    def ask(self, poll: Poll) -> None:
        self.poll = poll
        self.asked += 1
        self.change(ask=msgspec.structs.replace(poll.ask, id=self.asked))

    def close_vote(self) -> None:
        self.change_ask(state="closed")

    def reopen(self) -> None:
        vote = self.now.ask.vote + (self.now.ask.state == "talking")
        self.change_ask(state="open", vote=vote)

    def vote_again(self) -> None:
        self.change_ask(state="talking")

    def reveal(self) -> None:
        self.change_ask(state="revealed", bars=self.set_room.bars if self.set_room else self.bars())

    def drop_ask(self) -> None:
        self.change(ask=None)

    def follow(self, shown: Bench | None) -> None:
        self.change(followed=shown, ask=self.now.unfinished_ask if shown else self.now.ask)

    def push(self, pushed: Bench) -> None:
        self.change(pushed=pushed, pushes=self.now.pushes + 1, ask=self.now.unfinished_ask)

    def snapshot(self, shown: Bench) -> Snapshot:
        return bench.snapshot(shown, ())

    def take_hand_down(self, hand: str) -> None:
        self.change(lowered=(*self.now.lowered, hand))

    def end(self) -> None:
        self.change(is_closed=True)


class FakeSeat:
    """A learner's side."""

    def __init__(self, held: FakeClass, name: str) -> None:
        self.held, self.name = held, name
        self.now = held.now
        self.is_teacher_seen, self.trouble = True, ""
        self.looks = 0

    def look(self) -> bool:
        self.looks += 1
        has_changed, self.now = self.held.now is not self.now, self.held.now
        return has_changed

    def join(self) -> None:
        self.held.lines.setdefault(self.name, [])

    def lesson(self) -> LoadedLesson:
        if self.held.lacks:
            raise UserError(self.held.lacks)
        return lesson_named(self.now.lesson)

    def say(self, line: LearnerLine) -> None:
        self.held.lines[self.name].append(line)

    @property
    def is_hand_taken_down(self) -> bool:
        return hand_of(self.name, self.held.lines[self.name]) in self.now.lowered

    def leave(self) -> None:
        self.say(Left())

    def snapshot(self, shown: Bench) -> Snapshot:
        return bench.snapshot(shown, ())


def hand_of(name: str, lines: list[LearnerLine]) -> str:
    """What names the hand that a learner has up; nothing where it is down."""
    hands = [line for line in lines if isinstance(line, Hand)]
    return f"{name}-{len(hands)}" if hands and hands[-1].is_up else ""


def row_of(name: str, lines: list[LearnerLine]) -> Row:
    """A line of the roster, of what a learner has said."""
    at = next((line for line in reversed(lines) if isinstance(line, At)), At())
    did = [line for line in lines if isinstance(line, Did) and line.answer]
    last = did[-1] if did else None
    is_right = last.outcome.is_right if last else None
    words = "" if last is None else "right" if is_right else "not recognized"
    has_left = bool(lines) and isinstance(lines[-1], Left)
    return Row(
        *(name, at.page, at.pages, at.lesson, last.answer if last else "", words, is_right, 0, 0, hand_of(name, lines)),
        *(0.0, 0.0, has_left, at.is_following, at.bench),
        answer_page=last.page if last else 0,
        lacks=at.lacks,
    )
