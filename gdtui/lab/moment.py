"""A moment: all that the screen shows of a run, as frozen plain numbers."""

import msgspec

from gdtui.epoch import Epoch
from gdtui.experiment import Experiment, Settings
from gdtui.lab.run import Run
from gdtui.verdict import Pace, State

WINDOW = 96
"""How many epochs on either side of the one looked at come along for the table."""


class Moment(msgspec.Struct, frozen=True):
    """The epoch looked at, and what is around it."""

    experiment: Experiment
    settings: Settings
    pace: Pace
    """The learning rate against its limit."""
    epoch: Epoch
    known: int
    """How many epochs are known, the one looked at and later ones included."""
    around: tuple[Epoch, ...]
    """Epochs before the one looked at, itself, and after."""
    state: State
    verdict: str
    """The regime, and the state where it is not plainly going on."""
    least_cost: float
    minimum: tuple[float, ...]
    has_one_minimum: bool
    is_over: bool
    """Whether the planned run ends here."""


def look(run: Run) -> Moment:
    """What there is to see of a run now. A player may be stepping it meanwhile."""
    index = run.cursor
    epoch = run.history[index]
    known = len(run.history)
    settings = run.experiment.settings_at(index + 1)
    pace = run.pace_of(settings)
    state = run.state_at(index)
    around = range(max(0, index - WINDOW), min(known, index + WINDOW + 1))
    return Moment(
        experiment=run.experiment,
        settings=settings,
        pace=pace,
        epoch=epoch,
        known=known,
        around=tuple(run.history[i] for i in around),
        state=state,
        verdict=_verdict(run, pace, state),
        least_cost=run.surface.least_cost,
        minimum=run.surface.minimum,
        has_one_minimum=run.surface.has_one_minimum,
        is_over=run.is_over,
    )


def _verdict(run: Run, pace: Pace, state: State) -> str:
    if state == "diverged":
        return run.why_diverged()
    if state == "converged" and pace.regime != "flat":
        return "converged: the slope of the cost is 0 here"
    return pace.in_words(len(run.experiment.start))
