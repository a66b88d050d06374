"""The lab by its keys, as a learner presses them."""

import asyncio
import math
import re
import threading
from pathlib import Path

import msgspec
import pytest
from fake_backend import FAKE
from lab_pilot import Lab, back_in_the_lab, edit, opened
from textual.containers import VerticalScroll
from textual.events import Key
from textual.widgets import Input
from waiting import hold_until

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.teaching import catalogue
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.common.page import broken
from gdtui.ui.common.status import Status
from gdtui.ui.lab.app import LabApp
from gdtui.ui.lab.screen import LabScreen
from gdtui.ui.panels.chart_panel import ChartPanel
from gdtui.ui.panels.header import HeaderBar
from gdtui.ui.panels.number_rows import verdict

SLOW = Experiment(learning_rate=1e-4, epochs=10**6)
LECTURE = (Path(__file__).parent / "reference" / "lecture.txt").read_text().splitlines()


async def test_the_first_frame_waits_for_nothing_that_needs_a_run():
    there = []

    class Watched(LabApp):
        def start_loading(self) -> None:
            there.extend(self.screen.query(ChartPanel))
            super().start_loading()

    app = Watched(Experiment(), lambda: FAKE)
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.until(lambda: lab.screen.frame is not None)
        assert there == []
        assert len(lab.screen.query(ChartPanel)) > 0


async def test_the_lessons_are_read_on_a_thread_and_escape_leaves_it(monkeypatch):
    is_left = threading.Event()
    monkeypatch.setattr(catalogue, "catalogue", lambda refused, more: hold_until(is_left))
    monkeypatch.setattr("lab_pilot.SECONDS_TO_SETTLE", 0.05)
    async with opened() as lab:
        await lab.press("L")
        await lab.until(lambda: "Reading the lessons" in lab.keys)
        await lab.press("escape")
        await lab.until(lambda: not lab.screen.background.is_busy)
        is_left.set()
        assert lab.app.screen is lab.screen
        assert lab.keys == "Stopped. Nothing has changed."


async def test_it_opens_on_the_lecture_with_the_first_epoch_pending():
    async with opened() as lab:
        assert lab.numbers.splitlines()[0].split() == [
            "epoch",
            "1/10",
            "W",
            "0.000",
            "cost",
            "4.666667",
            "gradient",
            "−14.000",
            "(sum)",
        ]
        assert "W ← W − lr·gradient = 0.000 − 0.1·(−14.000) = 1.400" in lab.numbers
        assert "lr 0.1 is 0.70 of the limit 0.142857" in lab.numbers
        assert lab.epochs[0] == "▸" + LECTURE[0]


async def test_space_takes_an_epoch_and_nine_show_the_lectures_ten_lines():
    async with opened(size=(80, 30), backend=BACKEND) as lab:
        await lab.press("space")
        assert "W ← W − lr·gradient = 1.400 − 0.1·5.600 = 0.840" in lab.numbers
        await lab.press(*["space"] * 8)
        assert [line.removeprefix("▸") for line in lab.epochs] == LECTURE
        assert "W 1.000" in lab.numbers


async def test_a_number_repeats_the_next_key_and_goes_past_the_plan():
    async with opened() as lab:
        await lab.press("2", "5")
        assert lab.keys.startswith("25 ")
        await lab.press("space")
        assert lab.screen.workspace.run.cursor == 25
        assert lab.numbers.startswith(" after 25 "), "the plan is no measure for it any more"
        await lab.press("5", "left")
        assert lab.screen.workspace.run.cursor == 20


async def test_escape_forgets_the_number():
    async with opened() as lab:
        await lab.press("2", "5", "escape", "space")
        assert lab.screen.workspace.run.cursor == 1


async def test_run_stops_at_the_plan_with_all_updates_taken():
    async with opened(Experiment(epochs=20)) as lab:
        await lab.press("right_square_bracket", "right_square_bracket", "right_square_bracket", "r")
        await lab.until(lambda: lab.screen.workspace.run.cursor == 20)
        await lab.until_paused()
        assert lab.epochs[-1].startswith("▸After   20/20")
        await lab.press("r")
        assert "20 epochs done, as planned." in lab.keys


async def test_run_and_pause():
    async with opened(Experiment(epochs=10**6)) as lab:
        await lab.press(*["right_square_bracket"] * 5)
        assert "full speed" in lab.text("#parameters")
        lab.app.simulate_key("r")  # at this pace nothing comes to rest that a pilot could wait for
        await lab.until(lambda: lab.screen.workspace.run.cursor > 1000 and "playing" in lab.text("#header"))
        lab.app.simulate_key("r")
        await lab.until_paused()
        reached = lab.screen.workspace.run.cursor
        await lab.press("left")
        assert lab.screen.workspace.run.cursor == reached - 1


async def test_steps_typed_after_a_long_number_are_added_to_it():
    async with opened() as lab:
        await lab.press(*"50000", "space", "2", "space")
        await lab.until_paused()
        assert lab.screen.workspace.run.cursor == 50002


async def test_time_goes_back_to_the_same_digits_and_on_through_them():
    async with opened() as lab:
        await lab.press(*["space"] * 4)
        shown = lab.numbers
        await lab.press("home")
        assert lab.numbers.startswith(" epoch 1/10")
        await lab.press("right", "end")
        assert lab.numbers == shown
        await lab.press("left", "left", "space", "space")
        assert lab.numbers == shown
        assert len(lab.screen.workspace.run.history) == 5


