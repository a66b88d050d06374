"""What the teacher sees of the room: frozen values, made anew from the learners' lines."""

import msgspec

from gdtui.classroom.messages import Bar, Bench


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
    """`right`, the misconception, that it is not recognized, or that it is her own words."""
    is_right: bool | None
    wrong_in_a_row: int
    hints: int
    has_hand_up: bool
    quiet: float
    """Seconds without a line of hers."""
    unseen: float
    """Seconds without a sign of life of her program."""
    has_left: bool
    is_following: bool
    bench: Bench | None
    answer_page: int = 0
    """The page that the last answer is of."""
    reached: float = 0.0
    """Which part of her lesson she has come to, also while she is in the lab."""
    flags: tuple[str, ...] = ()
    """What is wrong with her file."""


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
        return sum(not row.has_left and row.unseen < SECONDS_UNSEEN for row in self.rows)


SECONDS_UNSEEN = 60.0
"""After so long without a sign of life a learner is said not to be seen."""
