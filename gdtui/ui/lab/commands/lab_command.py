"""What a command is in the lab: besides a key it has an entry in the palette, and it may belong to a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gdtui.ui.lab.commands.command import Command

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class LabCommand(Command):
    """Something a key does in the lab."""

    name: ClassVar[str]
    """The name that views know it by."""
    views: ClassVar[tuple[str, ...]] = ()
    """The views it works in, by name; nothing for a command that works everywhere."""
    opens: ClassVar[str] = ""
    """The view that it opens and closes."""
    needs_run: ClassVar[bool] = True
    """Whether it waits until torch is loaded."""

    tells_nothing: ClassVar[bool] = False
    """Whether it neither tells nor changes anything, and so serves while a prediction waits for its answer."""

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Carry it out; `count` is the number typed before it, 0 for none.

        Unless it says otherwise, it opens or closes the view it is for, or has the open view carry it out.
        """
        if cls.opens:
            lab.toggle_view(cls.opens)
        elif lab.views.view:
            lab.views.view.do(cls.name, lab, count)
