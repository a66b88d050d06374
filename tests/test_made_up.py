"""An optimizer, an objective and a kind of page, made up here in one place each, reach everything of their kind."""

import io
import subprocess
import sys
from collections import defaultdict
from typing import ClassVar

import msgspec
import pytest
import torch
from lab_pilot import Lab, opened
from lessons import read
from problems import ending, walk

from gdtui.cli.main import command, run_safely
from gdtui.cli.options import check_sums, experiment_from
from gdtui.descent import objectives
from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.by_name import Number
from gdtui.experiment.change import Change
from gdtui.experiment.command_line import arguments
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Factor, Objective
from gdtui.experiment.objectives import OBJECTIVES
from gdtui.experiment.optimizer import EPS, OPTIMIZERS, Optimizer
from gdtui.experiment.proof import BUGS, code_of, why_they_differ
from gdtui.experiment.update_rule import STEP, Carried, UpdateRule
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.storage import record
from gdtui.storage.sentences import sentence
from gdtui.teaching.check import check
from gdtui.teaching.events import Deed, GoOn, read_event
from gdtui.teaching.grade import grade
from gdtui.teaching.page import Exhibit, Outcome, refused
from gdtui.teaching.pages.all_kinds import PAGES, tasks_of
from gdtui.teaching.pages.page import Page
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.questions.ask import Part
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.settings import experiment_with
from gdtui.theory.step_size import step_size
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.charts.chart_view import ChartOptions, chart_view_of
from gdtui.ui.charts.figure import draw
from gdtui.ui.charts.series import Series
from gdtui.ui.lab.form import read_form, texts_of
from gdtui.ui.lesson.app import LessonApp
from gdtui.ui.lesson.commands import LessonCommand
from gdtui.ui.lesson.kinds.all_kinds import ON_SCREEN, every_command
from gdtui.ui.lesson.kinds.kind import KindOnScreen
from gdtui.ui.lesson.page import ROOM

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
        return (Carried("u", f"max({self.beta2:g}·u, |gradient|)", after["exp_inf"], {"u": before["exp_inf"]}),)


@pytest.fixture
def adamax(monkeypatch):
    monkeypatch.setitem(OPTIMIZERS, "adamax", Adamax)
    return Experiment(
        dataset=DATA, has_bias=True, method="optim", optimizer=Optimizer("adamax", (0.8, 0.99, 1e-6)), epochs=6
    )


def path(experiment):
    return walk(experiment, experiment.epochs + 1)


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
    with pytest.raises(ExperimentError, match="beta1 must be 0 or more and less than 1, not 1"):
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


def test_a_made_up_objective_has_no_sums_that_would_do_for_its_rows(fourth):
    given = defaultdict(lambda: None, stream=True, y=((1.0, 2.0),), cost=fourth.cost_kind)
    with pytest.raises(ExperimentError, match="cost: needs every row, but --stream keeps only sums"):
        check_sums(given)


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
    return CHARTS[name]().figure(chart_view_of(look(run), series, ChartOptions()), 60, 16).picture


@pytest.mark.parametrize("name", ["bowl", "contours", "cost", "weights"])
def test_a_chart_draws_a_made_up_cost_from_its_values_alone(fourth, name):
    picture = pointed(name, fourth, 4)
    assert len(draw(picture)) == 16
    roles = {trace.role for trace in picture.traces}
    assert "now" in roles
    assert roles & {"curve", "path"}
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
        assert "judged by the costs so far" in lab.numbers or "by the costs so far" in lab.numbers
        for key in ("a", "m", "s"):
            await lab.press(key)
            await lab.pilot.pause()
            assert lab.app.is_running
            await lab.press("escape")
        assert len(lab.titles()) > 0


class Estimate(Part, frozen=True, kw_only=True):
    """What stands in `[step.estimate]`."""

    near: float


class Estimates(Exhibit, frozen=True):
    kind = "estimate"
    said: tuple[float, ...]

    def lines(self):
        return (f"you said {', '.join(map(str, self.said)) or 'nothing'}",)


class EstimatePage(Page):
    """The least cost is to be found by eye: each number is told whether it is near enough."""

    name = key_in_file = "estimate"
    table = Estimate
    deeds, bare = ("say",), "say"
    is_done, not_yet = False, "say a number first"

    @classmethod
    def look_over(cls, table, step, spot):
        if table.near <= 0:
            spot.at("near").refuse("near: must be above 0")

    def prepare(self):
        self.said = []

    def examples(self):
        return ("say 2",)

    def exhibit(self):
        return Estimates(tuple(self.said))

    def model_answer(self):
        return (Deed(word="say", value=str(self.run.surface.minimum[0])),)

    def flaws(self):
        if self.spec.near > 1:
            yield "anything is near enough"

    def do(self, action):
        if not isinstance(action, Deed):
            return refused("say a number")
        self.said.append(float(action.value))
        is_near = abs(self.said[-1] - self.run.surface.minimum[0]) <= self.spec.near
        self.points += is_near and not self.is_done
        self.is_done = self.is_done or is_near
        return Outcome(True, ("near" if is_near else "far off",), numbers=(action.value,), is_done=self.is_done)


