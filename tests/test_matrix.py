"""Several targets: W is a matrix and b a vector, held to numpy, to torch.nn.Linear and to one run for each target."""

import json
import random
import re
from threading import Event

import msgspec
import numpy as np
import pytest
import torch
from lessons import LESSON, read
from problems import ending, factor, parsed
from test_script import as_gdtui_sets_torch, carried_out, printed  # noqa: F401  # a fixture for all
from test_settings import saved

from gdtui.cli.main import command
from gdtui.descent.backend import BACKEND
from gdtui.descent.tensors import batches
from gdtui.errors import InputError, UserError
from gdtui.experiment.backend import Course
from gdtui.experiment.change import Change
from gdtui.experiment.command_line import arguments
from gdtui.experiment.dataset import LECTURE, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import OPTIMIZERS, Optimizer
from gdtui.experiment.schedule import Schedule
from gdtui.experiment.settings import METHODS
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.storage.rows import history_csv
from gdtui.storage.table import read_table
from gdtui.teaching.check import check
from gdtui.teaching.questions.all_kinds import predict
from gdtui.teaching.scope import RunScope, number_of
from gdtui.teaching.settings import experiment_with
from gdtui.theory.step_size import step_size
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.charts.chart_view import ChartOptions, chart_view_of
from gdtui.ui.charts.series import Series
from gdtui.ui.lab.form import read_form, texts_of
from gdtui.ui.lab.views.breakdown_digits import Shown
from gdtui.ui.lab.views.breakdown_rows import breakdown_rows
from gdtui.ui.lesson.page import ROOM
from gdtui.ui.panels.number_rows import number_rows

X, Y = ((1.0, 2.0, 3.0, 5.0), (0.5, -1.0, 2.0, 1.0)), ((1.0, 2.0, 3.5, 5.0), (3.0, 2.0, 2.5, 0.0), (1.0, 0.0, 1.0, 4.0))
THREE = Experiment(dataset=typed(*X, *Y, targets=3), has_bias=True, learning_rate=0.02)
FOUR = typed((1, 2, 3, 4, 5), (2, 1, 0, 1, 3), (1, 2, 4, 5, 3), (3, 1, 2, 1, 0), (1, 0, 1, 4, 2), targets=3)
POWERS = typed((1, 2, 3, 4, 5), (1, 2, 3, 5, 4), (3, 1, 2, 2, 1), targets=2)
SCORES = "quiz,hours,midterm,final\n73,80,152,175\n93,88,185,193\n89,91,180,200\n96,98,196,210\n73,66,142,150\n"


def made_up(seed: int, **others: object) -> Experiment:
    """A random experiment with several targets, in float64."""
    rng = random.Random(seed)
    rows, d, k, has_bias = rng.randint(1, 8), rng.randint(1, 4), rng.randint(2, 4), rng.random() < 0.6

    def numbers(count: int) -> tuple[float, ...]:
        return tuple(rng.uniform(-3, 3) for _ in range(count))

    return Experiment(
        dataset=typed(*(numbers(rows) for _ in range(d + k)), targets=k),
        has_bias=has_bias,
        weights=numbers(d * k),
        bias=numbers(k) if has_bias else 0.0,
        learning_rate=rng.uniform(0.001, 0.05),
        convention=rng.choice(CONVENTIONS),
        weight_decay=rng.choice((0.0, 0.1)),
        batch=rng.choice((None, None, 2)),
        seed=0,
        dtype="float64",
        **others,
    )


def ran(*options: str) -> None:
    """`gdtui run` with these options."""
    command.main(["run", *options], obj=lambda: BACKEND, standalone_mode=False)


