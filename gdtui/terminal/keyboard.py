"""Input as Textual's events: keys, pastes and sizes, without the terminal's own answers.

Textual's own parser takes unknown answers for keys, and a paste without brackets too.
"""

import codecs
import re
import time
from collections.abc import Callable, Iterable, Iterator

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.events import Key, Paste
from textual.message import Message

from gdtui.terminal.newer_keys import older_form

SECONDS_FOR_ESCAPE = 0.1
"""An escape that is followed by nothing for this long was the key."""
SECONDS_FOR_REST = 3.0
"""How long to wait for the rest of a sequence."""
SECONDS_OF_QUIET = 0.1
"""A pause of this length ends a paste without brackets."""
MOST_KEYS, MOST_KINDS = 100, 10
"""More characters than this at once, of more different kinds, are a paste; a held key repeats one kind."""
MOST_REPEATED = 1000
MOST_PASTED = 100_000
"""The most characters of a paste; the rest is dropped."""

_STRING = rb"\x1b[\]PX^_][ -~\x80-\xff]*"
"""The beginning of a string from the terminal (OSC, DCS, SOS, PM, APC); or a key pressed with alt."""
_ANSWER = rb"\x1b(?:\]\d|P[\d>!+$|]|_G)[^\x07\x1b]*"
"""The beginning of a string that is an answer: a colour, a name, a capability, a picture."""
_ALT = (
    rb"[^\x1b\[O\]PX^_\x80-\xff]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
    rb"|[\x80-\xff][\x80-\xbf]*(?=[^\x80-\xbf])"
    # No string from the terminal continues with this.
    rb"|[\]PX^_](?=[ -~\x80-\xff]*(?:[\x00-\x06\x08-\x1a\x1c-\x1f\x7f]|\x1b[^\\]))"
)
"""What a key pressed with alt sends after the escape: ASCII that starts nothing else, or another character."""
_TOKEN = re.compile(
    rb"(?P<text>[^\x1b]+)|\x1b\[M[^\x1b]{3}|(?P<key>\x1b\[\[[A-E]|\x1bO\d{0,3}[ @-~]|\x1b\[\d+\$)"
    rb"|(?P<control>\x1b\[(?![M\[])(?!\d+\$)[0-?]*[ -/]*[@-~])|" + _STRING + rb"(?:\x07|\x1b\\)"
    # Do not wait for the rest of what was cut off by another sequence or a control character.
    rb"|\x1b\[[0-?]*[ -/]*(?=[\x00-\x1f\x7f-\xff])|" + _ANSWER + rb"(?=\x1b[^\\])"
    rb"|\x1b(?P<alt>" + _ALT + rb")|(?P<escape>\x1b(?=\x1b))",
)
_UNSURE = re.compile(rb"\x1b.?|\x1b\[M.*|(?!" + _ANSWER + rb")" + _STRING, re.DOTALL)
"""The beginning of a sequence that could also be keys."""
_CLICK = b"\x1b[M"
"""The beginning of a mouse click, or F1 on an SCO console."""
_KEYPAD = {b"\x1bOl": ",", b"\x1bOX": "="}
"""Keys that Textual does not know."""
_CURSOR_REPORT = re.compile(rb"\x1b\[\d+;(\d+)R")
_TO_TEXTUAL = re.compile(rb"\x1b\[(?:\?\d+;\d\$y|48;[\d:;]+t|[IO])")
"""Answers for Textual: whether a mode is known, the size, and whether the terminal has the focus."""
_MOUSE = re.compile(rb"\x1b\[<[-\d;]+[mM]")
_PASTE, _END_OF_PASTE = b"\x1b[200~", b"\x1b[201~"
_LATE_REST = re.compile(rb"\[[?>]?\d+(?:;\d+)*(?:\$y|[A-Za-z])|\]\d+;[^\x07\x1b]*(?:\x07|\x1b\\)")
"""The rest of an answer whose escape arrived so much earlier that it was taken for the key."""


