"""The value cursor: reads the numbers at an epoch, or at a value of one parameter."""

from gdtui.experiment.epoch import Epoch
from gdtui.lab.frame import NOT_YET, Frame
from gdtui.lab.run import Run
from gdtui.numbers import fixed, significant
from gdtui.text import _
from gdtui.ui.charts.scale import round_above

STEPS_TO_START = 20
"""How many steps along a parameter lead from the minimum to the run's start."""


def at_epoch(run: Run, pointed: Epoch | None, by: int) -> Epoch:
    """The epoch `by` after the one pointed at; the first time, the current epoch."""
    index = run.cursor if pointed is None or not pointed.number else pointed.number - 1 + by
    return run.history[min(max(index, 0), len(run.history) - 1)]


def at_value(frame: Frame, pointed: Epoch | None, parameter: int, by: int) -> Epoch:
    """What an epoch would be with one parameter moved by some steps; its number is 0, and nothing follows it."""
    step = step_along(frame, parameter)
    here = frame.epoch.parameters
    value = here[parameter] if pointed is None or pointed.number else pointed.parameters[parameter] + by * step
    return at(frame, parameter, round(value / step) * step)


def at(frame: Frame, parameter: int, value: float) -> Epoch:
    """What an epoch would be with one parameter at this value; its number is 0, and nothing follows it."""
    here = frame.epoch.parameters
    parameters = (*here[:parameter], value, *here[parameter + 1 :])
    surface = frame.surface
    return Epoch(0, parameters, surface.cost(parameters), surface.slope(parameters), (), ())


def step_along(frame: Frame, parameter: int) -> float:
    """A round step along a parameter."""
    end = frame.surface.minimum or frame.epoch.parameters
    far = abs(frame.trail[0].parameters[parameter] - end[parameter])
    return round_above((far or 1.0) / STEPS_TO_START)


def reading(frame: Frame, pointed: Epoch, parameter: int) -> str:
    """The numbers at the cursor in words, without hidden ones."""
    name = frame.experiment.parameter_names[parameter]
    value = significant(pointed.parameters[parameter])
    # Along a parameter the slope changes evenly, so any two slopes would give away a third.
    unknown = frame.unknown if pointed.number in (0, frame.epoch.number) else frozenset()
    gradient = NOT_YET if "gradient" in unknown else significant(pointed.gradient[parameter])
    if not pointed.number:
        cost = significant(pointed.cost)
        known = {"name": name, "value": value, "slope": gradient, "cost": cost}
        return _("┼ {name} {value}: slope {slope}, cost {cost}   escape hides it", **known)
    return _(
        "┼ epoch {n}: {name} {value}   cost {cost}   gradient {gradient}   escape hides it",
        n=pointed.number,
        name=name,
        value=value,
        cost=NOT_YET if "cost" in unknown else fixed(pointed.cost, 6),
        gradient=gradient,
    )
