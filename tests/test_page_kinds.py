"""The kinds of page on which something is done: what they take, what they say, and that grades and checks know it."""

import csv
import io
import json
import sys
from functools import partial

import msgspec
import pytest
from fake_backend import FAKE
from lab_pilot import Lab
from lessons import KINDS, LESSON, MORE, UNJUDGED, VIEWS, read, swapped, typed
from lessons import at as shipped_at

from gdtui.cli import main as cli
from gdtui.errors import InputError, UserError
from gdtui.experiment.experiment import Experiment
from gdtui.storage import record, record_folder
from gdtui.teaching import recorded_session as recorded_session_module
from gdtui.teaching.check import check
from gdtui.teaching.events import Answer, Deed, GoOn, Pin, ResetRun, StepEpochs, read_event
from gdtui.teaching.grade import grade
from gdtui.teaching.limits import Limit
from gdtui.teaching.pages.all_kinds import PAGES
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.record import decoded
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.replay import RecordReplay
from gdtui.teaching.report import as_csv, as_gradescope, as_summary, as_table
from gdtui.teaching.session import Session
from gdtui.ui.common.command import key_for
from gdtui.ui.common.page import PageScreen
from gdtui.ui.lesson.app import LessonApp
from gdtui.ui.lesson.kinds.all_kinds import lesson_commands, on_screen
from gdtui.ui.lesson.kinds.plain import pace as pace_of
from gdtui.ui.lesson.page import ROOM
from gdtui.ui.lesson.panels import label


def at(page: str, text: str = KINDS) -> Session:
    """A session that has come to a page along the model answers."""
    found = Session(read(text), FAKE)
    while found.step.name != page:
        finish(found)
        assert found.take(GoOn()).is_accepted
    return found


def finish(session: Session | RecordedSession) -> None:
    """Do all that the page asks for."""
    under_way = session.session if isinstance(session, RecordedSession) else session
    while not under_way.is_done:
        for event in under_way.page.model_answer():
            assert session.take(event).is_accepted


def turned(session: Session, *places: str) -> Session:
    for place in places:
        assert session.take(read_event(place, session.view())).is_accepted
    return session


@pytest.mark.parametrize("text", [KINDS, MORE, VIEWS, UNJUDGED])
def test_a_lesson_of_every_kind_is_all_in_order(text):
    assert check(read(text), FAKE, ROOM) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("step = 0.25", "step = inf", "small.toml:17: step: a number must be finite, not inf"),
        ("range = [-1, 3]", "range = [-1, inf]", "small.toml:16: range: a number must be finite, not inf"),
        ("a = 1\n", "a = nan\n", "a: a number must be finite, not nan"),
        ("table = true\n", "tabel = true\n", "small.toml:18: .*there is no key 'tabel' here; did you mean table?"),
        (
            "table = true\n",
            "table = true\nhidden = []\n",
            r"'hidden' here; it belongs in the lines above",
        ),
        (
            'name = "order"',
            'name = "order"\ncheck = []',
            r"'check' here; it belongs in \[step.goal\], ",
        ),
        ('name = "order"', 'name = "order"\nlr = 0.1', r"'lr' here; it belongs in \[experiment\]"),
        ("[step.order]", "[step.ordr]", "there is no key 'ordr' here; did you mean order?"),
        ("range = [-1, 3]", "range = [3, -1]", "small.toml:16: range: put the lower end first"),
        ('knob = "W"\nrange = [-1', 'knob = "V"\nrange = [-1', "small.toml:15: knob: there is no 'V', only lr, W, b"),
        ("step = 0.25", "step = 0", "'step' takes a number greater than 0 or text in quotes, not 0"),
        ("range = [-1, 3]", 'range = ["lr +", 3]', "small.toml:16: range: a value is missing at the end"),
        ('charts = ["data"]', 'charts = ["date"]', "charts: there is no 'date', only .*; did you mean data?"),
        ('charts = ["data"]', 'charts = ["measure"]', "charts: there is no 'measure'"),
        ('"W = 0.5"', '"V = 0.5"', "there is no setting 'V'"),
        ("a = 1\n", "a = 2\n", "b: put it somewhere other than a"),
        ("a = 1\n", 'curve = "cots"\na = 1\n', "curve: .*cots"),
        ("play = 8", "play = 0", "'play' takes a whole number from 1 to 1000, not 0"),
        (
            'charts = ["bowl", "W"]',
            'view = "anatomy"',
            "view: there is no 'anatomy', only code, compare, explain, sweep",
        ),
        ('charts = ["bowl", "W"]', 'marks = ["eror"]', "there is no 'eror', only errors, log; did you mean errors"),
        ("play = 8", "play = 8\nruns = [{ rate = 1 }]", "there is no such setting"),
        ('prompt = "What will the jumps do?"\n', "", "kind: this one needs 'prompt'"),
        ('lines = ["gradient = slope(W)", ', 'lines = ["W = W + step", ', "decoys: one of them is among the lines"),
        (
            "decoys = [",
            'rules = [{ first = 2, then = 1, says = "." }]\ndecoys = [',
            "rules: first and then must be line numbers",
        ),
        (
            "decoys = [",
            'rules = [{ first = 1, then = 2, or_after = 1, says = "." }]\ndecoys = [',
            "rules: or_after must be a line number greater than then",
        ),
        ("play = 8", 'play = 8\nruns = [{ bug = "no zero_grat" }]', "bug: there is no 'no zero_grat'.* no zero_grad"),
        (
            'right = true, text = "No W',
            'text = "No W',
            "0 of the choices are right; exactly one must have right = true",
        ),
        (', says = "Squares never cancel."', "", "entry 3 of 'choices' needs the key 'says'"),
        (
            "[step.order]",
            '[step.goal]\ncheck = ["cost < 1"]\nanswer = ["step 1"]\n[step.measure]\na = 0\nb = 1\ncheck '
            '= ["run < 1"]\nanswer = ["b = 0.5"]\n[step.order]',
            "one thing to do, not measure and goal",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_line(old, new, says):
    with pytest.raises(InputError, match=says):
        read(swapped(old, new, KINDS))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"W = 0.5", "W = 1", "W = 1.25"', '"W = 0.5", "W = 1"', "the model answer does not meet: tried_max > 1"),
        ('"W = 0.5", "W = 1", "W = 1.25"', '"W = 0.5", "W = 9"', "'W 9': W goes from −1 to 3 here"),
        (
            'when = "cost < 0.9"',
            'when = "0.9 < cost"',
            "'0.9 < cost' is true, so 'The step of the knob",
        ),
        ('"b = 1.125", "b = 0.875"', '"b = 1.125"', "the model answer does not meet: sides == 2"),
        ('"b = 1.5", ', '"b = 7", ', "'b 7': b goes from 0 to 6 here"),
        (
            '"W = 0.5", "W = 1",',
            '"W = 0.51", "W = 1",',
            "the keys do not stop at W 0.51: choose another step, or add it to stops",
        ),
        ('when = "ratio == 1"', 'when = "ratio > 1"', "2 of the choices are right; exactly one has to be"),
        ("twice the lecture's. Predict", "twice the lecture's. Predict" + " words" * 100, "this takes"),
        (
            "twice the lecture's. Predict",
            "twice the lecture's. Press k. Predict",
            "the key k does nothing on this page",
        ),
        ("twice the lecture's. Predict", "twice the lecture's. `p` pins. Predict", "the key p does nothing"),
    ],
)
def test_what_would_trip_the_class_is_found(old, new, says):
    text = swapped(old, new, KINDS)
    found = check(read(text), FAKE, ROOM)
    assert any(says in problem for problem in found), found


