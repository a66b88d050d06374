"""Scales: ticks the same number of cells apart, every value within half a cell of its own, and few cells unused."""

import math
import random
from itertools import pairwise
from statistics import mean

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from gdtui.ui.charts.scale import columns_of, epochs, linear, log, round_above, rows_of, square, whole_data

numbers = st.floats(allow_nan=True, allow_infinity=True)


def marked(scale):
    return {tick.label: tick.cell for tick in scale.ticks}


def cell(scale, value):
    (place,) = scale.places((value,))
    return None if place is None else math.floor(place + 1e-6)


def ranges(count):
    """From 1e-6 to 1e6 wide; from 0, with 0 inside, negative, and far from 0."""
    chance = random.Random(1)
    for _ in range(count):
        span = 10 ** chance.uniform(-6, 6)
        far = span * 10 ** chance.uniform(-2, 3)
        low = chance.choice((0.0, far, -span * chance.random(), -far))
        yield low, low + span


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_scale_is_found_for_any_range_and_few_cells_are_unused(count):
    unused = []
    for rows in range(5, 31):
        for low, high in ranges(count):
            scale = linear(low, high, rows)
            cells = [tick.cell for tick in scale.ticks]
            assert len(cells) >= (2 if rows < 8 else 3)
            assert {later - earlier for earlier, later in pairwise(cells)} == {scale.per}
            assert all(0 <= place < rows for place in cells)
            for value in (low, high, low + (high - low) / 3):
                (place,) = scale.places((value,))
                assert 0 <= cell(scale, value) < rows
                assert abs(scale.value(math.floor(place + 1e-6) + 0.5) - value) <= scale.unit / 2 * (1 + 1e-5)
            unused.append(1 - (cell(scale, high) - cell(scale, low) + 1) / rows)
    assert len(unused) == 26 * count
    assert mean(unused) < 0.06
    assert max(unused) <= 0.4 + 1e-9


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_labels_that_stand_beside_one_another_are_clear_of_one_another(count):
    for columns in (20, 33, 60, 110, 190):
        for low, high in ranges(count):
            ticks = linear(low, high, columns, is_across=True).ticks
            end = -1
            for tick in ticks:
                start = min(max(0, tick.cell - (len(tick.label) - 1) // 2), columns - len(tick.label))
                assert start > end
                end = start + len(tick.label)


@pytest.mark.parametrize("rows", range(7, 31))
def test_whole_numbers_of_a_table_are_in_the_middle_of_cells_and_marked(rows):
    scale = whole_data(0, 3, rows)
    assert scale.step == 1
    assert [marked(scale)[str(value)] + 0.5 for value in range(4)] == scale.places(range(4))


@pytest.mark.parametrize(("columns", "each"), [(11, 1), (21, 2), (22, 2), (36, 3), (75, 7), (170, 16)])
def test_each_epoch_has_the_same_number_of_whole_columns(columns, each):
    scale = epochs(1, 11, columns)
    assert scale.places(range(1, 12)) == [each * place + 0.5 for place in range(11)]


@pytest.mark.parametrize("planned", [1, 2, 7, 10, 11, 30, 49])
def test_no_epoch_beyond_the_plan_is_marked_and_the_end_of_the_run_has_its_cell(planned):
    for columns in range(18, 190, 3):
        scale = epochs(1, planned + 1, columns, planned=planned)
        assert scale.holds(1)
        assert scale.holds(planned + 1)
        numbers = [int(label) for label in marked(scale)]
        assert numbers[0] >= 0
        assert numbers[-1] <= planned
        assert numbers[-1] + float(scale.step) > planned, "marked as far as it goes"


def test_more_epochs_than_columns_are_marked_in_round_steps():
    scale = epochs(1, 100_000, 36)
    assert set(marked(scale)) == {"20k", "40k", "60k", "80k", "100k", "0"}
    assert cell(scale, 1) == 0


@pytest.mark.parametrize(
    ("low", "high", "rows", "labels"),
    [
        (0, 4.666667, 7, ["0", "2.5", "5.0"]),
        (-0.5, 2.5, 7, ["0", "1", "2"]),
        (0, 14, 10, ["0", "5", "10", "15"]),
        (0, 0.004, 9, ["0", "2e-3", "4e-3"]),
        (0, 15000, 7, ["0", "5k", "10k", "15k"]),
    ],
)
def test_ticks_are_round_numbers_in_one_form(low, high, rows, labels):
    assert list(marked(linear(low, high, rows))) == labels


@pytest.mark.parametrize("rows", range(5, 31))
def test_a_log_scale_marks_whole_powers_of_ten(rows):
    for low, high in ((1e-7, 4.7), (0.02, 4.7), (3, 5), (1, 1), (4.7, 5e4), (1e-300, 1e300)):
        scale = log(low, high, rows)
        cells = [tick.cell for tick in scale.ticks]
        assert len(cells) >= 2
        for tick in scale.ticks:
            assert math.log10(scale.value(tick.cell + 0.5)) == pytest.approx(
                round(math.log10(float(tick.label.replace("k", "e3").replace("M", "e6"))))
            )
        assert {b - a for a, b in pairwise(cells)} == {scale.per}
        assert 0 <= cell(scale, low) <= cell(scale, high) < rows
        assert scale.places((0.0, -1.0, math.inf)) == [None, None, None]


@pytest.mark.parametrize(
    ("low", "high", "inside"), [(3, 3, (0, 6)), (-3, -3, (-6, 0)), (0, 0, (0, 1)), (4, 4 + 1e-9, (0, 8))]
)
def test_a_single_value_is_in_the_middle_over_zero(low, high, inside):
    scale = linear(low, high, 9)
    assert all(scale.holds(value) for value in inside)


def test_costs_begin_at_zero():
    for rows in range(5, 31):
        assert linear(0, 4.67, rows).first == 0
        assert linear(0.001, 4.67, rows).first >= 0


def test_a_square_has_rows_worth_two_columns():
    for columns, rows in ((25, 7), (33, 10), (100, 30), (190, 12)):
        x, y = square((-0.5, 1.75), (0.0, 0.6), columns, rows)
        assert y.unit == pytest.approx(2 * x.unit)
        assert (x.cells, y.cells) == (columns, rows)
        assert all(x.holds(value) for value in (-0.5, 1.75))
        assert all(y.holds(value) for value in (0.0, 0.6))


def test_the_scales_of_a_picture_have_the_room_that_the_axes_leave():
    y = linear(0, 4.67, rows_of(40, 12))
    assert (y.cells, columns_of(40, 12, y)) == (10, 40 - 1 - y.label_width)
    y = linear(0, 4.67, rows_of(10, 12))
    assert (y.cells, columns_of(10, 12, y)) == (12, 10), "no axes where there is no room for them"


def test_round_numbers():
    assert [round_above(value) for value in (0.07, 0.1, 1.1, 3, 6, 2000)] == [0.1, 0.1, 2, 5, 10, 2000]


@given(st.sampled_from([linear, log, whole_data]), numbers, numbers, st.integers(1, 60))
@examples(400)
def test_any_numbers_give_a_scale_that_can_be_read(make, one, other, cells):
    ends = [value for value in (one, other) if math.isfinite(value)] or [0.0]
    scale = make(min(ends), max(ends), cells)
    for value in ends:
        (place,) = scale.places((value,))
        if place is not None and (not scale.is_log or 1e-307 <= value <= 1e308):
            assert -1e-6 <= place <= cells + 1e-6
    assert math.isfinite(scale.value(0))
    assert math.isfinite(scale.value(cells))
    assert scale.unit > 0
    assert len({tick.label for tick in scale.ticks}) == len(scale.ticks)
