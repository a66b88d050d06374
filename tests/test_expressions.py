"""The language of lessons: it computes, and nothing else can be done with it."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdtui.descent import BACKEND
from gdtui.errors import UserError
from gdtui.experiment.experiment import Change, Experiment
from gdtui.experiment.expressions import LONGEST, ExpressionError, evaluate, filled, parse
from gdtui.lab.run import Run
from gdtui.teaching.scope import RunScope

LECTURE = RunScope(Run(Experiment(dtype="float64"), BACKEND), BACKEND, {"keys": 3})


def value(source: str):
    return evaluate(parse(source), LECTURE)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 * -3", -6),
        ("6 / 3 / 2", 1),
        ("10 - 3 - 2", 5),
        ("2**3", 8),
        ("6 · 7 − 2", 40),
        ("max(1, abs(-3), 2)", 3),
        ("sqrt(16) + log10(100)", 6),
        ("1 < 2 and not 2 < 1", True),
        ("true or 1 / 0 > 1", True),
        ("'steady' == \"steady\"", True),
        ("'steady' != 'flat'", True),
        ("0.1 + 0.2 == 0.3", True),
    ],
)
def test_arithmetic_and_logic_are_the_usual_ones(source, expected):
    assert value(source) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("W", 0),
        ("W[1]", 1.4),
        ("next_W", 1.4),
        ("W[2]", 0.84),
        ("cost", 14 / 3),
        ("cost[1]", 14 / 3 * 0.16),
        ("next_cost", 14 / 3 * 0.16),
        ("gradient", -14),
        ("gradient_W[1]", 5.6),
        ("update", -1.4),
        ("limit", 1 / 7),
        ("one_step", 1 / 14),
        ("lr / limit", 0.7),
        ("factor", -0.4),
        ("curvature_mse", 28 / 3),
        ("slope", -28 / 3),
        ("min_W", 1),
        ("regime", "overshooting"),
        ("state", "going"),
        ("rows", 3),
        ("keys", 3),
    ],
)
def test_names_are_the_numbers_of_the_run(source, expected):
    assert value(source) == (pytest.approx(expected, abs=1e-9) if not isinstance(expected, str) else expected)


def test_epochs_behind_and_ahead_are_those_of_the_run_itself():
    run = Run(Experiment(learning_rate=0.05, changes=(Change(4, 0.02),)), BACKEND)
    other = Run(run.experiment, BACKEND)
    for _ in range(3):
        run.step()
    for _ in range(8):
        other.step()
    scope = RunScope(run, BACKEND)
    assert evaluate(parse("W[8]"), scope) == other.history[8].parameters[0]
    assert evaluate(parse("last_gradient"), scope) == other.history[2].gradient[0]
    assert run.cursor == 3
    assert len(run.history) == 4


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("", "missing"),
        ("1 +", "missing"),
        ("(1", "is missing"),
        ("1 2", "too much"),
        ("W.real", "not understood"),
        ("__import__('os')", "no function"),
        ("eval('1')", "no function"),
        ("W = 3", "not understood"),
        ("lambda: 1", "too much|not understood"),
        ("1 if 2 else 3", "too much"),
        ("[1]", "missing"),
        ("W;W", "not understood"),
        ("`id`", "not understood"),
        ("(" * 50 + "1" + ")" * 50, "brackets"),
        ("-" * 100 + "1", "brackets"),
        ("not " * 40 + "true", "brackets"),
        ("1" * (LONGEST + 1), "characters"),
        ("1e999", "too large"),
    ],
)
def test_what_is_no_expression_is_refused(source, what):
    with pytest.raises(ExpressionError, match=what):
        parse(source)


@pytest.mark.parametrize(
    "source",
    [
        "9^9^9",
        "1/0",
        "sqrt(-1)",
        "(-8)^(1/3)",
        "round(1, 2, 3)",
        "'a' + 1",
        "'a' < 'b'",
        "1 and true",
        "W[0.5]",
        "W[-1]",
        "W[1e8]",
        "cost[5001 * 100]",
        "last_W",
        "W2",
        "b",
        "os",
        "min_W3",
        "run",
        "facts",
        "value",
        "gradient_x",
        "keys[1]",
    ],
)
def test_what_cannot_be_computed_is_said_in_time(source):
    begin = time.monotonic()
    with pytest.raises(UserError):
        value(source)
    assert time.monotonic() - begin < 10


@given(st.text("()[]+-*/^<>=!'\".,0123456789eE_WbandortlimfsqxX ", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_an_expression_or_a_clear_error(source):
    try:
        found = value(source)
    except UserError as error:
        found = str(error)
    assert (found and "\n" not in found) if isinstance(found, str) else math.isfinite(found)


def test_texts_are_filled_in():
    text = "W = {W[1]}, to two digits {W[1]:2}; {{braces}}; {regime}; {1 < 2}"
    assert filled(text, LECTURE) == "W = 1.4, to two digits 1.40; {braces}; overshooting; yes"


@pytest.mark.parametrize("text", ["{", "}", "{W", "W}", "{W:x}", "{}", "{{W}"])
def test_braces_without_partners_and_empty_ones_are_refused(text):
    with pytest.raises(UserError):
        filled(text, LECTURE)


def test_a_number_that_is_not_there_has_a_stand_in_where_one_is_given():
    with pytest.raises(UserError):
        filled("{W2}", LECTURE)
    assert filled("{W2} and {W}", LECTURE, "…") == "… and 0"
