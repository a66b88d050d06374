"""The rows and the hypothesis: the line through one column, or prediction against target for several."""

import math
from collections.abc import Sequence
from functools import partial

from gdtui.experiment.epoch import Epoch
from gdtui.text import clean
from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.scale import Scale, linear
from gdtui.ui.charts.strokes import Point

MOST_ROWS = 200
"""How many rows are drawn; of more, every so-manieth."""

FEW = 40
"""Up to so many rows stand as marks, more as dots."""


class DataFit(Chart):
    """How well the hypothesis of the epoch looked at goes through the rows."""

    name, words, panel = "fit", "data", "fit"
    has_residuals = True

    def title(self, view: ChartView) -> str:
        """What is drawn against what."""
        data = view.frame.experiment.dataset
        if len(data.x) > 1:
            return f"H(x) over {clean(data.target, 16)}"
        return "Data and H(x)"

    def note(self, view: ChartView, width: int) -> str:
        """How many rows are drawn, where it is not all."""
        rows = view.frame.experiment.dataset.rows
        drawn = len(range(0, rows, stride(rows)))
        return "" if drawn == rows else f"{drawn} of {rows:,} rows"

    def picture(self, view: ChartView, width: int, height: int) -> Picture:
        """The rows, the hypothesis now and an epoch ago."""
        self.begin(view)
        if len(view.frame.experiment.dataset.x) > 1:
            return self._predictions(view, width, height)
        return self._line(view, width, height)

    def _line(self, view: ChartView, width: int, height: int) -> Picture:
        data, epoch = view.frame.experiment.dataset, view.frame.epoch
        step = stride(data.rows)
        rows = list(zip(data.x[0][::step], data.y[::step], strict=True))
        x = self.hold("x", [place for place, _ in rows], partial(linear, with_zero=not data.scaling))
        y = self.hold("y", self._heights(view, rows, x), partial(linear, with_zero=True))
        traces: list[Trace] = []
        if view.has_residuals:
            traces.append(pieces([((at, value), (at, height_at(view, epoch, at))) for at, value in rows]))
        if before := view.frame.before:
            traces.append(Trace(ends(view, before, x), "ghost"))
        lines = [(other, ends(view, other.epoch, x)) for other in view.alike]
        traces += [Trace(line, other.role) for other, line in lines]
        traces.append(Trace(ends(view, epoch, x), "curve"))
        traces += [Trace([line[-1]], other.role, glyph=other.name) for other, line in lines]
        if view.pointed:
            traces.append(Trace(ends(view, view.pointed, x), "pointer"))
        traces.append(Trace(rows, "rows", "points", glyph="×" if len(rows) <= FEW else ""))
        unit = clean(data.features[0], 12) + (" (standardized)" if data.scaling else "")
        return Picture(width, height, x, y, tuple(traces), view.marker, unit)

    def _heights(self, view: ChartView, rows: Sequence[Point], x: Scale) -> list[float]:
        """The targets, and H(x) at both ends as far as it is not far from them."""
        values = [value for _, value in rows]
        low, high = min(0.0, *values), max(0.0, *values)
        room = (high - low) / 2
        return [*values, *(min(max(end, low - room), high + room) for _, end in ends(view, view.frame.epoch, x))]

    def _predictions(self, view: ChartView, width: int, height: int) -> Picture:
        data, epoch = view.frame.experiment.dataset, view.frame.epoch
        step = stride(data.rows)
        columns = (column[::step] for column in data.x)
        targets = data.y[::step]
        rows = [(y, height_at(view, epoch, *row)) for y, *row in zip(targets, *columns, strict=True)]
        x = self.hold("target", targets, partial(linear, with_zero=True))
        traces = [pieces([((y, y), (y, predicted)) for y, predicted in rows])] if view.has_residuals else []
        traces.append(Trace([(x.low, x.low), (x.high, x.high)], "ghost"))
        traces.append(Trace(rows, "rows", "points", "×" if len(rows) <= FEW else ""))
        return Picture(width, height, x, x, tuple(traces), view.marker, clean(data.target, 12))


def pieces(ends: Sequence[tuple[Point, Point]]) -> Trace:
    """Residuals as one trace with gaps between them: that is drawn in one go."""
    gap = (math.nan, math.nan)
    return Trace([point for start, end in ends for point in (start, end, gap)], "residual")


def stride(rows: int) -> int:
    """Every so-manieth row is drawn."""
    return -(-rows // MOST_ROWS)


def height_at(view: ChartView, epoch: Epoch, *x: float) -> float:
    """H(x) at an epoch, for x as the run has it: standardized where the data is."""
    weights, bias = view.frame.experiment.split(epoch.parameters)
    return sum(weight * value for weight, value in zip(weights, x, strict=True)) + (bias or 0.0)


def ends(view: ChartView, epoch: Epoch, x: Scale) -> list[Point]:
    """The line H(x) at an epoch, from one limit to the other."""
    return [(place, height_at(view, epoch, place)) for place in (x.low, x.high)]
