"""The workspace: what every key does to the run."""

import time

import msgspec
import pytest
from problems import ending, named
from waiting import wait_for

from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.schedule import Schedule
from gdtui.lab.board import NAMES
from gdtui.lab.nice import next_nice, nudged
from gdtui.lab.run import Run
from gdtui.lab.workspace import MOST_UNDO, PACES, Workspace

PLANE = Experiment(dataset=named([(1, 2, 3, 5), (2, -1, 0, 1)], (3, 1, -2, 4)), has_bias=True, learning_rate=0.02)
ENDLESS = msgspec.structs.replace(PLANE, epochs=10**9)


@pytest.fixture
def workspace_of():
    """Makes workspaces, and closes them."""
    workspaces = []

    def make(experiment):
        workspaces.append(Workspace(experiment, BACKEND))
        return workspaces[-1]

    yield make
    for workspace in workspaces:
        workspace.close()


@pytest.fixture
def workspace(workspace_of):
    """A workspace with a run of ten epochs planned, seven updates taken."""
    workspace = workspace_of(PLANE)
    for _ in range(7):
        workspace.step(1)
    return workspace


def rows(workspace):
    return [workspace.run.history[index] for index in range(len(workspace.run.history))]


def straight(experiment, count):
    trainer = BACKEND.trainer(experiment)
    return [trainer.step() for _ in range(count)]


def state(workspace):
    """All that a refused change must leave alone."""
    return workspace.run, workspace.run.experiment, workspace.run.cursor, rows(workspace)


def replace(experiment, **fields):
    return msgspec.structs.replace(experiment, **fields)


# Moving


def test_one_step_is_taken_at_once(workspace_of):
    workspace = workspace_of(PLANE)
    workspace.step(1)
    assert workspace.run.cursor == 1
    assert not workspace.player.is_playing
    assert rows(workspace) == straight(PLANE, 2)


@pytest.mark.parametrize("count", [3, 500])
def test_many_steps_are_taken_to_the_last_within_the_plan_or_past_it(workspace, count):
    workspace.step(count)
    wait_for(lambda: not workspace.player.is_playing)
    assert workspace.run.cursor == 7 + count
    assert rows(workspace) == straight(PLANE, 8 + count)


def test_back_and_forward_stay_within_what_is_known(workspace):
    workspace.move(-3)
    assert workspace.run.cursor == 4
    workspace.move(2)
    assert workspace.run.cursor == 6
    workspace.move(100)
    assert (workspace.run.cursor, workspace.run.is_at_end) == (7, True)
    workspace.move(-100)
    assert (workspace.run.cursor, workspace.run.is_at_end) == (0, False)
    assert len(workspace.run.history) == 8


def test_a_step_after_looking_back_is_to_the_next_known_epoch(workspace):
    known = rows(workspace)
    workspace.seek(2)
    workspace.step(1)
    assert workspace.run.epoch == known[3]
    assert rows(workspace) == known


@pytest.mark.parametrize(
    "move",
    [lambda workspace: workspace.seek(5), lambda workspace: workspace.move(-1), lambda workspace: workspace.step(1)],
)
def test_looking_elsewhere_ends_the_play(workspace_of, move):
    workspace = workspace_of(ENDLESS)
    workspace.play()
    move(workspace)
    assert not workspace.player.is_playing


def test_play_goes_to_the_end_of_the_plan(workspace_of):
    workspace = workspace_of(PLANE)
    workspace.change_pace(99)
    workspace.play()
    wait_for(lambda: not workspace.player.is_playing)
    assert workspace.run.cursor == 10


# Pace


def test_the_pace_stays_between_the_slowest_and_as_fast_as_it_goes(workspace):
    workspace.change_pace(-99)
    assert workspace.epochs_a_second == PACES[0] == 1
    workspace.change_pace(1)
    assert workspace.epochs_a_second == 2
    workspace.change_pace(99)
    assert workspace.epochs_a_second is None
    assert not workspace.player.is_playing


