"""Decimated: a long series as few points, with no extreme lost."""

import math

import pytest
from examples import examples
from hypothesis import example, given
from hypothesis import strategies as st

from gdtui.ui.charts import series
from gdtui.ui.charts.series import Decimated

numbers = st.floats(allow_nan=True, allow_infinity=True)


def filled(values, most=512, chunk=None):
    decimated = Decimated(most)
    for start in range(0, len(values), chunk or max(1, len(values))):
        decimated.extend(values[start : start + (chunk or len(values))])
    return decimated


def test_a_short_series_comes_back_as_it_went_in():
    values = [4.67, 0.75, 0.12, 0.02]
    assert filled(values).points() == list(enumerate(values))


def test_all_values_up_to_the_number_of_buckets():
    values = [math.sin(index) for index in range(512)]
    assert filled(values).points() == list(enumerate(values))


def test_a_series_of_nothing_has_no_points():
    assert Decimated().points() == []


@pytest.mark.parametrize("at", [0, 1, 499_999, 999_998, 999_999])
@pytest.mark.parametrize("spike", [1e9, -1e9])
def test_one_outlier_in_a_million_is_kept(at, spike):
    values = [0.0] * 1_000_000
    values[at] = spike
    decimated = filled(values, chunk=100_000)
    assert (at, spike) in decimated.points()
    assert (at, spike) in decimated.points(most=70)


@examples(200)
@given(values=st.lists(numbers | st.sampled_from([0.0, -0.0, 1.0]), min_size=65, max_size=300))
@example(values=[0.0] * 126 + [1e308] * 2)
def test_numpy_finds_the_same_extremes(values):
    by_numpy = filled(values, most=2).points()
    with pytest.MonkeyPatch.context() as without:
        without.setattr(series, "MANY", math.inf)
        assert repr(by_numpy) == repr(filled(values, most=2).points())


def test_points_are_few_and_in_order_at_any_length():
    decimated = Decimated(16)
    for length in range(1, 2000):
        decimated.extend([math.sin(length)])
        points = decimated.points()
        assert len(points) <= 32
        assert [index for index, _ in points] == sorted({index for index, _ in points})


def test_fewer_points_are_given_when_fewer_are_asked_for():
    decimated = filled([math.cos(index) for index in range(400)])
    points = decimated.points(most=60)
    assert 30 < len(points) <= 60
    assert {min(points, key=lambda point: point[1]), max(points, key=lambda point: point[1])} <= set(decimated.points())


def test_old_points_stay_where_they_are_while_the_series_grows():
    values = [math.cos(index * index) for index in range(3000)]
    decimated = filled(values[:2100])
    before = decimated.points(most=64)
    decimated.extend(values[2100:])
    assert decimated.points(most=64)[: len(before) - 2] == before[:-2]


def test_what_is_not_finite_is_a_gap():
    points = filled([1.0, math.nan, 3.0, math.inf, -math.inf, 6.0]).points()
    assert [index for index, _ in points] == [0, 1, 2, 3, 4, 5]
    assert [value for _, value in points if math.isfinite(value)] == [1.0, 3.0, 6.0]
    assert all(math.isnan(value) for index, value in points if index in (1, 3, 4))


def test_what_is_not_finite_does_not_poison_its_bucket():
    values = [float(index) for index in range(1000)]
    values[10:20] = [math.nan] * 10
    values[500] = math.inf
    points = filled(values, most=8).points()
    assert (0.0, 0.0) in points
    assert (999.0, 999.0) in points
    assert all(math.isfinite(value) for _, value in points)


def test_numbers_whose_sum_is_too_large_are_still_numbers():
    small = filled([1.0] * 4, most=2).points()
    assert filled([1e308] * 4, most=2).points() == [(index, 1e308) for index, _ in small]


@given(st.lists(numbers, max_size=200), st.sampled_from([2, 4, 16]), st.integers(1, 50))
def test_lowest_and_highest_survive_any_feeding(values, most, chunk):
    decimated = filled(values, most, chunk)
    finite = [value for value in values if math.isfinite(value)]
    kept = [(index, value) for index, value in decimated.points() if math.isfinite(value)]
    assert all(values[int(index)] == value for index, value in kept)
    if finite:
        assert min(finite) == min(value for _, value in kept)
        assert max(finite) == max(value for _, value in kept)
    else:
        assert not kept
