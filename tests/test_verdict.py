"""The verdict: what the numbers promise of a run, and that the run keeps it."""

import math
import random
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from problems import (
    at_rate,
    ending,
    experiments,
    factor,
    hessian,
    least_squares,
    mean_squared_error,
    named,
    parsed,
    walk,
)

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import SGD, Optimizer
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.numbers import multiple, roughly, significant
from gdtui.theory.advice import warning
from gdtui.theory.convergence import tolerance
from gdtui.theory.limit_explained import limit_explained
from gdtui.theory.step_size import StepSize, diverged, step_size
from gdtui.ui.panels.number_rows import verdict as number_line

modest = examples(50)


def regime(experiment):
    return step_size(experiment, 1, BACKEND.surface(experiment)).regime


def steepest(experiment):
    """The unit vector along the largest eigenvalue, and the minimum."""
    H = hessian(experiment, experiment.convention)
    return np.linalg.eigh(H)[1][:, -1], least_squares(experiment)


def starting_at(experiment, parameters):
    weights, bias = experiment.layout.split(tuple(map(float, parameters)))
    return msgspec.structs.replace(experiment, weights=weights, bias=bias or 0.0)


def errors_along(experiment, count):
    """How far the first epochs are from the minimum along the steepest direction, having begun 1 away there."""
    direction, minimum = steepest(experiment)
    way = walk(starting_at(experiment, minimum + direction), count)
    return [float(direction @ (np.array(epoch.parameters) - minimum)) for epoch in way], way


# Regimes

REGIMES = {
    "steady": st.floats(0.01, 0.9999),
    "one-step": st.just(1.0),
    "overshooting": st.floats(1.0001, 1.9999),
    "bouncing": st.just(2.0),
    "diverging": st.floats(2.0001, 4),
}
"""lr·L for each."""


@pytest.mark.parametrize("expected", REGIMES)
@given(data=st.data())
@modest
def test_the_regime_follows_from_lr_times_the_curvature(expected, data):
    experiment = at_rate(data.draw(experiments()), data.draw(REGIMES[expected]))
    assert regime(experiment) == expected


@given(experiments(), st.floats(0.05, 3))
@modest
def test_the_error_along_the_steepest_way_shrinks_by_the_factor(experiment, curvatures):
    experiment = at_rate(experiment, curvatures)
    found = step_size(experiment, 1, BACKEND.surface(experiment))
    assert found.factor == pytest.approx(1 - curvatures, abs=1e-9)
    errors, _ = errors_along(experiment, 5)
    for before, after in pairwise(errors):
        assert after == pytest.approx(before * found.factor, abs=1e-8 * max(1, abs(before)))


@given(experiments(), st.one_of(st.floats(0.05, 0.95), st.floats(1.05, 1.95), st.floats(2.05, 3)))
@modest
def test_the_run_does_what_the_regime_says(experiment, curvatures):
    experiment = at_rate(experiment, curvatures)
    errors, way = errors_along(experiment, 5)
    alternates = all(before * after < 0 for before, after in pairwise(errors))
    keeps_its_side = all(before * after > 0 for before, after in pairwise(errors))
    falls = all(after.cost < before.cost for before, after in pairwise(way))
    rises = all(after.cost > before.cost for before, after in pairwise(way))
    assert (alternates, keeps_its_side, falls, rises) == {
        "steady": (False, True, True, False),
        "overshooting": (True, False, True, False),
        "diverging": (True, False, False, True),
    }[regime(experiment)]


@given(experiments(), st.floats(0.05, 1.95))
@modest
def test_within_the_limit_the_cost_falls_from_any_start(experiment, curvatures):
    experiment = at_rate(experiment, curvatures)
    assert regime(experiment) in ("steady", "one-step", "overshooting")
    costs = [epoch.cost for epoch in walk(experiment, 10)]
    assert all(after <= before * (1 + 1e-9) + 1e-20 for before, after in pairwise(costs))


@given(experiments())
@modest
def test_at_one_over_the_curvature_one_epoch_is_enough(experiment):
    errors, way = errors_along(at_rate(experiment, 1.0), 2)
    assert errors[0] == pytest.approx(1, abs=1e-9)
    assert errors[1] == pytest.approx(0, abs=1e-9)
    assert way[1].cost < way[0].cost


