"""A snapshot: what it takes to restore the workspace. It has no epochs, because a run gives the same ones every
time.
"""

from threading import Event

import msgspec

from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.lab.board import BoardRun
from gdtui.lab.run import Run
from gdtui.lab.workspace import Workspace


class RunSnapshot(msgspec.Struct, frozen=True):
    """A run, and the state it was in."""

    experiment: Experiment
    known: int
    """The number of known epochs, including the one about to be taken."""
    cursor: int
    """The index of the current epoch."""
    cost: float
    """The cost of the last known epoch, to check that this machine gets the same digits."""
    has_diverged: bool = False
    """Whether the next epoch was known not to be finite."""
    name: str = ""
    """Its letter on the board; empty if it is not there."""
    is_pinned: bool = False
    has_added_bias: bool = False
    """Whether b is there only because x was standardized."""


class Snapshot(msgspec.Struct, frozen=True):
    """The runs in the workspace."""

    runs: tuple[RunSnapshot, ...]
    """At least one."""
    current: int
    """The index of the current run."""

    @property
    def present(self) -> RunSnapshot:
        """The current run."""
        return self.runs[self.current]

    @property
    def epochs(self) -> int:
        """The number of epochs that must be computed to restore it."""
        return sum(run.known for run in self.runs)


def take(workspace: Workspace) -> Snapshot:
    """Take a snapshot of the workspace. A player may be stepping the run meanwhile."""
    kept = workspace.board.in_order
    if workspace.board.find(workspace.run) is None:
        kept = (*kept, BoardRun("", workspace.run, is_pinned=False))
    current = next(index for index, entry in enumerate(kept) if entry.run is workspace.run)
    return Snapshot(tuple(take_run(each.run, each.name, is_pinned=each.is_pinned) for each in kept), current)


def take_run(run: Run, name: str = "", *, is_pinned: bool = False) -> RunSnapshot:
    """Take a snapshot of one run, which a player may be stepping; `name` is its letter on the board."""
    known = len(run.history)
    return RunSnapshot(
        experiment=run.experiment,
        known=known,
        cursor=min(run.cursor, known - 1),
        cost=run.history[known - 1].cost,
        has_diverged=run.diverged_at is not None,
        name=name,
        is_pinned=is_pinned,
        has_added_bias=run.has_added_bias,
    )


class Brought(msgspec.Struct, frozen=True):
    """The restored runs."""

    kept: tuple[BoardRun, ...]
    current: Run
    has_same_digits: bool
    """Whether each run came to the same cost as before."""


class Replay:
    """Restores a snapshot by computing every epoch again; meant for a thread."""

    def __init__(self, snapshot: Snapshot, backend: Backend) -> None:
        self.snapshot = snapshot
        self.taken = 0
        """The number of epochs restored so far."""
        self._backend = backend

    def bring(self, stop: Event) -> Brought | None:
        """Restore the runs; None if stopped.

        Raises:
            UserError: a run cannot start with its settings.
        """
        runs: list[Run] = []
        is_same = True
        for wanted in self.snapshot.runs:
            run = Run(wanted.experiment, self._backend)
            self.taken += 1
            while len(run.history) < wanted.known and run.step():
                self.taken += 1
                if stop.is_set():
                    return None
            if wanted.has_diverged:
                run.step()
            is_same = is_same and run.history[len(run.history) - 1].cost == wanted.cost
            run.seek(wanted.cursor)
            run.has_added_bias = wanted.has_added_bias
            runs.append(run)
        if stop.is_set():
            return None
        pairs = zip(self.snapshot.runs, runs, strict=True)
        kept = tuple(BoardRun(wanted.name, run, wanted.is_pinned) for wanted, run in pairs if wanted.name)
        return Brought(kept, runs[self.snapshot.current], is_same)
