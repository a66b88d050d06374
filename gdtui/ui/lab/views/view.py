"""The base of the views: lines of text that follow the run."""

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
"""So many cells of the rule above are not the title's."""

LARGE = 20_000
"""Data of more rows than this is gone through on a thread, and not anew in every frame while it plays."""

SECONDS_AT_MOST = 30.0
"""After so long what is computed is given up."""


class LabView(Scrolled):
    """Shows what is on the workspace in one way. What it shows is decided in `lines`, from what `follow` took in."""

    name: ClassVar[str]
    """The name that commands know it by."""
    title: ClassVar[str]
    """What stands in its border."""
    workspace: Workspace
    seen: Frame
    """What was taken in last."""

    def __init__(self) -> None:
        super().__init__()
        self.inscribe(title=self.title)
        self.marker: Marker = "braille"
        """What pictures are drawn with."""
        self.key: dict[str, str] = {}
        """The key of each command by its id; nothing where commands do not work here."""
        self.parameter = 0
        """The parameter chosen for the charts, which comes first where there is no room for all."""
        self.is_given_up = False
        """Whether the thread has taken too long; what it finds after all is not shown."""
        self._wanted: object = None
        """What a thread was last told to find."""

    def take_in(self, workspace: Workspace, frame: Frame, parameter: int) -> None:
        """Show what is to be seen now, with this of the parameters first."""
        self.workspace, self.seen = workspace, frame
        self.parameter = min(parameter, len(frame.epoch.parameters) - 1)
        self.follow(workspace, frame)
        self.repaint()

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Find out what is to be shown now; called after every key and every frame while the view is open."""

    def entitle(self, frame: Frame, title: str) -> None:
        """Write a title that names the epoch: after the plan, where the run is, and that this is the next one."""
        if frame.is_after_plan:
            whole = _("After {taken}, next: {title}", taken=frame.counted(frame.epoch.number - 1), title=title)
            has_room = not self.size or cell_len(whole) + BESIDE_TITLE <= self.size.width
            title = whole if has_room else _("Next: {title}", title=title)
        self.inscribe(title=title)

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the numbers that are to be worked out before they are seen."""
        return frozenset()

    @property
    def unknown(self) -> frozenset[Unknown]:
        """What of the epoch the numbers and the charts are not to tell yet."""
        return frozenset()

    def on_thread(self, job: Callable[[], None]) -> Worker[None]:
        """Go through large data on a thread, and give it up after as long as everything else that takes long."""
        self.is_given_up = False
        deadline = self.set_timer(SECONDS_AT_MOST, self._give_up)

        def work() -> None:
            job()
            self.call_later(deadline.stop)

        return self.run_worker(work, thread=True)

    def find_later(self, wanted: object, job: Callable[[], T], take: Callable[[T], None]) -> None:
        """Have a thread find what is wanted, unless it does already, and take it unless something else is by then."""
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
        """What is said while a thread goes through the data, or once that is given up."""
        if self.is_given_up:
            seconds = SECONDS_AT_MOST
            return ((_("Gave up after {seconds:g} seconds. Fewer rows take less time.", seconds=seconds), "warn"),)
        words = ngettext("Going through {n:,} row … escape leaves", "Going through {n:,} rows … escape leaves", rows)
        return ((words, "dim"),)

    def leave(self) -> None:
        """The view is closed: whatever it had under way ends."""
