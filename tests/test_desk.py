"""The desk: what every key does to the run."""

import time

import msgspec
import pytest
from problems import named
from waiting import wait_for

from gdtui.descent import BENCH
from gdtui.errors import ExperimentError
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Change, Experiment
from gdtui.lab.board import NAMES
from gdtui.lab.nice import next_nice
from gdtui.lab.run import Run
from gdtui.lab.workspace import MOST_UNDO, PACES, Desk

PLANE = Experiment(dataset=named([(1, 2, 3, 5), (2, -1, 0, 1)], (3, 1, -2, 4)), has_bias=True, learning_rate=0.02)
ENDLESS = msgspec.structs.replace(PLANE, epochs=10**9)


@pytest.fixture
def desk_of():
    """Makes desks, and closes them."""
    desks = []

    def make(experiment):
        desks.append(Desk(experiment, BENCH))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(desk_of):
    """A desk with a run of ten epochs planned, seven updates taken."""
    desk = desk_of(PLANE)
    for _ in range(7):
        desk.step(1)
    return desk


def rows(desk):
    return [desk.run.history[index] for index in range(len(desk.run.history))]


def straight(experiment, count):
    trainer = BENCH.trainer(experiment)
    return [trainer.step() for _ in range(count)]


def state(desk):
    """All that a refused change must leave alone."""
    return desk.run, desk.run.experiment, desk.run.cursor, rows(desk)


def replace(experiment, **fields):
    return msgspec.structs.replace(experiment, **fields)


# Moving


def test_one_step_is_taken_at_once(desk_of):
    desk = desk_of(PLANE)
    desk.step(1)
    assert desk.run.cursor == 1
    assert not desk.player.is_playing
    assert rows(desk) == straight(PLANE, 2)


@pytest.mark.parametrize("count", [3, 500])
def test_many_steps_are_taken_to_the_last_within_the_plan_or_past_it(desk, count):
    desk.step(count)
    wait_for(lambda: not desk.player.is_playing)
    assert desk.run.cursor == 7 + count
    assert rows(desk) == straight(PLANE, 8 + count)


def test_back_and_forward_stay_within_what_is_known(desk):
    desk.back(3)
    assert desk.run.cursor == 4
    desk.forward(2)
    assert desk.run.cursor == 6
    desk.forward(100)
    assert (desk.run.cursor, desk.run.is_at_end) == (7, True)
    desk.back(100)
    assert (desk.run.cursor, desk.run.is_at_end) == (0, False)
    assert len(desk.run.history) == 8


def test_a_step_after_looking_back_is_to_the_next_known_epoch(desk):
    known = rows(desk)
    desk.seek(2)
    desk.step(1)
    assert desk.run.epoch == known[3]
    assert rows(desk) == known


@pytest.mark.parametrize("move", [lambda desk: desk.seek(5), lambda desk: desk.back(1), lambda desk: desk.step(1)])
def test_looking_elsewhere_ends_the_play(desk_of, move):
    desk = desk_of(ENDLESS)
    desk.play()
    move(desk)
    assert not desk.player.is_playing


def test_play_goes_to_the_end_of_the_plan(desk_of):
    desk = desk_of(PLANE)
    desk.change_pace(99)
    desk.play()
    wait_for(lambda: not desk.player.is_playing)
    assert desk.run.cursor == 10


# Pace


def test_the_pace_stays_between_the_slowest_and_as_fast_as_it_goes(desk):
    desk.change_pace(-99)
    assert desk.epochs_a_second == PACES[0] == 1
    desk.change_pace(1)
    assert desk.epochs_a_second == 2
    desk.change_pace(99)
    assert desk.epochs_a_second is None
    assert not desk.player.is_playing


def test_another_pace_holds_while_it_plays(desk_of):
    desk = desk_of(replace(ENDLESS, learning_rate=1e-9))
    desk.change_pace(-99)
    desk.play()
    wait_for(lambda: desk.run.cursor >= 1)
    desk.change_pace(99)
    assert desk.player.is_playing
    wait_for(lambda: desk.run.cursor > 1000)


def test_another_pace_does_not_carry_counted_steps_past_their_end(desk_of):
    desk = desk_of(replace(ENDLESS, epochs=20_000))
    desk.step(15_000)
    desk.change_pace(99)
    wait_for(lambda: not desk.player.is_playing)
    assert desk.run.cursor == 15_000


# Learning rate


def test_nudges_go_through_the_numbers_people_write():
    rate, up = 0.1, [0.1]
    while rate < 1:
        up.append(rate := next_nice(rate, 1))
    assert up == [0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0]
    down = [rate]
    while rate > 0.1:
        down.append(rate := next_nice(rate, -1))
    assert down == up[::-1]