async def test_lr_goes_on_from_the_present_w():
    async with opened() as lab:
        await lab.press("space", "plus")
        assert lab.numbers.splitlines()[0].split()[:4] == ["epoch", "2/10", "W", "1.400"]
        assert "1.400 − 0.12·5.600 = 0.728" in lab.numbers
        await lab.press("minus", "minus")
        assert "1.400 − 0.08·5.600 = 0.952" in lab.numbers
        assert "from here lr 0.08" in lab.epochs[1]


async def test_a_change_in_the_past_branches_and_gives_nothing_up():
    async with opened() as lab:
        workspace = lab.screen.workspace
        await lab.press(*["space"] * 5, "home", "plus")
        assert "lr 0.12 from epoch 1. The old run is kept as A." in lab.keys
        assert len(workspace.run.history) == 1
        assert workspace.run.settings.learning_rate == 0.12
        assert [(kept.name, len(kept.run.history)) for kept in workspace.board.kept] == [("A", 6)]
        await lab.press("plus")
        assert len(workspace.board.kept) == 1, "nudging on grows no further branch"
        await lab.press("tab")
        assert len(workspace.run.history) == 6
        assert workspace.run.settings.learning_rate == 0.1


@pytest.mark.parametrize(("key", "said"), [("plus", "lr 0.00012"), ("minus", "lr 8e-05"), ("k", "Convention mse")])
async def test_a_change_keeps_counted_steps_going_to_where_they_were_sent(key: str, said: str):
    async with opened(SLOW, backend=BACKEND) as lab:  # the fake would be there before the key
        await lab.press(*"999999", "space")
        assert lab.screen.workspace.player.goal == 999_999
        await lab.press(key)
        (change,) = lab.screen.workspace.run.experiment.changes
        assert f"{said} from epoch {change.epoch}." in lab.keys, "the epoch at which the steps were interrupted"
        assert lab.screen.workspace.player.goal == 999_999


@pytest.mark.parametrize("key", ["space", "r", "escape"])
async def test_many_steps_can_be_stopped(key: str):
    async with opened(SLOW, backend=BACKEND) as lab:  # the fake would be there before the key
        await lab.press(*"999999", "space")
        await lab.until(lambda: "r pause" in lab.keys)
        await lab.press(key)
        assert not lab.screen.workspace.player.is_playing
        await lab.until(lambda: "r run" in lab.keys)


async def test_a_change_that_is_refused_does_not_stop_the_play():
    data = typed((1e20,), (1,))
    edge = Experiment(dataset=data, weights=(0.02,), learning_rate=1e-43, epochs=10**6)
    async with opened(edge, backend=BACKEND) as lab:
        await lab.press("r", "k")
        assert "too large for float32" in lab.keys
        assert lab.screen.workspace.run.experiment == edge
        assert lab.screen.workspace.player.is_playing


async def test_undo_takes_the_branch_back_and_its_ghost_away():
    async with opened() as lab:
        await lab.press(*["space"] * 5, "home", "plus", "u")
        assert len(lab.screen.workspace.run.history) == 6
        assert lab.screen.workspace.board.kept == ()


async def test_epochs_past_the_plan_are_epochs_but_for_the_last():
    async with opened() as lab:
        await lab.press("9", "space", "space", "space")
        table = lab.text("EpochTable")
        assert "Epoch   11/10" in table
        assert "▸After   11/10" in table
        assert "After   10/10" not in table
        assert "after 11 " in lab.numbers
        await lab.press("left")
        assert "▸Epoch   11/10" in lab.text("EpochTable")
        assert "epoch 11 " in lab.numbers


@pytest.mark.parametrize(
    ("keys", "titles", "ending"),
    [
        (
            ["2", "space"],
            [
                "After 2/2, next: Epoch 3 explained",
                "After 2/2, next: Code for epoch 3",
                "After 2/2, next: Epoch 3, three ways",
            ],
            "with W after epoch 2",
        ),
        (
            ["3", "space"],
            [
                "After 3, next: Epoch 4 explained",
                "After 3, next: Code for epoch 4",
                "After 3, next: Epoch 4, three ways",
            ],
            "with W after epoch 3",
        ),
        (
            ["3", "space", "left"],
            ["Epoch 3 explained", "Code for epoch 3", "Proof: one step, three ways"],
            "with W from epoch 3",
        ),
    ],
)
async def test_after_the_plan_every_view_tells_the_next_epoch_from_the_last_one_taken(keys, titles, ending):
    async with opened(Experiment(epochs=2)) as lab:
        await lab.press(*keys)
        for key, title in zip("acm", titles, strict=True):
            await lab.press(key)
            assert Lab.title(lab.screen.views.view) == title
        await lab.press("h", "4", "enter")
        assert lab.keys.endswith(ending)


async def test_contours_are_left_out_of_the_round_while_there_is_one_parameter():
    async with opened() as lab:
        suiting = [name for name, chart in CHARTS.items() if chart.suits(Experiment())]
        assert "contours" not in suiting
        seen = []
        for _ in suiting:
            seen.append(lab.screen.charts.first)
            await lab.press("v")
        assert seen == suiting
        assert lab.screen.charts.first == "cost"
        lab.screen.workspace.edit(Experiment(has_bias=True), None)
        await lab.press("space", *["v"] * [*CHARTS].index("contours"))
        assert lab.screen.charts.first == "contours"
        await lab.press("u")
        assert lab.screen.charts.first != "contours"


