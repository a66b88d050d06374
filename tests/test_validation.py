"""Rows kept back, powers of x, patience and made-up rows: what comes of them, in every surface."""

import csv
import json
import random
import re
import subprocess
import sys
from io import StringIO
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from lab_pilot import opened
from problems import ending, parsed
from test_script import as_gdtui_sets_torch, assert_same

from gdtui.cli import main as cli
from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.backend import Course
from gdtui.experiment.command_line import arguments
from gdtui.experiment.dataset import Dataset, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.generate import generated
from gdtui.experiment.objective import Method
from gdtui.lab.frame import look
from gdtui.lab.history import History
from gdtui.lab.run import Run
from gdtui.lab.snapshot import RunSnapshot, Snapshot
from gdtui.lab.workspace import Workspace
from gdtui.storage import workspace_file
from gdtui.teaching.events import Set, StepEpochs
from gdtui.teaching.reader import read_lesson
from gdtui.teaching.session import Session
from gdtui.teaching.settings import experiment_with
from gdtui.ui.charts.chart_view import ChartOptions, chart_view_of
from gdtui.ui.charts.cost_curve import CostCurve
from gdtui.ui.charts.data_fit import DataFit
from gdtui.ui.charts.series import Series
from gdtui.ui.lab.form import read_form, texts_of

__all__ = ["as_gdtui_sets_torch"]
"""What every test in here is surrounded by."""

EIGHT = typed((1, 2, 3, 4, 5, 6, 7, 8), (2, 1, 4, 3, 6, 5, 8, 7))
DEGREE_5 = Experiment(dataset=EIGHT.prepared(degree=5, validate=3.0), convention="mse", dtype="float64", epochs=2000)
RECIPE = "n=20, y=2*x+1, noise=0.5"


def gdtui(monkeypatch, capsys, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["gdtui", *words])
    code = cli.run_safely()
    return (code, *capsys.readouterr())


def saved(experiment: Experiment) -> Experiment:
    snapshot = Snapshot((RunSnapshot(experiment, known=1, cursor=0, cost=0.0),), 0)
    return workspace_file.decode(workspace_file.encode(snapshot)).present.experiment


def test_the_training_cost_falls_for_ever_and_the_validation_cost_turns() -> None:
    """By an independent reckoning: 27.17 → 1.04 → 0.725 → 0.178 against 20.5 → 0.865 → 1.545 → 4.13."""
    taken = list(Course(DEGREE_5, BACKEND.trainer(DEGREE_5)))
    trained, validated = [epoch.cost for epoch in taken], [epoch.validation or 0.0 for epoch in taken]
    assert [round(trained[i], 3) for i in (0, 100, 2000)] == [27.167, 0.725, 0.178]
    assert [round(validated[i], 3) for i in (0, 18, 100)] == [20.5, 0.865, 1.545]
    assert min(validated) == validated[18]
    assert validated[2000] == pytest.approx(4.13, abs=0.005)
    assert all(later < earlier for earlier, later in pairwise(trained))


def test_both_costs_are_those_of_numpy_with_the_scaling_of_the_training_rows_alone() -> None:
    x, y = np.array(EIGHT.x[0]), np.array(EIGHT.y)
    powers = np.column_stack([x**power for power in range(1, 6)])
    kept = np.array([2, 5])
    train = np.setdiff1d(np.arange(8), kept)
    mean, deviation = powers[train].mean(axis=0), powers[train].std(axis=0)
    scaled = np.column_stack([(powers - mean) / deviation, np.ones(8)])
    parameters = np.zeros(6)
    for epoch in Course(msgspec.structs.replace(DEGREE_5, epochs=300), BACKEND.trainer(DEGREE_5)):
        residual = scaled @ parameters - y
        assert epoch.cost == pytest.approx(np.mean(residual[train] ** 2), rel=1e-9)
        assert epoch.validation == pytest.approx(np.mean(residual[kept] ** 2), rel=1e-9)
        parameters -= 0.1 * 2 / len(train) * scaled[train].T @ residual[train]


