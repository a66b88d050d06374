"""Time home, end and a branch after a hundred epochs and after a million: python tests/benchmarks/travel.py."""

import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab_pilot import Lab, opened

from gdtui.experiment.experiment import Experiment

LENGTHS = 100, 1_000_000
TURNS = 7
MOST_SECONDS = 0.2
SLOW = Experiment(learning_rate=1e-7, epochs=2_000_000)


async def key(lab: Lab, name: str) -> float:
    """Seconds from a key to the frame that shows what it did."""
    begin = time.perf_counter()
    await lab.pilot.press(name)
    await lab.pilot.pause()
    return time.perf_counter() - begin


async def journey(length: int) -> dict[str, float]:
    """The median of each key, in a run so long."""
    times: dict[str, list[float]] = {"home": [], "end": [], "branch": [], "undo": []}
    async with opened(SLOW) as lab:
        workspace = lab.screen.workspace
        for _ in range(length - 1):
            workspace.run.step()
        lab.screen.show()
        await lab.pilot.pause()
        for _ in range(TURNS):
            times["home"].append(await key(lab, "home"))
            times["end"].append(await key(lab, "end"))
            workspace.seek(length // 2)
            lab.screen.show()
            await lab.pilot.pause()
            times["branch"].append(await key(lab, "plus"))
            times["undo"].append(await key(lab, "u"))
            await lab.pilot.press("end")
    return {name: statistics.median(seconds) for name, seconds in times.items()}


async def main() -> int:
    """Print each key's time in both runs, and their ratio."""
    short, long = [await journey(length) for length in LENGTHS]
    for name, seconds in long.items():
        before, after = short[name] * 1e3, seconds * 1e3
        print(f"{name}: {before:.0f} ms after 100 epochs, {after:.0f} ms after 1,000,000: {after / before:.1f} ×")
    return 0 if max(long.values()) <= MOST_SECONDS else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
