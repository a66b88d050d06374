"""The parameters of the experiment, as in force at the current epoch."""

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter

from rich.cells import cell_len

from gdtui.experiment.change import Settings
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.kinds import NUMBER
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.settings import SETTINGS
from gdtui.numbers import MOST_COMPONENTS, in_brackets, in_rows, significant
from gdtui.text import _
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Panel

PLAIN = Experiment()
"""Values that equal these defaults need no line of their own."""


MOST_SLIM = 2
"""The most lines when the parameters are written one after another."""

GAP = "   "


class Parameters(Panel):
    """The parameters, one after another in one or two lines."""

    shows = attrgetter("experiment", "settings")

    def __init__(self, experiment: Experiment, *, id: str = "parameters") -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.experiment = experiment

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """As many lines as needed; the height is adjusted."""
        rows = in_lines(self.parameters(), width)[:MOST_SLIM]
        self.styles.height = len(rows)
        return rows

    def parameters(self) -> list[tuple[str, str]]:
        """Everything that is shown, as names and values."""
        experiment = self.frame.experiment if self.frame else self.experiment
        settings = self.frame.settings if self.frame else experiment.settings_at(1)
        return parameters(experiment, settings, self.status.pace)


class ParameterList(Parameters):
    """The parameters, one per line."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment, id="parameter-list")
        self.inscribe(title=_("Parameters"))

    def paint(self, width: int, height: int) -> Sequence[Row]:  # the rows are cut to fit
        """The names in a column, and the values."""
        return [((f"{name:<16}", "dim"), (text, _role(name))) for name, text in self.parameters()]


def in_lines(named: Sequence[tuple[str, str]], width: int) -> list[Row]:
    """Names and values one after another, in as many lines of this width as needed."""
    rows: list[Row] = [()]
    for name, text in named:
        if rows[-1] and sum(cell_len(run) for run, _ in rows[-1]) + cell_len(f"{GAP}{name} {text}") > width:
            rows.append(())
        rows[-1] += ((f"{GAP if rows[-1] else ' '}{name} ", "dim"), (text, _role(name)))
    return rows


def _role(name: str) -> str:
    return "main" if name == "lr" else "text"


def parameters(experiment: Experiment, settings: Settings, pace: str) -> list[tuple[str, str]]:
    """The name and value of each parameter."""
    order = _("seed {seed}", seed=experiment.seed) if experiment.order == "shuffled" else _("table order")
    lines: dict[str, list[str]] = {
        "data": [experiment.dataset.name] if experiment.dataset.rows else [],
        experiment.equation.partition(" = ")[0]: [experiment.hypothesis],
        "start": [start(experiment)],
        "lr": [significant(settings.learning_rate, 9)],
        "convention": [settings.convention] if experiment.objective.is_of_rows else [],
        "gradient by": [settings.method if settings.optimizer == SGD else str(settings.optimizer)],
        "rows per update": [str(experiment.batch), order] if experiment.batch else [],
        "epochs": [f"{experiment.epochs:,}"],
    }
    for row in SETTINGS:
        value = getattr(settings if row.on_the_way else experiment, row.field)
        if row.line is not None and value != PLAIN.value(row):
            text = significant(value, 3) if row.kind is NUMBER else row.shown(value)
            lines.setdefault(row.line or row.word, []).append(row.named(text) if row.line else text)
    lines["pace"] = [pace]
    lines["columns"] = [columns(experiment)]
    return [(name, ", ".join(texts)) for name, texts in lines.items() if any(texts)]


def columns(experiment: Experiment) -> str:
    """The table's column of each weight; empty if formulas do not show single weights."""
    names = experiment.dataset.features
    if len(names) == 1 or not experiment.dataset.origin or experiment.layout.targets > 1:
        return ""
    shown = [f"{weight} {name}" for weight, name in zip(experiment.layout.names, names, strict=False)]
    return ", ".join(shown[:MOST_COMPONENTS]) + " …" * (len(shown) > MOST_COMPONENTS)


def start(experiment: Experiment) -> str:
    """The starting parameters."""
    rows, bias = experiment.layout.matrix([significant(value, 4) for value in experiment.start])
    weights = [*chain(*rows)]
    text = weights[0] if len(set(weights)) == 1 else " ".join(weights) if len(rows[0]) == 1 else in_rows(rows)
    return f"W {text}" + (f", b {bias[0] if len(set(bias)) == 1 else in_brackets(bias, len(bias))}" if bias else "")