@given(
    st.integers(6, 30),
    st.sampled_from([0.1, 0.25, 0.5, 0.6, 2.0, 3.0]),
    st.integers(0, 5),
    st.integers(1, 4),
    st.sampled_from([1.0, 10.0]),
)
def test_every_row_is_trained_on_or_kept_back_and_none_is_both(rows, validate, seed, degree, x_scale) -> None:
    data = typed(tuple(float(i * i + i) for i in range(rows)), tuple(map(float, range(rows))))
    experiment = Experiment(dataset=data.prepared(validate=validate, degree=degree, x_scale=x_scale), seed=seed)
    split = experiment.dataset
    assert split.kept is not None
    assert sorted((*split.y, *split.kept.y)) == list(data.y)
    assert split.rows >= 1 <= split.kept.rows
    for part in (split, split.kept):
        for label, *row in zip(part.y, *part.x, strict=True):
            assert tuple(row) == split.row((data.x[0][int(label)] * x_scale,))
    again = Experiment(dataset=split.as_given.prepared(validate=validate, degree=degree, x_scale=x_scale), seed=seed)
    assert again == experiment
    assert saved(experiment) == parsed(arguments(experiment)) == experiment


def test_the_seed_decides_which_rows_are_kept_back_and_is_kept_without_batches() -> None:
    share = EIGHT.prepared(validate=0.25)
    splits = {tuple(Experiment(dataset=share, seed=seed).dataset.kept.y) for seed in range(20)}  # type: ignore[union-attr]
    assert len(splits) > 5
    assert Experiment(dataset=share, seed=7).seed == 7
    assert Experiment(dataset=EIGHT.prepared(validate=3.0), seed=7).seed == 0
    drawn = sorted(random.Random(7).sample(range(8), 2))
    kept = Experiment(dataset=share, seed=7).dataset.kept
    assert kept is not None
    assert list(kept.y) == [EIGHT.y[i] for i in drawn]


def test_too_few_rows_too_many_powers_and_patience_without_rows_kept_back_are_refused() -> None:
    with pytest.raises(ExperimentError, match="validate: there are too few rows"):
        typed((1, 2), (1, 2)).prepared(validate=3.0)
    with pytest.raises(ExperimentError, match="degree: powers need one column of x, not 2"):
        typed((1, 2), (3, 4), (1, 2)).prepared(degree=2)
    with pytest.raises(ExperimentError, match="degree: must be from 1 to 20, not 21"):
        EIGHT.prepared(degree=21)
    with pytest.raises(ExperimentError, match="degree: the powers of x are too large"):
        typed((1e300, 1), (1, 2)).prepared(degree=2)
    with pytest.raises(
        ExperimentError, match=r"patience: there is no validation cost without rows kept back: add --validate 0\.25"
    ):
        Experiment(patience=3)


@pytest.mark.parametrize("text", ["0", "1", "2", "every-1", "every-x", "every-", "every-1.5", "third", "0.5"])
def test_what_is_kept_back_is_a_share_or_one_of_so_many(text, monkeypatch, capsys) -> None:
    words = ("run", "--x", "1,2,3,4", "--y", "2,4,6,8", "--lr", "0.01", "--validate", text)
    code, _, said = gdtui(monkeypatch, capsys, *words)
    assert code == (0 if text == "0.5" else 2)
    assert code == 0 or said.endswith(f"must be a share between 0 and 1, or every-2, every-3 …, not {text}\n")


def test_patience_stops_the_run_and_says_which_epoch_was_best(monkeypatch, capsys) -> None:
    words = [*arguments(msgspec.structs.replace(DEGREE_5, epochs=1000)), "--patience", "30"]
    code, out, err = gdtui(monkeypatch, capsys, "run", *words)
    assert code == 0
    assert len(out.splitlines()) == 19 + 30
    assert "the validation cost was lowest at epoch 19: 0.865" in err
    code, out, err = gdtui(monkeypatch, capsys, "run", *words, "--epochs", "40")
    assert (code, len(out.splitlines())) == (4, 40)
    assert "the validation cost never went 30 epochs without falling" in err


def test_a_run_that_patience_ends_says_so_whatever_else_could_have_ended_it(monkeypatch, capsys) -> None:
    words = ("run", "--x", "1,2,3,4", "--y", "1,0,3,-9", "--w0", "-1", "--lr", "0.05", "--format", "text")
    stops = ("--validate", "every-2", "--patience", "2", "--until-change", "1e-30")
    code, out, _ = gdtui(monkeypatch, capsys, *words, *stops)
    assert code == 0
    assert out.endswith("The validation cost no longer falls, so the run ends here.\n")


