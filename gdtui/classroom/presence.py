"""What the teacher knows about one learner, from the lines of all their files, and the state of the whole class."""

import secrets
import time
from collections import Counter
from collections.abc import Container, Iterable

from gdtui.classroom.drop_box import Found
from gdtui.classroom.messages import At, Bar, Did, Hand, Joined, Left, Vote
from gdtui.classroom.roster import SECONDS_UNSEEN, Row
from gdtui.numbers import parse_answer, significant
from gdtui.storage.record import account_name
from gdtui.teaching.misconceptions import NAMES
from gdtui.text import _, clean, listed

LONGEST_ANSWER, LONGEST_WORDS, LONGEST_LACKS, MOST_FLAGS, MOST_PAGES = 20, 60, 200, 4, 1_000

MOST_BARS = 6
"""The most answers with a bar of their own; all others share one."""

RIGHT = _("right")
UNKNOWN = _("not recognized")
OWN = _("own words")
OTHER = _("other")


class Presence:
    """One learner. Times are by the teacher's own clock."""

    def __init__(self, owner: int) -> None:
        self.account = account_name(owner)
        self.at = At()
        self.farthest: dict[str, At] = {}
        """The furthest place in each lesson."""
        self.joined = ""
        """When the learner first joined, by their own clock."""
        self.first_tries: dict[tuple[str, int], Did] = {}
        """The first answer on each page, by lesson and page."""
        self.vote = Vote(0, 0, "")
        self._last: Did | None = None
        self._wrong = self._hints = 0
        self.hand = ""
        """The id of the raised hand."""
        self._has_left = False
        self._quiet_since = time.monotonic()
        self._alive: dict[str, float] = {}
        """When each of the learner's files last changed."""
        self._flags: list[str] = []

    def take(self, found: Found, age: float = 0.0) -> None:
        """Take in something found in the learner's files, which were last changed `age` seconds ago."""
        now = time.monotonic() - age
        if found.flag:
            if found.flag not in self._flags and len(self._flags) < MOST_FLAGS:
                self._flags.append(found.flag)
            return
        self._alive[found.file] = now
        if found.line is None:
            return
        self._quiet_since = now
        match found.line:
            case At():
                if (found.line.lesson, found.line.page) != (self.at.lesson, self.at.page):
                    self._hints = 0
                self.at = found.line
                self._went(found.line)
            case Did(answer=""):
                self._hints += 1
            case Did():
                self._last = found.line
                if found.line.outcome.is_right is not None:
                    self._wrong = 0 if found.line.outcome.is_right else self._wrong + 1
                if len(self.first_tries) < MOST_PAGES:
                    self.first_tries.setdefault((self.at.lesson, found.line.page), found.line)
            case Hand(is_up, name):
                self.hand = (name or secrets.token_hex(8)) if is_up else ""
            case Vote():
                self.vote = found.line
            case Left():
                del self._alive[found.file]
            case Joined():
                self.joined = min(filter(None, (self.joined, found.line.at)), default="")
        self._has_left = isinstance(found.line, Left)

    def _went(self, at: At) -> None:
        before = self.farthest.get(at.lesson)
        if at.page and (before.page <= at.page if before else len(self.farthest) < MOST_PAGES):
            self.farthest[at.lesson] = at

    @property
    def _reached(self) -> float:
        """How much of the present or latest lesson has been reached, from 0 to 1."""
        at = self.at if self.at.pages else next(reversed(self.farthest.values()), self.at)
        return min(1.0, at.page / at.pages) if at.pages else 0.0

    def row(self, lowered: Container[str] = ()) -> Row:
        """The learner's row in the roster; hands in `lowered` count as down."""
        now, at, last = time.monotonic(), self.at, self._last
        unseen = now - max(self._alive.values(), default=self._quiet_since)
        has_left = self._has_left and (not self._alive or unseen >= SECONDS_UNSEEN)
        return Row(
            account=self.account,
            page=at.page,
            pages=at.pages,
            lesson=clean(at.lesson, LONGEST_WORDS),
            answer=clean(last.answer, LONGEST_WORDS) if last else "",
            words=in_words(last) if last else "",
            is_right=last.outcome.is_right if last else None,
            wrong_in_a_row=self._wrong,
            hints=self._hints,
            hand="" if has_left or self.hand in lowered else self.hand,
            quiet=now - self._quiet_since,
            unseen=unseen,
            has_left=has_left,
            is_following=at.is_following,
            bench=at.bench,
            answer_page=last.page if last else 0,
            reached=self._reached,
            is_over=at.is_over,
            lacks=clean(at.lacks, LONGEST_LACKS),
            flags=tuple(self._flags),
        )


def in_words(did: Did) -> str:
    """An answer in words: right, or which misconception; an answer that is not judged is neither."""
    if did.outcome.is_right is not False:
        return RIGHT if did.outcome.is_right else OWN
    kinds = [NAMES.get(kind, kind) for kind in did.outcome.misconceptions[:2]]
    return clean(listed(kinds, _("or")), LONGEST_WORDS) if kinds else UNKNOWN


def number_shown(text: str) -> str:
    """An answer as it is counted: equal numbers are the same answer."""
    try:
        return significant(parse_answer(text).value)
    except ValueError:
        return clean(" ".join(text.split()), LONGEST_ANSWER)


def first_tries(presences: Iterable[Presence]) -> tuple[int, tuple[Bar, ...]]:
    """The page that most learners are on, and their first answers to it."""
    everyone = list(presences)
    pages = Counter((each.at.lesson, each.at.page) for each in everyone if each.at.page)
    if not pages:
        return 0, ()
    place = min(pages, key=lambda page: (-pages[page], page))
    given = Counter(
        (number_shown(did.answer), in_words(did), bool(did.outcome.is_right))
        for did in (each.first_tries.get(place) for each in everyone)
        if did is not None
    )
    return place[1], bars_of([(Bar(answer, words, "", (), right), (n,)) for (answer, words, right), n in given.items()])


def bars_of(counted: Iterable[tuple[Bar, tuple[int, ...]]]) -> tuple[Bar, ...]:
    """Bars from counts, the most frequent first; the rarest share one bar."""
    rows = sorted(counted, key=lambda row: (-row[1][-1], -sum(row[1]), not row[0].is_right, row[0].answer))
    kept, others = rows[:MOST_BARS], rows[MOST_BARS:]
    if not any(bar.is_right for bar, _n in kept) and (right := next((row for row in others if row[0].is_right), None)):
        others = [*(row for row in others if row is not right), kept.pop()]
        kept.append(right)
    if others:
        kept.append((Bar(OTHER, "", "", ()), tuple(map(sum, zip(*(n for _bar, n in others), strict=True)))))
    return tuple(Bar(bar.answer, bar.words, bar.line, n, bar.is_right) for bar, n in kept)
