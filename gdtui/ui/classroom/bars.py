"""Answers as bars, whose length depends only on the votes."""

from collections.abc import Sequence

from rich.cells import cell_len

from gdtui.classroom.messages import Bar
from gdtui.classroom.roster import Room
from gdtui.text import _, ngettext
from gdtui.ui.common.rows import Row, Span, fit, line_rows, shortened

SIGNS = ("▒", "█")
"""The characters for the first vote and the next one: they differ even without colour."""

MOST_PER_VOTE = 4
"""The most cells per vote."""

ANSWER, WORDS = 24, 26
"""The most cells for answers, and for their words when space is short."""

BARS = 20
"""How many cells the bars of a vote keep before words may take more."""

GAP = 2


def lengths(votes: Sequence[int], room: int) -> list[int]:
    """The length of each bar in cells: as many per vote as fit; if there is too little space, in proportion."""
    most = max(votes, default=0)
    if not most:
        return [0] * len(votes)
    if most <= room:
        return [count * min(MOST_PER_VOTE, room // most) for count in votes]
    return [max(bool(count), round(count * room / most)) for count in votes]


def histogram(bars: Sequence[Bar], width: int, *, height: int = 1, gap: bool = False) -> list[Row]:
    """The answers with the last two votes next to each other; each bar `height` rows high, perhaps with gaps."""
    if not bars:
        return [((_("Nobody has answered."), "text"),)]
    shown = [bar.votes[-2:] for bar in bars]
    many = max(map(len, shown))
    answer = min(ANSWER, max(cell_len(bar.answer) for bar in bars)) + GAP
    words = words_room(bars, width - answer - 1 - many * BARS) + GAP
    column = max(6, (width - answer - words - 1) // many)
    room = column - GAP - len(str(max(map(max, shown)))) - 1
    drawn = lengths([count for votes in shown for count in votes], room)
    heads = [_("votes")] if many == 1 else [_("first vote"), _("second vote")]
    if many > 1 and max(len(bar.votes) for bar in bars) > 2:
        heads = [_("the previous vote"), _("the last vote")]
    rows: list[Row] = [rule([(_("Answers"), answer + words + 1), *((head, column) for head in heads)], width), ()]
    for number, bar in enumerate(bars):
        role = "good" if bar.is_right else "text"
        left = (*label(f" {bar.answer}", "main", answer + 1), *label(bar.words, role, words))
        signs = SIGNS[-many:] if many > 1 else SIGNS[1:]
        for y in range(height):
            row = left if y == 0 else ((" " * (answer + words + 1), "text"),)
            for sign, count, cells in zip(signs, shown[number], drawn[many * number :][:many], strict=True):
                said = f"{' ' * bool(cells)}{count}" if y == 0 else ""
                row = (*row, *fit([(sign * cells, role), (said, "text")], column))
            rows.append(row)
        indent = " " * (answer + 1)
        lines = line_rows(bar.line, width - len(indent), "dim") if bar.line else ((),)
        rows += [((indent, "text"), *line) for line in lines]
        rows += [()] * gap
    return rows


def words_room(bars: Sequence[Bar], room: int) -> int:
    """How many cells the words for the answers get, given the space for answers and bars."""
    return min(max(WORDS, room - GAP), max((cell_len(bar.words) for bar in bars), default=0))


def rule(heads: Sequence[tuple[str, int]], width: int) -> Row:
    """A rule with headings over columns of these widths."""
    runs: list[Span] = []
    for head, column in heads:
        lead = "── " if not runs else " "
        runs += [(lead, "axis"), (head, "main"), (" ".ljust(max(1, column - len(lead) - cell_len(head)), "─"), "axis")]
    left = width - sum(cell_len(text) for text, _role in runs)
    return fit([*runs, ("─" * max(0, left), "axis")], width)


def tries(bars: Sequence[Bar], page: int, width: int, most: int) -> list[Row]:
    """The first answers on a page, in at most `most` lines; those that do not fit share one."""
    shown = list(bars[:most] if len(bars) <= most else bars[: most - 1])
    rest = sum(sum(bar.votes) for bar in bars[len(shown) :])
    if rest:
        shown.append(Bar("", _("other answers"), "", (rest,)))
    answer = min(ANSWER, max((cell_len(bar.answer) for bar in shown), default=0)) + GAP
    words = words_room(shown, width - answer - 6 - BARS) + GAP
    counts = [sum(bar.votes) for bar in shown]
    drawn = lengths(counts, width - answer - words - 6)
    title = _("Page {page}, first tries", page=page)
    return [
        rule([(title, width)], width),
        *(
            (
                *label(f" {bar.answer}", "text", answer),
                *label(bar.words, "good" if bar.is_right else "text", words),
                ("█" * cells, "good" if bar.is_right else "text"),
                (f" {count}", "text"),
            )
            for bar, count, cells in zip(shown, counts, drawn, strict=True)
        ),
    ]


def changed(room: Room) -> str:
    """How many changed their answer between the votes, and which way."""
    if not room.voted_twice:
        return _("Nobody voted twice.")
    gained, lost = (str(n) if n else _("nobody") for n in (room.changed_to_right, room.changed_from_right))
    return ngettext(
        "Of {n} who voted twice, {gained} changed to the right answer and {lost} away from it.",
        "Of {n} who voted twice, {gained} changed to the right answer and {lost} away from it.",
        room.voted_twice,
        gained=gained,
        lost=lost,
    )


def label(text: str, role: str, cells: int) -> Row:
    """A text in so many cells, the last of them always blank."""
    return fit([(shortened(text, cells - 1), role)], cells)
