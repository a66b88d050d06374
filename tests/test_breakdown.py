"""The anatomy of an update, held against plain Python, central differences, and the trainer's own digits."""

import math
import time
from fractions import Fraction

import msgspec
import pytest
import torch
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from problems import experiments, factor, named, objective

from gdtui.descent.backend import BACKEND
from gdtui.descent.breakdown import breakdown
from gdtui.descent.tensors import batches
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import Dataset, column
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import OPTIMIZERS, Optimizer
from gdtui.experiment.settings import METHODS
from gdtui.lab.run import Run

SMALL = named([(0.5, -1.25, 2.0, 3.75, 1.0), (1.0, 0.25, -2.0, 0.5, 3.0)], (1.0, -2.0, 4.5, 6.0, 2.5))


def epochs_with_memory(experiment, count):
    """Each epoch with what its optimizer remembers before it, and the cost of the next."""
    run = Run(experiment, BACKEND)
    for _ in range(count):
        run.step()
    taken = [run.history[index] for index in range(count + 1)]
    memories = [(), *(epoch.memory for epoch in taken)]
    return [(epoch, memories[index], taken[index + 1].cost) for index, epoch in enumerate(taken[:-1])]


def test_the_lectures_first_update_number_by_number():
    """Every number here is worked out on paper: H(x) = 0, so each error is −y, and lr is 0.1."""
    [(epoch, memory, _)] = epochs_with_memory(Experiment(dtype="float64"), 1)
    parts = breakdown(Experiment(dtype="float64"), epoch, memory)
    assert [row.number for row in parts.shown] == [1, 2, 3]
    assert [row.x for row in parts.shown] == [(1.0,), (2.0,), (3.0,)]
    assert [row.y for row in parts.shown] == [1.0, 2.0, 3.0]
    assert [row.hypothesis for row in parts.shown] == [0.0, 0.0, 0.0]
    assert [row.error for row in parts.shown] == [-1.0, -2.0, -3.0]
    assert [row.slopes for row in parts.shown] == [(-1.0,), (-4.0,), (-9.0,)]
    assert parts.rest is None
    assert parts.totals == (-14.0,)
    assert (parts.factor, parts.factor_words) == (1.0, "1")
    assert parts.gradient == (-14.0,)
    assert parts.update == pytest.approx((-1.4,))
    assert (parts.parameters, parts.following) == ((0.0,), pytest.approx((1.4,)))
    assert (parts.cost, parts.cost_after) == (pytest.approx(14 / 3), pytest.approx(14 / 3 * 0.16))


@given(experiment=experiments())
@examples(80)
def test_every_number_is_that_of_exact_arithmetic(experiment):
    """The same chain in fractions, in plain Python: nothing of it is rounded."""
    start = BACKEND.trainer(experiment).step()
    parts = breakdown(experiment, start, ())
    theta = [Fraction(value) for value in experiment.start]
    rows = list(zip(zip(*experiment.dataset.x, strict=True), experiment.dataset.y, strict=True))
    totals = [Fraction(0)] * len(theta)
    for shown, (xs, y) in zip(parts.shown, rows, strict=True):
        columns = [Fraction(x) for x in xs] + [Fraction(1)] * experiment.has_bias
        hypothesis = sum(t * c for t, c in zip(theta, columns, strict=True))
        error = hypothesis - Fraction(y)
        assert (shown.hypothesis, shown.error) == (float(hypothesis), float(error))
        assert shown.slopes == tuple(float(error * c) for c in columns)
        totals = [total + error * c for total, c in zip(totals, columns, strict=True)]
    assert parts.totals == tuple(map(float, totals))
    convention = experiment.settings_at(1).convention
    assert parts.factor == factor(convention, len(rows))
    gradient = [float(total) * parts.factor for total in totals]
    assert parts.gradient == pytest.approx(gradient, rel=1e-14, abs=1e-14)
    assert parts.update == pytest.approx([0.1 * slope for slope in gradient], rel=1e-14, abs=1e-14)


