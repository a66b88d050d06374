"""Where the limit of lr comes from, with its numbers, as rows of (name, words)."""

import math
from collections.abc import Iterator

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import Surface
from gdtui.numbers import significant, times
from gdtui.text import _
from gdtui.theory.costs_seen import curvature_here
from gdtui.theory.step_size import StepSize, has_other_directions


def limit_explained(
    experiment: Experiment, found: StepSize, epoch: Epoch, surface: Surface
) -> Iterator[tuple[str, str]]:
    """The limit, and what an epoch does to the distance; for a varying curvature, the limits that are known."""
    if found.has_limit and not found.is_flat:
        yield from _constant(experiment, found, epoch)
    if math.isfinite(found.safe):
        limit = _quotient("L", 2.0, found.largest_curvature or 0.0)
        yield (
            _("safe limit"),
            _("{limit}: below it, no epoch raises the cost. L is the largest curvature", limit=limit),
        )
    curvature = curvature_here(experiment, epoch, surface)
    if curvature and curvature > 0:
        limit = _quotient("L", 2.0, curvature)
        yield _("limit here"), _("{limit}, with the curvature L at this W", limit=limit)


def _constant(experiment: Experiment, found: StepSize, epoch: Epoch) -> Iterator[tuple[str, str]]:
    settings = experiment.settings_at(epoch.number)
    above, penalty = found.optimizer.rule.limit or 2.0, settings.penalty
    by, is_alone = experiment.objective.factor(settings.convention).before_sum, len(experiment.start) == 1
    limit = _quotient("Σx²" if is_alone and not by and not penalty else "L", above, found.curvature)
    if not is_alone:
        yield _("limit"), _("{limit}; L is the largest curvature", limit=limit)
    elif by or penalty:
        L = f"{by}Σx²" + " + λ" * bool(penalty)
        yield _("limit"), _("{limit}, L = {L}: above it, each jump is longer", limit=limit, L=L)
    else:
        yield _("limit"), _("{limit}: above it, each jump is longer", limit=limit)
    factor, known = times(found.factor), {"factor": times(abs(found.factor))}
    if has_other_directions(found):
        known = {"steepest": factor, "flattest": times(found.flattest_factor)}
        yield _("distance ×"), _("{steepest} along the steepest direction, {flattest} along the flattest", **known)
    elif found.factor < 0:
        yield _("distance ×"), _("after each epoch W is past the minimum, {factor} times as far from it", **known)
    else:
        yield _("distance ×"), _("after each epoch W is {factor} times as far from the minimum", **known)


def _quotient(name: str, above: float, below: float) -> str:
    """`2/L = 2/14 = 0.142857`."""
    return f"{significant(above)}/{name} = {significant(above)}/{significant(below)} = {significant(above / below)}"
