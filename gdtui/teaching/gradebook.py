"""Grades as CSV files that learning platforms import: Canvas and Moodle."""

import re
from collections.abc import Callable, Sequence

from gdtui.storage.roster_file import Roster
from gdtui.teaching.grade import Grade, counting
from gdtui.teaching.report import csv_text, no_formula

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
"""The columns that Canvas wants before those of the assignments; it finds a learner by the first of them that is known,
ID at first, the name last.
"""

MOODLE_USER, NO_GRADE = "username", "-"


def as_canvas(grades: Sequence[Grade], roster: Roster) -> str:
    """One row a learner, one column a lesson: the file that Canvas's gradebook imports.

    A roster that Canvas has exported gives the learners' IDs, and those of the assignments that are named as lessons.
    """
    scores, lessons = _scores(grades)
    most = {found.lesson: found.most for found in grades}
    headers = [_assignment(lesson, roster.header) for lesson in lessons]
    rows = [
        [*CANVAS, *headers],
        ["    Points Possible", "", "", "", "", *(str(most[lesson]) for lesson in lessons)],
    ]
    for learner, points in scores.items():
        known = roster.find(learner)
        own = [roster.cell(known, column) for column in CANVAS] if known else ["", "", "", "", ""]
        own[0], own[3] = own[0] or no_formula(learner), own[3] or no_formula(learner)
        rows.append([*own, *(points.get(lesson, "") for lesson in lessons)])
    return csv_text(rows)


def as_moodle(grades: Sequence[Grade], roster: Roster) -> str:
    """One row a learner, one column a lesson: the file that Moodle's gradebook imports.

    A roster gives the columns by which Moodle may know the learners; whoever is not on it is left out, for a name that
    Moodle does not know stops the import.
    """
    scores, lessons = _scores(grades)
    header = roster.header or (MOODLE_USER,)
    rows = [[*header, *map(no_formula, lessons)]]
    for learner, points in scores.items():
        own = roster.find(learner) if roster.header else (no_formula(learner),)
        if own:
            rows.append([*own, *(points.get(lesson, NO_GRADE) for lesson in lessons)])
    return csv_text(rows)


def _scores(grades: Sequence[Grade]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The points of each learner by lesson, of the record that counts; and the lessons. What is flagged has none."""
    scores: dict[str, dict[str, str]] = {}
    for found in counting(grades):
        if found.learner and found.lesson:
            points = scores.setdefault(found.learner, {})
            if not found.flags:
                points[found.lesson] = f"{found.points:g}"
    return scores, list(dict.fromkeys(found.lesson for found in grades if found.lesson))


def _assignment(lesson: str, header: Sequence[str]) -> str:
    """How Canvas calls a lesson: `one-step (12345)` where there is such an assignment."""
    named = re.compile(rf"{re.escape(lesson)}( \(\d+\))?")
    return next(filter(named.fullmatch, header), no_formula(lesson))


GRADEBOOKS: dict[str, Callable[[Sequence[Grade], Roster], str]] = {"canvas": as_canvas, "moodle": as_moodle}
"""How grades can be written for a platform."""
