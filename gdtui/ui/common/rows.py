"""Rows of text for the screen: runs of (text, role), where a role is a word that the style sheet colours."""

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
    """Exactly `width` cells: cut with an ellipsis where there is too much, padded where too little."""
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
    """The runs with ` -> ` for the arrows between numbers, which takes a cell more, where there is room behind it."""
    cells = [(character, name) for text, name in runs for character in text]
    for arrow in reversed(list(BECOMES.finditer("".join(map(itemgetter(0), cells))))):
        text, (start, end) = "".join(map(itemgetter(0), cells)), arrow.span()
        if (gap := text.find("  ", end)) >= 0:  # what stands in columns stays there
            del cells[gap]
        elif cell_len(text) >= width:
            continue
        cells[start:end] = [(character, cells[start][1]) for character in " -> "]
    return tuple(("".join(map(itemgetter(0), run)), name) for name, run in groupby(cells, itemgetter(1)))


def shortened(text: str, width: int) -> str:
    """A text in at most so many cells: whole words, and an ellipsis for those that have no room."""
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
    """`left` at the left and, with what room there is, `right` at the right; the right is kept whole."""
    size = sum(cell_len(text) for text, _ in right)
    return (*fit(left, max(width - size, 0)), *fit(right, min(size, width)))


def around(chosen: int, items: Sequence[object], room: int) -> range:
    """Which of these are seen where there is room for so many, the chosen one among them."""
    first = max(0, min(chosen - room // 2, len(items) - room))
    return range(first, min(first + room, len(items)))


def keyed(template: str, role: str = "text", **keys: str) -> Row:
    """A sentence with names of keys for its placeholders, which stand out."""
    runs: list[Span] = []
    for text, name, *_rest in Formatter().parse(template):
        runs += [(text, role)] if text else []
        runs += [(keys[name], "key")] if name else []
    return tuple(runs)


_CONSOLE = Console(file=io.StringIO(), color_system=None)
"""What rich wants to be given to break a line."""


@lru_cache(maxsize=512)
def line_rows(text: str, width: int, role: str, indent: str = "") -> tuple[Row, ...]:
    """One line of text as it stands, broken where it is too long; what follows is indented.

    The rows are kept: most that is on a screen stays there when a key is pressed.
    """
    lines = Text(clean(text, 2_000)).wrap(_CONSOLE, width - len(indent))
    return tuple(((indent * (number > 0) + line.plain.rstrip(), role),) for number, line in enumerate(lines))
