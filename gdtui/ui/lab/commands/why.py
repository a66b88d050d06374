"""Commands that take an update apart: its numbers, its code, and numbers for the learner to compute."""

from typing import TYPE_CHECKING

from gdtui.text import _
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.commands.run import why_over
from gdtui.ui.lab.lab import Lab

if TYPE_CHECKING:
    from gdtui.ui.lab.views.breakdown import BreakdownView
    from gdtui.ui.lab.views.code import CodeView
    from gdtui.ui.lab.views.fading import FadingView

MOST_LINES = 100
"""The most lines executed for one key."""


def line(view: "CodeView", lab: Lab, by: int) -> str:
    """Execute lines of code, or say why there are no more."""
    lab.workspace.pause()
    is_done = all(view.carry_out(lab.workspace) for _line in range(min(by, MOST_LINES)))
    return "" if is_done else why_over(lab)


def ask_number(view: "FadingView", lab: Lab, _count: int) -> str:
    """Ask for a hidden number; the right answer shows it."""
    question = view.next_question()
    if question is None:
        return view.nothing_hidden()

    def take(text: str) -> str | None:
        try:
            reason = question.judge(text)
        except ValueError as error:
            return str(error)
        if reason is None:
            lab.notice(_("Right. {told}", told=view.tell(question)))
            lab.show()
        else:
            lab.prompt.clear()
        return reason

    view.is_asking = True
    lab.prompt.ask(f"{question.words} =", take, on_leave=lambda: setattr(view, "is_asking", False))
    return ""


def change_batch(view: "BreakdownView", _lab: Lab, by: int) -> str:
    """Take another of the epoch's updates apart, or say why there is none."""
    return view.change_batch(by)


FADING = ("explain", "code")
NEXT_BATCH = _("In the explain view: show the epoch's next update, if it has batches")
BATCH_BEFORE = _("In the explain view: show the previous update")

COMMANDS = under(
    _("Why"),
    LabCommand(
        "explain",
        "a",
        _("Explain this update: every number from the rows to the new W"),
        bar=_("explain"),
        opens=True,
    ),
    LabCommand("code", "c", _("Show the loop as code, with each line's value beside it"), bar=_("code"), opens=True),
    LabCommand(
        "line",
        "s",
        _("In the code: run one line; after the last one, take the epoch"),
        bar=_("line"),
        views=("code",),
        in_view=line,
        by=1,
    ),
    LabCommand(
        "fade",
        "f",
        _("In the explain view or the code: hide one more number per epoch, or stop hiding"),
        bar=_("hide numbers"),
        views=FADING,
        in_view=lambda view, _lab, _count: view.toggle_fading(),
    ),
    LabCommand("ask", "enter", _("Fill in a hidden number"), views=FADING, in_view=ask_number),
    LabCommand(
        "reveal", "g", _("Show a hidden number"), views=FADING, in_view=lambda view, _lab, _count: view.reveal()
    ),
    LabCommand("next-batch", "b", NEXT_BATCH, views=("explain",), in_view=change_batch, by=1),
    LabCommand("previous-batch", "B", BATCH_BEFORE, views=("explain",), in_view=change_batch, by=-1),
    LabCommand(
        "shares",
        "S",
        _("In the explain view: split the rows into shares, each with its own Σ"),
        views=("explain",),
        in_view=lambda view, _lab, _count: view.change_shares(),
    ),
)
