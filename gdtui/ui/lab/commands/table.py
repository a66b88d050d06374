"""All commands of the lab, in the order of the help; and by key."""

from collections.abc import Sequence

from gdtui.ui.lab.commands import charts, compare, leave, proof, run, why
from gdtui.ui.lab.commands.command import LabCommand

COMMANDS: tuple[LabCommand, ...] = (
    *run.COMMANDS,
    *compare.COMMANDS,
    *why.COMMANDS,
    *charts.COMMANDS,
    *proof.COMMANDS,
    *leave.COMMANDS,
)
"""In the order of the help."""


def by_key(commands: Sequence[LabCommand]) -> dict[str, list[LabCommand]]:
    """What each key does: first the command that works everywhere, then those in views."""
    found: dict[str, list[LabCommand]] = {}
    for command in sorted(commands, key=lambda command: bool(command.views)):
        for key in command.key_names:
            found.setdefault(key, []).append(command)
    return found


def meant(commands: Sequence[LabCommand], view: str) -> LabCommand:
    """Of a key's commands, the one for the open view, or otherwise the first."""
    return next((command for command in commands if view in command.views), commands[0])