class Keyboard:
    """Reads bytes as they arrive, in whatever pieces."""

    def __init__(self, *, has_mouse: bool, on_report: Callable[[int], None] = lambda column: None) -> None:
        """`on_report` is called with the column of each cursor report."""
        self._has_mouse = has_mouse
        self._on_report = on_report
        self._parser = XTermParser()
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = b""
        self._brackets: bytearray | None = None
        self._flood = ""
        self._last = self._last_escape = 0.0

    @property
    def patience(self) -> float | None:
        """How many seconds from now `tick` is due if nothing arrives; None for never."""
        if self._flood:
            return SECONDS_OF_QUIET
        if self._brackets is not None:
            return SECONDS_FOR_REST
        if not self._rest:
            return None
        last = self._rest[self._rest.rindex(b"\x1b") :] if b"\x1b" in self._rest else self._rest
        return SECONDS_FOR_ESCAPE if _UNSURE.fullmatch(last) else SECONDS_FOR_REST

    def feed(self, data: bytes) -> Iterator[Message]:
        """The events from more bytes."""
        self._last = time.monotonic()
        if self._last < self._last_escape + SECONDS_FOR_REST and (late := _LATE_REST.match(data)):
            data = data[late.end() :]
        data, self._rest = self._rest + data, b""
        place = 0
        while place < len(data):
            if self._brackets is not None:
                place = self._fill(self._brackets, data, place)
                if place < len(data) or data.endswith(_END_OF_PASTE):
                    yield from self._end_brackets()
                continue
            token = _TOKEN.match(data, place)
            if token and token["escape"]:
                following = _TOKEN.match(data, token.end())
                if following and _is_key(following[0].decode("latin-1")):
                    place = following.end()  # such as alt+up
                    continue
                token = token if following else None
            if token is None:
                self._rest = data[place:] if len(data) - place < MOST_PASTED else b""
                return
            place = token.end()
            if token["text"]:
                yield from self._text(self._decode(token["text"]))
                continue
            yield from self._end_flood()
            yield from self._sequence(token)

    def tick(self) -> Iterator[Message]:
        """The events due because time has passed."""
        patience = self.patience
        if patience is None or time.monotonic() < self._last + patience:
            return
        yield from self._end_flood()
        rest, self._rest = self._rest, b""
        if self._brackets is not None:
            yield from self._end_brackets()
        elif rest:
            beginning = rest.lstrip(b"\x1b")
            for _ in range(len(rest) - len(beginning) - bool(beginning)):
                self._last_escape = self._last
                yield Key("escape", "\x1b")
            if beginning and _UNSURE.fullmatch(b"\x1b" + beginning):
                yield from self._keys_after_all(b"\x1b" + beginning)

    def _keys_after_all(self, typed: bytes) -> Iterator[Message]:
        """The keys in something that could have been the beginning of a sequence."""
        if typed.startswith(_CLICK):
            yield Key("f1", None)
            yield from self.feed(typed[len(_CLICK) :])
        elif typed[1:2] != b"[":
            yield from self._alt(typed[1:2])
            yield from self.feed(typed[2:])

    def _sequence(self, token: re.Match[bytes]) -> Iterator[Message]:
        sequence = token[0]
        if token["escape"]:
            yield Key("escape", "\x1b")
        elif token["alt"]:
            yield from self._alt(token["alt"])
        elif sequence in _KEYPAD:
            yield from self._text(_KEYPAD[sequence])
        elif token["control"] and (report := _CURSOR_REPORT.fullmatch(sequence)):
            self._on_report(int(report[1]))
        elif sequence == _PASTE:
            self._brackets = bytearray()
        elif (self._has_mouse and _MOUSE.fullmatch(sequence)) or _TO_TEXTUAL.fullmatch(sequence):
            yield from self._parser.feed(sequence.decode())
        elif token["key"] or token["control"]:
            yield from self._key(older_form(sequence.decode("latin-1")))

    def _key(self, typed: str) -> Iterator[Message]:
        """The event of a key in the older form."""
        if typed == "\x1b":
            yield Key("escape", typed)
        elif not typed.startswith("\x1b"):
            yield from self._text(typed)
        elif len(typed) == 2:
            yield from self._alt(typed[1:].encode())
        elif _is_key(typed):
            yield from self._parser.feed(typed)

    def _alt(self, typed: bytes) -> Iterator[Message]:
        if typed.isalnum():
            yield Key(f"alt+{typed.decode('ascii', 'replace')}", None)

    def _text(self, text: str) -> Iterator[Message]:
        """Keys, unless there are more at once than anyone can type."""
        is_flood = len(text) > MOST_REPEATED or (len(text) > MOST_KEYS and len(set(text)) > MOST_KINDS)
        if self._flood or is_flood:
            self._flood = (self._flood + text)[:MOST_PASTED]
        # For Textual's parser an empty text means the end of input.
        elif typed := "".join(character for character in text if not "\x7f" < character < "\xa0"):
            yield from self._parser.feed(typed)

    def _end_flood(self) -> Iterator[Message]:
        if self._flood:
            text, self._flood = self._flood, ""
            yield _pasted(text)

    def _fill(self, brackets: bytearray, data: bytes, place: int) -> int:
        """Take pasted text up to its end; return where that is."""
        end = data.find(_END_OF_PASTE, place)
        if end >= 0:
            brackets += data[place:end]
            return end + len(_END_OF_PASTE)
        # The last bytes may be the beginning of the end marker.
        kept = max(place, len(data) - len(_END_OF_PASTE) + 1)
        brackets += data[place:kept]
        del brackets[4 * MOST_PASTED :]
        self._rest = data[kept:]
        return len(data)

    def _end_brackets(self) -> Iterator[Message]:
        if self._brackets is not None:
            text, self._brackets = self._brackets.decode("utf-8", "replace"), None
            yield _pasted(text)


def _is_key(sequence: str) -> bool:
    """Whether a key sends this. A cursor report in the first row could also be shift+F3, but never counts as a key."""
    return sequence in ANSI_SEQUENCES_KEYS and not _CURSOR_REPORT.fullmatch(sequence.encode())


def keys_of(text: str) -> Iterable[Message]:
    """The keys that type a text."""
    return XTermParser().feed(text)


def _pasted(text: str) -> Paste:
    return Paste(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", text[:MOST_PASTED]))
