"""The catalogue: the lessons that ship and those in the teacher's folder, with this user's progress."""

from collections.abc import Callable, Sequence

import msgspec

from gdtui.errors import InputError
from gdtui.experiment.command_line import quoted
from gdtui.storage.lesson_files import LessonFile, find, lesson_name, listed
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.pages.all_kinds import minutes
from gdtui.teaching.progress import own_progress
from gdtui.teaching.reader import read_lesson
from gdtui.text import _, clean, fitted, padded

NAME, TITLE = 16, 34
"""The width of a name and of a title in the list."""


class CatalogueEntry(msgspec.Struct, frozen=True):
    """A lesson in the catalogue."""

    number: int | None
    """The number that opens it on the command line, if it has one."""
    loaded: LoadedLesson
    state: str
    """The user's progress in words; empty if the lesson was never started."""
    is_done: bool = False
    """Whether the user has finished it."""

    @property
    def line(self) -> str:
        """The entry as a line of the list."""
        return f"{self.number or '':>3}  {padded(self.loaded.name, NAME)}{self._title_and_state(self.state)}"

    def on_the_list(self, *, has_name: bool) -> str:
        """The entry as a line on a screen, without the scores, which are shown below the list for the chosen lesson."""
        name = padded(self.loaded.name, NAME) if has_name else ""
        return f"{self.number or '':>3}  {name}{self._title_and_state(self.state.partition(',')[0])}"

    def _title_and_state(self, state: str) -> str:
        takes = _("{minutes:>2} min", minutes=minutes(self.loaded.lesson))
        return f"{fitted(clean(self.loaded.lesson.title), TITLE)}  {state or takes}"


def lesson_named(name: str) -> LoadedLesson:
    """The lesson with this name, number or file.

    Raises:
        InputError: there is none, or it has an error.
    """
    return lesson_in(find(name))


def lesson_in(file: LessonFile) -> LoadedLesson:
    """The lesson in a file.

    Raises:
        InputError: it has an error.
    """
    return read_lesson(file.text, file.place, file.name, file.folder)


def lessons_listed(refused: Callable[[str], object]) -> list[LoadedLesson]:
    """The lessons of the list. A teacher's own lesson with an error is left out, and `refused` gets the error.

    Raises:
        InputError: the folder of own lessons does not exist.
    """
    found = []
    for path in listed():
        try:
            found.append(lesson_named(str(path)))
        except InputError as error:
            refused(str(error))
    return found


def catalogue(
    refused: Callable[[str], object] = lambda _: None, more: Sequence[LoadedLesson] = ()
) -> list[CatalogueEntry]:
    """Every lesson of the list and `more`, with this user's progress; `more` stand for lessons of the same name.

    Raises:
        InputError: the folder of own lessons does not exist.
    """
    numbers = {lesson_name(path): number for number, path in enumerate(listed(), 1)}
    by_name = {each.name: each for each in (*lessons_listed(refused), *more)}
    lessons = sorted(by_name.values(), key=lambda each: numbers.get(each.name, len(numbers) + 1))
    progress = own_progress(lessons)
    found = []
    for loaded in lessons:
        mine = progress.get(loaded.name)
        pages = len(loaded.lesson.steps)
        state = mine.in_words(loaded.lesson) if mine else ""
        found.append(CatalogueEntry(numbers.get(loaded.name), loaded, state, bool(mine and mine.pages >= pages)))
    return found


def next_of(lessons: Sequence[CatalogueEntry]) -> CatalogueEntry:
    """The lesson to continue with: the last one started, otherwise the first new one, otherwise the first."""
    begun = [each for each in lessons if each.state and not each.is_done]
    new = [each for each in lessons if not each.state]
    return (begun[-1:] or new or list(lessons))[0]


def what_next(lessons: Sequence[CatalogueEntry]) -> str:
    """What to do next, with the command for it."""
    entry = next_of(lessons)
    if entry.is_done:
        return _("You have done them all. {command} starts the first one over.", command=again(entry.loaded))
    command = f"gdtui lesson {quoted(entry.loaded.name)}"
    if entry.state:
        return _("{command} continues where you left off.", command=command)
    if any(each.state for each in lessons):
        return _("{command} starts the next one.", command=command)
    return _("{command} starts the first one.", command=command)


def again(loaded: LoadedLesson) -> str:
    """The command that starts a lesson over."""
    return f"{command(loaded)} --again"


def command(loaded: LoadedLesson) -> str:
    """The command that opens a lesson where it was left."""
    return f"gdtui lesson {quoted(loaded.name if is_listed(loaded) else loaded.place)}"


def way_back(loaded: LoadedLesson, page: int) -> str:
    """What to say to a learner who leaves a lesson on a page."""
    values = {"page": page, "pages": len(loaded.lesson.steps), "command": command(loaded)}
    return _("You stopped on page {page} of {pages}. {command} continues there.", **values)


def is_listed(loaded: LoadedLesson) -> bool:
    """Whether a lesson is found by its name alone."""
    names = {lesson_name(path) for path in listed()}
    return loaded.name in names and lesson_named(loaded.name).digest == loaded.digest


def on_to(lesson: str, otherwise: str) -> str:
    """What enter does at the end of a lesson that has a next one; `otherwise` names the key that leaves."""
    return _("enter starts the next lesson, {lesson}; {otherwise}", lesson=lesson, otherwise=otherwise)


def next_after(name: str) -> str:
    """The name of the next lesson; empty after the last, and after a file of the user's own."""
    names = list(map(lesson_name, listed()))
    return names[names.index(name) + 1] if name in names[:-1] else ""
