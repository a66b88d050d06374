"""TextField: an input that takes keys in the order in which they were typed."""

from textual.events import Key
from textual.widgets import Input


class TextField(Input):
    """One line of text to edit.

    Textual takes letters in at once, and editing keys only after they have gone up to the app and come back: typed
    quickly, a backspace would take away a letter that was typed after it.
    """

    def __init__(self, value: str = "", *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name for it
        super().__init__(value, compact=True, id=id)
        self.cursor_blink = False

    async def _on_key(self, event: Key) -> None:
        actions = {
            "backspace": self.action_delete_left,
            "delete": self.action_delete_right,
            "left": self.action_cursor_left,
            "right": self.action_cursor_right,
            "home": self.action_home,
            "end": self.action_end,
        }
        if action := actions.get(event.key):
            event.stop()
            event.prevent_default()
            action()
        else:
            await super()._on_key(event)
