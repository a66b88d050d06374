"""Repairs to Textual's terminal driver, which sends whole runs of widgets, queues frames, and then waits for them.

Written for Textual 8.2; whatever is used beyond its public names is part of the driver's design for subclassing.
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
from typing import TYPE_CHECKING, Any

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App

from gdtui.terminal.capability import is_in_foreground, size_of
from gdtui.terminal.cells import Cells
from gdtui.terminal.keyboard import Keyboard
from gdtui.terminal.output import Output

TOLD = 128
"""Exit codes above this are those of signals."""
HUNG_UP = TOLD + signal.SIGHUP
"""The exit code of a program whose terminal has gone away."""

SECONDS_TO_OBEY = 0.2
"""How long to wait for the terminal's answers after a signal to end."""

USUAL_SIZE = (80, 24)
"""The assumed columns and rows of a terminal that does not know its size."""

LEAST_COLUMNS = 8
"""With fewer columns, some of Textual's widgets have no space for text, and fail."""

SECONDS_AWAKE = 0.05
"""How long a process that may not use the terminal stays awake when it is woken, as a signal to end wakes it too."""

SECONDS_BETWEEN_SIZES, SECONDS_TO_A_SIZE = 0.04, 0.5
"""How quickly sizes follow each other while a window is dragged, and how often one is used anyway."""

PORTION, MOST_READ = 4096, 1_000_000
FEW, SECONDS_BETWEEN_PORTIONS = 16, 0.005
"""If at least this many bytes arrive at once, the driver waits this long for more."""


AMBIGUOUS = "●"
"""A character of ambiguous width: with a setting common in East Asia, some terminals draw it two cells wide."""

MULTIPLEXERS = ("TMUX", "STY")
"""The environment variables that tmux and screen set."""

MOST_CELLS = 1_000_000
"""A terminal that claims to have more cells is not believed."""


class DrawsWide(Message):
    """The terminal draws characters of ambiguous width two cells wide, so only ASCII is sent from now on."""


class Resizes:
    """Uses a new size at once; of many in a row only the last and a few in between, because each redraws everything."""

    def __init__(self, resize: Callable[[], None]) -> None:
        self._resize = resize
        self._loop = asyncio.get_running_loop()
        self._noted = self._taken_up = -math.inf
        self._timer: asyncio.TimerHandle | None = None

    def note(self) -> None:
        """Note a new size: it is used once no other follows, or if none was used for a while."""
        now = self._loop.time()
        is_first, self._noted = now >= self._noted + SECONDS_BETWEEN_SIZES, now
        due = now if is_first else min(now + SECONDS_BETWEEN_SIZES, self._taken_up + SECONDS_TO_A_SIZE)
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._take_up)

    def _take_up(self) -> None:
        self._taken_up = self._loop.time()
        self._resize()


def send(terminal: int, data: bytes) -> int:
    """Write some bytes, and return how many.

    A previous program may have left the terminal in a mode in which writes do not block.
    """
    try:
        return os.write(terminal, data)
    except BlockingIOError:
        select.select([], [terminal], [])
        return 0


