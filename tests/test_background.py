"""What takes long in the lab: the screen lives on meanwhile, escape leaves it, and it is given up in the end."""

from collections.abc import Iterator
from threading import Event

import lab_pilot
import msgspec
import pytest
from fake_backend import FAKE
from lab_pilot import Lab, opened
from waiting import hold_until, wait_until_set

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend, Trainer
from gdtui.experiment.dataset import typed
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.teaching.questions.all_kinds import predict
from gdtui.ui.lab.views import view


class Gate:
    """Holds every step of a backend back while it is shut."""

    def __init__(self) -> None:
        self.is_open, self.held = Event(), Event()
        self.is_open.set()
        self.steps = 0

    def on(self, backend: Backend) -> Backend:
        """The backend behind this gate."""

        def trainer(experiment: Experiment) -> Trainer:
            return Held(backend.trainer(experiment), self)

        return msgspec.structs.replace(backend, trainer=trainer)


class Held:
    """A trainer behind a gate."""

    def __init__(self, trainer: Trainer, gate: Gate) -> None:
        self.trainer, self.gate = trainer, gate
        self.restore = trainer.restore

    def step(self) -> Epoch:
        self.gate.steps += 1
        if not self.gate.is_open.is_set():
            self.gate.held.set()
            hold_until(self.gate.is_open)
        return self.trainer.step()

    pending = step


@pytest.fixture(autouse=True)
def waits_for_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is at work here is held back: a key need not wait for it, since each test waits for what it wants to see."""
    monkeypatch.setattr(lab_pilot, "SECONDS_TO_SETTLE", 0.05)


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Open at the beginning, and again at the end, so that no thread waits for ever."""
    gate = Gate()
    yield gate
    gate.is_open.set()


async def held_by(lab: Lab, gate: Gate, *keys: str) -> None:
    """Press keys whose work the gate holds back, and wait until the line at the bottom says so."""
    gate.is_open.clear()
    await lab.press(*keys)
    wait_until_set(gate.held)
    assert lab.screen.background.is_busy
    await lab.until(lambda: "escape stops" in lab.keys)


async def until_idle(lab: Lab) -> None:
    await lab.until(lambda: not lab.screen.background.is_busy)


SLOW = Experiment(learning_rate=1e-4)
"""It takes thousands of epochs to come down."""


@pytest.mark.parametrize("keys", [("4", "P"), ("t",), ("T",)], ids="".join)
async def test_escape_leaves_what_takes_long_and_nothing_is_changed(gate: Gate, keys: tuple[str, ...]):
    async with opened(SLOW, backend=gate.on(FAKE)) as lab:
        before = lab.screen.workspace.run
        await held_by(lab, gate, *keys)
        assert "█" in lab.keys, "a bar"
        await lab.press("escape")
        await until_idle(lab)
        assert "Stopped. Nothing has changed." in lab.keys
        gate.is_open.set()
        await lab.press("space")
        assert lab.screen.workspace.run is before
        assert before.cursor == 1
        assert not lab.screen.prompt.has_class("-asking")


async def test_what_takes_long_comes_when_it_is_there_and_keys_typed_meanwhile_after_it(gate: Gate):
    async with opened(SLOW, backend=gate.on(FAKE)) as lab:
        await held_by(lab, gate, "t")
        await lab.press("space")
        assert lab.screen.workspace.run.cursor == 0
        gate.is_open.set()
        await until_idle(lab)
        await lab.until(lambda: lab.screen.workspace.run.cursor == 1)
        assert lab.screen.workspace.run.experiment.dataset.is_standardized


async def test_a_question_that_takes_long_is_asked_when_its_answer_is_known(gate: Gate):
    async with opened(Experiment(), backend=gate.on(FAKE)) as lab:
        await held_by(lab, gate, "4", "P")
        gate.is_open.set()
        await until_idle(lab)
        assert lab.screen.prompt.has_class("-asking")
        await lab.press("4", "enter")  # 14/3 · 0.16⁴ is the first below 0.01
        assert "Right: 4." in lab.text("#reply")


