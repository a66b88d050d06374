"""The code view: what stands beside each line, and going through them by key."""

import re
from functools import partial
from threading import current_thread

import lab_pilot
import msgspec
import pytest
from problems import named
from textual.widgets import Input

from gdtui.descent.backend import BACKEND
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.settings import METHODS
from gdtui.numbers import significant
from gdtui.ui.lab.views.code import code_rows, wrapped
from gdtui.ui.lab.views.view import LARGE

opened = partial(lab_pilot.opened, backend=BACKEND)
"""The digits here are torch's."""

VIEW = "CodeView"
NUMBER = re.compile(r"→ (.+?)\s*$", re.MULTILINE)


def values(lab):
    """What stands beside the lines, from top to bottom."""
    return NUMBER.findall(lab.text(VIEW))


def marked(lab):
    """The line of code that is marked."""
    return [line[1:].strip() for line in lab.text(VIEW).splitlines() if line.startswith("▸")]


async def test_where_there_is_little_room_the_update_is_seen_before_the_data():
    async with opened(size=(60, 16)) as lab:
        await lab.press("c")
        code = lab.text(VIEW)
        assert "W -= lr * gradient" in code
        assert "W 0.000" in code


async def test_c_shows_the_lectures_loop_with_every_value_of_the_epoch():
    """W = 1.4 on paper: H(x) is 1.4·x, the cost 0.4²·14/3, the gradient 14·0.4."""
    async with opened() as lab:
        await lab.press("c", "space")
        assert values(lab) == ["[1.4, 2.8, 4.2]", "0.746666", "5.600", "W 0.840"]
        assert "hypothesis = x_train * W  → [1.4, 2.8, 4.2]" in lab.text(VIEW)
        assert "x_train [1, 2, 3]  y_train [1, 2, 3]" in lab.text(VIEW)
        assert "W 1.400  lr 0.1" in lab.text(VIEW)
        assert marked(lab) == []


@pytest.mark.parametrize(
    ("method", "names"), [("hand", ("gradient", "gradient_b")), ("autograd", ("W.grad", "b.grad"))]
)
async def test_a_gradient_is_called_what_the_code_calls_it_and_not_like_its_parameter(method, names):
    async with opened(Experiment(has_bias=True, method=method, convention="sum")) as lab:
        await lab.press("c")
        assert values(lab)[2] == f"{names[0]} −14.000  {names[1]} −6.000"


async def test_the_values_are_those_of_the_closed_form():
    """With x = y = 1, 2, 3 and lr 0.1: W_k = 1 − (−0.4)^k, the gradient 14(W − 1), the cost 14/3·(W − 1)²."""
    async with opened(Experiment(dtype="float64")) as lab:
        await lab.press("c")
        for taken in range(6):
            W = 1 - (-0.4) ** taken
            hypothesis, cost, gradient, following = values(lab)
            assert [float(x) for x in hypothesis.strip("[]").split(",")] == pytest.approx([W, 2 * W, 3 * W], abs=1e-4)
            assert float(cost) == pytest.approx(14 / 3 * (W - 1) ** 2, abs=1e-6)
            assert float(gradient.replace("−", "-")) == pytest.approx(14 * (W - 1), abs=1e-3)
            assert float(following.removeprefix("W ")) == pytest.approx(1 - (-0.4) ** (taken + 1), abs=1e-3)
            await lab.press("space")


async def test_s_goes_one_line_at_a_time_and_takes_the_epoch_after_the_last():
    async with opened() as lab:
        await lab.press("c", "space")
        seen = []
        for _ in range(4):
            await lab.press("s")
            seen.append((marked(lab)[0].partition(" ")[0], len(values(lab)), lab.screen.workspace.run.cursor))
        assert seen == [("hypothesis", 1, 1), ("cost", 2, 1), ("gradient", 3, 1), ("W", 4, 1)]
        await lab.press("s")
        assert lab.screen.workspace.run.cursor == 2
        assert marked(lab) == ["hypothesis = x_train * W  → [0.84, 1.68, 2.52]"]


