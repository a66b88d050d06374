"""Epochs a second: headless against the bare lecture loop, and the lab at full speed against headless.

Run by hand: `python tests/benchmarks/speed.py`. Each ratio is the median of pairs measured in turn.
"""

import asyncio
import statistics
import time
from array import array
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import epochs
from gdtui.experiment.dataset import LECTURE, Dataset, column
from gdtui.experiment.experiment import Experiment
from gdtui.lab.history import History
from gdtui.ui.lab.app import LabApp

PAIRS = 9


def many_rows(rows: int, columns: int = 1) -> Dataset:
    """A plane with a little noise; x from 0 to 1."""
    x = [array("d", ((row * (2 * place + 1) % rows) / rows for row in range(rows))) for place in range(columns)]
    y = array("d", (2 * value + 0.01 * (row % 7) for row, value in enumerate(x[0])))
    return Dataset(tuple(map(column, x)), column(y), tuple(f"x{place}" for place in range(columns)), "y", "many")


def bare(dataset: Dataset, learning_rate: float, count: int) -> float:
    """Seconds for the lecture's loop as written, with an item() for each number that the history keeps."""
    x, y = torch.tensor(dataset.x[0]).float().unsqueeze(1), torch.tensor(dataset.y).float().unsqueeze(1)
    W = torch.zeros(1)
    kept = []
    start = time.perf_counter()
    for _ in range(count):
        hypothesis = x * W
        cost = torch.mean((hypothesis - y) ** 2)
        gradient = torch.sum((W * x - y) * x)
        update = learning_rate * gradient
        before = W.item()
        W -= update
        kept.append((before, cost.item(), gradient.item(), update.item(), W.item()))
    return time.perf_counter() - start


def bare_of_columns(dataset: Dataset, learning_rate: float, count: int) -> float:
    """The same for several columns, with a tolist() for each vector."""
    x, y = torch.tensor(np.stack(dataset.x, axis=1)).float(), torch.tensor(dataset.y).float()
    W = torch.zeros(x.shape[1])
    kept = []
    start = time.perf_counter()
    for _ in range(count):
        hypothesis = x @ W
        cost = torch.mean((hypothesis - y) ** 2)
        gradient = x.T @ (x @ W - y)
        update = learning_rate * gradient
        before = W.tolist()
        W -= update
        kept.append((before, cost.item(), gradient.tolist(), update.tolist(), W.tolist()))
    return time.perf_counter() - start


def headless(experiment: Experiment) -> float:
    """Seconds for a headless run with every number recorded."""
    history = History(len(experiment.start))
    trainer = BACKEND.trainer(experiment)
    start = time.perf_counter()
    for epoch in epochs(experiment, trainer):
        history.append(epoch)
    return time.perf_counter() - start


async def in_the_lab(experiment: Experiment) -> float:
    """Seconds for the lab to play the run as fast as it goes, at 80×24."""
    app = LabApp(experiment, lambda: BACKEND)
    async with app.run_test(size=(80, 24)) as pilot:
        while app.lab.frame is None:
            await pilot.pause(0.01)
        app.lab.workspace.change_pace(99)
        start = time.perf_counter()
        app.lab.workspace.play()
        app.lab.show()
        while app.lab.workspace.run.cursor < experiment.epochs:
            await asyncio.sleep(0.01)
        return time.perf_counter() - start


def ratio(name: str, reference: Callable[[], float], ours: Callable[[], float], at_least: float) -> None:
    """Measure in turn and print how many times as fast ours is."""
    reference(), ours()
    ratios = [reference() / ours() for _ in range(PAIRS)]
    print(f"{name}: {statistics.median(ratios):.2f} times as fast (at least {at_least} wanted)")


def main() -> None:
    """Print the ratios."""
    for rows, columns, count, at_least in (
        (3, 1, 5000, 1.8),
        (1000, 10, 2000, 2),
        (1_000_000, 1, 30, 2),
        (1_000_000, 10, 10, 2),
    ):
        data = LECTURE if rows == 3 else many_rows(rows, columns)
        rate = 0.1 if rows == 3 else 0.1 / rows
        ours = Experiment(dataset=data, weights=(0.0,) * columns, learning_rate=rate, epochs=count)
        name = f"headless against the bare loop, {rows:,} × {columns}"
        ratio(
            name,
            partial(bare if columns == 1 else bare_of_columns, data, rate, count + 1),
            partial(headless, ours),
            at_least,
        )
    long = Experiment(epochs=40_000)
    ratio("the lab at full speed against headless", lambda: headless(long), lambda: asyncio.run(in_the_lab(long)), 0.7)


if __name__ == "__main__":
    main()
