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
"""If at least this many bytes arrive at once, the driver waits this long for more."""


AMBIGUOUS = "●"
"""A character of ambiguous width: some terminals, by a setting that is common in East Asia, draw it two cells wide."""

MULTIPLEXERS = ("TMUX", "STY")
"""The variables by which tmux and screen are known."""

MOST_CELLS = 1_000_000
"""A terminal that says that it has more is not believed."""


class DrawsWide(Message):
    """The terminal draws characters of ambiguous width two cells wide, so that from now on only ASCII is sent."""


class Resizes:
    """Takes up another size at once, and of many in a row the last and a few on the way: each draws everything anew."""

    def __init__(self, resize: Callable[[], None]) -> None:
        self._resize = resize
        self._loop = asyncio.get_running_loop()
        self._noted = self._taken_up = -math.inf
        self._timer: asyncio.TimerHandle | None = None

    def note(self) -> None:
        """There is another size: it is taken up once no other follows, or none has been taken up for long."""
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

    asks_width = True
    """Whether the terminal is asked at the beginning how wide it draws."""
    size: tuple[int, int] | None = None
    """The size that was last told, by the system or by the terminal itself: they may tell it in any order, or never."""
    system_size: tuple[int, int] | None = None
    """The size that the system told last."""

    def __init__(self, app: "App[Any]", **options: Any) -> None:
        super().__init__(app, **options)
        self.resizes = Resizes(self._resize)
        self.is_woken = False
        # Python's own handlers run in the middle of anything, such as under a lock. Here the loop is told.
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._loop.add_signal_handler(signal.SIGCONT, self._wake)

    def start_application_mode(self) -> None:
        """Begin to draw, and notice a change of size before Textual does; where another has the terminal, wait."""
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
        """Wait until what was drawn is on its way to the terminal, but not for ever."""
        if self.output:
            self.output.drain()

    def answer(self) -> None:
        """A key is being served: what is drawn from now on is its answer."""
        if self.output:
            self.output.answer()

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
        keyboard = Keyboard(has_mouse=self._mouse, on_report=self._acknowledge)
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
                    if size_of(self.fileno) != self.system_size:
                        # Where this terminal controls nobody, no signal says so.
                        self._loop.call_soon_threadsafe(self._look)
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
        if isinstance(message, Resize):
            self._loop.call_soon_threadsafe(self._note_size, message.size)
        else:
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

    def _acknowledge(self, column: int) -> None:
        """The terminal has said where its cursor is."""
        if self.output and self.output.acknowledge(column):
            self.is_ascii = True
            self.send_message(DrawsWide())

    def _suspend(self) -> None:
        """Give the terminal back and stop, unless the app is about to end."""
        if self._app.return_code is None:
            self._sigtstp_application()

    def _wake(self) -> None:
        """The process was continued. Several signals that come together wake it once."""
        if not self.is_woken:
            self.is_woken = True
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Go on. Whoever was stopped without a word (SIGSTOP) has not given the terminal back: two would read keys."""
        self.is_woken = False
        if self._app.return_code is not None:
            return  # a terminal that goes away sends this signal too
        if not is_in_foreground(self.fileno):
            self._loop.call_later(SECONDS_AWAKE, self._stay_stopped)
            return
        if self._auto_restart and self.has_terminal:
            self.suspend_application_mode()
        self._sigcont_application()

    def _stay_stopped(self) -> None:
        """Stop again, unless the app was told to end, or may have the terminal by now."""
        if self._app.return_code is None and not is_in_foreground(self.fileno):
            os.kill(os.getpid(), signal.SIGSTOP)

    def _ask_system(self) -> None:
        """Take up what the system says of the size of the terminal that is drawn on, which standard output need not be.

        What it said before may be older than what the terminal itself has said since.
        """
        size = size_of(self.fileno)
        if size and size != self.system_size:
            self.size = self.system_size = size

    def _look(self) -> None:
        """The size may be another, or the same again after one that nobody saw."""
        self._ask_system()
        self.resizes.note()

    def _note_size(self, size: Size) -> None:
        """The terminal itself tells its size."""
        if 0 < size.width * size.height <= MOST_CELLS:
            self.size = (size.width, size.height)
            self.resizes.note()

    def _get_terminal_size(self) -> tuple[int, int]:
        """The size that Textual is told. What is beyond the terminal's own is not sent."""
        columns, rows = self.size or USUAL_SIZE
        return max(columns, LEAST_COLUMNS), rows

    def _resize(self) -> None:
        """Tell the cells and Textual the same size."""
        if self.output and self.size:
            self.output.resize(*self.size)
            size = Size(*self._get_terminal_size())
            self.send_message(Resize(size, size))
            # Where Textual has drawn for this size before, it would take it for no change.
            self._app.call_later(lambda: self._app.viewport_size == size and self._app.refresh())


class WholeDriver(LabDriver):
    """For a terminal of which somebody has said that it shows everything."""

    asks_width = False


class AsciiDriver(LabDriver):
    """For a terminal that may show nothing but ASCII."""

    is_ascii = True
    asks_width = False