async def test_a_run_that_the_board_has_no_room_for_comes_back_by_undo():
    async with opened() as lab:
        await lab.press(*["p", "R"] * 6, "space", "tab")
        assert lab.keys == "Switched to run A. The board had no room for the old run; u goes back to it."
        await lab.press("u")
        assert lab.screen.workspace.run.cursor == 1


async def test_the_comparison_shows_what_differs_besides_lr():
    async with opened(size=(120, 40)) as lab:
        await lab.press("space", "p")
        lab.screen.workspace.edit(Experiment(weights=(-2.0,), batch=2), None)
        await lab.press("o")
        heading, first, second = (line.split() for line in lab.text("CompareView").splitlines()[:3])
        assert [heading[0], *heading[1:4]] == ["run", "W0", "batch", "lr"]
        assert first[:4] == ["A", "0", "none", "0.1"]
        assert second[:4] == ["▸·", "−2", "2", "0.1"], "with a true minus sign"


@pytest.mark.parametrize(
    ("size", "keys", "after"), [((120, 40), ("z",), range(10)), ((80, 24), (), (0, 2, 4, 6, 8, 9))]
)
async def test_the_comparison_fills_its_room_with_the_costs_after_the_same_epochs(size, keys, after):
    async with opened(size=size) as lab:
        await lab.press("2", "space", "p", "R", "plus", "9", "space", "o", *keys)
        pinned, run = lab.screen.workspace.board.kept[0].run, lab.screen.workspace.run
        heading, *lines = lab.text("CompareView").partition("cost after")[2].rstrip().splitlines()
        assert heading.split() == ["A", "▸·"]
        costs = [(str(epochs), *(f"{each.history[epochs].cost:.6f}" for each in (pinned, run))) for epochs in range(3)]
        costs += [(str(epochs), f"{run.history[epochs].cost:.6f}") for epochs in range(3, 10)]
        assert [tuple(line.split()) for line in lines] == [costs[epochs] for epochs in after]


async def test_data_that_differs_is_told_apart_in_the_comparison():
    async with opened(size=(120, 40)) as lab:
        await lab.press("p", "t", "o")
        table = lab.text("CompareView")
        assert re.search(r"A +raw", table)
        assert re.search(r"▸· +standardized", table)
        lab.screen.workspace.edit(Experiment(dataset=typed((1, 2), (2, 3))), None)
        await lab.press("v")
        assert re.search(r"A +lecture, 3 rows", lab.text("CompareView"))
        assert re.search(r"▸· +typed, 2 rows", lab.text("CompareView"))


async def test_undo_goes_back_to_the_run_before_tab_and_leaves_the_board_as_it_was():
    async with opened() as lab:
        workspace = lab.screen.workspace
        await lab.press("space", "p", "R", "space", "space")
        second = workspace.run
        await lab.press("tab")
        assert workspace.board.find(second)
        await lab.press("u")
        assert workspace.run is second
        assert [kept.name for kept in workspace.board.kept] == ["A"]
        await lab.press("p", "tab", "u")
        assert workspace.run is second
        assert [kept.name for kept in workspace.board.kept] == ["A", "B"], "a pinned run stays"


async def test_an_unpinned_run_is_left_out_of_the_comparison_by_the_next_run():
    async with opened() as lab:
        await lab.press("space", "p", "R", "plus", "space", "p", "R", "plus", "space", "p", "tab")
        first = lab.screen.workspace.run
        await lab.press("p")
        assert lab.keys == "Unpinned this run. tab leaves it out of the comparison."
        await lab.press("tab", "o")
        table = lab.text("CompareView")
        assert [line.split()[0] for line in table.splitlines()[1:3]] == ["▸B", "C"]
        assert "not pinned" not in table
        await lab.press("u")
        assert lab.screen.workspace.run is first
        await lab.press("p", "tab")
        assert [kept.name for kept in lab.screen.workspace.board.kept] == ["A", "B", "C"], "pinned again, it stays"


async def test_a_run_left_by_tab_is_not_said_to_have_changed():
    async with opened() as lab:
        await lab.press("space", "p", "R", "plus", "space", "tab", "o")
        assert "(A) kept when you left it, not pinned" in lab.text("CompareView")


async def test_what_differs_makes_room_for_the_epochs_taken_and_the_cost():
    async with opened() as lab:
        await lab.press("9", "space", "p", "o")
        other = Experiment(function="0.25*W^2 + exp(0.1*W) + 0.001*W^4", method="optim", optimizer=Optimizer("adam"))
        lab.screen.workspace.take(Run(other, BACKEND))
        await lab.press("9", "space")
        heading, first, second = (line.split() for line in lab.text("CompareView").splitlines()[:3])
        assert heading[-2:] == ["taken", "cost"]
        assert (first[-2:], second[-2]) == (["9", "0.000000"], "9")


