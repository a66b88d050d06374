"""What Textual's terminal driver needs mended: it sends whole runs of widgets, queues frames, and then waits for them.

Written against Textual 8.2; everything that is read here beyond its public names is the driver's own way of being
subclassed.
"""

import asyncio
import functools
import math
import os
import select
import selectors
import signal
import sys
from collections.abc import Callable
from types import FrameType

from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import InBandWindowResize

from gdtui.terminal.capability import is_in_foreground, size_of
from gdtui.terminal.cells import Cells
from gdtui.terminal.keyboard import Keyboard
from gdtui.terminal.output import Output

TOLD = 128
"""A larger exit code is that of a signal."""
HUNG_UP = TOLD + signal.SIGHUP
"""The exit code of a program whose terminal went away."""

SECONDS_TO_OBEY = 0.2
"""How long answers of the terminal are waited for where a signal says to end."""

USUAL_SIZE = (80, 24)
"""Columns and rows of a terminal that does not know them."""

LEAST_COLUMNS = 8
"""Narrower than this some of Textual's widgets have no room at all for their text, and fail."""

SECONDS_AWAKE = 0.05
"""How long one that may not take the terminal stays awake when it is woken: to be told to end wakes it, too."""

SECONDS_BETWEEN_SIZES, SECONDS_TO_A_SIZE = 0.04, 0.5
"""How soon sizes follow each other while a window is dragged, and how often one is taken up all the same."""

PORTION, MOST_READ = 4096, 1_000_000
FEW, SECONDS_BETWEEN_PORTIONS = 16, 0.005
"""From so many bytes at once on, it is looked for so long whether more follow."""


class Resizes:
    """Takes up another size at once, and of many in a row the last and a few on the way: each draws everything anew."""

    def __init__(self, textual: object, resize: Callable[[], None]) -> None:
        """`textual` is Textual's own handler of the signal; `resize` is called before it."""
        self._textual = textual
        self._resize = resize
        self._loop = asyncio.get_running_loop()
        self._last = self._due = float("-inf")
        self._is_waiting = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """The signal has come; it may be in the middle of anything."""
        self._loop.call_soon_threadsafe(self._note)

    def _note(self) -> None:
        now = self._loop.time()
        self._due = now + SECONDS_BETWEEN_SIZES if now < self._due + SECONDS_BETWEEN_SIZES else now
        if not self._is_waiting:
            self._wait()

    def _wait(self) -> None:
        """Take the size up once no other has followed for a while, or none has been taken up for long."""
        now = self._loop.time()
        due = min(self._due, self._last + SECONDS_TO_A_SIZE) if self._is_waiting else self._due
        self._is_waiting = now < due
        if self._is_waiting:
            self._loop.call_at(due, self._wait)
            return
        self._last = now
        self._resize()
        if callable(self._textual):
            self._textual(signal.SIGWINCH, None)


def send(terminal: int, data: bytes) -> int:
    """Write some bytes, and say how many.

    A program that had the terminal before may have left it so that writing does not wait by itself.
    """
    try:
        return os.write(terminal, data)
    except BlockingIOError:
        select.select([], [terminal], [])
        return 0


