"""A machine that many share: frames that had to wait for a core are followed by fewer of them."""

import os
import subprocess
import sys

import pytest
from lab_pilot import opened
from waiting import wait_for

from gdtui.experiment.experiment import Experiment
from gdtui.lab.player import Player
from gdtui.ui.lab import waits
from gdtui.ui.lab.waits import Waits


async def test_a_frame_that_had_to_wait_is_left_out_and_shown_after_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(Experiment(epochs=100)) as lab:
        screen = lab.screen
        with monkeypatch.context() as playing:
            playing.setattr(Player, "is_playing", property(lambda player: True))
            screen.workspace.run.step()
            playing.setattr(Waits, "since_last", lambda waits: 0.01)
            screen.tick()
            assert screen.frame
            assert screen.frame.epoch.number == 1
            playing.setattr(Waits, "since_last", lambda waits: 0.0)
            await lab.until(lambda: screen.tick() or (screen.frame is not None and screen.frame.epoch.number == 2))
        screen.show()


async def test_a_machine_that_stays_busy_shows_frames_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(Experiment(epochs=100)) as lab:
        screen = lab.screen
        with monkeypatch.context() as playing:
            playing.setattr(Player, "is_playing", property(lambda player: True))
            playing.setattr(Waits, "since_last", lambda waits: 0.05)
            screen.workspace.run.step()
            await lab.until(lambda: screen.tick() or (screen.frame is not None and screen.frame.epoch.number == 2))
        screen.show()


@pytest.mark.skipif(not waits.SCHEDULED.exists(), reason="the system does not tell who waits for a core")
def test_waiting_for_a_core_is_noticed() -> None:
    core = min(os.sched_getaffinity(0))
    before = os.sched_getaffinity(0)
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        os.sched_setaffinity(0, {core})
        for other in others:
            os.sched_setaffinity(other.pid, {core})
        seen = Waits()
        wait_for(lambda: sum(range(100_000)) and seen.since_last() > 0.001)
    finally:
        os.sched_setaffinity(0, before)
        for other in others:
            other.kill()
            other.wait()


def test_where_the_system_does_not_tell_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "SCHEDULED", waits.SCHEDULED.with_name("nowhere"))
    assert Waits().since_last() == 0.0
