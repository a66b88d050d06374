"""The sweep over learning rates: its figures against the closed form, on the command line and in the lab."""

import math
import sys

import msgspec
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from lab_pilot import opened

from gdtui.cli import main as cli
from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import OPTIMIZERS, Optimizer
from gdtui.lab.sweep import fewest, grid, sweep
from gdtui.ui.lab.views.sweep import sweep_rows

LIMIT = 1 / 7


def trials_of(experiment, rates, most=1000):
    return list(sweep(experiment, BACKEND, BACKEND.surface(experiment), rates, most))


@given(part=st.floats(0.02, 0.98).filter(lambda part: abs(part - 0.5) > 0.01))
@examples(60)
def test_the_lecture_takes_as_many_epochs_as_the_closed_form_says(part):
    # cost_k = cost_0 · (1 − lr·L)^2k, and converged is a millionth of cost_0
    factor = abs(1 - 2 * part)
    expected = math.ceil(math.log(1e-6) / math.log(factor**2) - 1e-9)
    (trial,) = trials_of(Experiment(dtype="float64"), (part * LIMIT,))
    assert trial.state == "converged"
    assert trial.epochs == expected


def test_at_one_over_l_it_lands_at_once_and_at_the_limit_never():
    once, bouncing, above = trials_of(Experiment(dtype="float64"), (LIMIT / 2, LIMIT, 1.1 * LIMIT), most=200)
    assert (once.state, once.epochs) == ("converged", 1)
    assert (bouncing.state, bouncing.epochs) == ("going", 200)
    assert above.state == "diverged"


def test_the_grid_rises_and_holds_both_of_theorys_rates():
    experiment = Experiment()
    rates = grid(experiment, BACKEND.surface(experiment))
    assert list(rates) == sorted(set(rates))
    assert rates[0] == pytest.approx(0.02 * LIMIT)
    assert rates[-1] == pytest.approx(1.25 * LIMIT)
    assert any(rate == pytest.approx(LIMIT / 2, rel=1e-12) for rate in rates)
    assert any(rate == pytest.approx(LIMIT, rel=1e-12) for rate in rates)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if Optimizer(name).rule.first_step])
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e4])
def test_the_grid_of_an_adaptive_optimizer_goes_by_how_far_the_minimum_is(name, size):
    data = typed((1, 2, 3), (size, 2 * size, 3 * size))
    experiment = Experiment(dataset=data, method="optim", optimizer=Optimizer(name), dtype="float64")
    rates = grid(experiment, BACKEND.surface(experiment), points=7)
    assert rates[0] == pytest.approx(size / 1000)
    assert rates[-1] == pytest.approx(2 * size)
    assert fewest(tuple(trials_of(experiment, rates))).has_arrived
    elsewhere = msgspec.structs.replace(experiment, learning_rate=123.0)
    assert grid(elsewhere, BACKEND.surface(elsewhere), points=7) == rates


@pytest.mark.parametrize(
    "convention", ["mse", *(pytest.param(name, marks=pytest.mark.slow) for name in ("sum", "mean"))]
)
def test_the_grid_in_batches_goes_by_both_limits(convention):
    experiment = Experiment(batch=1, convention=convention, learning_rate=123.0)
    rates = grid(experiment, BACKEND.surface(experiment))
    batch_limit = {"sum": 2 / 9, "mse": 1 / 9, "mean": 2 / 9}[convention]
    all_rows = {"sum": 2 / 14, "mse": 3 / 14, "mean": 6 / 14}[convention]
    assert rates[0] == pytest.approx(0.02 * min(batch_limit, all_rows))
    assert rates[-1] == pytest.approx(1.25 * max(batch_limit, all_rows))
    assert fewest(tuple(trials_of(experiment, rates, most=200))).has_arrived


def test_where_the_data_tells_nothing_the_grid_lies_around_the_rate():
    experiment = Experiment(weights=(1,), method="optim", optimizer=Optimizer("adam"), learning_rate=0.2)
    rates = grid(experiment, BACKEND.surface(experiment), points=5)
    assert rates == pytest.approx((0.002, 0.02, 0.2, 2, 20))


