"""The keys in a lesson. Commands that exist in the lab too have the same id and keys here."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from gdtui.lab.nice import next_nice
from gdtui.numbers import shortest
from gdtui.teaching.events import Event, GoOn, Pin, ResetRun, Set, StepEpochs, read_event
from gdtui.teaching.lesson import CHARTS
from gdtui.teaching.page import PageState
from gdtui.teaching.session import MANY
from gdtui.text import _
from gdtui.ui.common.command import Command, KeyAction, key_for
from gdtui.ui.lab.commands.table import COMMANDS
from gdtui.ui.lab.lab import ToClass

SECTION = _("In a lesson (gdtui lesson, or L)")
IN_A_CLASS = _("In a lesson in class")


class LessonCommand(Command, frozen=True, kw_only=True):
    """A command of a lesson."""

    section: str = SECTION
    do: KeyAction
    """What it does."""
    serves: Callable[[PageState], bool] = lambda view: True
    """Whether it can be used on a page, apart from `views`."""
    reads: bool = False
    """Whether it also works on a page that can only be read."""

    def works_on(self, view: PageState) -> bool:
        """Whether it can be used on a page."""
        return (self.reads or not view.is_past) and (not self.views or view.kind in self.views) and self.serves(view)


Named = tuple[str, str, str]
"""The id of a command, its key, and its title."""


def pair(down: Named, up: Named, do: Callable[[int], KeyAction], **more: Any) -> tuple[LessonCommand, LessonCommand]:
    """Two opposite commands, for −1 and 1; the bottom line shows them as one."""
    commands = (
        LessonCommand(id=id_, keys=keys, title=title, do=do(way), **more)
        for (id_, keys, title), way in ((down, -1), (up, 1))
    )
    first, second = commands
    return msgspec.structs.replace(first, pair=second.id), msgspec.structs.replace(second, bar="")


def row(id_: str, title: str, do: KeyAction | Event, keys: str = "", **more: Any) -> LessonCommand:
    """A command, or an event for the session; without keys it has those of the lab's command."""
    does = do if callable(do) else lambda lesson: lesson.take(do)
    return LessonCommand(id=id_, title=title, do=does, keys=keys or KEYS[id_], **more)


def working_on(commands: Sequence[LessonCommand], view: PageState) -> list[LessonCommand]:
    """The commands that can be used on a page. Those of its kind come first, and take the keys they need from
    others.
    """
    working = sorted((command for command in commands if command.works_on(view)), key=lambda each: not each.views)
    owner = {key: command.id for command in reversed(working) for key in command.key_names}
    return [command for command in working if any(owner[key] == command.id for key in command.key_names)]


def when_finished(commands: Sequence[LessonCommand], view: PageState | None) -> str:
    """What to do with a lesson that is opened at its end; otherwise empty."""
    if view is None or not view.is_over:
        return ""
    key = key_for(commands)
    return _("You have finished this lesson. {back} reviews it.", back=key["page-before"])


def takes(what: str) -> Callable[[PageState], bool]:
    """Whether a page allows this action on the run."""
    return lambda view: what in view.takes and not view.is_over


def has_charts(view: PageState) -> bool:
    """Whether there is another chart to page to."""
    charts = set(CHARTS) - set(view.hidden) if view.charts is None else view.charts
    return view.can_leaf and not view.is_over and not view.is_blind and not view.shows and len(charts) > 1


def nudge_rate(direction: int) -> KeyAction:
    """Set the next round learning rate, up or down."""
    return lambda lesson: lesson.take(
        Set(name="lr", value=shortest(next_nice(lesson.run.settings.learning_rate, direction)))
    )


def start_over(lesson: Any) -> None:
    """Start the run over; on a page that was left, the whole page, and at the end the lesson."""
    if lesson.view and lesson.view.is_past:
        lesson.practise()
    elif lesson.view and lesson.view.is_over and (finished := lesson.recorded_session):
        another = finished.anew()
        finished.close()
        lesson.begin(another)
    else:
        lesson.take(ResetRun())


def take_many(lesson: Any) -> None:
    """Take several epochs, but not beyond the goal."""
    if held := lesson.recorded_session:
        lesson.take(StepEpochs(count=held.session.epochs_to_goal()))


