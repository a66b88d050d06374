"""A cost with several valleys: the whole curve over W, the places where it is level, and where each start ends."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from gdtui.experiment.surface import Place, Stationary, asked_of
from gdtui.lab.frame import Frame
from gdtui.numbers import fixed
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace, Wanted
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.scale import Fit, Scale, columns_of, linear, rows_of
from gdtui.ui.charts.slice import Slice, point_of
from gdtui.ui.charts.strokes import Point

GLYPHS: dict[Place, str] = {"valley": "×", "hill": "∩", "saddle": "◇"}
SIGNS: dict[Place, Sign] = {"valley": "valley", "hill": "hill", "saddle": "saddle"}

MARGIN = 0.15
"""How much further the picture goes to each side than what it shows."""

NEAR = 1.5
"""Places further from the way of the run than so many times its length are left out, but for the nearest."""

FEW, WIDE = 7, 100
"""So few of them are all shown, unless the way of the run would be lost among them."""

LEAST_HEIGHT = 9
"""A lower picture has no strip."""

UNKNOWN = "."
"""Stands in the strip until it is worked out."""

POINTS_A_COLUMN = 4

LARGEST = 1e100

ACROSS: Fit = partial(linear, is_across=True, is_centred=True)
"""The axis of the weight."""


def kinds_in(view: ChartView) -> Iterator[Sign]:
    """What there is to mark."""
    landscape = view.frame.surface.landscape
    if landscape:
        yield from {SIGNS[place.kind] for place in landscape.stationary}


def marks(view: ChartView, pair: Callable[[tuple[float, ...]], Point]) -> Iterator[Trace]:
    """The level places over two parameters, as contours mark them."""
    landscape, parameters = view.frame.surface.landscape, view.frame.epoch.parameters
    for kind, glyph in GLYPHS.items():
        at = [pair(place.at) for place in landscape.stationary if place.kind == kind] if landscape else []
        if at and len(parameters) == 2:
            yield Trace(at, "minimum", glyph=glyph)


def shown(frame: Frame) -> list[Stationary]:
    """The level places near the way of the run, the nearest on each side of it among them."""
    way = [epoch.parameters[0] for epoch in frame.trail]
    left, right = min(way), max(way)
    known = frame.surface.landscape.stationary if frame.surface.landscape else ()
    if len(known) <= FEW and known[-1].at[0] - known[0].at[0] <= WIDE * (right - left or 1.0):
        return list(known)
    far = NEAR * (right - left)
    before = max((place.at[0] for place in known if place.at[0] < left), default=left)
    after = min((place.at[0] for place in known if place.at[0] > right), default=right)
    low, high = min(left - far, before), max(right + far, after)
    return [place for place in known if low <= place.at[0] <= high]


def places_named(frame: Frame) -> list[str]:
    """`× −1.301, 1.131  ∩ 0.170`: where they are, with fewer and fewer digits."""
    places = shown(frame)
    return [
        "  ".join(
            f"{glyph} {', '.join(fixed(place.at[0], decimals) for place in places if place.kind == kind)}"
            for kind, glyph in GLYPHS.items()
            if any(place.kind == kind for place in places)
        )
        for decimals in (3, 2, 1)
    ]


def valleys(cut: Slice, width: int, height: int, hold: Callable[..., Scale]) -> Picture:
    """The curve with its tangent, the level places, the way of the run, and the strip; `hold` is that of the chart."""
    view, frame = cut.view, cut.view.frame
    places, following = shown(frame), cut.following
    on_it = [*cut.trail, *((place.at[0], place.cost) for place in places), *cut.pointed]
    seen = [*on_it, point_of(frame.trail[0], 0)]
    seen += [following] if all(abs(value) < LARGEST for value in following) else []
    across = [place for place, _cost in seen]
    margin = MARGIN * (max(across) - min(across)) or 1.0
    has_strip = height >= LEAST_HEIGHT and not frame.unknown
    rows = height - has_strip
    y = hold("cost", _heights([cost for _place, cost in seen]), linear, rows_of(width, rows))
    x = hold("weight", [min(across) - margin, max(across) + margin], ACROSS, columns_of(width, rows, y))
    traces = cut.traces(cut.curve(x, POINTS_A_COLUMN * x.cells, on_it), x, _level_marks(frame, places, y))
    picture = Picture(width, height, x, y, traces, view.marker, frame.experiment.parameter_names[0])
    return with_strip(picture, frame) if has_strip else picture


def _heights(costs: list[float]) -> list[float]:
    """From the lowest to the highest that is seen, with a margin below for the numbers of the valleys."""
    known = [cost for cost in costs if math.isfinite(cost)]
    low, high = min(known), max(known)
    margin = MARGIN * (high - low) or 1.0
    return [low - margin, high + margin / 2]


def _level_marks(frame: Frame, places: list[Stationary], y: Scale) -> Iterator[Trace]:
    """A mark at each place, and under each valley its number."""
    valleys = frame.surface.landscape.valleys if frame.surface.landscape else ()
    for place in places:
        yield Trace([(place.at[0], place.cost)], "minimum", glyph=GLYPHS[place.kind])
        if place.kind == "valley" and len(valleys) > 1:
            number = str(valleys.index(place) + 1)[-1]
            yield Trace([(place.at[0], place.cost - y.unit)], "minimum", glyph=number)


def with_strip(picture: Picture, frame: Frame) -> Picture:
    """The picture with a strip: for each column the number of the valley in which a run ends that starts there.

    Its runs have the settings and the batches of the run. Until they are through the strip is dotted; it is blank where
    they would take too long.
    """
    landscape, experiment, number = frame.surface.landscape, frame.experiment, frame.epoch.number
    if landscape is None:
        return picture
    cells = picture.x.cells
    starts = tuple(picture.x.value(column + 0.5) for column in range(cells))
    known = landscape.known_basins(experiment, number, starts)
    if known is not None:
        return msgspec.structs.replace(picture, strip=known.ljust(cells))
    key = landscape, asked_of(experiment, number, starts)
    wanted = Wanted(key, partial(landscape.basins, experiment, number, starts))
    return msgspec.structs.replace(picture, strip=UNKNOWN * cells, wanted=wanted)
