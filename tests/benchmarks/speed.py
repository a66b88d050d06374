"""Epochs a second: headless against the bare lecture loop, CSV against joining its numbers, the lab against headless.

Run by hand: `python tests/benchmarks/speed.py [csv | ROWS | lab]`. Each ratio is the median of pairs measured in turn,
of processor time, which other work on the machine disturbs less; for the lab of time on the wall.
"""

import asyncio
import os
import statistics
import sys
import time
from array import array
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import TextIO

import msgspec
import numpy as np
import torch

from gdtui.cli.run import Printer
from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Course
from gdtui.experiment.dataset import LECTURE, Dataset, column
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.history import History
from gdtui.storage.rows import Writer
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
    start = time.process_time()
    for _ in range(count):
        hypothesis = x * W
        cost = torch.mean((hypothesis - y) ** 2)
        gradient = torch.sum((W * x - y) * x)
        update = learning_rate * gradient
        before = W.item()
        W -= update
        kept.append((before, cost.item(), gradient.item(), update.item(), W.item()))
    return time.process_time() - start


def bare_of_columns(dataset: Dataset, learning_rate: float, count: int) -> float:
    """The same for several columns, with a tolist() for each vector."""
    x, y = torch.tensor(np.stack(dataset.x, axis=1)).float(), torch.tensor(dataset.y).float()
    W = torch.zeros(x.shape[1])
    kept = []
    start = time.process_time()
    for _ in range(count):
        hypothesis = x @ W
        cost = torch.mean((hypothesis - y) ** 2)
        gradient = x.T @ (x @ W - y)
        update = learning_rate * gradient
        before = W.tolist()
        W -= update
        kept.append((before, cost.item(), gradient.tolist(), update.tolist(), W.tolist()))
    return time.process_time() - start


def headless(experiment: Experiment, clock: Callable[[], float] = time.process_time) -> float:
    """Seconds for a headless run with every number recorded."""
    history = History(len(experiment.start))
    trainer = BACKEND.trainer(experiment)
    start = clock()
    for epoch in Course(experiment, trainer):
        history.append(epoch)
    return clock() - start


def joined(kept: list[Epoch], to: TextIO) -> float:
    """Seconds to join the numbers of the rows of CSV as text, and to write that."""
    rows = [(epoch.number, *epoch.parameters, epoch.cost, *epoch.gradient) for epoch in kept]
    start = time.process_time()
    print("\n".join([",".join(map(repr, row)) for row in rows]), file=to, flush=True)
    return time.process_time() - start


def printed(experiment: Experiment, kept: list[Epoch], to: TextIO) -> float:
    """Seconds for `gdtui run --format csv` to print epochs that are known."""
    known = SimpleNamespace(step=iter(kept).__next__)
    backend = msgspec.structs.replace(BACKEND, trainer=lambda _experiment: known)
    printer = Printer(experiment, Writer(experiment, "csv", predicts=False), 1, (), Event())
    surface = BACKEND.surface(experiment)
    start = time.process_time()
    with redirect_stdout(to):
        printer.print_run(backend, surface)
    return time.process_time() - start


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
    found = f"{statistics.median(ratios):.2f} times as fast, {min(ratios):.2f} to {max(ratios):.2f}"
    print(f"{name}: {found} (at least {at_least:.2f} wanted)", flush=True)


def main(wanted: list[str]) -> None:
    """Print the ratios."""
    for rows, columns, count, at_least in (
        (3, 1, 5000, 1.8),
        (1000, 10, 2000, 2),
        (1_000_000, 1, 30, 2),
        (1_000_000, 10, 10, 2),
    ):
        if wanted and str(rows) not in wanted:
            continue
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
    if not wanted or "csv" in wanted:
        run = Experiment(epochs=20_000, learning_rate=1e-4)
        kept = [*Course(run, BACKEND.trainer(run))]
        with Path(os.devnull).open("w") as nowhere:
            ratio("CSV against joining", partial(joined, kept, nowhere), partial(printed, run, kept, nowhere), 1 / 1.5)
    if not wanted or "lab" in wanted:
        long = Experiment(epochs=40_000)
        on_the_wall = partial(headless, long, time.perf_counter)
        ratio("the lab at full speed against headless", on_the_wall, lambda: asyncio.run(in_the_lab(long)), 0.7)


if __name__ == "__main__":
    main(sys.argv[1:])
