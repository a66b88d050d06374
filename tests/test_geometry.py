"""Charts measured with a ruler: where marks, curves and ticks are on the screen, read off the cells that were drawn."""

import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import pytest
from lab_pilot import opened

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import look
from gdtui.lab.workspace import Workspace
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.chart_view import ChartOptions, ChartView, chart_view_of
from gdtui.ui.charts.contours import Contours
from gdtui.ui.charts.cost_bowl import CostBowl
from gdtui.ui.charts.cost_curve import CostCurve
from gdtui.ui.charts.data_fit import DataFit, height_at
from gdtui.ui.charts.figure import AXIS, Picture, draw, joined, mark
from gdtui.ui.charts.legend import SIGNS, TARGETS, legend
from gdtui.ui.charts.scale import Scale
from gdtui.ui.charts.series import Series
from gdtui.ui.charts.weight_curve import ROLES, WeightCurve

MARKERS = ("braille", "hd", "ascii")
SIZES = ((37, 6), (25, 9), (28, 7), (43, 9), (58, 13), (76, 20), (100, 27), (143, 44))
"""Of one chart, from a screen of 60×16 cells to one of 200×60."""
LINE_ROLES = {"curve", "path", "second"}
MARK_ROLES = {"now", "next", "minimum", "trail"}
HALF = 0.5 + 1e-5
"""Of a cell: what is beyond it stands for another value."""
NUMBER = re.compile(r"−?\d[\d.]*(e−?\d+)?[kM]?")

SCENES = 12
"""How many of them chance gives at once."""

Cells = dict[tuple[int, int], tuple[str, str]]


@dataclass(frozen=True)
class Scene:
    """A run as it is looked at: what of it matters here is left to chance."""

    experiment: Experiment
    epochs: int
    width: int
    height: int
    looks: ChartOptions

    def view(self) -> ChartView:
        return view_of(self.experiment, self.epochs, self.looks)

    def pictures(self) -> Iterator[tuple[Chart, Picture]]:
        """Of every chart that can be drawn."""
        view = self.view()
        for chart in (kind() for kind in CHARTS.values()):
            if picture := chart.figure(view, self.width, self.height).picture:
                yield chart, picture


def scene(chance: random.Random) -> Scene:
    """Tables of all sizes and scales, with and without b, raw and standardized; some overshoot, and some diverge."""
    size = 10 ** chance.uniform(-2, 2)
    rows = chance.randint(2, 7)
    columns = [
        tuple(round(chance.uniform(-size, size) or 1.0, 4) for _ in range(rows))
        for _ in range(chance.choice((1, 1, 1, 2)))
    ]
    slope, off = chance.uniform(-3, 3), chance.uniform(-size, size)
    dataset = typed(*columns, tuple(slope * value + off * chance.random() for value in columns[0]))
    if chance.random() < 0.25 and len(set(columns[0])) > 1:
        dataset = dataset.standardized()
    most = sum(value * value for column in dataset.x for value in column) + rows
    has_bias = chance.random() < 0.4
    weights = tuple(chance.uniform(-2, 2) for _ in columns)
    epochs = chance.choice((10, 10, chance.randint(2, 80)))
    experiment = Experiment(
        dataset=chance.choice((dataset, dataset, dataset, Experiment().dataset)) if len(columns) == 1 else dataset,
        has_bias=has_bias,
        weights=weights,
        learning_rate=chance.choice((0.3, 0.9, 1.6, 2.2)) / most,
        epochs=epochs,
        dtype="float64",
    )
    width, height = chance.choice(SIZES)
    looks = ChartOptions(
        marker=chance.choice(MARKERS), is_log=chance.choice((None, None, True)), is_whole=chance.random() < 0.2
    )
    return Scene(
        experiment, chance.randint(0, epochs), width + chance.randint(0, 9), height + chance.randint(0, 5), looks
    )


def known_scenes() -> Iterator[Scene]:
    """The lecture, a line that is y = x, and rows on no line, at every size and with every marker."""
    five = typed((1, 2, 3, 4, 5), (2, 1, 4, 3, 6))
    known = (
        Experiment(),
        Experiment(weights=(1.0,)),
        Experiment(dataset=five, learning_rate=0.01),
        Experiment(dataset=five, learning_rate=0.01, has_bias=True),
        Experiment(dataset=five.standardized(), has_bias=True),
    )
    for number, (experiment, size) in enumerate(itertools.product(known, SIZES)):
        yield Scene(experiment, number % 11, *size, ChartOptions(marker=MARKERS[number % 3]))


