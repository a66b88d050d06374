"""The top line: the experiment at the left, and the run's position at the right."""

from collections.abc import Sequence
from operator import attrgetter

from rich.cells import cell_len
from textual.reactive import var

from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame
from gdtui.numbers import count, significant
from gdtui.text import _
from gdtui.ui.common.rows import Row, Span, spread
from gdtui.ui.common.status import Status
from gdtui.ui.panels.panel import Panel

GAP: Span = ("  ", "dim")
"""Separates the left from the right."""


class HeaderBar(Panel):
    """The top line."""

    shows = attrgetter("experiment", "state", "is_over", "step_size", "unknown")
    note: var[str] = var("")
    """A note about the class."""
    watch_note = Panel.repaint

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(id="header")
        self.experiment = experiment

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The header in this width."""
        experiment = self.frame.experiment if self.frame else self.experiment
        left = [(_(" gdtui "), "key"), *about(experiment)]
        note = [(f"  {self.note} ", "warn")] if self.note else []
        right = [GAP, *note, *place(self.frame, self.status)]
        if self.status.is_playing and sum(cell_len(text) for text, _role in (*left, *right)) > width:
            right = [GAP, *note, (_(" playing "), "good")]  # the pace is in the parameters below
        return [spread(left, right, width)]


def about(experiment: Experiment) -> list[Span]:
    """What is computed, and on which rows."""
    data = experiment.dataset
    units = "" if data.x_scale == 1 else f", x × {significant(data.x_scale)}"
    rows = f"{data.name}, {count(data.rows, 'row')}" if data.rows else data.name
    return [
        (f" {experiment.equation}", "main"),
        (f"   {rows}{units}" + (_(", standardized") if data.scaling else ""), "text"),
        (_(" + {n:,} kept back", n=data.kept.rows) if data.kept else "", "dim"),
    ]


def place(frame: Frame | None, status: Status) -> list[Span]:
    """Where the run is, and what it is doing."""
    if frame is None:
        return [(_("loading torch… "), "dim")]
    if status.is_playing:
        return [(_(" playing, {pace} ", pace=status.pace), "good")]
    if frame.state != "going":
        return [(f" {frame.state} ", "bad" if frame.state == "diverged" else "good")]
    if frame.is_over and frame.step_size.regime == "diverging" and "verdict" not in frame.unknown:
        return [(_(" done, diverging "), "warn")]
    return [(_(" done ") if frame.is_over else _(" paused "), "dim")]
