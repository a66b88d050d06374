"""The epochs taken, one line each, as printed in the lecture."""

from collections.abc import Callable, Sequence

from textual.reactive import var

from gdtui.experiment.epoch import Epoch
from gdtui.lab.frame import NOT_YET, Frame, Unknown
from gdtui.numbers import LARGE_DECIMALS, fixed
from gdtui.storage.rows import lecture_line
from gdtui.text import _
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Panel

Column = tuple[str, str, Unknown, Callable[[Epoch], Sequence[float]]]

COLUMNS: tuple[Column, ...] = (
    (_("gradient"), _("gradient"), "gradient", lambda epoch: epoch.gradient),
    (_("change in W"), _("change in each"), "update", lambda epoch: [-each for each in epoch.update]),
)
"""The columns at the right: their headings for a single W and for several parameters, what must not be hidden for them,
and their numbers.
"""

LEAST_WITH_HEAD = 4
"""With fewer lines there is no heading, and nothing at the right."""

MOST_WIDTH = 84
"""The greatest width of a line, so that what belongs together stays together."""

CELLS = {6: 13, 3: 10}
"""The width of a number in the columns, by its decimals."""


class EpochTable(Panel):
    """The current epoch, and as many around it as fit."""

    covered: var[int] = var(0)
    """How many of its lowest lines something else covers."""
    hint: var[tuple[Row, ...]] = var(())
    """What to do first, under the pending epoch."""
    watch_covered = watch_hint = Panel.repaint

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines that fit; the current epoch is marked, and stays in the lower part if there are many."""
        frame, height = self.frame, max(0, height - self.covered)
        if frame is None:
            return []
        has_head = height >= LEAST_WITH_HEAD
        height -= has_head
        at = frame.epoch.number - frame.around[0].number
        last_shown = min(len(frame.around), max(at + min(2, height), height))
        shown = frame.around[max(0, last_shown - height) : last_shown]
        lines = [
            lecture_line(epoch, frame.experiment, fixed, is_last=epoch.number == frame.known)
            for epoch in shown or frame.around[-1:]
        ]
        names, whole = frame.experiment.parameter_names, min(width, MOST_WIDTH)
        decimals, columns = columns_in(whole - max(map(len, lines)) - 2 if has_head else 0, names)
        rows = [_row(*each, frame, columns, decimals, whole) for each in zip(shown, lines, strict=False)]
        hint = self.hint if frame.known == 1 else ()
        return [*[_head(names, columns, decimals, width)] * has_head, *rows, *hint]


def columns_in(width: int, names: Sequence[str]) -> tuple[int, Sequence[Column]]:
    """The number of decimals at the right, and the columns that fit."""
    return next(
        (
            (decimals, COLUMNS[:many])
            for many in (2, 1)
            for decimals, cells in CELLS.items()
            if many * cells * len(names) <= width
        ),
        (0, ()),
    )


def _head(names: Sequence[str], columns: Sequence[Column], decimals: int, width: int) -> Row:
    """The rule above the table, with the headings of its columns."""
    room = CELLS.get(decimals, 0) * len(names)
    words = (one if len(names) == 1 else several for one, several, *_numbers in columns)
    right = "".join(f"{f' {word} ':─>{room}}" for word in words)
    between = "─" * (min(width, MOST_WIDTH) - len(right) - 9)
    return (("─ ", "axis"), (_("Epochs"), "main"), (f" {between}{right}".ljust(width - 8, "─"), "axis"))


def _apart(number: float, decimals: int, cells: int) -> str:
    """A number with fewer decimals if necessary, so that it does not touch what is before it."""
    texts = (fixed(number, places, min(places, LARGE_DECIMALS)) for places in range(decimals, -1, -1))
    return next((text for text in texts if len(text) < cells), fixed(number, 0))


def _row(epoch: Epoch, line: str, frame: Frame, columns: Sequence[Column], decimals: int, width: int) -> Row:
    is_now = epoch.number == frame.epoch.number
    role = "marked" if is_now else "text" if epoch.number < frame.epoch.number else "dim"
    text = f"{'▸' if is_now else ' '}{line}"
    for change in frame.experiment.changes:
        if change.epoch == epoch.number:
            return ((text, role), (_("  from here {change}", change=change), "main"))
    cells = CELLS.get(decimals, 0)
    right = ""
    for _one, _several, known, numbers in columns:
        for number in numbers(epoch):
            room = cells if right else cells + 2  # before the first there are two more blanks
            shown = NOT_YET if is_now and known in frame.unknown else _apart(number, decimals, room)
            right += f"{shown:>{cells}}"
    return ((f"{text:<{width - len(right) - 1}}{right} ", role),)
