"""The charts as pictures and as numbers, without an app."""

import math
import re
from collections.abc import Iterator

import msgspec
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import Dataset, column, typed
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.lab.frame import Frame, look
from gdtui.lab.run import Run
from gdtui.lab.workspace import Workspace
from gdtui.numbers import significant
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartOptions, ChartView, chart_view_of
from gdtui.ui.charts.contours import Contours, around, axes, centre, level_curves
from gdtui.ui.charts.cost_bowl import CostBowl, equations, window
from gdtui.ui.charts.cost_curve import CostCurve, is_log
from gdtui.ui.charts.data_fit import DataFit
from gdtui.ui.charts.figure import Picture, Trace, draw
from gdtui.ui.charts.pointer import at_value
from gdtui.ui.charts.scale import columns_of, epochs, linear, round_above, rows_of, square, whole_data
from gdtui.ui.charts.series import Decimated, Others, Series
from gdtui.ui.charts.slice import Slice
from gdtui.ui.charts.weight_curve import WeightCurve
from gdtui.ui.common.arrows import show_arrows

TWO_COLUMNS = Dataset(
    (column((1, 2, 3, 4, 5)), column((70, 60, 80, 50, 70))), column((52, 58, 69, 70, 81)), ("h", "s"), "score", "scores"
)


def views(experiment: Experiment, epochs: int, looks: ChartOptions | None = None) -> Iterator[ChartView]:
    """What there is to see of a run, epoch by epoch."""
    workspace, series = Workspace(experiment, BACKEND), Series(len(experiment.start))
    for epoch in range(epochs + 1):
        if epoch:
            workspace.run.step()
        series.follow(workspace.run.history)
        yield chart_view_of(look(workspace.run), series, looks or ChartOptions())


def last_view(experiment: Experiment, epochs: int, looks: ChartOptions | None = None) -> ChartView:
    """What there is to see after so many epochs."""
    *_, view = views(experiment, epochs, looks)
    return view


def frame(experiment: Experiment, epochs: int = 0) -> Frame:
    """The frame after so many epochs."""
    return last_view(experiment, epochs).frame


def pictures(chart: Chart, experiment: Experiment, epochs: int, width: int = 40, height: int = 12) -> list[Picture]:
    """One chart's pictures while a run goes on."""
    return [chart.figure(view, width, height).picture for view in views(experiment, epochs)]


def text(picture: Picture) -> str:
    """A picture as it stands on the screen."""
    return "\n".join("".join(part for part, _ in row).rstrip() for row in draw(picture))


BOWL = """\
  │⡄                                   ⢠
10┤⠙⡄                                 ⢠⠋
  │ ⠘⣆                               ⣰⠃
  │  ⠈⢆                             ⡰⠁
  │    ⠣⡀                         ⢀⠜
 5┤     ⠘•                       ⣠⠃    ⠴
  │       ⠓⣄                   ⣠⠚ ⣀⠄⠐⠉
  │        ⠈⠲⣄               ⣠⡖⠡⠒
  │           ⠑⠦⣀         ●⠴⠊⠉
 0┤              ⠉⠓○⠒×⣒⠒⠚⠉
  └──────┬───────────┬───────────┬──────
         0           1           2     W"""

CONTOURS = """\
 │      ⢱    ⠹⡀ ⠘⡄⠈⠣⡀ ⠙⡄   ⠈⢆        ⠈⢆
1┤       ⢇    ⢣  ⢇  ⠘⡄ ⠘⡄   ⠘⡄        ⠈⢆
 │       ⠈⡆   ⠈⢆ ⠘⡄ ⣀⠘⢄ ⠸⡀   ⠘⡄        ⠘
 │        ⠘⡄   ⠘⡆ ⢱⡀⡇⠣⡈⣆ ⢀⡠•⡠⠄⠘⡄
 │⡄        ⠸⡀   ⠸⡀ ⢣⠸⣀⣤○•⠋⠁⡀   ⠱⡀
 │⠱⡀        ⢱   ⡀⠄•⠒●⠁ ⠱⡘⡄ ⢣    ⢱
0┤ ⢣         •⠂⠁  ⢳ ⠘⡎⢆×⠱⡸⡄ ⢧    ⢣
 │  ⢇         ⢇    ⢣ ⠘⡌⢆ ⢣⠸⡀ ⢇    ⢇
 │  ⠈⢆        ⠈⢆   ⠈⢆ ⠱⡘⢆⠈⡆⢣ ⠈⡆   ⠈⡆
 │   ⠘⣄        ⠘⣄   ⠘⣄ ⠹⡈⢢⣸⠈⢇ ⠸⡀   ⠘⡄
 └─┬─────────┬─────────┬─────────┬──────
   −1        0         1         2     W"""

