"""Grade records: replay each against its lesson, and flag what was edited, is cut off or does not reproduce."""

from collections.abc import Iterable, Mapping

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.expressions import filled
from gdtui.storage.record import Entries, Flaw
from gdtui.teaching.events import Answer, Event, GoOn, Hint, written
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.limits import Limit
from gdtui.teaching.page import Outcome
from gdtui.teaching.pages.all_kinds import tasks_of
from gdtui.teaching.pages.page import MISSING, Page
from gdtui.teaching.record import RULES, Begun, Sealed, begun_of, decoded
from gdtui.teaching.session import Session
from gdtui.text import clean

MOST_UPDATES = 500_000
"""How many updates the replay of one record may take."""

MOST_ENTRIES = 5_000
"""How many entries of one record are replayed."""

TOLERANCE = 2e-5
"""How far a number may be from the recorded one, as a part of it: another machine's last bits of a float32."""


class Answered(msgspec.Struct, frozen=True):
    """What became of one question."""

    page: str
    tries: int = 0
    right_at: int = 0
    """The number of the try that was right; 0 for none."""
    misconceptions: tuple[tuple[str, ...], ...] = ()
    """For each wrong answer of a known kind the misconceptions that it may have come from."""
    otherwise: tuple[str, ...] = ()
    """The wrong answers that come from no misconception that is known: numbers as they are shown, or the choices."""
    title: str = ""
    """The page's title, as it was answered."""
    points: float = 0.0
    """Points for it."""


class Reached(msgspec.Struct, frozen=True):
    """What became of one goal."""

    page: str
    is_reached: bool = False
    score: int | None = None
    """Keys or updates, where it is a challenge."""

    @property
    def points(self) -> float:
        """Points for it."""
        return 1.0 if self.is_reached else 0.0


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """What one record shows."""

    place: str
    """The file."""
    learner: str = ""
    lesson: str = ""
    at: str = ""
    """When it was begun, in UTC, as the record says."""
    questions: tuple[Answered, ...] = ()
    """One for each question of the lesson, in its order."""
    goals: tuple[Reached, ...] = ()
    hints: int = 0
    is_over: bool = False
    """Whether the lesson was finished."""
    flags: tuple[Flaw, ...] = ()
    """Why the record cannot be trusted, with the line. Entries after the first such line do not count."""

    @property
    def parts(self) -> "tuple[Answered | Reached, ...]":
        """Questions and goals."""
        return (*self.questions, *self.goals)

    @property
    def points(self) -> float:
        """Points in all."""
        return sum(part.points for part in self.parts)

    @property
    def most(self) -> int:
        """The most points there are."""
        return len(self.parts)

    @property
    def goals_reached(self) -> int:
        """How many goals were reached."""
        return sum(goal.is_reached for goal in self.goals)

    @property
    def at_once(self) -> int:
        """How many questions were answered right at the first try."""
        return sum(question.right_at == 1 for question in self.questions)


def grade(record: Entries, loaded_lessons: Mapping[str, LoadedLesson], backend: Backend) -> Grade:
    """Replay one record; `lessons` holds the lessons by the digests of their files.

    Points come from the replay alone, never from what the record says of itself.
    """
    flags = list(record.flaws)
    first = begun_of(record.entries)
    if first is None:
        flags = flags or [Flaw(record.first_line, "this is not the beginning of a record")]
        return Grade(place=record.place, flags=tuple(flags))
    learner, name = clean(first.learner, 40), clean(first.lesson, 60)
    said = Grade(place=record.place, learner=learner, lesson=name, at=clean(first.at, 20))
    loaded = loaded_lessons.get(first.digest)
    if loaded is None or first.rules != RULES:
        reason = "another version of gdtui, which judged by other rules, has written it"
        if loaded is None:
            is_known = any(other.name == first.lesson for other in loaded_lessons.values())
            known = "another version of the lesson" if is_known else "a lesson not known here (name it with --lesson)"
            reason = f"it comes from {known}"
        return msgspec.structs.replace(said, flags=(Flaw(record.first_line, reason), *flags))
    replay = _Replay(loaded, Limit(MOST_UPDATES).on(backend))
    is_sealed = False
    for number, entry in enumerate(record.entries[1:], record.first_line + 1):
        lines_before = number - record.first_line
        reason, is_sealed = replay.step(entry, lines_before)
        if lines_before > MOST_ENTRIES:
            reason = f"more than {MOST_ENTRIES:,} entries"
        if reason:
            flags.insert(0, Flaw(number, reason))
            break
    if not flags and not is_sealed:
        last = record.first_line + len(record.entries) - 1
        flags.append(Flaw(last, "no seal of gdtui hand-in follows: the end may be missing"))
    return msgspec.structs.replace(
        said,
        questions=tuple(replay.questions.values()),
        goals=tuple(replay.goals.values()),
        hints=replay.hints,
        is_over=replay.session.is_over,
        flags=tuple(flags),
    )


