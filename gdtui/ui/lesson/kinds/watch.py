"""A page on which a run is watched, on the screen: it plays by itself, or is stepped."""

from typing import ClassVar

from gdtui.teaching.page import PageState
from gdtui.teaching.pages.watch import Watched
from gdtui.text import _
from gdtui.ui.lesson.commands import row, takes
from gdtui.ui.lesson.kinds.kind import KindOnScreen


class WatchOnScreen(KindOnScreen):
    """The last epochs, as lines."""

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
            return _("space or r begins run {n} of {runs}:", n=shown.number + 1, runs=shown.runs)
        return _("space takes an epoch, r plays them all:")
