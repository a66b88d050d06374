"""The cost against one weight, with the tangent whose slope is the gradient."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import ClassVar

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.objective import Convention
from gdtui.lab.frame import Frame
from gdtui.lab.run import Run
from gdtui.numbers import significant
from gdtui.ui.charts.chart import POINTS_A_COLUMN, Chart
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.others import FAR
from gdtui.ui.charts.pointer import at_value
from gdtui.ui.charts.scale import Scale, linear
from gdtui.ui.charts.strokes import Point

ROOM = 1.5
"""How far the bowl is shown to either side, as a multiple of how far from its bottom the run has been."""

COLUMNS_A_POINT = 4
"""For so many columns one point of the trail is shown: more would hide the bowl."""


class CostBowl(Chart):
    """A cut through the cost along one weight, at the present values of the others."""

    name, words, panel = "bowl", "bowl", "cost over W"
    tells: ClassVar = {**Chart.tells, "now": "cost"}

    def title(self, view: ChartView) -> str:
        """The weight it is cut along; with others beside it, it is a slice."""
        names = view.frame.experiment.parameter_names
        return f"Cost over {names[view.parameter]}" + (", a slice" if len(names) > 1 else "")

    def note(self, view: ChartView, width: int) -> str:
        """The slope of the tangent, and the gradient where the convention makes it another number."""
        frame, index = view.frame, view.parameter
        if view.touched is not frame.epoch:
            return f"slope {significant(view.touched.gradient[index], 4)} at ◆"
        slope, gradient = slope_at(frame, index), frame.epoch.gradient[index]
        convention = frame.settings.convention
        plain = f"slope {significant(slope, 4)}"
        if convention == frame.experiment.objective.slope_of_cost:
            return plain
        full = f"{plain}, gradient ({convention}) {significant(gradient, 4)}"
        bowl = frame.surface.quadratic
        if bowl is None or frame.step_size.curvature != bowl.curvature(convention):  # more than the cost pulls at it
            return full if len(full) <= width else plain
        texts = [
            full,
            *equations(slope, gradient, frame.experiment.dataset.rows, convention),
            plain,
            f"slope {significant(slope, 3)}",
        ]
        return next((text for text in texts if len(text) <= width), texts[-1])

    def picture(self, view: ChartView, width: int, height: int) -> Picture:
        """The bowl, the tangent, the trail, the minimum, the next point and the present one."""
        frame, index = view.frame, view.parameter
        self.begin(view, index)
        epoch = frame.epoch
        trail = [(past.parameters[index], past.cost) for past in frame.trail[-2 - width // COLUMNS_A_POINT :]]
        following = (epoch.following[index], frame.surface.cost(epoch.following))
        bottom = lowest(frame, index)
        middle = epoch.parameters[index] if bottom is None else bottom
        far = max(
            abs(place - middle) for place in (epoch.parameters[index], following[0], frame.trail[0].parameters[index])
        )
        for other in view.alike:
            away = max(abs(past.parameters[index] - middle) for past in (other.trail[0], other.epoch))
            far = max(far, away) if away <= FAR * far else far
        x = self.hold("weight", [middle - ROOM * far, middle + ROOM * far], linear)
        curve = slice_points(frame, index, x, POINTS_A_COLUMN * width)
        y = self._cost_scale(curve, trail)
        now = (epoch.parameters[index], epoch.cost)
        traces = [
            Trace(curve, "curve"),
            Trace(tangent(view, x), "tangent"),
            Trace(trail[:-1], "trail", glyph="·"),
            *([] if bottom is None else [Trace([(bottom, sliced(frame, index)(bottom))], "least", glyph="×")]),
            *(Trace([(o.epoch.parameters[index], o.epoch.cost)], o.role, glyph=o.name) for o in view.alike),
            Trace([following], "next", glyph="○"),
            Trace([now], "now", glyph="●"),
        ]
        if view.pointed:
            traces.append(Trace([(view.pointed.parameters[index], view.pointed.cost)], "pointer", glyph="◆"))
        return Picture(width, height, x, y, tuple(traces), view.marker, frame.experiment.parameter_names[index])

    def point(self, run: Run, view: ChartView, by: int) -> Epoch:
        """The value cursor moves along the weight."""
        return at_value(view.frame, view.pointed, view.parameter, by)

    def _cost_scale(self, curve: list[Point], trail: list[Point]) -> Scale:
        """As high as the lower of the two rims: above it the bowl leaves the picture on one side only."""
        rim = min(curve[0][1], curve[-1][1])
        top = max(rim, *(cost for _, cost in trail[-2:]))
        return self.hold("cost", [top], partial(linear, with_zero=True))


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
            yield f"slope {made}{equals}{product}"


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


def slice_points(frame: Frame, index: int, x: Scale, most: int) -> list[Point]:
    """The slice from one limit to the other."""
    cost = sliced(frame, index)
    places = (x.low + (x.high - x.low) * step / most for step in range(most + 1))
    return [(place, cost(place)) for place in places]


def lowest(frame: Frame, index: int) -> float | None:
    """Where along the slice the cost is least: where its slope is 0. None where no formula says it."""
    bowl = frame.surface.quadratic
    if bowl is None:
        return None
    bend = 2 * bowl.gram[index][index] / bowl.rows
    if not bend:
        return bowl.minimum[index]
    return frame.epoch.parameters[index] - slope_at(frame, index) / bend


def tangent(view: ChartView, x: Scale) -> list[Point]:
    """The straight line that touches the bowl at the present point, or at the cursor, from one limit to the other."""
    touched, index = view.touched, view.parameter
    here, cost, slope = touched.parameters[index], touched.cost, view.frame.surface.slope(touched.parameters)[index]
    return [(place, cost + slope * (place - here)) for place in (x.low, x.high)]
