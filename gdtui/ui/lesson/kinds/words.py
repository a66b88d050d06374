"""A page that asks for own words, on the screen."""

from gdtui.teaching.page import PageState
from gdtui.text import _
from gdtui.ui.lesson.kinds.kind import KindOnScreen


class OwnWordsOnScreen(KindOnScreen):
    """A sentence is typed."""

    name = "words"

    def label(self, view: PageState) -> str:
        """That it is not judged."""
        return _("in your own words:")
