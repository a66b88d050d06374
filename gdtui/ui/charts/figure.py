"""Curves and points drawn by plotext into rows of text, each run of it named by its role."""

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec

from gdtui.errors import host_errors
from gdtui.text import cells
from gdtui.ui.charts import strokes
from gdtui.ui.charts.scale import Scale
from gdtui.ui.charts.strokes import Point, Stroke
from gdtui.ui.common.palette import ROLES

Row = tuple[tuple[str, str], ...]
"""Runs of (text, role), together as wide as the canvas."""

Cell = tuple[int, int, str]
"""A row, a column, and the character there."""

Marker = Literal["braille", "hd", "ascii"]
"""What lines are made of: 2 × 4 dots a cell, 2 × 2 blocks a cell, or nothing but ASCII."""

AXIS = "axis"
"""The role of the axes, their labels, and all blank cells."""

_FAR = 1e12
"""In cells. A line to a point further away looks the same when it ends here."""
_NEAR = 1e6
"""In cells. Places that are nearer are rounded."""
_COARSE = 1.5 * 2.0**32
"""A double of this size ends at 2^-20: added to a place and taken away again, it rounds it."""
_UPRIGHT = "|"
"""What an upright tangent is made of in ASCII."""
_LIGHT = (1, 2)
"""The dashes of a line between points that count."""
_BESIDE = 4
"""So many letters may stand beside the same end of a line."""
_BRAILLE = 0x2800
_QUADRANTS = " ▗▖▄▝▐▞▟▘▚▌▙▀▜▛█"
"""The blocks of 2 × 2 dots, each in the place that its dots make as bits."""

_DOTS = {chr(_BRAILLE + dots): dots for dots in range(256)} | {block: dots for dots, block in enumerate(_QUADRANTS)}
_CELL_DOTS = {"braille": (2, 4), "hd": (2, 2)}
_SAMPLES = {"braille": " " + "".join(map(chr, (0x2804, 0x2820, 0x2824))), "hd": " ▖▗▄"}
"""A cell of a level line with no dot, with the left, the right, and both."""


class Trace(msgspec.Struct, frozen=True):
    """One line, or one set of points, in the units of the data."""

    points: Sequence[Point]
    """In the order of drawing. A number that is not finite, or not above zero on a log scale, leaves a gap."""
    role: str
    """What it is on the chart: `curve`, `now`, `ghost` …"""
    shape: Literal["line", "points", "end"] = "line"
    glyph: str = ""
    """One character, one cell wide, that stands at every point, over all lines. With the shape `end` it stands
    once: beside the end of the line, or where there is no room for it, as near to it on the line as there is; not at
    all where it would cover another."""
    is_light: bool = False
    """The line between points that count is drawn lighter than they are."""


class Wanted(msgspec.Struct, frozen=True):
    """What a picture is not whole without, and takes too long to wait for."""

    key: object
    """What it is; the same picture asks for the same."""
    job: Callable[[Callable[[], bool]], object]
    """Works it out, for the next picture to find it. It is given what tells it whether it is left."""


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
    strip: str = ""
    """A row of its own under the axis, with a character for each column; empty for none."""
    wanted: Wanted | None = None
    """What is drawn as not known yet."""


def draw(picture: Picture) -> tuple[Row, ...]:
    """Exactly `height` rows, each exactly `width` cells wide, at any size.

    plotext draws the axes, and the lines piece by piece: most of them are the same from one picture to the next. There
    is one plotext figure in a process, so drawing belongs to one thread.
    """
    if picture.width < 1 or picture.height < 1:
        return ((),) * picture.height
    if picture.strip:
        rows = draw(msgspec.structs.replace(picture, height=picture.height - 1, strip=""))
        return (*rows, ((" " * (picture.width - picture.x.cells), AXIS), (picture.strip, "trail")))
    frame = _frame(picture.x, picture.y, picture.width, picture.height, picture.marker == "ascii", picture.x_title)
    left = picture.width - picture.x.cells
    lines = (trace for trace in picture.traces if not trace.glyph)
    drawn = [(row, left + column, text, trace.role) for trace in lines for row, column, text in _line(trace, picture)]
    glyphs: dict[tuple[int, int], tuple[str, str]] = {}
    for trace in sorted(picture.traces, key=lambda trace: trace.shape == "end"):
        if trace.glyph:
            shown = mark(trace.glyph, picture.marker), trace.role
            glyphs.update(dict.fromkeys(_glyph_cells(trace, picture, glyphs), shown))
    drawn += [(row, left + column, *shown) for (row, column), shown in glyphs.items()]
    return laid_over(frame, AXIS, drawn)


