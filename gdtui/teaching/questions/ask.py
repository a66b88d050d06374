"""A question in a lesson file, and the types of the texts in it: each type tells how its text is read."""

from typing import Annotated

import msgspec

from gdtui.experiment.expressions import parse, places
from gdtui.numbers import MOST_DECIMALS

_SHORT = msgspec.Meta(max_length=300)

Line = Annotated[str, _SHORT]

Text = Annotated[str, msgspec.Meta(max_length=6_000), places]
"""Markdown with `{expressions}`."""

Template = Annotated[str, _SHORT, places]
"""A line with `{expressions}`."""

Formula = Annotated[str, _SHORT, parse]
"""An expression, or a condition."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Part of a lesson file."""


class Hinted(Part, frozen=True, kw_only=True):
    """A task on a page, which may have hints."""

    hints: Annotated[tuple[Text, ...], msgspec.Meta(max_length=8)] = ()
    """Replace the page's hints, which are for everything on it."""


class OwnMisconception(Part, frozen=True, kw_only=True):
    """A wrong number that the lesson expects."""

    value: Formula
    says: Line
    """What the number is, to follow "4 is"."""


class Opinion(Part, frozen=True, kw_only=True):
    """One of several answers, none of which is right or wrong."""

    text: Template
    says: Template = ""
    """The reply to it."""


class Choice(Opinion, frozen=True, kw_only=True):
    """One of several answers."""

    when: Formula
    """The condition on the run under which it is right. It must hold for exactly one choice."""


class Ask(Hinted, frozen=True, kw_only=True):
    """A question."""

    kind: str
    """One of `all_kinds.KINDS`."""
    of: str = ""
    """The parameter it is about; by default the first."""
    decimals: Annotated[int, msgspec.Meta(ge=0, le=MOST_DECIMALS)] = 3
    """Digits after the point."""
    digits: Annotated[int, msgspec.Meta(ge=0, le=6)] = 0
    """Asks for this many significant digits instead of `decimals`: for a learner's own data."""
    below: Annotated[float, msgspec.Meta(gt=0)] = 0.01
    """The cost for the kind `epochs`."""
    prompt: Template = ""
    """Replaces the usual question."""
    answer: Formula = ""
    """The expression that the kind `value` asks for."""
    worked: Template = ""
    """Replaces the usual line that leads to the answer."""
    hint: Template = ""
    """Replaces the usual hint."""
    words: tuple[Line, ...] = ()
    """For `direction` and `converges`: the words for up, down, same, or yes, no, in the lesson's language."""
    choices: Annotated[tuple[Choice, ...], msgspec.Meta(max_length=6)] = ()
    misconceptions: Annotated[tuple[OwnMisconception, ...], msgspec.Meta(max_length=12)] = msgspec.field(
        default=(), name="slips"
    )
