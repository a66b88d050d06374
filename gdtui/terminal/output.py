"""Output: a thread that writes to the terminal, always the newest frame and never a queue of them."""

import math
import time
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from gdtui.terminal.cells import Cells

SECONDS_TO_DRAIN = 1.0
"""How long to wait at the end for a terminal that does not read."""

SECONDS_TO_BE_TAKEN = 0.02
"""How long to wait for the thread to start writing a frame."""

QUESTION = "\x1b[6n"
"""Asks for the cursor position (ECMA-48). The answer means that everything sent before it has arrived."""
SECONDS_OF_STREAM, SECONDS_OF_TYPING = 1.0, 0.25
"""A frame this soon after the previous one asks whether it has arrived; the second number is for frames that respond to
keys.

The frame for a single key does not ask.
"""
SECONDS_TO_ANSWER, LONGER, MOST_SECONDS_TO_ANSWER = 1.0, 4.0, 64.0
"""How long a frame waits for an answer.

If a terminal that used to answer falls silent, the wait grows by this factor with each question, up to the maximum: the
link may be dead, which shows only if nothing is sent.
"""
SECONDS_ON_THE_WAY, SECONDS_WITHOUT_ANY = 3.0, 1.5
"""How long to wait at the end for the last answer; the second number is for terminals that have never answered."""
SECONDS_TO_SETTLE = 0.05
"""A response to a key may be sent one frame ahead of the answer, once nothing was drawn over it for this long."""
BYTES_A_SECOND, MOST_SECONDS_TO_TAKE = 16_000, 0.5
"""Without answers, frames are sent as slowly as over a link with this speed, each waiting at most this long.

A multiplexer keeps what a slower link does not take.
"""
MODE_QUESTION = "$p"
"""The end of a question about a mode (DECRQM), which Textual asks at the start."""
SECONDS_TO_TELL_WIDTH = 0.25
"""How long the first frame waits to learn how wide the terminal draws. If that comes later, the frame is redrawn."""
MOST_UNANSWERED, MOST_UNDER_WAY = 3, 2
"""After this many questions without a single answer, no more are asked; and the most frames in flight."""


