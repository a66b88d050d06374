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
"""The ends of the grid, in multiples of the limit."""

AROUND = 100.0
"""If the data suggests no range, the grid reaches this factor below and above the learning rate."""

POINTS = 24
MOST_EPOCHS = 1000
"""A trial is given up after this many epochs."""


class Trial(msgspec.Struct, frozen=True):
    """One learning rate that was tried."""

    step_size: StepSize
    """The learning rate compared with its limit."""
    state: State
    epochs: int
    """The number of updates until it converged, came within the tolerance, diverged, or was given up."""

    @property
    def has_arrived(self) -> bool:
        """Whether it converged, or ended within the tolerance."""
        return self.state in ("converged", "within the tolerance")


def plain(experiment: Experiment) -> Experiment:
    """The experiment without anything that a sweep ignores."""
    stops = dict.fromkeys(STOPS)
    return msgspec.structs.replace(experiment, changes=(), learning_rate=1.0, epochs=1, **stops)


def grid(experiment: Experiment, surface: Surface, points: int = POINTS) -> tuple[float, ...]:
    """Increasing learning rates at equal ratios, with 1/L and 2/L among them if theory gives them and the dtype can
    hold them.
    """
    found = step_size(experiment, 1, surface)
    low, high = ends(experiment, surface, found)
    special: tuple[float, ...] = ()
    if math.isfinite(found.limit):
        special = (found.limit,) if found.optimizer.named else (found.limit / 2, found.limit)
    # With very small data the limit may exceed the dtype's largest number.
    high = min(high, experiment.largest_rate(found.optimizer))
    low = max(min(low, high * LEAST / MOST), math.ulp(0.0))
    special = tuple(rate for rate in special if rate <= high)
    steps = max(points - 1, 1)
    evenly = (low * (high / low) ** (step / steps) for step in range(points))
    # Leave out rates so close to a special one that they would hide it.
    kept = (rate for rate in evenly if all(abs(math.log(rate / known)) > 0.02 for known in special))
    return tuple(sorted((*kept, *special)))


def ends(experiment: Experiment, surface: Surface, found: StepSize) -> tuple[float, float]:
    """The smallest and the largest rate of the grid: from the known limits, or from the distance to the minimum."""
    known = (found.limit_of_all_rows, found.limit_of_any_batch, found.safe)
    limits = [limit for limit in known if math.isfinite(limit)]
    if limits:
        return LEAST * min(limits), MOST * max(limits)
    away = distance(experiment, 1, experiment.start, surface)
    if away:  # steps are about lr: the smallest rate needs MOST_EPOCHS steps, the largest overshoots by as much again
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
    """Try each rate from the same start, ignoring changes during the run."""
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
        # If theory cannot tell whether the run stays there, its epochs must.
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
