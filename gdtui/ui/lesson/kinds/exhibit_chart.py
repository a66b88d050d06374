"""A chart of one kind of page alone: it draws what that page exhibits, not the run."""

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from gdtui.teaching.page import Exhibit
from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture
from gdtui.ui.charts.legend import Sign

Shown = TypeVar("Shown", bound=Exhibit)


class ExhibitChart(Chart, Generic[Shown]):
    """What it shows is the learner's own doing, and nothing of it is kept back."""

    shows: ClassVar[type[Exhibit]]
    """What it can draw; of anything else it draws nothing."""
    tells: ClassVar = {}

    def heading(self, shown: Shown) -> str:
        """What it shows."""
        raise NotImplementedError

    def drawing(self, shown: Shown, view: ChartView, width: int, height: int) -> Picture:
        """The exhibit in so many cells."""
        raise NotImplementedError

    def title(self, view: ChartView) -> str:
        """What it shows, once there is something."""
        return "" if self.message(view) else self.heading(view.exhibit)

    def marks(self, shown: Shown) -> Iterable[Sign]:
        """What is drawn besides the curve."""
        return ()

    def signs(self, view: ChartView) -> Iterable[Sign]:
        """What is drawn besides the curve, once there is something."""
        return () if self.message(view) else self.marks(view.exhibit)

    def message(self, view: ChartView) -> str:
        """Nothing is drawn of a page that exhibits something else."""
        return "" if isinstance(view.exhibit, self.shows) else " "

    def picture(self, view: ChartView, width: int, height: int) -> Picture:
        """What the page exhibits."""
        return self.drawing(view.exhibit, view, width, height)
