"""The figure: what a learner sees of a curve, at any size, in any marker, with any numbers."""

import math
import subprocess
import sys
from functools import partial

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from gdtui.ui.charts.figure import AXIS, Picture, Trace, draw
from gdtui.ui.charts.scale import columns_of, epochs, linear, log, rows_of

COSTS = [(float(k + 1), 4.666667 * 0.16**k) for k in range(10)]
WEIGHTS = [(float(k + 1), 1 - (-0.4) ** k) for k in range(10)]
EPOCHS = partial(epochs, 1, 10)
COST = partial(linear, 0, 4.666667)
UNIT = partial(linear, 0, 1)


def pictured(width, height, fit_x, fit_y, *others, **more):
    """A picture whose axes are made for its size."""
    y = fit_y(rows_of(width, height))
    x = fit_x(columns_of(width, height, y))
    return Picture(width, height, x, y, *others, **more)


def curve(points, now=None):
    traces = [Trace(points, "curve")]
    if now is not None:
        traces.append(Trace([points[now]], "now", glyph="●"))
    return tuple(traces)


def text(picture):
    rows = ["".join(text for text, _ in row) for row in draw(picture)]
    assert len(rows) == picture.height
    assert {len(row) for row in rows} <= {picture.width}
    return [row.rstrip() for row in rows]


def drawn(expected):
    return expected.strip("\n").split("\n")


def role_at(picture, row, column):
    for run, role in draw(picture)[row]:
        if column < len(run):
            return role
        column -= len(run)
    raise AssertionError("no such column")


# fmt: off
COST_36 = drawn("""
 │⢰
4┤⠈⡆
 │ ⢱
 │ ⠈⡆
2┤  ⢱
 │  ⠈⡆
 │   ⠱⢄⡀
0┤     ⠈●⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒
 └───┬─────┬─────┬─────┬─────┬──────
     2     4     6     8     10
""")
COST_56 = drawn("""
 │
 │
 │⢸
4┤ ⢇
 │ ⠘⡄
 │  ⢱
 │   ⡇
2┤   ⠸⡀
 │    ⢣
 │    ⠈⡆
 │     ⠈⠑⠢⢄⡀
0┤         ⠈●⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒
 └─────┬─────────┬─────────┬─────────┬─────────┬────────
       2         4         6         8         10  epoch
""")
LOG_36 = drawn("""
    │⢀
   1┤ ⠉⠒⠤⣀
    │     ⠉⠲⢄⣀
    │         ⠙⠢⢄⡀
1e-3┤            ●⠑⠢⢄
    │                ⠉⠒⠢⣀
    │                    ⠉⠲⠤⣀
1e-6┤                        ⠙⠢⢄⣀
    └───┬─────┬─────┬─────┬─────┬───
        2     4     6     8     10
""")
LOG_56 = drawn("""
    │⠰⢄⡀
   1┤  ⠈⠑⠒⢤⡀
    │      ⠈⠉⠒⠤⣀
    │           ⠉⠒⠤⣀⡀
0.01┤               ⠈⠒⠤⢄⡀
    │                   ⠈●⠢⢄⡀
    │                       ⠈⠉⠲⢄⡀
1e-4┤                           ⠈⠉⠒⢤⣀
    │                                ⠉⠒⠤⢄
    │                                    ⠉⠒⠤⢄⡀
1e-6┤                                        ⠈⠒⠢⢄⡀
    │                                            ⠈⠉
    └─────┬─────────┬─────────┬─────────┬─────────┬─────
          2         4         6         8  epoch  10
""")
WEIGHT_26 = drawn("""
1.5┤  ⢀
   │  ⡟⡄
1.0┤⠠⢰⠁⠘⣄⡠●⠒⠤⠤⠒⠒⠤⠤⠒⠒⠤⠤⠒
   │ ⡸  ⠈
0.5┤ ⡇
   │⢰⠁
  0┤⠸
   └────────┬─────────┬───
            5  epoch  10
""")
ASCII_36 = drawn("""
 |*
4+ *
 | *
 |  *
2+  *
 |   *
 |   ***
0+     *@*********************
 +---+-----+-----+-----+-----+------
     2     4     6     8     10
""")
HD_36 = drawn("""
 │▐
4┤ ▌
 │ ▐
 │  ▌
2┤  ▐
 │   ▌
 │   ▐▄▖
0┤     ▝●▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀
 └───┬─────┬─────┬─────┬─────┬──────
     2     4     6     8     10
""")
# fmt: on


