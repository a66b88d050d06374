"""Softmax regression, held to numpy, to torch's own loss, to central differences and to the code that is shown."""

import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from itertools import pairwise

import msgspec
import numpy as np
import pytest
import torch
from examples import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from lab_pilot import opened
from problems import ending, parsed
from test_script import as_gdtui_sets_torch

from gdtui.descent.backend import BACKEND
from gdtui.descent.surface import MOST_OF_NEWTON
from gdtui.errors import ExperimentError
from gdtui.experiment.backend import Course
from gdtui.experiment.command_line import arguments
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.lab.snapshot import RunSnapshot, Snapshot
from gdtui.storage import workspace_file
from gdtui.storage.rows import Writer
from gdtui.teaching.settings import experiment_with
from gdtui.ui.panels.number_rows import verdict

__all__ = ["as_gdtui_sets_torch"]
"""What every test in here is surrounded by."""

MIXED = typed((1, 2, 3, 4, 5, 6, 7), (0, 1, 0, 2, 1, 2, 1))
"""No class can be separated from the others."""

APART = typed((1, 2, 3, 4, 5, 6), (0, 0, 1, 1, 2, 2))
RUN = Experiment(dataset=MIXED, model="softmax", has_bias=True, dtype="float64")


@st.composite
def experiments(draw):
    """Up to three columns and five classes, raw and standardized, some rows kept back, at any lr that makes sense."""
    chance = np.random.default_rng(draw(st.integers(0, 1_000_000)))
    d, k, m = draw(st.integers(1, 3)), draw(st.integers(2, 5)), draw(st.integers(6, 14))
    x = np.round(chance.normal(size=(d, m)) * draw(st.sampled_from((0.1, 1.0, 10.0))), 3)
    labels = chance.integers(0, k, m)
    labels[:k] = range(k)
    labels = np.sort(chance.choice(50, k, replace=False) - 9)[labels] if draw(st.booleans()) else labels
    assume(all(len({*column}) > m // 2 for column in x.tolist()))
    validate = draw(st.sampled_from((None, None, 3.0, 0.25)))
    data = typed(*map(tuple, x.tolist()), tuple(map(float, labels)))
    data = data.prepared(validate=validate, seed=7 if validate == 0.25 else 0)
    is_standardized = draw(st.booleans())
    data = data.standardized() if is_standardized else data
    has_bias = is_standardized or draw(st.booleans())
    size = d * k
    return Experiment(
        dataset=data,
        model="softmax",
        has_bias=has_bias,
        weights=tuple(np.round(chance.normal(size=size), 2).tolist()) if draw(st.booleans()) else None,
        bias=tuple(np.round(chance.normal(size=k), 2).tolist()) if has_bias and draw(st.booleans()) else 0.0,
        learning_rate=draw(st.floats(0.001, 0.5)),
        convention=draw(st.sampled_from((None, "sum", "mean"))),
        method=draw(st.sampled_from(("hand", "autograd", "optim"))),
        weight_decay=draw(st.sampled_from((0.0, 0.0, 0.1))),
        batch=draw(st.sampled_from((None, None, 3))),
        seed=7 if validate == 0.25 else 0,
        order=draw(st.sampled_from(("shuffled", "table"))) if validate is None else "shuffled",
        dtype="float64",
        epochs=draw(st.integers(1, 12)),
    )


def labels_of(dataset):
    """The classes of rows that have a column for each."""
    return np.argmax(np.array([*map(list, dataset.ys)]), axis=0)


def table(experiment, dataset=None):
    """x with a column of ones where there is a b."""
    dataset = dataset or experiment.dataset
    return np.column_stack([*map(np.array, dataset.x), *([np.ones(dataset.rows)] if experiment.has_bias else [])])


def probabilities(x, at):
    z = x.astype(np.longdouble) @ at.astype(np.longdouble)
    parts = np.exp(z - z.max(axis=1, keepdims=True))
    return parts / parts.sum(axis=1, keepdims=True)


def cost(x, labels, at):
    z = x.astype(np.longdouble) @ at.astype(np.longdouble)
    top = z.max(axis=1)
    return np.mean(top + np.log(np.exp(z - top[:, None]).sum(axis=1)) - z[np.arange(len(labels)), labels])


def reference(experiment):
    """Every epoch of a run: the parameters, cost and validation cost, written without the program."""
    data = experiment.dataset
    k = len({*data.as_given.y})
    x, labels, at = table(experiment), labels_of(data), np.array(experiment.start).reshape(-1, k)
    settings = experiment.settings_at(1)
    for epoch in range(1, experiment.epochs + 2):
        kept = cost(table(experiment, data.kept), labels_of(data.kept), at) if data.kept else None
        yield at, cost(x, labels, at), kept
        order = np.arange(len(labels))
        if experiment.batch and experiment.order == "shuffled":
            seeded = torch.Generator().manual_seed(1_000_003 * experiment.seed + epoch)
            order = torch.randperm(len(labels), generator=seeded).numpy()
        for rows in np.split(order, range(experiment.batch or len(order), len(order), experiment.batch or len(order))):
            error = probabilities(x[rows], at) - np.eye(k)[labels[rows]]
            gradient = (x[rows].T @ error).astype(float) / (1 if settings.convention == "sum" else len(rows))
            at = at - settings.learning_rate * (gradient + experiment.weight_decay * at)


@examples(150)
@given(experiments())
def test_every_epoch_is_the_one_that_numpy_takes(experiment):
    for epoch, (at, least, kept) in zip(
        Course(experiment, BACKEND.trainer(experiment)), reference(experiment), strict=True
    ):
        size = 1 + np.abs(at).max()
        assert np.array(epoch.parameters) == pytest.approx(at.flatten(), abs=1e-9 * size)
        assert epoch.cost == pytest.approx(float(least), abs=1e-9 * size)
        assert epoch.validation == (None if kept is None else pytest.approx(float(kept), abs=1e-9 * size))


@examples(60)
@given(experiments(), st.sampled_from(("sum", "mean")), st.floats(0.1, 5.0))
def test_gradient_bound_and_labels_told_are_those_of_the_definition(experiment, convention, spread):
    """The gradient by central differences, of torch's loss for whole labels too; and no curvature above the bound."""
    run = msgspec.structs.replace(experiment, convention=convention, weight_decay=0.0, batch=None, order="shuffled")
    data, k = run.dataset, len(run.dataset.ys)
    x, labels = table(run), labels_of(data)
    at = spread * np.random.default_rng(3).normal(size=(x.shape[1], k))
    run = msgspec.structs.replace(run, **run.layout.fields(tuple(at.flatten().tolist())), epochs=1)
    many = data.rows if convention == "sum" else 1
    gradients = []
    for method in ("hand", "autograd", "optim"):
        epoch = BACKEND.trainer(msgspec.structs.replace(run, method=method)).step()
        gradients.append(epoch.gradient)
    found = np.array(gradients[0])
    for other in gradients[1:]:
        assert found == pytest.approx(np.array(other), abs=1e-12 * (1 + np.abs(found).max()))
    differences = []
    for index in range(at.size):
        step = np.zeros(at.size, dtype=np.longdouble)
        step[index] = 1e-6
        rise = cost(x, labels, at + step.reshape(at.shape)) - cost(x, labels, at - step.reshape(at.shape))
        differences.append(float(many * rise / 2e-6))
    assert found == pytest.approx(differences, abs=1e-6 * (1 + np.abs(x).max() * many))
    z = torch.tensor(x) @ torch.tensor(at)
    assert epoch.cost == pytest.approx(torch.nn.functional.cross_entropy(z, torch.tensor(labels)).item())
    surface, here = BACKEND.surface(run), tuple(at.flatten().tolist())
    bound = np.linalg.eigvalsh(x.T @ x)[-1] / 2 / (1 if convention == "sum" else data.rows)
    assert surface.largest_curvature(convention) == pytest.approx(bound)
    assert surface.curvature(convention, here) <= bound * (1 + 1e-9)
    assert surface.told(here)[0] == int((np.argmax(x @ at, axis=1) == labels).sum())


def test_the_bound_is_reached_and_safe_below():
    """Two classes at H = ½ bend as much as the bound allows; an lr below it makes no step of any run go up."""
    x = np.array(APART.x[0])
    two = Experiment(dataset=typed(tuple(x.tolist()), (0, 1, 0, 1, 0, 1)), model="softmax", dtype="float64")
    surface = BACKEND.surface(two)
    assert surface.curvature("mean", two.start) == pytest.approx(surface.largest_curvature("mean"))
    rate = 1.99 / surface.largest_curvature("mean")
    for start in np.random.default_rng(5).normal(size=(20, 2)) * 4:
        run = msgspec.structs.replace(two, learning_rate=rate, weights=tuple(start.tolist()), epochs=30)
        costs = [epoch.cost for epoch in Course(run, BACKEND.trainer(run))]
        assert all(later <= earlier + 1e-12 for earlier, later in pairwise(costs))


def newton(x, labels, k):
    """The least cost by numpy's own Newton, damped, on the pseudo-inverse."""
    at, hot = np.zeros((x.shape[1], k)), np.eye(k)[labels]
    for _ in range(200):
        h = probabilities(x, at).astype(float)
        slope = (x.T @ (h - hot)).flatten() / len(x)
        pulls = np.einsum("mj,jl->mjl", h, np.eye(k)) - np.einsum("mj,ml->mjl", h, h)
        hessian = np.einsum("ma,mb,mjl->ajbl", x, x, pulls).reshape(at.size, at.size) / len(x)
        step = (np.linalg.pinv(hessian, rcond=1e-13) @ slope).reshape(at.shape)
        size = 1.0
        while size > 1e-12 and cost(x, labels, at - size * step) > cost(x, labels, at):
            size /= 2
        at = at - size * step
    return at, np.abs(slope).max()


@examples(60)
@given(st.integers(0, 100_000), st.integers(1, 2), st.integers(2, 4), st.booleans())
def test_the_minimum_is_newtons_and_of_least_norm(seed, d, k, has_bias):
    """So many rows with labels at random cannot be separated."""
    chance = np.random.default_rng(seed)
    x, labels = chance.normal(size=(d, 40)), chance.integers(0, k, 40)
    labels[:k] = range(k)
    run = Experiment(
        dataset=typed(*map(tuple, x.tolist()), tuple(map(float, labels))), model="softmax", has_bias=has_bias
    )
    surface = BACKEND.surface(run)
    at, slope = newton(table(run), labels, k)
    assume(slope < 1e-10)
    assert not surface.separation
    assert surface.minimum == pytest.approx(at.flatten().tolist(), abs=1e-6)
    assert surface.least_cost == pytest.approx(float(cost(table(run), labels, at)), abs=1e-12)
    assert np.array(surface.minimum).reshape(-1, k).sum(axis=1) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("y", "says"),
    [
        ((0, 0, 1, 1, 2, 2), "no minimum: the classes are separable"),
        ((0, 0, 1, 2, 1, 2), "no minimum: some of the rows are separable"),
        ((0, 1, 0, 2, 1, 2), ""),
        ((0, 2, 0, 2, 2, 0), ""),
    ],
)
def test_classes_that_can_be_separated_have_no_minimum_and_it_is_said(y, says):
    """All of them; the first alone; none; none of two whose numbers are 0 and 2."""
    run = Run(Experiment(dataset=typed((1, 2, 3, 4, 5, 6), y), model="softmax", has_bias=True), BACKEND)
    run.step()
    assert (run.surface.minimum is None) == bool(run.surface.separation) == bool(says)
    assert says in look(run).verdict
    assert ("no minimum" in look(run).verdict) == bool(says)


def test_what_has_not_been_looked_for_is_not_said_to_be_missing():
    """Labels drawn by chance, with more weights than Newton's method takes."""
    chance = np.random.default_rng(1)
    x, y = chance.normal(size=(31, 400)), chance.integers(0, 10, 400)
    run = Run(Experiment(dataset=typed(*map(tuple, x.tolist()), tuple(map(float, y))), model="softmax"), BACKEND)
    run.step()
    assert run.surface.minimum is None
    assert "no minimum" not in look(run).verdict


@pytest.mark.parametrize("z", [(3.0, 1.0, -2.0), (-1.0, 0.5, 0.25)])
def test_the_margin_is_that_of_the_row_least_inside_its_class(z):
    run = Experiment(dataset=typed((1, 2, 3), (0, 1, 2)), model="softmax", weights=z)
    expected = min(x * z[own] - max(x * z[k] for k in range(3) if k != own) for x, own in ((1, 0), (2, 1), (3, 2)))
    assert BACKEND.surface(run).margin(z) == pytest.approx(expected)


def test_where_no_minimum_is_looked_for_none_is_denied():
    columns = np.random.default_rng(0).normal(size=(MOST_OF_NEWTON // 2 + 1, 400))
    data = typed(*map(tuple, columns.tolist()), tuple(float(row % 2) for row in range(400)))
    surface = BACKEND.surface(Experiment(dataset=data, model="softmax"))
    assert surface.minimum is None
    assert not surface.separation


def test_a_rate_past_the_safe_limit_is_told_on_a_narrow_line_too():
    run = Run(Experiment(dataset=APART, model="softmax", has_bias=True, learning_rate=0.5), BACKEND)
    for _ in range(3):
        run.step()
    for width in (60, 80):
        shown = "".join(words for words, _role in verdict(look(run), width))
        assert shown.startswith(" 2.00 × safe limit ")
        assert "rising, × 1.29" in shown
        assert len(shown) <= width


def test_two_classes_are_logistic_regression():
    """z of one class less z of the other is the z of logistic regression; the gradient moves each by half of it."""
    y = (0, 0, 1, 0, 1, 1)
    one = Experiment(dataset=typed((1, 2, 3, 4, 5, 6), y), model="logistic", has_bias=True, dtype="float64")
    two = msgspec.structs.replace(one, model="softmax", learning_rate=0.05)
    for single, double in zip(Course(one, BACKEND.trainer(one)), Course(two, BACKEND.trainer(two)), strict=True):
        w0, w1, b0, b1 = double.parameters
        assert (w1 - w0, b1 - b0) == pytest.approx(single.parameters)
        assert double.cost == pytest.approx(single.cost)


def test_it_is_exact_where_h_is_rounded_to_0_or_1():
    run = msgspec.structs.replace(RUN, weights=(-1000.0, 0.0, 1000.0))
    epoch = BACKEND.trainer(run).step()
    labels, x = labels_of(run.dataset), np.array(run.dataset.x[0])
    expected = np.mean([1000 * value * (2 - label) for value, label in zip(x, labels, strict=True)])
    assert epoch.cost == pytest.approx(expected)
    assert run.predict(epoch.parameters, (4.0,), 2) == 1.0


@pytest.mark.parametrize("y", [(0, 1, 1.5), (0, 0, 0), (1, 1, 1)])
def test_labels_are_two_whole_numbers_or_more(y):
    with pytest.raises(ExperimentError, match=r"^y: "):
        Experiment(dataset=typed((1, 2, 3), y), model="softmax")


def test_what_makes_no_sense_with_it_is_refused():
    with pytest.raises(ExperimentError, match=r"^target: .*keep only y1"):
        Experiment(dataset=typed((1, 2, 3), (0, 1, 1), (0, 1, 2), targets=2), model="softmax")
    for refused in ({"cost_kind": "mse"}, {"convention": "mse"}):
        with pytest.raises(ExperimentError, match=r"mean|cross-entropy"):
            Experiment(dataset=MIXED, model="softmax", **refused)


def test_the_rows_are_those_given_in_every_surface():
    run = msgspec.structs.replace(RUN, weights=(1.0, 0.0, -1.0), epochs=3)
    assert parsed(arguments(run)) == run
    assert "y=2" in run.dataset.targets
    given = {"x": [1, 2, 3, 4, 5, 6, 7], "y": [0, 1, 0, 2, 1, 2, 1], "hypothesis": "softmax", "bias": True}
    taught = experiment_with({**given, "w0": [1, 0, -1], "dtype": "float64", "epochs": 3})
    assert taught == run
    snapshot = Snapshot((RunSnapshot(run, known=1, cursor=0, cost=0.0),), 0)
    assert workspace_file.decode(workspace_file.encode(snapshot)).present.experiment == run
    plain = msgspec.structs.replace(run, model="linear", weights=None)
    assert (list(plain.dataset.y), plain.dataset.targets) == (list(MIXED.y), ("y",))


@pytest.mark.parametrize(
    "run",
    [
        RUN,
        msgspec.structs.replace(RUN, method="autograd", batch=3, weight_decay=0.1),
        msgspec.structs.replace(RUN, method="optim", convention="sum", dataset=MIXED.prepared(validate=3.0)),
        msgspec.structs.replace(RUN, dataset=MIXED.standardized(), convention="sum", dtype="float32"),
        msgspec.structs.replace(RUN, dataset=MIXED.prepared(degree=2, validate=0.25, seed=3), seed=3),
    ],
)
def test_the_script_comes_to_the_run_and_prints_its_lines(run):
    last, space = ending(run), {}
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()):
        exec(BACKEND.script(run, last), space)
    assert (*space["W"].flatten().tolist(), *space["b"].tolist()) == last.parameters
    assert space["cost"].item() == last.cost
    writer = Writer(run, "lecture", predicts=False)
    taken = [*Course(run, BACKEND.trainer(run))][:-1]
    assert out.getvalue().splitlines() == [writer.row(epoch).replace("−", "-") for epoch in taken]


@pytest.mark.slow
def test_a_run_prints_the_probability_of_each_class():
    words = ["run", *arguments(RUN), "--predict", "4", "--format", "jsonl"]
    done = subprocess.run([sys.executable, "-m", "gdtui", *words], capture_output=True, text=True, check=True)
    last = json.loads(done.stdout.splitlines()[-1])
    at = np.array(ending(RUN).parameters).reshape(2, 3)
    assert [last["H1"], last["H2"], last["H3"]] == pytest.approx(probabilities(np.array([[4.0, 1.0]]), at)[0].tolist())
    assert "of 7 labels are right" in done.stderr


async def test_the_lab_shows_it():
    async with opened(RUN, (120, 40), BACKEND) as lab:
        await lab.press("space")
        assert "softmax(XW + b)" in lab.screen.text()
        assert "right " in lab.numbers
        assert "Data and H(x): 1 y=0, 2 y=1, 3 y=2" in lab.titles()
