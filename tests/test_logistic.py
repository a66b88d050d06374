"""Logistic regression, held to numpy, to known answers and to the code that is shown."""

import math

import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from problems import WAYS, ending, named
from test_listing import by_the_trainer, carried_out
from test_made_up import run_script

from gdtui.cli.main import command
from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError
from gdtui.experiment.backend import Course
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.numbers import fixed, significant
from gdtui.teaching.questions.all_kinds import predict
from gdtui.theory.limit_explained import limit_explained
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.charts.chart_view import ChartOptions, chart_view_of
from gdtui.ui.charts.series import Series

COURSE = named([(1, 2, 3, 4, 5, 6), (2, 3, 1, 3, 3, 2)], (0, 0, 0, 1, 1, 1))
XOR = named([(0, 0, 1, 1), (0, 1, 0, 1)], (0, 1, 1, 0))
MIXED = typed((1, 2, 3, 4, 5, 6), (0, 0, 1, 0, 1, 1))
TWO_VALLEYS = typed((10, 1, 1, 1, 1), (1, 0, 0, 0, 1))
COSTS = ("cross-entropy", "mse")


def matrix(experiment):
    ones = [np.ones(experiment.dataset.rows)] if experiment.has_bias else []
    return np.column_stack([*map(np.array, experiment.dataset.x), *ones])


def cost(experiment, parameters):
    """Written without regard to rounding, in the widest numbers that numpy has."""
    z = matrix(experiment).astype(np.longdouble) @ np.array(parameters, dtype=np.longdouble)
    y, h = np.array(experiment.dataset.y), 1 / (1 + np.exp(-z))
    if experiment.objective.cost_name == "cross-entropy":
        return float(np.mean(np.logaddexp(0, z) - y * z))
    return float(np.mean((h - y) ** 2))


def slope_of(experiment, parameters):
    """The difference quotient of the cost, from both sides."""
    found = []
    for index in range(len(parameters)):
        step = np.zeros(len(parameters), dtype=np.longdouble)
        step[index] = 1e-6
        at = np.array(parameters, dtype=np.longdouble)
        found.append((cost(experiment, at + step) - cost(experiment, at - step)) / 2e-6)
    return found


@st.composite
def problems(draw, *, cost=None):
    rows = draw(st.integers(4, 12))
    numbers = st.floats(-3, 3).map(lambda value: round(value, 2))
    columns = draw(st.lists(st.lists(numbers, min_size=rows, max_size=rows), min_size=1, max_size=3))
    labels = draw(st.lists(st.sampled_from((0.0, 1.0)), min_size=rows, max_size=rows))
    has_bias = draw(st.booleans())
    return Experiment(
        dataset=named(columns, labels),
        model="logistic",
        cost_kind=cost or draw(st.sampled_from(COSTS)),
        has_bias=has_bias,
        weights=tuple(draw(numbers) for _ in columns),
        bias=draw(numbers) if has_bias else 0.0,
        learning_rate=0.3,
        dtype="float64",
        epochs=5,
    )


@examples(120)
@given(problems(), st.sampled_from(("hand", "autograd", "optim")))
def test_cost_and_gradient_are_those_of_the_definition(experiment, method):
    for convention, factor in experiment.objective.conventions.items():
        run = msgspec.structs.replace(experiment, method=method, convention=convention)
        epoch = BACKEND.trainer(run).step()
        assert epoch.cost == pytest.approx(cost(run, epoch.parameters), rel=1e-12, abs=1e-14)
        slope = experiment.objective.conventions[experiment.objective.slope_of_cost].of(run.dataset.rows)
        expected = np.array(slope_of(run, epoch.parameters)) * factor.of(run.dataset.rows) / slope
        assert epoch.gradient == pytest.approx(expected, rel=1e-5, abs=1e-6)


@examples(60)
@given(problems())
def test_hand_and_autograd_agree_to_the_last_digits(experiment):
    runs = [
        list(Course(each, BACKEND.trainer(each)))
        for method in ("hand", "autograd", "optim")
        for each in [msgspec.structs.replace(experiment, method=method, convention="mean")]
    ]
    for one, *others in zip(*runs, strict=True):
        for other in others:
            assert other.parameters == pytest.approx(one.parameters, rel=1e-12, abs=1e-14)
            assert other.gradient == pytest.approx(one.gradient, rel=1e-11, abs=1e-14)


def test_the_course_s_rows_come_to_its_costs():
    run = Experiment(dataset=COURSE, model="logistic", has_bias=True, learning_rate=1.0, epochs=1000)
    first, *_, last = Course(run, BACKEND.trainer(run))
    assert f"{first.cost:.6f}" == "0.693147"
    assert (last.number, f"{last.cost:.6f}") == (1001, "0.019852")


