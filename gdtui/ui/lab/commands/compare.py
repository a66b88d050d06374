"""Commands that keep runs and compare them."""

from typing import Any

from gdtui.numbers import significant
from gdtui.text import _
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.commands.run import change
from gdtui.ui.lab.lab import Lab


def pin(lab: Lab) -> str:
    """Pin or unpin the run."""
    if name := lab.workspace.pin():
        key = lab.key["compare"]
        return _("Pinned as {name}. It stays on the charts; {key} compares the runs.", name=name, key=key)
    if lab.workspace.board.kept:
        return _("Unpinned this run. {key} leaves it out of the comparison.", key=lab.key["change-run"])
    return _("Unpinned this run.")


def change_run(lab: Lab) -> str:
    """Switch to the next run on the board."""
    board, before, undo = lab.workspace.board, lab.workspace.run, lab.key["undo"]
    kept = lab.workspace.change_run()
    if kept is None:
        return _("There is no other run on the board. {key} pins this one.", key=lab.key["pin"])
    if board.find(before):
        return _("Switched to run {name} on the board. {undo} goes back.", name=kept.name, undo=undo)
    if before is lab.workspace.unpinned:
        return _("Switched to run {name}. {undo} goes back to the unpinned run.", name=kept.name, undo=undo)
    return _(
        "Switched to run {name}. The board had no room for the old run; {undo} goes back to it.",
        name=kept.name,
        undo=undo,
    )


def take_fewest(view: Any, lab: Lab, _typed: int) -> str:
    """Continue with the learning rate that needed the fewest epochs in the sweep."""
    if (rate := view.best_rate) is None:
        return _("No learning rate converged.") if view.is_over else _("No learning rate has converged so far.")
    return change(lab, _("lr {rate}", rate=significant(rate)), lambda: lab.workspace.set_rate(rate))


COMMANDS = under(
    _("Compare"),
    LabCommand("pin", "p", _("Pin this run to the board, or unpin it"), bar=_("pin"), do=pin),
    LabCommand("change-run", "tab", _("Continue with the next run on the board"), do=change_run),
    LabCommand(
        "compare",
        "o",
        _("Compare the runs: what differs, and whether the test is fair"),
        bar=_("compare"),
        opens=True,
    ),
    LabCommand("sweep", "w", _("Sweep: how many epochs each learning rate takes to converge"), opens=True),
    LabCommand(
        "take-rate",
        "enter",
        _("In the sweep: continue with the lr that takes the fewest epochs"),
        bar=_("best lr"),
        views=("sweep",),
        in_view=take_fewest,
    ),
)