def by_numpy(experiment: Experiment, count: int) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """The cost, the gradient over all rows and the parameters of so many epochs; b is the last row of the matrix."""
    data, settings = experiment.dataset, experiment.settings_at(1)
    x, y = np.array(data.x).T, np.array(data.ys).T
    if experiment.has_bias:
        x = np.column_stack([x, np.ones(len(x))])
    w, seen = np.array(experiment.start).reshape(x.shape[1], y.shape[1]), []

    def slope(rows: np.ndarray) -> np.ndarray:
        by = factor(settings.convention, len(rows) * (1 if settings.convention == "sum" else y.shape[1]))
        return by * x[rows].T @ (x[rows] @ w - y[rows]) + experiment.weight_decay * w

    for number in range(1, count + 1):
        everything = np.arange(len(x))
        seen.append((np.mean((x @ w - y) ** 2), slope(everything), w))
        for piece in batches(experiment, number) if experiment.batch else (everything,):
            w = w - experiment.learning_rate * slope(np.asarray(piece))
    return seen


def minimum_by_numpy(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.array(experiment.dataset.x).T, np.array(experiment.dataset.ys).T
    x = np.column_stack([x, np.ones(len(x))]) if experiment.has_bias else x
    return np.linalg.lstsq(x, y, rcond=None)[0], x


@pytest.mark.parametrize("seeds", [range(100), pytest.param(range(100, 300), marks=pytest.mark.slow)], ids=len)
@pytest.mark.parametrize("method", METHODS)
def test_a_run_is_numpys_by_hand_by_autograd_and_by_optim(method: str, seeds: range) -> None:
    for seed in seeds:
        experiment = made_up(seed, method=method)
        trainer = BACKEND.trainer(experiment)
        for cost, slope, w in by_numpy(experiment, 3):
            epoch = trainer.step()
            size = max(1.0, np.abs(w).max(), np.abs(slope).max())
            assert epoch.cost == pytest.approx(cost, rel=1e-12)
            assert epoch.gradient == pytest.approx(slope.ravel(), rel=1e-12, abs=1e-12 * size)
            assert epoch.parameters == pytest.approx(w.ravel(), rel=1e-12, abs=1e-12 * size)


def test_with_a_schedule_and_rows_kept_back_a_run_is_numpys_too() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        columns, k = rng.normal(size=(4, 7)), int(rng.integers(2, 4))
        data = typed(*map(tuple, columns), targets=k).prepared(validate=3.0)
        rate, kept = Schedule.parse("exponential,gamma=0.8"), np.arange(7) % 3 == 2
        experiment = Experiment(dataset=data, schedule=rate, convention="mse", dtype="float64", epochs=4)
        x, y, w = columns[:-k].T, columns[-k:].T, np.zeros((4 - k, k))
        for number, epoch in enumerate(Course(experiment, BACKEND.trainer(experiment))):
            errors = x @ w - y
            assert epoch.cost == pytest.approx(np.mean(errors[~kept] ** 2))
            assert epoch.validation == pytest.approx(np.mean(errors[kept] ** 2))
            assert epoch.parameters == pytest.approx(w.ravel())
            w = w - 0.1 * 0.8**number * 2 / errors[~kept].size * x[~kept].T @ errors[~kept]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_steps_as_it_does_on_torchs_own_layer(name: str) -> None:
    for seed in range(6):
        experiment = msgspec.structs.replace(
            made_up(seed), has_bias=True, method="optim", optimizer=Optimizer(name), convention="mse", batch=None
        )
        layer = torch.nn.Linear(len(experiment.dataset.x), len(experiment.dataset.ys), dtype=torch.float64)
        rows, bias = experiment.layout.matrix(experiment.start)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(rows, dtype=torch.float64).T)
            layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
        x, y = (
            torch.tensor(list(map(list, each)), dtype=torch.float64).T
            for each in (experiment.dataset.x, experiment.dataset.ys)
        )
        rule = Optimizer(name).rule
        made = getattr(torch.optim, rule.torch_class)(
            layer.parameters(),
            lr=experiment.learning_rate,
            weight_decay=experiment.weight_decay,
            **rule.arguments,
            **rule.fixed,
        )
        trainer = BACKEND.trainer(experiment)
        for _ in range(5):
            epoch = trainer.step()
            made.zero_grad()
            loss = torch.nn.functional.mse_loss(layer(x), y)
            loss.backward()
            made.step()
            assert epoch.cost == pytest.approx(loss.item(), rel=1e-12)
            here = [*layer.weight.T.flatten().tolist(), *layer.bias.tolist()]
            assert epoch.following == pytest.approx(here, rel=1e-10, abs=1e-12)


