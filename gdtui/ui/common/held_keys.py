"""Keys pressed before they can be handled: kept, and handled later in order."""

from textual.events import Key
from textual.message_pump import MessagePump


class HeldKeys:
    """Keys pressed while torch is loading or the screen is busy."""

    def __init__(self) -> None:
        self._held: list[Key] = []

    def hold(self, event: Key) -> None:
        """Keep a key for later."""
        self._held.append(event)
        event.stop()

    def release(self, app: MessagePump) -> None:
        """Send the kept keys again."""
        held, self._held = self._held, []
        for key in held:
            app.post_message(Key(key.key, key.character))
