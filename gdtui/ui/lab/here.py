"""What the numbers, fields and marks on the screen are, with the values that stand there."""

from collections.abc import Iterator

from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame
from gdtui.numbers import count, fixed, significant, times

GRADIENT_BY = {
    "hand": "the lecture's formula, written out",
    "autograd": "torch differentiates the cost",
    "optim": "torch differentiates the cost and takes the step",
}

MARKS = (
    ("●", "the epoch you are looking at"),
    ("○", "where the next update lands"),
    ("×", "the minimum: the W with the least cost"),
    ("•", "an earlier epoch"),
    ("tangent", "the straight line with the slope of the curve at ●"),
    ("least", "the least cost there is"),
)

NAME = 10
"""The columns for what is explained."""


def here(frame: Frame) -> tuple[str, str]:
    """A heading, and a line for each thing on the screen."""
    rows = [*_numbers(frame), *MARKS]
    return "On this screen", "\n".join(f"  {name:<{NAME}} {words}" for name, words in rows)


def _numbers(frame: Frame) -> Iterator[tuple[str, str]]:
    experiment, settings = frame.experiment, frame.settings
    objective, rows = experiment.objective, count(experiment.dataset.rows, "row")
    yield "W", "what the run learns: each epoch changes it"
    yield "cost", f"the {objective.cost_name} over the {rows}; 0 is a perfect fit"
    if not frame.unknown:
        yield from _gradient(frame, experiment)
    yield settings.convention, f"the gradient is {objective.factor(settings.convention).before_sum}Σ error·x"
    yield f"by {settings.method}", GRADIENT_BY[settings.method]
    yield "lr", "the learning rate: W changes by −lr·gradient"
    size = frame.step_size
    if frame.unknown or not size.has_limit or size.is_flat:
        return
    yield "limit", f"{significant(size.limit)}: with a larger lr each step ends further away"
    side = "on the other side, " if size.factor < 0 else ""
    yield "distance ×", f"after each epoch W is {side}{times(abs(size.factor))} times as far"


def _gradient(frame: Frame, experiment: Experiment) -> Iterator[tuple[str, str]]:
    """The gradient as it is used, and the slope of the curve where that is another number."""
    gradient, convention = frame.epoch.gradient[0], frame.settings.convention
    objective, rows = experiment.objective, experiment.dataset.rows
    way = "negative, so W has to grow" if gradient < 0 else "positive, so W has to shrink" if gradient else "level"
    yield "gradient", f"{fixed(gradient, 3)}: {way}"
    if convention == objective.slope_of_cost or experiment.batch or frame.settings.decay:
        return
    by = objective.factor(convention).of(rows) / objective.factor(objective.slope_of_cost).of(rows)
    slope = frame.surface.slope(frame.epoch.parameters)[0]
    equation = f"{significant(slope, 3)} is {significant(gradient, 4)} divided by {significant(by, 3)}"
    yield "slope", f"{equation}: the curve shows the mean"