@pytest.fixture(scope="module", params=["few", pytest.param("many", marks=pytest.mark.slow)])
def scenes(request) -> list[Scene]:
    """The known ones first; then by chance, but the same each time, a dozen times as many where there is time."""
    chance = random.Random(request.param)
    if request.param == "many":
        return [scene(chance) for _ in range(20 * SCENES)]
    return [*known_scenes(), *(scene(chance) for _ in range(SCENES))]


def view_of(experiment: Experiment, epochs: int, looks: ChartOptions | None = None) -> ChartView:
    """What there is to see after so many epochs."""
    workspace, series = Workspace(experiment, BACKEND), Series(len(experiment.start))
    for _ in range(epochs):
        workspace.run.step()
    series.follow(workspace.run.history)
    return chart_view_of(look(workspace.run), series, looks or ChartOptions())


def cells(picture: Picture) -> tuple[Cells, int, int]:
    """What is drawn inside of the axes, by column and row from the lower left; and the columns and rows."""
    rows = draw(picture)
    texts = ["".join(text for text, _ in row) for row in rows]
    foot = next(
        number for number, text in enumerate(texts) if text.strip()[:1] in ("└", "+") and number == len(rows) - 2
    )
    left = len(texts[foot]) - len(texts[foot].lstrip()) + 1
    found: Cells = {}
    for number, row in enumerate(rows[:foot]):
        column = -left
        for text, role in row:
            for character in text:
                if column >= 0 and character != " " and role != AXIS:
                    found[column, foot - 1 - number] = character, role
                column += 1
    return found, picture.width - left, foot


def ticks(picture: Picture) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """The ticks along x and y as they are drawn: cell and label, from the lower left."""
    texts = ["".join(text for text, _ in row) for row in draw(picture)]
    foot = len(texts) - 2
    left = len(texts[foot]) - len(texts[foot].lstrip()) + 1
    along_y = [
        (foot - 1 - number, text[: left - 1].strip())
        for number, text in enumerate(texts[:foot])
        if text[left - 1] in "┤+"
    ]
    along_x = [place for place, character in enumerate(texts[foot][left:]) if character in "┬+"]
    labels = [text for text in texts[-1].split() if NUMBER.fullmatch(text.replace("-", "−"))]
    return list(zip(along_x, labels, strict=True)), along_y[::-1]


def value_of(label: str) -> float:
    """The number that a label says."""
    for suffix, size in (("k", 1e3), ("M", 1e6)):
        if label.endswith(suffix):
            return value_of(label.removesuffix(suffix)) * size
    return float(label.replace("−", "-"))


def is_joined(places: set[tuple[int, int]]) -> bool:
    """Whether one can walk from any cell to any other over neighbours."""
    waiting, left = [next(iter(places))], set(places)
    left.discard(waiting[0])
    while waiting:
        x, y = waiting.pop()
        near = {(x + right, y + up) for right in (-1, 0, 1) for up in (-1, 0, 1)} & left
        left -= near
        waiting += near
    return not left


Ruler = Callable[[float], float]


def ruler(scale: Scale, written: list[tuple[int, str]]) -> Ruler:
    """At which cell a value belongs, as anyone would read it off the outermost ticks at an axis."""
    (low, low_label), (high, high_label) = written[0], written[-1]
    if low == high:  # no two ticks to lay a ruler against
        return lambda value: (scale.places((value,))[0] or 0.0) - 0.5
    plain = math.log10 if scale.is_log else float
    under, over = plain(value_of(low_label)), plain(value_of(high_label))
    return lambda value: low + (high - low) * (plain(value) - under) / (over - under)


def rulers(picture: Picture) -> tuple[Ruler, Ruler]:
    along_x, along_y = ticks(picture)
    return ruler(picture.x, along_x), ruler(picture.y, along_y)


def off(picture: Picture, x: float, y: float, cell: tuple[int, int]) -> float:
    """How far a cell is from where its values belong, in cells."""
    across, up = rulers(picture)
    return max(abs(cell[0] - across(x)), abs(cell[1] - up(y)))


def test_no_sign_goes_by_the_room_of_its_chart(scenes):
    """The legend's height makes the charts': what came and went with that would come and go without end."""
    for each in scenes:
        for kind in CHARTS.values():
            figures = [kind().figure(each.view(), each.width, each.height + more) for more in (0, 1, 2)]
            assert len({figure.signs for figure in figures}) == 1, (each, kind.name)


