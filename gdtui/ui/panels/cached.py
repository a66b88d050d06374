"""Still: a widget whose lines are asked for in every frame, and made only after something of it has changed."""

from typing import Any, Self

from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

Lines = tuple[Region, list[Strip]]
"""A part of a widget, and the lines of it."""


class CachedWidget(Widget):
    """Hands out the lines of the frame before for as long as it is neither refreshed nor styled anew.

    Textual asks every widget between the first changed row and the last one for all of its lines, and goes through its
    colours and its border each time: half the time of a small change, for widgets that show what they showed.
    """

    _lines: Lines | None = None
    """What was handed out last."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget."""
        if self._lines is None or self._lines[0] != crop:
            self._lines = crop, super().render_lines(crop)
        return self._lines[1]

    def refresh(self, *regions: Region, **how: Any) -> Self:
        """Have lines made anew."""
        self._lines = None
        return super().refresh(*regions, **how)

    def notify_style_update(self) -> None:
        """Have lines made anew in the new style."""
        self._lines = None
        super().notify_style_update()


class CachedContainer(CachedWidget, Container):
    """A container of such widgets."""
