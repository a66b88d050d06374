"""Momentum, adaptive optimizers, mini-batches and weight decay, held against torch.optim itself and against theory."""

import itertools
import math
import re

import msgspec
import numpy as np
import pytest
import torch
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from problems import walk

from gdtui.descent.backend import BACKEND
from gdtui.descent.methods import torch_optimizer
from gdtui.errors import ExperimentError
from gdtui.experiment.by_name import Number
from gdtui.experiment.change import Change
from gdtui.experiment.command_line import arguments
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import OPTIMIZERS, SGD, Optimizer
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.theory.costs_seen import has_faded, seen
from gdtui.theory.step_size import step_size

X, Y = (0.5, -1.25, 2.0, 3.75, 1.0), (1.0, -2.0, 4.5, 6.0, 2.5)
DATA = typed(X, Y)
NAMES = [pytest.param(Optimizer(name), id=name) for name in OPTIMIZERS]
ADAPTIVE = [name for name in OPTIMIZERS if Optimizer(name).rule.first_step]


def by_torch(experiment, count):
    """The parameters at each epoch, with nothing but torch: an optimizer, zero_grad, backward, step."""
    dtype = getattr(torch, experiment.dtype)
    x, y = torch.tensor(X, dtype=dtype), torch.tensor(Y, dtype=dtype)
    weight, bias = (torch.zeros(1, dtype=dtype, requires_grad=True) for _ in range(2))
    optimizer = torch_optimizer([weight, bias], experiment.settings_at(1))
    path = []
    for _ in range(count):
        path.append((weight.item(), bias.item()))
        optimizer.zero_grad()
        torch.mean((x * weight + bias - y) ** 2).backward()
        optimizer.step()
    return path


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("decay", [0.0, 0.03])
@pytest.mark.parametrize("optimizer", NAMES)
def test_each_optimizer_walks_as_torch_does_to_the_bit(optimizer, decay, dtype):
    experiment = Experiment(
        dataset=DATA,
        has_bias=True,
        method="optim",
        optimizer=optimizer,
        learning_rate=0.07,
        weight_decay=decay,
        dtype=dtype,
    )
    assert [epoch.parameters for epoch in walk(experiment, 40)] == by_torch(experiment, 40)


@given(
    rate=st.floats(1e-3, 0.2),
    decay=st.sampled_from([0.0, 0.01, 0.5]),
    start=st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
)
@examples(60)
def test_the_step_without_the_object_is_that_of_torch_optim_sgd_to_the_bit(rate, decay, start):
    experiment = Experiment(
        dataset=DATA,
        has_bias=True,
        weights=start[:1],
        bias=start[1],
        method="optim",
        learning_rate=rate,
        weight_decay=decay,
    )
    x, y = torch.tensor(X), torch.tensor(Y)
    weight, bias = torch.tensor(start[:1], requires_grad=True), torch.tensor(start[1:], requires_grad=True)
    sgd = torch.optim.SGD([weight, bias], lr=rate, weight_decay=decay)
    for epoch in walk(experiment, 8):
        assert epoch.parameters == (weight.item(), bias.item())
        sgd.zero_grad()
        torch.mean((x * weight + bias - y) ** 2).backward()
        sgd.step()


@pytest.mark.parametrize("optimizer", NAMES)
def test_a_run_goes_on_from_any_epoch_of_its_history_as_it_did(optimizer):
    experiment = Experiment(dataset=DATA, method="optim", optimizer=optimizer, batch=2, seed=5, learning_rate=0.02)
    run = Run(experiment, BACKEND)
    for _ in range(12):
        run.step()
    straight = [run.history[index] for index in range(13)]
    run.seek(6)
    again = run.changed(Change(7, learning_rate=0.02))
    for _ in range(6):
        again.step()
    assert [again.history[index] for index in range(13)] == straight


def test_the_pending_epoch_is_the_one_that_is_taken():
    for optimizer in map(Optimizer, OPTIMIZERS):
        trainer = BACKEND.trainer(Experiment(dataset=DATA, method="optim", optimizer=optimizer, batch=2))
        for _ in range(3):
            assert trainer.pending() == trainer.step()


