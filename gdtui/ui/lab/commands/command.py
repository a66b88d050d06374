"""What a command is in the lab: besides a key it has an entry in the palette, and it may belong to a view."""

from collections.abc import Callable
from typing import Any

import msgspec

from gdtui.ui.common.command import Command
from gdtui.ui.lab.lab import Lab


class LabCommand(Command, frozen=True, kw_only=True):
    """Something a key does in the lab."""

    do: Callable[[Lab], object] = lambda lab: None
    """What it does, where a number typed before it makes no difference; a text that is returned is said."""
    times: Callable[[Lab, int], object] | None = None
    """What it does with that number, which is 0 where none was typed."""
    in_view: Callable[[Any, Lab, int], object] | None = None
    """Likewise, what it does in the open view, which is one of `views`."""
    by: int = 0
    """Where this is not 0, the number is so many times the one typed, which is 1 where none was."""
    opens: bool = False
    """Whether all it does is to open and close the view that its id names."""
    needs_run: bool = True
    """Whether it waits until torch is loaded."""
    tells_nothing: bool = False
    """Whether it neither tells nor changes anything, and so serves while a prediction waits for its answer."""

    def carry_out(self, lab: Lab, typed: int) -> object:
        """Do it, with the number typed before it; a text that is returned is to be said."""
        number = self.by * (typed or 1) if self.by else typed
        if self.opens:
            lab.toggle_view(self.id)
            return None
        if self.in_view:
            return self.in_view(lab.views.view, lab, number)
        return self.times(lab, number) if self.times else self.do(lab)


def under(heading: str, *commands: LabCommand, **shared: bool) -> tuple[LabCommand, ...]:
    """Commands with the heading that they stand under in the help, and with what all of them have."""
    return tuple(msgspec.structs.replace(command, section=heading, **shared) for command in commands)
