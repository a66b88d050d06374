"""A page of text to scroll through: the help, and what is too long for a line."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static


class PageScreen(Screen[None]):
    """Headings with lines below them."""

    BINDINGS = [  # noqa: RUF012  # Textual's own form
        Binding("escape,enter,question_mark,f1,q", "dismiss", "back"),
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
                yield Static(lines, markup=False)
        yield Static(" ↑ ↓ page up, page down scroll   escape back", id="page-keys", markup=False)
