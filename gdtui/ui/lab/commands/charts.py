"""The commands for the charts: which come first, how they look, and the value cursor."""

from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab


def charts_in_words() -> str:
    """The charts, in the order in which they are leafed through."""
    from gdtui.ui.charts.all_charts import CHARTS  # not needed for the first frame

    return ", ".join(chart.words for chart in CHARTS.values())


def point(lab: Lab, by: int) -> None:
    """Move the value cursor, and say what it reads."""
    lab.notice(lab.charts.point(by))


COMMANDS = under(
    "Charts",
    LabCommand(
        id="next-chart",
        keys="v",
        bar="charts",
        title="Begin with the next chart: {}",
        late=charts_in_words,
        tells_nothing=True,
        do=lambda lab, count: lab.charts.leaf(count or 1),
    ),
    LabCommand(
        id="previous-chart",
        keys="V",
        title="Begin with the chart before",
        tells_nothing=True,
        do=lambda lab, count: lab.charts.leaf(-(count or 1)),
    ),
    LabCommand(
        id="enlarge",
        keys="z",
        bar="zoom",
        title="The first chart over the whole screen, or back",
        tells_nothing=True,
        do=lambda lab, count: lab.enlarge(),
    ),
    LabCommand(
        id="log",
        keys="l",
        bar="log",
        title="Cost on a log scale, or back",
        tells_nothing=True,
        do=lambda lab, count: lab.charts.toggle_log_cost(),
    ),
    LabCommand(
        id="point-back",
        keys="comma",
        title="Value cursor back: along the epochs, or along W where the bowl is first",
        tells_nothing=True,
        do=lambda lab, count: point(lab, -(count or 1)),
    ),
    LabCommand(
        id="point-on",
        keys="full_stop",
        title="Value cursor on",
        tells_nothing=True,
        do=lambda lab, count: point(lab, count or 1),
    ),
    LabCommand(
        id="point-far-back",
        keys="less_than_sign",
        title="Value cursor ten back",
        tells_nothing=True,
        do=lambda lab, count: point(lab, -10 * (count or 1)),
    ),
    LabCommand(
        id="point-far-on",
        keys="greater_than_sign",
        title="Value cursor ten on; escape puts it away",
        tells_nothing=True,
        do=lambda lab, count: point(lab, 10 * (count or 1)),
    ),
    LabCommand(
        id="next-parameter",
        keys="n",
        title="Bowl and contours along the next parameter",
        tells_nothing=True,
        do=lambda lab, count: lab.notice(lab.charts.next_parameter()),
    ),
    LabCommand(
        id="residuals",
        keys="d",
        title="How far each row is from the line, or not",
        tells_nothing=True,
        do=lambda lab, count: lab.notice(lab.charts.toggle_residuals()),
    ),
)
"""In the order of the help."""
