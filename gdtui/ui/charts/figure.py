"""Curves and points drawn by plotext into rows of text, each run of it named by its role."""

import functools
import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from gdtui.errors import host_errors
from gdtui.text import cells
from gdtui.ui.charts import strokes
from gdtui.ui.charts.canvas import Cell, Row, laid_over
from gdtui.ui.charts.scale import Scale, Tick, ticks
from gdtui.ui.charts.strokes import Point, Stroke

Marker = Literal["braille", "hd", "ascii"]
"""What lines are made of: 2 × 4 dots a cell, 2 × 2 blocks a cell, or nothing but ASCII."""

AXIS = "axis"
"""The role of the axes, their labels, and all blank cells."""

_LEAST_WIDTH, _LEAST_HEIGHT = 8, 3
"""The cells that must be left inside of the axes; a smaller picture is drawn without them."""
_MOST_TICKS = 6
_FAR = 1e6
"""In lengths of an axis. A line to a point further away looks the same when it ends here."""
_COARSE = 1.5 * 2.0**22
"""A double of this size ends at 2^-30: added to a place and taken away again, it rounds it."""
_ASCII = str.maketrans("│┤└─┬\N{MINUS SIGN}●○◆◇×·▲▼", "|++-+-Oo#%x.^v")
_ASCII_STROKES = {
    "least": ".",
    "ghost": ".",
    "trail": ".",
    "tangent": "-",
    "residual": ":",
    "pointer": "#",
    "rows": "x",
    "second": "+",
    "third": "=",
    "fourth": "~",
}
_ASCII_UPRIGHT = {"tangent": "|", "pointer": "|"}
"""What lines are made of in ASCII, by their role: without colour they must not look like the curve, which is of `*`."""


class Trace(msgspec.Struct, frozen=True):
    """One line, or one set of points, in the units of the data."""

    points: Sequence[Point]
    """In the order of drawing. A number that is not finite, or not above zero on a log scale, leaves a gap."""
    role: str
    """What it is on the chart: `curve`, `now`, `ghost` …"""
    shape: Literal["line", "points"] = "line"
    glyph: str = ""
    """One character, one cell wide, that stands at every point, over all lines."""

    def __post_init__(self) -> None:
        if len(self.glyph) > 1:
            raise ValueError(f"a glyph is one character, not '{self.glyph}'")


class Picture(msgspec.Struct, frozen=True):
    """All that determines a drawing."""

    width: int
    height: int
    x: Scale
    y: Scale
    traces: tuple[Trace, ...] = ()
    """Later ones are drawn over earlier ones, and glyphs over everything else."""
    marker: Marker = "braille"
    x_title: str = ""
    """Stands in the row of the x labels where there is room, such as `epoch`."""


def draw(picture: Picture) -> tuple[Row, ...]:
    """Exactly `height` rows, each exactly `width` cells wide, at any size.

    plotext draws the axes, and the lines piece by piece: most of them are the same from one picture to the next. There
    is one plotext figure in a process, so drawing belongs to one thread.
    """
    if picture.width < 1 or picture.height < 1:
        return ((),) * picture.height
    frame, columns, rows = _frame(
        picture.x, picture.y, picture.width, picture.height, picture.marker == "ascii", picture.x_title
    )
    left = picture.width - columns
    drawn = (
        (row, left + column, character, trace.role)
        for trace in sorted(picture.traces, key=lambda trace: bool(trace.glyph))
        for row, column, character in _cells_of(trace, picture, columns, rows)
    )
    return laid_over(frame, AXIS, drawn)


def prepare() -> bool:
    """Import plotext now, so that the first drawing does not wait for it; return whether it is there."""
    with host_errors():
        return bool(_plotext())


@functools.cache
def _plotext() -> Any:
    """plotext, set up once. Its import takes 75 ms, too much to spend before the first paint."""
    import plotext

    plotext.terminal.limit(False, False)
    figure = plotext.figure.theme("colorless").legend(False).axes(False)
    figure.ruler(["x", "y"]).lim(0, 1)
    figure.ruler(["x", "y"]).ticks([], [])
    return plotext


@functools.lru_cache(maxsize=64)
def _frame(x: Scale, y: Scale, width: int, height: int, is_ascii: bool, title: str) -> tuple[tuple[str, ...], int, int]:
    """The axes with their ticks, if there is room; and the columns and rows left for the curves, at the top right."""
    x_ticks, y_ticks = _fitting_axes(x, y, width, height)
    if not y_ticks:
        return (" " * width,) * height, width, height
    figure = _plotext().figure
    figure.clear.data()
    figure.plot_size(width, height)
    for axis, side, marks in (("x", "lower", x_ticks), ("y", "left", y_ticks)):
        figure.ruler(axis).ticks([tick.position for tick in marks], [tick.label for tick in marks])
        figure.axes(True, axis=axis, side=side)
    lines = _lines_of(figure.build())
    figure.ruler(["x", "y"]).ticks([], [])
    figure.axes(False)
    if is_ascii:
        lines, title = [_ascii(line) for line in lines], _ascii(title)
    if title:
        lines[-1] = _titled(lines[-1], title)
    return tuple(lines), width - 1 - max(len(tick.label) for tick in y_ticks), height - 2


