"""The base of the views: lines of text that follow the run, scrolled where there are too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from gdtui.lab.desk import Desk
from gdtui.lab.moment import Moment, Unknown
from gdtui.ui.rows import Row
from gdtui.ui.widgets.panel import Panel

if TYPE_CHECKING:
    from gdtui.ui.screens.lab import LabScreen


LARGE = 20_000
"""Data of more rows than this is not gone through anew in every frame while it plays."""


class LabView(Panel):
    """Shows what is on the desk in one way. What it shows is decided in `lines`, from what `follow` took in."""

    name: ClassVar[str]
    """The name that commands know it by."""
    title: ClassVar[str]
    """What stands in its border."""

    def __init__(self) -> None:
        super().__init__()
        self.inscribe(title=self.title)
        self.top = 0
        """The first line that is seen."""
        self.parameter = 0
        """The parameter chosen for the charts, which comes first where there is no room for all."""

    def follow(self, desk: Desk, moment: Moment) -> None:
        """Take in what is to be shown now; called after every key and every frame while the view is open."""
        raise NotImplementedError

    def lines(self, width: int) -> Sequence[Row]:
        """All lines, for so many cells across."""
        raise NotImplementedError

    @property
    def unknown(self) -> frozenset[Unknown]:
        """What of the epoch the numbers and the charts are not to tell yet."""
        return frozenset()

    def do(self, name: str, lab: LabScreen, count: int) -> None:
        """Carry out a command of this view's own, by its name."""
        raise NotImplementedError

    def leave(self) -> None:
        """The view is closed: whatever it had under way ends."""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines that are seen; where there are more, the border says so."""
        lines = self.lines(width)
        self.top = max(0, min(self.top, len(lines) - height))
        last = min(self.top + height, len(lines))
        hidden = f"lines {self.top + 1} to {last} of {len(lines)}: ↑ ↓" if len(lines) > height else ""
        self.inscribe(note=self.note() or hidden)
        return lines[self.top : last]

    def note(self) -> str:
        """What stands in the lower border; nothing to have it say which lines are seen."""
        return ""

    def scroll_lines(self, by: int) -> None:
        """See so many lines further down, or up."""
        self.top = max(0, self.top + by)
        self.repaint()

    @property
    def page(self) -> int:
        """How many lines further a page is."""
        return max(1, self.content_size.height - 1)
