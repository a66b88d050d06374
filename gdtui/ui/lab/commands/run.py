"""The commands that take epochs, look through those taken, and change the experiment."""

from collections.abc import Callable

from gdtui.experiment.experiment import Change, Experiment
from gdtui.lab.nice import nudged
from gdtui.lab.run import Run
from gdtui.numbers import count as counted
from gdtui.numbers import shortest, significant
from gdtui.text import _
from gdtui.ui.common.status import Status
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab


def step(lab: Lab, count: int) -> None:
    """Take epochs, or say why there are no more."""
    before = lab.workspace.run.cursor
    lab.workspace.step(count or 1)
    if lab.workspace.run.cursor == before:
        lab.notice(why_over(lab.workspace.run))


def play(lab: Lab, count: int) -> None:
    """Run to the end of the plan, or pause."""
    if lab.workspace.player.is_playing:
        lab.workspace.pause()
    elif lab.workspace.run.is_over:
        lab.notice(why_over(lab.workspace.run))
    else:
        lab.workspace.play()


def why_over(run: Run) -> str:
    """Why the run does not go on, and what would have it do so."""
    if run.diverged_at is not None and run.is_at_end:
        return "the cost is no longer finite: R begins again, ← looks back"
    if run.cursor >= run.experiment.epochs:
        return f"all {counted(run.experiment.epochs, 'epoch')} are taken: space goes on, R begins again"
    best = run.history.best(run.cursor)
    if best is not None and run.experiment.patience is not None and run.cursor - best >= run.experiment.patience:
        return _("The validation cost was least at epoch {number}. space goes on, R starts over.", number=best + 1)
    return f"the cost is {significant(run.epoch.cost, 3)}, as low as asked for: space goes on, R begins again"


def change_pace(lab: Lab, by: int) -> None:
    """Play faster or slower."""
    lab.workspace.change_pace(by)
    lab.notice(f"pace: {Status(epochs_a_second=lab.workspace.epochs_a_second).pace}")


def nudge_rate(lab: Lab, direction: int, times: int) -> None:
    """Go on with the learning rate some round values up or down."""
    rate = nudged(lab.workspace.run.settings.learning_rate, direction, times)
    change(lab, f"lr {shortest(rate)}", lambda: lab.workspace.set_rate(rate))


def change(lab: Lab, what: str, action: Callable[[], None]) -> None:
    """Change something from here on; the run as it was stays as a ghost where it went further."""
    with lab.workspace.interrupted():
        before = lab.workspace.run
        where = f"{what} from epoch {before.cursor + 1} on"
        action()
        ghost = lab.workspace.board.find(before)
        lab.notice(f"{where}; the run as it was stays as {ghost.name}" if ghost else where)


def edit(lab: Lab, count: int) -> None:
    """Open the form with the parameters, and take up what it comes back with."""
    from gdtui.ui.lab.edit import EditScreen  # Input, which the first frame does not need

    workspace = lab.workspace

    def take(edited: tuple[Experiment, Change | None] | None) -> None:
        if edited is None:
            return
        wanted, later = edited
        lab.attempt(lambda: take_up(wanted, later))

    def take_up(wanted: Experiment, later: Change | None) -> None:
        is_new = wanted.dataset is not workspace.run.experiment.dataset
        if later and not workspace.begins_again(wanted):
            change(lab, str(later), lambda: workspace.edit(wanted, later))
        else:
            workspace.edit(wanted, later)
        if is_new and wanted.dataset.assumed:
            lab.notice(wanted.dataset.assumed)

    workspace.pause()
    lab.app.push_screen(EditScreen(workspace.run.experiment, workspace.run.cursor + 1), take)


def reset(lab: Lab, count: int) -> None:
    """Begin again from the same start."""
    before = lab.workspace.run.settings.learning_rate
    lab.workspace.reset()
    rate = lab.workspace.run.settings.learning_rate
    start = "the same start" if rate == before else f"the same start, with its lr {shortest(rate)}"
    lab.notice(f"begun again from {start}: u brings the run before back")


def undo(lab: Lab, count: int) -> None:
    """Bring the run before back."""
    lab.notice("the run before is back" if lab.workspace.undo() else "there is nothing to undo")


COMMANDS = (
    *under(
        "Step and run",
        LabCommand(id="step", keys="space", bar="step", title="Take one epoch; 25 space takes 25", do=step),
        LabCommand(id="play", keys="r", bar="run", title="Run to the end of the plan, or pause", do=play),
        LabCommand(
            id="slower",
            keys="left_square_bracket",
            title="Run slower",
            do=lambda lab, count: change_pace(lab, -(count or 1)),
        ),
        LabCommand(
            id="faster",
            keys="right_square_bracket",
            title="Run faster: 1, 2, 5, 10, 30 epochs a second, full speed",
            do=lambda lab, count: change_pace(lab, count or 1),
        ),
    ),
    *under(
        "Time",
        LabCommand(
            id="back",
            keys="left",
            bar="back",
            title="Look one epoch back",
            do=lambda lab, count: lab.workspace.move(-(count or 1)),
        ),
        LabCommand(
            id="forward",
            keys="right",
            title="Look one epoch on, among those taken",
            do=lambda lab, count: lab.workspace.move(count or 1),
        ),
        LabCommand(
            id="first",
            keys="home",
            title="Look at the first epoch",
            do=lambda lab, count: lab.workspace.seek(0),
        ),
        LabCommand(
            id="last",
            keys="end",
            title="Look at the last epoch taken",
            do=lambda lab, count: lab.workspace.seek(len(lab.workspace.run.history) - 1),
        ),
    ),
    *under(
        "Change",
        LabCommand(
            id="raise",
            keys="plus,equals_sign",
            bar="lr",
            pair="lower",
            title="lr up to the next round value, from this W on",
            do=lambda lab, count: nudge_rate(lab, 1, count or 1),
        ),
        LabCommand(
            id="lower",
            keys="minus",
            title="lr down to the next round value, from this W on",
            do=lambda lab, count: nudge_rate(lab, -1, count or 1),
        ),
        LabCommand(id="edit", keys="e", bar="edit", title="Edit the parameters", do=edit),
        LabCommand(id="reset", keys="R", title="Begin again from the same start", do=reset),
        LabCommand(id="undo", keys="u", title="Undo a reset, an edit, a change of lr or of the run", do=undo),
    ),
)
"""In the order of the help."""