def test_limit_and_minimum_are_those_of_least_squares() -> None:
    for seed in range(60):
        experiment = msgspec.structs.replace(made_up(seed, method="hand"), batch=None, weight_decay=0.0)
        surface, k = BACKEND.surface(experiment), experiment.layout.targets
        minimum, x = minimum_by_numpy(experiment)
        convention = experiment.settings_at(1).convention
        many = len(x) * (1 if convention == "sum" else k)
        assert surface.minimum == pytest.approx(minimum.ravel(), rel=1e-7, abs=1e-7)
        largest = factor(convention, many) * np.linalg.eigvalsh(x.T @ x)[-1]
        assert step_size(experiment, 1, surface).limit == pytest.approx(2 / largest)
        at = tuple(np.random.default_rng(seed).normal(size=len(experiment.start)))
        y = np.array(experiment.dataset.ys).T
        assert surface.cost(at) == pytest.approx(np.mean((x @ np.array(at).reshape(-1, k) - y) ** 2))


@pytest.mark.parametrize(("ratio", "state"), [(0.9, "converged"), (1.1, "diverged")])
def test_a_run_converges_below_the_limit_and_diverges_above_it(ratio: float, state: str) -> None:
    limit = step_size(THREE, 1, BACKEND.surface(THREE)).limit
    run = Run(msgspec.structs.replace(THREE, learning_rate=ratio * limit, epochs=3000), BACKEND)
    while run.state_at(run.cursor) == "going" and run.step():
        pass
    assert run.state_at(run.cursor) == state


def test_each_column_of_w_is_a_regression_of_its_own() -> None:
    whole = [*Course(msgspec.structs.replace(THREE, dtype="float64"), BACKEND.trainer(THREE))]
    for target, y in enumerate(Y):
        alone = msgspec.structs.replace(THREE, dataset=typed(*X, y))
        for together, epoch in zip(whole, Course(alone, BACKEND.trainer(alone)), strict=True):
            own = THREE.layout.of_target(together.parameters, target)
            assert own == pytest.approx(epoch.parameters, rel=1e-5, abs=1e-6)


def test_parameters_are_named_by_row_and_column() -> None:
    assert THREE.parameter_names == ("W1_1", "W1_2", "W1_3", "W2_1", "W2_2", "W2_3", "b1", "b2", "b3")
    assert [shape.shape for shape in BACKEND.trainer(THREE).gradient_method.parameters] == [(2, 3), (3,)]
    assert THREE.layout.place(5) == (1, 2)
    assert THREE.hypothesis == "XW + b"


OTHERS = [
    {},
    {"convention": "mse", "method": "autograd", "weight_decay": 0.1},
    {"weights": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), "bias": (1.0, 0.0, 2.0), "dtype": "float64", "convention": "mean"},
    {"batch": 2, "method": "optim", "optimizer": Optimizer("adam"), "changes": (Change(4, method="hand"),)},
    {"learning_rate": 5.0, "epochs": 60},
    {"schedule": Schedule.parse("exponential,gamma=0.5"), "method": "autograd"},
    {"optimizer": Optimizer("adam"), "method": "optim", "schedule": Schedule.parse("cosine"), "batch": 2},
    {"dataset": FOUR.prepared(validate=3.0), "convention": "mse"},
    {"dataset": FOUR.prepared(validate=0.3, is_standardized=True), "batch": 2, "seed": 5, "patience": 3, "epochs": 40},
    {"dataset": POWERS.prepared(degree=2), "convention": "mse", "changes": (Change(3, learning_rate=0.01),)},
    {"dataset": POWERS.prepared(degree=2, validate=3.0, x_scale=2.0), "schedule": Schedule.parse("step,every=2")},
]


