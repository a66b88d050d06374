"""The kinds of page that have nothing of their own on the screen but what stands before the field, and a key."""

from typing import ClassVar

from gdtui.teaching.page import PageState
from gdtui.teaching.pages.watch import Watched
from gdtui.text import _, listed
from gdtui.ui.lesson.commands import MANY, row, takes
from gdtui.ui.lesson.kinds.kind import KindOnScreen


class GoalOnScreen(KindOnScreen):
    """The run is stepped by key, and settings are typed."""

    name = "goal"

    def label(self, view: PageState) -> str:
        """The settings that the goal asks for, or the epochs."""
        if any("script_run" in check.condition for check in view.checks):
            return _("type script, then the check number it prints:")
        settings = [example for example in view.examples if "=" in example]
        if view.is_beyond:
            return _("R starts over:")
        if not settings:
            return _("space takes an epoch, r takes {n}:", n=MANY)
        return _("space steps; or type {examples}:", examples=listed(settings[:2], _("or")))


class WatchOnScreen(KindOnScreen):
    """A run plays by itself, or is stepped; the last epochs are lines."""

    name = "watch"
    commands: ClassVar = (
        row(
            "watch",
            _("Play the run on the page, or pause it"),
            lambda lesson: lesson.play(),
            "r",
            bar=_("play"),
            views=("watch",),
            serves=takes("step"),
        ),
    )

    def label(self, view: PageState) -> str:
        """The keys; after one of several runs, that they lead to the next."""
        shown = view.exhibit
        if isinstance(shown, Watched) and shown.played == shown.play and shown.number < shown.runs:
            return _("space or r starts run {n} of {runs}:", n=shown.number + 1, runs=shown.runs)
        return _("space takes an epoch, r plays them all:")


class OwnWordsOnScreen(KindOnScreen):
    """A sentence is typed, and not judged."""

    name = "words"
    placeholder = _("Kept in your record, where a teacher can read it.")

    def label(self, view: PageState) -> str:
        """That it may be any."""
        return _("in your own words:")
