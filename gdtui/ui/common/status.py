"""Status: what the screen itself is doing, in addition to the frame of the run."""

import msgspec

from gdtui.text import _

YES_NO = (("y", _("yes")), ("n", _("no")))


class Status(msgspec.Struct, frozen=True):
    """Shown in the header and the key bar."""

    is_loading: bool = True
    is_playing: bool = False
    epochs_a_second: float | None = 5
    """The pace to play at; None is full speed."""
    count: int = 0
    """The number typed before a key; 0 if none was."""
    notice: str = ""
    """A line that replaces the keys until the next key."""
    view: str = ""
    """The name of the open view; empty if none is open."""
    lacks_best: bool = False
    """Whether the sweep has found no learning rate to continue with."""
    is_enlarged: bool = False
    """Whether a chart or view fills the screen."""
    is_asked: bool = False
    """Whether a prediction is asked for, which blocks most keys."""
    question: str = ""
    """A question, shown in the same line until one of the keys in `answers` is pressed."""
    answers: tuple[tuple[str, str], ...] = YES_NO
    """The keys that answer it, with their meanings. Enter is not one of them, because people press it without
    reading.
    """

    @property
    def pace(self) -> str:
        """The pace in words."""
        pace = self.epochs_a_second
        return _("full speed") if pace is None else _("{pace:g} per second", pace=pace)
