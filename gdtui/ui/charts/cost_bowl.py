"""The cost against one weight, with the tangent whose slope is the gradient."""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import ClassVar

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.objective import Convention
from gdtui.lab.frame import Frame
from gdtui.lab.run import Run
from gdtui.numbers import significant
from gdtui.text import _
from gdtui.ui.charts.chart import POINTS_A_COLUMN, Chart
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.others import FAR
from gdtui.ui.charts.pointer import at, at_value
from gdtui.ui.charts.scale import Scale, linear, plane, round_above
from gdtui.ui.charts.strokes import Point
from gdtui.ui.charts.valleys import has_valleys, kinds_in, places_named, valleys

ROOM = 1.5
"""How far the bowl is shown to either side, as a multiple of how far from its bottom the run has been."""

CLOSE = 8
"""The window closes to the round width that is at least so many times what the last epochs, the next and the minimum
span; the present value always stays inside of it."""

LAST = 3
"""How many epochs are the last."""

LEAST_WIDTH, LEAST_DEPTH = 2e-4, 1e-3
"""No window is narrower or less deep than such a part of its middle and of the least cost: labels would be too long."""

SHALLOW = 4
"""A bowl that is less deep than such a part of its rim is not shown down to a cost of 0: it would be a level line."""

COLUMNS_A_POINT = 4
"""For so many columns one point of the trail is shown: more would hide the bowl."""


