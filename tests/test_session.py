"""A lesson under way: what it asks, what it takes, and that nothing moves on by itself."""

import subprocess
import sys

import msgspec
import pytest
from fake_backend import FAKE
from lessons import BLIND, LESSON, read, swapped, typed
from lessons import at as at_shipped
from problems import ending

from gdtui.descent.backend import BACKEND
from gdtui.errors import InputError, UserError
from gdtui.experiment.expressions import filled
from gdtui.experiment.settings import BY_NAME
from gdtui.teaching.check import check
from gdtui.teaching.events import (
    Answer,
    GoOn,
    Hint,
    Pin,
    Play,
    ResetRun,
    Script,
    Set,
    StepEpochs,
    Try,
    parse_action,
    read_event,
)
from gdtui.teaching.session import Session
from gdtui.teaching.settings import NAMES, experiment_with
from gdtui.ui.lesson.page import ROOM


def session(text: str = LESSON) -> Session:
    return Session(read(text), BACKEND)


def at(page: str, text: str = LESSON) -> Session:
    """A session that has come to a page with right answers and model answers."""
    found = session(text)
    while found.step.name != page:
        finish(found)
        assert found.take(GoOn()).is_accepted
    return found


def finish(under_way: Session) -> None:
    under_way.finish_page()


def test_a_page_shows_its_numbers():
    view = session().view()
    assert view.text == "W is 0, the limit 0.142857."
    assert (view.page, view.pages, view.is_done) == (1, 4, True)


def test_a_question_is_answered_before_the_step_is_taken():
    here = at("ask")
    assert here.view().prompt == "Where will W be after the next epoch?"
    refused = here.take(StepEpochs(count=1))
    assert not refused.is_accepted
    assert not here.take(GoOn()).is_accepted
    assert here.run.cursor == 0
    outcome = here.take(Answer("0,7"))
    assert outcome.is_right
    assert here.run.cursor == 1
    view = here.view()
    assert (view.page, view.reveal) == (2, "W is now 0.7.")  # still on the page


def test_wrong_answers_get_a_hint_then_the_worked_line_and_nothing_moves():
    here = at("ask")
    first = here.take(Answer("-0.7"))
    assert first.misconceptions == ("sign", "y-minus-H")
    assert (here.run.cursor, here.view().is_done) == (0, False)
    second = here.take(Answer("14"))
    assert second.misconceptions == ("no-lr",)
    assert second.says[-1].endswith("= 0.7")
    assert (here.run.cursor, here.view().is_done, here.view().page) == (1, True, 2)
    assert not here.take(Answer("0.7")).is_accepted


def test_what_is_no_answer_is_not_a_wrong_one():
    here = at("ask")
    for _ in range(3):
        assert "not a number" in here.take(Answer("zero")).says[0]
    assert here.page.wrong == 0
    assert here.take(Answer("0.7")).is_right


def test_a_choice_is_judged_by_the_run():
    here = at("choose")
    assert here.view().choices == ("left", "right")
    wrong = here.take(Answer("right"))
    assert (wrong.is_right, "No: 0.7." in wrong.says) == (False, True)
    assert here.take(Answer("1")).is_right


def test_a_typed_step_does_not_lead_out_of_a_goal_that_is_reached():
    here = at("goal")
    for line in ("lr = 0.07", "step 2"):
        here.take(read_event(line, here.view()))
    with pytest.raises(UserError, match=r"^The goal is reached: again starts over, enter continues\.$"):
        read_event("step 10", here.view())
    here.take(read_event("again", here.view()))
    assert read_event("step 10", here.view()) == StepEpochs(count=10)


def test_hints_come_one_at_a_time():
    here = at("ask")
    assert here.take(Hint()).says == ("Look at the sign.",)
    assert here.view().hints_left == 1
    assert here.take(Hint()).says == ("It is 0.7.",)
    assert here.take(Hint()).says == ("there are no more hints",)
    here.take(Answer("0.7"))
    assert here.view().hints == ("Look at the sign.", "It is 0.7.")  # not of the epoch that the answer let be taken


def test_a_goal_is_reached_by_deeds_and_scored():
    here = at("goal")
    assert here.run.epoch.parameters == (3.0,)
    assert [check.is_met for check in here.view().checks] == [False, True]
    assert here.take(Set(name="lr", value="1/14")).is_accepted
    outcome = here.take(StepEpochs(count=1))
    assert (outcome.is_done, outcome.score) == (True, 1)
    assert here.take(GoOn()).is_accepted
    assert here.view().is_over
    assert not here.take(GoOn()).is_accepted