def test_another_pace_holds_while_it_plays(workspace_of):
    workspace = workspace_of(replace(ENDLESS, learning_rate=1e-9))
    workspace.change_pace(-99)
    workspace.play()
    wait_for(lambda: workspace.run.cursor >= 1)
    workspace.change_pace(99)
    assert workspace.player.is_playing
    wait_for(lambda: workspace.run.cursor > 1000)


def test_another_pace_does_not_carry_counted_steps_past_their_end(workspace_of):
    workspace = workspace_of(replace(ENDLESS, epochs=20_000))
    workspace.step(15_000)
    workspace.change_pace(99)
    wait_for(lambda: not workspace.player.is_playing)
    assert workspace.run.cursor == 15_000


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
def test_several_nudges_at_once(workspace, direction, times, rate):
    assert nudged(workspace.run.settings.learning_rate, direction, times) == rate


def test_a_nudge_begins_from_the_rate_at_the_epoch_looked_at(workspace):
    workspace.seek(4)
    workspace.set_rate(0.05)
    assert nudged(workspace.run.settings.learning_rate, 1, 1) == 0.06
    workspace.seek(3)
    assert nudged(workspace.run.settings.learning_rate, 1, 1) == 0.025


def test_a_rate_holds_from_the_epoch_looked_at(workspace):
    before = rows(workspace)
    workspace.seek(4)
    workspace.set_rate(0.05)
    assert rows(workspace)[:4] == before[:4]
    assert (workspace.run.cursor, workspace.run.is_at_end) == (4, True)
    assert workspace.run.experiment == replace(PLANE, changes=(Change(5, 0.05),))
    workspace.step(1)
    assert rows(workspace) == straight(workspace.run.experiment, 6)
    assert rows(workspace)[5] != before[5]


def test_a_rate_set_while_it_plays_does_not_stop_it(workspace_of):
    workspace = workspace_of(ENDLESS)
    workspace.change_pace(99)
    workspace.play()
    wait_for(lambda: workspace.run.cursor > 5)
    workspace.set_rate(0.03)
    begun = workspace.run.cursor
    assert workspace.player.is_playing
    wait_for(lambda: workspace.run.cursor > begun + 5)
    workspace.pause()
    (change,) = workspace.run.experiment.changes
    assert change.learning_rate == 0.03
    assert rows(workspace) == straight(workspace.run.experiment, len(workspace.run.history))


@pytest.mark.parametrize("rate", [0, -0.1, float("nan"), float("inf"), 1e39])
def test_a_rate_that_makes_no_sense_changes_nothing(workspace, rate):
    workspace.seek(3)
    before = state(workspace)
    with pytest.raises(ExperimentError) as caught:
        workspace.set_rate(rate)
    assert caught.value.field == "then: lr"
    assert state(workspace) == before
    assert not workspace.undo()


def test_a_refused_rate_does_not_stop_the_play(workspace_of):
    workspace = workspace_of(ENDLESS)
    workspace.play()
    with pytest.raises(ExperimentError):
        workspace.set_rate(-1)
    assert workspace.player.is_playing


# Reset and undo


def test_reset_begins_the_same_experiment_without_what_changed_on_the_way(workspace):
    workspace.set_rate(0.05)
    workspace.step(1)
    workspace.reset()
    assert workspace.run.experiment == PLANE
    assert rows(workspace) == straight(PLANE, 1)


def test_undo_brings_back_the_run_with_all_its_epochs_and_its_place(workspace):
    workspace.seek(4)
    before = state(workspace)
    workspace.reset()
    assert workspace.undo()
    assert state(workspace) == before
    workspace.seek(7)
    workspace.step(1)
    assert rows(workspace) == straight(PLANE, 9)


def test_nudges_in_a_row_are_undone_as_one(workspace):
    workspace.seek(4)
    before = state(workspace)
    for rate in (0.025, 0.03, 0.04):
        workspace.set_rate(rate)
    assert workspace.run.experiment.changes == (Change(5, 0.04),)
    assert workspace.undo()
    assert state(workspace) == before
    assert not workspace.undo()


