"""Curves and points drawn by plotext into rows of text, each run of it named by its role."""

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from gdtui.ui.charts import strokes
from gdtui.ui.charts.scale import Scale, Tick, ticks
from gdtui.ui.charts.strokes import Point

Marker = Literal["braille", "hd", "ascii"]
"""What lines are made of: 2 × 4 dots a cell, 2 × 2 blocks a cell, or nothing but ASCII."""

Row = tuple[tuple[str, str], ...]
"""Runs of (text, role), together as wide as the picture."""

AXIS = "axis"
"""The role of the axes, their labels, and all blank cells."""

_LEAST_WIDTH, _LEAST_HEIGHT = 8, 3
"""The cells that must be left inside of the axes; a smaller picture is drawn without them."""
_MOST_TICKS = 6
_FAR = 1e6
"""In lengths of an axis. A line to a point further away looks the same when it ends here."""
_RUN = re.compile(r"\x1b\[0m(?:\x1b\[38;5;(\d+)m)?([^\x1b]+)")
_ASCII = str.maketrans("│┤└─┬\N{MINUS SIGN}●○◆◇×·", "|++-+-Oo#%x.")


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

    There is one plotext figure in a process, so drawing belongs to one thread.
    """
    if picture.width < 1 or picture.height < 1:
        return ((),) * picture.height
    plotext = _plotext()
    figure = plotext.figure
    figure.clear.data()
    figure.plot_size(picture.width, picture.height)
    room = _set_axes(figure, picture)
    roles = tuple({trace.role: None for trace in picture.traces})
    for trace in sorted(picture.traces, key=lambda trace: bool(trace.glyph)):
        character = trace.glyph or {"ascii": "*"}.get(picture.marker, picture.marker)
        # Every role has a colour of its own, 1 and up, by which it is found again in the text.
        marker = plotext.marker(character, 1 + roles.index(trace.role))
        _draw_trace(figure, trace, picture, room, marker)
    lines = figure.build().string().split("\n")[: picture.height]
    if picture.marker == "ascii":
        lines = [_ascii(line) for line in lines]
    rows = [_row(line, roles) for line in lines]
    if picture.x_title and room[1] < picture.height:
        rows[-1] = _titled(rows[-1], picture)
    return tuple(rows)


def prepare() -> None:
    """Import plotext now, so that the first drawing does not wait for it."""
    _plotext()


@functools.cache
def _plotext() -> Any:
    """plotext, set up once. Its import takes 75 ms, too much to spend before the first paint."""
    import plotext

    plotext.terminal.limit(False, False)
    figure = plotext.figure.theme("colorless").legend(False).axes(False)
    figure.ruler(["x", "y"]).lim(0, 1)
    return plotext


def _set_axes(figure: Any, picture: Picture) -> tuple[int, int]:
    """Put the axes and their ticks where they stand, if there is room; the columns and rows left inside of them."""
    x_ticks, y_ticks = _fitting_axes(picture.x, picture.y, picture.width, picture.height)
    has_axes = bool(y_ticks)
    for axis, side, marks in (("x", "lower", x_ticks), ("y", "left", y_ticks)):
        figure.ruler(axis).ticks([tick.position for tick in marks], [tick.label for tick in marks])
        figure.axes(has_axes, axis=axis, side=side)
    if not has_axes:
        return picture.width, picture.height
    return picture.width - 1 - max(len(tick.label) for tick in y_ticks), picture.height - 2


@functools.lru_cache(maxsize=64)
def _fitting_axes(x: Scale, y: Scale, width: int, height: int) -> tuple[tuple[Tick, ...], tuple[Tick, ...]]:
    """The ticks for x and for y; none where too little would be left for the curve."""
    y_ticks = _fitting(y, height - 2, has_wide_labels=False)
    columns = width - 1 - max((len(tick.label) for tick in y_ticks), default=0)
    x_ticks = _fitting(x, columns, has_wide_labels=True)
    has_room = height - 2 >= _LEAST_HEIGHT and columns >= _LEAST_WIDTH
    return (x_ticks, y_ticks) if has_room and x_ticks and y_ticks else ((), ())


def _fitting(scale: Scale, cells: int, has_wide_labels: bool) -> tuple[Tick, ...]:
    """As many ticks as stand clear of each other: labels by two cells along x, by one row along y."""
    clearance = 1 + has_wide_labels
    for count in range(_MOST_TICKS, 0, -1):
        marks = ticks(scale, count)
        end = -clearance
        for mark in marks:
            size = len(mark.label) if has_wide_labels else 1
            start = min(max(0, round(mark.position * (cells - 1)) - (size - 1) // 2), cells - size)
            if start < 0 or start - end < clearance:
                break
            end = start + size
        else:
            return marks
    return ()


def _draw_trace(figure: Any, trace: Trace, picture: Picture, room: tuple[int, int], marker: Any) -> None:
    """Give the trace to plotext, inside of the limits.

    plotext ends the whole process over a number that is not finite or a point far outside of the limits, and its time
    goes with the number of points.
    """
    places = [_place(picture, x, y) for x, y in trace.points]
    has_line = trace.shape == "line" and not trace.glyph
    if has_line:
        parts = strokes.thinned(strokes.cut(places), *room)
    else:
        parts = [(place, False) for place in places if place and strokes.is_inside(place)]
    if not parts:
        return
    signal = figure.signal([x for (x, _), _ in parts], [y for (_, y), _ in parts], marker=marker).lines(has_line)
    for index, (_, is_joined) in enumerate(parts):
        if has_line and not is_joined:
            signal.line(index, False)
    figure.draw(signal)


def _place(picture: Picture, x: float, y: float) -> Point | None:
    """The point in lengths of the axes, or None for a gap."""
    across, up = picture.x.along(x), picture.y.along(y)
    if across is None or up is None:
        return None
    return max(-_FAR, min(_FAR, across)), max(-_FAR, min(_FAR, up))


def _ascii(text: str) -> str:
    return text.translate(_ASCII).encode("ascii", "replace").decode()


def _row(line: str, roles: tuple[str, ...]) -> Row:
    return tuple((text, roles[int(colour) - 1] if colour else AXIS) for colour, text in _RUN.findall(line))


def _titled(row: Row, picture: Picture) -> Row:
    """The row of x labels with the title after the last label, or before it; without, where neither has room."""
    title = _ascii(picture.x_title) if picture.marker == "ascii" else picture.x_title
    size = sum(_cells(character) for character in title)
    labels = "".join(text for text, _ in row)
    used = labels.rstrip()
    last = used.rfind(" ") + 1
    before = used[:last].rstrip()
    if picture.width - len(used) >= size + 2:
        text = used + " " * (picture.width - len(used) - size) + title
    elif last - len(before) >= size + 4:
        text = before + " " * (last - 2 - size - len(before)) + title + "  " + labels[last:]
    else:
        return row
    return ((text, AXIS),)


def _cells(character: str) -> int:
    """How many cells a character takes in a terminal."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
