"""The commands of the lab: a module for each section of the help, and what all of them are."""

from gdtui.ui.lab.commands.all_commands import BY_NEED, COMMANDS, command_for, key_of_view
from gdtui.ui.lab.commands.command import Command
from gdtui.ui.lab.commands.lab_command import LabCommand

__all__ = ["BY_NEED", "COMMANDS", "Command", "LabCommand", "command_for", "key_of_view"]
