"""The parameters against the epoch."""

from gdtui.lab.moment import Moment
from gdtui.ui.charts.chart import Chart, here
from gdtui.ui.charts.figure import Trace

LINES = (("curve", "●"), ("second", "○"), ("third", "◆"), ("fourth", "◇"))
"""The role of each line, and the mark that tells it apart without colour."""


class WeightCurve(Chart):
    """W, and b or further weights, of every epoch known, and where the run is now."""

    def traces(self, moment: Moment, most: int) -> list[Trace]:
        """The curves, and the points looked at."""
        names = moment.experiment.parameter_names
        followed = self.series.parameters
        marks = dict(zip(followed, LINES, strict=False))
        if len(names) == 1:
            self.border_title = "W"
        else:
            self.border_title = "  ".join(f"{marks[index][1]} {names[index]}" for index in followed)
        curves = [
            Trace(points, marks[index][0]) for index, points in zip(followed, self.series.values(most), strict=True)
        ]
        return curves + [
            Trace(here(moment, moment.epoch.parameters[index]), "now", "points", marks[index][1]) for index in followed
        ]
