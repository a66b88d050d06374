"""Schedules: each is torch.optim.lr_scheduler's, digit for digit, and theory claims nothing of the epochs to come."""

import csv
import re
from collections.abc import Callable
from io import StringIO

import pytest
import torch
from test_script import as_gdtui_sets_torch, assert_same
from torch.optim import lr_scheduler

from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError
from gdtui.experiment.backend import Course
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Method
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.schedule import CONSTANT, SCHEDULES, Schedule
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.lab.workspace import Workspace
from gdtui.storage.rows import Writer
from gdtui.storage.sentences import sentence
from gdtui.ui.lab.form import read_form, texts_of

__all__ = ["as_gdtui_sets_torch"]
"""What every test in here is surrounded by."""

EPOCHS = 40

Make = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]

TORCHS: dict[str, Make] = {
    "step,every=7,gamma=0.3": lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3),
    "exponential,gamma=0.93": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.93),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=EPOCHS),
    "cosine,over=7,least=0.01": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=7, eta_min=0.01),
    "1/k,decay=0.5": lambda o: lr_scheduler.LambdaLR(o, lambda k: 1 / (1 + 0.5 * k)),
    "warm-up,over=9,start=0.2": lambda o: lr_scheduler.LinearLR(o, start_factor=0.2, total_iters=9),
}


