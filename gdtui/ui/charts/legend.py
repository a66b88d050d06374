"""The legend: each mark and each kind of line means the same in all charts."""

from collections.abc import Iterable
from typing import Literal

from gdtui.text import _, cells
from gdtui.ui.charts.figure import Marker, Row, mark, sample

Sign = (
    Literal["now", "next", "minimum", "valley", "hill", "saddle", "row", "kept back", "cursor", "tangent", "before"]
    | Literal["epoch", "last epochs"]
    | Literal["target 1", "target 2", "target 3", "target 4", "error", "secant", "run", "before"]
    | Literal["least", "exact", "border", "downhill", "other", "limit", "training", "validation"]
)

TARGETS: tuple[Sign, ...] = ("target 1", "target 2", "target 3", "target 4")
"""Rows of several targets in one chart; each has its own line, with the number at its end."""

SIGNS: dict[Sign, tuple[str, str, str]] = {
    "now": ("●", "now", _("now")),
    "next": ("○", "next", _("next")),
    "minimum": ("×", "minimum", _("minimum")),
    "valley": ("×", "minimum", _("valley")),
    "hill": ("∩", "minimum", _("hill")),
    "saddle": ("◇", "minimum", _("saddle")),
    "row": ("◆", "rows", _("row")),
    "target 1": ("◆", "curve", _("target 1")),
    "target 2": ("■", "second", _("target 2")),
    "target 3": ("◉", "third", _("target 3")),
    "target 4": ("◈", "fourth", _("target 4")),
    "kept back": ("□", "rows", _("kept back")),
    "epoch": ("•", "trail", _("epoch")),
    "last epochs": ("•", "trail", _("last epochs")),
    "cursor": ("┼", "pointer", _("cursor")),
    "training": ("", "curve", _("training")),
    "validation": ("", "second", _("v validation")),
    "tangent": ("", "tangent", _("tangent")),
    "secant": ("", "tangent", _("through a and b")),
    "run": ("", "residual", _("run, rise")),
    "error": ("", "residual", _("error")),
    "before": ("", "ghost", _("previous epoch")),
    "least": ("", "least", _("bottom")),
    "exact": ("", "least", "H(x) = y"),
    "border": ("", "least", "H(x) = 0.5"),
    "downhill": ("", "tangent", _("−gradient")),
    "other": ("", "other", _("another run")),
    "limit": ("", "least", _("limit")),
}
"""For each sign: its glyph, or empty for a line; its role; and its name. Marks come first."""

GAPS = (("  ", " "), (" ", " "), (" ", ""))
"""The gap between two signs, and before later rows, which in a lesson are beside the end of a frame.

Narrower gaps are used if all signs then fit into fewer rows."""


def legend(signs: Iterable[Sign], marker: Marker, width: int) -> list[Row]:
    """The meanings of the signs, in as many rows as needed; marks come first."""
    shown = set(signs)
    return min((_in_rows(shown, marker, width, *gaps) for gaps in GAPS), key=len)


def _in_rows(shown: set[Sign], marker: Marker, width: int, gap: str, indent: str) -> list[Row]:
    rows: list[list[tuple[str, str]]] = [[]]
    for glyph, role, words in (known for sign, known in SIGNS.items() if sign in shown):
        figure = mark(glyph, marker) if glyph else sample(role, marker)
        used, before = sum(cells(text) for text, _role in rows[-1]), gap if rows[-1] else ""
        if rows[-1] and used + cells(f"{gap}{figure} {words}") > width:
            rows.append([])
            before = indent
        rows[-1] += [(before, "axis"), (figure, role), (f" {words}", "axis")]
    return [tuple(row) for row in rows]
