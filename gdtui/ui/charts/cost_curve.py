"""The cost against the epoch."""

from collections.abc import Callable
from typing import ClassVar

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.numbers import significant
from gdtui.text import _
from gdtui.ui.charts.chart import POINTS_A_COLUMN, Chart, Figure, by_epochs
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.scale import Scale, columns_of, linear, log, rows_of
from gdtui.ui.charts.series import runs_named
from gdtui.ui.charts.strokes import Point

RUNAWAY = 100.0
"""A cost this many times the first one switches to a log scale, or leaves the picture."""

COLUMNS_A_MARK = 1.5
"""Each epoch has a mark if there are at least this many columns per epoch."""


class CostCurve(Chart):
    """The cost of every known epoch, where the run is now, and the least possible cost."""

    name, words, panel = "cost", "cost", "cost"
    tells: ClassVar = {**Chart.tells, "now": "cost"}

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """The curve, the line of the least cost, and the current epoch."""
        frame, is_by_log, highest = view.frame, is_log(view), most(view)
        self.begin(view, is_by_log)
        points = view.series.costs(POINTS_A_COLUMN * width)
        curves = [other.series.costs(POINTS_A_COLUMN * width) for other in view.others]
        validation = view.series.validations(POINTS_A_COLUMN * width)
        seen = [cost for curve in (points, validation, *curves) for _epoch, cost in curve]
        costs = [cost for cost in seen if cost > 0] if is_by_log else [0.0, *(min(cost, highest) for cost in seen)]
        y = self.hold("cost", costs, log if is_by_log else linear, rows_of(width, height))
        x = by_epochs(frame, columns_of(width, height, y))
        least, cost, best = frame.surface.least_cost, frame.epoch.cost, frame.best
        traces = [] if least is None else [level(least, x, y)]
        traces += [Trace(curve, "other") for curve in curves]
        traces += by_epoch(points, x, "curve" if validation else "")
        traces += [Trace(validation, "second"), Trace(validation, "second", "end", "v")] if validation else []
        traces += cursor(view, y, lambda epoch: [epoch.cost])
        is_above, is_below = cost > y.value(y.cells), is_by_log and cost < y.value(0)  # 0 is below every power
        now = (frame.epoch.number, y.high if is_above else y.low if is_below else cost)
        traces.append(Trace([now], "now", glyph="▲" if is_above else "▼" if is_below else "●"))
        traces += [Trace(curve, "other", "end", other.name) for other, curve in zip(view.others, curves, strict=True)]

        title = _("Cost")
        if is_by_log:
            title = _("Cost, log scale") if view.is_log or not view.has_keys else _("Cost, log (l undoes)")
        signs: list[Sign] = ["now", *epochs_marked(x)]
        signs += ["cursor"] if view.pointed_epoch else []
        signs += ["least"] if least is not None and (least > 0 or not is_by_log) else []
        signs += ["training", "validation"] if best else []
        notes: tuple[str, ...] = (*runs_named(view.others, frame.experiment), "")
        if best and not view.others:
            lowest = significant(best.validation or 0.0, 3)
            notes = _("lowest validation {cost} at epoch {number}", cost=lowest, number=best.number), ""
        if not is_by_log and cost > highest:
            notes = (_("off the top: l for log"),)
        if is_by_log and cost <= 0:
            notes = (_("{cost} has no log", cost=significant(cost, 3)),)
        picture = Picture(width, height, x, y, tuple(traces), view.marker, "epoch")
        return Figure(title=title, picture=picture, signs=tuple(signs), notes=notes)

    def as_told(self, figure: Figure, picture: Picture, view: ChartView) -> Figure:
        """If this epoch's cost is hidden, the curve ends before it."""
        if "cost" in view.frame.unknown:
            now = view.frame.epoch.number
            traces = (
                msgspec.structs.replace(trace, points=[point for point in trace.points if point[0] < now])
                if trace.role in ("curve", "path", "trail")
                else trace
                for trace in picture.traces
            )
            picture = msgspec.structs.replace(picture, traces=tuple(traces))
        return super().as_told(figure, picture, view)


def level(value: float, x: Scale, y: Scale) -> Trace:
    """A level line through the middle of its cell, where marks are: no mark of a larger value is below it."""
    middle = y.middle(value)
    return Trace([(x.low, middle), (x.high, middle)], "least")


def epochs_marked(x: Scale) -> list[Sign]:
    """The sign of the marks of the epochs, if there is space for marks."""
    return [] if x.unit * COLUMNS_A_MARK > 1 else ["epoch"]


def by_epoch(points: list[Point], x: Scale, role: str = "") -> list[Trace]:
    """A mark per epoch with a lighter line between them, or if there is no space a line through them."""
    if not epochs_marked(x):
        return [Trace(points, role or "curve")]
    return [Trace(points, role or "path", is_light=True), Trace(points, "trail", glyph="•")]


def cursor(view: ChartView, y: Scale, heights: Callable[[Epoch], list[float]]) -> list[Trace]:
    """The value cursor if it is at an epoch: a vertical line, with a mark on each curve."""
    if (epoch := view.pointed_epoch) is None:
        return []
    line = [(epoch.number, end) for end in (y.value(0), y.value(y.cells))]
    return [Trace(line, "pointer"), Trace([(epoch.number, at) for at in heights(epoch)], "pointer", glyph="┼")]


def is_log(view: ChartView) -> bool:
    """Whether the cost has a log scale: by choice, or once the run leaves a linear one.

    Next to a first cost many times larger than the rest, the turn of the validation cost would be invisible.
    """
    if view.is_log is not None:
        return view.is_log
    if view.frame.best:
        return True
    limit = most(view)
    return any(cost > limit for _epoch, cost in view.series.costs(POINTS_A_COLUMN))


def most(view: ChartView) -> float:
    """The highest cost shown on a linear scale."""
    first = view.frame.trail[0].cost
    return RUNAWAY * max(abs(first), view.frame.surface.least_cost or 0.0) or 1.0
