"""The cost against one weight, with the tangent whose slope is the gradient."""

import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import ClassVar

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.objective import Convention
from gdtui.lab.frame import Frame
from gdtui.lab.run import Run
from gdtui.numbers import significant
from gdtui.text import _
from gdtui.ui.charts.chart import POINTS_A_COLUMN, Chart, Figure
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.pointer import at, at_value
from gdtui.ui.charts.scale import Scale, linear, plane, round_above
from gdtui.ui.charts.series import FAR
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

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """The bowl, the tangent, the trail, the minimum, the next point and the present one."""
        frame, index, names = view.frame, view.parameter, view.frame.experiment.parameter_names
        title = _("Cost vs {name}, a slice", name=names[index]) if names[1:] else _("Cost vs {name}", name=names[index])
        signs: list[Sign] = ["now", "next", "epoch", "tangent"]
        at_cursor: list[Sign] = ["cursor"] if view.pointed else []
        if has_valleys(view):
            self.begin(view, width, height)
            picture = valleys(view, width, height, partial(self.hold, "weight"), partial(self.hold, "cost"))
            signs += [*kinds_in(view), *at_cursor]
            notes = (slope_at_cursor(view),) if view.touched is not frame.epoch else (*places_named(view), "")
            return Figure(title=title, picture=picture, signs=tuple(signs), notes=notes)
        self.begin(view, index)
        cut = Slice.of(frame, index)
        closed = window(view, cut)
        if closed:
            title = _("Cost vs {name}, close-up", name=names[index])
            title = _("Slice along {name}, close-up", name=names[index]) if names[1:] else title
        signs += ["minimum"] if cut.bottom is not None else []
        return Figure(
            title=title,
            picture=self._picture(view, cut, closed, width, height),
            signs=(*signs, *at_cursor),
            notes=slopes(view, cut) if view.touched is frame.epoch else (slope_at_cursor(view),),
            is_closer=closed is not None,
        )

    def _picture(
        self, view: ChartView, cut: "Slice", closed: tuple[float, float] | None, width: int, height: int
    ) -> Picture:
        frame, index, epoch = view.frame, view.parameter, view.frame.epoch
        trail = [(past.parameters[index], past.cost) for past in frame.trail[-2 - width // COLUMNS_A_POINT :]]
        following = (epoch.following[index], frame.surface.cost(epoch.following))
        least = [] if cut.bottom is None else [(cut.bottom, cut.cost(cut.bottom))]
        now = (epoch.parameters[index], epoch.cost)
        pointed = [(view.pointed.parameters[index], view.pointed.cost)] if view.pointed else []
        ends = view.across or closed or self._around(view, cut.bottom)

        def fit_x(columns: int) -> Scale:
            if view.across:
                return linear(*view.across, columns, is_across=True)
            if closed:
                return linear(*closed, columns, is_across=True, is_centred=True)
            wide = partial(linear, is_across=True, is_centred=True)
            return self.hold("weight", [*ends, *(at[0] for at in pointed)], wide, columns)

        def fit_y(rows: int) -> Scale:
            # As high as the lower of the two rims: above it the bowl leaves the picture on one side only.
            rims = [cut.cost(end) for end in ends]
            if view.across:
                return linear(0.0, max(rims), rows)
            lowest = [min(rims), *(at[1] for at in least)]
            if closed:
                return linear(min(lowest), min(rims), rows)
            heights = [min(rims), *(at[1] for at in trail[-2:])]
            return self.hold("cost", [floor([*heights, *lowest]), *heights], linear, rows)

        x, y = plane(width, height, fit_x, fit_y)
        # With one parameter all of them are on the curve.
        on_it = [now, *least, *([*trail, following, *pointed] if len(epoch.parameters) == 1 else [])]
        traces = [
            Trace(tangent(view, x), "tangent"),
            Trace(cut.points(x, POINTS_A_COLUMN * width, on_it), "curve"),
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


class Slice(msgspec.Struct, frozen=True):
    """The cost along one parameter, the others as they are: a parabola through the present point in a quadratic."""

    frame: Frame
    index: int
    here: float
    """The parameter at the epoch looked at."""
    slope: float
    """Of the cost there."""
    bottom: float | None
    """Where the cost is least; None where no formula says it."""
    start: float = 0.0
    """The cost there by the formula of a quadratic."""
    bend: float | None = None
    """Of the parabola; None where there is none."""

    @classmethod
    def of(cls, frame: Frame, index: int) -> "Slice":
        """The slice through the epoch looked at."""
        parameters, bowl, minimum = frame.epoch.parameters, frame.surface.quadratic, frame.surface.minimum
        here, slope = parameters[index], frame.surface.slope(parameters)[index]
        if bowl is None:
            return cls(frame, index, here, slope, minimum[0] if minimum and len(minimum) == 1 else None)
        bend = bowl.gram[index][index] / bowl.rows
        bottom = here - slope / (2 * bend) if bend else bowl.minimum[index]
        return cls(frame, index, here, slope, bottom, bowl.cost(parameters), bend)

    def cost(self, value: float) -> float:
        """The cost where the parameter is this one."""
        if self.bend is None:
            at = self.frame.epoch.parameters
            return self.frame.surface.cost((*at[: self.index], value, *at[self.index + 1 :]))
        return self.start + self.slope * (value - self.here) + self.bend * (value - self.here) * (value - self.here)

    def points(self, x: Scale, most: int, on_it: Iterable[Point] = ()) -> list[Point]:
        """From one edge to the other, through those points that are on it."""
        places = [x.value(x.cells * step / most) for step in range(most + 1)]
        costs: Iterable[float] = map(self.cost, places)
        if landscape := self.frame.surface.landscape:
            at = self.frame.epoch.parameters
            costs = landscape.costs([(*at[: self.index], place, *at[self.index + 1 :]) for place in places])
        return sorted([*zip(places, costs, strict=True), *(point for point in on_it if x.holds(point[0]))])


def window(view: ChartView, cut: Slice) -> tuple[float, float] | None:
    """The round window about the minimum that the run has come so near to; None while the bowl is seen as a whole.

    It is seen as a whole beside other runs, and where that is wished.
    """
    frame, index, bottom = view.frame, view.parameter, cut.bottom
    if bottom is None or view.alike or view.is_whole or view.across:
        return None
    near = [frame.epoch.following[index], *(past.parameters[index] for past in frame.trail[-LAST:])]
    near += [view.pointed.parameters[index]] if view.pointed else []
    far = max(abs(place - bottom) for place in near)
    bend = abs(cut.cost(bottom + 1.0) - cut.cost(bottom))
    deep = LEAST_DEPTH * cut.cost(bottom) / bend if bend else 0.0
    least = max(LEAST_WIDTH * abs(bottom), 2 * math.sqrt(max(0.0, deep)), CLOSE * far)
    whole = 2 * ROOM * max(abs(past.parameters[index] - bottom) for past in (frame.trail[0], frame.epoch))
    if not 0 < least < whole / 2:
        return None
    width = round_above(least)
    middle = round(bottom / width * 10) * width / 10
    return (middle - width / 2, middle + width / 2) if width < whole else None


def slope_at_cursor(view: ChartView) -> str:
    """The slope where the value cursor stands."""
    return _("slope {slope} at ┼", slope=significant(view.touched.gradient[view.parameter], 4))


def slopes(view: ChartView, cut: Slice) -> tuple[str, ...]:
    """The slope of the tangent, and the gradient where the convention makes it another number; shorter and shorter."""
    frame, bowl, convention = view.frame, view.frame.surface.quadratic, view.frame.settings.convention
    gradient = frame.epoch.gradient[view.parameter]
    slope = significant(cut.slope, 4)
    plain = _("slope {slope}", slope=slope)
    if convention == frame.experiment.objective.slope_of_cost:
        return (plain,)
    known = {"slope": slope, "convention": convention, "gradient": significant(gradient, 4)}
    full = _("slope {slope}, gradient ({convention}) {gradient}", **known)
    if bowl is None or frame.step_size.curvature != bowl.curvature(convention):  # more than the cost pulls at it
        return full, plain
    shortest = _("slope {slope}", slope=significant(cut.slope, 3))
    return full, *equations(cut.slope, gradient, bowl.rows, convention), plain, shortest


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


def tangent(view: ChartView, x: Scale) -> list[Point]:
    """The straight line that touches the bowl at the present point, or at the cursor, from one edge to the other."""
    touched, index = view.touched, view.parameter
    here, cost, slope = touched.parameters[index], touched.cost, view.frame.surface.slope(touched.parameters)[index]
    return [(place, cost + slope * (place - here)) for place in (x.value(0), x.value(x.cells))]
