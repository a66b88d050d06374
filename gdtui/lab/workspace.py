"""The workspace: the current run, the runs kept beside it, and everything that can be done to them by key."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from gdtui.errors import InputError
from gdtui.experiment.backend import Backend
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import Dataset
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.settings import LENGTH, ON_THE_WAY
from gdtui.experiment.surface import Surface
from gdtui.lab.board import Board, BoardRun
from gdtui.lab.player import Player
from gdtui.lab.run import Run
from gdtui.text import _

PACES: tuple[float | None, ...] = (1, 2, 5, 10, 30, None)
"""Epochs per second; None is full speed."""

MOST_UNDO = 8

SECONDS_AT_ONCE = 0.1
"""How long the screen may wait when many epochs are asked for at once."""

SAME_RUN = {*LENGTH, "changes", *(row.field for row in ON_THE_WAY)}
"""The fields of an experiment that may change without starting a new run."""


class Workspace:
    """Holds one run, plays it, and keeps earlier runs so that a reset or an edit can be undone."""

    def __init__(self, experiment: Experiment, backend: Backend) -> None:
        """Raises ExperimentError if the experiment cannot start."""
        self.backend = backend
        self.run = Run(experiment, backend)
        self.player = Player(self.run)
        self.board = Board()
        self.pace_index = 2
        self._before: list[tuple[Run, bool]] = []
        """The previous runs, each with whether it was left on the board as a ghost when it was replaced."""
        self.unpinned: Run | None = None
        """The run that was last unpinned: it leaves the comparison when another run takes its place."""
        self._is_nudged = False
        """Whether this run came from changing lr, and nothing has been done since."""

    @property
    def epochs_a_second(self) -> float | None:
        """The pace to play at; None is full speed."""
        return PACES[self.pace_index]

    def step(self, count: int) -> None:
        """Take `count` epochs: at once while that is quick, the rest on the player's thread.

        If an earlier rest is still being taken, the steps are added to it.
        """
        goal = count + (self.run.cursor if self.player.goal is None else self.player.goal)
        self.player.pause()
        self._is_nudged = False
        deadline = time.monotonic() + SECONDS_AT_ONCE
        while self.run.cursor < goal and self.run.step():
            if time.monotonic() > deadline:
                self.player.play(None, until=goal)
                return

    def seek(self, index: int) -> None:
        """Move to the epoch with this index."""
        self.player.pause()
        self._is_nudged = False
        self.run.seek(index)

    def move(self, by: int) -> None:
        """Move by this many epochs among those known; back if `by` is negative."""
        self.seek(self.run.cursor + by)

    def play(self) -> None:
        """Play at the current pace, to the end of the plan."""
        self._is_nudged = False
        self.player.play(self.epochs_a_second)

    def pause(self) -> None:
        """Stop after the current epoch."""
        self.player.pause()

    @contextmanager
    def interrupted(self) -> Iterator[None]:
        """Pause for the duration of a `with` block, then continue to the same goal even if the block fails."""
        was_playing, until = self.player.is_playing, self.player.until
        self.player.pause()
        try:
            yield
        finally:
            if was_playing:
                self.player.play(self.epochs_a_second if until is None else None, until=until)

    def change_pace(self, by: int) -> None:
        """Play faster or slower."""
        with self.interrupted():
            self.pace_index = min(max(self.pace_index + by, 0), len(PACES) - 1)

    def reset(self) -> None:
        """Start the same experiment over, without the changes made during the run."""
        same = msgspec.structs.replace(self.run.experiment, changes=())
        self.take(self._new(same, self.run.surface))

    def undo(self) -> bool:
        """Restore the run before the last reset or change; False if there is none."""
        if not self._before:
            return False
        run, is_new_ghost = self._before.pop()
        self._put(run)
        kept = self.board.find(run)
        if is_new_ghost and kept and not kept.is_pinned:
            self.board.take_down(run)
        return True

    def pin(self) -> str | None:
        """Pin or unpin the run; return its letter, or None if it was unpinned.

        Raises:
            UserError: the board is full.
        """
        kept = self.board.find(self.run)
        self.unpinned = self.run if kept and kept.is_pinned else None
        if self.unpinned:
            self.board.take_down(self.run)
            return None
        return self.board.pin(self.run).name

    def change_run(self) -> BoardRun | None:
        """Switch to the next run on the board and return it; None if there is no other.

        The current run becomes a ghost, unless it was unpinned or the board has no room; `undo` returns to it.
        """
        kept = self.board.next_after(self.run)
        if kept:
            self.take(kept.run, leaves_ghost=self.run is not self.unpinned)
        return kept

    def set_rate(self, rate: float) -> None:
        """Continue from the current epoch with another learning rate; several changes in a row are undone together.

        If later epochs are known, the old run stays behind as a ghost.

        Raises:
            ExperimentError: the rate is invalid; nothing changes.
        """
        with self.interrupted():
            run = self.run.changed(Change(self.run.cursor + 1, rate))
            if self._is_nudged:
                self._put(run)
            else:
                self._branch(run)
            self._is_nudged = True

    def begins_again(self, wanted: Experiment) -> bool:
        """Whether an edited experiment starts a new run: it differs in more than length and changeable settings."""
        return not wanted.differences(self.run.experiment) <= SAME_RUN

    def edit(self, wanted: Experiment, change: Change | None) -> None:
        """Use an edited experiment: as a new run, or from the current epoch on with the settings in `change`.

        If nothing was edited, nothing happens, and there is nothing to undo.

        Raises:
            ExperimentError: the experiment cannot go on that way; nothing changes.
        """
        self.player.pause()
        if self.begins_again(wanted):
            self.take(self._new(wanted))
            return
        length = {field: getattr(wanted, field) for field in LENGTH}
        planned = msgspec.structs.replace(self.run.experiment, **length)
        if change:
            self._branch(self.run.replanned(planned).changed(change))
        elif planned != self.run.experiment:
            self.take(self.run.replanned(planned))

    def with_x_toggled(self) -> Run:
        """A new run with x standardized, or with the raw x and b only if there was one before; see `take`.

        Raises:
            InputError: a column cannot be standardized; nothing changes.
        """
        experiment = self.run.experiment
        if experiment.dataset.degree > 1:
            raise InputError(_("The powers of x are always standardized: e sets the degree."))
        if experiment.dataset.scaling:
            return self._begun_on(experiment.dataset.own_units, has_bias=not self.run.has_added_bias)
        return self._begun_on(experiment.dataset.standardized(), has_bias=True)

    def with_x_scaled(self, x_scale: float) -> Run:
        """A new run with x in other units; see `take`.

        Raises:
            InputError: x becomes too large.
            ExperimentError: the cost or its gradient becomes too large.
        """
        experiment = self.run.experiment
        return self._begun_on(experiment.dataset.in_units(x_scale), has_bias=experiment.has_bias)

    def _begun_on(self, dataset: Dataset, *, has_bias: bool) -> Run:
        """A new run on other data, with the current epoch's settings from the start."""
        steady = self.run.experiment.steady_at(self.run.cursor + 1)
        bias = steady.bias if has_bias else 0.0
        return self._new(msgspec.structs.replace(steady, dataset=dataset, has_bias=has_bias, bias=bias))

    def replace(self, run: Run, kept: tuple[BoardRun, ...]) -> None:
        """Switch to another workspace: its run, and its runs on the board. This cannot be undone."""
        self._put(run)
        self.board.in_order = kept
        self._before = []

    def close(self) -> None:
        """Stop and end the player's thread."""
        self.player.close()

    def _new(self, experiment: Experiment, surface: Surface | None = None) -> Run:
        """A new run; if x is standardized, it remembers whether there was a b before."""
        run = Run(experiment, self.backend, surface=surface)
        if experiment.dataset.scaling:
            run.has_added_bias = self.run.has_added_bias or not self.run.experiment.has_bias
        return run

    def take(self, run: Run, *, leaves_ghost: bool = False) -> None:
        """Switch to another run, and keep the old one for undo; also on the board if `leaves_ghost`."""
        is_new = leaves_ghost and self.board.find(self.run) is None and self.board.leave_ghost(self.run, spared=run)
        self._before = [*self._before[1 - MOST_UNDO :], (self.run, is_new)]
        self._put(run)

    def _branch(self, run: Run) -> None:
        """Switch to a run that branched off from this one, leaving a ghost if this one had later epochs."""
        self.take(run, leaves_ghost=not self.run.is_at_end)

    def _put(self, run: Run) -> None:
        self.pause()
        self._is_nudged = False
        self.run = self.player.run = run
