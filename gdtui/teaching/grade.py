"""Grade records: replay each against its lesson, and flag what was edited, is cut off or does not reproduce."""

from collections.abc import Iterable, Mapping

import msgspec

from gdtui.errors import InputError
from gdtui.experiment.backend import Backend
from gdtui.storage import files
from gdtui.storage.record import Entries, Flaw, owner, read_records
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.limits import Limit
from gdtui.teaching.record import RULES, Begun, begun_of
from gdtui.teaching.replay import STOPPING, Answered, Reached, RecordReplay, Said, not_replayed
from gdtui.text import _, clean

MOST_UPDATES = 1_000_000
"""The most updates that the replay of one file, or of one learner's records, may take."""

UPDATES_AN_ENTRY = 20
"""Each entry counts as at least this many updates: starting over takes as long as that."""

MOST_ENTRIES = 5_000
"""The most entries of a record that are replayed."""

LEAST_ALIKE = 3
"""With this many answers in the same second as another learner's, it cannot be chance."""


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one record."""

    place: str
    learner: str = ""
    lesson: str = ""
    at: str = ""
    """When it was started, in UTC, according to the record."""
    questions: tuple[Answered, ...] = ()
    """One for each question of the lesson, in order."""
    goals: tuple[Reached, ...] = ()
    hints: int = 0
    is_over: bool = False
    flags: tuple[Flaw, ...] = ()
    """Why the record cannot be trusted, each with its line. Entries after the first flagged line do not count."""
    is_unknown: bool = False
    """Whether the only problem is that its lesson is not known here."""
    changed: tuple[str, ...] = ()
    """Pages that have no points because they have changed since the record was made."""
    said: tuple[Said, ...] = ()
    """Answers in the learner's own words, and in polls."""
    same_as: str = ""
    """Another file with the same answers at the same times, as far as the shorter record goes."""

    @property
    def parts(self) -> "tuple[Answered | Reached, ...]":
        """Questions and goals, in the order of their pages."""
        return tuple(sorted((*self.questions, *self.goals), key=lambda part: part.number))

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each part: the page's, and the goal of a page that also asks a question says so."""
        asked = {question.page for question in self.questions}
        return tuple(
            _("{page} (goal)", page=part.page) if isinstance(part, Reached) and part.page in asked else part.page
            for part in self.parts
        )

    @property
    def points(self) -> float:
        """The points earned."""
        return sum(part.points for part in self.parts)

    @property
    def most(self) -> int:
        """The most points possible."""
        return sum(part.worth for part in self.parts)

    @property
    def goals_reached(self) -> int:
        """How many goals were reached."""
        return sum(goal.is_reached for goal in self.goals)

    @property
    def at_once(self) -> int:
        """How many questions were answered right on the first try."""
        return sum(question.right_at == 1 for question in self.questions)


class Grader:
    """Grades one file after another. A problem with one file becomes its flag and does not stop the others."""

    def __init__(
        self, loaded_lessons: Iterable[LoadedLesson], backend: Backend, most_updates: int = MOST_UPDATES
    ) -> None:
        """`most_updates` is the limit for each file, and for each learner."""
        self.grades: list[Grade] = []
        self.unchecked = 0
        """How many records cannot be tied to the owner of their file."""
        self._known: dict[str, LoadedLesson] = {}
        for loaded in loaded_lessons:
            self._known |= {loaded.digest: loaded, loaded.name: loaded}
        self._backend, self._most = backend, most_updates
        self._learners: dict[str, Limit] = {}
        self._done: dict[int, list[tuple[tuple[int, ...], tuple[str, int]]]] = {}
        """For each record seen: the hashes of its entries without the seal, and its place; by its first event's
        hash.
        """

    def take(self, path: str) -> None:
        """Grade the records in a file."""
        try:
            records = read_records(path)
        except InputError as error:
            place = files.shown(path)
            reason = str(error).removeprefix(f"{place}: ")
            self.grades.append(Grade(place=place, flags=(Flaw(0, reason),)))
            return
        in_file = Limit(self._most)
        for record in records:
            first = begun_of(record.entries)
            learner = record.account or (first.learner if first else "")
            limits = (in_file, self._learners.setdefault(learner, Limit(self._most)))
            is_own = record.is_ours and first is not None and first.learner == owner()
            self.unchecked += bool(first and not record.account and not is_own)
            found = grade(record, self._known, self._backend, *limits)
            self.grades.append(msgspec.structs.replace(found, same_as=self._same_as(record)))

    def _same_as(self, record: Entries) -> str:
        """The place of an earlier record that this one copies, begins, or continues; otherwise empty."""
        is_sealed = bool(record.entries) and record.entries[-1].startswith(b'{"entry":"sealed"')
        entries = record.entries[: len(record.entries) - is_sealed][:MOST_ENTRIES]
        if len(entries) < 2:
            return ""
        hashes = tuple(map(hash, entries))
        others = self._done.setdefault(hashes[1], [])
        where = next((where for other, where in others if _is_copy(entries, hashes, other)), ("", 0))
        others.append((hashes, (record.place, record.first_line)))
        return f"{where[0]}:{where[1]}" if where[0] == record.place else where[0]


