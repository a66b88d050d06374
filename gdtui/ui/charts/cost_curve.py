"""The cost against the epoch."""

from gdtui.lab.moment import Moment
from gdtui.ui.charts.chart import Chart, here
from gdtui.ui.charts.figure import Trace


class CostCurve(Chart):
    """The cost of every epoch known, and where the run is now."""

    def traces(self, moment: Moment, most: int) -> list[Trace]:
        """The curve, and the point looked at."""
        return [
            Trace(self.series.costs(most), "curve"),
            Trace(here(moment, moment.epoch.cost), "now", "points", "●"),
        ]

    def watch_is_log(self) -> None:
        """Say which scale it is."""
        self.border_title = "Cost, log scale" if self.is_log else "Cost"
        super().watch_is_log()