class Output(Thread):
    """Holds the wanted screen, and writes what is missing whenever the terminal can take it.

    Drawing never waits: what is drawn while the terminal is busy is sent together afterwards, without what was
    overwritten
    meanwhile. A link can hold much more than the terminal has shown, so in a stream each frame waits until the one
    before
    has arrived.
    """

    def __init__(self, write: Callable[[bytes], int], cells: Cells) -> None:
        """`write` sends some bytes, and returns how many.

        It must not be a file object's: flushing one at exit waits for its lock, which is held as long as a terminal
        does not
        read.
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
        """The times of the questions that have not been answered yet."""
        self._unanswered = 0
        self._has_answered = False
        self._is_greeting = False
        """Whether the next answer is to the question at the start, which does not delay any frame."""
        self.probe = ""
        """A character one cell wide that is drawn with the question at the start, and erased again."""
        self._is_probing = False
        """Whether the answer to that is still to come."""
        self._owed = 0
        """The number of answers that may still arrive, including those no longer waited for."""
        self.is_answered_at_once = False
        """Whether the answers come from a multiplexer, which does its own pacing, rather than from the terminal."""
        self._last_drawn = self._last_sent = self._last_arrived = self._last_asked = self._last_key = -math.inf
        self._taken = -math.inf
        """When a slow link will have taken everything that was sent."""
        self._first_asked = math.inf

    def draw(self, data: str) -> None:
        """Take part of a frame, or modes to set."""
        with self._changed:
            self._take_up_size()
            passed = self._cells.feed(data)
            self._passed += passed
            self._is_due = self._is_due or bool(passed)

    def frame(self) -> None:
        """End a frame. If nothing else is being sent, it is on its way when this returns."""
        with self._changed:
            is_free = not (self._is_busy or self._asked)
            self._is_due = True
            self._last_drawn = time.monotonic()
            self._changed.notify_all()
            if is_free:
                # Otherwise the thread gets the interpreter only when this one has nothing more to do.
                self._changed.wait_for(lambda: self._is_over or not self._is_due, SECONDS_TO_BE_TAKEN)

    def acknowledge(self, column: int = 1) -> bool:
        """Take the terminal's answer, with the cursor in this column; return whether it shows that the terminal draws
        wide.

        If it does, only ASCII is sent from then on.
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
        """Whether a frame drawn now would have to wait, or be overwritten."""
        with self._changed:
            return self._is_due or self._is_busy or time.monotonic() < self._turn()

    def answer(self) -> None:
        """A key is being handled: what is drawn next responds to it, and should wait least."""
        with self._changed:
            self._last_key = time.monotonic()

    def hear(self) -> None:
        """Input such as a key has arrived, so the link is alive; stop waiting for a terminal that fell silent."""
        with self._changed:
            if self._has_answered and self._unanswered:
                self._unanswered = 0
                self._changed.notify_all()

    def give_up(self) -> None:
        """Nothing more can be written, and no answers will come: the terminal is gone, or has been released."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def settle(self, most_seconds: float = math.inf) -> None:
        """Ask no more questions, and wait for the answers still to come: later they would be typed into the shell."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
            answered = self._last_asked + SECONDS_ON_THE_WAY
            end = answered if self._has_answered else self._first_asked + SECONDS_WITHOUT_ANY
            end = min(end, time.monotonic() + most_seconds)
            while self._owed and not self._is_over and self._may_answer() and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)

    def resize(self, columns: int, rows: int) -> None:
        """The terminal was resized, so what it shows is unknown. May be called during `draw`."""
        self._size = (columns, rows)
        if self._size == (self._cells.columns, self._cells.rows):
            self.frame()  # nobody redraws at an unchanged size

    def drain(self) -> None:
        """Wait, up to a time limit, until everything is written."""
        self.frame()
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or not (self._is_due or self._is_busy), SECONDS_TO_DRAIN)

    def stop(self) -> None:
        """Write what is left, and end."""
        self.drain()
        self.give_up()
        self.join(SECONDS_TO_DRAIN)

    def run(self) -> None:
        """Write one frame after another."""
        try:
            while (data := self._next()) is not None:
                while data:
                    data = data[self._write(data) :]
        except OSError:
            # The terminal is gone, and with it anyone to tell. The thread that reads keys ends the app.
            self.give_up()

    def _next(self) -> bytes | None:
        """What to write next; None at the end."""
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
        """Wait until the previous frame has arrived, and before the first frame, for the answers to its questions."""
        known = self._first_asked + SECONDS_TO_TELL_WIDTH
        while self._is_probing and not (self._is_over or self._is_ending) and (left := known - time.monotonic()) > 0:
            self._changed.wait(left)
        while not (self._is_over or self._is_ending) and (left := self._turn() - time.monotonic()) > 0:
            self._changed.wait(left)
        if self._asked and time.monotonic() >= self._asked[0] + self._patience():
            self._asked.popleft()
            self._unanswered += 1

    def _turn(self) -> float:
        """The earliest time at which the next frame may be sent."""
        is_answer = self._is_answer()
        if self._asked:
            turn = self._asked[0] + self._patience()
            is_ahead = is_answer and len(self._asked) < MOST_UNDER_WAY
            return min(turn, self._last_drawn + SECONDS_TO_SETTLE) if is_ahead else turn
        is_told = self._has_answered and not self.is_answered_at_once
        return -math.inf if is_told or is_answer else self._taken

    def _is_answer(self) -> bool:
        """Whether the present frame is the first since a key."""
        return self._last_drawn > self._last_key > self._last_sent

    def _patience(self) -> float:
        """How long to wait for an answer."""
        if not self._has_answered:
            return SECONDS_TO_ANSWER
        return min(SECONDS_TO_ANSWER * LONGER**self._unanswered, MOST_SECONDS_TO_ANSWER)

    def _question(self) -> str:
        """The question whether a frame has arrived; empty if it is not worth asking."""
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
        """The question whether the terminal has seen the start, including the questions about modes.

        Some terminals do not answer those. But answers come in order, so once this one arrives, theirs have too.
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
            self._owed = 0  # what has not arrived by now was lost
        self._owed += 1
        self._last_asked = now
        return QUESTION

    def _may_answer(self) -> bool:
        return self._has_answered or self._unanswered < MOST_UNANSWERED
