"""The keys in a lesson. Those that do what they do in the lab take their id and their keys from there."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gdtui.lab.nice import next_nice
from gdtui.numbers import shortest
from gdtui.teaching.events import Event, GoOn, Hint, Pin, ResetRun, Set, StepEpochs
from gdtui.teaching.lesson import CHARTS
from gdtui.teaching.page import PageState
from gdtui.ui.common.command import Command
from gdtui.ui.lab.commands.table import COMMANDS
from gdtui.ui.panels.charts import Charts
from gdtui.ui.panels.scrolled import Scrolled

MANY = 10
"""Epochs taken with one key."""

SECTION = "In a lesson (gdtui lesson, or L)"


class OpenLesson(Protocol):
    """What a command may ask of the screen of a lesson."""

    charts: Charts

    @property
    def view(self) -> PageState | None:
        """What there is to see of the lesson."""

    @property
    def page(self) -> Scrolled:
        """The page, which scrolls where it is long."""

    @property
    def rate(self) -> float:
        """The learning rate here."""

    def take(self, event: Event) -> None:
        """Have the session do what the learner does."""

    def play(self) -> None:
        """Have the run step by itself until it is told to stop, or has played."""

    def look_back(self) -> None:
        """Show the page before, to be read."""

    def open_glossary(self) -> None:
        """Show what the words mean."""

    def leave(self) -> None:
        """Put away what is typed; where nothing is, leave the lesson."""


class LessonCommand(Command, frozen=True, kw_only=True):
    """Something a key does in a lesson."""

    section: str = SECTION
    do: Callable[[OpenLesson], None]
    """What it does."""
    serves: Callable[[PageState], bool] = lambda view: True
    """Whether it does something on a page, among those that it works on."""

    reads: bool = False
    """Whether it works on a page that is only to be read, too."""

    def works_on(self, view: PageState) -> bool:
        """Whether it does something on a page."""
        return (self.reads or not view.is_past) and (not self.views or view.kind in self.views) and self.serves(view)


def working_on(commands: Sequence[LessonCommand], view: PageState) -> list[LessonCommand]:
    """The commands that do something on a page. Those of its kind come first, and have the keys that they ask for."""
    working = sorted((command for command in commands if command.works_on(view)), key=lambda each: not each.views)
    owner = {key: command.id for command in reversed(working) for key in command.key_names}
    return [command for command in working if any(owner[key] == command.id for key in command.key_names)]


def takes(what: str) -> Callable[[PageState], bool]:
    """Whether a page has something done to the run."""
    return lambda view: what in view.takes and not view.is_over


def has_charts(view: PageState) -> bool:
    """Whether there is a chart to leaf to."""
    of_any = set(CHARTS) - {"lr"}  # which has something to show with a schedule alone
    charts = of_any - set(view.hidden) if view.charts is None else view.charts
    return not view.is_over and not view.is_blind and not view.shows and len(charts) > 1


def nudge_rate(lesson: OpenLesson, direction: int) -> None:
    """The next round learning rate, up or down."""
    lesson.take(Set(name="lr", value=shortest(next_nice(lesson.rate, direction))))


def scroll(lesson: OpenLesson, halves: int) -> None:
    """See what is so many half pages further down."""
    lesson.page.scroll_lines(halves * (lesson.page.size.height // 2))


KEYS = {command.id: command.keys for command in COMMANDS}
"""Of the lab's commands."""

LESSON_COMMANDS = (
    LessonCommand(
        id="next-page",
        keys="enter",
        bar="go on",
        title="Answer, and go on once it is answered or reached",
        serves=lambda view: view.is_done and not view.is_over,
        do=lambda lesson: lesson.take(GoOn()),
    ),
    LessonCommand(
        id="step",
        keys=KEYS["step"],
        bar="step",
        title="Take one epoch, where there is a goal",
        serves=takes("step"),
        do=lambda lesson: lesson.take(StepEpochs()),
    ),
    LessonCommand(
        id="play",
        keys=KEYS["play"],
        bar=f"{MANY} steps",
        title=f"Take {MANY} epochs; step 100, typed, takes 100",
        serves=takes("step"),
        do=lambda lesson: lesson.take(StepEpochs(count=MANY)),
    ),
    LessonCommand(
        id="pin",
        keys=KEYS["pin"],
        bar="pin",
        title="Pin this run, where a goal asks for a comparison",
        serves=takes("pin"),
        do=lambda lesson: lesson.take(Pin()),
    ),
    LessonCommand(
        id="help",
        keys=KEYS["help"],
        bar="hint",
        title="A hint, where nothing is typed yet",
        serves=lambda view: view.hints_left > 0 and not view.is_done,
        do=lambda lesson: lesson.take(Hint()),
    ),
    LessonCommand(
        id="reset",
        keys=KEYS["reset"],
        bar="again",
        title="Begin again from the same start",
        serves=takes("again"),
        do=lambda lesson: lesson.take(ResetRun()),
    ),
    LessonCommand(
        id="raise",
        keys=KEYS["raise"],
        bar="lr",
        pair="lower",
        title="lr up to the next round value; lr = 0.05, typed, sets it, and other settings likewise",
        serves=takes("lr"),
        do=lambda lesson: nudge_rate(lesson, 1),
    ),
    LessonCommand(
        id="lower",
        keys=KEYS["lower"],
        title="lr down to the next round value",
        serves=takes("lr"),
        do=lambda lesson: nudge_rate(lesson, -1),
    ),
    LessonCommand(
        id="lesson-chart",
        keys="tab",
        bar="chart",
        title="Begin with the next chart",
        serves=has_charts,
        reads=True,
        do=lambda lesson: lesson.charts.leaf(1),
    ),
    LessonCommand(
        id="page-before",
        keys="backspace",
        bar="back",
        title="Look at the page before, where nothing is typed; enter leads on again",
        serves=lambda view: view.page > 1 or view.is_over,
        reads=True,
        do=lambda lesson: lesson.look_back(),
    ),
    LessonCommand(
        id="page-down",
        keys="pagedown",
        also="down",
        title="See what is further down; page up, what is above",
        reads=True,
        do=lambda lesson: scroll(lesson, 1),
    ),
    LessonCommand(
        id="page-up",
        keys="pageup",
        also="up",
        title="See what is above",
        reads=True,
        do=lambda lesson: scroll(lesson, -1),
    ),
    LessonCommand(
        id="glossary",
        keys="ctrl+g",
        bar="words",
        title="Look up what the words mean",
        reads=True,
        do=lambda lesson: lesson.open_glossary(),
    ),
    LessonCommand(
        id="leave",
        keys="escape",
        bar="leave",
        title="Leave the lesson; it goes on from here another time",
        reads=True,
        do=lambda lesson: lesson.leave(),
    ),
)
"""In the order of the help and of the line at the bottom."""