def test_a_knob_that_these_rows_do_not_have_is_named():
    text = swapped('knob = "W"\nrange = [-1', 'knob = "b"\nrange = [-1', KINDS)
    text = swapped('"W = 0.5", "W = 1", "W = 1.25"', '"b = 1"', text)
    (problem,) = check(read(text), FAKE, ROOM)
    assert problem.endswith("there is no 'b', only W, lr")


def test_a_knob_moves_the_line_the_numbers_and_the_conditions():
    session = at("turn")
    assert [check.is_met for check in session.view().checks] == [False, True, False], "W = 0 is on the left"
    turned(session, "W = 0.5", "1")
    view = session.view()
    assert view.exhibit.cost == pytest.approx(0)
    assert view.exhibit.rows[2] == pytest.approx((3, 3, 3, 0))
    assert (session.run.epoch.parameters, view.is_done) == ((1,), False)
    outcome = session.take(Deed(word="W", value="5/4"))
    assert (outcome.says, session.view().is_done) == (("Goal reached.",), True)
    assert session.page.points == 1
    assert session.view().reveal == "The least cost is 0, at W = 1."


def test_the_table_beside_a_knob_has_the_names_of_the_columns():
    named = 'data = [["km", "minutes"], [1, 1], [2, 2], [3, 3]]'
    text = swapped("experiment = { x = [1, 2, 3], y = [1, 2, 3] }", f"experiment = {{ {named} }}", KINDS)
    assert "km  minutes  H(x)   error" in "\n".join(at("turn", text).view().exhibit.lines())


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("3.5", "W goes from −1 to 3 here"),
        ("W = far", "'far' is not a number"),
        ("step 10", "turn W with the arrow keys, or type W = 0.25"),
        ("b = 1", "there is no setting 'b', only"),
        ("lr = 0.1", "turn W with the arrow keys"),
    ],
)
def test_what_a_knob_does_not_do_changes_nothing(typed, says):
    session = at("turn")
    before = session.view()
    try:
        said = session.take(read_event(typed, before)).says[0]
    except Exception as error:  # noqa: BLE001  # what cannot even be read is told likewise
        said = str(error)
    assert says in said
    assert session.view() == before


def test_a_knob_goes_by_its_steps_and_stops_at_stops_and_ends():
    knob = at("turn").view().exhibit.knobs[0]
    assert (knob.turned(1), knob.turned(-1, finely=True)) == (0.25, -0.025)
    lr = turned(at("border", MORE), "0.142").view().exhibit.knobs[0]
    assert (lr.turned(1), lr.turned(-1), lr.turned(1, finely=True)) == (0.15, 0.14, 0.143)
    assert turned(at("border", MORE), "0.2").view().exhibit.knobs[0].turned(1) == 0.2
    text = swapped("epochs = 40\n", 'epochs = 40\nstops = ["1/7"]\n', MORE)
    session = turned(at("border", text), "0.14")
    stop = session.view().exhibit.knobs[0].turned(1)
    assert stop == pytest.approx(1 / 7)
    assert turned(session, str(stop)).view().exhibit.knobs[0].turned(1) == 0.15


def test_every_w_that_was_tried_leaves_a_dot_and_the_curve_comes_at_last():
    session = turned(at("bowl"), "0", "3", "4")
    shown = session.view().exhibit
    assert shown.dots == (
        (0, pytest.approx(59 / 3)),
        (1, pytest.approx(17 / 3)),
        (3, pytest.approx(17 / 3)),
        (4, pytest.approx(59 / 3)),
    )
    assert shown.curve == ()
    turned(session, "2.5", "2")
    assert min(session.view().exhibit.curve, key=lambda point: point[1])[0] == pytest.approx(2, abs=0.02)


def test_two_knobs_turn_two_parameters():
    session = turned(at("two", MORE), "W = 1.25", "b 1.5")
    assert session.run.epoch.parameters == (1.25, 1.5)
    assert session.view().exhibit.cost == pytest.approx(1 / 24)
    assert not session.view().bare, "a number alone could mean either"


