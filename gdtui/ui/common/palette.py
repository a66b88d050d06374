"""The palette: each role has one colour and one kind of line in every theme. The look of a role is defined only
here.
"""

from typing import NamedTuple


class Look(NamedTuple):
    """The look of a role's text, marks and lines."""

    dark: str
    """On a dark background; `light` is for a light one."""
    light: str
    few: str = "default"
    """The colour if there are only the terminal's own."""
    is_bold: bool = False
    ascii: str = "*"
    """The character for lines in ASCII, different for each role because there may be no colour."""
    dashes: tuple[int, int] = (1, 1)
    """How many dots of a line are drawn out of how many."""
    shines_through: bool = False
    """Whether a cell that a line crosses over it keeps the dots of both, in the line's colour."""


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
"""The lines `curve` to `fourth` of one chart have letters at their ends. The past is muted, and everything that belongs
to this epoch's W has one colour, including the next W.
"""

_ON_LIGHT = {"yellow": "bright_red", "cyan": "blue", "bright_red": "cyan"}
"""Replacements for the terminal's colours that cannot be read on white."""


def few_colours(is_dark: bool) -> dict[str, str]:
    """The style sheet's `role-…` colours if there are only the terminal's own."""
    own = {role: look.few if is_dark else _ON_LIGHT.get(look.few, look.few) for role, look in ROLES.items()}
    return {f"role-{role}": f"ansi_{colour}" for role, colour in own.items()}
