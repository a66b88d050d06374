"""The commands that take epochs: step, run, and at what pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class RunCommand(LabCommand):
    """Stepping and running."""

    section = "Step and run"


class Step(RunCommand):
    """One epoch."""

    name, keys, shown_keys, footer = "step", "space", "space", ("space", "step")
    title = "Take one epoch; 25 space takes 25"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Take the epochs."""
        lab.actions.step(count or 1)


class Play(RunCommand):
    """Run and pause."""

    name, keys, shown_keys, footer = "play", "r", "r", ("r", "run")
    title = "Run to the end of the plan, or pause"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Start or stop."""
        lab.actions.toggle_play()


class Slower(RunCommand):
    """A lower pace."""

    name, keys, shown_keys = "slower", "left_square_bracket", "["
    title = "Run slower"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """One pace down, or as many as typed."""
        lab.actions.change_pace(-(count or 1))


class Faster(RunCommand):
    """A higher pace."""

    name, keys, shown_keys = "faster", "right_square_bracket", "]"
    title = "Run faster: 1, 2, 5, 10, 30 epochs a second, full speed"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """One pace up, or as many as typed."""
        lab.actions.change_pace(count or 1)


COMMANDS: tuple[type[LabCommand], ...] = (Step, Play, Slower, Faster)
"""In the order of the help."""
