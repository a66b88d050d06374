"""The base class for how kinds of page appear on the screen, with the defaults."""

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
    """The text before the field, with the number of tries left."""
    if not view.tries_left:
        return f"{asked}:"
    if len(view.choices) == 2 and view.tries_left > 1:
        return _("{asked} ({n} tries, only the first counts):", asked=asked, n=view.tries_left)
    return ngettext("{asked} ({n} try):", "{asked} ({n} tries):", view.tries_left, asked=asked)


class ExhibitChart(Chart, Generic[Shown]):
    """A chart for one kind of page only: it draws the page's exhibit, not the run.

    The exhibit is the learner's own work, so nothing of it is hidden.
    """

    shows: ClassVar[type[Exhibit]]
    """The type of exhibit that it can draw; for other exhibits it draws nothing."""
    tells: ClassVar = {}

    def shown(self, exhibit: Shown, view: ChartView, width: int, height: int) -> Figure:
        """The exhibit, with a picture of this many cells."""
        raise NotImplementedError

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """The page's exhibit, if there is one of the right type; otherwise empty."""
        is_mine = isinstance(view.exhibit, self.shows)
        return self.shown(view.exhibit, view, width, height) if is_mine else Figure(title="")


class KindOnScreen:
    """The keys and drawing of one kind of page. Each is one class, with the same name as the kind."""

    name: ClassVar[str] = ""
    """The name of the kind in `teaching`."""
    commands: ClassVar[tuple[LessonCommand, ...]] = ()
    """Its own commands. They work on its pages only."""
    charts: ClassVar[tuple[type[ExhibitChart[Any]], ...]] = ()
    """Charts that only this kind has, by the names in its class in `teaching`."""
    placeholder: ClassVar[str] = ""
    is_below: ClassVar[bool] = False
    """Whether its exhibit grows, and is therefore below the question."""
    follows_typing: ClassVar[bool] = False
    """Whether its exhibit shows what is being typed, so that the reply to an earlier answer is removed then."""

    def rows(self, view: PageState, width: int, typed: str = "") -> Sequence[Row]:
        """What is shown below the text, given what has been typed of an answer."""
        lines = view.exhibit.lines() if view.exhibit else ()
        return [row for line in lines for row in line_rows(f"  {line}", width, "text", "    ")]

    def numbers_height(self, view: PageState, experiment: Experiment) -> int:
        """How many lines of numbers are above the page."""
        return len(lines_shown(experiment, view.hidden))

    def numbers(self, view: PageState, frame: Frame, width: int) -> Sequence[Row]:
        """The numbers above the page."""
        return number_rows(frame, width, view.hidden, is_taken=True)

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """The text before the field while something is to be done or answered; `key` has the keys to mention, by id."""
        if view.takes_answers:
            return with_tries(_("answer"), view)
        return _("type {examples}:", examples=listed(view.examples[:2], _("or")))
