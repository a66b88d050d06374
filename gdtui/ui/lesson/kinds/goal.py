"""A page with a goal, on the screen."""

from gdtui.teaching.page import PageState
from gdtui.text import _, listed
from gdtui.ui.lesson.kinds.kind import KindOnScreen


class GoalOnScreen(KindOnScreen):
    """The run is stepped by key, and settings are typed."""

    name = "goal"

    def label(self, view: PageState) -> str:
        """The settings that the goal asks for, or the epochs."""
        if any("script_run" in check.condition for check in view.checks):
            return _("type script and its check number:")
        settings = [example for example in view.examples if "=" in example]
        examples = listed(settings[:2] or view.examples[:1], _("or"))
        return _("space steps; or type {examples}:", examples=examples)