FIT = """\
 │                                    ⢀⣀
4┤                                ⢀⣀⠤⠒⠉
 │                            ⢀⡠⠔⠊⠁
3┤                        ⢀⠤⠒⠉⠁       ◆
 │                    ⣀⠤⠒⠉⠁
2┤               ⢀⡠⠔⠊⠉    ◆
 │           ⢀⡠⠒⠊⠁
1┤       ⣀⠤⠒⠊⠁◆
 │  ⢀⡠⠔⠒⠉
0┤⠔⠊⠁⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠ ⠠
 └┬───────────┬───────────┬───────────┬─
  0           1           2        x  3"""

ASCII = """\
    |
    |.
    | ::
   1+  :.
    |    ::
    |     :.
    |       ::
    |        :.
0.01+          ::
    |           :@
    +---+-----+-----+-----+-----+-------
        2     4     6     8     10"""


def test_the_bowl_of_the_lecture():
    picture = pictures(CostBowl(), Experiment(), 1)[-1]
    glyphs = {trace.role: (trace.glyph, list(trace.points)) for trace in picture.traces if trace.glyph}
    assert glyphs["now"] == ("●", [(pytest.approx(1.4), pytest.approx(0.746666, abs=1e-6))])
    assert glyphs["next"][1] == [(pytest.approx(0.84), pytest.approx(0.119467, abs=1e-6))]
    assert glyphs["minimum"][1] == [(pytest.approx(1), pytest.approx(0, abs=1e-6))]
    assert glyphs["trail"][1] == [(0.0, pytest.approx(4.666667, abs=1e-6))]
    assert text(picture) == BOWL


def test_the_bowl_keeps_the_start_of_a_run_whose_later_epochs_are_close_together():
    run = Experiment(function="W^4 - 3*W^2 + W", weights=(2.0,), learning_rate=0.02, epochs=15)
    figure = CostBowl().figure(last_view(run, 15), 38, 14)
    trail = next(trace for trace in figure.picture.traces if trace.role == "trail")
    assert (next(iter(trail.points)), len(trail.points)) == ((2.0, 6.0), 15)
    assert "epoch" in figure.signs


def test_the_bowl_says_so_where_only_the_last_epochs_have_a_mark():
    figure = CostBowl().figure(last_view(Experiment(learning_rate=0.002), 60), 38, 14)
    trail = next(trace for trace in figure.picture.traces if trace.role == "trail")
    assert len(trail.points) < 60
    assert "last epochs" in figure.signs
    assert "epoch" not in figure.signs


def test_the_contours_of_the_lecture_with_b():
    assert text(pictures(Contours(), Experiment(has_bias=True), 4)[-1]) == CONTOURS


def test_the_fit_of_the_lecture():
    assert text(pictures(DataFit(), Experiment(), 1)[-1]) == FIT


@pytest.mark.parametrize(
    ("epochs", "said"), [(0, ""), (49, "H(x) is above the chart"), (50, "H(x) is below the chart")]
)
def test_the_title_says_where_a_line_is_that_has_left_the_rows(epochs, said):
    """1 − (−1.1)^k for lr 0.15; at x = 0 the line is 0, whatever W is."""
    assert DataFit().figure(last_view(Experiment(learning_rate=0.15, epochs=60), epochs), 40, 12).note(80) == said


def test_a_chart_of_nothing_but_ascii():
    shown = text(
        CostCurve().figure(last_view(Experiment(), 4, ChartOptions(marker="ascii", is_log=True)), 40, 12).picture
    )
    assert shown == ASCII
    assert shown.isascii()