@functools.lru_cache(maxsize=64)
def _fitting_axes(x: Scale, y: Scale, width: int, height: int) -> tuple[tuple[Tick, ...], tuple[Tick, ...]]:
    """The ticks for x and for y; none where too little would be left for the curve."""
    y_ticks = _fitting(y, height - 2, has_wide_labels=False)
    columns = width - 1 - max((len(tick.label) for tick in y_ticks), default=0)
    x_ticks = _fitting(x, columns, has_wide_labels=True)
    has_room = height - 2 >= _LEAST_HEIGHT and columns >= _LEAST_WIDTH
    return (x_ticks, y_ticks) if has_room and x_ticks and y_ticks else ((), ())


def _fitting(scale: Scale, room: int, has_wide_labels: bool) -> tuple[Tick, ...]:
    """As many ticks as stand clear of each other: labels by two cells along x, by one row along y."""
    clearance = 1 + has_wide_labels
    for count in range(_MOST_TICKS, 0, -1):
        marks = ticks(scale, count)
        end = -clearance
        for mark in marks:
            size = len(mark.label) if has_wide_labels else 1
            start = min(max(0, round(mark.position * (room - 1)) - (size - 1) // 2), room - size)
            if start < 0 or start - end < clearance:
                break
            end = start + size
        else:
            return marks
    return ()


def _cells_of(trace: Trace, picture: Picture, columns: int, rows: int) -> Iterator[Cell]:
    """What a trace draws into so many cells."""
    places = _places(picture, trace.points)
    if trace.glyph:
        glyph = _ascii(trace.glyph) if picture.marker == "ascii" else trace.glyph
        for place in places:
            if place and strokes.is_inside(place):
                column, row = strokes.in_cells(place, columns, rows)
                yield int(row), int(column), glyph
    elif trace.shape == "points":
        points = tuple((place, False) for place in places if place and strokes.is_inside(place))
        yield from _drawn(points, columns, rows, _marker(trace, picture))
    else:
        yield from _line(places, columns, rows, _marker(trace, picture))


def _marker(trace: Trace, picture: Picture) -> str:
    """What plotext is to draw a line or points with."""
    if picture.marker != "ascii":
        return picture.marker
    is_upright = len(trace.points) > 1 and len({x for x, _ in trace.points}) == 1
    stroke = _ASCII_STROKES.get(trace.role, "*")
    return _ASCII_UPRIGHT.get(trace.role, stroke) if is_upright else stroke


@functools.lru_cache(maxsize=64)
def _line(places: tuple[Point | None, ...], columns: int, rows: int, marker: str) -> tuple[Cell, ...]:
    """What a line draws. Many a line is the same from one picture to the next: the bowl, and runs on the board."""
    pieces = strokes.pieces(strokes.thinned(strokes.cut(places), columns, rows))
    return tuple(cell for piece in pieces for cell in _drawn(piece, columns, rows, marker))


@functools.lru_cache(maxsize=512)
def _drawn(piece: tuple[Stroke, ...], columns: int, rows: int, marker: str) -> tuple[Cell, ...]:
    """What plotext makes of a piece of a line, or of points that nothing leads to.

    plotext ends the whole process over a number that is not finite or a point far outside of the limits, and its time
    goes with the number of points. Written against plotext 6.1: these are the steps, beyond its public names, by which
    its figure draws a signal; the figure would go through all four axes each time, and take three times as long.
    """
    if not piece:
        return ()
    plotext, stuff = _plotext(), _stuff(marker)
    signal = plotext._signal.signal.signal_class(len(piece))
    for index, ((x, y), is_joined) in enumerate(piece):
        signal._append_point(x, y, stuff)
        signal._set_connected(index, is_joined)
    signal._set_marker(stuff)
    signal._rescale_x((0, 1), columns, strokes.MIDDLE)._rescale_y((1, 0), rows, strokes.MIDDLE)._plot()
    points = signal._get_points()
    points.select_in_matrix(columns, rows)
    return tuple(
        (row, column, character)
        for row, line in enumerate(_lines_of(plotext.matrix(columns, rows)._insert_points(points)))
        for column, character in enumerate(line)
        if character != " "
    )


@functools.cache
def _stuff(marker: str) -> Any:
    """plotext's own marker, which a line is made of."""
    return _plotext().marker(marker)


def _lines_of(matrix: Any) -> list[str]:
    """What plotext has drawn, line by line."""
    text: str = matrix.string(colorless=True)
    return text.split("\n")[:-1]


def _places(picture: Picture, points: Sequence[Point]) -> tuple[Point | None, ...]:
    """The points in lengths of the axes, or None for a gap; rounded, so that what looks the same is the same."""
    across = picture.x.all_along([x for x, _ in points])
    up = picture.y.all_along([y for _, y in points])
    return tuple(None if x is None or y is None else (_near(x), _near(y)) for x, y in zip(across, up, strict=True))


def _near(place: float) -> float:
    return place + _COARSE - _COARSE if -_FAR <= place <= _FAR else math.copysign(_FAR, place)


def _ascii(text: str) -> str:
    return text.translate(_ASCII).encode("ascii", "replace").decode()


def _titled(labels: str, title: str) -> str:
    """The row of x labels with the title after the last label, or before it; without, where neither has room."""
    size = cells(title)
    used = labels.rstrip()
    last = used.rfind(" ") + 1
    before = used[:last].rstrip()
    if len(labels) - len(used) >= size + 2:
        return used + " " * (len(labels) - len(used) - size) + title
    if last - len(before) >= size + 4:
        return before + " " * (last - 2 - size - len(before)) + title + "  " + labels[last:]
    return labels
