"""What the teacher can ask, as a list to choose from."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar, cast

import msgspec
from textual.binding import Binding

from gdtui.classroom import polls
from gdtui.classroom.polls import Poll
from gdtui.experiment.backend import Backend
from gdtui.lab.run import Run
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.limits import Limit
from gdtui.teaching.questions.all_kinds import lab_kinds
from gdtui.text import _, clean
from gdtui.ui.panels.chooser import Chooser

LONGEST_SHOWN = 200
"""So many characters of a question are shown, as far as the line has room."""

MOST_AHEAD = 1_000_000
"""How many updates a question may look ahead."""


class Askable(msgspec.Struct, frozen=True):
    """One that can be asked."""

    words: str
    make: Callable[[], Poll] | None = None
    """What works it out, on a thread; None for one that is typed."""


def questions(lesson: LoadedLesson | None, run: Run, backend: Backend, page: int) -> tuple[list[Askable], int]:
    """All that can be asked, and the one to begin with: that of the page where the class is."""
    found: list[Askable] = []
    first = 0
    limited = Limit(MOST_AHEAD).on(backend)
    for number, title, prompt in polls.pages(lesson) if lesson else ():
        first = len(found) if number <= page else first
        words = _("page {page}: {title}", page=number, title=clean(prompt or title, LONGEST_SHOWN))
        found.append(Askable(words, partial(polls.of_page, cast("LoadedLesson", lesson), number, backend)))
    for kind in lab_kinds():
        words = _("from your lab, as P asks: {what}", what=kind.lab_words)
        found.append(Askable(words, partial(polls.of_kind, run, limited, kind.name)))
    return [*found, Askable(_("a question of your own"))], first


class QuestionsScreen(Chooser[Askable]):
    """Comes back with the question that is chosen."""

    BINDINGS: ClassVar = [Binding("A", "dismiss", show=False)]
    heading = _(" Ask everyone")
    keys = _(" ↑ ↓ choose   enter asks everyone   escape back")

    def line(self, item: Askable, width: int) -> str:
        """A question."""
        return f" {item.words}"


def typed(text: str) -> Poll:
    """A question as it is typed in one line: `What is lr? = 0.1`, or `Rises or falls? rises / *falls`.

    Raises:
        UserError: it is none.
    """
    head, mark, rest = text.partition("?")
    prompt, tail = (head + mark, rest.strip()) if mark else (text, "")
    if tail.startswith("="):
        return polls.typed(prompt, (), tail[1:])
    choices = [choice.strip() for choice in tail.split("/")] if tail else []
    right = next((choice[1:].strip() for choice in choices if choice.startswith("*")), "")
    return polls.typed(prompt, tuple(choice.removeprefix("*").strip() for choice in choices), right)