def test_the_tangent_has_the_slope_of_the_cost_in_every_convention():
    for convention in ("sum", "mse", "mean"):
        experiment = Experiment(convention=convention, learning_rate=0.05)
        picture = pictures(CostBowl(), experiment, 2)[-1]
        (x0, y0), (x1, y1) = next(trace.points for trace in picture.traces if trace.role == "tangent")
        weight = frame(experiment, 2).epoch.parameters[0]
        assert (y1 - y0) / (x1 - x0) == pytest.approx(28 / 3 * (weight - 1), rel=1e-6)


def test_the_bowl_notes_the_gradient_where_it_is_not_the_slope():
    def note(width: int, epochs: int = 0, **fields: object) -> str:
        return CostBowl().figure(last_view(Experiment(**fields), epochs), 40, 12).note(width)

    assert note(60) == "slope −9.333, gradient (sum) −14"
    assert note(21) == "slope −9.33 = −14/1.5"
    assert note(20) == "slope −9.33=−14/1.5"
    assert note(21, 2) == "slope −1.49=−2.24/1.5"
    assert note(12) == "slope −9.333"
    assert note(11) == "slope −9.33"
    assert note(21, 8, learning_rate=0.2) == "slope −1029"
    assert note(21, 1) == "slope 3.73 = 5.6/1.5"
    assert note(24, convention="mean") == "slope −9.33 = 2·(−4.667)"
    assert note(60, convention="mse") == "slope −9.333"


def test_the_tangent_turns_with_the_value_cursor_and_lies_flat_at_the_minimum():
    experiment = Experiment(learning_rate=0.05)
    present = frame(experiment, 2)
    for value, slope in ((0.5, -28 / 6), (1.0, 0.0), (2.0, 28 / 3)):
        surface = present.surface
        pointed = Epoch(0, (value,), surface.cost((value,)), surface.slope((value,)), (), ())
        view = last_view(experiment, 2, ChartOptions(pointed=pointed))
        figure = CostBowl().figure(view, 40, 12)
        traces = figure.picture.traces
        (x0, y0), (x1, y1) = next(trace.points for trace in traces if trace.role == "tangent")
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope, abs=1e-9)
        assert y0 + slope * (value - x0) == pytest.approx(pointed.cost)
        assert figure.note(40) == f"slope {significant(slope, 4)} at ┼"


@given(st.floats(-1e4, 1e4), st.integers(1, 200), st.sampled_from(["sum", "mean"]))
@settings(deadline=None)
def test_the_slope_comes_out_of_the_gradient_as_both_are_written(gradient, rows, convention):
    by = rows / 2 if convention == "sum" else 0.5
    for text in equations(gradient / by, gradient, rows, convention):
        told, made = (part.replace("−", "-") for part in text.removeprefix("slope ").split("=", 1))
        worked = (
            float(made.split("/")[0]) / by
            if convention == "sum"
            else 2 * float(made.strip().removeprefix("2·(").removesuffix(")"))
        )
        digits = len(re.sub(r"e.*|\D", "", told).lstrip("0"))
        assert float(told) == pytest.approx(worked, rel=0.5 * 10 ** (1 - digits) * 1.001, abs=1e-12)


def test_a_slice_goes_through_the_present_point_and_is_named():
    view = last_view(Experiment(has_bias=True), 3)
    assert CostBowl().figure(view, 40, 12).title == "Cost vs W, a slice"
    now = view.frame.epoch
    low, high = now.parameters[0] - 1, now.parameters[0] + 1
    cut = Slice.of(view, 40)
    points = cut.curve(linear(low, high, 60), 400)
    for weight, cost in points[::40]:
        rows = [(weight * x + now.parameters[1] - x) ** 2 for x in (1, 2, 3)]
        assert cost == pytest.approx(sum(rows) / 3, rel=1e-5)
    assert cut.slope != 0
    assert min(points, key=lambda point: point[1])[0] == pytest.approx(cut.bottom, abs=0.01)


