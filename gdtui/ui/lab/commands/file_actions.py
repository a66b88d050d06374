"""The commands that take work out of the lab, and bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class FileCommand(LabCommand):
    """What leaves the lab, and comes back."""

    section = "Take away"


class CopyLine(FileCommand):
    """The experiment as one line."""

    name, keys, shown_keys, footer = "copy", "y", "y", ("y", "copy")
    title = "This experiment as a command line, shown and copied"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Show it and copy it."""
        lab.copy_command_line()


class Export(FileCommand):
    """The run in a file."""

    name, keys, shown_keys, footer = "export", "x", "x", ("x", "export")
    title = "Export the history (CSV, JSON), the run as a script, or the screen (SVG, text)"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Ask where to."""
        lab.file_actions.ask_where_to_export()


class Save(FileCommand):
    """The workspace in a file."""

    name, keys, shown_keys = "save", "ctrl+s", "ctrl+s"
    title = "Save the workspace: its runs and where they stand"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Save it."""
        lab.file_actions.save()


class Open(FileCommand):
    """A workspace out of a file."""

    name, keys, shown_keys = "open", "O", "O"
    title = "Open a workspace that was saved, or work that was left behind"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Ask which."""
        lab.file_actions.ask_what_to_open()


COMMANDS: tuple[type[LabCommand], ...] = (CopyLine, Export, Save, Open)
"""In the order of the help."""
