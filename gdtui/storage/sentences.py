"""A run told in sentences: for screen readers, logs and mail, in characters that every one of them can read."""

import math
from collections.abc import Iterable

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.kinds import NUMBER
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.settings import SETTINGS
from gdtui.numbers import count, shortest
from gdtui.text import _, listed

_BY = {"hand": "by hand", "autograd": "by autograd", "optim": "by autograd"}


def opening(experiment: Experiment) -> str:
    """What is going to be done."""
    data = experiment.dataset
    planned, rows = count(experiment.epochs, "epoch"), count(data.rows, "row")
    return f"Gradient descent for {planned} on {rows} ({data.name}): {_settings(experiment, 1)}."


def sentence(epoch: Epoch, experiment: Experiment, *, stops: bool = False) -> str:
    """One epoch: where it begins, and what its update does, unless the run stops there as it was asked to."""
    names = experiment.parameter_names
    there = ", ".join(f"{name} is {spoken(value, 3)}" for name, value in zip(names, epoch.parameters, strict=True))
    cost = f"the cost is {spoken(epoch.cost, 6)}"
    if epoch.number > experiment.epochs:
        return f"After {count(epoch.number - 1, 'epoch')}: {there}, {cost}."
    place = f"Epoch {epoch.number} of {experiment.epochs}: {there}, {cost}."
    is_low = experiment.until_cost is not None and epoch.cost <= experiment.until_cost
    if is_low or stops:
        why = "That is as low as asked for" if is_low else "It has changed by less than asked for"
        return f"{place} {why}, and the run ends here."
    changed = any(change.epoch == epoch.number for change in experiment.changes)
    news = f" From here on: {_settings(experiment, epoch.number)}." if changed else ""
    return f"{place}{news} {_gradient(epoch, experiment)}{_so(epoch, experiment)} {_update(epoch, experiment)}."


def divergence(number: int) -> str:
    """The end of a run whose cost at this epoch is not finite."""
    return f"Epoch {number}: the cost is no longer a finite number. The run has diverged and ends here."


def prediction(x: Iterable[float], values: Iterable[float]) -> str:
    """H(x) at the end of a run, a number for each target."""
    given, found = ", ".join(map(_exactly, x)), listed([spoken(value, 6) for value in values])
    return _("For x of {x} the hypothesis gives {values}.", x=given, values=found)


def spoken(value: float, decimals: int) -> str:
    """A number as it is read aloud: with so many decimals, or as a power of ten where these would not show it.

    A hyphen is passed over by many screen readers, so a negative number begins with a word.
    """
    if not math.isfinite(value):
        return "too large a number"
    if value == 0 or 0.5 * 10**-decimals <= abs(value) < 1e7:
        return _minus(f"{value or 0.0:.{decimals}f}")
    return _power(f"{value:.3e}")


def _exactly(value: float) -> str:
    """A number that somebody typed, with all its digits."""
    text = shortest(value)
    return _power(text) if "e" in text else _minus(text)


def _power(text: str) -> str:
    mantissa, exponent = text.split("e")
    return f"{_minus(mantissa)} times ten to the power {_minus(str(int(exponent)))}"


def _minus(text: str) -> str:
    return "minus " + text[1:] if text.startswith("-") else text


def _settings(experiment: Experiment, epoch: int) -> str:
    settings = experiment.settings_at(epoch)
    taken = f", optimizer {settings.optimizer}" if settings.method == "optim" else ""
    found = f"gradient {settings.convention}, found {_BY[settings.method]}"
    return f"learning rate {_exactly(settings.learning_rate)}, {found}{taken}{_others(experiment)}"


def _others(experiment: Experiment) -> str:
    """The settings that have no words of their own, where they are not as usual."""
    plain = Experiment()
    others = [row for row in SETTINGS if row.line is not None and not row.is_length]
    changed = [(row, experiment.value(row)) for row in others if experiment.value(row) != plain.value(row)]
    texts = (f"{row.label} {_exactly(value)}" if row.kind is NUMBER else row.write(value) for row, value in changed)
    return "".join(f", {text}" for text in texts)


def _gradient(epoch: Epoch, experiment: Experiment) -> str:
    over = " over all rows" if experiment.updates > 1 else ""
    if len(epoch.gradient) == 1:
        return f"The gradient{over} is {spoken(epoch.gradient[0], 3)}"
    parts = zip(experiment.parameter_names, epoch.gradient, strict=True)
    return f"The gradient{over} is " + ", ".join(f"{spoken(value, 3)} for {name}" for name, value in parts)


def _so(epoch: Epoch, experiment: Experiment) -> str:
    """What stands between the gradient and the update."""
    if experiment.updates > 1:
        return f"; in {experiment.updates:,} batches"
    optimizer = experiment.settings_at(epoch.number).optimizer
    return ", so" if optimizer == SGD else f"; with {optimizer.name}"


def _update(epoch: Epoch, experiment: Experiment) -> str:
    actions = zip(experiment.parameter_names, epoch.parameters, epoch.update, epoch.following, strict=True)
    return ", ".join(_action(*action) for action in actions)


def _action(name: str, before: float, update: float, after: float) -> str:
    if not math.isfinite(after):
        return f"{name} becomes too large a number"
    if before == after:
        return f"{name} stays where it is"
    # The update is what is subtracted; where it is lost in rounding, the numbers before and after tell the way.
    return f"{name} {'falls' if after < before else 'rises'} by {spoken(abs(update), 3)} to {spoken(after, 3)}"
