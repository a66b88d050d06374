"""The bottom line with the keys of the lab."""

from collections.abc import Sequence

from gdtui.text import _
from gdtui.ui.common.command import footers, key_for, reworded
from gdtui.ui.common.rows import Row, keyed
from gdtui.ui.common.status import Status
from gdtui.ui.lab.commands.command import LabCommand
from gdtui.ui.panels.key_bar import KeyLine, bar

MOST_NEEDED = (
    *("step", "play", "join", "hand", "my-lab", "lead", "ask-class", "back", "raise", "edit", "explain", "lessons"),
    *("next-chart", "code", "pin", "compare", "enlarge"),
)
"""The first commands of the bottom line, by id; from 80 columns on, the first seven fit."""


class KeyBar(KeyLine[LabCommand]):
    """The bottom line."""

    def __init__(self, commands: Sequence[LabCommand]) -> None:
        super().__init__(sorted(commands, key=lambda command: [*MOST_NEEDED, command.id].index(command.id)))

    def paint(self, width: int, height: int) -> Sequence[Row]:  # one line at any height
        """The most important of: a question, a notice, a typed number, and the keys."""
        return [bar(self.status, keys_in(self.commands, self.status), width)]


def first_keys(commands: Sequence[LabCommand]) -> tuple[Row, ...]:
    """What gdtui is, and the two keys to start with."""
    key = key_for(commands)
    return (
        ((_(" gdtui shows gradient descent one step at a time."), "main"),),
        keyed(
            _(" {step}  takes a step          {lessons}  starts the lessons"), step=key["step"], lessons=key["lessons"]
        ),
    )


def keys_in(commands: Sequence[LabCommand], status: Status) -> list[tuple[str, str]]:
    """The keys that work: first those for stepping, then back to all charts, those of the view, and the others."""
    if status.is_playing:
        commands = reworded(commands, {"play": _("pause")})
    footer = footers(commands)
    key = key_for(commands)
    view = status.view
    if status.lacks_best:
        commands = [command for command in commands if command.id != "take-rate"]
    own = [command for command in commands if view in command.views or (view and command.id == view)]
    first = [command for command in commands if command.id == "step"]
    others = [command for command in commands if not command.views and command not in (*own, *first)]
    closing = {command.id: (key[command.id], _("close")) for command in own if command.opens}
    back = [(key["enlarge"], _("back"))] if status.is_enlarged else []

    def footers_of(rows: Sequence[LabCommand]) -> list[tuple[str, str]]:
        return [keys for command in rows if (keys := closing.get(command.id) or footer.get(command.id))]

    if status.is_asked:
        meanwhile = [command for command in commands if command.tells_nothing]
        return [(key["predict"], _("answer")), ("escape", _("skip")), *footers_of(meanwhile)]
    return [*footers_of(first), *back, *footers_of(own), *footers_of(others)]
