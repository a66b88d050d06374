"""Output: a thread that writes to the terminal, the newest frame always and none in a queue."""

from collections.abc import Callable
from threading import Condition, Thread

from gdtui.ui.cells import Cells

SECONDS_TO_DRAIN = 1.0
"""How long the end waits for a terminal that does not read."""


class Output(Thread):
    """Keeps the screen wanted, and writes what is missing whenever the terminal takes it.

    Whoever draws never waits: what is drawn while the terminal is busy is sent in one piece when it is done, and what
    was overwritten meanwhile is not sent at all.
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
        self._changed = Condition()

    def draw(self, data: str) -> None:
        """Take in a part of a frame, or modes to be set."""
        with self._changed:
            if self._size:
                self._cells.resize(*self._size)
                self._size = None
            passed = self._cells.feed(data)
            self._passed += passed
            self._is_due = self._is_due or bool(passed)

    def frame(self) -> None:
        """The frame is whole: it may be sent."""
        with self._changed:
            self._is_due = True
            self._changed.notify_all()

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size, and shows nobody knows what. May be called in the middle of `draw`."""
        self._size = (columns, rows)

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
            if not self._is_due:
                return None
            text = self._passed + self._cells.difference()
            self._passed, self._is_due, self._is_busy = "", False, True
            return text
