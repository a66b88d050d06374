"""Status: what the screen itself is doing, next to the frame of the run."""

import msgspec

from gdtui.text import _

YES_NO = (("y", _("yes")), ("n", _("no")))


class Status(msgspec.Struct, frozen=True):
    """Shown in the header and the key bar."""

    is_loading: bool = True
    is_playing: bool = False
    epochs_a_second: float | None = 5
    """The pace to play at; None is as fast as it goes."""
    count: int = 0
    """The number typed before a key; 0 is none."""
    notice: str = ""
    """One line that stands in place of the keys until the next key."""
    view: str = ""
    """The name of the view that is open, or nothing."""
    lacks_best: bool = False
    """Whether the sweep has found no learning rate to go on with."""
    is_enlarged: bool = False
    """Whether a chart or the view has the whole screen."""
    is_asked: bool = False
    """Whether a prediction is asked for, which most keys wait for."""
    question: str = ""
    """A question, shown in the same line until one of the keys below is pressed."""
    answers: tuple[tuple[str, str], ...] = YES_NO
    """The keys that answer it, and what each means. Enter is none of them: it is pressed without reading."""

    @property
    def pace(self) -> str:
        """The pace in words."""
        pace = self.epochs_a_second
        return _("full speed") if pace is None else _("{pace:g} per second", pace=pace)
