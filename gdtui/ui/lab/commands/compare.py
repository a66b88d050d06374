"""The commands that keep runs and put them beside each other."""

from gdtui.text import _
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab


def pin(lab: Lab) -> None:
    """Pin the run to the board, or take it down."""
    if name := lab.workspace.pin():
        lab.notice(
            _("Pinned as {name}. It stays on the charts; {key} compares the runs.", name=name, key=lab.key["compare"])
        )
    else:
        lab.notice(_("Unpinned this run."))


def change_run(lab: Lab) -> None:
    """Go on with the next run on the board."""
    board, before = lab.workspace.board, lab.workspace.run
    if not lab.workspace.change_run():
        lab.notice(_("There is no other run on the board. {key} pins this one.", key=lab.key["pin"]))
        return
    kept, undo = board.find(lab.workspace.run), lab.key["undo"]
    name = kept.name if kept else ""
    if board.find(before):
        lab.notice(_("Switched to run {name} on the board. {undo} goes back.", name=name, undo=undo))
    else:
        lab.notice(_("Switched to run {name}. The board is full. {undo} goes back.", name=name, undo=undo))


COMMANDS = under(
    _("Compare"),
    LabCommand("pin", "p", _("Pin this run to the board, or unpin it"), bar=_("pin"), do=pin),
    LabCommand("change-run", "tab", _("Continue with the next run on the board"), do=change_run),
    LabCommand(
        "compare",
        "o",
        _("Compare the runs: what differs, and whether the test is fair"),
        bar=_("compare"),
        opens="compare",
    ),
    LabCommand("sweep", "w", _("Sweep: how many epochs each learning rate takes to converge"), opens="sweep"),
)
"""In the order of the help."""
