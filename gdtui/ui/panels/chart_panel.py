"""A panel that shows one of the charts."""

from collections.abc import Sequence

from textual.reactive import var

from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Marker, draw
from gdtui.ui.charts.legend import Sign, legend
from gdtui.ui.common.rows import Row, fit
from gdtui.ui.panels.panel import Panel

BESIDE_TITLE = 7
"""So many cells of the rule above are neither title nor note."""


class ChartPanel(Panel):
    """One place for a chart; which one stands in it can change."""

    is_exact = True

    view: var[ChartView | None] = var(None)
    """What is drawn; None until plotext is loaded and there is a run."""
    chart: var[Chart | None] = var(None)
    """How it is drawn."""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The picture, or why there is none."""
        if self.view is None or self.chart is None:
            return []
        if message := self.chart.message(self.view):
            lines = message.split("\n")
            above = (height - len(lines)) // 2
            return [fit(((line.center(width), "dim"),), width) for line in (*[""] * above, *lines)]
        return draw(self.chart.picture_as_told(self.view, width, height))

    def watch_view(self) -> None:
        """Draw the chart, with its title and its note in the rule above."""
        if self.view is None or self.chart is None or not self.display:
            return
        title = self.chart.title(self.view)
        note = self.chart.note(self.view, self.size.width - len(title) - BESIDE_TITLE)
        if self.view.frame.unknown & {"cost", "gradient"}:
            note = ""
        self.inscribe(title=title, note=note)
        self.repaint()

    watch_chart = on_resize = watch_view


class Legend(Panel):
    """What the marks on the charts mean."""

    signs: var[frozenset[Sign]] = var(frozenset())
    marker: var[Marker] = var("braille")

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The marks with their words."""
        return legend(self.signs, self.marker, width, height)

    watch_signs = Panel.repaint
