"""The parameters against the epoch."""

from functools import partial

from gdtui.ui.charts.chart import POINTS_A_COLUMN, RUNAWAY, Chart, epoch_scale
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.scale import linear

LINES = (("curve", "●"), ("second", "○"), ("third", "◆"), ("fourth", "◇"))
"""The role of each line, and the mark that tells it apart without colour."""


class WeightCurve(Chart):
    """W, and b or further weights, of every epoch known, and where the run is now."""

    name, words, panel = "weights", "W", "W"

    def title(self, view: ChartView) -> str:
        """The names, with their marks where there are several."""
        names = view.frame.experiment.parameter_names
        if len(names) == 1:
            return names[0]
        return "  ".join(
            f"{mark} {names[index]}" for (_, mark), index in zip(LINES, view.series.parameters, strict=False)
        )

    def picture(self, view: ChartView, width: int, height: int) -> Picture:
        """A curve a parameter, and the epochs looked at."""
        self.begin(view)
        frame = view.frame
        curves = view.series.values(POINTS_A_COLUMN * width)
        x, low, high = epoch_scale(frame), *self._most(view)
        # Of the runs on the board the first parameter: more lines could not be told apart.
        first = [other.series.values(POINTS_A_COLUMN * width)[0] for other in view.alike]
        values = (min(max(value, low), high) for points in (*curves, *first) for _, value in points)
        y = self.hold("values", values, partial(linear, with_zero=True))
        lines = list(zip(LINES, view.series.parameters, curves, strict=False))
        traces = [Trace(points, other.role) for other, points in zip(view.alike, first, strict=True)]
        traces += [Trace(points, role) for (role, _), _, points in lines]
        for other, points in zip(view.alike, first, strict=True):
            traces.append(Trace(other.labelled(points), other.role, glyph=other.name))
        if pointed := view.pointed_epoch:
            traces.append(Trace([(pointed.number, y.low), (pointed.number, y.high)], "pointer"))
        for (_, mark), index, _ in lines:
            value = frame.epoch.parameters[index]
            now = (frame.epoch.number, min(max(value, y.low), y.high))
            traces.append(Trace([now], "now", glyph="▲" if value > y.high else "▼" if value < y.low else mark))
        return Picture(width, height, x, y, tuple(traces), view.marker, "epoch")

    def _most(self, view: ChartView) -> tuple[float, float]:
        """How far from the minimum the parameters are followed, for the picture to stay readable."""
        first = view.frame.trail[0].parameters
        minimum = view.frame.surface.minimum or first
        shown = view.series.parameters
        far = max((abs(first[index] - minimum[index]) for index in shown), default=0.0) or 1.0
        return min(minimum[i] for i in shown) - RUNAWAY * far, max(minimum[i] for i in shown) + RUNAWAY * far
