"""The gradient by differences of the cost: how one checks a gradient, without a formula for it."""

from collections.abc import Iterator

from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import Surface

STEP = 6e-6
"""About the cube root of float64's rounding unit, where the error of the formula and that of rounding meet
(Press et al., Numerical Recipes, 5.7); times the parameter where that is larger than 1."""


def difference_quotient(
    experiment: Experiment, epoch: int, parameters: tuple[float, ...], surface: Surface
) -> tuple[float, ...]:
    """(C(θ + h) − C(θ − h))/2h for each parameter, in the convention of the epoch, weight decay included."""
    settings, objective = experiment.settings_at(epoch), experiment.objective
    rows = experiment.dataset.rows
    here, of_cost = (objective.factor(name).of(rows) for name in (settings.convention, objective.slope_of_cost))

    def quotients() -> Iterator[float]:
        for index, value in enumerate(parameters):
            h = STEP * max(1.0, abs(value))
            above, below = ((*parameters[:index], value + way, *parameters[index + 1 :]) for way in (h, -h))
            rise, run = surface.cost(above) - surface.cost(below), above[index] - below[index]
            yield here / of_cost * rise / run + settings.decay * value

    return tuple(quotients())
