"""The line at the bottom: the keys, or for a moment a notice, a question or the number typed."""

from collections.abc import Sequence

from textual.reactive import var

from gdtui.numbers import count
from gdtui.ui.common.command import footers
from gdtui.ui.common.rows import Row, Span
from gdtui.ui.lab.commands.command import LabCommand
from gdtui.ui.lab.status import Status
from gdtui.ui.panels.panel import Panel


class KeyBar(Panel):
    """One line."""

    status: var[Status] = var(Status())

    def __init__(self, commands: Sequence[LabCommand]) -> None:
        """The commands stand in their order, the most needed first."""
        super().__init__(id="keys")
        self.commands = commands

    def paint(self, width: int, height: int) -> Sequence[Row]:  # one line at any height
        """What matters most of a question, a notice, a number typed, and the keys."""
        return [bar(self.status, keys_in(self.commands, self.status), width)]

    def watch_status(self) -> None:
        """Draw the new status."""
        self.repaint()


def keys_in(commands: Sequence[LabCommand], status: Status) -> list[tuple[str, str]]:
    """The keys that serve: first to step, then back to all charts, those of the view, and the others."""
    footer = footers(commands)
    key = {command.id: command.shown_keys for command in commands}
    view = status.view
    own = [command for command in commands if view in command.views or (view and command.opens == view)]
    first = [command for command in commands if command.id == "step"]
    others = [command for command in commands if not command.views and command not in (*own, *first)]
    closing = {command.id: (key[command.id], "close") for command in own if command.opens}
    back = [(key["enlarge"], "back")] if status.is_enlarged else []

    def footers_of(rows: Sequence[LabCommand]) -> list[tuple[str, str]]:
        return [keys for command in rows if (keys := closing.get(command.id) or footer.get(command.id))]

    if status.is_asked:
        meanwhile = [command for command in commands if command.tells_nothing]
        return [(key["predict"], "answer"), ("escape", "withdraw"), *footers_of(meanwhile)]
    return [*footers_of(first), *back, *footers_of(own), *footers_of(others)]


def bar(status: Status, keys: Sequence[tuple[str, str]], width: int) -> Row:
    """The line for a status, in so many cells."""
    if status.question:
        return ((f" {status.question}  ", "warn"), ("y", "key"), (" yes  ", "text"), ("n", "key"), (" no", "text"))
    if status.count:
        return (
            (f" {status.count:,} ", "key"),
            (f" then space for {count(status.count, 'epoch')}, ← or → to look that far; ", "text"),
            ("escape", "key"),
            (" forgets it", "text"),
        )
    if status.notice:
        return ((f" {status.notice}", "main"),)
    return _fitting(keys, width)


def _fitting(keys: Sequence[tuple[str, str]], width: int) -> Row:
    """As many keys as there is room for; the last two, help and quit, always."""
    *rest, help_key, quit_key = keys
    left = width - sum(_size(key) for key in (help_key, quit_key))
    shown = []
    for key in rest:
        left -= _size(key)
        if left < 0:
            break
        shown.append(key)
    runs: list[Span] = []
    for name, words in (*shown, help_key, quit_key):
        runs += [(f" {name}", "key"), (f" {words} ", "text")]
    return tuple(runs)


def _size(key: tuple[str, str]) -> int:
    return len(key[0]) + len(key[1]) + 3
