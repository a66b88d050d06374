"""The palette: one role, one colour, one kind of line, in every theme. Nothing else says how a role looks."""

from typing import NamedTuple


class Look(NamedTuple):
    """What text and marks of a role look like, and what its lines are made of."""

    dark: str
    """On a dark background; on a light one it is `light`."""
    light: str
    few: str = "default"
    """Of the terminal's own colours, where there are no others."""
    is_bold: bool = False
    ascii: str = "*"
    """What a line is made of in ASCII: without colour it must not look like another."""
    dashes: tuple[int, int] = (1, 1)
    """So many dots of every so many are drawn of a line."""
    shines_through: bool = False
    """Where a line lies over it, and both are of dots, the cell has the dots of both in its colour."""


_TEXT, _QUIET = ("#E6E6E6", "#1C1C1C"), ("#A8ADB3", "#545A61")
_NOW, _ROWS, _CURVE = ("#FFC46B", "#8F4700", "yellow"), ("#5FD0C5", "#0A6A62", "green"), ("#5AA9F0", "#0B5CAD", "cyan")
_WARNING = ("#FF8A80", "#B3261E", "red")

ROLES = {
    "text": Look(*_TEXT),
    "main": Look(*_TEXT, is_bold=True),
    "marked": Look(*_TEXT, is_bold=True),
    "key": Look(*_TEXT, is_bold=True),
    "dim": Look(*_QUIET),
    "axis": Look(*_QUIET),
    "good": Look("#7FD99A", "#1B6E3C", "green"),
    "warn": Look(*_WARNING),
    "bad": Look(*_WARNING, is_bold=True),
    "now": Look(*_NOW, is_bold=True),
    "next": Look(*_NOW),
    "pointer": Look(*_NOW, ascii=";"),
    "trail": Look(*_QUIET),
    "path": Look(*_QUIET, ascii=":", dashes=(1, 2)),
    "ghost": Look(*_QUIET, ascii=",", dashes=(1, 4)),
    "least": Look(*_QUIET, ascii="_", dashes=(1, 6)),
    "residual": Look(*_QUIET, ascii="'", dashes=(1, 2)),
    "minimum": Look(*_TEXT, is_bold=True),
    "rows": Look(*_ROWS, is_bold=True, ascii="#"),
    "curve": Look(*_CURVE),
    "tangent": Look("#C9A06A", "#8A5A1E", ascii="-", dashes=(3, 5), shines_through=True),
    "other": Look("#D99AE0", "#86308F", "magenta", ascii="=", dashes=(1, 2)),
    "second": Look("#B9CC6A", "#596600", "bright_green", ascii="~"),
    "third": Look("#F29CBE", "#A3305F", "bright_red", ascii='"'),
    "fourth": Look("#A9A5F5", "#5146B5", "bright_blue", ascii="$"),
}
"""Several lines of one chart, `curve` to `fourth`, have letters at their ends. What has come before is quiet, and what
belongs to this epoch's W has one colour: the next W is the same W, an epoch later."""

_ON_LIGHT = {"yellow": "bright_red", "cyan": "blue", "bright_red": "cyan"}
"""Colours of the terminal's own that cannot be read on white."""


def few_colours(is_dark: bool) -> dict[str, str]:
    """The style sheet's `role-…` where there are the terminal's own colours and no others."""
    own = {role: look.few if is_dark else _ON_LIGHT.get(look.few, look.few) for role, look in ROLES.items()}
    return {f"role-{role}": f"ansi_{colour}" for role, colour in own.items()}