@given(experiments())
@modest
def test_at_the_limit_the_error_only_changes_its_sign(experiment):
    errors, way = errors_along(at_rate(experiment, 2.0), 5)
    assert errors == pytest.approx([1, -1, 1, -1, 1], abs=1e-7)
    assert [epoch.cost for epoch in way] == pytest.approx([way[0].cost] * 5, rel=1e-6)


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (1e-300, "steady"),
        (1 - 2e-5, "steady"),
        (1 - 0.9e-5, "one-step"),
        (1, "one-step"),
        (1 + 0.9e-5, "one-step"),
        (1 + 2e-5, "overshooting"),
        (2 - 4e-5, "overshooting"),
        (2 - 1.8e-5, "bouncing"),
        (2, "bouncing"),
        (2 + 1.8e-5, "bouncing"),
        (2 + 4e-5, "diverging"),
        (1e300, "diverging"),
    ],
)
@pytest.mark.parametrize("curvature", [1.0, 0.25, 64.0])
def test_a_rate_counts_as_the_limit_within_a_hundred_thousandth(product, expected, curvature):
    assert StepSize(product / curvature, curvature).regime == expected


@pytest.mark.parametrize(
    ("convention", "rate"), [("sum", 2 / 14), ("mse", 6 / 28), ("mean", 6 / 14)], ids=lambda value: str(value)
)
def test_the_same_limit_is_another_rate_in_each_convention(convention, rate):
    at_limit = Experiment(learning_rate=rate, convention=convention)
    assert regime(at_limit) == "bouncing"
    assert regime(msgspec.structs.replace(at_limit, learning_rate=rate * 0.99)) == "overshooting"
    assert regime(msgspec.structs.replace(at_limit, learning_rate=rate * 1.01)) == "diverging"


def test_the_lecture_at_its_limit_bounces_between_0_and_2():
    way = walk(Experiment(learning_rate=2 / 14, dtype="float64"), 6)
    assert [epoch.parameters[0] for epoch in way] == pytest.approx([0, 2, 0, 2, 0, 2])


def test_x_of_zeros_is_flat_at_any_rate():
    experiment = Experiment(dataset=typed((0, 0, 0), (1, 2, 3)), learning_rate=1e30)
    found = step_size(experiment, 1, BACKEND.surface(experiment))
    assert found.regime == "flat"
    assert found.limit == math.inf
    assert found.in_words() == "flat: the cost does not change with W"
    assert found.against_limit() == "lr 1e30, and any lr is within the limit: the cost is flat"


def test_lr_has_as_many_digits_in_the_verdict_as_its_limit():
    experiment = Experiment(learning_rate=1 / 7)
    found = step_size(experiment, 1, BACKEND.surface(experiment))
    assert found.against_limit() == "lr 0.142857 is 1.00 × the limit 0.142857"


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_limit_is_for_the_convention_in_use(convention):
    surface = BACKEND.surface(Experiment())
    found = step_size(Experiment(convention=convention), 1, surface)
    assert found.limit == pytest.approx(2 / (14 * factor(convention, 3)))
    assert found.ratio == pytest.approx(0.1 / found.limit)


# State


def stands(experiment, count):
    """Whether the run has converged at each of its first epochs."""
    surface, way = BACKEND.surface(experiment), walk(experiment, count)
    near = tolerance(experiment, 1, way[0], surface, BACKEND)
    return [near.state(epoch) == "converged" for epoch in way], way


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(),
        Experiment(dataset=typed((1, 2, 3), (1, 2, 4))),
        Experiment(dataset=typed((1, 2, 3), (7, 9, 12)), has_bias=True),
        Experiment(dataset=named([(1, 2, 3), (2, 4, 6)], (1, 2, 4)), learning_rate=0.01),
    ],
    ids=["perfect fit", "noise", "with b", "many minima"],
)
def test_a_run_within_the_limit_converges_near_the_least_cost(experiment, dtype):
    experiment = msgspec.structs.replace(experiment, dtype=dtype)
    states, way = stands(experiment, 400)
    assert not states[0]
    assert states[-1]
    first = states.index(True)
    assert all(states[first:])
    least = mean_squared_error(experiment, least_squares(experiment))
    assert way[first].cost - least <= 3e-6 * (way[0].cost - least)
    assert way[first - 1].cost - least > 0.5e-6 * (way[0].cost - least)


@given(experiments(), st.floats(2.05, 4))
@modest
def test_a_run_past_the_limit_does_not_converge(experiment, curvatures):
    experiment = at_rate(experiment, curvatures)
    direction, minimum = steepest(experiment)
    assert not any(stands(starting_at(experiment, minimum + direction), 10)[0])