def test_the_fewest():
    trials = trials_of(Experiment(), (0.01, LIMIT / 2, 0.13, 0.2), most=100)
    best = fewest(tuple(trials))
    assert best is not None
    assert best.step_size.learning_rate == LIMIT / 2
    assert fewest(()) is None


def test_it_can_be_stopped():
    stopped = iter([False] * 5 + [True] * 1000)
    assert (
        len(
            list(
                sweep(
                    Experiment(), BACKEND, BACKEND.surface(Experiment()), (1e-9,) * 9, is_stopped=lambda: next(stopped)
                )
            )
        )
        == 0
    )


@pytest.fixture
def gdtui(capsys, monkeypatch):
    """`gdtui sweep` in the test's own process, where torch is loaded once: its exit code, and what it prints."""

    def gdtui(*arguments):
        monkeypatch.setattr(sys, "argv", ["gdtui", "sweep", *arguments])
        capsys.readouterr()
        return (cli.run_safely(), *capsys.readouterr())

    return gdtui


def test_without_a_screen(gdtui):
    code, out, err = gdtui("--points", "6", "--most", "300")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["lr", "×", "limit", "epochs"]
    assert any(line.split() == ["0.0714286", "0.500", "1", "lr", "=", "1/L"] for line in lines)
    assert any(line.startswith("0.142857") and line.endswith("more than 300   lr = 2/L") for line in lines)
    assert lines[-1].split() == ["0.178571", "1.250", "diverges"]
    assert err == "gdtui: the fewest epochs: 1 with lr 0.0714286, 0.50 of the limit 0.142857\n"


def test_as_csv_with_all_digits(gdtui):
    _, out, _ = gdtui("--format", "csv", "--points", "3", "--dtype", "float64")
    rows = [line.split(",") for line in out.splitlines()]
    assert rows[0] == ["learning_rate", "of_limit", "state", "epochs"]
    for rate, multiple, state, epochs in rows[1:]:
        (trial,) = trials_of(Experiment(dtype="float64"), (float(rate),))
        assert (trial.state, trial.epochs) == (state, int(epochs))
        assert float(multiple) == pytest.approx(float(rate) / LIMIT)


async def test_the_view_fills_and_says_which_rate_is_the_quickest():
    async with opened() as lab:
        await lab.press("w")
        await lab.until(lambda: "fewest: 1 epoch with lr 0.0714286 = 0.50 × limit" in lab.text("SweepView"))
        shown = lab.text("SweepView")
        assert "lr 0.1 of this run" in shown
        assert "✓" in shown
        assert "×" in shown
        await lab.press("plus", "space")
        assert "lr 0.12 of this run" in lab.text("SweepView")
        assert "1/L = 0.07143 and the limit 2/L = 0.1429" in shown
        await lab.press("enter")
        assert lab.screen.workspace.run.settings.learning_rate == pytest.approx(1 / 14)
        assert "lr 0.0714286 from epoch 2." in lab.keys
        assert "fewest" in lab.text("SweepView"), "another lr on the desk is no other sweep"
        await lab.press("w")
        assert not lab.screen.views.opened


@pytest.mark.parametrize("option", ["--epochs=5", "--until-cost=0.1", "--until-change=1e-6", "--then=3:lr=0.2"])
def test_what_a_sweep_does_not_look_at_is_refused(option: str, gdtui):
    code, out, err = gdtui(option)
    assert code == 2
    assert err.startswith(f"gdtui: {option.split('=')[0][2:]}: does not work with a sweep")
    assert not out


async def test_the_smallest_screen_shows_the_picture_too():
    async with opened(size=(60, 16)) as lab:
        await lab.press("w")
        await lab.until(lambda: "fewest" in lab.text("SweepView"))
        picture, _, words = lab.text("SweepView").partition("fewest")
        assert "┤" in picture
        assert "✓" in picture
        assert "~ not within 1,000" in words
        assert "lr 0.1" in words
        assert "…" not in words


