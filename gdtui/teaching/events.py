"""What a learner does in a lesson: frozen events, which a record stores and a replay repeats."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.settings import canonical
from gdtui.numbers import shortest
from gdtui.teaching.page import PageState
from gdtui.teaching.settings import NAMES, as_number, as_whole
from gdtui.text import _, clean, listed

MOST_THROUGH = 100
"""The most values that one deed passes through."""

MOST_AT_ONCE = 10_000
"""The most epochs that one action takes."""


class _Event(msgspec.Struct, frozen=True, tag_field="do"):
    """Something a learner does."""


class Answer(_Event, frozen=True, tag="answer", omit_defaults=True):
    """Answers the question of the page."""

    text: str
    is_strict: bool = False
    """Whether digits beyond those asked for must be right too. The first records do not have it."""


class Hint(_Event, frozen=True, tag="hint"):
    """Asks for the next hint."""


class GoOn(_Event, frozen=True, tag="go on"):
    """Goes to the next page."""


class Skip(_Event, frozen=True, tag="skip"):
    """Goes to the next page with the class, whatever was done on this one."""


class _Action(_Event, frozen=True, kw_only=True):
    """Something done to the run; `keys` is the number of keys it took."""

    keys: int = 1


class StepEpochs(_Action, frozen=True, tag="step"):
    """Takes epochs."""

    count: int = 1


class Set(_Action, frozen=True, tag="set"):
    """Changes a setting: from the current epoch on if it may change during a run, otherwise from the start."""

    name: str
    value: str


class ResetRun(_Action, frozen=True, tag="again"):
    """Starts over from the same start."""


class Try(_Action, frozen=True, tag="try"):
    """Types the next W, in a blind step."""

    value: float


class Play(_Action, frozen=True, tag="play"):
    """Lets gdtui search from the same start with an lr, in a blind step."""

    rate: float


class Pin(_Action, frozen=True, tag="pin"):
    """Pins the run for a comparison, or unpins it."""


class Script(_Action, frozen=True, tag="script"):
    """Enters the check number that the run's own script has printed."""

    printed: float


class Deed(_Action, frozen=True, tag="deed"):
    """An action of one kind of page only: `W 1.25`."""

    word: str
    """One of the page's own words."""
    value: str = ""
    through: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_THROUGH)] | msgspec.UnsetType = msgspec.UNSET
    """The values that a key passed through while it was held down."""

    def singly(self) -> "tuple[Deed, ...]":
        """The same as single deeds, one after another."""
        return (*(Deed(word=self.word, value=value, keys=0) for value in self.through or ()), self)

    def joined(self, after: "Deed") -> "Deed":
        """This deed and the next one as a single deed."""
        through = (*(self.through or ()), self.value)
        return msgspec.structs.replace(after, through=through, keys=self.keys + after.keys)


Action = StepEpochs | Set | ResetRun | Try | Play | Pin | Script | Deed
"""What can be done to the run."""

Event = Answer | Hint | GoOn | Skip | Action
"""Everything that can be done in a lesson."""

_PLAIN: dict[str, Action] = {"again": ResetRun(), "pin": Pin()}
_WITH_A_NUMBER: dict[str, tuple[str, Callable[[str], Action]]] = {
    "step": ("count", lambda number: StepEpochs(count=as_whole(number))),
    "try": ("value", lambda number: Try(value=as_number(number))),
    "play": ("rate", lambda number: Play(rate=as_number(number))),
    "script": ("printed", lambda number: Script(printed=as_number(number))),
}
"""Actions that take a number, by name: the field for it, and the function that reads it."""


_EXAMPLES = ("lr = 0.05", "step 10", "again", "try 1.2", "play 0.1", "pin", "script 4.66569")
"""Examples of actions."""


_ANOTHER = re.compile(r"[,;]\s*([\w-]+)\s*=")
"""A second setting on the same line."""


def parse_action(text: str, examples: Sequence[str] = _EXAMPLES) -> Action:
    """Read an action: `lr = 0.05`, `step 10`, `again`, `try 1.2`, `play 0.1`, `pin` or `script 4.66569`.

    The `=` of a setting may be left out. `examples` are named if the text is not an action.

    Raises:
        UserError: the text is not an action.
    """
    if (
        (another := _ANOTHER.search(text))
        and canonical(another[1]) in NAMES
        and not text.strip().startswith("optimizer")
    ):
        raise UserError(_("one setting at a time: press enter, then type {name} = …", name=another[1]))
    name, _sign, value = (part.strip() for part in text.strip().partition("=" if "=" in text else " "))
    if canonical(name) in NAMES and ("=" in text or value):
        return Set(name=canonical(name), value=value)
    if "=" in text:
        raise UserError(_("there is no setting '{name}', only {names}", name=clean(name, 24), names=", ".join(NAMES)))
    if text.strip() in _PLAIN:
        return _PLAIN[text.strip()]
    match = re.fullmatch(r"(step|try|play|script)\s+(.+)", text.strip())
    try:
        if match:
            return _WITH_A_NUMBER[match[1]][1](match[2])
    except ValueError:
        pass  # reported below, like any other text that is not an action
    quoted = listed([f"'{example}'" for example in examples], _("or"))
    raise UserError(_("'{text}' is not an action: type {examples}", text=clean(text, 40), examples=quoted))


def parse_deed(text: str, deeds: Sequence[str], examples: Sequence[str] = _EXAMPLES) -> Action:
    """Read `W 1.25` or `W = 1.25` where `W` is one of the page's own words, otherwise as `parse_action`.

    Raises:
        UserError: the text is neither.
    """
    word, *_space, value = text.strip().replace("=", " ", 1).partition(" ")
    return Deed(word=word, value=value.strip()) if word in deeds else parse_action(text, examples)


def read_event(line: str, view: PageState) -> Event:
    """Read a typed line: empty continues, `?` asks for a hint, anything else is an answer or an action.

    On a finished page, a line that is none of these continues too: it is a key pressed once too often.

    Raises:
        UserError: it is not an action although one is expected; or a hint is no use any more.
    """
    text = line.strip()
    if not text:
        return GoOn()
    if text == "?" and view.is_done and not view.is_over:  # records may contain such hints, so pages accept them
        raise UserError(_("This page is done: enter continues."))
    if text == "?":
        return Hint()
    if view.takes_answers:
        return GoOn() if view.is_done else Answer(text, is_strict=True)
    try:
        deed = _read_deed(text, view)
    except UserError:
        if view.is_done:
            return GoOn()
        raise
    if isinstance(deed, StepEpochs) and view.is_done and "step" not in view.takes:  # likewise
        raise UserError(_("The goal is reached: again starts over, enter continues."))
    return deed


def _read_deed(text: str, view: PageState) -> Action:
    if view.bare:
        try:
            action = parse_deed(f"{view.bare} {as_number(text)!r}", view.deeds)
            return msgspec.structs.replace(action, keys=len(text) + 1)
        except ValueError:
            pass  # then it is an action
    return parse_deed(text, view.deeds, view.examples)


def written(event: Event) -> str:
    """An event in the words that `parse_action` reads; other events by a word for them."""
    if isinstance(event, Set):
        return f"{event.name} = {event.value}"
    if isinstance(event, Answer):
        return f"answer {event.text}"
    if isinstance(event, Deed):
        return f"{event.word} {event.value}".rstrip()
    word = str(event.__struct_config__.tag)
    return f"{word} {shortest(getattr(event, _WITH_A_NUMBER[word][0]))}" if word in _WITH_A_NUMBER else word
