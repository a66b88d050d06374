"""Commands of the proof: its bugs, the conventions, and x in another form."""

from collections.abc import Callable

from gdtui.experiment.change import Change
from gdtui.experiment.objective import CONVENTIONS
from gdtui.lab.run import Run
from gdtui.numbers import significant
from gdtui.text import _, ngettext
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.commands.run import change
from gdtui.ui.lab.lab import Lab

TEN = 10
"""The factor for x in other units: centimetres for decimetres."""


def next_convention(lab: Lab, by: int) -> str:
    """Continue with the gradient of another convention."""
    workspace = lab.workspace
    convention = CONVENTIONS[(CONVENTIONS.index(workspace.run.settings.convention) + by) % len(CONVENTIONS)]

    def take() -> None:  # once the run is paused, so that it changes at the current epoch
        workspace.edit(workspace.run.experiment, Change(workspace.run.cursor + 1, convention=convention))

    return change(lab, _("Convention {convention}", convention=convention), take)


def standardize(lab: Lab) -> None:
    """Start over with x standardized, or raw again."""
    switch(lab, lab.workspace.with_x_toggled)


def rescale(lab: Lab, count: int) -> None:
    """Start over with x in other units, or in its own again."""
    is_first = lab.workspace.run.experiment.dataset.x_scale == 1
    switch(lab, lambda: lab.workspace.with_x_scaled(count or (TEN if is_first else 1)))


def switch(lab: Lab, begun: Callable[[], Run]) -> None:
    """Start over with x in another form, and say how that changes the limit of lr."""
    workspace = lab.workspace
    workspace.pause()
    before = workspace.run.step_size_at(workspace.run.cursor)

    def take(run: Run) -> None:
        workspace.take(run)
        data = run.experiment.dataset
        x = _("standardized x") if data.scaling else _("raw x")
        if data.x_scale != 1 and not data.scaling:
            x = _("x × {scale}", scale=significant(data.x_scale))
        was, now = before.limit_in_words, run.step_size_at(0).limit_in_words
        limits = {"x": x, "was": was, "now": now, "undo": lab.key["undo"]}
        lab.notice(_("With {x} the limit for lr is {now}, not {was}. {undo} goes back.", **limits))

    n = workspace.run.experiment.dataset.rows
    what = ngettext("Rescaling x in {n:,} row", "Rescaling x in {n:,} rows", n)
    lab.background.compute(what, lambda _left: begun(), take)


COMMANDS = under(
    _("Proof"),
    LabCommand(
        "proof",
        "m",
        _("Show by hand, autograd and torch.optim side by side, or go back"),
        bar=_("proof"),
        opens=True,
    ),
    LabCommand(
        "next-bug",
        "b",
        _("In the proof: insert the next bug, or no bug after the last one"),
        bar=_("bug"),
        views=("proof",),
        in_view=lambda view, _lab, by: view.change_bug(by),
        by=1,
    ),
    LabCommand(
        "next-convention",
        "k",
        _("Switch to the next gradient convention, from this W on: sum, mse, mean"),
        times=next_convention,
        by=1,
    ),
    LabCommand("standardize", "t", _("Start over with x standardized, or raw again"), do=standardize),
    LabCommand("rescale", "T", _("Start over with x × 10 (100 T: × 100), or with x as it was"), times=rescale),
)
