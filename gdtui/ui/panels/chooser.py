"""A list to choose from, on a screen that returns the chosen item, or None."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from gdtui.ui.common.arrows import with_arrow_keys
from gdtui.ui.common.rows import Row, around
from gdtui.ui.panels.panel import Painted, PanelScreen

Item = TypeVar("Item")


class Chooser(PanelScreen[Item | None]):
    """One line per item, with the chosen one marked, between a heading and the keys."""

    DEFAULT_CSS = """
    Chooser { #item-list { height: 1fr; padding: 1 1; } }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
        Binding("enter", "choose", show=False),
        Binding("escape,q", "dismiss", show=False),
    ]
    heading: ClassVar[str]
    keys: ClassVar[str]

    def __init__(self, items: Sequence[Item], chosen: int) -> None:
        super().__init__()
        self.items, self.chosen = items, chosen
        self.panel = Painted(self.rows, id="item-list")

    def line(self, item: Item, width: int) -> str:
        """An item as a line of this width."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The heading, the list and the keys."""
        yield Static(self.heading, id="edit-title", markup=False)
        yield self.panel
        yield Static(with_arrow_keys(self.keys), id="edit-keys", markup=False)

    def rows(self, width: int, height: int) -> list[Row]:
        """As many lines as fit, including the chosen one."""
        seen = ((n == self.chosen, self.line(self.items[n], width)) for n in around(self.chosen, self.items, height))
        return [
            (("▸", "key"), (line, "marked")) if is_chosen else ((" ", "key"), (line, "text"))
            for is_chosen, line in seen
        ]

    def action_move(self, by: int) -> None:
        """Choose another item."""
        self.chosen = min(max(self.chosen + by, 0), len(self.items) - 1)
        self.panel.repaint()

    def action_choose(self) -> None:
        """Return the chosen item."""
        self.dismiss(self.items[self.chosen])
