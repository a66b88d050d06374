"""The lab and a lesson in a browser: through the protocol that textual-serve speaks with a program."""

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from fake_backend import COMMAND
from terminal import Emulator

SECONDS = 60


class Served:
    """A program as the server runs it: in packets of a letter, four bytes of length, and the content."""

    def __init__(self, command: Sequence[str]) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in ("COLORTERM", "LANG", "LC_ALL")}
        environment |= {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "COLUMNS": "80", "ROWS": "24"}
        environment |= {"TEXTUAL_COLOR_SYSTEM": "truecolor", "TERM_PROGRAM": "textual", "TERM": "dumb"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
        self.emulator = Emulator(80, 24, lambda reply: None)
        self.told: list[dict[str, object]] = []
        self._read = b""

    @property
    def text(self) -> str:
        """What the browser shows."""
        return "\n".join(self.emulator.screen.display)

    def send(self, kind: bytes, content: bytes) -> None:
        """Send a packet."""
        assert self.process.stdin
        self.process.stdin.write(kind + len(content).to_bytes(4, "big") + content)
        self.process.stdin.flush()

    def press(self, keys: str) -> None:
        """Press keys."""
        self.send(b"D", keys.encode())

    def tell(self, **words: object) -> None:
        """Tell what is no key."""
        self.send(b"M", json.dumps(words).encode())

    def resize(self, columns: int, rows: int) -> None:
        """Make the window of the browser another size."""
        self.emulator.screen.resize(lines=rows, columns=columns)
        self.tell(type="resize", width=columns, height=rows)

    def wait_for(self, condition: str | Callable[[], bool]) -> None:
        """Read packets until a text is shown, or something holds."""
        end = time.monotonic() + SECONDS
        while not (condition in self.text if isinstance(condition, str) else condition()):
            assert time.monotonic() < end, self.text
            self._take(end)

    def _take(self, end: float) -> None:
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
            return
        data = os.read(self.process.stdout.fileno(), 65536)
        assert data, f"it ended: {self.process.stderr.read().decode() if self.process.stderr else ''}"
        self._read += data
        self._read = self._read.removeprefix(b"__GANGLION__\n")
        while len(self._read) >= 5 and len(self._read) >= (length := 5 + int.from_bytes(self._read[1:5], "big")):
            kind, content, self._read = self._read[:1], self._read[5:length], self._read[length:]
            if kind == b"D":
                self.emulator.feed(content)
            else:
                assert kind == b"M"
                self.told.append(json.loads(content))


@contextmanager
def served(*words: str) -> Iterator[Served]:
    """A command of gdtui, served."""
    found = Served([*COMMAND, *words])
    try:
        yield found
    finally:
        found.process.kill()
        found.process.communicate()


@pytest.mark.slow
def test_the_lab_is_stepped_resized_and_left():
    with served() as lab:
        lab.wait_for("paused")
        lab.wait_for("─ Cost ─")
        lab.press(" ")
        lab.wait_for("W 1.400")
        lab.resize(120, 40)
        lab.wait_for(lambda: "paused" in lab.emulator.screen.display[0][100:])
        lab.press("r")
        lab.wait_for("playing")
        lab.press("r")
        lab.wait_for("paused")
        lab.press("q")
        lab.wait_for(lambda: {"type": "exit"} in lab.told)
        assert lab.process.wait(SECONDS) == 0


@pytest.mark.slow
def test_ctrl_z_says_that_there_is_no_shell():
    with served() as lab:
        lab.wait_for("paused")
        lab.press("\x1a")
        lab.wait_for("There is no shell to go back to")


@pytest.mark.slow
def test_a_lesson_is_taken():
    with served("lesson", "hypothesis") as lesson:
        lesson.wait_for("page 1/")
        lesson.press("\x1b[C" * 5)
        lesson.wait_for("Goal reached.")
        lesson.press("\r")
        lesson.wait_for("page 2/")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["quit", "closed"])
def test_it_ends_with_the_page_and_with_the_server(how: str):
    with served("--epochs", "1000000") as lab:
        lab.wait_for("paused")
        lab.press("r")
        lab.wait_for("playing")
        if how == "quit":
            lab.tell(type="quit")
        else:
            assert lab.process.stdin
            lab.process.stdin.close()
            lab.process.stdin = None
        lab.wait_for(lambda: {"type": "exit"} in lab.told)
        assert lab.process.wait(SECONDS) == 0
