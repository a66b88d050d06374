"""Draws curves and points with plotext as rows of text, in runs that name their role."""

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
"""Runs of (text, role), together as wide as the picture."""

Cell = tuple[int, int, str]
"""A row, a column, and the character there."""

Marker = Literal["braille", "hd", "ascii"]
"""What lines are made of: braille (2 × 4 dots per cell), blocks (2 × 2 per cell), or ASCII."""

AXIS = "axis"
"""The role of the axes, their labels, and all blank cells."""

_FAR = 1e12
"""In cells. A line to a point further away looks the same if it ends here."""
_NEAR = 1e6
"""In cells. Positions closer than this are rounded."""
_COARSE = 1.5 * 2.0**32
"""The last bit of a double of this size is 2^-20: adding it to a position and subtracting it again rounds the
position.
"""
_UPRIGHT = "|"
"""The character of a vertical tangent in ASCII."""
_LIGHT = (1, 2)
"""The dashes of a line between points that matter."""
_BESIDE = 4
"""The most letters beside the same end of a line."""
_BRAILLE = 0x2800
_QUADRANTS = " ▗▖▄▝▐▞▟▘▚▌▙▀▜▛█"
"""The blocks of 2 × 2 dots, indexed by the bits of their dots."""

_DOTS = {chr(_BRAILLE + dots): dots for dots in range(256)} | {block: dots for dots, block in enumerate(_QUADRANTS)}
_CELL_DOTS = {"braille": (2, 4), "hd": (2, 2)}
_SAMPLES = {"braille": " " + "".join(map(chr, (0x2804, 0x2820, 0x2824))), "hd": " ▖▗▄"}
"""A cell of a horizontal line with no dot, with the left one, the right one, and both."""


class Trace(msgspec.Struct, frozen=True):
    """One line, or one set of points, in the units of the data."""

    points: Sequence[Point]
    """In drawing order. A number that is not finite, or not positive on a log scale, leaves a gap."""
    role: str
    """Its meaning in the chart: `curve`, `now`, `ghost` …"""
    shape: Literal["line", "points", "end"] = "line"
    glyph: str = ""
    """One character, one cell wide, drawn at every point over all lines.

    With the shape `end` it is drawn once, beside the end of the line or, if there is no space, as near to it on the
    line as
    possible; not at all if it would cover another.
    """
    is_light: bool = False
    """The line between points that matter is drawn lighter than the points."""


class Wanted(msgspec.Struct, frozen=True):
    """Something that a complete picture needs but that takes too long to wait for."""

    key: object
    """Identifies it; the same picture asks for the same key."""
    job: Callable[[Callable[[], bool]], object]
    """Computes it, so that the next picture has it. Its argument tells whether it was cancelled."""


class Picture(msgspec.Struct, frozen=True):
    """Everything that determines a drawing."""

    width: int
    height: int
    x: Scale
    y: Scale
    traces: tuple[Trace, ...] = ()
    """Later ones are drawn over earlier ones, and glyphs over everything else."""
    marker: Marker = "braille"
    x_title: str = ""
    """Shown in the row of the x labels if there is space, such as `epoch`."""
    strip: str = ""
    """An extra row under the axis with one character per column; empty for none."""
    wanted: Wanted | None = None
    """What is drawn as not known yet."""


def draw(picture: Picture) -> tuple[Row, ...]:
    """Exactly `height` rows, each exactly `width` cells wide, at any size.

    plotext draws the axes, and lines piece by piece, as most pieces are the same from one picture to the next. There is
    only
    one plotext figure per process, so only one thread may draw.
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
    """Rows of text in the role `ground`, with characters drawn over them: each with row, column and role.

    Dots merge with dots of the same role or of one that shines through; anything else replaces the cell.
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
    """One character drawn over another; if both are made of dots, the dots of both."""
    if before == " " or before not in _DOTS or character not in _DOTS:
        return character
    dots = _DOTS[before] | _DOTS[character]
    return chr(_BRAILLE + dots) if character >= chr(_BRAILLE) else _QUADRANTS[dots]


def mark(glyph: str, marker: Marker) -> str:
    """The glyph as the marker draws it."""
    return _ascii(glyph) if marker == "ascii" else glyph


def sample(role: str, marker: Marker) -> str:
    """A sample of a line in this role: two of its dashes."""
    if marker == "ascii":
        return 2 * ROLES[role].ascii
    on, period = ROLES[role].dashes
    dots = [place % period < on for place in range(period + on + 1)]
    return "".join(_SAMPLES[marker][left + 2 * right] for left, right in zip(dots[::2], dots[1::2], strict=False))


