"""What a command is in the lab and in a lesson: a class that is one key's key, footer text, help row and action."""

from typing import ClassVar


class Command:
    """Something a key does."""

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
    def key_names(cls) -> list[str]:
        """Its keys as Textual names them, one by one."""
        return cls.keys.split(",")

    @classmethod
    def has_key(cls, key: str) -> bool:
        """Whether a key is one of its own."""
        return key in cls.key_names()
