"""The code shown, carried out by Python and held against the trainer's epochs, bit for bit."""

import itertools
import math
import re

import msgspec
import pytest
import torch
from problems import TWO, kinds_of_run

from gdtui.descent.backend import BACKEND
from gdtui.descent.trainer import Trainer
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import OPTIMIZERS, Optimizer
from gdtui.experiment.settings import SETTINGS


def numbers(*tensors):
    return tuple(value for tensor in tensors for value in tensor.detach().flatten().tolist())


def gradient(space, experiment):
    """What the code has found for the gradient by now."""
    parameters = [space[name] for name in ("W", "b") if name in space]
    settings = experiment.settings_at(1)
    if settings.method == "hand":
        return numbers(*(space[name] for name in ("gradient", "gradient_b") if name in space))
    slopes = [parameter.grad for parameter in parameters]
    if settings.method == "optim" and settings.penalty:
        # As the comment beside it says, and as torch.optim does it.
        slopes = [
            slope.add(p.detach(), alpha=experiment.weight_decay) for slope, p in zip(slopes, parameters, strict=True)
        ]
    return numbers(*slopes)


def start(experiment):
    """The names that the code uses, before the first epoch."""
    dtype = getattr(torch, experiment.dtype)
    columns = [torch.tensor(list(column), dtype=dtype) for column in experiment.dataset.x]
    weights, bias = experiment.layout.split(experiment.start)
    space = {
        "torch": torch,
        "F": torch.nn.functional,
        "x_train": columns[0] if len(columns) == 1 else torch.stack(columns, dim=1),
        "y_train": torch.tensor(list(experiment.dataset.y), dtype=dtype),
        "W": torch.tensor(weights, dtype=dtype),
        **({} if bias is None else {"b": torch.tensor([bias], dtype=dtype)}),
        **{row.variable: experiment.value(row) for row in SETTINGS if row.variable},
        "epochs": experiment.epochs,
    }
    for name in ("W", "b"):
        if experiment.method != "hand" and name in space:
            space[name].requires_grad_()
    return space


def carried_out(experiment):
    """The values that the code shown gives them, by epoch and by the name beside its line."""
    space = start(experiment)
    seen = {}

    def see(value):
        found = {
            "hypothesis": lambda: numbers(space["hypothesis"]),
            "cost": lambda: space["cost"].item(),
            "gradient": lambda: gradient(space, experiment),
            "parameters": lambda: numbers(*(space[name] for name in ("W", "b") if name in space)),
        }[value]()
        seen.setdefault(space["epoch"], {})[value] = found

    space["see"] = see
    program = []
    for line in BACKEND.code(experiment, 1):
        program.append(line.text)
        if line.value:
            program.append(line.text[: len(line.text) - len(line.text.lstrip())] + f"see({line.value!r})")
    exec("\n".join(program), space)
    return seen


def by_the_trainer(experiment):
    trainer = Trainer(experiment)  # the quick one is ahead of the epoch that it hands out
    seen = {}
    for number in range(1, experiment.epochs + 1):
        hypothesis = numbers(trainer.rows(trainer.x, trainer.y).hypothesis)
        epoch = trainer.step()
        seen[number] = {"hypothesis": hypothesis, "cost": epoch.cost, "parameters": epoch.following}
        if experiment.batch is None:
            seen[number]["gradient"] = epoch.gradient
    return seen


@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_the_code_shown_does_what_the_trainer_does_to_the_bit(stride):
    count = 0
    for experiment in itertools.islice(kinds_of_run(), None, None, stride):
        assert carried_out(experiment) == by_the_trainer(experiment), experiment
        count += 1
    assert count == math.ceil((2 + len(OPTIMIZERS)) * 3 * 2 * 2 * 2 * 2 * 2 / stride)