def test_xor_stays_where_it_is_and_the_verdict_says_why():
    run = Experiment(dataset=XOR, model="logistic", has_bias=True, learning_rate=1.0, epochs=100)
    last = ending(run)
    assert last.gradient == (0.0, 0.0, 0.0)
    assert f"{last.cost:.6f}" == "0.693147"
    surface = BACKEND.surface(run)
    assert surface.minimum == (0.0, 0.0, 0.0)
    assert surface.least_cost == pytest.approx(math.log(2))
    lab = Run(run, BACKEND)
    lab.step()
    assert look(lab).verdict == "converged; gradient 0: the errors cancel, as the classes are not separable"


@pytest.mark.parametrize(
    ("begins", "settles", "least"), [(-3.0, -1.097, 0.349993), (0.0, 0.147, 0.222740), (-0.43, -1.097, 0.349993)]
)
def test_where_the_squared_error_begins_decides_which_valley_it_settles_in(begins, settles, least):
    run = Experiment(
        dataset=TWO_VALLEYS, model="logistic", cost_kind="mse", weights=(begins,), learning_rate=0.1, epochs=5000
    )
    last = ending(run)
    assert last.parameters[0] == pytest.approx(settles, abs=5e-4)
    assert last.cost == pytest.approx(least, abs=5e-7)
    surface = BACKEND.surface(run)
    assert surface.slope((-0.423,))[0] == pytest.approx(0, abs=1e-3)
    assert surface.cost((-0.423,)) == pytest.approx(0.361310, abs=5e-7)
    assert surface.minimum is None


def test_cross_entropy_of_the_same_rows_has_one_minimum():
    surface = BACKEND.surface(Experiment(dataset=TWO_VALLEYS, model="logistic"))
    assert surface.minimum[0] == pytest.approx(0.199, abs=5e-4)
    assert surface.least_cost == pytest.approx(0.623896, abs=5e-7)


@examples(100)
@given(problems(cost="cross-entropy"))
def test_the_minimum_is_where_the_slope_is_zero_and_missing_where_labels_can_be_separated(experiment):
    surface = BACKEND.surface(experiment)
    A, signs = matrix(experiment), 2 * np.array(experiment.dataset.y) - 1
    if surface.minimum is not None:
        assert surface.slope(surface.minimum) == pytest.approx([0] * A.shape[1], abs=1e-12)
        assert not (signs * (A @ np.array(surface.minimum)) > 0).all()
        return
    # In a long descent the parameters grow without end.
    at, bound = np.zeros(A.shape[1]), 4 / max(np.linalg.eigvalsh(A.T @ A / len(signs))[-1], 1e-9)
    reached = []
    for epoch in range(16_001):
        z = A @ at
        if epoch in (4_000, 16_000):
            reached.append(np.abs(at).max())
        at -= bound * A.T @ (1 / (1 + np.exp(-z)) - (signs + 1) / 2) / len(signs)
    assert reached[1] > reached[0] + 0.1


@examples(100)
@given(problems(cost="cross-entropy"), st.floats(-5, 5))
def test_no_curvature_exceeds_the_bound(experiment, scale):
    surface = BACKEND.surface(experiment)
    at = tuple(scale * value for value in experiment.start)
    for convention in experiment.objective.conventions:
        assert surface.curvature(convention, at) <= surface.largest_curvature(convention) * (1 + 1e-9)
    middle = (0.0,) * len(at)
    assert surface.curvature("mean", middle) == pytest.approx(surface.largest_curvature("mean"))


def test_it_is_exact_where_the_hypothesis_is_rounded_to_0_or_1():
    run = Experiment(dataset=typed((1, 1), (0, 1)), model="logistic", weights=(1000.0,), learning_rate=1.0)
    for method in ("hand", "autograd"):
        epoch = BACKEND.trainer(msgspec.structs.replace(run, method=method)).step()
        assert (epoch.cost, epoch.gradient) == (500.0, (0.5,))
    assert run.predict((1000.0,), (1.0,)) == 1.0
    assert run.predict((-1000.0,), (1.0,)) == 0.0
    wrong = msgspec.structs.replace(run, dataset=typed((1, -1), (0, 1)))
    assert BACKEND.trainer(wrong).step().gradient == (1.0,)


def test_labels_are_0_and_1():
    with pytest.raises(
        ExperimentError, match=r"y: is 2 in row 3; logistic regression needs 0 or 1, softmax takes more"
    ):
        Experiment(dataset=typed((1, 2, 3), (0, 1, 2)), model="logistic")


