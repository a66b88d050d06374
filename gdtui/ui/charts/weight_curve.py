"""The parameters against the epoch."""

from gdtui.experiment.epoch import Epoch
from gdtui.ui.charts.chart import POINTS_A_COLUMN, Chart, Figure, by_epochs
from gdtui.ui.charts.chart_view import ChartView
from gdtui.ui.charts.cost_curve import by_epoch, cursor, epochs_marked, level
from gdtui.ui.charts.figure import Picture, Trace
from gdtui.ui.charts.legend import Sign
from gdtui.ui.charts.scale import columns_of, linear, rows_of

ROLES = ("curve", "second", "third", "fourth")
"""The role of each of several lines. A letter at the end of each identifies it without colour."""


class WeightCurve(Chart):
    """W, and b or further weights, of every known epoch, and where the run is now."""

    name, words, panel = "weights", "W", "W"

    def figure(self, view: ChartView, width: int, height: int) -> Figure:
        """One curve per parameter, and the current epoch."""
        self.begin(view)
        frame = view.frame
        shown = [frame.experiment.parameter_names[index] for index in view.series.parameters]
        curves = view.series.values(POINTS_A_COLUMN * width)
        # Of runs on the board only the first parameter: more lines could not be told apart.
        others = [other for other in view.others if other.has_same_weights]
        first = [other.series.values(POINTS_A_COLUMN * width)[0] for other in others]
        minimum = frame.surface.minimum if len(curves) == 1 else None
        values = [0.0, *(minimum or ()), *(value for points in (*curves, *first) for _, value in points)]
        y = self.hold("values", values, linear, rows_of(width, height))
        x = by_epochs(frame, columns_of(width, height, y))
        traces = [level(minimum[0], x, y)] if minimum else []
        traces += [Trace(points, "other") for points in first]
        for role, points in zip(ROLES, curves, strict=False):
            traces += by_epoch(points, x, role if len(curves) > 1 else "")

        def heights(epoch: Epoch) -> list[float]:
            return [epoch.parameters[index] for index in view.series.parameters]

        traces += cursor(view, y, heights)
        traces.append(Trace([(frame.epoch.number, at) for at in heights(frame.epoch)], "now", glyph="●"))
        if len(curves) > 1:
            names = [name[-1] for name in shown]
            if len({*names}) < len(names):  # `W1_1` and `b1`: numbered as in the title
                names = [str(place) for place, _ in enumerate(names, 1)]
            lines = zip(ROLES, curves, names, strict=False)
            traces += [Trace(points, role, "end", name) for role, points, name in lines]
        traces += [Trace(points, "other", "end", other.name) for other, points in zip(others, first, strict=True)]
        signs: list[Sign] = ["now", *epochs_marked(x)]
        signs += ["cursor"] if view.pointed_epoch else []
        signs += ["least"] if minimum else []
        return Figure(
            title=", ".join(shown),
            picture=Picture(width, height, x, y, tuple(traces), view.marker, "epoch"),
            signs=tuple(signs),
        )
