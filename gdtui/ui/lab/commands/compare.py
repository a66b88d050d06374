"""The commands that keep runs and put them beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class CompareCommand(LabCommand):
    """Runs beside each other."""

    section = "Compare"


class Pin(CompareCommand):
    """A run kept to be compared."""

    name, keys, shown_keys, footer = "pin", "p", "p", ("p", "pin")
    title = "Pin this run to the board, or take it down; the charts keep what is on it"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Pin it."""
        lab.actions.pin()


class ChangeRun(CompareCommand):
    """Another run of the board."""

    name, keys, shown_keys = "change-run", "tab", "tab"
    title = "Go on with the next run on the board"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Take it."""
        lab.actions.change_run()


class Compare(CompareCommand):
    """The runs side by side."""

    name, keys, shown_keys, footer = "compare", "o", "o", ("o", "compare")
    title, opens = "Compare the runs on the board, and say whether that is fair", "compare"


class Sweep(CompareCommand):
    """Learning rates tried one after the other."""

    name, keys, shown_keys = "sweep", "w", "w"
    title, opens = "Sweep: epochs to converge, by learning rate", "sweep"


COMMANDS: tuple[type[LabCommand], ...] = (Pin, ChangeRun, Compare, Sweep)
"""In the order of the help."""
