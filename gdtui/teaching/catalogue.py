"""The shelf: the lessons that ship, with how far this user has come with each."""

import shlex
from collections.abc import Sequence

import msgspec

from gdtui.storage.lesson_files import find, lesson_name, shipped
from gdtui.teaching.lesson import Edition
from gdtui.teaching.progress import own_progress
from gdtui.teaching.reader import read_lesson


class Shelved(msgspec.Struct, frozen=True):
    """A lesson on the shelf."""

    number: int
    edition: Edition
    state: str
    """How far the user has come, in words; nothing where it was not begun."""
    is_done: bool = False
    """Whether it was gone through to its end."""

    @property
    def line(self) -> str:
        """It as a line of a list."""
        return f"{self.number:3}  {self.edition.name:<16}{self.edition.lesson.title:<32}{self.state}".rstrip()


def read_edition(name: str) -> Edition:
    """The lesson of this name, number or file.

    Raises:
        InputError: there is none, or it is not right.
    """
    file = find(name)
    return read_lesson(file.text, file.place, file.name)


def shelf() -> list[Shelved]:
    """Every lesson that ships, in their order."""
    progress = own_progress()
    found = []
    for number, path in enumerate(shipped(), 1):
        edition = read_edition(str(path))
        mine = progress.get((edition.name, edition.digest))
        pages = len(edition.lesson.steps)
        found.append(
            Shelved(number, edition, mine.in_words(edition.lesson) if mine else "", bool(mine and mine.pages >= pages))
        )
    return found


def what_next(lessons: Sequence[Shelved]) -> str:
    """What to do next, with the command for it: go on with what is begun, else begin the next."""
    begun = [each for each in lessons if each.state and not each.is_done]
    new = [each for each in lessons if not each.state]
    if begun:
        return f"gdtui lesson {begun[-1].edition.name} goes on where you left it"
    if new:
        which = "first" if len(new) == len(lessons) else "next"
        return f"gdtui lesson {new[0].edition.name} begins the {which}"
    return f"all are done; {again(lessons[0].edition)} begins the first anew"


def again(edition: Edition) -> str:
    """The command that begins a lesson anew."""
    names = {lesson_name(path) for path in shipped()}
    is_shipped = edition.name in names and read_edition(edition.name).digest == edition.digest
    return f"gdtui lesson {edition.name if is_shipped else shlex.quote(edition.place)} --again"


def next_after(name: str) -> str:
    """The name of the lesson after this one; nothing after the last, or after a file of one's own."""
    names = [read_edition(str(path)).name for path in shipped()]
    return names[names.index(name) + 1] if name in names[:-1] else ""