@pytest.mark.parametrize(
    ("value", "direction", "expected"),
    [
        (0.142857, 1, 0.15),
        (0.142857, -1, 0.12),
        (0.1, -1, 0.08),
        (0.08, 1, 0.1),
        (9, 1, 10),
        (9, -1, 8),
        (0.1 + 2e-17, 1, 0.12),
        (1e6, 1, 1e6),
        (8e5, 1, 1e6),
        (1e-12, -1, 1e-12),
        (1.2e-12, -1, 1e-12),
        (1e9, 1, 1e9),
        (1e9, -1, 8e8),
        (1e-20, -1, 1e-20),
        (1e-20, 1, 1.2e-20),
    ],
)
def test_the_next_nice_number(value, direction, expected):
    assert next_nice(value, direction) == expected


@pytest.mark.parametrize(("direction", "times", "rate"), [(1, 3, 0.04), (-1, 2, 0.012), (1, 0, 0.02), (1, 10**9, 1e6)])
def test_several_nudges_at_once(desk, direction, times, rate):
    assert desk.nudged_rate(direction, times) == rate


def test_a_nudge_begins_from_the_rate_at_the_epoch_looked_at(desk):
    desk.seek(4)
    desk.set_rate(0.05)
    assert desk.nudged_rate(1, 1) == 0.06
    desk.seek(3)
    assert desk.nudged_rate(1, 1) == 0.025


def test_a_rate_holds_from_the_epoch_looked_at(desk):
    before = rows(desk)
    desk.seek(4)
    desk.set_rate(0.05)
    assert rows(desk)[:4] == before[:4]
    assert (desk.run.cursor, desk.run.is_at_end) == (4, True)
    assert desk.run.experiment == replace(PLANE, changes=(Change(5, 0.05),))
    desk.step(1)
    assert rows(desk) == straight(desk.run.experiment, 6)
    assert rows(desk)[5] != before[5]


def test_a_rate_set_while_it_plays_does_not_stop_it(desk_of):
    desk = desk_of(ENDLESS)
    desk.change_pace(99)
    desk.play()
    wait_for(lambda: desk.run.cursor > 5)
    desk.set_rate(0.03)
    begun = desk.run.cursor
    assert desk.player.is_playing
    wait_for(lambda: desk.run.cursor > begun + 5)
    desk.pause()
    (change,) = desk.run.experiment.changes
    assert change.learning_rate == 0.03
    assert rows(desk) == straight(desk.run.experiment, len(desk.run.history))


@pytest.mark.parametrize("rate", [0, -0.1, float("nan"), float("inf"), 1e39])
def test_a_rate_that_makes_no_sense_changes_nothing(desk, rate):
    desk.seek(3)
    before = state(desk)
    with pytest.raises(ExperimentError) as caught:
        desk.set_rate(rate)
    assert caught.value.field == "then: lr"
    assert state(desk) == before
    assert not desk.undo()


def test_a_refused_rate_does_not_stop_the_play(desk_of):
    desk = desk_of(ENDLESS)
    desk.play()
    with pytest.raises(ExperimentError):
        desk.set_rate(-1)
    assert desk.player.is_playing


# Reset and undo


def test_reset_begins_the_same_experiment_without_what_changed_on_the_way(desk):
    desk.set_rate(0.05)
    desk.step(1)
    desk.reset()
    assert desk.run.experiment == PLANE
    assert rows(desk) == straight(PLANE, 1)


def test_undo_brings_back_the_run_with_all_its_epochs_and_its_place(desk):
    desk.seek(4)
    before = state(desk)
    desk.reset()
    assert desk.undo()
    assert state(desk) == before
    desk.seek(7)
    desk.step(1)
    assert rows(desk) == straight(PLANE, 9)


def test_nudges_in_a_row_are_undone_as_one(desk):
    desk.seek(4)
    before = state(desk)
    for rate in (0.025, 0.03, 0.04):
        desk.set_rate(rate)
    assert desk.run.experiment.changes == (Change(5, 0.04),)
    assert desk.undo()
    assert state(desk) == before
    assert not desk.undo()


def test_nudges_before_and_after_a_play_are_undone_one_by_one(desk):
    desk.set_rate(0.03)
    desk.change_pace(99)
    desk.play()
    wait_for(lambda: not desk.player.is_playing)
    before = state(desk)
    desk.set_rate(0.04)
    assert desk.undo()
    assert state(desk) == before


def test_a_nudge_after_an_undo_is_undone_by_itself(desk):
    desk.set_rate(0.03)
    desk.undo()
    before = state(desk)
    desk.set_rate(0.04)
    assert desk.undo()
    assert state(desk) == before