def _is_copy(entries: tuple[bytes, ...], one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether the hashes of two records agree as far as the shorter one goes.

    Between two learners this takes several answers, because when a teacher turns the page it happens to all at once.
    """
    shorter = min(len(one), len(other))
    answers = sum(b'"do":"answer"' in entry for entry in entries[1:shorter])
    return one[1:shorter] == other[1:shorter] and (one[0] == other[0] or answers >= LEAST_ALIKE)


def grade(record: Entries, known: Mapping[str, LoadedLesson], backend: Backend, *limits: Limit) -> Grade:
    """Replay one record within the limits; `known` has the lessons by digest and by name.

    Points come only from the replay, never from what the record claims.
    """
    flags = list(record.flaws)
    first = begun_of(record.entries)
    if first is None:
        flags = flags or [
            Flaw(record.first_line, _("a record cannot start with this line: its beginning may be missing"))
        ]
        return Grade(place=record.place, flags=tuple(flags))
    said = Grade(
        place=record.place, learner=clean(first.learner, 40), lesson=clean(first.lesson, 60), at=clean(first.at, 20)
    )
    if record.account not in ("", first.learner):
        whose, named = clean(record.account, 40), said.learner
        flags.insert(
            0, Flaw(0, _("the file belongs to {whose}, but the record names {named}", whose=whose, named=named))
        )
    loaded = known.get(first.digest) or known.get(first.lesson)
    reason = ""
    if loaded is None:
        reason = _("gdtui does not know its lesson: name the lesson file with --lesson")
    elif first.rules != RULES:
        reason = _("it was written by a different version of gdtui, with different rules for right and wrong")
    else:
        try:
            return _replayed(said, record, first, RecordReplay(loaded, _within(backend, limits), first), limits, flags)
        except STOPPING as error:
            reason = _used_up(limits) or not_replayed(error)
    is_unknown = loaded is None and not flags
    return msgspec.structs.replace(said, flags=(Flaw(record.first_line, reason), *flags), is_unknown=is_unknown)


def _within(backend: Backend, limits: Iterable[Limit]) -> Backend:
    for limit in limits:
        backend = limit.on(backend)
    return backend


def _used_up(limits: Iterable[Limit]) -> str:
    """The message if one of the limits is used up; otherwise empty."""
    most = next((limit.most for limit in limits if limit.is_used_up), 0)
    too_many = _("more than {most:,} updates for one file or learner (--most-updates allows more)", most=most)
    return too_many if most else ""


def _replayed(
    said: Grade, record: Entries, first: Begun, replay: RecordReplay, limits: Iterable[Limit], flags: list[Flaw]
) -> Grade:
    """The grade of a record; `replay` is at its beginning."""
    is_sealed = False
    for number, entry in enumerate(record.entries[1:], record.first_line + 1):
        lines_before = number - record.first_line
        for limit in limits:
            limit.taken += UPDATES_AN_ENTRY
        reason, is_sealed = replay.step(entry, lines_before)
        if lines_before > MOST_ENTRIES:
            reason = _("more than {most:,} entries", most=MOST_ENTRIES)
        if reason := _used_up(limits) or reason:
            flags.insert(0, Flaw(number, reason))
            break
    if not flags and not is_sealed:
        last = record.first_line + len(record.entries) - 1
        flags.append(Flaw(last, _("it does not end with the seal of gdtui hand-in: its end may be missing")))
    if replay.changed and not first.pages:
        pages = ", ".join(replay.changed)
        reason = _("it comes from another version of the lesson; these pages differ: {pages}", pages=pages)
        flags.insert(0, Flaw(record.first_line, reason))
    return msgspec.structs.replace(
        said,
        questions=tuple(replay.questions.values()),
        goals=tuple(replay.goals.values()),
        hints=replay.hints,
        is_over=replay.session.is_over,
        flags=tuple(flags),
        changed=tuple(replay.changed),
        said=tuple(replay.said.values()),
    )


def counting(grades: Iterable[Grade]) -> tuple[Grade, ...]:
    """The best of a learner's attempts at each lesson, the first if equal; flagged attempts are worth nothing."""
    best: dict[tuple[str, ...], Grade] = {}
    for found in grades:
        key = (found.learner, found.lesson) if found.lesson else (found.place,)
        if key not in best or _worth(found) > _worth(best[key]):
            best[key] = found
    return tuple(best.values())


def _worth(found: Grade) -> tuple[bool, float]:
    return not found.flags, found.points