def test_a_challenge_can_be_taken_again_for_a_better_score():
    here = at("goal")
    here.take(Set(name="lr", value="0.07"))
    first = here.take(StepEpochs(count=2))
    assert (first.score, first.says) == (2, ("Goal reached.", "Your best here: 2 epochs."))
    assert here.take(StepEpochs(count=1)).score is None, "no better"
    here.take(ResetRun())
    here.take(Set(name="lr", value="1/14"))
    better = here.take(StepEpochs(count=1))
    assert (better.score, better.says) == (1, ("Your best here: 1 epoch.",))
    assert here.view().points == 3, "the goal counts once"


def test_too_many_epochs_do_not_reach_it_and_one_can_begin_again():
    here = at("goal")
    here.take(StepEpochs(count=5))
    here.take(Set(name="lr", value="0.07"))
    assert not here.take(StepEpochs(count=2)).is_done
    here.take(ResetRun())
    assert (here.run.cursor, here.run.settings.learning_rate) == (0, 0.07)
    assert here.take(StepEpochs(count=2)).is_done


@pytest.mark.parametrize("begin", [ResetRun(), Set(name="dtype", value="float64")])
def test_beginning_again_keeps_what_was_set_on_the_way_from_the_start_on(begin):
    """Otherwise `the same lr from the start` would fail again and again after an lr that was set too late."""
    here = at("goal", swapped('"cost < 0.001", "updates <= 3"', '"cost < 0.001", "changes == 0"'))
    for action in (StepEpochs(count=1), Set(name="lr", value="0.07"), Set(name="method", value="autograd")):
        here.take(action)
    assert not here.take(StepEpochs(count=9)).is_done
    outcome = here.take(begin)
    settings = here.run.settings
    assert (settings.learning_rate, settings.method, settings.convention) == (0.07, "autograd", "mse")
    assert (here.run.cursor, here.run.experiment.changes) == (0, ())
    assert here.take(StepEpochs(count=20)).is_done
    if begin == ResetRun():
        assert outcome.says == ("Started over with lr 0.07.",)


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (Set(name="w0", value="1"), "w0 is locked on this page"),
        (Set(name="lr", value="-1"), "greater than 0"),
        (Set(name="lr", value="fast"), "not a number"),
        (Set(name="speed", value="1"), "no such setting"),
        (StepEpochs(count=0), "from 1 to"),
        (StepEpochs(count=10**9), "from 1 to"),
        (Try(value=1.0), "blind"),
        (Play(rate=0.1), "blind"),
        (Set(name="x", value="1,2"), "2 numbers"),
    ],
)
def test_a_deed_that_cannot_be_done_changes_nothing(action, why):
    here = at("goal")
    before = (here.view(), here.run.experiment)
    outcome = here.take(action)
    assert not outcome.is_accepted
    assert why in outcome.says[0]
    assert (here.view(), here.run.experiment) == before


@pytest.mark.parametrize("name", ["data", "x", "y"])
def test_locked_data_is_locked_by_every_name(name):
    here = at("goal", swapped('locked = ["w0"]', 'locked = ["data"]'))
    assert here.take(Set(name=name, value="1 2; 2 4; 3 6")).says == (f"{name} is locked on this page",)


@pytest.mark.slow
def test_epochs_of_a_page_are_bounded():
    here = at("goal")
    taken = [here.take(StepEpochs(count=10_000)).is_accepted for _ in range(6)]
    assert taken == [True] * 5 + [False]


def test_a_run_that_diverges_stays_and_can_begin_again():
    here = at("goal")
    here.take(Set(name="lr", value="0.5"))
    outcome = here.take(StepEpochs(count=1000))
    assert outcome.is_accepted
    assert here.run.state_at(here.run.cursor) == "diverged"
    assert here.take(ResetRun()).is_accepted
    assert here.run.cursor == 0


COMPARE = (
    LESSON[: LESSON.index('[[step]]\nname = "goal"')]
    + """
[[step]]
name = "compare"
text = "Compare two."
experiment = { lr = 0.02 }
[step.goal]
check = ["compared_fairly", "script_run"]
answer = ["step 3", "pin", "again", "lr = 0.05", "step 3", "pin", "script 4.66661"]
"""
)


