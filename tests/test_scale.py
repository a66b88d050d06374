"""Scale: limits of round numbers that stand still, and ticks whose labels can be trusted."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdtui.ui.charts.scale import Scale, grown, linear, log, ticks, whole

numbers = st.floats(allow_nan=True, allow_infinity=True)


def limits(scale):
    return scale.low, scale.high


def labels(scale, most=6):
    return [tick.label for tick in ticks(scale, most)]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 4.666667, (0, 5)),
        (0, 1.4, (0, 1.5)),
        (-0.3, 2.2, (-0.5, 2.5)),
        (-1, 3, (-1, 3)),
        (0, 14, (0, 15)),
        (0, 23, (0, 25)),
        (0, 0.0031, (0, 0.004)),
        (3, 3, (0, 6)),
        (-3, -3, (-6, 0)),
        (0, 0, (0, 1)),
        (1, 1 + 1e-12, (0, 2)),
        (4, -1, (-1, 4)),
        (math.nan, 2, (0, 4)),
        (math.nan, math.inf, (0, 1)),
    ],
)
def test_linear_limits_are_round(low, high, expected):
    assert limits(linear(low, high)) == expected


def test_a_cost_axis_begins_at_zero():
    assert limits(linear(3.2, 4.7, with_zero=True)) == (0, 5)
    assert limits(linear(4, 4, with_zero=True)) == (0, 4)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1e-7, 4.67, (1e-7, 10)),
        (1, 1, (0.1, 10)),
        (0, 5, (1, 10)),
        (-1, -2, (0.1, 10)),
        (5e-324, 1.7e308, (1e-307, 1e308)),
    ],
)
def test_log_limits_are_powers_of_ten(low, high, expected):
    assert limits(log(low, high)) == expected


def test_epochs_are_exactly_as_planned():
    assert limits(whole(1, 10)) == (1, 10)
    assert limits(whole(1, 1)) == (1, 2)


@pytest.mark.parametrize("scale", [linear(0, 4.67, with_zero=True), log(0.02, 4.67), whole(1, 10)])
def test_a_scale_stands_still_while_the_data_stays_inside(scale):
    assert grown(scale, scale.low, scale.high) is scale
    assert grown(scale, math.nan, math.inf) is scale


def test_a_log_scale_is_not_moved_by_a_cost_of_zero():
    scale = log(0.02, 4.67)
    assert grown(scale, 0.0, 4.67) is scale


def test_limits_move_outwards_only_to_round_numbers():
    assert limits(grown(linear(0, 4.67, with_zero=True), 0.5, 6.1)) == (0, 8)
    assert limits(grown(linear(0, 1.4), -0.2, 0.5)) == (-0.5, 1.5)
    assert limits(grown(whole(1, 10), 1, 11)) == (1, 15)
    assert limits(grown(log(0.01, 4), 1e-7, 1)) == (1e-8, 10)


def test_a_long_run_moves_the_limits_seldom():
    scale, moves = whole(1, 10), 0
    for epoch in range(1, 100_000, 7):
        wider = grown(scale, 1, epoch)
        moves += wider is not scale
        scale = wider
    assert moves <= 40


@pytest.mark.parametrize(
    ("scale", "most", "expected"),
    [
        (linear(0, 5), 6, ["0", "1", "2", "3", "4", "5"]),
        (linear(0, 5), 3, ["0", "2.5", "5.0"]),
        (linear(0, 1.5), 4, ["0", "0.5", "1.0", "1.5"]),
        (linear(-1, 3), 5, ["−1", "0", "1", "2", "3"]),
        (linear(0, 25), 6, ["0", "5", "10", "15", "20", "25"]),
        (linear(0, 0.004), 3, ["0", "2e-3", "4e-3"]),
        (linear(-4e-9, 4e-9), 3, ["−4e-9", "0", "4e-9"]),
        (linear(0, 0.02), 3, ["0", "0.01", "0.02"]),
        (linear(0, 5000), 2, ["0", "5000"]),
        (linear(0, 15000), 4, ["0", "5k", "10k", "15k"]),
        (linear(0, 5e6), 3, ["0", "2.5M", "5.0M"]),
        (linear(0, 3e12), 4, ["0", "1e12", "2e12", "3e12"]),
        (linear(-1e308, 1e308), 3, ["−1e308", "0", "1e308"]),
        (log(1e-7, 4.67), 3, ["1e-6", "1e-3", "1"]),
        (log(0.02, 4.67), 6, ["0.01", "0.1", "1", "10"]),
        (log(1, 3e5), 6, ["1", "100", "1e4", "1e6"]),
        (whole(1, 10), 6, ["1", "5", "10"]),
        (whole(1, 5), 6, ["1", "2", "3", "4", "5"]),
        (whole(1, 100), 6, ["1", "20", "40", "60", "80", "100"]),
        (whole(1, 1_000_000), 3, ["1", "500k", "1M"]),
        (whole(237, 260), 3, ["240", "250", "260"]),
        (whole(0, 10), 3, ["0", "5", "10"]),
        (linear(0, 5), 0, []),
    ],
)
def test_ticks_are_round_numbers_in_one_form(scale, most, expected):
    assert labels(scale, most) == expected


def test_ticks_stand_where_their_numbers_are():
    assert [tick.position for tick in ticks(linear(-1, 3), 5)] == [0, 0.25, 0.5, 0.75, 1]
    assert [tick.position for tick in ticks(log(0.1, 10), 3)] == [0, 0.5, 1]


def test_position_along_a_linear_scale():
    scale = linear(0, 5)
    assert scale.along(2.5) == 0.5
    assert scale.along(0) == 0
    assert scale.along(5) == 1
    assert scale.along(10) == 2
    assert scale.along(math.nan) is None
    assert scale.along(math.inf) is None


def test_position_along_a_log_scale():
    scale = log(0.01, 1)
    assert scale.along(0.1) == 0.5
    assert scale.along(0) is None
    assert scale.along(-1) is None
    assert scale.along(100) == 2


def test_the_largest_numbers_have_a_place():
    scale = linear(-1.7e308, 1.7e308)
    assert scale.along(0) == 0.5
    assert 0.9 < scale.along(1.7e308) < 1


@pytest.mark.parametrize(("low", "high", "is_log"), [(1, 1, False), (2, 1, False), (0, 1, True), (0, math.inf, False)])
def test_limits_that_are_none_are_refused(low, high, is_log):
    with pytest.raises(ValueError, match="no scale"):
        Scale(low, high, is_log)


@given(st.sampled_from([linear, log, lambda low, high: linear(low, high, with_zero=True)]), numbers, numbers, numbers)
def test_any_numbers_give_a_scale_that_can_be_read(make, low, high, further):
    scale = grown(make(low, high), further, further)
    for value in (low, high, further):
        along = scale.along(value)
        if along is not None and (not scale.is_log or 1e-307 <= value <= 1e308):
            assert 0 <= along <= 1
    for most in (1, 2, 3, 6):
        marks = ticks(scale, most)
        assert 1 <= len(marks) <= most
        assert len({mark.label for mark in marks}) == len(marks)
        assert [mark.position for mark in marks] == sorted(mark.position for mark in marks)
        assert all(0 <= mark.position <= 1 for mark in marks)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 6))
def test_epochs_are_marked_at_whole_numbers_only(first, count, most):
    scale = whole(first, first + count)
    length = scale.high - scale.low
    for mark in ticks(scale, most):
        epoch = scale.low + mark.position * length
        assert epoch == pytest.approx(round(epoch), abs=1e-6 * max(1, length))