async def test_numbers_and_charts_know_no_more_than_the_lines_carried_out():
    async with opened() as lab:
        await lab.press("c", "v", "space")
        before = lab.chart()
        assert "○" in before
        await lab.press("s")
        assert "cost ?" in lab.numbers
        assert "gradient ?" in lab.numbers
        assert "●" not in lab.chart()
        await lab.press("s")
        assert "cost 0.746666" in lab.numbers
        assert "gradient ?" in lab.numbers
        assert "●" in lab.chart()
        await lab.press("s")
        assert "gradient 5.600" in lab.numbers
        assert "0.1·5.600 = ?" in lab.numbers
        assert "○" not in lab.chart()
        await lab.press("s")
        assert "0.1·5.600 = 0.840" in lab.numbers
        assert lab.chart() == before


async def test_the_cost_curve_ends_an_epoch_earlier_until_the_cost_is_known():
    async with opened() as lab:
        await lab.press("space", "space", "c", "s")
        without = lab.chart()
        assert "●" not in without
        await lab.press("s")
        assert "●" in lab.chart()
        assert lab.chart() != without


@pytest.mark.parametrize("key", ["space", "left", "home", "r", "plus", "R", "c", "escape"])
async def test_any_other_way_on_ends_going_line_by_line(key):
    async with opened() as lab:
        await lab.press("space", "space", "c", "s", "s")
        assert "?" in lab.numbers
        await lab.press(key)
        await lab.until_paused()
        assert "?" not in lab.numbers
        assert lab.screen.frame.unknown == frozenset()
        if lab.screen.views.opened:
            assert len(values(lab)) == 4
            assert marked(lab) == []


async def test_a_number_carries_out_so_many_lines():
    async with opened() as lab:
        await lab.press("c", "9", "s")
        assert lab.screen.workspace.run.cursor == 2
        assert marked(lab)[0].startswith("hypothesis")


async def test_it_goes_back_line_by_line_through_a_past_epoch():
    async with opened() as lab:
        await lab.press(*["space"] * 5, "home", "c", *["s"] * 5)
        assert lab.screen.workspace.run.cursor == 1
        assert len(lab.screen.workspace.run.history) == 6


async def test_where_the_run_ends_the_last_line_stays_and_says_why():
    async with opened(Experiment(learning_rate=1e30)) as lab:
        await lab.press("c", *["s"] * 30)
        assert "no longer a finite number" in lab.keys
        assert marked(lab)[0].startswith("W -=")


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("method", METHODS)
async def test_every_way_goes_through_its_own_lines_to_the_runs_next_parameters(method, convention):
    experiment = Experiment(
        dataset=named([[1, 2, 3], [0.5, -1, 2]], [1, 2, 3]),
        has_bias=True,
        method=method,
        convention=convention,
        learning_rate=0.01,
    )
    async with opened(experiment, (120, 40)) as lab:
        await lab.press("c", "s")
        lines = []
        while lab.screen.workspace.run.cursor == 0:
            lines.append(marked(lab)[0])
            told = values(lab)[-1]
            await lab.press("s")
        weights = ", ".join(f"{value:.3f}" for value in lab.screen.workspace.run.epoch.parameters).replace("-", "−")
        assert re.findall(r"[−\d.]+", told) == weights.split(", ")
        word = {"hand": "gradient = ", "autograd": "backward()", "optim": "optimizer.step()"}[method]
        assert any(word in line for line in lines)


async def test_the_code_follows_a_change_of_method_on_the_way():
    experiment = Experiment(changes=(Change(2, method="autograd"),))
    async with opened(experiment) as lab:
        await lab.press("c", *["s"] * 4)
        assert "torch.sum" in lab.text(VIEW)
        await lab.press("s", "s", "s")
        assert "cost.backward()" in lab.text(VIEW)
        assert marked(lab)[0].startswith("cost.backward()")


