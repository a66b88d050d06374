"""Rows of text for the screen: runs of (text, role), where the style sheet gives each role its colour."""

import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from string import Formatter

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from gdtui.terminal.characters import BECOMES
from gdtui.text import clean

Span = tuple[str, str]
Row = tuple[Span, ...]


def fit(runs: Iterable[Span], width: int) -> Row:
    """Exactly `width` cells: cut with an ellipsis, or padded."""
    row: list[Span] = []
    left = width
    for text, name in runs:
        size = cell_len(text)
        if size > left:
            row.append((set_cell_size(text, max(left - 1, 0)) + "…"[: min(left, 1)], name))
            return tuple(row)
        if text:
            row.append((text, name))
        left -= size
    return (*row, (" " * left, "text")) if left else tuple(row)


def with_ascii_arrows(runs: Sequence[Span], width: int) -> Row:
    """The runs with ` -> ` for arrows between numbers, one cell wider, if there is space after it."""
    cells = [(character, name) for text, name in runs for character in text]
    for arrow in reversed(list(BECOMES.finditer("".join(map(itemgetter(0), cells))))):
        text, (start, end) = "".join(map(itemgetter(0), cells)), arrow.span()
        if (gap := text.find("  ", end)) >= 0:  # keep columns aligned
            del cells[gap]
        elif cell_len(text) >= width:
            continue
        cells[start:end] = [(character, cells[start][1]) for character in " -> "]
    return tuple(("".join(map(itemgetter(0), run)), name) for name, run in groupby(cells, itemgetter(1)))


def shortened(text: str, width: int) -> str:
    """A text in at most this many cells: whole words, then an ellipsis."""
    if cell_len(text) <= width:
        return text
    kept = ""
    for word in text.split():
        longer = f"{kept} {word}".lstrip()
        if cell_len(longer) >= width:
            break
        kept = longer
    return f"{kept or set_cell_size(text, width - 1)}…" if width > 0 else ""


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> Row:
    """`right` at the right end, complete, and `left` in the remaining space."""
    size = sum(cell_len(text) for text, _ in right)
    return (*fit(left, max(width - size, 0)), *fit(right, min(size, width)))


def around(chosen: int, items: Sequence[object], room: int) -> range:
    """The indexes of the items that are visible in this much space, including the chosen one."""
    first = max(0, min(chosen - room // 2, len(items) - room))
    return range(first, min(first + room, len(items)))


def keyed(template: str, role: str = "text", **keys: str) -> Row:
    """A sentence with key names for its placeholders, highlighted."""
    runs: list[Span] = []
    for text, name, *_rest in Formatter().parse(template):
        runs += [(text, role)] if text else []
        runs += [(keys[name], "key")] if name else []
    return tuple(runs)


_CONSOLE = Console(file=io.StringIO(), color_system=None)
"""The console that rich needs to break a line."""


@lru_cache(maxsize=512)
def line_rows(text: str, width: int, role: str, indent: str = "") -> tuple[Row, ...]:
    """A line of text, broken if it is too long; continuation rows are indented.

    The rows are cached, because most of a screen stays the same when a key is pressed.
    """
    lines = Text(clean(text, 2_000)).wrap(_CONSOLE, width - len(indent))
    return tuple(((indent * (number > 0) + line.plain.rstrip(), role),) for number, line in enumerate(lines))
