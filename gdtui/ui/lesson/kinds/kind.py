"""The base of what the kinds of page have on the screen, and what a kind has that has nothing of its own there."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame
from gdtui.teaching.page import Exhibit, PageState
from gdtui.text import _, listed, ngettext
from gdtui.ui.charts.chart import Chart, Figure
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.common.rows import Row, line_rows
from gdtui.ui.lesson.commands import LessonCommand
from gdtui.ui.panels.number_rows import lines_shown, number_rows

Shown = TypeVar("Shown", bound=Exhibit)


def with_tries(asked: str, view: PageState) -> str:
    """What stands before the field, with how many answers are taken: how many one needs counts."""
    if not view.tries_left:
        return f"{asked}:"
    if len(view.choices) == 2 and view.tries_left > 1:
        return _("{asked} ({n} tries, only the first counts):", asked=asked, n=view.tries_left)
    return ngettext("{asked} ({n} try):", "{asked} ({n} tries):", view.tries_left, asked=asked)


class ExhibitChart(Chart, Generic[Shown]):
    """A chart of one kind of page alone: it draws what that page exhibits, not the run.

    What it shows is the learner's own doing, and nothing of it is kept back.
    """

    shows: ClassVar[type[Exhibit]]
    """What it can draw; of anything else it draws nothing."""
    tells: ClassVar = {}

    def shown(self, exhibit: Shown, view: ChartView, width: int, height: int) -> Figure:
        """The exhibit, with a picture of so many cells."""
        raise NotImplementedError

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """What the page exhibits, once there is something; nothing of a page that exhibits something else."""
        is_mine = isinstance(view.exhibit, self.shows)
        return self.shown(view.exhibit, view, width, height) if is_mine else Figure(title="")


class KindOnScreen:
    """The keys and the drawing of one kind of page. Each is one class, of the same name as the kind."""

    name: ClassVar[str] = ""
    """The kind, as its class in `teaching` has it."""
    commands: ClassVar[tuple[LessonCommand, ...]] = ()
    """What its own keys do. They work on such pages alone."""
    charts: ClassVar[tuple[type[ExhibitChart[Any]], ...]] = ()
    """The charts that this kind alone has, by the names that its class in `teaching` has for them."""
    placeholder: ClassVar[str] = ""
    """What stands in the field as long as nothing is typed."""
    is_below: ClassVar[bool] = False
    """Whether its exhibit grows, and so stands below what is asked for."""
    follows_typing: ClassVar[bool] = False
    """Whether its exhibit shows what is being typed: what was said of another answer is put away then."""

    def rows(self, view: PageState, width: int, typed: str = "") -> Sequence[Row]:
        """What there is to see below the text, while so much of an answer is typed."""
        lines = view.exhibit.lines() if view.exhibit else ()
        return [row for line in lines for row in line_rows(f"  {line}", width, "text", "    ")]

    def numbers_height(self, view: PageState, experiment: Experiment) -> int:
        """How many lines of numbers stand over the page."""
        return len(lines_shown(experiment, view.hidden))

    def numbers(self, view: PageState, frame: Frame, width: int) -> Sequence[Row]:
        """The numbers over the page."""
        return number_rows(frame, width, view.hidden, is_taken=True)

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """What stands before the field while something is to be done or answered; by id, the keys to name there."""
        if view.takes_answers:
            return with_tries(_("answer"), view)
        return _("type {examples}:", examples=listed(view.examples[:2], _("or")))