def test_numbers_of_the_run_follow_the_knob_in_words_of_the_lesson():
    session = turned(at("border", MORE), "0.142")
    assert session.view().exhibit.readout == ("W: 0 → 1.99 → 0.0239", "1 of 5 kinds: overshooting")
    assert "W: 0 → 2.00 → −0.0040" in turned(session, "0.143").view().exhibit.lines()
    assert session.view().exhibit.readout[1] == "2 of 5 kinds: diverging"
    turned(session, "0.12")
    assert session.view().exhibit.readout[1] == "2 of 5 kinds: overshooting", "each kind counts once"
    wrong = swapped("{regimes} of 5", "{regims} of 5", MORE)
    assert any("readout: there is no 'regims'" in problem for problem in check(read(wrong), FAKE, ROOM))


def test_runs_on_either_side_of_the_limit_are_told_apart_by_their_pins():
    session = at("border", MORE)
    for event in (Deed(word="lr", value="0.14"), Pin(), Deed(word="lr", value="0.15"), Pin()):
        session.take(event)
    assert [check.is_met for check in session.view().checks] == [True, True, False], "0.01 apart is too far"
    assert len(session.run.history) == 41


def test_a_question_follows_the_deed_on_the_same_page():
    session = at("bowl")
    assert (session.view().kind, session.view().prompt) == ("turn", "")
    assert not session.take(Answer("1")).is_accepted
    turned(session, "1.5", "2.5", "3", "3.5", "2")
    view = session.view()
    assert (view.kind, view.prompt, view.is_done) == ("explain", "The least cost is 1. Why not 0?", False)
    assert view.page == 2
    assert view.exhibit.knobs[0].value == 2, "the knob stands where she left it"
    assert not session.take(Deed(word="W", value="3")).is_accepted
    assert session.take(GoOn()).says == ("answer the question first",)


def test_each_sentence_has_its_reply_and_the_second_wrong_one_is_told_the_right_one():
    session = turned(at("bowl"), "1.5", "2.5", "3", "3.5", "2")
    first = session.take(Answer("2"))
    assert first.says == ("That one is not right.", "Finer steps find nothing below 1.")
    assert first.misconceptions == ("The step of the knob is too coarse.",)
    second = session.take(Answer("3"))
    assert second.says[1:] == (
        "Squares never cancel.",
        "The answer is: No W fits all three rows at once.",
        "Only one line hits them.",
    )
    assert (session.view().is_done, session.page.points) == (True, 2)


def test_rise_over_run_comes_to_the_slope_from_both_sides():
    session = at("measure")
    readings = []
    for _ in range(3):
        lower, _ = session.view().exhibit.beside
        turned(session, f"b = {lower}")
        readings.append(session.view().exhibit.rate)
    # 2(W − 3)² rises by −8·h + 2·h² from W = 1 to 1 + h.
    assert readings == pytest.approx([-7, -7.5, -7.75])
    turned(session, str(session.view().exhibit.beside[0]))
    assert session.view().exhibit.rate == pytest.approx(-8.25)
    assert session.view().prompt == "Which number do both sides approach?"


def test_where_the_cursors_come_together_the_slope_itself_is_read_if_it_may_be():
    session = at("measure", swapped("tangent = false\n", "", KINDS))
    turned(session, "1")
    assert session.view().exhibit.rate == pytest.approx(-8)
    refused = at("measure").take(Deed(word="b", value="1"))
    assert refused.says == ("a and b cannot be at the same place: move the other one first",)


def test_cursors_stand_on_epochs_and_on_the_gradient_too():
    session = turned(at("distance", MORE), "b = 3", "a = 2")
    assert session.view().exhibit.rate == pytest.approx(1.064 - 0.84)
    assert not session.take(Deed(word="b", value="2.5")).is_accepted
    assert not session.take(Deed(word="b", value="11")).is_accepted
    assert turned(at("curvature", MORE), "b = 3").view().exhibit.rate == pytest.approx(14)


def test_what_was_said_before_a_run_is_judged_once_it_has_played():
    session = at("watch")
    outcome = session.take(Answer("3"))
    assert (outcome.is_right, outcome.says) == (False, ()), "the run itself is to show it"
    assert session.view().exhibit.said == "slower, but it settles"
    session.take(StepEpochs(count=5))
    assert not session.view().earlier
    session.take(StepEpochs(count=10))
    assert session.run.cursor == 8, "it stands still at its end"
    assert session.view().earlier[0] == "The answer is: ever longer jumps."
    assert session.view().prompt == "Why is each jump longer?"
    assert session.page.points == 7, "what was predicted wrong is worth nothing, and the watching is"


def test_a_run_that_is_watched_begins_again_and_goes_the_same_way():
    session = at("watch")
    session.take(Answer("1"))
    session.take(StepEpochs(count=3))
    session.take(ResetRun())
    assert (session.run.cursor, session.view().exhibit.played) == (0, 0)
    session.take(StepEpochs())
    assert session.run.epoch.parameters[0] == pytest.approx(2.8)


def test_several_runs_are_watched_after_one_another_and_kept():
    session = at("three", MORE)
    for _ in range(3):
        assert not session.view().is_done
        session.take(StepEpochs(count=6))
    assert [kept.run.settings.convention for kept in session.page.board.kept] == ["sum", "mse"]
    assert session.run.settings.convention == "mean"
    assert session.view().is_done
    assert session.take(StepEpochs()).says == ("the run is over: enter continues",)


