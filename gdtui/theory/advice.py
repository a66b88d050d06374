"""One line of advice after a run without a screen that went wrong or cannot succeed: what happened, and what to do."""

import math

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import Surface
from gdtui.numbers import multiple, significant, times
from gdtui.text import _, listed
from gdtui.theory.step_size import StepSize, diverged, has_other_directions, rises_next, rounding, step_size


def out_of_reach(experiment: Experiment, surface: Surface) -> str:
    """Why the run cannot reach the cost it should stop at; empty if it can."""
    wanted, least, bowl = experiment.until_cost, surface.least_cost, surface.quadratic
    if wanted is None or least is None:
        return ""
    noise = rounding(experiment, least, bowl.zero_cost if bowl else 0.0)
    if wanted >= least - noise:
        return ""
    return _(
        "until-cost: {wanted} is below the lowest possible cost, {least}: choose a higher value",
        wanted=significant(wanted),
        least=significant(least, 9),
    )


def warning(experiment: Experiment, first: Epoch, last: Epoch, surface: Surface) -> str:
    """Why a run's cost overflowed or ended too high, or that lr is above a limit or the run too slow; else empty."""
    if math.isnan(last.cost) and experiment.function is not None:
        place = ", ".join(map(significant, last.parameters))
        return _(
            "{f} has no value at {place}: begin elsewhere, or try a smaller --lr", f=experiment.equation, place=place
        )
    if not last.is_finite:
        found = step_size(experiment, max(1, last.number - 1), surface)
        return f"{diverged(last.number, found)}; {remedy(experiment, found)}"
    bowl = surface.quadratic
    number = max((change.epoch for change in experiment.changes if change.epoch <= last.number), default=1)
    found = step_size(experiment, number, surface)
    if bowl and found.regime == "diverging":
        is_rising = rises_next(last, bowl)
        if is_rising or (has_other_directions(found) and any(last.gradient)):
            return _beyond_limit(experiment, found, number, is_rising=is_rising)
    noise = rounding(experiment, first.cost, bowl.zero_cost) if bowl else 0.0
    if last.cost > first.cost + noise:
        return _(
            "the cost ended at {last}, above the {first} that it began with; {remedy}",
            last=significant(last.cost),
            first=significant(first.cost),
            remedy=remedy(experiment, found),
        )
    if found.learning_rate > found.limit_of_any_batch:
        return _(
            "lr {rate} is {part} × the batch limit {limit}, so a single update may raise the cost; {remedy}",
            rate=significant(found.learning_rate),
            part=multiple(found.learning_rate / found.limit_of_any_batch),
            limit=significant(found.limit_of_any_batch),
            remedy=remedy(experiment, found),
        )
    if found.is_ill_conditioned and found.is_slow and found.epochs_to_halve > experiment.epochs:
        return _("{slowness} at this lr; try --standardize", slowness=found.slowness)
    return ""


def _beyond_limit(experiment: Experiment, found: StepSize, number: int, *, is_rising: bool) -> str:
    """For a run with lr above its limit since an epoch: that the cost grows, or why it does not grow yet."""
    values = {"against_limit": found.against_limit(), "epoch": number, "remedy": remedy(experiment, found)}
    if number > 1:
        values["against_limit"] = _("{against_limit} from epoch {epoch} on", **values)
    if is_rising:
        return _("{against_limit}, so the cost grows; {remedy}", **values)
    values["factor"] = times(found.factor)
    return _(
        "{against_limit}: the distance along the steepest direction grows × {factor} per epoch, "
        "and will raise the cost later; {remedy}",
        **values,
    )


def remedy(experiment: Experiment, found: StepSize) -> str:
    """`try --lr 0.0714286 (1/L) or --standardize`."""
    ways = []
    if math.isfinite(found.limit_of_any_batch):
        safe = found.limit_of_any_batch / 2
        ways.append(_("--lr {rate} (half of the batch limit)", rate=significant(safe)))
    elif found.safe < found.learning_rate:
        ways.append(_("--lr {rate} (half of the safe limit)", rate=significant(found.safe / 2)))
    elif found.has_limit and found.learning_rate * found.curvature > 1:
        ways.append(f"--lr {significant(1 / found.curvature)} (1/L)")
    else:
        ways.append(_("a smaller --lr"))
    if found.is_raw and all(min(column) < max(column) for column in experiment.dataset.x):
        ways.append("--standardize")
    return _("try {ways}", ways=listed(ways, _("or")))
