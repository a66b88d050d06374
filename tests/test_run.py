"""The run and its cursor, the history behind it, the player that steps it, and what there is to see of it."""

import time
import tracemalloc

import msgspec
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from problems import named
from waiting import wait_for

from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError
from gdtui.experiment.backend import Course
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import typed
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.lab import history as history_of_lab
from gdtui.lab.frame import WINDOW, look
from gdtui.lab.history import History
from gdtui.lab.player import Player
from gdtui.lab.run import Run

DIVERGING = Experiment(learning_rate=0.2, epochs=1000)
"""Its cost leaves float32 at epoch 75."""
PLANE = Experiment(dataset=named([(1, 2, 3, 5), (2, -1, 0, 1)], (3, 1, -2, 4)), has_bias=True, learning_rate=0.02)


class Counting:
    """A workspace that notes which epochs its trainers compute."""

    def __init__(self):
        self.computed = []
        self.backend = msgspec.structs.replace(BACKEND, trainer=self._trainer)

    def _trainer(self, experiment):
        trainer = BACKEND.trainer(experiment)
        computed = self.computed

        class Noting:
            restore = trainer.restore

            def step(self):
                epoch = trainer.step()
                computed.append(epoch.number)
                return epoch

        return Noting()


def rows(run):
    return [run.history[index] for index in range(len(run.history))]


def straight(experiment, count):
    """The first epochs of an experiment, with no run around them."""
    trainer = BACKEND.trainer(experiment)
    return [trainer.step() for _ in range(count)]


def gone(experiment, count):
    run = Run(experiment, BACKEND)
    for _ in range(count):
        run.step()
    return run


# Going on and looking back


def test_a_run_begins_with_all_numbers_of_its_first_epoch_and_no_update_taken():
    run = Run(PLANE, BACKEND)
    assert run.cursor == 0
    assert run.epoch == straight(PLANE, 1)[0]
    assert run.is_at_end
    assert not run.is_over


def test_steps_give_the_epochs_of_the_experiment():
    run = gone(PLANE, 12)
    assert run.epoch.number == 13
    assert rows(run) == straight(PLANE, 13)


def test_known_epochs_are_gone_through_before_new_ones_are_computed():
    counting = Counting()
    run = Run(PLANE, counting.backend)
    for _ in range(5):
        run.step()
    run.seek(2)
    run.step()
    assert run.epoch.number == 4
    for _ in range(2):
        run.step()
    assert counting.computed == [1, 2, 3, 4, 5, 6]
    run.step()
    assert counting.computed == [1, 2, 3, 4, 5, 6, 7]
    assert rows(run) == straight(PLANE, 7)


@pytest.mark.parametrize(("index", "found"), [(-5, 0), (0, 0), (3, 3), (6, 6), (7, 6), (10**12, 6)])
def test_seeking_stays_within_what_is_known(index, found):
    run = gone(PLANE, 6)
    run.seek(index)
    assert run.cursor == found
    assert run.epoch.number == found + 1
    assert len(run.history) == 7


def test_a_run_is_over_when_all_updates_are_taken_and_can_still_go_on():
    run = gone(Experiment(), 9)
    assert not run.is_over
    run.step()
    assert run.is_over
    assert run.epoch.number == 11
    assert run.step()
    assert run.epoch.number == 12
    run.seek(3)
    assert not run.is_over


def test_a_run_is_over_at_the_cost_asked_for():
    # The lecture's cost falls to 0.16 of itself: 4.67, 0.75, 0.12, 0.019.
    run = Run(Experiment(until_cost=0.12), BACKEND)
    ends = []
    for _ in range(4):
        ends.append(run.is_over)
        run.step()
    assert ends == [False, False, True, True]


def test_a_cost_met_exactly_is_low_enough():
    cost = straight(Experiment(), 3)[2].cost
    experiment = Experiment(until_cost=cost)
    assert len(list(Course(experiment, BACKEND.trainer(experiment)))) == 3
    assert gone(experiment, 2).is_over


