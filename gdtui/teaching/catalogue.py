"""The catalogue: the lessons that ship, with this user's progress in each."""

import shlex
from collections.abc import Sequence

import msgspec

from gdtui.storage.lesson_files import find, lesson_name, shipped
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.progress import own_progress
from gdtui.teaching.reader import read_lesson


class CatalogueEntry(msgspec.Struct, frozen=True):
    """A lesson on the catalogue."""

    number: int
    loaded: LoadedLesson
    state: str
    """The user's progress in words; empty where the lesson was not begun."""
    is_done: bool = False
    """Whether the user has finished it."""

    @property
    def line(self) -> str:
        """It as a line of a list."""
        return f"{self.number:3}  {self.loaded.name:<16}{self.loaded.lesson.title:<32}{self.state}".rstrip()


def lesson_named(name: str) -> LoadedLesson:
    """The lesson of this name, number or file.

    Raises:
        InputError: there is none, or it is not right.
    """
    file = find(name)
    return read_lesson(file.text, file.place, file.name, file.folder)


def catalogue() -> list[CatalogueEntry]:
    """Every lesson that ships, in their order."""
    lessons = [lesson_named(str(path)) for path in shipped()]
    progress = own_progress(lessons)
    found = []
    for number, loaded in enumerate(lessons, 1):
        mine = progress.get(loaded.name)
        pages = len(loaded.lesson.steps)
        found.append(
            CatalogueEntry(
                number, loaded, mine.in_words(loaded.lesson) if mine else "", bool(mine and mine.pages >= pages)
            )
        )
    return found


def what_next(lessons: Sequence[CatalogueEntry]) -> str:
    """What to do next, with the command for it: go on with what is begun, else begin the next."""
    begun = [each for each in lessons if each.state and not each.is_done]
    new = [each for each in lessons if not each.state]
    if begun:
        return f"gdtui lesson {begun[-1].loaded.name} goes on where you left it"
    if new:
        which = "first" if len(new) == len(lessons) else "next"
        return f"gdtui lesson {new[0].loaded.name} begins the {which}"
    return f"all are done; {again(lessons[0].loaded)} begins the first anew"


def again(loaded: LoadedLesson) -> str:
    """The command that begins a lesson anew."""
    names = {lesson_name(path) for path in shipped()}
    is_shipped = loaded.name in names and lesson_named(loaded.name).digest == loaded.digest
    return f"gdtui lesson {loaded.name if is_shipped else shlex.quote(loaded.place)} --again"


def next_after(name: str) -> str:
    """The name of the lesson after this one; nothing after the last, or after a file of one's own."""
    names = [lesson_named(str(path)).name for path in shipped()]
    return names[names.index(name) + 1] if name in names[:-1] else ""
