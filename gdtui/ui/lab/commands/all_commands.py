"""All commands of the lab: in the order of the help, in the order of need, and found by their keys."""

import functools

from gdtui.ui.lab.commands import (
    change,
    charts,
    compare,
    file_actions,
    learn,
    look_and_leave,
    proof,
    step_and_run,
    through_time,
    why,
)
from gdtui.ui.lab.commands.lab_command import LabCommand

SECTIONS = (step_and_run, through_time, change, compare, why, charts, proof, learn, file_actions, look_and_leave)
"""In the order of the help."""

COMMANDS: tuple[type[LabCommand], ...] = tuple(command for section in SECTIONS for command in section.COMMANDS)

MOST_NEEDED: tuple[type[LabCommand], ...] = (
    step_and_run.Step,
    step_and_run.Play,
    through_time.Back,
    change.Raise,
    change.Edit,
    why.Anatomy,
    charts.NextChart,
    why.Code,
    compare.Pin,
    compare.Compare,
    charts.Enlarge,
)
"""What the line at the bottom begins with; from 80 columns on the first seven of them have room."""

BY_NEED: tuple[type[LabCommand], ...] = (*MOST_NEEDED, *(command for command in COMMANDS if command not in MOST_NEEDED))
"""In the order of the line at the bottom."""


@functools.cache
def command_for(key: str, view: str) -> type[LabCommand]:
    """What a key does where a view is open, or none: a command of that view before any other."""
    able = [command for command in COMMANDS if command.has_key(key)]
    return next((command for command in able if view in command.views), able[0])


def key_of_view(name: str) -> str:
    """The key that opens a view."""
    return next(command.shown_keys for command in COMMANDS if command.opens == name)
