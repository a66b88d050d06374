"""A line of points made fit to draw: cut at the limits, split at gaps, and without points that change nothing."""

from collections.abc import Iterable, Iterator

Point = tuple[float, float]
"""x and y in lengths of the axes: inside of the limits where both are from 0 to 1."""

Stroke = tuple[Point, bool]
"""A point inside of the limits, and whether the line leads to it from the one before."""

PIECE = 16
"""How many points of a line are drawn at once: a piece that has been drawn before costs next to nothing."""

MIDDLE = 0.5
"""Where the limits stand in the outermost cells."""

_FIRST, _BOTH = MIDDLE + 0.0016585662, 2 * MIDDLE + 0.0031747182
"""The room between the border and the limits, in cells: at the lower limit, and at both together."""


def is_inside(point: Point) -> bool:
    """Whether the point is inside of the limits."""
    return 0 <= point[0] <= 1 and 0 <= point[1] <= 1


def cut(points: Iterable[Point | None]) -> list[Stroke]:
    """The parts of a line that are inside of the limits; None is a gap in it."""
    strokes: list[Stroke] = []
    previous: Point | None = None
    for point in points:
        part = _cut_piece(previous, point) if previous and point else None
        if part:
            if not strokes or strokes[-1][0] != part[0]:
                strokes.append((part[0], False))
            strokes.append((part[1], True))
        elif point and is_inside(point):
            strokes.append((point, False))
        previous = point
    return strokes


def in_cells(point: Point, columns: int, rows: int) -> Point:
    """How many columns from the left and rows from the top a point is.

    The limits stand in the middle of the outermost cells, a hair inside, as plotext has them.
    """
    x, y = point
    return _FIRST + (columns - _BOTH) * x, _FIRST + (rows - _BOTH) * (1 - y)


def thinned(strokes: list[Stroke], columns: int, rows: int) -> list[Stroke]:
    """The same line on so many cells of 2 × 4 dots: without the points inside of a level or an upright run of dots."""
    kept: list[Stroke] = []
    dots: list[tuple[int, int]] = []
    for stroke in strokes:
        point, is_joined = stroke
        across, down = in_cells(point, columns, rows)
        dot = int(2 * across), int(4 * down)
        if is_joined and len(kept) > 1 and kept[-1][1] and _is_on_a_run(dots[-2], dots[-1], dot):
            kept.pop()
            dots.pop()
        kept.append(stroke)
        dots.append(dot)
    return kept


def pieces(strokes: list[Stroke]) -> Iterator[tuple[Stroke, ...]]:
    """The line in pieces of a few points, each from where the one before ends.

    A line that has grown at its end has the same pieces but for the last.
    """
    for start in range(0, len(strokes), PIECE):
        piece = strokes[start : start + PIECE]
        if piece[0][1]:
            piece.insert(0, (strokes[start - 1][0], False))
        yield tuple(piece)


def _is_on_a_run(start: tuple[int, int], middle: tuple[int, int], end: tuple[int, int]) -> bool:
    for along, across in ((0, 1), (1, 0)):
        if start[across] == middle[across] == end[across]:
            return start[along] <= middle[along] <= end[along] or start[along] >= middle[along] >= end[along]
    return False


def _cut_piece(start: Point, end: Point) -> tuple[Point, Point] | None:
    """The part of a straight line that is inside of the limits, found axis by axis."""
    if is_inside(start) and is_inside(end):
        return start, end
    entered, left = 0.0, 1.0
    for begin, stop in zip(start, end, strict=True):
        if begin == stop:
            if not 0 <= begin <= 1:
                return None
            continue
        borders = sorted((-begin / (stop - begin), (1 - begin) / (stop - begin)))
        entered, left = max(entered, borders[0]), min(left, borders[1])
    if entered > left:
        return None
    return _between(start, end, entered), _between(start, end, left)


def _between(start: Point, end: Point, part: float) -> Point:
    """The point so far from `start` to `end`: exact at both ends, and never outside by a rounding error."""
    if part in (0.0, 1.0):
        return end if part else start
    x, y = (begin + (stop - begin) * part for begin, stop in zip(start, end, strict=True))
    return min(1.0, max(0.0, x)), min(1.0, max(0.0, y))
