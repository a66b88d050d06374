"""A screen that needs some room, and says so where it has too little."""

from asyncio import sleep

from textual.events import Event, Key
from textual.screen import ScreenResultType
from textual.widgets import Static

from gdtui.terminal.capability import LEAST_COLUMNS, LEAST_ROWS
from gdtui.text import _
from gdtui.ui.panels.panel import PanelScreen


class SizedScreen(PanelScreen[ScreenResultType]):
    """Yields `too_small` from `compose`, and the rest within containers of the class `-sized`."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # Textual's own form
        (0, "-too-narrow"),
        (LEAST_COLUMNS, "-narrow"),
        (80, "-normal"),
        (120, "-wide"),
        (180, "-huge"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-too-low"),
        (LEAST_ROWS, "-low"),
        (24, "-medium"),
        (30, "-tall"),
        (38, "-high"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.too_small = Static(id="too-small", markup=False)

    async def on_event(self, event: Event) -> None:
        """Look up between two keys: of many typed ahead Textual takes one after the other, and meanwhile sees no signal
        and no end of the app."""
        if isinstance(event, Key):
            await sleep(0)
        await super().on_event(event)

    def on_resize(self) -> None:
        """Say what room is needed, and what there is."""
        needed, here = f"{LEAST_COLUMNS}×{LEAST_ROWS}", f"{self.size.width}×{self.size.height}"
        self.too_small.update(_("gdtui needs {needed}; this window is {here}", needed=needed, here=here))