def test_lines_are_put_in_order_by_their_numbers():
    session = at("order")
    right = session.page.right
    lines = dict(enumerate(session.view().exhibit.offered, 1))
    assert [lines[int(digit)] for digit in right] == ["gradient = slope(W)", "step = lr * gradient", "W = W - step"]
    for given, says in (("12", "3 lines, but you gave 2"), ("117", "each once"), ("abc", "each once")):
        assert says in session.take(Answer(given)).says[0]
    climbs = next(str(number) for number, line in lines.items() if line == "W = W + step")
    outcome = session.take(Answer(" ".join(right[:2] + climbs)))
    assert outcome.says == ("That is not the right order.", "+ climbs the bowl.")
    assert session.take(Answer(right)).is_right
    assert session.view().exhibit.given == tuple(map(int, right))


def test_without_decoy_or_rule_it_is_told_how_far_the_order_is_right():
    session = at("order")
    first, second, third = session.page.right
    assert session.take(Answer(second + first + third)).says == ("That is not the right order.",)
    text = swapped('"W = W - step"]', '"W = W - step", "print(W)"]', KINDS)
    session = at("order", text)
    first, second, third, fourth = session.page.right
    assert session.take(Answer(first + second + fourth + third)).says[1] == "The first 2 lines are right."


def test_where_there_are_rules_every_order_is_right_that_keeps_them():
    rules = 'rules = [{ first = 2, then = 3, says = "The step is not known yet." }]\n'
    session = at("order", swapped("decoys = [", rules + "decoys = [", KINDS))
    first, second, third = session.page.right
    assert session.take(Answer(first + third + second)).says[1] == "The step is not known yet."
    assert session.take(Answer(second + third + first)).is_right


def test_the_lines_are_never_offered_in_their_order():
    for name in "abcdefgh":
        session = at(name, swapped('name = "order"', f'name = "{name}"', KINDS))
        assert session.page.right != "123"


def sat(text: str, *events) -> tuple:
    """A record of a whole lesson along the model answers, but for what is done otherwise; and its grade."""
    lesson = read(text)
    recorded_session = RecordedSession(lesson, FAKE, "ann")
    for event in events:
        assert recorded_session.take(event).is_accepted
    while not recorded_session.session.is_over:
        finish(recorded_session)
        recorded_session.take(GoOn())
    recorded_session.close()
    (part,) = record.split(own_sealed(())[0], "r.jsonl")
    return lesson, part, grade(part, {lesson.digest: lesson}, FAKE)


def test_what_is_done_is_recorded_and_graded():
    _, _, found = sat(KINDS, Deed(word="W", value="3"), ResetRun())
    assert (found.flags, found.is_over, found.points, found.most) == ((), True, 9, 9)
    assert [goal.page for goal in found.goals] == ["turn", "bowl", "measure", "watch"]
    assert [question.page for question in found.questions] == [
        *("bowl", "measure", "order", "watch: forecast", "watch: explain"),
    ]


def held_key(word: str, start: float, step: float, turns: int) -> list[Deed]:
    """What a held key turns, up and down again."""
    half = turns // 2
    places = [start + step * (number if number <= half else turns - number) for number in range(1, turns)]
    return [Deed(word=word, value=repr(place)) for place in places]


@pytest.mark.parametrize("joins", [True, False])
def test_what_a_held_key_turns_is_few_lines_that_are_worth_the_same(monkeypatch: pytest.MonkeyPatch, joins: bool):
    monkeypatch.setattr(recorded_session_module, "SECONDS_TO_JOIN", 60.0 if joins else -1.0)
    turns = held_key("W", 0.0, 1 / 64, 160)
    lesson, part, found = sat(KINDS, *turns)
    assert (found.flags, found.is_over, found.points, found.most) == ((), True, 9, 9)
    lines = [done for entry in part.entries if b'"deed"' in entry and (done := decoded(entry))]
    assert (len(lines) < 12) is joins
    deeds = [each for done in lines for each in done.event.singly() if done.page == "turn"]
    assert [deed.value for deed in deeds][: len(turns)] == [deed.value for deed in turns]
    assert sum(done.event.keys for done in lines if done.page == "turn") == len(deeds)
    again = RecordReplay(lesson, FAKE, decoded(part.entries[0]))
    for entry in part.entries[1:-1]:
        if decoded(entry).page == "turn" and isinstance(decoded(entry).event, GoOn):
            assert again.session.page.facts()["dots"] == len({float(deed.value) for deed in deeds} | {0.0})
        assert again.step(entry, 0) == ("", False)


def test_turns_are_written_once_the_key_rests_and_before_anything_else(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorded_session_module, "SECONDS_TO_JOIN", 60.0)
    session = RecordedSession(read(KINDS), FAKE, "ann")

    def values() -> list[str]:
        (part,) = record.split(own_sealed(())[0], "r.jsonl")
        events = [decoded(entry).event for entry in part.entries[1:-1]]
        singly = [event.singly() if isinstance(event, Deed) else (event,) for event in events]
        return [getattr(each, "value", "again") for one in singly for each in one]

    for value in ("0.25", "0.5", "0.75", "0.5"):
        assert session.take(Deed(word="W", value=value)).is_accepted
    assert values() == ["0.25"]
    session.rest()
    assert values() == ["0.25", "0.5", "0.75", "0.5"]
    assert session.take(Deed(word="W", value="0.25")).is_accepted
    assert not session.take(Deed(word="W", value="300")).is_accepted
    assert session.take(ResetRun()).is_accepted
    assert values() == ["0.25", "0.5", "0.75", "0.5", "0.25", "again"]
    session.take(Deed(word="W", value="0.25"))
    session.take(Deed(word="W", value="0.5"))
    session.close()
    assert values()[-2:] == ["0.25", "0.5"]


def test_a_wrong_sentence_is_told_to_the_teacher():
    to_the_bowl = [*at("turn").page.model_answer(), GoOn()]
    _, _, found = sat(KINDS, *to_the_bowl, *at("bowl").page.model_answer(), Answer("3"))
    assert found.questions[0].misconceptions == (("The errors do not cancel.",),)
    assert found.points == 8.5