def test_every_mark_is_in_the_cell_of_its_value(scenes):
    for each in scenes:
        for chart, picture in each.pictures():
            shown, columns, rows = cells(picture)
            marks = {spot for spot, (character, role) in shown.items() if role in (*MARK_ROLES, "rows", "other")}
            across, up = rulers(picture)
            for trace in picture.traces:
                for x, y in trace.points if trace.glyph in "●○×•◆" and trace.glyph else ():
                    if not (math.isfinite(x) and math.isfinite(y)) or (picture.y.is_log and y <= 0):
                        continue
                    at = across(x), up(y)
                    if 0 <= at[0] <= columns - 1 and 0 <= at[1] <= rows - 1:
                        near = [max(abs(spot[0] - at[0]), abs(spot[1] - at[1])) for spot in marks]
                        assert min(near, default=math.inf) <= HALF, (each, chart.name, trace.glyph, x, y)


def test_no_cost_is_seen_below_the_line_of_the_least_cost(scenes):
    measured = 0
    for scene in scenes:
        for _chart, picture in (each for each in scene.pictures() if isinstance(each[0], CostCurve)):
            exact, height = picture.y.places(
                [
                    scene.view().frame.surface.least_cost,
                    next(t for t in picture.traces if t.role == "least").points[0][1],
                ]
            )
            if exact is None or height is None or not 0 <= exact < picture.y.cells:
                continue  # below a log scale
            assert abs(exact - height) <= HALF
            costs = [cost for trace in picture.traces if trace.role in MARK_ROLES for _epoch, cost in trace.points]
            assert all(
                math.floor(place + 1e-5) + HALF >= height for place in picture.y.places(costs) if place is not None
            )
            measured += 1
    assert measured > SCENES


def test_marks_of_a_curve_are_on_it_and_the_curve_has_no_hole(scenes):
    for each in scenes:
        count = len(each.experiment.start)
        for chart, picture in each.pictures():
            if not (isinstance(chart, CostCurve | WeightCurve) or (isinstance(chart, CostBowl) and count == 1)):
                continue
            shown, _, _ = cells(picture)
            line = {spot for spot, (_, role) in cells(lines_of(picture))[0].items() if role in LINE_ROLES}
            marks = {spot for spot, (_, role) in shown.items() if role in MARK_ROLES}
            if not isinstance(chart, WeightCurve) or count == 1:
                assert not {spot for spot in marks if spot not in line and shown[spot][0] not in "▲▼^v"}, (
                    each,
                    chart.name,
                )
                assert is_joined(line), (each, chart.name)


def test_the_tangent_is_seen_where_it_touches_and_takes_no_dot_of_the_curve(scenes):
    bowls = [
        picture
        for each in scenes
        for chart, picture in each.pictures()
        if isinstance(chart, CostBowl) and picture.marker != "ascii"
    ]
    for picture in bowls:
        shown = cells(lines_of(picture, {"tangent", "curve"}))[0]
        tangent, curve = cells(lines_of(picture, {"tangent"}))[0], cells(lines_of(picture, {"curve"}))[0]
        assert tangent, picture
        for spot, (character, _role) in tangent.items():
            assert shown[spot] == (joined(curve.get(spot, " ")[0], character), "tangent"), (picture, spot)
        assert all(shown[spot] == cell for spot, cell in curve.items() if spot not in tangent), picture


def test_ticks_are_round_numbers_at_equal_distances(scenes):
    for each in scenes:
        for chart, picture in each.pictures():
            for scale, written in zip((picture.x, picture.y), ticks(picture), strict=True):
                places, values = [place for place, _ in written], [value_of(label) for _, label in written]
                assert len({after - before for before, after in pairwise(places)}) <= 1, (each, chart.name)
                steps = [
                    math.log10(after / before) if scale.is_log else after - before for before, after in pairwise(values)
                ]
                assert steps == pytest.approx(steps[:1] * len(steps)), (each, chart.name)
                assert places, (each, chart.name)


def test_level_curves_are_seen_in_every_bowl(scenes):
    for each in scenes:
        for chart, picture in each.pictures():
            if isinstance(chart, Contours) and 1e-12 < each.view().frame.trail[0].cost < math.inf:
                assert any(role == "curve" for _, role in cells(picture)[0].values()), each


