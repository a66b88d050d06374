"""The base class of the views: lines of text that follow the run."""

from collections.abc import Callable
from typing import ClassVar, TypeVar

from rich.cells import cell_len
from textual.worker import Worker

from gdtui.lab.frame import Frame, Unknown
from gdtui.lab.workspace import Workspace
from gdtui.text import _, ngettext
from gdtui.ui.charts.figure import Marker
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Scrolled

T = TypeVar("T")

BESIDE_TITLE = 4
"""Cells of the upper border that are not for the title."""

LARGE = 20_000
"""Data with more rows is processed on a thread, and not for every frame while it plays."""

SECONDS_AT_MOST = 30.0
"""A computation is given up after this long."""


class LabView(Scrolled):
    """One way to look at the workspace. `lines` decides what to show, from what `follow` has stored."""

    name: ClassVar[str]
    """Its name in commands."""
    title: ClassVar[str]
    """Its title in the border."""
    workspace: Workspace
    seen: Frame
    """The latest frame."""

    def __init__(self) -> None:
        super().__init__()
        self.inscribe(title=self.title)
        self.marker: Marker = "braille"
        """What pictures are drawn with."""
        self.key: dict[str, str] = {}
        """The key of each command by id; empty where commands do not work."""
        self.parameter = 0
        """The parameter chosen for the charts, which comes first if not all fit."""
        self.is_given_up = False
        """Whether the thread took too long; its result is then ignored."""
        self._wanted: object = None
        """What a thread was last asked to find."""

    def take_in(self, workspace: Workspace, frame: Frame, parameter: int) -> None:
        """Show the present state, with this parameter first."""
        self.workspace, self.seen = workspace, frame
        self.parameter = min(parameter, len(frame.epoch.parameters) - 1)
        self.follow(workspace, frame)
        self.repaint()

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Find out what to show; called after every key and every frame while the view is open."""

    def entitle(self, frame: Frame, title: str) -> None:
        """Set a title that names the epoch: after the plan, where the run is and that this epoch would be next."""
        if frame.is_after_plan:
            whole = _("After {taken}, next: {title}", taken=frame.counted(frame.epoch.number - 1), title=title)
            has_room = not self.size or cell_len(whole) + BESIDE_TITLE <= self.size.width
            title = whole if has_room else _("Next: {title}", title=title)
        self.inscribe(title=title)

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the numbers that the learner should compute before seeing them."""
        return frozenset()

    @property
    def unknown(self) -> frozenset[Unknown]:
        """What numbers and charts must hide of the epoch."""
        return frozenset()

    def on_thread(self, job: Callable[[], None]) -> Worker[None]:
        """Process large data on a thread, up to the time limit."""
        self.is_given_up = False
        deadline = self.set_timer(SECONDS_AT_MOST, self._give_up)

        def work() -> None:
            job()
            self.call_later(deadline.stop)

        return self.run_worker(work, thread=True)

    def find_later(self, wanted: object, job: Callable[[], T], take: Callable[[T], None]) -> None:
        """Have a thread compute something unless it already is, and use the result if it is still wanted."""
        if wanted == self._wanted:
            return
        self._wanted = wanted

        def find() -> None:
            found = job()
            if wanted == self._wanted and not self.is_given_up:
                take(found)
                self.call_later(self.repaint)

        self.on_thread(find)

    def _give_up(self) -> None:
        self.is_given_up = True
        self.repaint()

    def at_work(self, rows: int) -> Row:
        """The message while a thread processes the data, or after it was given up."""
        if self.is_given_up:
            seconds = SECONDS_AT_MOST
            return ((_("Gave up after {seconds:g} seconds. Fewer rows take less time.", seconds=seconds), "warn"),)
        words = ngettext("Going through {n:,} row … escape leaves", "Going through {n:,} rows … escape leaves", rows)
        return ((words, "dim"),)

    def leave(self) -> None:
        """The view is closed: stop whatever it has running."""
