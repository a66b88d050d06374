"""A page for measuring a slope, on the screen: two cursors on a curve, the line through them, the readings."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from gdtui.numbers import fixed, shortest, significant
from gdtui.teaching.events import Deed
from gdtui.teaching.page import PageState
from gdtui.teaching.pages.measure import LAST_READINGS, Measured
from gdtui.text import _
from gdtui.ui.charts.chart import Figure
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.scale import columns_of, linear, rows_of
from gdtui.ui.common.command import KeyAction
from gdtui.ui.common.rows import Row
from gdtui.ui.lesson.commands import pair
from gdtui.ui.lesson.kinds.kind import ExhibitChart, KindOnScreen


class MeasureChart(ExhibitChart[Measured]):
    """The curve with a and b, the line through both, and run and rise as sides of a triangle."""

    name, words, shows = "measure", "curve with two cursors", Measured

    def shown(self, exhibit: Measured, view: ChartView, width: int, height: int) -> Figure:
        """The whole picture, with rise over run; once a and b meet, the tangent."""
        places, heights = zip(*exhibit.points, strict=True)
        y = linear(min(0.0, *heights), max(0.0, *heights), rows_of(width, height))
        x = linear(min(places), max(places), columns_of(width, height, y), is_across=True)
        (at, level), b = exhibit.a, exhibit.b
        line = [(end, level + exhibit.rate * (end - at)) for end in (x.low, x.high)]
        traces = [
            Trace(exhibit.points, "curve"),
            Trace(line, "tangent"),
            Trace([exhibit.a, (at, b[1]), b], "residual"),
            Trace([exhibit.a], "now", glyph="a"),
            *([Trace([b], "next", glyph="b")] if exhibit.run else []),
        ]
        run, rise, rate = exhibit.readings[-1]
        ratio = f"{significant(rise, 4)} / {significant(run, 4)} = {significant(rate, 5)}"
        return Figure(
            title=_("{curve} vs {across}", curve=exhibit.curve.capitalize(), across=exhibit.across),
            picture=Picture(width, height, x, y, tuple(traces), view.marker, exhibit.across),
            signs=("secant", "run") if exhibit.run else ("tangent",),
            notes=(ratio if run else _("the tangent at a"), ""),
        )


def bring(cursor: str, way: int) -> KeyAction:
    """A command that moves a cursor to the left or to the right."""

    def do(lesson: Any) -> None:
        shown = lesson.view.exhibit if lesson.view else None
        if isinstance(shown, Measured) and (places := shown.beside if cursor == "b" else shown.steps):
            lesson.take(Deed(word=cursor, value=shortest(places[way > 0])))

    return do


class MeasureOnScreen(KindOnScreen):
    """The readings."""

    name = "measure"
    charts = (MeasureChart,)
    commands: ClassVar = (
        *pair(
            ("b-left", "left", _("Move b to the left, on a page where a slope is measured")),
            ("b-right", "right", _("Move b to the right")),
            partial(bring, "b"),
            bar=_("move b"),
        ),
        *pair(
            ("a-left", "comma", _("Move a to the left, if it can move")),
            ("a-right", "full_stop", _("Move a to the right")),
            partial(bring, "a"),
            bar=_("move a"),
            serves=lambda view: isinstance(view.exhibit, Measured) and view.exhibit.steps is not None,
        ),
    )

    def rows(self, view: PageState, width: int, typed: str = "") -> Sequence[Row]:
        """The positions of the cursors, and the latest readings."""
        shown = view.exhibit
        if not isinstance(shown, Measured):
            return []
        cursors: list[Row] = [
            ((f"{name}  ", role), (f"{shown.across} {significant(at[0], 5)}   {shown.curve} {fixed(at[1], 3)}", "text"))
            for name, role, at in (("a", "now", shown.a), ("b", "next", shown.b))
        ]
        heading: Row = ((f"{_('run'):>8}{_('rise'):>10}{_('rise/run'):>11}", "dim"),)
        readings: list[Row] = []
        for run, rise, rate in shown.readings[-LAST_READINGS:]:
            is_last = (run, rise, rate) == shown.readings[-1]
            numbers = f"{significant(run, 4):>8}{fixed(rise, 3):>10}{fixed(rate, 3):>11}"
            readings.append(((numbers, "main" if is_last else "text"), (" ◂" if is_last else "", "key")))
        return [*cursors, (), heading, *readings]

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """The keys, and what can be typed instead."""
        return _("{left} {right} move b, or type a number:", left=key["b-left"], right=key["b-right"])
