"""What a run's file says of powers of x and of rows kept back."""

from gdtui.experiment.dataset import Dataset
from gdtui.experiment.experiment import Experiment


def by_training_rows(standardized: str) -> str:
    """The function that standardizes values, by the rows of training alone."""
    text = standardized.replace("(values):", "(values, rows):").replace("(values)", "(rows)")
    return text.replace("in values) /", "in rows) /").replace("deviation 1", "deviation 1 by the rows of training")


def rows_kept(data: Dataset) -> list[str]:
    """The powers of x, and the rows that are kept back."""
    lines = []
    if data.degree > 1:
        lines.append(f"x = [[value**power for value in x[0]] for power in range(1, {data.degree + 1})]")
    if data.kept is None or data.validate is None:
        return lines
    rows = f"random.Random({data.seed}).sample(range(len(y)), {data.kept.rows})"
    if data.validate >= 1:
        rows = f"range({int(data.validate) - 1}, len(y), {int(data.validate)})"
    return [
        *lines,
        f"kept = set({rows})  # rows kept back: they are not trained on",
        "x_kept = [[value for i, value in enumerate(column) if i in kept] for column in x]",
        "y_kept = [value for i, value in enumerate(y) if i in kept]",
        "x = [[value for i, value in enumerate(column) if i not in kept] for column in x]",
        "y = [value for i, value in enumerate(y) if i not in kept]",
    ]


def validation(experiment: Experiment) -> list[str]:
    """The cost over the rows kept back, before the hypothesis over the others takes its name."""
    data, objective = experiment.dataset, experiment.objective
    if data.kept is None:
        return []
    lines = objective.hypothesis_code("x_kept", len(data.x), experiment.has_bias)
    return [*lines, f"validation = {objective.cost_code('y_kept')}"]
