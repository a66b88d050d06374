"""The kinds of page with little of their own on the screen: a label, a key, or lines."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from gdtui.teaching.page import PageState
from gdtui.teaching.pages.order import OfferedLines
from gdtui.teaching.pages.watch import Watched
from gdtui.teaching.session import MANY
from gdtui.text import _, listed
from gdtui.ui.common.rows import Row, line_rows
from gdtui.ui.lesson.commands import row, takes
from gdtui.ui.lesson.kinds.kind import KindOnScreen, with_tries

EPOCHS_A_SECOND, SECONDS_A_RUN = 2, 10
"""The slowest pace of a run, and its longest duration: one with many epochs plays faster."""


def pace(view: PageState | None) -> float:
    """The pace of a page's run in epochs per second."""
    shown = view.exhibit if view else None
    return max(EPOCHS_A_SECOND, shown.play / SECONDS_A_RUN) if isinstance(shown, Watched) else EPOCHS_A_SECOND


def is_run_over(view: PageState) -> bool:
    """Whether one of several runs has finished, and the next one waits for a key."""
    shown = view.exhibit
    return isinstance(shown, Watched) and shown.is_at_the_end and shown.number < shown.runs


class GoalOnScreen(KindOnScreen):
    """The run is stepped by key, and settings are typed."""

    name = "goal"

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """The settings that the goal asks for, or the epochs."""
        if any("script_run" in check.condition for check in view.checks):
            return _("type script, then the check number it prints:")
        settings = [example for example in view.examples if "=" in example]
        if view.is_beyond:
            return _("{reset} starts over:", reset=key["reset"])
        if not settings:
            return _("{step} takes an epoch, {play} takes {n}:", n=MANY, step=key["step"], play=key["play"])
        return _("{step} steps; or type {examples}:", examples=listed(settings[:2], _("or")), step=key["step"])


class WatchOnScreen(KindOnScreen):
    """The run plays by itself or is stepped; the last epochs are shown as lines."""

    name = "watch"
    commands: ClassVar = (
        row(
            "watch",
            _("Play the run on the page, or pause it"),
            lambda lesson: lesson.play(),
            "r",
            bar=_("play"),
            serves=takes("step"),
        ),
    )

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """The keys; after one of several runs, that they lead to the next."""
        shown, keys = view.exhibit, {"step": key["step"], "watch": key["watch"]}
        if isinstance(shown, Watched) and is_run_over(view):
            return _("{step} or {watch} starts run {n} of {runs}:", n=shown.number + 1, runs=shown.runs, **keys)
        return _("{step} takes an epoch, {watch} plays them all:", **keys)


class OwnWordsOnScreen(KindOnScreen):
    """A sentence is typed, and not judged."""

    name = "words"
    placeholder = _("Kept in your record, where a teacher can read it.")

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """That any words will do."""
        return _("in your own words:")


class OrderOnScreen(KindOnScreen):
    """Lines to put in order: first those that are left, then those that are placed."""

    name = "order"
    follows_typing = True

    def rows(self, view: PageState, width: int, typed: str = "") -> Sequence[Row]:
        """The lines; each digit typed moves one down."""
        shown = view.exhibit
        if not isinstance(shown, OfferedLines):
            return []
        typed_now = [int(digit) for digit in typed if digit.isdecimal() and 1 <= int(digit) <= len(shown.offered)]
        placed = list(dict.fromkeys(typed_now or shown.given))
        left = [number for number in range(1, len(shown.offered) + 1) if number not in placed]
        heading = _("your lines, {n} of {wanted} placed:", n=len(placed), wanted=shown.wanted)
        if len(placed) == shown.wanted:
            heading = _("your lines, all {n} placed:", n=shown.wanted)
        return [*_lines(shown, left, width, "text"), ((heading, "dim"),), *_lines(shown, placed, width, "main")]

    def label(self, view: PageState, key: Mapping[str, str]) -> str:
        """What to type."""
        return with_tries(_("type the numbers in order"), view)


def _lines(shown: OfferedLines, numbers: Sequence[int], width: int, role: str) -> list[Row]:
    lines = (f" {number}  {shown.offered[number - 1]}" for number in numbers)
    return [row for line in lines for row in line_rows(line, width, role, "      ")]
