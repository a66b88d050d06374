"""What is beside a page: the charts that it has chosen, or a view of the lab."""

import msgspec

from gdtui.lab.board import Board
from gdtui.lab.player import Player
from gdtui.lab.workspace import Workspace
from gdtui.teaching.lesson import CHARTS
from gdtui.teaching.page import PageState
from gdtui.teaching.session import Past, Session
from gdtui.ui.charts.figure import Marker
from gdtui.ui.lab.views.fading import FadingView
from gdtui.ui.lab.views.holder import Views
from gdtui.ui.panels.charts import Charts

EVERY_NUMBER = 10
"""More numbers than a view can hide."""


def choose_charts(charts: Charts, view: PageState) -> None:
    """Show the charts that the page has chosen or does not hide."""
    ends = view.exhibit.ends if view.exhibit else None
    charts.looks = msgspec.structs.replace(
        charts.looks,
        has_residuals="errors" in view.marks,
        is_log="log" in view.marks or None,
        has_keys=False,
        is_whole=view.kind == "hunt",
        across=ends,
        exhibit=view.exhibit,
    )
    if view.charts and view.charts != charts.chosen:
        charts.set_reactive(Charts.leading, "")
    charts.set_reactive(Charts.chosen, view.charts)
    hidden = CHARTS if view.is_blind else set(view.hidden) - {*(view.charts or ())}
    charts.set_reactive(Charts.hidden, frozenset(hidden))


class PageViews(Views):
    """The lab's view that a page has chosen."""

    def __init__(self, marker: Marker) -> None:
        super().__init__(marker)
        self._workspace: Workspace | None = None
        """The workspace that the views follow."""

    def follow_page(self, session: Session, seen: Past, parameter: int) -> None:
        """Update the view for the page's run; while a number is asked for, it hides what would give it away."""
        view = seen.view
        if self.opened != view.shows:
            self.toggle(view.shows or self.opened)
        if not view.shows:
            return
        workspace = self._workspace = self._workspace or Workspace(seen.run.experiment, session.backend)
        workspace.run, workspace.player, workspace.board = seen.run, Player(seen.run), Board()
        workspace.board.in_order = seen.kept
        from gdtui.ui.lab.views.breakdown import BreakdownView  # not for the first frame

        if isinstance(self.view, BreakdownView):
            self.view.shares = view.shares
        if isinstance(self.view, FadingView):
            self.view.level = EVERY_NUMBER if view.asks_for_numbers else 0
        self.follow(workspace, seen.frame, parameter)
