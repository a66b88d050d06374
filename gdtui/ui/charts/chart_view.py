"""View: everything that the charts draw, and the options for drawing it."""

from typing import Any

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.lab.frame import Frame
from gdtui.ui.charts.figure import Marker
from gdtui.ui.charts.series import Other, Series


class ChartOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options for drawing the charts."""

    marker: Marker = "braille"
    is_log: bool | None = None
    """Whether the cost by epoch has a log scale; None to use one once a linear scale no longer fits."""
    has_keys: bool = True
    """Whether keys can change these options, so that a chart may mention the keys."""
    parameter: int = 0
    """The parameter along which the bowl is cut, and the first parameter of the contours."""
    has_residuals: bool = False
    """Whether the fit shows each row's distance from the line."""
    is_whole: bool = False
    """Whether the whole bowl is shown even if its window would narrow."""
    across: tuple[float, float] | None = None
    """The range of the bowl, if a lesson page has a knob with this range."""
    exhibit: Any = None
    """The exhibit of a lesson page, for the charts of that kind of page only."""
    pointed: Epoch | None = None
    """The epoch at the value cursor, if it is shown; its number is 0 if the cursor is at a value instead of an
    epoch.
    """


class ChartView(ChartOptions, frozen=True, kw_only=True):
    """A frame of the run and its series by epoch, with the options for drawing them."""

    frame: Frame
    series: Series
    others: tuple[Other, ...] = ()
    """The runs on the board."""
    known: int
    """The length of the series. They grow in place, so a longer one makes this a different view."""

    @property
    def alike(self) -> tuple[Other, ...]:
        """The runs whose parameters fit on the same axes."""
        return tuple(other for other in self.others if other.is_alike)

    @property
    def other(self) -> int:
        """The second parameter of the contours: the next one of the same target with b last, or else of another
        target.
        """
        count, targets = len(self.frame.epoch.parameters), self.frame.experiment.layout.targets
        other = (self.parameter + targets) % count
        return other if other != self.parameter else (other + 1) % count

    @property
    def target(self) -> int:
        """The target that the parameter belongs to."""
        return self.frame.experiment.layout.place(self.parameter)[1]

    @property
    def pointed_epoch(self) -> Epoch | None:
        """The epoch of the value cursor, if it is at one."""
        return self.pointed if self.pointed and self.pointed.number else None

    @property
    def touched(self) -> Epoch:
        """The point where the tangent touches: at the value cursor, otherwise at the current epoch."""
        return self.pointed if self.pointed and not self.pointed.number else self.frame.epoch


def chart_view_of(frame: Frame, series: Series, looks: ChartOptions, others: tuple[Other, ...] = ()) -> ChartView:
    """The view of a frame with these options; options that do not apply to this run are dropped."""
    count = len(frame.epoch.parameters)
    if looks.parameter >= count:
        looks = msgspec.structs.replace(looks, parameter=count - 1)
    if looks.pointed and len(looks.pointed.parameters) != count:
        looks = msgspec.structs.replace(looks, pointed=None)
    return ChartView(frame=frame, series=series, others=others, known=frame.known, **msgspec.structs.asdict(looks))
