"""The commands that keep runs and put them beside each other."""

from gdtui.text import _
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab


def pin(lab: Lab) -> None:
    """Pin the run to the board, or take it down."""
    if name := lab.workspace.pin():
        lab.notice(_("Pinned as {name}. The charts keep it; {key} compares.", name=name, key=lab.key["compare"]))
    else:
        lab.notice(_("Taken off the board."))


def change_run(lab: Lab) -> None:
    """Go on with the next run on the board."""
    board, before = lab.workspace.board, lab.workspace.run
    if not lab.workspace.change_run():
        lab.notice(_("There is no other run on the board. {key} pins this one.", key=lab.key["pin"]))
        return
    kept, undo = board.find(lab.workspace.run), lab.key["undo"]
    name = kept.name if kept else ""
    if board.find(before):
        lab.notice(_("This is run {name} of the board. {undo} goes back.", name=name, undo=undo))
    else:
        lab.notice(_("This is run {name} of the board, which is full. {undo} goes back.", name=name, undo=undo))


COMMANDS = under(
    _("Compare"),
    LabCommand("pin", "p", _("Pin this run to the board, or take it down"), bar=_("pin"), do=pin),
    LabCommand("change-run", "tab", _("Continue with the next run on the board"), do=change_run),
    LabCommand(
        "compare", "o", _("Compare the runs: what differs, and whether that is fair"), bar=_("compare"), opens="compare"
    ),
    LabCommand("sweep", "w", _("Sweep: epochs to converge for one learning rate after another"), opens="sweep"),
)
"""In the order of the help."""
