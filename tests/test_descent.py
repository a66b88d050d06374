"""The trainer: the digits of the lecture, gradients by every way, and the path they take."""

import csv
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from problems import at_rate, conventions, eighths, experiments, hessian, least_squares, methods, named, objective, walk
from problems import mean_squared_error as mse

from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Course
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import LECTURE, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.settings import METHODS
from gdtui.storage.rows import lecture_line

REFERENCE = Path(__file__).parent / "reference"

modest = examples(60)

PLANE = named([(1, 2, 3, 5), (2, -1, 0, 1)], (3, 1, -2, 4))
LONG = Experiment(dataset=PLANE, has_bias=True, weights=(0.5, -1), bias=2, learning_rate=0.02, epochs=8)


def table(name):
    with (REFERENCE / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


def first(experiment):
    return walk(experiment, 1)[0]


# Reference digits


@pytest.mark.parametrize(
    ("name", "method", "convention"),
    [
        ("hand_sum_float32_0.1", "hand", None),
        ("hand_sum_float32_0.05", "hand", None),
        ("hand_sum_float32_0.14", "hand", None),
        ("hand_sum_float32_0.2", "hand", None),
        ("hand_sum_float64_0.1", "hand", None),
        ("hand_mse_float32_0.15", "hand", "mse"),
        ("hand_mean_float32_0.3", "hand", "mean"),
        ("autograd_mse_float32_0.1", "autograd", None),
        ("autograd_mse_float32_0.15", "autograd", None),
        ("autograd_mse_float32_0.1", "optim", None),
        ("autograd_mse_float32_0.15", "optim", None),
        ("hand_sum_float32_0.1", "autograd", "sum"),
        ("hand_sum_float32_0.2", "autograd", "sum"),
    ],
)
def test_every_digit_is_the_references(name, method, convention):
    *_, dtype, rate = name.split("_")
    rows = table(name)
    experiment = Experiment(learning_rate=float(rate), method=method, convention=convention, dtype=dtype)
    found = [(epoch.parameters[0], epoch.cost, epoch.gradient[0]) for epoch in walk(experiment, len(rows))]
    assert found == [(float(row["W"]), float(row["cost"]), float(row["gradient"])) for row in rows]


def test_the_defaults_print_the_lectures_lines():
    experiment = Experiment()
    lines = [lecture_line(epoch, experiment) for epoch in Course(experiment, BACKEND.trainer(experiment))]
    assert lines[:10] == (REFERENCE / "lecture.txt").read_text().splitlines()
    assert lines[10:] == ["After   10/10  W: 1.000, Cost: 0.000000"]


@pytest.mark.parametrize("row", table("overflow"), ids=lambda row: f"{row['dtype']} lr {row['lr']}")
def test_a_run_ends_at_the_first_infinite_cost(row):
    updates = int(row["updates_before_infinite_cost"])
    experiment = Experiment(dtype=row["dtype"], learning_rate=float(row["lr"]), epochs=updates + 100)
    *finite, last = Course(experiment, BACKEND.trainer(experiment))
    assert all(epoch.is_finite for epoch in finite)
    assert not last.is_finite
    assert last.number == updates + 1


# One epoch


@given(experiments())
@modest
def test_the_gradient_is_the_slope_of_the_objective(experiment):
    start = np.array(experiment.start)
    h = 1e-3
    slopes = [
        (
            objective(experiment, experiment.convention, start + h * way)
            - objective(experiment, experiment.convention, start - h * way)
        )
        / (2 * h)
        for way in np.eye(len(start))
    ]
    assert first(experiment).gradient == pytest.approx(slopes, rel=1e-8, abs=1e-8)


@given(experiments())
@modest
def test_autograd_and_the_optimizer_find_the_gradient_found_by_hand(experiment):
    hand, *others = (first(msgspec.structs.replace(experiment, method=method)) for method in METHODS)
    for other in others:
        assert other.cost == hand.cost
        assert other.gradient == pytest.approx(hand.gradient, rel=1e-12, abs=1e-12)
        assert other.following == pytest.approx(hand.following, rel=1e-12, abs=1e-12)


@given(experiments(), st.sampled_from([0.001, 0.1, 3.0]))
@modest
def test_an_epoch_tells_where_it_begins_the_cost_there_and_where_it_leads(experiment, rate):
    epoch = first(msgspec.structs.replace(experiment, learning_rate=rate))
    assert epoch.number == 1
    assert epoch.parameters == experiment.start
    assert epoch.cost == pytest.approx(mse(experiment, experiment.start), rel=1e-12, abs=1e-12)
    assert epoch.update == tuple(rate * slope for slope in epoch.gradient)
    moved = [at - update for at, update in zip(epoch.parameters, epoch.update, strict=True)]
    assert epoch.following == pytest.approx(moved, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("convention", "times"), [("sum", 1), ("mse", 2 / 4), ("mean", 1 / 4)])
def test_the_convention_scales_the_gradient_and_leaves_the_cost(method, convention, times):
    # By hand: W = (0.5, −1), b = 2 gives residuals (−2.5, 3, 5.5, −0.5), which with x sum to 17.5, −8.5 and 5.5.
    epoch = first(msgspec.structs.replace(LONG, method=method, convention=convention, dtype="float64"))
    assert epoch.gradient == pytest.approx((17.5 * times, -8.5 * times, 5.5 * times))
    assert epoch.cost == pytest.approx((2.5**2 + 3**2 + 5.5**2 + 0.5**2) / 4)


@pytest.mark.parametrize(("method", "gradient"), [("hand", -14), ("autograd", -28 / 3), ("optim", -28 / 3)])
def test_each_method_has_its_own_default_convention(method, gradient):
    assert first(Experiment(method=method)).gradient == pytest.approx((gradient,))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 5])