async def test_a_fair_test_with_one_lr_says_that_each_optimizer_may_have_a_better_one():
    async with opened() as lab:
        lab.screen.workspace.take(Run(Experiment(method="optim", optimizer=Optimizer("sgd")), BACKEND))
        await lab.press("space", "p", "o")
        lab.screen.workspace.take(Run(Experiment(method="optim", optimizer=Optimizer("momentum")), BACKEND))
        await lab.press("space")
        said = " ".join(lab.text("CompareView").split())
        assert "only optimizer differs: a fair test Each may have a better lr of its own: w finds it." in said
        lab.screen.workspace.take(Run(Experiment(method="optim", learning_rate=0.05), BACKEND))
        await lab.press("space")
        said = " ".join(lab.text("CompareView").split())
        assert "only lr differs: a fair test" in said
        assert "better lr" not in said


async def test_pinned_runs_are_compared_and_told_whether_that_is_fair():
    async with opened() as lab:
        await lab.press(*["space"] * 9, "p")
        assert "Pinned as A." in lab.keys
        await lab.press("R", "plus", *["space"] * 9, "o")
        table = lab.text("CompareView")
        assert re.search(r"A +0\.1 +0\.7 +after 8 +9 +0\.000000", table)
        assert re.search(r"▸· +0\.12 +0\.84 +not yet +9 +0\.004510", table)
        assert "only lr differs: a fair test" in table
        await lab.press("o")
        assert not lab.screen.views.opened


async def test_a_setting_changed_on_the_way_is_no_fair_test_and_stands_clear_in_the_table():
    async with opened() as lab:
        await lab.press("space", "p", "plus", "space", "p", "o")
        table = lab.text("CompareView")
        assert re.search(r"▸B +0\.1 → 0\.12 +0\.84 +not yet", table)
        said = " ".join(table.split())
        assert "B did not change lr until epoch 2: not a fair test" in said
        assert "…" not in said, "nothing is cut"


async def test_the_present_run_has_a_name_in_the_verdict_though_it_is_not_on_the_board():
    async with opened() as lab:
        await lab.press("space", "p", "plus", "space", "o")
        assert "this run did not change lr until epoch 2" in " ".join(lab.text("CompareView").split())


async def test_a_long_verdict_is_told_whole():
    async with opened(size=(80, 24)) as lab:
        await lab.press("space", "p", "o")
        lab.screen.workspace.edit(Experiment(weights=(2.0,), dtype="float64", learning_rate=0.05), None)
        await lab.press("space")
        said = " ".join(lab.text("CompareView").split())
        assert "lr, W0 and float type differ: not a fair test" in said


async def test_a_run_above_the_limit_never_converges_in_the_comparison():
    async with opened(Experiment(learning_rate=0.2)) as lab:
        await lab.press("9", "space", "p", "o")
        assert re.search(r"▸A +0\.2 +1\.4 +never +9 +1\.836e5", lab.text("CompareView"))


async def test_a_comparison_that_is_not_fair_says_so():
    other = Experiment(weights=(2.0,), learning_rate=0.05)
    async with opened() as lab:
        await lab.press("space", "p", "o")
        lab.screen.workspace.edit(other, None)
        await lab.press("space")
        assert "lr and W0 differ: not a fair test" in lab.text("CompareView")


async def test_escape_goes_back_from_the_whole_screen_first_and_then_closes_the_view():
    async with opened() as lab:
        await lab.press("a", "z")
        assert "z back" in lab.keys
        await lab.press("escape")
        assert lab.screen.views.opened == "explain"
        assert lab.screen.query_one("#charts").display
        assert "z back" not in lab.keys
        await lab.press("escape")
        assert not lab.screen.views.opened


async def test_a_reset_says_which_lr_is_back():
    async with opened() as lab:
        await lab.press("space", "plus", "R")
        assert lab.keys == "Started over with lr 0.1. u restores the previous run."
        await lab.press("space", "R")
        assert lab.keys == "Started over from the same W. u restores the previous run."


async def test_the_update_of_a_small_lr_comes_out_as_it_is_written():
    """0.988 − 0.12·(−0.174) is 1.009, and with all digits 1.008."""
    async with opened(Experiment(learning_rate=0.12)) as lab:
        await lab.press("1", "1", "space")
        written = lab.numbers.splitlines()[1].replace("−", "-")
        before, change, after = re.search(r"= (\S+) - 0.12·\(?([^\s)]+)\)? = (\S+)", written).groups()
        decimals = len(after.partition(".")[2])
        assert f"{float(before) - 0.12 * float(change):.{decimals}f}" == after


async def test_while_a_question_waits_the_keys_are_those_that_serve():
    async with opened() as lab:
        await lab.press("P")
        await lab.until(lambda: isinstance(lab.screen.focused, Input))
        await lab.press("escape")
        await lab.until(lambda: "Look around." in lab.keys)
        await lab.press("v")
        assert lab.keys.split()[:4] == ["P", "answer", "escape", "skip"]
        assert "step" not in lab.keys
        await lab.press("escape", "escape")
        assert "space step" in lab.keys


async def test_a_key_for_what_cannot_be_seen_says_where_it_is():
    async with opened() as lab:
        await lab.press("d")
        assert lab.keys == "The data chart now shows each row's error. v goes to that chart."
        await lab.press("n")
        assert lab.keys == "W is the only parameter."
        await lab.press("v", "v", "d")
        assert "how far" not in lab.keys


async def test_the_new_w_is_seen_on_the_smallest_screen():
    async with opened(size=(60, 16)) as lab:
        await lab.press("a")
        shown = lab.text("BreakdownView")
        assert "new W" in shown
        assert "cost  4.666667" in shown


