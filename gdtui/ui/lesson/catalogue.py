"""The list of lessons, with how far one has come with each."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.reactive import var
from textual.widgets import Static

from gdtui.teaching.catalogue import CatalogueEntry, next_of
from gdtui.teaching.lesson import LoadedLesson
from gdtui.text import _
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Panel, PanelScreen

LEAST_FOR_NAMES = 76
"""Columns from which on a lesson's name on the command line is shown."""


class LessonList(Panel):
    """A line a lesson, the chosen one marked, and below what it is about and how far one has come."""

    chosen: var[int] = var(0)
    watch_chosen = Panel.repaint

    def __init__(self, lessons: Sequence[CatalogueEntry]) -> None:
        super().__init__(id="lesson-list")
        self.lessons = lessons

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """As many lines as there is room for, the chosen one among them."""
        room = max(1, height - 3)
        first = max(0, min(self.chosen - room // 2, len(self.lessons) - room))
        seen = self.lessons[max(first, 0) : first + room]
        rows: list[Row] = [
            (("▸", "key"), (line, "marked")) if number == self.chosen else ((" ", "key"), (line, "text"))
            for number, lesson in enumerate(seen, max(first, 0))
            for line in [lesson.line if width >= LEAST_FOR_NAMES else lesson.short_line]
        ]
        above, below = max(first, 0), len(self.lessons) - len(seen) - max(first, 0)
        more = [_("↑ {n} more", n=above)] if above else []
        more += [_("↓ {n} more", n=below)] if below else []
        chosen = self.lessons[self.chosen]
        below_it = ("   ".join(more), chosen.loaded.lesson.about, chosen.state)
        return [*rows, *(((f"     {said}", "dim"),) for said in below_it)]


class LessonsScreen(PanelScreen[LoadedLesson | None]):
    """Comes back with the lesson that is chosen, or None."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end", "move(1000)", show=False),
        Binding("enter", "choose", show=False),
        Binding("escape,L,q", "dismiss", show=False),
        Binding("ctrl+q,f10", "app.quit", show=False),
    ]

    def __init__(self, lessons: Sequence[CatalogueEntry]) -> None:
        super().__init__()
        self.list = LessonList(lessons)
        self.list.chosen = lessons.index(next_of(lessons))

    def compose(self) -> ComposeResult:
        """The list, and the keys below."""
        yield Static(_(" Lessons"), id="edit-title", markup=False)
        yield self.list
        keys = _(" ↑ ↓ choose   enter open or continue   escape back")
        yield Static(keys, id="edit-keys", markup=False)

    def action_move(self, by: int) -> None:
        """Choose another."""
        self.list.chosen = min(max(self.list.chosen + by, 0), len(self.list.lessons) - 1)

    def action_choose(self) -> None:
        """Take it."""
        self.dismiss(self.list.lessons[self.list.chosen].loaded)
