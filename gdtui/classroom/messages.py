"""What a class writes: the teacher's one small file, and the lines of each learner's own. Frozen plain values."""

from typing import Annotated, Literal

import msgspec

from gdtui.lab.frame import Unknown
from gdtui.teaching.page import Outcome

MOST_BYTES_OF_NOW = 64 << 10
"""The most bytes of the teacher's file, to write and to read."""

MOST_BYTES_OF_TABLE = 1 << 20
"""The largest table that travels with an experiment."""

MOST_BYTES_OF_LINE = 4 << 10
"""The longest line of a learner's file."""

MOST_BYTES_OF_LEARNER = 1 << 20
"""The most bytes of a learner's file: what follows them is not read."""


Page = Annotated[int, msgspec.Meta(ge=0, le=9_999)]


class Bench(msgspec.Struct, frozen=True, omit_defaults=True):
    """An experiment under way, as far as it has to travel: runs are the same everywhere."""

    workspace: msgspec.Raw
    """A workspace file of one run: its settings, and the epoch looked at."""
    view: str = ""
    """The view that is open, by its name; nothing for the charts."""
    chart: str = ""
    """The chart that leads, by its name."""
    pointer: float | None = None
    """Where the cursor on that chart stands, in the chart's own numbers."""
    table: str = ""
    """The name of the file, beside the teacher's, that the rows are in, where they came from a table."""
    numbers: tuple[str, ...] = ()
    """The lines of numbers to show in place of a run whose table does not travel, or that would take too long."""


class Bar(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer that was given, without names."""

    answer: str
    words: str
    """`right`, the misconception it comes from, or that none is known."""
    line: str
    """How one gets there, with numbers; nothing where nobody knows."""
    votes: tuple[int, ...]
    """How many gave it, in the first vote and in each that followed."""
    is_right: bool = False


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question to everyone. The right answer is not in it before it is revealed."""

    id: int
    """Counted from 1 in this class."""
    prompt: str
    kind: Literal["number", "choice"]
    choices: tuple[str, ...] = ()
    digits: str = ""
    """How exactly a number is asked for."""
    vote: int = 1
    """1, and 2 once they have talked."""
    state: Literal["open", "closed", "talking", "revealed"] = "open"
    """While they are talking, `vote` is the one before, and no answer counts."""
    page: str = ""
    """The page of the lesson that it comes from."""
    bench: Bench | None = None
    """The experiment it is about."""
    hides: tuple[Unknown, ...] = ()
    """The parts of that experiment's epoch that stay hidden until the answers are revealed."""
    bars: tuple[Bar, ...] = ()
    """Once it is revealed, the answers, the most frequent first."""


class Now(msgspec.Struct, frozen=True, omit_defaults=True):
    """The teacher's file: all that a learner's screen goes by. It is replaced whole."""

    opened: str
    """When the class was opened, UTC: tells one class from the next."""
    number: int
    """One more with every change."""
    teacher: str
    """The name of the account."""
    lesson: str = ""
    """The lesson of this class, by its name; nothing where everybody does their own."""
    open_to: int | None = None
    """The last page that may be turned to; None where everybody goes at their own pace."""
    gathered_at: int | None = None
    """The page that everybody is to be on now."""
    ask: Ask | None = None
    followed: Bench | None = None
    """What every screen shows while the teacher leads."""
    pushed: Bench | None = None
    """The experiment last handed to everyone."""
    pushes: int = 0
    """How many were handed to everyone so far: a learner takes over each once."""
    is_closed: bool = False
    """The class is over."""
    lowered: tuple[str, ...] = ()
    """The hands that the teacher has taken down and whose learners have not answered yet, by their ids."""
    lesson_copy: str = ""
    """The folder beside this file with a copy of the lesson, where it is not one that ships."""
    gathers: int = 0
    """How often everybody was gathered: the same page may be asked for twice."""

    @property
    def on_screens(self) -> object:
        """What tells one thing that the teacher shows or asks from the next; None where there is nothing."""
        return "followed" if self.followed else self.ask and (self.ask.id, self.ask.vote, self.ask.state)


class _Line(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="line"):
    """One line of a learner's file."""


class Joined(_Line, frozen=True, tag="joined"):
    """The first: which class it is about."""

    opened: str
    """As the teacher's file has it."""
    at: str
    """UTC, by the learner's clock, which may be wrong: nothing goes by it."""


class At(_Line, frozen=True, tag="at"):
    """Where the learner is: a page of a lesson, or the lab."""

    lesson: str = ""
    page: Page = 0
    """Counted from 1; 0 in the lab."""
    pages: Page = 0
    bench: Bench | None = None
    """What the learner has on the screen."""
    is_over: bool = False
    is_following: bool = False
    lacks: str = ""
    """Why the lesson of the class is not open; nothing where it is."""


class Did(_Line, frozen=True, tag="did"):
    """An answer on a page of a lesson, or a hint."""

    page: Page
    answer: str
    """What was typed; nothing for a hint."""
    outcome: Outcome


class Hand(_Line, frozen=True, tag="hand"):
    """The hand was raised, or taken down."""

    is_up: bool
    id: Annotated[str, msgspec.Meta(max_length=16)] = ""
    """What names this hand while it is up: chance, so that it tells nobody else whose it is."""


class Vote(_Line, frozen=True, tag="vote"):
    """An answer to a question to everyone. The last one counts while the vote is open."""

    ask: int
    vote: int
    answer: str


class Left(_Line, frozen=True, tag="left"):
    """The learner left the class."""


LearnerLine = Joined | At | Did | Hand | Vote | Left
