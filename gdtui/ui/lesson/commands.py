"""The keys in a lesson: each class is one key's name, footer text, help row and action."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gdtui.lab.nice import next_nice
from gdtui.numbers import shortest
from gdtui.teaching.events import Action, GoOn, Hint, Pin, ResetRun, Set, StepEpochs
from gdtui.teaching.lesson import CHARTS
from gdtui.teaching.page import PageState
from gdtui.ui.lab.commands import Command

if TYPE_CHECKING:
    from gdtui.ui.lesson.screen import LessonScreen

MANY = 10
"""Epochs taken with one key."""


class LessonCommand(Command):
    """Something a key does in a lesson."""

    section: ClassVar[str] = "In a lesson (gdtui lesson, or L)"

    @classmethod
    def serves(cls, view: PageState) -> bool:
        """Whether it does something on this page."""
        return True

    @classmethod
    def do(cls, lesson: LessonScreen) -> None:
        """Carry it out."""
        raise NotImplementedError


class Next(LessonCommand):
    """The next page."""

    keys, shown_keys, footer = "enter", "enter", ("enter", "go on")
    title = "Answer, and go on once it is answered or reached"

    @classmethod
    def serves(cls, view: PageState) -> bool:
        """Once the page is done, unless it was the last."""
        return view.is_done and not view.is_over

    @classmethod
    def do(cls, lesson: LessonScreen) -> None:
        """Go on."""
        lesson.take(GoOn())


class AskHint(LessonCommand):
    """A hint."""

    keys, shown_keys, footer = "question_mark,f1", "? F1", ("?", "hint")
    title = "A hint, where nothing is typed yet"

    @classmethod
    def serves(cls, view: PageState) -> bool:
        """As long as there is one, and a use for it."""
        return view.hints_left > 0 and not view.is_done

    @classmethod
    def do(cls, lesson: LessonScreen) -> None:
        """Ask for it."""
        lesson.take(Hint())


class ActionCommand(LessonCommand):
    """Something done to the run, where there is a goal."""

    always: ClassVar[Action]
    """What is done, where it is always the same."""

    @classmethod
    def serves(cls, view: PageState) -> bool:
        """Where there is a goal, and W is not typed."""
        return bool(view.checks) and view.hunt is None and not view.is_over

    @classmethod
    def action(cls, lesson: LessonScreen) -> Action:
        """What is done."""
        return cls.always

    @classmethod
    def do(cls, lesson: LessonScreen) -> None:
        """Do it."""
        lesson.take(cls.action(lesson))


class StepOne(ActionCommand):
    """One epoch."""

    keys, shown_keys, footer = "space", "space", ("space", "step")
    title = "Take one epoch, where there is a goal"
    always = StepEpochs()


class StepMany(ActionCommand):
    """Several epochs."""

    keys, shown_keys, footer = "r", "r", ("r", f"{MANY} steps")
    title = f"Take {MANY} epochs; step 100, typed, takes 100"
    always = StepEpochs(count=MANY)


class BeginAgain(ActionCommand):
    """The start again."""

    keys, shown_keys, footer = "R", "R", ("R", "again")
    title = "Begin again from the same start"
    always = ResetRun()


class RateUp(ActionCommand):
    """A larger learning rate."""

    keys, shown_keys, footer = "plus,equals_sign", "+ =", ("+ −", "lr")
    title = "lr up to the next round value; lr = 0.05, typed, sets it, and other settings likewise"

    @classmethod
    def action(cls, lesson: LessonScreen) -> Action:
        """The next round value."""
        return Set(name="lr", value=shortest(next_nice(lesson.rate, 1)))


class RateDown(ActionCommand):
    """A smaller learning rate."""

    keys, shown_keys = "minus", "−"
    title = "lr down to the next round value"

    @classmethod
    def action(cls, lesson: LessonScreen) -> Action:
        """The round value below."""
        return Set(name="lr", value=shortest(next_nice(lesson.rate, -1)))


class PinRun(ActionCommand):
    """A run kept to be compared."""

    keys, shown_keys, footer = "p", "p", ("p", "pin")
    title = "Pin this run, where a goal asks for a comparison"

    @classmethod
    def serves(cls, view: PageState) -> bool:
        """Where pins are counted."""
        return super().serves(view) and any(
            word in check.condition for check in view.checks for word in ("pins", "fairly")
        )

    always = Pin()


class OtherChart(LessonCommand):
    """The charts, forwards."""

    keys, shown_keys, footer = "tab", "tab", ("tab", "chart")
    title = "Begin with the next chart"

    @classmethod
    def serves(cls, view: PageState) -> bool:
        """Where one can be leafed to."""
        return not view.is_over and view.hunt is None and len(set(CHARTS) - set(view.hidden)) > 1

    @classmethod
    def do(cls, lesson: LessonScreen) -> None:
        """Leaf on."""
        lesson.charts.leaf(1)


class PageDown(LessonCommand):
    """What is further down."""

    keys, shown_keys = "pagedown,down", "page down"
    title = "See what is further down; page up, what is above"

    @classmethod
    def do(cls, lesson: LessonScreen) -> None:
        """Scroll."""
        lesson.page.scroll_lines(lesson.page.size.height // 2)


class PageUp(LessonCommand):
    """What is further up."""

    keys, shown_keys = "pageup,up", "page up"
    title = "See what is above"

    @classmethod
    def do(cls, lesson: LessonScreen) -> None:
        """Scroll."""
        lesson.page.scroll_lines(-(lesson.page.size.height // 2))


class Leave(LessonCommand):
    """The way out."""

    keys, shown_keys, footer = "escape", "escape", ("escape", "leave")
    title = "Leave the lesson; it goes on from here another time"

    @classmethod
    def do(cls, lesson: LessonScreen) -> None:
        """Leave."""
        lesson.leave()


LESSON_COMMANDS: tuple[type[LessonCommand], ...] = (
    *(Next, StepOne, StepMany, PinRun, AskHint, BeginAgain, RateUp, RateDown),
    *(OtherChart, PageDown, PageUp, Leave),
)
"""In the order of the help and of the line at the bottom."""