@pytest.mark.parametrize(("width", "height", "expected"), [(36, 10, COST_36), (56, 14, COST_56)])
def test_the_cost_curve_of_the_lecture(width, height, expected):
    assert text(pictured(width, height, EPOCHS, COST, curve(COSTS, now=2), x_title="epoch")) == expected


@pytest.mark.parametrize(("width", "height", "expected"), [(36, 10, LOG_36), (56, 14, LOG_56)])
def test_the_cost_curve_of_the_lecture_is_straight_on_a_log_scale(width, height, expected):
    scale = partial(log, COSTS[-1][1], COSTS[0][1])
    assert text(pictured(width, height, EPOCHS, scale, curve(COSTS, now=4), x_title="epoch")) == expected


def test_the_weight_overshoots_and_settles():
    traces = (Trace([(1, 1), (10, 1)], "ghost"), *curve(WEIGHTS, now=3))
    assert text(pictured(26, 9, EPOCHS, partial(linear, 0, 1.4), traces, x_title="epoch")) == WEIGHT_26


@pytest.mark.parametrize(("marker", "expected"), [("ascii", ASCII_36), ("hd", HD_36)])
def test_other_markers(marker, expected):
    assert text(pictured(36, 10, EPOCHS, COST, curve(COSTS, now=2), marker, "epoch")) == expected


def test_a_single_point_is_seen():
    rows = text(pictured(26, 9, partial(epochs, 1, 1), partial(linear, 4.67, 4.67), curve([(1.0, 4.67)])))
    assert [row[3:] for row in rows[:-2] if row[3:]] == ["⠠"]


def test_a_constant_is_a_level_line():
    rows = text(pictured(26, 9, EPOCHS, partial(linear, 3, 3), curve([(float(k), 3.0) for k in range(1, 11)])))
    (line,) = [row for row in rows[:-2] if row[2:]]
    assert len(line) > 20
    assert set(line[3:-1]) == {"⠤"}


def test_a_diverging_curve_runs_out_of_the_picture():
    costs = [(float(k + 1), 4.666667 * 3.24**k) for k in range(400)]
    rows = text(pictured(36, 10, EPOCHS, COST, curve(costs)))
    assert rows[0].strip(" │")
    assert not any(row[3:].strip() for row in rows[:-2])


def test_a_line_between_two_points_outside_crosses_the_picture():
    rows = text(pictured(20, 8, UNIT, UNIT, (Trace([(-1e6, -1e6), (2, 2)], "curve"),)))
    assert rows[0][-1] not in " ┤│"
    rows = text(pictured(20, 8, UNIT, UNIT, (Trace([(0.5, -5), (0.5, 5)], "curve"),)))
    assert all(row[3:].strip() for row in rows[:-2])


@pytest.mark.parametrize("gap", [math.nan, math.inf, -math.inf])
def test_a_gap_splits_a_line(gap):
    points = [(0.0, 0.5), (0.2, 0.5), (0.5, gap), (0.8, 0.5), (1.0, 0.5)]
    rows = text(pictured(30, 8, UNIT, UNIT, curve(points)))
    (line,) = [row for row in rows[:-2] if row[4:].strip()]
    left, *_, right = line[4:].split()
    assert len(left) == pytest.approx(5, abs=1)
    assert len(right) == pytest.approx(5, abs=1)


