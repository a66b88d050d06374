"""The roster as rows: one line per learner, and the first answers of the class."""

from rich.cells import cell_len

from gdtui.classroom.roster import Room
from gdtui.classroom.roster import Row as Learner
from gdtui.text import _
from gdtui.ui.classroom.bars import tries
from gdtui.ui.common.rows import Row, Span, around, fit, shortened, spread

PROGRESS = 10
"""The width of a progress bar in cells."""

LEAST_FOR_PROGRESS = 76
"""The least width of the screen at which it is shown."""

NAME, ANSWER, HINTS, QUIET = 16, 9, 7, 9
"""The widths of a name, an answer, the number of hints, and how long nothing was done."""

MOST_TRIES = 4
MANY_QUIET = 180.0
"""After this many seconds without activity, the time is highlighted."""


def roster_rows(room: Room, chosen: int, width: int, height: int) -> list[Row]:
    """As many learners as fit, including the chosen one, and below them the first answers."""
    below = tries(room.first_tries, room.first_tries_page, width, MOST_TRIES) if room.first_tries else []
    if height - len(below) < 6:
        below = []
    seats = max(1, height - 1 - len(below))
    if len(room.rows) > seats:
        seats -= 1  # for the line that says that there are more
    seen = around(chosen, room.rows, seats)
    name = min(NAME, max(cell_len(each) + 2 for each in (_("name"), *(row.account for row in room.rows))))
    rows = [_head(width, name), *(_row(room.rows[n], n == chosen, width, name) for n in seen)]
    above, under = seen.start, len(room.rows) - seen.stop
    if above or under:
        rows.append(((_("    {above} above   {under} below", above=above, under=under), "dim"),))
    if not room.rows:
        rows.append(((_(" Nobody is here yet. Learners start gdtui and press J."), "dim"),))
    return [*rows, *[()] * (height - len(rows) - len(below)), *below]


def _head(width: int, name: int) -> Row:
    cells = [(_("name"), name), (_("page"), 6)]
    cells += [(_("progress"), PROGRESS + 2)] if width >= LEAST_FOR_PROGRESS else []
    runs = [("   ", "dim"), *((text, "dim") for word, size in cells for text, _role in fit([(word, "")], size))]
    right = _right((_("hints"), "dim"), (_("quiet"), "dim"), width)
    return spread([*runs, (_("last answer"), "dim")], right, width)


def _right(hints: Span, quiet: Span, width: int) -> Row:
    """The right end of a line, with the hints if there is space."""
    cells = [(hints, HINTS)] if width >= LEAST_FOR_PROGRESS else []
    return tuple(run for cell, size in (*cells, (quiet, QUIET)) for run in fit([("  ", "text"), cell], size))


def _row(row: Learner, is_chosen: bool, width: int, cells: int) -> Row:
    needs = row.has_hand_up or (row.wrong_in_a_row > 1 and not row.is_gone)
    name = "dim" if row.is_gone else "main" if needs else "text"
    left = [("▸" if is_chosen else " ", "key"), ("!" if row.has_hand_up else " ", "warn"), (" ", "text")]
    left += fit([(row.account, name)], cells)
    left += fit([(str(row.page) if row.page else _("lab"), name)], 6)
    if width >= LEAST_FOR_PROGRESS:
        done = round(PROGRESS * row.reached)
        left += [("━" * done, "text"), ("─" * (PROGRESS - done) + "  ", "dim")]
    quiet = "dim" if row.is_gone else "warn" if row.quiet >= MANY_QUIET else "text"
    hints = str(row.hints) if row.hints else ""
    right = _right((hints, "dim"), (minutes(row.quiet), quiet), width)
    room = width - sum(cell_len(text) for text, _role in (*left, *right))
    return spread([*left, *_answer(row, room)], right, width)


def _answer(row: Learner, room: int) -> Row:
    """The latest answer and what explains it; if there is something more important to say, that."""
    if row.flags:
        return ((row.flags[0], "bad"),)
    if row.is_gone:
        return ((gone(row), "dim"),)
    if row.lacks:
        return ((_("cannot open the lesson"), "bad"),)
    if not row.answer:
        return ((_("following you") if row.is_following else "", "dim"),)
    role = "text" if row.is_right or row.is_right is None else "main"
    answer = row.answer if cell_len(row.answer) < ANSWER else f"{row.answer} "
    times = f" ×{row.wrong_in_a_row}" if row.wrong_in_a_row > 1 else ""
    first = fit([(answer, "text")], max(ANSWER, cell_len(answer)))
    room -= sum(cell_len(text) for text, _role in first) + cell_len(times)
    return (*first, (shortened(row.words, room), role), (times, "warn"))


def gone(row: Learner) -> str:
    """How a learner who is gone went."""
    return _("left") if row.has_left else _("not seen for {time}", time=minutes(row.unseen))


def minutes(seconds: float) -> str:
    """A duration in whole minutes."""
    whole = int(seconds // 60)
    return _("{n} min", n=whole) if whole else _("now")
