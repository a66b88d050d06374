"""Convergence: a run said to have converged stays where it is, and one that will leave is not said to have."""

import random
from collections.abc import Iterable, Iterator
from itertools import takewhile

import msgspec
import numpy as np
import pytest
from problems import factor, hessian, matrix, named
from rich.cells import cell_len

from gdtui.cli.sweep import table_line
from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Backend, Trainer
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import typed
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import SGD, Optimizer
from gdtui.experiment.settings import METHODS
from gdtui.lab.board import Board, compared
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.lab.sweep import fewest, grid, sweep
from gdtui.theory.convergence import Convergence, tolerance
from gdtui.theory.tolerance import AT_ONCE
from gdtui.ui.common.status import Status
from gdtui.ui.lab.views.compare import compare_rows
from gdtui.ui.panels.header import place

MOMENTUM = Optimizer("momentum")
LATER = 1000
"""How many epochs a run is continued for, to see whether it leaves."""

EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}


def random_run(seed: int, dtype: str, *, decays: bool = False) -> Experiment:
    """Random data, hypothesis, start and way down, with a learning rate from 0.02 to 1.1 times its limit."""
    draw = random.Random(seed)
    rows = draw.randint(3, 6)
    name = draw.choice(["sgd", "momentum", "nesterov"])
    experiment = Experiment(
        dataset=named([_eighths(draw, rows) for _ in range(draw.randint(1, 3))], _eighths(draw, rows)),
        has_bias=draw.random() < 0.5,
        method=draw.choice(METHODS) if name == "sgd" else "optim",
        optimizer=Optimizer(name, () if name == "sgd" else (draw.choice([0.3, 0.5, 0.8, 0.9, 0.95]),)),
        convention=draw.choice(CONVENTIONS),
        weight_decay=draw.choice([0.01, 0.1, 1.0]) if decays else 0.0,
        dtype=dtype,
    )
    beta = experiment.optimizer.named.get("beta", 0.0)
    limit = 2 * (1 + beta) / (1 + 2 * beta if name == "nesterov" else 1)
    steepest = np.linalg.eigvalsh(hessian(experiment, experiment.convention))[-1] + experiment.weight_decay
    return msgspec.structs.replace(
        experiment,
        weights=tuple(_eighths(draw, len(experiment.dataset.x))),
        bias=draw.randint(-24, 24) / 8 if experiment.has_bias else 0.0,
        learning_rate=float(draw.uniform(0.02, 1.1) * limit / steepest),
    )


def _eighths(draw: random.Random, count: int) -> list[float]:
    while True:
        values = [draw.randint(-24, 24) / 8 for _ in range(count)]
        if count < 3 or len(set(values)) > 1:
            return values


class Truth:
    """What numpy says about a run of which the parameters and costs are known, independently of the program."""

    def __init__(self, experiment: Experiment, parameters: np.ndarray, costs: np.ndarray) -> None:
        A, y, decay = matrix(experiment), np.array(experiment.dataset.y), experiment.weight_decay
        H = hessian(experiment, experiment.convention)
        pull = factor(experiment.convention, len(y)) * A.T @ y
        rest = np.linalg.pinv(H + decay * np.eye(len(H))) @ pull
        least = float(np.mean((A @ rest - y) ** 2))
        with np.errstate(all="ignore"):
            shifts = np.mean(((parameters - rest) @ A.T) ** 2, axis=1)
        height = max(abs(costs[0] - least), shifts[0] if decay else 0.0)
        rounding = 16 * EPSILON[experiment.dtype]
        self.floor = rounding * least + rounding**2 * float(np.mean(y**2))
        self.room = max(1e-6 * height, self.floor)
        within = costs - least <= self.room
        if decay:
            within &= (costs - least >= -self.room) & (shifts <= self.room)
        self.outside = np.flatnonzero(~within)

    def last_entry(self, until: int) -> int:
        """The number of the epoch at which the run, looked at up to epoch `until`, entered the tolerance last."""
        outside = self.outside[self.outside < until]
        return int(outside[-1]) + 2 if len(outside) else 1


def claimed(experiment: Experiment, epochs: Iterable[Epoch], backend: Backend = BACKEND) -> int | None:
    """The first epoch that is said to have converged."""
    near = None
    for epoch in epochs:
        near = near or tolerance(experiment, 1, epoch, BACKEND.surface(experiment), backend)
        if near.state(epoch) == "converged":
            return epoch.number
    return None


