"""A machine that many share: frames that had to wait for a core are followed by fewer of them."""

import math
import os
import subprocess
import sys
from collections import deque

import pytest
from fake_backend import FAKE
from lab_pilot import opened
from waiting import wait_for

from gdtui.experiment.experiment import Experiment
from gdtui.lab.player import Player
from gdtui.lab.run import Run
from gdtui.ui.lab import pacing
from gdtui.ui.lab.app import LabApp
from gdtui.ui.lab.pacing import Waits


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


async def test_no_frame_is_drawn_while_the_terminal_has_not_shown_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened(Experiment(epochs=100)) as lab:
        screen = lab.screen
        with monkeypatch.context() as playing:
            playing.setattr(Player, "is_playing", property(lambda player: True))
            playing.setattr(Waits, "since_last", lambda waits: 0.0)
            screen.workspace.run.step()
            screen.pacing.is_behind = lambda: True
            for _ in range(50):
                screen.tick()
            assert screen.frame
            assert screen.frame.epoch.number == 1
            screen.pacing.is_behind = lambda: False
            await lab.until(lambda: screen.tick() or (screen.frame is not None and screen.frame.epoch.number == 2))
            screen.pacing.is_behind = lambda: True
            screen.workspace.run.step()
        screen.tick()
        assert screen.frame.epoch.number == 3, "the end of playing is shown in any case"


async def test_the_player_gives_way_until_the_frame_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads that take the interpreter from each other in the middle of a frame make it many times as long."""
    done: list[str] = []

    def noted(kind: type, name: str) -> None:
        own = getattr(kind, name)
        monkeypatch.setattr(kind, name, lambda *given: (done.append(name), own(*given))[1])

    monkeypatch.setattr(pacing, "MOST_TO_DRAW", math.inf)
    async with opened(Experiment(epochs=10_000_000, learning_rate=1e-9)) as lab:
        await lab.press(*"]]]")
        for kind, name in ((Player, "give_way"), (Player, "go_on"), (LabApp, "_display")):
            noted(kind, name)
        await lab.press("r")
        await lab.until(lambda: done.count("go_on") > 3)
        await lab.press("r")
    turns = [turn.split() for turn in " ".join(done).split("give_way")[1:]]
    assert [turn for turn in turns if "go_on" in turn and "_display" not in turn[: turn.index("go_on")]] == []


async def test_a_window_too_small_to_show_a_frame_does_not_hold_the_run_up() -> None:
    async with opened(Experiment(epochs=10_000_000, learning_rate=1e-9), size=(20, 5)) as lab:
        await lab.press(*"]]]r")
        for _ in range(5):
            seen = lab.screen.workspace.run.cursor
            await lab.until(lambda seen=seen: lab.screen.workspace.run.cursor > seen + 100)
        await lab.press("r")


def test_a_player_at_full_speed_gives_way_to_a_frame_and_one_at_a_pace_does_not() -> None:
    run = Run(Experiment(epochs=10_000_000, learning_rate=1e-9), FAKE)
    player = Player(run)
    try:
        player.play(None)
        wait_for(lambda: run.cursor > 10)
        player.give_way()
        seen: deque[int] = deque(maxlen=20)
        wait_for(lambda: seen.append(run.cursor) or (len(seen) == 20 and len(set(seen)) == 1))
        player.go_on()
        wait_for(lambda: run.cursor > seen[-1])
        player.give_way()
        player.pause()
        assert not player.is_playing
        stood = run.cursor
        player.play(100.0)
        player.give_way()
        wait_for(lambda: run.cursor > stood + 3)
    finally:
        player.close()


@pytest.mark.skipif(not pacing.SCHEDULED.exists(), reason="the system does not tell who waits for a core")
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
    monkeypatch.setattr(pacing, "SCHEDULED", pacing.SCHEDULED.with_name("nowhere"))
    assert Waits().since_last() == 0.0
