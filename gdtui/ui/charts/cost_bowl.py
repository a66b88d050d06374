"""The cost against one weight, with the tangent whose slope is the gradient."""

import math
from collections.abc import Iterator
from typing import ClassVar

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.objective import Convention
from gdtui.lab.run import Run
from gdtui.numbers import significant
from gdtui.text import _
from gdtui.ui.charts.chart import POINTS_A_COLUMN, Chart, Figure
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.pointer import at, at_value
from gdtui.ui.charts.scale import columns_of, linear, round_above, rows_of
from gdtui.ui.charts.series import FAR
from gdtui.ui.charts.slice import Slice
from gdtui.ui.charts.valleys import ACROSS, kinds_in, places_named, valleys

ROOM = 1.5
"""How far the bowl is shown on either side, as a multiple of the run's largest distance from its minimum."""

CLOSE = 8
"""The window narrows to the next round width of at least this many spans of the last epochs, the next and the minimum.

The current value always stays inside.
"""

LAST = 3
"""How many epochs count as the last ones."""

LEAST_WIDTH, LEAST_DEPTH = 2e-4, 1e-3
"""The least width of a window as a part of its middle, and depth as a part of the least cost: else labels get too long.
"""

SHALLOW = 4
"""A bowl shallower than 1/SHALLOW of its rim is not shown down to cost 0, where it would look flat."""


class CostBowl(Chart):
    """A cut through the cost along one weight, at the current values of the others."""

    name, words, panel = "bowl", "bowl", "cost over W"
    tells: ClassVar = {**Chart.tells, "now": "cost"}

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """The bowl, the tangent, the trail, the minimum, the next point and the current one."""
        frame, index, names = view.frame, view.parameter, view.frame.experiment.parameter_names
        title = _("Cost vs {name}, a slice", name=names[index]) if names[1:] else _("Cost vs {name}", name=names[index])
        cut, closed = Slice.of(view, width), None
        signs: list[Sign] = ["now", "next", cut.epochs, "tangent"]
        signs += ["cursor"] if view.pointed else []
        if has_valleys(view):
            self.begin(view, width, height)
            picture = valleys(cut, width, height, self.hold)
            signs += kinds_in(view)
            notes = (*places_named(frame), "")
        else:
            self.begin(view, index)
            closed = window(cut)
            picture = self._picture(cut, closed, width, height)
            signs += ["minimum"] if cut.bottom is not None else []
            notes = slopes(cut)
        if closed:
            title = _("Cost vs {name}, close-up", name=names[index])
            title = _("Slice along {name}, close-up", name=names[index]) if names[1:] else title
        if view.touched is not frame.epoch:
            notes = (_("slope {slope} at ┼", slope=significant(view.touched.gradient[index], 4)),)
        return Figure(title=title, picture=picture, signs=tuple(signs), notes=notes, is_closer=closed is not None)

    def _picture(self, cut: Slice, closed: tuple[float, float] | None, width: int, height: int) -> Picture:
        view, frame = cut.view, cut.view.frame
        least = [] if cut.bottom is None else [(cut.bottom, cut.cost(cut.bottom))]
        ends = view.across or closed or _around(cut)
        rims, rows = [cut.cost(end) for end in ends], rows_of(width, height)
        rim = min(rims)  # above the lower one, the bowl leaves the picture on one side only
        if view.across:
            y = linear(0.0, max(rims), rows)
            x = linear(*view.across, columns_of(width, height, y), is_across=True)
        elif closed:
            y = linear(min([rim, *(at[1] for at in least)]), rim, rows)
            x = ACROSS(*closed, columns_of(width, height, y))
        else:
            heights = [rim, *(at[1] for at in cut.trail[-2:] if ends[0] <= at[0] <= ends[1])]
            y = self.hold("cost", [floor([*heights, *(at[1] for at in least)]), *heights], linear, rows)
            x = self.hold("weight", [*ends, *(at[0] for at in cut.pointed)], ACROSS, columns_of(width, height, y))
        # With one parameter, all of them are on the curve.
        on_it = [*cut.trail, cut.following, *cut.pointed] if len(frame.epoch.parameters) == 1 else cut.trail[-1:]
        curve = cut.curve(x, POINTS_A_COLUMN * width, [*least, *on_it])
        traces = cut.traces(curve, x, [Trace(least, "minimum", glyph="×")])
        return Picture(width, height, x, y, traces, view.marker, frame.experiment.parameter_names[view.parameter])

    def point(self, run: Run, view: ChartView, by: int) -> Epoch:
        """The value cursor moves along the weight."""
        return at_value(view.frame, view.pointed, view.parameter, by)

    def point_at(self, run: Run, view: ChartView, place: float) -> Epoch:
        """What an epoch at this weight would be."""
        return at(view.frame, view.parameter, place)


