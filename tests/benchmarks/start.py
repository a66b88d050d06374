"""Time to the first frame against an empty Textual app, to the first step against importing torch alone, and to the
line that refuses a terminal against an interpreter that does nothing.

Run by hand: `python tests/benchmarks/start.py`. Each ratio is the median of pairs measured in turn, in a real
pseudo-terminal that answers at once and draws nothing. An empty app that imports torch behind its first frame shows
what any app could reach.
"""

import fcntl
import os
import pty
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable

PAIRS = 9
ROWS, COLUMNS = 24, 80
EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("first frame")
"""
RUN = "Empty().run(mouse=False)"
WITH_TORCH = """
import gc, threading
gc.disable()
def load(app):
    import torch
    app.call_from_thread(app.query_one(Static).update, "torch is here")
Empty.on_mount = lambda app: app.call_after_refresh(threading.Thread(target=load, args=[app], daemon=True).start)
"""
WHERE_IS_THE_CURSOR, IN_THE_CORNER = b"\x1b[6n", b"\x1b[1;1R"


def until(command: list[str], text: bytes) -> float:
    """Seconds from the start of a program until it sends a text."""
    start = time.perf_counter()
    program, terminal = pty.fork()
    if not program:
        os.execv(sys.executable, [sys.executable, *command])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, 0, 0))
    sent = b""
    while text not in sent:
        data = os.read(terminal, 65536)
        sent += data
        os.write(terminal, IN_THE_CORNER * data.count(WHERE_IS_THE_CURSOR))
    seconds = time.perf_counter() - start
    os.kill(program, signal.SIGKILL)
    os.waitpid(program, 0)
    os.close(terminal)
    return seconds


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
        lambda: until(["-c", EMPTY + RUN], b"first frame"),
        lambda: until(["-m", "gdtui"], b"loading torch"),
        1.25,
    )
    ratio(
        "ready to step against importing torch",
        lambda: program("-c", "import os, torch; os._exit(0)"),
        lambda: until(["-m", "gdtui"], b"epoch 1/10"),
        1.2,
    )
    ratio(
        "an empty app with torch, likewise",
        lambda: program("-c", "import os, torch; os._exit(0)"),
        lambda: until(["-c", EMPTY + WITH_TORCH + RUN], b"torch is here"),
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
