"""A learner's own records: progress in each lesson, best scores, and what there is to hand in."""

from collections.abc import Callable

import msgspec

from gdtui.errors import InputError
from gdtui.numbers import count
from gdtui.storage import files
from gdtui.storage.record import LARGEST, Entries, own_records, sealed, split
from gdtui.teaching.events import GoOn
from gdtui.teaching.lesson import Lesson
from gdtui.teaching.record import Done, begun_of, decoded, seal


class Progress(msgspec.Struct, frozen=True):
    """A learner's progress in one version of a lesson, from all records of it."""

    pages: int
    """How many pages were finished, in the record that went farthest."""
    best: tuple[tuple[str, int], ...]
    """The best score of each challenge, by its page."""

    def in_words(self, lesson: Lesson) -> str:
        """`4/6 pages, best 2 updates`, or `done, best 2 updates`, of this lesson."""
        goals = {step.name: step.goal for step in lesson.steps if step.goal}
        best = " and ".join(goals[page].scored(score) for page, score in self.best if page in goals)
        pages = len(lesson.steps)
        far = "done" if self.pages >= pages else f"{self.pages}/{count(pages, 'page')}"
        return far + (f", best {best}" if best else "")


def _own(refused: Callable[[str], object] = lambda _: None) -> list[tuple[bytes, Entries]]:
    """Every record of this user's, as bytes and as read; `refused` is told why one is left out."""
    found = []
    for path in own_records():
        try:
            text, _ = files.read(path, LARGEST, is_private=True)
        except InputError as error:
            refused(str(error))
            continue
        found += [(text, record) for record in split(text, path.name)]
    return found


def own_progress() -> dict[tuple[str, str], Progress]:
    """Progress by lesson and digest."""
    found: dict[tuple[str, str], Progress] = {}
    for _, record in _own():
        begun = begun_of(record.entries)
        if begun is None:
            continue
        key = (begun.lesson, begun.digest)
        found[key] = _farther(found.get(key), _progress(record))
    return found


def _progress(record: Entries) -> Progress:
    pages = 0
    best: dict[str, int] = {}
    for entry in record.entries[1:]:
        try:
            done = decoded(entry)
        except msgspec.DecodeError:
            break
        if isinstance(done, Done):
            pages += isinstance(done.event, GoOn)
            if done.outcome.score is not None:
                best[done.page] = min(done.outcome.score, best.get(done.page, done.outcome.score))
    return Progress(pages, tuple(best.items()))


def _farther(one: Progress | None, other: Progress) -> Progress:
    if one is None:
        return other
    best = dict(one.best)
    for page, score in other.best:
        best[page] = min(score, best.get(page, score))
    front = max(one, other, key=lambda progress: progress.pages)
    return msgspec.structs.replace(front, best=tuple(best.items()))


def own_sealed(lessons: tuple[str, ...], refused: Callable[[str], object] = lambda _: None) -> list[bytes]:
    """The records of these lessons, or of all, in which something was done, each sealed.

    `refused` is told why one cannot be read.
    """
    return [
        sealed(text, record.place, seal)
        for text, record in _own(refused)
        if len(record.entries) > 1 and (begun := begun_of(record.entries)) and (not lessons or begun.lesson in lessons)
    ]
