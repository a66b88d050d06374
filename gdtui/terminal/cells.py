"""A screen of cells: what the terminal should show, and the fewest bytes that get there from what it shows now."""

import functools
import itertools
import operator
import re
from collections.abc import Iterator

import msgspec
from rich.cells import cell_len

from gdtui.terminal.characters import fit_to_send, in_ascii, is_narrow

_MODES = re.compile(
    r"(?:\x1b\[\?[0-9]{1,4}[hl]|\x1b\[\?[0-9]{1,4}\$p|\x1b\[<u|\x1b\[>[0-9]{1,3}u|\x1b\]52;c;[A-Za-z0-9+/=]*\x07|\x07)*"
)
"""What may be sent unchanged, if written by itself: modes, questions about modes, the clipboard and the bell."""

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)|\x1b\[(?P<style>[0-9;]{0,99})m|\x1b\[(?P<place>[0-9;]{0,99})H"
    r"|(?P<line>\r\n|\n|\r)|(?P<other>\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|.)",
    re.DOTALL,
)
_SYNC = ("\x1b[?2026h", "\x1b[?2026l")
_OFF = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 7: 27, 8: 28, 9: 29}
"""The code that ends each attribute."""

_ENTER, _LEAVE = "\x1b[?1049h", "\x1b[?1049l"
_BRIDGE = 4
"""Up to this many unchanged cells of one style are sent again, because jumping over them costs as much."""

_MOST_MARKS = 4


class Style(msgspec.Struct, frozen=True, cache_hash=True):
    """The look of a cell, in the terminal's own codes."""

    attributes: frozenset[int] = frozenset()
    foreground: str = "39"
    background: str = "49"


PLAIN = Style()
Cell = tuple[str, Style]
"""A character with its combining marks, and its style; the second half of a wide character is empty."""
_SEEN_ON_BLANKS = frozenset({4, 7, 9})
"""Attributes that are visible without a character: underlined, reversed, struck through."""


@functools.lru_cache(maxsize=512)
def _blank(style: Style) -> Cell:
    """A blank in a normal form: all styles that look the same on a blank become one, as its text colour is
    invisible.
    """
    attributes = style.attributes & _SEEN_ON_BLANKS
    return " ", Style(attributes, style.foreground if attributes else PLAIN.foreground, style.background)


