"""Bytes on the wire, processor and delay of the lab in a real pseudo-terminal: python tests/benchmarks/wire.py.

Names of parts may be given to measure those alone: bytes, idle, keys, history, slow. Delays are given as ratios to
something measured in turn with them.
"""

import contextlib
import ctypes
import os
import re
import select
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

import pyte
from pyte.screens import Char

sys.path.insert(0, str(Path(__file__).parents[1]))

from terminal import ENVIRONMENT, KEYS, LAUNCHER, Emulator, Terminal

LAB = [sys.executable, "-m", "gdtui"]
BOUNCING = ["--lr", "0.142857", "--epochs", "1000000"]
"""Just under the limit: W jumps across the minimum and hardly comes nearer, so that every step changes all curves."""

EPOCHS = 10
PRESSES = 40
MILLION = 1_000_000
SECONDS_IDLE = 5.0
SECONDS_PLAYED = 8.0
QUIET = 0.12
"""So many seconds without output end an answer."""
SECONDS_TO_BEGIN = 3.0
"""An answer that has not begun by then does not come."""
PORTION = 512
"""Bytes that a slow terminal reads at once."""

ONE_LABEL = """
from textual.app import App
from textual.widgets import Label
class OneLabel(App):
    presses = 0
    def compose(self):
        yield Label("ready")
    def on_key(self):
        self.presses += 1
        self.query_one(Label).update(f"pressed {self.presses}")
OneLabel().run(mouse=False)
"""

WATCHED_LAB = """
import asyncio, sys, time
from gdtui.cli.main import main
from gdtui.ui.lab.app import LabApp

log = open(sys.argv.pop(1), "w", buffering=1)
begin = LabApp.on_mount

async def watch():
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        late = time.monotonic() - due
        if late > 0.002:
            log.write(f"{due} {late}\\n")

def on_mount(self):
    begin(self)
    self.watch = asyncio.get_running_loop().create_task(watch())

LabApp.on_mount = on_mount
main()
"""
"""The lab, with a timer in its event loop that writes down when it was called and how late."""

Rows = list[list[Char]]

ATTRIBUTES = {"bold": 1, "italics": 3, "underscore": 4, "blink": 5, "reverse": 7, "strikethrough": 9}
COLOURS = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")


# The smallest possible.


def cells(screen: pyte.Screen) -> Rows:
    """A screen's cells, row by row."""
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


def smallest(before: Rows, after: Rows) -> int:
    """The fewest bytes that turn one screen into another by moving the cursor, choosing colours and writing.

    Cells are visited from the top left to the bottom right, or all of one look first, whichever is less. What the
    cursor and the colours are left at is nobody's concern.
    """
    changed = [
        (y, x) for y, row in enumerate(after) for x, cell in enumerate(row) if cell != before[y][x] and cell.data
    ]
    by_look = sorted(changed, key=lambda place: (str(look(after[place[0]][place[1]])), place))
    by_row_and_look = sorted(changed, key=lambda place: (place[0], str(look(after[place[0]][place[1]])), place))
    return min(len(encoded(after, places).encode()) for places in (changed, by_look, by_row_and_look))


def encoded(after: Rows, places: Sequence[tuple[int, int]]) -> str:
    """Text that writes the cells in these places, in this order."""
    sent, at, style = [], (-1, -1), look(Char(" "))
    for y, x in places:
        cell = after[y][x]
        sent.append(way(after, style, at, (y, x)))
        sent.append(recoloured(style, look(cell)))
        sent.append(cell.data)
        style = look(cell)
        width = 2 if x + 1 < len(after[y]) and not after[y][x + 1].data else 1
        # After the last column it depends on the terminal where the cursor is.
        at = (y, x + width) if x + width < len(after[y]) else (-1, -1)
    return "".join(sent)


def look(cell: Char) -> tuple[object, ...]:
    """All of a cell but its character."""
    return tuple(cell[1:])


