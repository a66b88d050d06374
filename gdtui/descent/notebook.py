"""A run as a notebook: the script in cells, with a plot of the cost and W (nbformat 4.5)."""

import json

from gdtui.descent.script import end, joined, needs, title, walk
from gdtui.experiment.command_line import shell_line
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.text import _

RECORDED = ("costs.append(cost.item())", "weights_of_epochs.append({}.tolist())")

RECORDED_VALIDATION = "validations.append(validation.item())"

VALIDATION = """\
    left.plot(epochs_taken, validations, marker="x", label="validation")
    left.lines[0].set_label("training")
    left.legend()
"""
"""Added to the plot if rows are kept back: their cost, as a curve with other markers."""

PLOT = """
try:
    import matplotlib.pyplot as plt
except ImportError:
    print("matplotlib draws the cost and W here: pip install matplotlib")
else:
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    epochs_taken = range(1, len(costs) + 1)
    left.plot(epochs_taken, costs, marker=".")
{validation}    left.set(xlabel="epoch", ylabel="cost")
    right.plot(epochs_taken, weights_of_epochs, marker=".")
    right.set(xlabel="epoch", ylabel="W")
    plt.show()
"""


def notebook(experiment: Experiment, last: Epoch) -> str:
    """The notebook. Its cells print what the script prints, and the last one fails if the run does not end at
    `last`.
    """
    weights = "W" if experiment.layout.targets == 1 else "W.flatten()"
    has_kept = experiment.dataset.kept is not None
    recorded = [line.format(weights) for line in (*RECORDED, *[RECORDED_VALIDATION] * has_kept)]
    data, *loop = walk(experiment, last, recorded)
    command = shell_line(experiment)
    cells = [
        _told(f"# {title(experiment)}\n\n" + _("The same run in a terminal:") + f"\n\n    {command}"),
        _code(joined([*needs(experiment, last), data])),
        _told("## " + _("Gradient descent")),
        _code(joined(loop)),
        _told("## " + _("The cost and W, epoch by epoch")),
        _code(PLOT.format(validation=VALIDATION if has_kept else "")),
        _told("## " + _("Where the run ends")),
        _code(joined([end(experiment, last)])),
    ]
    book = {
        "cells": [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, 1)],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def _told(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {}, "source": text.strip(), "execution_count": None, "outputs": []}
