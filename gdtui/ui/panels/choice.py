"""Choice: one of a few words, chosen with the arrows."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.message import Message
from textual.reactive import var

from gdtui.ui.common.rows import Row, Span
from gdtui.ui.panels.panel import Panel


class Choice(Panel, can_focus=True):
    """All words on a line, with the chosen one marked."""

    BINDINGS = [("left", "turn(-1)", "before"), ("right,space", "turn(1)", "next")]  # noqa: RUF012  # Textual's form

    value: var[str] = var("")

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, choice: "Choice") -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> "Choice":
            """The choice that changed."""
            return self.choice

    def __init__(self, words: Sequence[str], value: str, *, id: str) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self.words = tuple(words)
        self.set_reactive(Choice.value, value)

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The words side by side."""
        runs: list[Span] = [(">" if self.has_focus else " ", "key")]
        gap = " " if sum(cell_len(word) + 3 for word in self.words) <= width else ""
        for word in self.words:
            is_chosen = word == self.value
            runs += [("[", "key"), (word, "main"), (f"]{gap}", "key")] if is_chosen else [(f" {word} {gap}", "dim")]
        return [tuple(runs)]

    def action_turn(self, by: int) -> None:
        """Choose the next or the previous word."""
        self.value = self.words[(self.words.index(self.value) + by) % len(self.words)]

    def watch_value(self) -> None:
        """Show the new word and announce the change."""
        self.repaint()
        self.post_message(self.Changed(self))

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show whether the keys go here."""
        super().watch_has_focus(has_focus)
        self.repaint()
