"""How long a lesson takes: an estimate from its words and from what is done in it."""

import math
from collections.abc import Iterator
from typing import Any

from gdtui.teaching.lesson import Lesson
from gdtui.teaching.pages.all_kinds import tasks_of

WORDS_A_MINUTE = 200
SECONDS_A_DEED = 15
"""For an answer, and for each action of a model answer."""


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
    """What is asked, and what there is to choose from."""
    yield getattr(table, "prompt", "")
    yield from (choice.text for choice in getattr(table, "choices", ()))
    yield from getattr(table, "lines", ())
