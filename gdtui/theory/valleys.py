"""A run on a cost with several valleys: which valley it is in, and what that means for it."""

import math

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import Stationary, Surface
from gdtui.numbers import multiple, significant
from gdtui.text import _

LOWER = 1e-9
"""A valley is lower than another if the difference exceeds this part of the largest |cost| at a stationary point."""


LEVEL = 1e-6
"""Parameters at most this far from a stationary point are on it."""


def valley_at(surface: Surface, parameters: tuple[float, ...]) -> tuple[int, Stationary] | None:
    """The valley that contains the parameters, with its number; for two parameters, the nearest valley."""
    landscape = surface.landscape
    if landscape is None or not landscape.valleys:
        return None
    if len(parameters) == 1:
        number = landscape.valley_at(parameters)
    else:
        distances = [math.dist(parameters, valley.at) for valley in landscape.valleys]
        number = 1 + distances.index(min(distances))
    return (number, landscape.valleys[number - 1]) if number else None


def bottom(surface: Surface, parameters: tuple[float, ...]) -> float:
    """The least cost near the parameters; 0 if unknown."""
    found = valley_at(surface, parameters)
    return found[1].cost if found else surface.least_cost or 0.0


def limit_at(experiment: Experiment, epoch: Epoch, surface: Surface) -> float:
    """The largest lr that settles in the valley of an epoch: 2/f″ at its bottom; infinite if unknown."""
    settings, found = experiment.settings_at(epoch.number), valley_at(surface, epoch.parameters)
    limit = settings.optimizer.rule.limit
    if limit is None or found is None or experiment.batch is not None:
        return math.inf
    curvature = surface.curvature(settings.convention, found[1].at) + settings.penalty
    return limit / curvature if 0 < curvature < math.inf else math.inf


def in_which_valley(experiment: Experiment, epoch: Epoch, surface: Surface) -> str:
    """`valley 1: lr is 0.72 × its limit 0.139799`, for one parameter; empty if no valley is known."""
    if not (surface.landscape and surface.landscape.valleys and len(epoch.parameters) == 1):
        return ""
    found = valley_at(surface, epoch.parameters)
    return _("beyond every known valley") if found is None else _against_its_limit(experiment, epoch, surface, found[0])


def on_level_ground(epoch: Epoch, surface: Surface) -> str:
    """Why the parameters stay where they are although they are in no valley: `gradient 0: on a saddle`."""
    if surface.landscape is None or any(epoch.gradient):
        return ""
    near = [place for place in surface.landscape.stationary if math.dist(place.at, epoch.parameters) <= LEVEL]
    words = {"hill": _("gradient 0: at the top of a hill"), "saddle": _("gradient 0: on a saddle")}
    return words.get(near[0].kind, "") if near else ""


def _against_its_limit(experiment: Experiment, epoch: Epoch, surface: Surface, number: int) -> str:
    """lr compared with the limit of the valley that the parameters are in."""
    limit = limit_at(experiment, epoch, surface)
    if math.isinf(limit):
        return _("in valley {number}", number=number)
    rate = experiment.settings_at(epoch.number).learning_rate
    return _(
        "valley {number}: lr {rate} is {part} × its limit {limit}",
        number=number,
        rate=significant(rate),
        part=multiple(rate / limit),
        limit=significant(limit),
    )


def settled_in(experiment: Experiment, epoch: Epoch, surface: Surface) -> str:
    """`in valley 2; valley 1 is lower: −3.514`: where a run has settled, and whether it could do better.

    If lr is too large for the valley, it says that the run will not stay.
    """
    found = valley_at(surface, epoch.parameters)
    if found is None or surface.landscape is None:
        return ""
    number, valley = found
    if experiment.settings_at(epoch.number).learning_rate >= limit_at(experiment, epoch, surface):
        return _against_its_limit(experiment, epoch, surface, number)
    valleys = surface.landscape.valleys
    if len(valleys) == 1:
        return _("in the only known valley")
    lowest = min(valleys, key=lambda each: each.cost)
    size = max(abs(each.cost) for each in surface.landscape.stationary)
    if valley.cost - lowest.cost > LOWER * size:
        other, cost = valleys.index(lowest) + 1, significant(lowest.cost, 4)
        return _("in valley {number}; valley {other} is lower: {cost}", number=number, other=other, cost=cost)
    if all(each.cost - valley.cost <= LOWER * size for each in valleys):
        return _("in valley {number} of {all}, all equally low", number=number, all=len(valleys))
    return _("in valley {number} of {all}, the lowest known", number=number, all=len(valleys))