def test_another_optimizer_from_an_epoch_on_begins_with_an_empty_memory():
    momentum = Experiment(dataset=DATA, method="optim", optimizer=Optimizer("momentum"), learning_rate=0.02)
    run = Run(momentum, BACKEND)
    for _ in range(4):
        run.step()
    branch = run.changed(Change(run.cursor + 1, optimizer=Optimizer("adam")))
    here = branch.epoch
    fresh = msgspec.structs.replace(momentum, optimizer=Optimizer("adam"), weights=here.parameters)
    first = walk(fresh, 1)[0]
    assert branch.epoch.following == first.following
    assert branch.epoch.memory == first.memory
    assert [branch.history[i].parameters for i in range(4)] == [run.history[i].parameters for i in range(4)]


def test_a_branch_replays_from_its_experiment_alone():
    run = Run(Experiment(dataset=DATA, learning_rate=0.02), BACKEND)
    for change in (Change(4, optimizer=Optimizer("adam")), Change(7, learning_rate=0.1), Change(9, method="hand")):
        run.seek(len(run.history) - 1)
        while run.cursor < change.epoch - 1:
            run.step()
        run = run.changed(change)
    run.step()
    replayed = walk(run.experiment, len(run.history))
    assert [epoch.following for epoch in replayed] == [run.history[i].following for i in range(len(run.history))]


# Mini-batches


def test_every_row_is_used_once_an_epoch_and_the_order_changes():
    from gdtui.descent.tensors import batches

    experiment = Experiment(dataset=DATA, batch=2, seed=1)
    orders = []
    for number in range(1, 9):
        pieces = batches(experiment, number)
        assert [len(piece) for piece in pieces] == [2, 2, 1]
        rows = [row for piece in pieces for row in piece.tolist()]
        assert sorted(rows) == [0, 1, 2, 3, 4]
        orders.append(tuple(rows))
    assert len(set(orders)) > 4
    assert [
        tuple(torch.cat(batches(msgspec.structs.replace(experiment, seed=2), n)).tolist()) for n in range(1, 9)
    ] != orders


def test_an_epoch_in_batches_is_an_update_for_each_batch():
    from gdtui.descent.tensors import batches

    experiment = Experiment(dataset=DATA, batch=2, seed=4, learning_rate=0.03, dtype="float64", convention="mse")
    weight = 0.0
    for epoch in walk(experiment, 5):
        assert epoch.parameters[0] == pytest.approx(weight, abs=1e-15)
        assert epoch.gradient[0] == pytest.approx(2 / 5 * sum((weight * x - y) * x for x, y in zip(X, Y, strict=True)))
        for rows in batches(experiment, epoch.number):
            part = [(X[row], Y[row]) for row in rows.tolist()]
            weight -= 0.03 * 2 / len(part) * sum((weight * x - y) * x for x, y in part)
        assert epoch.update[0] == epoch.parameters[0] - epoch.following[0]


def test_a_batch_of_all_rows_is_no_batch():
    experiment = Experiment(batch=3, seed=7)
    assert (experiment.batch, experiment.seed, experiment.updates) == (None, 0, 1)
    assert experiment == Experiment()


# Weight decay


@pytest.mark.parametrize("method", ["hand", "autograd", "optim"])
def test_weight_decay_comes_to_rest_where_ridge_regression_does(method):
    experiment = Experiment(
        dataset=DATA,
        has_bias=True,
        method=method,
        convention="sum",
        learning_rate=0.02,
        weight_decay=2.0,
        dtype="float64",
    )
    rest = BACKEND.surface(experiment).at_rest("sum", 2.0)
    # (AᵀA + λI)θ = Aᵀy
    a, b, c = sum(x * x for x in X) + 2, sum(X), 5 + 2.0
    d, e = sum(x * y for x, y in zip(X, Y, strict=True)), sum(Y)
    assert rest == pytest.approx(((d * c - b * e) / (a * c - b * b), (a * e - b * d) / (a * c - b * b)))
    assert walk(experiment, 800)[-1].parameters == pytest.approx(rest)


def test_a_run_with_weight_decay_is_said_to_have_converged():
    run = Run(Experiment(weight_decay=0.5, learning_rate=0.05, epochs=100), BACKEND)
    assert run.state_at(0) == "going"
    for _ in range(60):
        run.step()
    assert run.state_at(run.cursor) == "converged"
    assert run.epoch.cost > 1e-4


# The limit