def _around(cut: Slice) -> tuple[float, float]:
    """The range that the run has covered, with the minimum in the middle."""
    frame, index, epoch = cut.view.frame, cut.view.parameter, cut.view.frame.epoch
    middle = epoch.parameters[index] if cut.bottom is None else cut.bottom
    places = epoch.parameters[index], epoch.following[index], frame.trail[0].parameters[index]
    far = max(abs(place - middle) for place in places)
    for other in cut.view.alike:
        away = max(abs(past.parameters[index] - middle) for past in (other.trail[0], other.epoch))
        far = max(far, away) if away <= FAR * far else far
    return middle - ROOM * far, middle + ROOM * far


def has_valleys(view: ChartView) -> bool:
    """Whether the whole cost over W is drawn: one parameter, and known stationary points."""
    landscape = view.frame.surface.landscape
    return len(view.frame.epoch.parameters) == 1 and landscape is not None and bool(landscape.stationary)


def floor(costs: list[float]) -> float:
    """The lowest cost shown: 0, or the least cost if all are very similar."""
    return 0.0 if SHALLOW * (max(costs) - min(costs)) > max(costs) else min(costs)


def window(cut: Slice) -> tuple[float, float] | None:
    """The round window around the minimum that the run has come close to; None while the whole bowl is shown.

    The whole bowl is shown beside other runs, and on request.
    """
    view, frame, index, bottom = cut.view, cut.view.frame, cut.view.parameter, cut.bottom
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


def slopes(cut: Slice) -> tuple[str, ...]:
    """The slope of the tangent, and the gradient if the convention makes it different; in ever shorter forms."""
    frame, bowl, convention = cut.view.frame, cut.view.frame.surface.quadratic, cut.view.frame.settings.convention
    gradient = frame.epoch.gradient[cut.view.parameter]
    slope = significant(cut.slope, 4)
    plain = _("slope {slope}", slope=slope)
    if convention == frame.experiment.objective.slope_of_cost:
        return (plain,)
    known = {"slope": slope, "convention": convention, "gradient": significant(gradient, 4)}
    full = _("slope {slope}, gradient ({convention}) {gradient}", **known)
    if bowl is None or frame.step_size.curvature != bowl.curvature(convention):  # more than the cost acts on it
        return full, plain
    shortest = _("slope {slope}", slope=significant(cut.slope, 3))
    return full, *equations(cut.slope, gradient, bowl.rows, convention), plain, shortest


def equations(slope: float, gradient: float, rows: int, convention: Convention) -> Iterator[str]:
    """`slope −9.33 = −14/1.5`: how the slope follows from the gradient, with as many digits as make it true.

    A form in which a number would be a power of ten is left out.
    """
    by = rows / 2 if convention == "sum" else 0.5
    for equals, digits, parts in ((" = ", 3, 3), (" = ", 3, 4), ("=", 3, 3), ("=", 3, 4), (" = ", 2, 3), ("=", 2, 2)):
        made, part = significant(slope, digits), significant(gradient, parts)
        is_true = significant(float(f"{gradient:.{parts}g}") / by, digits) == made
        if is_true and "e" not in made + part:
            product = f"{part}/{significant(by)}" if convention == "sum" else f"2·({part})"
            yield _("slope {slope}", slope=f"{made}{equals}{product}")