@pytest.mark.parametrize("others", OTHERS)
def test_it_comes_back_from_every_surface(others: dict) -> None:
    experiment = msgspec.structs.replace(THREE, **others)
    again = parsed(arguments(experiment))
    assert again == experiment
    assert read_form(texts_of(experiment, 1), Experiment(), 1)[0].dataset.ys == experiment.dataset.ys
    assert saved(experiment) == experiment


@pytest.mark.parametrize("others", OTHERS)
@pytest.mark.parametrize("has_bias", [True, False])
def test_the_script_prints_what_the_run_prints(others: dict, has_bias: bool) -> None:
    if not has_bias:
        others = {name: value for name, value in others.items() if name != "bias"}
    experiment = msgspec.structs.replace(THREE, has_bias=has_bias, **others)
    assert carried_out(BACKEND.script(experiment, ending(experiment)))[0] == printed(experiment)[0]


@pytest.fixture
def scores(tmp_path) -> str:
    (tmp_path / "scores.csv").write_text(SCORES)
    return str(tmp_path / "scores.csv")


def test_a_table_has_its_targets_named(scores: str, capsys) -> None:
    data = read_table(scores, target="final,midterm").dataset
    assert (data.features, data.targets) == (("quiz", "hours"), ("final", "midterm"))
    assert list(data.ys[1]) == [152, 185, 180, 196, 142]
    experiment = Experiment(dataset=data.standardized(), learning_rate=0.1)
    assert parsed(arguments(experiment)) == experiment == saved(experiment)
    ran(*arguments(experiment))
    out = capsys.readouterr()
    assert carried_out(BACKEND.script(experiment, ending(experiment)))[0] == out.out
    scaled = dict(re.findall(r"(\w+) = (\S+?)(?:,|$)", out.err.strip()))
    ran("--data", scores, "--features", "quiz,hours", "--target", "midterm", *arguments(experiment)[8:])
    alone = dict(re.findall(r"(\w+) = (\S+?)(?:,|$)", capsys.readouterr().err.strip()))
    own, others = (
        [float(found[name].replace("−", "-")) for name in names]
        for found, names in ((scaled, ("W1_2", "W2_2", "b2")), (alone, ("W1", "W2", "b")))
    )
    assert own == pytest.approx(others, rel=1e-4)


def test_a_column_whose_name_has_a_comma_is_still_one_target(tmp_path) -> None:
    (tmp_path / "t.csv").write_text('a,b,"a,b"\n1,2,3\n2,3,4\n')
    assert read_table(str(tmp_path / "t.csv"), target="a,b").dataset.targets == ("a,b",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target", "final,quiz", "--features", "quiz"], "column 'quiz' is both a feature and the target"),
        (["--target", "final,final"], "the name 'final' is chosen twice"),
        (["--target", "final,midterm", "--w0", "1,2"], "2 given, but W has 2 rows of 2 numbers"),
        (["--target", "final,midterm", "--bias", "--b0", "1,2,3"], "3 given, but b has 2 numbers"),
        (["--target", "final,midterm", "--hypothesis", "logistic"], "logistic regression learns only one"),
        (["--target", "final,none"], "no column 'none'"),
        (["--target", "final,midterm", "--degree", "2"], "powers need one column of x, not 2"),
        (["--target", "final,midterm", "--function", "W^2"], "a typed cost has no rows"),
        (["--target", "final,midterm", "--generate", "n=4, y=x"], "makes the rows"),
    ],
)
def test_what_makes_no_sense_is_refused(options: list[str], words: str, scores: str) -> None:
    with pytest.raises(UserError, match=re.escape(words)):
        parsed(["--data", scores, *options])


def test_text_among_the_columns_is_named_with_the_way_on(tmp_path) -> None:
    (tmp_path / "t.csv").write_text("a,city,b,c\n1,Rome,2,3\n2,Oslo,3,4\n")
    with pytest.raises(InputError, match=r"Leave out the columns of text: --features a$"):
        read_table(str(tmp_path / "t.csv"), target="b,c")


