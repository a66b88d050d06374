"""Grades as text: a table, CSV, the JSON that Gradescope's autograder reads, and a summary for the teacher."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from gdtui.errors import UserError
from gdtui.teaching.grade import Grade, counting
from gdtui.teaching.misconceptions import NAMES
from gdtui.teaching.pages.unjudged import PollPage
from gdtui.teaching.replay import Answered, Reached, Said
from gdtui.text import _, aligned, cells, clean, listed, ngettext, padded

BAR, UNITS, LONGEST_NAME = 18, 12, 44
"""The width of the longest bar, of its unit, and of the longest name; together they fit in 80 columns."""

MOST_NAMED = 3
"""The most learners named if there should be only one."""

MOST_ANSWERS, LONGEST_ANSWER = 3, 20
"""The most wrong answers listed that no known misconception explains, and the most characters of each."""

_FORMULA = re.compile(r"((?:^|;)\s*)(?=[-=+@\u2212\uff1d\uff0b\uff0d\uff20])")

LONGEST_TITLE = 40
"""The width of a page's title."""


class QuestionSummary(msgspec.Struct, frozen=True):
    """How a question went in the class."""

    lesson: str
    page: str
    answered: int
    at_once: int
    misconceptions: tuple[tuple[tuple[str, ...], int], ...]
    """The misconceptions that may explain an answer, and how often; the most frequent first."""
    otherwise: tuple[tuple[str, int], ...] = ()
    """Wrong answers that no known misconception explains, and how often; the most frequent first."""
    title: str = ""


def summarize(grades: Iterable[Grade]) -> tuple[QuestionSummary, ...]:
    """Every question that somebody answered; each learner counts once, with the attempt that counts.

    An answer counts once, however many misconceptions may explain it.
    """
    answered: dict[tuple[str, str], list[Answered]] = {}
    for grade in counting(grades):
        for question in grade.questions:
            if question.tries:
                answered.setdefault((grade.lesson, question.page), []).append(question)
    return tuple(
        QuestionSummary(
            *key,
            len(questions),
            sum(question.right_at == 1 for question in questions),
            tuple(Counter(each for question in questions for each in question.misconceptions).most_common()),
            tuple(Counter(each for question in questions for each in question.otherwise).most_common()),
            questions[0].title,
        )
        for key, questions in answered.items()
    )


def as_table(grades: Sequence[Grade]) -> str:
    """One line per record, followed by a line for each reason not to trust it.

    If a learner has several records for a lesson, each shows its file's name, and the one that counts is marked.
    """
    header = (_("learner"), _("lesson"), _("points"), _("first try"), _("goals"), _("hints"), "")
    several = Counter((grade.learner, grade.lesson) for grade in grades)
    counts = {
        id(grade)
        for grade in counting(grades)
        if several[grade.learner, grade.lesson] > 1 and grade.lesson and not grade.is_unknown
    }
    names = {id(grade): Path(grade.place).name for grade in grades if several[grade.learner, grade.lesson] > 1}
    rows = [header, *(_table_row(grade, id(grade) in counts, names.get(id(grade), "")) for grade in grades)]
    first, *lines = aligned(rows)
    for index, grade in reversed(list(enumerate(grades, 1))):
        said = [f":{flag.line}: {flag.reason}" if flag.line else f": {flag.reason}" for flag in grade.flags]
        if grade.changed:
            pages = ", ".join(grade.changed)
            said.append(
                ": " + _("the lesson has changed, so there are no points for these pages: {pages}", pages=pages)
            )
        if grade.same_as:
            said.append(": " + _("the same answers at the same times as in {file}", file=grade.same_as))
        own = [f"    {each.page}: {each.text}" for each in grade.said]
        lines[index:index] = [*(f"    {grade.place}{each}" for each in said), *own]
    return "\n".join([first, *lines])


