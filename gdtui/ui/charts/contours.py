"""Level curves of the cost over two parameters, and the run's path across them."""

import math
import sys
from itertools import pairwise
from operator import itemgetter

import msgspec

from gdtui.lab.frame import Frame
from gdtui.text import _
from gdtui.ui.charts.chart import Chart, Figure
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.scale import Scale, columns_of, rows_of, square
from gdtui.ui.charts.series import FAR
from gdtui.ui.charts.strokes import Point, between
from gdtui.ui.charts.valleys import kinds_in, marks
from gdtui.ui.common.arrows import with_arrow_keys

RATIO = 4.0
"""The ratio of the cost above the minimum from one level to the next; the ellipse halves."""

LEVELS = (RATIO, 1.0, 1 / RATIO, 1 / RATIO**2, 1 / RATIO**3)
"""Levels of the cost above the minimum, as multiples of the highest on the path."""

MARGIN = 0.15
"""How much further the picture goes on each side than the path, as a part of the path's length."""

FINEST = 1e-6
"""The least width of a picture as a part of its middle, so that its limits differ."""

LARGEST = 1e300

LEAST_DOTS = 2.0
"""A level curve at least this many dots from the minimum can be told from its neighbours."""

SIDES = 48
GRID = 24
"""The number of cells per side for sampling a cost that has no formula for its level curves."""

DEGENERATE = 1e-12
"""If the ratio of eigenvalues is below this, the bowl is a valley, and its level curves are parallel lines."""

DOTS_ACROSS = 2
"""Dots across a cell, which is twice as high as wide: each dot is square."""

LABEL = 6
"""Columns reserved for the labels at the left, until their width is known."""

COLUMNS_A_MARK = 4
"""One epoch is marked per this many columns."""


