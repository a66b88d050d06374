"""A frame: everything that the screen shows of a run, as frozen plain numbers."""

from typing import Literal

import msgspec

from gdtui.experiment.change import Settings
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import Surface
from gdtui.lab.run import Run
from gdtui.text import _
from gdtui.theory.convergence import Stage
from gdtui.theory.costs_seen import all_on_one_side, seen
from gdtui.theory.step_size import StepSize, has_other_directions, rises_next, while_cost_falls
from gdtui.theory.tolerance import State
from gdtui.theory.valleys import settled_in

WINDOW = 96
"""How many epochs before and after the current one are included for the table."""


MOST_PAIRS = 64
"""The most pairs of epochs that represent the path of a long run."""


Unknown = Literal["cost", "gradient", "update", "following", "verdict"]
"""A number of the current epoch that can be hidden, until its line of code has run or because it is asked for.

The verdict says how lr compares with its limit, and whether the cost falls.
"""

NOT_YET = "?"
"""What is shown instead of a hidden number."""


class Frame(msgspec.Struct, frozen=True):
    """The current epoch, and the epochs around it."""

    experiment: Experiment
    settings: Settings
    step_size: StepSize
    """The learning rate compared with its limit."""
    epoch: Epoch
    known: int
    """The number of known epochs, including later ones than the current."""
    around: tuple[Epoch, ...]
    """The epochs around the current one, itself included."""
    state: State
    verdict: str
    """The regime, and the state unless the run is simply going on."""
    trail: tuple[Epoch, ...]
    """The path to the current epoch: all epochs of a short run, pairs of neighbouring epochs of a long one."""
    surface: Surface
    """The shape of the cost."""
    is_over: bool
    """Whether the planned run ends here."""
    best: Epoch | None = None
    """The epoch with the least validation cost so far; None if no rows are kept back."""
    unknown: frozenset[Unknown] = frozenset()
    """The numbers of the epoch that are hidden for now."""

    @property
    def is_after_plan(self) -> bool:
        """Whether all planned epochs are done and no more: the current epoch is the one that could come next."""
        return self.epoch.number > self.experiment.epochs and self.epoch.number == self.known

    def counted(self, number: int) -> str:
        """`number` as `3/10`; without the plan once it is exceeded."""
        planned = self.experiment.epochs
        return f"{number}" if number > planned else f"{number}/{planned}"

    @property
    def before(self) -> Epoch | None:
        """The epoch before the current one, if it is included."""
        return next((epoch for epoch in self.around if epoch.number == self.epoch.number - 1), None)


def look(run: Run) -> Frame:
    """Take a frame of a run as it is now. A player may be stepping the run meanwhile."""
    index = run.cursor
    epoch = run.history[index]
    known = len(run.history)
    stage = run.convergence.stage_at(index)
    state = run.state_at(index)
    around = range(max(0, index - WINDOW), min(known, index + WINDOW + 1))
    return Frame(
        experiment=run.experiment,
        settings=stage.settings,
        step_size=stage.step_size,
        epoch=epoch,
        known=known,
        around=tuple(run.history[i] for i in around),
        state=state,
        verdict=_verdict(run, index, stage, state),
        trail=tuple(run.history[i] for i in trail(index)),
        surface=run.surface,
        is_over=run.is_over_at(index),
        best=None if (best := run.history.best(index)) is None else run.history[best],
    )


def trail(index: int) -> list[int]:
    """Indexes that represent the path to `index`: pairs of neighbours, so that a jump across the minimum stays visible.

    From step to step only the last index changes, so the drawn path stays still.
    """
    stride = 2
    while index // stride > MOST_PAIRS:
        stride *= 2
    indexes = [i for start in range(0, index + 1, stride) for i in (start, start + 1) if i <= index]
    return indexes if indexes[-1] == index else [*indexes, index]


def _verdict(run: Run, index: int, stage: Stage, state: State) -> str:
    if state == "diverged":
        return run.why_diverged()
    words, epoch, bowl = stage.words, run.history[index], run.surface.quadratic
    size = stage.step_size
    if bowl and size.regime == "diverging" and has_other_directions(size) and not rises_next(epoch, bowl):
        words = while_cost_falls(size)
    if not words:
        before = run.history[index - 1] if index else None
        words = seen(run.experiment, before, epoch, run.surface, is_safe=size.is_safe)
    if state in ("converged", "within the tolerance") and run.surface.landscape:
        words = settled_in(run.experiment, epoch, run.surface)
    elif (state != "going" or run.is_over_at(index)) and (
        side := all_on_one_side(run.experiment, epoch.parameters, run.surface)
    ):
        words = _("{side}, as H(0) is 0.5 without b: add a bias", side=side)
    if state == "within the tolerance":
        return _("within the tolerance since epoch {epoch}; {verdict}", epoch=run.converged_at(index), verdict=words)
    return (
        _("converged; {verdict}", verdict=words) if state == "converged" and stage.step_size.regime != "flat" else words
    )