def test_predictions_and_exported_columns_have_a_number_for_each_target(capsys) -> None:
    ran(*arguments(THREE), "--predict", "4,1", "--format", "csv")
    head, *_, last = capsys.readouterr().out.splitlines()
    assert head.startswith("epoch,W1_1,W1_2,W1_3,W2_1,W2_2,W2_3,b1,b2,b3,cost,gradient_W1_1")
    assert head.endswith("x1,x2,H1,H2,H3")
    run = Run(THREE, BACKEND)
    while not run.is_over_at(run.cursor):
        run.step()
    w = np.array(run.epoch.parameters).reshape(3, 3)
    assert list(map(float, last.split(",")[-3:])) == pytest.approx([4, 1, 1] @ w)
    assert history_csv(THREE, run.history, 2, Event()).decode().splitlines()[0] == head.removesuffix(",x1,x2,H1,H2,H3")
    ran(*arguments(THREE), "--predict", "4,1")
    assert re.search(r"^H\(4, 1\) = \[\S+ \S+ \S+\]$", capsys.readouterr().out, re.MULTILINE)


def test_w_is_drawn_as_a_matrix() -> None:
    run = Run(THREE, BACKEND)
    run.step()
    head, first, second, b, _ = ("".join(text for text, _ in row) for row in number_rows(look(run), 120))
    assert "W [[" in head
    assert re.fullmatch(r" W ← W − lr·gradient = (┌[^┐]*┐) − 0.02·(┌[^┐]*┐) [=≈] (┌[^┐]*┐)", first)
    assert re.fullmatch(r" +(└[^┘]*┘) +(└[^┘]*┘) +(└[^┘]*┘)", second)
    assert (first.index("┌"), first.rindex("┐")) == (second.index("└"), second.rindex("┘"))
    shown = np.array(
        [re.findall(r"−?[\d.]+", line[line.index("┌└"[index]) :])[:3] for index, line in enumerate((first, second))]
    )
    assert shown.astype(float).ravel() == pytest.approx(run.epoch.parameters[:6], abs=5e-4)
    assert b.startswith(" b ← b − lr·gradient = [")
    for width in range(20, 120):
        assert len({len(row) for row in number_rows(look(run), width)[1:3]}) == 1


def test_an_update_is_explained_for_one_target_as_if_that_were_alone() -> None:
    run = Run(msgspec.structs.replace(THREE, dtype="float64", method="optim", optimizer=Optimizer("adam")), BACKEND)
    run.step()
    for target, y in enumerate(Y):
        parts = BACKEND.breakdown(run.experiment, run.epoch, run.history[0].memory, rows=3, target=target)
        own = THREE.layout.of_target
        assert [row.y for row in parts.shown] == [y[row.number - 1] for row in parts.shown]
        assert parts.gradient == own(run.epoch.gradient, target)
        assert parts.following == pytest.approx(own(run.epoch.following, target))
        total = np.sum([row.slopes for row in parts.shown], axis=0) + np.array(parts.rest.slopes)
        assert total == pytest.approx(np.array(parts.totals))
        assert parts.carried[-1].values == own(run.epoch.memory[-9:], target) or parts.carried


def test_the_data_chart_has_the_rows_of_its_target_also_those_kept_back() -> None:
    run = Run(Experiment(dataset=POWERS.prepared(degree=2, validate=3.0)), BACKEND)
    run.step()
    series = Series(run.history.parameters)
    series.follow(run.history)
    for target, ys in enumerate(((1, 2, 5, 4), (3, 1, 2, 1))):
        view = chart_view_of(look(run), series, ChartOptions(parameter=target))
        traces = [trace for trace in CHARTS["fit"]().figure(view, 60, 12).picture.traces if trace.shape == "points"]
        rows, (kept,) = traces[target], [trace for trace in traces if trace.role == "rows"]
        assert [y for _x, y in rows.points] == list(ys)
        assert [y for _x, y in kept.points] == [POWERS.ys[target][2]]


