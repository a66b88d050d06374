"""The language of lessons: it computes, and nothing else can be done with it."""

import math
import time

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from gdtui.descent.backend import BACKEND
from gdtui.errors import UserError
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import LONGEST, ExpressionError, evaluate, filled, lone_name, names_in, parse
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
        ("2 ^ -1", 0.5),
        ("2 ^ -2 ^ 2", 1 / 16),
        ("2 * 3 ^ 2", 18),
        ("- -3", 3),
        ("007 + .5 + 1. + 1e3", 1008.5),
        ("6 · 7 − 2", 40),
        ("max(1, abs(-3), 2)", 3),
        ("sqrt(16) + log10(100)", 6),
        ("round(2.345678, 2)", 2.35),
        ("round(1234.5, -2)", 1200),
        ("round(2.5)", 2),
        ("1 < 2 and not 2 < 1", True),
        ("0 < lr < limit", True),
        ("0 < 0.2 < limit", False),
        ("1 < 2 == 2 >= 1", True),
        ("not 1 == 2", True),
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
        ("1 2", "too many"),
        ("W.real", "not understood"),
        ("__import__('os')", "no function"),
        ("eval('1')", "no function"),
        ("W = 3", "not understood"),
        ("lambda: 1", "too many|not understood"),
        ("1 if 2 else 3", "too many"),
        ("lambda", "not understood"),
        ("None", "not understood"),
        ("True", "not understood"),
        ("(W := 3)", "not understood"),
        ("W[1:2]", "not understood"),
        ("W @ W", "not understood"),
        ("1_000", "too many"),
        ("0x10", "too many"),
        ("2j", "too many"),
        ("f'{W}'", "too many"),
        ("'a' 'b'", "too many"),
        ("2 (3)", "too many"),
        ("(W)[1]", "too many"),
        ("W[1][2]", "too many"),
        ("1, 2", "too many"),
        ("(1, 2)", "is missing"),
        ("max(1 2)", "is missing"),
        ("W[1)", "is missing"),
        ("abs(1,)", "a value is missing before"),
        ("abs(*W)", "a value is missing before"),
        ("abs()", "a value is missing before"),
        ("+1", "a value is missing before"),
        ("7 // 2", "a value is missing before"),
        ("1 + not true", "a value is missing before 'not'"),
        ("2^" * 50 + "2", "brackets"),
        ("abs(" * 21 + "1" + ")" * 21, "brackets"),
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
        "round(1, 2, 3)",
        "true + 1",
        "-true",
        "1 < 'b' < 3",
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


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("9^9^9^9", "the number is too large"),
        ("1e308 * 10", "the number is too large"),
        ("floor(1e300) * floor(1e300)", "the number is too large"),
        ("round(1.7e308, -308)", "the number is too large"),
        ("1/0", "division by 0"),
        ("sqrt(-1)", "sqrt cannot be computed for these numbers"),
        ("(-8) ^ 0.5", "^ cannot be computed for these numbers"),
        ("log10(0)", "log10 cannot be computed for these numbers"),
        ("round(1, 0.5)", "round cannot be computed for these numbers"),
        ("abs(1, 2)", "abs cannot be computed for these numbers"),
    ],
)
def test_what_has_no_number_is_said_in_words(source, words):
    with pytest.raises(ExpressionError) as error:
        value(source)
    assert str(error.value) == words


@pytest.mark.parametrize("source", ["updates", "rows * 2", "floor(1e300)", "round(2.4)", "max(rows, 2)", "-keys"])
def test_what_is_computed_is_a_float(source):
    assert isinstance(value(f"{source} + 0"), float)


def test_brackets_and_signs_go_as_deep_as_is_said():
    assert value("(" * 20 + "1" + ")" * 20) == 1
    assert value("-" * 20 + "1") == 1
    assert value("(W + 1) ^ 2 + " * 12 + "0") == 12


CHARACTERS = "()[]+-*/^<>=!'\".,0123456789eE_WbandortlimfsqxX "
TOKENS = [*"()[],+-−*·/^<W", "1", "2.5", "lr", "regime", "'a'", "**", "<=", "==", "and", "or", "not", "true"]
TOKENS += ["if", "lambda", "None", "abs(", "max(", "W["]


@given(
    st.text(CHARACTERS, max_size=40)
    | st.lists(st.sampled_from(TOKENS), max_size=30).map(" ".join)
    | st.lists(st.sampled_from(TOKENS), max_size=30).map("".join)
    | st.text(max_size=LONGEST + 1)
)
@examples(600)
def test_any_text_is_an_expression_or_a_clear_error(source):
    try:
        found = value(source)
    except UserError as error:
        found = str(error)
        assert found
    assert "\n" not in found or found in source if isinstance(found, str) else math.isfinite(found)


def test_an_expression_tells_the_names_that_it_asks_for():
    assert names_in(parse("max(cost[updates], W) < limit and regime == 'flat'")) == {
        "cost",
        "updates",
        "W",
        "limit",
        "regime",
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("cost", ("cost", None)),
        ("cost[10]", ("cost", 10)),
        ("(cost)", ("cost", None)),
        ("cost[1 + 1]", None),
        ("-cost", None),
        ("2", None),
        ("abs(W)", None),
    ],
)
def test_a_name_alone_is_told_from_what_is_computed_of_it(source, expected):
    assert lone_name(parse(source)) == expected


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