class LabDriver(LinuxDriver):
    """Sends only the cells that changed, one frame at a time."""

    is_ascii = False
    """Whether only ASCII is sent."""
    cells: Cells | None = None
    """The wanted screen; kept while the app is suspended, because Textual does not redraw afterwards."""
    output: Output | None = None
    has_terminal = False
    """Whether the terminal is ours, and not released for a while."""
    ending: tuple[int, int]
    """A pipe that wakes the thread waiting for keys."""

    asks_width = True
    """Whether the terminal is asked at the start how wide it draws."""
    size: tuple[int, int] | None = None
    """The latest size, from the system or the terminal: they may report it in any order, or never."""
    system_size: tuple[int, int] | None = None
    """The latest size from the system."""

    def __init__(self, app: "App[Any]", **options: Any) -> None:
        super().__init__(app, **options)
        self.resizes = Resizes(self._resize)
        self.is_woken = False
        # Python's own handlers run at any point, even while a lock is held. Here the event loop is notified instead.
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._loop.add_signal_handler(signal.SIGCONT, self._wake)

    def start_application_mode(self) -> None:
        """Start to draw, and see size changes before Textual does; if another process has the terminal, wait."""
        if sys.__stderr__ is None:
            raise RuntimeError("there is no terminal to draw on")
        if not is_in_foreground(self.fileno):
            self._stay_stopped()
            return
        self._ask_system()
        size = self.size or USUAL_SIZE
        is_first = self.cells is None
        if self.cells is None or size != (self.cells.columns, self.cells.rows):
            self.cells = Cells(*size, is_ascii=self.is_ascii)
        self.output = Output(functools.partial(send, sys.__stderr__.fileno()), self.cells)
        if is_first and self.asks_width:
            self.output.probe = AMBIGUOUS
        self.output.is_answered_at_once = any(map(os.environ.get, MULTIPLEXERS))
        self.output.start()
        self.ending = os.pipe()
        self.has_terminal = True
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it untyped
        self._loop.add_signal_handler(signal.SIGWINCH, self._look)

    @property
    def is_behind(self) -> bool:
        """Whether a frame would have to wait for the one before."""
        return self.output is not None and self.output.is_behind

    def drain(self) -> None:
        """Wait, up to a time limit, until what was drawn is on its way to the terminal."""
        if self.output:
            self.output.drain()

    def answer(self) -> None:
        """A key is being handled: what is drawn next is its response."""
        if self.output:
            self.output.answer()

    def write(self, data: str) -> None:
        """Draw; nothing is sent until the frame is complete."""
        if self.output:
            self.output.draw(data)

    def flush(self) -> None:
        """End the frame."""
        if self.output:
            self.output.frame()

    def run_input_thread(self) -> None:
        """Read keys until the app ends or the terminal is gone.

        Textual's own loop keeps reading at the end of input, and stops at a byte that is not UTF-8.
        """
        output = self.output
        if output is None:
            raise RuntimeError("keys are read while there is no terminal")
        keyboard = Keyboard(has_mouse=self._mouse, on_report=self._acknowledge)
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self.ending[0], selectors.EVENT_READ)
            while not self.exit_event.is_set():
                # Only an incomplete sequence needs a timeout; otherwise only a key or the end wakes this thread.
                ready = selector.select(keyboard.patience)
                if any(key.fd == self.fileno for key, _ in ready):
                    data = self._read(selector)
                    if not data:
                        output.give_up()
                        self._app.call_later(self._app.exit, return_code=HUNG_UP)
                        return
                    output.hear()
                    if size_of(self.fileno) != self.system_size:
                        # If this terminal controls no process, no signal tells.
                        self._loop.call_soon_threadsafe(self._look)
                    for event in keyboard.feed(data):
                        self.process_message(event)
                for event in keyboard.tick():
                    self.process_message(event)

    def disable_input(self) -> None:
        """Tell the thread that waits for keys to end, once the terminal's answers have arrived."""
        if self.output and self.has_terminal:
            is_told_to = (self._app.return_code or 0) > TOLD
            self.output.settle(SECONDS_TO_OBEY if is_told_to else math.inf)
            os.write(self.ending[1], b".")
            super().disable_input()

    def _read(self, selector: selectors.BaseSelector) -> bytes:
        """What was typed; empty if the terminal is gone. What arrives together, such as a paste, is read together."""
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
        """Notice the size that some terminals send in band."""
        if isinstance(message, Resize):
            self._loop.call_soon_threadsafe(self._note_size, message.size)
        else:
            super().process_message(message)

    def stop_application_mode(self) -> None:
        """Release the terminal, and wait until it has everything. While the app is suspended, another process
        has it.
        """
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

    def _acknowledge(self, column: int) -> None:
        """The terminal has reported its cursor position."""
        if self.output and self.output.acknowledge(column):
            self.is_ascii = True
            self.send_message(DrawsWide())

    def _suspend(self) -> None:
        """Release the terminal and stop the process, unless the app is about to end."""
        if self._app.return_code is None:
            self._sigtstp_application()

    def _wake(self) -> None:
        """The process was continued. Several signals that arrive together count once."""
        if not self.is_woken:
            self.is_woken = True
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Resume. A process stopped by SIGSTOP has not released the terminal, so two could be reading keys."""
        self.is_woken = False
        if self._app.return_code is not None:
            return  # this signal also comes when a terminal goes away
        if not is_in_foreground(self.fileno):
            self._loop.call_later(SECONDS_AWAKE, self._stay_stopped)
            return
        if self._auto_restart and self.has_terminal:
            self.suspend_application_mode()
        self._sigcont_application()

    def _stay_stopped(self) -> None:
        """Stop again, unless the app was told to end or may use the terminal by now."""
        if self._app.return_code is None and not is_in_foreground(self.fileno):
            os.kill(os.getpid(), signal.SIGSTOP)

    def _ask_system(self) -> None:
        """Get the size of the terminal being drawn on from the system; standard output may be something else.

        An unchanged answer is ignored: the terminal may have reported a newer size since.
        """
        size = size_of(self.fileno)
        if size and size != self.system_size:
            self.size = self.system_size = size

    def _look(self) -> None:
        """The size may have changed, or changed back unnoticed."""
        self._ask_system()
        self.resizes.note()

    def _note_size(self, size: Size) -> None:
        """Use the size that the terminal reports."""
        if 0 < size.width * size.height <= MOST_CELLS:
            self.size = (size.width, size.height)
            self.resizes.note()

    def _get_terminal_size(self) -> tuple[int, int]:
        """The size given to Textual. What is beyond the terminal's real size is not sent."""
        columns, rows = self.size or USUAL_SIZE
        return max(columns, LEAST_COLUMNS), rows

    def _resize(self) -> None:
        """Give the cells and Textual the same size."""
        if self.output and self.size:
            self.output.resize(*self.size)
            size = Size(*self._get_terminal_size())
            self.send_message(Resize(size, size))
            # If Textual has drawn at this size before, it would see no change.
            self._app.call_later(lambda: self._app.viewport_size == size and self._app.refresh())


class WholeDriver(LabDriver):
    """For a terminal that is declared to show everything."""

    asks_width = False


class AsciiDriver(LabDriver):
    """For a terminal that may only show ASCII."""

    is_ascii = True
    asks_width = False
