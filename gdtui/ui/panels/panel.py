"""Panel: a widget that draws rows of text, and repaints only the rows that changed."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, ClassVar, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import RenderResult
from textual.color import Color
from textual.containers import Container
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import var
from textual.renderables.blank import Blank
from textual.screen import Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget

from gdtui.lab.frame import Frame
from gdtui.text import _
from gdtui.ui.common.arrows import with_arrow_keys
from gdtui.ui.common.palette import ROLES
from gdtui.ui.common.rows import Row, fit, with_ascii_arrows
from gdtui.ui.common.status import Status

Lines = tuple[Region, list[Strip]]
"""A part of a widget, and its lines."""


class CachedWidget(Widget):
    """Returns the same lines as before until it is refreshed or restyled.

    Textual asks every widget between the first and the last changed row for all its lines, and computes its colours and
    border each time. For unchanged widgets that takes half the time of a small change.
    """

    _lines: Lines | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget."""
        if self._lines is None or self._lines[0] != crop:
            self._lines = crop, super().render_lines(crop)
        return self._lines[1]

    def refresh(self, *regions: Region, **how: Any) -> Self:
        """Discard the cached lines."""
        self._lines = None
        return super().refresh(*regions, **how)

    def notify_style_update(self) -> None:
        """Discard the cached lines, because the style has changed."""
        self._lines = None
        super().notify_style_update()


class CachedContainer(CachedWidget, Container):
    """A container of cached widgets."""

    def render(self) -> RenderResult:
        """Its background, also as long as it is empty: Textual would write its class's name."""
        return Blank(self.background_colors[1])


class PanelScreen(CachedWidget, Screen[ScreenResultType]):
    """A screen with panels."""


class Panel(CachedWidget):
    """Shows a frame of the run. `paint` decides what to draw, as a function of plain values and the size."""

    can_focus = False
    is_exact: ClassVar[bool] = False
    """Whether `paint` returns exactly the width asked for; otherwise its rows are cut or padded."""
    shows: "ClassVar[attrgetter[Any] | None]" = None
    """What it shows of a frame, if that rarely changes: as long as this stays equal, it is not redrawn."""

    frame: var[Frame | None] = var(None)
    """The frame shown; None until torch is loaded. Bound to the screen's."""
    status: var[Status] = var(Status())
    """What the screen is doing; bound to the screen's where it is needed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name for it
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self._painted_size = Size()
        """The size that the rows were painted for."""
        self._styles: dict[str, Style] = {}
        """The style of each role here, until the style changes."""
        self._title = self._note = self._shown = ""
        self._border: tuple[Region, ...] = ()
        """The row of the border that is being written."""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The rows to show, at most `height`; missing ones are blank."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Paint again, and refresh the rows that changed."""
        before, size = self._rows, self._painted_size
        if not self.content_size:
            return
        self._paint_rows()
        if size != self._painted_size:
            self.refresh()
        elif changed := [y for y, row in enumerate(self._rows) if row != before[y]]:
            lines = self._lines
            self.refresh(*(Region(0, y, size.width, 1) for y in changed))
            self._lines = self._with_rows(lines, changed)

    def _paint_rows(self) -> None:
        width, height = self._painted_size = self.content_size
        painted = self.paint(width, height)[:height]
        if getattr(self.app, "is_ascii", False) and not self.is_exact:
            painted = [with_ascii_arrows(row, width) for row in painted]
        rows = tuple(painted) if self.is_exact else tuple(fit(row, width) for row in painted)
        self._rows = rows + (fit((), width),) * (height - len(rows))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the widget. Textual asks for them before it announces a new size."""
        if self.content_size and self._painted_size != self.content_size:
            self._paint_rows()
        return super().render_lines(crop)

    on_resize = watch_status = repaint

    def watch_frame(self, before: Frame | None, frame: Frame | None) -> None:
        """Draw the frame, unless nothing that is shown has changed."""
        if not (self.shows and before and frame and self.shows(before) == self.shows(frame)):
            self.repaint()

    def _with_rows(self, lines: Lines | None, changed: Sequence[int]) -> Lines | None:
        """The previous lines with the changed rows replaced, between the same borders.

        For each row, Textual would go through the styles of everything around it, which takes most of a frame's time.
        """
        if lines is None or lines[0] != self.outer_size.region:
            return None
        (left, top), strips = self.content_offset, lines[1].copy()
        line = strips[top + changed[0]]
        before, after = list(line.crop(0, left)), list(line.crop(left + self.content_size.width))
        for y in changed:
            strips[top + y] = Strip([*before, *self.render_line(y), *after], lines[0].width)
        return lines[0], strips

    def notify_style_update(self) -> None:
        """Forget the styles of the roles."""
        self._styles.clear()
        super().notify_style_update()

    def inscribe(self, *, title: str | None = None, note: str | None = None) -> None:
        """Write in the border; None leaves the old text. The note follows the title if there is no lower border."""
        title, note = self._title if title is None else title, self._note if note is None else note
        has_sides, has_lower = (
            edge[0] not in ("", "none") for edge in (self.styles.border_left, self.styles.border_bottom)
        )
        both = f"{title} ─ {note}"
        shown = both if note and not has_lower and cell_len(both) + 4 <= self.size.width else title
        if (title, note, shown) == (self._title, self._note, self._shown):
            return
        y = 0 if shown != self._shown else self.outer_size.height - 1
        self._border = (Region(0, y, self.outer_size.width, 1).translate(-self.content_offset),)
        self._title, self._note, self._shown = title, note, shown
        space = "" if has_sides else " "
        self.border_title = Content(f"{space}{shown}{space}" if shown else "")
        self.border_subtitle = Content(f"{space}{note}{space}" if note else "")
        self._border = ()

    def refresh(self, *regions: Region, **how: Any) -> Self:
        """Redraw only the row of the border that is being written; Textual would redraw everything."""
        return super().refresh(*(regions or self._border), **how)

    def render_line(self, y: int) -> Strip:
        """One row of the content in Textual's form."""
        row = self._rows[y] if y < len(self._rows) else fit((), self.content_size.width)
        return Strip(Segment(text, self._style(role)) for text, role in row)

    def _style(self, role: str) -> Style:
        if not self._styles:
            self._styles[""] = Style(bgcolor=self.rich_style.bgcolor)
        if role not in self._styles:
            colour = Color.parse(self.app.theme_variables[f"role-{role}"]).rich_color
            style = self._styles[""] + Style(color=colour, bold=ROLES[role].is_bold)
            # What Textual does to colours in the end, such as for NO_COLOR, is done once for all texts of a role.
            segments = [Segment(" ", style)]
            for line_filter in self.get_line_filters():
                segments = line_filter.apply(segments, self.background_colors[1])
            self._styles[role] = segments[0].style or style
        return self._styles[role]


