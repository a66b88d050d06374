"""A cost with several valleys: the whole curve over W, its stationary points, and where each start ends."""

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
"""How much further the picture goes on each side than what it shows."""

NEAR = 1.5
"""Stationary points further from the run's path than this many times its length are left out, except the nearest."""

FEW, WIDE = 7, 100
"""Up to this many are all shown, unless the run's path would be too small among them."""

LEAST_HEIGHT = 9
"""A lower picture has no strip."""

UNKNOWN = "."
"""Shown in the strip until it is computed."""

POINTS_A_COLUMN = 4

LARGEST = 1e100

ACROSS: Fit = partial(linear, is_across=True, is_centred=True)
"""The axis of the weight."""


def kinds_in(view: ChartView) -> Iterator[Sign]:
    """The signs of the stationary points."""
    landscape = view.frame.surface.landscape
    if landscape:
        yield from {SIGNS[place.kind] for place in landscape.stationary}


def marks(view: ChartView, pair: Callable[[tuple[float, ...]], Point]) -> Iterator[Trace]:
    """The stationary points over two parameters, as marked in contours."""
    landscape, parameters = view.frame.surface.landscape, view.frame.epoch.parameters
    for kind, glyph in GLYPHS.items():
        at = [pair(place.at) for place in landscape.stationary if place.kind == kind] if landscape else []
        if at and len(parameters) == 2:
            yield Trace(at, "minimum", glyph=glyph)


def shown(frame: Frame) -> list[Stationary]:
    """The stationary points near the run's path, including the nearest on each side."""
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
    """`× −1.301, 1.131  ∩ 0.170`: their positions, with ever fewer digits."""
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
    """The curve with its tangent, the stationary points, the run's path, and the strip; `hold` is the chart's
    method.
    """
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
    """The lowest and highest costs shown, with a margin below for the numbers of the valleys."""
    known = [cost for cost in costs if math.isfinite(cost)]
    low, high = min(known), max(known)
    margin = MARGIN * (high - low) or 1.0
    return [low - margin, high + margin / 2]


def _level_marks(frame: Frame, places: list[Stationary], y: Scale) -> Iterator[Trace]:
    """A mark at each stationary point, and under each valley its number."""
    valleys = frame.surface.landscape.valleys if frame.surface.landscape else ()
    for place in places:
        yield Trace([(place.at[0], place.cost)], "minimum", glyph=GLYPHS[place.kind])
        if place.kind == "valley" and len(valleys) > 1:
            number = str(valleys.index(place) + 1)[-1]
            yield Trace([(place.at[0], place.cost - y.unit)], "minimum", glyph=number)


def with_strip(picture: Picture, frame: Frame) -> Picture:
    """The picture with a strip: for each column, the number of the valley in which a run from there ends.

    These runs have the settings and batches of the current one. Until they are computed, the strip is dotted; it is
    blank if
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
