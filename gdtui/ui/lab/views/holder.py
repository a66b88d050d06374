"""The place for a view: at most one is open."""

import msgspec
from textual.containers import Container
from textual.reactive import var

from gdtui.lab.frame import Frame
from gdtui.lab.workspace import Workspace
from gdtui.ui.charts.figure import Marker
from gdtui.ui.lab.views.view import LabView
from gdtui.ui.panels.panel import CachedContainer


def kinds() -> dict[str, type[LabView]]:
    """All kinds of view by name, imported when the first one is opened so that the first frame need not wait."""
    from gdtui.ui.lab.views.breakdown import BreakdownView
    from gdtui.ui.lab.views.code import CodeView
    from gdtui.ui.lab.views.compare import CompareView
    from gdtui.ui.lab.views.proof import ProofView
    from gdtui.ui.lab.views.sweep import SweepView

    return {kind.name: kind for kind in (BreakdownView, CodeView, CompareView, ProofView, SweepView)}


class Views(Container):
    """Holds the open view, and those opened earlier."""

    opened: var[str] = var("")
    """The name of the open view, or empty."""

    def __init__(self, marker: Marker, key: dict[str, str] | None = None) -> None:
        """`marker` is what pictures are drawn with; `key` has the keys of commands, where they work."""
        super().__init__(id="views")
        self.marker, self.key = marker, key or {}
        self._made: dict[str, LabView] = {}

    @property
    def view(self) -> LabView | None:
        """The open view."""
        return self._made.get(self.opened)

    def toggle(self, name: str) -> None:
        """Open a view instead of the one before, or close it if it is open."""
        if self.view:
            self.view.leave()
        if name and name != self.opened and name not in self._made:
            self._made[name] = view = kinds()[name]()
            view.marker, view.key = self.marker, self.key
            self.mount(view)
        self.opened = "" if name == self.opened else name
        for known, view in self._made.items():
            view.display = known == self.opened

    def follow(self, workspace: Workspace, frame: Frame, parameter: int) -> Frame:
        """Update the open view; return the frame without what the view hides."""
        if not self.view:
            return frame
        self.view.take_in(workspace, frame, parameter)
        return msgspec.structs.replace(frame, unknown=self.view.unknown)


class Beside(CachedContainer):
    """Views that are shown by themselves as long as they fit; the keys of views do not work in them."""

    def __init__(self, *names: str, most: int) -> None:
        """Shows the first `most` of these views, except the opened one."""
        super().__init__(classes="beside")
        self._names, self._most = names, most
        self._views: dict[str, LabView] = {}
        self._seen: tuple[Workspace, Frame, int, LabView | None] | None = None

    def follow(self, workspace: Workspace, frame: Frame, parameter: int, opened: LabView | None) -> None:
        """Update the views; none is shown while a number is hidden, even by the opened view."""
        self._seen = workspace, frame, parameter, opened
        self.on_resize()

    def on_resize(self) -> None:
        """Show the latest state, if there is space."""
        if self._seen is None or not self.size:
            return
        workspace, frame, parameter, opened = self._seen
        hides = frame.unknown or (opened and opened.hidden)
        others = [name for name in self._names if not opened or name != opened.name]
        seen = [] if hides else others[: self._most]
        for name in seen:
            if name not in self._views:
                self._views[name] = kinds()[name]()
                self._views[name].scroll_keys = ""
                self.mount(self._views[name])
        for name, view in self._views.items():
            view.display = name in seen
            if view.display:
                view.take_in(workspace, frame, parameter)
