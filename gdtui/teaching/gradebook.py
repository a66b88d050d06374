"""Grades as CSV files that learning platforms import: Canvas and Moodle."""

import re
from collections.abc import Callable, Sequence

from gdtui.storage.roster_file import Roster
from gdtui.teaching.grade import Grade, counting
from gdtui.teaching.report import csv_text, no_formula

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
"""The columns that Canvas requires before the assignments.

Canvas finds a learner by the first of them that it knows, starting with the ID; the name comes last."""

MOODLE_USER, NO_GRADE = "username", "-"


def as_canvas(grades: Sequence[Grade], roster: Roster) -> str:
    """One row per learner, one column per lesson: the file that Canvas's gradebook imports.

    A roster exported from Canvas supplies the learners' IDs, and those of the assignments named like lessons.
    """
    scores, lessons = _scores(grades)
    most = {found.lesson: found.most for found in grades}
    headers = [_assignment(lesson, roster.header) for lesson in lessons]
    rows = [
        [*CANVAS, *headers],
        ["    Points Possible", "", "", "", "", *(str(most[lesson]) for lesson in lessons)],
    ]
    rows_of = roster.by_account(scores)
    for learner, points in scores.items():
        known = rows_of.get(learner.casefold())
        own = [roster.cell(known, column) for column in CANVAS] if known else ["", "", "", "", ""]
        own[0], own[3] = own[0] or no_formula(learner), own[3] or no_formula(learner)
        rows.append([*own, *(points.get(lesson, "") for lesson in lessons)])
    return csv_text(rows)


def as_moodle(grades: Sequence[Grade], roster: Roster) -> str:
    """One row per learner, one column per lesson: the file that Moodle's gradebook imports.

    A roster supplies the columns that identify learners in Moodle. Learners not on it are left out, because an unknown
    name stops Moodle's import.
    """
    scores, lessons = _scores(grades)
    header = roster.header or (MOODLE_USER,)
    rows = [[*header, *map(no_formula, lessons)]]
    rows_of = roster.by_account(scores)
    for learner, points in scores.items():
        own = rows_of.get(learner.casefold()) if roster.header else (no_formula(learner),)
        if own:
            rows.append([*own, *(points.get(lesson, NO_GRADE) for lesson in lessons)])
    return csv_text(rows)


def _scores(grades: Sequence[Grade]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Each learner's points by lesson, from the record that counts; and the lessons. Flagged records have none."""
    scores: dict[str, dict[str, str]] = {}
    for found in counting(grades):
        if found.learner and found.lesson:
            points = scores.setdefault(found.learner, {})
            if not found.flags:
                points[found.lesson] = f"{found.points:g}"
    return scores, list(dict.fromkeys(found.lesson for found in grades if found.lesson))


def _assignment(lesson: str, header: Sequence[str]) -> str:
    """Canvas's name for a lesson: `one-step (12345)` if there is such an assignment."""
    named = re.compile(rf"{re.escape(lesson)}( \(\d+\))?")
    return next(filter(named.fullmatch, header), no_formula(lesson))


GRADEBOOKS: dict[str, Callable[[Sequence[Grade], Roster], str]] = {"canvas": as_canvas, "moodle": as_moodle}
"""The formats for learning platforms."""
