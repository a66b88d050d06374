"""A page of text to scroll through: the help, and what is too long for a line."""

import re
import textwrap
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

MARGINS = 6
"""Columns at both sides, and those of a scroll bar."""


class PageScreen(Screen[None]):
    """Headings with lines below them."""

    BINDINGS = [  # noqa: RUF012  # Textual's own form
        Binding("escape,enter,question_mark,f1,q", "dismiss", "back"),
        Binding("tab", "heading(1)", "next heading"),
        Binding("shift+tab", "heading(-1)", "heading before"),
        Binding("ctrl+q,f10", "app.quit", "quit"),
    ]

    def __init__(self, sections: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.sections = sections

    def compose(self) -> ComposeResult:
        """The sections, and the keys below."""
        with VerticalScroll(can_focus=True):
            for heading, lines in self.sections:
                yield Static(heading, classes="heading", markup=False)
                yield Static(lines, classes="lines", markup=False)
        yield Static(" ↑ ↓ page up, page down scroll   tab next heading   escape back", id="page-keys", markup=False)

    def action_heading(self, by: int) -> None:
        """Bring a later heading to the top, or one before; after the last comes the first."""
        scroll = self.query_one(VerticalScroll)
        tops = [heading.virtual_region.y - heading.styles.margin.top for heading in self.query(".heading")]
        top = scroll.scroll_offset.y
        beyond = [y for y in tops if y > top] if by > 0 else [y for y in reversed(tops) if y < top]
        is_at_end = by > 0 and scroll.is_vertical_scroll_end
        scroll.scroll_to(y=0 if is_at_end else next(iter(beyond), top), animate=False)

    def on_resize(self) -> None:
        """Break long lines to fit."""
        for static, (_, lines) in zip(self.query(".lines").results(Static), self.sections, strict=True):
            static.update("\n".join(broken(line, max(1, self.size.width - MARGINS)) for line in lines.splitlines()))


def broken(line: str, width: int) -> str:
    """A line in as many as it needs; what goes on begins where its second column does."""
    column = re.match(r" *(?:\S+(?: \S+)* {2,})?", line)
    indent = " " * (len(column[0]) if column and len(column[0]) < width // 2 else 0)
    return "\n".join(textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False) or [""])