class Cells:
    """The cells wanted and the cells shown. Use from one thread at a time."""

    def __init__(self, columns: int, rows: int, *, is_ascii: bool = False) -> None:
        self.is_ascii = is_ascii
        """Whether only ASCII is sent."""
        self.has_sync = False
        """Whether frames are bracketed, so that none is shown half drawn."""
        self.is_open = False
        """Whether the alternate screen is on."""
        self._cursor = self._placed = (0, 0)
        self._touched: set[int] = set()
        self._style = PLAIN
        self.columns = self.rows = 0
        self._wanted: list[list[Cell | None]] = []
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Take a new size. What is shown is then unknown; at a different size, everything must be drawn again."""
        if (columns, rows) != (self.columns, self.rows):
            self.columns, self.rows = columns, rows
            self._wanted = [[None] * columns for _ in range(rows)]
        self._forget_shown()

    def turn_to_ascii(self) -> None:
        """Send only ASCII from now on. What the terminal shows may differ from what was sent."""
        self.is_ascii = True
        for row in self._wanted:
            row[:] = [cell and (in_ascii(cell[0]), cell[1]) for cell in row]
        self._forget_shown()

    def feed(self, data: str) -> str:
        """Take what a program writes; return what must be sent unchanged, such as modes.

        Modes are written by themselves. An escape sequence inside a frame comes from a text shown there, and is not
        sent.
        """
        if data in _SYNC:
            self.has_sync = True
            return ""
        if _MODES.fullmatch(data):
            for mode in (_ENTER, _LEAVE):
                if mode in data:
                    # The alternate screen is blank when it is entered, and no longer ours when it is left.
                    self.is_open = mode == _ENTER
                    self._forget_shown()
            return data
        for token in _TOKEN.finditer(data):
            kind, text = token.lastgroup, token[0]
            if kind == "text":
                self._put(text)
            elif kind == "style":
                self._style = _styled(self._style, token["style"])
            elif kind == "place":
                row, _, column = token["place"].partition(";")
                self._cursor = (_number(row) - 1, _number(column) - 1)
            elif kind == "line":
                self._cursor = (self._cursor[0] + ("\n" in text), 0)
        return ""

    def difference(self) -> str:
        """The bytes that turn the cells shown into those wanted; empty if they are the same."""
        has_moved = self._cursor not in (self._placed, (0, 0))
        if not self.is_open or not (self._touched or has_moved):
            return ""
        sent = "".join(self._changes())
        self._touched.clear()
        if not (sent or has_moved):
            return ""
        row, column = self._placed = self._cursor
        # The cursor is hidden, but input methods show their composition at its position.
        placed = f"\x1b[{row + 1};{column + 1}H" if self._cursor != (0, 0) else ""
        return f"\x1b[?2026h{sent}{placed}\x1b[?2026l" if self.has_sync else sent + placed

    def _forget_shown(self) -> None:
        self._placed = (0, 0)
        self._shown: list[list[Cell | None]] = [[None] * self.columns for _ in range(self.rows)]
        self._touched = set(range(self.rows))

    def _put(self, text: str) -> None:
        row, column = self._cursor
        if not 0 <= row < self.rows:
            return
        cells, style = self._wanted[row], self._style
        self._touched.add(row)
        if not is_narrow(text):
            text = fit_to_send(text)
        if self.is_ascii:
            text = in_ascii(text)
        if is_narrow(text):
            fitting = text[: max(0, self.columns - column)]
            if fitting:
                self._part(cells, column, column + len(fitting))
                blank = _blank(style)
                cells[column : column + len(fitting)] = [blank if one == " " else (one, style) for one in fitting]
            column += len(text)
        else:
            for character in text:
                column = self._put_one(cells, column, character, style)
        self._cursor = (row, column)

    def _put_one(self, cells: list[Cell | None], column: int, character: str, style: Style) -> int:
        """Place a character; return the column after it."""
        width = cell_len(character)
        if not width:
            before = cells[column - 1] if 0 < column <= self.columns else None
            if before and len(before[0]) <= _MOST_MARKS:
                cells[column - 1] = (before[0] + character, style if before == _blank(style) else before[1])
            return column
        if column + width <= self.columns:
            self._part(cells, column, column + width)
            cells[column] = _blank(style) if character == " " else (character, style)
            if width == 2:
                cells[column + 1] = ("", style)
        return column + width

    def _part(self, cells: list[Cell | None], start: int, end: int) -> None:
        """Blank the other halves of wide characters that are about to be cut."""
        if start and (cell := cells[start]) and not cell[0]:
            cells[start - 1] = _blank(cell[1])
        if end < self.columns and (cell := cells[end]) and not cell[0]:
            cells[end] = _blank(cell[1])

    def _changes(self) -> Iterator[str]:
        style, at = PLAIN, (-1, -1)
        for row in sorted(self._touched):
            wanted, shown = self._wanted[row], self._shown[row]
            for start, end in self._runs(wanted, shown):
                yield _move(at, (row, start))
                for column in range(start, end):
                    cell = wanted[column]
                    if cell is None:
                        continue
                    text, look = cell
                    if text and look != style and cell != _blank(style):
                        yield _restyled(style, look)
                        style = look
                    yield text
                # Terminals differ in where the cursor is after the last column.
                at = (row, end) if end < self.columns else (-1, -1)
            shown[:] = wanted
        if style != PLAIN:
            yield "\x1b[0m"

    def _runs(self, wanted: list[Cell | None], shown: list[Cell | None]) -> Iterator[tuple[int, int]]:
        """The parts of a row that differ, joined if little of one style is between them."""
        start = end = -1
        for column in itertools.compress(itertools.count(), map(operator.ne, wanted, shown)):
            new = wanted[column]
            if new is None or column < end:
                continue
            first, after = column - (not new[0]), column + 1
            if after < self.columns and (half := wanted[after]) and not half[0]:
                after += 1  # send a wide character as a whole, even if half of it is already there
            if start >= 0 and first - end <= _BRIDGE and _are_alike(wanted[max(end - 1, 0) : first + 1]):
                end = after
                continue
            if start >= 0:
                yield start, end
            start, end = first, after
        if start >= 0:
            yield start, end


def _number(text: str) -> int:
    """A row or column in a sequence; 1 if it is missing."""
    return max(1, int(text.partition(";")[0] or 1))


def _are_alike(cells: list[Cell | None]) -> bool:
    """Whether all these cells can be written in one style."""
    first = next((cell for cell in cells if cell and cell[0] != " "), cells[0])
    return first is not None and all(cell and (cell[1] == first[1] or cell == _blank(first[1])) for cell in cells)


def _move(at: tuple[int, int], to: tuple[int, int]) -> str:
    if at == to:
        return ""
    if at[0] == to[0] and 0 <= at[1] < to[1]:
        return f"\x1b[{to[1] - at[1]}C" if to[1] - at[1] > 1 else "\x1b[C"
    return f"\x1b[{to[0] + 1};{to[1] + 1}H" if to[1] else f"\x1b[{to[0] + 1}H"


@functools.lru_cache(maxsize=512)
def _restyled(before: Style, after: Style) -> str:
    """The shortest codes that change one style into another."""
    codes = sorted({str(_OFF[code]) for code in before.attributes - after.attributes})
    kept = {code for code in before.attributes if str(_OFF[code]) not in codes}
    codes += [str(code) for code in sorted(after.attributes - kept)]
    if before.foreground != after.foreground:
        codes.append(after.foreground)
    if before.background != after.background:
        codes.append(after.background)
    return f"\x1b[{';'.join(codes)}m"


@functools.lru_cache(maxsize=512)
def _styled(style: Style, codes: str) -> Style:
    """The style after a sequence of codes (ECMA-48, select graphic rendition)."""
    attributes, foreground, background = set(style.attributes), style.foreground, style.background
    parts = codes.split(";")
    while parts:
        text = parts.pop(0)
        code = int(text or 0)
        if code == 0:
            attributes, foreground, background = set(), PLAIN.foreground, PLAIN.background
        elif code in _OFF:
            attributes.add(code)
        elif code in _OFF.values():
            attributes = {attribute for attribute in attributes if _OFF[attribute] != code}
        elif code in (38, 48):
            length = 4 if parts[:1] == ["2"] else 2
            colour = ";".join([text, *parts[:length]])
            del parts[:length]
            foreground, background = (colour, background) if code == 38 else (foreground, colour)
        elif 30 <= code <= 39 or 90 <= code <= 97:
            foreground = text
        elif 40 <= code <= 49 or 100 <= code <= 107:
            background = text
    return Style(frozenset(attributes), foreground, background)
