"""The charts of the lab: as many side by side as fit, starting with one of them."""

import math

import msgspec
from textual.app import ComposeResult
from textual.events import Resize
from textual.reactive import var

from gdtui.lab.board import BoardRun
from gdtui.lab.frame import Frame
from gdtui.lab.run import Run
from gdtui.text import _
from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartOptions, ChartView, chart_view_of
from gdtui.ui.charts.figure import Marker
from gdtui.ui.charts.pointer import reading
from gdtui.ui.charts.series import Others
from gdtui.ui.panels.chart_panel import ChartPanel, Legend
from gdtui.ui.panels.panel import CachedContainer

PLACES = 4
COLUMN, LOW = 50, 9
"""With fewer columns, the charts are above one another, each with at least this many rows."""
WIDE, TALL = 84, 17
"""From this many columns on, three charts are side by side; with this many rows too, four in a square."""


class Charts(CachedContainer):
    """Shows a run in several charts at once, and holds the options for drawing them."""

    leading: var[str] = var("")
    """The name of the first chart; an unknown name stands for the very first."""
    hidden: var[frozenset[str]] = var(frozenset())
    """Charts that are hidden, by their names in lessons."""
    chosen: var[tuple[str, ...] | None] = var(None)
    """Charts that may be shown, in order and by their names in lessons; None for all that are not hidden."""
    is_enlarged: var[bool] = var(False)
    """Whether the first chart has all the space."""

    def __init__(self, marker: Marker) -> None:
        super().__init__(id="charts")
        self.of_lesson: dict[str, type[Chart]] = {}
        """Charts that only a lesson has."""
        self.charts: dict[str, Chart] = {}
        """One object per chart, once plotext is loaded."""
        self.panels = [ChartPanel() for _ in range(PLACES)]
        """One for each place."""
        self.legend = Legend(self.panels)
        self.legend.set_reactive(Legend.marker, marker)
        self.looks = ChartOptions(marker=marker)
        self.others = Others()
        self._seen: tuple[Run, Frame] | None = None
        self._placed: list[str] = []
        """The names of the charts in their places."""
        self._view: ChartView | None = None
        """The latest view: the frame with the options."""
        self._kept: tuple[BoardRun, ...] = ()

    def compose(self) -> ComposeResult:
        """The panels in their places, and the legend under them."""
        yield from self.panels
        yield self.legend

    @property
    def first(self) -> str:
        """The name of the first chart."""
        return next(iter(self.order), "")

    @property
    def kinds(self) -> dict[str, type[Chart]]:
        """All charts by name."""
        from gdtui.ui.charts.all_charts import CHARTS  # not needed for the first frame

        return CHARTS | self.of_lesson

    @property
    def order(self) -> list[str]:
        """The charts that may be shown, starting with the first; those that need more parameters only if there are no
        others.
        """
        kinds = self.kinds
        by_panel = {kind.panel: name for name, kind in kinds.items() if kind.panel}
        of_any = [name for name in kinds if name not in self.of_lesson]
        names = of_any if self.chosen is None else [by_panel.get(each, each) for each in self.chosen]
        first = names.index(self.leading) if self.leading in names else 0
        order = [name for name in (*names[first:], *names[:first]) if kinds[name].panel not in self.hidden]
        if self._seen is None:
            return order
        experiment = self._seen[1].experiment
        return [name for name in order if kinds[name].suits(experiment)] or order

    def follow(self, run: Run, frame: Frame, kept: tuple[BoardRun, ...] = ()) -> None:
        """Draw a run as it is now, and those on the board."""
        self._seen, self._kept = (run, frame), kept
        if self._placed == self.order[: len(self._placed)]:
            self.draw()
        else:  # other charts may suit this run
            self.settle()

    def begin_to_draw(self) -> None:
        """plotext is loaded, so charts can be drawn."""
        self.charts = {name: chart() for name, chart in self.kinds.items()}
        self.settle()

    def draw(self) -> None:
        """Draw the frame in the visible charts."""
        if self._seen is None or not self.charts:
            return
        run, frame = self._seen
        beside = self.others.beside(run, self._kept)
        self._view = chart_view_of(frame, self.others.series_of(run), self.looks, beside)
        for name, panel in zip(self._placed, self.panels, strict=False):
            panel.show(self.charts[name], self._view)
        self.legend.look()

    def settle(self) -> None:
        """Put the charts that fit into their places."""
        across, down = places(self.size.width, self.size.height, is_enlarged=self.is_enlarged)
        order = (self.order if self._seen else [""] * PLACES)[: across * down]
        across = min(across, len(order) or 1)
        down = -(-len(order) // across) or 1
        self.styles.grid_size_columns, self.styles.grid_size_rows = across, down
        for place, panel in enumerate(self.panels):
            panel.display = place < len(order)
            panel.styles.column_span = across * down - place if place == len(order) - 1 else 1  # no place stays empty
        self._placed = order
        self.draw()

    watch_leading = watch_hidden = watch_chosen = watch_is_enlarged = settle

    def on_resize(self, event: Resize) -> None:
        """Use the new size."""
        if event.size:
            self.settle()

    def change_looks(self, **changes: object) -> None:
        """Change the options for drawing the charts."""
        self.looks = msgspec.structs.replace(self.looks, **changes)
        self.draw()

    @property
    def can_leaf(self) -> bool:
        """Whether there is another chart to page to."""
        return self.display and len(self.order) > 1

    def leaf(self, by: int) -> None:
        """Put a later or earlier chart first."""
        order = self.order
        if order:
            self.leading = order[by % len(order)]

    def zoom(self, *, opens_out: bool) -> str:
        """Enlarge the first chart, then show the whole of one that has narrowed, then go back to all charts.

        Returns a message. Without `opens_out`, the step in between is left out.
        """
        is_closer = opens_out and self.panels[0].is_closer
        shows_all = self.is_enlarged and is_closer
        self.change_looks(is_whole=shows_all)
        if shows_all:
            return _("This is the whole bowl. Press the same key again to go back.")
        self.is_enlarged = not self.is_enlarged
        return _("This is a close-up of the bowl. Press the same key again to see all of it.") if is_closer else ""

    def toggle_log_cost(self) -> None:
        """Switch the cost by epoch to a log scale, or back."""
        from gdtui.ui.charts.cost_curve import is_log

        self.change_looks(is_log=not (is_log(self._view) if self._view else self.looks.is_log))

    def toggle_residuals(self) -> bool:
        """Turn the rows' distances from the line on or off; return whether they can be seen."""
        self.change_looks(has_residuals=not self.looks.has_residuals)
        return any(panel.display and panel.chart and panel.chart.has_residuals for panel in self.panels)

    def next_parameter(self) -> str:
        """Cut the bowl along the next parameter; return a message."""
        if self._seen is None:
            return ""
        names = self._seen[0].experiment.parameter_names
        if len(names) == 1:
            return _("{name} is the only parameter.", name=names[0])
        parameter = (self.looks.parameter + 1) % len(names)
        self.change_looks(parameter=parameter, pointed=None)
        return _("Bowl and contours along {name}.", name=names[parameter])

    def point(self, by: int) -> str:
        """Move the value cursor along the axis of the first chart; return what it reads."""
        if self._seen is None or self._view is None or self.first not in self.charts:
            return ""
        self.change_looks(pointed=self.charts[self.first].point(self._seen[0], self._view, by))
        return self.reading()

    @property
    def pointer(self) -> float | None:
        """The position of the value cursor: an epoch's number, or a parameter's value; None if it is not shown."""
        pointed, parameter = self.looks.pointed, self.looks.parameter
        if pointed is None:
            return None
        return float(pointed.number) if pointed.number else pointed.parameters[parameter]

    def point_to(self, place: float | None) -> None:
        """Put the value cursor at a position from another program, in the first chart."""
        can_stand = place is not None and math.isfinite(place) and self.first in self.charts
        if place is None or not can_stand or self._seen is None or self._view is None:
            self.point_nowhere()
            return
        self.change_looks(pointed=self.charts[self.first].point_at(self._seen[0], self._view, place))

    def reading(self) -> str:
        """What the value cursor reads; empty if it is not shown."""
        view = self._view
        return reading(view.frame, view.pointed, view.parameter) if view and view.pointed else ""

    def stop(self) -> bool:
        """Cancel what charts are computing; return whether there was anything."""
        return sum(panel.stop() for panel in self.panels) > 0

    def point_nowhere(self) -> None:
        """Hide the value cursor."""
        if self.looks.pointed:
            self.change_looks(pointed=None)


def places(width: int, height: int, *, is_enlarged: bool) -> tuple[int, int]:
    """How many charts fit across and down in this many cells."""
    if is_enlarged:
        return 1, 1
    if width < COLUMN:
        return 1, max(1, min(PLACES, height // LOW))
    if width < WIDE:
        return 2, 1
    return (2, 2) if height >= TALL else (3, 1)
