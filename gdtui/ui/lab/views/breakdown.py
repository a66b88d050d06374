"""The anatomy view: the update about to be taken, from the rows of the data to the new parameters and their cost."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gdtui.experiment.backend import BreakDown, UpdateBreakdown
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame, Unknown
from gdtui.lab.workspace import Workspace
from gdtui.ui.common.rows import Row
from gdtui.ui.lab.views.breakdown_digits import (
    Shown,
    cost_places,
    error_places,
    gradient_places,
    slope_places,
    update_places,
)
from gdtui.ui.lab.views.breakdown_rows import breakdown_rows
from gdtui.ui.lab.views.fading import FadingView, HiddenNumber
from gdtui.ui.lab.views.view import LARGE

MOST_ROWS, LEAST_ROWS = 24, 3
"""How many rows of the data are written out, as far as there is room."""


class BreakdownSource(msgspec.Struct, frozen=True):
    """An epoch and all that it takes to take it apart."""

    take_apart: BreakDown
    experiment: Experiment
    epoch: Epoch
    memory: tuple[float, ...]

    def is_same(self, other: BreakdownSource) -> bool:
        """Whether both are about the same epoch; an experiment is never made twice."""
        return self.experiment is other.experiment and self.epoch == other.epoch and self.memory == other.memory

    def taken_apart(self, index: int, first: int, rows: int) -> UpdateBreakdown:
        """One of its updates."""
        return self.take_apart(self.experiment, self.epoch, self.memory, index=index, first=first, rows=rows)


class BreakdownView(FadingView):
    """Lays one update out."""

    name, title = "anatomy", "Anatomy"

    def __init__(self) -> None:
        super().__init__()
        self.index = 0
        """Which of the epoch's updates is shown."""
        self.first = 0
        """The row of the data that comes first, where not all are shown."""
        self.parts: UpdateBreakdown | None = None
        """What is shown."""
        self._is_too_long = False
        self._source: BreakdownSource | None = None
        self._taken: dict[tuple[int, int, int], UpdateBreakdown] = {}

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Take up the epoch looked at."""
        if self.parts and workspace.player.is_playing and frame.experiment.dataset.rows > LARGE:
            return
        self.fading.follow(workspace)
        number = frame.epoch.number
        before = workspace.run.history[number - 2].memory if number > 1 else ()
        source = BreakdownSource(workspace.backend.breakdown, frame.experiment, frame.epoch, before)
        if self._source is None or not source.is_same(self._source):
            if self._source is None or source.epoch.number != self._source.epoch.number:
                self.index = 0
            self._source = source
            self._taken.clear()
        self.take_apart(MOST_ROWS)
        self.inscribe(title=f"Anatomy of epoch {number:,}")

    def take_apart(self, rows: int) -> None:
        """Have the update taken apart with so many rows written out, unless that is done already."""
        if self._source is None:
            return
        asked = self.index, self.first, rows
        if asked not in self._taken:
            # In how many rows it fits is tried out in each frame; where else it was looked at is over.
            if any(at[:2] != asked[:2] for at in self._taken):
                self._taken.clear()
            self._taken[asked] = self._source.taken_apart(*asked)
        self.parts = self._taken[asked]

    def lines(self, width: int) -> Sequence[Row]:
        """As many rows of the data as leave room for the rest."""
        height = self.content_size.height
        rows = self._laid_out(width, MOST_ROWS, is_tight=False)
        if len(rows) > height:
            rows = self._laid_out(width, MOST_ROWS, is_tight=True)
        if len(rows) > height and self.parts and len(self.parts.shown) > LEAST_ROWS:
            fewer = len(self.parts.shown) - (len(rows) - height) - (self.parts.rest is None)
            rows = self._laid_out(width, max(LEAST_ROWS, fewer), is_tight=True)
        if self._source and len(rows) <= height - 2:
            rows = [*legend(self._source.experiment), (), *rows]
        self._is_too_long = len(rows) > height
        return rows

    def _laid_out(self, width: int, most: int, *, is_tight: bool) -> list[Row]:
        """All lines with at most so many rows of the data."""
        self.take_apart(most)
        return breakdown_rows(self.parts, self.shown(self.parts), width, is_tight=is_tight) if self.parts else []

    def shown(self, parts: UpdateBreakdown) -> Shown:
        """How it is looked at, with what is hidden."""
        hidden = self.hidden
        if "total" in hidden and parts.factor_words == "1" and not parts.decay:
            hidden |= {"gradient"}  # it is the same number
        return Shown(self._names, self._has_bias, hidden, self.parameter, asked_row(parts, self._column))

    @property
    def _names(self) -> tuple[str, ...]:
        return self._source.experiment.parameter_names if self._source else ()

    @property
    def _has_bias(self) -> bool:
        return bool(self._source and self._source.experiment.has_bias)

    @property
    def _column(self) -> int:
        return min(self.parameter, len(self._names) - 1 - self._has_bias)

    @property
    def unknown(self) -> frozenset[Unknown]:
        """A number that is hidden here is told nowhere else."""
        hidden = self.shown(self.parts).hidden if self.parts else frozenset()
        return frozenset(name for name in ("gradient", "update", "following") if name in hidden)

    def questions(self) -> Sequence[HiddenNumber]:
        """From one row's error to the cost after the update."""
        parts = self.parts
        if parts is None:
            return ()
        index, column = self.parameter, self._column
        row = parts.shown[asked_row(parts, column)]
        name = self._names[index]
        of = "" if len(self._names) == 1 else f" of {name}"
        is_bias = self._has_bias and index == len(self._names) - 1
        finer = error_places(parts)
        totals = finer if is_bias else slope_places(parts, index)
        return (
            HiddenNumber("error", f"the error of row {row.number}", row.error, finer),
            HiddenNumber("slope", f"error·x of row {row.number}", row.slopes[column], slope_places(parts, column)),
            HiddenNumber("total", f"Σ{of}", parts.totals[index], totals),
            HiddenNumber("gradient", f"the gradient{of}", parts.gradient[index], gradient_places(parts)),
            HiddenNumber("update", f"the update{of}", parts.update[index], update_places(parts)),
            HiddenNumber("following", f"the new {name}", parts.following[index], update_places(parts)),
            HiddenNumber("cost", "the cost there", parts.cost_after, cost_places(parts)),
        )

    def change_batch(self, by: int) -> str:
        """Show another update of this epoch; what to say where there is no other."""
        if self.parts and self.parts.updates == 1:
            return "one update an epoch, on all rows: --batch makes several"
        if self.parts:
            self.index = (self.index + by) % self.parts.updates
            self.first = 0
        return ""

    def scroll_lines(self, by: int) -> None:
        """See other rows of the data, where not all are written out; or other lines, where those are too many."""
        if self.parts and self.parts.rest and not self._is_too_long:
            most = self.parts.rows - len(self.parts.shown)
            self.first = min(max(self.first + by, 0), most)
            self.repaint()
        else:
            super().scroll_lines(by)

    def note(self) -> str:
        """What is hidden, or which rows are written out where not all are."""
        if self.parts is None or self.parts.rest is None or self.hidden or self._is_too_long:
            return super().note()
        return f"{len(self.parts.shown)} of {self.parts.rows:,} rows: ↑ ↓"


def legend(experiment: Experiment) -> list[Row]:
    """What the columns are, for when there is room to say it."""
    return [(("H(x) = ", "dim"), (experiment.hypothesis, "text"), ("   error = ", "dim"), ("H(x) − y", "text"))]


def asked_row(parts: UpdateBreakdown, column: int) -> int:
    """The row that is asked for, another one each epoch: one whose x makes a difference, where there is one."""
    first = range(min(3, parts.rest_after))
    telling = [index for index in first if parts.shown[index].x[column] not in (0.0, 1.0)] or list(first)
    return telling[parts.number % len(telling)]