def test_two_runs_are_compared_fairly_when_they_differ_in_one_thing():
    here = at("compare", COMPARE)
    finish(here)
    assert here.view().is_done
    unfair = at("compare", COMPARE)
    for action in (StepEpochs(count=3), Pin(), ResetRun(), Set(name="lr", value="0.05"), StepEpochs(count=4), Pin()):
        assert unfair.take(action).is_accepted
    assert unfair.view().compared[-1] == "not a fair test: take the same number of epochs in each run"
    assert not unfair.view().checks[0].is_met


def test_where_two_of_three_runs_are_a_fair_test_the_words_are_about_those_two():
    here = at("compare", COMPARE)
    for action in (
        StepEpochs(),
        Pin(),
        ResetRun(),
        StepEpochs(count=2),
        Pin(),
        ResetRun(),
        Set(name="lr", value="0.1"),
        StepEpochs(count=2),
    ):
        assert here.take(action).is_accepted
    assert not here.view().checks[0].is_met
    here.take(Pin())
    assert here.view().checks[0].is_met
    assert here.view().compared[-1] == "B and C: only lr differs: a fair test"


def test_a_setting_changed_on_the_way_is_not_compared_fairly():
    here = at("compare", COMPARE)
    actions = (
        StepEpochs(count=3),
        Pin(),
        ResetRun(),
        StepEpochs(count=1),
        Set(name="lr", value="0.05"),
        StepEpochs(count=2),
        Pin(),
    )
    for action in actions:
        assert here.take(action).is_accepted
    assert here.view().compared[-1] == "B did not change lr until epoch 2: not a fair test"
    assert not here.view().checks[0].is_met


def test_a_method_changed_on_the_way_is_called_so():
    here = at("compare", COMPARE)
    one, other = (Set(name="method", value=method) for method in ("autograd", "optim"))
    for action in (one, StepEpochs(count=3), Pin(), ResetRun(), StepEpochs(count=1), other, StepEpochs(count=2), Pin()):
        assert here.take(action).is_accepted
    assert "B did not change gradient by until epoch 2" in here.view().compared[-1]


def test_the_comparison_is_that_of_the_board():
    here = at("compare", COMPARE)
    here.take(StepEpochs(count=3))
    here.take(Pin())
    assert here.view().compared == ("A  lr 0.02, 3 updates: cost 0.650132",)
    here.take(Pin())
    assert here.view().compared == (), "a second time takes it down, as in the lab"
    other = (Set(name="lr", value="0.05"), Set(name="dtype", value="float64"))
    for action in (Pin(), ResetRun(), *other, StepEpochs(count=3), Pin()):
        assert here.take(action).is_accepted
    assert here.view().compared[-1] == "lr and float type differ: not a fair test"
    assert not here.view().checks[0].is_met
    for _ in range(8):
        here.take(ResetRun())
        assert here.take(Pin()).is_accepted, "a board that is full makes room"


@pytest.mark.slow
def test_the_check_number_is_that_of_the_script_of_the_run():
    here = at("compare", COMPARE)
    refused = here.take(Script(printed=1.0))
    assert not refused.is_accepted
    assert "prints a different check number" in refused.says[0]
    assert "4." not in refused.says[0], "the right one is not told"
    here.take(Set(name="lr", value="0.5"))
    here.take(Set(name="epochs", value="500"))
    assert "diverges" in here.take(Script(printed=1.0)).says[0]
    here.take(Set(name="lr", value="0.05"))
    here.take(Set(name="epochs", value="10"))
    script = [sys.executable, "-c", BACKEND.script(here.run.experiment, ending(here.run.experiment))]
    printed = subprocess.run(script, capture_output=True, check=True, text=True).stderr
    assert here.take(parse_action(f"script {printed.removeprefix('Check number: ')}")).is_accepted
    assert here.view().checks[1].is_met


def test_own_data_are_rows_that_a_learner_types():
    text = (
        LESSON[: LESSON.index('[[step]]\nname = "goal"')]
        + """
[[step]]
name = "own"
text = "Your rows."
[step.goal]
check = ["own_data", "rows >= 3", "columns == 2"]
answer = ["data = 1 1 2; 2 1 3; 3 2 5"]
"""
    )
    here = at("own", text)
    finish(here)
    assert here.view().is_done
    assert here.run.experiment.dataset.rows == 3


