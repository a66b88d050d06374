"""`gdtui lesson`: lists, opens, begins and checks lessons."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from gdtui.cli import completion
from gdtui.cli.printing import say
from gdtui.cli.screen_options import screen_options, wishes
from gdtui.cli.startup_gate import FIRST_FRAME
from gdtui.errors import FILES_FOR_SCREEN, MEGABYTES_FOR_SCREEN, InputError, check_limits
from gdtui.experiment.backend import Backend
from gdtui.numbers import count
from gdtui.terminal.capability import TerminalError, check_terminal, is_in_browser
from gdtui.text import clean

if TYPE_CHECKING:
    from gdtui.teaching.lesson import LoadedLesson

LoadBackend = Callable[[], Backend]


class LessonGroup(click.Group):
    """`gdtui lesson NAME` opens a lesson; `list`, `new` and `check` are commands."""

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a first word that is no command for a lesson's name."""
        known = words[0] in self.commands or words[0].startswith("-")
        return super().resolve_command(context, words if known else ["open", *words])

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a lesson, a command, or a file."""
        names = [CompletionItem(name) for name in completion.lessons() if name.startswith(incomplete)]
        commands = [item for item in super().shell_complete(context, incomplete) if item.value != "open"]
        return [*names, *commands, CompletionItem(incomplete, type="file")]


@click.group(
    "lesson",
    cls=LessonGroup,
    invoke_without_command=True,
    subcommand_metavar="[NAME|FILE | COMMAND …]",
)
@click.pass_context
def lesson_command(context: click.Context) -> int:
    """List the lessons, or open one: gdtui lesson NAME, or FILE."""
    return 0 if context.invoked_subcommand else int(context.invoke(list_command))


@lesson_command.command("list")
def list_command() -> int:
    """List the lessons, as gdtui lesson alone does."""
    from gdtui.teaching.catalogue import catalogue, what_next

    lessons = catalogue(say)
    for each in lessons:
        click.echo(each.line)
    click.echo(what_next(lessons), err=True)
    return 0


@lesson_command.command("open", hidden=True)
@click.argument("name")
@click.option("--again", is_flag=True, help="Begin it anew.")
@click.option("--page", type=click.IntRange(min=1), help="Show this page, with those before it done; nothing is kept.")
@screen_options
@click.pass_obj
def open_command(load_backend: LoadBackend, /, name: str, again: bool, page: int | None, **given: Any) -> int:
    """Open a lesson where it was left, and then those that follow."""
    from gdtui.storage.record import owner
    from gdtui.teaching.catalogue import lesson_named, next_after
    from gdtui.teaching.recorded_session import Preview, RecordedSession

    loaded = lesson_named(name)

    def sit(with_lesson: "LoadedLesson") -> RecordedSession:
        if page and with_lesson is loaded:
            return Preview(loaded, load_backend(), page)
        return RecordedSession(with_lesson, load_backend(), owner(), anew=again and with_lesson is loaded)

    if has_screen():
        check_limits(MEGABYTES_FOR_SCREEN, FILES_FOR_SCREEN)
        gc.disable()  # until all is loaded
        FIRST_FRAME.take()
        from gdtui.ui.common.app import run_app  # Textual, which only the screen needs
        from gdtui.ui.lesson.app import LessonApp

        return run_app(LessonApp(loaded, sit, **wishes(given)), has_mouse=given["mouse"])
    from gdtui.cli.plain_lesson import teach

    recorded_session = sit(loaded)
    while True:
        if recorded_session.notice:
            say(recorded_session.notice)
        following = next_after(recorded_session.session.loaded.name)
        try:
            goes_on = teach(recorded_session, following)
        finally:
            recorded_session.close()
        if not goes_on:
            return 0
        recorded_session = sit(lesson_named(following))


def has_screen() -> bool:
    """Whether there is a terminal for the screen; without one a lesson goes on lines of text."""
    try:
        check_terminal()
    except TerminalError:
        return False
    return is_in_browser() or (sys.stdout is not None and sys.stdout.isatty())


@lesson_command.command("new")
@click.argument("file", shell_complete=completion.files)
def new_command(file: str) -> int:
    """Write a commented lesson to begin with."""
    from gdtui.storage import files
    from gdtui.teaching.template import TEMPLATE

    files.write(Path(file), TEMPLATE.encode())
    say(f"{clean(file)} is written; now: gdtui lesson check {clean(file)}")
    return 0


@lesson_command.command("check")
@click.argument("files", nargs=-1, required=True, shell_complete=completion.files)
@click.pass_obj
def check_command(load_backend: LoadBackend, files: tuple[str, ...]) -> int:
    """Run lessons along their model answers; say what is wrong as file:line: what."""
    from gdtui.teaching.catalogue import lesson_named
    from gdtui.teaching.check import check
    from gdtui.teaching.pages.all_kinds import estimated_minutes
    from gdtui.ui.lesson.page import ROOM  # rich, which measures the pages

    problems = 0
    for file in files:
        try:
            loaded = lesson_named(file)
            found = check(loaded, load_backend(), ROOM)
        except InputError as error:
            found = [str(error)]
        for problem in found:
            click.echo(clean(problem, 600))
        if not found:
            pages, takes = (
                count(len(loaded.lesson.steps), "page"),
                count(estimated_minutes(loaded.lesson), "minute"),
            )
            click.echo(f"{loaded.place}: {pages}, all in order, about {takes}")
        problems += len(found)
    return 2 if problems else 0