def test_a_nudge_to_a_run_brought_back_is_undone_by_itself(desk):
    desk.set_rate(0.03)
    desk.reset()
    desk.undo()
    before = state(desk)
    desk.set_rate(0.04)
    assert desk.undo()
    assert state(desk) == before


def test_resets_and_edits_between_nudges_are_undone_one_by_one(desk):
    states = [state(desk)]
    for act in (
        lambda: desk.set_rate(0.03),
        desk.reset,
        lambda: desk.set_rate(0.03),
        lambda: desk.edit(replace(desk.run.experiment, epochs=20), None),
        lambda: desk.set_rate(0.04),
    ):
        act()
        states.append(state(desk))
    for expected in reversed(states[:-1]):
        assert desk.undo()
        assert state(desk) == expected
    assert not desk.undo()


def test_undo_goes_back_so_many_runs_and_no_further(desk):
    runs = [desk.run]
    for _ in range(MOST_UNDO + 3):
        desk.reset()
        runs.append(desk.run)
    undone = []
    while desk.undo():
        undone.append(desk.run)
    assert undone == runs[-2 : -2 - MOST_UNDO : -1]


@pytest.mark.parametrize("act", ["reset", "undo"])
def test_a_run_put_away_is_not_stepped_any_more(desk_of, act):
    desk = desk_of(ENDLESS)
    desk.reset()
    away = desk.run
    desk.change_pace(99)
    desk.play()
    wait_for(lambda: away.cursor > 5)
    getattr(desk, act)()
    assert not desk.player.is_playing
    known = len(away.history)
    desk.step(50)
    wait_for(lambda: not desk.player.is_playing)
    assert desk.run.cursor == 50
    assert len(away.history) == known


# The board


def pinned(desk, count):
    """Pin so many runs, each begun anew, and go on with one more that is not on the board."""
    runs = []
    for _ in range(count):
        runs.append(desk.run)
        desk.pin()
        desk.reset()
    return runs


def test_the_present_run_goes_to_the_board_when_another_takes_its_place(desk):
    (first,) = pinned(desk, 1)
    present = desk.run
    assert desk.change_run()
    assert desk.run is first
    assert desk.change_run()
    assert desk.run is present


def test_a_run_that_finds_the_board_full_of_pinned_runs_comes_back_by_undo(desk):
    runs = pinned(desk, len(NAMES))
    desk.step(2)
    before = state(desk)
    assert desk.change_run()
    assert desk.run is runs[0]
    assert desk.undo()
    assert state(desk) == before
    assert [kept.run for kept in desk.board.kept] == runs


def test_the_run_gone_to_does_not_make_room_for_the_one_before(desk):
    desk.reset()
    first = desk.run
    desk.step(3)
    desk.seek(1)
    desk.set_rate(0.03)
    runs = pinned(desk, len(NAMES) - 1)
    before = state(desk)
    assert [kept.run for kept in desk.board.kept] == [first, *runs]
    assert desk.change_run()
    assert desk.run is first
    assert desk.board.find(first)
    assert desk.undo()
    assert state(desk) == before


def branch(desk):
    """Change lr in the past, and return the run that stays as a ghost."""
    desk.step(2)
    desk.back(1)
    ghost = desk.run
    desk.set_rate(desk.nudged_rate(1, 1))
    return ghost


def test_the_ghost_left_first_goes_first_whatever_its_letter(desk):
    ghosts = [branch(desk) for _ in NAMES]
    assert [desk.board.find(ghost).name for ghost in ghosts] == list(NAMES)
    seventh = branch(desk)
    assert desk.board.find(ghosts[0]) is None
    assert desk.board.find(seventh).name == "A"
    branch(desk)
    assert desk.board.find(seventh), "A is the newest but one"
    assert desk.board.find(ghosts[1]) is None
    assert [kept.name for kept in desk.board.kept] == list(NAMES), "shown by their letters"


# Editing


@pytest.mark.parametrize("epochs", [3, 500])
def test_another_length_keeps_the_rows_and_the_place(desk, epochs):
    before = rows(desk)
    desk.seek(5)
    desk.edit(replace(PLANE, epochs=epochs), None)
    assert rows(desk) == before
    assert desk.run.cursor == 5
    assert desk.run.is_over == (epochs == 3)
    desk.undo()
    assert desk.run.experiment == PLANE


def test_a_cost_to_stop_at_keeps_the_rows_and_stops_the_play(desk):
    before = rows(desk)
    wanted = before[-1].cost * 0.9
    desk.edit(replace(PLANE, until_cost=wanted, epochs=10**6), None)
    assert rows(desk) == before
    desk.change_pace(99)
    desk.play()
    wait_for(lambda: not desk.player.is_playing)
    assert desk.run.epoch.cost <= wanted < desk.run.history[desk.run.cursor - 1].cost


