"""The lab: the screen on which the experiment is set up, stepped and looked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.reactive import var
from textual.timer import Timer

from gdtui.errors import UserError
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame, look
from gdtui.lab.workspace import Workspace
from gdtui.numbers import shortest
from gdtui.text import _, listed
from gdtui.ui.charts.figure import Marker
from gdtui.ui.common.command import key_for, remapped
from gdtui.ui.common.held_keys import HeldKeys
from gdtui.ui.common.keymap import Keymap
from gdtui.ui.lab.background import Background
from gdtui.ui.lab.commands.command import LabCommand
from gdtui.ui.lab.commands.table import COMMANDS, by_key, meant
from gdtui.ui.lab.file_actions import FileActions, Opened
from gdtui.ui.lab.key_bar import KeyBar, first_keys
from gdtui.ui.lab.lab import Lab
from gdtui.ui.lab.pacing import Pacing
from gdtui.ui.lab.views.holder import Beside, Views
from gdtui.ui.panels.charts import Charts
from gdtui.ui.panels.epoch_table import EpochTable
from gdtui.ui.panels.header import HeaderBar
from gdtui.ui.panels.number_rows import Numbers, Verdict
from gdtui.ui.panels.panel import CachedContainer
from gdtui.ui.panels.parameters import ParameterList, Parameters
from gdtui.ui.panels.prompt import Prompt, Reply, TextField

if TYPE_CHECKING:
    from gdtui.ui.lab.predicting import Predicting
    from gdtui.ui.lab.views.sweep import BestRate

FRAMES_A_SECOND = 30
MOST_COUNT = 1_000_000
FEW_EPOCHS = 4
"""How many epochs fit in a low table."""

OTHER_KEYS = {
    **{digit: f"digit({digit})" for digit in "0123456789"},
    "up": "scroll(-1)",
    "down": "scroll(1)",
    "pageup": "scroll(-1, True)",
    "pagedown": "scroll(1, True)",
    "escape": "forget",
}
"""Keys that belong to no command, with Textual's actions for them."""


READABLE = 10
"""Above this many epochs per second, what is beside the charts is updated only when the run stops."""