def test_the_cross_entropy_has_no_2_in_its_gradient():
    run = Experiment(dataset=COURSE, model="logistic")
    assert run.settings_at(1).convention == "mean"
    with pytest.raises(ExperimentError, match="must be one of sum, mean, not 'mse'"):
        msgspec.structs.replace(run, convention="mse")
    with pytest.raises(ExperimentError, match="not 'cross-entropy': that needs the hypothesis logistic or softmax"):
        Experiment(cost_kind="cross-entropy")


def test_the_usual_cost_is_one_value_however_it_was_said():
    said = Experiment(dataset=COURSE, model="logistic", cost_kind="cross-entropy")
    assert said == Experiment(dataset=COURSE, model="logistic")
    assert msgspec.structs.replace(said, cost_kind="mse") != said


def kinds():
    for cost in COSTS:
        for data in (COURSE, typed((0.5, -1.25, 2.0, 3.75, 1.0), (0, 1, 1, 0, 1))):
            for (method, optimizer), batch, bias in zip(WAYS, (None, 2) * 9, (True, False, False) * 9, strict=False):
                for convention in (None, "sum"):
                    yield Experiment(
                        dataset=data,
                        model="logistic",
                        cost_kind=cost,
                        convention=convention,
                        method=method,
                        optimizer=optimizer,
                        batch=batch,
                        has_bias=bias,
                        weight_decay=0.03 * bias,
                        learning_rate=0.2,
                        epochs=4,
                    )


def test_the_code_shown_does_what_the_trainer_does_to_the_bit():
    for experiment in kinds():
        assert carried_out(experiment) == by_the_trainer(experiment), experiment
        assert max(len(line.text) for line in BACKEND.code(experiment, 1)) <= 60


@pytest.mark.slow
def test_the_script_ends_where_the_run_does(tmp_path):
    for index, experiment in enumerate(kinds()):
        if index % 5 == 0:
            assert run_script(experiment, tmp_path).count("Epoch") == 4


def test_an_update_is_taken_apart():
    for cost in COSTS:
        run = Experiment(dataset=COURSE, model="logistic", cost_kind=cost, has_bias=True, weights=(0.3, -0.2), bias=0.1)
        epoch = BACKEND.trainer(run).step()
        parts = BACKEND.breakdown(run, epoch, (), rows=4)
        row = parts.shown[0]
        h = 1 / (1 + math.exp(-(0.3 * row.x[0] - 0.2 * row.x[1] + 0.1)))
        assert (row.hypothesis, row.error) == (pytest.approx(h), pytest.approx(h - row.y))
        pull = row.error * (h * (1 - h) if cost == "mse" else 1)
        assert row.slopes == pytest.approx((pull * row.x[0], pull * row.x[1], pull))
        for index, gradient in enumerate(epoch.gradient):
            added_up = sum(each.slopes[index] for each in parts.shown) + parts.rest.slopes[index]
            assert gradient == pytest.approx(parts.factor * added_up, rel=1e-5)


def test_how_many_rows_are_told_rightly():
    run = Experiment(dataset=MIXED, model="logistic", has_bias=True)
    surface = BACKEND.surface(run)
    assert [surface.told((0.0, bias)) for bias in (-1.0, 0.0, 1.0)] == [(3,), (3,), (3,)]
    assert surface.told((2.0, -5.0)) == (5,)
    assert BACKEND.surface(Experiment()).told((1.0,)) == ()


def test_the_verdict_tells_what_is_safe_and_what_holds_here():
    run = Run(Experiment(dataset=MIXED, model="logistic", has_bias=True, learning_rate=0.3), BACKEND)
    for _ in range(3):
        run.step()
    found = run.step_size_at(3)
    A = matrix(run.experiment)
    assert found.safe == pytest.approx(2 / (np.linalg.eigvalsh(A.T @ A)[-1] / 4 / 6))
    assert found.is_safe
    here = run.surface.curvature("mean", run.epoch.parameters)
    assert look(run).verdict.startswith("cost falling, × 0."), "one thing, and it is sure"
    told = dict(limit_explained(run.experiment, found, run.epoch, run.surface))
    assert told["safe limit"].startswith(f"2/L = 2/{significant(2 / found.safe)} = {significant(found.safe)}: ")
    assert told["limit here"].startswith(f"2/L = 2/{significant(here)} = {significant(2 / here)}, ")
    run = Run(msgspec.structs.replace(run.experiment, learning_rate=0.7), BACKEND)
    run.step()
    here = run.surface.curvature("mean", run.epoch.parameters)
    assert f"limit here {significant(2 / here, 3)}" in look(run).verdict, "where nothing is sure it is told"
    assert "safe" in found.against_limit()
    squares = msgspec.structs.replace(run.experiment, cost_kind="mse")
    assert (
        "no limit is known for the mean squared error of a sigmoid" in Run(squares, BACKEND).step_size_at(0).of_limit()
    )


