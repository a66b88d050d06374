"""Which kind of page a step of a lesson is."""

from gdtui.experiment.backend import Backend
from gdtui.teaching.lesson import Lesson, Step
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.pages.hunt import HuntPage
from gdtui.teaching.pages.page import Page
from gdtui.teaching.pages.question import QuestionPage


def open_page(lesson: Lesson, step: Step, backend: Backend, before: Page | None) -> Page:
    """Turn to the page of a step from the one `before`.

    Raises:
        UserError: the page cannot be computed.
    """
    if step.ask:
        return QuestionPage(step.ask, lesson, step, backend, before)
    if step.goal:
        kind = HuntPage if step.blind else GoalPage
        return kind(step.goal, lesson, step, backend, before)
    return Page(lesson, step, backend, before)