def test_all_epochs_are_the_plan_and_the_state_after_it():
    assert [epoch.number for epoch in Course(PLANE, BACKEND.trainer(PLANE))] == list(range(1, 12))


# Divergence


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_divergence_ends_the_run_at_the_last_finite_epoch(dtype):
    run = Run(msgspec.structs.replace(DIVERGING, dtype=dtype), BACKEND)
    while run.step():
        pass
    last = {"float32": 74, "float64": 602}[dtype]
    assert run.diverged_at == last + 1
    assert len(run.history) == last
    assert run.epoch.number == last
    assert all(epoch.is_finite for epoch in rows(run))
    assert run.state_at(last - 1) == "diverged"
    assert run.state_at(last - 2) == "going"
    assert run.why_diverged() == f"diverged at epoch {last + 1}: lr 0.2 is 1.40 × the limit 0.142857"
    assert run.is_over


def test_a_diverged_run_stays_where_it_is_and_can_be_looked_through():
    run = gone(DIVERGING, 200)
    assert not run.step()
    assert run.cursor == 73
    run.seek(10)
    assert not run.is_over
    assert run.step()
    assert run.cursor == 11


def test_the_verdict_names_the_rate_that_led_to_the_end():
    run = gone(msgspec.structs.replace(DIVERGING, learning_rate=0.1, changes=(Change(5, 0.4),)), 200)
    assert run.why_diverged() == f"diverged at epoch {run.diverged_at}: lr 0.4 is 2.80 × the limit 0.142857"


@pytest.mark.parametrize("field", ["cost", "gradient"])
def test_a_start_without_a_finite_cost_or_gradient_is_refused(field):
    experiment = {
        "cost": Experiment(weights=(1e20,)),
        "gradient": Experiment(dataset=typed((1e25, 2e25, 3e25), (1e15, 2e15, 3e15))),
    }[field]
    with pytest.raises(ExperimentError, match="too large for float32") as caught:
        Run(experiment, BACKEND)
    assert caught.value.field == "w0"


# Changes from a past epoch on


def test_a_change_at_a_past_epoch_keeps_what_came_before_and_gives_up_what_came_after():
    run = gone(PLANE, 9)
    run.seek(4)
    changed = run.changed(Change(5, 0.05))
    assert changed.cursor == 4
    assert len(changed.history) == 5
    assert rows(changed)[:4] == rows(run)[:4]
    assert (changed.epoch.parameters, changed.epoch.cost) == (run.epoch.parameters, run.epoch.cost)
    assert changed.epoch.update != run.epoch.update
    assert changed.settings.learning_rate == 0.05
    for _ in range(6):
        changed.step()
    assert rows(changed) == straight(msgspec.structs.replace(PLANE, changes=(Change(5, 0.05),)), 11)
    assert rows(run) == straight(PLANE, 10)


@examples(40)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from([0.01, 0.03, 0.05]), st.sampled_from(["hand", "autograd"])),
        min_size=1,
        max_size=5,
    )
)
def test_a_run_changed_on_the_way_is_the_run_of_its_own_experiment(steps):
    run = gone(PLANE, 8)
    for index, rate, method in steps:
        run.seek(index)
        run = run.changed(Change(run.cursor + 1, rate, method))
        for _ in range(3):
            run.step()
    assert rows(run) == straight(run.experiment, len(run.history))


def test_a_change_at_the_first_epoch_is_another_plan_from_the_start():
    run = gone(PLANE, 4)
    run.seek(0)
    changed = run.changed(Change(1, 0.05))
    assert changed.experiment == msgspec.structs.replace(PLANE, learning_rate=0.05)
    assert changed.epoch == straight(changed.experiment, 1)[0]


def test_a_change_to_a_run_that_diverged_can_save_it():
    run = gone(DIVERGING, 200)
    run.seek(20)
    saved = run.changed(Change(21, 0.1))
    assert saved.diverged_at is None
    for _ in range(100):
        assert saved.step()
    assert saved.state_at(saved.cursor) == "converged"


