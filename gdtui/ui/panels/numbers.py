"""The panel of the numbers of the epoch looked at."""

from collections.abc import Sequence

from gdtui.ui.common.rows import Row
from gdtui.ui.panels.number_rows import number_rows
from gdtui.ui.panels.panel import Panel


class Numbers(Panel):
    """Three lines, one more where there is b, and another where x is standardized."""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines of the frame."""
        return number_rows(self.frame, width) if self.frame else []