def test_one_row_and_many_are_alike(rows, has_bias, method):
    x, y = tuple(range(1, rows + 1)), tuple(range(3, rows + 3))
    experiment = Experiment(dataset=typed(x, y), has_bias=has_bias, method=method, convention="mean", dtype="float64")
    epoch = first(experiment)
    sums = (-sum(a * b for a, b in zip(x, y, strict=True)) / rows, -sum(y) / rows)
    assert epoch.gradient == pytest.approx(sums if has_bias else sums[:1])


# Many epochs


@given(experiments(), st.floats(0.05, 2.3), st.integers(1, 25))
@modest
def test_the_path_is_the_closed_form(experiment, curvatures, updates):
    experiment = at_rate(experiment, curvatures)
    minimum, start = least_squares(experiment), np.array(experiment.start)
    shrink = np.eye(len(start)) - experiment.learning_rate * hessian(experiment, experiment.convention)
    expected = minimum + np.linalg.matrix_power(shrink, updates) @ (start - minimum)
    size = max(1, np.abs(start - minimum).max(), np.abs(expected).max(), np.abs(minimum).max())
    assert walk(experiment, updates)[-1].following == pytest.approx(list(expected), abs=1e-10 * size)


@given(experiments())
@examples(20)
def test_each_epoch_begins_where_the_one_before_led(experiment):
    way = walk(experiment, 4)
    assert [epoch.number for epoch in way] == [1, 2, 3, 4]
    assert all(before.following == after.parameters for before, after in pairwise(way))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_experiment_gives_the_same_digits(method, dtype):
    experiment = msgspec.structs.replace(LONG, method=method, dtype=dtype)
    assert walk(experiment, 30) == walk(experiment, 30)


@pytest.mark.parametrize(("dtype", "numbers"), [("float32", np.float32), ("float64", np.float64)])
@pytest.mark.parametrize("method", METHODS)
def test_every_number_is_of_the_dtype(method, dtype, numbers):
    epoch = walk(msgspec.structs.replace(LONG, dtype=dtype, method=method, weights=(0.1, 0.2), bias=0.7), 3)[-1]
    shown = [epoch.cost, *epoch.parameters, *epoch.gradient, *epoch.update, *epoch.following]
    assert [float(numbers(number)) for number in shown] == shown
    if dtype == "float64":
        assert [float(np.float32(number)) for number in shown] != shown