async def test_the_hypothesis_of_much_data_is_that_of_the_epoch_that_is_paused_at():
    column = tuple(float(1 + row % 3) for row in range(LARGE + 1))
    experiment = Experiment(dataset=typed(column, column), learning_rate=0.05, convention="mse", epochs=600)
    async with opened(experiment) as lab:
        await lab.press("c", "[", "[", "r")
        await lab.until(lambda: lab.screen.frame.epoch.number > 2)
        assert "hypothesis = x_train * W\n" in lab.text(VIEW)
        await lab.press("r")
        await lab.until_paused()
        W = lab.screen.frame.epoch.parameters[0]
        await lab.until(lambda: values(lab)[0].startswith(f"[{significant(W, 5)}, {significant(2 * W, 5)}, "))


async def test_the_hypothesis_of_much_data_is_found_again_where_the_run_is_back_at_its_epoch():
    column = tuple(float(1 + row % 3) for row in range(LARGE + 1))
    experiment = Experiment(dataset=typed(column, column), learning_rate=0.05, convention="mse", epochs=600)
    async with opened(experiment) as lab:
        await lab.press("c")
        await lab.until(lambda: values(lab)[0].startswith("[0, 0, 0, "))
        await lab.press("r")
        await lab.until(lambda: lab.screen.frame.epoch.number > 2)
        await lab.press("home")
        await lab.until(lambda: values(lab)[0].startswith("[0, 0, 0, "))


async def test_much_data_is_gone_through_on_a_thread_for_the_code():
    column = tuple(float(1 + row % 3) for row in range(LARGE + 1))
    threads = []

    def breakdown(*given, **how):
        threads.append(current_thread())
        return BACKEND.breakdown(*given, **how)

    backend = msgspec.structs.replace(BACKEND, breakdown=breakdown)
    async with lab_pilot.opened(Experiment(dataset=typed(column, column)), backend=backend) as lab:
        await lab.press("c")
        await lab.until(lambda: values(lab)[0].startswith("["))
        assert current_thread() not in threads


async def test_the_marked_line_is_kept_in_sight():
    experiment = Experiment(dataset=typed((1, 2, 3, 4), (1, 2, 3, 4)), batch=2, method="optim", has_bias=True)
    async with opened(experiment, (60, 16)) as lab:
        await lab.press("c")
        for _ in range(20):
            await lab.press("s")
            assert len(marked(lab)) == 1


async def test_the_numbers_of_the_code_can_be_asked_for():
    async with opened() as lab:
        await lab.press("c", "f")
        assert values(lab)[2:3] == ["?"]
        assert "gradient ?" in lab.numbers
        await lab.press("enter")
        await lab.until(lambda: isinstance(lab.screen.focused, Input))
        await lab.type("-14")
        await lab.press("enter")
        await lab.until(lambda: lab.screen.focused is None)
        assert lab.keys.startswith("Right. The gradient for W is −14.000.")
        assert values(lab)[2:3] == ["−14.000"]
        await lab.press("space", "space")
        assert values(lab)[1:] == ["?", "?", "?"]


async def test_an_optimizer_in_batches_is_told_by_its_own_lines():
    experiment = Experiment(
        dataset=typed((1, 2, 3, 4), (1, 2, 3, 4)), batch=2, optimizer=Optimizer("adam"), method="optim"
    )
    async with opened(experiment, (120, 40)) as lab:
        await lab.press("c")
        assert "torch.optim.Adam" in lab.text(VIEW)
        assert values(lab)[0] == "[0, 0, 0, 0]", "over all rows, whatever batches follow"


@pytest.mark.parametrize("width", [24, 40, 50, 78])
def test_a_long_line_goes_on_below_and_nothing_of_it_is_lost(width):
    line = "    gradient = torch.sum((hypothesis - y_train) * x_train)"
    rows = wrapped(line, width)
    assert max(map(len, rows)) <= width
    assert "".join("".join(rows).split()) == "".join(line.split())
    assert rows[0].startswith("    gradient")


def test_lines_not_carried_out_yet_have_no_value():
    code = BACKEND.code(Experiment(), 1)
    told = {"hypothesis": "[0]", "cost": "4.6", "gradient": "-14", "parameters": "1.4"}
    for at, count in ((None, 4), (1, 1), (2, 2), (3, 3), (4, 4)):
        rows, _ = code_rows(code, told, at, 60)
        shown = "\n".join("".join(text for text, _ in row) for row in rows)
        assert shown.count("→") == count
