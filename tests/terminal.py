"""A program in a real pseudo-terminal, its output shown by a terminal emulator, its keys pressed by a test.

The operating system's side is real: a session, a controlling terminal, its settings, its size and its signals.
The terminal's side is pyte, with what pyte lacks for a full-screen program added in `Screen` and `Emulator`.
"""

from __future__ import annotations

import codecs
import contextlib
import copy
import os
import re
import select
import signal
import subprocess
import termios
import threading
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Self

import pyte
from pyte.screens import Char, Cursor, StaticDefaultDict, wcwidth

# What is typed, by a key's name. Names are Textual's, bytes are an xterm's.
KEYS = {
    "space": b" ",
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "backspace": b"\x7f",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "insert": b"\x1b[2~",
    "delete": b"\x1b[3~",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
}
KEYS |= {f"F{number}": f"\x1bO{final}".encode() for number, final in zip(range(1, 5), "PQRS", strict=True)}
KEYS |= {
    f"F{number}": f"\x1b[{code}~".encode()
    for number, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)
}
KEYS |= {f"ctrl+{letter}": bytes([ord(letter) & 0x1F]) for letter in "abcdefghijklmnopqrstuvwxyz"}
KEYS |= {
    f"{modifier}+{arrow}": f"\x1b[1;{number}{final}".encode()
    for modifier, number in (("shift", 2), ("alt", 3), ("ctrl", 5))
    for arrow, final in (("up", "A"), ("down", "B"), ("right", "C"), ("left", "D"), ("home", "H"), ("end", "F"))
}
KEYS |= {name.lower(): typed for name, typed in KEYS.items()}

# Private modes by number. A program must leave the first kind off and the second kind on.
OFF_AT_REST = {
    1: "application cursor keys",
    47: "alternate screen",
    1000: "mouse 1000",
    1002: "mouse 1002",
    1003: "mouse 1003",
    1004: "focus",
    1006: "mouse 1006",
    1015: "mouse 1015",
    1047: "alternate screen",
    1049: "alternate screen",
    2004: "bracketed paste",
    2026: "synchronized output",
}
ON_AT_REST = {7: "no line wrap", 25: "hidden cursor"}
ALTERNATE_SCREEN = {47, 1047, 1049}

# A program is told that it runs in a plain modern terminal, whatever terminal the tests were started from.
ENVIRONMENT: dict[str, str | None] = {
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "LC_ALL": "C.UTF-8",
    "COLUMNS": None,
    "LINES": None,
    "NO_COLOR": None,
    "FORCE_COLOR": None,
    "TERM_PROGRAM": None,
    "TMUX": None,
    "STY": None,
    "SSH_CONNECTION": None,
}

# Opening a terminal makes it the controlling one of a session leader that has none. The shell is that leader, then
# becomes the program. Python's own way to run code between fork and exec is unsafe while threads are running.
LAUNCHER = ["/bin/sh", "-c", 'exec 3<>"$0"; exec "$@" 3>&-']

# Seconds between the hangup of a closed terminal and the end of a program that does not mind it.
PATIENCE = 2

SEQUENCE = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)(?P<intermediate>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<command>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b[PX^_][^\x1b]*\x1b\\"
    r"|\x1b(?P<other>[ -/]+[0-~]|[0-OQ-WYZ\\`-~])"
)

Condition = str | Callable[["Terminal"], object]


class Screen(pyte.Screen):
    """pyte's screen with an alternate screen, and with wide characters and joiners drawn as terminals draw them."""

    _main: tuple[dict[int, StaticDefaultDict[int, Char]], Cursor] | None = None

    def set_mode(self, *modes: int, **options: bool) -> None:
        """Switch modes on; entering the alternate screen puts the main one aside."""
        if options.get("private") and ALTERNATE_SCREEN.intersection(modes) and self._main is None:
            self._main = self.buffer, copy.copy(self.cursor)
            self.buffer = defaultdict(lambda: StaticDefaultDict[int, Char](self.default_char))
        super().set_mode(*modes, **options)

    def reset_mode(self, *modes: int, **options: bool) -> None:
        """Switch modes off; leaving the alternate screen brings the main one back as it was."""
        if options.get("private") and ALTERNATE_SCREEN.intersection(modes) and self._main is not None:
            hidden = self.cursor.hidden
            (self.buffer, self.cursor), self._main = self._main, None
            self.cursor.hidden = hidden
            self.ensure_hbounds()
            self.ensure_vbounds()
        super().reset_mode(*modes, **options)

    def reset(self) -> None:
        """Return to the state of a terminal just switched on."""
        self._main = None
        super().reset()

    def draw(self, data: str) -> None:
        """Draw text, blanking the half that is left of a wide character when the other half is overwritten."""
        # pyte drops the rest of a run at the first joiner or variation selector.
        visible = "".join(character for character in data if wcwidth(character) > 0 or _combines(character))
        if not visible:
            return
        before, row = self.cursor.x - 1, self.buffer[self.cursor.y]
        if before >= 0 and wcwidth(row[before].data[:1] or " ") == 2:
            row[before] = row[before]._replace(data=" ")
        super().draw(visible)
        row, after = self.buffer[self.cursor.y], self.cursor.x
        if after < self.columns and row[after].data == "":
            row[after] = row[after]._replace(data=" ")