def test_digits_follow_the_size_of_a_learners_own_numbers():
    text = (
        LESSON[: LESSON.index('[[step]]\nname = "goal"')]
        + """
[[step]]
name = "small"
text = "Large x."
experiment = { x = [1000, 2000, 3000] }
[step.ask]
kind = "limit"
digits = 3
"""
    )
    here = at("small", text)
    assert here.view().digits == "9 decimals"
    assert not here.take(Answer("0.000000144")).is_right
    assert here.take(Answer("1/7e6")).is_right


def test_a_blind_hunt_shows_cost_and_slope_then_gdtui_plays_the_same_start():
    here = session(BLIND)
    assert not here.take(StepEpochs(count=1)).is_accepted
    assert not here.take(Play(rate=0.1)).is_accepted
    for weight in (2.0, 1.0):
        here.take(Try(value=weight))
    hunt = here.view().exhibit
    assert [look.weight for look in hunt.tries] == [4, 2, 1]
    assert [look.slope for look in hunt.tries] == pytest.approx([28, 28 / 3, 0], abs=1e-6)
    assert hunt.tries[1].cost == pytest.approx(14 / 3)
    outcome = here.take(Play(rate=0.1))
    assert (outcome.is_done, outcome.score) == (True, 3)
    # As many epochs as the run has planned: whoever guesses at once does not make gdtui look bad.
    played = [look.weight for look in here.view().exhibit.played]
    assert played[:3] == pytest.approx([4, -0.2, 1.48], abs=1e-5)
    assert len(played) == 11


def test_the_lr_that_was_played_is_the_one_that_is_shown_whatever_is_typed_next():
    here = session(BLIND)
    for action in (Try(value=1), Play(rate=0.02), Try(value=1.1)):
        assert here.take(action).is_accepted
    assert here.view().exhibit.found.startswith("gdtui, 10 epochs, lr 0.02:")
    assert filled("{lr}", here.page.scope()) == "0.02"


def test_gdtui_hunts_only_once_the_learner_has_found_it():
    here = session(BLIND)
    for _ in range(2):
        refused = here.take(Play(rate=0.1))
        assert (refused.is_accepted, refused.says) == (
            False,
            ("bring the cost down yourself first, then let gdtui play",),
        )
        here.take(Try(value=0))
    here.take(Try(value=1))
    assert here.take(Play(rate=0.1)).is_accepted


def test_a_hunt_can_be_scored_by_its_tries():
    here = session(BLIND.replace('score = "keys"', 'score = "tries"'))
    for weight in (2.0, 1.0):
        here.take(Try(value=weight, keys=9))
    outcome = here.take(Play(rate=0.1))
    assert (outcome.score, outcome.says) == (2, ("Goal reached.", "Your best here: 2 tries."))
    with pytest.raises(InputError, match=r"score: only a blind page"):
        read(swapped('score = "updates"', 'score = "tries"'))


KOREAN = """\
format = 1
title = "경사 하강법 첫걸음"
about = "W를 한 번 움직이면 비용이 어떻게 될까요?"
language = "ko"
closing = "수고하셨습니다. 학습률의 한계는 {limit}입니다."

[experiment]
x = [1, 2, 3]
y = [1, 2, 3]

[[step]]
name = "first"
title = "한 걸음"
text = "지금 **W = {W}**, 비용은 {cost:3}입니다."
reveal = "W는 이제 {W}입니다."
[step.ask]
kind = "next"
prompt = "다음 에폭 뒤의 W는?"
hint = "기울기의 부호를 보세요."

[[step]]
name = "direction"
text = "학습률은 {lr}입니다."
[step.ask]
kind = "direction"
prompt = "비용은 어떻게 될까요?"
hint = "한계와 비교해 보세요."
words = ["올라간다", "내려간다", "그대로"]
"""


def test_a_lesson_in_korean():
    assert check(read(KOREAN), BACKEND, ROOM) == []
    here = session(KOREAN)
    assert here.view().text == "지금 **W = 0**, 비용은 4.667입니다."
    assert here.view().prompt == "다음 에폭 뒤의 W는?"
    assert "기울기의 부호를 보세요." in here.take(Answer("−1．4")).says
    assert here.take(Answer("１，４")).is_right
    assert here.view().reveal == "W는 이제 1.4입니다."
    here.take(GoOn())
    decomposed = "\u1102\u1162\u1105\u1167\u1100\u1161\u11ab\u1103\u1161"  # as macOS pastes it
    assert here.take(Answer(decomposed)).is_right
    here.take(GoOn())
    assert here.view().closing == "수고하셨습니다. 학습률의 한계는 0.142857입니다."


