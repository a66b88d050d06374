"""The commands for the charts: which come first, how they look, and the value cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class ChartCommand(LabCommand):
    """What the charts show."""

    section, tells_nothing = "Charts", True


class NextChart(ChartCommand):
    """The charts, forwards."""

    name, keys, shown_keys, footer = "next-chart", "v", "v", ("v", "charts")
    title = f"Begin with the next chart: {', '.join(chart.words for chart in CHARTS.values())}"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Leaf on."""
        lab.charts.leaf(count or 1)


class PreviousChart(ChartCommand):
    """The charts, backwards."""

    name, keys, shown_keys = "previous-chart", "V", "V"
    title = "Begin with the chart before"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Leaf back."""
        lab.charts.leaf(-(count or 1))


class Enlarge(ChartCommand):
    """One chart, large."""

    name, keys, shown_keys, footer = "enlarge", "z", "z", ("z", "zoom")
    title = "The first chart over the whole screen, or back"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Enlarge it."""
        lab.enlarge()


class LogCost(ChartCommand):
    """The logarithmic cost axis."""

    name, keys, shown_keys, footer = "log", "l", "l", ("l", "log")
    title = "Cost on a log scale, or back"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Switch it."""
        lab.charts.toggle_log_cost()


class PointBack(ChartCommand):
    """The value cursor, backwards."""

    name, keys, shown_keys = "point-back", "comma", ","
    title = "Value cursor back: along the epochs, or along W where the bowl is first"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Point there."""
        lab.notice(lab.charts.point(-(count or 1)))


class PointOn(ChartCommand):
    """The value cursor, forwards."""

    name, keys, shown_keys = "point-on", "full_stop", "."
    title = "Value cursor on"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Point there."""
        lab.notice(lab.charts.point(count or 1))


class PointFarBack(ChartCommand):
    """The value cursor, far backwards."""

    name, keys, shown_keys = "point-far-back", "less_than_sign", "<"
    title = "Value cursor ten back"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Point there."""
        lab.notice(lab.charts.point(-10 * (count or 1)))


class PointFarOn(ChartCommand):
    """The value cursor, far forwards."""

    name, keys, shown_keys = "point-far-on", "greater_than_sign", ">"
    title = "Value cursor ten on; escape puts it away"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Point there."""
        lab.notice(lab.charts.point(10 * (count or 1)))


class NextParameter(ChartCommand):
    """The parameter of the bowl."""

    name, keys, shown_keys = "next-parameter", "n", "n"
    title = "Bowl and contours along the next parameter"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Choose it."""
        lab.notice(lab.charts.next_parameter())


class Residuals(ChartCommand):
    """The residuals."""

    name, keys, shown_keys = "residuals", "d", "d"
    title = "How far each row is from the line, or not"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Switch them."""
        lab.notice(lab.charts.toggle_residuals())


COMMANDS: tuple[type[LabCommand], ...] = (
    NextChart,
    PreviousChart,
    Enlarge,
    LogCost,
    PointBack,
    PointOn,
    PointFarBack,
    PointFarOn,
    NextParameter,
    Residuals,
)
"""In the order of the help."""
