"""A page with a knob, on the screen: keys that turn it, a scale for its position, and a dot for each position."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.cells import cell_len

from gdtui.lab.frame import Frame
from gdtui.numbers import shortest, significant
from gdtui.teaching.events import Deed
from gdtui.teaching.page import PageState
from gdtui.teaching.pages.knob import Knob, Turned
from gdtui.text import _
from gdtui.ui.charts.chart import Figure
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.scale import columns_of, linear, rows_of
from gdtui.ui.common.command import KeyAction
from gdtui.ui.common.rows import Row, fit, line_rows
from gdtui.ui.lesson.commands import pair
from gdtui.ui.lesson.kinds.kind import ExhibitChart, KindOnScreen

SCALE_WIDTH = 44


class TriesChart(ExhibitChart[Turned]):
    """A dot for each position of the knob; the curve is added once the goal is reached."""

    name, words, shows = "tries", "tries", Turned

    def shown(self, exhibit: Turned, view: ChartView, width: int, height: int) -> Figure:
        """The dots, the latest position, which the legend names, and in the end the curve."""
        knob = exhibit.knobs[0]
        heights = (0.0, *exhibit.reach)
        y = linear(min(heights), max(heights), rows_of(width, height))
        x = linear(knob.low, knob.high, columns_of(width, height, y), is_across=True)
        now = [dot for dot in exhibit.dots if dot[0] == knob.value]
        traces = (
            Trace(exhibit.curve, "curve"),
            Trace(exhibit.dots, "trail", "points", glyph="•"),
            Trace(now, "now", glyph="●"),
        )
        return Figure(
            title=_("{trace} vs {knob}, your tries", trace=exhibit.trace.capitalize(), knob=knob.name),
            picture=Picture(width, height, x, y, traces, view.marker, knob.name),
            signs=("now",),
        )


def turn(index: int, by: int, *, finely: bool = False) -> KeyAction:
    """A command that turns one of the knobs."""

    def do(lesson: Any) -> None:
        shown = lesson.view.exhibit if lesson.view else None
        if isinstance(shown, Turned) and index < len(shown.knobs):
            knob = shown.knobs[index]
            lesson.take(Deed(word=knob.name, value=shortest(knob.turned(by, finely=finely))))

    return do


class TurnOnScreen(KindOnScreen):
    """The knobs with their scales, and the rows with their errors."""

    name = "turn"
    charts = (TriesChart,)
    commands: ClassVar = (
        *pair(
            ("knob-down", "left", _("Turn the knob down by a step")),
            ("knob-up", "right", _("Turn the knob up by a step")),
            partial(turn, 0),
            bar=_("turn"),
        ),
        *pair(
            ("knob-little-down", "comma", _("Turn the knob down a little, by a tenth of a step")),
            ("knob-little-up", "full_stop", _("Turn the knob up a little")),
            partial(turn, 0, finely=True),
            bar=_("a little"),
        ),
        *pair(
            ("second-knob-up", "up", _("Turn the second knob up, if there are two")),
            ("second-knob-down", "down", _("Turn the second knob down")),
            lambda way: turn(1, -way),
            bar=_("turn the other"),
            serves=lambda view: isinstance(view.exhibit, Turned) and len(view.exhibit.knobs) > 1,
        ),
    )

    def numbers(self, view: PageState, frame: Frame, width: int) -> Sequence[Row]:
        """The numbers, without the number of epochs if a parameter is turned, because then none are taken."""
        rows = super().numbers(view, frame, width)
        turns_lr = isinstance(view.exhibit, Turned) and view.exhibit.knobs[0].name == "lr"
        return rows if turns_lr or "numbers" in view.hidden else [rows[0][1:], *rows[1:]]

    def rows(self, view: PageState, width: int, typed: str = "") -> Sequence[Row]:
        """The rows with their errors, each knob on its scale, and the cost."""
        shown = view.exhibit
        if not isinstance(shown, Turned):
            return []
        table = [row for line in shown.table() for row in line_rows(line, width, "text")]
        scales = [row for knob in shown.knobs for row in scale_rows(knob, min(width, SCALE_WIDTH))]
        has_best = shown.slope is None and shown.knobs[0].name != "lr"
        cost, best = significant(shown.cost, 4), significant(shown.best, 4)
        told = _("cost {cost}", cost=cost) if shown.slope is None else shown.told
        stands = "".join(f"{knob.name} {significant(knob.value)}   " for knob in shown.knobs)
        numbers: list[Row] = [((f"{stands}{told}", "main"),)]
        if has_best:
            words = _("best {cost}", cost=best)
            has_room = cell_len(f"{stands}{told}   {words}") <= width
            numbers = [(*numbers[0], (f"   {words}", "dim"))] if has_room else [*numbers, ((words, "dim"),)]
        readout = [row for line in shown.readout for row in line_rows(line, width, "text")]
        return [*scales, *numbers, *readout, *([()] if table else []), *table]

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """The keys, and what can be typed instead."""
        first, *others = [knob.name for knob in view.exhibit.knobs] if isinstance(view.exhibit, Turned) else [""]
        keys = {"down": key["knob-down"], "up": key["knob-up"]}
        if others:
            keys |= {"more": key["second-knob-up"], "less": key["second-knob-down"]}
            return _("{down} {up} turn {one}, {more} {less} turn {other}", one=first, other=others[0], **keys)
        return _("{down} {up} turn {knob}, or type a number:", knob=first, **keys)


def scale_rows(knob: Knob, width: int) -> tuple[Row, Row]:
    """The knob on a line, with its numbers above."""
    left = len(knob.name) + 1
    room = max(2, width - left - 2)
    scale = linear(knob.low, knob.high, room, is_across=True)
    first, last, at = (int(place or 0) for place in scale.places((knob.low, knob.high, knob.value)))
    labels, line = [" "] * (room + 2), [" "] * room
    line[first : last + 1] = ["├", *"─" * (last - first - 1), "┤"]
    for mark in scale.ticks:
        if first <= mark.cell <= last:
            line[mark.cell] = "┼" if first < mark.cell < last else line[mark.cell]
            start = min(max(0, mark.cell - (len(mark.label) - 1) // 2), room + 2 - len(mark.label))
            labels[start : start + len(mark.label)] = mark.label
    return (
        fit(((" " * left + "".join(labels), "axis"),), width),
        (
            (f"{knob.name} ", "key"),
            ("".join(line[:at]), "axis"),
            ("●", "now"),
            ("".join(line[at + 1 :]), "axis"),
        ),
    )
