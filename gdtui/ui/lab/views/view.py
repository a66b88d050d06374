"""The base of the views: lines of text that follow the run."""

from collections.abc import Callable
from typing import ClassVar

from textual.worker import Worker

from gdtui.lab.frame import Frame, Unknown
from gdtui.lab.workspace import Workspace
from gdtui.text import _, ngettext
from gdtui.ui.charts.figure import Marker
from gdtui.ui.common.rows import Row
from gdtui.ui.panels.panel import Scrolled

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

    def take_in(self, workspace: Workspace, frame: Frame, parameter: int) -> None:
        """Show what is to be seen now, with this of the parameters first."""
        self.parameter = min(parameter, len(frame.epoch.parameters) - 1)
        self.follow(workspace, frame)
        self.repaint()

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Take in what is to be shown now; called after every key and every frame while the view is open."""
        raise NotImplementedError

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

    @property
    def page(self) -> int:
        """How many lines further a page is."""
        return max(1, self.content_size.height - 1)
