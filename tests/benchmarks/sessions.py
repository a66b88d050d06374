"""A class on one machine: N labs at once, each in a pseudo-terminal of its own, driven by keys.

Run by hand: `python tests/benchmarks/sessions.py [N …]`. The terminals only look for text in what they are sent, so
that they leave the cores to the labs. Memory is PSS, a page shared by n processes counted as an nth of it.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROWS, COLUMNS = 24, 80
BOUNCING = ["--lr", "0.142857", "--epochs", "1000000"]
"""W jumps across the minimum for ever: every epoch changes both charts."""
LAB = ["-m", "gdtui", *BOUNCING]
EMPTY = """
import os
os.environ["OMP_NUM_THREADS"] = "1"
import sys, threading
import click, msgspec, platformdirs
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("first frame")
    def on_mount(self):
        if "torch" in sys.argv:
            self.call_after_refresh(lambda: threading.Thread(target=self.load).start())
    def load(self):
        import torch, plotext
        self.call_from_thread(self.query_one(Static).update, "all is there")
Empty().run(mouse=False)
"""
ANSWERS = {b"\x1b[6n": b"\x1b[1;1R", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
"""What a terminal says when it is asked where its cursor is, and whether it can show a frame as a whole."""
LONGEST = max(map(len, ANSWERS))
FRAME_ENDS = b"\x1b[?2026l"
CHART_TITLE, BOTTOM = (b"\x1b[7;",), (b"\x1b[24H", b"\x1b[24;")
"""What begins a change in the line of the charts' titles, and in the last line; playing changes neither."""
LEAST_TURNS, MOST_KEYS = 5, 120
SECONDS_IDLE = 10.0
MOST_SECONDS = 180.0


class Session:
    """A program in a pseudo-terminal, and what it has sent."""

    def __init__(self, command: Sequence[str], state: str) -> None:
        self.master, slave = os.openpty()
        termios.tcsetwinsize(slave, (ROWS, COLUMNS))
        changed = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": state}
        dropped = {"COLUMNS", "LINES", "NO_COLOR", "PYTHONDONTWRITEBYTECODE", "TMUX", "SSH_CONNECTION"}
        environment = {name: value for name, value in os.environ.items() if name not in dropped} | changed
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *command], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.output = b""
        """Since the last key."""
        self.total = 0
        self._asked = b""

    def press(self, keys: bytes) -> float:
        """Type, and say when."""
        self.output = b""
        os.write(self.master, keys)
        return time.perf_counter()

    def read(self) -> None:
        """Take what has come, and say that it has arrived where that is asked."""
        with contextlib.suppress(OSError):
            data = os.read(self.master, 65536)
            self.total += len(data)
            self.output += data
            self._asked += data
            for question, answer in ANSWERS.items():
                os.write(self.master, answer * self._asked.count(question))
                self._asked = self._asked.replace(question, b"")
            self._asked = self._asked[1 - LONGEST :]

    def has(self, *texts: bytes) -> bool:
        """Whether one of these has come, in a frame that is whole."""
        places = [place for text in texts if (place := self.output.find(text)) >= 0]
        return bool(places) and self.output.find(FRAME_ENDS, min(places)) >= 0

    @property
    def pss(self) -> float:
        """Its share of the memory, in MB."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

    @property
    def seconds_of_processor(self) -> float:
        """What it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Be rid of it."""
        self.process.kill()
        self.process.wait()
        os.close(self.master)


class Room:
    """Sessions that run at the same time."""

    def __init__(self, command: Sequence[str], number: int) -> None:
        self._state = tempfile.TemporaryDirectory()
        self.sessions = [Session(command, f"{self._state.name}/{seat}") for seat in range(number)]
        self._by_handle = {session.master: session for session in self.sessions}

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *error: object) -> None:
        for session in self.sessions:
            session.close()
        self._state.cleanup()

    def read(self, seconds: float) -> list[Session]:
        """Read what comes within so many seconds; the sessions that sent something."""
        ready = select.select(list(self._by_handle), [], [], max(0.0, seconds))[0]
        for handle in ready:
            self._by_handle[handle].read()
        return [self._by_handle[handle] for handle in ready]

    def rest(self, seconds: float) -> None:
        """Read for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def until_each(self, *texts: bytes, then: Callable[[Session], None] | None = None) -> list[list[float]]:
        """When each of the texts came first, a list of the sessions' times for each; then is done after the last."""
        times: dict[tuple[int, bytes], float] = {}
        end = time.perf_counter() + MOST_SECONDS
        while missing := [s for s in self.sessions if not all((s.master, text) in times for text in texts)]:
            assert time.perf_counter() < end, [session.output[-300:] for session in missing]
            for session in self.read(1.0):
                for text in texts:
                    if (session.master, text) not in times and text in session.output:
                        times[session.master, text] = time.perf_counter()
                        if then and text == texts[-1]:
                            then(session)
        return [[times[session.master, text] for session in self.sessions] for text in texts]

    def until(self, session: Session, *texts: bytes) -> float:
        """When one of these came from a session; the others are read meanwhile."""
        end = time.perf_counter() + MOST_SECONDS
        while not session.has(*texts):
            assert time.perf_counter() < end, session.output[-300:]
            self.read(1.0)
        return time.perf_counter()