def test_another_length_keeps_every_row_and_the_place():
    run = gone(PLANE, 9)
    run.seek(4)
    longer = run.replanned(msgspec.structs.replace(PLANE, epochs=500, until_cost=0.25))
    assert rows(longer) == rows(run)
    assert longer.cursor == 4
    assert longer.experiment.epochs == 500
    longer.seek(9)
    longer.step()
    assert rows(longer) == straight(PLANE, 11)


def test_another_length_does_not_forget_that_the_run_diverged():
    run = gone(DIVERGING, 200)
    longer = run.replanned(msgspec.structs.replace(DIVERGING, epochs=2000))
    assert rows(longer) == rows(run)
    assert longer.state_at(longer.cursor) == "diverged"
    assert longer.why_diverged() == run.why_diverged()
    assert longer.is_over


# History


def numbered(number, parameters=1):
    """An epoch whose every number is another."""
    start = number * 100.0
    parts = [tuple(start + 10 * part + index for index in range(parameters)) for part in range(4)]
    return Epoch(number, parts[0], start + 90, *parts[1:])


@pytest.mark.parametrize("parameters", [1, 2, 5])
def test_a_history_gives_back_every_number(parameters):
    history = History(parameters)
    given_in = [numbered(number, parameters) for number in range(1, 8)]
    for epoch in given_in:
        history.append(epoch)
    assert len(history) == 7
    assert [history[index] for index in range(7)] == given_in
    assert list(history.costs(2, 5)) == [epoch.cost for epoch in given_in[2:5]]
    for parameter in range(parameters):
        assert list(history.values(parameter, 1, 7)) == [epoch.parameters[parameter] for epoch in given_in[1:]]


@pytest.mark.parametrize("index", [-2, -1, 3])
def test_a_history_has_no_row_outside_itself(index):
    history = History(1)
    for number in (1, 2, 3):
        history.append(numbered(number))
    with pytest.raises(IndexError):
        history[index]


@pytest.mark.parametrize("length", [0, 1, 3, 4, 7, 8, 9, 12, 13])
@pytest.mark.parametrize("memory", [0, 2])
def test_histories_of_many_pieces_share_what_they_have_in_common_and_nothing_more(
    monkeypatch: pytest.MonkeyPatch, length: int, memory: int
):
    monkeypatch.setattr(history_of_lab, "ROWS", 4)
    history = History(1)
    for number in range(1, 14):
        history.append(numbered(number))
    twin = history.copy(length, memory)
    assert len(twin) == length
    for number in range(101, 110):
        twin.append(numbered(number))
    history.append(numbered(50))
    assert [history[index].cost for index in range(14)] == [90.0 + 100 * n for n in (*range(1, 14), 50)]
    ours = [*range(1, length + 1), *range(101, 110)]
    assert [twin[index].parameters for index in range(length + 9)] == [(100.0 * n,) for n in ours]
    for first, last in ((0, len(ours)), (3, 9), (4, 8), (5, 5), (2, 99)):
        assert list(twin.costs(first, last)) == [90.0 + 100 * n for n in ours[first:last]]
        assert list(twin.values(0, first, last)) == [100.0 * n for n in ours[first:last]]


def test_a_copy_of_a_long_history_takes_no_room_of_its_own():
    history = History(1)
    for number in range(1, 100_001):
        history.append(numbered(number))
    tracemalloc.start()
    try:
        twin = history.copy(99_999)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(twin) == 99_999
    assert held < 200_000


def test_a_copy_goes_its_own_way():
    history = History(2)
    for number in (1, 2, 3):
        history.append(numbered(number, 2))
    twin = history.copy(2)
    twin.append(numbered(9, 2))
    history.append(numbered(4, 2))
    assert [history[index].cost for index in range(4)] == [190, 290, 390, 490]
    assert [twin[index].cost for index in range(3)] == [190, 290, 990]


def test_numbers_handed_out_do_not_hinder_the_next_row():
    history = History(1)
    history.append(numbered(1))
    costs, weights = history.costs(0, 1), history.values(0, 0, 1)
    history.append(numbered(2))
    assert (list(costs), list(weights)) == ([190], [100])


