"""The notebook of a run: it is valid, and executed it prints what the script prints and checks where it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from libraries import needed
from problems import ONE, TWO, ending

from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Course
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.schedule import Schedule

RUNS = {
    "the lecture": Experiment(),
    "two columns, b, batches": Experiment(dataset=TWO, has_bias=True, learning_rate=0.01, batch=2, weight_decay=0.1),
    "an optimizer, changed on the way": Experiment(
        method="optim", optimizer=Optimizer("adam"), dtype="float64", changes=(Change(4, learning_rate=0.02),)
    ),
    "stops early": Experiment(until_cost=0.1, until_change=1e-9),
    "powers, rows kept back, patience, a schedule": Experiment(
        dataset=ONE.prepared(degree=2, validate=3.0), schedule=Schedule("cosine"), patience=3, epochs=20
    ),
    "diverges": Experiment(learning_rate=30.0, epochs=200),
}


def written(experiment: Experiment) -> dict:
    return json.loads(BACKEND.notebook(experiment, ending(experiment)))


@pytest.mark.parametrize("name", RUNS)
def test_its_cells_together_are_the_script_and_what_draws_the_plot(name):
    cells = [cell["source"] for cell in written(RUNS[name])["cells"] if cell["cell_type"] == "code"]
    drawing = {line.strip() for line in cells.pop(2).splitlines()}
    assert "plt.show()" in drawing
    lines = [line for cell in cells for line in cell.splitlines() if line and "costs" not in line]
    lines = [line for line in lines if "weights_of_epochs" not in line and "validations" not in line]
    script = BACKEND.script(RUNS[name], ending(RUNS[name])).splitlines()
    assert lines == [line for line in script[1:] if line]


@pytest.mark.system
@pytest.mark.parametrize("name", RUNS)
def test_executed_it_prints_what_the_script_prints_and_ends_where_the_run_does(name, tmp_path):
    nbformat, nbclient = needed("nbformat"), needed("nbclient")
    needed("ipykernel")
    experiment = RUNS[name]
    book = nbformat.reads(json.dumps(written(experiment)), as_version=4)
    nbformat.validate(book)
    nbclient.NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    script = tmp_path / "run.py"
    script.write_text(BACKEND.script(experiment, ending(experiment)), encoding="utf-8")
    printed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, encoding="utf-8")
    assert _printed(book, "stderr") == printed.stderr
    lines = [line for line in _printed(book, "stdout").splitlines() if "matplotlib draws" not in line]
    assert lines == printed.stdout.splitlines()


PLOTTER = """
import sys, types
class Axes:
    def __init__(self): self.lines, self.curves = [types.SimpleNamespace(set_label=lambda text: None)], []
    def plot(self, x, y, **how): self.curves.append([how.get("label"), how["marker"], list(x), list(y)])
    def set(self, **words): pass
    def legend(self): self.curves.append("legend")
left, right = Axes(), Axes()
plot = types.ModuleType("matplotlib.pyplot")
plot.subplots, plot.show = lambda *given, **named: (None, (left, right)), lambda: None
sys.modules["matplotlib"], sys.modules["matplotlib.pyplot"] = types.ModuleType("matplotlib"), plot
sys.modules["matplotlib"].pyplot = plot
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["the lecture", "powers, rows kept back, patience, a schedule"])
def test_its_plot_has_the_validation_cost_as_a_curve_of_its_own(name, tmp_path):
    """Drawn by a matplotlib that only takes down what it is asked for."""
    experiment = RUNS[name]
    codes = [cell["source"] for cell in written(experiment)["cells"] if cell["cell_type"] == "code"]
    tail = "import json; print('CURVES', json.dumps(left.curves))"
    text = "\n".join([PLOTTER, *codes, tail])
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, cwd=tmp_path, check=True)
    curves = json.loads(done.stdout.rpartition("CURVES ")[2])
    taken = [*Course(experiment, BACKEND.trainer(experiment))]
    taken = [epoch for epoch in taken if epoch.number <= len(curves[0][2])]
    expected = [[None, ".", [epoch.cost for epoch in taken]]]
    if experiment.dataset.kept:
        expected.append(["validation", "x", [epoch.validation for epoch in taken]])
        assert curves.pop() == "legend"
    assert [[label, mark, y] for label, mark, _x, y in curves] == expected
    assert len(taken) > 2


def _printed(book: dict, stream: str) -> str:
    outputs = [output for cell in book["cells"] for output in cell.get("outputs", ())]
    return "".join(output["text"] for output in outputs if output.get("name") == stream)


@pytest.mark.slow
def test_one_whose_numbers_are_wrong_fails_in_its_last_cell(tmp_path):
    book = written(Experiment())
    codes = [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]
    wrong = "\n".join(codes).replace("lr = 0.1", "lr = 0.11")
    ended = subprocess.run([sys.executable, "-c", wrong], capture_output=True, text=True, cwd=tmp_path)
    assert "AssertionError" in ended.stderr


@pytest.mark.slow
def test_the_command_writes_it(tmp_path: Path):
    made = subprocess.run(
        [sys.executable, "-m", "gdtui", "script", "--notebook", "--lr", "0.05"], capture_output=True, check=True
    )
    assert json.loads(made.stdout) == written(Experiment(learning_rate=0.05))
