"""Commands that take epochs, move between them, and change the experiment."""

from collections.abc import Callable

from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.lab.nice import nudged
from gdtui.numbers import count as counted
from gdtui.numbers import shortest, significant
from gdtui.text import _
from gdtui.ui.common.status import Status
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab


def step(lab: Lab, by: int) -> str:
    """Take epochs, or say why there are no more. A single one stops a run that takes many."""
    if by == 1 and lab.workspace.player.goal is not None:
        lab.workspace.pause()
        return ""
    before = lab.workspace.run.cursor
    lab.workspace.step(by)
    return why_over(lab) if lab.workspace.run.cursor == before else ""


def play(lab: Lab) -> str:
    """Play to the end of the plan, or pause."""
    if lab.workspace.player.is_playing:
        lab.workspace.pause()
    elif lab.workspace.run.is_over:
        return why_over(lab)
    else:
        lab.workspace.play()
    return ""


def why_over(lab: Lab) -> str:
    """Why the run does not continue, and what would make it."""
    run, step, reset = lab.workspace.run, lab.key["step"], lab.key["reset"]
    if run.diverged_at is not None and run.is_at_end:
        back = lab.key["back"]
        return _(
            "The cost is no longer a finite number. {reset} starts over, {back} looks back.", reset=reset, back=back
        )
    if run.cursor >= run.experiment.epochs:
        epochs = counted(run.experiment.epochs, "epoch")
        return _(
            "{epochs} done, as planned. {step} takes another, {reset} starts over.",
            epochs=epochs,
            step=step,
            reset=reset,
        )
    best, cost = (run.history.best(run.cursor) or 0) + 1, significant(run.epoch.cost, 3)
    return STOPPED[run.stopped_by_at(run.cursor)].format(number=best, cost=cost, step=step, reset=reset)


STOPPED = {
    "patience": _("The validation cost was lowest at epoch {number}. {step} takes another epoch, {reset} starts over."),
    "until_change": _("The cost changed by less than you asked for. {step} takes another, {reset} starts over."),
    "until_cost": _("The cost is {cost}, as low as you asked for. {step} takes another epoch, {reset} starts over."),
}
"""Why a run has stopped, by the field of its stop condition."""


def change_pace(lab: Lab, by: int) -> str:
    """Play faster or slower."""
    lab.workspace.change_pace(by)
    return _("Pace: {pace}.", pace=Status(epochs_a_second=lab.workspace.epochs_a_second).pace)


def nudge_rate(lab: Lab, by: int) -> str:
    """Continue with the learning rate moved by some round values."""
    rate = nudged(lab.workspace.run.settings.learning_rate, 1 if by > 0 else -1, abs(by))
    return change(lab, _("lr {rate}", rate=shortest(rate)), lambda: lab.workspace.set_rate(rate))


def change(lab: Lab, what: str, action: Callable[[], None]) -> str:
    """Change something from here on, and say so; if the old run had later epochs, it stays as a ghost."""
    with lab.workspace.interrupted():
        before = lab.workspace.run
        epoch = before.cursor + 1
        action()
        if ghost := lab.workspace.board.find(before):
            name = ghost.name
            return _("{what} from epoch {epoch}. The old run is kept as {name}.", what=what, epoch=epoch, name=name)
        return _("{what} from epoch {epoch}.", what=what, epoch=epoch)


def edit(lab: Lab) -> None:
    """Open the form with the parameters, and use its result."""
    from gdtui.ui.lab.edit import EditScreen  # Input, which the first frame does not need

    workspace = lab.workspace

    def take(edited: tuple[Experiment, Change | None] | None) -> None:
        if edited:
            lab.attempt(lambda: take_up(*edited))

    def take_up(wanted: Experiment, later: Change | None) -> str:
        if later and not workspace.begins_again(wanted):
            return change(lab, str(later), lambda: workspace.edit(wanted, later))
        is_new = wanted.dataset is not workspace.run.experiment.dataset
        workspace.edit(wanted, later)
        return wanted.dataset.assumed if is_new else ""

    workspace.pause()
    lab.app.push_screen(EditScreen(workspace.run.experiment, workspace.run.cursor + 1), take)


def reset(lab: Lab) -> str:
    """Start over."""
    before, undo = lab.workspace.run.settings.learning_rate, lab.key["undo"]
    lab.workspace.reset()
    rate = lab.workspace.run.settings.learning_rate
    if rate == before:
        return _("Started over from the same W. {undo} restores the previous run.", undo=undo)
    return _("Started over with lr {rate}. {undo} restores the previous run.", rate=significant(rate), undo=undo)


def undo(lab: Lab) -> str:
    """Restore the previous run."""
    return _("Restored the previous run.") if lab.workspace.undo() else _("There is nothing to undo.")


def look(lab: Lab, by: int) -> None:
    """Move to a later or earlier epoch."""
    lab.workspace.move(by)


EVERY_EPOCH = 10**9
"""More epochs than any run has."""

RAISE = _("Raise lr to the next round value, from this W on")
LOWER = _("Lower lr to the next round value, from this W on")

COMMANDS = (
    *under(
        _("Step and run"),
        LabCommand("step", "space", _("Take one epoch; 25 space takes 25"), bar=_("step"), times=step, by=1),
        LabCommand("play", "r", _("Run to the end of the plan, or pause"), bar=_("run"), do=play),
        LabCommand("slower", "left_square_bracket", _("Run slower"), times=change_pace, by=-1),
        LabCommand(
            "faster",
            "right_square_bracket",
            _("Run faster: 1, 2, 5, 10, 30 epochs per second, full speed"),
            times=change_pace,
            by=1,
        ),
    ),
    *under(
        _("Look back"),
        LabCommand("back", "left", _("Look back one epoch"), bar=_("back"), times=look, by=-1),
        LabCommand("forward", "right", _("Look forward one epoch, up to the last one taken"), times=look, by=1),
        LabCommand("first", "home", _("Look at the first epoch"), times=look, by=-EVERY_EPOCH),
        LabCommand("last", "end", _("Look at the last epoch taken"), times=look, by=EVERY_EPOCH),
    ),
    *under(
        _("Change"),
        LabCommand("raise", "plus,equals_sign", RAISE, bar=_("lr"), pair="lower", times=nudge_rate, by=1),
        LabCommand("lower", "minus", LOWER, times=nudge_rate, by=-1),
        LabCommand("edit", "e", _("Edit the parameters"), bar=_("edit"), do=edit),
        LabCommand("reset", "R", _("Start over from the same W"), do=reset),
        LabCommand("undo", "u", _("Undo starting over, an edit, a change in lr or a switch of runs"), do=undo),
    ),
)