@pytest.mark.slow
def test_a_million_epochs_take_50_bytes_each():
    # 40 bytes are the five doubles; the rest is room for the array to grow into.
    history = History(1)
    tracemalloc.start()
    try:
        for number in range(1, 1_000_001):
            weight = number / 3
            history.append(Epoch(number, (weight,), weight, (weight,), (weight,), (weight,)))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(history) == 1_000_000
    assert held / 1_000_000 < 50
    assert history[999_999].cost == 1_000_000 / 3


# Player


@pytest.fixture
def play():
    """Makes players, and closes them."""
    players = []

    def make(run):
        players.append(Player(run))
        return players[-1]

    yield make
    for player in players:
        player.close()


def test_as_fast_as_it_goes_the_player_ends_with_the_plan(play):
    experiment = msgspec.structs.replace(PLANE, epochs=3000)
    run = Run(experiment, BACKEND)
    player = play(run)
    player.play(None)
    wait_for(lambda: not player.is_playing)
    assert run.cursor == 3000
    assert run.is_over
    assert rows(run) == straight(experiment, 3001)


@pytest.mark.parametrize("until", [None, 500])
def test_the_player_stops_where_the_run_diverges(play, until):
    run = Run(DIVERGING, BACKEND)
    player = play(run)
    for _ in range(2):
        player.play(None, until=until)
        wait_for(lambda: not player.is_playing)
        assert (run.diverged_at, run.cursor) == (75, 73)


@pytest.mark.parametrize("until", [7, 25])
def test_the_player_goes_to_an_index_within_the_plan_or_past_it(play, until):
    run = Run(PLANE, BACKEND)
    player = play(run)
    player.play(None, until=until)
    wait_for(lambda: not player.is_playing)
    assert run.cursor == until


def test_the_player_keeps_its_pace(play):
    run = Run(msgspec.structs.replace(PLANE, epochs=6), BACKEND)
    player = play(run)
    begun = time.monotonic()
    player.play(50)
    wait_for(lambda: not player.is_playing)
    assert time.monotonic() - begun >= 5 / 50
    assert run.cursor == 6


def test_at_a_slow_pace_a_pause_does_not_wait_for_the_next_epoch(play):
    run = Run(PLANE, BACKEND)
    player = play(run)
    player.play(1 / 60)
    wait_for(lambda: run.cursor == 1)
    begun = time.monotonic()
    player.pause()
    assert time.monotonic() - begun < 30
    assert run.cursor == 1
    assert not player.is_playing


def test_after_a_pause_nothing_is_stepped_until_it_plays_again(play):
    run = Run(msgspec.structs.replace(PLANE, epochs=10**9), BACKEND)
    player = play(run)
    player.play(None)
    wait_for(lambda: run.cursor > 20)
    assert player.is_playing
    player.pause()
    assert not player.is_playing
    known = len(run.history)
    assert run.cursor == known - 1
    run.step()
    assert len(run.history) == known + 1
    player.play(None)
    wait_for(lambda: len(run.history) > known + 20)
    player.pause()
    assert rows(run)[: known + 20] == straight(PLANE, known + 20)


def test_the_player_stops_at_the_cost_asked_for(play):
    run = Run(Experiment(until_cost=0.001, epochs=10**6), BACKEND)
    player = play(run)
    player.play(None)
    wait_for(lambda: not player.is_playing)
    assert run.epoch.cost <= 0.001 < run.history[run.cursor - 1].cost


def test_the_player_goes_through_known_epochs_up_to_the_end_of_the_plan(play):
    counting = Counting()
    run = Run(PLANE, counting.backend)
    for _ in range(14):
        run.step()
    run.seek(2)
    player = play(run)
    player.play(None)
    wait_for(lambda: not player.is_playing)
    assert run.cursor == 10
    assert counting.computed == list(range(1, 16))


