"""What the teacher sees of the room: frozen values, made anew from the learners' lines."""

import msgspec

from gdtui.classroom.messages import Bar, Bench

SECONDS_UNSEEN = 60.0
"""After so long without a sign of life a learner is said not to be seen."""


class Row(msgspec.Struct, frozen=True):
    """One learner."""

    account: str
    """By the owner of the file, never by what it says."""
    page: int
    pages: int
    lesson: str
    answer: str
    """The last answer given."""
    words: str
    """`right`, the misconception, that it is not recognized, or that it is the learner's own words."""
    is_right: bool | None
    wrong_in_a_row: int
    hints: int
    hand: str
    """What names the hand that is up; nothing where it is down."""
    quiet: float
    """Seconds without a line of the learner's."""
    unseen: float
    """Seconds without a sign of life of the learner's program."""
    has_left: bool
    is_following: bool
    bench: Bench | None
    answer_page: int = 0
    """The page that the last answer is of."""
    reached: float = 0.0
    """How much of the lesson is reached, also from the lab."""
    is_over: bool = False
    """Whether its end is reached."""
    lacks: str = ""
    """Why the lesson of the class cannot be opened there."""
    flags: tuple[str, ...] = ()
    """What is wrong with the learner's file."""

    @property
    def has_hand_up(self) -> bool:
        """Whether the learner wants to be spoken to."""
        return bool(self.hand)

    @property
    def is_gone(self) -> bool:
        """Whether the learner is not here any more."""
        return self.has_left or self.unseen >= SECONDS_UNSEEN

    @property
    def need(self) -> tuple[bool, bool, bool, bool, int, str]:
        """Sorts those who need help to the front: hand up, wrong, long without a deed; who is not here comes last."""
        minutes = int(self.quiet // 60)
        return self.is_gone, not self.has_hand_up, self.is_right is not False, self.is_over, -minutes, self.account


class Room(msgspec.Struct, frozen=True):
    """Everyone, those who need help most at first, and the votes."""

    rows: tuple[Row, ...]
    answered: int
    """How many have answered the question that is asked."""
    bars: tuple[Bar, ...]
    """Their answers."""
    first_tries: tuple[Bar, ...]
    """On the page where most are: what was answered at first."""
    first_tries_page: int = 0
    changed_to_right: int = 0
    """How many answered wrong in the first vote and right in the last."""
    changed_from_right: int = 0
    """How many answered right in the first vote and wrong in the last."""

    @property
    def here(self) -> int:
        """How many are here now."""
        return sum(not row.is_gone for row in self.rows)
