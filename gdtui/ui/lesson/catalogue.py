"""The list of lessons, with the learner's progress."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding

from gdtui.teaching.catalogue import CatalogueEntry, next_of
from gdtui.text import _
from gdtui.ui.common.rows import Row, around, line_rows
from gdtui.ui.panels.chooser import Chooser

LEAST_FOR_NAMES = 76
"""The least width at which a lesson's name on the command line is shown."""


class LessonsScreen(Chooser[CatalogueEntry]):
    """The lessons; below them, what the chosen one is about, and the learner's progress."""

    BINDINGS: ClassVar = [
        Binding("L", "dismiss", show=False),
        Binding("ctrl+q,f10", "app.quit", show=False),
    ]
    heading = _(" Lessons")
    keys = _(" ↑ ↓ choose   enter open or continue   escape back")

    def __init__(self, lessons: Sequence[CatalogueEntry]) -> None:
        super().__init__(lessons, lessons.index(next_of(lessons)))

    def line(self, item: CatalogueEntry, width: int) -> str:
        """A lesson in the list."""
        return item.on_the_list(has_name=width >= LEAST_FOR_NAMES)

    def rows(self, width: int, height: int) -> list[Row]:
        """The list, how many lessons do not fit, and the chosen lesson, with as much space as any lesson needs."""
        told = [_told(item, width) for item in self.items]
        room = max(1, height - 1 - max(map(len, told)))
        seen = around(self.chosen, self.items, room)
        above, below = seen.start, len(self.items) - seen.stop
        more = [_("{n} more above", n=above)] if above else []
        more += [_("{n} more below", n=below)] if below else []
        return [*super().rows(width, room), (("     " + "   ".join(more), "dim"),), *told[self.chosen]]


def _told(item: CatalogueEntry, width: int) -> list[Row]:
    """What a lesson is about, and the learner's progress."""
    lines = (item.loaded.lesson.about, item.state)
    return [((f"     {text}", role),) for line in lines for ((text, role),) in line_rows(line, width - 5, "dim")]