# The random runs


def walk(trainer: Trainer, count: int) -> list[Epoch]:
    """The next so many epochs; fewer where the run diverges."""
    return list(takewhile(lambda epoch: epoch.is_finite, (trainer.step() for _ in range(count))))


def simulated(experiments: list[Experiment], count: int) -> list[list[Epoch]]:
    """The first epochs of many runs at once, by numpy; rows and columns of zeros fill them up to one shape."""
    dtype = np.dtype(experiments[0].dtype)
    A, y = np.zeros((len(experiments), 6, 4), dtype), np.zeros((len(experiments), 6), dtype)
    W = np.zeros((len(experiments), 4), dtype)
    for run, experiment in enumerate(experiments):
        X = matrix(experiment)
        A[run, : len(X), : X.shape[1]], y[run, : len(X)] = X, experiment.dataset.y
        W[run, : X.shape[1]] = experiment.start
    rows = np.array([experiment.dataset.rows for experiment in experiments], dtype)
    factors = {"sum": np.ones_like(rows), "mse": 2 / rows, "mean": 1 / rows}
    per_row = np.array([factors[e.convention][run] for run, e in enumerate(experiments)], dtype)[:, None]
    rate = np.array([[e.learning_rate] for e in experiments], dtype)
    beta = np.array([[e.optimizer.named.get("beta", 0)] for e in experiments], dtype)
    decay = np.array([[e.weight_decay] for e in experiments], dtype)
    is_nesterov = np.array([[e.optimizer.name == "nesterov"] for e in experiments])
    velocity, states, costs = np.zeros_like(W), [W], []
    with np.errstate(all="ignore"):
        for _ in range(count):
            residual = np.einsum("rmd,rd->rm", A, W) - y
            costs.append(np.sum(residual**2, axis=1) / rows)
            gradient = per_row * np.einsum("rmd,rm->rd", A, residual) + decay * W
            velocity = beta * velocity + gradient
            W = W - rate * np.where(is_nesterov, gradient + beta * velocity, velocity)
            states.append(W)
    return list(zip(np.array(states, float).transpose(1, 0, 2), np.array(costs, float).T, strict=True))


def told(experiment: Experiment, states: np.ndarray, costs: np.ndarray) -> Iterator[Epoch]:
    """Epochs with what convergence is decided by. A memory that is not empty keeps them from counting as still."""
    rows = states[:, : len(experiment.start)].tolist()
    for number, (cost, before, after) in enumerate(zip(costs.tolist(), rows, rows[1:], strict=False), 1):
        yield Epoch(number, tuple(before), cost, (0.0,), (), tuple(after), (1.0,))


class Simulated:
    """A trainer whose epochs are known already."""

    def __init__(self, epochs: list[Epoch]) -> None:
        self.epochs = epochs

    def restore(self, number: int, *_: object) -> None:
        self.index = number - 1

    def step(self) -> Epoch:
        self.index += 1
        return self.epochs[self.index - 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "decays"),
    [
        ("float64", False),
        ("float64", True),
        ("float32", False),
        ("float32", True),
    ],
)
def test_a_run_said_to_have_converged_never_leaves_and_no_epoch_before_it_was_the_last_entry(dtype, decays):
    experiments = [random_run(seed, dtype, decays=decays) for seed in range(500)]
    most, near_floor, wrong = 1200, 0, []
    for experiment, (states, costs) in zip(experiments, simulated(experiments, most + LATER), strict=True):
        epochs = list(told(experiment, states, costs))
        backend = msgspec.structs.replace(BACKEND, trainer=lambda _, epochs=epochs: Simulated(epochs))
        found = claimed(experiment, epochs[:most], backend)
        truth = Truth(experiment, states[:-1, : len(experiment.start)], costs)
        if found is None:
            assert truth.last_entry(len(costs)) > most
            continue
        near_floor += truth.room < 10 * truth.floor
        if off := found - truth.last_entry(found + LATER):
            wrong.append((off, truth.room / truth.floor))
    assert not wrong
    assert dtype == "float64" or near_floor > 100


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(1000, 1008))
def test_the_same_of_the_trainer(seed, dtype):
    experiment = random_run(seed, dtype)
    trainer = BACKEND.trainer(experiment)
    epochs = walk(trainer, 600)
    found = claimed(experiment, epochs)
    epochs += walk(trainer, LATER - 600 + (found or 0))
    truth = Truth(experiment, np.array([epoch.parameters for epoch in epochs]), np.array([e.cost for e in epochs]))
    last = truth.last_entry(len(epochs))
    assert last > min(600, len(epochs)) if found is None else found == last


