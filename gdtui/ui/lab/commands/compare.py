"""The commands that keep runs and put them beside each other."""

from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab


def pin(lab: Lab, count: int) -> None:
    """Pin the run to the board, or take it down."""
    name = lab.workspace.pin()
    lab.notice(f"pinned as {name}: the charts keep it, o compares" if name else "taken down from the board")


def change_run(lab: Lab, count: int) -> None:
    """Go on with the next run on the board."""
    workspace = lab.workspace
    before = workspace.run
    if workspace.change_run():
        kept = workspace.board.find(workspace.run)
        where = f"this is run {kept.name if kept else ''} of the board"
        lab.notice(f"{where if workspace.board.find(before) else f'{where}, which is full'}: u goes back")
    else:
        lab.notice("no other run is on the board: p pins this one")


COMMANDS = under(
    "Compare",
    LabCommand(
        id="pin",
        keys="p",
        bar="pin",
        title="Pin this run to the board, or take it down; the charts keep what is on it",
        do=pin,
    ),
    LabCommand(id="change-run", keys="tab", title="Go on with the next run on the board", do=change_run),
    LabCommand(
        id="compare",
        keys="o",
        bar="compare",
        title="Compare the runs on the board, and say whether that is fair",
        opens="compare",
    ),
    LabCommand(id="sweep", keys="w", title="Sweep: epochs to converge, by learning rate", opens="sweep"),
)
"""In the order of the help."""
