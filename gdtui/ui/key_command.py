"""What every key is that does something: one class is its keys, its footer text, its help row."""

from typing import ClassVar


class KeyCommand:
    """Something a key does, in the lab or in a lesson."""

    keys: ClassVar[str]
    """Its keys as Textual names them, between commas."""
    shown_keys: ClassVar[str]
    """Its keys as people read them."""
    title: ClassVar[str]
    """What it does, for the palette and the help."""
    footer: ClassVar[tuple[str, str] | None] = None
    """Keys and word for the line at the bottom."""
    section: ClassVar[str]
    """The heading it stands under in the help."""

    @classmethod
    def has_key(cls, key: str) -> bool:
        """Whether a key is one of its own."""
        return key in cls.keys.split(",")