def prepare() -> bool:
    """Import plotext now, so that the first drawing need not wait; return whether it is there."""
    with host_errors():
        return bool(_plotext())


@functools.cache
def _plotext() -> Any:
    """plotext, set up once. Importing takes 75 ms, too long before the first paint."""
    import plotext

    plotext.terminal.limit(False, False)
    figure = plotext.figure.theme("colorless").legend(False).axes(False)
    figure.ruler(["x", "y"]).lim(0, 1)
    figure.ruler(["x", "y"]).ticks([], [])
    return plotext


@functools.lru_cache(maxsize=64)
def _frame(x: Scale, y: Scale, width: int, height: int, is_ascii: bool, title: str) -> tuple[str, ...]:
    """The axes with their ticks, if the scales leave space for them."""
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
    """The cells of a trace's glyph, as (row, column)."""
    size, places = (picture.x.cells, picture.y.cells), _places(picture, trace.points)
    if trace.shape == "end":
        way = [point for point, _ in strokes.dashed(strokes.cut(places, size), (1, 1), 1, 1)]
        beside = [(x + far, y) for x, y in way[-1:] for far in range(1, _BESIDE + 1) if x + far < size[0]]
        cells = [(int(y), int(x)) for x, y in (*beside, *reversed(way))]
        return [cell for cell in cells if cell not in taken][:1]  # a mark is never covered
    return [(int(place[1]), int(place[0])) for place in places if place and strokes.is_inside(place, size)]


def _line(trace: Trace, picture: Picture) -> tuple[Cell, ...]:
    """The cells of a line, or of points without a glyph."""
    places, size = _places(picture, trace.points), (picture.x.cells, picture.y.cells)
    marker = _marker(trace, picture)
    if trace.shape == "points":
        points = tuple((place, False) for place in places if place and strokes.is_inside(place, size))
        return _drawn(points, *size, marker)
    return _line_cells(places, *size, marker, _LIGHT if trace.is_light else ROLES[trace.role].dashes)


def _marker(trace: Trace, picture: Picture) -> str:
    """The plotext marker for a line or points."""
    if picture.marker != "ascii":
        return picture.marker
    is_upright = trace.role == "tangent" and len(trace.points) > 1 and len({x for x, _ in trace.points}) == 1
    return _UPRIGHT if is_upright else ROLES[trace.role].ascii


@functools.lru_cache(maxsize=64)
def _line_cells(
    places: tuple[Point | None, ...], columns: int, rows: int, marker: str, dashes: tuple[int, int]
) -> tuple[Cell, ...]:
    """The cells of a line, which are cached: many lines, such as the bowl and runs on the board, do not change."""
    pieces = strokes.pieces(strokes.thinned(strokes.cut(places, (columns, rows))))
    return tuple(cell for piece in pieces for cell in _drawn(piece, columns, rows, marker, dashes))


@functools.lru_cache(maxsize=512)
def _drawn(
    piece: tuple[Stroke, ...], columns: int, rows: int, marker: str, dashes: tuple[int, int] = (1, 1)
) -> tuple[Cell, ...]:
    """The cells that plotext draws for a piece of a line, or for single points.

    plotext ends the whole process for a number that is not finite or far outside the limits, and its time grows with
    the
    number of points. Written for plotext 6.1: these are the internal steps with which its figure draws a signal; the
    figure
    would go through all four axes each time, and take three times as long.
    """
    # Dot by dot: between distant points plotext sometimes leaves out a dot.
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
    """plotext's own marker object for a line."""
    return _plotext().marker(marker)


def _lines_of(matrix: Any) -> list[str]:
    """What plotext has drawn, line by line."""
    text: str = matrix.string(colorless=True)
    return text.split("\n")[:-1]


def _places(picture: Picture, points: Sequence[Point]) -> tuple[Point | None, ...]:
    """The points in columns from the left and rows from the top; None for a gap.

    They are rounded, so that what looks the same is equal.
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
    from gdtui.terminal.characters import in_ascii  # imports rich, which nothing else here needs

    return in_ascii(text)


def _titled(labels: str, title: str) -> str:
    """The row of x labels with the title after or before the last label, or without it if neither fits."""
    size = cells(title)
    used = labels.rstrip()
    last = used.rfind(" ") + 1
    before = used[:last].rstrip()
    if len(labels) - len(used) >= size + 2:
        return used + " " * (len(labels) - len(used) - size) + title
    if last - len(before) >= size + 4:
        return before + " " * (last - 2 - size - len(before)) + title + "  " + labels[last:]
    return labels
