"""The charts of the lab: as many side by side as there is room for, from one on in the order of all."""

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Resize
from textual.reactive import var

from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.contours import Contours
from gdtui.ui.charts.cost_bowl import CostBowl
from gdtui.ui.charts.cost_curve import CostCurve
from gdtui.ui.charts.data_fit import DataFit
from gdtui.ui.charts.view import View
from gdtui.ui.charts.weight_curve import WeightCurve
from gdtui.ui.widgets.chart_panel import ChartPanel

CHARTS: tuple[type[Chart], ...] = (CostCurve, WeightCurve, CostBowl, DataFit, Contours)
"""In the order in which they are leafed through."""

NAMES = tuple(chart.name for chart in CHARTS)
PLACES = 4
WIDE, TALL = 84, 18
"""From so many columns on three charts stand side by side; with so many rows too, four in a square."""


class Charts(Container):
    """Shows a view in several charts at once."""

    view: var[View | None] = var(None)
    """What is drawn. Bound to the screen's."""
    leading: var[int] = var(0)
    """Which of `CHARTS` stands first."""
    is_enlarged: var[bool] = var(False)
    """Whether the first has all the room."""

    def __init__(self, leading: str) -> None:
        """`leading` is the name of the chart that stands first."""
        super().__init__(id="charts")
        self.charts = [chart() for chart in CHARTS]
        self.set_reactive(Charts.leading, NAMES.index(leading) if leading in NAMES else 0)

    def compose(self) -> ComposeResult:
        """A panel for each place."""
        for _ in range(PLACES):
            yield ChartPanel()

    @property
    def first(self) -> Chart:
        """The chart that stands first."""
        return self.charts[self.leading]

    def leaf(self, by: int) -> None:
        """Begin with a later chart, or an earlier one."""
        self.leading = (self.leading + by) % len(CHARTS)

    def settle(self) -> None:
        """Put the charts that there is room for into their places."""
        across, down = places(self.size.width, self.size.height, is_enlarged=self.is_enlarged)
        self.styles.grid_size_columns, self.styles.grid_size_rows = across, down
        for place, panel in enumerate(self.query(ChartPanel)):
            panel.display = place < across * down
            if panel.display:
                panel.chart = self.charts[(self.leading + place) % len(CHARTS)]
                panel.view = self.view
                panel.show()

    def on_resize(self, event: Resize) -> None:
        """Use the room there is."""
        if event.size:
            self.settle()

    def watch_leading(self) -> None:
        """Put the others in."""
        self.settle()

    def watch_is_enlarged(self) -> None:
        """Give the first all the room, or share it again."""
        self.settle()

    def watch_view(self) -> None:
        """Have the charts that are seen draw it."""
        for panel in self.query(ChartPanel):
            if panel.display:
                panel.view = self.view


def places(width: int, height: int, *, is_enlarged: bool) -> tuple[int, int]:
    """How many charts stand across and down in so many cells."""
    if is_enlarged:
        return 1, 1
    if width < WIDE:
        return 2, 1
    return (2, 2) if height >= TALL else (3, 1)