@pytest.mark.slow
@given(
    beta=st.floats(0.05, 0.95),
    name=st.sampled_from(["momentum", "nesterov"]),
    part=st.sampled_from([0.6, 0.97, 1.03, 1.5]),
)
@examples(60)
def test_momentum_settles_below_its_limit_and_diverges_above(beta, name, part):
    plain = Experiment(
        dataset=DATA,
        method="optim",
        optimizer=Optimizer(name, (beta,)),
        dtype="float64",
        weights=(4.0,),
        learning_rate=1.0,
    )
    surface = BACKEND.surface(plain)
    limit = step_size(plain, 1, surface).limit
    experiment = msgspec.structs.replace(plain, learning_rate=part * limit)
    found = step_size(experiment, 1, surface)
    assert found.regime == ("settling" if part < 1 else "diverging")
    ends = walk(experiment, 2000)
    away = [abs(epoch.parameters[0] - surface.minimum[0]) for epoch in ends[:1] + ends[-1:]]
    assert (away[1] < away[0]) if part < 1 else not away[1] < away[0]


@given(beta=st.floats(0.05, 0.9), name=st.sampled_from(["momentum", "nesterov"]), part=st.floats(0.05, 0.99))
@examples(60)
def test_the_factor_is_what_the_error_shrinks_by_in_the_long_run(beta, name, part):
    experiment = Experiment(method="optim", optimizer=Optimizer(name, (beta,)), dtype="float64")
    surface = BACKEND.surface(experiment)
    rate = part * step_size(experiment, 1, surface).limit
    found = step_size(msgspec.structs.replace(experiment, learning_rate=rate), 1, surface)
    # The map of (error, momentum) an epoch on, raised to a power: its growth is the spectral radius.
    step = found.learning_rate * found.curvature
    if name == "momentum":
        matrix = [[1 - step, -beta], [step, beta]]
    else:
        matrix = [[1 - step * (1 + beta), -(beta**2)], [step, beta]]
    radius = max(abs(torch.linalg.eigvals(torch.tensor(matrix, dtype=torch.float64))).tolist())
    assert found.factor == pytest.approx(radius, rel=1e-6)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_where_theory_has_no_limit_the_verdict_says_so(name):
    experiment = Experiment(method="optim", optimizer=Optimizer(name), learning_rate=0.05)
    surface = BACKEND.surface(experiment)
    found = step_size(experiment, 1, surface)
    assert found.regime == "unknown"
    assert math.isinf(found.limit)
    assert found.against_limit() == f"lr 0.05: no limit is known for {name}"
    first, second = walk(experiment, 2)
    assert seen(experiment, first, second, surface).startswith("by the costs so far: falling, × 0.")
    assert seen(experiment, second, first, surface).startswith("by the costs so far: rising, × ")


