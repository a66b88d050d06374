"""Somebody else's experiment to look at: the teacher's, or one learner's."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.events import Key
from textual.reactive import var

from gdtui.classroom.bench import replayed
from gdtui.classroom.messages import Bench
from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.lab.frame import Frame, Unknown, look
from gdtui.lab.snapshot import Snapshot
from gdtui.lab.workspace import Workspace
from gdtui.text import _
from gdtui.ui.charts.figure import Marker, prepare
from gdtui.ui.classroom.commands import LOOKING, serving
from gdtui.ui.common.command import footers
from gdtui.ui.common.rows import Row, Span, spread
from gdtui.ui.common.sized import SizedScreen
from gdtui.ui.common.status import Status
from gdtui.ui.lab.background import on_a_thread
from gdtui.ui.lab.views.holder import Beside, Views, kinds
from gdtui.ui.panels.charts import Charts
from gdtui.ui.panels.epoch_table import EpochTable
from gdtui.ui.panels.header import about
from gdtui.ui.panels.key_bar import bar
from gdtui.ui.panels.number_rows import Numbers, Verdict
from gdtui.ui.panels.panel import CachedContainer, Panel
from gdtui.ui.panels.prompt import Reply

Find = Callable[[Bench], Snapshot]
"""Makes a run from a message."""

Request = Callable[[str], object]
"""Called with the command that a learner's key asks for."""


class Title(Panel):
    """Whose experiment it is, and what it is."""

    left: var[tuple[Span, ...]] = var(())
    right: var[str] = var("")
    watch_left = watch_right = Panel.repaint

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """One line."""
        what = about(self.frame.experiment) if self.frame else []
        left = [(_(" gdtui "), "key"), *self.left, ("  ", "text"), *what]
        return [spread(left, [(f"  {self.right} ", "dim")] if self.right else [], width)]


