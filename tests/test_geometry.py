"""Charts measured with a ruler: where marks, curves and ticks are on the screen, read off the cells that were drawn."""

import math
import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import look
from gdtui.lab.workspace import Workspace
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.charts.chart_view import ChartOptions, ChartView, chart_view_of
from gdtui.ui.charts.cost_bowl import CostBowl
from gdtui.ui.charts.cost_curve import CostCurve
from gdtui.ui.charts.data_fit import DataFit, height_at
from gdtui.ui.charts.figure import AXIS, Picture, draw
from gdtui.ui.charts.legend import LINES, MARKS
from gdtui.ui.charts.series import Series
from gdtui.ui.charts.weight_curve import WeightCurve

MARKERS = ("braille", "hd", "ascii")
SIZES = ((17, 6), (25, 9), (28, 7), (43, 9), (58, 13), (76, 20), (100, 27), (143, 44))
"""Of one chart, from a screen of 60×16 cells to one of 200×60."""
LINE_ROLES = {"curve", "path", "second"}
HALF = 0.5 + 1e-5
"""Of a cell: what is beyond it stands for another value."""

Cells = dict[tuple[int, int], tuple[str, str]]


def experiments(count: int) -> Iterator[Experiment]:
    """The lecture, a line that is y = x, rows on no line, and what chance gives; some overshoot, and some diverge."""
    chance = random.Random(7)
    yield Experiment()
    yield Experiment(weights=(1.0,))
    yield Experiment(dataset=typed((1, 2, 3, 4, 5), (2, 1, 4, 3, 6)), learning_rate=0.01)
    for _ in range(count):
        size = 10 ** chance.uniform(-2, 2)
        x = tuple(round(chance.uniform(-size, size) or 1.0, 4) for _ in range(chance.randint(2, 6)))
        slope, off = chance.uniform(-3, 3), chance.uniform(-size, size)
        y = tuple(slope * value + off * chance.random() for value in x)
        rate = chance.choice((0.3, 0.9, 1.6, 2.2)) / (sum(value * value for value in x) or 1.0)
        yield Experiment(dataset=typed(x, y), weights=(chance.uniform(-2, 2),), learning_rate=rate, dtype="float64")


def view_of(experiment: Experiment, epochs: int, marker: str = "braille") -> ChartView:
    """What there is to see after so many epochs."""
    workspace, series = Workspace(experiment, BACKEND), Series(len(experiment.start))
    for _ in range(epochs):
        workspace.run.step()
    series.follow(workspace.run.history)
    return chart_view_of(look(workspace.run), series, ChartOptions(marker=marker))


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
    labels = [text for text in texts[-1].split() if text[-1].isdigit() or text[-1] in "kM"]
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


def off(picture: Picture, x: float, y: float, cell: tuple[int, int]) -> float:
    """How far a cell is from where its values belong, in cells, by the outermost ticks that are written at the axes."""
    far = []
    for at, value, scale, written in zip(cell, (x, y), (picture.x, picture.y), ticks(picture), strict=True):
        (low, low_label), (high, high_label) = written[0], written[-1]
        ends = value, under, over = value, value_of(low_label), value_of(high_label)
        if scale.is_log:
            value, under, over = map(math.log10, ends)
        far.append(abs(at - low - (high - low) * (value - under) / (over - under)))
    return max(far)


@pytest.fixture(scope="module")
def runs() -> list[Experiment]:
    return list(experiments(12))


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("chart", [CostCurve, CostBowl, WeightCurve])
def test_each_mark_is_in_the_cell_of_its_value_and_on_its_curve(chart, marker, runs):
    for place, experiment in enumerate(runs):
        width, height = SIZES[place % len(SIZES)]
        view = view_of(experiment, 1 + place % 9, marker)
        picture = chart().picture(view, width + 20 * (width < 20), height)
        shown, columns, rows = cells(picture)
        epoch = view.frame.epoch
        x, y = {
            CostCurve: (epoch.number, epoch.cost),
            CostBowl: (epoch.parameters[0], epoch.cost),
            WeightCurve: (epoch.number, epoch.parameters[0]),
        }[chart]
        ((now, _),) = [item for item in shown.items() if item[1][1] == "now"]
        assert off(picture, x, y, now) <= HALF, (experiment, width, height)
        bare = lines_of(picture)
        under, _, _ = cells(bare)
        marks = {spot for spot, (_, role) in shown.items() if role in ("now", "next", "minimum", "trail")}
        missing = {spot for spot in marks if under.get(spot, ("", ""))[1] not in LINE_ROLES}
        assert not missing, (experiment, width, height)
        assert max(column for column, _ in shown) < columns
        assert max(row for _, row in shown) < rows