def test_settings_and_length_edited_together_hold_from_the_epoch_looked_at(desk):
    before = rows(desk)
    desk.seek(4)
    wanted = replace(PLANE, epochs=50, learning_rate=0.05, method="autograd")
    desk.edit(wanted, Change(5, 0.05, "autograd"))
    assert desk.run.experiment == replace(PLANE, epochs=50, changes=(Change(5, 0.05, "autograd"),))
    assert rows(desk)[:4] == before[:4]
    assert desk.run.cursor == 4
    assert desk.undo()
    assert rows(desk) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"dataset": typed((1, 2, 3), (2, 4, 7)), "weights": None},
        {"weights": (1, 0)},
        {"bias": 1.0},
        {"has_bias": False},
        {"dtype": "float64"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_other_data_start_hypothesis_or_dtype_begin_a_new_run(desk, fields):
    wanted = replace(PLANE, **fields)
    assert desk.begins_again(wanted)
    before = state(desk)
    desk.edit(wanted, None)
    assert desk.run.experiment == wanted
    assert rows(desk) == straight(wanted, 1)
    assert desk.undo()
    assert state(desk) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"epochs": 99},
        {"until_cost": 1.0},
        {"learning_rate": 0.5},
        {"method": "optim"},
        {"convention": "mean"},
        {"changes": (Change(3, 0.1),)},
        {"weights": (0, 0)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_settings_and_length_do_not_begin_a_new_run(desk, fields):
    assert not desk.begins_again(replace(PLANE, **fields))


@pytest.mark.parametrize(
    ("wanted", "change"),
    [
        (replace(PLANE, weights=(1e30, 1e30)), None),
        (replace(PLANE, epochs=50), Change(4, -1.0)),
        (replace(PLANE, epochs=50), Change(4, method="magic")),
    ],
    ids=["a start without a cost", "a rate below 0", "a method nobody knows"],
)
def test_an_edit_that_makes_no_sense_changes_nothing(desk, wanted, change):
    desk.seek(3)
    before = state(desk)
    with pytest.raises(ExperimentError):
        desk.edit(wanted, change)
    assert state(desk) == before
    assert not desk.undo()
    desk.step(1)
    assert rows(desk) == straight(PLANE, 8)


def test_an_edit_that_changes_nothing_leaves_the_run_and_what_undo_brings_back(desk):
    before = state(desk)
    desk.edit(msgspec.structs.replace(desk.run.experiment), None)
    assert state(desk) == before
    assert not desk.undo()


def test_a_closed_desk_has_stopped(desk_of):
    desk = desk_of(ENDLESS)
    desk.play()
    begun = time.monotonic()
    desk.close()
    assert time.monotonic() - begun < 10
    assert not desk.player.is_playing


# x standardized, and raw again


WITH_B = Experiment(has_bias=True)


def another_run_with_b(desk):
    """Go on with a run that has b before x is standardized, too."""
    desk.edit(WITH_B, None)
    desk.toggle_standardized()


@pytest.mark.parametrize(
    "come_back",
    [
        lambda desk: desk.change_run(),
        lambda desk: [desk.undo(), desk.undo()],
    ],
    ids=["tab", "u"],
)
@pytest.mark.parametrize(
    "act",
    [
        lambda desk: None,
        lambda desk: desk.reset(),
        lambda desk: desk.rescale(10),
        lambda desk: desk.set_rate(0.2),
        lambda desk: desk.edit(replace(desk.run.experiment, epochs=99), None),
        lambda desk: desk.edit(replace(desk.run.experiment, weights=(2,)), None),
    ],
    ids=["as it was", "reset", "rescaled", "nudged", "replanned", "begun again"],
)
def test_raw_again_a_run_has_b_only_if_it_had_one_itself(desk_of, act, come_back):
    desk = desk_of(Experiment())
    desk.toggle_standardized()
    act(desk)
    desk.pin()
    another_run_with_b(desk)
    come_back(desk)
    desk.toggle_standardized()
    assert desk.run.experiment.hypothesis == "W·x"


def test_standardized_by_an_edit_a_run_is_without_b_raw_again(desk_of):
    desk = desk_of(WITH_B)
    desk.edit(Experiment(), None)
    desk.edit(Experiment(dataset=desk.run.experiment.dataset.standardized()), None)
    desk.toggle_standardized()
    assert desk.run.experiment.hypothesis == "W·x"


def test_another_bench_does_not_take_the_hypothesis_of_the_one_before(desk_of):
    desk = desk_of(Experiment())
    desk.toggle_standardized()
    desk.replace(Run(replace(WITH_B, dataset=WITH_B.dataset.standardized()), BENCH), ())
    desk.toggle_standardized()
    assert desk.run.experiment == WITH_B
