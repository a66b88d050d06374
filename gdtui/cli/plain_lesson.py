"""A lesson as lines of text: pages on standard output, answers from standard input. For pipes and simple terminals."""

import io
import re
import sys
from collections.abc import Iterator

from gdtui.errors import UserError
from gdtui.lab.nice import next_nice
from gdtui.numbers import count, shortest
from gdtui.storage import hand_in
from gdtui.teaching.catalogue import again, command, on_to
from gdtui.teaching.events import Event, Pin, ResetRun, Set, StepEpochs, read_event
from gdtui.teaching.page import PageState
from gdtui.teaching.pages.watch import Watched
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.text import _, listed

WIDTH = 120
"""The most characters in a line of numbers."""

EMPHASIS = re.compile(r"(?<![\w*])(\*\*?)(?=[^\s*])([^*]*[^\s*])\1(?![\w*])")
"""Bold or slanted words, but not a product or a power in code."""

LONGEST = 10_000
"""The most characters of a line read at once."""


def teach(recorded_session: RecordedSession, following: str) -> bool:
    """Teach the lesson until it is over or the input ends; return whether to start the next one."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    shown = ("", "")
    loaded = recorded_session.session.loaded
    if recorded_session.view().is_over:
        commands = {"again": again(loaded), "page": f"{command(loaded)} --page 1"}
        print(_("You have finished this lesson. {page} shows its first page; {again} starts it over.", **commands))
    while True:
        view = recorded_session.view()
        if view.is_over:
            print("\n".join(closing_lines(view, again(loaded), hand_in.reminder())))
            if not following:
                return False
            print(on_to(following, _("q quits")))
            return not (_line() or "q").strip()
        numbers = number_lines(recorded_session)
        if (view.name, view.kind) != shown:
            print("\n".join([] if view.name == shown[0] else [*page_lines(view), *numbers]))
            print("\n".join(asking_lines(view)))
            shown = view.name, view.kind
        line = _line()
        if line is None or line.strip() == "q":
            return False
        try:
            outcome = recorded_session.take(key_named(line.strip(), recorded_session) or read_event(line, view))
        except UserError as error:
            print(f"  {error}")
            continue
        for said in outcome.says:
            print(f"  {unmarked(said)}")
        after = recorded_session.view()
        if after.name == view.name and outcome.is_accepted and not after.is_over:
            now = number_lines(recorded_session)
            print("\n".join([*(now if now != numbers else []), *after_lines(view, after)]))


def _line() -> str | None:
    """A line of input, or None at its end."""
    print("> " if sys.stdin and sys.stdin.isatty() else "", end="", flush=True)
    return sys.stdin.readline(LONGEST) or None if sys.stdin else None


def page_lines(view: PageState) -> Iterator[str]:
    """The page as text."""
    if view.minutes:
        yield _("about {minutes}", minutes=count(view.minutes, "minute"))
    yield f"\n[{view.page}/{view.pages}] {view.title}".rstrip(" ")
    yield unmarked(view.text.strip())


def unmarked(text: str) -> str:
    """A text without the marks for emphasis."""
    return EMPHASIS.sub(r"\2", text)


def key_named(text: str, recorded_session: RecordedSession) -> Event | None:
    """What a key does that the texts of lessons name; None if the text is no such key, or an answer is asked for."""
    session, view = recorded_session.session, recorded_session.view()
    if view.takes_answers or view.is_done:
        return None
    if text in ("+", "-", "\N{MINUS SIGN}"):
        rate = next_nice(session.run.settings.learning_rate, 1 if text == "+" else -1)
        return Set(name="lr", value=shortest(rate)) if "lr" in view.takes else None
    if text == "r":
        to_the_end = view.exhibit.play if isinstance(view.exhibit, Watched) else session.epochs_to_goal()
        return StepEpochs(count=to_the_end)
    keys: dict[str, Event] = {"p": Pin(), "R": ResetRun(), "space": StepEpochs()}
    return keys.get(text)


def number_lines(recorded_session: RecordedSession) -> list[str]:
    """The epoch, W and the cost, the update and the verdict, except what the page hides."""
    from gdtui.ui.panels.number_rows import number_rows  # imports rich, which the list of lessons does not need

    view, frame, *__ = recorded_session.session.look()
    if view.is_blind or view.is_over or view.exhibit:
        return []
    return ["".join(text for text, __ in row).rstrip() for row in number_rows(frame, WIDTH, view.hidden, is_taken=True)]


def asking_lines(view: PageState) -> Iterator[str]:
    """The question, and the exhibit that goes with it."""
    yield from exhibit_lines(view)
    if view.prompt:
        yield f"\n{view.question}"
    for number, choice in enumerate(view.choices, 1):
        yield f"  {number} {choice}"
    for check in view.checks if not view.prompt else ():
        yield f"  · {check.words}"
    if view.challenge and not view.prompt:
        yield f"  ★ {view.challenge}"
    hints = f"   {_('? hint ({n})', n=view.hints_left)}" if view.hints_left else ""
    if not view.takes_answers:
        yield _("type {examples}", examples=listed(view.examples, _("or"))) + hints
    else:
        yield _("type the answer; after that, enter continues") + hints if view.prompt else _("enter continues")


def closing_lines(view: PageState, command: str, reminder: str) -> Iterator[str]:
    """The closing words, the score, and the pages to look at again, with the command."""
    yield unmarked(view.closing.strip())
    yield from ["", _("Now you can:"), *(f"  ✓ {each}" for each in view.can)] if view.can else []
    if view.score:
        yield f"\n{view.score}"
    if reminder:
        yield reminder
    if view.missed:
        yield _("Worth another look: {pages}", pages="; ".join(view.missed))
        yield command


def exhibit_lines(view: PageState) -> Iterator[str]:
    """What only this kind of page shows."""
    yield from (f"  {line}" for line in (view.exhibit.lines() if view.exhibit else ()))


def after_lines(before: PageState, view: PageState) -> Iterator[str]:
    """What has changed after an event."""
    if view.exhibit != before.exhibit:
        yield from exhibit_lines(view)
    yield from (f"  {line}" for line in view.compared)
    if view.checks and not before.takes_answers:
        yield "  " + "   ".join(check.marked for check in view.checks)
    if view.is_beyond:
        yield f"  {_('again starts over')}"
    if view.is_done:
        yield unmarked(view.reveal.strip())
        yield _("enter continues")
