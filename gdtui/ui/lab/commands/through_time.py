"""The commands that look through the epochs taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class TimeCommand(LabCommand):
    """Looking through the epochs taken."""

    section = "Time"


class Back(TimeCommand):
    """Time, backwards."""

    name, keys, shown_keys, footer = "back", "left", "←", ("← →", "time")
    title = "Look one epoch back"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Look back."""
        lab.workspace.back(count or 1)


class Forward(TimeCommand):
    """Time, forwards."""

    name, keys, shown_keys = "forward", "right", "→"
    title = "Look one epoch on, among those taken"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Look on."""
        lab.workspace.forward(count or 1)


class First(TimeCommand):
    """The first epoch."""

    name, keys, shown_keys = "first", "home", "home"
    title = "Look at the first epoch"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Look at it."""
        lab.workspace.seek(0)


class Last(TimeCommand):
    """The last epoch known."""

    name, keys, shown_keys = "last", "end", "end"
    title = "Look at the last epoch taken"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Look at it."""
        lab.workspace.seek(len(lab.workspace.run.history) - 1)


COMMANDS: tuple[type[LabCommand], ...] = (Back, Forward, First, Last)
"""In the order of the help."""