def mean_square(data: Dataset, weights: tuple[float, ...], bias: float) -> float:
    """The cost worked out row by row."""
    rows = zip(*data.x, data.y, strict=True)
    return sum((sum(w * v for w, v in zip(weights, x, strict=True)) + bias - y) ** 2 for *x, y in rows) / data.rows


@pytest.mark.parametrize("size", [0.0, 5e-324, 1e-310, 1e-20, 1.0, 1e150, 1.7e308])
def test_a_path_of_any_size_has_limits(size: float):
    for points in ([(0.0, 0.0), (size, -size)], [(size, size)], [(1.0, size), (1.0 + 1e-16, size)]):
        x, y = around(points)
        assert x[0] < x[1]
        assert y[0] < y[1]
        across, up = square(x, y, 33, 10)
        assert size > 1e300 or all(across.holds(left) and up.holds(low) for left, low in points)


def test_every_point_of_a_contour_has_the_same_cost():
    data = typed((1, 2, 3, 4), (2, 3, 7, 5))
    experiment = Experiment(dataset=data, has_bias=True, learning_rate=0.01, dtype="float64")
    now = frame(experiment, 5)
    curves = level_curves(now, 0, 1, centre(now, 0, 1), 10.0)
    assert len(curves) == 5
    for curve in curves:
        costs = [mean_square(data, (weight,), bias) for weight, bias in curve]
        assert max(costs) == pytest.approx(min(costs), rel=1e-9)


def test_downhill_is_drawn_until_the_run_is_at_the_minimum_as_far_as_can_be_seen():
    for taken, goes in ((1, True), (2000, False)):
        figure = Contours().figure(last_view(Experiment(has_bias=True, learning_rate=0.1), taken), 40, 12)
        assert figure.picture
        assert "downhill" in figure.signs, "no sign goes by the scale, or legend and chart would not come to rest"
        assert any(trace.role == "tangent" for trace in figure.picture.traces) == goes


def test_where_arrows_look_like_other_signs_the_axes_of_contours_go_right_and_up_in_words():
    view = last_view(Experiment(has_bias=True), 2)
    show_arrows(as_words=True)
    try:
        assert Contours().figure(view, 40, 12).title == "Cost vs W right, b up"
    finally:
        show_arrows(as_words=False)


def test_contours_of_several_columns_are_a_slice_through_the_present_point():
    experiment = Experiment(dataset=TWO_COLUMNS, has_bias=True, learning_rate=1e-5, dtype="float64")
    view = last_view(experiment, 5)
    assert Contours().figure(view, 40, 12).title == "Cost vs W1 →, W2 ↑, a slice"
    held = view.frame.epoch.parameters[1]
    for curve in level_curves(view.frame, 0, 2, centre(view.frame, 0, 2), 10.0):
        costs = [mean_square(TWO_COLUMNS, (weight, held), bias) for weight, bias in curve]
        assert max(costs) == pytest.approx(min(costs), rel=1e-6)


def test_contours_of_columns_that_depend_on_one_another_are_parallel_lines():
    data = Dataset((column((1, 2, 3)), column((2, 4, 6))), column((1, 2, 3)), ("a", "b"), "y", "twice")
    now = frame(Experiment(dataset=data, learning_rate=0.001, dtype="float64"), 2)
    curves = level_curves(now, 0, 1, centre(now, 0, 1), 10.0)
    assert curves
    for (x0, y0), (x1, y1) in curves:
        assert (y1 - y0) / (x1 - x0) == pytest.approx(-1 / 2), "along (2, −1) the hypothesis stays the same"
        assert mean_square(data, (x0, y0), 0) == pytest.approx(mean_square(data, (x1, y1), 0))


def test_one_parameter_has_no_contours_and_says_so():
    assert "Contours need two parameters" in Contours().figure(last_view(Experiment(), 0), 40, 12).message
    assert Contours().figure(last_view(Experiment(has_bias=True), 0), 40, 12).message == ""


def test_raw_and_standardized_contours_look_as_different_as_they_are():
    def stretch(data: Dataset) -> float:
        steep, shallow, _ = axes(frame(Experiment(dataset=data, has_bias=True, learning_rate=1e-5)), 0, 1)
        return math.sqrt(steep / shallow)

    assert stretch(TWO_COLUMNS) > 10
    assert stretch(TWO_COLUMNS.standardized()) < 1.5