def lines_of(picture: Picture) -> Picture:
    """The lines alone."""
    return Picture(
        picture.width,
        picture.height,
        picture.x,
        picture.y,
        tuple(trace for trace in picture.traces if not trace.glyph and trace.role in LINE_ROLES),
        picture.marker,
    )


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("chart", [CostBowl, WeightCurve, CostCurve])
def test_no_curve_has_a_hole(chart, marker, runs):
    for place, experiment in enumerate(runs):
        for width, height in (SIZES[(place + 3) % len(SIZES)], (58, 13)):
            view = view_of(experiment, 1 + place % 9, marker)
            shown, _, _ = cells(chart().picture(view, width + 20 * (width < 20), height))
            line = {spot for spot, (_, role) in shown.items() if role in (*LINE_ROLES, "now", "trail", "minimum")}
            if chart is CostBowl:
                line |= {spot for spot, (_, role) in shown.items() if role == "next"}
            assert is_joined(line), (experiment, width, height)


@pytest.mark.parametrize("chart", CHARTS.values())
@pytest.mark.parametrize("size", SIZES[1:])
def test_ticks_are_the_same_number_of_cells_apart(chart, size, runs):
    for experiment in runs[::3]:
        changed = Experiment(dataset=experiment.dataset, has_bias=chart.least_parameters > 1, learning_rate=1e-3)
        along_x, along_y = ticks(chart().picture(view_of(changed, 3), *size))
        for places in ([place for place, _ in along_x], [place for place, _ in along_y]):
            assert len({after - before for before, after in pairwise(places)}) <= 1
            assert len(places) >= 1
        values = [value_of(label) for _, label in along_y]
        steps = [after - before for before, after in pairwise(values)]
        assert steps == pytest.approx([steps[0]] * len(steps)) if steps else True


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("size", SIZES[1:])
def test_the_rows_of_y_equal_to_x_are_on_their_line_in_the_middle_of_cells(marker, size):
    view = view_of(Experiment(weights=(1.0,)), 0, marker)
    picture = DataFit().picture(view, *size)
    shown, _, _ = cells(picture)
    rows = sorted(spot for spot, (_, role) in shown.items() if role == "rows")
    assert len(rows) == 3
    under, _, _ = cells(lines_of(picture))
    assert all(under[spot][1] == "curve" for spot in rows)
    for value, spot in enumerate(rows, 1):
        assert off(picture, value, value, spot) <= 1e-6, "a whole number is in the middle of its cell"
        assert height_at(view, view.frame.epoch, value) == value


def test_every_mark_and_every_kind_of_line_is_in_the_legend():
    for experiment in (Experiment(), Experiment(has_bias=True, learning_rate=0.05)):
        view = view_of(experiment, 4)
        for chart in CHARTS.values():
            if chart().message(view):
                continue
            signs = set(chart().signs(view))
            glyphs = {MARKS[sign][0] for sign in signs if sign in MARKS}
            lines = {LINES[sign][1] for sign in signs if sign in LINES} | {"path", *("curve", "second", "other")}
            for trace in chart().picture(view, 60, 16).traces:
                if trace.glyph and not trace.glyph.isalpha() and trace.points:
                    assert trace.glyph in glyphs, chart
                elif not trace.glyph:
                    assert trace.role in lines, chart


def test_one_mark_means_one_thing_on_all_charts():
    meanings: dict[str, set[str]] = {}
    view = view_of(Experiment(has_bias=True, learning_rate=0.05), 4)
    for chart in CHARTS.values():
        for trace in chart().picture(view, 60, 16).traces:
            if trace.glyph and not trace.glyph.isalpha():
                meanings.setdefault(trace.glyph, set()).add(trace.role)
    assert {glyph: len(roles) for glyph, roles in meanings.items()} == dict.fromkeys(meanings, 1)


@pytest.mark.parametrize("marker", MARKERS)
def test_the_line_now_and_that_of_an_epoch_ago_differ_without_colour(marker):
    picture = DataFit().picture(view_of(Experiment(), 1, marker), 60, 16)
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
