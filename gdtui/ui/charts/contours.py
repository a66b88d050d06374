"""Level curves of the cost over two parameters, and the way the run takes across them."""

import math
import sys
from itertools import pairwise
from operator import itemgetter

from gdtui.lab.frame import Frame
from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.others import FAR
from gdtui.ui.charts.scale import Scale
from gdtui.ui.charts.strokes import Point

RATIO = 4.0
"""From one level to the next the cost above the least falls so much; the ellipse halves."""

LEVELS = (RATIO, 1.0, 1 / RATIO, 1 / RATIO**2, 1 / RATIO**3)
"""Levels of the cost above the least, in multiples of where the run began."""

MARGIN = 1.4
"""How much larger the picture is than the path in it."""

FINEST = 1e-9
"""A picture is at least this part of its middle wide, for its limits to differ."""

LEAST_DOTS = 2.0
"""A level curve at least so many dots from the bottom can be told from its neighbours."""

SIDES = 48
GRID = 24
"""Into so many cells each side of the picture is divided where a cost has no formula for its level curves."""

DEGENERATE = 1e-12
"""Below this ratio of its eigenvalues the bowl is a valley: its level curves are parallel lines."""

DOTS_ACROSS, DOTS_UP = 2, 4
"""Dots of a cell, which is twice as high as wide: a dot is square."""

AXIS_COLUMNS, AXIS_ROWS = 6, 2


class Contours(Chart):
    """The bowl from above, with the same scale along both axes."""

    name, words, panel = "contours", "contours", "contours"
    least_parameters = 2

    def title(self, view: ChartView) -> str:
        """The two parameters; with more of them, it is a slice."""
        names = view.frame.experiment.parameter_names
        if len(names) == 1:
            return "Contours"
        title = f"Cost over {names[view.parameter]} →, {names[view.other]} ↑"
        return title + (", a slice" if len(names) > 2 else "")

    def message(self, view: ChartView) -> str:
        """Contours need two parameters."""
        if len(view.frame.epoch.parameters) > 1:
            return ""
        return "one parameter only:\nsee the cost over W"

    def picture(self, view: ChartView, width: int, height: int) -> Picture:
        """Ellipses, path, negative gradient, minimum and present point."""
        first, second = view.parameter, view.other
        pair = itemgetter(first, second)
        frame = view.frame
        self.begin(view, first, second, width, height)
        path = [pair(past.parameters) for past in frame.trail]
        following = pair(frame.epoch.following)
        bottom = centre(frame, first, second) if frame.surface.quadratic else None
        ways = [(o, [pair(past.parameters) for past in o.trail]) for o in view.alike]
        near = [point for _, way in ways for point in way if bottom and is_near(point, bottom, path)]
        x, y = self._limits([*path, following, *([bottom] if bottom else []), *near], width, height)
        finest = LEAST_DOTS * (x.high - x.low) / (max(1, width - AXIS_COLUMNS) * DOTS_ACROSS)
        if bottom:
            out_of_sight = 2 * max(x.high - x.low, y.high - y.low)
            curves = level_curves(frame, first, second, bottom, out_of_sight, finest)
        else:
            curves = sampled_curves(frame, first, second, x, y)
        traces = [
            *(Trace(curve, "curve") for curve in curves),
            Trace(downhill(path[-1], pair(frame.epoch.gradient), x), "tangent"),
            *(Trace(way, other.role) for other, way in ways),
            Trace(path, "trail"),
            *(Trace(way[-1:], other.role, glyph=other.name) for other, way in ways),
            *([Trace([bottom], "least", glyph="×")] if bottom else []),
            Trace([following], "next", glyph="○"),
            Trace([path[-1]], "now", glyph="●"),
        ]
        if view.pointed:
            traces.append(Trace([pair(view.pointed.parameters)], "pointer", glyph="◆"))
        names = frame.experiment.parameter_names
        return Picture(width, height, x, y, tuple(traces), view.marker, names[first])

    def _limits(self, points: list[Point], width: int, height: int) -> tuple[Scale, Scale]:
        """Limits that hold the points, with a dot worth as much across as up; they stay until a point leaves them."""
        x, y = self._scales.get("x"), self._scales.get("y")
        if x and y and all(x.low <= left <= x.high and y.low <= low <= y.high for left, low in points):
            return x, y
        across = max(1, width - AXIS_COLUMNS) * DOTS_ACROSS
        up = max(1, height - AXIS_ROWS) * DOTS_UP
        (left, right), (lower, upper) = (
            (min(p[axis] for p in points), max(p[axis] for p in points)) for axis in (0, 1)
        )
        dot = MARGIN * max((right - left) / across, (upper - lower) / up)
        if not dot:
            dot = max(abs(left), abs(lower), 1.0) / across
        self._scales["x"] = around(left / 2 + right / 2, dot * across / 2)
        self._scales["y"] = around(lower / 2 + upper / 2, dot * up / 2)
        return self._scales["x"], self._scales["y"]