async def test_what_takes_too_long_is_given_up(gate: Gate, monkeypatch: pytest.MonkeyPatch):
    async with opened(SLOW, backend=gate.on(FAKE)) as lab:
        monkeypatch.setattr(view, "SECONDS_AT_MOST", 0.0)
        gate.is_open.clear()
        await lab.press("t")
        await until_idle(lab)
        assert "Gave up after 0 seconds. Nothing has changed." in lab.keys
        assert not lab.screen.workspace.run.experiment.dataset.is_standardized


async def test_whoever_leaves_the_question_ends_the_looking_ahead(gate: Gate):
    async with opened(SLOW, backend=gate.on(FAKE)) as lab:
        await held_by(lab, gate, "4", "P")
        await lab.press("escape")
        await until_idle(lab)
        before = gate.steps
        gate.is_open.set()
        await lab.press("v")
        assert gate.steps <= before + 1, "the step under way is the last"


def test_a_cost_below_the_least_there_is_needs_no_looking_ahead(gate: Gate):
    data = typed((1, 2, 3), (1, 3, 2))
    run = Run(Experiment(dataset=data), FAKE)
    with pytest.raises(UserError, match=r"^no W brings the cost below 0\.01: the lowest is 0\."):
        predict(run, gate.on(FAKE), "epochs", below=0.01)
    assert gate.steps == 0


@pytest.mark.parametrize(("key", "name", "shown"), [("a", "breakdown", "5.600"), ("m", "proof", "autograd")])
async def test_views_go_through_large_data_while_the_screen_lives(gate, monkeypatch, key, name, shown):
    monkeypatch.setattr(view, "LARGE", 2)
    gate.is_open.clear()

    def held(*arguments, **options):
        gate.held.set()
        hold_until(gate.is_open)
        return getattr(FAKE, name)(*arguments, **options)

    async with opened(size=(120, 40), backend=msgspec.structs.replace(FAKE, **{name: held})) as lab:
        await lab.press("space", key)
        wait_until_set(gate.held)
        assert "Going through 3 rows … escape leaves" in lab.text("#views LabView")
        await lab.press("left", "right", "escape")
        assert lab.screen.views.opened == "", "keys are served meanwhile"
        await lab.press(key)
        gate.is_open.set()
        await lab.until(lambda: shown in lab.text("#views LabView"))
        assert "Going through" not in lab.text("#views LabView")
        await lab.press("space")
        await lab.until(lambda: "Going through" not in lab.text("#views LabView"))


@pytest.mark.parametrize(("key", "name", "shown"), [("a", "breakdown", "5.600"), ("m", "proof", "autograd")])
async def test_a_view_that_takes_too_long_is_given_up_and_tries_again_with_the_next_epoch(
    gate, monkeypatch, key, name, shown
):
    monkeypatch.setattr(view, "LARGE", 2)
    monkeypatch.setattr(view, "SECONDS_AT_MOST", 0.05)
    gate.is_open.clear()

    def held(*arguments, **options):
        gate.held.set()
        hold_until(gate.is_open)
        return getattr(FAKE, name)(*arguments, **options)

    async with opened(size=(120, 40), backend=msgspec.structs.replace(FAKE, **{name: held})) as lab:
        await lab.press("space", key)
        await lab.until(lambda: "Gave up after 0.05 seconds." in lab.text("#views LabView"))
        monkeypatch.setattr(view, "SECONDS_AT_MOST", 30.0)
        gate.is_open.set()
        await lab.until(lambda: not [worker for worker in lab.app.workers if not worker.is_finished])
        assert "Gave up" in lab.text("#views LabView"), "what comes too late is not shown"
        await lab.press("space")
        await lab.until(lambda: "Going through" not in lab.text("#views LabView"))
        assert "Gave up" not in lab.text("#views LabView")