def test_a_run_that_bounces_for_ever_does_not_converge():
    assert not any(stands(Experiment(learning_rate=2 / 14, dtype="float64"), 200)[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(weights=(1,)),
        Experiment(dataset=typed((1, 2, 3), (1, 2, 4)), weights=(17 / 14,)),
        Experiment(dataset=typed((1, 2, 3), (0, 0, 0))),
        Experiment(dataset=named([(1, 2, 3), (2, 4, 6)], (1, 2, 3)), weights=(3, -1), learning_rate=0.01),
    ],
    ids=["perfect fit", "noise", "zeros", "one of many minima"],
)
def test_a_run_that_begins_at_the_minimum_has_converged(experiment, dtype):
    assert all(stands(msgspec.structs.replace(experiment, dtype=dtype), 3)[0])


def test_a_run_stuck_far_from_the_minimum_has_not_converged():
    experiment = Experiment(weights=(100,), learning_rate=1e-9)
    states, way = stands(experiment, 3)
    assert way[0].parameters == way[2].parameters
    assert not any(states)


def test_a_run_that_can_move_no_further_near_the_minimum_has_converged():
    experiment = Experiment(dataset=typed((1,), (1000,)), weights=(999,), learning_rate=0.003)
    states, way = stands(experiment, 3000)
    assert way[-1].parameters == way[-1].following
    assert way[-1].cost > 1e-5 * way[0].cost
    assert states[-1]
    assert not states[100]


def test_rounding_is_allowed_for_where_little_is_left_to_remove():
    # What one epoch could still remove is less than float32 can tell from the least cost.
    experiment = Experiment(dataset=typed((1, 2, 3), (1001, -2000, 1000)), weights=(0.143,), learning_rate=0.01)
    assert all(stands(experiment, 50)[0][1:])


# Words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.05, "W approaches: distance × 0.30 per epoch"),
        (1 / 14, "W lands in one epoch"),
        (0.1, "W overshoots: distance × −0.40 per epoch"),
        (2 / 14, "W bounces back and forth: distance × −1.00 per epoch"),
        (0.2, "W diverges: distance × −1.80 per epoch"),
    ],
)
def test_the_regime_in_words(rate, words):
    assert StepSize(rate, 14).in_words() == words
    assert StepSize(rate, 14, least_curvature=14).in_words() == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.05, "W approaches: distance × 0.30 (steepest) to 0.99 (flattest) per epoch"),
        (1 / 14, "W lands in one epoch: distance × 0.00 (steepest) to 0.99 (flattest) per epoch"),
        (0.13, "W overshoots: distance × −0.82 (steepest) to 0.97 (flattest) per epoch"),
        (0.001, "W approaches: distance × 0.99 (steepest); the flattest direction needs 3,470 epochs to get halfway"),
    ],
)
def test_the_flattest_direction_is_told_beside_the_steepest(rate, words):
    assert StepSize(rate, 14, least_curvature=0.2).in_words() == words


WIDE = typed(tuple(range(0, 1001, 10)), tuple(4.0 * x + 3 for x in range(0, 1001, 10)))
"""One column over a wide range, so that b is slow whatever the learning rate."""


OPTIMIZERS_WITH_A_LIMIT = pytest.mark.parametrize(
    "optimizer", [SGD, Optimizer("momentum", (0.5,)), Optimizer("nesterov", (0.5,))], ids=str
)


@OPTIMIZERS_WITH_A_LIMIT
@pytest.mark.parametrize("part", [1e-4, 0.3, 0.9])
def test_where_a_factor_would_be_1_epochs_and_what_to_do_are_told(optimizer, part):
    base = Experiment(dataset=WIDE, has_bias=True, method="optim", optimizer=optimizer)
    surface = BACKEND.surface(base)
    rate = part * step_size(base, 1, surface).limit
    words = step_size(msgspec.structs.replace(base, learning_rate=rate), 1, surface).in_words()
    assert "b needs " in words
    assert words.endswith(" epochs to get halfway; t standardizes x")


@OPTIMIZERS_WITH_A_LIMIT
@pytest.mark.parametrize("has_bias", [True, False])
def test_the_epochs_to_half_the_distance_are_those_of_the_run(has_bias, optimizer):
    experiment = Experiment(
        has_bias=has_bias,
        learning_rate=1e-3 if has_bias else 1e-4,
        dtype="float64",
        method="optim",
        optimizer=optimizer,
        convention="sum",
    )
    surface = BACKEND.surface(experiment)
    found = step_size(experiment, 1, surface)
    assert found.is_slow
    direction, minimum = np.array(surface.axes[0]), np.array(surface.minimum)
    # Momentum takes some epochs to take up its speed.
    way = walk(starting_at(experiment, minimum + direction), round(found.epochs_to_halve) + 51)
    before, after = (float(direction @ (np.array(epoch.parameters) - minimum)) for epoch in (way[50], way[-1]))
    assert after / before == pytest.approx(0.5, abs=1e-3)
    assert f"needs {roughly(found.epochs_to_halve)} epochs to get halfway" in found.in_words()
    assert "standardizes" not in found.in_words()


