"""A run over 10⁶ × 10 rows by one process and by two: seconds to the first epoch, and epochs a second after it.

Run by hand: `python tests/benchmarks/torchrun.py [ROWS]`. Pairs are measured in turn.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

import numpy as np

PAIRS, EPOCHS, COLUMNS = 5, 40, 10
REPEATED = 100
"""So many times the same rows: to write others takes long."""


def measured(processes: int, table: Path) -> tuple[float, float]:
    """Seconds to the first line, and epochs a second from there."""
    alone = ["-m", "gdtui"] if processes == 1 else ["-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    module = [] if processes == 1 else ["-m", "gdtui"]
    options = ["run", "--data", str(table), "--lr", "1e-7", "--epochs", str(EPOCHS)]
    start = time.perf_counter()
    program = [sys.executable, *alone, *module, *options]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        assert run.stdout is not None
        times = [time.perf_counter() - start for line in run.stdout if line.lower().startswith("epoch")]
    return times[0], (len(times) - 1) / (times[-1] - times[0])


def main(rows: int) -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "many.csv")
        x = np.random.default_rng(1).random((rows // REPEATED, COLUMNS))
        lines = StringIO()
        np.savetxt(lines, np.column_stack([x, x.sum(axis=1)]), "%.6f", ",")
        table.write_text(lines.getvalue() * REPEATED)
        pairs = [[measured(processes, table) for processes in (1, 2)] for _ in range(PAIRS)]
    for place, name in enumerate(("seconds to the first epoch", "epochs a second")):
        one, two = (statistics.median(pair[which][place] for pair in pairs) for which in (0, 1))
        ratio = statistics.median(pair[1][place] / pair[0][place] for pair in pairs)
        print(f"{name}: {one:.2f} by one process, {two:.2f} by two: {ratio:.2f} ×")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
