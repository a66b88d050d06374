"""A canvas of cells: what is drawn is laid over what is there, dots beside dots and characters over characters."""

import itertools

Row = tuple[tuple[str, str], ...]
"""Runs of (text, role), together as wide as the canvas."""

Cell = tuple[int, int, str]
"""A row, a column, and the character there."""

_BRAILLE = 0x2800
_QUADRANTS = " ▗▖▄▝▐▞▟▘▚▌▙▀▜▛█"
"""The blocks of 2 × 2 dots, each in the place that its dots make as bits."""

_DOTS = {chr(_BRAILLE + dots): dots for dots in range(256)} | {block: dots for dots, block in enumerate(_QUADRANTS)}


class Canvas:
    """Rows of text to draw on."""

    def __init__(self, rows: tuple[str, ...], role: str) -> None:
        """`rows` are what lies at the bottom, in a role."""
        self._under = rows
        self._ground = role
        self._texts: dict[int, list[str]] = {}
        self._roles: dict[int, list[str]] = {}

    def put(self, row: int, column: int, character: str, role: str) -> None:
        """Draw in one cell: dots join those that are there, anything else takes their place, and all is of the role."""
        if row not in self._texts:
            self._texts[row] = list(self._under[row])
            self._roles[row] = [self._ground] * len(self._under[row])
        self._texts[row][column] = joined(self._texts[row][column], character)
        self._roles[row][column] = role

    def rows(self) -> tuple[Row, ...]:
        """What there is to see now."""
        return tuple(self._row(row) for row in range(len(self._under)))

    def _row(self, row: int) -> Row:
        if row not in self._texts:
            return ((self._under[row], self._ground),)
        runs, start = [], 0
        for role, cells in itertools.groupby(self._roles[row]):
            end = start + len(list(cells))
            runs.append(("".join(self._texts[row][start:end]), role))
            start = end
        return tuple(runs)


def joined(before: str, character: str) -> str:
    """One character over another: with the dots of both where both are of dots."""
    if before == " " or before not in _DOTS or character not in _DOTS:
        return character
    dots = _DOTS[before] | _DOTS[character]
    return chr(_BRAILLE + dots) if character >= chr(_BRAILLE) else _QUADRANTS[dots]
