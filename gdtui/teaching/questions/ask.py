"""What a lesson file says of a question."""

from typing import Annotated

import msgspec

from gdtui.numbers import MOST_DECIMALS

Line = Annotated[str, msgspec.Meta(max_length=300)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Part of a lesson file."""


class OwnMisconception(Part, frozen=True, kw_only=True):
    """A wrong number that a lesson foresees."""

    value: Line
    """An expression."""
    says: Line
    """What went wrong, to follow "This is"."""


class Choice(Part, frozen=True, kw_only=True):
    """One of several answers."""

    text: Line
    when: Line
    """The condition on the run under which it is right. Exactly one choice is."""
    says: Line = ""
    """What to reply to it."""


class Ask(Part, frozen=True, kw_only=True):
    """A question."""

    kind: str
    """One of `all_kinds.KINDS`."""
    of: str = ""
    """The parameter it is about; by default the first."""
    decimals: Annotated[int, msgspec.Meta(ge=0, le=MOST_DECIMALS)] = 3
    """Digits after the point."""
    digits: Annotated[int, msgspec.Meta(ge=0, le=6)] = 0
    """Asks for this many digits of a number of any size, instead of `decimals`: for a learner's own data."""
    below: Annotated[float, msgspec.Meta(gt=0)] = 0.01
    """The cost for `epochs`."""
    prompt: Line = ""
    """Replaces the usual question."""
    answer: Line = ""
    """The expression for `value`."""
    worked: Line = ""
    """The line that leads to the answer; replaces the usual one."""
    hint: Line = ""
    """Replaces the usual one."""
    words: tuple[Line, ...] = ()
    """For `direction` and `converges`: up, down, same, or yes, no, in the lesson's language."""
    choices: Annotated[tuple[Choice, ...], msgspec.Meta(max_length=6)] = ()
    misconceptions: Annotated[tuple[OwnMisconception, ...], msgspec.Meta(max_length=12)] = msgspec.field(
        default=(), name="slips"
    )
