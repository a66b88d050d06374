"""The commands that take an update apart: every number of it, its code, and numbers to work out oneself."""

from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.commands.run import why_over
from gdtui.ui.lab.lab import Lab

# The views are imported when they are used: they are loaded then, and the first frame does not need them.


def line(lab: Lab, count: int) -> None:
    """Carry out lines of code, or say why there are no more."""
    from gdtui.ui.lab.views.code import MOST_LINES, CodeView

    view = lab.views.opened_as(CodeView)
    lab.workspace.pause()
    for _ in range(min(count or 1, MOST_LINES)):
        if not view.carry_out(lab.workspace):
            lab.notice(why_over(lab.workspace.run))
            break


def fade(lab: Lab, count: int) -> None:
    """Hide one number more each step, or none."""
    from gdtui.ui.lab.views.fading import FadingView

    lab.notice(lab.views.opened_as(FadingView).toggle_fading())


def ask_number(lab: Lab, count: int) -> None:
    """Ask for a hidden number; a right answer shows it."""
    from gdtui.ui.lab.views.fading import FadingView

    view = lab.views.opened_as(FadingView)
    question = view.next_question()
    if question is None:
        lab.notice(view.nothing_hidden())
        return

    def take(text: str) -> str | None:
        try:
            reason = question.judge(text)
        except ValueError as error:
            return str(error)
        if reason is None:
            lab.notice(f"right: {view.tell(question)}")
            lab.show()
        else:
            lab.prompt.clear()
        return reason

    view.ask_or_leave(is_asking=True)
    lab.prompt.ask(f"{question.words} =", take, on_leave=lambda: view.ask_or_leave(is_asking=False))


def reveal(lab: Lab, count: int) -> None:
    """Tell a hidden number."""
    from gdtui.ui.lab.views.fading import FadingView

    view = lab.views.opened_as(FadingView)
    question = view.next_question()
    lab.notice(view.tell(question) if question else view.nothing_hidden())


def change_batch(lab: Lab, by: int) -> None:
    """Take another update of this epoch apart."""
    from gdtui.ui.lab.views.breakdown import BreakdownView

    lab.notice(lab.views.opened_as(BreakdownView).change_batch(by))


FADING = ("explain", "code")

COMMANDS = under(
    "Why",
    LabCommand(
        id="explain",
        keys="a",
        bar="explain",
        title="Take this update apart: every number from the rows to the new W",
        opens="explain",
    ),
    LabCommand(
        id="code",
        keys="c",
        bar="code",
        title="The loop in code, with the value of each line beside it",
        opens="code",
    ),
    LabCommand(
        id="line",
        keys="s",
        bar="line",
        title="In the code: carry out one line, and after the last take the epoch",
        views=("code",),
        do=line,
    ),
    LabCommand(
        id="fade",
        keys="f",
        bar="hide numbers",
        title="In the explain view or the code: hide one number more each step, or none",
        views=FADING,
        do=fade,
    ),
    LabCommand(id="ask", keys="enter", title="Be asked for a hidden number", views=FADING, do=ask_number),
    LabCommand(id="reveal", keys="g", title="Tell a hidden number", views=FADING, do=reveal),
    LabCommand(
        id="next-batch",
        keys="b",
        title="In the explain view: the next update of this epoch, where it has batches",
        views=("explain",),
        do=lambda lab, count: change_batch(lab, count or 1),
    ),
    LabCommand(
        id="previous-batch",
        keys="B",
        title="In the explain view: the update before",
        views=("explain",),
        do=lambda lab, count: change_batch(lab, -(count or 1)),
    ),
)
"""In the order of the help."""