class CostBowl(Chart):
    """A cut through the cost along one weight, at the present values of the others."""

    name, words, panel = "bowl", "bowl", "cost over W"
    tells: ClassVar = {**Chart.tells, "now": "cost"}

    def title(self, view: ChartView) -> str:
        """The weight it is cut along; with others beside it, it is a slice."""
        names = view.frame.experiment.parameter_names
        name = names[view.parameter]
        if self.is_closer(view):
            return (
                _("Slice along {name}, close-up", name=name) if names[1:] else _("Cost vs {name}, close-up", name=name)
            )
        return _("Cost vs {name}, a slice", name=name) if names[1:] else _("Cost vs {name}", name=name)

    def signs(self, view: ChartView) -> Iterator[Sign]:
        """All that touches the bowl."""
        yield from ("now", "next", "epoch", "tangent")
        if lowest(view.frame, view.parameter) is not None:
            yield "minimum"
        if has_valleys(view):
            yield from kinds_in(view)
        if view.pointed:
            yield "cursor"

    def is_closer(self, view: ChartView) -> bool:
        """Whether its window has closed in."""
        return window(view) is not None

    def note(self, view: ChartView, width: int) -> str:
        """The slope of the tangent, and the gradient where the convention makes it another number."""
        frame, index = view.frame, view.parameter
        if has_valleys(view) and view.touched is frame.epoch:
            return places_named(view, width)
        if view.touched is not frame.epoch:
            return _("slope {slope} at ┼", slope=significant(view.touched.gradient[index], 4))
        slope, gradient = slope_at(frame, index), frame.epoch.gradient[index]
        convention = frame.settings.convention
        plain = _("slope {slope}", slope=significant(slope, 4))
        if convention == frame.experiment.objective.slope_of_cost:
            return plain
        full = _(
            "slope {slope}, gradient ({convention}) {gradient}",
            slope=significant(slope, 4),
            convention=convention,
            gradient=significant(gradient, 4),
        )
        bowl = frame.surface.quadratic
        if bowl is None or frame.step_size.curvature != bowl.curvature(convention):  # more than the cost pulls at it
            return full if len(full) <= width else plain
        shortest = _("slope {slope}", slope=significant(slope, 3))
        texts = [full, *equations(slope, gradient, bowl.rows, convention), plain, shortest]
        return next((text for text in texts if len(text) <= width), texts[-1])

    def picture(self, view: ChartView, width: int, height: int) -> Picture:
        """The bowl, the tangent, the trail, the minimum, the next point and the present one."""
        frame, index = view.frame, view.parameter
        if has_valleys(view):
            self.begin(view, width, height)
            return valleys(view, width, height, partial(self.hold, "weight"), partial(self.hold, "cost"))
        self.begin(view, index)
        epoch = frame.epoch
        trail = [(past.parameters[index], past.cost) for past in frame.trail[-2 - width // COLUMNS_A_POINT :]]
        following = (epoch.following[index], frame.surface.cost(epoch.following))
        bottom, cost = lowest(frame, index), sliced(frame, index)
        least = [] if bottom is None else [(bottom, cost(bottom))]
        now = (epoch.parameters[index], epoch.cost)
        pointed = [(view.pointed.parameters[index], view.pointed.cost)] if view.pointed else []
        closed = window(view)
        ends = view.across or closed or self._around(view, bottom)

        def fit_x(columns: int) -> Scale:
            if view.across:
                return linear(*view.across, columns, is_across=True)
            if closed:
                return linear(*closed, columns, is_across=True, is_centred=True)
            wide = partial(linear, is_across=True, is_centred=True)
            return self.hold("weight", [*ends, *(at[0] for at in pointed)], wide, columns)

        def fit_y(rows: int) -> Scale:
            # As high as the lower of the two rims: above it the bowl leaves the picture on one side only.
            rim = min(cost(end) for end in ends)
            if view.across:
                return linear(0.0, max(cost(end) for end in ends), rows)
            if closed:
                return linear(min([rim, *(at[1] for at in least)]), rim, rows)
            heights = [rim, *(at[1] for at in trail[-2:])]
            return self.hold("cost", [floor([*heights, *(at[1] for at in least)]), *heights], linear, rows)

        x, y = plane(width, height, fit_x, fit_y)
        # With one parameter all of them are on the curve.
        on_it = [now, *least, *([*trail, following, *pointed] if len(epoch.parameters) == 1 else [])]
        traces = [
            Trace(tangent(view, x), "tangent"),
            Trace(slice_points(frame, index, x, POINTS_A_COLUMN * width, on_it), "curve"),
            Trace(trail[:-1], "trail", glyph="•"),
            Trace(least, "minimum", glyph="×"),
            *(Trace([(o.epoch.parameters[index], o.epoch.cost)], "other", glyph=o.name) for o in view.alike),
            Trace([following], "next", glyph="○"),
            Trace([now], "now", glyph="●"),
            Trace(pointed, "pointer", glyph="┼"),
        ]
        return Picture(width, height, x, y, tuple(traces), view.marker, frame.experiment.parameter_names[index])

    def point(self, run: Run, view: ChartView, by: int) -> Epoch:
        """The value cursor moves along the weight."""
        return at_value(view.frame, view.pointed, view.parameter, by)

    def point_at(self, run: Run, view: ChartView, place: float) -> Epoch:
        """What there is at this weight."""
        return at(view.frame, view.parameter, place)

    def _around(self, view: ChartView, bottom: float | None) -> tuple[float, float]:
        """All that the run has seen, with the bottom in the middle."""
        frame, index = view.frame, view.parameter
        epoch = frame.epoch
        middle = epoch.parameters[index] if bottom is None else bottom
        places = epoch.parameters[index], epoch.following[index], frame.trail[0].parameters[index]
        far = max(abs(place - middle) for place in places)
        for other in view.alike:
            away = max(abs(past.parameters[index] - middle) for past in (other.trail[0], other.epoch))
            far = max(far, away) if away <= FAR * far else far
        return middle - ROOM * far, middle + ROOM * far


def floor(costs: list[float]) -> float:
    """From where on costs are shown: 0, or the least of them where they are all much alike."""
    return 0.0 if SHALLOW * (max(costs) - min(costs)) > max(costs) else min(costs)


def window(view: ChartView) -> tuple[float, float] | None:
    """The round window about the minimum that the run has come so near to; None while the bowl is seen as a whole.

    It is seen as a whole beside other runs, and where that is wished.
    """
    frame, index = view.frame, view.parameter
    bottom, epoch = lowest(frame, index), frame.epoch
    if bottom is None or view.alike or view.is_whole or view.across or has_valleys(view):
        return None
    near = [epoch.following[index], *(past.parameters[index] for past in frame.trail[-LAST:])]
    near += [view.pointed.parameters[index]] if view.pointed else []
    far = max(abs(place - bottom) for place in near)
    bend = abs(sliced(frame, index)(bottom + 1.0) - sliced(frame, index)(bottom))
    deep = LEAST_DEPTH * sliced(frame, index)(bottom) / bend if bend else 0.0
    least = max(LEAST_WIDTH * abs(bottom), 2 * math.sqrt(max(0.0, deep)), CLOSE * far)
    whole = 2 * ROOM * max(abs(past.parameters[index] - bottom) for past in (frame.trail[0], epoch))
    if not 0 < least < whole / 2:
        return None
    width = round_above(least)
    middle = round(bottom / width * 10) * width / 10
    return (middle - width / 2, middle + width / 2) if width < whole else None


def equations(slope: float, gradient: float, rows: int, convention: Convention) -> Iterator[str]:
    """`slope −9.33 = −14/1.5`: how the slope comes from the gradient, in those numbers of digits that make it true.

    None where a number would be a power of ten.
    """
    by = rows / 2 if convention == "sum" else 0.5
    for equals, digits, parts in ((" = ", 3, 3), (" = ", 3, 4), ("=", 3, 3), ("=", 3, 4), (" = ", 2, 3), ("=", 2, 2)):
        made, part = significant(slope, digits), significant(gradient, parts)
        is_true = significant(float(f"{gradient:.{parts}g}") / by, digits) == made
        if is_true and "e" not in made + part:
            product = f"{part}/{significant(by)}" if convention == "sum" else f"2·({part})"
            yield _("slope {slope}", slope=f"{made}{equals}{product}")


def slope_at(frame: Frame, index: int) -> float:
    """The slope of the cost along one parameter, at the epoch looked at."""
    return frame.surface.slope(frame.epoch.parameters)[index]


def sliced(frame: Frame, index: int) -> Callable[[float], float]:
    """The cost by one parameter with the others as they are: a parabola through the present point in a quadratic."""
    parameters, bowl = frame.epoch.parameters, frame.surface.quadratic
    if bowl is None:
        return lambda value: frame.surface.cost((*parameters[:index], value, *parameters[index + 1 :]))
    here, start, slope = parameters[index], bowl.cost(parameters), slope_at(frame, index)
    bend = bowl.gram[index][index] / bowl.rows
    return lambda value: start + slope * (value - here) + bend * (value - here) * (value - here)


def slice_points(frame: Frame, index: int, x: Scale, most: int, on_it: Iterable[Point] = ()) -> list[Point]:
    """The slice from one edge to the other, through those points that are on it."""
    places = [x.value(x.cells * step / most) for step in range(most + 1)]
    at, landscape = frame.epoch.parameters, frame.surface.landscape
    if landscape:
        costs: Iterable[float] = landscape.costs([(*at[:index], place, *at[index + 1 :]) for place in places])
    else:
        costs = map(sliced(frame, index), places)
    return sorted([*zip(places, costs, strict=True), *(point for point in on_it if x.holds(point[0]))])


def lowest(frame: Frame, index: int) -> float | None:
    """Where along the slice the cost is least: where its slope is 0. None where no formula says it."""
    bowl = frame.surface.quadratic
    if bowl is None:
        minimum = frame.surface.minimum
        return minimum[0] if minimum and len(minimum) == 1 else None
    bend = 2 * bowl.gram[index][index] / bowl.rows
    if not bend:
        return bowl.minimum[index]
    return frame.epoch.parameters[index] - slope_at(frame, index) / bend


def tangent(view: ChartView, x: Scale) -> list[Point]:
    """The straight line that touches the bowl at the present point, or at the cursor, from one edge to the other."""
    touched, index = view.touched, view.parameter
    here, cost, slope = touched.parameters[index], touched.cost, view.frame.surface.slope(touched.parameters)[index]
    return [(place, cost + slope * (place - here)) for place in (x.value(0), x.value(x.cells))]