def test_an_lr_too_small_for_any_number_of_epochs_says_so():
    experiment = Experiment(learning_rate=1e-320, dtype="float64")
    found = step_size(experiment, 1, BACKEND.surface(experiment))
    assert found.in_words() == "W approaches: no number of epochs would get W halfway"
    assert found.against_limit().startswith("lr 1e-320 is ")


def test_past_the_limit_the_epochs_are_those_at_one_over_l():
    found = step_size(
        Experiment(dataset=WIDE, has_bias=True, learning_rate=1e-5),
        1,
        BACKEND.surface(Experiment(dataset=WIDE, has_bias=True)),
    )
    at_best = msgspec.structs.replace(found, learning_rate=1 / found.curvature)
    assert found.regime == "diverging"
    assert found.epochs_to_halve == pytest.approx(at_best.epochs_to_halve)
    assert f"; at 1/L, b needs {roughly(at_best.epochs_to_halve)} epochs to get halfway; t" in found.in_words()


def test_standardized_x_is_not_slow_and_between_two_columns_no_one_parameter_is_named():
    standardized = Experiment(dataset=WIDE.standardized(), has_bias=True, convention="mse")
    assert not step_size(standardized, 1, BACKEND.surface(standardized)).is_slow
    alike = Experiment(dataset=typed((1, 2, 3, 4), (1.01, 2, 3, 4.01), (1, 2, 3, 4)), learning_rate=0.01)
    words = step_size(alike, 1, BACKEND.surface(alike)).in_words()
    assert "; the flattest direction needs " in words
    assert "standardizes" not in words


@pytest.mark.parametrize("width", [58, 78, 118])
@pytest.mark.parametrize("rate", [1e-5, 1e-7])
def test_the_line_of_the_lab_has_room_for_how_long_it_takes(width, rate):
    run = Run(Experiment(dataset=WIDE, has_bias=True, learning_rate=rate, method="hand"), BACKEND)
    line = "".join(text for text, _ in number_line(look(run), width))
    assert len(line) <= width
    assert "b needs " in line
    if width >= 78:
        assert "× limit" in line
        assert "t standardizes x" in line or run.step_size_at(0).regime == "diverging"


@given(experiments(), st.floats(0.05, 1.95))
@modest
def test_the_distance_along_the_flattest_way_shrinks_by_its_factor(experiment, curvatures):
    experiment = at_rate(experiment, curvatures)
    surface = BACKEND.surface(experiment)
    direction, minimum = np.array(surface.axes[-surface.rank]), least_squares(experiment)
    way = walk(starting_at(experiment, minimum + direction), 4)
    distances = [float(direction @ (np.array(epoch.parameters) - minimum)) for epoch in way]
    for before, after in pairwise(distances):
        assert after == pytest.approx(before * step_size(experiment, 1, surface).flattest_factor, abs=1e-8)


@pytest.mark.parametrize(
    ("changes", "formula"),
    [
        ({}, "2/Σx² = 2/14 = 0.142857: "),
        ({"convention": "mse"}, "2/L = 2/9.33333 = 0.214286, L = 2/m·Σx²: "),
        ({"weight_decay": 1.0}, "2/L = 2/15 = 0.133333, L = Σx² + λ: "),
        ({"method": "optim", "optimizer": Optimizer("momentum"), "convention": "sum"}, "3.8/Σx² = 3.8/14 = 0.271429: "),
        ({"has_bias": True}, "2/L = 2/16.6394 = 0.120197; L is the largest curvature"),
    ],
)
def test_it_is_told_what_the_limit_is_made_of(changes, formula):
    run = Run(Experiment(**changes), BACKEND)
    told = dict(limit_explained(run.experiment, run.step_size_at(0), run.epoch, run.surface))
    assert told["limit"].startswith(formula)
    by_hand = np.linalg.eigvalsh(hessian(run.experiment, run.experiment.settings_at(1).convention))[-1]
    assert f"/{significant(by_hand + run.experiment.weight_decay)} = " in told["limit"]


