"""All charts, by their names."""

from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.contours import Contours
from gdtui.ui.charts.cost_bowl import CostBowl
from gdtui.ui.charts.cost_curve import CostCurve
from gdtui.ui.charts.data_fit import DataFit
from gdtui.ui.charts.rate_curve import RateCurve
from gdtui.ui.charts.weight_curve import WeightCurve

_ALL: tuple[type[Chart], ...] = (CostCurve, CostBowl, WeightCurve, DataFit, Contours, RateCurve)

CHARTS: dict[str, type[Chart]] = {chart.name: chart for chart in _ALL}
"""In the order in which they can be paged through."""