@given(experiment=experiments())
@examples(60)
def test_the_gradient_is_the_central_difference_of_what_is_differentiated(experiment):
    parts = breakdown(experiment, BACKEND.trainer(experiment).step(), ())
    convention, start, width = experiment.settings_at(1).convention, experiment.start, 0.5
    for index, slope in enumerate(parts.gradient):
        ends = [(*start[:index], start[index] + side * width, *start[index + 1 :]) for side in (1, -1)]
        above, below = (objective(experiment, convention, end) for end in ends)
        assert slope == pytest.approx((above - below) / (2 * width), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("decay", [0.0, 0.25])
@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("method", METHODS)
def test_every_digit_is_the_trainers_own(method, convention, decay, dtype):
    experiment = Experiment(
        dataset=SMALL,
        has_bias=True,
        method=method,
        convention=convention,
        weight_decay=decay,
        dtype=dtype,
        learning_rate=0.03,
    )
    for epoch, memory, cost_after in epochs_with_memory(experiment, 12):
        parts = breakdown(experiment, epoch, memory)
        assert (parts.gradient, parts.update, parts.following) == (epoch.gradient, epoch.update, epoch.following)
        assert (parts.parameters, parts.cost, parts.cost_after) == (epoch.parameters, epoch.cost, cost_after)
        shrink = parts.penalty_slopes or (0.0,) * 3
        chain = [total * parts.factor + part for total, part in zip(parts.totals, shrink, strict=True)]
        assert parts.gradient == pytest.approx(chain, rel=1e-5, abs=1e-5)


def reckoned(name: str, numbers: dict[str, float], parts) -> list[float]:
    """The update by the textbook's formula, of what is carried."""
    values = {item.name: item.values for item in parts.carried}
    if name == "sgd":
        return [parts.settings.learning_rate * slope for slope in parts.gradient]
    if name in ("momentum", "nesterov"):
        return [parts.settings.learning_rate * v for v in values["v" if name == "momentum" else "ahead"]]
    if name in ("adagrad", "rmsprop"):
        squares = zip(parts.gradient, values["s"], strict=True)
        return [parts.settings.learning_rate * slope / (math.sqrt(s) + numbers["eps"]) for slope, s in squares]
    frames = zip(values["m hat"], values["v hat"], strict=True)
    return [parts.settings.learning_rate * m / (math.sqrt(v) + numbers["eps"]) for m, v in frames]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_an_optimizer_carries_leads_to_its_update(name):
    optimizer = Optimizer(name)
    experiment = Experiment(
        dataset=SMALL, has_bias=True, method="optim", optimizer=optimizer, learning_rate=0.02, dtype="float64"
    )
    velocity = [0.0] * 3
    for epoch, memory, cost_after in epochs_with_memory(experiment, 10):
        parts = breakdown(experiment, epoch, memory)
        assert (parts.update, parts.following) == (epoch.update, epoch.following)
        assert parts.cost_after == cost_after
        assert parts.update == pytest.approx(reckoned(name, optimizer.named, parts), rel=1e-9, abs=1e-12)
        if name in ("momentum", "nesterov"):
            velocity = [0.9 * v + slope for v, slope in zip(velocity, parts.gradient, strict=True)]
            assert parts.carried[0].values == pytest.approx(velocity, rel=1e-12)


def test_adamws_update_has_the_decay_beside_the_gradient():
    experiment = Experiment(
        dataset=SMALL, method="optim", optimizer=Optimizer("adamw"), weight_decay=0.5, weights=(1.0, -2.0)
    )
    [(epoch, memory, _)] = epochs_with_memory(experiment, 1)
    parts = breakdown(experiment, epoch, memory)
    assert parts.penalty_slopes == ()
    assert parts.update_words.endswith("+ lr·λ·W")
    plain = reckoned("adamw", experiment.optimizer.named, parts)
    shrunk = [update + 0.1 * 0.5 * value for update, value in zip(plain, (1.0, -2.0), strict=True)]
    assert parts.update == pytest.approx(shrunk, rel=1e-5)


def test_every_batch_of_an_epoch_can_be_taken_apart():
    """By hand: each batch's own sum, one after the other, in plain Python."""
    experiment = Experiment(
        dataset=SMALL, has_bias=True, batch=2, seed=3, convention="mse", learning_rate=0.05, dtype="float64"
    )
    [_, (epoch, memory, cost_after)] = epochs_with_memory(experiment, 2)
    pieces = [piece.tolist() for piece in batches(experiment, epoch.number)]
    theta = list(epoch.parameters)
    for index, piece in enumerate(pieces):
        parts = breakdown(experiment, epoch, memory, index=index)
        assert (parts.index, parts.updates, parts.rows) == (index, 3, len(piece))
        assert [row.number for row in parts.shown] == [place + 1 for place in piece]
        assert parts.parameters == pytest.approx(theta, rel=1e-12)
        totals = [0.0] * 3
        for place in piece:
            columns = [SMALL.x[0][place], SMALL.x[1][place], 1.0]
            error = sum(t * c for t, c in zip(theta, columns, strict=True)) - SMALL.y[place]
            totals = [total + error * c for total, c in zip(totals, columns, strict=True)]
        assert parts.totals == pytest.approx(totals, rel=1e-12)
        assert parts.gradient == pytest.approx([2 / len(piece) * total for total in totals], rel=1e-12)
        theta = [t - 0.05 * slope for t, slope in zip(theta, parts.gradient, strict=True)]
    assert parts.following == epoch.following
    assert parts.cost_after == cost_after
    assert breakdown(experiment, epoch, memory, index=99).index == 2


def test_a_change_on_the_way_holds_from_its_epoch_on():
    experiment = Experiment(changes=(Change(3, learning_rate=0.05, convention="mean"),))
    taken = [breakdown(experiment, epoch, memory) for epoch, memory, _ in epochs_with_memory(experiment, 3)]
    assert [(parts.settings.learning_rate, parts.factor_words) for parts in taken] == [
        (0.1, "1"),
        (0.1, "1"),
        (0.05, "1/m"),
    ]


@given(most=st.integers(2, 12), first=st.integers(-3, 60))
@examples(60)
def test_rows_written_out_and_the_rest_add_up_to_the_totals(most, first):
    data = named([[index / 8 for index in range(50)]], [index % 7 for index in range(50)])
    experiment = Experiment(dataset=data, has_bias=True, dtype="float64")
    parts = breakdown(experiment, BACKEND.trainer(experiment).step(), (), first=first, rows=most)
    assert len(parts.shown) == most
    numbers = [row.number for row in parts.shown]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 50
    assert parts.rest.rows == 50 - most
    for index in range(2):
        total = sum(row.slopes[index] for row in parts.shown) + parts.rest.slopes[index]
        assert total == pytest.approx(parts.totals[index], rel=1e-12)
    assert parts.rest.error == parts.rest.slopes[1]


def test_a_window_of_rows_begins_where_it_is_asked_to():
    data = named([range(50)], range(50))
    epoch = BACKEND.trainer(Experiment(dataset=data)).step()
    seen = [breakdown(Experiment(dataset=data), epoch, (), first=first, rows=6) for first in (0, 20, 48)]
    numbers = [[row.number for row in parts.shown] for parts in seen]
    assert numbers == [[1, 2, 3, 4, 5, 50], [21, 22, 23, 24, 25, 50], [45, 46, 47, 48, 49, 50]]
    assert [parts.rest_after for parts in seen] == [5, 5, 5]


def test_a_cost_that_leaves_the_range_of_numbers_is_told_as_it_is():
    run = Run(Experiment(learning_rate=0.2), BACKEND)
    while run.step():
        pass
    assert math.isinf(breakdown(run.experiment, run.epoch, ()).cost_after)


def test_what_crosses_the_border_stays_small_for_a_million_rows():
    x = torch.linspace(-1, 1, 1_000_000, dtype=torch.float64)
    data = Dataset((column(x.tolist()),), column((3 * x).tolist()), ("x",), "y", "large")
    experiment = Experiment(dataset=data, convention="mse")
    epoch = BACKEND.trainer(experiment).step()
    began = time.perf_counter()
    parts = breakdown(experiment, epoch, ())
    assert time.perf_counter() - began < 5, "a matter of tensor operations, not of a loop over rows"
    assert len(msgspec.json.encode(parts)) < 3000
    assert parts.rest.rows == 1_000_000 - 8
    assert parts.gradient == epoch.gradient
