"""The cost against the epoch."""

from functools import partial
from typing import ClassVar

import msgspec

from gdtui.ui.charts.chart import POINTS_A_COLUMN, RUNAWAY, Chart, epoch_scale
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.others import legend
from gdtui.ui.charts.scale import Scale, linear, log
from gdtui.ui.charts.strokes import Point

COLUMNS_A_DOT = 3


def dotted(x: Scale, value: float, width: int) -> list[Point]:
    """A dotted line from one limit to the other: without colour it must not look like the curve."""
    dots = max(1, width // COLUMNS_A_DOT)
    return [(x.low + (x.high - x.low) * dot / dots, value) for dot in range(dots + 1)]


class CostCurve(Chart):
    """The cost of every epoch known, where the run is now, and the least cost there can be."""

    name, words, panel = "cost", "cost", "cost"
    tells: ClassVar = {**Chart.tells, "now": "cost"}

    def title(self, view: ChartView) -> str:
        """The scale is named where it is not the plain one."""
        return "Cost, log scale" if view.is_log else "Cost"

    def note(self, view: ChartView, width: int) -> str:
        """The way out for a run that leaves the picture."""
        if not view.is_log and view.frame.epoch.cost > self._most(view):
            return "above: l for log"
        names = legend(view.others)
        return names if len(names) <= width else ""

    def picture(self, view: ChartView, width: int, height: int) -> Picture:
        """The curve, the line of the least cost, and the epochs looked at."""
        self.begin(view, view.is_log)
        frame = view.frame
        x = epoch_scale(frame)
        points = view.series.costs(POINTS_A_COLUMN * width)
        curves = [other.series.costs(POINTS_A_COLUMN * width) for other in view.others]
        seen = [cost for curve in (points, *curves) for _, cost in curve]
        least = frame.surface.least_cost
        if view.is_log:
            y = self.hold("cost", [cost for cost in seen if cost > 0], log)
        else:
            most = self._most(view)
            shown = [*([] if least is None else [least]), *(min(cost, most) for cost in seen)]
            y = self.hold("cost", shown, partial(linear, with_zero=True))
        traces = [] if least is None else [Trace(dotted(x, least, width), "least", "points")]
        traces += [Trace(curve, other.role) for other, curve in zip(view.others, curves, strict=True)]
        traces.append(Trace(points, "curve"))
        for other, curve in zip(view.others, curves, strict=True):
            traces.append(Trace(other.labelled(curve), other.role, glyph=other.name))
        if pointed := view.pointed_epoch:
            traces.append(Trace([(pointed.number, y.low), (pointed.number, y.high)], "pointer"))
            traces.append(Trace([(pointed.number, pointed.cost)], "pointer", glyph="◆"))
        is_above = frame.epoch.cost > y.high
        now = (frame.epoch.number, min(frame.epoch.cost, y.high))
        traces.append(Trace([now], "now", glyph="▲" if is_above else "●"))
        return Picture(width, height, x, y, tuple(traces), view.marker, "epoch")

    def picture_as_told(self, view: ChartView, width: int, height: int) -> Picture:
        """Without this epoch's cost the curve ends before it."""
        picture, now = super().picture_as_told(view, width, height), view.frame.epoch.number
        if "cost" not in view.frame.unknown:
            return picture
        return msgspec.structs.replace(
            picture,
            traces=tuple(
                msgspec.structs.replace(trace, points=[point for point in trace.points if point[0] < now])
                if trace.role == "curve"
                else trace
                for trace in picture.traces
            ),
        )

    def _most(self, view: ChartView) -> float:
        """The highest cost that is followed on a linear scale."""
        first = view.frame.trail[0].cost
        return RUNAWAY * max(first, view.frame.surface.least_cost or 0.0) or 1.0
