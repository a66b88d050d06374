"""The learning rate against the epoch, if a schedule changes it."""

import math
from collections.abc import Iterable

from gdtui.experiment.experiment import Experiment
from gdtui.text import _
from gdtui.ui.charts.chart import POINTS_A_COLUMN, Chart, Figure, by_epochs, last_epoch
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.cost_curve import by_epoch, level
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.scale import columns_of, linear, rows_of
from gdtui.ui.charts.strokes import Point

NEAR = 4.0
"""The limit is drawn if it is at most this many times the largest lr."""


class RateCurve(Chart):
    """The lr of every epoch, including later ones, and its limit."""

    name, words, panel = "rate", "lr", "lr"

    @classmethod
    def suits(cls, experiment: Experiment) -> bool:
        """Whether a schedule changes lr."""
        return experiment.has_schedule

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """The curve over all epochs of the axis, and the current epoch."""
        frame = view.frame
        self.begin(view)
        end = last_epoch(frame)
        numbers = range(1, end + 1, max(1, end // (POINTS_A_COLUMN * width)))
        points = rates_of(frame.experiment, numbers)
        curves = [rates_of(other.experiment, numbers) for other in view.others]
        rates = [0.0, *(rate for curve in (points, *curves) for _epoch, rate in curve)]
        limit = frame.step_size.limit
        is_near = math.isfinite(limit) and limit <= NEAR * max(rates)
        y = self.hold("rate", [*rates, limit] if is_near else rates, linear, rows_of(width, height))
        x = by_epochs(frame, columns_of(width, height, y))
        traces = [level(limit, x, y)] if is_near else []
        traces += [Trace(curve, "other") for curve in curves]
        traces += by_epoch(points, x)
        traces.append(Trace([(frame.epoch.number, frame.settings.learning_rate)], "now", glyph="●"))
        traces += [Trace(curve, "other", "end", other.name) for other, curve in zip(view.others, curves, strict=True)]
        return Figure(
            title=_("lr by epoch"),
            picture=Picture(width, height, x, y, tuple(traces), view.marker, "epoch"),
            signs=("now", "epoch", "limit") if frame.step_size.has_limit else ("now", "epoch"),
            notes=(frame.experiment.stretch_at(frame.epoch.number).schedule.rule.formula(), ""),
        )


def rates_of(experiment: Experiment, numbers: Iterable[int]) -> list[Point]:
    """The lr of some epochs."""
    return [(float(number), experiment.stretch_at(number).rate_at(number)) for number in numbers]