class LabScreen(Lab):
    """Turns keys into actions on the workspace, and shows the resulting frame."""

    AUTO_FOCUS = ""
    BINDINGS = [  # noqa: RUF012  # Textual's own form
        *(Binding(command.keys, f"do({command.id!r})", show=False, id=command.id) for command in COMMANDS),
        *(Binding(key, action, show=False) for key, action in OTHER_KEYS.items()),
    ]

    file_actions: FileActions
    frame: var[Frame | None] = var(None)
    """What is shown of the run; None until torch is loaded."""

    def __init__(
        self,
        experiment: Experiment,
        marker: Marker,
        opened: Opened | None,
        keymap: Keymap,
        more: Sequence[LabCommand] = (),
    ) -> None:
        """`opened` is the workspace to start with, whose run has `experiment`; `more` are a class's commands."""
        super().__init__()
        self.experiment = experiment
        self.keymap = keymap
        self.commands = remapped((*COMMANDS, *more), keymap.keys)
        self.key, self.by_key = key_for(self.commands), by_key(self.commands)
        self.background = Background(self, self.notice, self.go_on)
        self.file_actions = FileActions(self, opened)
        self.charts = Charts(marker)
        self.views = Views(marker, self.key)
        self.prompt = Prompt()
        self.reply = Reply()
        self.pause_after = 0.0
        """A playing run pauses after this many minutes without a key; 0 for never."""
        self.last_key = time.monotonic()
        self._held = HeldKeys()
        self._is_whole = asyncio.Event()
        """Set once all panels exist."""
        self._frames: Timer
        self.pacing = Pacing()
        self._predicting: Predicting | None = None

    def compose(self) -> ComposeResult:
        """The panels that the first frame needs, from top to bottom."""
        yield self.too_small
        with CachedContainer(id="lab", classes="-sized"):
            yield HeaderBar(self.experiment).data_bind(LabScreen.frame, LabScreen.status)
            yield Numbers(id="numbers").data_bind(LabScreen.frame)
            yield Verdict(id="verdict").data_bind(LabScreen.frame)
            yield Parameters(self.experiment).data_bind(LabScreen.frame, LabScreen.status)
            yield CachedContainer(id="body")
            yield KeyBar(self.commands).data_bind(LabScreen.status)

    async def fill(self) -> None:
        """Add everything that is empty before there is a run, so that the first frame need not wait for it."""
        epochs = EpochTable(id="epochs").data_bind(LabScreen.frame)
        parameters = ParameterList(self.experiment).data_bind(LabScreen.frame, LabScreen.status)
        main = CachedContainer(
            CachedContainer(self.views, self.charts, id="pictures"),
            CachedContainer(epochs, Beside("explain", "code", most=1), id="bottom"),
            id="main",
        )
        side = CachedContainer(Beside("explain", "code", most=2), parameters, id="side")
        lab, body = self.query_one("#lab"), self.query_one("#body")
        if not lab.is_attached:  # the app has ended before
            return
        for mounting in (body.mount(main, side), lab.mount(self.prompt, self.reply)):
            await mounting
        self.watch(self.reply, "covered", lambda lines: setattr(epochs, "covered", lines))
        self.call_after_refresh(self._is_whole.set)

    def on_mount(self) -> None:
        """Use the user's own keys, and prepare a timer that is paused while nothing runs."""
        if self.keymap.keys:
            self.app.update_keymap({command.id: ",".join(command.key_names) for command in self.commands})
        self._frames = self.set_interval(1 / FRAMES_A_SECOND, self.tick, pause=True)
        self.call_after_refresh(self.fill)

    async def begin(self, workspace: Workspace) -> None:
        """From now on the run can be stepped; keys pressed earlier are handled."""
        self.workspace = workspace
        await self._is_whole.wait()
        self.set_status(is_loading=False)
        self.show()
        self.query_one(EpochTable).hint = first_keys(self.commands)
        self.file_actions.begin()
        said = self.keymap.flaw or self.experiment.dataset.assumed
        if said and not self.status.notice:
            self.notice(said)
        self.release_keys()

    def on_best_rate(self, message: BestRate) -> None:
        """Name the key that takes the best rate as soon as there is one."""
        self.set_status(lacks_best=message.rate is None)

    def watch_frame(self, before: Frame | None, frame: Frame | None) -> None:
        """Make space for the lines of W, b and standardized x, and for more epochs once there are some."""
        self.query_one("#lab").set_class(frame is not None and frame.known > FEW_EPOCHS, "-many-epochs")
        if frame and (before is None or before.experiment is not frame.experiment):
            self.query_one(Numbers).make_room(frame.experiment)
            self.query_one("#lab").set_class(frame.experiment.has_bias, "-with-b")
            self.query_one("#lab").set_class(len(frame.experiment.parameter_names) > 1, "-several")

    # Keys

    async def on_key(self, event: Key) -> None:
        """Hold keys back until there is a run, pass them to an open question, and handle all that do something here."""
        if not self.status.is_loading:
            self.query_one(EpochTable).hint = ()
        if self.focused is not None:
            if isinstance(self.focused, TextField) and not self.focused.has_had(event):  # typed ahead of the question
                self._held.hold(event)
                self._held.release(self.app)
            return
        if self.background.is_busy and event.key == "escape":
            self.background.stop()
            event.stop()
        elif (self.status.is_loading or self.background.is_busy) and not self._is_served_now(event.key):
            self._held.hold(event)
        elif self._confirmed and event.key in ("y", "n", "escape"):
            confirmed, self._confirmed = self._confirmed, None
            self.set_status(question="")
            event.stop()
            if event.key == "y":
                self.attempt(confirmed)
        elif self._confirmed and not self._is_served_now(event.key):
            event.stop()
        elif self.app.return_code is None and (commands := self.by_key.get(event.key)):
            # Through bindings the app would do it, and the key would arrive by another route. All keys take this one,
            # so that
            # of two keys typed ahead the second cannot overtake the first.
            event.stop()
            self.do(meant(commands, self.views.opened))
        elif action := OTHER_KEYS.get(event.key):
            event.stop()
            await self.app.run_action(action, self)

    def go_on(self) -> None:
        """Show the result of a slow job, and handle the keys pressed meanwhile."""
        self.show()
        self.release_keys()

    def release_keys(self) -> None:
        """Handle the keys that were held back, unless they must still wait."""
        if not self.background.is_busy:
            self._held.release(self.app)

    def _is_served_now(self, key: str) -> bool:
        """Whether a key works without a run."""
        return any(not command.needs_run for command in self.by_key.get(key, ()))

    def action_do(self, name: str) -> None:
        """Run a command, or the one with the same key in the open view."""
        named = next(command for command in self.commands if command.id == name)
        self.do(meant([named, *(c for key in named.key_names for c in self.by_key[key])], self.views.opened))

    def do(self, command: LabCommand) -> None:
        """Run a command with the number typed before it. From the palette it may come before there is a run."""
        if command.needs_run and (self.status.is_loading or self.background.is_busy):
            return
        typed = self.status.count
        self.forget()
        if command.views and self.views.opened not in command.views:
            self.notice(self._why_not(command))
            return
        if self._predicting and (why := self._predicting.why_held(command)):
            self.notice(why)
            return
        self.attempt(partial(command.carry_out, self, typed))
        if not self.status.notice and self.charts.looks.pointed:
            self.notice(self.charts.reading())

    def _why_not(self, command: LabCommand) -> str:
        """Where a command works whose view is not open: `X works in the explain view (a)`."""
        views = (_("the {name} view ({key})", name=name, key=self.key[name]) for name in command.views)
        return _("{key} works in {views}.", key=command.shown_keys, views=listed([*views]))

    def action_digit(self, digit: int) -> None:
        """Add a digit to the number that repeats the next key."""
        self.set_status(count=min(self.status.count * 10 + digit, MOST_COUNT), notice="")

    def action_forget(self) -> None:
        """Stop a run that plays. Otherwise clear the typed number, the notice and the value cursor; if there is none of
        them, go back one step.

        That is from an enlarged chart or view to all of them, and from there to no view.

        A question that was put aside is skipped before a notice is cleared, as notices promise.
        """
        if not self.status.is_loading and self._is_playing():
            self.workspace.pause()
            self.forget()
            self.show()
            return
        has_something = self.charts.stop() or bool(self.status.count or self.charts.looks.pointed)
        was_notice = bool(self.status.notice)
        self.forget()
        self.charts.point_nowhere()
        if not has_something and self._predicting and self._predicting.withdraw():
            return
        if has_something or was_notice:
            return
        if self.charts.is_enlarged:
            self.enlarge(opens_out=False)
        elif self.views.opened:
            self.toggle_view(self.views.opened)
            self.show()

    def action_scroll(self, by: int, is_page: bool = False) -> None:
        """Scroll the open view by lines or pages."""
        if view := self.views.view:
            view.scroll_lines(by * max(1, view.content_size.height - 1) if is_page else by)

    def forget(self) -> None:
        """Clear the typed number and the messages."""
        self.set_status(count=0, notice="")
        if not self.status.is_loading:
            self.reply.say(())

    # Actions of commands

    def show(self) -> None:
        """Show the run, and keep the timer going while it plays."""
        is_playing = self._is_playing()
        if is_playing and 0 < self.pause_after * 60 <= time.monotonic() - self.last_key:
            self.workspace.pause()
            is_playing = False
            minutes, key = shortest(self.pause_after), self.key["play"]
            self.notice(_("Paused after {minutes} min without a key. {key} continues.", minutes=minutes, key=key))
        if is_playing and not self.status.is_playing:
            self.pacing.begin()
        if is_playing:
            self.pacing.begin_frame(self.workspace.player)
        frame = self.views.follow(self.workspace, look(self.workspace.run), self.charts.looks.parameter)
        self.frame = self._predicting.keep_back(frame) if self._predicting else frame
        self.charts.follow(self.workspace.run, self.frame, self.workspace.board.kept)
        is_fast = is_playing and (self.workspace.epochs_a_second or READABLE + 1) > READABLE
        for beside in () if is_fast else self.query(Beside):  # nobody could read it, and each frame would send it
            beside.follow(self.workspace, self.frame, self.charts.looks.parameter, self.views.view)
        self.file_actions.follow()
        pace = self.workspace.epochs_a_second if self.workspace.player.goal is None else None
        is_asked = self._predicting is not None and self._predicting.open is not None
        self.set_status(is_playing=is_playing, epochs_a_second=pace, is_asked=is_asked)
        if is_playing:
            self._frames.resume()
        else:
            self._frames.pause()

    def _is_playing(self) -> bool:
        """Whether the run is playing; if a step failed, say why."""
        try:
            return self.workspace.player.is_playing
        except UserError as error:
            self.notice(str(error))
            return False

    def tick(self) -> None:
        """While the run plays, show a frame if there is something new and it is time."""
        is_due = self.pacing.is_due()
        is_new = self.frame is None or self.frame.epoch.number != self.workspace.run.cursor + 1
        if not self._is_playing() or (is_new and is_due):
            self.show()

    def predict(self, chosen: int) -> None:
        """Ask what the next epoch will bring before it is taken."""
        from gdtui.ui.lab.predicting import Predicting  # not needed for the first frame

        if self._predicting is None:
            self._predicting = Predicting(self)
        self._predicting.ask(chosen)
