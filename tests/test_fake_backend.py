"""The backend without torch does what the one with torch does, where it does anything itself."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from examples import examples
from fake_backend import FAKE, FakeTrainer
from hypothesis import given
from hypothesis import strategies as st
from problems import conventions, eighths

from gdtui.descent.backend import BACKEND
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer


def test_on_the_lecture_w_is_the_closed_form() -> None:
    trainer = FAKE.trainer(Experiment())
    for updates in range(10):
        [w] = trainer.step().parameters
        assert w == pytest.approx(1 - (-0.4) ** updates, abs=1e-12)


@given(st.lists(st.tuples(eighths, eighths), min_size=2, max_size=6), eighths, conventions, st.sampled_from([0.0, 0.5]))
@examples(30)
def test_it_agrees_with_torch(rows, start, convention, decay) -> None:
    x, y = zip(*rows, strict=True)
    experiment = Experiment(
        dataset=typed(x, y),
        weights=(start,),
        learning_rate=0.01,
        convention=convention,
        weight_decay=decay,
        changes=(Change(3, learning_rate=0.02),),
        dtype="float64",
    )
    ours, theirs = FAKE.trainer(experiment), BACKEND.trainer(experiment)
    assert isinstance(ours, FakeTrainer) == any(x)
    for _ in range(5):
        one, other = (msgspec.structs.asdict(trainer.step()) for trainer in (ours, theirs))
        assert one.keys() == other.keys()
        assert one.pop("validation") is None is other.pop("validation")
        assert all(one[name] == pytest.approx(other[name], rel=1e-9, abs=1e-9) for name in one)
    one, other = (msgspec.structs.asdict(backend.surface(experiment)) for backend in (FAKE, BACKEND))
    assert all(
        part == pytest.approx(counterpart, rel=1e-9, abs=1e-9)
        for name in one
        for part, counterpart in zip(numbers(one[name]), numbers(other[name]), strict=True)
    )


def numbers(value: object) -> list[float]:
    """The numbers in nested tuples."""
    return [part for item in value for part in numbers(item)] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize(
    "changed",
    [
        {"has_bias": True},
        {"batch": 2},
        {"method": "optim", "optimizer": Optimizer("adam")},
        {"changes": (Change(4, method="optim", optimizer=Optimizer("adam")),)},
        {"dataset": typed((0, 0), (1, 2))},
    ],
    ids=["bias", "batches", "optimizer", "optimizer later", "x of zeros"],
)
def test_what_it_does_not_know_is_trained_by_torch(changed) -> None:
    experiment = Experiment(**changed)
    assert FAKE.trainer(experiment).step() == BACKEND.trainer(experiment).step()


def test_it_needs_no_torch() -> None:
    program = (
        "import sys; from fake_backend import FAKE; from gdtui.experiment.experiment import Experiment\n"
        "FAKE.surface(Experiment()), FAKE.trainer(Experiment()).step()\n"
        "print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
