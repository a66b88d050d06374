"""How long the screen stands still after any key of any view: with 10⁶ × 10 rows, and after 10⁶ epochs.

Run by hand: `python tests/benchmarks/hammer.py`.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from hammer import hammer, many_rows

from gdtui.experiment.experiment import Experiment

WORST = 12


def main() -> None:
    """Print the worst keys of both."""
    rows = Experiment(dataset=many_rows(1_000_000, 10), weights=(0.0,) * 10, learning_rate=1e-7, epochs=1000)
    epochs = Experiment(learning_rate=1e-7, epochs=2_000_000)
    for name, experiment, taken in (("1,000,000 × 10 rows", rows, 4), ("1,000,000 epochs", epochs, 1_000_000)):
        print(name)
        for held in asyncio.run(hammer(experiment, taken))[-WORST:]:
            view, cpu = held.view or "charts", held.on_the_processor * 1e3
            print(f"  {held.key} in {view}: {held.seconds * 1e3:.0f} ms, {cpu:.0f} ms of it computing")


if __name__ == "__main__":
    main()
