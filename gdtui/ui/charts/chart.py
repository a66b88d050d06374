"""The base of the charts: a panel that draws a picture and keeps its limits while the data stays inside."""

from collections.abc import Iterable, Sequence

from textual.reactive import var

from gdtui.lab.moment import Moment
from gdtui.ui.charts.figure import Marker, Picture, Trace, draw
from gdtui.ui.charts.scale import Scale, grown, linear, log, whole
from gdtui.ui.charts.series import Series
from gdtui.ui.charts.strokes import Point
from gdtui.ui.rows import Row
from gdtui.ui.widgets.panel import Panel

SHORT_PLAN = 50
"""A plan of so many epochs is shown whole from the start; a longer one as far as the run has come."""


POINTS_A_COLUMN = 3
"""More could not be told apart."""


class Chart(Panel):
    """A picture of numbers by epoch."""

    ROLES = ("axis", "curve", "second", "third", "fourth", "now")

    can_draw: var[bool] = var(False)
    """Whether plotext is loaded."""
    is_log: var[bool] = var(False)

    def __init__(self, series: Series, *, id: str) -> None:  # noqa: A002  # Textual's own name for it
        super().__init__(id=id)
        self.series = series
        self.marker: Marker = "braille"
        self._scale: Scale | None = None
        self._scale_is_for: object = None

    def traces(self, moment: Moment, most: int) -> list[Trace]:
        """What is drawn, the lowest first, with about `most` points a line at the most."""
        raise NotImplementedError

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The picture; nothing until there is a run."""
        moment = self.moment
        if moment is None or not self.can_draw:
            return []
        traces = self.traces(moment, POINTS_A_COLUMN * width)
        y = self._y_scale(moment, [value for trace in traces for _, value in trace.points])
        return draw(Picture(width, height, epoch_scale(moment), y, tuple(traces), self.marker, "epoch"))

    def watch_can_draw(self) -> None:
        """Draw what is there by now."""
        self.repaint()

    def watch_is_log(self) -> None:
        """Begin with new limits."""
        self._scale = None
        self.repaint()

    def _y_scale(self, moment: Moment, values: Iterable[float]) -> Scale:
        """Limits that hold the values: those before while they still do, for as long as it is the same start."""
        start = (moment.experiment.dataset, moment.experiment.start, moment.around[0].number == 1 and moment.known < 3)
        known = [value for value in values if value > 0 or not self.is_log]
        low, high = min(known, default=0.0), max(known, default=1.0)
        if self._scale is None or start != self._scale_is_for:
            self._scale = log(low, high) if self.is_log else linear(low, high, with_zero=True)
            self._scale_is_for = start
        self._scale = grown(self._scale, low, high)
        return self._scale


def epoch_scale(moment: Moment) -> Scale:
    """From epoch 1 to the state after the plan, or for a long plan as far as there is something to see."""
    end = moment.experiment.epochs + 1
    if moment.experiment.epochs > SHORT_PLAN:
        end = min(end, _round_above(moment.known))
    return whole(1, max(end, _round_above(moment.known) if moment.known > end else end))


def _round_above(number: int) -> int:
    """The least of 10, 20, 50, 100 … that is not smaller."""
    size = 10
    while True:
        for digit in (1, 2, 5):
            if digit * size >= number:
                return digit * size
        size *= 10


def here(moment: Moment, value: float) -> list[Point]:
    """The point of the epoch looked at."""
    return [(float(moment.epoch.number), value)]