def torchs(make: Make, rate: float, epochs: int) -> list[float]:
    """The lr of each epoch as torch's scheduler has it, which is stepped after the optimizer."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler, found = make(optimizer), []
    for _ in range(epochs):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def rates(experiment: Experiment, epochs: int) -> list[float]:
    return [experiment.settings_at(number).learning_rate for number in range(1, epochs + 1)]


@pytest.mark.parametrize("text", TORCHS)
@pytest.mark.parametrize("rate", [0.1, 0.07, 0.013])
def test_every_digit_is_torchs(text: str, rate: float) -> None:
    experiment = Experiment(learning_rate=rate, schedule=Schedule.parse(text), epochs=EPOCHS)
    assert rates(experiment, 3 * EPOCHS) == torchs(TORCHS[text], rate, 3 * EPOCHS)


def test_all_schedules_are_held_to_torch() -> None:
    assert {text.split(",")[0] for text in TORCHS} == SCHEDULES.keys() - {"constant"}
    for rule in SCHEDULES.values():
        assert not rule.torch_class or hasattr(lr_scheduler, rule.torch_class)


def test_a_warm_up_and_then_another_is_torchs_sequence() -> None:
    warm = Schedule.parse("warm-up,over=5,start=0.2")
    then = (Change(6, 0.1, schedule=Schedule.parse("cosine,over=20")),)
    experiment = Experiment(schedule=warm, changes=then, epochs=25)

    def make(optimizer: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
        first = lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=5)
        second = lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
        return lr_scheduler.SequentialLR(optimizer, [first, second], milestones=[5])

    assert rates(experiment, 25) == torchs(make, 0.1, 25)


@pytest.mark.parametrize("text", TORCHS)
@pytest.mark.parametrize("method", ["hand", "autograd", "optim", "adam"])
def test_a_run_takes_the_steps_of_a_loop_with_torchs_scheduler(text: str, method: str) -> None:
    is_adam = method == "adam"
    experiment = Experiment(
        schedule=Schedule.parse(text),
        learning_rate=0.05,
        method="optim" if is_adam else method,  # type: ignore[arg-type]
        optimizer=Optimizer("adam") if is_adam else Optimizer(),
        convention="mse",
        dtype="float64",
        epochs=EPOCHS,
    )
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = (torch.optim.Adam if is_adam else torch.optim.SGD)([weight], lr=0.05)
    scheduler, trainer = TORCHS[text](optimizer), BACKEND.trainer(experiment)
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        torch.mean((x * weight - x) ** 2).backward()
        optimizer.step()
        scheduler.step()
        assert trainer.step().following[0] == pytest.approx(weight.item(), rel=1e-12)


def test_a_run_goes_on_from_any_epoch_with_the_same_digits() -> None:
    experiment = Experiment(schedule=Schedule("exponential"), method="optim", optimizer=Optimizer("adam"))
    trainer = BACKEND.trainer(experiment)
    straight = [trainer.step() for _ in range(9)]
    trainer.restore(5, straight[3].following, straight[3].memory)
    assert [trainer.step() for _ in range(5)] == straight[4:]


def test_an_lr_named_on_the_way_is_held_and_a_schedule_named_begins_there() -> None:
    halving = Schedule.parse("exponential,gamma=0.5")
    held = Experiment(schedule=halving, changes=(Change(3, 0.3),))
    assert rates(held, 5) == [0.1, 0.05, 0.3, 0.3, 0.3]
    again = Experiment(schedule=halving, changes=(Change(3, 0.3, schedule=halving),))
    assert rates(again, 5) == [0.1, 0.05, 0.3, 0.15, 0.075]
    ended = Experiment(schedule=halving, changes=(Change(3, schedule=CONSTANT),))
    assert rates(ended, 5) == [0.1, 0.05, 0.025, 0.025, 0.025]
    other = Experiment(schedule=halving, changes=(Change(3, method="autograd"),))
    assert rates(other, 5) == [0.1, 0.05, 0.025, 0.0125, 0.00625]


def test_a_cosine_lasts_as_long_as_the_plan_was_when_it_was_chosen() -> None:
    experiment = Experiment(schedule=Schedule("cosine"), epochs=30)
    assert str(experiment.schedule) == "cosine,over=30"
    run = Run(experiment, BACKEND).replanned(Experiment(schedule=experiment.schedule, epochs=50))
    assert str(run.experiment.schedule) == "cosine,over=30"
    with pytest.raises(ExperimentError, match="the smallest lr must not be above"):
        Experiment(schedule=Schedule.parse("cosine,least=0.2"))


@pytest.mark.parametrize("text", ["step,every=0", "step,every=1.5", "exponential,gamma=1", "cosine,over=-1", "wave"])
def test_a_schedule_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|is not one of"):
        Schedule.parse(text)


def test_theory_tells_the_lr_now_against_its_limit_and_claims_nothing_of_what_comes() -> None:
    run = Run(Experiment(learning_rate=0.2, schedule=Schedule("exponential"), epochs=60), BACKEND)
    frame = look(run)
    assert frame.step_size.against_limit() == "lr 0.2 now is 1.40 × the limit 0.142857"
    assert (frame.state, frame.step_size.regime) == ("going", "unknown")
    while run.step():
        if run.cursor == 50:
            break
    frame = look(run)
    assert frame.state == "within the tolerance"
    assert "falling" in frame.verdict or "not changing" in frame.verdict


def test_after_a_warm_up_theory_speaks_again() -> None:
    run = Run(Experiment(learning_rate=0.05, schedule=Schedule("warm-up"), epochs=60), BACKEND)
    assert run.step_size_at(0).regime == "unknown"
    while run.cursor < 59:
        run.step()
    assert run.step_size_at(59).regime == "steady"
    assert run.state_at(59) == "converged"


def test_an_lr_that_has_come_down_to_nothing_can_be_looked_at_and_raised() -> None:
    workspace = Workspace(Experiment(schedule=Schedule("cosine"), epochs=10), BACKEND)
    workspace.step(12)
    workspace.seek(10)
    assert workspace.run.settings.learning_rate == 0
    assert workspace.run.epoch.update == (0.0,)
    assert look(workspace.run).step_size.against_limit().startswith("lr 0 now is 0.00 of the limit")
    workspace.set_rate(0.1)
    assert workspace.run.settings.schedule == CONSTANT


def test_the_form_names_the_lr_that_the_schedule_began_with_and_goes_on_with_both() -> None:
    experiment = Experiment(schedule=Schedule("exponential"))
    texts = texts_of(experiment, 6)
    assert (texts["lr"], texts["schedule"]) == ("0.1", "exponential")
    assert read_form(texts, experiment, 6)[1] is None
    _, change = read_form({**texts, "lr": "0.05"}, experiment, 6)
    assert change == Change(6, 0.05, schedule=Schedule("exponential"))


def test_rows_that_are_kept_have_the_lr_at_their_end() -> None:
    experiment = Experiment(schedule=Schedule.parse("exponential,gamma=0.5"))
    writer, trainer = Writer(experiment, "csv", predicts=False), BACKEND.trainer(experiment)
    rows = [writer.row(trainer.step()) for _ in range(3)]
    found = list(csv.DictReader(StringIO("\n".join((writer.header() or "", *rows)))))
    assert [*found[0]][-1] == "lr"
    assert [float(row["lr"]) for row in found] == [0.1, 0.05, 0.025]


@pytest.mark.parametrize("text", TORCHS)
@pytest.mark.parametrize("method", ["hand", "autograd", "optim"])
def test_a_script_comes_to_the_digits_of_the_run(text: str, method: Method) -> None:
    changes = (Change(2, method="autograd"), Change(3, 0.06, schedule=Schedule.parse(text)), Change(16, 0.01))
    schedule = Schedule.parse(text)
    assert_same(Experiment(schedule=schedule, method=method, changes=changes, batch=2, dtype="float64", epochs=20))


def test_a_rate_that_a_schedule_has_computed_is_told_without_the_digits_of_rounding() -> None:
    experiment = Experiment(learning_rate=0.1, epochs=4, schedule=Schedule.parse("warm-up,over=4,start=0.1"))
    said = " ".join(sentence(epoch, experiment) for epoch in Course(experiment, BACKEND.trainer(experiment)))
    assert "The learning rate is now 0.0325." in said
    assert not re.search(r"now [\d.]{10}", said)