def way(rows: Rows, style: tuple[object, ...], at: tuple[int, int], to: tuple[int, int]) -> str:
    """The shortest way for the cursor: no move, a jump, or writing again what stands between."""
    if at == to:
        return ""
    (row, column), (y, x) = at, to
    ways = [f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"]
    if row >= 0:
        right, down = x - column, y - row
        along = "" if not right else moved(right, "C") if right > 0 else moved(-right, "D")
        if down >= 0:
            ways += [moved(down, "B") + along, "\r\n" * down + (moved(x, "C") if x else "\r" * (not down))]
        if row == y and right > 0 and all(look(cell) == style for cell in rows[y][column:x]):
            ways.append("".join(cell.data for cell in rows[y][column:x]))
    return min(ways, key=lambda text: len(text.encode()))


def moved(cells: int, direction: str) -> str:
    """Go so many cells up, down, right or left."""
    return f"\x1b[{cells}{direction}" if cells > 1 else f"\x1b[{direction}" if cells else ""


def recoloured(before: tuple[object, ...], after: tuple[object, ...]) -> str:
    """The shortest codes from one look to another: the differences, or everything anew."""
    if before == after:
        return ""
    return min(sequence(codes(before, after)), sequence(["", *codes(look(Char(" ")), after)]), key=len)


def sequence(numbers: list[str]) -> str:
    """The control sequence with these codes."""
    return f"\x1b[{';'.join(numbers)}m"


def codes(before: tuple[object, ...], after: tuple[object, ...]) -> list[str]:
    """The codes of what differs between two looks."""
    old, new = Char(" ", *before), Char(" ", *after)  # type: ignore[arg-type]
    found = []
    for name, code in ATTRIBUTES.items():
        if getattr(old, name) != getattr(new, name):
            found.append(str(code) if getattr(new, name) else "22" if code == 1 else str(20 + code))
    if old.fg != new.fg:
        found.append(colour(new.fg, 30))
    if old.bg != new.bg:
        found.append(colour(new.bg, 40))
    return found


def colour(name: str, base: int) -> str:
    """The code of a colour as pyte names it."""
    if name == "default":
        return str(base + 9)
    plain = name.removeprefix("bright")
    if plain in COLOURS:
        return str(base + COLOURS.index(plain) + 60 * (plain != name))
    red, green, blue = bytes.fromhex(name)
    return f"{base + 8};2;{red};{green};{blue}"


# A terminal with a clock.


class Line:
    """A program in a pseudo-terminal, with the time at which each byte of its output came.

    Nothing is read unless it is asked for, and then no faster than `rate` bytes a second.
    """

    def __init__(self, command: Sequence[str], columns: int = 80, rows: int = 24) -> None:
        self.emulator = Emulator(columns, rows, self.answer)
        self.rate = float("inf")
        self.sent = bytearray()
        self.last = 0.0
        """When the last byte came."""
        self._free = 0.0
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (rows, columns))
        environment = {name: value for name, value in {**os.environ, **ENVIRONMENT}.items() if value is not None}
        self._process = subprocess.Popen(
            [*LAUNCHER, os.ttyname(slave), *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(self.emulator.screen.display)

    def answer(self, reply: str) -> None:
        """Type as a terminal does that was asked something."""
        os.write(self._master, reply.encode())

    def press(self, key: str) -> float:
        """Type a key or text; return when."""
        now = time.monotonic()
        os.write(self._master, KEYS.get(key, key.encode()))
        return now

    def read(self, seconds: float) -> bytes:
        """What comes next, within so many seconds."""
        now = time.monotonic()
        wait = max(0.0, self._free - now)
        if wait > seconds:
            time.sleep(seconds)
            return b""
        time.sleep(wait)
        if not select.select([self._master], [], [], seconds - wait)[0]:
            return b""
        data = os.read(self._master, 65536 if self.rate == float("inf") else PORTION)
        self.last = time.monotonic()
        self._free = max(self._free, self.last - 0.01) + len(data) / self.rate
        self.sent += data
        return data

    def until(self, condition: Callable[[], object], timeout: float = 120) -> float:
        """Show what comes until a condition holds; return when it came true."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"this never came:\n{self.text}")
            self.emulator.feed(self.read(0.05))
        return self.last

    def until_quiet(self, seconds: float = QUIET) -> None:
        """Show what comes until nothing does. It is shown at the end, or the emulator would be measured as well."""
        came = bytearray()
        while data := self.read(seconds):
            came += data
        self.emulator.feed(bytes(came))

    def seconds_to_answer(self, key: str) -> float:
        """From a key to the last byte of what comes of it."""
        begin = self.press(key)
        mark = len(self.sent)
        self.emulator.feed(self.read(SECONDS_TO_BEGIN))  # before that a busy machine may be quiet
        self.until_quiet()
        if len(self.sent) == mark:
            raise SystemExit(f"{key!r} changed nothing:\n{self.text}")
        return self.last - begin


@contextlib.contextmanager
def lab(*arguments: str) -> Iterator[Line]:
    """The lab, ready and still."""
    with Line([*LAB, *arguments]) as line:
        line.until(lambda: "paused" in line.text)
        line.until_quiet(1.0)
        yield line


# The parts.


def bytes_of_a_step(columns: int, rows: int, most: int) -> None:
    """Ten epochs of the lecture's run, one key each."""
    with Terminal(LAB, columns, rows) as terminal:
        terminal.wait_for("paused", timeout=60)
        terminal.wait_until_still(1.0)
        sent, least, brackets = [], [], []
        for _ in range(EPOCHS):
            before, mark = cells(terminal.screen), terminal.mark()
            terminal.press("space")
            terminal.wait_until_still(0.3)
            came = terminal.sent_since(mark)
            sent.append(len(came))
            brackets.append(len(b"".join(re.findall(rb"\x1b\[\?2026[hl]", came))))
            least.append(smallest(before, cells(terminal.screen)))
    size, ratio = f"{columns}×{rows}", sum(sent) / sum(least)
    print(f"space, bytes of {EPOCHS} epochs at {size}: {' '.join(map(str, sent))}")
    print(f"space, smallest possible at {size}: {' '.join(map(str, least))}")
    print(f"space, of these for brackets around frames at {size}: {' '.join(map(str, brackets))}")
    print(f"space, mean bytes at {size}: {statistics.mean(sent):.0f} (at most {most:,})")
    print(f"space, mean smallest possible at {size}: {statistics.mean(least):.0f}")
    print(f"space, bytes to the smallest possible at {size}: {ratio:.2f} (at most 3)")


def measure_bytes() -> None:
    """One space, on a screen of the usual size and on a large one."""
    bytes_of_a_step(80, 24, 1000)
    bytes_of_a_step(120, 40, 2000)


def seconds_used(pid: int) -> float:
    """The processor time of all threads of a process, finer than the ticks in /proc."""
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise SystemExit(f"there is no clock for process {pid}")
    return time.clock_gettime(clock.value)


def ticks_used(pid: int) -> int:
    """The same in ticks, as the system tells it to everyone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def measure_idle() -> None:
    """Nothing is pressed."""
    with Terminal(LAB) as terminal:
        terminal.wait_for("paused", timeout=60)
        terminal.press("space")
        terminal.wait_until_still(2.0)
        mark, used, ticks = terminal.mark(), seconds_used(terminal.pid), ticks_used(terminal.pid)
        time.sleep(SECONDS_IDLE)
        share = (seconds_used(terminal.pid) - used) / SECONDS_IDLE
        rough = (ticks_used(terminal.pid) - ticks) / os.sysconf("SC_CLK_TCK") / SECONDS_IDLE
        print(f"idle for {SECONDS_IDLE:g} s, bytes: {len(terminal.sent_since(mark))} (0)")
        print(f"idle for {SECONDS_IDLE:g} s, share of a core: {share:.2%}, by ticks {rough:.1%} (under 0.5 %)")


def milliseconds(times: Sequence[float]) -> str:
    """The median, and what nine of ten stay within."""
    within = sorted(times)[len(times) * 9 // 10]
    return f"{statistics.median(times) * 1e3:.1f} ms, nine of ten within {within * 1e3:.1f} ms"


def measure_keys() -> None:
    """A step, and a key that changes two lines, against one changed label; in turn."""
    with lab("--lr", "0.01", "--epochs", "1000") as ours, Line([sys.executable, "-c", ONE_LABEL]) as theirs:
        theirs.until(lambda: "ready" in theirs.text)
        theirs.until_quiet(0.5)
        ours.seconds_to_answer("space"), theirs.seconds_to_answer("x")
        labels, steps, paces = [], [], []
        for turn in range(PRESSES):
            labels.append(theirs.seconds_to_answer("x"))
            steps.append(ours.seconds_to_answer("space"))
            paces.append(ours.seconds_to_answer("[]"[turn % 2]))
    label = statistics.median(labels)
    print(f"key to last byte, one label: {milliseconds(labels)}")
    print(f"key to last byte, a step: {milliseconds(steps)}")
    print(f"key to last byte, another pace: {milliseconds(paces)}")
    print(f"key to last byte, a step to one label: {statistics.median(steps) / label:.2f} (at most 3)")
    print(f"key to last byte, another pace to one label: {statistics.median(paces) / label:.2f}")


def measure_history() -> None:
    """A frame after a million epochs against one after a hundred, in turn."""
    with lab(*BOUNCING) as short, lab(*BOUNCING) as long:
        for line, epochs in ((short, 100), (long, MILLION)):
            begin = line.press(f"{epochs - 1} ")
            line.until(lambda line=line, epochs=epochs: f"epoch {epochs}/" in line.text, 600)
            print(f"history, {epochs:,} epochs taken in {line.last - begin:.1f} s")
            line.until_quiet(1.0)
        for name, keys in (("left", ["left"] * PRESSES), ("space", ["end", *["space"] * PRESSES])):
            pairs = [(short.seconds_to_answer(key), long.seconds_to_answer(key)) for key in keys]
            hundred, million = zip(*pairs[1:], strict=True)
            print(f"history, {name} after 100 epochs: {milliseconds(hundred)}")
            print(f"history, {name} after 1,000,000 epochs: {milliseconds(million)}")
            ratio = statistics.median(million) / statistics.median(hundred)
            print(f"history, {name}, ratio of medians: {ratio:.2f} (at most 1.2)")


def measure_slow() -> None:
    """Played at 30 epochs a second on links that are fast enough, and on one that is too slow for every frame."""
    for kibibytes, columns, rows in ((64, 80, 24), (64, 120, 40), (8, 80, 24)):
        with tempfile.NamedTemporaryFile("r") as log:
            play_slowly(kibibytes, columns, rows, Path(log.name))


def play_slowly(kibibytes: int, columns: int, rows: int, log: Path) -> None:
    """Play, look at the event loop, and see how long a key takes to be answered."""
    name = f"30 epochs a second into {kibibytes} KiB/s at {columns}×{rows}"
    with Line([sys.executable, "-c", WATCHED_LAB, str(log), *BOUNCING], columns, rows) as line:
        line.until(lambda: "paused" in line.text)
        line.until_quiet(1.0)
        for _ in range(2):
            line.press("]")
            line.until_quiet()
        if "30 per second" not in line.text:
            raise SystemExit(f"the pace is not 30 a second:\n{line.text}")
        line.rate = kibibytes * 1024
        mark, begin = len(line.sent), line.press("r")
        line.until(lambda: time.monotonic() > begin + SECONDS_PLAYED)
        seconds = time.monotonic() - begin
        sent = bytes(line.sent[mark:])
        answers = []
        for _ in range(PRESSES // 4):
            for wanted in ("paused", "playing"):
                pressed = line.press("r")
                line.until(lambda wanted=wanted: wanted in line.text)
                answers.append(line.last - pressed)
                until = time.monotonic() + 0.37
                line.until(lambda until=until: time.monotonic() > until)
        late = [delay for due, delay in delays_in(log) if due > begin]
    frames = sent.count(b"\x1b[?2026h")
    # What the system keeps of the bytes not read is as late as the link is slow, whatever the program does.
    target = " (within 300)" if kibibytes == 64 else ""
    print(f"{name}, longest hold-up of the event loop: {max(late, default=0.0) * 1e3:.0f} ms (at most 100)")
    print(f"{name}, key to the screen that answers it: {milliseconds(answers)}")
    print(f"{name}, longest of {len(answers)}: {max(answers) * 1e3:.0f} ms{target}")
    print(f"{name}, bytes a second: {len(sent) / seconds:,.0f}, bytes a frame: {len(sent) / frames:.0f}")
    print(f"{name}, frames a second: {frames / seconds:.1f} of 30")


def delays_in(log: Path) -> list[tuple[float, float]]:
    """When the timer was due and how late it came; the last line may be unfinished."""
    lines = log.read_text().rpartition("\n")[0].splitlines()
    return [(float(due), float(late)) for due, late in map(str.split, lines)]


PARTS = {
    "bytes": measure_bytes,
    "idle": measure_idle,
    "keys": measure_keys,
    "history": measure_history,
    "slow": measure_slow,
}


def main() -> None:
    """Measure the parts named, or all."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        for part in sys.argv[1:] or PARTS:
            PARTS[part]()


if __name__ == "__main__":
    main()
