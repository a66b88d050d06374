"""A screen that needs a minimum size, and says so if the window is too small."""

from asyncio import sleep

from textual.events import Event, Key
from textual.screen import ScreenResultType
from textual.widgets import Static

from gdtui.terminal.capability import LEAST_COLUMNS, LEAST_ROWS
from gdtui.text import _
from gdtui.ui.panels.panel import PanelScreen


class SizedScreen(PanelScreen[ScreenResultType]):
    """Subclasses yield `too_small` from `compose`, and everything else in containers of the class `-sized`."""

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
        """Let other tasks run between two keys: Textual handles keys typed ahead without a break, and would see no
        signal and no
        end of the app meanwhile.
        """
        if isinstance(event, Key):
            await sleep(0)
        await super().on_event(event)

    def on_resize(self) -> None:
        """Say which size is needed, and which there is."""
        needed, here = f"{LEAST_COLUMNS}×{LEAST_ROWS}", f"{self.size.width}×{self.size.height}"
        self.too_small.update(_("gdtui needs {needed}; this window is {here}", needed=needed, here=here))
