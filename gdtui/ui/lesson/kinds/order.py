"""A page on which lines are put in order, on the screen: what is typed is seen as the lines it stands for."""

from collections.abc import Sequence

from gdtui.teaching.page import PageState
from gdtui.teaching.pages.order import OfferedLines
from gdtui.text import _
from gdtui.ui.common.rows import Row, line_rows
from gdtui.ui.lesson.kinds.kind import KindOnScreen, with_tries


class OrderOnScreen(KindOnScreen):
    """The lines that are left, and below them those that are placed."""

    name = "order"
    follows_typing = True

    def rows(self, view: PageState, width: int, typed: str = "") -> Sequence[Row]:
        """Each digit typed moves a line down."""
        shown = view.exhibit
        if not isinstance(shown, OfferedLines):
            return []
        typed_now = [int(digit) for digit in typed if digit.isdecimal() and 1 <= int(digit) <= len(shown.offered)]
        placed = list(dict.fromkeys(typed_now or shown.given))
        left = [number for number in range(1, len(shown.offered) + 1) if number not in placed]
        rows = [_line(shown, number, width, "text") for number in left]
        below = [_line(shown, number, width, "main") for number in placed]
        heading: Row = ((_("your order, {n} of {wanted}", n=len(placed), wanted=shown.wanted), "dim"),)
        return [*(row for part in rows for row in part), heading, *(row for part in below for row in part)]

    def label(self, view: PageState) -> str:
        """What to type."""
        return with_tries(_("type the numbers in order"), view)


def _line(shown: OfferedLines, number: int, width: int, role: str) -> Sequence[Row]:
    return line_rows(f" {number}  {shown.offered[number - 1]}", width, role, "      ")