def test_a_record_that_says_otherwise_does_not_reproduce():
    lesson, part, _ = sat(KINDS)
    entries = tuple(entry.replace(b'"value":"1.125"', b'"value":"1.1"') for entry in part.entries)
    found = grade(msgspec.structs.replace(part, entries=entries), {lesson.digest: lesson}, FAKE)
    assert found.flags


come_to = partial(shipped_at, backend=FAKE)
"""A session on a page of a shipped lesson."""

KEYS = key_for(lesson_commands())
"""As gdtui has them."""

SENTENCE = "=W grows, because the slope is negative"


def test_what_nobody_judges_is_kept_for_the_teacher_and_worth_no_points():
    _, _, found = sat(UNJUDGED, Answer("not"), GoOn(), *at("ask", UNJUDGED).page.model_answer(), Answer(SENTENCE))
    assert (found.flags, found.points, found.most) == ((), 3, 3)
    assert [(said.page, said.text) for said in found.said] == [("read", "not sure"), ("ask", SENTENCE)]
    table, csv_text, summary = as_table([found]), as_csv([found]), as_summary([found])
    assert f"    ask: {SENTENCE}" in table.splitlines()
    (row,) = csv.DictReader(io.StringIO(csv_text))
    assert row["own_words"] == f"read: not sure; ask: {SENTENCE}"
    assert f"  ann: {SENTENCE}" in summary
    assert "  1 learner: not sure" in summary
    (test,) = json.loads(as_gradescope([found]))["tests"]
    assert (test["score"], test["max_score"]) == (3, 3)


def test_a_page_that_is_worth_more_is_worth_half_of_it_at_the_second_try():
    session = at("ask", UNJUDGED)
    for text in ("0", *(event.text for event in session.page.model_answer())):
        session.take(Answer(text))
    assert session.view().score == "1.5 of 3 points"


@pytest.mark.parametrize(("given", "says"), [("", "a sentence of your own"), ("x" * 1_001, "at most 1,000")])
def test_own_words_are_some_and_not_too_many(given, says):
    session = at("ask", UNJUDGED)
    session.take(session.page.model_answer()[0])
    assert says in " ".join(session.take(Answer(given)).says)
    assert not session.is_done


def test_a_text_tells_numbers_as_they_were_on_a_page_before():
    """On `goal` another run has begun, and on `ask` the run has gone on since `read`."""
    text = swapped(
        "locked = ",
        'closing = "{W_at_read} {W_at_ask} {W_at_goal:1}"\ncan = ["begin at {W_at_read}"]\nlocked = ',
        LESSON,
    )
    session = Session(read(text), FAKE)
    while not session.is_over:
        finish(session)
        session.take(GoOn())
    assert session.view().closing == "0 0.7 1.0"
    assert session.view().can == ("begin at 0",)
    assert check(read(text), FAKE, ROOM) == []
    (problem,) = check(read(swapped("limit {limit}", "limit {limit_at_reed}", LESSON)), FAKE, ROOM)
    assert "there is no earlier page 'reed'" in problem


def test_what_a_model_answer_misses_is_told_with_lr_against_its_limit():
    (problem,) = check(read(swapped('"lr = 0.07", "step 2"', '"lr = 0.2", "step 2"', LESSON)), FAKE, ROOM)
    assert problem.endswith("lr 0.2 is 1.40 × the limit 0.142857")


def test_beyond_the_goal_no_key_steps_and_past_it_one_is_told_to_start_over():
    session = at("goal", LESSON)
    assert session.take(StepEpochs(3)).says == ()
    assert "step" in session.view().takes
    assert not session.view().is_beyond
    assert session.take(StepEpochs()).says == ("You went past 'updates <= 3'.",)
    assert session.view().is_beyond
    assert on_screen("goal").label(session.view(), KEYS) == "R starts over:"
    turned(session, "again")
    assert not session.view().is_beyond
    turned(session, "lr = 0.07", "step 2")
    assert session.is_done
    assert "step" not in session.view().takes
    turned(session, "again")
    assert "step" in session.view().takes


def test_a_session_goes_on_in_the_middle_of_a_page():
    lesson = read(KINDS)
    first = RecordedSession(lesson, FAKE, "ann")
    finish(first)
    first.take(GoOn())
    for event in first.session.page.model_answer():
        first.take(event)
    before = first.view()
    first.close()
    again = RecordedSession(lesson, FAKE, "ann")
    assert again.view() == before
    again.close()


def test_on_lines_of_text_every_deed_is_possible(tmp_path, monkeypatch, capsys):
    path = tmp_path / "kinds.toml"
    path.write_text(KINDS)
    right = at("order").page.right
    typed = [
        "0.5",
        "1",
        "W 1.25",
        "",
        "1.5",
        "2.5",
        "3",
        "W = 3.5",
        "2",
        "2",
        "1",
        "",
        "1.5",
        "1.25",
        "b = 1.125",
        "0.875",
        "-8",
        "",
        right,
        "",
        "1",
        "step 8",
        "1",
        "",
    ]
    monkeypatch.setattr(sys, "argv", ["gdtui", "lesson", str(path)])
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(typed) + "\n"))
    assert cli.run_safely() == 0
    out = capsys.readouterr().out
    for said in (
        "W 1.25   cost 0.291667   best so far 0",
        "3  3  3.750  0.750",
        "Finer steps find nothing below 1.",
        "0.125   −0.96875  −7.75",
        "Right: −8.",
        "W = W + step",
        "Right: this is the order.",
        "You said: ever longer jumps",
        "8      −109.200  56671.8",
        "Why is each jump longer?",
        "That is all.",
        "8.5 of 9 points",
    ):
        assert said in out, said


IN_A_LOOP = """rules = [
  { first = 1, then = 2, or_after = 3, says = "Too late, and too early." },
  { first = 2, then = 3, says = "The other way round." },
]
decoys = ["""