def test_the_line_through_the_rows_is_seen_or_it_is_said_where_it_is(scenes):
    for each in scenes:
        view, chart = each.view(), DataFit()
        if len(each.experiment.dataset.x) == 1 and math.isfinite(view.frame.epoch.cost):
            figure = chart.figure(view, each.width, each.height)
            shown, _, _ = cells(figure.picture)
            is_seen = any(role == "curve" for _, role in shown.values())
            assert is_seen or figure.note(40).startswith("H(x) is "), each


def test_epochs_are_marked_as_far_as_the_plan_goes(scenes):
    for each in scenes:
        for chart, picture in each.pictures():
            if isinstance(chart, CostCurve | WeightCurve):
                assert value_of(ticks(picture)[0][-1][1]) <= max(each.experiment.epochs, 10)


def lines_of(picture: Picture, roles: Iterable[str] = LINE_ROLES) -> Picture:
    """The lines alone, or those of some roles."""
    return Picture(
        picture.width,
        picture.height,
        picture.x,
        picture.y,
        tuple(trace for trace in picture.traces if not trace.glyph and trace.role in roles),
        picture.marker,
    )


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("size", SIZES[1:])
def test_the_rows_of_y_equal_to_x_are_on_their_line_in_the_middle_of_cells(marker, size):
    view = view_of(Experiment(weights=(1.0,)), 0, ChartOptions(marker=marker))
    picture = DataFit().figure(view, *size).picture
    shown, _, _ = cells(picture)
    rows = sorted(spot for spot, (_, role) in shown.items() if role == "rows")
    assert len(rows) == 3
    under, _, _ = cells(lines_of(picture))
    assert all(under[spot][1] == "curve" for spot in rows)
    for value, spot in enumerate(rows, 1):
        assert off(picture, value, value, spot) <= 1e-6, "a whole number is in the middle of its cell"
        assert height_at(view, view.frame.epoch, 0, value) == value


def several_targets(k: int, seed: int = 0) -> Experiment:
    chance = random.Random(seed)
    ys = [tuple(chance.randint(-9, 9) for _ in range(5)) for _ in range(k)]
    weights = tuple(target - k / 2 for target in range(k))
    return Experiment(dataset=typed((1, 2, 3, 4, 5), *ys, targets=k), has_bias=True, weights=weights)


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("k", [2, 3, 4])
def test_each_of_several_targets_has_a_mark_and_a_number_of_its_own(marker, k):
    """Read off the cells without their colours: each row's mark, and each line's number beside the end of its line."""
    experiment = several_targets(k)
    view = view_of(experiment, 0, ChartOptions(marker=marker))
    picture = DataFit().figure(view, 76, 30).picture
    shown, columns, _ = cells(picture)
    glyphs = [mark(SIGNS[sign][0], marker) for sign in TARGETS[:k]]
    assert len({*glyphs}) == k
    taken = Counter((x, y) for ys in experiment.dataset.ys for x, y in zip(experiment.dataset.x[0], ys, strict=True))
    for glyph, ys in zip(glyphs, experiment.dataset.ys, strict=True):
        for x, y in zip(experiment.dataset.x[0], ys, strict=True):
            if taken[x, y] == 1:
                spots = [spot for spot, (text, _role) in shown.items() if text == glyph]
                assert any(off(picture, x, y, spot) <= HALF for spot in spots), (glyph, x, y)
    numbers = {text: spot for spot, (text, _role) in shown.items() if text.isdigit() and spot[0] > columns - 8}
    assert sorted(numbers) == [str(number) for number in range(1, k + 1)]
    for target in range(k):
        at = numbers[str(target + 1)]
        column = min(max(at[0] - 1, 0), columns - 1)
        height = height_at(view, view.frame.epoch, target, picture.x.value(column))
        assert off(picture, picture.x.value(at[0] + 0.5), height, at) <= 2, target


def test_targets_are_named_by_their_numbers_and_more_than_four_are_shown_one_at_a_time():
    assert DataFit().figure(view_of(several_targets(3), 0), 40, 12).title == "Data and H(x): 1 y1, 2 y2, 3 y3"
    view = view_of(several_targets(5), 0, ChartOptions(parameter=2))
    figure = DataFit().figure(view, 40, 12)
    assert figure.title == "Data and H(x): y3"
    assert figure.signs == ("row",)


