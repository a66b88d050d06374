"""The parameters of the experiment, as they hold at the epoch looked at."""

from collections.abc import Sequence

from textual.reactive import var

from gdtui.experiment.experiment import Experiment, Settings
from gdtui.experiment.kinds import NUMBER
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.settings import SETTINGS
from gdtui.lab.frame import NOT_YET
from gdtui.numbers import count, significant
from gdtui.ui.common.rows import Row
from gdtui.ui.common.status import Status
from gdtui.ui.panels.panel import Panel

PLAIN = Experiment()
"""What is as in here needs no line of its own."""


class Parameters(Panel):
    """One line a parameter."""

    status: var[Status] = var(Status())
    watch_status = Panel.repaint

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(id="parameters")
        self.experiment = experiment
        self.inscribe(title="Parameters")

    def paint(self, width: int, height: int) -> Sequence[Row]:  # the rows are cut to fit
        """The lines of the experiment."""
        if self.frame is None:
            return parameter_rows(self.experiment, self.experiment.settings_at(1), "", self.status.pace)
        limit = NOT_YET if "verdict" in self.frame.unknown else self.frame.step_size.shortly()
        return parameter_rows(self.frame.experiment, self.frame.settings, limit, self.status.pace)


def parameter_rows(experiment: Experiment, settings: Settings, limit: str, pace: str) -> list[Row]:
    """Each parameter with its name before it; `limit` stands under lr."""
    order = f"seed {experiment.seed}" if experiment.order == "shuffled" else "table order"
    lines: dict[str, list[str]] = {
        "data": [experiment.dataset.name],
        "H(x)": [experiment.hypothesis],
        "start": [start(experiment)],
        "lr": [significant(settings.learning_rate, 9)],
        "": [limit],
        "gradient": [settings.convention],
        "by": [settings.method if settings.optimizer == SGD else str(settings.optimizer)],
        "batch": [count(experiment.batch, "row"), order] if experiment.batch else [],
        "epochs": [f"{experiment.epochs:,}"],
    }
    for row in SETTINGS:
        value = getattr(settings if row.on_the_way else experiment, row.field)
        if row.line is not None and value != PLAIN.value(row):
            text = significant(value, 3) if row.kind is NUMBER else row.write(value)
            lines.setdefault(row.line or row.word, []).append(row.named(text) if row.line else text)
    lines["pace"] = [pace]
    shown = {name: ", ".join(texts) for name, texts in lines.items() if texts}
    return [((f"{name:<9}", "dim"), (text, "main" if name == "lr" else "text")) for name, text in shown.items()]


def start(experiment: Experiment) -> str:
    """Where the parameters begin."""
    weights = [significant(weight, 4) for weight in experiment.split(experiment.start)[0]]
    text = f"W {weights[0]}" if len(set(weights)) == 1 else f"W {' '.join(weights)}"
    return text + (f", b {significant(experiment.bias, 4)}" if experiment.has_bias else "")