async def test_escape_closes_the_view_and_the_charts_make_room_for_it():
    async with opened() as lab:
        await lab.press("o")
        assert not lab.screen.query_one("#parameters").display
        assert len(lab.titles()) == 2
        assert lab.keys.startswith("space step  o close")
        await lab.press("escape")
        assert lab.screen.query_one("#parameters").display
        assert lab.text("#views Panel").strip() == "" or not lab.screen.query_one("#views").display


async def test_reset_and_undo():
    async with opened() as lab:
        await lab.press("space", "space", "plus", "space")
        shown = lab.numbers
        await lab.press("R")
        assert lab.numbers.startswith(" epoch 1/10")
        assert lab.screen.workspace.run.experiment.changes == ()
        await lab.press("u")
        assert lab.numbers == shown
        await lab.press("u")
        assert lab.screen.workspace.run.settings.learning_rate == 0.1
        await lab.press("u")
        assert "nothing to undo" in lab.keys


async def test_a_diverging_run_ends_in_words_with_the_last_finite_epoch_shown():
    async with opened(Experiment(learning_rate=0.2, epochs=200), backend=BACKEND) as lab:
        await lab.press(*"100", "space")
        await lab.until_paused()
        assert lab.numbers.startswith(" epoch 74/200")
        assert "diverged at epoch 75: lr 0.2 is 1.40 × the limit 0.142857" in lab.numbers
        await lab.press("space", "r")
        assert "no longer a finite number" in lab.keys
        everything = lab.text("#lab Panel")
        assert "nan" not in everything.lower().replace("nothing", "")
        assert "inf" not in everything


async def test_log_cost():
    async with opened() as lab:
        await lab.press(*["space"] * 8, "l")
        assert lab.titles() == ["Cost, log scale", "Cost vs W, close-up"]
        assert "1e-" in lab.chart()
        await lab.press("l")
        assert "1e-" not in lab.chart()


async def test_leafing_through_the_charts_and_enlarging_one():
    async with opened() as lab:
        assert lab.titles() == ["Cost", "Cost vs W"]
        await lab.press("v")
        assert lab.titles() == ["Cost vs W", "W"]
        await lab.press("V")
        assert lab.titles() == ["Cost", "Cost vs W"]
        await lab.press("2", "v", "z")
        assert lab.titles() == ["W"]
        assert len(lab.chart().splitlines()) >= 12
        await lab.press("space", "z")
        assert lab.titles() == ["W", "y and H(x)"]
    async with opened() as lab:
        assert lab.titles() == ["Cost", "Cost vs W"], "nobody asked for another beginning"


async def test_the_zoomed_bowl_that_has_closed_in_opens_out_before_it_goes_back():
    async with opened() as lab:
        await lab.press("v", *["space"] * 8)
        assert lab.titles() == ["Cost vs W, close-up", "W"]
        await lab.press("z")
        assert lab.titles() == ["Cost vs W, close-up"]
        assert "again to see all" in lab.keys
        await lab.press("z")
        assert lab.titles() == ["Cost vs W"]
        assert "again to go back" in lab.keys
        await lab.press("space")
        assert lab.titles() == ["Cost vs W"], "it stays open while the run goes on"
        await lab.press("z")
        assert lab.titles() == ["Cost vs W, close-up", "W"]
        await lab.press("z", "escape", "escape")
        assert lab.titles() == ["Cost vs W, close-up", "W"], "escape goes back at once"


async def test_wide_screens_show_four_charts():
    async with opened(size=(120, 40)) as lab:
        assert lab.titles() == ["Cost", "Cost vs W", "W", "y and H(x)"]


async def test_the_value_cursor_reads_an_epoch_on_all_charts():
    async with opened() as lab:
        await lab.press(*["space"] * 5, "comma", "comma", "comma")
        assert lab.keys == "┼ epoch 4: W 1.064   cost 0.019115   gradient 0.896   escape hides it"
        assert "┼" in lab.chart()
        await lab.press("less_than_sign")
        assert lab.keys.startswith("┼ epoch 1:")
        await lab.press("escape")
        assert "┼" not in lab.chart()


async def test_the_value_cursor_reads_a_weight_where_the_bowl_is_first():
    async with opened() as lab:
        await lab.press("v", "comma", "2", "0", "full_stop")
        assert lab.keys == "┼ W 1: slope 0, cost 0   escape hides it", "where the slope is 0 the cost is least"
        await lab.press("5", "full_stop")
        assert lab.keys == "┼ W 1.25: slope 2.33333, cost 0.291667   escape hides it"


async def test_the_bowl_names_its_slope_and_follows_the_chosen_parameter():
    async with opened(Experiment(has_bias=True), size=(120, 40)) as lab:
        bowl = list(lab.app.screen.query("ChartPanel"))[1]
        assert lab.title(bowl) == "Cost vs W, a slice"
        assert str(bowl.border_subtitle).strip() == "slope −9.333, gradient (sum) −14"
        await lab.press("n")
        assert lab.title(bowl) == "Cost vs b, a slice"
        assert str(bowl.border_subtitle).strip() == "slope −4, gradient (sum) −6"


async def test_where_there_is_little_room_the_bowl_still_tells_slope_and_gradient_apart():
    async with opened() as lab:
        bowl = list(lab.app.screen.query("ChartPanel"))[1]
        assert str(bowl.border_subtitle).strip() == "slope −9.33 = −14/1.5"
        await lab.press("k")
        assert str(bowl.border_subtitle).strip() == "slope −9.333"


