"""Who was in a class, how far they got, and who has handed in, from the learners' files and the hand-in folder."""

from contextlib import suppress
from pathlib import Path

import msgspec

from gdtui.classroom.drop_box import DropBox
from gdtui.classroom.folder import LEARNERS, read_now
from gdtui.classroom.presence import Presence
from gdtui.errors import InputError
from gdtui.storage import files
from gdtui.storage.record import read_records
from gdtui.storage.roster_file import Roster
from gdtui.teaching.record import begun_of
from gdtui.teaching.report import csv_text, no_formula
from gdtui.text import _, aligned


class Attended(msgspec.Struct, frozen=True):
    """One learner. The field names are also the column names."""

    learner: str
    joined: str = ""
    """When the learner joined, in UTC by their own machine's clock; empty if absent."""
    lesson: str = ""
    page: int = 0
    """The furthest page in the lesson."""
    pages: int = 0
    answered: int = 0
    """The number of pages answered in class."""
    right_at_once: int = 0
    handed_in: str = ""
    """`yes` or `no`; empty if no hand-in folder is set up."""
    judged: int = 0
    """How many of the answered pages have a right answer."""


def attendance(path: Path, hand_in: Path | None, roster: Roster) -> list[Attended]:
    """Everyone on the roster, in its order, then everyone else who was in the latest class.

    Raises:
        InputError: there was no class, or the hand-in folder cannot be listed.
    """
    now, __ = read_now(path)
    assert now is not None  # noqa: S101  # no version of it was seen before
    present = _present(path, now.opened)
    has_handed_in = None if hand_in is None else _handed_in(hand_in, now.lesson)
    names = roster.by_account({*present, *(has_handed_in or ())})
    others = sorted(present.keys() - names.keys())
    return [_attended(name, present.get(name), now.lesson, has_handed_in) for name in (*names, *others)]


def _present(path: Path, opened: str) -> dict[str, Presence]:
    """Everyone in a class, by account in lower case."""
    box, found = DropBox(path / LEARNERS, opened), dict[int, Presence]()
    while new := [each for each in box.look() if each.line is not None]:
        for each in new:
            found.setdefault(each.owner, Presence(each.owner)).take(each)
    return {presence.account.casefold(): presence for presence in found.values()}


def _attended(name: str, presence: Presence | None, lesson: str, handed_in: set[str] | None) -> Attended:
    has = "" if handed_in is None else "yes" if name in handed_in else "no"
    if presence is None:
        return Attended(name, handed_in=has)
    tries, farthest = presence.first_tries.values(), presence.farthest
    at = farthest.get(lesson) or next(reversed(farthest.values()), presence.at)
    return Attended(
        presence.account,
        presence.joined,
        at.lesson,
        at.page,
        at.pages,
        len(tries),
        sum(bool(did.outcome.is_right) for did in tries),
        has,
        sum(did.outcome.is_right is not None for did in tries),
    )


def _handed_in(folder: Path, lesson: str) -> set[str]:
    """The accounts, in lower case, that have handed in a record of this lesson, or of any if `lesson` is empty."""
    found = set()
    for path in files.inside(folder) or ():
        with suppress(InputError):  # gdtui grade reports what is wrong with it
            for record in read_records(path):
                begun = begun_of(record.entries)
                if begun and lesson in ("", begun.lesson):
                    found.add((record.account or begun.learner).casefold())
    return found


def as_table(attended: list[Attended]) -> str:
    """One line per learner."""
    header = (_("learner"), _("joined (UTC)"), _("page"), _("right at first try"), _("handed in"))
    rows = [
        (
            each.learner,
            each.joined or _("absent"),
            f"{each.page}/{each.pages}" if each.page else "",
            f"{each.right_at_once}/{each.judged}" if each.judged else "",
            {"yes": _("yes"), "no": _("no")}.get(each.handed_in, _("not set up")),
        )
        for each in attended
    ]
    return "\n".join(aligned([header, *rows]))


def as_csv(attended: list[Attended]) -> str:
    """One row per learner, for a spreadsheet."""
    rows = [[no_formula(str(cell)) for cell in msgspec.structs.astuple(each)] for each in attended]
    return csv_text([Attended.__struct_fields__, *rows])
