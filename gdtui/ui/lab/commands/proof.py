"""The commands of the proof: its bugs, the conventions, and x in another form."""

from collections.abc import Callable

from gdtui.experiment.experiment import Change
from gdtui.experiment.objective import CONVENTIONS
from gdtui.lab.run import Run
from gdtui.numbers import count as counted
from gdtui.numbers import significant
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.commands.run import change
from gdtui.ui.lab.lab import Lab

TEN = 10
"""x is so many times what it was, in other units: centimetres for decimetres."""


def next_bug(lab: Lab, count: int) -> None:
    """Put in the next bug, and after the last none."""
    from gdtui.ui.lab.views.proof import ProofView  # loaded with the view

    lab.views.opened_as(ProofView).change_bug(count or 1)


def next_convention(lab: Lab, count: int) -> None:
    """Go on from here with the gradient of another convention."""
    workspace = lab.workspace
    now = CONVENTIONS.index(workspace.run.settings.convention)
    convention = CONVENTIONS[(now + (count or 1)) % len(CONVENTIONS)]

    def take() -> None:  # once the run is paused, so that it is the epoch looked at
        workspace.edit(workspace.run.experiment, Change(workspace.run.cursor + 1, convention=convention))

    change(lab, f"gradient {convention}", take)


def rescale(lab: Lab, count: int) -> None:
    """Begin again with x in other units, or as it was."""
    is_first = lab.workspace.run.experiment.dataset.x_scale == 1
    switch(lab, lambda: lab.workspace.with_x_scaled(count or (TEN if is_first else 1)))


def switch(lab: Lab, begun: Callable[[], Run]) -> None:
    """Begin again with x in another form, and say what that does to the limit of lr."""
    workspace = lab.workspace
    workspace.pause()
    before = workspace.run.step_size_at(workspace.run.cursor)

    def take(run: Run) -> None:
        workspace.take(run)
        data = run.experiment.dataset
        form = "standardized" if data.scaling else "raw"
        lab.notice(
            f"x {form}, × {significant(data.x_scale)}: the limit of lr was {before.limit_in_words}, "
            f"is {run.step_size_at(0).limit_in_words}; u goes back"
        )

    rows = counted(workspace.run.experiment.dataset.rows, "row")
    lab.background.compute(f"x of {rows} in another form", lambda is_left: begun(), take)


COMMANDS = under(
    "Proof",
    LabCommand(
        id="proof",
        keys="m",
        bar="proof",
        title="By hand, autograd and torch.optim side by side, or back",
        opens="proof",
    ),
    LabCommand(
        id="next-bug",
        keys="b",
        bar="bug",
        title="In the proof: put in the next bug, and after the last none",
        views=("proof",),
        do=next_bug,
    ),
    LabCommand(
        id="next-convention",
        keys="k",
        title="The gradient's next convention from this W on: sum, mse, mean",
        do=next_convention,
    ),
    LabCommand(
        id="standardize",
        keys="t",
        title="Begin again with x standardized, or raw again",
        do=lambda lab, count: switch(lab, lab.workspace.with_x_toggled),
    ),
    LabCommand(
        id="rescale",
        keys="T",
        title="Begin again with x × 10 (100 T: × 100), or as it was",
        do=rescale,
    ),
)
"""In the order of the help."""
