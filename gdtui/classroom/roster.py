"""What the teacher sees of the class: frozen values, computed anew from the learners' lines."""

import msgspec

from gdtui.classroom.messages import Bar, Bench

SECONDS_UNSEEN = 60.0
"""After this long without a sign of life, a learner is shown as gone."""


class Row(msgspec.Struct, frozen=True):
    """One learner."""

    account: str
    """The owner of the file, whatever the file says."""
    page: int
    pages: int
    lesson: str
    answer: str
    words: str
    """`right`, the misconception, that none is recognized, or that the answer is in the learner's own words."""
    is_right: bool | None
    wrong_in_a_row: int
    hints: int
    hand: str
    """The id of the raised hand; empty if it is down."""
    quiet: float
    """Seconds since the learner's last line."""
    unseen: float
    """Seconds since the last sign of life of the learner's program."""
    has_left: bool
    is_following: bool
    bench: Bench | None
    answer_page: int = 0
    reached: float = 0.0
    """How much of the lesson has been reached, from 0 to 1, even if the learner is in the lab now."""
    is_over: bool = False
    """Whether the learner has reached its end."""
    lacks: str = ""
    """Why the learner's program cannot open the lesson of the class."""
    flags: tuple[str, ...] = ()
    """Problems with the learner's file."""

    @property
    def has_hand_up(self) -> bool:
        """Whether the learner's hand is up."""
        return bool(self.hand)

    @property
    def is_gone(self) -> bool:
        """Whether the learner has left, or their program has stopped giving signs of life."""
        return self.has_left or self.unseen >= SECONDS_UNSEEN

    @property
    def need(self) -> tuple[bool, bool, bool, bool, int, str]:
        """A sort key that puts first who needs help: hand up, wrong answer, long inactive. Who is gone comes last."""
        minutes = int(self.quiet // 60)
        return self.is_gone, not self.has_hand_up, self.is_right is not False, self.is_over, -minutes, self.account


class Room(msgspec.Struct, frozen=True):
    """Everyone, those who need help most first, and the votes."""

    rows: tuple[Row, ...]
    answered: int
    """How many have answered the present question."""
    bars: tuple[Bar, ...]
    """Their answers."""
    first_tries: tuple[Bar, ...]
    """The first answers on the page that most learners are on."""
    first_tries_page: int = 0
    changed_to_right: int = 0
    """How many were wrong in the first vote and right in the latest."""
    changed_from_right: int = 0
    """How many were right in the first vote and wrong in the latest."""
    voted_twice: int = 0
    """How many answered in both."""

    def learner(self, account: str) -> Row | None:
        """What is known of a learner; None if nobody has this account."""
        return next((row for row in self.rows if row.account == account), None)

    @property
    def hands(self) -> int:
        """How many hands are up."""
        return sum(row.has_hand_up for row in self.rows)

    @property
    def here(self) -> int:
        """How many are here now."""
        return sum(not row.is_gone for row in self.rows)