@pytest.mark.parametrize(
    ("order", "says"),
    [((1, 2, 3), "Right"), ((2, 3, 1), "Right"), ((2, 1, 3), "Too late, and too early."), ((1, 3, 2), "way round")],
)
def test_in_a_loop_a_line_may_stand_before_another_or_at_the_end(order, says):
    session = at("order", swapped("decoys = [", IN_A_LOOP, KINDS))
    offered, lines = session.view().exhibit.offered, session.step.order.lines
    outcome = session.take(Answer("".join(str(offered.index(lines[number - 1]) + 1) for number in order)))
    assert says in " ".join(outcome.says)


def test_a_run_with_a_bug_is_watched_and_then_the_one_without():
    bug = 'play = 3\nruns = [{ bug = "plus for minus" }, '
    text = swapped('play = 6\nruns = [{ convention = "sum" }, ', bug, MORE)
    session = at("three", text)
    session.take(StepEpochs(count=3))
    assert [session.run.history[at].parameters[0] for at in range(4)] == pytest.approx([0, -2.8, -13.44, -53.872])
    session.take(ResetRun())
    session.take(StepEpochs(count=3))
    assert session.run.epoch.parameters == pytest.approx([-53.872]), "it is the same run again"
    session.take(StepEpochs(count=3))
    assert session.run.settings.convention == "mse"
    assert abs(session.run.epoch.cost) < 10, "and the next has no bug"


def test_where_a_knob_turns_may_follow_from_the_rows():
    text = swapped("range = [-1, 3]\nstep = 0.25", 'range = ["-min_W", "3 * min_W"]\nstep = "min_W / 4"', KINDS)
    knob = at("turn", text).view().exhibit.knobs[0]
    assert (knob.low, knob.high, knob.turned(1)) == pytest.approx((-1, 3, 0.25))
    wrong = ('["regime", 3]', "'regime' is not a number"), ('["4 * min_W", 3]', "the knob cannot turn")
    for ends, says in wrong:
        text = swapped("range = [-1, 3]", f"range = {ends}", KINDS)
        assert says in check(read(text), FAKE, ROOM)[0]


def test_a_run_with_a_bug_is_computed_within_the_same_limit():
    trainer = Limit(2).on(FAKE).buggy(Experiment(), "no zero_grad")
    trainer.step()
    trainer.step()
    with pytest.raises(UserError, match="more than 2 updates"):
        trainer.step()


def test_after_one_of_several_runs_the_keys_lead_to_the_next():
    session = at("three", MORE)
    session.take(StepEpochs(count=5))
    assert label(session.view(), KEYS) == "space takes an epoch, r plays them all:"
    session.take(StepEpochs(count=1))
    assert label(session.view(), KEYS) == "space or r starts run 2 of 3:"


QUESTION = """
[step.explain]
prompt = "Why?"
choices = [{ right = true, text = "So.", says = "So." }, { text = "No.", says = "No." }]
"""


@pytest.mark.parametrize("question", ["", QUESTION])
@pytest.mark.parametrize(("keep", "goes_on_at"), [("true", 1.25), ("false", 0.0)])
def test_a_page_goes_on_from_where_the_knob_was_left_or_from_where_it_began(keep, goes_on_at, question):
    answer = 'answer = ["W = 0.5", "W = 1", "W = 1.25"]\n'
    text = swapped(answer, f"{answer}keep = {keep}\n{question}", KINDS)
    session = at("bowl", text.replace("experiment = { x = [1, 2, 3], y = [1, 3, 7], w0 = 1 }\n", ""))
    assert session.run.epoch.parameters == (goes_on_at,)


async def played(text: str, size: tuple[int, int], play) -> None:
    """Open a lesson and play it by keys."""
    app = LessonApp(read(text), lambda lesson: RecordedSession(lesson, FAKE, "ann"))
    async with app.run_test(size=size) as pilot:
        lesson = Lab(app, pilot, app.lesson)
        await lesson.until(lambda: app.lesson.view is not None and bool(app.lesson.charts.charts))
        await play(lesson)


@pytest.mark.parametrize("size", [(80, 24), pytest.param((60, 16), marks=pytest.mark.slow)])
async def test_every_kind_is_done_by_its_keys(size):
    right = at("order").page.right

    async def play(lesson: Lab) -> None:
        view = lambda: lesson.app.lesson.view  # noqa: E731
        assert "← → turn W" in str(lesson.app.screen.query_one("#answer-label").render())
        assert "← → turn" in lesson.text("#keys")
        await lesson.press("right", "right", "full_stop", "comma")
        assert "W 0.5   cost 1.167   best 1.053" in lesson.text("#lesson-page")
        await lesson.press("right", "right", "right")
        assert "W 1.250" in lesson.text("#lesson-numbers")
        assert view().is_done
        await lesson.press("enter", *["right"] * 4, "left", *["left"])
        assert (view().page, view().exhibit.knobs[0].value) == (2, 2)
        await lesson.press("right", "left")
        assert view().prompt, "five dots, and W is 2"
        drawn = lesson.text("ChartPanel")
        assert drawn.count("•") >= 4
        await lesson.press("left")
        assert view().exhibit.knobs[0].value == 2, "while it is asked the knob stands still"
        await lesson.press("2", "enter")
        assert "Finer steps find nothing below 1." in " ".join(lesson.text("#lesson-page").split())
        await lesson.press("1", "enter", "enter")
        assert "← → move b" in lesson.text("#keys")
        first = lesson.text("ChartPanel")
        await lesson.press("left")
        assert lesson.text("ChartPanel") != first, "the cursor moves on the chart"
        await lesson.press("left", "left", "left")
        assert "−8.250" in lesson.text("#lesson-page")
        await lesson.press("minus", "8", "enter", "enter")
        assert view().kind == "order"
        await lesson.press(*right[:2])
        assert "your lines, 2 of 3 placed:" in lesson.text("#lesson-page")
        await lesson.press("backspace")
        assert "your lines, 1 of 3 placed:" in lesson.text("#lesson-page")
        await lesson.press(*right[1:], "enter", "enter", "1", "enter")
        assert view().kind == "watch"
        assert lesson.text("#keys").split().count("r") == 1, "r plays here, and takes no ten steps"
        await lesson.press("space", "space", "R", *["space"] * 8)
        assert view().exhibit.played == 8
        await lesson.press("1", "enter")
        assert view().is_done
        await lesson.press("enter")
        assert view().is_over
        assert view().score == "8.5 of 9 points"

    await played(KINDS, size, play)


