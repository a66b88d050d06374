"""A panel that shows one of the charts."""

import time
from collections.abc import Sequence

from textual.reactive import var
from textual.worker import Worker, WorkerState, get_current_worker

from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Marker, Wanted, draw
from gdtui.ui.charts.legend import Sign, legend
from gdtui.ui.common.rows import Row, fit
from gdtui.ui.panels.panel import Panel

SECONDS_AT_MOST = 30.0
"""How long something that a picture needs may take to compute."""

BESIDE_TITLE = 7
"""Cells of the upper border that are for neither title nor note."""


class ChartPanel(Panel):
    """A place for a chart; which chart it shows can change."""

    is_exact = True

    view: ChartView | None = None
    """The view to draw; None until plotext is loaded and there is a run."""
    chart: Chart | None = None
    """The chart that draws it."""
    signs: var[frozenset[Sign]] = var(frozenset())
    """The signs in the picture, and whether there are other runs."""
    is_closer = False
    """Whether the picture shows only a part of what it could."""
    _wanted: object = None
    """What the picture needs that is being computed, or was cancelled."""
    _worker: Worker[None] | None = None

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The picture, or why there is none, with its title and note in the upper border."""
        if self.view is None or self.chart is None:
            return []
        figure = self.chart.figure(self.view, width, height)
        if figure.picture and self.view.frame.unknown:
            figure = self.chart.as_told(figure, figure.picture, self.view)
        note = figure.note(self.size.width - len(figure.title) - BESIDE_TITLE)
        self.inscribe(title=figure.title, note=note)
        self.is_closer = figure.is_closer
        has_others = figure.picture and any(trace.role == "other" for trace in figure.picture.traces)
        self.signs = frozenset(figure.signs) | ({"other"} if has_others else set())
        if figure.picture:
            self._work_out(figure.picture.wanted)
            return draw(figure.picture)
        lines = figure.message.split("\n")
        above = (height - len(lines)) // 2
        return [fit(((line.center(width), "dim"),), width) for line in (*[""] * above, *lines)]

    on_resize = Panel.repaint

    def show(self, chart: Chart, view: ChartView) -> None:
        """Show a view with a chart."""
        if (chart, view) != (self.chart, self.view):
            self.chart, self.view = chart, view
            self.repaint()

    def _work_out(self, wanted: Wanted | None) -> None:
        """Compute what the picture needs on a thread, and cancel what an earlier one needed."""
        key = wanted and wanted.key
        if key == self._wanted:  # it is running, or was cancelled
            return
        self.stop()
        self._wanted = key
        if wanted:
            until, job = time.monotonic() + SECONDS_AT_MOST, wanted.job

            def work() -> None:
                worker = get_current_worker()
                job(lambda: worker.is_cancelled or time.monotonic() > until)

            self._worker = self.run_worker(work, thread=True)

    def stop(self) -> bool:
        """Cancel the computation; return whether there was one."""
        is_under_way = self._worker is not None and not self._worker.is_finished
        if self._worker:
            self._worker.cancel()
            self._worker = None
        return is_under_way

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Draw what has been computed."""
        if event.state == WorkerState.SUCCESS:
            self.repaint()


class Legend(Panel):
    """The meanings of all marks on the charts, in as many rows as needed."""

    signs: var[frozenset[Sign]] = var(frozenset())
    marker: var[Marker] = var("braille")

    def __init__(self, panels: Sequence[ChartPanel]) -> None:
        super().__init__()
        self.panels = panels

    def on_mount(self) -> None:
        """Follow the panels' signs, including panels that only later get space."""
        for panel in self.panels:
            self.watch(panel, "signs", self.look, init=False)

    def look(self) -> None:
        """Collect the signs that are on the charts."""
        self.signs = frozenset[Sign]().union(*(panel.signs for panel in self.panels if panel.display))

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The marks with their meanings."""
        return legend(self.signs, self.marker, width)

    def watch_signs(self) -> None:
        """Use as many rows as needed; the table below gives up the same number."""
        if self.content_size.width:
            rows = len(legend(self.signs, self.marker, self.content_size.width))
            self.styles.height = rows
            self.screen.set_class(rows > 1, "-long-legend")
        self.repaint()

    on_resize = watch_signs