async def test_fewer_parameters_than_the_one_chosen_are_no_trouble():
    async with opened(Experiment(has_bias=True), size=(120, 40)) as lab:
        await lab.press("n", "space", "comma")
        lab.app.screen.query_one("#charts").leaf(1)
        await edit(lab, data="x=1,2 y=1,2")
        lab.app.screen.query_one("#field-bias").focus()
        await lab.press("left", "enter")
        await back_in_the_lab(lab)
        assert "Cost vs W" in lab.titles()
        await lab.press("comma")
        assert lab.keys.startswith("┼ W")


async def test_residuals_on_demand():
    async with opened() as lab:
        await lab.press("3", "v")
        before = lab.chart()
        await lab.press("d")
        assert lab.chart() != before
        await lab.press("d")
        assert lab.chart() == before


async def test_the_hypothesis_for_a_new_x():
    async with opened() as lab:
        await lab.press(*["space"] * 10, "h")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        await lab.type("four")
        await lab.press("enter")
        assert isinstance(lab.app.focused, Input), "it asks until it can read the answer"
        for _ in "four":
            await lab.press("backspace")
        await lab.type("4")
        await lab.press("enter")
        assert "H(4) = 3.999581" in lab.keys
        await lab.press("left")
        assert lab.screen.workspace.run.cursor == 9, "letters and arrows work again"


PASSES = (1, 2, 3, 4, 5, 6, 7, 8), (0, 0, 0, 1, 0, 1, 1, 1)


@pytest.mark.parametrize(
    ("experiment", "x", "label"),
    [
        (Experiment(dataset=typed(*PASSES), model="logistic", has_bias=True, weights=(1.0,), bias=-4.5), "5", 1),
        (Experiment(dataset=typed(*PASSES), model="logistic", has_bias=True, weights=(1.0,), bias=-4.5), "4", 0),
    ],
)
async def test_a_probability_is_called_one_and_the_label_is_told(experiment, x, label):
    chance = 1 / (1 + math.exp(4.5 - float(x)))
    async with opened(experiment) as lab:
        await lab.press("h")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        await lab.type(x)
        await lab.press("enter")
        said = f"H({x}) = {chance:.6f}   with W from epoch 1   probability of y = 1; predicts {label}"
        assert said in lab.keys


async def test_a_class_is_told_by_its_most_probable_label():
    classes = Experiment(dataset=typed((1, 2, 3, 4, 5, 6), (0, 1, 7, 0, 1, 7)), model="softmax", has_bias=True)
    async with opened(classes) as lab:
        await lab.press(*["space"] * 9, "h")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        await lab.type("6")
        await lab.press("enter")
        assert lab.keys.rstrip().endswith("predicts 7")


async def test_a_large_prediction_has_no_digits_that_nobody_could_use():
    async with opened(Experiment(weights=(2881.4295,))) as lab:
        await lab.press("h")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        await lab.type("2100")
        await lab.press("enter")
        assert "H(2100) = 6051002   with" in lab.keys


async def test_asking_twice_at_once_does_no_harm():
    async with opened() as lab:
        await lab.press("h", "h")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        await lab.press("escape", "space")
        assert lab.screen.workspace.run.cursor == 1


async def test_the_value_cursor_keeps_its_reading_while_it_is_out():
    async with opened() as lab:
        await lab.press("space", "comma", "l")
        assert lab.keys.startswith("┼ epoch 2:")
        await lab.press("escape", "l")
        assert lab.keys.startswith("space step")


async def test_ctrl_c_says_how_to_quit():
    async with opened() as lab:
        await lab.press("ctrl+c")
        assert lab.keys == "ctrl+c again quits, and so does q."
        assert lab.app.is_running
        await lab.pilot.press("ctrl+c")
        await lab.until(lambda: not lab.app.is_running)


async def test_the_regime_is_named_beside_the_state():
    async with opened() as lab:
        await lab.press(*"12", "space")
        await lab.until_paused()
        assert "converged; W overshoots: distance × −0.40 per epoch" in lab.numbers
        await lab.press(*["plus"] * 4)
        assert " W diverges: distance × −2.50 per epoch" in lab.numbers, "past the limit it will leave"


async def test_the_command_line_is_shown_and_copied():
    async with opened(Experiment(has_bias=True, learning_rate=0.05)) as lab:
        await lab.press("space", "plus", "y")
        line = "gdtui --bias --lr 0.05 --then 2:lr=0.06"
        assert lab.keys == f"To repeat this run: {line}"
        assert lab.app.clipboard == line


def page_shown(lab: Lab) -> str:
    """All of a page of text, however far it is scrolled."""
    return "\n".join(str(static.render()) for static in lab.app.screen.query("Static"))


async def test_help_lists_every_key_and_closes():
    async with opened(size=(80, 100)) as lab:
        await lab.press("question_mark")
        for words in ("Take one epoch", "Run to the end", "Undo", "The manual", "  Words"):
            assert words in page_shown(lab)
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_the_help_leads_on_to_the_pages_of_the_manual():
    async with opened() as lab:
        await lab.press("question_mark", "left", "right")
        for words in ("bounces", "1e-05", "1e-06", "← → pages"):
            assert words in page_shown(lab)
        assert "Take one epoch" not in page_shown(lab)
        await lab.press("tab")
        await lab.until(lambda: lab.app.screen.query_one(VerticalScroll).scroll_offset.y > 0)
        await lab.press("right")
        assert "puts the next chart first" in page_shown(lab)
        await lab.until(lambda: lab.app.screen.query_one(VerticalScroll).scroll_offset.y == 0)
        await lab.press("left", "left")
        assert "Take one epoch" in page_shown(lab)
        await lab.press("left", *["right"] * 40)
        assert "The newest version first." in page_shown(lab)