@pytest.mark.parametrize("rate", [0.1, 0.03])
@pytest.mark.parametrize("name", ADAPTIVE)
def test_an_adaptive_optimizer_needs_about_as_many_epochs_as_are_told_at_first(name, rate):
    # So steep a bowl that the gradient keeps about its size until W is near.
    experiment = Experiment(
        dataset=typed((1, 2), (100, 200)), method="optim", optimizer=Optimizer(name), learning_rate=100 * rate
    )
    surface = BACKEND.surface(experiment)
    told = seen(experiment, None, walk(experiment, 1)[0], surface)
    times = Optimizer(name).rule.first_step
    assert f"steps are about {'' if times == 1 else f'{times:.0f} × '}lr at first" in told
    epochs = int(re.search(r": about ([\d,]+) epochs? to the minimum", told)[1].replace(",", ""))
    assert walk(experiment, epochs // 4 + 1)[-1].parameters[0] < 90
    assert walk(experiment, 4 * epochs + 4)[-1].parameters[0] > 90


def test_how_far_it_is_goes_by_the_epoch_looked_at():
    experiment = Experiment(method="optim", optimizer=Optimizer("adam"), learning_rate=0.01)
    epochs, surface = walk(experiment, 41), BACKEND.surface(experiment)
    assert seen(experiment, None, epochs[0], surface) == "steps are about lr at first: about 100 epochs to the minimum"
    assert seen(experiment, epochs[39], epochs[40], surface).endswith("; about 62 epochs to go")
    assert 100 * epochs[40].parameters[0] == pytest.approx(100 - 62, abs=1)
    plain = Experiment(batch=1, learning_rate=0.01)
    assert "to go" not in seen(plain, *walk(plain, 2), BACKEND.surface(plain))


@pytest.mark.slow
def test_adams_rise_long_after_the_minimum_is_explained_and_a_swing_across_it_is_not():
    experiment = Experiment(
        dataset=typed((1, 2, 3), (1, 2, 4)), has_bias=True, method="optim", optimizer=Optimizer("adam"), epochs=7000
    )
    run, surface = Run(experiment, BACKEND), BACKEND.surface(experiment)
    while run.step() and run.cursor < 6300:
        pass
    explained, swings = [], []
    for index in range(1, 6300):
        before, epoch = run.history[index - 1], run.history[index]
        if epoch.cost > before.cost:
            late = "√v has shrunk" in seen(experiment, before, epoch, surface)
            (explained if late else swings).append(index)
    assert len(explained) > 100
    assert min(explained) > 1000
    assert any(100 < index < 1000 for index in swings)
    outside = [index for index in explained if run.state_at(index) == "going"]
    assert outside
    run.seek(outside[0])
    assert look(run).verdict == "by the costs so far: rising; √v has shrunk with the gradient, so steps grow"
    assert "converged" not in {run.state_at(index) for index in explained}
    assert not has_faded(experiment, run.history[100], surface)


# Batches


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("rows", [1, 2])
def test_below_the_batch_limit_no_batch_expands_and_above_it_the_longest_row_does(convention, decay, rows):
    x = (0.5, -3.0, 1.0, 2.0, -1.0)
    experiment = Experiment(
        dataset=typed(x, tuple(2 * value + 1 for value in x)),
        has_bias=True,
        convention=convention,
        dtype="float64",
        weight_decay=decay,
        batch=rows,
        learning_rate=1e-3,
    )
    found = step_size(experiment, 1, BACKEND.surface(experiment))
    longest = 1 + 9
    curvature = {"sum": rows * longest, "mse": 2 * longest, "mean": longest}[convention]
    assert found.limit_of_any_batch == pytest.approx(2 / (curvature + decay))
    A = np.column_stack([x, np.ones(5)])
    factor = {"sum": 1, "mse": 2 / rows, "mean": 1 / rows}[convention]

    def largest(rate, chosen):
        """The most by which an update on these rows makes a distance longer."""
        part = A[list(chosen)]
        return np.abs(np.linalg.eigvalsh(np.eye(2) - rate * (factor * part.T @ part + decay * np.eye(2)))).max()

    some = [*itertools.combinations_with_replacement(range(5), rows)]
    assert max(largest(0.999 * found.limit_of_any_batch, chosen) for chosen in some) <= 1
    assert largest(1.001 * found.limit_of_any_batch, [1] * rows) > 1


def test_a_run_in_batches_stays_below_the_batch_limit_and_grows_well_above_it():
    x = (0.5, -3.0, 1.0, 2.0, -1.0)
    base = Experiment(dataset=typed(x, tuple(2 * value for value in x)), batch=1, dtype="float64", convention="mse")
    limit = step_size(base, 1, BACKEND.surface(base)).limit_of_any_batch
    costs = {}
    for part in (0.99, 10.0):
        costs[part] = [epoch.cost for epoch in walk(msgspec.structs.replace(base, learning_rate=part * limit), 20)]
    assert costs[0.99] == sorted(costs[0.99], reverse=True)
    assert costs[10.0][-1] > costs[10.0][0]


def test_in_batches_the_verdict_names_both_limits_and_goes_by_the_costs():
    experiment = Experiment(batch=1, convention="mse")
    found = step_size(experiment, 1, BACKEND.surface(experiment))
    assert found.of_limit() == "the batch limit is 0.111111; the limit for all rows is 0.214286"
    assert found.shortly() == "0.90 × batch limit"
    assert found.regime == "unknown"
    momentum = msgspec.structs.replace(experiment, method="optim", optimizer=Optimizer("momentum"))
    assert step_size(momentum, 1, BACKEND.surface(momentum)).of_limit() == "the limit for all rows is 0.407143"
    adam = msgspec.structs.replace(experiment, method="optim", optimizer=Optimizer("adam"))
    assert step_size(adam, 1, BACKEND.surface(adam)).of_limit() == "no limit is known for adam"


# In words


@pytest.mark.parametrize(
    ("text", "optimizer"),
    [
        ("sgd", SGD),
        ("momentum", Optimizer("momentum", (0.9,))),
        ("nesterov,beta=0.5", Optimizer("nesterov", (0.5,))),
        ("adam,beta2=0.99,eps=1e-06", Optimizer("adam", (0.9, 0.99, 1e-6))),
    ],
)
def test_an_optimizer_is_read_and_written(text, optimizer):
    assert Optimizer.parse(text) == optimizer
    assert str(optimizer) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("adma", "'adma' is not one of sgd, momentum"),
        ("momentum,beta=1", "beta must be greater than 0 and less than 1, not 1"),
        ("momentum,beta=0", "beta must be greater than 0 and less than 1, not 0"),
        ("nesterov,beta=0", "beta must be greater than 0 and less than 1, not 0"),
        ("rmsprop,alpha=1", "alpha must be 0 or more and less than 1, not 1"),
        ("adam,eps=0", "eps must be greater than 0, not 0"),
        ("adam,beta=0.9", "adam takes beta1, beta2, eps, not 'beta'"),
        ("sgd,beta=0.9", "sgd takes no numbers, not 'beta'"),
        ("momentum,beta", "beta: must be a number. Write it like momentum,beta=0.9"),
        ("adam,beta2=x", "beta2: 'x' is not a number. Write it like adam,beta2=0.999"),
    ],
)
def test_an_optimizer_that_makes_no_sense_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        Optimizer.parse(text)


