"""A frame: all that the screen shows of a run, as frozen plain numbers."""

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
"""How many epochs on either side of the one looked at come along for the table."""


MOST_PAIRS = 64
"""How many pairs of epochs tell the way that a long run took."""


Unknown = Literal["cost", "gradient", "update", "following", "verdict"]
"""A number of the epoch looked at that can be kept back: until its line of code is carried out, or to be asked for.

The verdict is what lr comes to: its limit, and whether the cost falls."""

NOT_YET = "?"
"""What stands for it meanwhile, wherever it would be."""


class Frame(msgspec.Struct, frozen=True):
    """The epoch looked at, and what is around it."""

    experiment: Experiment
    settings: Settings
    step_size: StepSize
    """The learning rate against its limit."""
    epoch: Epoch
    known: int
    """How many epochs are known, the one looked at and later ones included."""
    around: tuple[Epoch, ...]
    """Epochs before the one looked at, itself, and after."""
    state: State
    verdict: str
    """The regime, and the state where it is not plainly going on."""
    trail: tuple[Epoch, ...]
    """The way to the epoch looked at: all epochs of a short run, from a long one pairs of neighbours."""
    surface: Surface
    """The shape of the cost."""
    is_over: bool
    """Whether the planned run ends here."""
    best: Epoch | None = None
    """The one with the least validation cost so far; None where no rows are kept back."""
    unknown: frozenset[Unknown] = frozenset()
    """What of the epoch is not to be told yet."""

    @property
    def is_after_plan(self) -> bool:
        """Whether all planned epochs are taken and no more: the epoch looked at is the one that could come next."""
        return self.epoch.number > self.experiment.epochs and self.epoch.number == self.known

    def counted(self, number: int) -> str:
        """So many epochs, of those planned as long as they are not more."""
        planned = self.experiment.epochs
        return f"{number}" if number > planned else f"{number}/{planned}"

    @property
    def before(self) -> Epoch | None:
        """The epoch before the one looked at."""
        return next((epoch for epoch in self.around if epoch.number == self.epoch.number - 1), None)


def look(run: Run) -> Frame:
    """What there is to see of a run now. A player may be stepping it meanwhile."""
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
    """Indexes that tell the way to `index`: pairs of neighbours, so that jumping across the minimum is still seen.

    They stay the same from step to step, but for the last.
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
