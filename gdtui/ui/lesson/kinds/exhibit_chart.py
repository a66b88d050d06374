"""A chart of one kind of page alone: it draws what that page exhibits, not the run."""

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from gdtui.teaching.page import Exhibit
from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.legend import Sign

Shown = TypeVar("Shown", bound=Exhibit)


class ExhibitChart(Chart, Generic[Shown]):
    """What it shows is the learner's own doing, and nothing of it is kept back."""

    shows: ClassVar[type[Exhibit]]
    """What it can draw."""
    tells: ClassVar = {}
    exhibit: Shown | None = None
    """What it draws; the screen of the lesson gives it."""

    def heading(self) -> str:
        """What it shows."""
        raise NotImplementedError

    def reading(self) -> str:
        """What else there is to know."""
        return ""

    def title(self, view: ChartView) -> str:
        """What it shows, once there is something."""
        return self.heading() if self.exhibit else ""

    def note(self, view: ChartView, width: int) -> str:
        """What else there is to know, as far as there is room for it."""
        said = self.reading() if self.exhibit else ""
        return said if len(said) <= width else ""

    def signs(self, view: ChartView) -> Iterable[Sign]:
        """The page's text tells what its marks are."""
        return ()

    def message(self, view: ChartView) -> str:
        """Nothing is drawn of a page that exhibits something else."""
        return "" if self.exhibit else " "

    @property
    def shown(self) -> Shown:
        """What it draws."""
        if self.exhibit is None:
            raise LookupError("there is no exhibit")
        return self.exhibit
