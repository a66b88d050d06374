"""The commands that are left: H(x), the help and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class PlainCommand(LabCommand):
    """What fits under no other heading."""

    section, tells_nothing = "Look and leave", True


class Hypothesis(PlainCommand):
    """H(x) for a new x."""

    name, keys, shown_keys, footer = "hypothesis", "h", "h", ("h", "H(x)")
    title = "H(x) for a new x, with the W of this epoch"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Ask for x."""
        from gdtui.ui.lab.new_x import ask_x  # not needed for the first frame

        ask_x(lab)


class Help(PlainCommand):
    """The help."""

    name, keys, shown_keys, footer = "help", "question_mark,f1", "? F1", ("?", "help")
    title = "All keys, and what the words mean"
    needs_run = False

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Open it."""
        lab.open_help()


class Quit(PlainCommand):
    """The way out."""

    name, keys, shown_keys, footer = "quit", "q,ctrl+q,f10", "q ctrl+q F10", ("q", "quit")
    title = "Quit"
    needs_run = False

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Leave."""
        lab.app.exit()


COMMANDS: tuple[type[LabCommand], ...] = (Hypothesis, Help, Quit)
"""In the order of the help."""
