"""An optimizer and an objective that are made up here, each in one place, reach everything there is of their kind."""

import subprocess
import sys
from typing import ClassVar

import msgspec
import pytest
import torch
from problems import ending

from gdtui.cli.main import command
from gdtui.cli.options import experiment_from
from gdtui.descent import objectives
from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError
from gdtui.experiment.command_line import arguments
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Change, Experiment
from gdtui.experiment.objective import OBJECTIVES, Factor, Objective
from gdtui.experiment.optimizer import EPS, OPTIMIZERS, Optimizer
from gdtui.experiment.proof import BUGS, code_of, why_they_differ
from gdtui.experiment.update_rule import STEP, Carried, Number, UpdateRule
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.storage.sentences import sentence
from gdtui.teaching.settings import experiment_with
from gdtui.theory.step_size import step_size
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.charts.chart_view import ChartOptions, chart_view_of
from gdtui.ui.charts.figure import draw
from gdtui.ui.charts.series import Series
from gdtui.ui.lab.form import read_form, texts_of
from tests.lab_pilot import opened

DATA = typed((0.5, -1.25, 2.0, 0.75), (1.0, -2.0, 2.5, 1.5))
SHARE = Number("betas", may_be_zero=True)


class Adamax(UpdateRule, frozen=True):
    """Adam with the largest gradient so far in place of the average of squares."""

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    name = "adamax"
    torch_class = "Adamax"
    bounds: ClassVar = {"beta1": SHARE, "beta2": SHARE, "eps": EPS}
    state = (STEP, "exp_avg", "exp_inf")
    update = "lr · m hat / u"

    def carried(self, gradient, before, after):
        return (Carried("u", f"max({self.beta2:g}·u, |gradient|)", after["exp_inf"], "u", before["exp_inf"]),)


@pytest.fixture
def adamax(monkeypatch):
    monkeypatch.setitem(OPTIMIZERS, "adamax", Adamax)
    return Experiment(
        dataset=DATA, has_bias=True, method="optim", optimizer=Optimizer("adamax", (0.8, 0.99, 1e-6)), epochs=6
    )


def path(experiment):
    trainer = BACKEND.trainer(experiment)
    return [trainer.step() for _ in range(experiment.epochs + 1)]


