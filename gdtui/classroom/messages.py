"""What is written in a class: the teacher's one small file, and the lines of each learner's file. Plain values."""

from typing import Annotated, Literal

import msgspec

from gdtui.lab.frame import Unknown
from gdtui.teaching.page import Outcome

MOST_BYTES_OF_NOW = 64 << 10
"""The most bytes of the teacher's file."""

MOST_BYTES_OF_TABLE = 1 << 20
"""The largest table that is sent with an experiment, in bytes."""

MOST_BYTES_OF_LINE = 4 << 10
"""The longest line of a learner's file, in bytes."""

MOST_BYTES_OF_LEARNER = 1 << 20
"""The most bytes of a learner's file; the rest is not read."""


Page = Annotated[int, msgspec.Meta(ge=0, le=9_999)]


class Bench(msgspec.Struct, frozen=True, omit_defaults=True):
    """An experiment as it is sent. Its epochs are not included, because a run gives the same ones everywhere."""

    workspace: msgspec.Raw
    """A workspace file with one run: its settings, and the current epoch."""
    view: str = ""
    """The name of the open view; empty for the charts."""
    chart: str = ""
    """The name of the main chart."""
    pointer: float | None = None
    """The position of the cursor on that chart, in the chart's own numbers."""
    table: str = ""
    """The file beside the teacher's with a copy of the table, if the rows came from one."""
    numbers: tuple[str, ...] = ()
    """Lines of numbers to show instead of a run whose table is not sent, or that would take too long."""


class Bar(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer that was given, and how often; without names."""

    answer: str
    words: str
    """`right`, the misconception behind it, or that none is known."""
    line: str
    """The line that leads to it, with numbers; empty if unknown."""
    votes: tuple[int, ...]
    """How many gave it, in the first vote and in each later one."""
    is_right: bool = False


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question to everyone. It does not contain the right answer until that is revealed."""

    id: int
    """Counted from 1 in each class."""
    prompt: str
    kind: Literal["number", "choice"]
    choices: tuple[str, ...] = ()
    digits: str = ""
    """How many digits are asked for."""
    vote: int = 1
    """1, and one more after each discussion."""
    state: Literal["open", "closed", "talking", "revealed"] = "open"
    """While it is `talking`, `vote` is the previous vote, and answers do not count."""
    page: str = ""
    """The page of the lesson that it comes from."""
    bench: Bench | None = None
    hides: tuple[Unknown, ...] = ()
    """The parts of that experiment's epoch that stay hidden until the answers are revealed."""
    bars: tuple[Bar, ...] = ()
    """The answers once they are revealed, the most frequent first."""


class Now(msgspec.Struct, frozen=True, omit_defaults=True):
    """The teacher's file, which determines what learners' screens show. It is always replaced as a whole."""

    opened: str
    """When the class was opened, in UTC; it distinguishes one class from the next."""
    number: int
    """Increases by one with every change."""
    teacher: str
    """The name of the teacher's account."""
    lesson: str = ""
    """The name of the lesson; empty if everybody does their own."""
    open_to: int | None = None
    """The last page that learners may open; None if everybody goes at their own pace."""
    gathered_at: int | None = None
    """The page that everybody should be on now."""
    ask: Ask | None = None
    followed: Bench | None = None
    """What every screen shows while the teacher leads."""
    pushed: Bench | None = None
    """The experiment that was last handed to everyone."""
    pushes: int = 0
    """How many experiments have been handed out; a learner takes each of them once."""
    is_closed: bool = False
    lowered: tuple[str, ...] = ()
    """The ids of hands that the teacher has lowered and whose learners have not confirmed it yet."""
    lesson_copy: str = ""
    """The folder beside this file with a copy of the lesson, if it is the teacher's own."""
    gathers: int = 0
    """How often everybody was gathered, since the same page may be asked for twice."""

    @property
    def unfinished_ask(self) -> Ask | None:
        """The question that comes back after something else was on every screen: none once its answers are shown."""
        return self.ask if self.ask and self.ask.state != "revealed" else None

    @property
    def on_screens(self) -> object:
        """Identifies what the teacher shows or asks at the moment; None if there is nothing."""
        return "followed" if self.followed else self.ask and (self.ask.id, self.ask.vote, self.ask.state)


class _Line(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="line"):
    """One line of a learner's file."""


class Joined(_Line, frozen=True, tag="joined"):
    """The first line: which class the file is for."""

    opened: str
    """The value in the teacher's file."""
    at: str
    """In UTC by the learner's clock, which may be wrong, so nothing depends on it."""


class At(_Line, frozen=True, tag="at"):
    """Where the learner is: on a page of a lesson, or in the lab."""

    lesson: str = ""
    page: Page = 0
    """Counted from 1; 0 in the lab."""
    pages: Page = 0
    bench: Bench | None = None
    """What is on the learner's screen."""
    is_over: bool = False
    is_following: bool = False
    lacks: str = ""
    """Why the lesson of the class is not open; empty if it is."""


class Did(_Line, frozen=True, tag="did"):
    """An answer on a page of a lesson, or a hint."""

    page: Page
    answer: str
    """What was typed; empty for a hint."""
    outcome: Outcome


class Hand(_Line, frozen=True, tag="hand"):
    """The hand was raised or lowered."""

    is_up: bool
    id: Annotated[str, msgspec.Meta(max_length=16)] = ""
    """The id of this hand while it is up: a random one, so that others cannot tell whose it is."""


class Vote(_Line, frozen=True, tag="vote"):
    """An answer to a question to everyone. While the vote is open, the latest one counts."""

    ask: int
    vote: int
    answer: str


class Left(_Line, frozen=True, tag="left"):
    """The learner left the class."""


LearnerLine = Joined | At | Did | Hand | Vote | Left