def test_a_cost_of_zero_is_a_gap_on_a_log_scale():
    picture = pictured(30, 8, EPOCHS, partial(log, 0.1, 10), curve([(1.0, 1.0), (2.0, 0.0), (3.0, -1.0)]))
    assert sum(character not in " │┤└┬─" for row in text(picture)[:-2] for character in row[4:]) <= 1


def test_in_ascii_lines_differ_without_colour():
    upright = [(0.5, 0.0), (0.5, 1.0)]
    level = [(0.0, 0.5), (1.0, 0.5)]
    for points, roles in (
        (upright, {"curve": "*", "tangent": "|", "pointer": ";", "least": "_"}),
        (level, {"curve": "*", "least": "_", "ghost": ",", "tangent": "-", "other": "=", "path": ":", "second": "~"}),
    ):
        for role, character in roles.items():
            rows = draw(pictured(40, 10, UNIT, UNIT, (Trace(points, role),), "ascii"))
            assert {text[0] for row in rows for text, name in row if name == role} == {character}


def test_the_marks_of_what_leaves_a_picture_have_ascii_ones():
    for glyph, character in (("▲", "^"), ("▼", "v")):
        rows = draw(pictured(40, 10, EPOCHS, COST, (Trace([(5, 2)], "warn", glyph=glyph),), "ascii"))
        assert character in [text for row in rows for text, name in row if name == "warn"]


@pytest.mark.parametrize("marker", ["braille", "hd", "ascii"])
@pytest.mark.parametrize("now", range(10))
def test_the_glyph_stands_in_the_cell_of_its_point_over_later_lines(marker, now):
    plain = text(pictured(40, 12, EPOCHS, COST, curve(COSTS), marker))
    traces = (Trace([COSTS[now]], "now", glyph="#"), Trace(COSTS, "curve"))
    picture = pictured(40, 12, EPOCHS, COST, traces, marker)
    places = [(row, line.index("#")) for row, line in enumerate(text(picture)) if "#" in line]
    ((row, column),) = places
    assert plain[row][column] != " "
    assert role_at(picture, row, column) == "now"


def test_many_points_look_like_the_few_that_matter():
    many = [(1 + 9 * k / 5000, 2.5 if k < 2500 else 0.0) for k in range(5001)]
    few = [many[0], many[2499], many[2500], many[-1]]
    assert text(pictured(36, 10, EPOCHS, COST, curve(many))) == text(pictured(36, 10, EPOCHS, COST, curve(few)))


def test_a_closed_line_is_closed():
    ring = [(math.cos(k * math.tau / 60), math.sin(k * math.tau / 60)) for k in range(61)]
    rows = text(pictured(24, 12, partial(linear, -1, 1), partial(linear, -1, 1), (Trace(ring, "curve"),)))
    pieces = [len(row.split("┤" if "┤" in row else "│")[1].split()) for row in rows[:-2]]
    first, *sides, last = [count for count in pieces if count]
    assert (first, last) == (1, 1)
    assert set(sides) == {2}


def test_later_traces_are_drawn_over_earlier_ones():
    level = [(0.0, 0.5), (1.0, 0.5)]
    traces = (Trace(level, "ghost"), Trace(level, "curve"))
    roles = {role for row in draw(pictured(30, 8, UNIT, UNIT, traces)) for _, role in row}
    assert roles == {AXIS, "curve"}


def test_axes_and_labels_have_the_role_of_the_axis():
    picture = pictured(36, 10, EPOCHS, COST, curve(COSTS), x_title="epoch")
    assert {role_at(picture, 0, column) for column in range(2)} == {AXIS}
    assert {role for row in draw(picture)[-2:] for _, role in row} == {AXIS}


def test_points_without_a_glyph_are_dots():
    rows = text(pictured(30, 8, UNIT, UNIT, (Trace([(0.1, 0.1), (0.9, 0.9)], "data", "points"),)))
    assert sum(character not in " │┤" for row in rows[:-2] for character in row[4:]) == 2


def test_a_title_stands_at_the_end_where_the_labels_leave_room():
    assert text(pictured(56, 8, EPOCHS, COST, x_title="epoch"))[-1].endswith("10  epoch")