def test_the_same_events_give_the_same_outcomes():
    events = [GoOn(), Answer("-0.7"), Hint(), Answer("0.7"), GoOn(), Answer("left"), GoOn(), StepEpochs(count=7)]
    first, second = session(), session()
    for event in events:
        again = msgspec.json.decode(msgspec.json.encode(event), type=type(event))
        assert first.take(event) == second.take(again)
    assert first.view() == second.view()


def test_a_page_that_cannot_be_asked_of_a_strayed_run_begins_with_its_own():
    text = (
        LESSON
        + """
[[step]]
name = "after"
text = "Now {W[1]}."
[step.ask]
kind = "next_cost"
"""
    )
    here = at("goal", text)
    finish(here)
    for action in (Set(name="lr", value="1e18"), StepEpochs(count=1), StepEpochs(count=1)):
        here.take(action)
    assert here.take(GoOn()).is_accepted
    assert here.prediction.prompt == "What will the cost be after the next epoch?"


# What `lesson check` finds


def test_a_sound_lesson_has_no_problems():
    assert check(read(), BACKEND, ROOM) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"cost < 0.001", "updates <= 3"', '"cost < 100"', "reached before anything is done"),
        ('"step 2"]', '"step 1"]', "does not meet: cost < 0.001 (cost is 0.0"),
        (
            '"cost < 0.001", "updates <= 3"',
            '"changes == 1", "batch == 2"',
            "changes == 1 (changes is 0), batch == 2 (batch is 3)",
        ),
        ('"step 2"]', '"step 2", "step 1"]', "'step 2' already reaches the goal"),
        ('"lr = 0.07", "step 2"', '"w0 = 1", "step 2"', "w0 is locked"),
        ('"lr = 0.07", "step 2"', '"step 99999"', "from 1 to 10,000"),
        ('"Look at the sign."', '"It is 0.7, you know."', "hint 1 gives the answer"),
        ('"A larger lr."', '"Try 0.07."', "hint 1 gives the answer"),
        ('"lr is {lr}."', '"W will be 0.7."', "small.toml:15: this gives the answer, 0.700: leave it out, or choose"),
        ('"lr is {lr}."', '"W will be {next_W}."', "this gives the answer, 0.700"),
        ('"A larger lr."', '"Not 1e999, not 3/00, but 0.07."', "hint 1 gives the answer"),
        (
            "lr = 0.05\n",
            "lr = 0.05\nx = [1, 2]\ny = [1, 2]\n",
            "also comes from the gradient of the mean sq",
        ),
        ("lr = 0.05\n", "lr = 1\n", "also comes from leaving out lr:"),
        ('when = "W > min_W"', 'when = "W > -1"', "2 of the choices are right"),
        ("{gradient}.", "{gradient_W2}.", "there is no 'gradient_W2'"),
        ("{gradient}.", "{gradent}.", "there is no 'gradent' here; did you mean gradient?"),
        ("{gradient}.", "{next_w}.", "there is no 'next_w' here; did you mean next_W?"),
        (
            'text = "lr is {lr}."',
            'text = """' + "word\n\n" * 20 + '"""',
            "lines, but a screen of 80×24 has room for only",
        ),
        ('"W is now {W}."', '"W is now {1/0}."', "division by 0"),
        ('"W is {W}, the limit {limit}."', '"{cost[99999]}"', "too far ahead"),
        (
            'hint = "Think of the slope."',
            'hint = "It is left."',
            "the hint after the first wrong answer gives the right one",
        ),
    ],
)
def test_what_would_trip_the_class_is_found(old, new, what):
    problems = check(read(swapped(old, new)), BACKEND, ROOM)
    assert any(what in problem for problem in problems), problems
    assert all(problem.startswith("small.toml:") and int(problem.split(":")[1]) > 1 for problem in problems)


def test_epochs_from_a_page_before_are_named_where_the_goal_counts_them():
    text = swapped("experiment = { w0 = 3 }\n", "").replace('"updates <= 3"', '"updates <= 2"')
    (problem,) = check(read(text), BACKEND, ROOM)
    assert "updates <= 2 (updates is 3, 1 of them from earlier pages)" in problem