def _table_row(grade: Grade, is_best: bool, name: str) -> tuple[str, ...]:
    flagged = _("not graded: lesson unknown") if grade.is_unknown else _("FLAGGED") if grade.flags else ""
    said = flagged or ("" if grade.is_over else _("not finished"))
    return (
        grade.learner or "?",
        grade.lesson or "?",
        f"{grade.points:g}/{grade.most}",
        f"{grade.at_once}/{len(grade.questions)}",
        f"{grade.goals_reached}/{len(grade.goals)}",
        str(grade.hints),
        ", ".join(filter(None, [said, _("counts") if is_best else "", name])),
    )


def as_csv(grades: Sequence[Grade]) -> str:
    """One row per record, for a spreadsheet."""
    best = {id(grade) for grade in counting(grades)}
    rows = [_csv_row(grade, id(grade) in best) for grade in grades]
    return csv_text([_csv_row(Grade(place=""), False), *(row.values() for row in rows)])


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Rows of cells as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().rstrip("\n")


def _csv_row(grade: Grade, is_best: bool) -> dict[str, object]:
    """A record's cells, by the names of the columns, in order."""
    return {
        "learner": no_formula(grade.learner),
        "lesson": no_formula(grade.lesson),
        "begun": no_formula(grade.at),
        "points": f"{grade.points:g}",
        "of": grade.most,
        "right_at_once": grade.at_once,
        "questions": len(grade.questions),
        "goals_reached": grade.goals_reached,
        "goals": len(grade.goals),
        "hints": grade.hints,
        "finished": "yes" if grade.is_over else "no",
        "counts": "yes" if is_best else "no",
        "flags": no_formula(_flags(grade)),
        "file": no_formula(grade.place),
        "changed_pages": " ".join(grade.changed),
        "own_words": no_formula("; ".join(f"{each.page}: {each.text}" for each in grade.said)),
        "by_page": no_formula("; ".join(map(_in_csv, grade.names, grade.parts))),
        "same_as": no_formula(grade.same_as),
    }


def _in_csv(name: str, part: Answered | Reached) -> str:
    """The points of a page, and the answers given there."""
    given = [clean(each, LONGEST_NAME) for each in part.given] if isinstance(part, Answered) else []
    return f"{name} {part.points:g}/{part.worth}" + (f": {', '.join(given)}" if given else "")


def _flags(grade: Grade) -> str:
    """Why a record cannot be trusted, with the lines."""
    return "; ".join(f"line {flag.line}: {flag.reason}" if flag.line else flag.reason for flag in grade.flags)


def no_formula(text: str) -> str:
    """The text, changed so that no spreadsheet takes it for a formula, even one that splits cells at semicolons."""
    return _FORMULA.sub(r"\1'", text)


def as_gradescope(grades: Sequence[Grade]) -> str:
    """The `results.json` of one learner's submission, with a test for each question and each goal.

    Of several attempts at a lesson the best counts. Flagged attempts have no points.

    Raises:
        UserError: the records are of several learners.
    """
    learners = list(dict.fromkeys(grade.learner for grade in grades if grade.learner))
    if len(learners) > 1:
        more = [_("{n} more", n=len(learners) - MOST_NAMED)] * (len(learners) > MOST_NAMED)
        named = listed([*learners[:MOST_NAMED], *more], _("and"))
        raise UserError(
            _("gradescope takes one learner's records at a time: these are from {learners}", learners=named)
        )
    tests = []
    best = counting(grades)
    for grade in best:
        flags = _flags(grade)
        file = Path(grade.place).name  # the learner need not see the teacher's folders
        parts = [
            (f"{grade.lesson}: {name}", part.points, part.worth, _became(part))
            for name, part in zip(grade.names, grade.parts, strict=True)
        ] or [(file, 0.0, 1, "")]
        tests += [
            {
                "name": name,
                "score": 0 if flags else points,
                "max_score": worth,
                "output": "\n".join(filter(None, [flags, became])),
                "visibility": "visible",
            }
            for name, points, worth, became in parts
        ]
    score = sum(grade.points for grade in best if not grade.flags)
    return msgspec.json.encode({"score": score, "output": "graded by gdtui", "tests": tests}).decode()