def test_a_dot_is_worth_as_much_across_as_up_on_the_contours():
    for width, height in ((40, 12), (76, 20)):
        picture = pictures(Contours(), Experiment(has_bias=True), 3, width, height)[-1]
        assert picture.y.unit / 4 == pytest.approx(picture.x.unit / 2)


@pytest.mark.parametrize("chart", [CostCurve, WeightCurve, DataFit, Contours])
def test_limits_stand_still_while_a_run_settles(chart: type[Chart]):
    shown = pictures(chart(), Experiment(has_bias=True), 10)
    limits = [(picture.x, picture.y) for picture in shown[3:]]
    assert len(set(map(str, limits))) == 1


def test_the_bowl_closes_in_on_the_minimum_and_says_so():
    chart, widths = CostBowl(), []
    for view in views(Experiment(), 9):
        figure = chart.figure(view, 40, 12)
        picture = figure.picture
        widths.append(picture.x.high - picture.x.low)
        low, high = window(Slice.of(view, 40)) or (-math.inf, math.inf)
        assert figure.title == "Cost vs W" + ", close-up" * math.isfinite(high)
        last = [past.parameters[0] for past in view.frame.trail[-3:]]
        assert all(low <= value <= high for value in (*last, *view.frame.epoch.following))
        assert all(picture.x.holds(value) for value in (*last, 1.0, *view.frame.epoch.following))
        if math.isfinite(high):
            assert float(f"{high - low:.6g}") == round_above((high - low) * 0.999), "a round width"
            assert high - low <= 20 * max(abs(value - 1) for value in (*last, *view.frame.epoch.following))
    assert widths[0] > 2.9
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.1


def test_the_bowl_opens_where_the_cursor_leaves_its_window():
    view = last_view(Experiment(), 9)
    _, high = window(Slice.of(view, 40))
    pointed = at_value(view.frame, None, 0, 0)
    for _ in range(3):
        pointed = at_value(view.frame, pointed, 0, 1)
    assert pointed.parameters[0] > high
    moved = msgspec.structs.replace(view, pointed=pointed)
    assert CostBowl().figure(moved, 40, 12).picture.x.holds(pointed.parameters[0])


def test_the_bowl_is_seen_as_a_whole_where_that_is_wished():
    chart = CostBowl()
    for view in views(Experiment(), 9):
        whole = msgspec.structs.replace(view, is_whole=True)
        figure = chart.figure(whole, 40, 12)
        assert not figure.is_closer
        assert figure.title == "Cost vs W"
        x = figure.picture.x
        assert all(x.holds(past.parameters[0]) for past in view.frame.trail)


def test_a_run_that_begins_again_begins_with_new_limits():
    chart = CostCurve()
    wild = pictures(chart, Experiment(learning_rate=0.2), 10)[-1].y.high
    assert pictures(chart, Experiment(learning_rate=0.1), 3)[-1].y.high < wild / 10


def test_a_diverging_run_goes_to_a_log_scale_by_itself_says_so_and_can_be_kept_from_it():
    experiment = Experiment(learning_rate=0.2, epochs=100)
    first, *_ = views(experiment, 0)
    for view in views(experiment, 40):
        has_left = max(cost for _, cost in view.series.costs(200)) > 100 * first.frame.epoch.cost
        assert is_log(view) is has_left
    by_log = CostCurve().figure(view, 40, 12)
    assert by_log.title == "Cost, log (l undoes)"
    assert by_log.picture.y.holds(1e20)
    plain = last_view(experiment, 40, ChartOptions(is_log=False))
    figure = CostCurve().figure(plain, 40, 12)
    assert figure.picture.y.high < 2000
    assert figure.title == "Cost"
    assert figure.note(30) == "off the top: l for log"
    assert any(trace.glyph == "▲" for trace in figure.picture.traces), "it says where the run has gone"
    wished = CostCurve().figure(last_view(experiment, 40, ChartOptions(is_log=True)), 40, 12)
    assert (wished.title, wished.note(30)) == ("Cost, log scale", "")