SHOWN_BEFORE = """\
format = 1
title = "Shown"
about = "for the tests"
[[step]]
name = "sum"
text = "W is {W}."
[[step]]
name = "mse"
text = "Now mse."
experiment = { convention = "mse" }
[step.ask]
kind = "gradient"
"""


def test_an_answer_that_the_page_before_shows_is_found():
    (problem,) = check(read(SHOWN_BEFORE), BACKEND, ROOM)
    assert problem.startswith(
        "small.toml:11: the page before shows −9.333, the answer, as the slope for W: choose a different"
    )
    hidden = SHOWN_BEFORE.replace('text = "W is', 'hidden = ["cost over W"]\ntext = "W is')
    assert check(read(hidden), BACKEND, ROOM) == []
    assert check(read(SHOWN_BEFORE.replace('"mse" }', '"mse", w0 = 4 }')), BACKEND, ROOM) == []


def test_an_answer_that_its_own_page_shows_is_found():
    lesson = SHOWN_BEFORE.replace('"mse" }', '"mse", w0 = 3 }')
    said = check(read(lesson), BACKEND, ROOM)
    assert any("this page shows 18.667, the answer, as the cost" in problem for problem in said)
    assert any("also comes from the cost instead of the gradient: choose a different" in problem for problem in said)


@pytest.mark.slow
def test_a_lesson_of_endless_epochs_is_stopped():
    pages = "".join(
        f'[[step]]\nname = "g{i}"\ntext = "x"\nafter = 1\n[step.goal]\ncheck = ["updates > 9999"]\n'
        f'answer = ["step 9999"]\n'
        for i in range(36)
    )
    problems = check(read(LESSON + pages), FAKE, ROOM)
    assert len(problems) == 1
    assert "more than 200,000 updates in all" in problems[0]


def test_batches_are_counted_so_that_no_page_takes_for_ever():
    """Hundreds of updates an epoch: ten thousand epochs would take hours."""
    ones = ",".join(["1"] * 900)
    many = f"[step.experiment]\nbatch = 1\nepochs = 100\nx = [{ones}]\ny = [{ones}]\n"
    page = '[[step]]\nname = "g"\ntext = "x"\n'
    goal = '[step.goal]\ncheck = ["updates > 9999"]\nanswer = ["step 9999"]\n'
    here = at("g", LESSON + page + many + goal)
    assert "at most 50,000 updates" in here.take(StepEpochs(count=9_999)).says[0]
    assert "at most 50,000 updates" in here.take(Script(printed=1.0)).says[0]
    with pytest.raises(UserError, match="'g' takes more than 50,000 updates"):
        at("g", LESSON + page + "after = 9999\n" + many + goal)
    asked = page + many + '[step.ask]\nkind = "epochs"\nbelow = 1e-30\n'
    assert "does not fall below" in check(read(LESSON + asked), BACKEND, ROOM)[0]


def test_what_the_text_tells_is_not_kept_back_and_what_is_asked_is():
    here = at_shipped("one-step", "first-step")
    assert "gradient" not in here.kept_back
    assert {"following", "verdict"} <= here.kept_back


def test_the_gradient_of_one_parameter_does_not_tell_the_other():
    here = at_shipped("with-b", "gradient-b")
    here.take(Answer(here.page.right))
    assert "gradient" in here.kept_back
    text = swapped("W is {W}, the limit {limit}.", "The first is {gradient_W}.")
    both = text.replace("[experiment]", "[experiment]\nbias = true", 1)
    assert "gradient" in session(both).kept_back
    assert "gradient" not in session(both.replace("{gradient_W}", "{gradient_W}, then {gradient_b}")).kept_back


def test_what_was_told_of_an_epoch_is_kept_back_of_the_next():
    here = at_shipped("one-step", "first-step")
    finish(here)
    assert here.kept_back == {"gradient", "update", "following", "verdict"}


def test_what_holds_with_nothing_done_is_not_ticked_yet():
    here = at("goal")
    assert [check.is_met for check in here.view().checks] == [False, True]
    assert not any(check.is_ticked for check in here.view().checks)
    here.take(parse_action("lr = 0.01"))
    assert not any(check.is_ticked for check in here.view().checks), "a setting is no step"
    here.take(StepEpochs())
    assert [check.is_ticked for check in here.view().checks] == [False, True]
    here.take(ResetRun())
    assert not any(check.is_ticked for check in here.view().checks)
    for action in ("lr = 0.07", "step 2"):
        here.take(parse_action(action))
    assert all(check.is_ticked for check in here.view().checks)


