"""The legend: one mark and one kind of line means one thing on all charts."""

from collections.abc import Iterable
from typing import Literal

from gdtui.ui.charts.canvas import Row
from gdtui.ui.charts.figure import Marker, mark, sample

Sign = (
    Literal["now", "next", "minimum", "row", "kept back", "epoch", "cursor", "tangent", "before", "least", "exact"]
    | Literal["downhill", "other", "limit", "training", "validation"]
)

MARKS: dict[Sign, tuple[str, str]] = {
    "now": ("●", "now"),
    "next": ("○", "next"),
    "minimum": ("×", "minimum"),
    "row": ("◆", "rows"),
    "kept back": ("□", "rows"),
    "epoch": ("•", "trail"),
    "cursor": ("┼", "pointer"),
}
"""The glyph of each sign that is a mark, and its role."""

LINES: dict[Sign, tuple[str, str]] = {
    "training": ("training", "curve"),
    "validation": ("validation v", "second"),
    "tangent": ("tangent", "tangent"),
    "before": ("epoch before", "ghost"),
    "least": ("least", "least"),
    "exact": ("H(x) = y", "least"),
    "downhill": ("−gradient", "tangent"),
    "other": ("another run", "other"),
    "limit": ("limit", "least"),
}
"""The words for each sign that is a line, and its role."""

GAP = "  "


def legend(signs: Iterable[Sign], marker: Marker, width: int, height: int) -> list[Row]:
    """What the signs mean, as many as there is room for; the marks come first."""
    shown = set(signs)
    rows: list[list[tuple[str, str]]] = [[]]
    for sign in (*MARKS, *LINES):
        if sign not in shown:
            continue
        words, role = LINES.get(sign) or (sign, MARKS[sign][1])
        figure = mark(MARKS[sign][0], marker) if sign in MARKS else sample(role, marker)
        used = sum(len(text) for text, _ in rows[-1])
        if rows[-1] and used + len(f"{GAP}{figure} {words}") > width:
            rows.append([])
        rows[-1] += [(GAP if rows[-1] else "", "axis"), (figure, role), (f" {words}", "axis")]
    return [tuple(row) for row in rows[:height]]