class Contours(Chart):
    """The bowl from above, with the same scale along both axes."""

    name, words, panel = "contours", "contours", "contours"
    least_parameters = 2

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """Ellipses, path, negative gradient, minimum and current point."""
        frame, first, second = view.frame, view.parameter, view.other
        names = frame.experiment.parameter_names
        if len(names) == 1:
            return Figure(title=_("Contours"), message=_("Contours need two parameters.\nWith one, see Cost vs W."))
        title = _("Cost vs {across} →, {up} ↑", across=names[first], up=names[second])
        if len(names) > 2:
            title = _("Cost vs {across} →, {up} ↑, a slice", across=names[first], up=names[second])
        pair = itemgetter(first, second)
        self.begin(view, first, second, width, height)
        path = [pair(past.parameters) for past in frame.trail]
        following = pair(frame.epoch.following)
        bottom = centre(frame, first, second) if frame.surface.quadratic else None
        ways = [(o, [pair(past.parameters) for past in o.trail]) for o in view.alike]
        near = [point for _other, way in ways for point in way if bottom and is_near(point, bottom, path)]
        x, y = self._limits([*path, following, *([bottom] if bottom else []), *near], width, height)
        finest = LEAST_DOTS * x.unit / DOTS_ACROSS
        if bottom:
            out_of_sight = 2 * max(x.high - x.low, y.high - y.low)
            curves = level_curves(frame, first, second, bottom, out_of_sight, finest)
        else:
            curves = sampled_curves(frame, first, second, x, y)
        way = downhill(path[-1], pair(frame.epoch.gradient), x)
        traces = [
            *(Trace(curve, "curve") for curve in curves),
            *([] if bottom and is_at(path[-1], bottom, x, y) else [Trace(way, "tangent")]),
            *(Trace(way, "other") for _other, way in ways),
            Trace(path, "path"),
            Trace(path[-2 - width // COLUMNS_A_MARK : -1], "trail", glyph="•"),
            *([Trace([bottom], "minimum", glyph="×")] if bottom else []),
            *marks(view, pair),
            Trace([following], "next", glyph="○"),
            Trace([path[-1]], "now", glyph="●"),
        ]
        if view.pointed:
            traces.append(Trace([pair(view.pointed.parameters)], "pointer", glyph="┼"))
        traces += [Trace(way, "other", "end", other.name) for other, way in ways]
        # No mark may depend on the scale: a legend of another height would change the scale, and so on for ever.
        signs: list[Sign] = ["now", "next", "epoch", "downhill"]
        signs += ["minimum"] if bottom else []
        signs += kinds_in(view)
        signs += ["cursor"] if view.pointed else []
        return Figure(
            title=with_arrow_keys(title),
            picture=Picture(width, height, x, y, tuple(traces), view.marker, names[first]),
            signs=tuple(signs),
        )

    def _limits(self, points: list[Point], width: int, height: int) -> tuple[Scale, Scale]:
        """Limits that hold the points, with dots of equal size both ways; they stay until a point leaves them."""
        x, y = self._scales.get("x"), self._scales.get("y")
        if x and y and all(x.holds(left) and y.holds(low) for left, low in points):
            return x, y
        narrow, y = square(*around(points), max(1, width - 1 - LABEL), rows_of(width, height))
        columns = columns_of(width, height, y)
        x = msgspec.structs.replace(narrow, first=narrow.first - (columns - narrow.cells) // 2, cells=columns)
        self._scales |= {"x": x, "y": y}
        return x, y


def is_near(point: Point, bottom: Point, path: list[Point]) -> bool:
    """Whether the picture of a path can show another point without becoming much smaller."""
    far = max(math.dist(bottom, past) for past in path)
    return math.dist(bottom, point) <= FAR * far


def around(points: list[Point]) -> tuple[Point, Point]:
    """The range of the points along both axes, with a margin, and never so narrow that the limits are equal."""
    (left, right), (low, high) = ((min(values), max(values)) for values in zip(*points, strict=True))
    size = max(abs(left), abs(right), abs(low), abs(high))
    if not size < LARGEST:
        return (-1.0, 1.0), (-1.0, 1.0)
    margin = max(MARGIN * (right - left), MARGIN * (high - low), FINEST * size)
    margin = margin if margin > 1 / LARGEST else 1.0
    return (left - margin, right + margin), (low - margin, high + margin)


def axes(frame: Frame, first: int, second: int) -> tuple[float, float, float]:
    """The curvatures along the axes of the ellipses, steepest first, and the angle of the steepest axis.

    They are those of AᵀA / rows for the two parameters; zero for a cost that is not quadratic.
    """
    bowl = frame.surface.quadratic
    if bowl is None:
        return 0.0, 0.0, 0.0
    a, b, c = (bowl.gram[i][j] / bowl.rows for i, j in ((first, first), (first, second), (second, second)))
    middle, spread = (a + c) / 2, math.hypot((a - c) / 2, b)
    return middle + spread, max(0.0, middle - spread), math.atan2(2 * b, a - c) / 2


def centre(frame: Frame, first: int, second: int) -> Point:
    """The point of least cost over the two parameters, the others unchanged; in a valley the nearest one."""
    slope = frame.surface.slope(frame.epoch.parameters)
    here = frame.epoch.parameters[first], frame.epoch.parameters[second]
    steep, shallow, angle = axes(frame, first, second)
    x, y = here
    for curvature, turn in ((steep, angle), (shallow, angle + math.pi / 2)):
        if curvature > DEGENERATE * steep:
            along = (slope[first] * math.cos(turn) + slope[second] * math.sin(turn)) / (2 * curvature)
            x, y = x - along * math.cos(turn), y - along * math.sin(turn)
    return x, y


def level_curves(
    frame: Frame, first: int, second: int, bottom: Point, far: float, finest: float = 0.0
) -> list[list[Point]]:
    """Exact level curves of the cost: ellipses, or pairs of lines along a valley `far` long.

    Except for the first, those closer to the minimum than `finest` are left out, because they would merge.
    """
    steep, shallow, angle = axes(frame, first, second)
    least = frame.surface.least_cost or 0.0
    highest = _highest(frame) - least
    lifted = _cost_at(frame, first, second, bottom) - least
    curves: list[list[Point]] = []
    for level in LEVELS:
        height = level * highest - lifted
        if height <= 0 or steep <= 0:
            continue
        short = math.sqrt(height / steep)
        if short < finest and curves:
            continue
        if shallow <= DEGENERATE * steep:
            curves += [[turned(bottom, side * short, end * far, angle) for end in (-1, 1)] for side in (-1, 1)]
        else:
            wide = math.sqrt(height / shallow)
            angles = (2 * math.pi * step / SIDES for step in range(SIDES + 1))
            curves.append([turned(bottom, short * math.cos(t), wide * math.sin(t), angle) for t in angles])
    return curves


def sampled_curves(frame: Frame, first: int, second: int, x: Scale, y: Scale) -> list[list[Point]]:
    """Level curves of a cost of any shape, as short straight pieces between its values on a grid."""
    lefts, lows = ([scale.value(scale.cells * step / GRID) for step in range(GRID + 1)] for scale in (x, y))
    grid, landscape = [(left, low) for left in lefts for low in lows], frame.surface.landscape
    if landscape and len(frame.epoch.parameters) == 2:
        found = landscape.costs(grid if first == 0 else [(low, left) for left, low in grid])
        costs = dict(zip(grid, map(_drawn, found), strict=True))
    else:
        costs = {place: _cost_at(frame, first, second, place) for place in grid}
    least = min(costs.values())
    levels = [least + level * (_highest(frame) - least) for level in LEVELS]
    pieces = []
    for left, right in pairwise(lefts):
        for low, high in pairwise(lows):
            corners = ((left, low), (right, low), (right, high), (left, high), (left, low))
            for level in levels:
                crossed = [
                    between(one, other, (level - costs[one]) / (costs[other] - costs[one]))
                    for one, other in pairwise(corners)
                    if (costs[one] < level) != (costs[other] < level)
                ]
                pieces += [crossed[start : start + 2] for start in range(0, len(crossed), 2)]
    return pieces


def _highest(frame: Frame) -> float:
    """The highest cost on the path: at the start of a run, or at the end of one that diverges."""
    return max((past.cost for past in frame.trail if math.isfinite(past.cost)), default=0.0)


def _cost_at(frame: Frame, first: int, second: int, place: Point) -> float:
    """The cost with two of the parameters changed; the largest number if it is not finite."""
    parameters = list(frame.epoch.parameters)
    parameters[first], parameters[second] = place
    return _drawn(frame.surface.cost(tuple(parameters)))


def _drawn(cost: float) -> float:
    return cost if math.isfinite(cost) else sys.float_info.max


def is_at(point: Point, bottom: Point, x: Scale, y: Scale) -> bool:
    """Whether a point is visibly at the minimum, so that no direction is downhill."""
    return abs(point[0] - bottom[0]) <= x.unit and abs(point[1] - bottom[1]) <= y.unit


def turned(origin: Point, along: float, across: float, angle: float) -> Point:
    """The point at these distances along and across a direction."""
    return (
        origin[0] + along * math.cos(angle) - across * math.sin(angle),
        origin[1] + along * math.sin(angle) + across * math.cos(angle),
    )


def downhill(here: Point, slope: Point, x: Scale) -> list[Point]:
    """The direction of the negative gradient from the current point, a quarter of the picture long."""
    steepness = math.hypot(*slope)
    if not 0 < steepness < math.inf:
        return []
    length = (x.high - x.low) / 4 / steepness
    return [here, (here[0] - length * slope[0], here[1] - length * slope[1])]
