"""A learner's own records: progress in each lesson, best scores, and what can be handed in."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from gdtui.errors import InputError
from gdtui.storage import files
from gdtui.storage.record import Entries, damage, sealed, split
from gdtui.storage.record_folder import own_records, read_own
from gdtui.teaching.events import GoOn
from gdtui.teaching.lesson import Lesson, LoadedLesson
from gdtui.teaching.pages.all_kinds import tasks_of
from gdtui.teaching.record import RULES, Done, begun_of, decoded, seal
from gdtui.text import _, listed, ngettext

LINES_OF_NOTHING = 2
"""The lines of a sealed record with no events: its first line and the seal."""


class Progress(msgspec.Struct, frozen=True):
    """A learner's progress in a lesson, from all its records."""

    pages: int
    """The pages finished in the record that went furthest."""
    best: tuple[tuple[str, int], ...]
    """The best score of each challenge, by page."""
    points: float | None = None
    """The most points in one record; None if no record has points."""

    def in_words(self, lesson: Lesson) -> str:
        """`4/6 pages, 3/7 points`, or `★★★ 7/7 points, best 2 epochs`."""
        goals = {step.name: step.goal for step in lesson.steps if step.goal}
        pages, most = len(lesson.steps), sum(task.worth for step in lesson.steps for task in tasks_of(step))
        is_done = self.pages >= pages
        said = [_("done") if is_done else ngettext("{done}/{n} page", "{done}/{n} pages", pages, done=self.pages)]
        if self.points is not None and most:
            points = ngettext("{points:g}/{n} point", "{points:g}/{n} points", most, points=self.points)
            said = [f"{stars(self.points / most)} {points}"] if is_done else [*said, points]
        if best := [goals[page].scored(score) for page, score in self.best if page in goals]:
            said.append(_("best {scores}", scores=listed(best, _("and"))))
        return ", ".join(said)


def stars(part: float) -> str:
    """One star for finishing a lesson, two for at least two thirds of its points, three for nine tenths."""
    n = 1 + sum(part >= least for least in (2 / 3, 0.9))
    return "★" * n + "☆" * (3 - n)


def _own_files(refused: Callable[[str], object] = lambda _: None) -> Iterator[tuple[Path, bytes]]:
    """This user's records as files; `refused` is called with the reason why one is left out."""
    for path in own_records(refused):
        try:
            yield path, read_own(path)
        except InputError as error:
            refused(str(error))


def _own() -> list[Entries]:
    return [record for path, text in _own_files() for record in split(text, path.name)]


def own_progress(lessons: Iterable[LoadedLesson]) -> dict[str, Progress]:
    """Progress by lesson name: the most pages in one record, and the best scores of all.

    Pages done in another version of a lesson count if they still exist, scores only if the page is unchanged.
    """
    known = {loaded.name: loaded for loaded in lessons}
    found: dict[str, Progress] = {}
    for record in _own():
        begun = begun_of(record.entries)
        loaded = known.get(begun.lesson) if begun else None
        if begun is None or loaded is None:
            continue
        before = found.get(loaded.name, Progress(0, ()))
        pages, best, points = set(), dict(before.best), before.points
        for done in _done(record):
            if isinstance(done.event, GoOn) and done.page in loaded.pages:
                pages.add(done.page)
                if done.outcome.points is not None:
                    points = max(points or 0.0, done.outcome.points)
            if (score := done.outcome.score) is not None and done.page in begun.same_pages(loaded):
                best[done.page] = min(score, best.get(done.page, score))
        found[loaded.name] = Progress(max(len(pages), before.pages), tuple(best.items()), points)
    return found


def earlier_version(loaded: LoadedLesson, *, is_new: bool) -> Entries | None:
    """The newest record of another version of a lesson, if it was judged by the same rules.

    None if the learner has already moved on from it: the only record of this version that may exist is the current one,
    and it must have taken entries from another version.
    """
    found: list[tuple[str, Entries]] = []
    ours: dict[str, bool] = {}  # by when they were begun: a record and its copies are one
    for record in _own():
        begun = begun_of(record.entries)
        if begun is None or (begun.lesson, begun.rules) != (loaded.name, RULES) or len(record.entries) < 2:
            continue
        if begun.digest == loaded.digest:
            ours[begun.at] = any(done.at <= begun.at for done in _done(record))
        else:
            found.append((begun.at, record))
    wanted: list[bool] = [] if is_new else [True]
    return max(found, key=lambda each: each[0])[1] if found and [*ours.values()] == wanted else None


def _done(record: Entries) -> Iterator[Done]:
    """The events of a record, up to the first line that cannot be read."""
    with suppress(msgspec.DecodeError):
        for entry in map(decoded, record.entries[1:]):
            if isinstance(entry, Done):
                yield entry


def damaged(stem: str) -> str:
    """Where and why the newest record whose name starts like this is damaged; empty if it is not."""
    with suppress(InputError):  # what cannot be read is not continued either
        for path in reversed(own_records()):
            if path.name.startswith(stem):
                return damage(read_own(path), path.name)
    return ""


def own_sealed(
    lessons: tuple[str, ...],
    refused: Callable[[str], object] = lambda _: None,
    flawed: Callable[[str], object] = lambda _: None,
) -> list[bytes]:
    """The records of these lessons, or of all, that contain events, each sealed.

    `refused` is called with the reason why one cannot be read, `flawed` if one is damaged. Damaged ones come first and
    have no seal: after another record in a mail they would look like its end.
    """
    whole, others = [], []
    for path, text in _own_files(refused):
        handed = sealed(text, path.name, seal)
        first = begun_of(split(handed, path.name)[0].entries)
        if lessons and not any(first.lesson == it if first else path.name.startswith(f"{it}-") for it in lessons):
            continue
        if where := damage(handed, files.shown(path)):
            flawed(where)
            others.append(handed)
        elif handed.count(b"\n") > LINES_OF_NOTHING:
            whole.append(handed)
    return [*others, *whole]