def test_nudges_before_and_after_a_play_are_undone_one_by_one(workspace):
    workspace.set_rate(0.03)
    workspace.change_pace(99)
    workspace.play()
    wait_for(lambda: not workspace.player.is_playing)
    before = state(workspace)
    workspace.set_rate(0.04)
    assert workspace.undo()
    assert state(workspace) == before


def test_a_nudge_after_an_undo_is_undone_by_itself(workspace):
    workspace.set_rate(0.03)
    workspace.undo()
    before = state(workspace)
    workspace.set_rate(0.04)
    assert workspace.undo()
    assert state(workspace) == before


def test_a_nudge_to_a_run_brought_back_is_undone_by_itself(workspace):
    workspace.set_rate(0.03)
    workspace.reset()
    workspace.undo()
    before = state(workspace)
    workspace.set_rate(0.04)
    assert workspace.undo()
    assert state(workspace) == before


def test_resets_and_edits_between_nudges_are_undone_one_by_one(workspace):
    states = [state(workspace)]
    for act in (
        lambda: workspace.set_rate(0.03),
        workspace.reset,
        lambda: workspace.set_rate(0.03),
        lambda: workspace.edit(replace(workspace.run.experiment, epochs=20), None),
        lambda: workspace.set_rate(0.04),
    ):
        act()
        states.append(state(workspace))
    for expected in reversed(states[:-1]):
        assert workspace.undo()
        assert state(workspace) == expected
    assert not workspace.undo()


def test_undo_goes_back_so_many_runs_and_no_further(workspace):
    runs = [workspace.run]
    for _ in range(MOST_UNDO + 3):
        workspace.reset()
        runs.append(workspace.run)
    undone = []
    while workspace.undo():
        undone.append(workspace.run)
    assert undone == runs[-2 : -2 - MOST_UNDO : -1]


@pytest.mark.parametrize("act", ["reset", "undo"])
def test_a_run_put_away_is_not_stepped_any_more(workspace_of, act):
    workspace = workspace_of(ENDLESS)
    workspace.reset()
    away = workspace.run
    workspace.change_pace(99)
    workspace.play()
    wait_for(lambda: away.cursor > 5)
    getattr(workspace, act)()
    assert not workspace.player.is_playing
    known = len(away.history)
    workspace.step(50)
    wait_for(lambda: not workspace.player.is_playing)
    assert workspace.run.cursor == 50
    assert len(away.history) == known


# The board


def pinned(workspace, count):
    """Pin so many runs, each begun anew, and go on with one more that is not on the board."""
    runs = []
    for _ in range(count):
        runs.append(workspace.run)
        workspace.pin()
        workspace.reset()
    return runs


def test_the_present_run_goes_to_the_board_when_another_takes_its_place(workspace):
    (first,) = pinned(workspace, 1)
    present = workspace.run
    assert workspace.change_run()
    assert workspace.run is first
    assert workspace.change_run()
    assert workspace.run is present


def test_a_run_that_finds_the_board_full_of_pinned_runs_comes_back_by_undo(workspace):
    runs = pinned(workspace, len(NAMES))
    workspace.step(2)
    before = state(workspace)
    assert workspace.change_run()
    assert workspace.run is runs[0]
    assert workspace.undo()
    assert state(workspace) == before
    assert [kept.run for kept in workspace.board.kept] == runs


def test_the_run_gone_to_does_not_make_room_for_the_one_before(workspace):
    workspace.reset()
    first = workspace.run
    workspace.step(3)
    workspace.seek(1)
    workspace.set_rate(0.03)
    runs = pinned(workspace, len(NAMES) - 1)
    before = state(workspace)
    assert [kept.run for kept in workspace.board.kept] == [first, *runs]
    assert workspace.change_run()
    assert workspace.run is first
    assert workspace.board.find(first)
    assert workspace.undo()
    assert state(workspace) == before


