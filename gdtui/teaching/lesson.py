"""A lesson: the content of a lesson file, checked and frozen."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, NoReturn, get_args, get_type_hints

import msgspec

from gdtui.errors import InputError, UserError
from gdtui.teaching.locate import key_of, line_of
from gdtui.teaching.questions.ask import Ask, Formula, Hinted, Line, Part, Template, Text
from gdtui.text import _, ngettext

CHARTS = ("cost", "W", "cost over W", "fit", "contours", "lr")
"""The charts that a lesson may hide."""

CHART_NAMES = {**{name: name for name in CHARTS}, "bowl": "cost over W", "data": "fit"}
"""The charts that a page may choose, by every name that a file may use for them."""

PANELS = (*CHARTS, "epochs", "numbers", "gradient", "verdict", "formula", "code")
"""Everything that a lesson may hide besides settings."""

MOST_STEPS = 40
"""The most pages of a lesson."""

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Identifier = Annotated[
    str,
    msgspec.Meta(
        pattern="^[a-z][a-z0-9-]{0,39}$",
        description=_("at most 40 small letters, digits and hyphens, a letter first"),
    ),
]


class Goal(Hinted, frozen=True, kw_only=True):
    """Something to achieve: the table of a page on which something is done."""

    ask: Ask | None = None
    """A question before the goal. It takes one answer, which is judged once the goal is reached."""
    check: Annotated[tuple[Formula, ...], msgspec.Meta(min_length=1, max_length=12)]
    """Conditions on the run that must all hold at the same time."""
    says: tuple[Template, ...] = ()
    """The words shown for each condition; by default the condition itself."""
    answer: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1, max_length=100)]
    """Actions that reach the goal, such as `lr = 0.05` or `step 10`."""
    score: Literal["", "keys", "updates", "tries"] = ""
    """What to keep as small as possible, if the goal is a challenge."""
    par: Annotated[int, msgspec.Meta(ge=0)] = 0
    """The best possible score, which `gdtui lesson check` computes; 0 if it is not stated."""

    def scored(self, score: int) -> str:
        """A score with its unit and the best possible score."""
        scored = {
            "keys": ngettext("{n} key", "{n} keys", score),
            "updates": ngettext("{n} epoch", "{n} epochs", score),
            "tries": ngettext("{n} try", "{n} tries", score),
        }[self.score]
        return _("{score} ({par} is possible)", score=scored, par=self.par) if 0 < self.par < score else scored

    @property
    def challenge(self) -> str:
        """What the score counts, before the learner starts; empty if the goal is not a challenge."""
        counted = {"keys": _("keys"), "updates": _("epochs"), "tries": _("tries")}
        return _("your score: how many {things} it takes", things=counted[self.score]) if self.score else ""


class Step(Part, frozen=True, kw_only=True):
    """One page: a text, and what the learner is asked to do. Each kind of page adds its table to this one."""

    name: Identifier
    """Unique in the lesson; records refer to the step by it."""
    text: Text
    title: Template = ""
    experiment: dict[str, Any] = msgspec.field(default_factory=dict)
    """Settings for a new run on this page, in addition to those of the lesson."""
    after: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    """How many epochs are taken before the page is shown, if it starts a new run."""
    ask: Ask | None = None
    goal: Goal | None = None
    hints: Annotated[tuple[Text, ...], msgspec.Meta(max_length=8)] = ()
    reveal: Text = ""
    """Text shown once the page is answered or its goal reached."""
    hidden: tuple[str, ...] | None = None
    """Replaces the lesson's own."""
    locked: tuple[str, ...] | None = None
    """Replaces the lesson's own."""
    blind: bool = False
    """Whether the learner types each next W, and sees only W, cost and slope."""
    charts: tuple[str, ...] | None = None
    """The charts that the page can show, the first one first; by default those of its kind, or all that are not hidden.
    """
    view: Literal["", "explain", "code", "sweep", "compare"] = ""
    """The view of the lab shown beside the text instead of charts."""
    shares: Annotated[int, msgspec.Meta(ge=1, le=6)] = 1
    """The number of shares into which the view `explain` splits the rows."""
    marks: tuple[Literal["errors", "log"], ...] = ()
    """What the charts show in addition: each row's error, the cost on a log scale."""
    points: Annotated[int, msgspec.Meta(ge=0, le=100)] = 1
    """The most points for each task or question on the page."""

    @property
    def begins_anew(self) -> bool:
        """Whether it has its own run instead of continuing that of the page before."""
        return bool(self.experiment or self.after or self.blind)


