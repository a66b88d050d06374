"""The list of lessons, with how far one has come with each."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.reactive import var
from textual.widgets import Static

from gdtui.teaching.catalogue import CatalogueEntry
from gdtui.teaching.lesson import LoadedLesson
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Panel, PanelScreen


class LessonList(Panel):
    """A line a lesson, the chosen one marked, and below what it is about."""

    chosen: var[int] = var(0)
    watch_chosen = Panel.repaint

    def __init__(self, lessons: Sequence[CatalogueEntry]) -> None:
        super().__init__(id="lesson-list")
        self.lessons = lessons

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """As many lines as there is room for, the chosen one among them."""
        room = max(1, height - 2)
        first = max(0, min(self.chosen - room // 2, len(self.lessons) - room))
        rows: list[Row] = [
            (("▸", "key"), (lesson.line, "marked")) if number == self.chosen else ((" ", "key"), (lesson.line, "text"))
            for number, lesson in enumerate(self.lessons[first : first + room], first)
        ]
        return [*rows, (), ((f"     {self.lessons[self.chosen].loaded.lesson.about}", "dim"),)]


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

    def compose(self) -> ComposeResult:
        """The list, and the keys below."""
        yield Static(" Lessons", id="edit-title", markup=False)
        yield self.list
        yield Static(" ↑ ↓ choose   enter open it, or go on with it   escape back", id="edit-keys", markup=False)

    def action_move(self, by: int) -> None:
        """Choose another."""
        self.list.chosen = min(max(self.list.chosen + by, 0), len(self.list.lessons) - 1)

    def action_choose(self) -> None:
        """Take it."""
        self.dismiss(self.list.lessons[self.list.chosen].loaded)
