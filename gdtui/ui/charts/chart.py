"""The base class of the charts, with axis limits that stay put while the data stays inside them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame, Unknown
from gdtui.lab.run import Run
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.figure import Picture
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.pointer import at_epoch
from gdtui.ui.charts.scale import Fit, Scale, epochs, log

SHORT_PLAN = 50
"""A plan of up to this many epochs is shown whole from the start; a longer one as far as the run has come."""

POINTS_A_COLUMN = 3
"""More points per column could not be told apart."""

SLACK = 0.125
"""A limit that must move goes further by this part of the axis, so that it stays put for a while."""

SHRUNK = 2.0
"""New limits are chosen if cells would then cover this many times less, so that everything is drawn larger."""

LOOSE = 1.5
"""But limits are not widened so much that each cell would cover this many times more."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a chart shows of a view."""

    title: str
    """The title, for the upper border."""
    picture: Picture | None = None
    message: str = ""
    """The reason if there is no picture."""
    signs: tuple[Sign, ...] = ()
    """The marks in the picture, for the legend, without the letters of runs. A mark that shows a number has its role's
    name.
    """
    notes: tuple[str, ...] = ("",)
    """Other information for the lower border: the first note that fits, or otherwise the last."""
    is_closer: bool = False
    """Whether it shows only the part that matters now, out of all it could show."""

    def note(self, width: int) -> str:
        """The note for a border of this width."""
        return next((note for note in self.notes if len(note) <= width), self.notes[-1])


class Chart:
    """One way to draw a view; each chart is one class. It keeps only its limits, so that they move only if
    necessary.
    """

    name: ClassVar[str]
    """Its name in the live class."""
    words: ClassVar[str]
    """Its name in commands."""
    panel: ClassVar[str] = ""
    """Its name in lessons that hide it."""
    least_parameters: ClassVar[int] = 1
    """The least number of parameters that a run needs for it."""
    needs_rows: ClassVar[bool] = False
    """Whether there is nothing to draw without rows, as for a typed cost."""
    has_residuals: ClassVar[bool] = False
    """Whether it can show each row's distance from the line."""
    tells: ClassVar[Mapping[str, Unknown]] = {"tangent": "gradient", "next": "following"}
    """Roles of traces that give away a number of the epoch: they are left out while the number is hidden."""

    def __init__(self) -> None:
        self._scales: dict[str, Scale] = {}
        self._held: dict[str, tuple[float, float]] = {}
        """The range shown by each axis."""
        self._limits_are_for: object = None

    @classmethod
    def suits(cls, experiment: Experiment) -> bool:
        """Whether there is something to draw for the experiment."""
        has_rows = bool(experiment.dataset.rows) or not cls.needs_rows
        return has_rows and cls.least_parameters <= len(experiment.start)

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """The chart, with a picture of this many cells."""
        raise NotImplementedError

    def as_told(self, figure: Figure, picture: Picture, view: ChartView) -> Figure:
        """The figure with the picture, without numbers that are hidden at the moment."""
        unknown = view.frame.unknown
        traces = tuple(trace for trace in picture.traces if self.tells.get(trace.role) not in unknown)
        return msgspec.structs.replace(
            figure,
            picture=msgspec.structs.replace(picture, traces=traces),
            signs=tuple(sign for sign in figure.signs if self.tells.get(sign) not in unknown),
            notes=("",) if unknown & {"cost", "gradient"} else figure.notes,
        )

    def point(self, run: Run, view: ChartView, by: int) -> Epoch:
        """The position of the value cursor after it moves: an epoch, unless a chart has another axis."""
        return at_epoch(run, view.pointed, by)

    def point_at(self, run: Run, view: ChartView, place: float) -> Epoch:
        """The epoch with this number; in a chart with another axis, the epoch at this value."""
        return run.history[min(max(int(place) - 1, 0), len(run.history) - 1)]

    def begin(self, view: ChartView, *ways: object) -> None:
        """Forget the limits if the start or the `ways` of looking have changed."""
        experiment = view.frame.experiment
        limits_are_for = (experiment.dataset, experiment.start, *ways)
        if limits_are_for != self._limits_are_for or view.frame.known == 1:
            self._scales.clear()
            self._held.clear()
            self._limits_are_for = limits_are_for

    def forget(self) -> None:
        """Choose new limits for the next drawing."""
        self._limits_are_for = None

    def hold(self, axis: str, values: Iterable[float], fit: Fit, cells: int, recent: Sequence[float] = ()) -> Scale:
        """The limits of an axis: those before, as long as they hold the values.

        As long as they also hold `recent` values, they do not go back and forth with a line that does.
        """
        known = [value for value in values if math.isfinite(value)]
        ends = low, high = min(known, default=0.0), max(known, default=1.0)
        scale, before = self._scales.get(axis), self._held.get(axis, ends)
        if scale and scale.unit >= SHRUNK * fit(min([low, *recent]), max([high, *recent]), cells).unit:
            scale, before = None, ends
        if scale and scale.cells == cells and all(scale.holds(end) for end in ends):
            return scale
        low, high = min(low, before[0]), max(high, before[1])
        tight = fit(low, high, cells)
        if scale and not all(scale.holds(end) for end in ends):
            slack = SLACK * (high - low)
            if low < before[0]:  # numbers below 0 have no logarithm
                low = low / 2 if fit is log else low - slack
            high += slack * (high > before[1])
        loose = fit(low, high, cells)
        self._held[axis] = low, high
        self._scales[axis] = loose if loose.unit < LOOSE * tight.unit else tight
        return self._scales[axis]


def last_epoch(frame: Frame) -> int:
    """The last epoch on the axis: that of the plan, or in a long plan somewhat beyond the last known.

    There is also space for the state after it, where the run ends.
    """
    planned, seen = frame.experiment.epochs, _round_above(frame.known - 1)
    if frame.known > planned + 1:
        return seen
    return min(planned, seen) if planned > SHORT_PLAN else planned


def by_epochs(frame: Frame, columns: int) -> Scale:
    """The axis for the epochs of a run, in this many columns."""
    last = last_epoch(frame)
    return epochs(1, last + 1, columns, planned=last)


def _round_above(number: int) -> int:
    """The least of 10, 15, 20, 30, 40 … that is not smaller than the number."""
    size: int = 10 ** max(1, len(str(number)) - 1)
    return next(size * half // 2 for half in (2, 3, 4, 6, 8, 10, 12, 16, 20) if size * half >= 2 * number)