def test_a_start_that_float32_cannot_hold_is_shown_rounded():
    assert first(Experiment(weights=(0.1,))).parameters == (float(np.float32(0.1)),)


@pytest.mark.parametrize("method", METHODS)
def test_the_data_survives_the_run(method):
    experiment = Experiment(method=method)
    walk(experiment, 5)
    assert list(LECTURE.x[0]) == list(LECTURE.y) == [1, 2, 3]


# Settings that change on the way


def test_a_rate_changed_from_epoch_6_on_leaves_the_five_epochs_before():
    plain, changed = Experiment(), Experiment(changes=(Change(6, learning_rate=0.02),))
    without, way = walk(plain, 8), walk(changed, 8)
    assert way[:5] == without[:5]
    assert (way[5].parameters, way[5].cost, way[5].gradient) == (
        without[5].parameters,
        without[5].cost,
        without[5].gradient,
    )
    for epoch, rate in zip(way, [0.1] * 5 + [0.02] * 3, strict=True):
        assert epoch.update[0] == float(np.float32(rate) * np.float32(epoch.gradient[0]))


@given(st.tuples(methods, methods, methods), st.tuples(conventions, conventions, conventions))
@modest
def test_a_changed_run_is_made_of_runs_without_changes(chosen_methods, chosen_conventions):
    numbers = (1, 3, 6)
    rates = (0.02, 0.01, 0.03)
    changes = tuple(map(Change, numbers, rates, chosen_methods, chosen_conventions))
    whole = walk(msgspec.structs.replace(LONG, changes=changes), 8)
    for change, end in zip(changes, (2, 5, 8), strict=True):
        part = msgspec.structs.replace(
            LONG, learning_rate=change.learning_rate, method=change.method, convention=change.convention
        )
        trainer = BACKEND.trainer(part)
        trainer.restore(change.epoch, whole[change.epoch - 1].parameters)
        assert [trainer.step() for _ in range(change.epoch, end + 1)] == whole[change.epoch - 1 : end]


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("method", METHODS)
def test_another_method_keeps_the_convention_that_was_chosen(method, convention):
    experiment = Experiment(convention=convention, dtype="float64", changes=(Change(3, method=method),))
    third = walk(experiment, 3)[-1]
    times = {"sum": 1, "mse": 2 / 3, "mean": 1 / 3}[convention]
    assert third.gradient == pytest.approx((14 * times * (third.parameters[0] - 1),))


def test_another_method_brings_its_own_default_where_none_was_chosen():
    second, third = walk(Experiment(dtype="float64", changes=(Change(3, method="autograd"),)), 3)[1:]
    assert second.gradient == pytest.approx((14 * (second.parameters[0] - 1),))
    assert third.gradient == pytest.approx((28 / 3 * (third.parameters[0] - 1),))


# The epoch that is pending, and going back


@pytest.mark.parametrize("method", METHODS)
def test_pending_tells_the_next_epoch_and_takes_nothing(method):
    changes = (Change(3, 0.01, "autograd"), Change(5, convention="mean"))
    experiment = msgspec.structs.replace(LONG, method=method, changes=changes)
    expected = walk(experiment, 7)
    trainer = BACKEND.trainer(experiment)
    for epoch in expected:
        assert trainer.pending() == trainer.pending() == epoch
        assert trainer.step() == epoch


@given(st.integers(1, 8), st.tuples(eighths, eighths, eighths))
@examples(30)
def test_restoring_goes_on_with_the_same_digits(number, elsewhere):
    experiment = msgspec.structs.replace(LONG, changes=(Change(3, 0.01, "optim"), Change(6, method="hand")))
    expected = walk(experiment, 9)
    trainer = BACKEND.trainer(experiment)
    trainer.restore(4, elsewhere)
    trainer.step()
    trainer.restore(number, expected[number - 1].parameters)
    assert [trainer.step() for _ in range(number, 10)] == expected[number - 1 :]
