"""The program over a link that is slow, stands still or is cut, as over a bad network.

Run as a script this file is the link: it passes keys and output on, late, between the terminal that it runs in and
one of its own in which it starts a program.
"""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
import tty
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from fake_backend import COMMAND as LAB
from terminal import LAUNCHER, Emulator, Terminal
from waiting import wait_for

BOUNCING = ["--lr", "0.142857", "--epochs", "9000000"]
"""Just under the limit: W jumps across the minimum for long, so that every frame changes all curves."""

ONE_WAY = 0.15
FAST, NARROW = 1e9, 32_000
"""Bytes a second; the second is 256 kbit/s. However much is waiting, the link takes more."""
PORTION = 512
STALL, GO_ON = signal.SIGUSR1, signal.SIGUSR2
NOT_RESTORED = 99
"""The link's exit code where the program has not put back its terminal's settings."""
MOST_HELD = 64 * 1024
ONE_FRAME = 8 * 1024
"""More than a frame of a large screen takes."""


class Link:
    """Copies between the terminal that it runs in and a program's, each byte later by the same time."""

    def __init__(self, one_way: float, rate: float, log: Path, command: list[str]) -> None:
        self.one_way = one_way
        self.rate = rate
        self.is_free_at = 0.0
        self.log = log.open("w", buffering=1)
        self.is_stalled = False
        self.on_the_way: deque[tuple[float, int, bytes]] = deque()
        signal.signal(STALL, self.stall)
        signal.signal(GO_ON, self.go_on)
        self.master, slave = os.openpty()
        termios.tcsetwinsize(slave, termios.tcgetwinsize(0))
        self.settings = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [*LAUNCHER, os.ttyname(slave), *command], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        os.close(slave)

    def stall(self, number: int, frame: FrameType | None) -> None:
        """Read no more of the program's output."""
        self.is_stalled = True

    def go_on(self, number: int, frame: FrameType | None) -> None:
        """Read on."""
        self.is_stalled = False

    def run(self) -> int:
        """Copy until the program has ended and all has arrived; return its exit code."""
        is_open = True
        while is_open or self.on_the_way:
            sources = [0] if self.is_stalled or not is_open else [0, self.master]
            for source in select.select(sources, [], [], self.patience())[0]:
                is_open = self.pass_on(source) and is_open
            while self.on_the_way and (first := min(self.on_the_way, key=lambda sent: sent[0]))[0] <= time.monotonic():
                self.on_the_way.remove(first)
                _, target, data = first
                # Keys for a program that has just ended are lost.
                with contextlib.suppress(OSError):
                    os.write(target, data)
                if target == 1:
                    self.log.write(f"{time.monotonic()} {len(data)}\n")
        is_restored = termios.tcgetattr(self.master) == self.settings
        return self.process.wait() if is_restored else NOT_RESTORED

    def patience(self) -> float:
        """How long nothing needs to be done; signals are looked after that often, too."""
        return (
            min(0.02, *(max(0.0, at - time.monotonic()) for at, _, _ in self.on_the_way)) if self.on_the_way else 0.02
        )

    def pass_on(self, source: int) -> bool:
        """Take what has come; False at the program's end."""
        try:
            data = os.read(source, 65536)
        except OSError:
            return False
        if source == 0:
            self.on_the_way.append((time.monotonic() + self.one_way, self.master, data))
        else:
            for start in range(0, len(data), PORTION):
                portion = data[start : start + PORTION]
                self.is_free_at = max(self.is_free_at, time.monotonic()) + len(portion) / self.rate
                self.on_the_way.append((self.is_free_at + self.one_way, 1, portion))
        return bool(data)


def linked(
    log: Path, *arguments: str, one_way: float = ONE_WAY, rate: float = FAST, columns: int = 80, rows: int = 24
) -> Terminal:
    """The lab at the far end of a link, ready and still."""
    link = [sys.executable, __file__, str(one_way), str(rate), str(log)]
    terminal = Terminal([*link, *LAB, *arguments], columns, rows)
    try:
        terminal.wait_for("paused", timeout=60)
        terminal.wait_until_still(2 * one_way + 0.7)
    except BaseException:
        terminal.close()
        raise
    return terminal


def arrivals(log: Path, since: float) -> list[float]:
    """When output came out of the link."""
    times = [float(line.split()[0]) for line in log.read_text().splitlines()]
    return [at for at in times if at > since]


def frame_is_whole(terminal: Terminal) -> bool:
    """Whether a step's numbers and charts are both there."""
    return re.search(r"epoch 2/10 .*W 1\.400", terminal.text) is not None


def test_a_key_is_answered_in_one_burst(tmp_path: Path):
    log = tmp_path / "log"
    with linked(log) as terminal:
        pressed = time.monotonic()
        terminal.press("space")
        terminal.wait_for(frame_is_whole)
        terminal.wait_until_still(1.0)
        times = arrivals(log, pressed)
        assert times[0] - pressed >= 2 * ONE_WAY, "the link is as slow as it should be"
        assert times[-1] - times[0] < 0.1


