"""Panel: a widget that draws rows of text, and repaints the rows that changed and nothing else."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import var
from textual.strip import Strip
from textual.widget import Widget

from gdtui.lab.moment import Moment
from gdtui.ui.rows import Row, fit


class Panel(Widget):
    """Shows a moment of the run. What it draws is decided in `paint`, a function of plain values and the size."""

    ROLES: ClassVar[tuple[str, ...]] = ()
    """The roles its rows use, besides `text`; every one costs a little time before the first frame."""
    can_focus = False

    moment: var[Moment | None] = var(None)
    """What is shown; None until torch is loaded. Bound to the screen's."""

    def __init_subclass__(cls, can_focus: bool | None = None) -> None:
        """Have the style sheet know the roles."""
        cls.COMPONENT_CLASSES = {f"panel--{role}" for role in ("text", *cls.ROLES)}
        super().__init_subclass__(can_focus=can_focus)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name for it
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The rows to show, at most `height`; missing ones stay blank."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Draw again, and refresh what has changed."""
        width, height = self.content_size
        if not width or not height:
            return
        rows = tuple(fit(row, width) for row in self.paint(width, height)[:height])
        rows += (fit((), width),) * (height - len(rows))
        before, self._rows = self._rows, rows
        if len(before) != len(rows) or sum(len(text) for text, _ in before[0]) != width:
            self.refresh()
        elif changed := [y for y, row in enumerate(rows) if row != before[y]]:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """One row of the content as Textual wants it."""
        width = self.content_size.width
        row = self._rows[y] if y < len(self._rows) else fit((), width)
        styles = {role: self.get_component_rich_style(f"panel--{role}") for _, role in row}
        return Strip([Segment(text, styles[role]) for text, role in row], width)

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.repaint()

    def watch_moment(self) -> None:
        """Draw the new moment."""
        self.repaint()
