"""The rows and the hypothesis: the line through one column, or prediction against target for several."""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

from gdtui.experiment.dataset import Dataset
from gdtui.experiment.epoch import Epoch
from gdtui.text import _, clean
from gdtui.ui.charts.chart import Chart, Figure
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.legend import SIGNS, TARGETS, Sign
from gdtui.ui.charts.scale import Fit, Scale, columns_of, linear, rows_of, whole_data
from gdtui.ui.charts.strokes import Point
from gdtui.ui.charts.weight_curve import ROLES

MOST_ROWS = 200
"""The most rows drawn; of more, every second, third and so on."""

LAST = 3
"""Space that a line needed is given up once the lines of this many epochs have not needed it."""

FEW = 40
"""Up to this many rows have marks; more have dots."""


class DataFit(Chart):
    """How well the hypothesis of the current epoch fits the rows."""

    name, words, panel = "fit", "data", "fit"
    has_residuals = True
    needs_rows = True

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """The rows, the hypothesis now, and that of the epoch before."""
        data = view.frame.experiment.dataset
        title = _("{target} and H(x)", target=clean(data.target, 16))
        if data.inputs > 1:
            title = _("H(x) vs {target}", target=clean(data.targets[view.target], 16))
        elif shares_chart(data):
            named = (f"{number} {clean(name, 10)}" for number, name in enumerate(data.targets, 1))
            title = _("Data and H(x): {targets}", targets=", ".join(named))
        elif data.more_y:
            title = _("Data and H(x): {target}", target=clean(data.targets[view.target], 16))
        if not data.rows:
            return Figure(title=title, message=_("a typed cost has no rows"))
        self.begin(view)
        draw = self._predictions if data.inputs > 1 else self._line
        return Figure(
            title=title, picture=draw(view, width, height), signs=tuple(signs(view)), notes=(where_line_is(view),)
        )

    def _axes(
        self, view: ChartView, width: int, height: int, targets: range, rows: Sequence[Point], kept: Sequence[Point]
    ) -> tuple[Scale, Scale]:
        """The scales of x and y.

        The y limits hold H(x) at the ends of the rows, so those of x can wait until the remaining width is known.
        """
        columns = [x for x, _ in (*rows, *kept)] + ([] if view.frame.experiment.dataset.scaling else [0.0])
        ends = min(columns), max(columns)

        def heights(epochs: Sequence[Epoch]) -> list[float]:
            lines = (line(view, epoch, target, ends) for target in targets for epoch in epochs)
            return near((*rows, *kept), chain.from_iterable(lines))

        now, recent = heights([view.frame.epoch]), heights(view.frame.trail[-LAST:])
        y = self.hold("y", now, fitting([y for _, y in rows]), rows_of(width, height), recent)
        x = self.hold("x", columns, partial(fitting(columns), is_across=True), columns_of(width, height, y))
        return x, y

    def _line(self, view: ChartView, width: int, height: int) -> Picture:
        data, epoch = view.frame.experiment.dataset, view.frame.epoch
        targets = range(len(data.ys)) if shares_chart(data) else range(view.target, view.target + 1)
        step = stride(data.rows)
        groups = [points(data, target, step) for target in targets]
        rows = groups[targets.index(view.target)]
        kept = points(data.kept, view.target, step) if data.kept else []
        x, y = self._axes(view, width, height, targets, [*chain(*groups)], kept)
        traces: list[Trace] = []
        if view.has_residuals:
            traces.append(pieces([((at, value), (at, height_at(view, epoch, view.target, at))) for at, value in rows]))
        is_straight = view.frame.experiment.model == "linear" and data.degree == 1
        across = (0, x.cells) if is_straight else range(x.cells + 1)
        places = sorted({*map(x.value, across), *(row[0] for row in rows)})
        traces += border(view, x)
        if before := view.frame.before:
            traces.append(Trace(line(view, before, view.target, places), "ghost"))
        lines = [(other, line(view, other.epoch, view.target, places)) for other in view.alike]
        traces += [Trace(curve, "other") for _other, curve in lines]
        curves = [line(view, epoch, target, places) for target in targets]
        traces += [Trace(curve, role) for curve, role in zip(curves, ROLES, strict=False)]
        if view.pointed:
            traces.append(Trace(line(view, view.pointed, view.target, places), "pointer"))
        if len(targets) == 1:
            traces.append(Trace(rows, "rows", "points", glyph="◆" if len(rows) <= FEW else ""))
        for number, (sign, own, curve) in enumerate(zip(TARGETS, groups, curves, strict=False), 1):
            if len(targets) > 1:
                glyph, role, _word = SIGNS[sign]
                traces += [Trace(own, role, "points", glyph=glyph), Trace(curve, role, "end", str(number))]
        traces += [Trace(kept, "rows", "points", glyph="□" if len(rows) <= FEW else "")] if kept else []
        traces += [Trace(curve, "other", "end", other.name) for other, curve in lines]
        unit = clean(data.features[0], 12)
        unit = _("{column} (standardized)", column=unit) if data.scaling else unit
        return Picture(width, height, x, y, tuple(traces), view.marker, unit)

    def _predictions(self, view: ChartView, width: int, height: int) -> Picture:
        data, epoch = view.frame.experiment.dataset, view.frame.epoch
        step = stride(data.rows)
        columns = (column[::step] for column in data.x)
        targets = data.ys[view.target][::step]
        rows = [(y, height_at(view, epoch, view.target, *row)) for y, *row in zip(targets, *columns, strict=True)]
        fit = fitting(targets)
        y = self.hold("prediction", near([(y, y) for y in targets], rows), fit, rows_of(width, height))
        x = self.hold("target", [0.0, *targets], partial(fit, is_across=True), columns_of(width, height, y))
        traces = [pieces([((y, y), (y, predicted)) for y, predicted in rows])] if view.has_residuals else []
        traces.append(Trace([(place, place) for place in (x.value(0), x.value(x.cells))], "least"))
        traces.append(Trace(rows, "rows", "points", "◆" if len(rows) <= FEW else ""))
        return Picture(width, height, x, y, tuple(traces), view.marker, clean(data.targets[view.target], 12))


