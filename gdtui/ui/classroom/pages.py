"""The pages of the class's lesson on the board: their titles, who is on them, and who has come to one."""

from collections import Counter

from rich.cells import cell_len

from gdtui.classroom.roster import Room
from gdtui.experiment.expressions import unfilled
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.pages.page import MISSING
from gdtui.text import _, clean, ngettext
from gdtui.ui.common.rows import Row, around, fit

WIDEST = 78
"""The part of a message that is visible on any screen, in cells."""

MOST_NAMES = 3
LONGEST_TITLE = 50


def titles(loaded: LoadedLesson) -> list[str]:
    """The title of each page."""
    return [clean(unfilled(step.title, MISSING) or step.name, LONGEST_TITLE) for step in loaded.lesson.steps]


def title_rows(loaded: LoadedLesson, room: Room, width: int, height: int, chosen: int) -> list[Row]:
    """The pages by number and title, with how many learners are on each.

    If not all fit, those around the learners' or around the chosen one.
    """
    on = Counter(row.page for row in room.rows if row.lesson == loaded.name and not row.is_gone)
    named = titles(loaded)
    most = max(on, key=lambda page: on[page]) if on else 1
    middle = (chosen if 0 < chosen <= len(named) else most) - 1
    rows: list[Row] = []
    for index in around(middle, named, height):
        number = index + 1
        here = ngettext("{n} is here", "{n} are here", on[number]) if on[number] else ""
        mark, role = ("▸", "main") if number == chosen else (" ", "text")
        rows.append(fit([(f"{mark}{number:>3}  {named[index]}", role), (f"   {here}", "dim")], width))
    return rows


def who_came(room: Room, came: set[str], page: int) -> str:
    """How many of those who are here have come to a page, and who has not."""
    here = [row.account for row in room.rows if not row.is_gone]
    missing = [account for account in here if account not in came]
    if not here:
        return _("Nobody is here yet. Whoever joins starts on page {page}.", page=page)
    if not missing:
        return ngettext("The one learner here is on page {page}.", "All {n} are on page {page}.", len(here), page=page)
    said = ""
    for most in range(1, min(MOST_NAMES, len(missing)) + 1):
        names, more = ", ".join(missing[:most]), len(missing) - most
        names = _("{names} and {n} more", names=names, n=more) if more else names
        values = {"came": len(here) - len(missing), "all": len(here), "page": page, "names": names}
        longer = _("{came} of {all} are on page {page}. Not there: {names}", **values)
        said = longer if not said or cell_len(longer) <= WIDEST else said
    return said
