"""Commands of a class in the lab: a learner's, and those of the teacher who leads."""

from gdtui.text import _
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import ToClass


def to_class(id_: str, keys: str, title: str, bar: str = "") -> LabCommand:
    """A command that the app carries out."""
    return LabCommand(id_, keys, title, bar=bar, tells_nothing=True, do=lambda lab: lab.post_message(ToClass(id_)))


TO_EVERYONE = _("Hand out your experiment to everyone?")
"""Asked before taking everybody from what they are doing, because the teacher cannot bring them back."""

LEARNER = under(
    _("In a class"),
    to_class("join", "J", _("Join the class that is open, or leave it")),
    to_class("hand", "exclamation_mark", _("Raise your hand, or take it down")),
    to_class("return", "f,j", _("Go back to what your teacher shows or asks")),
)

TEACHER = under(
    _("While you hold a class"),
    to_class("my-lab", "C", _("Go to the board of the class"), _("board")),
    to_class("lead", "F", _("Show your lab on every screen, or stop"), _("follow me")),
    to_class("ask-class", "A", _("Ask everyone a question"), _("ask")),
    LabCommand(
        "hand-out",
        "H",
        _("Hand out your experiment: everyone goes on from here"),
        tells_nothing=True,
        do=lambda lab: lab.ask(TO_EVERYONE, lambda: lab.post_message(ToClass("hand-out"))),
    ),
)
