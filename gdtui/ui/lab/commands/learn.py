"""The commands that ask the learner: predictions and lessons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.teaching.questions.all_kinds import lab_kinds
from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class LearnCommand(LabCommand):
    """Learning by being asked."""

    section = "Learn"


class Predict(LearnCommand):
    """A prediction."""

    name, keys, shown_keys, footer = "predict", "P", "P", ("P", "predict")
    title = f"Predict before it is shown: the next {', '.join(kind.lab_words for kind in lab_kinds())}; in turn"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Ask for it."""
        lab.predict(count)


class Lessons(LearnCommand):
    """The lessons."""

    name, keys, shown_keys, footer = "lessons", "L", "L", ("L", "lessons")
    title = "The lessons, and how far you have come; the lab waits as it is"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """List them."""
        lab.open_lessons()


COMMANDS: tuple[type[LabCommand], ...] = (Predict, Lessons)
"""In the order of the help."""
