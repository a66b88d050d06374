"""A canvas of cells: what is drawn is laid over what is there, and a cell belongs to one line."""

import itertools
from collections.abc import Iterable, Sequence

from gdtui.ui.common.palette import ROLES

Row = tuple[tuple[str, str], ...]
"""Runs of (text, role), together as wide as the canvas."""

Cell = tuple[int, int, str]
"""A row, a column, and the character there."""

_BRAILLE = 0x2800
_QUADRANTS = " ▗▖▄▝▐▞▟▘▚▌▙▀▜▛█"
"""The blocks of 2 × 2 dots, each in the place that its dots make as bits."""

_DOTS = {chr(_BRAILLE + dots): dots for dots in range(256)} | {block: dots for dots, block in enumerate(_QUADRANTS)}


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
