"""What is done to the run by key, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gdtui.experiment.experiment import CONVENTIONS, Change, Experiment
from gdtui.lab.run import Run
from gdtui.lab.workspace import Workspace
from gdtui.numbers import count, shortest, significant

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


class RunActions:
    """Has the workspace do what a command asks for, and the lab say what came of it."""

    def __init__(self, lab: LabScreen) -> None:
        self.lab = lab

    @property
    def workspace(self) -> Workspace:
        """What the run lies on."""
        return self.lab.workspace

    def step(self, epochs: int) -> None:
        """Take epochs, or say why there are no more."""
        before = self.workspace.run.cursor
        self.workspace.step(epochs)
        if self.workspace.run.cursor == before:
            self.lab.notice(why_over(self.workspace.run))

    def toggle_play(self) -> None:
        """Run to the end of the plan, or pause."""
        if self.workspace.player.is_playing:
            self.workspace.pause()
        elif self.workspace.run.is_over:
            self.lab.notice(why_over(self.workspace.run))
        else:
            self.workspace.play()

    def change_pace(self, by: int) -> None:
        """Play faster or slower."""
        self.workspace.change_pace(by)
        self.lab.set_status(epochs_a_second=self.workspace.epochs_a_second)
        self.lab.notice(f"pace: {self.lab.status.pace}")

    def nudge_rate(self, direction: int, times: int) -> None:
        """Go on with the learning rate some round values up or down."""
        rate = self.workspace.nudged_rate(direction, times)
        self.change(f"lr {shortest(rate)}", lambda: self.workspace.set_rate(rate))

    def change(self, what: str, action: Callable[[], None]) -> None:
        """Change something from here on; the run as it was stays as a ghost where it went further."""
        with self.workspace.interrupted():
            before = self.workspace.run
            where = f"{what} from epoch {before.cursor + 1} on"
            action()
            ghost = self.workspace.board.find(before)
            self.lab.notice(f"{where}; the run as it was stays as {ghost.name}" if ghost else where)

    def next_convention(self, by: int) -> None:
        """Go on from here with the gradient of another convention."""
        now = CONVENTIONS.index(self.workspace.run.settings.convention)
        convention = CONVENTIONS[(now + by) % len(CONVENTIONS)]
        self.change(f"gradient {convention}", lambda: self.workspace.take_convention(convention))

    def switch(self, action: Callable[[], None]) -> None:
        """Begin again with x in another form, and say what that does to the limit of lr."""
        before = self.workspace.run.step_size_at(self.workspace.run.cursor)
        action()
        run = self.workspace.run
        data = run.experiment.dataset
        form = "standardized" if data.scaling else "raw"
        self.lab.notice(
            f"x {form}, × {significant(data.x_scale)}: the limit of lr was {before.limit_in_words}, "
            f"is {run.step_size_at(0).limit_in_words}; u goes back"
        )

    def pin(self) -> None:
        """Pin the run, or take it down."""
        name = self.workspace.pin()
        self.lab.notice(f"pinned as {name}: the charts keep it, o compares" if name else "taken down from the board")

    def change_run(self) -> None:
        """Go on with the next run on the board."""
        before = self.workspace.run
        if self.workspace.change_run():
            kept = self.workspace.board.find(self.workspace.run)
            where = f"this is run {kept.name if kept else ''} of the board"
            self.lab.notice(where if self.workspace.board.find(before) else f"{where}, which is full: u goes back")
        else:
            self.lab.notice("no other run is on the board: p pins this one")

    def edit(self) -> None:
        """Open the form with the parameters."""
        from gdtui.ui.lab.edit import EditScreen  # Input, which the first frame does not need

        self.workspace.pause()
        run = self.workspace.run
        self.lab.app.push_screen(EditScreen(run.experiment, run.cursor + 1), self._edited)

    def _edited(self, edited: tuple[Experiment, Change | None] | None) -> None:
        if edited is None:
            return
        wanted, change = edited
        if change and not self.workspace.begins_again(wanted):
            self.lab.attempt(lambda: self.change(str(change), lambda: self.workspace.edit(wanted, change)))
        else:
            self.lab.attempt(lambda: self.workspace.edit(wanted, change))

    def reset(self) -> None:
        """Begin again."""
        before = self.workspace.run.settings.learning_rate
        self.workspace.reset()
        rate = self.workspace.run.settings.learning_rate
        start = "the same start" if rate == before else f"the same start, with its lr {shortest(rate)}"
        self.lab.notice(f"begun again from {start}: u brings the run before back")

    def undo(self) -> None:
        """Bring the run before back."""
        self.lab.notice("the run before is back" if self.workspace.undo() else "there is nothing to undo")


def why_over(run: Run) -> str:
    """Why the run does not go on, and what would have it do so."""
    if run.diverged_at is not None and run.is_at_end:
        return "the cost is no longer finite: R begins again, ← looks back"
    if run.cursor >= run.experiment.epochs:
        return f"all {count(run.experiment.epochs, 'epoch')} are taken: space goes on, R begins again"
    return f"the cost is {significant(run.epoch.cost, 3)}, as low as asked for: space goes on, R begins again"
