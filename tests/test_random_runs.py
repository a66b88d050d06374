"""Random experiments over all that a run is chosen by, held to a reference in numpy that knows nothing of gdtui."""

import math
import random
from collections import Counter
from functools import cache
from itertools import islice

import numpy as np
import pytest

from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Course
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.objectives import OBJECTIVES
from gdtui.experiment.schedule import Schedule
from gdtui.experiment.settings import METHODS

COUNT, EPOCHS = 360, 8

KINDS = [(model, cost) for model, costs in OBJECTIVES.items() for cost in costs]

RATES = {
    "constant": lambda lr, k: lr,
    "step,every=2,gamma=0.5": lambda lr, k: lr * 0.5 ** (k // 2),
    "exponential,gamma=0.8": lambda lr, k: lr * 0.8**k,
    "cosine,over=7,least=0.0001": lambda lr, k: 1e-4 + (lr - 1e-4) * (1 + math.cos(math.pi * k / 7)) / 2,
    "1/k,decay=2": lambda lr, k: lr / (1 + 2 * k),
    "warm-up,over=4,start=0.25": lambda lr, k: lr * min(1, 0.25 + 0.75 * k / 4),
}

KEPT = (None, 0.25, 3.0)

SCALED = {f"degree {degree}, {scaled}" for degree in (1, 2, 3) for scaled in (True, False) if degree == 1 or scaled}


@cache
def drawn(seed: int) -> tuple[Experiment, np.ndarray, np.ndarray]:
    """An experiment of the kinds in turn, with everything else by chance, and its x and y as they are given."""
    chance = random.Random(seed)
    model, cost = KINDS[seed % len(KINDS)]
    rows, d, has_bias = chance.randint(6, 12), chance.randint(1, 3), chance.random() < 0.5
    has_several = model == "linear" and OBJECTIVES[model][cost].most_targets > 1
    targets = chance.randint(1, 3) if has_several else 1
    degree = chance.randint(1, 3) if d == 1 else 1
    is_standardized = degree > 1 or chance.random() < 0.3  # as powers are in any case
    x = np.array([[chance.uniform(-2, 2) for _ in range(d)] for _ in range(rows)])
    if model == "linear":
        y = np.array([[chance.uniform(-3, 3) for _ in range(targets)] for _ in range(rows)])
    else:
        classes = 3 if model == "softmax" else 2
        y = np.array([[float(row % classes)] for row in range(rows)])
    width = 3 if model == "softmax" else targets
    experiment = Experiment(
        dataset=typed(*map(tuple, x.T), *map(tuple, y.T), targets=targets).prepared(
            validate=chance.choice(KEPT), degree=degree, is_standardized=is_standardized, seed=seed
        ),
        model=model,
        cost_kind=cost,
        has_bias=has_bias,
        weights=tuple(chance.uniform(-1, 1) for _ in range(d * degree * width)),
        bias=tuple(chance.uniform(-1, 1) for _ in range(width)) if has_bias and width > 1 else 0.0,
        learning_rate=chance.uniform(0.001, 0.05),
        schedule=Schedule.parse(chance.choice([*RATES])),
        method=chance.choice(METHODS),
        convention=chance.choice([each for each in CONVENTIONS if each in OBJECTIVES[model][cost].conventions]),
        weight_decay=chance.choice((0.0, 0.1)),
        seed=seed,
        dtype="float64",
        epochs=EPOCHS,
    )
    return experiment, x, y


def parts(experiment: Experiment, rows: int) -> tuple[list[int], list[int]]:
    """The indexes of the rows that are trained on, and of those kept back."""
    share = experiment.dataset.validate
    if share is None:
        return [*range(rows)], []
    every = [row for row in range(rows) if (row + 1) % 3 == 0]
    size = max(1, round(share * rows))
    kept = every if share == 3 else sorted(random.Random(experiment.seed).sample(range(rows), size))
    return [row for row in range(rows) if row not in kept], kept


def cost_and_pull(kind: tuple[str, str], z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """The cost of some rows, and what each of their x is multiplied by in the gradient."""
    if kind == ("linear", "mse"):
        return float(np.mean((z - y) ** 2)), z - y
    if kind[0] == "softmax":
        h = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        classes = np.eye(3)[y[:, 0].astype(int)]
        return float(np.mean(-np.log((h * classes).sum(axis=1)))), h - classes
    h = 1 / (1 + np.exp(-z))
    if kind == ("logistic", "mse"):
        return float(np.mean((h - y) ** 2)), (h - y) * h * (1 - h)
    assert kind == ("logistic", "cross-entropy"), "a cost needs its reference here"
    return float(np.mean(-np.log(np.where(y == 1, h, 1 - h)))), h - y


@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_random_runs_are_numpys(kind: tuple[str, str]) -> None:
    for seed in range(KINDS.index(kind), COUNT, len(KINDS)):
        hold_to_numpy(kind, *drawn(seed))


def hold_to_numpy(kind: tuple[str, str], experiment: Experiment, x: np.ndarray, y: np.ndarray) -> None:
    """Every number of every epoch; the experiment is shown where one fails."""
    train, kept = parts(experiment, len(x))
    x = np.column_stack([x**power for power in range(1, experiment.dataset.degree + 1)])
    if experiment.dataset.scaling:
        x = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    inputs = np.column_stack([x, np.ones(len(x))]) if experiment.has_bias else x
    at = np.array(experiment.start).reshape(inputs.shape[1], -1)
    k = 1 if kind[0] == "softmax" else y.shape[1]
    by = {"sum": 1.0, "mean": 1 / (len(train) * k), "mse": 2 / (len(train) * k)}[experiment.convention or "mean"]
    rate_of = RATES[str(experiment.schedule)]
    taken = Course(experiment, BACKEND.trainer(experiment))
    for number, epoch in enumerate(islice(taken, EPOCHS)):
        cost, pull = cost_and_pull(kind, inputs[train] @ at, y[train])
        slope = by * inputs[train].T @ pull + experiment.weight_decay * at
        assert epoch.parameters == pytest.approx(at.flatten().tolist(), rel=1e-9, abs=1e-9)
        assert epoch.cost == pytest.approx(cost, rel=1e-9, abs=1e-12)
        assert epoch.gradient == pytest.approx(slope.flatten().tolist(), rel=1e-8, abs=1e-9)
        if kept:
            validation = cost_and_pull(kind, inputs[kept] @ at, y[kept])[0]
            assert epoch.validation == pytest.approx(validation, rel=1e-9, abs=1e-12)
        else:
            assert epoch.validation is None
        at = at - rate_of(experiment.learning_rate, number) * slope


def test_every_choice_is_among_them_beside_every_kind_of_cost() -> None:
    seen = Counter(
        (KINDS[index % len(KINDS)], choice)
        for index, (run, _x, y) in enumerate(map(drawn, range(COUNT)))
        for choice in (
            *(run.convention, run.method, str(run.schedule), run.dataset.validate, f"{y.shape[1]} targets"),
            f"degree {run.dataset.degree}, {run.dataset.scaling is not None}",
        )
    )
    for kind in KINDS:
        targets = {f"{k} targets" for k in ((1, 2, 3) if kind == ("linear", "mse") else (1,))}
        assert {choice for of, choice in seen if of == kind} == {
            *OBJECTIVES[kind[0]][kind[1]].conventions,
            *METHODS,
            *RATES,
            *KEPT,
            *targets,
            *SCALED,
        }
    assert COUNT >= 300
