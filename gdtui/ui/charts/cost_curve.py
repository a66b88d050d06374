"""The cost against the epoch."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import ClassVar

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.numbers import significant
from gdtui.text import _
from gdtui.ui.charts.chart import POINTS_A_COLUMN, Chart, last_epoch
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.others import legend
from gdtui.ui.charts.scale import Scale, epochs, linear, log, plane
from gdtui.ui.charts.strokes import Point

RUNAWAY = 100.0
"""A run whose cost has become so many times what it was at first is shown on a log scale, or leaves the picture."""

COLUMNS_A_MARK = 1.5
"""Each epoch has a mark where so many columns are between it and the next."""


class CostCurve(Chart):
    """The cost of every epoch known, where the run is now, and the least cost there can be."""

    name, words, panel = "cost", "cost", "cost"
    tells: ClassVar = {**Chart.tells, "now": "cost"}

    def title(self, view: ChartView) -> str:
        """The scale is named where it is not the plain one."""
        if not is_log(view):
            return _("Cost")
        return _("Cost, log scale") if view.is_log or not view.has_keys else _("Cost, log (l undoes)")

    def signs(self, view: ChartView) -> Iterator[Sign]:
        """The epochs, and the least cost."""
        yield from ("now", "epoch")
        if view.pointed_epoch:
            yield "cursor"
        least = view.frame.surface.least_cost
        if least is not None and (least > 0 or not is_log(view)):
            yield "least"
        if view.frame.best:
            yield from ("training", "validation")

    def note(self, view: ChartView, width: int) -> str:
        """The way out for a run that leaves the picture."""
        if not is_log(view) and view.frame.epoch.cost > most(view):
            return _("off the top: l for log")
        if is_log(view) and view.frame.epoch.cost <= 0:
            return _("{cost} has no log", cost=significant(view.frame.epoch.cost, 3))
        names = legend(view.others)
        if (best := view.frame.best) and not names:
            cost = significant(best.validation or 0.0, 3)
            names = _("lowest validation {cost} at epoch {number}", cost=cost, number=best.number)
        return names if len(names) <= width else ""

    def picture(self, view: ChartView, width: int, height: int) -> Picture:
        """The curve, the line of the least cost, and the epochs looked at."""
        self.begin(view, is_log(view))
        frame = view.frame
        points = view.series.costs(POINTS_A_COLUMN * width)
        curves = [other.series.costs(POINTS_A_COLUMN * width) for other in view.others]
        validation = view.series.validations(POINTS_A_COLUMN * width)
        least = frame.surface.least_cost
        x, y = plane(
            width,
            height,
            partial(epochs, 1, last_epoch(frame) + 1, planned=last_epoch(frame)),
            partial(self._cost_scale, view, [points, validation, *curves]),
        )
        traces = [] if least is None else [level(least, x, y)]
        traces += [Trace(curve, "other") for curve in curves]
        traces += by_epoch(points, x, "curve" if validation else "")
        traces += [Trace(validation, "second"), Trace(validation, "second", "end", "v")] if validation else []
        traces += cursor(view, y, lambda epoch: [epoch.cost])
        cost, lowest = frame.epoch.cost, y.value(0)
        is_above, is_below = cost > y.value(y.cells), is_log(view) and cost < lowest  # a cost of 0 is below every power
        now = (frame.epoch.number, y.high if is_above else y.low if is_below else cost)
        traces.append(Trace([now], "now", glyph="▲" if is_above else "▼" if is_below else "●"))
        ends = [Trace(curve, "other", "end", other.name) for other, curve in zip(view.others, curves, strict=True)]
        return Picture(width, height, x, y, (*traces, *ends), view.marker, "epoch")

    def _cost_scale(self, view: ChartView, curves: list[list[Point]], rows: int) -> Scale:
        seen = [cost for curve in curves for _, cost in curve]
        if is_log(view):
            return self.hold("cost", [cost for cost in seen if cost > 0], log, rows)
        return self.hold("cost", [0.0, *(min(cost, most(view)) for cost in seen)], linear, rows)

    def picture_as_told(self, view: ChartView, width: int, height: int) -> Picture:
        """Without this epoch's cost the curve ends before it."""
        picture, now = super().picture_as_told(view, width, height), view.frame.epoch.number
        if "cost" not in view.frame.unknown:
            return picture
        return msgspec.structs.replace(
            picture,
            traces=tuple(
                msgspec.structs.replace(trace, points=[point for point in trace.points if point[0] < now])
                if trace.role in ("curve", "path", "trail")
                else trace
                for trace in picture.traces
            ),
        )


def level(value: float, x: Scale, y: Scale) -> Trace:
    """A level line through the middle of its cell, where marks stand: no mark of a larger value is below the line."""
    return Trace([(x.low, y.middle(value)), (x.high, y.middle(value))], "least")


def by_epoch(points: list[Point], x: Scale, role: str = "") -> list[Trace]:
    """A mark for each epoch and a lighter line between them while there is room, or a line through them."""
    if x.unit * COLUMNS_A_MARK > 1:
        return [Trace(points, role or "curve")]
    return [Trace(points, role or "path", is_light=True), Trace(points, "trail", glyph="•")]


def cursor(view: ChartView, y: Scale, heights: Callable[[Epoch], list[float]]) -> list[Trace]:
    """The value cursor, where it stands at an epoch: an upright line, and its mark on each curve."""
    if (epoch := view.pointed_epoch) is None:
        return []
    line = [(epoch.number, end) for end in (y.value(0), y.value(y.cells))]
    return [Trace(line, "pointer"), Trace([(epoch.number, at) for at in heights(epoch)], "pointer", glyph="┼")]


def is_log(view: ChartView) -> bool:
    """Whether the cost is on a log scale: as wished, or else once the run has left a linear one.

    Beside a first cost that is many times what is reached, nobody would see the validation cost turn.
    """
    if view.is_log is not None:
        return view.is_log
    if view.frame.best:
        return True
    limit = most(view)
    return any(cost > limit for _epoch, cost in view.series.costs(POINTS_A_COLUMN))


def most(view: ChartView) -> float:
    """The highest cost that is followed on a linear scale."""
    first = view.frame.trail[0].cost
    return RUNAWAY * max(abs(first), view.frame.surface.least_cost or 0.0) or 1.0