async def test_tab_leads_from_heading_to_heading_of_the_help_and_from_the_end_to_the_beginning():
    async with opened() as lab:
        await lab.press("question_mark")
        page = lab.app.screen.query_one(VerticalScroll)
        headings = list(lab.app.screen.query(".heading"))
        await lab.until(lambda: headings[-1].virtual_region.y > 100)
        await lab.press("tab")
        await lab.until(lambda: page.scroll_offset.y == headings[1].virtual_region.y - 1)
        await lab.press("tab", "tab", "shift+tab")
        await lab.until(lambda: page.scroll_offset.y == headings[2].virtual_region.y - 1)
        await lab.press("end")
        await lab.until(lambda: page.is_vertical_scroll_end)
        await lab.press("tab")
        await lab.until(lambda: page.scroll_offset.y == 0)


async def test_the_palette_carries_out_commands():
    async with opened() as lab:
        await lab.press("ctrl+p")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        await lab.type("take")
        await lab.pilot.pause(0.5)
        await lab.press("enter")
        await lab.until(lambda: lab.screen.workspace.run.cursor == 1)


async def test_a_screen_that_is_too_small_says_so_and_comes_back():
    async with opened(size=(59, 16)) as lab:
        small = lab.app.screen.query_one("#too-small")
        assert small.display
        assert "60×16" in str(small.render())
        await lab.pilot.resize_terminal(60, 16)
        await lab.until(lambda: not small.display)
        await lab.press("space")
        assert "1.400 − 0.1·5.600 = 0.840" in lab.numbers


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
async def test_every_panel_has_room_at_every_size(size: tuple[int, int]):
    async with opened(Experiment(has_bias=True), size) as lab:
        await lab.press(*["space"] * 3)
        assert "b ← b − lr·gradient" in lab.numbers
        assert len(lab.epochs) >= 2
        assert "●" in lab.chart()
        assert "quit" in lab.keys
        assert "limit" in lab.numbers


async def test_nothing_ticks_while_nothing_plays(monkeypatch: pytest.MonkeyPatch):
    looks = []
    show = LabScreen.show
    monkeypatch.setattr(LabScreen, "show", lambda screen: (looks.append(1), show(screen)))
    async with opened() as lab:
        await lab.press("right_square_bracket", "right_square_bracket", "right_square_bracket", "r")
        await lab.until_paused()
        before = len(looks)
        await lab.pilot.pause(0.3)
        assert len(looks) == before


def loading_slowly():
    """The lab, and the gate that torch waits for."""
    gate = threading.Event()

    def slow():
        hold_until(gate)
        return BACKEND

    return gate, LabApp(Experiment(), slow)


async def test_keys_pressed_while_torch_loads_are_served():
    gate, app = loading_slowly()
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        assert "loading torch" in lab.text("#header")
        await lab.press("space", "3", "space")
        gate.set()
        await lab.until(lambda: lab.screen.frame is not None and lab.screen.workspace.run.cursor == 4)


@pytest.mark.parametrize("size", [(80, 24), (120, 30), (120, 40), (140, 40), (160, 40), (200, 60)])
async def test_no_widget_shows_its_class_while_torch_loads(size):
    gate = threading.Event()

    def slow():
        hold_until(gate)
        return BACKEND

    app = LabApp(Experiment(), slow)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips(app.size)]
        names = {widget.css_identifier_styled.plain for widget in app.screen.walk_children()}
        assert [line for line in lines for name in names if name in line] == []
        gate.set()
        await Lab(app, pilot).until(lambda: app.screen.frame is not None)


async def test_the_prompt_asked_for_while_torch_loads_is_there():
    gate, app = loading_slowly()
    async with app.run_test(size=(80, 24)) as pilot:
        lab = Lab(app, pilot)
        await lab.press("h", "h")
        gate.set()
        await lab.until(lambda: isinstance(app.focused, Input))


async def test_a_start_whose_cost_is_no_number_ends_the_app_with_a_line():
    app = LabApp(Experiment(weights=(1e30,)), lambda: BACKEND)
    async with app.run_test() as pilot:
        lab = Lab(app, pilot)
        await lab.until(lambda: app.failure is not None)
    assert app.failure == "w0: the cost there, or its gradient, is too large for float32: start elsewhere"
    assert app.return_code == 2


async def test_standardized_data_shows_its_own_units_too():
    data = typed((1.0, 2.0, 3.0), (2.0, 4.0, 6.0)).standardized()
    async with opened(Experiment(dataset=data, epochs=200)) as lab:
        await lab.press(*"200", "space")
        await lab.until_paused()
        assert "in the data's own units W 2.000   b 0.000" in lab.numbers


def test_a_long_line_of_the_help_goes_on_under_its_second_column():
    line = "  a              Take this update apart: every number from the rows to the new W"
    assert broken(line, 60) == (
        "  a              Take this update apart: every number from\n                 the rows to the new W"
    )
    assert broken("  Words that are no columns, and so many of them", 30) == (
        "  Words that are no columns,\n  and so many of them"
    )