def run_script(experiment, folder):
    (folder / "run.py").write_text(BACKEND.script(experiment, ending(experiment)), encoding="utf-8")
    done = subprocess.run([sys.executable, folder / "run.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_made_up_optimizer_is_torchs_own_to_the_bit_and_goes_on_from_any_epoch(adamax):
    weight, bias = (torch.zeros(1, requires_grad=True) for _ in range(2))
    x, y = (torch.tensor(column.tolist()) for column in (DATA.x[0], DATA.y))
    made = torch.optim.Adamax([weight, bias], lr=0.1, betas=(0.8, 0.99), eps=1e-6)
    straight = path(adamax)
    for epoch in straight:
        assert epoch.parameters == (weight.item(), bias.item())
        made.zero_grad()
        torch.mean((x * weight + bias - y) ** 2).backward()
        made.step()
    run = Run(adamax, BACKEND)
    for _ in range(6):
        run.step()
    run.seek(3)
    again = run.changed(Change(4, learning_rate=0.1))
    for _ in range(3):
        again.step()
    assert [again.history[index] for index in range(7)] == straight


def test_a_made_up_optimizer_is_chosen_everywhere_by_its_name(adamax):
    text = "adamax,beta1=0.8,beta2=0.99,eps=1e-06"
    assert text in arguments(adamax)
    assert experiment_from(command.make_context("gdtui", arguments(adamax)).params).optimizer == adamax.optimizer
    form = texts_of(adamax, 1)
    assert form["optimizer"] == text
    wanted, change = read_form(form | {"optimizer": "adamax"}, adamax, 1)
    assert wanted.optimizer == Optimizer("adamax")
    assert change == Change(1, optimizer=Optimizer("adamax"))
    with pytest.raises(ExperimentError, match="beta1 must be 0 or more and below 1, not 1"):
        read_form(form | {"optimizer": "adamax,beta1=1"}, adamax, 1)
    lesson = experiment_with({"optimizer": text, "method": "optim"})
    assert lesson.optimizer == adamax.optimizer
    assert "; with adamax" in sentence(path(adamax)[0], adamax)


@pytest.mark.slow
def test_a_made_up_optimizer_is_written_by_its_own_lines(adamax, tmp_path):
    epoch = path(adamax)[2]
    parts = BACKEND.breakdown(adamax, epoch, path(adamax)[1].memory)
    assert [(each.name, each.formula) for each in parts.carried] == [("u", "max(0.99·u, |gradient|)")]
    assert parts.carried[0].values == epoch.memory[3:]
    assert parts.update_words == "lr · m hat / u"
    code = "\n".join(line.text for line in BACKEND.code(adamax, 1))
    assert "torch.optim.Adamax(" in code
    assert "betas=(0.8, 0.99), eps=1e-06" in code.replace("\n   ", "")
    assert run_script(adamax, tmp_path).count("Epoch") == 6
    found = step_size(adamax, 1, BACKEND.surface(adamax))
    assert found.against_limit() == "lr 0.1: no limit is known for adamax"


class FourthPower(Objective, frozen=True):
    """The mean of (H − y)⁴: no quadratic, and no error · x in its gradient."""

    name = "fourth power"
    cost_name = "mean fourth power"
    conventions: ClassVar = {"sum": Factor(1, False), "mse": Factor(4, True)}
    slope_of_cost = "mse"

    def check_labels(self, y):
        if max(y) > 100:
            raise ExperimentError("y", "is too large for its fourth power")

    def allowance(self, first_cost, cost, y, tolerance):
        return tolerance * max(first_cost, cost)

    def cost_code(self, y):
        return f"torch.mean((hypothesis - {y}) ** 4)"

    def loss_code(self, y, convention, cost=""):
        return f"torch.sum((hypothesis - {y}) ** 4) / 4" if convention == "sum" else cost or self.cost_code(y)

    def pull_code(self, y):
        return (), f"(hypothesis - {y}) ** 3"

    def buggy_code(self, convention):
        return "((H - y)**4).sum()" + " / 4" * (convention == "sum")


class FourthPowerInTorch(objectives.Objective):
    def cost(self, rows):
        return torch.mean(rows.error**4)

    def loss(self, rows, convention):
        return torch.sum(rows.error**4) / 4 if convention == "sum" else self.cost(rows)

    def pull(self, rows):
        return rows.error**3


@pytest.fixture
def fourth(monkeypatch):
    monkeypatch.setitem(OBJECTIVES["linear"], "fourth power", FourthPower())
    monkeypatch.setitem(objectives.OBJECTIVES, "fourth power", FourthPowerInTorch)
    return Experiment(
        dataset=DATA, cost_kind="fourth power", has_bias=True, learning_rate=0.01, epochs=6, dtype="float64"
    )


@pytest.mark.parametrize("convention", ["sum", "mse"])
def test_a_made_up_objective_is_trained_in_every_way(fourth, convention):
    runs = [
        path(msgspec.structs.replace(fourth, method=method, convention=convention))
        for method in ("hand", "autograd", "optim")
    ]
    for epochs in zip(*runs, strict=True):
        for epoch in epochs:
            assert epoch.cost == pytest.approx(epochs[0].cost)
            assert epoch.gradient == pytest.approx(epochs[0].gradient)
    assert runs[0][-1].cost < runs[0][0].cost == pytest.approx(sum(y**4 for y in DATA.y) / 4)
    usual = [msgspec.structs.replace(fourth, method=method).settings_at(1).convention for method in ("hand", "optim")]
    assert usual == ["sum", "mse"]


def test_a_made_up_objective_says_which_labels_and_conventions_it_takes(fourth):
    with pytest.raises(ExperimentError, match="y: is too large for its fourth power"):
        msgspec.structs.replace(fourth, dataset=typed((1, 2), (3, 300)))
    with pytest.raises(ExperimentError, match="convention: must be one of sum, mse, not 'mean'"):
        msgspec.structs.replace(fourth, convention="mean")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["hand", "autograd", "optim"])
@pytest.mark.parametrize("batch", [None, 2])
def test_a_made_up_objective_is_written_as_code_that_runs(fourth, method, batch, tmp_path):
    experiment = msgspec.structs.replace(fourth, method=method, batch=batch)
    code = [line.text.strip() for line in BACKEND.code(experiment, 1)]
    assert "cost = torch.mean((hypothesis - y_train) ** 4)" in code
    assert run_script(experiment, tmp_path).count("Epoch") == 6


def test_an_update_of_a_made_up_objective_is_taken_apart(fourth):
    epoch = path(fourth)[3]
    parts = BACKEND.breakdown(fourth, epoch, (), rows=3)
    assert parts.rest is not None
    assert parts.cost == epoch.cost
    for index, gradient in enumerate(epoch.gradient):
        added_up = sum(row.slopes[index] for row in parts.shown) + parts.rest.slopes[index]
        assert gradient == pytest.approx(parts.factor * added_up)
    assert (parts.factor_words, parts.following) == ("1", epoch.following)


def test_the_proof_follows_a_made_up_objective(fourth):
    experiment = msgspec.structs.replace(fourth, convention="mse")
    for bug in BUGS:
        proof = BACKEND.proof(experiment, bug)
        comparisons = [proof.step() for _ in range(3)]
        assert comparisons[-1].left_at is not None
        assert all("2/m" not in reason for reason in why_they_differ(comparisons[-1]))
    assert code_of("sum for mean", "mse", experiment.objective) == "loss = ((H - y)**4).sum()"


def test_the_surface_of_a_made_up_objective_offers_what_is_true_of_any_cost(fourth):
    surface, epoch = BACKEND.surface(fourth), path(msgspec.structs.replace(fourth, convention="mse"))[2]
    assert surface.cost(epoch.parameters) == pytest.approx(epoch.cost)
    assert surface.slope(epoch.parameters) == pytest.approx(epoch.gradient)
    assert (surface.quadratic, surface.minimum, surface.least_cost) == (None, None, None)
    # The Hessian of the mean of r⁴ is the mean of 12r²·xxᵀ, at the start that of 12y²·xxᵀ.
    hessian = torch.zeros(2, 2, dtype=torch.float64)
    for x, y in zip(DATA.x[0], DATA.y, strict=True):
        row = torch.tensor([x, 1.0], dtype=torch.float64)
        hessian += 12 * y**2 / len(DATA.y) * torch.outer(row, row)
    largest = torch.linalg.eigvalsh(hessian)[-1].item()
    assert surface.curvature("mse", (0.0, 0.0)) == pytest.approx(largest)
    assert surface.curvature("sum", (0.0, 0.0)) == pytest.approx(largest)  # 4/m is 1 for four rows
    assert step_size(fourth, 1, surface).against_limit() == "lr 0.01: no limit is known for the mean fourth power"


def pointed(name, experiment, epochs):
    """A chart's picture of a run after some epochs."""
    run, series = Run(experiment, BACKEND), Series(2)
    for _ in range(epochs):
        run.step()
    series.follow(run.history)
    return CHARTS[name]().picture(chart_view_of(look(run), series, ChartOptions()), 60, 16)


@pytest.mark.parametrize("name", ["bowl", "contours", "cost", "weights"])
def test_a_chart_draws_a_made_up_cost_from_its_values_alone(fourth, name):
    picture = pointed(name, fourth, 4)
    assert len(draw(picture)) == 16
    roles = {trace.role for trace in picture.traces}
    assert {"curve", "now"} <= roles
    assert "least" not in roles


def test_the_bowl_and_the_level_curves_of_a_made_up_cost_are_on_its_surface(fourth):
    surface = BACKEND.surface(fourth)
    last = path(fourth)[4]
    curve = next(trace for trace in pointed("bowl", fourth, 4).traces if trace.role == "curve")
    for place, cost in curve.points[::20]:
        assert cost == pytest.approx(surface.cost((place, last.parameters[1])))
    pieces = [trace.points for trace in pointed("contours", fourth, 4).traces if trace.role == "curve"]
    costs = sorted(surface.cost(point) for piece in pieces for point in piece)
    begun = surface.cost(fourth.start)
    assert any(cost == pytest.approx(begun, rel=0.05) for cost in costs)
    assert min(costs) < begun / 4 < 4 * begun


async def test_the_lab_opens_each_of_its_views_on_a_made_up_objective(fourth):
    async with opened(msgspec.structs.replace(fourth, convention="mse")) as lab:
        await lab.press("space", "space")
        await lab.until(lambda: len(lab.epochs) > 2)
        assert "judged by the costs seen" in lab.numbers or "by the costs seen" in lab.numbers
        for key in ("a", "m", "s"):
            await lab.press(key)
            await lab.pilot.pause()
            assert lab.app.is_running
            await lab.press("escape")
        assert len(lab.titles()) > 0
