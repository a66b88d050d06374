"""The bottom line of a screen: the keys, or for a moment a notice, a question or a typed number."""

from collections.abc import Mapping, Sequence
from typing import Generic

from rich.cells import cell_len

from gdtui.text import _
from gdtui.ui.common.arrows import with_arrow_keys
from gdtui.ui.common.command import AnyCommand, reworded
from gdtui.ui.common.rows import Row, Span, fit, keyed
from gdtui.ui.common.status import Status
from gdtui.ui.panels.panel import Panel


class KeyLine(Panel, Generic[AnyCommand]):
    """The panel of the bottom line, for these commands."""

    def __init__(self, commands: Sequence[AnyCommand]) -> None:
        super().__init__(id="keys")
        self.commands = commands

    def reword(self, words: Mapping[str, str]) -> None:
        """Change the words of some commands, by id."""
        self.commands = reworded(self.commands, words)
        self.repaint()


def bar(status: Status, keys: Sequence[tuple[str, str]], width: int) -> Row:
    """The line for a status, in this width."""
    if status.question:
        answers = [run for key, words in status.answers for run in ((f"  {key}", "key"), (f" {words}", "text"))]
        room = width - sum(cell_len(text) for text, _role in answers)
        asked = f" {status.question}"
        return (*fit(((asked, "main"),), min(room, cell_len(asked))), *answers)
    if status.count:
        words = _(" {n} repeats the next key that many times; {escape} cancels")
        return keyed(words, n=f"{status.count:,}", escape="escape")
    if status.notice:
        return ((f" {status.notice}", "main"),)
    return _fitting(keys, width)


def _fitting(keys: Sequence[tuple[str, str]], width: int) -> Row:
    """As many keys as fit; always with the last two, help and quit."""
    *rest, help_key, quit_key = [(with_arrow_keys(name), words) for name, words in keys]
    left = width + 1 - sum(_size(key) for key in (help_key, quit_key))  # nothing comes after the last
    shown = []
    for key in rest:
        left -= _size(key)
        if left < 0:
            break
        shown.append(key)
    runs: list[Span] = []
    for name, words in (*shown, help_key, quit_key):
        runs += [(f" {name}", "key"), (f" {words} ", "dim")]
    return (*runs[:-1], (runs[-1][0].rstrip(), "dim"))


def _size(key: tuple[str, str]) -> int:
    return cell_len(key[0]) + cell_len(key[1]) + 3