def is_near(point: Point, bottom: Point, path: list[Point]) -> bool:
    """Whether the picture of a path can show another point too without becoming much smaller."""
    far = max(math.dist(bottom, past) for past in path)
    return math.dist(bottom, point) <= FAR * far


def around(middle: float, half: float) -> Scale:
    """So far to either side of the middle; anything at all where that leads out of the range of numbers."""
    half = max(half, FINEST * abs(middle))
    if not math.isfinite(middle - half) or not math.isfinite(middle + half) or not half:
        return Scale(-1.0, 1.0)
    return Scale(middle - half, middle + half)


def axes(frame: Frame, first: int, second: int) -> tuple[float, float, float]:
    """The two curvatures along the axes of the ellipses, steepest first, and the angle of the steepest axis.

    They are those of AᵀA / rows along the two parameters; zeros for a cost of other shape.
    """
    bowl = frame.surface.quadratic
    if bowl is None:
        return 0.0, 0.0, 0.0
    a, b, c = (bowl.gram[i][j] / bowl.rows for i, j in ((first, first), (first, second), (second, second)))
    middle, spread = (a + c) / 2, math.hypot((a - c) / 2, b)
    return middle + spread, max(0.0, middle - spread), math.atan2(2 * b, a - c) / 2


def centre(frame: Frame, first: int, second: int) -> Point:
    """The least cost over the two parameters, the others as they are; the nearest point of a valley."""
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

    Those nearer to the bottom than `finest` are left out: they would run into one another.
    """
    steep, shallow, angle = axes(frame, first, second)
    least = frame.surface.least_cost or 0.0
    begun = frame.trail[0].cost - least
    lifted = _cost_at(frame, first, second, bottom) - least
    curves = []
    for level in LEVELS:
        height = level * begun - lifted
        if height <= 0 or steep <= 0:
            continue
        short = math.sqrt(height / steep)
        if short < finest:
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
    lefts, lows = ([scale.low + (scale.high - scale.low) * step / GRID for step in range(GRID + 1)] for scale in (x, y))
    costs = {(left, low): _cost_at(frame, first, second, (left, low)) for left in lefts for low in lows}
    least = min(costs.values())
    levels = [least + level * (frame.trail[0].cost - least) for level in LEVELS]
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


def _cost_at(frame: Frame, first: int, second: int, place: Point) -> float:
    """The cost with two of the parameters elsewhere; the largest number where it is none."""
    parameters = list(frame.epoch.parameters)
    parameters[first], parameters[second] = place
    cost = frame.surface.cost(tuple(parameters))
    return cost if math.isfinite(cost) else sys.float_info.max


def between(one: Point, other: Point, part: float) -> Point:
    """The point such a part of the way from one to the other."""
    return one[0] + part * (other[0] - one[0]), one[1] + part * (other[1] - one[1])


def turned(origin: Point, along: float, across: float, angle: float) -> Point:
    """A point so far along and across a direction."""
    return (
        origin[0] + along * math.cos(angle) - across * math.sin(angle),
        origin[1] + along * math.sin(angle) + across * math.cos(angle),
    )


def downhill(here: Point, slope: Point, x: Scale) -> list[Point]:
    """The direction of the negative gradient from the present point, a quarter of the picture long."""
    steepness = math.hypot(*slope)
    if not 0 < steepness < math.inf:
        return []
    length = (x.high - x.low) / 4 / steepness
    return [here, (here[0] - length * slope[0], here[1] - length * slope[1])]
