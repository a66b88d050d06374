"""The run in sentences: the same numbers as everywhere, in words that can be read aloud."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Course
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import LECTURE, Dataset, column, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.storage.rows import Writer
from gdtui.storage.sentences import spoken

TWO = Dataset((column((1, 2, 4)), column((3, 1, 1))), column((1, 2, 3)), ("hours", "sleep"), "score", "scores.csv")


def told(experiment: Experiment) -> list[str]:
    """The lines of a whole run."""
    writer = Writer(experiment, "text", predicts=False)
    course = Course(experiment, BACKEND.trainer(experiment))
    rows = [
        writer.row(epoch, stopped_by=course.stopped_by) if epoch.is_finite else writer.divergence(epoch.number)
        for epoch in course
    ]
    return [line or "" for line in (writer.header(), *rows)]


def test_the_lecture_in_sentences() -> None:
    lines = told(Experiment())
    assert lines[:4] == [
        "Gradient descent for 10 epochs on 3 rows (lecture): learning rate 0.1, gradient sum, computed by hand.",
        "Epoch 1 of 10: W is 0.000, the cost is 4.666667. The gradient is minus 14.000, so W rises by 1.400 to 1.400.",
        "Epoch 2 of 10: W is 1.400, the cost is 0.746666. The gradient is 5.600, so W falls by 0.560 to 0.840.",
        "Epoch 3 of 10: W is 0.840, the cost is 0.119467. The gradient is minus 2.240, so W rises by 0.224 to 1.064.",
    ]
    assert len(lines) == 12
    assert lines[-1] == "After 10 epochs: W is 1.000, the cost is 5.129 times ten to the power minus 8."


@pytest.mark.parametrize(
    ("experiment", "line", "expected"),
    [
        (
            Experiment(dataset=typed((1, 2, 3, 4), (0, 1, 0, 1)).prepared(validate=4), model="logistic"),
            0,
            "Gradient descent for 10 epochs on 3 rows (typed), with 1 more kept back: H(x) = sigmoid(W·x),"
            " learning rate 0.1, gradient mean, computed by hand.",
        ),
        (
            Experiment(dataset=TWO, has_bias=True, bias=-0.5, convention="mean", dtype="float64"),
            1,
            "Epoch 1 of 10: W1 is 0.000, W2 is 0.000, b is minus 0.500, the cost is 6.916667. The gradient is"
            " minus 6.833 for W1, minus 3.500 for W2, minus 2.500 for b, so W1 rises by 0.683 to 0.683,"
            " W2 rises by 0.350 to 0.350, b rises by 0.250 to minus 0.250.",
        ),
        (
            Experiment(method="optim", optimizer=Optimizer("adam")),
            1,
            "Epoch 1 of 10: W is 0.000, the cost is 4.666667. The gradient is minus 9.333;"
            " with adam, W rises by 0.100 to 0.100.",
        ),
        (
            Experiment(method="optim", optimizer=Optimizer("adam")),
            0,
            "Gradient descent for 10 epochs on 3 rows (lecture): learning rate 0.1, gradient mse, computed by autograd,"
            " optimizer adam.",
        ),
        (
            Experiment(batch=2, learning_rate=1e-9, dtype="float64"),
            1,
            "Epoch 1 of 10: W is 0.000, the cost is 4.666667. The gradient over all rows is minus 14.000;"
            " over 2 batches, W rises by 1.400 times ten to the power minus 8 to 1.400 times ten to the power minus 8.",
        ),
        (
            Experiment(weights=(1.0,)),
            1,
            "Epoch 1 of 10: W is 1.000, the cost is 0.000000. The gradient is 0.000, so W stays where it is.",
        ),
        (
            Experiment(changes=(Change(3, 0.05, "autograd"),)),
            3,
            "Epoch 3 of 10: W is 0.840, the cost is 0.119467."
            " From here on: learning rate 0.05, gradient mse, computed by autograd."
            " The gradient is minus 1.493, so W rises by 0.075 to 0.915.",
        ),
        (
            Experiment(until_cost=0.2),
            3,
            "Epoch 3 of 10: W is 0.840, the cost is 0.119467."
            " The cost is as low as you asked for, so the run ends here.",
        ),
        (
            Experiment(learning_rate=0.3, epochs=100),
            -1,
            "Epoch 39: the cost is no longer a finite number. The run has diverged and ends here.",
        ),
    ],
    ids=[
        "logistic",
        "several weights",
        "optimizer",
        "optimizer's opening",
        "batches",
        "at rest",
        "change",
        "low enough",
        "diverged",
    ],
)
def test_what_is_said(experiment: Experiment, line: int, expected: str) -> None:
    assert told(experiment)[line] == expected


@given(st.floats(-1e308, 1e308) | st.sampled_from([math.inf, -math.inf, math.nan]), st.sampled_from([3, 6]))
def test_any_number_can_be_read_aloud_and_tells_its_size(value: float, decimals: int) -> None:
    text = spoken(value, decimals)
    if text == "too large a number":
        assert not math.isfinite(value)
        return
    mantissa, _, exponent = text.replace("minus ", "-").partition(" times ten to the power ")
    assert re.fullmatch(r"-?\d+\.\d+", mantissa)
    read = float(f"{mantissa}e{exponent or 0}")
    assert abs(read - value) <= (0.0006 * abs(value) if exponent else 0.5001 * 10**-decimals)
    assert (read < 0) == (value < 0)


def test_every_line_is_plain_ascii() -> None:
    for experiment in (Experiment(), Experiment(dataset=LECTURE.standardized(), learning_rate=1.0, epochs=60)):
        assert all(line.isascii() and line.endswith(".") and "-" not in line for line in told(experiment))