def test_every_mark_and_every_kind_of_line_is_in_the_legend():
    for experiment in (Experiment(), Experiment(has_bias=True, learning_rate=0.05), several_targets(4)):
        view = view_of(experiment, 4)
        for chart in CHARTS.values():
            figure = chart().figure(view, 60, 16)
            if figure.message:
                continue
            signs = set(figure.signs)
            glyphs = {SIGNS[sign][0] for sign in signs} - {""}
            lines = {SIGNS[sign][1] for sign in signs if not SIGNS[sign][0]} | {"path", "curve", "other", *ROLES}
            for trace in figure.picture.traces:
                if trace.glyph and not trace.glyph.isalnum() and trace.points:
                    assert trace.glyph in glyphs, chart
                elif not trace.glyph:
                    assert trace.role in lines, chart


def test_every_mark_in_the_legend_stands_on_a_chart():
    view = view_of(Experiment(has_bias=True, learning_rate=0.05), 4)
    over_two = view_of(Experiment(function="himmelblau", learning_rate=0.01), 1)
    for shown in (view, msgspec.structs.replace(view, pointed=view.frame.around[1]), over_two):
        for chart in CHARTS.values():
            figure = chart().figure(shown, 60, 16)
            if figure.message or not chart.suits(shown.frame.experiment):
                continue
            drawn = {trace.glyph or trace.role for trace in figure.picture.traces if trace.points}
            for sign in figure.signs:
                assert (SIGNS[sign][0] or SIGNS[sign][1]) in drawn, (chart.name, sign)


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("width", [26, 58, 78])
def test_no_sign_of_two_charts_side_by_side_is_left_out_of_the_legend(marker, width):
    view = view_of(Experiment(has_bias=True, learning_rate=0.05), 4, ChartOptions(marker=marker))
    kinds = [chart() for chart in CHARTS.values() if chart.suits(view.frame.experiment)]
    for left, right in zip(kinds, [*kinds[1:], kinds[0]], strict=True):
        signs = {*left.figure(view, 40, 12).signs, *right.figure(view, 40, 12).signs, "other"}
        rows = ["".join(text for text, _role in row) for row in legend(signs, marker, width)]
        assert max(map(len, rows)) <= width
        shown = " ".join(rows)
        assert all(SIGNS[sign][2] in shown for sign in signs)


async def test_a_longer_legend_takes_its_row_from_the_table_and_none_from_the_charts():
    async with opened(Experiment(has_bias=True, learning_rate=0.05), size=(60, 16), backend=BACKEND) as lab:
        await lab.press("space", "space")
        before = lab.screen.charts.panels[0].size
        await lab.press("v", "v", "v")
        assert lab.titles() == ["y and H(x)", "Cost vs W →, b ↑"]
        assert all(words in lab.text("Legend") for words in ("now", "row", "epoch", "previous epoch", "−gradient"))
        assert lab.screen.charts.panels[0].size == before
        assert lab.epochs[0].startswith("▸Epoch    3/10")


async def test_a_chart_that_gets_room_only_later_is_in_the_legend_then():
    async with opened(Experiment(has_bias=True, learning_rate=0.05), size=(60, 16), backend=BACKEND) as lab:
        await lab.press("space", "space", "v")
        assert "row" not in lab.text("Legend")
        await lab.pilot.resize_terminal(100, 24)
        await lab.until(lambda: lab.titles()[2:] == ["y and H(x)"] and "row" in lab.text("Legend"))


def test_one_mark_means_one_thing_on_all_charts():
    meanings: dict[str, set[str]] = {}
    view = view_of(Experiment(has_bias=True, learning_rate=0.05), 4)
    for chart in CHARTS.values():
        for trace in chart().figure(view, 60, 16).picture.traces:
            if trace.glyph and not trace.glyph.isalpha():
                meanings.setdefault(trace.glyph, set()).add(trace.role)
    assert {glyph: len(roles) for glyph, roles in meanings.items()} == dict.fromkeys(meanings, 1)


@pytest.mark.parametrize("marker", MARKERS)
def test_the_line_now_and_that_of_an_epoch_ago_differ_without_colour(marker):
    picture = DataFit().figure(view_of(Experiment(), 1, ChartOptions(marker=marker)), 60, 16).picture
    shown, columns, _ = cells(picture)
    ghost = {character for character, role in shown.values() if role == "ghost"}
    curve = {character for character, role in shown.values() if role == "curve"}
    if marker == "ascii":
        assert not ghost & curve
        return
    covered = {
        role: {column for (column, _), (_, name) in shown.items() if name == role} for role in ("ghost", "curve")
    }
    assert len(covered["curve"]) >= columns - 3, "the line now is whole"
    assert len(covered["ghost"]) <= 0.6 * columns, "that of an epoch ago is sparse"
