"""Scrolled: a panel of more lines than it may have room for."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len

from gdtui.text import _
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Panel


class Scrolled(Panel):
    """Shows as many of its lines as there is room for, and says in its border which."""

    scroll_keys: ClassVar[str] = "↑ ↓"
    """The keys that scroll it, as people read them."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name for it
        super().__init__(id=id)
        self.top = 0
        """The first line that is seen."""

    def lines(self, width: int) -> Sequence[Row]:
        """All lines, for so many cells across."""
        raise NotImplementedError

    def note(self) -> str:
        """What stands in the lower border; nothing to have it say which lines are seen."""
        return ""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines that are seen; where there are more, the border says so."""
        lines = self.lines(width)
        self.top = max(0, min(self.top, len(lines) - height))
        last = min(self.top + height, len(lines))
        seen = {"first": self.top + 1, "last": last, "all": len(lines), "keys": self.scroll_keys}
        more = _("lines {first} to {last} of {all}: {keys}", **seen)
        if cell_len(more) > width - 2:  # the border has a line and a blank at either end of it
            more = _("{first}–{last} of {all}: {keys}", **seen)
        self.inscribe(note=self.note() or (more if len(lines) > height else ""))
        return lines[self.top : last]

    def scroll_lines(self, by: int) -> None:
        """See so many lines further down, or up."""
        self.top = max(0, self.top + by)
        self.repaint()
