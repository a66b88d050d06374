"""Output: a thread that writes to the terminal, the newest frame always and none in a queue."""

import math
import time
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from gdtui.terminal.cells import Cells

SECONDS_TO_DRAIN = 1.0
"""How long the end waits for a terminal that does not read."""

SECONDS_TO_BE_TAKEN = 0.02
"""How long a frame waits to be taken up by the thread, at most: before the terminal has any part in it."""

QUESTION = "\x1b[6n"
"""Where is the cursor? The answer (ECMA-48, cursor position report) says that all before has arrived."""
SECONDS_OF_STREAM, SECONDS_OF_TYPING = 1.0, 0.25
"""A frame that follows the one before as soon as this asks whether it has arrived; one that answers a key, where keys
follow each other as soon as that. A single key's does not."""
SECONDS_TO_ANSWER, LONGER, MOST_SECONDS_TO_ANSWER = 1.0, 4.0, 64.0
"""How long a frame waits for an answer. A terminal that has answered and falls silent is waited for so many times
longer with each question, up to the last: its link may be dead, which is seen only where nothing is sent."""
SECONDS_ON_THE_WAY, SECONDS_WITHOUT_ANY = 3.0, 1.5
"""How long the end waits for the last answer; for the very first, of a terminal that may have none, so long."""
SECONDS_TO_SETTLE = 0.05
"""What follows a key may go one frame ahead of the answer once nothing is drawn over it for so long."""
BYTES_A_SECOND, MOST_SECONDS_TO_TAKE = 16_000, 0.5
"""Where no answer tells what has arrived, frames follow each other as over a link that takes so many bytes, each for so
long at most. A multiplexer keeps what a slower one does not take."""
MODE_QUESTION = "$p"
"""What ends a question after a mode (DECRQM), as Textual asks them at the beginning."""
SECONDS_TO_TELL_WIDTH = 0.25
"""How long the first frame waits for the terminal to tell how wide it draws. Told later, the frame is drawn anew."""
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
        self._has_answered = False
        self._is_greeting = False
        """Whether the answer that comes next is to the question of the beginning, which holds no frame back."""
        self.probe = ""
        """A character one cell wide that is drawn with the question of the beginning, and taken away again."""
        self._is_probing = False
        """Whether the answer to that is out."""
        self._owed = 0
        """How many answers may still come, those too that are no longer waited for."""
        self.is_answered_at_once = False
        """Whether what answers is not the terminal but a multiplexer before it, which holds frames back itself."""
        self._last_drawn = self._last_sent = self._last_arrived = self._last_asked = self._last_key = -math.inf
        self._taken = -math.inf
        """When a narrow link has taken all that was sent."""
        self._first_asked = math.inf

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

    def acknowledge(self, column: int = 1) -> bool:
        """The terminal has answered, with the cursor in this column; return whether it was found to draw wide.

        From then on only ASCII is sent.
        """
        with self._changed:
            is_wide = self._is_greeting and self._is_probing and column > 2
            if is_wide:
                self._cells.turn_to_ascii()
                self._is_due = True
            self._has_answered = True
            self._unanswered = 0
            self._owed = max(0, self._owed - 1)
            if self._is_greeting:
                self._is_greeting = self._is_probing = False
            elif self._asked:
                self._asked.popleft()
                self._last_arrived = time.monotonic()
            self._changed.notify_all()
        return is_wide

    @property
    def is_behind(self) -> bool:
        """Whether a frame drawn now would have to wait, or be drawn over."""
        with self._changed:
            return self._is_due or self._is_busy or time.monotonic() < self._turn()

    def answer(self) -> None:
        """A key is being served: what is drawn next is its answer, and waits least."""
        with self._changed:
            self._last_key = time.monotonic()

    def hear(self) -> None:
        """Something has come, such as a key: the link is alive, and a terminal that fell silent is not waited for."""
        with self._changed:
            if self._has_answered and self._unanswered:
                self._unanswered = 0
                self._changed.notify_all()

    def give_up(self) -> None:
        """Nothing can be written any more, and no answer comes: the terminal is gone, or is given back."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def settle(self, most_seconds: float = math.inf) -> None:
        """Ask no more, and let the answers come that are on their way: later they would be typed into the shell."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
            answered = self._last_asked + SECONDS_ON_THE_WAY
            end = answered if self._has_answered else self._first_asked + SECONDS_WITHOUT_ANY
            end = min(end, time.monotonic() + most_seconds)
            while self._owed and not self._is_over and self._may_answer() and (left := end - time.monotonic()) > 0:
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
        self.give_up()
        self.join(SECONDS_TO_DRAIN)

    def run(self) -> None:
        """Write, one frame at a time."""
        try:
            while (data := self._next()) is not None:
                while data:
                    data = data[self._write(data) :]
        except OSError:
            # With the terminal is gone whoever could be told. What reads the keys ends the app.
            self.give_up()

    def _next(self) -> bytes | None:
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
            passed, text = self._passed, self._passed + self._cells.difference()
            self._passed, self._is_due, self._is_busy = "", False, True
            self._changed.notify_all()
            if MODE_QUESTION in passed:
                text += self._greeting()
            elif text:
                text += self._question()
            data = text.encode("utf-8", "backslashreplace")
            now = time.monotonic()
            self._taken = min(max(self._taken, now) + len(data) / BYTES_A_SECOND, now + MOST_SECONDS_TO_TAKE)
            return data

    def _take_up_size(self) -> None:
        if self._size:
            self._cells.resize(*self._size)
            self._size = None

    def _wait_for_turn(self) -> None:
        """Let the frame before arrive first, and before the first frame what the terminal was asked."""
        known = self._first_asked + SECONDS_TO_TELL_WIDTH
        while self._is_probing and not (self._is_over or self._is_ending) and (left := known - time.monotonic()) > 0:
            self._changed.wait(left)
        while not (self._is_over or self._is_ending) and (left := self._turn() - time.monotonic()) > 0:
            self._changed.wait(left)
        if self._asked and time.monotonic() >= self._asked[0] + self._patience():
            self._asked.popleft()
            self._unanswered += 1

    def _turn(self) -> float:
        """When the next frame may be sent, as far as is known by now."""
        is_answer = self._is_answer()
        if self._asked:
            turn = self._asked[0] + self._patience()
            is_ahead = is_answer and len(self._asked) < MOST_UNDER_WAY
            return min(turn, self._last_drawn + SECONDS_TO_SETTLE) if is_ahead else turn
        is_told = self._has_answered and not self.is_answered_at_once
        return -math.inf if is_told or is_answer else self._taken

    def _is_answer(self) -> bool:
        """Whether what is drawn is the first since a key."""
        return self._last_drawn > self._last_key > self._last_sent

    def _patience(self) -> float:
        """How long an answer is waited for."""
        if not self._has_answered:
            return SECONDS_TO_ANSWER
        return min(SECONDS_TO_ANSWER * LONGER**self._unanswered, MOST_SECONDS_TO_ANSWER)

    def _question(self) -> str:
        """What asks whether a frame has arrived; nothing where that is not worth it, or in vain."""
        now = time.monotonic()
        seconds = SECONDS_OF_TYPING if self._is_answer() else SECONDS_OF_STREAM
        is_first = now - max(self._last_sent, self._last_arrived) >= seconds
        is_stream = not is_first or bool(self._asked) or self._unanswered > 0
        self._last_sent = now
        if not (is_stream and self._cells.is_open and self._may_answer()) or self._is_ending:
            return ""
        self._asked.append(now)
        return self._ask()

    def _greeting(self) -> str:
        """What asks whether the terminal has seen the beginning, with the questions after its modes.

        Not every terminal answers those. It answers in order, so that theirs have come when this has.
        """
        self._is_greeting = True
        if not self.probe:
            return self._ask()
        probe, self.probe = self.probe, ""
        self._is_probing = True
        return f"\x1b[H{probe}{self._ask()}\r\x1b[K"

    def _ask(self) -> str:
        now = time.monotonic()
        self._first_asked = min(self._first_asked, now)
        if now > self._last_asked + SECONDS_ON_THE_WAY:
            self._owed = 0  # what has not come by now was lost
        self._owed += 1
        self._last_asked = now
        return QUESTION

    def _may_answer(self) -> bool:
        return self._has_answered or self._unanswered < MOST_UNANSWERED
