"""Text colours that are readable on their backgrounds (WCAG 2, contrast)."""

from collections.abc import Iterable
from functools import lru_cache

from textual.color import BLACK, WHITE, Color

from gdtui.ui.common.palette import ROLES

LEAST_RATIO = 4.5
STEPS = 20


def colours(is_dark: bool, backgrounds: Iterable[str]) -> dict[str, str]:
    """The style sheet's `role-…` colours in a theme, each changed as far as necessary to be readable on these
    backgrounds.
    """
    own = {f"role-{role}": look.dark if is_dark else look.light for role, look in ROLES.items()}
    behind = list(backgrounds)
    readable = {colour: made_readable(colour, behind) for colour in {*own.values()}}
    return {role: readable[colour] for role, colour in own.items()}


def made_readable(colour: str, backgrounds: Iterable[str]) -> str:
    """The colour mixed with as much black or white as necessary to be readable on each background."""
    text, behind = Color.parse(colour), [Color.parse(background) for background in backgrounds]
    other = max((BLACK, WHITE), key=lambda end: min(ratio(end, background) for background in behind))
    for step in range(STEPS + 1):
        mixed = text.blend(other, step / STEPS)
        if all(ratio(mixed, background) >= LEAST_RATIO for background in behind):
            return mixed.hex if step else colour
    return other.hex


def ratio(first: Color, second: Color) -> float:
    """The contrast ratio of two colours: 1 for equal ones, 21 for black and white."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache
def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
