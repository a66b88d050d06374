"""What a lesson shows, and the outcome of an event: frozen plain values for a screen, a record or a test."""

from typing import ClassVar

import msgspec

from gdtui.text import ngettext


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of an event."""

    is_accepted: bool
    """False if the event was not possible; then `says` explains why, and nothing has changed."""
    says: tuple[str, ...] = ()
    """Lines for the learner."""
    is_right: bool | None = None
    """For an answer."""
    misconceptions: tuple[str, ...] = msgspec.field(default=(), name="slips")
    """The misconceptions that may explain a wrong answer: their kinds, or a lesson's own words; `slips` in records."""
    numbers: tuple[str, ...] = ()
    """What a replay must reproduce: the right answer as shown, or the cost and the parameters."""
    is_done: bool = False
    """Whether the page is answered or its goal reached."""
    score: int | None = None
    """Keys or updates, if a challenge was just won."""
    points: float | None = None
    """The points so far, if a page was turned. The first records do not have them."""


def refused(why: str) -> Outcome:
    """The outcome of an event that cannot be done."""
    return Outcome(False, (why,))


class Check(msgspec.Struct, frozen=True):
    """A condition of a goal."""

    condition: str
    is_met: bool
    words: str
    """The words shown for it."""
    is_idle: bool = False
    """Whether it holds before anything is done, as `updates <= 20` does, so it deserves no tick."""

    @property
    def is_ticked(self) -> bool:
        """Whether to show it as met."""
        return self.is_met and not self.is_idle

    @property
    def marked(self) -> str:
        """Its words after a tick or a dot."""
        return f"{'✓' if self.is_ticked else '·'} {self.words}"


class Exhibit(msgspec.Struct, frozen=True):
    """What only one kind of page shows. The screen draws it in its own way; as text it is lines."""

    kind: ClassVar[str] = ""
    """The kind of page."""

    @property
    def ends(self) -> tuple[float, float] | None:
        """The range of the parameter on it, if it has a single knob."""
        return None

    def lines(self) -> tuple[str, ...]:
        """The exhibit as text."""
        return ()


class PageState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a lesson shows at the moment."""

    page: int
    """Counted from 1."""
    pages: int
    name: str
    """The page's name in the file."""
    title: str
    text: str
    """Markdown with its numbers filled in as they were when the page was opened."""
    prompt: str
    """The question, or empty."""
    choices: tuple[str, ...]
    """The answers to choose from, if the question has any."""
    digits: str
    """How many digits are asked for: `3 decimals`; empty if no number is."""
    earlier: tuple[str, ...]
    """The replies to earlier questions on the same page."""
    chosen: tuple[str, ...]
    """The previous question on the same page and its choices, with the chosen one marked."""
    reply: tuple[str, ...]
    """The reply to the latest answer."""
    was_right: bool | None
    """Whether the answer that closed the question was right; None before that."""
    reveal: str
    """Markdown shown once the page is answered or its goal reached."""
    checks: tuple[Check, ...]
    """The conditions of the goal, and which of them hold."""
    hints: tuple[str, ...]
    """The hints given so far."""
    hints_left: int
    is_done: bool
    """Whether the learner can go on."""
    is_over: bool
    """Whether this was the last page."""
    closing: str
    """Markdown, once it is over."""
    hidden: tuple[str, ...]
    """Settings and panels that are not shown."""
    kind: str
    """The kind of page, by its name in the registry; if a page has several, the one whose turn it is."""
    exhibit: Exhibit | None
    """What only this kind of page shows."""
    takes_answers: bool
    """Whether typed text is an answer rather than an action."""
    takes: frozenset[str]
    """What the keys can do to the run here: `step`, `again`, `pin`, `lr`."""
    is_blind: bool
    """Whether only the exhibit shows numbers of the run, if anything does."""
    examples: tuple[str, ...]
    """Examples of the actions possible here, as far as they may be named."""
    deeds: tuple[str, ...]
    """The words for actions of this kind of page only, such as `W` in `W 1.25`."""
    bare: str
    """The word that is meant when only a number is typed."""
    charts: tuple[str, ...] | None
    """The charts that the page has chosen, the first one first; None for all that are not hidden."""
    can_leaf: bool = True
    """Whether the screen has another chart to turn to; without a screen, it has if the page has chosen several."""
    shows: str
    """The view shown instead of charts; empty if there is none."""
    shares: int
    """The number of shares into which that view splits the rows."""
    asks_for_numbers: bool
    """Whether the question asks for a number of the epoch, so that no view may show it."""
    marks: tuple[str, ...]
    """What the charts show in addition."""
    compared: tuple[str, ...]
    """The pinned runs, and whether comparing them is fair."""
    missed: tuple[str, ...]
    """The titles of pages to look at again, those with the most wrong answers first."""
    points: float
    """The points earned so far."""
    most: int
    """The most points the lesson has."""
    tries_left: int = 0
    """How many tries are left before the right answer is shown; 0 if answers are not judged."""
    challenge: str = ""
    """What the score of a challenge counts, or the best score so far."""
    is_beyond: bool = False
    """Whether the run has gone past the goal, so that only starting over can reach it."""
    can: tuple[str, ...] = ()
    """What the learner can do now, once it is over."""
    minutes: int = 0
    """On the first page, how long the lesson takes."""
    is_past: bool = False
    """Whether the page can only be read, because the learner has moved on."""

    @property
    def question(self) -> str:
        """The question, with the number of digits asked for."""
        return f"{self.prompt} ({self.digits})" if self.digits else self.prompt

    @property
    def score(self) -> str:
        """The points in words; empty if the lesson has none."""
        said = ngettext("{points:g} of {n} point", "{points:g} of {n} points", self.most, points=self.points)
        return said if self.most else ""