@pytest.mark.parametrize("parameter", range(9))
def test_every_chart_is_drawn_for_every_parameter(parameter: int) -> None:
    run = Run(THREE, BACKEND)
    run.step()
    series = Series(run.history.parameters)
    series.follow(run.history)
    view = chart_view_of(look(run), series, ChartOptions(parameter=parameter))
    assert view.target == parameter % 3
    assert THREE.layout.place(view.other)[1] == view.target
    assert CHARTS["fit"]().figure(view, 40, 12).title == f"H(x) vs y{view.target + 1}"
    for chart in CHARTS.values():
        assert chart().figure(view, 60, 12).picture.traces


def test_predictions_are_asked_of_each_parameter() -> None:
    run = Run(THREE, BACKEND)
    for kind in ("next", "gradient", "cost", "next_cost", "limit"):
        asked = predict(run, BACKEND, kind)
        assert asked.worked
    assert predict(run, BACKEND, "cost").truth == run.epoch.cost


def test_a_lesson_has_it_and_its_names() -> None:
    experiment = experiment_with({"x": [list(x) for x in X], "y": [list(y) for y in Y], "bias": True, "lr": 0.02})
    assert experiment == THREE
    run = Run(experiment, BACKEND)
    scope = RunScope(run, BACKEND)
    assert number_of("W1_2", scope) == 0.0
    assert number_of("next_W2_3", scope) == run.epoch.following[5]
    assert number_of("gradient_W1_2", scope) == run.epoch.gradient[1]
    assert number_of("first_batch_W2_3", scope) == run.epoch.following[5]
    assert number_of("first_batch_gradient_b2", scope) == run.epoch.gradient[7]
    assert number_of("min_W1_2", scope) == run.surface.minimum[1]
    assert experiment_with({"y": "1,2,3 | 3,2,2"}).dataset.ys == typed(LECTURE.x[0], (1, 2, 3), (3, 2, 2), targets=2).ys


def test_a_knob_of_a_lesson_turns_a_weight_of_the_matrix() -> None:
    page = """
[[step]]
name = "turn"
text = "Turn it."
experiment = { x = [1, 2, 3], y = [[1, 2, 3], [3, 2, 2]], bias = true, b0 = [1, 2] }
[step.turn]
knob = "W1_2"
range = [0, 2]
step = 0.5
check = ["W1_2 > 0.9", "W1_1 == 0", "b2 == 2"]
answer = ["W1_2 = 1"]
"""
    assert check(read(LESSON.split("[[step]]")[0] + page), BACKEND, ROOM) == []


def test_the_notebook_plots_every_weight() -> None:
    book = json.loads(BACKEND.notebook(THREE, ending(THREE)))
    data, loop, *_ = ("".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code")
    _, space = carried_out(f"import sys\n{data}\n{loop}\n")
    assert [len(weights) for weights in space["weights_of_epochs"]] == [6] * THREE.epochs


def test_curves_whose_names_end_alike_are_numbered_as_the_title_has_them() -> None:
    run = Run(THREE, BACKEND)
    run.step()
    series = Series(run.history.parameters)
    series.follow(run.history)
    picture = CHARTS["weights"]().figure(chart_view_of(look(run), series, ChartOptions()), 60, 12).picture
    assert [trace.glyph for trace in picture.traces if trace.shape == "end"] == ["1", "2", "3", "4"]


def test_the_numbers_of_an_explained_update_stand_apart() -> None:
    experiment = Experiment(
        dataset=typed((73, 93, 89, 96), (80, 88, 91, 98), (175, 193, 200, 210), (152, 185, 180, 196), targets=2),
        has_bias=True,
        learning_rate=1e-5,
    )
    parts = BACKEND.breakdown(experiment, ending(msgspec.structs.replace(experiment, epochs=2)), (), target=1)
    names = experiment.layout.of_target(experiment.parameter_names, 1)
    assert names == ("W1_2", "W2_2", "b2")
    lines = ["".join(text for text, _ in row) for row in breakdown_rows(parts, Shown(names, has_bias=True), 51)]
    for name in names:
        line = next(line for line in lines if line.startswith(name))
        assert re.fullmatch(rf"{name}( +−?[\d.]+)+", line)