@pytest.mark.parametrize("width", [40, 49, 72])
def test_marks_in_the_legend_are_not_cut(width):
    mixed = Experiment(dataset=typed((1, 2, 3, 4, 5, 6), (0, 0, 1, 0, 1, 1)), model="logistic", has_bias=True)
    trials = tuple(sweep(mixed, BACKEND, BACKEND.surface(mixed), (0.1, 1.0), 5))
    shown = [row for row in sweep_rows(trials, 2, 0.1, width, 20, "braille") if row[0][0][0] in "✓~"]
    words = " ".join("".join(text for text, _role in row) for row in shown)
    assert all(mark in words for mark in ("✓ within the tolerance", "~ not within 1,000", "! diverged"))
    assert all(sum(len(text) for text, _role in row) <= width for row in shown)


def test_before_the_first_trial_there_is_no_legend_for_a_picture_that_is_not_there():
    (bar,) = sweep_rows((), 40, 0.1, 56, 12, "braille")
    assert bar[-1][0] == " 0 of 40 rates"


async def test_where_no_rate_converges_none_is_offered_and_a_line_off_the_picture_is_not_said_to_be_drawn():
    areas = typed((801.0, 357.0, 900.0), (3.0, 1.0, 4.0), (500.0, 200.0, 90.0))
    async with opened(Experiment(dataset=areas), backend=BACKEND) as lab:
        await lab.press("w")
        assert "enter best lr" not in lab.keys
        await lab.until(lambda: "No lr converged" in lab.text("SweepView"))
        assert "line: lr 0.1" not in lab.text("SweepView")
        assert "lr 0.1 of this run: off to the right" in lab.text("SweepView")
        assert "enter best lr" not in lab.keys
        await lab.press("enter")
        assert "No learning rate converged." in lab.keys
    async with opened() as lab:
        await lab.press("w")
        await lab.until(lambda: "enter best lr" in lab.keys)
        assert "line: lr 0.1 of this run" in lab.text("SweepView")


async def test_a_sweep_left_early_ends_and_begins_anew():
    slow = Experiment(weights=(1e6,), dtype="float64", epochs=5)
    async with opened(slow) as lab:
        await lab.press("w", "w")
        await lab.press("w")
        await lab.until(lambda: "fewest" in lab.text("SweepView"))


async def test_it_sweeps_by_the_settings_of_the_epoch_looked_at():
    async with opened() as lab:
        await lab.press("space", "k", "w")
        assert "the limit 0.214286" in lab.numbers
        await lab.until(lambda: "fewest: 1 epoch with lr 0.107143 = 0.50 × limit" in lab.text("SweepView"))
        await lab.press("left")
        assert "the limit 0.142857" in lab.numbers
        await lab.until(lambda: "fewest: 1 epoch with lr 0.0714286 = 0.50 × limit" in lab.text("SweepView"))


@pytest.mark.parametrize("x", [1e-19, 1e-20, 1e-21, 1e19])
@pytest.mark.parametrize("optimizer", ["sgd", "nesterov", "adam"])
@pytest.mark.parametrize("rate", [5e-324, 0.1, 3e37])
def test_only_rates_that_the_dtype_can_hold_are_tried(x: float, optimizer: str, rate: float):
    """Of data this small the limit is near the largest float32, or beyond it."""
    experiment = Experiment(
        dataset=typed((x, 2 * x), (1, 2)), method="optim", optimizer=Optimizer(optimizer), learning_rate=rate
    )
    surface = BACKEND.surface(experiment)
    rates = grid(experiment, surface)
    assert len(rates) > 10
    assert len(list(sweep(experiment, BACKEND, surface, rates, most=2))) == len(rates)


async def test_on_the_smallest_screen_the_picture_of_a_sweep_has_the_rows_that_words_can_spare():
    async with opened(size=(60, 16)) as lab:
        await lab.press("w")
        await lab.until(lambda: "fewest" in lab.text("SweepView"))
        rows = lab.text("SweepView").splitlines()
        assert rows[-1] == "dotted: 1/L and 2/L, the limit   line: lr 0.1 of this run"
