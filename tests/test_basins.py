"""The strip of the basins: starts run with the batches and the schedule of the run, on a thread that can be left."""

import threading
import time

import msgspec
import numpy as np
import pytest
import torch
from examples import examples
from hypothesis import example, given
from hypothesis import strategies as st
from lab_pilot import opened

from gdtui.descent.backend import BACKEND
from gdtui.descent.landscape import MOST_UPDATES, STEADY
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.schedule import Schedule

X, Y = (10.0, 1.0, 1.0, 1.0, 1.0), (1.0, 0.0, 0.0, 0.0, 1.0)
FIVE_ROWS = Experiment(dataset=typed(X, Y), model="logistic", cost_kind="mse", learning_rate=8.0, convention="sum")
HILL = -0.4229
STARTS = (-2.0, -1.0, -0.5, -0.3, 0.0, 1.0)


def way_of(start: float, rate: float, batch: int, seed: int, is_table: bool) -> list[float]:
    """Where 400 epochs of batches lead, by numpy; only the order of the rows is torch's."""
    x, y, at, way = np.array(X), np.array(Y), start, [start]
    for epoch in range(1, 401):
        order = torch.randperm(5, generator=torch.Generator().manual_seed(1_000_003 * seed + epoch)).numpy()
        order = np.arange(5) if is_table else order
        for rows in np.split(order, range(batch, 5, batch)):
            h = 1 / (1 + np.exp(-x[rows] * at))
            at = at - rate * float(np.sum((h - y[rows]) * h * (1 - h) * x[rows]))
        way.append(at)
    return way


def end_of(way: list[float]) -> str:
    """The valley that a way has ended in, 1 or 2 on either side of the hill, or that it goes to and fro."""
    last = np.array(way[-STEADY:])
    return "1" if (last < HILL).all() else "2" if (last > HILL).all() else "~"


@pytest.mark.slow
@examples(40)
@example(1.5, 1, 0, False, "sum")
@given(
    st.floats(0.5, 10.0), st.integers(1, 4), st.integers(0, 20), st.booleans(), st.sampled_from(("sum", "mse", "mean"))
)
def test_with_batches_each_start_of_the_strip_ends_where_numpy_ends(rate, batch, seed, is_table, convention):
    """Valley 1 and 2 are on either side of the hill; who crosses it late has not ended."""
    order = {"order": "table"} if is_table else {"seed": seed}
    run = msgspec.structs.replace(FIVE_ROWS, learning_rate=rate, batch=batch, convention=convention, **order)
    strip = BACKEND.surface(run).landscape.basins(run, 1, STARTS)
    if convention == "sum":
        for start, mark in zip(STARTS, strip, strict=True):
            way, beside = (way_of(near, rate, batch, seed, is_table) for near in (start, start + 1e-9))
            if np.allclose(way, beside, atol=1e-6):  # else it is chaos, in which the last bits decide
                assert mark == end_of(way)

    else:  # the same with another lr, where all batches have as many rows
        factor = {"mse": 2, "mean": 1}[convention] / batch
        same = msgspec.structs.replace(run, convention="sum", learning_rate=rate * factor)
        if 5 % batch == 0:
            assert strip == BACKEND.surface(same).landscape.basins(same, 1, STARTS)


def test_the_noise_of_batches_is_seen_in_the_strip():
    """All rows leave a start at −1 in the poor valley, and single rows carry it over the hill."""
    noisy = msgspec.structs.replace(FIVE_ROWS, batch=1, seed=1)
    strips = [BACKEND.surface(run).landscape.basins(run, 1, (-1.0,)) for run in (FIVE_ROWS, noisy)]
    assert strips == ["1", "2"]


def test_the_strip_follows_the_schedule_from_its_beginning():
    """lr 0.15 holds nothing in the left valley for ever; lr that falls does. A later epoch asks for the same."""
    run = Experiment(function="W^4 - 3*W^2 + W", learning_rate=0.15, epochs=40)
    falling = msgspec.structs.replace(run, schedule=Schedule.parse("exponential,gamma=0.95"))
    landscape = BACKEND.surface(run).landscape
    assert landscape.basins(run, 1, (-1.2,)) == "~"
    assert landscape.basins(falling, 1, (-1.2,)) == "1"
    assert landscape.known_basins(falling, 30, (-1.2,)) == "1"
    assert landscape.known_basins(run, 1, (-1.2,)) is None


def test_a_strip_that_would_take_too_long_is_not_told():
    rows = 5 * (MOST_UPDATES // 5 + 1)
    run = msgspec.structs.replace(FIVE_ROWS, dataset=typed(X * (rows // 5), Y * (rows // 5)), batch=1)
    assert BACKEND.surface(run).landscape.basins(run, 1, STARTS) == ""


def test_valleys_of_very_many_rows_are_not_looked_for():
    for has_bias, rows in ((False, 10_005), (True, 505)):
        data = typed(X * (rows // 5), Y * (rows // 5))
        run = msgspec.structs.replace(FIVE_ROWS, dataset=data, has_bias=has_bias)
        assert BACKEND.surface(run).landscape is None


def test_the_valleys_of_many_rows_are_those_of_the_few_that_they_repeat():
    few, many = (
        BACKEND.surface(msgspec.structs.replace(FIVE_ROWS, dataset=typed(X * n, Y * n))).landscape for n in (1, 2000)
    )
    assert [place.kind for place in many.stationary] == [place.kind for place in few.stationary]
    for one, other in zip(few.stationary, many.stationary, strict=True):
        assert other.at == pytest.approx(one.at, abs=1e-6)


async def test_keys_work_while_starts_are_run_and_escape_leaves_them(monkeypatch):
    begun, left = threading.Event(), threading.Event()

    def endless(self, is_left):
        begun.set()
        while not is_left():
            time.sleep(0.001)
        left.set()
        return ""

    monkeypatch.setattr("gdtui.descent.landscape._Runs.found", endless)
    monkeypatch.setattr("lab_pilot.SECONDS_TO_SETTLE", 0.05)
    run = Experiment(function="W^4 - 3*W^2 + W", weights=(2.0,))
    async with opened(run, (120, 40), BACKEND) as lab:
        await lab.until(begun.is_set)
        assert "....." in lab.text("ChartPanel")
        await lab.press("space")
        await lab.until(lambda: lab.screen.frame.epoch.number == 2)
        assert not left.is_set()
        await lab.press("escape")
        await lab.until(left.is_set)
        begun.clear()
        await lab.press("space")
        await lab.until(lambda: lab.screen.frame.epoch.number == 3)
        assert not begun.is_set()
        await lab.press("plus")
        await lab.until(begun.is_set)