def test_a_title_without_room_is_left_out():
    row = text(pictured(26, 9, EPOCHS, COST, x_title="the number of the epoch"))[-1]
    assert row.split() == ["5", "10"]


def test_a_title_of_wide_characters_takes_its_cells():
    (row,) = ["".join(run for run, _ in row) for row in draw(pictured(62, 9, EPOCHS, COST, x_title="에폭"))[-1:]]
    assert "에폭  10" in row
    assert len(row) == 60


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (11, 9), (40, 4)])
def test_a_size_too_small_for_axes_has_none(width, height):
    joined = "".join(text(pictured(width, height, EPOCHS, COST, curve(COSTS), x_title="epoch")))
    assert not set(joined) & set("│┤└┬0123456789")


def test_no_size_is_no_rows():
    assert draw(pictured(0, 3, EPOCHS, COST)) == ((), (), ())
    assert draw(pictured(3, 0, EPOCHS, COST)) == ()


def test_no_traces_leave_the_axes():
    assert text(pictured(36, 10, EPOCHS, COST))[-1].split() == ["2", "4", "6", "8", "10"]


def test_the_first_picture_has_no_axes_where_there_is_no_room():
    code = """
from gdtui.ui.charts.figure import Picture, Trace, draw
from gdtui.ui.charts.scale import linear
rows = draw(Picture(5, 2, linear(0, 1, 5), linear(0, 1, 2), (Trace([(0, 0), (1, 1)], "curve"),)))
assert {role for row in rows for text, role in row if text.strip()} == {"curve"}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_same_picture_is_the_same_drawing():
    picture = pictured(36, 10, EPOCHS, COST, curve(COSTS, now=2))
    before = draw(picture)
    draw(pictured(60, 3, partial(linear, -1, 1), partial(log, 1, 10), curve(WEIGHTS), "hd"))
    assert draw(picture) == before


def test_plotext_is_loaded_at_the_first_drawing_and_writes_nothing():
    code = """
import sys
from gdtui.ui.charts.figure import Picture, Trace, draw
from gdtui.ui.charts.scale import linear
assert not {"plotext", "textual", "rich"} & set(sys.modules)
draw(Picture(30, 9, linear(0, 1, 27), linear(0, 1, 7), (Trace([(0, 0), (1, 1)], "curve"),)))
assert "plotext" in sys.modules
assert not {"textual", "rich"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


hard = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1e308, -1e308, 1e-308, 5e-324, 1.0, 1.0 + 1e-15])
numbers = st.one_of(hard, st.floats(), st.floats(-10, 10))
scales = st.one_of(
    st.builds(partial, st.sampled_from([linear, log]), numbers, numbers),
    st.builds(partial, st.just(epochs), st.integers(0, 10**6), st.integers(0, 10**6)),
)
traces = st.builds(
    Trace,
    st.lists(st.tuples(numbers, numbers), max_size=12),
    st.sampled_from(["curve", "now", "ghost"]),
    st.sampled_from(["line", "points", "end"]),
    st.sampled_from(["", "●", "×"]),
)
sizes = st.one_of(st.integers(1, 12), st.integers(1, 250))


@examples(300)
@given(
    sizes,
    st.one_of(st.integers(1, 12), st.integers(1, 80)),
    scales,
    scales,
    st.lists(traces, max_size=3).map(tuple),
    st.sampled_from(["braille", "hd", "ascii"]),
    st.sampled_from(["", "epoch", "W − 1 · x₁"]),
)
def test_any_numbers_at_any_size_are_drawn(width, height, x, y, drawn_traces, marker, title):
    rows = draw(pictured(width, height, x, y, drawn_traces, marker, title))
    lines = ["".join(run for run, _ in row) for row in rows]
    assert [len(line) for line in lines] == [width] * height
    assert {role for row in rows for _, role in row} <= {AXIS, *(trace.role for trace in drawn_traces)}
    if marker == "ascii":
        assert "".join(lines).isascii()
    assert "".join(lines).isprintable()
