"""Whoever works an equation out from the numbers on the screen gets the number on the screen."""

import re
from collections import Counter
from decimal import Decimal

import msgspec
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from problems import at_rate, experiments, named

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.settings import DTYPES
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.ui.lab.views.breakdown_digits import Shown
from gdtui.ui.lab.views.breakdown_rows import breakdown_rows
from gdtui.ui.panels.equation import subtraction
from gdtui.ui.panels.number_rows import formula, number_rows

NUMBER = r"\(?−?[\d.]+(?:e-?\d+)?\)?"
VECTOR = rf"(?:\[[^]]*\]|{NUMBER})"
SUM = re.compile(rf"({VECTOR}) − (?:({NUMBER})·)?({VECTOR}) ([=≈]) ({VECTOR})$")


def decimals(text: str) -> list[Decimal]:
    return [Decimal(number) for number in text.strip("[]()").replace("−", "-").replace(" …", "").split()]


def ends(text: str) -> tuple[str, list[tuple[Decimal, Decimal]]]:
    """The sign of the last equation in a line, and what each number should be beside what is written."""
    found = SUM.search(text)
    assert found, text
    before, factor, change, sign, following = found.groups()
    by = decimals(factor)[0] if factor else Decimal(1)
    rows = zip(decimals(before), decimals(change), decimals(following), strict=True)
    return sign, [(b - by * c, f) for b, c, f in rows]


def is_rounded(exact: Decimal, written: Decimal) -> bool:
    return abs(exact - written) * 2 <= Decimal((0, (1,), written.as_tuple().exponent))


def line(run: Run, width: int = 200, *, weights: bool = True) -> str:
    return "".join(text for text, _ in formula(look(run), width, weights=weights))


def run_of(experiment: Experiment, updates: int) -> Run:
    run = Run(experiment, BACKEND)
    for _ in range(updates):
        run.step()
    return run


@given(experiments(), st.sampled_from(DTYPES), st.floats(0.05, 2.2), st.integers(0, 20), st.sampled_from((80, 200)))
@examples(80)
def test_the_update_on_screen_holds_in_the_digits_on_screen(experiment, dtype, curvatures, updates, width):
    """`at_rate` gives rates of 17 digits; 2.2/L diverges."""
    run = run_of(msgspec.structs.replace(at_rate(experiment, curvatures), dtype=dtype), updates)
    for weights in (True, False) if experiment.has_bias else (True,):
        sign, pairs = ends(text := line(run, width, weights=weights))
        if sign == "=":
            assert all(is_rounded(*pair) for pair in pairs), text


@pytest.mark.parametrize(("dtype", "most"), [("float32", 0.01), ("float64", 0.0025)])
def test_hardly_ever_is_it_about_equal(dtype, most):
    signs = Counter[str]()
    for weights in ((0.671,), (0.671, 0.669, 0.677)):
        columns = [(0.5, -1.25, 2.0, 3.75), (1, 0.3, -0.7, 0.25), (2, 1.5, 0.1, -0.3)][: len(weights)]
        data = named(columns, (1.0, -2.0, 4.5, 6.0))
        for rate in (0.0123456789, 0.05, 1 / 7, 1e-5, 0.3):
            run = run_of(Experiment(dataset=data, weights=weights, learning_rate=rate, dtype=dtype), 0)
            for _ in range(40):
                signs[ends(line(run))[0]] += 1
                run.step()
    assert signs["≈"] <= most * signs.total()


def test_a_rate_of_many_digits_is_written_with_those_it_takes():
    run = run_of(Experiment(dataset=typed((100, 200, 300), (1, 2, 3)), learning_rate=0.0000123456789), 0)
    sign, pairs = ends(text := line(run))
    assert sign == "="
    assert all(is_rounded(*pair) for pair in pairs), text


def test_large_numbers_are_written_with_the_digits_it_takes():
    written = subtraction((-2.5834e9,), 0.1, (5.60012e10,), (-8.18352e9,), 3)
    _, pairs = ends(f"{written.before[0]} − {written.factor}·{written.change[0]} = {written.following[0]}")
    assert written.holds
    assert all(is_rounded(*pair) for pair in pairs), written


CHAIN = re.compile(rf"(?:^|= |  )({NUMBER}) ([×−]) ({NUMBER}) +({NUMBER})$")
"""A line of the explain view: two numbers, and what they come to."""


@given(experiments(), st.sampled_from(DTYPES), st.floats(0.05, 1.9), st.integers(0, 12))
@examples(80)
def test_the_explained_update_holds_line_by_line(experiment, dtype, curvatures, updates):
    run = run_of(msgspec.structs.replace(at_rate(experiment, curvatures), dtype=dtype), updates)
    parts = BACKEND.breakdown(run.experiment, run.epoch, (), rows=8)
    shown = Shown(run.experiment.parameter_names, run.experiment.has_bias)
    found = 0
    for row in breakdown_rows(parts, shown, 120):
        text = "".join(text for text, _ in row).rstrip()
        if match := CHAIN.search(text):
            first, sign, second, result = match.groups()
            (a,), (b,), (c,) = map(decimals, (first, second, result))
            assert is_rounded(a * b if sign == "×" else a - b, c), text
            found += 1
        found += "≈" in text
    if len(shown.names) <= 2:
        assert found >= 2 * len(shown.names), "the update and the new value of each parameter"


@given(st.integers(0, 12), st.sampled_from(DTYPES))
@examples(20)
def test_the_table_of_many_parameters_holds_row_by_row(updates, dtype):
    data = named([(0.5, -1.25, 2.0, 3.75), (1, 0.3, -0.7, 0.25), (2, 1.5, 0.1, -0.3)], (1.0, -2.0, 4.5, 6.0))
    run = run_of(Experiment(dataset=data, weights=(0.671, 0.669, 0.677), learning_rate=0.03, dtype=dtype), updates)
    parts = BACKEND.breakdown(run.experiment, run.epoch, (), rows=8)
    texts = ["".join(text for text, _ in row) for row in breakdown_rows(parts, Shown(("W1", "W2", "W3"), False), 120)]
    rows = [text.split() for text in texts if text.startswith("W")]
    assert len(rows) == 3
    for _, total, slope, update, before, new in rows:
        (t,), (s,), (u,), (b,), (n,) = map(decimals, (total, slope, update, before, new))
        assert is_rounded(t, s)
        assert is_rounded(Decimal("0.03") * s, u)
        assert is_rounded(b - u, n)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({}, " (sum)"),
        ({"convention": "mse"}, ""),
        ({"model": "logistic"}, ""),
        ({"model": "logistic", "convention": "sum"}, " (sum)"),
    ],
)
def test_a_gradient_that_is_not_the_slope_of_the_cost_is_named(words, named):
    run = Run(Experiment(dataset=typed((1, 2, 3), (0, 1, 1)), **words), BACKEND)
    run.step()
    (line, *_others) = number_rows(look(run), 120)
    text = "".join(part for part, _role in line)
    assert text.partition("gradient ")[2].lstrip("−0123456789.") == named
