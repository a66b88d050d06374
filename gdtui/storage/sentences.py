"""A run in sentences, for screen readers, logs and mail, using only characters that all of them can handle."""

import math
from collections.abc import Iterable, Sequence

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.kinds import NUMBER
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.schedule import CONSTANT
from gdtui.experiment.settings import SETTINGS
from gdtui.numbers import count, prediction_decimals, shortest, significant
from gdtui.text import _, listed

_FOUND = {"hand": _("computed by hand"), "autograd": _("computed by autograd"), "optim": _("computed by autograd")}

_STOPPED = {
    "until_cost": _("The cost is as low as you asked for, so the run ends here."),
    "patience": _("The validation cost no longer falls, so the run ends here."),
    "until_change": _("The cost changed by less than the limit you set, so the run ends here."),
}


def opening(experiment: Experiment) -> str:
    """The sentence before the first epoch: what the run will do."""
    data = experiment.dataset
    told = {"epochs": count(experiment.epochs, "epoch"), "settings": _settings(experiment, 1)}
    if not experiment.objective.is_of_rows:
        return _("Gradient descent for {epochs} on {cost}: {settings}.", cost=experiment.equation, **told)
    rows = _("{rows} ({data})", rows=count(data.rows, "row"), data=data.name)
    if data.kept:
        rows = _("{rows}, with {n:,} more kept back", rows=rows, n=data.kept.rows)
    if experiment.model != Experiment().model:
        told["settings"] = _("{equation}, {settings}", equation=experiment.equation, settings=told["settings"])
    return _("Gradient descent for {epochs} on {rows}: {settings}.", rows=rows, **told)


def sentence(epoch: Epoch, experiment: Experiment, *, stopped_by: str = "") -> str:
    """One epoch: its parameters and cost, and what its update does unless a stop condition ends the run there."""
    pairs = zip(experiment.parameter_names, epoch.parameters, strict=True)
    there = ", ".join(_("{name} is {value}", name=name, value=spoken(value, 3)) for name, value in pairs)
    values = {"parameters": there, "cost": spoken(epoch.cost, 6)}
    if epoch.validation is not None:
        kept = spoken(epoch.validation, 6)
        values["cost"] = _("{cost}, and {kept} for the rows kept back", cost=values["cost"], kept=kept)
    if epoch.number > experiment.epochs:
        taken = count(epoch.number - 1, "epoch")
        return _("After {epochs}: {parameters}, the cost is {cost}.", epochs=taken, **values)
    values |= {"number": str(epoch.number), "planned": str(experiment.epochs)}
    said = [_("Epoch {number} of {planned}: {parameters}, the cost is {cost}.", **values)]
    if stopped_by:
        return " ".join((*said, _STOPPED[stopped_by]))
    if any(change.epoch == epoch.number for change in experiment.changes):
        said.append(_("From here on: {settings}.", settings=_settings(experiment, epoch.number)))
    else:
        before, rate = (experiment.settings_at(epoch.number + by).learning_rate for by in (-1, 0))
        if rate != before:
            said.append(_("The learning rate is now {rate}.", rate=_rate(experiment, epoch.number)))
    return " ".join((*said, _update(epoch, experiment)))


def divergence(number: int) -> str:
    """The sentence for a run that ends because its cost is not finite."""
    return _("Epoch {n}: the cost is no longer a finite number. The run has diverged and ends here.", n=number)


def prediction(x: Iterable[float], values: Sequence[float]) -> str:
    """H(x) at the end of a run, one number per target."""
    decimals = prediction_decimals(values)
    given, found = ", ".join(map(_exactly, x)), listed([spoken(value, decimals) for value in values])
    return _("For x equal to {x}, the hypothesis predicts {value}.", x=given, value=found)


def spoken(value: float, decimals: int) -> str:
    """A number as read aloud: with this many decimals, or as a power of ten if those would hide it.

    A negative number starts with a word, because many screen readers skip a hyphen.
    """
    if not math.isfinite(value):
        return _("too large a number")
    if value == 0 or 0.5 * 10**-decimals <= abs(value) < 1e7:
        return _aloud(f"{value or 0.0:.{decimals}f}")
    return _aloud(f"{value:.3e}")


def _exactly(value: float) -> str:
    """A number that somebody typed, with all its digits."""
    return _aloud(shortest(value))


def _rate(experiment: Experiment, epoch: int) -> str:
    """The learning rate of an epoch; one computed by a schedule has as many digits as on the screen."""
    settings = experiment.settings_at(epoch)
    write = shortest if settings.schedule == CONSTANT else significant
    return _aloud(write(settings.learning_rate))


def _aloud(text: str) -> str:
    if text.startswith("-"):
        return _("minus {number}", number=_aloud(text[1:]))
    mantissa, is_power, exponent = text.partition("e")
    if not is_power:
        return text
    return _("{mantissa} times ten to the power {power}", mantissa=mantissa, power=_aloud(str(int(exponent))))


def _settings(experiment: Experiment, epoch: int) -> str:
    settings, plain = experiment.settings_at(epoch), Experiment()
    said = [
        _("learning rate {rate}", rate=_rate(experiment, epoch)),
        _("gradient {convention}", convention=settings.convention)
        if experiment.objective.is_of_rows
        else _("gradient of f"),
        _FOUND[settings.method],
    ]
    if settings.method == "optim":
        said.append(_("optimizer {optimizer}", optimizer=settings.optimizer))
    # Settings without words of their own, if they differ from the default.
    for row in SETTINGS:
        value = experiment.value(row)
        if row.line is not None and not row.is_length and value != plain.value(row):
            said.append(f"{row.label} {_exactly(value)}" if row.kind is NUMBER else row.write(value))
    return ", ".join(said)


def _update(epoch: Epoch, experiment: Experiment) -> str:
    names, optimizer = experiment.parameter_names, experiment.settings_at(epoch.number).optimizer
    parts = [spoken(value, 3) for value in epoch.gradient]
    if len(parts) > 1:
        parts = [_("{value} for {name}", value=value, name=name) for value, name in zip(parts, names, strict=True)]
    actions = map(_action, names, epoch.parameters, epoch.update, epoch.following)
    values = {"gradient": ", ".join(parts), "update": ", ".join(actions)}
    if experiment.updates > 1:
        batches = experiment.updates
        return _("The gradient over all rows is {gradient}; over {n:,} batches, {update}.", n=batches, **values)
    if optimizer == SGD:
        return _("The gradient is {gradient}, so {update}.", **values)
    return _("The gradient is {gradient}; with {optimizer}, {update}.", optimizer=optimizer.name, **values)


def _action(name: str, before: float, update: float, after: float) -> str:
    if not math.isfinite(after):
        return _("{name} becomes too large a number", name=name)
    if before == after:
        return _("{name} stays where it is", name=name)
    # If rounding hides the update, the numbers before and after still show its direction.
    values = {"name": name, "amount": spoken(abs(update), 3), "value": spoken(after, 3)}
    if after < before:
        return _("{name} falls by {amount} to {value}", **values)
    return _("{name} rises by {amount} to {value}", **values)
