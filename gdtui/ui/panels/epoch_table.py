"""The epochs taken, a line each, as the lecture prints them."""

from collections.abc import Sequence

from textual.reactive import var

from gdtui.experiment.epoch import Epoch
from gdtui.lab.frame import NOT_YET, Frame
from gdtui.numbers import fixed
from gdtui.storage.rows import lecture_line
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Panel

WIDE = 96
"""From this width on each line also shows the gradient and the update."""


class EpochTable(Panel):
    """The epoch looked at and as many around it as there is room for."""

    covered: var[int] = var(0)
    """How many of its lowest lines something else stands on."""
    watch_covered = Panel.repaint

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines that fit; the epoch looked at is marked, and kept in the lower part where there are many."""
        frame, height = self.frame, max(0, height - self.covered)
        if frame is None:
            return []
        at = frame.epoch.number - frame.around[0].number
        last_shown = min(len(frame.around), max(at + min(2, height), height))
        shown = frame.around[max(0, last_shown - height) : last_shown]
        return [_row(epoch, frame, width) for epoch in shown]


def _row(epoch: Epoch, frame: Frame, width: int) -> Row:
    is_now = epoch.number == frame.epoch.number
    role = "marked" if is_now else "text" if epoch.number < frame.epoch.number else "dim"
    text = ("▸" if is_now else " ") + lecture_line(epoch, frame.experiment, fixed, is_last=epoch.number == frame.known)
    if width >= WIDE:
        kept_back = frame.unknown if is_now else frozenset()
        gradient = f"{NOT_YET:>12}" if "gradient" in kept_back else _column(epoch.gradient)
        text = f"{text:<50}  gradient{gradient}"
        update = f"   lr·gradient{NOT_YET:>12}" if "update" in kept_back else f"   lr·gradient{_column(epoch.update)}"
        text += update if len(text + update) <= width else ""
    return ((text, role), (_changes(epoch, frame), "warn"))


def _column(numbers: tuple[float, ...]) -> str:
    """Numbers under one another from line to line."""
    return "".join(f"{fixed(number, 6):>12}" for number in numbers)


def _changes(epoch: Epoch, frame: Frame) -> str:
    """What changed with this epoch."""
    change = next((change for change in frame.experiment.changes if change.epoch == epoch.number), None)
    return f"  from here {change}" if change else ""