def test_a_row_read_while_it_plays_is_whole(play):
    run = Run(msgspec.structs.replace(PLANE, epochs=20_000), BACKEND)
    player = play(run)
    player.play(None)
    seen = []
    wait_for(lambda: seen.append(run.history[len(run.history) - 1]) or len(run.history) > 2000)
    player.pause()
    assert seen == [run.history[epoch.number - 1] for epoch in seen]


def test_what_ends_the_thread_is_raised_once_where_it_is_asked_for(play):
    class Failing:
        def step(self):
            self.number = getattr(self, "number", 0) + 1
            if self.number == 5:
                raise MemoryError("no room")
            return numbered(self.number)

    run = Run(Experiment(), msgspec.structs.replace(BACKEND, trainer=lambda _: Failing()))
    player = play(run)
    player.play(None, until=9)
    raised = []

    def has_raised():
        try:
            player.is_playing  # noqa: B018  # asking is what raises
        except MemoryError as error:
            raised.append(error)
        return raised

    wait_for(has_raised)
    assert not player.is_playing
    assert run.cursor == 3


# What there is to see


def test_a_moment_has_the_epoch_looked_at_and_those_around_it():
    run = gone(PLANE, 300)
    run.seek(150)
    frame = look(run)
    assert frame.epoch == run.history[150]
    assert [epoch.number for epoch in frame.around] == list(range(151 - WINDOW, 152 + WINDOW))
    assert frame.known == 301
    run.seek(300)
    assert [epoch.number for epoch in look(run).around] == list(range(301 - WINDOW, 302))
    run.seek(0)
    assert [epoch.number for epoch in look(run).around] == list(range(1, 2 + WINDOW))


def test_a_moment_tells_the_settings_of_its_own_epoch():
    run = gone(msgspec.structs.replace(PLANE, changes=(Change(6, 0.05, "autograd"),)), 8)
    run.seek(4)
    before = look(run)
    run.step()
    after = look(run)
    assert (before.settings.learning_rate, before.settings.convention) == (0.02, "sum")
    assert (after.settings.learning_rate, after.settings.convention) == (0.05, "mse")
    assert after.step_size.limit == pytest.approx(2 * before.step_size.limit)  # 4 rows: 2/m is a half


@pytest.mark.parametrize(
    ("experiment", "steps", "state", "verdict"),
    [
        (Experiment(), 1, "going", "W overshoots: distance × −0.40 per epoch"),
        (Experiment(), 10, "converged", "converged; W overshoots: distance × −0.40 per epoch"),
        (DIVERGING, 10, "going", "W diverges: distance × −1.80 per epoch"),
        (DIVERGING, 100, "diverged", "diverged at epoch 75: lr 0.2 is 1.40 × the limit 0.142857"),
        (Experiment(dataset=typed((0, 0), (1, 2))), 3, "converged", "flat: the cost does not change with W"),
    ],
    ids=["going", "converged", "diverging", "diverged", "flat"],
)
def test_a_moment_has_the_verdict(experiment, steps, state, verdict):
    frame = look(gone(experiment, steps))
    assert (frame.state, frame.verdict) == (state, verdict)


def test_the_end_of_a_diverged_run_is_the_only_epoch_called_so():
    run = gone(DIVERGING, 100)
    run.seek(72)
    assert look(run).verdict == "W diverges: distance × −1.80 per epoch"
    assert not look(run).is_over


class SteppedMeanwhile(Run):
    """A run that is an epoch further whenever somebody looks where it is."""

    @property
    def cursor(self):
        self._at = min(self._at + 1, len(self.history) - 1)
        return self._at

    @cursor.setter
    def cursor(self, index):
        self._at = index


@pytest.mark.slow
def test_all_of_a_moment_is_of_one_epoch_though_a_player_steps_the_run():
    experiment = Experiment(method="optim", optimizer=Optimizer("adam"), epochs=4)
    still = gone(experiment, 8)
    stepped = SteppedMeanwhile(experiment, BACKEND, still.history.copy(8, experiment.memory))
    for index in range(6):
        stepped.seek(index)
        frame = look(stepped)
        still.seek(frame.epoch.number - 1)
        assert frame == look(still)
