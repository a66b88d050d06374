"""The parameters of the experiment, as they hold at the epoch looked at."""

from collections.abc import Sequence

from textual.reactive import var

from gdtui.experiment import Experiment, Settings
from gdtui.lab.moment import Moment
from gdtui.ui.rows import Row
from gdtui.ui.status import Status
from gdtui.ui.widgets.panel import Panel
from gdtui.verdict import multiple
from gdtui.words import significant


class Parameters(Panel):
    """One line a parameter."""

    status: var[Status] = var(Status())

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(id="parameters")
        self.experiment = experiment
        self.border_title = "Parameters"

    def paint(self, width: int, height: int) -> Sequence[Row]:  # the rows are cut to fit
        """The lines of the experiment."""
        if self.moment is None:
            return parameter_rows(self.experiment, self.experiment.settings_at(1), "", self.status.pace)
        return parameter_rows(self.moment.experiment, self.moment.settings, limit(self.moment), self.status.pace)

    def watch_status(self) -> None:
        """Draw the new pace."""
        self.repaint()


def parameter_rows(experiment: Experiment, settings: Settings, limit: str, pace: str) -> list[Row]:
    """Each parameter with its name before it; `limit` stands under lr."""
    by = settings.method if experiment.dtype == "float32" else f"{settings.method}, {experiment.dtype}"
    epochs = f"{experiment.epochs:,}"
    if experiment.until_cost is not None:
        epochs += f", cost ≤ {significant(experiment.until_cost, 3)}"
    named = (
        ("data", experiment.dataset.name),
        ("H(x)", experiment.hypothesis),
        ("start", start(experiment)),
        ("lr", significant(settings.learning_rate, 9)),
        ("", limit),
        ("gradient", settings.convention),
        ("by", by),
        ("epochs", epochs),
        ("pace", pace),
    )
    return [((f"{name:<9}", "dim"), (value, "main" if name == "lr" else "text")) for name, value in named]


def start(experiment: Experiment) -> str:
    """Where the parameters begin."""
    weights = [significant(weight, 4) for weight in experiment.split(experiment.start)[0]]
    text = f"W {weights[0]}" if len(set(weights)) == 1 else f"W {' '.join(weights)}"
    return text + (f", b {significant(experiment.bias, 4)}" if experiment.has_bias else "")


def limit(moment: Moment) -> str:
    """lr as a multiple of its limit, short."""
    pace = moment.pace
    return f"{multiple(pace.ratio)} × limit" if pace.curvature > 0 else "no limit"