EDGES = (-1.0, 0.0, 5e-324, 1e-60, 0.5, 1 - 2.0**-53, 1.0, 1.5, 1e300, math.inf, math.nan)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_numbers_at_their_edges_are_refused_in_a_line_or_taken_by_torch(name, dtype):
    usual, refused = Optimizer(name).numbers, set()
    for place, value in itertools.product(range(len(usual)), EDGES):
        numbers = (*usual[:place], value, *usual[place + 1 :])
        try:
            optimizer = Optimizer(name, numbers)
        except ExperimentError:
            refused.add(value)
            continue
        experiment = Experiment(dataset=DATA, method="optim", optimizer=optimizer, dtype=dtype)
        trainer = BACKEND.trainer(experiment)
        first, second = trainer.step(), trainer.step()
        trainer.restore(2, first.following, first.memory)
        assert repr(trainer.step()) == repr(second)  # NaN equals NaN here
    assert not [value for value in refused if 0 < value < 1]


def test_what_torch_alone_refuses_is_told_in_a_line(monkeypatch):
    loose = Number("momentum", may_be_zero=True, is_left_out=False)
    monkeypatch.setitem(OPTIMIZERS["nesterov"].bounds, "beta", loose)
    experiment = Experiment(method="optim", optimizer=Optimizer("nesterov", (0.0,)))
    with pytest.raises(ExperimentError, match="optimizer: torch refuses nesterov,beta=0: Nesterov momentum requires"):
        BACKEND.trainer(experiment)


def test_an_optimizer_needs_torch_optim():
    with pytest.raises(ExperimentError, match=r"adam is of torch\.optim: set gradient by to optim \(--method optim\)"):
        Experiment(optimizer=Optimizer("adam"))
    assert Experiment().changed_from(Change(1, optimizer=Optimizer("adam"))).method == "optim"
    back = Experiment(method="optim", optimizer=Optimizer("adam")).changed_from(Change(1, method="hand"))
    assert back.optimizer == SGD


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(method="optim", optimizer=Optimizer("adam", (0.9, 0.99, 1e-8)), weight_decay=0.1),
        Experiment(dataset=DATA, batch=2, seed=3),
        Experiment(changes=(Change(4, 0.2, optimizer=Optimizer("nesterov", (0.5,))), Change(6, method="hand"))),
    ],
)
def test_the_command_line_brings_it_back(experiment):
    from gdtui.cli.main import command
    from gdtui.cli.options import experiment_from

    given = command.make_context("gdtui", arguments(experiment)).params
    again = experiment_from(given)
    for field in experiment.__struct_fields__:
        if field != "dataset":
            assert getattr(again, field) == getattr(experiment, field), field


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_with_the_largest_rate_that_is_taken_torch_takes_its_step(optimizer):
    """Adam's first step divides lr by 1 − beta1: beyond what a float32 holds torch itself gives up."""
    taken = Optimizer(optimizer)
    largest = Experiment().largest_rate(taken)
    BACKEND.trainer(Experiment(method="optim", optimizer=taken, learning_rate=largest)).step()


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if Optimizer(name).rule.first_divisor != 1])
def test_a_rate_too_large_for_adam_is_refused_also_on_the_way(name):
    adam = Optimizer(name)
    with pytest.raises(ExperimentError, match=rf"^lr: 1e\+38 is too large for {name} in float32$"):
        Experiment(method="optim", optimizer=adam, learning_rate=1e38)
    with pytest.raises(ExperimentError, match=rf"^then: lr: 1e\+38 is too large for {name} in float32$"):
        Experiment(learning_rate=1e38, changes=(Change(3, optimizer=adam),))
    Experiment(method="optim", optimizer=adam, learning_rate=1e38, dtype="float64")