def ask_for_hint(lesson: Any) -> None:
    """Ask for a hint for the page as it is now."""
    if lesson.view:
        lesson.take(read_event("?", lesson.view))


def scroll(halves: int) -> KeyAction:
    """Scroll down by half pages."""
    return lambda lesson: lesson.page.scroll_lines(halves * (lesson.page.size.height // 2))


KEYS = {command.id: command.keys for command in COMMANDS}
"""The keys of the lab's commands."""

LESSON_COMMANDS = (
    row(
        "next-page",
        _("Answer, and continue once the page is done"),
        GoOn(),
        "enter",
        bar=_("go on"),
        serves=lambda view: view.is_done and not view.is_over,
    ),
    row("step", _("Take one epoch, on a page with a goal"), StepEpochs(), bar=_("step"), serves=takes("step")),
    row(
        "play",
        _("Take {n} epochs, none beyond the goal; type step 100 to take 100", n=MANY),
        take_many,
        bar=_("{n} steps", n=MANY),
        serves=takes("step"),
    ),
    row("pin", _("Pin this run, if the goal asks for a comparison"), Pin(), bar=_("pin"), serves=takes("pin")),
    row(
        "help",
        _("Show a hint, if nothing is typed yet"),
        ask_for_hint,
        bar=_("hint"),
        serves=lambda view: view.hints_left > 0 and not view.is_done,
    ),
    row(
        "reset",
        _("Start over from the same W; on a previous page: do it again for practice; at the end: redo the lesson"),
        start_over,
        bar=_("start over"),
        serves=lambda view: view.is_past or view.is_over or takes("again")(view),
        reads=True,
    ),
    *pair(
        (
            "raise",
            KEYS["raise"],
            _("Raise lr to the next round value; or type lr = 0.05, and other settings the same way"),
        ),
        ("lower", KEYS["lower"], _("Lower lr to the next round value")),
        lambda way: nudge_rate(-way),
        bar=_("lr"),
        serves=takes("lr"),
    ),
    row(
        "lesson-chart",
        _("Put the next chart first"),
        lambda lesson: lesson.charts.leaf(1),
        "tab",
        bar=_("chart"),
        serves=has_charts,
        reads=True,
    ),
    row(
        "page-before",
        _("Look at the previous page, if nothing is typed; enter goes forward again"),
        lambda lesson: lesson.look_back(),
        "backspace",
        bar=_("back"),
        serves=lambda view: view.page > 1 or view.is_over,
        reads=True,
    ),
    row(
        "page-down",
        _("Scroll down; page up scrolls up"),
        scroll(1),
        "pagedown",
        also="down",
        reads=True,
    ),
    row("page-up", _("Scroll up"), scroll(-1), "pageup", also="up", reads=True),
    row(
        "glossary",
        _("Look up what the words mean"),
        lambda lesson: lesson.open_glossary(),
        "ctrl+g",
        bar=_("words"),
        reads=True,
    ),
    row(
        "leave",
        _("Leave the lesson; next time it continues from here"),
        lambda lesson: lesson.leave(),
        "escape",
        bar=_("leave"),
        reads=True,
    ),
)
"""In the order of the help and of the bottom line."""


def of_class(id_: str, keys: str, title: str, **more: Any) -> LessonCommand:
    """A command that the app carries out."""

    def ask(lesson: Any) -> None:
        lesson.post_message(ToClass(id_))

    return LessonCommand(id=id_, keys=keys, title=title, do=ask, section=IN_A_CLASS, reads=True, **more)


def asks_for_no_words(view: PageState) -> bool:
    """Whether letters are keys: not where a sentence is typed, which may start with any letter."""
    return view.kind != "words" or view.is_done or view.is_past


IN_CLASS = (
    of_class("join", "J", _("Join the class that is open, or leave it"), serves=asks_for_no_words),
    of_class("hand", "exclamation_mark", _("Raise your hand, or take it down"), serves=asks_for_no_words),
    of_class("return", "f", _("Go back to what your teacher shows or asks"), serves=asks_for_no_words),
    of_class("what-is-seen", "f2", _("Say what your teacher sees")),
)
"""The additional commands in a class."""