@pytest.mark.parametrize("rate", [0.3, 0.5])
def test_below_the_safe_limit_converged_means_that_it_stays(rate):
    run = Run(Experiment(dataset=MIXED, model="logistic", has_bias=True, learning_rate=rate, dtype="float64"), BACKEND)
    while run.state_at(run.cursor) != "converged":
        run.step()
        assert run.cursor < 3000
    since, least = run.converged_at(run.cursor), run.surface.least_cost
    for _ in range(300):
        run.step()
    costs = [run.history[index].cost - least for index in range(run.cursor)]
    tolerance = 1e-6 * costs[0]
    assert max(costs[since - 1 :]) <= tolerance < costs[since - 2]


@pytest.mark.parametrize(("sign", "side"), [(1, "0.5 or more"), (-1, "below 0.5")])
def test_without_b_and_all_rows_on_one_side_a_bias_is_suggested(sign, side):
    hours, passed = range(1, 9), (0, 0, 0, 1, 0, 1, 1, 1)
    labels = passed if sign == 1 else tuple(reversed(passed))
    alone = Experiment(dataset=typed(hours, labels), model="logistic", learning_rate=0.1, epochs=400)
    run = Run(alone, BACKEND)
    while run.state_at(run.cursor) == "going":
        assert "bias" not in look(run).verdict, "it may yet come"
        run.step()
    assert all((run.experiment.predict(run.epoch.parameters, (hour,)) >= 0.5) == (sign == 1) for hour in hours)
    said = f"every H(x) is {side}, as H(0) is 0.5 without b: add a bias"
    assert look(run).verdict == f"converged; {said}"
    for other in ({"has_bias": True, "learning_rate": 0.05}, {"dataset": typed((-2, -1, 1, 2), (0, 1, 0, 1))}):
        run = Run(msgspec.structs.replace(alone, **other, epochs=20), BACKEND)
        while not run.is_over:
            run.step()
        assert "bias" not in look(run).verdict


def test_labels_that_a_line_separates_have_no_minimum_and_it_is_said():
    run = Run(Experiment(dataset=typed((-2, -1, 1, 2), (0, 0, 1, 1)), model="logistic", learning_rate=1.0), BACKEND)
    margins = []
    for epochs_taken in (1, 10, 100, 1000):
        while run.cursor < epochs_taken:
            run.step()
        margins.append(run.epoch.parameters[0])
        margin = fixed(min(run.epoch.parameters[0] * z for z in (1, 2)), 2)
        verdict = look(run).verdict
        assert verdict.endswith(f"no minimum: the classes are separable, margin {margin}, growing")
        assert len(verdict.replace(" per epoch", "")) < 80
        assert run.state_at(run.cursor) == "going"
    assert margins == pytest.approx([0.75, 2.10, 4.02, 6.23], abs=0.005)
    assert run.surface.told(run.epoch.parameters) == (4,)


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ((1, 2, 3), (1, 1, 1), "no minimum: all rows are of one class"),
        ((0, 1), (1, 1), "no minimum: all rows are of one class"),
        ((-1, 1, 2), (1, 1, 1), ""),
        ((1, 2, 2, 3), (0, 0, 1, 1), "no minimum: some of the rows are separable"),
        ((0, 1), (0, 1), "no minimum: some of the rows are separable"),
    ],
)
def test_why_there_is_no_minimum_is_told_for_what_it_is(x, y, says):
    run = Run(Experiment(dataset=typed(x, y), model="logistic", has_bias=len(x) == 4), BACKEND)
    run.step()
    assert (run.surface.minimum is None) == bool(says)
    assert look(run).verdict.endswith(says)
    assert ("no minimum" in look(run).verdict) == bool(says)


def test_with_a_penalty_separable_classes_have_a_place_of_rest():
    run = Run(Experiment(dataset=typed((-2, -1, 1, 2), (0, 0, 1, 1)), model="logistic", weight_decay=0.1), BACKEND)
    run.step()
    assert "no minimum" not in look(run).verdict


