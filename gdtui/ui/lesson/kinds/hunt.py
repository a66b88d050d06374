"""A blind page on the screen: only W, cost and slope of each try."""

from collections.abc import Iterator, Mapping, Sequence

from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame
from gdtui.numbers import fixed, significant
from gdtui.teaching.page import PageState
from gdtui.teaching.pages.hunt import DIGITS, Hunt, HuntPoint
from gdtui.text import _
from gdtui.ui.common.rows import Row, line_rows
from gdtui.ui.lesson.kinds.kind import KindOnScreen

LAST_TRIES = 5
"""The most tries shown."""

LEAST_FOR_BOTH = 56
"""The least width for a table with both the tries and gdtui's epochs."""


class HuntOnScreen(KindOnScreen):
    """A table of the tries."""

    name = "hunt"
    is_below = True

    def rows(self, view: PageState, width: int, typed: str = "") -> Sequence[Row]:
        """The tries."""
        return list(hunt_rows(view.exhibit, width)) if isinstance(view.exhibit, Hunt) else []

    def numbers_height(self, view: PageState, experiment: Experiment) -> int:
        """One line."""
        return 1

    def numbers(self, view: PageState, frame: Frame, width: int) -> Sequence[Row]:
        """W, cost and slope."""
        if not isinstance(view.exhibit, Hunt):
            return []
        newest = view.exhibit.tries[-1]
        named = (
            ("W", fixed(newest.weight, 4)),
            (_("cost"), significant(newest.cost, DIGITS)),
            (_("slope"), significant(newest.slope, DIGITS)),
        )
        return [tuple(run for name, number in named for run in ((f" {name} ", "dim"), (f"{number}  ", "main")))]

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """What to type: a W, until only gdtui's search is missing."""
        if isinstance(view.exhibit, Hunt) and view.exhibit.is_found:
            return _("You found it. To watch gdtui hunt, type play 0.1:")
        return _("next W:")


def hunt_rows(hunt: Hunt, width: int) -> Iterator[Row]:
    """The latest tries, next to them gdtui's own epochs from the same start, and below where those end."""
    first = max(0, len(hunt.tries) - LAST_TRIES)
    cell = min(11, (width - 11) // 2)
    heading = f"  {'W':>9}{_('cost'):>{cell}}{_('slope'):>{cell}}"
    played = hunt.played if width >= LEAST_FOR_BOTH else ()
    yield ((heading + (f"{_('gdtui: W'):>12}{_('cost'):>11}" if played else ""), "dim"),)
    for number, look in enumerate(hunt.tries[first:], first):
        cost, slope = significant(look.cost, DIGITS), significant(look.slope, DIGITS)
        numbers = f"  {fixed(look.weight, 4):>9}{cost:>{cell}}{slope:>{cell}}"
        yield ((numbers, "main" if number == len(hunt.tries) - 1 else "text"), (_played(played, number), "text"))
    if hunt.played:
        yield from line_rows(f"  {hunt.found}", width, "main", "    ")


def _played(played: tuple[HuntPoint, ...], number: int) -> str:
    """One of gdtui's epochs; empty if it has not come that far."""
    if number >= len(played):
        return ""
    return f"{fixed(played[number].weight, 4):>12}{significant(played[number].cost, DIGITS):>11}"
