"""Prepares a line of points for drawing: clipped at the limits, split at gaps, without points that change nothing."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

Point = tuple[float, float]
"""x and y; after scaling, in columns from the left and rows from the top."""

Size = tuple[float, float]
"""Columns and rows."""

Stroke = tuple[Point, bool]
"""A point inside the limits, and whether the line connects it with the one before."""

PIECE = 16
"""How many points are drawn at once: a piece that was drawn before costs next to nothing."""

_HAIR = 2.0**-10
"""In cells. A line that leaves at the right or bottom ends this far before the limit, which belongs to the next
cell.
"""


def is_inside(point: Point, size: Size) -> bool:
    """Whether the point is in a cell."""
    return 0 <= point[0] < size[0] and 0 <= point[1] < size[1]


def cut(points: Iterable[Point | None], size: Size) -> list[Stroke]:
    """The parts of a line that are inside the limits; None is a gap in it."""
    strokes: list[Stroke] = []
    previous: Point | None = None
    for point in points:
        part = _cut_piece(previous, point, size) if previous and point else None
        if part:
            if not strokes or strokes[-1][0] != part[0]:
                strokes.append((part[0], False))
            strokes.append((part[1], True))
        elif point and is_inside(point, size):
            strokes.append((point, False))
        previous = point
    return strokes


def thinned(strokes: list[Stroke]) -> list[Stroke]:
    """The same line on cells of 2 × 4 dots, without points inside a horizontal or vertical run of dots."""
    kept: list[Stroke] = []
    dots: list[tuple[int, int]] = []
    for stroke in strokes:
        (across, down), is_joined = stroke
        dot = int(2 * across), int(4 * down)
        if is_joined and len(kept) > 1 and kept[-1][1] and _is_on_a_run(dots[-2], dots[-1], dot):
            kept.pop()
            dots.pop()
        kept.append(stroke)
        dots.append(dot)
    return kept


def dashed(strokes: Sequence[Stroke], dots: tuple[int, int], on: int, period: int) -> list[Stroke]:
    """A dashed line: its points a dot apart, of which the first `on` of every `period` are kept; `dots` are those of a
    cell.

    Dashes begin anew after each period of the line, so that its ends, other line ends and single points are kept.
    """
    points: list[Stroke] = []
    place = 0
    for (start, _), (end, is_joined) in itertools.pairwise([*strokes, ((0.0, 0.0), False)]):
        if not is_joined:
            points.append((start, False))
            continue
        # One more than there are dots: closer than a dot, so that a rounding error leaves out none.
        steps = 1 + math.floor(max(abs(b - a) * n for a, b, n in zip(start, end, dots, strict=True)))
        place = 0 if steps >= period else place
        points += [(between(start, end, s / steps), False) for s in range(steps) if (place + s) % period < on]
        place += steps
    return points


def pieces(strokes: list[Stroke]) -> Iterator[tuple[Stroke, ...]]:
    """The line in pieces of a few points, each starting where the one before ends.

    If a line grows at its end, only its last piece changes.
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


def _cut_piece(start: Point, end: Point, size: Size) -> tuple[Point, Point] | None:
    """The part of a straight line inside the limits, found axis by axis."""
    if is_inside(start, size) and is_inside(end, size):
        return start, end
    entered, left = 0.0, 1.0
    for begin, stop, length in zip(start, end, size, strict=True):
        limit = length - _HAIR
        if begin == stop:
            if not 0 <= begin <= limit:
                return None
            continue
        borders = sorted((-begin / (stop - begin), (limit - begin) / (stop - begin)))
        entered, left = max(entered, borders[0]), min(left, borders[1])
    if entered > left:
        return None
    one, other = (between(start, end, part) for part in (entered, left))
    return _kept_inside(one, size), _kept_inside(other, size)


def _kept_inside(point: Point, size: Size) -> Point:
    """The point, corrected if a rounding error puts it outside."""
    return min(size[0] - _HAIR, max(0.0, point[0])), min(size[1] - _HAIR, max(0.0, point[1]))


def between(start: Point, end: Point, part: float) -> Point:
    """The point at this part of the way from `start` to `end`; exact at both ends."""
    if part in (0.0, 1.0):
        return end if part else start
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
