"""Random linear regressions, and what numpy says about them independently of the program."""

import itertools
from collections import deque
from collections.abc import Iterable

import msgspec
import numpy as np
from hypothesis import strategies as st

from gdtui.cli.main import command
from gdtui.cli.options import experiment_from
from gdtui.cli.run import run_command
from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Course
from gdtui.experiment.dataset import Dataset, column, typed
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS, Convention
from gdtui.experiment.optimizer import OPTIMIZERS, Optimizer
from gdtui.experiment.settings import DTYPES, METHODS

# Eighths are exact in float32 and float64 and shrink to readable numbers.
eighths = st.integers(-24, 24).map(lambda count: count / 8)
methods = st.sampled_from(METHODS)
conventions = st.sampled_from(CONVENTIONS)


def ending(experiment: Experiment) -> Epoch:
    """The last epoch of the run."""
    return deque(Course(experiment, BACKEND.trainer(experiment)), maxlen=1).pop()


def walk(experiment: Experiment, count: int) -> list[Epoch]:
    """Its first epochs."""
    trainer = BACKEND.trainer(experiment)
    return [trainer.step() for _ in range(count)]


def parsed(words: Iterable[str]) -> Experiment:
    """The experiment that `gdtui run` has with these options; within `gdtui`, whose settings it takes."""
    with command.make_context("gdtui", []) as context:
        return experiment_from(run_command.make_context("run", [*words], parent=context).params)


def factor(convention: Convention, rows: int) -> float:
    """What Σ(H−y)x is multiplied by; the objective is half of it times Σ(H−y)²."""
    return {"sum": 1.0, "mse": 2.0 / rows, "mean": 1.0 / rows}[convention]


def matrix(experiment: Experiment) -> np.ndarray:
    """The columns of x and, for b, a column of ones."""
    ones = [np.ones(experiment.dataset.rows)] if experiment.has_bias else []
    return np.column_stack([*map(np.array, experiment.dataset.x), *ones])


def residual(experiment: Experiment, parameters) -> np.ndarray:
    return matrix(experiment) @ np.array(parameters) - np.array(experiment.dataset.y)


def mean_squared_error(experiment: Experiment, parameters) -> float:
    return float(np.mean(residual(experiment, parameters) ** 2))


def objective(experiment: Experiment, convention: Convention, parameters) -> float:
    """What the convention's gradient is the slope of."""
    return factor(convention, experiment.dataset.rows) / 2 * float(np.sum(residual(experiment, parameters) ** 2))


def hessian(experiment: Experiment, convention: Convention) -> np.ndarray:
    A = matrix(experiment)
    return factor(convention, experiment.dataset.rows) * A.T @ A


def least_squares(experiment: Experiment) -> np.ndarray:
    """The minimum of least norm."""
    return np.linalg.pinv(matrix(experiment)) @ np.array(experiment.dataset.y)


def named(columns, y) -> Dataset:
    """A dataset of several columns, as a table would give it."""
    return Dataset(tuple(map(column, columns)), column(y), tuple(f"x{i}" for i in range(1, len(columns) + 1)), "y", "t")


@st.composite
def datasets(draw) -> Dataset:
    """One to three columns of three to six rows; with two rows `sum` and `mse` could not be told apart."""
    rows = draw(st.integers(3, 6))
    numbers = st.lists(eighths, min_size=rows, max_size=rows)
    columns = draw(st.lists(numbers.filter(lambda values: len(set(values)) > 1), min_size=1, max_size=3))
    return named(columns, draw(numbers))


@st.composite
def experiments(draw) -> Experiment:
    """A random problem with a random start, in float64."""
    dataset, has_bias = draw(datasets()), draw(st.booleans())
    return Experiment(
        dataset=dataset,
        has_bias=has_bias,
        weights=tuple(draw(eighths) for _ in dataset.x),
        bias=draw(eighths) if has_bias else 0.0,
        method=draw(methods),
        convention=draw(conventions),
        dtype="float64",
    )


def at_rate(experiment: Experiment, curvatures: float) -> Experiment:
    """The experiment with a learning rate of so many times 1/L, by numpy's largest eigenvalue."""
    largest = np.linalg.eigvalsh(hessian(experiment, experiment.settings_at(1).convention))[-1]
    return msgspec.structs.replace(experiment, learning_rate=float(curvatures / largest))


# Every kind of run

ONE = typed((0.5, -1.25, 2.0, 3.75, 1.0), (1.0, -2.0, 4.5, 6.0, 2.5))
TWO = named([(0.5, -1.25, 2.0, 3.75, 1.0), (1, 0.3, -0.7, 0.25, 2)], (1.0, -2.0, 4.5, 6.0, 2.5))
UNUSUAL = {
    "momentum": (0.7,),
    "nesterov": (0.6,),
    "adagrad": (1e-7,),
    "rmsprop": (0.9, 1e-6),
    "adam": (0.8, 0.99, 1e-6),
    "adamw": (0.85, 0.98, 1e-7),
}

WAYS = [
    *((method, Optimizer()) for method in METHODS),
    *(("optim", Optimizer(name)) for name in OPTIMIZERS if name != "sgd"),
]


def kinds_of_run():
    """Experiments: every method or optimizer × convention × hypothesis × batch × decay × dtype."""
    for (method, optimizer), convention, data, bias, batch, decay, dtype in itertools.product(
        WAYS, CONVENTIONS, (ONE, TWO), (False, True), (None, 2), (0.0, 0.03), DTYPES
    ):
        if bias and optimizer.name in UNUSUAL:
            optimizer = Optimizer(optimizer.name, UNUSUAL[optimizer.name])
        yield Experiment(
            dataset=data,
            has_bias=bias,
            weights=(0.7, -0.2)[: len(data.x)],
            bias=0.3 * bias,
            learning_rate=0.013,
            method=method,
            optimizer=optimizer,
            convention=convention,
            batch=batch,
            seed=3 if batch else 0,
            weight_decay=decay,
            dtype=dtype,
            epochs=5,
        )
