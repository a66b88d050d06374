"""Many epochs in one go: every number of every epoch is that of the lecture's loop, to the bit."""

import random
from array import array

import msgspec
import pytest
from problems import named

from gdtui.descent.backend import BACKEND
from gdtui.descent.quick import MOST_AT_ONCE, MOST_ROWS_AT_ONCE, ManyRowsTrainer, QuickTrainer
from gdtui.descent.trainer import Trainer
from gdtui.experiment.change import Change
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.settings import DTYPES


def bits(epoch: Epoch) -> bytes:
    """All numbers of an epoch; NaNs too are told apart by their bits."""
    return array("d", (epoch.cost, *epoch.parameters, *epoch.gradient, *epoch.update, *epoch.following)).tobytes()


def random_experiment(draw: random.Random, rows: int, columns: int) -> Experiment:
    size = 10 ** draw.uniform(-2, 2)
    x = [[draw.gauss(0, size) for _ in range(rows)] for _ in range(columns)]
    return Experiment(
        dataset=named(x, [draw.gauss(0, 3) for _ in range(rows)]),
        has_bias=draw.random() < 0.5,
        convention=draw.choice(CONVENTIONS),
        weight_decay=draw.choice([0.0, 0.1]),
        dtype=draw.choice(DTYPES),
        weights=tuple(draw.gauss(0, 1) for _ in range(columns)),
        learning_rate=draw.uniform(0.01, 0.9) / (size**2 * rows * columns),
    )


def check(experiment: Experiment, count: int) -> None:
    one_by_one, quick = Trainer(experiment), BACKEND.trainer(experiment)
    assert isinstance(quick, ManyRowsTrainer if experiment.dataset.rows > MOST_ROWS_AT_ONCE // 2 else QuickTrainer)
    for _ in range(count):
        expected, epoch = one_by_one.step(), quick.step()
        assert epoch.number == expected.number
        assert bits(epoch) == bits(expected)


@pytest.mark.parametrize("count", [100, pytest.param(400, marks=pytest.mark.slow)])
def test_random_experiments(count):
    draw = random.Random(count)
    for _ in range(count):
        check(
            random_experiment(draw, draw.choice([1, 2, 3, 4, 7, 8, 15, 17, 33, 100]), draw.choice([1, 1, 2, 3, 17])), 36
        )


@pytest.mark.parametrize(
    "rows", [4096, 20_001, *(pytest.param(rows, marks=pytest.mark.slow) for rows in (65_537, 200_003))]
)
def test_many_rows(rows):
    draw = random.Random(rows)
    for columns in (1, 3, 1, 10):
        check(random_experiment(draw, rows, columns), 12)


def test_many_rows_with_settings_that_change_on_the_way():
    draw = random.Random(1)
    for columns in (1, 2):
        plain = random_experiment(draw, 40_001, columns)
        rate = plain.learning_rate
        changes = (
            Change(3, method="autograd", convention="sum"),
            Change(5, method="hand", learning_rate=rate / 2),
            Change(7, method="optim", optimizer=Optimizer("momentum")),
        )
        check(msgspec.structs.replace(plain, changes=changes), 9)
        check(msgspec.structs.replace(plain, batch=30_000), 4)
        dataset = msgspec.structs.replace(plain.dataset, kept=named([range(9)] * columns, range(9)))
        check(msgspec.structs.replace(plain, dataset=dataset), 4)


def test_more_epochs_than_a_block_holds_and_a_run_that_leaves_the_range_of_numbers():
    check(Experiment(learning_rate=0.01), 3 * MOST_AT_ONCE)
    check(Experiment(learning_rate=0.2), 300)
    check(Experiment(learning_rate=0.2, dtype="float64", has_bias=True), 1200)


def test_settings_that_change_on_the_way_to_others_that_are_taken_one_by_one_and_back():
    changes = (
        Change(3, learning_rate=0.01),
        Change(6, method="optim", optimizer=Optimizer("adam")),
        Change(9, learning_rate=0.02),
        Change(14, method="hand", convention="mean"),
        Change(15, convention="mse"),
    )
    check(Experiment(has_bias=True, weight_decay=0.1, changes=changes), 60)


def test_going_elsewhere_and_looking_ahead():
    experiment = Experiment(learning_rate=0.01, has_bias=True)
    one_by_one, quick = Trainer(experiment), BACKEND.trainer(experiment)
    known = [one_by_one.step() for _ in range(40)]
    for _ in range(9):
        quick.step()
    assert bits(quick.pending()) == bits(known[9]) == bits(quick.pending()) == bits(quick.step())
    quick.restore(31, known[30].parameters)
    assert [bits(quick.step()) for _ in range(5)] == [bits(epoch) for epoch in known[30:35]]


@pytest.mark.parametrize("change", [{"batch": 2}, {"model": "logistic"}])
def test_what_it_does_not_serve_is_taken_one_by_one(change):
    experiment = msgspec.structs.replace(Experiment(dataset=named([[1.0, 2.0, 3.0]], [0.0, 1.0, 1.0])), **change)
    assert type(BACKEND.trainer(experiment)) is Trainer