def _combines(character: str) -> bool:
    return unicodedata.combining(character) > 0


class Emulator:
    """Turns a program's output into a `Screen`, and answers what a program may ask its terminal.

    Sequences which pyte does not know are taken out before pyte sees them: of some it would draw the tail as text.
    """

    def __init__(self, columns: int, rows: int, reply: Callable[[str], None]) -> None:
        self.screen = Screen(columns, rows)
        self.screen.write_process_input = reply  # type: ignore[assignment, method-assign]
        self.keyboard_levels = 0
        self._reply = reply
        self._stream = pyte.Stream(self.screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._unfinished = ""

    @property
    def modes(self) -> frozenset[str]:
        """What is switched on that is off when no program runs."""
        on = {name for number, name in OFF_AT_REST.items() if self._is_set(number)}
        on |= {name for number, name in ON_AT_REST.items() if not self._is_set(number)}
        return frozenset(on | ({"kitty keyboard"} if self.keyboard_levels else set()))

    def feed(self, data: bytes) -> None:
        """Show output, however it was cut into pieces."""
        text = self._unfinished + self._decode(data)
        position = 0
        for match in SEQUENCE.finditer(text):
            self._draw(text[position : match.start()])
            self._obey(match)
            position = match.end()
        complete, escape, rest = text[position:].partition("\x1b")
        self._draw(complete)
        self._unfinished = escape + rest

    def _draw(self, text: str) -> None:
        self._stream.feed(text.replace("\x1b", ""))

    def _obey(self, match: re.Match[str]) -> None:
        command, other = match["command"], match["other"]
        if match["final"]:
            self._control(match["parameters"], match["intermediate"], match["final"])
        elif command is not None and command[:2] in {"0;", "1;", "2;"}:
            self._stream.feed(match[0])
        elif other is not None and (other in self._stream.escape or other[0] in "#()%"):
            self._stream.feed(match[0])
            self.keyboard_levels *= other != "c"

    def _control(self, parameters: str, intermediate: str, final: str) -> None:
        private = parameters.startswith("?")
        numbers = parameters.removeprefix("?")
        if private and intermediate + final == "$p" and numbers.isdigit():
            self._report_mode(int(numbers))
        elif final == "u" and parameters.startswith(">"):
            self.keyboard_levels += 1
        elif final == "u" and re.fullmatch("<[0-9]*", parameters):
            self.keyboard_levels = max(0, self.keyboard_levels - int(parameters[1:] or 1))
        elif not re.fullmatch("[0-9;]*", numbers + intermediate):
            return
        elif final in ("hlJK" if private else pyte.Stream.csi):
            # pyte raises TypeError for more parameters than a sequence has; a terminal ignores them.
            with contextlib.suppress(TypeError):
                self._stream.feed(f"\x1b[{parameters}{final}")

    def _report_mode(self, number: int) -> None:
        known = number in OFF_AT_REST or number in ON_AT_REST
        state = 2 - self._is_set(number) if known else 0
        self._reply(f"\x1b[?{number};{state}$y")

    def _is_set(self, number: int) -> bool:
        # pyte keeps private modes shifted, apart from the others.
        return number << 5 in self.screen.mode


class Terminal:
    """A program running in a terminal of its own; a context manager that leaves no process and no file behind.

    A thread reads all the time, as a terminal does: the program never waits for a test that looks elsewhere.
    Conditions and properties see the screen between two reads, never while it changes.

    Args:
        command: The program and its arguments.
        columns: Width of the screen in cells.
        rows: Height of the screen in cells.
        environment: Variables to set, or with None to remove, on top of those of the tests and `ENVIRONMENT`.
        cwd: The folder to start in.
        stdin: Where standard input comes from if not from the terminal, as for `subprocess.Popen`.
        stdout: Where standard output goes if not to the terminal.
        stderr: Where standard error goes if not to the terminal.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str | None] | None = None,
        cwd: str | Path | None = None,
        stdin: int | IO[bytes] | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> None:
        self._emulator = Emulator(columns, rows, self._answer)
        self._changed = threading.Condition()
        self._output = bytearray()
        self._last_output = time.monotonic()
        self._closing = threading.Event()
        self._closed = False
        self._master, slave = os.openpty()
        try:
            termios.tcsetwinsize(slave, (rows, columns))
            self._settings = termios.tcgetattr(slave)
            os.set_blocking(self._master, False)
            self._process = subprocess.Popen(
                [*LAUNCHER, os.ttyname(slave), *map(str, command)],
                stdin=slave if stdin is None else stdin,
                stdout=slave if stdout is None else stdout,
                stderr=slave if stderr is None else stderr,
                env=_environment(environment or {}),
                cwd=cwd,
                start_new_session=True,
            )
        except BaseException:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # What is to be seen.

    @property
    def rows(self) -> list[str]:
        """The screen's lines, as wide as the screen; a wide character fills two cells and is one character."""
        with self._changed:
            screen = self._emulator.screen
            return ["".join(screen.buffer[y][x].data for x in range(screen.columns)) for y in range(screen.lines)]

    @property
    def text(self) -> str:
        """The screen's lines without the blanks at their ends, joined by line feeds."""
        return "\n".join(row.rstrip() for row in self.rows)

    @property
    def screen(self) -> pyte.Screen:
        """A copy of the screen as it is now: cells, cursor and title."""
        with self._changed:
            shown = self._emulator.screen
            copied = pyte.Screen(shown.columns, shown.lines)
            for y in range(shown.lines):
                copied.buffer[y].update(shown.buffer[y])
            copied.cursor = copy.copy(shown.cursor)
            copied.title = shown.title
            return copied

    @property
    def sent(self) -> bytes:
        """Every byte the program has written so far."""
        with self._changed:
            return bytes(self._output)

    def mark(self) -> int:
        """Return the present end of the output, for `sent_since`."""
        with self._changed:
            return len(self._output)

    def sent_since(self, mark: int) -> bytes:
        """Return the bytes written since a mark was taken."""
        with self._changed:
            return bytes(self._output[mark:])

    @property
    def modes(self) -> frozenset[str]:
        """What the program has left switched on, by name; empty when the terminal is as it was found."""
        with self._changed:
            return self._emulator.modes

    @property
    def termios_restored(self) -> bool:
        """Whether echo, line editing, signals and the rest of the terminal's settings are as they were found."""
        return termios.tcgetattr(self._master) == self._settings

    # What a person does.

    def press(self, *keys: str) -> None:
        """Type keys named in `KEYS`, `alt+` and a character, or any other text as it stands.

        Everything is typed at once. A key that follows escape at once is taken for one pressed with alt, as in any
        terminal: wait for what escape does before pressing the next.

        Raises:
            ValueError: A combination of keys that is not known.
        """
        self.write(b"".join(_typed(key) for key in keys))

    def paste(self, text: str) -> None:
        """Paste text, between brackets if the program has asked for them."""
        lines = text.replace("\n", "\r").encode()
        self.write(b"\x1b[200~" + lines + b"\x1b[201~" if "bracketed paste" in self.modes else lines)

    def write(self, data: bytes, timeout: float = 15) -> None:
        """Send raw bytes to the program's input.

        Raises:
            AssertionError: The program has not read its input for `timeout` seconds.
        """
        while data:
            if not select.select([], [self._master], [], timeout)[1]:
                raise AssertionError(self._report(f"the program has not read its input for {timeout} s"))
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self._master, data) :]

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the screen; the system tells the program by SIGWINCH."""
        with self._changed:
            self._emulator.screen.resize(lines=rows, columns=columns)
            termios.tcsetwinsize(self._master, (rows, columns))

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        self._process.send_signal(number)

    # What a test waits for.

    def wait_for(self, condition: Condition, timeout: float = 15) -> None:
        """Wait until a text is on the screen, or until a function of this terminal returns something true.

        A frame that the program has announced as unfinished (mode 2026) is not looked at.

        Raises:
            AssertionError: It has not come true within `timeout` seconds, or the program has ended without it.
                The message shows the screen.
        """
        wanted = repr(condition) if isinstance(condition, str) else getattr(condition, "__name__", repr(condition))
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                ended = not self.is_alive and not self._reader.is_alive()
                if "synchronized output" not in self.modes and self._holds(condition):
                    return
                if ended:
                    raise AssertionError(self._report(f"the program ended before {wanted}"))
                if time.monotonic() > deadline:
                    raise AssertionError(self._report(f"waited {timeout} s for {wanted}"))
                # Not every condition is about output, so look again even when there is none.
                self._changed.wait(0.02)

    def wait_until_still(self, quiet: float = 0.2, timeout: float = 15) -> None:
        """Wait until the program has written nothing for `quiet` seconds, counted from now on.

        Raises:
            AssertionError: It is still writing after `timeout` seconds.
        """
        start = time.monotonic()
        with self._changed:
            while (now := time.monotonic()) < max(start, self._last_output) + quiet:
                if now > start + timeout:
                    raise AssertionError(self._report(f"still writing after {timeout} s"))
                self._changed.wait(max(start, self._last_output) + quiet - now)

    def wait(self, timeout: float = 15) -> int:
        """Wait for the program's end and its last output; return its exit code, or minus the signal that ended it.

        Raises:
            AssertionError: It is still running after `timeout` seconds.
        """
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._report(f"still running after {timeout} s")) from None
        # A child of the program may keep the terminal open; its output is not waited for.
        self._reader.join(timeout=1)
        return code

    @property
    def is_alive(self) -> bool:
        """Whether the program is running."""
        return self._process.poll() is None

    @property
    def is_stopped(self) -> bool:
        """Whether the program is stopped, as by SIGTSTP: only then can it be continued."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    @property
    def pid(self) -> int:
        """The program's process id, which is also that of its session and its first process group."""
        return self._process.pid

    def close(self) -> None:
        """End the program, at first by SIGHUP as a closed window does, and give everything back."""
        if self._closed:
            return
        self._closed = True
        if self.is_alive:
            self._process.send_signal(signal.SIGHUP)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._closing.set()
        self._reader.join()
        os.close(self._master)

    def hang_up(self, patience: float = PATIENCE) -> int:
        """Take the terminal away, as a lost connection does, and return the exit code of the program."""
        self._closing.set()
        self._reader.join()
        os.close(self._master)
        self._closed = True
        try:
            return self._process.wait(patience)
        finally:
            self._process.kill()  # where it has not ended

    def _holds(self, condition: Condition) -> object:
        return condition in self.text if isinstance(condition, str) else condition(self)

    def _read(self) -> None:
        while not self._closing.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:
                # On Linux the end of the last program on the terminal is an error here, elsewhere it is empty data.
                return
            if not data:
                return
            with self._changed:
                self._output += data
                self._last_output = time.monotonic()
                self._emulator.feed(data)
                self._changed.notify_all()

    def _answer(self, reply: str) -> None:
        # The thread that answers is the one that reads: it must not wait for a program that does not listen.
        with contextlib.suppress(OSError):
            os.write(self._master, reply.encode())

    def _report(self, problem: str) -> str:
        state = "running" if self.is_alive else f"ended with {self._process.returncode}"
        rule = "─" * self._emulator.screen.columns
        modes = ", ".join(sorted(self.modes)) or "none"
        return f"{problem}\nprogram: {state}; modes: {modes}\n{rule}\n{self.text}\n{rule}"


def _environment(overrides: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**os.environ, **ENVIRONMENT, **overrides}
    return {name: value for name, value in merged.items() if value is not None}


def _typed(key: str) -> bytes:
    if key in KEYS:
        return KEYS[key]
    if re.fullmatch("alt[+].", key):
        return b"\x1b" + key[-1].encode()
    # A misspelt name would be typed as text and the test would fail far from here.
    if re.match("(ctrl|alt|shift)[+]", key):
        raise ValueError(f"unknown key {key!r}")
    return key.encode()