def _became(part: Answered | Reached) -> str:
    """What a learner did on a page, and what would have been right."""
    if isinstance(part, Reached):
        return _("The goal was reached.") if part.is_reached else _("The goal was not reached.")
    if not part.given:
        return _("There is no answer.")
    given = ", ".join(clean(each) for each in part.given)
    return "\n".join([_("Answered: {answers}", answers=given), _("Right: {answer}", answer=part.right)])


def as_summary(grades: Sequence[Grade]) -> str:
    """For each question, how many were right on the first try, and how often each misconception occurred, with bars."""
    lines = []
    questions = [(question, _counted(question)) for question in summarize(grades)]
    width = max((cells(words) for _, rows in questions for words, *_ in rows), default=0)
    for question, rows in questions:
        page, learners = _page(question.lesson, question), _learners(question.answered)
        lines.append(_("{page}, answered by {learners}", page=page, learners=learners))
        most = max(question.answered, *(number for _, number, *_ in rows))
        for words, number, counted, others in rows:
            bar = "█" * (max(1, round(BAR * number / most)) if number else 0)
            lines.append(f"  {padded(words, width)}  {padded(counted, UNITS)}  {bar}".rstrip())
            lines += ["    " + _("or {slip}", slip=other) for other in others]
        if question.otherwise:
            often = [f"{clean(text, LONGEST_ANSWER)} ({number})" for text, number in question.otherwise[:MOST_ANSWERS]]
            lines.append("    " + _("most often: {answers}", answers=", ".join(often)))
        lines.append("")
    lines += _said(grades)
    return "\n".join(lines).rstrip() or _("nothing was answered")


def _said(grades: Sequence[Grade]) -> Iterator[str]:
    """For each page that is not judged, who wrote what, or how many chose what."""
    found: dict[tuple[str, str], list[tuple[str, Said]]] = {}
    for grade in counting(grades):
        for said in grade.said:
            found.setdefault((grade.lesson, said.page), []).append((grade.learner, said))
    for (lesson, _label), all_said in found.items():
        yield _page(lesson, all_said[0][1])
        if all_said[0][1].kind == PollPage.name:
            chosen = Counter(said.text for _, said in all_said).most_common()
            yield from (f"  {_learners(number)}: {text}" for text, number in chosen)
        else:
            yield from (f"  {learner}: {said.text}" for learner, said in all_said)
        yield ""


def _counted(question: QuestionSummary) -> list[tuple[str, int, str, list[str]]]:
    """For each kind of answer: what it was, how often, the count in words, and what else may explain it."""
    misconceptions = [
        (_in_words(misconception), number, _answers(number), [*map(_in_words, more)])
        for (misconception, *more), number in question.misconceptions
    ]
    number = sum(number for _, number in question.otherwise)
    others = [(_("wrong in another way"), number, _answers(number), list[str]())] if number else []
    return [(_("right at first try"), question.at_once, _learners(question.at_once), []), *misconceptions, *others]


def _learners(number: int) -> str:
    return ngettext("{n:,} learner", "{n:,} learners", number)


def _answers(number: int) -> str:
    return ngettext("{n:,} answer", "{n:,} answers", number)


def _page(lesson: str, asked: QuestionSummary | Said) -> str:
    """A page as its lesson, name and title."""
    title = f", '{clean(asked.title, LONGEST_TITLE)}'" if asked.title else ""
    return f"{lesson}: {asked.page}{title}"


def _in_words(misconception: str) -> str:
    """The name of a misconception, shortened if it is long; a lesson's own has its own words."""
    return clean(NAMES.get(misconception, misconception), LONGEST_NAME)


FORMATS: dict[str, Callable[[Sequence[Grade]], str]] = {
    "table": as_table,
    "csv": as_csv,
    "gradescope": as_gradescope,
    "summary": as_summary,
}
"""The formats for grades."""