def laid_over(under: Sequence[str], ground: str, cells: Iterable[tuple[int, int, str, str]]) -> tuple[Row, ...]:
    """Rows of text in the role `ground`, with characters drawn over them: each a row, a column, itself and its role.

    Dots join those of the same role, and of one that shines through; anything else takes the cell.
    """
    texts: dict[int, list[str]] = {}
    roles: dict[int, list[str]] = {}
    for row, column, character, role in cells:
        if row not in texts:
            texts[row], roles[row] = list(under[row]), [ground] * len(under[row])
        before, there = texts[row][column], roles[row][column]
        if there == role or (ROLES[there].shines_through and {before, character} <= _DOTS.keys()):
            texts[row][column] = joined(before, character)
        else:
            texts[row][column], roles[row][column] = character, role
    rows: list[Row] = [((text, ground),) for text in under]
    for row, text in texts.items():
        ends = itertools.accumulate(len(list(cells)) for _, cells in itertools.groupby(roles[row]))
        spans = itertools.pairwise((0, *ends))
        rows[row] = tuple(("".join(text[start:end]), roles[row][start]) for start, end in spans)
    return tuple(rows)


def joined(before: str, character: str) -> str:
    """One character over another: with the dots of both where both are of dots."""
    if before == " " or before not in _DOTS or character not in _DOTS:
        return character
    dots = _DOTS[before] | _DOTS[character]
    return chr(_BRAILLE + dots) if character >= chr(_BRAILLE) else _QUADRANTS[dots]


def mark(glyph: str, marker: Marker) -> str:
    """The glyph as it is drawn."""
    return _ascii(glyph) if marker == "ascii" else glyph


def sample(role: str, marker: Marker) -> str:
    """A piece of a line of this role: two of its dashes."""
    if marker == "ascii":
        return 2 * ROLES[role].ascii
    on, period = ROLES[role].dashes
    dots = [place % period < on for place in range(period + on + 1)]
    return "".join(_SAMPLES[marker][left + 2 * right] for left, right in zip(dots[::2], dots[1::2], strict=False))


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
def _frame(x: Scale, y: Scale, width: int, height: int, is_ascii: bool, title: str) -> tuple[str, ...]:
    """The axes with their ticks, where the scales leave room for them."""
    if y.cells == height:
        return (" " * width,) * height
    figure = _plotext().figure
    figure.clear.data()
    figure.plot_size(width, height)
    for axis, side, scale in (("x", "lower", x), ("y", "left", y)):
        marks = [((tick.cell + 0.5) / scale.cells, tick.label) for tick in scale.ticks]
        figure.ruler(axis).ticks(*([list(part) for part in zip(*marks, strict=True)] or ([], [])))
        figure.axes(True, axis=axis, side=side)
    lines = _lines_of(figure.build())
    figure.ruler(["x", "y"]).ticks([], [])
    figure.axes(False)
    if is_ascii:
        lines, title = [_ascii(line) for line in lines], _ascii(title)
    if title:
        lines[-1] = _titled(lines[-1], title)
    return tuple(lines)