class Foot(Panel):
    """What was said last, and the keys."""

    DEFAULT_CSS = """
    Foot { height: 2; background: $panel; }
    """
    said: var[str] = var("")
    watch_said = Panel.repaint

    def __init__(self, keys: Callable[[], Sequence[tuple[str, str]]]) -> None:
        super().__init__()
        self.keys = keys

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The message and the keys at the bottom."""
        said = [((f" {line}", "text"),) for line in self.said.splitlines()]
        return [*said, bar(self.status, self.keys(), width)]


class BenchScreen(SizedScreen[None]):
    """A run, computed again on a thread, with its charts and the view that is open."""

    AUTO_FOCUS = ""
    sheet: ClassVar = "lab"
    """The id of the container of everything visible."""
    frame: var[Frame | None] = var(None)

    def __init__(self, marker: Marker, backend: Backend, find: Find, request: Request | None = None) -> None:
        """`request` is called with what a learner's keys ask for; a teacher has none."""
        super().__init__()
        self.backend, self.find, self.request = backend, find, request
        self.title_row = Title(id="header")
        self.foot = Foot(self._keys)
        self.charts = Charts(marker)
        self.views = Views(marker)
        self.numbers, self.verdict = Numbers(id="numbers"), Verdict(id="verdict")
        self.reply = Reply()
        self.workspace: Workspace | None = None
        self.unknown: frozenset[Unknown] = frozenset()
        self.is_ready = False
        """Whether the panels exist."""
        self._wanted: Bench | None = None
        self._stop = Event()

    def compose(self) -> ComposeResult:
        """The title, the numbers, and the rest."""
        yield self.too_small
        with CachedContainer(id=self.sheet, classes="-sized"):
            for panel in (self.title_row, self.numbers, self.verdict):
                yield panel.data_bind(BenchScreen.frame)
            yield from self.below_numbers()

    def below_numbers(self) -> ComposeResult:
        """As in the lab, without what is for working there."""
        with CachedContainer(id="body"), CachedContainer(id="main"):
            with CachedContainer(id="pictures"):
                yield self.views
                yield self.charts
            with CachedContainer(id="bottom"):
                yield EpochTable(id="epochs").data_bind(BenchScreen.frame)
                yield Beside("explain", most=1)
        yield self.foot
        yield self.reply

    def _keys(self) -> list[tuple[str, str]]:
        return list(footers(LOOKING).values()) if self.request else [("escape", _("back")), ("ctrl+q", _("quit"))]

    def on_key(self, event: Key) -> None:
        """Run the key's command."""
        self.notice("")
        for command in serving(LOOKING, self):
            if event.key in command.key_names:
                event.stop()
                command.do(self)
                return

    def notice(self, text: str) -> None:
        """Show a message instead of the keys, until the next key."""
        self.foot.status = Status(is_loading=False, notice=text)

    def leave(self) -> None:
        """Return to one's own work."""
        self.dismiss(None)

    def on_mount(self) -> None:
        """Everything is loaded when this opens over the lab; start once all panels exist."""
        prepare()
        self.charts.begin_to_draw()
        self.call_after_refresh(self.begin)

    def begin(self) -> None:
        """Show what is wanted by now."""
        wanted, self._wanted, self.is_ready = self._wanted, None, True
        self.follow(wanted)

    def follow(self, bench: Bench | None) -> None:
        """Show this as soon as it is computed; anything still being computed is cancelled."""
        if bench == self._wanted:
            return
        self._wanted = bench
        if not self.is_ready or not self.is_attached:
            return
        self._stop.set()
        self._stop = Event()
        if bench:
            self.run_worker(self._bring(bench, self._stop), exclusive=True)

    async def _bring(self, bench: Bench, stop: Event) -> None:
        try:
            workspace = await asyncio.wrap_future(on_a_thread(partial(self._taken, bench), stop))
        except UserError as error:
            self.say((str(error), *bench.numbers))
            return
        if workspace is None or stop.is_set() or not self.is_attached:
            return
        self.workspace = workspace
        self.say(())
        self._show(bench, workspace)

    def say(self, lines: Sequence[str]) -> None:
        """Say why the run is not here, and show the numbers that were sent instead; or clear that."""
        if self.reply.is_attached:
            self.reply.say(lines)
        else:
            self.notice(" ".join(lines[:1]))

    def _taken(self, bench: Bench, stop: Event) -> Workspace | None:
        """The run, computed from where the previous one ends if it is the same."""
        found = self.find(bench)
        wanted, before = found.present, self.workspace
        if before and before.run.experiment == wanted.experiment and len(before.run.history) >= wanted.known:
            before.run.seek(wanted.cursor)
            return before
        brought = replayed(found, self.backend, stop)
        if brought is None:
            return None
        workspace = before or Workspace(wanted.experiment, self.backend)
        workspace.replace(brought.current, ())
        return workspace

    def _show(self, bench: Bench, workspace: Workspace) -> None:
        charts = self.charts
        frame = look(workspace.run)
        if self.frame is None or self.frame.experiment is not frame.experiment:
            self.numbers.make_room(frame.experiment)
        if self.views.opened != bench.view and bench.view in ("", *kinds()):
            self.views.toggle(bench.view or self.views.opened)
            self.query_one("#lab").set_class(bool(self.views.opened), "-viewing")
        frame = self.views.follow(workspace, frame, charts.looks.parameter)
        self.frame = msgspec.structs.replace(frame, unknown=frame.unknown | self.unknown)
        if bench.chart in charts.kinds:
            charts.leading = bench.chart
        charts.follow(workspace.run, self.frame)
        charts.point_to(bench.pointer)
        for beside in self.query(Beside):
            beside.follow(workspace, self.frame, charts.looks.parameter, self.views.view)

    def on_unmount(self) -> None:
        """Stop computing."""
        self._stop.set()
        if self.workspace:
            self.workspace.close()
