"""A sweep: how many epochs a run takes to converge, for one learning rate after another."""

import math
from collections.abc import Callable, Iterator

import msgspec

from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.settings import STOPS
from gdtui.experiment.surface import Surface
from gdtui.theory.convergence import tolerance
from gdtui.theory.costs_seen import distance
from gdtui.theory.step_size import StepSize, step_size
from gdtui.theory.tolerance import State

LEAST, MOST = 0.02, 1.25
"""From where to where the grid goes, in multiples of the limit."""

AROUND = 100.0
"""If the data suggests no rate, the grid reaches this factor below and above the learning rate."""

POINTS = 24
MOST_EPOCHS = 1000
"""After so many epochs a trial is given up."""


class Trial(msgspec.Struct, frozen=True):
    """One learning rate tried."""

    step_size: StepSize
    """The learning rate against its limit."""
    state: State
    epochs: int
    """How many updates it took to converge, or to come within the tolerance; to diverge, or to be given up."""

    @property
    def has_arrived(self) -> bool:
        """Whether it has converged, or is within the tolerance at its end."""
        return self.state in ("converged", "within the tolerance")


def plain(experiment: Experiment) -> Experiment:
    """The experiment with nothing in it that a sweep does not look at."""
    stops = dict.fromkeys(STOPS)
    return msgspec.structs.replace(experiment, changes=(), learning_rate=1.0, epochs=1, **stops)


def grid(experiment: Experiment, surface: Surface, points: int = POINTS) -> tuple[float, ...]:
    """Learning rates at equal ratios, rising; 1/L and 2/L are among them where theory and the dtype have them."""
    found = step_size(experiment, 1, surface)
    low, high = ends(experiment, surface, found)
    special: tuple[float, ...] = ()
    if math.isfinite(found.limit):
        special = (found.limit,) if found.optimizer.named else (found.limit / 2, found.limit)
    # Of very small data the limit may lie beyond all numbers of the dtype.
    high = min(high, experiment.largest_rate(found.optimizer))
    low = max(min(low, high * LEAST / MOST), math.ulp(0.0))
    special = tuple(rate for rate in special if rate <= high)
    steps = max(points - 1, 1)
    evenly = (low * (high / low) ** (step / steps) for step in range(points))
    # A rate next to a special one would hide it.
    kept = (rate for rate in evenly if all(abs(math.log(rate / known)) > 0.02 for known in special))
    return tuple(sorted((*kept, *special)))


def ends(experiment: Experiment, surface: Surface, found: StepSize) -> tuple[float, float]:
    """From which rate to which the grid goes: by the limits that are known, or by how far the minimum is."""
    known = (found.limit_of_all_rows, found.limit_of_any_batch, found.safe)
    limits = [limit for limit in known if math.isfinite(limit)]
    if limits:
        return LEAST * min(limits), MOST * max(limits)
    away = distance(experiment, 1, experiment.start, surface)
    if away:  # steps of about lr: from as many as are tried to one that goes twice as far
        return away / MOST_EPOCHS, 2 * away
    return found.learning_rate / AROUND, found.learning_rate * AROUND


def sweep(
    experiment: Experiment,
    backend: Backend,
    surface: Surface,
    rates: tuple[float, ...],
    most: int = MOST_EPOCHS,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Trial]:
    """Try each rate from the same start, without what was changed on the way."""
    for rate in rates:
        tried = msgspec.structs.replace(experiment, changes=(), learning_rate=rate)
        trial = _try(tried, backend, surface, most, is_stopped)
        if is_stopped():
            return
        yield trial


def _try(
    experiment: Experiment, backend: Backend, surface: Surface, most: int, is_stopped: Callable[[], bool]
) -> Trial:
    trainer = backend.trainer(experiment)
    epoch = trainer.step()
    near, entry, found = tolerance(experiment, 1, epoch, surface, backend), None, step_size(experiment, 1, surface)
    for taken in range(most + 1):
        if not epoch.is_finite:
            return Trial(found, "diverged", taken)
        state = near.state(epoch) if near else "going"
        if state == "converged":
            return Trial(found, state, taken)
        # Where theory cannot tell whether the run stays, only its epochs can.
        entry = None if state == "going" else taken if entry is None else entry
        if is_stopped():
            break
        epoch = trainer.step()
    if entry is not None:
        return Trial(found, "within the tolerance", entry)
    return Trial(found, "diverged" if found.regime == "diverging" else "going", most)


def fewest(trials: tuple[Trial, ...]) -> Trial | None:
    """The trial that converged in the fewest epochs."""
    return min((trial for trial in trials if trial.has_arrived), key=lambda trial: trial.epochs, default=None)
