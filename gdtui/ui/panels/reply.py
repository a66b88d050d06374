"""What is said to a prediction, in a few lines over the key bar."""

from collections.abc import Sequence

from textual.reactive import var

from gdtui.ui.common.rows import Row, line_rows
from gdtui.ui.panels.panel import Panel


class Reply(Panel):
    """As high as what it says; away where that is nothing."""

    covered: var[int] = var(0)
    """How many lines over the key bar it stands on."""

    def __init__(self) -> None:
        super().__init__(id="reply")
        self.said: tuple[str, ...] = ()
        self.is_good = False

    def say(self, lines: Sequence[str], *, good: bool = False) -> None:
        """Say something, or nothing any more."""
        if not lines and not self.said:
            return
        self.said, self.is_good = tuple(lines), good
        self.display = bool(lines)
        self.on_resize()

    def on_resize(self) -> None:
        """Take as many lines as it needs at this width."""
        height = len(self.paint(max(1, self.screen.size.width - 2), 0)) + 1
        self.styles.height = height
        self.covered = height if self.said else 0
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The first line stands out."""
        first = "good" if self.is_good else "warn"
        return [
            row for number, line in enumerate(self.said) for row in line_rows(line, width, "text" if number else first)
        ]
