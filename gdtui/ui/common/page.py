"""Pages of text to scroll through: the help, and texts too long for a line."""

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from gdtui.text import _, broken
from gdtui.ui.common.arrows import with_arrow_keys

MARGINS = 6
"""The width of both margins and the scroll bar."""

KEYS = _(" ↑ ↓ pgup, pgdn scroll   tab next heading   escape back")


class PageScreen(Screen[None]):
    """Pages, shown one at a time; each consists of headings with lines below them."""

    DEFAULT_CSS = """
    PageScreen {
        VerticalScroll { padding: 0 2; }
        .heading { text-style: bold; margin: 1 0 0 0; }
        #page-keys { dock: bottom; height: 1; background: $panel; }
    }
    """
    BINDINGS = [  # noqa: RUF012  # Textual's own form
        Binding("escape,enter,question_mark,f1,ctrl+g,q", "dismiss", "back"),
        Binding("tab", "heading(1)", "next heading"),
        Binding("shift+tab", "heading(-1)", "heading before"),
        Binding("right", "leaf(1)", "next page", priority=True),
        Binding("left", "leaf(-1)", "page before", priority=True),
        Binding("ctrl+q,f10", "app.quit", "quit"),
    ]

    def __init__(self, *pages: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.pages = pages
        self.number = 0

    def compose(self) -> ComposeResult:
        """The first page, and the keys below it."""
        yield VerticalScroll(*self._texts(), can_focus=True)
        yield Static(with_arrow_keys(KEYS), id="page-keys", markup=False)

    def _texts(self) -> Iterator[Static]:
        """The headings and lines of the current page."""
        for heading, lines in self.pages[self.number]:
            yield Static(with_arrow_keys(heading), classes="heading", markup=False)
            yield Static(self._fitting(lines), classes="lines", markup=False)

    def _fitting(self, lines: str) -> str:
        """The lines, with long ones broken."""
        width = max(1, self.app.size.width - MARGINS)
        return "\n".join(broken(line, width) for line in with_arrow_keys(lines).splitlines())

    async def action_leaf(self, by: int) -> None:
        """Go to a later or earlier page."""
        if not 0 <= self.number + by < len(self.pages):
            return
        self.number += by
        scroll = self.query_one(VerticalScroll)
        await scroll.remove_children()
        await scroll.mount_all(self._texts())
        scroll.scroll_to(y=0, animate=False)
        keys = _(" ← → pages  {keys}", keys=KEYS) if self.number else KEYS
        self.query_one("#page-keys", Static).update(with_arrow_keys(keys))

    def action_heading(self, by: int) -> None:
        """Scroll a later or earlier heading to the top; after the last comes the first."""
        scroll = self.query_one(VerticalScroll)
        tops = [heading.virtual_region.y - heading.styles.margin.top for heading in self.query(".heading")]
        top = scroll.scroll_offset.y
        beyond = [y for y in tops if y > top] if by > 0 else [y for y in reversed(tops) if y < top]
        is_at_end = by > 0 and scroll.is_vertical_scroll_end
        scroll.scroll_to(y=0 if is_at_end else next(iter(beyond), top), animate=False)

    def on_resize(self) -> None:
        """Break long lines again for the new width."""
        for static, (_heading, lines) in zip(
            self.query(".lines").results(Static), self.pages[self.number], strict=True
        ):
            static.update(self._fitting(lines))
