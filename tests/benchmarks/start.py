"""Time to the first frame against an empty Textual app, to the first step against importing torch alone, and to the
line that refuses a terminal against an interpreter that does nothing.

Run by hand: `python tests/benchmarks/start.py`. Each ratio is the median of pairs measured in turn, in a real
pseudo-terminal.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from terminal import Terminal

PAIRS = 9
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("first frame")
Empty().run(mouse=False)
"""


def until(command: list[str], text: str) -> float:
    """Seconds from the start of a program until a text is on its screen."""
    start = time.perf_counter()
    with Terminal([sys.executable, *command]) as terminal:
        terminal.wait_for(text, timeout=60)
        return time.perf_counter() - start


def program(*words: str, code: int = 0) -> float:
    """Seconds for an interpreter without a terminal, which ends with this code."""
    start = time.perf_counter()
    assert subprocess.run([sys.executable, *words], stdin=subprocess.DEVNULL, capture_output=True).returncode == code
    return time.perf_counter() - start


def ratio(name: str, reference: Callable[[], float], ours: Callable[[], float], at_most: float) -> None:
    """Measure in turn and print how many times as long ours takes."""
    reference(), ours()
    pairs = [(reference(), ours()) for _ in range(PAIRS)]
    ratios = [mine / theirs for theirs, mine in pairs]
    medians = " against ".join(
        f"{statistics.median(times):.2f} s" for times in zip(*[p[::-1] for p in pairs], strict=True)
    )
    print(f"{name}: {statistics.median(ratios):.2f} times as long, {medians} (at most {at_most} wanted)")


def main() -> None:
    """Print the ratios."""
    ratio(
        "first frame against an empty Textual app",
        lambda: until(["-c", EMPTY], "first frame"),
        lambda: until(["-m", "gdtui"], "loading torch"),
        1.25,
    )
    ratio(
        "ready to step against importing torch",
        lambda: program("-c", "import os, torch; os._exit(0)"),
        lambda: until(["-m", "gdtui"], "epoch 1/10"),
        1.2,
    )
    ratio(
        "refused, in 0.3 s at most, against bare Python",
        lambda: program("-c", "pass"),
        lambda: program("-m", "gdtui", code=2),
        6,
    )


if __name__ == "__main__":
    main()