def test_on_a_log_scale_a_cost_of_zero_is_below_the_picture_and_said_to_be():
    experiment = Experiment(learning_rate=0.05, epochs=40)
    view = last_view(experiment, 40, ChartOptions(is_log=True))
    assert view.frame.epoch.cost == 0
    figure = CostCurve().figure(view, 40, 12)
    (now,) = (trace for trace in figure.picture.traces if trace.role == "now")
    assert (now.glyph, now.points) == ("▼", [(41, figure.picture.y.low)])
    assert figure.note(30) == "0 has no log"


@pytest.mark.parametrize("count", [1, 5, 20, 40])
def test_a_diverging_run_fills_the_charts(count: int):
    experiment = Experiment(learning_rate=0.2, epochs=100)
    for chart in (CostCurve, CostBowl, WeightCurve):
        picture = pictures(chart(), experiment, count)[-1]
        now = next(trace.points for trace in picture.traces if trace.role == "now")
        assert picture.x.holds(now[0][0])
        assert picture.y.holds(now[0][1]), "nothing has left the picture"


def test_the_least_cost_is_a_line():
    data = typed((1, 2, 3), (1, 3, 2))
    picture = pictures(CostCurve(), Experiment(dataset=data), 3)[-1]
    least = next(trace for trace in picture.traces if trace.role == "least")
    # W* = Σxy / Σx² = 13/14, and the mean of (W*x − y)² is what is left there
    exact = (14 - 13 * 13 / 14) / 3
    assert [cost for _, cost in least.points] == [picture.y.middle(exact)] * len(least.points)
    assert abs(picture.y.middle(exact) - exact) <= picture.y.unit / 2


def test_the_fit_draws_the_line_now_and_before_and_the_rows():
    view = last_view(Experiment(), 2, ChartOptions(has_residuals=True))
    drawn = DataFit().figure(view, 40, 12).picture.traces
    traces = {trace.role: trace.points for trace in drawn if trace.role != "residual"}
    assert traces["rows"] == [(1, 1), (2, 2), (3, 3)]
    (x0, now0), *_, (x1, now1) = traces["curve"]
    assert (now1 - now0) / (x1 - x0) == pytest.approx(0.84)
    (x0, before0), *_, (x1, before1) = traces["ghost"]
    assert (before1 - before0) / (x1 - x0) == pytest.approx(1.4)
    (residuals,) = [t.points for t in drawn if t.role == "residual"]
    assert residuals[6:8] == [(3, 3), (3, pytest.approx(2.52))]


def test_many_rows_are_thinned_fairly_and_it_is_said():
    many = typed(tuple(range(1000)), tuple(range(1000)))
    view = last_view(Experiment(dataset=many, learning_rate=1e-9), 0)
    figure = DataFit().figure(view, 40, 12)
    assert figure.note(40) == "200 of 1,000 rows"
    rows = next(trace for trace in figure.picture.traces if trace.role == "rows").points
    assert [x for x, _ in rows] == list(range(0, 1000, 5))


def test_several_columns_are_shown_as_prediction_against_target():
    view = last_view(Experiment(dataset=TWO_COLUMNS, learning_rate=1e-5), 1)
    figure = DataFit().figure(view, 40, 12)
    assert figure.title == "H(x) vs score"
    rows = next(trace for trace in figure.picture.traces if trace.role == "rows").points
    w1, w2 = view.frame.epoch.parameters
    assert rows[0] == (52, pytest.approx(w1 + 70 * w2))


def test_the_way_of_a_long_run_keeps_its_jumps_and_most_of_its_points():
    experiment = Experiment(learning_rate=0.1428, epochs=5000)
    before, after = (frame(experiment, epochs) for epochs in (2000, 2001))
    assert len(before.trail) <= 140
    pairs = list(zip(before.trail[::2], before.trail[1::2], strict=False))
    assert all((a.parameters[0] - 1) * (b.parameters[0] - 1) < 0 for a, b in pairs[:60]), (
        "each jump crosses the minimum"
    )
    assert set(before.trail[:-1]) <= set(after.trail)


NUMBERS = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([0.0, 1e-300, 1e30, -1e30, 5e-324]))