def test_keys_typed_ahead_end_in_the_right_state(tmp_path: Path):
    log = tmp_path / "log"
    with linked(log, "--epochs", "100") as terminal:
        pressed = time.monotonic()
        terminal.press(*["space"] * 10)
        terminal.wait_for("epoch 11/100")
        assert time.monotonic() - pressed < 2 * ONE_WAY + 1.5
        terminal.wait_until_still(1.0)
        assert arrivals(log, pressed)[-1] - pressed < 2 * ONE_WAY + 1.5
        assert "▸Epoch   11/100  W: 1.000, Cost: 0.000000" in terminal.text


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 60)])
def test_the_screen_stands_still_after_a_pause_on_a_narrow_link(tmp_path: Path, columns: int, rows: int):
    """How soon it does goes by the machine as well as by the link: no test tells one from the other."""
    with linked(tmp_path / "log", *BOUNCING, rate=NARROW, columns=columns, rows=rows) as terminal:
        terminal.press("]]]")
        terminal.wait_for("full speed")
        terminal.wait_until_still(1.0)
        for _ in range(3):
            terminal.press("r")
            terminal.wait_for("playing")
            terminal.press("r")
            terminal.wait_for("paused")
            terminal.wait_until_still(1.0)
        mark = terminal.mark()
        terminal.wait_until_still(2.0)
        assert terminal.sent_since(mark) == b""
        terminal.press("q")
        assert terminal.wait() == 0
        assert b"R" not in terminal.sent_since(mark), "no answer comes after the end"


def held_by_the_system() -> int:
    """How many bytes a terminal takes that nobody reads."""
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        os.set_blocking(slave, False)
        held = 0
        with contextlib.suppress(BlockingIOError):
            while held < MOST_HELD:
                held += os.write(slave, b"x" * 256)
        return held
    finally:
        os.close(slave)
        os.close(master)


def until_at_rest(link: int) -> None:
    """Wait until no thread of the program at the far end wants a core: its run is paused, whatever the machine does.

    As long as it plays, frames go out as soon as the terminal goes on, as many as there is time for.
    """
    [program] = Path(f"/proc/{link}/task/{link}/children").read_text().split()
    looks: deque[bool] = deque(maxlen=10)

    def is_at_rest() -> bool:
        threads = [stat.read_text().rpartition(")")[2].split() for stat in Path(f"/proc/{program}/task").glob("*/stat")]
        looks.append(all(state == "S" for state, *_numbers in threads))
        time.sleep(0.02)
        return len(looks) == 10 and all(looks)

    wait_for(is_at_rest)


@pytest.mark.slow
def test_a_terminal_that_stood_still_shows_the_newest_state(tmp_path: Path):
    # At this size and speed two seconds of frames are several times what may be waiting.
    with linked(tmp_path / "log", *BOUNCING, one_way=0.0, columns=200, rows=60) as terminal:
        terminal.press("]]]")
        terminal.wait_for("full speed")
        terminal.press("r")
        terminal.wait_for("playing")

        terminal.signal(STALL)
        terminal.wait_until_still(0.5)
        mark = terminal.mark()
        time.sleep(2.0)
        terminal.press("r")
        until_at_rest(terminal.pid)
        assert terminal.sent_since(mark) == b"", "the link stands still"
        terminal.signal(GO_ON)
        terminal.wait_for("paused")
        terminal.wait_until_still(0.5)
        assert len(terminal.sent_since(mark)) < held_by_the_system() + 2 * ONE_FRAME, "frames are dropped, not kept"

        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()
        assert terminal.termios_restored


@contextlib.contextmanager
def started(is_told: bool, is_blocking: bool = True) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The lab, and the other end of its terminal, which is read by nobody.

    The system tells a program that its terminal has gone if that controls it, as the launcher makes it do.
    """
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    os.set_blocking(slave, is_blocking)
    before = [*LAUNCHER, os.ttyname(slave)] if is_told else []
    environment = os.environ | {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        [*before, *LAB, *BOUNCING],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield master, process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("is_told", [True, False], ids=["told", "not told"])
def test_it_ends_when_its_terminal_is_gone(is_told: bool):
    with started(is_told) as (master, process):
        try:
            play(master)
        finally:
            os.close(master)
        assert process.wait(20) != 0


@pytest.mark.slow
def test_it_ends_though_its_terminal_reads_no_more():
    with started(is_told=True) as (master, process):
        try:
            play(master)
            until_full(process)
            os.write(master, b"q")
            assert process.wait(20) == 0
        finally:
            os.close(master)


@pytest.mark.slow
def test_a_terminal_that_does_not_block_is_waited_for():
    """Another program may have left the terminal so, and never put it back."""
    with started(is_told=True, is_blocking=False) as (master, process):
        try:
            emulator = play(master)
            until_full(process)
            os.write(master, b"r")
            show(master, emulator, "paused")
            os.write(master, b"q")
            assert process.wait(20) == 0
        finally:
            os.close(master)


def until_full(process: subprocess.Popen[bytes]) -> None:
    """Read nothing until no more is written: the terminal takes no further byte.

    How many it holds is not what it tells, which is what may be read at once.
    """
    written, before = 0, -1
    while written != before:
        time.sleep(1.5)  # a program that plays writes in this, though no question is answered
        io = Path(f"/proc/{process.pid}/io").read_text()
        before, written = written, int(io.partition("wchar: ")[2].split()[0])


def play(master: int) -> Emulator:
    """Have it play at full speed, and read until it does."""
    emulator = Emulator(80, 24, lambda reply: None)
    show(master, emulator, "paused")
    os.write(master, b"]]]r")
    show(master, emulator, "playing")
    return emulator


def show(master: int, emulator: Emulator, text: str) -> None:
    """Read until a text is on the screen."""
    deadline = time.monotonic() + 60
    while text not in "\n".join(emulator.screen.display):
        assert time.monotonic() < deadline, f"it never showed {text}"
        if select.select([master], [], [], 0.1)[0]:
            emulator.feed(os.read(master, 65536))


def main() -> int:
    """Be the link."""
    one_way, rate, log, *command = sys.argv[1:]
    settings = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        return Link(float(one_way), float(rate), Path(log), command).run()
    finally:
        termios.tcsetattr(0, termios.TCSANOW, settings)


if __name__ == "__main__":
    raise SystemExit(main())