def branch(workspace):
    """Change lr in the past, and return the run that stays as a ghost."""
    workspace.step(2)
    workspace.move(-1)
    ghost = workspace.run
    workspace.set_rate(nudged(workspace.run.settings.learning_rate, 1, 1))
    return ghost


def test_the_ghost_left_first_goes_first_whatever_its_letter(workspace):
    ghosts = [branch(workspace) for _ in NAMES]
    assert [workspace.board.find(ghost).name for ghost in ghosts] == list(NAMES)
    seventh = branch(workspace)
    assert workspace.board.find(ghosts[0]) is None
    assert workspace.board.find(seventh).name == "A"
    branch(workspace)
    assert workspace.board.find(seventh), "A is the newest but one"
    assert workspace.board.find(ghosts[1]) is None
    assert [kept.name for kept in workspace.board.kept] == list(NAMES), "shown by their letters"


# Editing


@pytest.mark.parametrize("epochs", [3, 500])
def test_another_length_keeps_the_rows_and_the_place(workspace, epochs):
    before = rows(workspace)
    workspace.seek(5)
    workspace.edit(replace(PLANE, epochs=epochs), None)
    assert rows(workspace) == before
    assert workspace.run.cursor == 5
    assert workspace.run.is_over == (epochs == 3)
    workspace.undo()
    assert workspace.run.experiment == PLANE


def test_a_cost_to_stop_at_keeps_the_rows_and_stops_the_play(workspace):
    before = rows(workspace)
    wanted = before[-1].cost * 0.9
    workspace.edit(replace(PLANE, until_cost=wanted, epochs=10**6), None)
    assert rows(workspace) == before
    workspace.change_pace(99)
    workspace.play()
    wait_for(lambda: not workspace.player.is_playing)
    assert workspace.run.epoch.cost <= wanted < workspace.run.history[workspace.run.cursor - 1].cost


def test_settings_and_length_edited_together_hold_from_the_epoch_looked_at(workspace):
    before = rows(workspace)
    workspace.seek(4)
    wanted = replace(PLANE, epochs=50, learning_rate=0.05, method="autograd")
    workspace.edit(wanted, Change(5, 0.05, "autograd"))
    assert workspace.run.experiment == replace(PLANE, epochs=50, changes=(Change(5, 0.05, "autograd"),))
    assert rows(workspace)[:4] == before[:4]
    assert workspace.run.cursor == 4
    assert workspace.undo()
    assert rows(workspace) == before


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
def test_other_data_start_hypothesis_or_dtype_begin_a_new_run(workspace, fields):
    wanted = replace(PLANE, **fields)
    assert workspace.begins_again(wanted)
    before = state(workspace)
    workspace.edit(wanted, None)
    assert workspace.run.experiment == wanted
    assert rows(workspace) == straight(wanted, 1)
    assert workspace.undo()
    assert state(workspace) == before


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
def test_settings_and_length_do_not_begin_a_new_run(workspace, fields):
    assert not workspace.begins_again(replace(PLANE, **fields))


@pytest.mark.parametrize(
    ("wanted", "change"),
    [
        (replace(PLANE, weights=(1e30, 1e30)), None),
        (replace(PLANE, epochs=50), Change(4, -1.0)),
        (replace(PLANE, epochs=50), Change(4, method="magic")),
    ],
    ids=["a start without a cost", "a rate below 0", "a method nobody knows"],
)
def test_an_edit_that_makes_no_sense_changes_nothing(workspace, wanted, change):
    workspace.seek(3)
    before = state(workspace)
    with pytest.raises(ExperimentError):
        workspace.edit(wanted, change)
    assert state(workspace) == before
    assert not workspace.undo()
    workspace.step(1)
    assert rows(workspace) == straight(PLANE, 8)


def test_an_edit_that_changes_nothing_leaves_the_run_and_what_undo_brings_back(workspace):
    before = state(workspace)
    workspace.edit(msgspec.structs.replace(workspace.run.experiment), None)
    assert state(workspace) == before
    assert not workspace.undo()


