"""Epochs a second: headless against the bare lecture loop, and the lab at full speed against headless.

Run by hand: `python tests/benchmarks/speed.py`. Each ratio is the median of pairs measured in turn.
"""

import asyncio
import statistics
import time
from array import array
from collections.abc import Callable

import torch

from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import epochs
from gdtui.experiment.dataset import LECTURE, Dataset, column
from gdtui.experiment.experiment import Experiment
from gdtui.lab.history import History
from gdtui.ui.lab.app import LabApp

PAIRS = 9


def many_rows(rows: int) -> Dataset:
    """A line with a little noise; x from 0 to 1."""
    x = array("d", (row / rows for row in range(rows)))
    y = array("d", (2 * value + 0.01 * (row % 7) for row, value in enumerate(x)))
    return Dataset((column(x),), column(y), ("x",), "y", "many")


def bare(dataset: Dataset, learning_rate: float, count: int) -> float:
    """Seconds for the lecture's loop as written, with an item() for each number that the history keeps."""
    x = torch.tensor(list(dataset.x[0])).unsqueeze(1)
    y = torch.tensor(list(dataset.y)).unsqueeze(1)
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
    """Print the three ratios."""
    three = Experiment(epochs=5000)
    ratio("headless against the bare loop, 3 rows", lambda: bare(LECTURE, 0.1, 5001), lambda: headless(three), 1.8)
    many = many_rows(1_000_000)
    large = Experiment(dataset=many, learning_rate=1e-7, epochs=30)
    ratio("headless against the bare loop, 1,000,000 rows", lambda: bare(many, 1e-7, 31), lambda: headless(large), 2)
    long = Experiment(epochs=40_000)
    ratio("the lab at full speed against headless", lambda: headless(long), lambda: asyncio.run(in_the_lab(long)), 0.7)


if __name__ == "__main__":
    main()
