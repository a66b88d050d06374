"""What the costs so far say about a run for which theory gives no limit."""

import math
from operator import mul

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import QuadraticSurface, Surface
from gdtui.numbers import count, fixed, significant
from gdtui.text import _
from gdtui.theory.tolerance import endless
from gdtui.theory.valleys import bottom, in_which_valley, on_level_ground

MOST_ROWS = 10_000
"""With more rows than this, `all_on_one_side` does not look through them."""

FADED = 0.01
"""Growing steps are put down to a shrunken gradient only once the cost is below this part of the first cost."""


def seen(experiment: Experiment, before: Epoch | None, epoch: Epoch, surface: Surface, *, is_safe: bool = False) -> str:
    """How the cost moves, and what follows: `by the costs so far: falling, × 0.83 per epoch; about 12 epochs to go`.

    `is_safe`: theory says that each epoch lowers the cost, so the local curvature adds nothing.
    """
    valley = in_which_valley(experiment, epoch, surface)
    if before is None:
        return valley or _at_first(experiment, epoch, surface)
    least = bottom(surface, epoch.parameters)
    earlier, now = before.cost - least, epoch.cost - least
    if now == earlier:
        return _at_rest(epoch, surface)
    if now > earlier and has_faded(experiment, epoch, surface):
        return _("by the costs so far: rising; √v has shrunk with the gradient, so steps grow")
    moves = _("falling") if now < earlier else _("rising")
    if earlier > 0 and now > 0:
        moves = _("{moves}, × {part} per epoch", moves=moves, part=significant(now / earlier, 3))
    if valley:
        return f"{valley}; {moves}"
    if why := no_minimum(experiment, before, epoch, surface):
        return f"{moves}; {why}"
    if is_safe:
        return _("cost {moves}", moves=moves)
    words = _("by the costs so far: {moves}", moves=moves)
    away = epochs_away(experiment, epoch, surface)
    about = _("{epochs} to go", epochs=away) if away else limit_here(experiment, epoch, surface)
    return f"{words}; {about}" if about else words


def _at_first(experiment: Experiment, epoch: Epoch, surface: Surface) -> str:
    """`steps are about lr at first: about 12 epochs to the minimum`, if the step size does not depend on the
    gradient.
    """
    away = epochs_away(experiment, epoch, surface)
    if not away:
        return _("judged by the costs so far, from the next epoch on")
    first = experiment.settings_at(1).optimizer.rule.first_step or 1.0
    many = significant(first, 2)
    steps = _("steps are about lr at first") if first < 1.5 else _("steps are about {many} × lr at first", many=many)
    return _("{steps}: {epochs} to the minimum", steps=steps, epochs=away)


def _at_rest(epoch: Epoch, surface: Surface) -> str:
    """Why the cost does not change."""
    if level := on_level_ground(epoch, surface):
        return level
    if surface.minimum and surface.told(epoch.parameters) and not any(epoch.gradient):
        return _("gradient 0: the errors cancel, as the classes are not separable")
    return _("by the costs so far: not changing")


def no_minimum(experiment: Experiment, before: Epoch, epoch: Epoch, surface: Surface) -> str:
    """Why the cost falls for ever, with the margin of separable classes and whether it has grown; otherwise empty."""
    why = endless(experiment, surface)
    if not why or surface.separation != "whole":
        return why
    margin = surface.margin(epoch.parameters)
    if margin > surface.margin(before.parameters):
        return _("{why}, margin {margin}, growing", why=why, margin=fixed(margin, 2))
    return _("{why}, margin {margin}", why=why, margin=fixed(margin, 2))


def limit_here(experiment: Experiment, epoch: Epoch, surface: Surface) -> str:
    """`limit here 4.4`, for plain gradient descent on a cost whose curvature varies."""
    curvature = curvature_here(experiment, epoch, surface)
    if curvature is None:
        return ""
    if curvature <= 0:
        return _("on a hill: no limit here") if curvature < 0 else _("not curved here: no limit")
    return _("limit here {limit}", limit=significant(2 / curvature, 3))


