"""The numbers of the epoch looked at, the line that makes the next W, and the verdict."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import SGD
from gdtui.lab.frame import NOT_YET, Frame
from gdtui.numbers import bracketed, count, decimals_for, fixed, in_brackets, vector
from gdtui.text import _
from gdtui.ui.common.rows import Row, Span
from gdtui.ui.panels.equation import Subtraction, subtraction
from gdtui.ui.panels.panel import Panel

MOST_WEIGHTS = (8, 4, 3, 2, 1)
"""How many weights are written out, as far as there is room."""


class Numbers(Panel):
    """Three lines, one more where there is b, and another where x is standardized."""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines of the frame."""
        return number_rows(self.frame, width) if self.frame else []


def number_rows(frame: Frame, width: int, hidden: Collection[str] = ()) -> list[Row]:
    """The epoch with its numbers, the update with its numbers put in, and the verdict, as far as they are shown."""
    return [line(frame, width) for line in lines_shown(frame.experiment, hidden)]


def lines_shown(experiment: Experiment, hidden: Collection[str]) -> list[Callable[[Frame, int], Row]]:
    """What makes each line; the formula and the verdict both tell lr."""
    has_numbers, has_formula = "numbers" not in hidden, not {"formula", "lr"} & set(hidden)
    lines = (
        (partial(values, has_gradient="gradient" not in hidden), has_numbers),
        (partial(formula, weights=True), has_formula),
        (partial(formula, weights=False), has_formula and experiment.has_bias),
        (own_units, has_numbers and experiment.dataset.scaling is not None),
        (verdict, not {"verdict", "lr"} & set(hidden)),
    )
    return [line for line, is_shown in lines if is_shown]


def values(frame: Frame, width: int, *, has_gradient: bool) -> Row:
    """`epoch 2/10  W 1.400  cost 0.746666  gradient 5.600`, less where there is no room or it is not to be seen."""
    experiment, epoch = frame.experiment, frame.epoch
    taken = epoch.number > experiment.epochs and epoch.number == frame.known
    place = _(" epoch {number}/{planned}", number=epoch.number, planned=experiment.epochs)
    if taken:
        place = _(" after {number}/{planned}", number=epoch.number - 1, planned=experiment.epochs)
    weights, bias = experiment.split(epoch.parameters)
    slopes, bias_slope = experiment.split(epoch.gradient)

    convention = frame.settings.convention
    is_cost_itself = convention == "mse" or not experiment.objective.is_of_rows
    named = "" if is_cost_itself else f" ({convention})"

    told = frame.surface.told(epoch.parameters)

    def row(most: int, gradient: str | None) -> Row:
        runs: list[Span] = [
            (place, "main"),
            ("    W ", "dim"),
            (vector(weights, 3, most), "main"),
        ]
        if bias is not None:
            runs += [("   b ", "dim"), (fixed(bias, 3), "main")]
        runs += [(_("   cost "), "dim"), (NOT_YET if "cost" in frame.unknown else fixed(epoch.cost, 6), "main")]
        if epoch.validation is not None:
            runs += [(_("   validation "), "dim"), (fixed(epoch.validation, 6), "text")]
        if told is not None and "cost" not in frame.unknown:
            runs += [(_("   right "), "dim"), (_("{n:,} of {rows:,}", n=told, rows=experiment.dataset.rows), "text")]
        if gradient is not None:
            ending = "" if bias_slope is None else f", {fixed(bias_slope, 3)}"
            slope = NOT_YET if "gradient" in frame.unknown else vector(slopes, 3, most) + ending
            runs += [(_("   gradient "), "dim"), (slope, "text"), (gradient, "dim")]
        return tuple(runs)

    ways = (named, "", None) if has_gradient else (None,)
    return first_that_fits((row(most, shown) for most in MOST_WEIGHTS for shown in ways), width)


