"""The shelf: the lessons that ship, with how far this user has come with each."""

import msgspec

from gdtui.storage.lesson_files import find, shipped
from gdtui.teaching.lesson import Edition
from gdtui.teaching.progress import own_progress
from gdtui.teaching.reader import read_lesson


class Shelved(msgspec.Struct, frozen=True):
    """A lesson on the shelf."""

    number: int
    edition: Edition
    state: str
    """How far the user has come, in words; nothing where it was not begun."""

    @property
    def line(self) -> str:
        """It as a line of a list."""
        return f"{self.number:3}  {self.edition.name:<16}{self.edition.lesson.title:<36}{self.state}".rstrip()


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
        found.append(Shelved(number, edition, mine.in_words(len(edition.lesson.steps)) if mine else ""))
    return found


def next_after(name: str) -> str:
    """The name of the lesson after this one; nothing after the last, or after a file of one's own."""
    names = [read_edition(str(path)).name for path in shipped()]
    return names[names.index(name) + 1] if name in names[:-1] else ""
