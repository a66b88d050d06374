"""A list to choose from, on a screen that comes back with what is chosen, or with None."""

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
    """A line an item, the chosen one marked, between a heading and the keys."""

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
        """One of them, on a list of this width."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Static(self.heading, id="edit-title", markup=False)
        yield self.panel
        yield Static(with_arrow_keys(self.keys), id="edit-keys", markup=False)

    def rows(self, width: int, height: int) -> list[Row]:
        """As many lines as there is room for, the chosen one among them."""
        seen = ((n == self.chosen, self.line(self.items[n], width)) for n in around(self.chosen, self.items, height))
        return [
            (("▸", "key"), (line, "marked")) if is_chosen else ((" ", "key"), (line, "text"))
            for is_chosen, line in seen
        ]

    def action_move(self, by: int) -> None:
        """Choose another."""
        self.chosen = min(max(self.chosen + by, 0), len(self.items) - 1)
        self.panel.repaint()

    def action_choose(self) -> None:
        """Take it."""
        self.dismiss(self.items[self.chosen])
