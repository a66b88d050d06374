"""Time and weigh read_table beside pyarrow, pandas and numpy on a million rows: python tests/benchmarks/table.py.

All take turns, so that whatever else the machine does meets all of them. Each reads in a process of its own, with its
libraries loaded before; `--without` reads as without pyarrow.
"""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np

ROWS = 1_000_000
PAIRS = 5
MOST_TIMES_PYARROW, MOST_TIMES_NUMPY, MOST_TIMES_FILE = 1.3, 1.5, 2.5

READ = {
    "gdtui": "from gdtui.storage.table import read_table as read; before()",
    "pyarrow": "from pyarrow.csv import read_csv as read; before()",
    "pandas": "from pandas import read_csv as read; before()",
    "numpy": "import numpy, functools; read = functools.partial(numpy.loadtxt, delimiter=',', skiprows=1); before()",
}
MEASURE = """
import resource, sys, time
def memory(): return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
def before():
    global base
    base = memory()
if "--without" in sys.argv: sys.modules["pyarrow"] = None
else: import pyarrow.csv, numpy
{imports}
begin = time.perf_counter()
kept = read(sys.argv[1])
seconds = time.perf_counter() - begin
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - base)
"""


def measured(reader: str, path: Path) -> tuple[float, float]:
    """The seconds that a reader takes in a process of its own, its libraries loaded, and how many bytes it adds."""
    program = MEASURE.replace("{imports}", READ[reader])
    without = sys.argv[1:] if reader == "gdtui" else []
    ran = subprocess.run([sys.executable, "-c", program, path, *without], capture_output=True, text=True, check=True)
    seconds, memory = map(float, ran.stdout.split())
    return seconds, memory


def compare(path: Path) -> bool:
    """Whether reading a file stays within the limits."""
    readers = [name for name in READ if name == "gdtui" or find_spec(name)]
    taken = {name: [] for name in readers}
    for _ in range(PAIRS):
        for name in readers:
            taken[name].append(measured(name, path))
    size = path.stat().st_size
    parts = [f"{path.name:12} {size / 1e6:5.0f} MB"]
    for name in readers:
        seconds, memory = min(s for s, _m in taken[name]), max(m for _s, m in taken[name])
        ratio = median(ours[0] / theirs[0] for ours, theirs in zip(taken["gdtui"], taken[name], strict=True))
        parts.append(f"{name} {seconds:.3f} s" + (f" (ours is {ratio:.2f} x)" if name != "gdtui" else ""))
        parts[-1] += f" {memory / size:.2f} x the file"
        if name == "gdtui":
            is_light = memory <= MOST_TIMES_FILE * size or "--without" in sys.argv
        elif name == ("numpy" if "--without" in sys.argv else "pyarrow"):
            is_quick = ratio <= (MOST_TIMES_NUMPY if "--without" in sys.argv else MOST_TIMES_PYARROW)
    print("; ".join(parts), flush=True)
    return is_light and is_quick


def main() -> None:
    draw = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        within = []
        for columns in (2, 10):
            numbers = draw.normal(50, 20, (ROWS, columns))
            for name, form in (("short", "%.2f"), ("full", "%.17g")):
                path = Path(folder) / f"{name}{columns}.csv"
                names = ",".join(f"x{index}" for index in range(columns))
                np.savetxt(path, numbers, form, delimiter=",", header=names, comments="")
                within.append(compare(path))
                path.unlink()
    print("within the limits" if all(within) else "OVER a limit")


if __name__ == "__main__":
    main()