def say_two(lesson):
    lesson.take(Deed(word="say", value="2"))


class EstimateOnScreen(KindOnScreen):
    name = "estimate"
    commands = (LessonCommand(id="two", keys="t", bar="say two", title="Say two", do=say_two),)

    def rows(self, view, width, typed=""):
        return [((f"drawn: {line}", "text"),) for line in view.exhibit.lines()]


ESTIMATE = """\
format = 1
title = "By eye"
about = "for the tests"

[experiment]
x = [1, 2, 3]
y = [2, 4, 6]

[[step]]
name = "look"
text = "Where is the least cost?"
[step.estimate]
near = 0.1
"""


@pytest.fixture
def estimate(monkeypatch):
    monkeypatch.setitem(PAGES, EstimatePage.name, EstimatePage)
    return ESTIMATE


def test_a_made_up_kind_of_page_is_read_from_a_file_and_its_table_looked_over(estimate):
    assert tasks_of(read(estimate).lesson.steps[0])[0].kind is EstimatePage
    for wrong, says in (
        ("near = -1", "small.toml:13: near: must be above 0"),
        ("near = 'x'", "small.toml:13: 'near' takes a number"),
        ("naer = 1", "did you mean near"),
    ):
        with pytest.raises(InputError, match=says):
            read(estimate.replace("near = 0.1", wrong))
    with pytest.raises(InputError, match="did you mean estimate"):
        read(estimate.replace("step.estimate", "step.estimat"))


def test_a_made_up_kind_of_page_is_checked(estimate):
    assert check(read(estimate), BACKEND, ROOM) == []
    (flaw,) = check(read(estimate.replace("0.1", "5")), BACKEND, ROOM)
    assert flaw == "small.toml:12: anything is near enough"


def test_what_is_done_on_a_made_up_kind_of_page_is_recorded_and_graded(estimate):
    lesson = read(estimate)
    sitting = RecordedSession(lesson, BACKEND, "ann")
    assert sitting.take(GoOn()).says == ("say a number first",)
    for line in ("3", "say 2", ""):
        assert sitting.take(read_event(line, sitting.view())).is_accepted
    sitting.close()
    (part,) = record.split(own_sealed(())[0], "r.jsonl")
    found = grade(part, {lesson.digest: lesson}, BACKEND)
    assert (found.flags, found.points, found.most, found.is_over) == ((), 1, 1, True)


def test_a_made_up_kind_of_page_is_done_on_lines_of_text(estimate, tmp_path, monkeypatch, capsys):
    path = tmp_path / "estimate.toml"
    path.write_text(estimate)
    monkeypatch.setattr(sys, "argv", ["gdtui", "lesson", str(path)])
    monkeypatch.setattr(sys, "stdin", io.StringIO("3\n2\n\n"))
    assert run_safely() == 0
    out = capsys.readouterr().out
    for said in ("type say 2", "far off", "you said 3.0, 2.0", "1 of 1 point"):
        assert said in out


@pytest.mark.parametrize("has_drawing", [False, True])
async def test_a_made_up_kind_of_page_is_on_the_screen_with_keys_of_its_own_or_none(estimate, has_drawing, monkeypatch):
    if has_drawing:
        monkeypatch.setitem(ON_SCREEN, EstimateOnScreen.name, EstimateOnScreen())
    app = LessonApp(read(estimate), lambda lesson: RecordedSession(lesson, BACKEND, "ann"))
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = Lab(app, pilot, app.lesson)
        await lesson.until(lambda: app.lesson.view is not None)
        assert "type say 2" in str(app.screen.query_one("#answer-label").render())
        await lesson.press("3", "enter")
        drawn = "drawn: you said 3.0" if has_drawing else "  you said 3.0"
        await lesson.until(lambda: drawn in lesson.text("#lesson-page"))
        assert ("t say two" in lesson.keys) == has_drawing
        await lesson.press(*(["t"] if has_drawing else ["2", "enter"]))
        assert app.lesson.view.is_done
        assert not has_drawing or any(command.id == "two" for command in every_command())
