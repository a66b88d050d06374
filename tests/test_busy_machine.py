"""A machine that many share: frames that come late are followed by fewer of them."""

import time

import pytest
from lab_pilot import opened

from gdtui.experiment import Experiment
from gdtui.lab.player import Player


async def test_a_late_frame_is_left_out_and_shown_after_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(Experiment(epochs=100)) as lab:
        screen = lab.screen
        with monkeypatch.context() as playing:
            playing.setattr(Player, "is_playing", property(lambda player: True))
            screen.desk.run.step()
            screen._last_tick = time.monotonic() - 1.0
            screen.tick()
            assert screen.moment
            assert screen.moment.epoch.number == 1
            await lab.until(lambda: screen.tick() or (screen.moment is not None and screen.moment.epoch.number == 2))
        screen.show()
