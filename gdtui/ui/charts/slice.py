"""A slice of the cost along one parameter, and the run on it."""

from collections.abc import Iterable

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Trace
from gdtui.ui.charts.scale import Scale
from gdtui.ui.charts.strokes import Point

COLUMNS_A_POINT = 4
"""For so many columns one point of the trail is shown: more would hide the curve."""


class Slice(msgspec.Struct, frozen=True):
    """The cost along one parameter, the others as they are: a parabola through the present point in a quadratic."""

    view: ChartView
    trail: list[Point]
    """The last epochs up to the one looked at, as many as a picture has room for."""
    following: Point
    """Where the next epoch begins."""
    pointed: list[Point]
    """Where the value cursor stands, if it is out."""
    slope: float
    """Of the cost at the epoch looked at."""
    bottom: float | None
    """Where the cost is least; None where no formula says it."""
    start: float = 0.0
    """The cost at the epoch looked at by the formula of a quadratic."""
    bend: float | None = None
    """Of the parabola; None where there is none."""

    @classmethod
    def of(cls, view: ChartView, width: int) -> "Slice":
        """The slice through the epoch looked at along the parameter looked along, for a picture of this width."""
        index, surface, epoch = view.parameter, view.frame.surface, view.frame.epoch
        trail = [point_of(past, index) for past in view.frame.trail[-2 - width // COLUMNS_A_POINT :]]
        following = epoch.following[index], surface.cost(epoch.following)
        pointed = [point_of(view.pointed, index)] if view.pointed else []
        bowl, minimum, slope = surface.quadratic, surface.minimum, surface.slope(epoch.parameters)[index]
        if bowl is None:
            bottom = minimum[0] if minimum and len(minimum) == 1 else None
            return cls(view, trail, following, pointed, slope, bottom)
        bend = bowl.gram[index][index] / bowl.rows
        bottom = epoch.parameters[index] - slope / (2 * bend) if bend else bowl.minimum[index]
        return cls(view, trail, following, pointed, slope, bottom, bowl.cost(epoch.parameters), bend)

    def moved(self, value: float) -> tuple[float, ...]:
        """The parameters of the epoch looked at with this one elsewhere."""
        index, parameters = self.view.parameter, self.view.frame.epoch.parameters
        return (*parameters[:index], value, *parameters[index + 1 :])

    def cost(self, value: float) -> float:
        """The cost where the parameter is this one."""
        if self.bend is None:
            return self.view.frame.surface.cost(self.moved(value))
        away = value - self.view.frame.epoch.parameters[self.view.parameter]
        return self.start + self.slope * away + self.bend * away * away

    def curve(self, x: Scale, most: int, on_it: Iterable[Point] = ()) -> list[Point]:
        """So many points from one edge to the other, and between them those that are on it."""
        places = [x.value(x.cells * step / most) for step in range(most + 1)]
        landscape = self.view.frame.surface.landscape
        costs = landscape.costs([self.moved(place) for place in places]) if landscape else map(self.cost, places)
        return sorted([*zip(places, costs, strict=True), *(point for point in on_it if x.holds(point[0]))])

    def traces(self, curve: list[Point], x: Scale, level: Iterable[Trace]) -> tuple[Trace, ...]:
        """The curve, the straight line that touches it, the marks where it is level, and the run."""
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


def point_of(epoch: Epoch, index: int) -> Point:
    """Where an epoch stands on a slice: its parameter and its cost."""
    return epoch.parameters[index], epoch.cost