def formula(frame: Frame, width: int, *, weights: bool) -> Row:
    """`W ← W − lr·gradient = 1.400 − 0.1·5.600 = 0.840`, for the weights or for b; less where there is no room."""
    name, part = ("W", slice(0, len(frame.experiment.dataset.x))) if weights else ("b", slice(-1, None))
    epoch = frame.epoch
    before, gradient, following = epoch.parameters[part], epoch.gradient[part], epoch.following[part]
    is_plain = frame.experiment.is_plain_at(epoch.number)
    factor, changes = (frame.settings.learning_rate, gradient) if is_plain else (1.0, epoch.update[part])
    size, least = len(before), decimals_for(epoch.update[part])

    def row(beginning: str, written: Subtraction) -> Row:
        change = bracketed(in_brackets(written.change, size))
        change = NOT_YET if ("gradient" if is_plain else "update") in frame.unknown else change
        change = f"{written.factor}·{change}" if is_plain else change
        sign = "=" if written.holds else "≈"
        return (
            (beginning, "dim"),
            (f"{in_brackets(written.before, size)} − {change} {sign} ", "text"),
            (NOT_YET if "following" in frame.unknown else in_brackets(written.following, size), "main"),
        )

    beginnings = (f" {name} ← {name} − {update_name(frame)} = ", f" {name} ← ")
    equations = (
        subtraction(before[:most], factor, changes[:most], following[:most], decimals)
        for most in MOST_WEIGHTS
        if most <= size or most == MOST_WEIGHTS[0]
        for decimals in dict.fromkeys((least, 3))
    )
    return first_that_fits((row(words, written) for written in equations for words in beginnings), width)


def update_name(frame: Frame) -> str:
    """What is subtracted, in words."""
    if frame.experiment.is_plain_at(frame.epoch.number):
        return "lr·gradient"
    if frame.experiment.batch is None:
        return _("update ({optimizer})", optimizer=frame.settings.optimizer.name)
    by = "" if frame.settings.optimizer == SGD else f", {frame.settings.optimizer.name}"
    return f"{count(frame.experiment.updates, 'update')}{by}"


def first_that_fits(rows: Iterable[Row], width: int) -> Row:
    """The first row that is not too long; the last where all are."""
    row: Row = ()
    for row in rows:  # the last one is wanted too
        if sum(len(text) for text, _ in row) <= width:
            break
    return row


def own_units(frame: Frame, width: int) -> Row:  # it is cut where it does not fit
    """The parameters for x as the data has it."""
    scaling = frame.experiment.dataset.scaling
    if scaling is None:
        return ()
    *standardized, bias = frame.epoch.parameters
    weights, own_bias = scaling.to_own_units(tuple(standardized), bias)
    return ((_(" in the data's own units "), "dim"), (f"W {vector(weights, 3)}   b {fixed(own_bias, 3)}", "text"))


def verdict(frame: Frame, width: int) -> Row:
    """The learning rate against its limit, in full where there is room, and what comes of it."""
    if "verdict" in frame.unknown:
        return ((_(" lr against its limit: "), "dim"), (NOT_YET, "main"))
    role = {"going": "text", "diverged": "bad"}.get(frame.state, "good")
    if frame.state == "diverged":
        return ((f" {frame.verdict}", role),)
    if frame.state == "going" and frame.step_size.regime in ("bouncing", "diverging"):
        role = "warn"
    step_size, words = frame.step_size, frame.verdict
    fewer = words.replace(" per epoch", "")
    short = f" {step_size.shortly()}  "
    ending = "." if words[:1].isupper() else ";"
    pairs = [(f" {limit}{ending}", words) for limit in (step_size.against_limit(), step_size.of_limit())]
    if frame.surface.landscape:  # the words have the limit of the valley
        pairs = [("", words)]
    fewest = fewer.replace(" (steepest)", "").replace(" (flattest)", "")
    pairs += [] if frame.surface.landscape else [(short, words), (short, fewer), (short, fewest)]
    if step_size.is_slow:  # how long it takes says more than the factor of the steepest direction
        regime, _colon, told = fewest.partition(": ")
        needs, *to_do = (part for part in told.split("; ") if not part.startswith("distance"))
        whole = "; ".join((needs, *to_do))
        pairs += [(short, f"{regime}: {whole}"), (short, whole), (short, f"{regime}: {needs}"), (short, needs)]
        pairs += [("", f"{regime}: {whole}"), ("", whole), ("", needs)]
    pairs += [("", fewer), ("", fewest)]
    if step_size.regime == "unknown":
        pairs.append(("", fewest.partition(";")[0]))
    if frame.state == "within the tolerance":
        pairs += [("", fewest.replace("by the costs seen: ", "")), ("", words.partition(";")[0])]
    return first_that_fits((((limit, "dim"), (f" {words}", role)) for limit, words in pairs), width)
