"""The surface of the cost: its minimum, its curvature and the limits that follow from them."""

import csv
from pathlib import Path

import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from problems import eighths, experiments, hessian, least_squares, mean_squared_error, named

from gdtui.descent import objectives
from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError
from gdtui.experiment.dataset import column, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS

LIMITS = list(csv.DictReader((Path(__file__).parent / "reference" / "limits.csv").read_text().splitlines()))

modest = examples(60)

DEPENDENT = named([(1, 2, 3), (2, 4, 6)], (1, 2, 3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", LIMITS, ids=lambda row: f"{row['points']} points, b {row['has_bias']}")
def test_the_limits_are_the_references(row, dtype):
    points = tuple(range(1, int(row["points"]) + 1))
    surface = BACKEND.surface(Experiment(dataset=typed(points, points), has_bias=row["has_bias"] == "yes", dtype=dtype))
    assert surface.eigenvalues[-1] == pytest.approx(float(row["largest_eigenvalue"]), rel=1e-8)
    assert surface.eigenvalues[-1] / surface.eigenvalues[0] == pytest.approx(float(row["condition"]), rel=1e-3)
    for convention in CONVENTIONS:
        assert 2 / surface.curvature(convention) == pytest.approx(float(row[convention]), rel=1e-9)


@given(experiments())
@modest
def test_the_curvature_is_the_largest_eigenvalue_of_the_hessian(experiment):
    surface = BACKEND.surface(experiment)
    for convention in CONVENTIONS:
        H = hessian(experiment, convention)
        largest = np.linalg.eigvalsh(H)[-1]
        assert surface.curvature(convention) == pytest.approx(largest, rel=1e-10)
    assert list(surface.eigenvalues) == sorted(surface.eigenvalues)
    assert surface.eigenvalues[0] >= 0
    assert len(surface.eigenvalues) == len(experiment.start)


@given(experiments())
@modest
def test_the_minimum_is_the_least_squares_solution(experiment):
    surface = BACKEND.surface(experiment)
    expected = least_squares(experiment)
    assert surface.minimum == pytest.approx(list(expected), rel=1e-7, abs=1e-7)
    assert surface.least_cost == pytest.approx(mean_squared_error(experiment, expected), rel=1e-9, abs=1e-12)
    assert surface.zero_cost == pytest.approx(mean_squared_error(experiment, np.zeros(len(expected))), rel=1e-12)


@given(experiments(), st.lists(eighths, min_size=4, max_size=4))
@modest
def test_the_cost_anywhere_is_the_mean_squared_error_there(experiment, place):
    place = tuple(place[: len(experiment.start)])
    expected = mean_squared_error(experiment, place)
    assert BACKEND.surface(experiment).cost(place) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_cost_at_the_minimum_of_noisy_data_is_the_least():
    surface = BACKEND.surface(Experiment(dataset=typed((1, 2, 3), (1, 2, 4))))
    assert surface.minimum == pytest.approx((17 / 14,))
    assert surface.least_cost == pytest.approx((21 - 17**2 / 14) / 3)
    assert surface.cost(surface.minimum) == surface.least_cost


def test_a_perfect_fit_has_a_least_cost_of_exactly_0():
    x = (0.1, 0.7, 1.3, 2.9)
    experiment = Experiment(dataset=typed(x, tuple(0.3 * value + 0.7 for value in x)), has_bias=True)
    surface = BACKEND.surface(experiment)
    assert surface.least_cost == 0
    assert surface.minimum == pytest.approx((0.3, 0.7))


# Columns that depend on one another


@pytest.mark.parametrize(
    ("dataset", "has_bias", "minimum", "rank"),
    [
        (DEPENDENT, False, (0.2, 0.4), 1),
        # A constant column is a multiple of the ones of b: of W1 + b = 6 the shortest is (2.4, 1.2) at x = 2.
        (named([(2, 2, 2)], (6, 6, 6)), True, (2.4, 1.2), 1),
        (named([(1, 0, 0), (0, 1, 0), (1, 1, 0)], (3, 3, 0)), False, (1, 1, 2), 2),
        (named([(0, 0, 0)], (1, 2, 3)), False, (0,), 0),
        (named([(1,), (1,)], (4,)), False, (2, 2), 1),
    ],
    ids=["twice the same", "constant beside b", "a sum of two", "all 0", "fewer rows than columns"],
)
def test_of_many_minima_the_one_of_least_norm_is_given(dataset, has_bias, minimum, rank):
    surface = BACKEND.surface(Experiment(dataset=dataset, has_bias=has_bias))
    assert surface.minimum == pytest.approx(minimum)
    assert surface.rank == rank
    assert not surface.has_one_minimum


def test_dependent_columns_have_the_limit_of_the_direction_that_counts():
    surface = BACKEND.surface(Experiment(dataset=DEPENDENT))
    assert surface.curvature("sum") == pytest.approx(70)
    assert surface.eigenvalues[0] == pytest.approx(0, abs=1e-12)
    assert surface.cost((1, 0)) == pytest.approx(surface.cost((0.2, 0.4)), abs=1e-12)


def test_independent_columns_have_one_minimum():
    assert BACKEND.surface(Experiment(has_bias=True)).has_one_minimum


@given(experiments(), st.floats(-9, 9))
@examples(20)
def test_the_start_and_the_settings_do_not_bend_the_surface(experiment, weight):
    changed = msgspec.structs.replace(
        experiment, weights=(weight,) * len(experiment.dataset.x), learning_rate=7.0, dtype="float32", method="hand"
    )
    assert BACKEND.surface(changed) == BACKEND.surface(experiment)


@pytest.mark.parametrize("has_bias", [False, True])
def test_x_whose_squares_leave_float64_is_refused(has_bias):
    dataset = typed((1e160, 2e160, 3e160), (1, 2, 3))
    with pytest.raises(ExperimentError, match="too large"):
        BACKEND.surface(Experiment(dataset=dataset, has_bias=has_bias, dtype="float64"))


@pytest.mark.parametrize("case", ["plain", "with b", "two targets", "a column twice", "a perfect fit"])
def test_the_surface_of_many_rows_is_found_in_blocks_and_is_the_same(monkeypatch, case):
    draw = np.random.default_rng(5)
    x = 3 + draw.normal(size=(5000, 4))
    x[:, 3] = x[:, 0] if case == "a column twice" else x[:, 3]
    y = x @ [1.0, 2.0, -0.5, 0.25] + draw.normal(size=5000) * (case != "a perfect fit")
    data = named(x.T.tolist(), y.tolist())
    if case == "two targets":
        data = msgspec.structs.replace(data, more_y=(column(y[::-1]),), more_targets=("z",))
    experiment = Experiment(dataset=data, weights=(0.0,) * 4 * len(data.ys), has_bias=case == "with b")
    whole = BACKEND.surface(experiment)
    monkeypatch.setattr(objectives, "MANY", 1000)
    blocks = BACKEND.surface(experiment)
    assert blocks.rank == whole.rank
    assert (blocks.rows, blocks.targets) == (whole.rows, whole.targets)
    assert blocks.least_cost == pytest.approx(whole.least_cost, rel=1e-12, abs=0)
    assert blocks.minimum == pytest.approx(whole.minimum, rel=1e-10)
    for field in ("eigenvalues", "largest_row", "zero_cost"):
        assert getattr(blocks, field) == pytest.approx(getattr(whole, field), rel=1e-12, abs=1e-8)
