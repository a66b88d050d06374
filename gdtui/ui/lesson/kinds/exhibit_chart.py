"""A chart of one kind of page alone: it draws what that page exhibits, not the run."""

from typing import ClassVar, Generic, TypeVar

from gdtui.teaching.page import Exhibit
from gdtui.ui.charts.chart import Chart, Figure
from gdtui.ui.charts.chart_view import ChartView

Shown = TypeVar("Shown", bound=Exhibit)


class ExhibitChart(Chart, Generic[Shown]):
    """What it shows is the learner's own doing, and nothing of it is kept back."""

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
