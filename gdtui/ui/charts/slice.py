"""A slice of the cost along one parameter, and the run on it."""

from collections.abc import Iterable

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Trace
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.scale import Scale
from gdtui.ui.charts.strokes import Point

COLUMNS_A_POINT = 4
"""The trail takes up one column in this many; more would hide the curve."""


class Slice(msgspec.Struct, frozen=True):
    """The cost along one parameter, the others unchanged: for a quadratic, a parabola through the current point."""

    view: ChartView
    trail: list[Point]
    """The last epochs up to the current one, as far back as there is room for."""
    following: Point
    """The start of the next epoch."""
    pointed: list[Point]
    """The position of the value cursor, if it is shown."""
    slope: float
    """The slope of the cost at the current epoch."""
    bottom: float | None
    """Where the cost is least; None if no formula gives it."""
    start: float = 0.0
    """The cost at the current epoch by the quadratic formula."""
    bend: float | None = None
    """The parabola's second derivative; None if it is not a parabola."""

    @classmethod
    def of(cls, view: ChartView, width: int) -> "Slice":
        """The slice through the current epoch along the chosen parameter, for a picture of this width."""
        index, surface, epoch = view.parameter, view.frame.surface, view.frame.epoch
        trail = _last([point_of(past, index) for past in view.frame.trail], width)
        following = epoch.following[index], surface.cost(epoch.following)
        pointed = [point_of(view.pointed, index)] if view.pointed else []
        bowl, minimum, slope = surface.quadratic, surface.minimum, surface.slope(epoch.parameters)[index]
        if bowl is None:
            bottom = minimum[0] if minimum and len(minimum) == 1 else None
            return cls(view, trail, following, pointed, slope, bottom)
        bend = bowl.gram[index][index] / bowl.rows
        bottom = epoch.parameters[index] - slope / (2 * bend) if bend else bowl.minimum[index]
        return cls(view, trail, following, pointed, slope, bottom, bowl.cost(epoch.parameters), bend)

    @property
    def epochs(self) -> Sign:
        """What the marks of the trail stand for."""
        return "epoch" if len(self.trail) == len(self.view.frame.trail) else "last epochs"

    def moved(self, value: float) -> tuple[float, ...]:
        """The current epoch's parameters with this one changed."""
        index, parameters = self.view.parameter, self.view.frame.epoch.parameters
        return (*parameters[:index], value, *parameters[index + 1 :])

    def cost(self, value: float) -> float:
        """The cost at this value of the parameter."""
        if self.bend is None:
            return self.view.frame.surface.cost(self.moved(value))
        away = value - self.view.frame.epoch.parameters[self.view.parameter]
        return self.start + self.slope * away + self.bend * away * away

    def curve(self, x: Scale, most: int, on_it: Iterable[Point] = ()) -> list[Point]:
        """Points of the curve from one edge to the other, including those of `on_it`."""
        places = [x.value(x.cells * step / most) for step in range(most + 1)]
        landscape = self.view.frame.surface.landscape
        costs = landscape.costs([self.moved(place) for place in places]) if landscape else map(self.cost, places)
        return sorted([*zip(places, costs, strict=True), *(point for point in on_it if x.holds(point[0]))])

    def traces(self, curve: list[Point], x: Scale, level: Iterable[Trace]) -> tuple[Trace, ...]:
        """The curve, the tangent, the marks at stationary points, and the run."""
        view, index, touched = self.view, self.view.parameter, self.view.touched
        (here, cost), slope = point_of(touched, index), view.frame.surface.slope(touched.parameters)[index]
        tangent = [(place, cost + slope * (place - here)) for place in (x.value(0), x.value(x.cells))]
        return (
            Trace(tangent, "tangent"),
            Trace(curve, "curve"),
            Trace(self.trail[:-1], "trail", glyph="•"),
            *level,
            *(Trace([point_of(other.epoch, index)], "other", glyph=other.name) for other in view.alike),
            Trace([self.following], "next", glyph="○"),
            Trace([point_of(view.frame.epoch, index)], "now", glyph="●"),
            Trace(self.pointed, "pointer", glyph="┼"),
        )


def _last(path: list[Point], width: int) -> list[Point]:
    """The last points of a path, as far back as they take up few enough columns of its width."""
    places = [place / 2 for place, _cost in path]  # halved, so that no difference is too large for a float
    low, span = min(places), max(places) - min(places) or 1.0
    taken: set[int] = set()
    for back, place in enumerate(reversed(places)):
        taken.add(round((place - low) / span * width))
        if len(taken) > 2 + width // COLUMNS_A_POINT:
            return path[-back:]
    return path


def point_of(epoch: Epoch, index: int) -> Point:
    """The point of an epoch on a slice: its parameter and its cost."""
    return epoch.parameters[index], epoch.cost
