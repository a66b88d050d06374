"""Soak: keys at random for a while. Nothing fails, memory does not grow, and the screen shows the state in the end.

GDTUI_SOAK_SECONDS goes on for longer, GDTUI_SOAK_SEED begins elsewhere.
"""

import gc
import os
import random
import re
import time
from pathlib import Path

import pytest
from lab_pilot import Lab, opened

from gdtui.experiment.experiment import Experiment
from gdtui.lab.board import NAMES
from gdtui.lab.run import Run
from gdtui.lab.workspace import MOST_UNDO
from gdtui.numbers import fixed
from gdtui.ui.lab.commands.table import COMMANDS

SECONDS = float(os.environ.get("GDTUI_SOAK_SECONDS", "40"))
SEED = int(os.environ.get("GDTUI_SOAK_SEED", "1"))
KEYS_A_ROUND = 80
MOST_COUNT = 400
"""A number that repeats the next key is forgotten from here on: a million epochs would take all the time there is."""
MOST_GROWTH = 60.0
"""MB from the third round to the last. Every round is a lab of its own, so that nothing of one is left in the next."""
KEYS = [key for command in COMMANDS if command.id != "quit" for key in command.key_names]
OTHERS = ["escape", "enter", "up", "down", "pageup", "pagedown", "tab", "backspace", *"0123456789"]
TYPED = [*"0123456789", "full_stop", "comma", "minus", "space", "e", "a", "enter", "escape", "left", "tab"]
SIZES = [(80, 24), (120, 40), (60, 16), (40, 10), (200, 60), (79, 23)]


def memory() -> float:
    """What this process takes, in MB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def press_at_random(lab: Lab, chance: random.Random, pressed: list[str]) -> None:
    """One key, or another size of the terminal."""
    if chance.random() < 0.02:
        size = chance.choice(SIZES)
        pressed.append(f"{size[0]}×{size[1]}")
        await lab.pilot.resize_terminal(*size)
        return
    if lab.screen.status.count > MOST_COUNT:
        key = "escape"
    elif lab.app.focused is not None:
        key = chance.choice(TYPED)
    else:
        key = chance.choice(KEYS if chance.random() < 0.7 else OTHERS)
    pressed.append(key)
    await lab.pilot.press(key)


async def come_to_rest(lab: Lab) -> None:
    """Leave forms, pages and prompts, and pause."""
    await lab.pilot.resize_terminal(80, 24)
    await lab.until(lambda: not lab.screen.background.is_busy)
    for _ in range(8):
        await lab.press("escape")
    assert lab.app.screen is lab.screen
    assert lab.app.focused is None
    if lab.screen.workspace.player.is_playing:
        await lab.press("r")
    await lab.until_paused()


def assert_screen_tells_the_state(lab: Lab) -> None:
    """The numbers on the screen are those of the run."""
    run = lab.screen.workspace.run
    shown = re.match(r" (epoch|after) (\d+)/(\d+) +W \[?(\S+?)[\] ]", lab.numbers)
    assert shown, lab.numbers
    index = int(shown[2]) - (shown[1] == "epoch")
    assert (index, int(shown[3])) == (run.cursor, run.experiment.epochs)
    assert shown[4] == fixed(run.epoch.parameters[0], 3)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="there is no /proc to ask for memory")
async def test_keys_at_random(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # whatever is saved or exported
    end, grown = time.monotonic() + SECONDS, []
    while time.monotonic() < end:
        number = len(grown)
        chance = random.Random(f"{SEED} {number}")
        pressed: list[str] = []
        experiment = Experiment(epochs=chance.choice([5, 10, 300]), has_bias=chance.random() < 0.5)
        try:
            async with opened(experiment) as lab:
                for _ in range(KEYS_A_ROUND):
                    await press_at_random(lab, chance, pressed)
                await come_to_rest(lab)
                assert_screen_tells_the_state(lab)
        except BaseException:
            print(f"seed {SEED}, round {number}: {' '.join(pressed)}")
            raise
        grown.append(memory())
    print(f"{len(grown)} rounds of {KEYS_A_ROUND} keys, {grown[0]:.0f} to {grown[-1]:.0f} MB")
    assert max(grown[3:], default=0.0) < grown[min(2, len(grown) - 1)] + MOST_GROWTH, grown


def living_runs() -> int:
    """How many runs are in memory."""
    gc.collect()
    return sum(type(thing) is Run for thing in gc.get_objects())


@pytest.mark.slow
async def test_runs_that_cannot_come_back_are_let_go() -> None:
    before = living_runs()
    async with opened(Experiment(has_bias=True)) as lab:
        for change in range(MOST_UNDO + len(NAMES) + 20):
            await lab.press("space", "space", ("R", "plus", "k", "e")[change % 4])
            if change % 4 == 3:
                await lab.press("1", "enter")
        assert living_runs() <= before + MOST_UNDO + len(NAMES) + 2
