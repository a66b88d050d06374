"""What a lesson shows, and the outcome of an event: frozen plain values for a screen, a record or a test."""

from typing import ClassVar

import msgspec

from gdtui.text import ngettext


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of an event."""

    is_accepted: bool
    """False where it could not be done; then `says` tells why and nothing has changed."""
    says: tuple[str, ...] = ()
    """Lines for the learner."""
    is_right: bool | None = None
    """For an answer."""
    misconceptions: tuple[str, ...] = msgspec.field(default=(), name="slips")
    """The misconceptions that may be behind a wrong answer: their kinds, or a lesson's own words; `slips` in
    records."""
    numbers: tuple[str, ...] = ()
    """What a replay has to bring about again: the right answer as shown, or the cost and the parameters."""
    is_done: bool = False
    """Whether the page is answered or its goal reached."""
    score: int | None = None
    """Keys or updates, where a challenge was just won."""
    points: float | None = None
    """Where a page was turned, the points of the lesson so far. The first records did not tell."""


def refused(why: str) -> Outcome:
    """The outcome of an event that cannot be done."""
    return Outcome(False, (why,))


class Check(msgspec.Struct, frozen=True):
    """A condition of a goal."""

    condition: str
    is_met: bool
    words: str
    """What to show for it."""
    is_idle: bool = False
    """Whether it holds with nothing done yet, as `updates <= 20` does: that is no merit."""

    @property
    def is_ticked(self) -> bool:
        """Whether to show that it is met."""
        return self.is_met and not self.is_idle

    @property
    def marked(self) -> str:
        """Its words behind a tick or a dot."""
        return f"{'✓' if self.is_ticked else '·'} {self.words}"


class Exhibit(msgspec.Struct, frozen=True):
    """What there is to see on one kind of page alone. The screen draws it as that kind; as text it is lines."""

    kind: ClassVar[str] = ""
    """The kind of page."""

    @property
    def ends(self) -> tuple[float, float] | None:
        """From where to where a parameter goes on it, if that is one knob."""
        return None

    def lines(self) -> tuple[str, ...]:
        """It in words and numbers."""
        return ()


class PageState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a lesson shows now."""

    page: int
    """Counted from 1."""
    pages: int
    name: str
    """The page's name in the file."""
    title: str
    text: str
    """Markdown, with its numbers filled in as they were when the page was turned to."""
    prompt: str
    """The question, or nothing."""
    choices: tuple[str, ...]
    """The answers to choose from, if the question has any."""
    digits: str
    """How exactly a number is asked for: `3 decimals`; empty where it is not."""
    earlier: tuple[str, ...]
    """What was said to an answer that another question follows on the same page."""
    chosen: tuple[str, ...]
    """The question before this one on the same page with its choices, the one that was chosen marked."""
    reply: tuple[str, ...]
    """What was said to the newest answer."""
    was_right: bool | None
    """Whether the answer that closed the question was; None before."""
    reveal: str
    """Markdown to show once it is answered or reached."""
    checks: tuple[Check, ...]
    """The conditions of the goal, and which hold."""
    hints: tuple[str, ...]
    """The hints given so far."""
    hints_left: int
    is_done: bool
    """Whether it can go on."""
    is_over: bool
    """Whether this was the last page."""
    closing: str
    """Markdown, once it is over."""
    hidden: tuple[str, ...]
    """Settings and panels not to be shown."""
    kind: str
    """The kind of page, by its name in the registry: of several on one page that whose turn it is."""
    exhibit: Exhibit | None
    """What there is to see on this kind of page alone."""
    takes_answers: bool
    """Whether what is typed is an answer, and not something to do."""
    takes: frozenset[str]
    """What can be done to the run here by key: `step`, `again`, `pin`, `lr`."""
    is_blind: bool
    """Whether the numbers of the run are shown by the exhibit alone, as far as at all."""
    examples: tuple[str, ...]
    """How what can be done here is written, as far as it is to be named."""
    deeds: tuple[str, ...]
    """The words that are for this kind of page alone, as `W` in `W 1.25`."""
    bare: str
    """The word that a number stands for where it is typed alone."""
    charts: tuple[str, ...] | None
    """The charts that the page has chosen, the first at first; None where it shows all that are not hidden."""
    can_leaf: bool = True
    """Whether the screen has another chart to turn to; where there is none, as many as the page has chosen count."""
    shows: str
    """The view that stands in place of charts; nothing where there is none."""
    shares: int
    """Into how many shares that view splits the rows."""
    asks_for_numbers: bool
    """Whether a number of the epoch is asked for, which no view may tell."""
    marks: tuple[str, ...]
    """What the charts show besides."""
    compared: tuple[str, ...]
    """How pinned runs stand, and whether they can be compared."""
    missed: tuple[str, ...]
    """The titles of pages to look at again, the one with the most wrong answers first."""
    points: float
    """What the answers and goals so far are worth, as they are graded."""
    most: int
    """The most points the lesson has."""
    tries_left: int = 0
    """How many answers the question takes before it tells the right one; 0 where nothing is judged."""
    challenge: str = ""
    """What the score of a challenge counts, or the best score so far."""
    is_beyond: bool = False
    """Whether the run has gone past the goal, and only a new start can reach it."""
    can: tuple[str, ...] = ()
    """What the learner can do now, once it is over."""
    minutes: int = 0
    """On the first page, how long the lesson takes."""
    is_past: bool = False
    """Whether it is only to be read: the learner has gone on from it."""

    @property
    def question(self) -> str:
        """The question, with the digits asked for."""
        return f"{self.prompt} ({self.digits})" if self.digits else self.prompt

    @property
    def score(self) -> str:
        """The points in words; nothing where there are none to be had."""
        said = ngettext("{points:g} of {n} point", "{points:g} of {n} points", self.most, points=self.points)
        return said if self.most else ""