class Scrolled(Panel):
    """Shows as many of its lines as fit, and says in its border which ones."""

    scroll_keys = "↑ ↓"
    """The keys that scroll it, as people read them; empty if none do."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name for it
        super().__init__(id=id)
        self.top = 0

    def lines(self, width: int) -> Sequence[Row]:
        """All lines, for this width."""
        raise NotImplementedError

    def note(self) -> str:
        """The text in the lower border; if empty, the border says which lines are visible."""
        return ""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The visible lines; if there are more, the border says so."""
        lines = self.lines(width)
        self.top = max(0, min(self.top, len(lines) - height))
        last = min(self.top + height, len(lines))
        seen = {"first": self.top + 1, "last": last, "all": len(lines), "keys": with_arrow_keys(self.scroll_keys)}
        more = _("lines {first} to {last} of {all}: {keys}", **seen)
        if not self.scroll_keys:
            more = _("lines {first} to {last} of {all}", first=seen["first"], last=last, all=seen["all"])
        if cell_len(more) > width - 2:  # the border has a line and a blank at either end
            more = _("{first}–{last} of {all}: {keys}", **seen)
        self.inscribe(note=self.note() or (more if len(lines) > height else ""))
        return lines[self.top : last]

    def scroll_lines(self, by: int) -> None:
        """Scroll down by this many lines, or up."""
        self.top = max(0, self.top + by)
        self.repaint()


class Painted(Panel):
    """A panel that draws the rows returned by a function of its size."""

    def __init__(self, rows: Callable[[int, int], Sequence[Row]], *, id: str) -> None:  # noqa: A002  # likewise
        super().__init__(id=id)
        self.rows = rows

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The rows that the function returns."""
        return self.rows(width, height)