def test_in_the_lab_the_run_is_over_where_patience_ends_and_goes_on_if_asked_to() -> None:
    run = Run(msgspec.structs.replace(DEGREE_5, patience=30), BACKEND)
    while not run.is_over:
        run.step()
    assert run.cursor == 18 + 30
    best = look(run).best
    assert best is not None
    assert best.number == 19
    assert run.step()
    run.seek(20)
    assert not run.is_over
    assert ending(msgspec.structs.replace(DEGREE_5, patience=30)).number == 19 + 30


def test_histories_keep_the_validation_cost_wherever_they_are_copied_to() -> None:
    run = Run(DEGREE_5, BACKEND)
    for _ in range(40):
        run.step()
    copy = run.history.copy(30, memory=7)
    for index in range(30):
        copied, kept = copy[index], run.history[index]
        assert (copied.validation, copied.parameters, copied.cost) == (kept.validation, kept.parameters, kept.cost)
        assert copy.best(index) == run.history.best(index) == min(index, 18)
    assert list(copy.validations(3, 6)) == [copy[i].validation for i in (3, 4, 5)]
    assert History(1).best(0) is None


@pytest.mark.parametrize("style", ["csv", "jsonl"])
def test_the_validation_cost_is_the_last_column(style, monkeypatch, capsys) -> None:
    plain = ("run", "--x", "1,2,3,4", "--y", "2,4,6,9", "--lr", "0.01", "--epochs", "3", "--format", style)
    _, out, _ = gdtui(monkeypatch, capsys, *plain, "--validate", "every-2")
    rows = list(csv.DictReader(StringIO(out))) if style == "csv" else [json.loads(line) for line in out.splitlines()]
    assert [*rows[0]] == ["epoch", "W", "cost", "gradient", "validation_cost"]
    assert [float(row["validation_cost"]) for row in rows[:1]] == [(4 * 4 + 9 * 9) / 2]
    _, out, _ = gdtui(monkeypatch, capsys, *plain)
    assert "validation" not in out


def test_a_prediction_takes_one_x_whatever_the_powers(monkeypatch, capsys) -> None:
    experiment = msgspec.structs.replace(DEGREE_5, epochs=50)
    words = ("run", *arguments(experiment), "--predict", "9", "--format", "csv")
    code, out, _ = gdtui(monkeypatch, capsys, *words)
    assert code == 0
    table = list(csv.DictReader(StringIO(out)))
    assert [*table[0]][-2:] == ["x", "H"]
    assert float(table[-1]["H"]) == experiment.predict(ending(experiment).parameters, (9,))


def test_powers_stay_standardized_and_say_so() -> None:
    assert EIGHT.prepared(degree=2).is_standardized
    with pytest.raises(InputError, match="The powers of x are always standardized"):
        Workspace(DEGREE_5, BACKEND).with_x_toggled()


MADE_UP = [
    Experiment(dataset=generated(RECIPE), has_bias=True, learning_rate=0.01, seed=4),
    Experiment(dataset=generated("n=8, y=max(0, x^2 - 1), x=-2..3").prepared(degree=3, validate=0.25), seed=2),
    Experiment(dataset=EIGHT.prepared(x_scale=2.0, validate=4.0), learning_rate=1e-4, batch=2, seed=1, epochs=7),
    msgspec.structs.replace(DEGREE_5, patience=5),
    msgspec.structs.replace(DEGREE_5, patience=40, epochs=30),
    msgspec.structs.replace(DEGREE_5, patience=30, epochs=48),
    Experiment(
        dataset=typed((-2, -1, 1, 2, 3), (0, 0, 1, 1, 1)).prepared(validate=0.4),
        model="logistic",
        has_bias=True,
        until_change=1e-3,
        patience=50,
        epochs=90,
    ),
]


