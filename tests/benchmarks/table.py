"""Time read_table beside numpy.loadtxt on a million rows: python tests/benchmarks/table.py."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gdtui.storage.table import read_table

ROWS = 1_000_000
REPETITIONS = 5
MOST = 1.5


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(path: Path) -> float:
    """The best time of read_table over the best of loadtxt, the two taking turns."""
    ours, theirs = [], []
    for _ in range(REPETITIONS):
        theirs.append(seconds(lambda: np.loadtxt(path, delimiter=",", skiprows=1)))
        ours.append(seconds(lambda: read_table(str(path))))
    ratio = min(ours) / min(theirs)
    print(f"{path.name:12} read_table {min(ours):.3f} s, loadtxt {min(theirs):.3f} s, ratio {ratio:.2f}")
    return ratio


def main() -> None:
    numbers = np.random.default_rng(0).normal(50, 20, (ROWS, 2))
    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for name, form in (("short.csv", "%.2f"), ("full.csv", "%.17g")):
            path = Path(folder) / name
            np.savetxt(path, numbers, form, delimiter=",", header="hours,score", comments="")
            ratios.append(compare(path))
    verdict = "within" if max(ratios) <= MOST else "OVER"
    print(f"largest ratio {max(ratios):.2f}: {verdict} the limit of {MOST}")


if __name__ == "__main__":
    main()