@pytest.mark.parametrize(
    ("line", "done"),
    [
        ("−1", Try(-1.0, keys=3)),
        ("0,5", Try(0.5, keys=4)),
        ("１", Try(1.0, keys=2)),
        ("play 0,1", Play(0.1)),
        ("play 1/14", Play(1 / 14)),
        ("play 1e-1", Play(0.1)),
    ],
)
def test_in_a_hunt_numbers_are_read_as_everywhere(line, done):
    assert read_event(line, at("hunt", BLIND).view()) == done


@pytest.mark.parametrize("line", ["nan", "1_000", "1e999", "play nan", "play 1e999"])
def test_in_a_hunt_what_is_no_number_anywhere_is_none(line):
    with pytest.raises(UserError, match="is not an action"):
        read_event(line, at("hunt", BLIND).view())


@pytest.mark.parametrize(
    ("line", "done"),
    [
        ("lr 0.05", Set(name="lr", value="0.05")),
        ("method  optim", Set(name="method", value="optim")),
        ("data 1 2; 2 4", Set(name="data", value="1 2; 2 4")),
        ("lr=0.05", Set(name="lr", value="0.05")),
    ],
)
def test_a_setting_needs_no_equals_sign(line, done):
    assert parse_action(line) == done


@pytest.mark.parametrize("line", ["standardize = yes, lr = 0.4", "lr = 0.4; standardize = yes", "lr 0.4, bias = yes"])
def test_settings_are_typed_one_at_a_time_and_that_is_said(line):
    with pytest.raises(UserError, match="one setting at a time"):
        parse_action(line)


def test_what_belongs_to_an_optimizer_is_no_setting_of_its_own():
    assert parse_action("optimizer = adam, weight_decay=0.1") == Set(name="optimizer", value="adam, weight_decay=0.1")


def test_every_setting_has_an_example_that_sets_it():
    method = BY_NAME["method"].example
    two_rows = experiment_with({"x": [1, 2], "y": [0, 1], "batch": 1, "method": method})
    four_rows = experiment_with({"x": [1, 2, 3, 4], "y": [0, 1, 0, 1], "batch": 1, "method": method})
    for name in NAMES:
        if name == "function":  # it has no rows
            experiment_with({name: BY_NAME[name].example})
        elif name == "target":  # it chooses columns of a table
            experiment_with({"data": BY_NAME["data"].example, name: "1"})
        else:
            given = {"bias": True, **({"validate": "every-2"} if name == "patience" else {})}
            rows = four_rows if name in ("validate", "patience") else two_rows
            experiment_with({**given, name: BY_NAME[name].example}, rows)


def test_what_is_refused_on_a_page_names_what_can_be_done_there():
    with pytest.raises(UserError, match=r"'walk' is not an action: type 'lr = 0\.1', 'step 10' or 'again'$"):
        read_event("walk", at("goal").view())
    with pytest.raises(
        UserError, match=r"'walk' is not an action: type 'method = optim', 'lr = 0\.05', 'step 10' or 'again'$"
    ):
        read_event("walk", at_shipped("autograd", "autograd").view())
    with pytest.raises(UserError, match=r"'walk' is not an action: type 'standardize = yes', 'lr = 0\.05', 'step 10'"):
        read_event("walk", at_shipped("scaling", "cure").view())
    with pytest.raises(UserError, match=r"'walk' is not an action: type '1\.2' or 'play 0\.1'$"):
        read_event("walk", at("hunt", BLIND).view())
    with pytest.raises(UserError, match=r"'pin'$"):
        read_event("walk", typed(at_shipped("learning-rates", "compare"), "2").view())


def test_a_page_that_cannot_be_computed_is_not_turned_to_and_the_page_before_stays():
    text = swapped('kind = "next"', 'kind = "epochs"', swapped("lr = 0.05", "lr = 0.5"))
    here = session(text)
    before = here.view()
    for _ in range(2):
        with pytest.raises(UserError, match="the page 'ask' cannot be shown: the cost does not fall"):
            here.take(GoOn())
        assert here.view() == before


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "1_0", "0x1"])
def test_a_try_is_a_finite_number_as_written(text):
    here = at("hunt", BLIND)
    with pytest.raises(UserError):
        read_event(text, here.view())