def _glyph_cells(
    trace: Trace, picture: Picture, taken: dict[tuple[int, int], tuple[str, str]]
) -> list[tuple[int, int]]:
    """The cells, each by row and column, where the glyph of a trace stands."""
    size, places = (picture.x.cells, picture.y.cells), _places(picture, trace.points)
    if trace.shape == "end":
        way = [point for point, _ in strokes.dashed(strokes.cut(places, size), (1, 1), 1, 1)]
        beside = [(x + far, y) for x, y in way[-1:] for far in range(1, _BESIDE + 1) if x + far < size[0]]
        cells = [(int(y), int(x)) for x, y in (*beside, *reversed(way))]
        return [cell for cell in cells if cell not in taken][:1]  # a mark is never covered
    return [(int(place[1]), int(place[0])) for place in places if place and strokes.is_inside(place, size)]


def _line(trace: Trace, picture: Picture) -> tuple[Cell, ...]:
    """What a line, or points without a glyph, draw."""
    places, size = _places(picture, trace.points), (picture.x.cells, picture.y.cells)
    marker = _marker(trace, picture)
    if trace.shape == "points":
        points = tuple((place, False) for place in places if place and strokes.is_inside(place, size))
        return _drawn(points, *size, marker)
    return _line_cells(places, *size, marker, _LIGHT if trace.is_light else ROLES[trace.role].dashes)


def _marker(trace: Trace, picture: Picture) -> str:
    """What plotext is to draw a line or points with."""
    if picture.marker != "ascii":
        return picture.marker
    is_upright = trace.role == "tangent" and len(trace.points) > 1 and len({x for x, _ in trace.points}) == 1
    return _UPRIGHT if is_upright else ROLES[trace.role].ascii


@functools.lru_cache(maxsize=64)
def _line_cells(
    places: tuple[Point | None, ...], columns: int, rows: int, marker: str, dashes: tuple[int, int]
) -> tuple[Cell, ...]:
    """What a line draws. Many a line is the same from one picture to the next: the bowl, and runs on the board."""
    pieces = strokes.pieces(strokes.thinned(strokes.cut(places, (columns, rows))))
    return tuple(cell for piece in pieces for cell in _drawn(piece, columns, rows, marker, dashes))


@functools.lru_cache(maxsize=512)
def _drawn(
    piece: tuple[Stroke, ...], columns: int, rows: int, marker: str, dashes: tuple[int, int] = (1, 1)
) -> tuple[Cell, ...]:
    """What plotext makes of a piece of a line, or of points that nothing leads to.

    plotext ends the whole process over a number that is not finite or a point far outside of the limits, and its time
    goes with the number of points. Written against plotext 6.1: these are the steps, beyond its public names, by which
    its figure draws a signal; the figure would go through all four axes each time, and take three times as long.
    """
    # Dot by dot: between points far apart plotext leaves out a dot here and there.
    dots = _CELL_DOTS.get(marker)
    piece = tuple(strokes.dashed(piece, dots, *dashes) if dots else strokes.dashed(piece, (1, 1), 1, 1))
    if not piece:
        return ()
    plotext, stuff = _plotext(), _stuff(marker)
    signal = plotext._signal.signal.signal_class(len(piece))
    for index, ((x, y), is_joined) in enumerate(piece):
        signal._append_point(x, y, stuff)
        signal._set_connected(index, is_joined)
    signal._set_marker(stuff)
    signal._plot()
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
    """The points in columns from the left and rows from the top, or None for a gap.

    They are rounded, so that what looks the same is the same.
    """
    across = picture.x.places([x for x, _ in points])
    up = picture.y.places([y for _, y in points])
    rows = picture.y.cells
    return tuple(
        None if x is None or y is None else (_near(x), _near(rows - y)) for x, y in zip(across, up, strict=True)
    )


def _near(place: float) -> float:
    if abs(place) < _NEAR:
        return place + _COARSE - _COARSE
    return min(max(place, -_FAR), _FAR)


def _ascii(text: str) -> str:
    from gdtui.terminal.characters import in_ascii  # it loads rich, which nothing else here needs

    return in_ascii(text)


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
