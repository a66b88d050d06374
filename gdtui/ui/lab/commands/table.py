"""All commands of the lab: in the order of the help, in the order of need, and found by their keys."""

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

MOST_NEEDED = (
    *("step", "play", "join", "hand", "my-lab", "lead", "ask-class", "back", "raise", "edit", "explain", "lessons"),
    *("next-chart", "code", "pin", "compare", "enlarge"),
)
"""What the line at the bottom begins with, by id; from 80 columns on the first seven of them have room."""


def by_need(commands: Sequence[LabCommand]) -> list[LabCommand]:
    """The commands in the order of the line at the bottom."""
    return sorted(commands, key=lambda command: [*MOST_NEEDED, command.id].index(command.id))


def by_key(commands: Sequence[LabCommand]) -> dict[str, list[LabCommand]]:
    """What each key does: first what it does everywhere, then what it does in a view."""
    found: dict[str, list[LabCommand]] = {}
    for command in sorted(commands, key=lambda command: bool(command.views)):
        for key in command.key_names:
            found.setdefault(key, []).append(command)
    return found


def meant(commands: Sequence[LabCommand], view: str) -> LabCommand:
    """Of the commands of a key the one for the view that is open, or else the first."""
    return next((command for command in commands if view in command.views), commands[0])