@pytest.mark.parametrize("experiment", MADE_UP)
def test_the_command_line_the_form_and_the_file_bring_it_back(experiment: Experiment) -> None:
    assert parsed(arguments(experiment)) == experiment
    assert saved(experiment) == experiment
    texts = texts_of(experiment, 1)
    assert read_form(texts, experiment, 1) == (experiment, None)
    fresh = {name: text for name, text in texts.items() if name not in ("features", "target", "drop-missing")}
    wanted, _ = read_form({**texts_of(Experiment(), 1), **fresh}, Experiment(), 1)
    assert msgspec.structs.replace(wanted, convention=experiment.convention) == experiment


@pytest.mark.parametrize("method", ["hand", "autograd", "optim"])
@pytest.mark.parametrize("experiment", MADE_UP)
def test_the_script_comes_to_the_digits_of_the_run(experiment: Experiment, method: Method) -> None:
    assert_same(msgspec.structs.replace(experiment, method=method))


@pytest.mark.slow
def test_the_script_reads_a_table_and_keeps_the_same_rows_back(tmp_path, monkeypatch, capsys) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in zip(EIGHT.x[0], EIGHT.y, strict=True)))
    words = ("--data", str(table), "--validate", "0.4", "--seed", "3", "--degree", "2", "--epochs", "5")
    _, text, _ = gdtui(monkeypatch, capsys, "script", *words)
    path = tmp_path / "run.py"
    path.write_text(text)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == gdtui(monkeypatch, capsys, "run", *words)[1]