async def test_own_words_are_typed_on_the_screen_whatever_they_begin_with():
    """None of the letters is taken for a key of the page."""

    async def play(lesson):
        session = lesson.app.lesson.recorded_session
        for event in (*at("read", UNJUDGED).page.model_answer(), GoOn(), *at("ask", UNJUDGED).page.model_answer()):
            session.take(event)
        lesson.app.lesson.show()
        await lesson.until(lambda: lesson.app.lesson.view.kind == "words")
        await lesson.type("report: W + 1 grows")
        await lesson.press("enter")
        await lesson.until(lambda: "report: W + 1 grows" in lesson.text("#lesson-page"))

    await played(UNJUDGED, (80, 24), play)


@pytest.mark.parametrize("size", [(80, 24), pytest.param((60, 16), marks=pytest.mark.slow)])
async def test_the_glossary_opens_from_every_page_and_leads_back(size):
    async def play(lesson):
        session = lesson.app.lesson.recorded_session
        while not session.session.is_over:
            await lesson.press("ctrl+g")
            await lesson.until(lambda: isinstance(lesson.app.screen, PageScreen))
            await lesson.press("ctrl+g")
            await lesson.until(lambda: lesson.app.screen is lesson.app.lesson)
            finish(session)
            session.take(GoOn())
            lesson.app.lesson.show()
        await lesson.until(lambda: "8.5 of 9" in lesson.text("#lesson-page") or "9 of 9" in lesson.text("#lesson-page"))

    await played(KINDS, size, play)


async def test_a_run_plays_by_itself_until_its_end_and_the_next_one_waits_for_a_key():
    async def play(lesson: Lab) -> None:
        view = lambda: lesson.app.lesson.view  # noqa: E731
        session = lesson.app.lesson.recorded_session
        while session.session.step.name != "three":
            finish(session)
            session.take(GoOn())
        lesson.app.lesson.show()
        for number in (1, 2, 3):
            await lesson.press("r")
            await lesson.until(lambda: not lesson.app.lesson._playing)
            assert view().exhibit.number == number
            assert view().exhibit.played == 2
        assert view().is_done

    await played(MORE.replace("play = 6", "play = 2"), (80, 24), play)


@pytest.mark.parametrize(("epochs", "pace"), [(8, 2), (20, 2), (100, 10), (1000, 100)])
def test_no_run_plays_for_much_longer_than_ten_seconds(epochs, pace):
    session = at("watch", KINDS.replace("play = 8", f"play = {epochs}"))
    session.take(Answer("1"))
    assert pace_of(session.view()) == pace


async def test_a_run_that_plays_and_is_stepped_to_its_end_does_not_play_on_on_the_next_page():
    async def play(lesson: Lab) -> None:
        screen = lesson.app.lesson
        session = screen.recorded_session
        while session.session.step.name != "three":
            finish(session)
            session.take(GoOn())
        screen.show()
        await lesson.press("r")
        assert screen._playing
        await lesson.press(*["space"] * 6)
        assert screen.view.is_done
        assert not screen._playing

    await played(MORE.replace("play = 6", "play = 2"), (80, 24), play)


def test_every_kind_has_a_name_of_its_own():
    assert all(name == kind.name for name, kind in PAGES.items())


async def test_a_page_shows_the_charts_that_it_chooses():
    async def play(lesson: Lab) -> None:
        assert lesson.titles() == ["y and H(x)"]
        assert lesson.app.lesson.charts.looks.has_residuals

    await played(swapped('charts = ["data"]', 'charts = ["data"]\nmarks = ["errors"]', KINDS), (80, 24), play)


async def test_a_page_before_is_read_and_left_again():
    async def play(lesson: Lab) -> None:
        screen = lesson.app.lesson
        await lesson.press("backspace")
        assert not screen.view.is_past, "there is none before the first"
        await lesson.press(*["right"] * 5, "enter", "right", "backspace")
        assert (screen.view.page, screen.view.is_past) == (1, True)
        assert "W 1.25   cost 0.2917" in lesson.text("#lesson-page")
        assert "W 1.250" in lesson.text("#lesson-numbers")
        before = screen.recorded_session.view()
        await lesson.press("left", "question_mark")
        assert screen.recorded_session.view() == before, "it is only to be read"
        await lesson.press("backspace", "enter")
        assert (screen.view.page, screen.view.is_past) == (2, False)
        await lesson.press("right")
        assert screen.view.exhibit.knobs[0].value == 2

    await played(KINDS, (80, 24), play)


def test_pages_before_can_be_read_after_the_lesson_was_left():
    lesson = read(KINDS)
    first = RecordedSession(lesson, FAKE, "ann")
    finish(first)
    first.take(GoOn())
    past = first.session.past
    first.close()
    again = RecordedSession(lesson, FAKE, "ann")
    assert [page.view for page in again.session.past] == [page.view for page in past]
    again.close()


