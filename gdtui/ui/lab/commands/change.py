"""The commands that change the experiment, and take a change back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class ChangeCommand(LabCommand):
    """A change to the experiment, or its undoing."""

    section = "Change"


class Raise(ChangeCommand):
    """A larger learning rate."""

    name, keys, shown_keys, footer = "raise", "plus,equals_sign", "+ =", ("+ −", "lr")
    title = "lr up to the next round value, from this W on"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Nudge it up."""
        lab.actions.nudge_rate(1, count or 1)


class Lower(ChangeCommand):
    """A smaller learning rate."""

    name, keys, shown_keys = "lower", "minus", "−"
    title = "lr down to the next round value, from this W on"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Nudge it down."""
        lab.actions.nudge_rate(-1, count or 1)


class Edit(ChangeCommand):
    """The form with all parameters."""

    name, keys, shown_keys, footer = "edit", "e", "e", ("e", "edit")
    title = "Edit the parameters"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Open the form."""
        lab.actions.edit()


class Reset(ChangeCommand):
    """The start again."""

    name, keys, shown_keys = "reset", "R", "R"
    title = "Begin again from the same start"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Begin again."""
        lab.actions.reset()


class Undo(ChangeCommand):
    """The run before."""

    name, keys, shown_keys = "undo", "u", "u"
    title = "Undo a reset, an edit or a change of lr"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Bring the run before back."""
        lab.actions.undo()


COMMANDS: tuple[type[LabCommand], ...] = (Raise, Lower, Edit, Reset, Undo)
"""In the order of the help."""