@given(
    rows=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=4),
    columns=st.integers(1, 2),
    has_bias=st.booleans(),
    rate=st.sampled_from([1e-9, 0.01, 0.1, 5.0]),
    size=st.tuples(st.integers(1, 120), st.integers(1, 40)),
    looks=st.builds(
        ChartOptions,
        marker=st.sampled_from(["braille", "hd", "ascii"]),
        is_log=st.booleans(),
        has_residuals=st.booleans(),
    ),
)
@examples(60)
def test_any_run_is_drawn_at_any_size(rows, columns, has_bias, rate, size, looks):
    width, height = size
    features = tuple(column(row[index] for row in rows) for index in range(columns))
    data = Dataset(features, column(row[2] for row in rows), ("a", "b")[:columns], "y", "any")
    experiment = Experiment(dataset=data, has_bias=has_bias, learning_rate=rate, dtype="float64")
    charts = [chart() for chart in CHARTS.values()]
    for view in views(experiment, 4, looks):
        for chart in charts:
            figure = chart.figure(view, width, height)
            figure.note(width)
            if figure.picture:
                drawn = draw(figure.picture)
                assert len(drawn) == height
                assert all(sum(len(part) for part, _ in row) == width for row in drawn)


def test_one_outlier_in_a_million_epochs_is_drawn():
    series = Decimated()
    costs = [1.0] * 1_000_000
    costs[765_432] = 9.0
    for start in range(0, len(costs), 50_000):
        series.extend(costs[start : start + 50_000])
    points = series.points(most=120)
    y = linear(0, 10, rows_of(40, 12))
    x = epochs(0, 1_000_000, columns_of(40, 12, y))
    picture = Picture(40, 12, x, y, (Trace(points, "curve"),))
    (place,) = y.places([9.0])
    row_of_nine = text(picture).splitlines()[y.cells - 1 - int(place)]
    assert any("\u2801" <= cell <= "\u28ff" for cell in row_of_nine)


# The runs on the board


def board_view(
    present: Experiment, *others: Experiment, epochs: int = 4, looks: ChartOptions | None = None
) -> ChartView:
    """What there is to see of a run after some epochs, with others pinned that went twice as far."""
    workspace = Workspace(present, BACKEND)
    for experiment in others:
        workspace.board.pin(Run(experiment, BACKEND))
    for run in (workspace.run, *(kept.run for kept in workspace.board.kept)):
        for _ in range(epochs if run is workspace.run else 2 * epochs):
            run.step()
    beside = Others()
    kept = workspace.board.kept
    return chart_view_of(
        look(workspace.run),
        beside.series_of(workspace.run),
        looks or ChartOptions(),
        beside.beside(workspace.run, kept),
    )


SLOWER, FASTER = Experiment(learning_rate=0.02), Experiment(learning_rate=0.13)


def letters(picture: Picture) -> dict[str, tuple[float, float]]:
    """Where the letters of the board stand, or the lines end beside which they do."""
    return {trace.glyph: trace.points[-1] for trace in picture.traces if trace.glyph in set("ABCDEF")}


@pytest.mark.parametrize("chart", CHARTS.values())
@pytest.mark.parametrize("marker", ["braille", "ascii"])
def test_every_chart_shows_the_runs_on_the_board(chart, marker):
    present = Experiment(dataset=typed((1, 2, 4), (1, 3, 2)), has_bias=True, learning_rate=0.05)
    others = [msgspec.structs.replace(present, learning_rate=rate) for rate in (0.01, 0.08)]
    picture = chart().figure(board_view(present, *others, looks=ChartOptions(marker=marker)), 60, 20).picture
    assert set(letters(picture)) == {"A", "B"}
    shown = text(picture)
    assert "A" in shown
    assert "B" in shown


def test_the_letter_on_the_bowl_is_at_the_same_epoch():
    view = board_view(Experiment(), SLOWER, FASTER)
    placed = letters(CostBowl().figure(view, 60, 20).picture)
    for name, experiment in (("A", SLOWER), ("B", FASTER)):
        factor = 1 - 14 * experiment.learning_rate
        assert placed[name][0] == pytest.approx(1 - factor**4, abs=1e-5)


