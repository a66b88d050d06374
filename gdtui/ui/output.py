"""Output: a thread that writes to the terminal, the newest frame always and none in a queue."""

import time
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from gdtui.ui.cells import Cells

SECONDS_TO_DRAIN = 1.0
"""How long the end waits for a terminal that does not read."""

SECONDS_TO_BE_TAKEN = 0.02
"""How long a frame waits to be taken up by the thread, at most: before the terminal has any part in it."""

QUESTION = "\x1b[6n"
"""Where is the cursor? The answer (ECMA-48, cursor position report) says that all before has arrived."""
SECONDS_OF_STREAM = 0.25
"""A frame that follows the one before as soon as this asks whether it has arrived. A single key's does not."""
SECONDS_TO_ANSWER = 1.0
"""How long an answer is waited for."""
SECONDS_TO_SETTLE = 0.05
"""A frame that nothing is drawn over for so long may go one ahead of the answer, so that what is paused soon stands."""
MOST_UNANSWERED, MOST_UNDER_WAY = 3, 2
"""After so many questions without any answer ever, no more are asked. So many frames are under way at most."""


class Output(Thread):
    """Keeps the screen wanted, and writes what is missing whenever the terminal takes it.

    Whoever draws never waits: what is drawn while the terminal is busy is sent in one piece when it is done, and what
    was overwritten meanwhile is not sent at all. A link may hold much more than a terminal has shown: frames in a
    stream wait until the one before has arrived.
    """

    def __init__(self, write: Callable[[bytes], int], cells: Cells) -> None:
        """`write` sends some bytes, and says how many.

        It is not a file's: at the end whoever flushes a file waits for its lock, which is held for as long as a
        terminal does not read.
        """
        super().__init__(name="output", daemon=True)
        self._write = write
        self._cells = cells
        self._size: tuple[int, int] | None = None
        self._passed = ""
        self._is_due = False
        self._is_busy = False
        self._is_over = False
        self._is_ending = False
        self._changed = Condition()
        self._asked: deque[float] = deque()
        """When the questions were asked whose answers are not there."""
        self._unanswered = 0
        self._last_drawn = self._last_sent = self._last_arrived = float("-inf")

    def draw(self, data: str) -> None:
        """Take in a part of a frame, or modes to be set."""
        with self._changed:
            self._take_up_size()
            passed = self._cells.feed(data)
            self._passed += passed
            self._is_due = self._is_due or bool(passed)

    def frame(self) -> None:
        """The frame is whole: it may be sent, and is on its way when this returns where nothing else is."""
        with self._changed:
            is_free = not (self._is_busy or self._asked)
            self._is_due = True
            self._last_drawn = time.monotonic()
            self._changed.notify_all()
            if is_free:
                # Otherwise the thread gets the interpreter only once this one has nothing more to do.
                self._changed.wait_for(lambda: self._is_over or not self._is_due, SECONDS_TO_BE_TAKEN)

    def acknowledge(self) -> None:
        """The terminal has answered."""
        with self._changed:
            self._unanswered = 0
            if self._asked:
                self._asked.popleft()
                self._last_arrived = time.monotonic()
            self._changed.notify_all()

    def settle(self) -> None:
        """Ask no more, and let the answers come that are on their way: later they would be typed into the shell."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
            while self._asked and (left := self._asked[-1] + SECONDS_TO_ANSWER - time.monotonic()) > 0:
                self._changed.wait(left)

    def resize(self, columns: int, rows: int) -> None:
        """The terminal was resized, and shows nobody knows what. May be called in the middle of `draw`."""
        self._size = (columns, rows)
        if self._size == (self._cells.columns, self._cells.rows):
            self.frame()  # for nobody draws anew at a size that is the same

    def drain(self) -> None:
        """Wait until everything is written, but not for ever."""
        self.frame()
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or not (self._is_due or self._is_busy), SECONDS_TO_DRAIN)

    def stop(self) -> None:
        """Write what is left, and end."""
        self.drain()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self.join(SECONDS_TO_DRAIN)

    def run(self) -> None:
        """Write, one frame at a time."""
        try:
            while (text := self._next()) is not None:
                data = text.encode("utf-8", "backslashreplace")
                while data:
                    data = data[self._write(data) :]
        except OSError:
            # The terminal is gone, and with it whoever could be told. What reads the keys ends the app.
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def _next(self) -> str | None:
        """What is to be written next; None at the end."""
        with self._changed:
            self._is_busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_due or self._is_over)
            self._wait_for_turn()
            if not self._is_due:
                return None
            if self._size == (self._cells.columns, self._cells.rows):
                self._take_up_size()
            text = self._passed + self._cells.difference()
            self._passed, self._is_due, self._is_busy = "", False, True
            self._changed.notify_all()
            return text + self._question() if text else text

    def _take_up_size(self) -> None:
        if self._size:
            self._cells.resize(*self._size)
            self._size = None

    def _wait_for_turn(self) -> None:
        """Let the frame before arrive first."""
        while self._asked and not (self._is_over or self._is_ending):
            now = time.monotonic()
            turn = self._asked[0] + SECONDS_TO_ANSWER
            if len(self._asked) < MOST_UNDER_WAY:
                turn = min(turn, self._last_drawn + SECONDS_TO_SETTLE)
            if now < turn:
                self._changed.wait(turn - now)
                continue
            if now >= self._asked[0] + SECONDS_TO_ANSWER:
                self._asked.popleft()
                self._unanswered += 1
            return

    def _question(self) -> str:
        """What asks whether a frame has arrived; nothing where that is not worth it, or in vain."""
        now = time.monotonic()
        is_stream = now - max(self._last_sent, self._last_arrived) < SECONDS_OF_STREAM
        self._last_sent = now
        if not is_stream or self._is_ending or not self._cells.is_open or self._unanswered >= MOST_UNANSWERED:
            return ""
        self._asked.append(now)
        return QUESTION