# One run


def gone(experiment: Experiment, count: int) -> Run:
    run = Run(experiment, BACKEND)
    for _ in range(count):
        run.step()
    return run


PASSING = Experiment(method="optim", optimizer=MOMENTUM, learning_rate=0.120782, epochs=20)
"""It passes the minimum at full speed, and epoch 21 is within the tolerance."""


def test_momentum_that_passes_the_minimum_has_not_converged():
    run = gone(PASSING, 20)
    assert run.epoch.parameters == pytest.approx([1.0], abs=1e-3)
    assert run.epoch.cost < 1e-6
    assert look(run).state == "going"
    assert "converged" not in look(run).verdict
    assert run.converged_at(20) is None
    run = gone(PASSING, 1200)
    assert run.converged_at(1200) == 135
    assert [run.state_at(index) for index in (20, 133, 134, 1200)] == ["going", "going", "converged", "converged"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_the_sweep_counts_the_epochs_after_which_momentum_stays(name):
    experiment = Experiment(method="optim", optimizer=Optimizer(name), convention="mse", dtype="float64")
    surface = BACKEND.surface(experiment)
    rates = grid(experiment, surface, points=7)
    trials = [trial for trial in sweep(experiment, BACKEND, surface, rates) if trial.state == "converged"]
    assert len(trials) >= 5
    for trial in trials:
        tried = msgspec.structs.replace(experiment, learning_rate=trial.step_size.learning_rate)
        epochs = walk(BACKEND.trainer(tried), trial.epochs + 300)
        costs = np.array([epoch.cost for epoch in epochs])
        truth = Truth(tried, np.array([epoch.parameters for epoch in epochs]), costs)
        assert trial.epochs == truth.last_entry(len(epochs)) - 1


def test_a_start_on_the_other_side_of_the_bowl_has_not_converged():
    # L = 14 and λ = 1: the run comes to rest at 14/15, and the cost is the same at 16/15.
    opposite = Experiment(weights=(16 / 15,), weight_decay=1.0, learning_rate=1 / 15, dtype="float64")
    run = gone(opposite, 40)
    rest = run.surface.at_rest("sum", 1.0)
    assert run.history[0].cost == pytest.approx(run.surface.cost(rest), rel=1e-12)
    assert run.history[1].parameters == pytest.approx(rest)
    assert [run.state_at(index) for index in (0, 1, 40)] == ["going", "converged", "converged"]
    assert run.converged_at(40) == 2


def test_what_an_adaptive_optimizer_says_is_taken_back_when_the_run_leaves():
    run = gone(Experiment(method="optim", optimizer=Optimizer("adam"), learning_rate=0.5, epochs=400), 400)
    costs = run.history.costs(0, 401)
    inside = [cost - run.surface.least_cost <= 1e-6 * costs[0] for cost in costs]
    first = inside.index(True)
    left = inside.index(False, first)
    assert run.state_at(first) == "within the tolerance"
    assert run.state_at(left) == "going"
    assert run.converged_at(left) is None
    last = 400 - inside[::-1].index(False)
    run.seek(400)
    assert look(run).verdict.startswith(f"within the tolerance since epoch {last + 2}; by the costs so far: ")
    assert run.converged_at(400) == last + 2
    run.seek(first)
    assert look(run).verdict.startswith(f"within the tolerance since epoch {first + 1}; ")


def test_a_sweep_of_an_adaptive_optimizer_gives_the_last_entry():
    experiment = Experiment(method="optim", optimizer=Optimizer("adam"))
    (trial,) = sweep(experiment, BACKEND, BACKEND.surface(experiment), (0.5,), 400)
    run = gone(msgspec.structs.replace(experiment, learning_rate=0.5), 400)
    assert (trial.state, trial.epochs + 1) == ("within the tolerance", run.converged_at(400))
    assert table_line(trial).split(maxsplit=1)[1] == f"{trial.epochs}, within the tolerance"
    assert fewest((trial,)) == trial


def test_batches_are_said_to_be_within_the_tolerance():
    run = gone(Experiment(batch=1, learning_rate=0.05), 100)
    assert run.state_at(100) == "within the tolerance"
    assert place(look(run), Status()) == [(" within the tolerance ", "good")]
    table = "\n".join("".join(text for text, _ in row) for row in compare_rows(compared(Board(), run), run, 60))
    assert f"since {run.converged_at(100)}*" in table
    assert "* within the tolerance since that epoch" in table


def test_the_table_of_runs_keeps_its_columns_with_korean_names():
    data = msgspec.structs.replace(Experiment().dataset, name="점수.csv", features=("시간",))
    board, present = Board(), gone(Experiment(), 3)
    board.pin(gone(Experiment(dataset=data), 3))
    rows = compare_rows(compared(board, present), present, 76)[:3]
    assert any("점수" in text for row in rows for text, _ in row)
    assert len({cell_len("".join(text for text, _ in row[:2])) for row in rows[1:]}) == 1


def test_past_the_limit_only_a_gradient_of_zero_stays():
    assert Run(Experiment(weights=(1,), learning_rate=1.0), BACKEND).state_at(0) == "converged"
    assert Run(Experiment(weights=(1 + 1e-6,), learning_rate=1.0), BACKEND).state_at(0) == "going"


def test_what_counts_are_the_settings_in_force():
    run = gone(Experiment(epochs=40, changes=(Change(21, learning_rate=0.2),)), 60)
    assert run.converged_at(19) == 9
    assert [run.state_at(index) for index in (7, 8, 19, 20)] == ["going", "converged", "converged", "going"]
    assert run.converged_at(20) is None


def test_a_change_that_does_no_harm_keeps_the_epoch_since_which_a_run_has_converged():
    run = gone(Experiment(epochs=40, changes=(Change(15, learning_rate=0.05), Change(20, convention="mse"))), 40)
    assert [run.converged_at(index) for index in (40, 25, 8, 7, 16)] == [9, 9, 9, None, 9]


@pytest.mark.parametrize("optimizer", [SGD, Optimizer("momentum", (0.5,)), Optimizer("nesterov", (0.5,))], ids=str)
def test_a_run_that_comes_to_a_halt_outside_the_tolerance_has_converged_when_it_does(optimizer):
    halting = Experiment(
        dataset=typed((1,), (1000,)),
        weights=(999,),
        method="optim",
        convention="sum",
        optimizer=optimizer,
        learning_rate=0.003 * (1 - optimizer.named.get("beta", 0.0)),
    )
    run = gone(halting, 3000)
    halted = next(i for i in range(3000) if run.history[i].parameters == run.epoch.parameters)
    assert run.epoch.cost > 1e-5 * run.history[0].cost
    found = run.converged_at(3000)
    # A velocity takes some more epochs to show that it grows no further.
    assert halted + 1 <= found <= halted + (30 if optimizer.named else 1)
    assert run.converged_at(found - 2) is None


class Noted:
    """Epochs of which only the costs are told, and that counts how many of these are asked for."""

    def __init__(self, costs: list[float]) -> None:
        self.all, self.asked = costs, 0

    def __getitem__(self, index: int) -> Epoch:
        return Epoch(index + 1, (0.0,), self.all[index], (1.0,), (1.0,), (0.5,))

    def costs(self, first: int, last: int) -> list[float]:
        self.asked += last - first
        return self.all[first:last]


@pytest.mark.parametrize("outside", [0, 1, AT_ONCE - 1, AT_ONCE, 2 * AT_ONCE, 9998])
def test_the_last_entry_of_a_long_run_is_found_and_each_cost_looked_at_once(outside):
    epochs = Noted([14 / 3, *[0.0] * 9999])
    epochs.all[outside] = 14 / 3
    convergence = Convergence(Experiment(), BACKEND.surface(Experiment()), epochs, BACKEND)
    for index in (*range(outside + 1, 10_000, 97), 9999):
        assert convergence.since(index) == outside + 2
    assert epochs.asked <= 10_000 + AT_ONCE