def all_on_one_side(experiment: Experiment, parameters: tuple[float, ...], surface: Surface) -> str:
    """`every H(x) is below 0.5` though some labels are 1, or the reverse, because b is missing; otherwise empty.

    If the cost has no minimum, W separates the classes in the end even without b.
    """
    border, data = experiment.objective.border, experiment.dataset
    if (
        border is None
        or surface.separation
        or experiment.has_bias
        or data.rows > MOST_ROWS
        or min(data.y) == max(data.y)
    ):
        return ""
    sides = (experiment.hypotheses(parameters, x)[0] >= border for x in zip(*data.x, strict=True))
    first = next(sides)
    if not all(side == first for side in sides):
        return ""
    return (
        _("every H(x) is {border} or more", border=border)
        if first
        else _("every H(x) is below {border}", border=border)
    )


def curvature_here(experiment: Experiment, epoch: Epoch, surface: Surface) -> float | None:
    """L at an epoch, for plain gradient descent on a cost whose curvature varies (its limit there is 2/L); otherwise
    None.
    """
    settings = experiment.settings_at(epoch.number)
    has_limit = settings.optimizer.rule.limit_of_any_update is not None
    if surface.quadratic is not None or not has_limit or experiment.batch is not None:
        return None
    return surface.curvature(settings.convention, epoch.parameters) + settings.penalty


def epochs_away(experiment: Experiment, epoch: Epoch, surface: Surface) -> str:
    """`about 12 epochs` to the minimum in steps of about lr; empty near the minimum, and if `distance` is 0."""
    settings = experiment.settings_at(epoch.number)
    if experiment.stretch_at(epoch.number).is_changing_at(epoch.number):
        return ""
    rates = distance(experiment, epoch.number, epoch.parameters, surface) / settings.learning_rate
    epochs = settings.optimizer.rule.updates_for(rates) / experiment.updates
    return _("about {epochs}", epochs=count(round(epochs), "epoch")) if 1.5 < epochs < 1e15 else ""


def distance(experiment: Experiment, number: int, parameters: tuple[float, ...], surface: Surface) -> float:
    """The largest distance of a parameter from rest; 0 if unknown, or if the step size depends on the gradient."""
    settings, bowl = experiment.settings_at(number), surface.quadratic
    if settings.optimizer.rule.first_step is None or bowl is None or not bowl.has_one_minimum:
        return 0.0
    rest = bowl.at_rest(settings.convention, settings.penalty)
    return max(abs(r - p) for r, p in zip(rest, parameters, strict=True))


def has_faded(experiment: Experiment, epoch: Epoch, surface: Surface) -> bool:
    """Whether steps are large because v, the average they are divided by, has shrunk along with the gradient.

    They grow until lr/√v exceeds its limit, like lr in plain descent; then the cost rises, and v with it.
    """
    settings, bowl = experiment.settings_at(epoch.number), surface.quadratic
    limit = settings.optimizer.rule.faded_limit
    if limit is None or bowl is None or not epoch.memory or experiment.batch is not None:
        return False
    above, first = (cost - bowl.least_cost for cost in (epoch.cost, bowl.cost(experiment.start)))
    if above > FADED * first:
        return False
    eps, size = settings.optimizer.named["eps"], len(epoch.parameters)
    rates = [settings.learning_rate / (math.sqrt(v) + eps) for v in epoch.memory[-size:]]
    # Once the cost rises v grows too, so lr/√v may already be down to half of its limit.
    return 2 * _largest_eigenvalue(rates, bowl, bowl.factor(settings.convention), settings.penalty) > limit


def _largest_eigenvalue(rates: list[float], bowl: QuadraticSurface, factor: float, penalty: float) -> float:
    """The largest eigenvalue of the Hessian with each row times its parameter's rate, by power iteration.

    It takes the place of lr·L when each parameter has its own lr.
    """
    direction = [1.0] * len(rates)
    largest = 0.0
    for _step in range(50):
        pulled = [
            factor * sum(map(mul, row, direction)) + penalty * part
            for row, part in zip(bowl.gram, direction, strict=True)
        ]
        direction = [rate * pull for rate, pull in zip(rates, pulled, strict=True)]
        largest = max(map(abs, direction))
        if not 0 < largest < math.inf:
            break
        direction = [part / largest for part in direction]
    return largest
