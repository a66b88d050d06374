"""The help: what the numbers and marks on the screen mean, with their present values; every key; and the manual."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame
from gdtui.numbers import count, fixed, significant
from gdtui.storage import manual
from gdtui.text import _, ngettext, padded
from gdtui.theory.limit_explained import limit_explained
from gdtui.ui.common.command import Command
from gdtui.ui.panels.parameters import columns

GRADIENT_BY = {
    "hand": _("the lecture's formula, written out"),
    "autograd": _("torch differentiates the cost"),
    "optim": _("torch differentiates the cost and takes the step"),
}

MARKS = (
    ("●", _("the epoch you are looking at")),
    ("○", _("where the next update lands")),
    ("×", _("the minimum: the W with the lowest cost")),
    ("•", _("an earlier epoch")),
    (_("tangent"), _("the straight line with the slope of the curve at ●")),
    (_("bottom"), _("the cost, or W, at the bottom of the bowl")),
)

VALLEYS = (
    ("1 2 …", _("valleys (×): places lower than everything around them")),
    ("∩", _("a hill: higher than everything around it; W may roll to either side")),
    ("◇", _("a saddle: level, but neither valley nor hill")),
    (_("strip"), _("under each W, the valley where a run from there ends")),
)

NAME = 11
"""The width of the names that are explained."""


def here(frame: Frame) -> tuple[str, str]:
    """A heading, and a line for each thing on the screen."""
    rows = [*_numbers(frame), *MARKS, *(VALLEYS if frame.surface.landscape else ())]
    return _("On this screen"), "\n".join(f"  {padded(name, NAME)} {words}" for name, words in rows)


def _numbers(frame: Frame) -> Iterator[tuple[str, str]]:
    experiment, settings = frame.experiment, frame.settings
    objective, rows = experiment.objective, count(experiment.dataset.rows, "row")
    updates = experiment.updates
    told = ngettext(
        "one pass over the data, with {n} update of W", "one pass over the data, with {n} updates of W", updates
    )
    yield _("epoch"), told if objective.is_of_rows else _("one update of W")
    yield "W", _("what the run learns: each epoch changes it")
    if named := columns(experiment):
        yield _("columns"), named
    about_rows = _("the {cost} over the {rows}; 0 is a perfect fit", cost=objective.cost_name, rows=rows)
    yield _("cost"), about_rows if objective.is_of_rows else experiment.equation
    if not frame.unknown:
        yield from _gradient(frame, experiment)
    if objective.is_of_rows:
        factor = objective.factor(settings.convention).before_sum
        yield settings.convention, _("the gradient is {factor}Σ error·x", factor=factor)
    for equation in objective.slope_equations():
        yield _("slope"), equation
    is_derivative = settings.method == "hand" and not objective.is_of_rows
    found_by = _("the derivative of f") if is_derivative else GRADIENT_BY[settings.method]
    yield _("by {method}", method=settings.method), found_by
    yield "lr", _("the learning rate: W changes by −lr·gradient")
    yield _("change"), _("how much the epoch's update changes W")
    yield _("pace"), _("how fast the epochs are played")
    if not frame.unknown:
        yield from limit_explained(experiment, frame.step_size, frame.epoch, frame.surface)


def _gradient(frame: Frame, experiment: Experiment) -> Iterator[tuple[str, str]]:
    """The gradient as it is used, and the slope of the curve if that is another number."""
    gradient, convention = frame.epoch.gradient[0], frame.settings.convention
    objective, rows = experiment.objective, experiment.dataset.rows
    shown = fixed(gradient, 3)
    if gradient < 0:
        yield _("gradient"), _("{gradient}: negative, so W has to grow", gradient=shown)
    elif gradient:
        yield _("gradient"), _("{gradient}: positive, so W has to shrink", gradient=shown)
    else:
        yield _("gradient"), _("{gradient}: the curve is flat here", gradient=shown)
    if convention == objective.slope_of_cost or experiment.batch or frame.settings.penalty:
        return
    by = objective.factor(convention).of(rows) / objective.factor(objective.slope_of_cost).of(rows)
    slope = frame.surface.slope(frame.epoch.parameters)[0]
    known = {"slope": significant(slope, 3), "gradient": significant(gradient, 4), "by": significant(by, 3)}
    yield _("slope"), _("{slope} is {gradient} divided by {by}: the curve shows the mean", **known)


def help_pages(commands: Sequence[Command]) -> list[list[tuple[str, str]]]:
    """The whole help, page by page, as (heading, lines): the keys, then the other pages of the manual."""
    topics = [topic for topic in manual.topics() if topic != "keys"]  # the commands themselves know their keys
    pages = [manual.sections(manual.read(topic)) for topic in topics]
    titles = "\n".join(f"  {page[0][0]}" for page in pages)
    return [[*key_sections(commands), (_("The manual: → and ← turn its pages"), titles)], *pages]


def key_sections(commands: Sequence[Command]) -> list[tuple[str, str]]:
    """Every command's keys and what it does, under the heading of its section."""
    sections = [
        (section, "\n".join(f"  {padded(command.shown_keys, 14)} {command.what_it_does}" for command in of_it))
        for section, of_it in groupby(commands, key=lambda command: command.section)
    ]
    numbers = _(
        "  25 space, 5 ←, 3 +    a number repeats the next key that many times\n"
        "  escape                cancels the number"
    )
    return [*sections, (_("Numbers"), numbers)]
