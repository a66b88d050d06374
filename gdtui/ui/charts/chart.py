"""The base of the charts: what a chart is, and limits that stand still while the data stays inside."""

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
"""A plan of so many epochs is shown whole from the start; a longer one as far as the run has come."""

POINTS_A_COLUMN = 3
"""More could not be told apart."""

SLACK = 0.125
"""A limit that has to move goes further by such a part of the length, to stand still for a while."""

SHRUNK = 2.0
"""Limits are taken anew where a cell would be worth so many times less: what is drawn would be so much larger."""

LOOSE = 1.5
"""Not where that would make each cell worth so many times as much: what is drawn would be so much smaller."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """All that a chart shows of a view."""

    title: str
    """What it shows, for the upper border."""
    picture: Picture | None = None
    message: str = ""
    """Why there is no picture."""
    signs: tuple[Sign, ...] = ()
    """What stands in it, for the legend; the letters of runs are left out. One that tells a number has the name of its
    role."""
    notes: tuple[str, ...] = ("",)
    """What else there is to know, for the lower border: the first for which there is room, or else the last."""
    is_closer: bool = False
    """Whether it shows only a part of what it could, the part that matters now."""

    def note(self, width: int) -> str:
        """What else there is to know, in so many cells."""
        return next((note for note in self.notes if len(note) <= width), self.notes[-1])


class Chart:
    """A view drawn in one way; each is one class. It keeps only its limits, so that they do not move without need."""

    name: ClassVar[str]
    """The name that classes and their benches know it by."""
    words: ClassVar[str]
    """What the commands call it."""
    panel: ClassVar[str] = ""
    """The name that lessons hide it by."""
    least_parameters: ClassVar[int] = 1
    """How many parameters a run needs for it."""
    needs_rows: ClassVar[bool] = False
    """Whether a typed cost, which has no rows, leaves nothing to draw."""
    has_residuals: ClassVar[bool] = False
    """Whether it can show how far each row is from the line."""
    tells: ClassVar[Mapping[str, Unknown]] = {"tangent": "gradient", "next": "following"}
    """Roles of traces that tell a number of the epoch: they are left out while the number is hidden."""

    def __init__(self) -> None:
        self._scales: dict[str, Scale] = {}
        self._held: dict[str, tuple[float, float]] = {}
        """From which value to which each axis is to show."""
        self._limits_are_for: object = None

    @classmethod
    def suits(cls, experiment: Experiment) -> bool:
        """Whether there is something to draw of a run."""
        has_rows = bool(experiment.dataset.rows) or not cls.needs_rows
        return has_rows and cls.least_parameters <= len(experiment.start)

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """What it shows, with a picture of so many cells."""
        raise NotImplementedError

    def as_told(self, figure: Figure, picture: Picture, view: ChartView) -> Figure:
        """The figure, and the picture in it, without the numbers that are hidden for now."""
        unknown = view.frame.unknown
        traces = tuple(trace for trace in picture.traces if self.tells.get(trace.role) not in unknown)
        return msgspec.structs.replace(
            figure,
            picture=msgspec.structs.replace(picture, traces=traces),
            signs=tuple(sign for sign in figure.signs if self.tells.get(sign) not in unknown),
            notes=("",) if unknown & {"cost", "gradient"} else figure.notes,
        )

    def point(self, run: Run, view: ChartView, by: int) -> Epoch:
        """Where the value cursor stands after it was moved: at an epoch, unless a chart has another axis."""
        return at_epoch(run, view.pointed, by)

    def point_at(self, run: Run, view: ChartView, place: float) -> Epoch:
        """The epoch with this number, or where a chart has another axis what there is at this value."""
        return run.history[min(max(int(place) - 1, 0), len(run.history) - 1)]

    def begin(self, view: ChartView, *ways: object) -> None:
        """Forget the limits where this is another start, or is looked at in other ways."""
        experiment = view.frame.experiment
        limits_are_for = (experiment.dataset, experiment.start, *ways)
        if limits_are_for != self._limits_are_for or view.frame.known == 1:
            self._scales.clear()
            self._held.clear()
            self._limits_are_for = limits_are_for

    def forget(self) -> None:
        """Take new limits for what is drawn next."""
        self._limits_are_for = None

    def hold(self, axis: str, values: Iterable[float], fit: Fit, cells: int, recent: Sequence[float] = ()) -> Scale:
        """Limits for an axis of so many cells that hold the values: those before while they still do.

        As long as they hold `recent` ones too, they do not go back and forth with a line that does.
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
            if low < before[0]:  # the log of a number below 0 is none
                low = low / 2 if fit is log else low - slack
            high += slack * (high > before[1])
        loose = fit(low, high, cells)
        self._held[axis] = low, high
        self._scales[axis] = loose if loose.unit < LOOSE * tight.unit else tight
        return self._scales[axis]


def last_epoch(frame: Frame) -> int:
    """The last epoch that an axis is for: of the plan, or of a long plan as far as there is something to see.

    The state after it has room, too: that is where the run ends.
    """
    planned, seen = frame.experiment.epochs, _round_above(frame.known - 1)
    if frame.known > planned + 1:
        return seen
    return min(planned, seen) if planned > SHORT_PLAN else planned


def by_epochs(frame: Frame, columns: int) -> Scale:
    """The axis for the epochs of a run, in so many columns."""
    last = last_epoch(frame)
    return epochs(1, last + 1, columns, planned=last)


def _round_above(number: int) -> int:
    """The least of 10, 15, 20, 30, 40 … that is not smaller."""
    size: int = 10 ** max(1, len(str(number)) - 1)
    return next(size * half // 2 for half in (2, 3, 4, 6, 8, 10, 12, 16, 20) if size * half >= 2 * number)
