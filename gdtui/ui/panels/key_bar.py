"""The line at the bottom: the keys, or for a moment a notice, a question or the number typed."""

from collections.abc import Sequence

from textual.reactive import var

from gdtui.numbers import count
from gdtui.ui.common.rows import Row, Span
from gdtui.ui.lab.commands import LabCommand
from gdtui.ui.lab.status import Status
from gdtui.ui.panels.panel import Panel


class KeyBar(Panel):
    """One line."""

    status: var[Status] = var(Status())

    def __init__(self, commands: Sequence[type[LabCommand]]) -> None:
        """The commands stand in their order, the most needed first."""
        super().__init__(id="keys")
        self.commands = commands

    def paint(self, width: int, height: int) -> Sequence[Row]:  # one line at any height
        """What matters most of a question, a notice, a number typed, and the keys."""
        return [bar(self.status, keys_in(self.commands, self.status), width)]

    def watch_status(self) -> None:
        """Draw the new status."""
        self.repaint()


def keys_in(commands: Sequence[type[LabCommand]], status: Status) -> list[tuple[str, str]]:
    """The keys that serve: first to step, then back to all charts, those of the view, and the others."""
    if status.is_asked:
        meanwhile = [command.footer for command in commands if command.tells_nothing]
        return [("P", "answer"), ("escape", "withdraw"), *(footer for footer in meanwhile if footer)]
    view = status.view
    own = [command for command in commands if view in command.views or (view and command.opens == view)]
    first = [command for command in commands if command.name == "step"]
    others = [command for command in commands if not command.views and command not in (*own, *first)]
    back = [("z", "back")] if status.is_enlarged else []
    footers = [*(c.footer for c in first), *back, *(_closing(c) if c.opens else c.footer for c in own)]
    return [footer for footer in (*footers, *(c.footer for c in others)) if footer]


def _closing(command: type[LabCommand]) -> tuple[str, str]:
    return command.shown_keys, "close"


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
