"""A command of the lab: besides its keys it has an entry in the palette, and may belong to a view."""

from collections.abc import Callable
from typing import Any

import msgspec

from gdtui.ui.common.command import Command
from gdtui.ui.lab.lab import Lab


class LabCommand(Command, frozen=True, kw_only=True):
    """Something a key does in the lab."""

    do: Callable[[Lab], object] = lambda lab: None
    """What it does without a typed number; a returned text is shown."""
    times: Callable[[Lab, int], object] | None = None
    """What it does with the number typed before it, or 0."""
    in_view: Callable[[Any, Lab, int], object] | None = None
    """The same for a command in the open view, one of `views`."""
    by: int = 0
    """If not 0, the number is this times the typed one, or this if none was typed."""
    opens: bool = False
    """Whether all it does is to open and close the view that its id names."""
    needs_run: bool = True
    """Whether it must wait until torch is loaded."""
    tells_nothing: bool = False
    """Whether it shows no numbers and changes nothing, so that it works while a prediction is waiting."""

    def carry_out(self, lab: Lab, typed: int) -> object:
        """Carry it out with the number typed before it; a returned text is to be shown."""
        number = self.by * (typed or 1) if self.by else typed
        if self.opens:
            lab.toggle_view(self.id)
            return None
        if self.in_view:
            return self.in_view(lab.views.view, lab, number)
        return self.times(lab, number) if self.times else self.do(lab)


def under(heading: str, *commands: LabCommand, **shared: bool) -> tuple[LabCommand, ...]:
    """Commands with their heading in the help, and with attributes that all of them share."""
    return tuple(msgspec.structs.replace(command, section=heading, **shared) for command in commands)