def signs(view: ChartView) -> Iterator[Sign]:
    """The marks of the rows, and of the earlier line."""
    data = view.frame.experiment.dataset
    has_marks = drawn(data.rows) <= FEW
    if shares_chart(data):
        yield from TARGETS[: len(data.targets)]
    elif has_marks:
        yield "row"
    if has_marks and data.kept:
        yield "kept back"
    if data.inputs > 1:
        yield "exact"
    elif view.frame.experiment.objective.border is not None:
        yield "border"
    if data.inputs == 1 and view.frame.before:
        yield "before"
    if view.has_residuals:
        yield "error"


def border(view: ChartView, x: Scale) -> list[Trace]:
    """The line at which H(x) predicts 1, if there is one."""
    height = view.frame.experiment.objective.border
    return [] if height is None else [Trace([(x.value(0), height), (x.value(x.cells), height)], "least")]


def where_line_is(view: ChartView) -> str:
    """Where the line is if it has left the picture, and how many rows are drawn if not all of them."""
    data, target = view.frame.experiment.dataset, view.target
    rows, step = data.rows, stride(data.rows)
    if data.inputs == 1 and data.degree == 1:
        low, high = reach(data.ys[target][::step])
        # A line without b passes through 0 at x = 0, however steep it is.
        heights = [height_at(view, view.frame.epoch, target, place) for place in data.x[0][::step] if place]
        if min(heights, default=low) > high:
            return _("H(x) is above the chart")
        if max(heights, default=high) < low:
            return _("H(x) is below the chart")
    return "" if drawn(rows) == rows else _("{drawn} of {rows:,} rows", drawn=drawn(rows), rows=rows)


def shares_chart(data: Dataset) -> bool:
    """Whether several targets share one chart, each with its own mark and line."""
    return 1 < len(data.ys) <= len(TARGETS) and data.inputs == 1


def points(data: Dataset, target: int, step: int) -> list[Point]:
    """The rows that are drawn, as points of the first column of x and one column of y."""
    return list(zip(data.x[0][::step], data.ys[target][::step], strict=True))


def near(rows: Sequence[Point], line: Iterable[Point]) -> list[float]:
    """The heights of the rows, of a line of H(x) as far as it stays close to them, and 0."""
    targets = [target for _, target in rows]
    low, high = reach(targets)
    return [0.0, *targets, *(min(max(height, low), high) for _, height in line)]


def reach(targets: Sequence[float]) -> tuple[float, float]:
    """The range in which H(x) is shown: that of the targets and 0, extended by half on both sides."""
    low, high = min(0.0, *targets), max(0.0, *targets)
    return low - (high - low) / 2, high + (high - low) / 2


def fitting(values: Iterable[float]) -> Fit:
    """The kind of scale for a column."""
    return whole_data if all(value == round(value) for value in values) else linear


def pieces(ends: Sequence[tuple[Point, Point]]) -> Trace:
    """Residuals as one trace with gaps, which is faster to draw."""
    gap = (math.nan, math.nan)
    return Trace([point for start, end in ends for point in (start, end, gap)], "residual")


def stride(rows: int) -> int:
    """The distance from one drawn row to the next."""
    return max(1, -(-rows // MOST_ROWS))


def drawn(rows: int) -> int:
    """How many of this many rows are drawn."""
    return len(range(0, rows, stride(rows)))


def height_at(view: ChartView, epoch: Epoch, target: int, *x: float) -> float:
    """H(x) of one target at an epoch, for x as the run uses it, standardized if the data is."""
    data = view.frame.experiment.dataset
    if data.degree > 1 and len(x) == 1 and data.scaling:
        x = data.row((x[0] * data.scaling.deviations[0] + data.scaling.means[0],))
    return view.frame.experiment.hypotheses(epoch.parameters, x)[target]


def line(view: ChartView, epoch: Epoch, target: int, places: Iterable[float]) -> list[Point]:
    """The points of H(x) for one target at an epoch, at these values of x."""
    return [(place, height_at(view, epoch, target, place)) for place in places]
