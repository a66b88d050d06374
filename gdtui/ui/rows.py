"""Rows of text for the screen: runs of (text, role), where a role is a word that the style sheet colours."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

Run = tuple[str, str]
Row = tuple[Run, ...]
Span = tuple[int, int, int]
"""Column, row and width of cells that changed."""

GAP = 8
"""Changed spans closer than this are sent as one: to move the cursor costs about as much."""


def fit(runs: Iterable[Run], width: int, role: str = "text") -> Row:
    """Exactly `width` cells: cut with an ellipsis where there is too much, padded in `role` where too little."""
    row: list[Run] = []
    left = width
    for text, name in runs:
        size = cell_len(text)
        if size > left:
            row.append((set_cell_size(text, max(left - 1, 0)) + "…"[: min(left, 1)], name))
            return tuple(row)
        if text:
            row.append((text, name))
        left -= size
    return (*row, (" " * left, role)) if left else tuple(row)


def spread(left: Sequence[Run], right: Sequence[Run], width: int, role: str = "text") -> Row:
    """`left` at the left and, with what room there is, `right` at the right; the right is kept whole."""
    size = sum(cell_len(text) for text, _ in right)
    return (*fit(left, max(width - size, 0), role), *fit(right, min(size, width), role))


def changed_spans(before: Sequence[Row], after: Sequence[Row]) -> list[Span]:
    """Where the cells of one picture differ from those of another with as many rows."""
    spans: list[Span] = []
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        if old != new:
            spans.extend((x, y, width) for x, width in _changed_in_row(_cells(old), _cells(new)))
    return spans


def _changed_in_row(old: list[Run], new: list[Run]) -> list[tuple[int, int]]:
    if len(old) != len(new):
        return [(0, max(len(old), len(new)))]
    spans: list[tuple[int, int]] = []
    for x in (x for x, (was, now) in enumerate(zip(old, new, strict=True)) if was != now):
        if spans and x - sum(spans[-1]) < GAP:
            spans[-1] = (spans[-1][0], x + 1 - spans[-1][0])
        else:
            spans.append((x, 1))
    return spans


def _cells(row: Row) -> list[Run]:
    """One entry a cell; a wide character's second cell holds the character again."""
    return [(character, role) for text, role in row for character in text for _ in range(cell_len(character))]
