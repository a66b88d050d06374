"""View: all that the charts draw, and how it is to be looked at."""

from typing import Any

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.lab.frame import Frame
from gdtui.ui.charts.figure import Marker
from gdtui.ui.charts.series import Other, Series


class ChartOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the charts are looked at."""

    marker: Marker = "braille"
    is_log: bool | None = None
    """Whether the cost by epoch is on a log scale; None for as soon as a linear one cannot hold it."""
    has_keys: bool = True
    """Whether keys change how they are looked at, so that a chart may name them."""
    parameter: int = 0
    """The parameter along which the bowl is cut, and the first of the contours."""
    has_residuals: bool = False
    """Whether the fit shows how far each row is from the line."""
    is_whole: bool = False
    """Whether the bowl is seen as a whole, also where its window would close in."""
    across: tuple[float, float] | None = None
    """From where to where the bowl is seen, where a page of a lesson has a knob that goes so far."""
    exhibit: Any = None
    """What a page of a lesson shows, for the charts that such pages alone have."""
    pointed: Epoch | None = None
    """The epoch that the value cursor reads, if it is out; number 0 where it stands at a value, not at an epoch."""


class ChartView(ChartOptions, frozen=True, kw_only=True):
    """a frame of the run and its series by epoch, as looked at."""

    frame: Frame
    series: Series
    others: tuple[Other, ...] = ()
    """The runs on the board."""
    known: int
    """How far the series goes. They grow in place, and a longer one is another view."""

    @property
    def alike(self) -> tuple[Other, ...]:
        """The runs whose parameters can stand on the same axes."""
        return tuple(other for other in self.others if other.is_alike)

    @property
    def other(self) -> int:
        """The second parameter of the contours: the next of the same target, b last, or of another."""
        count, targets = len(self.frame.epoch.parameters), self.frame.experiment.layout.targets
        other = (self.parameter + targets) % count
        return other if other != self.parameter else (other + 1) % count

    @property
    def target(self) -> int:
        """The target that the parameter goes with."""
        return self.frame.experiment.layout.place(self.parameter)[1]

    @property
    def pointed_epoch(self) -> Epoch | None:
        """The epoch of the value cursor, where it stands at one."""
        return self.pointed if self.pointed and self.pointed.number else None

    @property
    def touched(self) -> Epoch:
        """Where the tangent touches: at the value pointed at, or else at the epoch looked at."""
        return self.pointed if self.pointed and not self.pointed.number else self.frame.epoch


def chart_view_of(frame: Frame, series: Series, looks: ChartOptions, others: tuple[Other, ...] = ()) -> ChartView:
    """The view of a moment by someone who looks at it so; what another run had and this has not is left out."""
    count = len(frame.epoch.parameters)
    if looks.parameter >= count:
        looks = msgspec.structs.replace(looks, parameter=count - 1)
    if looks.pointed and len(looks.pointed.parameters) != count:
        looks = msgspec.structs.replace(looks, pointed=None)
    return ChartView(frame=frame, series=series, others=others, known=frame.known, **msgspec.structs.asdict(looks))
