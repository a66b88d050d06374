"""All charts."""

from gdtui.ui.charts.chart import Chart
from gdtui.ui.charts.contours import Contours
from gdtui.ui.charts.cost_bowl import CostBowl
from gdtui.ui.charts.cost_curve import CostCurve
from gdtui.ui.charts.data_fit import DataFit
from gdtui.ui.charts.weight_curve import WeightCurve

CHARTS: tuple[type[Chart], ...] = (CostCurve, WeightCurve, CostBowl, DataFit, Contours)