def test_the_end_of_a_run_says_that_it_has_no_minimum(capsys):
    words = "--x 1,2,3,4 --y 0,0,1,1 --hypothesis logistic --bias --lr 1 --epochs 50"
    command.main(["run", *words.split()], obj=lambda: BACKEND, standalone_mode=False)
    x, y, at = np.array([[1, 1], [2, 1], [3, 1], [4, 1]]), np.array([0, 0, 1, 1]), np.zeros(2)
    for _ in range(50):
        at = at - x.T @ (1 / (1 + np.exp(-x @ at)) - y) / 4
    margin = fixed(min((2 * y - 1) * (x @ at)), 2)
    assert f"no minimum: the classes are separable, margin {margin}, growing; try --weight-decay 0.01" in (
        capsys.readouterr().err
    )


def test_a_run_that_has_not_yet_parted_separable_classes_is_not_told_to_add_b(capsys):
    words = "--x 1,2,3,10 --x 10,10,9,9.5 --y 0,0,0,1 --hypothesis logistic --epochs 5 --lr 0.001 --w0 0.5,0.1"
    command.main(["run", *words.split()], obj=lambda: BACKEND, standalone_mode=False)
    said = capsys.readouterr().err
    assert "no minimum: the classes are separable" in said
    assert "--bias" not in said
    dataset = typed((1, 2, 3, 10), (10, 10, 9, 9.5), (0, 0, 0, 1))
    run = Run(Experiment(dataset=dataset, model="logistic", learning_rate=0.001, weights=(0.5, 0.1), epochs=5), BACKEND)
    while not run.is_over:
        run.step()
    assert "bias" not in look(run).verdict
    assert "no minimum: the classes are separable" in look(run).verdict


def test_a_sweep_of_separable_classes_says_that_no_rate_converges(capsys):
    words = "--x 1,2 --y 0,1 --hypothesis logistic --bias --points 3 --most 20"
    command.main(["sweep", *words.split()], obj=lambda: BACKEND, standalone_mode=False)
    said = capsys.readouterr().err
    assert "no minimum: the classes are separable, so no learning rate converges" in said
    assert "--most" not in said


def test_questions_are_about_its_own_cost_and_gradient():
    for cost, formula in (("cross-entropy", "1/m·Σ(H−y)x"), ("mse", "Σ(H−y)H(1−H)x")):
        run = Run(Experiment(dataset=MIXED, model="logistic", cost_kind=cost, weights=(0.2,)), BACKEND)
        gradient = predict(run, BACKEND, "gradient")
        assert gradient.truth == run.epoch.gradient[0]
        assert gradient.worked.startswith(formula)
        if cost == "mse":
            assert "sum" not in {each.kind for each in gradient.misconceptions}
        asked = predict(run, BACKEND, "cost")
        assert asked.truth == run.epoch.cost
        assert ("squares" in asked.hint) == (cost == "mse")


def test_the_chart_of_the_data_draws_the_s():
    run = Run(Experiment(dataset=MIXED, model="logistic", weights=(2.0,), has_bias=True, bias=-7.0), BACKEND)
    run.step()
    series = Series(2)
    series.follow(run.history)
    run.cursor = 0
    figure = CHARTS["fit"]().figure(chart_view_of(look(run), series, ChartOptions()), 60, 16)
    picture = figure.picture
    assert "border" in figure.signs
    (border,) = (trace for trace in picture.traces if trace.role == "least")
    assert {height for _place, height in border.points} == {0.5}
    curve = next(trace for trace in picture.traces if trace.role == "curve")
    for place, height in curve.points:
        assert height == pytest.approx(1 / (1 + math.exp(-(2 * place - 7))))
    assert len(curve.points) > 30


def test_a_run_whose_parameters_leave_the_range_has_diverged_though_its_cost_cannot():
    experiment = Experiment(
        dataset=typed((-1, 0, 1, 2), (0, 0, 1, 1)),
        model="logistic",
        cost_kind="mse",
        has_bias=True,
        bias=1e30,
        method="optim",
        optimizer=Optimizer("adamw"),
        weight_decay=1e30,
    )
    run = Run(experiment, BACKEND)
    assert not run.step()
    last = ending(experiment)
    assert (run.diverged_at, last.number) == (2, 2)
    assert math.isfinite(last.cost)
    assert not last.is_finite
    exec(BACKEND.script(experiment, last), {"__name__": "__main__"})


@pytest.mark.parametrize("cost_kind", COSTS)
def test_x_whose_curvature_is_too_large_a_number_is_refused(cost_kind):
    data = typed((1e308, 1), (0, 1))
    with pytest.raises(ExperimentError, match="the squares of x are too large"):
        Run(Experiment(dataset=data, model="logistic", cost_kind=cost_kind, dtype="float64"), BACKEND)