def test_the_cost_curve_names_the_rates_of_the_board():
    view = board_view(Experiment(), SLOWER, FASTER)
    figure = CostCurve().figure(view, 40, 12)
    assert figure.note(30) == "A lr 0.02  B lr 0.13"
    assert figure.note(12) == ""


def test_the_cost_curve_names_what_differs():
    others = (Experiment(method="optim", optimizer=Optimizer(name)) for name in ("sgd", "adam"))
    view = board_view(Experiment(method="optim", optimizer=Optimizer("momentum")), *others)
    assert CostCurve().figure(view, 40, 12).note(30) == "A sgd  B adam"
    view = board_view(Experiment(), Experiment(method="optim", optimizer=Optimizer("adam")))
    assert CostCurve().figure(view, 40, 12).note(30) == "A adam, mse, optim"
    assert CostCurve().figure(view, 40, 12).note(10) == "A adam"


def test_a_run_of_other_data_stands_on_the_cost_curve_alone():
    view = board_view(Experiment(), Experiment(dataset=typed((1, 2), (2, 4))))
    assert set(letters(CostCurve().figure(view, 60, 20).picture)) == {"A"}
    for chart in (WeightCurve, CostBowl, DataFit):
        assert letters(chart().figure(view, 60, 20).picture) == {}


def test_a_run_far_away_does_not_flatten_the_bowl():
    near = CostBowl().figure(board_view(Experiment(), SLOWER), 60, 20).picture
    far = CostBowl().figure(board_view(Experiment(), Experiment(weights=(1e9,), learning_rate=0.01)), 60, 20).picture
    assert (far.x.low, far.x.high) == (near.x.low, near.x.high)


def test_the_line_an_epoch_ago_is_that_of_the_epoch_before_in_a_long_run_too():
    experiment = Experiment(learning_rate=0.142, epochs=200)
    for count in (1, 129, 130):
        picture = pictures(DataFit(), experiment, count)[-1]
        ghost = next(trace.points for trace in picture.traces if trace.role == "ghost")
        assert ghost[-1][1] / ghost[-1][0] == pytest.approx(frame(experiment, count - 1).epoch.parameters[0])


def test_a_cost_that_falls_on_a_log_scale_stays_in_the_picture():
    run, chart, series = Run(Experiment(learning_rate=0.05), BACKEND), CostCurve(), Series(1)
    for _ in range(10):
        series.follow(run.history)
        picture = chart.figure(chart_view_of(look(run), series, ChartOptions(is_log=True)), 40, 12).picture
        assert picture.y.holds(run.epoch.cost)
        run.step()


@pytest.mark.parametrize("height", [9, 10])
def test_a_line_that_shot_over_the_rows_leaves_them_the_room_once_it_has_come_back(height: int):
    shown = pictures(DataFit(), Experiment(), 8, 58, height)
    assert shown[1].y.high > 4
    assert shown[-1].y == whole_data(0, 3, rows_of(58, height))


def test_limits_do_not_go_back_and_forth_with_a_line_that_does():
    shown = pictures(DataFit(), Experiment(learning_rate=1 / 7), 8, 58, 12)
    assert len({str(picture.y) for picture in shown[1:]}) == 1


def test_a_bowl_of_little_depth_is_no_level_line():
    rows = Dataset((column((10, 1, 1, 1, 1)),), column((0, 0, 0, 0, 1)), ("x",), "y", "rows")
    experiment = Experiment(dataset=rows, model="logistic", convention="mean", weights=(-1.0,), dtype="float64")
    picture = pictures(CostBowl(), experiment, 6, 58, 12)[-1]
    curve = next(trace.points for trace in picture.traces if trace.role == "curve")
    heights = [y for _, y in curve if picture.y.holds(y)]
    assert (max(heights) - min(heights)) / picture.y.unit > 5
    assert all(
        picture.y.holds(y) for trace in picture.traces if trace.role in ("now", "minimum") for _, y in trace.points
    )
    assert pictures(CostBowl(), Experiment(), 1, 58, 12)[0].y.low == 0