TWO_COLUMNS = Experiment(dataset=typed((1, 2, 3), (2, 1, 2), (3, 1, 2)), learning_rate=0.06)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("experiment", [Experiment(), TWO_COLUMNS], ids=["one column", "two"])
@pytest.mark.parametrize("state", ["", "converged; "])
def test_the_verdict_fits_its_line(width, experiment, state):
    frame = look(Run(experiment, BACKEND))
    frame = msgspec.structs.replace(frame, verdict=state + frame.verdict)
    shown = "".join(words for words, _ in verdict(frame, width))
    assert "× limit" in shown or "the limit" in shown or (width, bool(state)) == (60, True)
    assert f"{state}W overshoots: distance × −0." in shown
    assert " to 0." in shown or experiment is not TWO_COLUMNS
    assert len(shown) <= width


@pytest.mark.parametrize("epochs", [0, 1, 300])
def test_what_an_adaptive_optimizer_comes_to_fits_its_line(epochs):
    run = Run(Experiment(method="optim", optimizer=Optimizer("adam"), epochs=300), BACKEND)
    for _ in range(epochs):
        run.step()
    frame = look(run)
    shown = "".join(words for words, _ in verdict(frame, 60))
    words = frame.verdict.replace(" per epoch", "")
    if frame.state == "within the tolerance":
        words = words.partition(";")[0]
    assert words in shown.replace(" per epoch", "")
    assert len(shown) <= 60


async def test_a_run_that_stopped_because_its_cost_hardly_changed_says_so():
    async with opened(Experiment(until_change=0.5)) as lab:
        await lab.press("r")
        await lab.until_paused()
        await lab.press("r")
        await lab.until(lambda: "changed by less" in lab.keys)


async def test_the_end_does_not_wait_for_keys_typed_ahead(monkeypatch: pytest.MonkeyPatch):
    """As a signal does, which ends the app as soon as the loop sees it."""
    done = []
    async with opened() as lab:
        loop = asyncio.get_running_loop()

        def do(screen: LabScreen, command: object) -> None:
            done.append(command)
            if len(done) == 5:
                loop.call_soon(lab.app.exit)

        monkeypatch.setattr(LabScreen, "do", do)
        for _ in range(200):
            lab.app.post_message(Key("space", " "))
        await lab.until(lambda: lab.app.return_code is not None)
    assert 5 <= len(done) < 10


async def test_where_the_explanation_is_opened_the_code_stands_beside_the_epochs():
    async with opened(size=(120, 40)) as lab:
        await lab.press("space")
        await lab.until(lambda: "error·x" in lab.text("#bottom .beside BreakdownView"))
        await lab.press("a")
        await lab.until(lambda: "W -= lr * gradient" in lab.text("#bottom .beside CodeView"))
        assert not lab.screen.query_one("#bottom .beside BreakdownView").display
        await lab.press("c")
        await lab.until(lambda: "error·x" in lab.text("#bottom .beside BreakdownView"))
        assert not lab.screen.query_one("#bottom .beside CodeView").display


async def test_what_stands_beside_the_epochs_tells_no_number_that_is_hidden():
    async with opened(size=(120, 40)) as lab:
        for view in ("a", "c"):
            await lab.press(view, "f", "space")
            assert lab.screen.views.view.hidden
            assert not any(panel.display for panel in lab.screen.query("#bottom .beside LabView"))
            await lab.press("f", view)


@pytest.mark.parametrize("place", ["data.csv", "rows-of-a-name-that-goes-on-and-on-until-there-is-no-room.csv"])
@pytest.mark.parametrize("is_playing", [True, False])
def test_what_is_run_and_what_it_does_are_two_things_in_the_header(place, is_playing):
    data = msgspec.structs.replace(typed((1, 2, 3, 5), (2, 3, 5, 9)).standardized(), name=place)
    experiment = Experiment(dataset=data, has_bias=True)
    for width in range(60, 100):
        header = HeaderBar(experiment)
        header.set_reactive(HeaderBar.frame, look(Run(experiment, BACKEND)))
        header.set_reactive(HeaderBar.status, Status(is_playing=is_playing))
        (row,) = header.paint(width, 1)
        line = "".join(text for text, _ in row)
        assert len(line) == width
        assert re.search(r"  +(playing(, 5 per second)?|paused) $", line), line


async def test_the_header_says_that_a_run_that_is_over_diverges_unless_that_is_asked_for():
    async with opened(Experiment(learning_rate=0.2)) as lab:
        await lab.press(*["space"] * 9)
        assert "diverging" not in lab.text("#header")
        await lab.press("space")
        assert lab.text("#header").rstrip().endswith("done, diverging")
        await lab.press("2", "P")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        assert "diverging" not in lab.text("#header"), "it would give the answer away"
    async with opened() as lab:
        await lab.press(*["space"] * 10)
        assert "diverging" not in lab.text("#header")


async def test_the_comparison_has_w_of_each_run_where_there_is_room():
    async with opened(size=(120, 40)) as lab:
        await lab.press("space", "p", "R", "plus", "space", "space", "o")
        heading, *rows = lab.text("CompareView").splitlines()
        assert heading.split()[-1] == "W"
        assert rows[0].split()[-1] == "1.400"
