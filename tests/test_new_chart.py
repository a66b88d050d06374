"""A new chart is one class: it is leafed to, enlarged, read by the value cursor, and hides what it must not tell."""

from typing import ClassVar

import msgspec
import pytest
from lab_pilot import opened

from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.charts.chart import Chart, Figure
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.scale import columns_of, linear, rows_of


class Steepness(Chart):
    """The gradient by W."""

    name, words = "steepness", "steepness"
    tells: ClassVar = {**Chart.tells, "now": "gradient"}

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        self.begin(view)
        epoch = view.frame.epoch
        y = self.hold("gradient", [epoch.gradient[0], -epoch.gradient[0]], linear, rows_of(width, height))
        x = self.hold("W", [0.0, epoch.parameters[0]], linear, columns_of(width, height, y))
        traces = [Trace([(epoch.parameters[0], epoch.gradient[0])], "now", glyph="S")]
        if view.pointed:
            traces.append(Trace([(view.pointed.parameters[0], view.pointed.gradient[0])], "pointer", glyph="┼"))
        picture = Picture(width, height, x, y, tuple(traces), view.marker, "W")
        return Figure(title="Steepness", picture=picture, signs=("now",))

    def point(self, run, view, by):
        """The value cursor turns signs."""
        pointed = super().point(run, view, by)
        return msgspec.structs.replace(pointed, gradient=(-pointed.gradient[0],))


@pytest.fixture(autouse=True)
def steepness(monkeypatch):
    """The one place where the chart is registered."""
    monkeypatch.setitem(CHARTS, Steepness.name, Steepness)


async def test_it_is_leafed_to_enlarged_and_read():
    async with opened() as lab:
        await lab.press("space", "V")
        assert lab.titles()[0] == "Steepness"
        assert lab.titles()[1] == "Cost", "v goes on from the last to the first"
        assert "S" in lab.chart()
        await lab.press("z")
        assert lab.titles() == ["Steepness"]
        await lab.press("comma")
        assert lab.keys.startswith("┼ epoch 2: W 1.4 ")
        assert "gradient −5.6 " in lab.keys, "its own cursor turns the sign"
        assert "┼" in lab.chart()


async def test_it_does_not_tell_what_is_asked_for():
    async with opened() as lab:
        await lab.press("V", "3", "P")
        await lab.until(lambda: "S" not in lab.chart())
        await lab.press("escape", "escape")
        await lab.until(lambda: "S" in lab.chart())


def test_no_two_charts_share_a_name():
    assert all(name == chart.name for name, chart in CHARTS.items())
    assert len({chart.words for chart in CHARTS.values()}) == len(CHARTS)