class LabDriver(LinuxDriver):
    """Sends the cells that changed, one frame at a time."""

    is_ascii = False
    """Whether nothing but ASCII is sent."""
    cells: Cells | None = None
    """What is wanted on the screen; kept while the app is suspended, for Textual does not draw again after it."""
    output: Output | None = None
    has_terminal = False
    """Whether the terminal is taken, and not given back for a while."""
    ending: tuple[int, int]
    """A pipe that wakes the thread that waits for keys."""

    def start_application_mode(self) -> None:
        """Begin to draw, and notice a change of size before Textual does; where another has the terminal, wait."""
        if sys.__stderr__ is None:
            raise RuntimeError("there is no terminal to draw on")
        if not is_in_foreground(self.fileno):
            self._stay_stopped()
            return
        size = self._own_size()
        if self.cells is None or size != (self.cells.columns, self.cells.rows):
            self.cells = Cells(*size, is_ascii=self.is_ascii)
        self.output = Output(functools.partial(send, sys.__stderr__.fileno()), self.cells)
        self.output.start()
        self.ending = os.pipe()
        self.has_terminal = True
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it untyped
        signal.signal(signal.SIGWINCH, Resizes(signal.getsignal(signal.SIGWINCH), self._resize))

    def write(self, data: str) -> None:
        """Draw; nothing is sent before the frame is whole."""
        if self.output:
            self.output.draw(data)

    def flush(self) -> None:
        """The frame is whole."""
        if self.output:
            self.output.frame()

    def run_input_thread(self) -> None:
        """Read keys until the app ends, or until there is nobody any more to press them.

        Textual's own loop reads for ever at the end of input, and a byte that is not UTF-8 ends it.
        """
        output = self.output
        if output is None:
            raise RuntimeError("keys are read while there is no terminal")
        keyboard = Keyboard(has_mouse=self._mouse, on_report=output.acknowledge)
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self.ending[0], selectors.EVENT_READ)
            while not self.exit_event.is_set():
                # Only what is half there may be completed by time; else nothing wakes this up but a key or the end.
                ready = selector.select(keyboard.patience)
                if any(key.fd == self.fileno for key, _ in ready):
                    data = self._read(selector)
                    if not data:
                        output.give_up()
                        self._app.call_later(self._app.exit, return_code=HUNG_UP)
                        return
                    output.hear()
                    for event in keyboard.feed(data):
                        self.process_message(event)
                for event in keyboard.tick():
                    self.process_message(event)

    def disable_input(self) -> None:
        """Wake the thread that waits for keys: it is to end, once the terminal's answers are in."""
        if self.output and self.has_terminal:
            is_told_to = (self._app.return_code or 0) > TOLD
            self.output.settle(SECONDS_TO_OBEY if is_told_to else math.inf)
            os.write(self.ending[1], b".")
            super().disable_input()

    def _read(self, selector: selectors.BaseSelector) -> bytes:
        """What was typed; nothing where the terminal is gone. What comes in one go, such as a paste, is read in one."""
        read = bytearray()
        try:
            while data := os.read(self.fileno, PORTION):
                read += data
                if len(data) < FEW or len(read) > MOST_READ:
                    break
                if not any(key.fd == self.fileno for key, _ in selector.select(SECONDS_BETWEEN_PORTIONS)):
                    break
        except OSError:
            return b""
        return bytes(read)

    def process_message(self, message: Message) -> None:
        """Some terminals tell their size in band."""
        if isinstance(message, InBandWindowResize):
            self._resize()
        super().process_message(message)

    def stop_application_mode(self) -> None:
        """Give the terminal back, and wait until it has it. While the app is suspended, another has it."""
        if self.output and self.has_terminal:
            super().stop_application_mode()
            self.output.drain()

    def close(self) -> None:
        """End."""
        if self.output and self.has_terminal:
            self.has_terminal = False
            self.output.stop()
            for end in self.ending:
                os.close(end)
        super().close()

    def _sigcont_application(self, *given: object) -> None:
        """Go on. Whoever was stopped without a word (SIGSTOP) has not given the terminal back: two would read keys."""
        if not is_in_foreground(self.fileno):
            loop = asyncio.get_running_loop()
            loop.call_soon_threadsafe(loop.call_later, SECONDS_AWAKE, self._stay_stopped)
            return
        if self._auto_restart and self.has_terminal:
            self.suspend_application_mode()
        super()._sigcont_application(*given)

    def _stay_stopped(self) -> None:
        """Stop again, unless the app was told to end, or may have the terminal by now."""
        if self._app.return_code is None and not is_in_foreground(self.fileno):
            os.kill(os.getpid(), signal.SIGSTOP)

    def _own_size(self) -> tuple[int, int]:
        """The size of the terminal that is drawn on, which standard output need not be."""
        return size_of(self.fileno) or USUAL_SIZE

    def _get_terminal_size(self) -> tuple[int, int]:
        """The size that Textual is told. What is beyond the terminal's own is not sent."""
        columns, rows = self._own_size()
        return max(columns, LEAST_COLUMNS), rows

    def _resize(self) -> None:
        if self.output:
            self.output.resize(*self._own_size())


class AsciiDriver(LabDriver):
    """For a terminal that may show nothing but ASCII."""

    is_ascii = True