def test_what_an_epoch_does_to_the_distance_is_told_by_direction():
    run = Run(Experiment(has_bias=True, learning_rate=0.15), BACKEND)
    told = dict(limit_explained(run.experiment, run.step_size_at(0), run.epoch, run.surface))
    curvatures = np.linalg.eigvalsh(hessian(run.experiment, "sum"))
    steepest, flattest = (f"{1 - 0.15 * float(at):.2f}".replace("-", "−") for at in (curvatures[-1], curvatures[0]))
    assert told["distance ×"] == f"{steepest} along the steepest direction, {flattest} along the flattest"


def beyond_limit(chance: random.Random) -> Experiment:
    """Two to five parameters, lr a little to much above its limit, and a start anywhere."""
    columns = chance.randint(2, 4)
    stretched = [chance.choice((0.3, 1, 3)) for _ in range(columns + 1)]
    data = [tuple(chance.gauss(0, 1) * by for _ in range(columns + 3)) for by in stretched]
    experiment = Experiment(
        dataset=typed(*data[:-1], data[-1]),
        has_bias=chance.random() < 0.5,
        weights=tuple(chance.uniform(-5, 5) for _ in range(columns)),
        epochs=chance.randint(1, 40),
        dtype="float64",
        method="optim",
        optimizer=Optimizer(chance.choice(("sgd", "sgd", "momentum", "nesterov"))),
        weight_decay=chance.choice((0.0, 0.0, 0.3)),
    )
    surface = BACKEND.surface(experiment)
    limit = step_size(experiment, 1, surface).limit
    return msgspec.structs.replace(experiment, learning_rate=limit * chance.choice((1.001, 1.02, 1.1, 1.5, 3)))


def test_above_the_limit_the_cost_is_said_to_grow_where_it_does_and_to_fall_where_it_does():
    chance, seen = random.Random(7), set()
    for _ in range(120):
        experiment = beyond_limit(chance)
        run = Run(experiment, BACKEND)
        for _epoch in range(experiment.epochs):
            run.step()
        last = run.history[len(run.history) - 1]
        if not last.is_finite:
            continue
        # The epoch that comes next is worked out by the run, not by the bowl.
        run.step()
        costs = [epoch.cost for epoch in run.history]
        said = warning(experiment, run.history[0], last, run.surface)
        rises = costs[last.number] > costs[last.number - 1]
        assert ("so the cost grows" in said) == rises, said
        assert ("raise the cost later" in said) != rises, said
        for number in range(1, last.number + 1):
            run.seek(number - 1)
            words = look(run).verdict
            falls = costs[number] < costs[number - 1]
            assert ("the cost still falls" in words) == falls, words
            assert "W diverges" in words
            seen.add((falls, rises))
    assert seen >= {(False, True), (True, True), (True, False)}, "fallen first, fallen to the end, and only risen"


def test_a_rate_too_large_for_some_epochs_only_is_not_said_to_make_the_cost_grow_after_them():
    experiment = parsed(["--then", "4:lr=0.2", "--then", "6:lr=0.05", "--epochs", "12"])
    first, last = walk(experiment, 1)[0], ending(experiment)
    assert "grows" not in warning(experiment, first, last, BACKEND.surface(experiment))


def test_divergence_in_words_has_the_epoch_and_the_limit():
    assert diverged(75, StepSize(0.2, 14)) == "diverged at epoch 75: lr 0.2 is 1.40 × the limit 0.142857"


def test_a_cost_too_large_within_the_limit_is_not_blamed_on_the_rate():
    assert diverged(3, StepSize(0.1, 14)) == (
        "diverged at epoch 3: the numbers have become too large (lr 0.1 is 0.70 of the limit 0.142857)"
    )


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.4, "1.40"),
        (0, "0.00"),
        (1, "1.00"),
        (0.999999, "1.00"),
        (0.99998, "0.99998"),
        (1.004, "1.004"),
        (0.003, "0.003"),
        (1e-9, "1e-9"),
        (7e199, "7e199"),
        (1653906.25, "1,653,906.25"),
    ],
)
def test_a_multiple_shows_its_side_of_1(ratio, text):
    assert multiple(ratio) == text


@given(
    st.floats(min_value=5e-324, allow_infinity=False),
    st.floats(min_value=0, allow_infinity=False),
    st.sampled_from(["sgd", "momentum", "nesterov"]),
)
@example(1e200, 14, "momentum")
@settings(deadline=None)
def test_no_rate_puts_inf_or_nan_on_the_screen(rate, curvature, name):
    found = StepSize(rate, curvature, optimizer=Optimizer(name))
    for text in (found.against_limit(), found.of_limit(), found.in_words(), diverged(1, found)):
        assert "inf" not in text
        assert "nan" not in text