def test_every_setting_with_a_name_in_the_code_is_used_by_that_name():
    used = {
        word
        for experiment in kinds_of_run()
        for line in BACKEND.code(experiment, 1)
        for word in re.findall(r"\w+", line.text)
    }
    assert {row.variable for row in SETTINGS} - {""} <= used


def test_the_code_shown_fits_beside_its_values_and_goes_through_the_stages_in_order():
    order = ("hypothesis", "cost", "gradient", "update")
    for experiment in kinds_of_run():
        lines = BACKEND.code(experiment, 1)
        assert max(len(line.text) for line in lines) <= 60
        stages = [line.stage for line in lines if line.stage]
        outer = stages[: stages.index("cost") + 1]
        inner = stages[len(outer) :]
        assert sorted(outer, key=order.index) == outer
        assert sorted(inner, key=order.index) == inner
        assert set(stages) == set(order)
        values = [line.value for line in lines if line.value]
        assert values == ["hypothesis", "cost", *(() if experiment.batch else ("gradient",)), "parameters"]


def shown(experiment, epoch=1):
    return "\n".join(line.text for line in BACKEND.code(experiment, epoch))


def test_the_lectures_own_loop():
    assert shown(Experiment()) == (
        "for epoch in range(1, epochs + 1):\n"
        "    hypothesis = x_train * W\n"
        "    cost = torch.mean((hypothesis - y_train) ** 2)\n"
        "    gradient = torch.sum((hypothesis - y_train) * x_train)\n"
        "    W -= lr * gradient"
    )


def test_autograd_says_what_it_differentiates():
    experiment = Experiment(method="autograd", convention="sum", has_bias=True)
    assert shown(experiment) == (
        "for epoch in range(1, epochs + 1):\n"
        "    hypothesis = x_train * W + b\n"
        "    cost = torch.mean((hypothesis - y_train) ** 2)\n"
        "    objective = torch.sum((hypothesis - y_train) ** 2) / 2\n"
        "    objective.backward()\n"
        "    with torch.no_grad():\n"
        "        W -= lr * W.grad\n"
        "        b -= lr * b.grad\n"
        "    W.grad = b.grad = None"
    )
    assert "    cost.backward()\n" in shown(msgspec.structs.replace(experiment, convention="mse"))


def test_an_optimizer_takes_its_batches_in_an_inner_loop():
    experiment = Experiment(dataset=TWO, method="optim", optimizer=Optimizer("momentum"), batch=2)
    assert shown(experiment) == (
        "optimizer = torch.optim.SGD([W], lr=lr, momentum=0.9)\n"
        "for epoch in range(1, epochs + 1):\n"
        "    hypothesis = x_train @ W\n"
        "    cost = torch.mean((hypothesis - y_train) ** 2)\n"
        "    torch.manual_seed(1_000_003 * seed + epoch)\n"
        "    order = torch.randperm(len(x_train))\n"
        "    for rows in torch.split(order, batch):\n"
        "        x, y = x_train[rows], y_train[rows]\n"
        "        hypothesis = x @ W\n"
        "        objective = torch.mean((hypothesis - y) ** 2)\n"
        "        optimizer.zero_grad()\n"
        "        objective.backward()\n"
        "        optimizer.step()"
    )


@pytest.mark.parametrize(
    ("epoch", "head"),
    [
        (1, "for epoch in range(1, 4):"),
        (3, "for epoch in range(1, 4):"),
        (4, "for epoch in range(4, epochs + 1):"),
        (10, "for epoch in range(4, epochs + 1):"),
        (11, "for epoch in range(4, epochs + 1):"),
        (15, "for epoch in range(15, 20):"),
        (20, "for epoch in itertools.count(20):"),
    ],
)
def test_the_code_is_that_of_the_settings_in_force(epoch, head):
    changes = Change(4, method="autograd"), Change(15, learning_rate=0.2), Change(20, method="hand")
    text = shown(Experiment(changes=changes), epoch)
    assert text.startswith(head)
    assert ("backward()" in text) == (4 <= epoch < 20)