def share_of_memory(command: Sequence[str], text: bytes, number: int, *, settle: float) -> float:
    """MB a session once each has shown a text; without time to settle, each is stopped at that very moment."""
    with Room(command, number) as room:
        room.until_each(text, then=None if settle else stop)
        room.rest(settle)
        return statistics.mean(session.pss for session in room.sessions)


def stop(session: Session) -> None:
    """Let it go no further."""
    session.process.send_signal(signal.SIGSTOP)


def memory(number: int) -> None:
    """What a lab takes beside an empty app, before and after torch."""
    empty = ["-c", EMPTY]
    for name, ours, theirs, settle, most in (
        ("at the first frame", b"loading torch", (empty, b"first frame"), 0.0, 1.3),
        ("with torch", b"paused", ([*empty, "torch"], b"all is there"), 2.0, 1.1),
    ):
        lab = share_of_memory(LAB, ours, number, settle=settle)
        app = share_of_memory(*theirs, number, settle=settle)
        print(f"  memory {name}: {lab:.0f} MB each, an empty app {app:.0f} MB, ratio {lab / app:.2f} (at most {most})")


def lesson(number: int) -> None:
    """Start at the same moment, sit still, and play, while keys are pressed here and there."""
    with Room(LAB, number) as room:
        shown, ready = room.until_each(b"loading torch", b"paused")
        for name, times, wanted in (("first frame", shown, " (at most 2.5 s)"), ("ready to step", ready, "")):
            since = [at - session.began for at, session in zip(times, room.sessions, strict=True)]
            print(f"  {name}: median {statistics.median(since):.2f} s, last {max(since):.2f} s{wanted}")
        room.rest(3.0)  # the charts come last
        sit_still(room)
        for session in room.sessions:
            session.press(b"]r")
        room.until_each(b"playing")
        room.rest(1.0)
        press_here_and_there(room)


def sit_still(room: Room) -> None:
    """What a session costs that nobody touches."""
    used = [session.seconds_of_processor for session in room.sessions]
    sent = [session.total for session in room.sessions]
    room.rest(SECONDS_IDLE)
    cores = [(s.seconds_of_processor - u) / SECONDS_IDLE for s, u in zip(room.sessions, used, strict=True)]
    sizes = [session.total - before for session, before in zip(room.sessions, sent, strict=True)]
    print(f"  idle: {statistics.mean(cores):.2%} of a core each (at most 0.3%), {max(sizes)} bytes (0)")


def press_here_and_there(room: Room) -> None:
    """Time keys in one lab after another, while all of them play ten epochs a second."""
    chance = random.Random(5)
    number = min(MOST_KEYS, max(30, LEAST_TURNS * len(room.sessions)))
    took: dict[str, list[float]] = {"a digit": [], "the log scale": []}
    used = [session.seconds_of_processor for session in room.sessions]
    began = time.perf_counter()
    for turn in range(number):
        session = room.sessions[turn % len(room.sessions)]
        room.rest(chance.uniform(0.02, 0.15))
        for name, key, where in (("a digit", b"7", BOTTOM), ("the log scale", b"l", CHART_TITLE)):
            pressed = session.press(key)
            took[name].append(room.until(session, *where) - pressed)
            room.rest(chance.uniform(0.02, 0.05))
    seconds = time.perf_counter() - began
    cores = [(s.seconds_of_processor - u) / seconds for s, u in zip(room.sessions, used, strict=True)]
    print(f"  playing 10 epochs a second: {statistics.mean(cores):.1%} of a core each, {sum(cores):.2f} cores in all")
    for name, times in took.items():
        p95 = statistics.quantiles(times, n=20)[-1]
        median = statistics.median(times)
        print(f"  key to paint, {name}: median {median * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms (at most 50)")


def quitting() -> None:
    """From the key to the end of the process, which is when the shell goes on."""
    took = []
    for _ in range(5):
        with Room(LAB, 1) as room:
            [session] = room.sessions
            room.until_each(b"paused")
            room.rest(1.5)
            pressed = session.press(b"q")
            while session.process.poll() is None:
                room.read(0.005)
            took.append(time.perf_counter() - pressed)
    median = statistics.median(took)
    print(f"quit to prompt with torch loaded: median {median:.2f} s, last {max(took):.2f} s (at most 0.3)")


def short_commands() -> None:
    """--help and --version beside an interpreter that does nothing."""

    def seconds(*words: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begin

    for option in ("--help", "--version"):
        pairs = [(seconds("-c", "pass"), seconds("-m", "gdtui", option)) for _ in range(9)]
        ratio = statistics.median(mine / bare for bare, mine in pairs)
        mine = statistics.median(mine for _, mine in pairs)
        print(f"gdtui {option}: {mine * 1e3:.0f} ms, {ratio:.1f} times bare Python (at most 6)")


def main() -> None:
    """Print all figures for each number of sessions."""
    numbers = [int(word) for word in sys.argv[1:]] or [1, 5, 10, 20]
    short_commands()
    quitting()
    for number in numbers:
        print(f"{number} at once on {len(os.sched_getaffinity(0))} cores")
        lesson(number)
        memory(number)


if __name__ == "__main__":
    main()