def counting(grades: Iterable[Grade]) -> tuple[Grade, ...]:
    """Of several attempts of a learner at a lesson the best, the first of equals; what is flagged is worth nothing."""
    best: dict[tuple[str, ...], Grade] = {}
    for found in grades:
        key = (found.learner, found.lesson) if found.lesson else (found.place,)
        if key not in best or _worth(found) > _worth(best[key]):
            best[key] = found
    return tuple(best.values())


def _worth(found: Grade) -> tuple[bool, float]:
    return not found.flags, found.points


class _Replay:
    """A session that does again what a record says, and notes what it is worth."""

    def __init__(self, loaded: LoadedLesson, backend: Backend) -> None:
        self.session = Session(loaded, backend)
        tasks = [task for step in loaded.lesson.steps for task in tasks_of(step)]
        self.questions = {task.label: Answered(task.label) for task in tasks if task.kind.is_question}
        self.goals = {task.label: Reached(task.label) for task in tasks if not task.kind.is_question}
        self.hints = 0

    def step(self, entry: bytes, lines_before: int) -> tuple[str, bool]:
        """Replay one entry. Returns the reason to flag it, empty if there is none, and whether it is the seal."""
        try:
            done = decoded(entry)
        except msgspec.DecodeError as error:
            return f"the line is not understood: {clean(str(error), 80)}", False
        if isinstance(done, Sealed):
            is_whole = done.lines == lines_before
            return "" if is_whole else f"the seal counts {done.lines} lines, and there are {lines_before}", is_whole
        if isinstance(done, Begun):
            return "a second beginning", False
        page = self.session.step.name
        if page != done.page:
            return f"it is on page '{clean(done.page, 40)}', and the replay on '{page}'", False
        under_way, label = self.session.page, self.session.label
        points = under_way.points
        try:
            outcome = self.session.take(done.event)
        except UserError as error:
            return f"it cannot be replayed: {error}", False
        if difference := _difference(done.outcome, outcome):
            return f"'{clean(written(done.event), 40)}' does not reproduce: {difference}", False
        self._note(label, done.event, outcome, under_way, self.session.page.points - points)
        return "", False

    def _note(self, label: str, event: Event, outcome: Outcome, page: Page, points: float) -> None:
        match event:
            case Hint():
                self.hints += 1
            case Answer(text):
                before = self.questions[label]
                tries = before.tries + 1
                is_known = bool(outcome.is_right or outcome.misconceptions)
                self.questions[label] = msgspec.structs.replace(
                    before,
                    tries=tries,
                    right_at=tries if outcome.is_right else 0,
                    misconceptions=(*before.misconceptions, *filter(None, [outcome.misconceptions])),
                    otherwise=before.otherwise if is_known else (*before.otherwise, page.understood(text)),
                    title=before.title or filled(self.session.step.title, self.session.scope(), MISSING),
                    points=points,
                )
            case GoOn():
                pass
            case _:
                before_it = self.goals[label]
                score = before_it.score if outcome.score is None else outcome.score
                self.goals[label] = Reached(label, outcome.is_done, score)


def _difference(recorded: Outcome, replayed: Outcome) -> str:
    """The difference between the recorded outcome and the replayed one; their words are not compared."""
    if not replayed.is_accepted:
        return f"it is refused, {clean(' '.join(replayed.says), 80)}"
    for name in ("is_right", "is_done", "score", "misconceptions"):
        was, now = getattr(recorded, name), getattr(replayed, name)
        if was != now:
            return f"{name.replace('_', ' ')} was {clean(str(was), 40)} and is {now}"
    if len(recorded.numbers) != len(replayed.numbers):
        return "it has other numbers"
    for was, now in zip(recorded.numbers, replayed.numbers, strict=True):
        if not same_number(was, now):
            return f"{clean(was, 24)} was recorded, and it is {now}"
    return ""


def same_number(recorded: str, replayed: str) -> bool:
    """Whether two numbers as shown are equal up to the last bits of another machine."""
    if recorded == replayed:
        return True
    try:
        was, now = (float(text[:40].replace("\N{MINUS SIGN}", "-")) for text in (recorded, replayed))
    except ValueError:
        return False
    last_digit = 10.0 ** -len(replayed.partition("e")[0].partition(".")[2]) if "e" not in replayed else 0.0
    return abs(was - now) <= max(TOLERANCE * abs(now), last_digit)
