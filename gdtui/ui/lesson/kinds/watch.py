"""A page on which a run is watched, on the screen: it plays by itself, or is stepped."""

from typing import ClassVar

from gdtui.teaching.page import PageState
from gdtui.teaching.pages.watch import Watched
from gdtui.ui.lesson.commands import LessonCommand, takes
from gdtui.ui.lesson.kinds.kind import KindOnScreen


class WatchOnScreen(KindOnScreen):
    """The last epochs, as lines."""

    name = "watch"
    commands: ClassVar = (
        LessonCommand(
            id="watch",
            keys="r",
            bar="play",
            title="Play the run that is to be watched, or pause it",
            views=("watch",),
            serves=takes("step"),
            do=lambda lesson: lesson.play(),
        ),
    )

    def label(self, view: PageState) -> str:
        """The keys; after one of several runs, that they lead to the next."""
        shown = view.exhibit
        if isinstance(shown, Watched) and shown.played == shown.play and shown.number < shown.runs:
            return f"space or r begins run {shown.number + 1} of {shown.runs}:"
        return "space takes an epoch, r plays them all:"