def test_a_closed_desk_has_stopped(workspace_of):
    workspace = workspace_of(ENDLESS)
    workspace.play()
    begun = time.monotonic()
    workspace.close()
    assert time.monotonic() - begun < 10
    assert not workspace.player.is_playing


# x standardized, and raw again


WITH_B = Experiment(has_bias=True)


def another_run_with_b(workspace):
    """Go on with a run that has b before x is standardized, too."""
    workspace.edit(WITH_B, None)
    workspace.take(workspace.with_x_toggled())


@pytest.mark.parametrize(
    "come_back",
    [
        lambda workspace: workspace.change_run(),
        lambda workspace: [workspace.undo(), workspace.undo()],
    ],
    ids=["tab", "u"],
)
@pytest.mark.parametrize(
    "act",
    [
        lambda workspace: None,
        lambda workspace: workspace.reset(),
        lambda workspace: workspace.take(workspace.with_x_scaled(10)),
        lambda workspace: workspace.set_rate(0.2),
        lambda workspace: workspace.edit(replace(workspace.run.experiment, epochs=99), None),
        lambda workspace: workspace.edit(replace(workspace.run.experiment, weights=(2,)), None),
    ],
    ids=["as it was", "reset", "rescaled", "nudged", "replanned", "begun again"],
)
def test_raw_again_a_run_has_b_only_if_it_had_one_itself(workspace_of, act, come_back):
    workspace = workspace_of(Experiment())
    workspace.take(workspace.with_x_toggled())
    act(workspace)
    workspace.pin()
    another_run_with_b(workspace)
    come_back(workspace)
    workspace.take(workspace.with_x_toggled())
    assert workspace.run.experiment.hypothesis == "W·x"


def test_standardized_by_an_edit_a_run_is_without_b_raw_again(workspace_of):
    workspace = workspace_of(WITH_B)
    workspace.edit(Experiment(), None)
    workspace.edit(Experiment(dataset=workspace.run.experiment.dataset.standardized()), None)
    workspace.take(workspace.with_x_toggled())
    assert workspace.run.experiment.hypothesis == "W·x"


def test_another_bench_does_not_take_the_hypothesis_of_the_one_before(workspace_of):
    workspace = workspace_of(Experiment())
    workspace.take(workspace.with_x_toggled())
    workspace.replace(Run(replace(WITH_B, dataset=WITH_B.dataset.standardized()), BACKEND), ())
    workspace.take(workspace.with_x_toggled())
    assert workspace.run.experiment == WITH_B


@pytest.mark.parametrize(
    ("settings", "taken"),
    [
        ({}, 7),
        ({}, 14),
        ({"schedule": Schedule("cosine")}, 7),
        ({"until_cost": 0.1, "epochs": 100}, 2),
        ({"until_cost": 0.1, "epochs": 100}, 9),
        ({"until_change": 0.1, "epochs": 100}, 9),
        ({"changes": (Change(3, method="autograd"), Change(9, 0.05))}, 5),
    ],
    ids=str,
)
def test_the_epochs_taken_are_an_experiment_that_ends_where_they_do(workspace_of, settings, taken):
    workspace = workspace_of(Experiment(**settings))
    workspace.step(taken)
    last = ending(workspace.run.as_taken(taken))
    assert last == workspace.run.epoch
    assert last.number == taken + 1


@pytest.mark.parametrize(
    "settings",
    [{"until_cost": 0.1, "epochs": 100}, {"until_change": 0.1, "epochs": 100}, {"learning_rate": 1e10}],
    ids=str,
)
def test_a_run_that_ends_before_its_plan_is_the_planned_experiment(workspace_of, settings):
    workspace = workspace_of(Experiment(**settings))
    while not workspace.run.is_over:
        workspace.step(1)
    assert 0 < workspace.run.cursor < workspace.run.experiment.epochs
    assert workspace.run.as_taken(workspace.run.cursor) == workspace.run.experiment
