"""All kinds of page: which of them a step has, how long it takes, and which tables a lesson file may contain."""

import math
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple

import msgspec

from gdtui.teaching.lesson import MOST_STEPS, Goal, Lesson, Step
from gdtui.teaching.pages.explain import ExplainPage
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.pages.hunt import HuntPage
from gdtui.teaching.pages.measure import MeasurePage
from gdtui.teaching.pages.order import OrderPage
from gdtui.teaching.pages.page import Page
from gdtui.teaching.pages.question import ForecastPage, QuestionPage
from gdtui.teaching.pages.turn import TurnPage
from gdtui.teaching.pages.unjudged import OwnWordsPage, PollPage
from gdtui.teaching.pages.watch import WatchPage
from gdtui.teaching.questions.ask import Ask, Choice, Opinion, OwnMisconception, Part
from gdtui.text import _

_ALL: tuple[type[Page], ...] = (
    *(ForecastPage, WatchPage, TurnPage, MeasurePage, GoalPage, HuntPage),
    *(OrderPage, QuestionPage, ExplainPage, PollPage, OwnWordsPage),
)

PAGES: dict[str, type[Page]] = {kind.name: kind for kind in _ALL}
"""Every kind by name, in the order in which a step does them: first actions, then questions."""


class Task(NamedTuple):
    """Something that a step asks for."""

    kind: type[Page]
    table: Any
    label: str
    """Its name in grades: the step's, followed by the kind if the step asks for several things."""
    worth: int
    """The most points for it."""


def tasks_of(step: Step) -> tuple[Task, ...]:
    """What a step asks for, in order; empty if the step is only to be read."""
    found = [(kind, kind.asked_by(step)) for kind in PAGES.values()]
    asked = [(kind, table) for kind, table in found if table is not None]
    alike = [(kind.is_question, kind.is_judged) for kind, _ in asked]
    return tuple(
        Task(
            kind,
            table,
            step.name if alike.count((kind.is_question, kind.is_judged)) == 1 else f"{step.name}: {kind.name}",
            step.points if kind.is_judged else 0,
        )
        for kind, table in asked
    )


def has_deed(step: Step) -> bool:
    """Whether a step asks for an action, not only for answers."""
    return any(not task.kind.is_question for task in tasks_of(step))


def _tables() -> dict[str, type[Part]]:
    """The tables that kinds of page add to a step, by their keys."""
    return {kind.key_in_file: kind.table for kind in PAGES.values() if kind.table}


def lesson_type() -> type[Lesson]:
    """The type of a lesson file with the tables of all kinds of page."""
    return _lesson_with(tuple(_tables().items()))


@cache
def _lesson_with(tables: tuple[tuple[str, type[Part]], ...]) -> type[Lesson]:
    of_kinds = [(key, table | None, None) for key, table in tables]
    rules: dict[str, Any] = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True}
    step = msgspec.defstruct("Step", of_kinds, bases=(Step,), **rules)
    steps = Annotated[tuple[step, ...], msgspec.Meta(min_length=1, max_length=MOST_STEPS)]  # type: ignore[valid-type]
    whole: Any = msgspec.defstruct("Lesson", [("steps", steps, msgspec.field(name="step"))], bases=(Lesson,), **rules)
    return whole  # type: ignore[no-any-return]


def fields_of_tables() -> dict[str, set[str]]:
    """The field names of each table in a lesson file, by the table's heading."""
    parts: dict[str, type[Part]] = {
        _("the lines above the pages"): lesson_type(),
        "[[step]]": Step,
        "[step.ask]": Ask,
        "choices": Choice,
        "slips": OwnMisconception,
        "choices of [step.poll]": Opinion,
        "[step.goal]": Goal,
        **{f"[step.{key}]": table for key, table in _tables().items()},
    }
    fields = {heading: {*part.__struct_encode_fields__} for heading, part in parts.items()}
    fields["[[step]]"].update(kind.key_in_file for kind in PAGES.values())
    return fields


WORDS_A_MINUTE = 200
SECONDS_A_DEED = 15
"""Seconds for an answer, and for each action of a model answer."""


def minutes(lesson: Lesson) -> int:
    """The minutes that the lesson names, or that it is estimated to take."""
    return lesson.minutes or estimated_minutes(lesson)


def estimated_minutes(lesson: Lesson) -> int:
    """Whole minutes, at least one."""
    words, deeds = len(lesson.closing.split()), 0
    for step in lesson.steps:
        words += len(f"{step.text} {step.reveal}".split())
        for task in tasks_of(step):
            deeds += len(getattr(task.table, "answer", ())) if not task.kind.is_question else 1
            words += sum(len(text.split()) for text in _texts(task.table))
    return max(1, math.ceil(words / WORDS_A_MINUTE + deeds * SECONDS_A_DEED / 60))


def _texts(table: Any) -> Iterator[str]:
    """The question, and its choices."""
    yield getattr(table, "prompt", "")
    yield from (choice.text for choice in getattr(table, "choices", ()))
    yield from getattr(table, "lines", ())