def test_made_up_rows_are_python_s_own_numbers() -> None:
    draw = random.Random(4)
    data = Experiment(dataset=generated(RECIPE), seed=4).dataset
    assert list(data.x[0]) == [5 * row / 19 for row in range(20)]
    assert list(data.y) == [2 * x + 1 + draw.gauss(0, 0.5) for x in data.x[0]]
    assert arguments(Experiment(dataset=data, seed=4)) == ["--generate", RECIPE, "--seed", "4"]


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("n=20", "write it like n=20"),
        ("n=20, y=2*z", "there is no 'z', only x"),
        ("n=1, y=x", "n: must be from 2 to 100,000, not 1"),
        ("n=x, y=x", "n: 'x' is not a number. Write it like n=20, y=2"),
        ("n=5, y=x, noise=a", "noise: 'a' is not a number. Write it like n=20, y=2"),
        ("n=5, y=x, x=a..3", "x: 'a' is not a number. Write it like n=20, y=2"),
        ("n=5, y=1/x", "division by 0"),
        ("n=5, y=x, x=3..1", "x needs a range such as 0..5"),
        ("n=5, y=x, noise=-1", "noise must not be negative"),
        ("n=5, n=6, y=x", "write it like n=20"),
        ("n=5, y=cost", "there is no 'cost', only x"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(recipe: str, reason: str) -> None:
    with pytest.raises(ExperimentError, match=f"generate: .*{reason}"):
        generated(recipe)


def test_a_lesson_has_made_up_rows_and_rows_kept_back() -> None:
    experiment = experiment_with({"generate": RECIPE, "seed": 3, "validate": "every-4", "degree": 2})
    dataset = experiment.dataset
    assert isinstance(dataset, Dataset)
    assert (dataset.rows, dataset.kept and dataset.kept.rows, len(dataset.x), dataset.seed) == (15, 5, 2, 3)
    assert experiment_with({"seed": 5}, experiment).dataset.y != dataset.y
    with pytest.raises(ExperimentError, match="generate: a text such as"):
        experiment_with({"generate": 5})


def test_the_second_curve_stands_where_the_validation_costs_are() -> None:
    run = Run(DEGREE_5, BACKEND)
    for _ in range(60):
        run.step()
    series = Series(6)
    series.follow(run.history)
    view = chart_view_of(look(run), series, ChartOptions(is_log=False))
    figure = CostCurve().figure(view, 200, 30)
    picture = figure.picture
    (curve,) = [trace for trace in picture.traces if trace.role == "second" and trace.shape == "line"]
    assert list(curve.points) == [(i + 1, run.history[i].validation) for i in range(61)]
    assert all(picture.y.holds(cost) for _, cost in curve.points)
    assert [trace.glyph for trace in picture.traces if trace.role == "second" and trace.shape == "end"] == ["v"]
    assert {"training", "validation"} <= set(figure.signs)
    assert figure.note(80) == "lowest validation 0.865 at epoch 19"


def test_the_data_chart_draws_the_powers_over_x_and_both_kinds_of_rows() -> None:
    run = Run(DEGREE_5, BACKEND)
    for _ in range(60):
        run.step()
    series = Series(6)
    series.follow(run.history)
    picture = DataFit().figure(chart_view_of(look(run), series, ChartOptions()), 80, 20).picture
    rows = {trace.glyph: list(trace.points) for trace in picture.traces if trace.role == "rows"}
    kept = run.experiment.dataset.kept
    assert kept is not None
    assert rows["□"] == list(zip(kept.x[0], kept.y, strict=True))
    assert len(rows["◆"]) == 6
    (curve,) = [trace for trace in picture.traces if trace.role == "curve"]
    scaling = run.experiment.dataset.scaling
    assert scaling is not None
    for place, height in curve.points[::9]:
        x = place * scaling.deviations[0] + scaling.means[0]
        assert height == pytest.approx(run.experiment.predict(run.epoch.parameters, (x,)))


@examples(100)
@given(
    st.integers(0, 10_000), st.integers(1, 3), st.sampled_from((2.0, 3.0, 0.25, 0.4)), st.sampled_from(("mse", None))
)
def test_labels_told_of_all_rows_are_those_that_numpy_counts(seed, columns, validate, cost):
    """Of the rows of training and of those kept back, at parameters drawn at random."""
    draw = np.random.default_rng(seed)
    x, y = draw.normal(size=(columns, 12)), draw.integers(0, 2, 12)
    y[:2] = 0, 1
    data = typed(*map(tuple, x.tolist()), tuple(map(float, y))).prepared(validate=validate, seed=seed)
    run = Experiment(dataset=data, model="logistic", cost_kind=cost, has_bias=True, seed=data.seed)
    at = draw.normal(size=columns + 1)
    told = []
    for part in (run.dataset, run.dataset.kept):
        z = np.array([*map(list, part.x)]).T @ at[:-1] + at[-1]
        told.append(int(((z >= 0) == np.array(part.y)).sum()))
    assert BACKEND.surface(run).told(tuple(at.tolist())) == tuple(told)


@pytest.mark.slow
async def test_the_lab_and_the_end_of_a_run_say_how_many_labels_kept_back_are_right():
    data = typed((1, 2, 3, 4, 5, 6), (0, 0, 0, 1, 1, 1)).prepared(validate=3.0)
    run = Experiment(dataset=data, model="logistic", has_bias=True, epochs=20)
    told = BACKEND.surface(run).told((0.0, 0.0))
    async with opened(run, (80, 24), BACKEND) as lab:
        assert f"right {told[0]}/4, kept {told[1]}/2" in lab.numbers
    words = ["--x", "1,2,3,4,5,6", "--y", "0,0,0,1,1,1", "--hypothesis", "logistic", "--bias", "--validate", "every-3"]
    done = subprocess.run([sys.executable, "-m", "gdtui", "run", *words], capture_output=True, text=True, check=True)
    assert re.search(r"gdtui: \d of 4 labels are right, and \d of 2 of those kept back\n", done.stderr)


PATIENT = """
format = 1
title = "Patience"
about = "a run that stops by itself"

[experiment]
x = [1, 2, 3, 4, 5, 6, 7, 8]
y = [2, 1, 4, 3, 6, 5, 8, 7]
degree = 5
validate = "every-3"
convention = "mse"
patience = 7

[[step]]
name = "stop"
text = "Stop at epoch {best_epoch}."
[step.goal]
check = ["updates > 20", "cost < 0.01"]
answer = ["patience = 2000", "step 1900"]
"""


def test_a_goal_page_stops_where_the_run_is_out_of_patience():
    """`step 100` goes as far as the run does; another step goes on, and patience can be set."""
    session = Session(read_lesson(PATIENT.encode(), "patience.toml", "patience"), BACKEND)
    outcome = session.take(StepEpochs(100))
    costs = [session.run.history[index].validation for index in range(session.run.cursor + 1)]
    best = costs.index(min(costs))
    assert session.run.cursor == best + 7
    assert any(f"lowest at epoch {best + 1}." in line for line in outcome.says)
    session.take(StepEpochs(1))
    assert session.run.cursor == best + 8
    session.take(Set("patience", "20"))
    session.take(StepEpochs(100))
    assert session.run.cursor == best + 20
