"""Commands for the charts: which come first, how they look, and the value cursor."""

from gdtui.text import _
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab


def charts_in_words() -> str:
    """The names of the charts, in the order in which they can be paged through."""
    from gdtui.ui.charts.all_charts import CHARTS  # not needed for the first frame

    return ", ".join(chart.words for chart in CHARTS.values())


def leaf(lab: Lab, by: int) -> None:
    """Put a later or earlier chart first."""
    lab.charts.leaf(by)


def point(lab: Lab, by: int) -> str:
    """Move the value cursor; return what it reads."""
    return lab.charts.point(by)


def turn_residuals(lab: Lab) -> str:
    """Turn the rows' distances from the line on or off; if they cannot be seen, say where they are."""
    if lab.charts.toggle_residuals():
        return ""
    if lab.charts.looks.has_residuals:
        return _("The data chart now shows each row's error. {key} goes to that chart.", key=lab.key["next-chart"])
    return _("The data chart no longer shows each row's error.")


COMMANDS = under(
    _("Charts"),
    LabCommand(
        "next-chart", "v", _("Put the next chart first: {}"), bar=_("charts"), late=charts_in_words, times=leaf, by=1
    ),
    LabCommand("previous-chart", "V", _("Put the previous chart first"), times=leaf, by=-1),
    LabCommand(
        "enlarge", "z", _("Show the first chart full screen, or go back"), bar=_("zoom"), do=lambda lab: lab.enlarge()
    ),
    LabCommand(
        "log",
        "l",
        _("Switch the cost to a log scale, or back"),
        bar=_("log"),
        do=lambda lab: lab.charts.toggle_log_cost(),
    ),
    LabCommand(
        "point-back",
        "comma",
        _("Move the value cursor back: along the epochs, or along W in the bowl"),
        times=point,
        by=-1,
    ),
    LabCommand("point-on", "full_stop", _("Move the value cursor forward"), times=point, by=1),
    LabCommand("point-far-back", "less_than_sign", _("Move the value cursor ten places back"), times=point, by=-10),
    LabCommand(
        "point-far-on",
        "greater_than_sign",
        _("Move the value cursor ten places forward; escape hides it"),
        times=point,
        by=10,
    ),
    LabCommand(
        "next-parameter",
        "n",
        _("Draw the bowl and the contours along the next parameter"),
        do=lambda lab: lab.charts.next_parameter(),
    ),
    LabCommand("residuals", "d", _("Show or hide each row's error"), do=turn_residuals),
    tells_nothing=True,
)