@pytest.fixture
def gdtui(capsys, monkeypatch, tmp_path):
    """The command on lines of text, in this process."""
    path = tmp_path / "kinds.toml"
    path.write_text(KINDS)

    def run(*words: str, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gdtui", "lesson", str(path), *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        capsys.readouterr()
        code = cli.run_safely()
        return code, *capsys.readouterr()

    return run


def test_any_page_is_shown_without_answering_those_before(gdtui):
    code, out, err = gdtui("--page", "3", given="1.5\n")
    assert (code, out.strip().splitlines()[0]) == (0, "[3/5] Measure")
    assert "Nothing is saved" in err
    assert len(err.strip().removeprefix("gdtui: ")) < 60, "the narrowest screen has one line for it"
    assert record_folder.own_records() == []
    code, _, err = gdtui("--page", "6")
    assert code == 2
    assert "kinds has 5 pages: choose one" in err


async def test_a_view_of_the_lab_stands_beside_the_text_and_hides_what_is_asked_for():
    async def play(lesson: Lab) -> None:
        explained = lambda: lesson.text("BreakdownView")  # noqa: E731
        assert "tab" not in lesson.keys, "there is no chart to leaf to"
        await lesson.until(lambda: "gradient  Σ × 1 = ?" in explained())
        assert "−14.000" not in explained()
        await lesson.press("minus", "1", "4", "enter")
        assert "gradient  Σ × 1 = −14.000" in explained()
        await lesson.press("enter", "space", "space")
        await lesson.until(lambda: "→ W 1.064" in lesson.text("CodeView"))
        await lesson.press("backspace")
        assert "gradient  Σ × 1 = −14.000" in explained()
        await lesson.press("enter", "enter", "enter", *["r", "p", "R", "plus", "r", "p"])
        await lesson.until(lambda: "▸B  0.12" in lesson.text("CompareView"))
        await lesson.press("enter")
        assert "W ├" in lesson.text("#lesson-page")

    await played(VIEWS, (80, 24), play)


async def test_a_page_without_charts_has_all_the_room():
    async def play(lesson: Lab) -> None:
        assert not lesson.titles()
        await lesson.until(lambda: lesson.app.screen.query_one("#lesson-page").size.width > 70)

    await played(swapped('charts = ["data"]', "charts = []", KINDS), (80, 24), play)


async def test_what_a_page_exhibits_is_drawn_before_the_first_key():
    async def play(lesson: Lab) -> None:
        await lesson.until(lambda: "┤" in lesson.text("#charts Panel"))

    head, *pages = MORE.split("[[step]]")
    measured = next(page for page in pages if "[step.measure]" in page and 'curve = "gradient"' in page)
    await played(f"{head}[[step]]{measured}", (80, 24), play)


def test_a_hint_is_about_what_is_asked_for_now():
    session = typed(come_to("hypothesis", "errors"), "?")
    assert session.view().hints == ("W·2 has to be 3.",)
    typed(session, "1.5")
    assert session.view().hints == ()
    typed(session, "?")
    assert session.view().hints == ("At W = 1.5 the prediction H(3) is 4.5, and y is 7.",)


@pytest.mark.parametrize("place", ["0.5", "0.55", "0.575"])
def test_a_finer_turn_to_a_better_place_keeps_the_tick(place: str):
    session = typed(come_to("hypothesis", "better"), place)
    assert session.view().checks[0].is_ticked
    assert not session.view().is_done


def test_what_was_reached_stays_ticked_and_tells_the_place_where_it_was():
    session = typed(come_to("hypothesis", "better"), "0.25", "0.5")
    reached = session.view().reveal
    assert "At W = 0.5 the cost" in reached
    typed(session, "0.75")
    assert session.view().reveal == reached
    assert all(check.is_ticked for check in session.view().checks)


def test_a_number_alone_is_the_lr_that_a_goal_asks_for():
    session = typed(come_to("learning-rates", "fewest"), "0.07")
    assert session.run.settings.learning_rate == 0.07


def test_an_example_changes_something():
    session = typed(come_to("learning-rates", "compare"), "2")
    assert session.view().examples[0] == "lr = 0.1"
    assert typed(session, "lr = 0.1").view().examples[0] == "lr = 0.05"


def test_a_run_with_lr_exactly_at_its_limit_is_on_neither_side():
    session = typed(come_to("learning-rates", "border"), "lr = 1/7", "pin")
    assert not any(check.is_ticked for check in session.view().checks)
    typed(session, "lr = 0.142", "pin", "lr = 0.18", "pin")
    assert "B settles, C diverges: 0.038 apart" in session.view().compared[-1]


def test_the_limit_is_shown_by_the_runs_that_were_pinned():
    session = typed(come_to("limit", "test"), "0.224", "pin", "0.22", "pin")
    assert "Your lr 0.22 gives the factor −0.980, and 0.224 gives −1.016." in session.view().reveal


def test_a_slope_that_is_nearly_0_is_not_0():
    session = typed(come_to("slope", "flat"), "0.99999")
    assert not session.view().prompt


def test_a_key_never_brings_one_cursor_onto_the_other():
    session = come_to("limit", "curvature")
    shown = session.view().exhibit
    assert shown.beside == (-1, 2)
    assert session.take(Deed(word="b", value="-1")).is_accepted


def test_epochs_of_a_watched_run_are_counted_as_those_that_are_taken():
    session = come_to("one-step", "compare")
    session.take(StepEpochs(count=5))
    last = session.view().exhibit.lines()[-2]
    assert last.split()[0] == "5"
    assert "after 5 it is 0.004" in " ".join(session.view().reveal.split())


def test_steps_that_were_never_read_do_not_count():
    session = typed(come_to("ten-epochs", "distance"), "b = 2", "b = 3", "a = 1", "a = 2")
    assert not session.view().prompt


def test_on_the_lectures_gradient_its_own_dots_are_left():
    session = typed(come_to("one-step", "lecture"), "1.5")
    shown = session.view().exhibit
    assert shown.lines()[0] == "W 1.5   gradient 7"
    assert (1.5, 7.0) in shown.dots