class Lesson(Part, frozen=True, kw_only=True):
    """A lesson file."""

    format: Literal[1]
    title: Title
    about: Line
    """What it is about, for the list of lessons."""
    language: Annotated[
        str,
        msgspec.Meta(
            pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description=_('a language code, such as "en" or "pt-BR"')
        ),
    ] = "en"
    level: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    """Accepted because older lesson files have it, but never used."""
    experiment: dict[str, Any] = msgspec.field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    steps: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1, max_length=MOST_STEPS)] = msgspec.field(name="step")
    closing: Text = ""
    can: Annotated[tuple[Template, ...], msgspec.Meta(max_length=8)] = ()
    """What the learner can do after it, to follow "Now you can"."""
    minutes: Annotated[int, msgspec.Meta(ge=0, le=600)] = 0
    """How long it takes; 0 to have it estimated."""


class LoadedLesson(msgspec.Struct, frozen=True):
    """A lesson together with the file it came from."""

    lesson: Lesson
    name: str
    """Its name on the command line and in records: the file's name without its ending."""
    digest: str
    """SHA-256 of the file, by which a record identifies the version."""
    place: str
    """The prefix of error messages."""
    lines: dict[tuple[str | int, ...], int]
    """The line of each key in the file."""
    pages: dict[str, str] = {}
    """The digest of everything that the file says about each page, by the page's name."""

    @property
    def text(self) -> str:
        """Everything that the lesson says."""
        return msgspec.json.encode(self.lesson).decode()

    def at(self, *path: str | int) -> str:
        """`file:line` of a key, or of the nearest one around it."""
        return f"{self.place}:{line_of(self.lines, path)}"


class Spot(msgspec.Struct, frozen=True):
    """A table or field of a lesson file, so that errors can give its line."""

    loaded: LoadedLesson
    path: tuple[str | int, ...] = ()

    def at(self, *path: str | int) -> "Spot":
        """A place further inside."""
        return Spot(self.loaded, (*self.path, *path))

    def refuse(self, what: object) -> NoReturn:
        """Report an error here.

        Raises:
            InputError: always.
        """
        raise InputError(f"{self.loaded.at(*self.path)}: {what}") from None

    def guard(self, read: Callable[[str], object], text: str) -> None:
        """Check that `read` can read a text.

        Raises:
            InputError: it cannot.
        """
        try:
            read(text)
        except UserError as error:
            self.refuse(f"{key_of(self.path)}: {error}")

    def look_through(self, part: Part) -> None:
        """Check every text in a part of the file with the reader of its type.

        Raises:
            InputError: a text cannot be read.
        """
        readers = _readers(type(part))
        for field, name in zip(part.__struct_fields__, part.__struct_encode_fields__, strict=True):
            found = getattr(part, field)
            for index, each in enumerate(found if isinstance(found, tuple) else (found,)):
                spot = self.at(name, index) if isinstance(found, tuple) else self.at(name)
                if isinstance(each, Part):
                    spot.look_through(each)
                elif isinstance(each, str) and each and readers[field]:
                    spot.guard(readers[field], each)


@cache
def _readers(part: type[Part]) -> dict[str, Any]:
    """The reader for the texts of each field; None for fields without one."""
    return {name: _reader(hint) for name, hint in get_type_hints(part, include_extras=True).items()}


def _reader(hint: Any) -> Any:
    return next(filter(callable, getattr(hint, "__metadata__", ())), None) or next(
        filter(None, map(_reader, get_args(hint))), None
    )
