"""`gdtui lesson`: lists, opens, creates and checks lessons."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from gdtui.cli import completion
from gdtui.cli.lab import lab_of, make_way
from gdtui.cli.loading import LoadBackend
from gdtui.cli.options import looks, screen_options
from gdtui.cli.printing import say
from gdtui.errors import InputError
from gdtui.experiment.experiment import Experiment
from gdtui.numbers import count
from gdtui.terminal.capability import TerminalError, check_terminal, is_in_browser
from gdtui.text import _, clean

if TYPE_CHECKING:
    from gdtui.teaching.lesson import LoadedLesson


class LessonGroup(click.Group):
    """`gdtui lesson NAME` opens a lesson; `list`, `new` and `check` are commands."""

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Treat a first word that is not a command as a lesson's name."""
        known = words[0] in self.commands or words[0].startswith("-")
        return super().resolve_command(context, words if known else ["open", *words])

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options that can follow a lesson's name, then the commands, each with its full help."""
        options = [each for each in self.commands["open"].get_params(context) if isinstance(each, click.Option)]
        with formatter.section(_("Options")):
            formatter.write_dl([record for each in options if (record := each.get_help_record(context))])
        listed = ((name, command) for name, command in sorted(self.commands.items()) if not command.hidden)
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, command.help or "") for name, command in listed])

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a lesson, a command, or a file."""
        names = [CompletionItem(name) for name in completion.lessons() if name.startswith(incomplete)]
        commands = [item for item in super().shell_complete(context, incomplete) if item.value != "open"]
        return [*names, *commands, CompletionItem(incomplete, type="file")]


@click.group(
    "lesson",
    cls=LessonGroup,
    invoke_without_command=True,
    options_metavar="",
    subcommand_metavar="[NAME|FILE [OPTIONS] | COMMAND …]",
    help=_("List the lessons, or open one: gdtui lesson NAME or gdtui lesson FILE."),
)
@click.pass_context
def lesson_command(context: click.Context) -> int:
    """List the lessons if no command follows."""
    return 0 if context.invoked_subcommand else int(context.invoke(list_command))


@lesson_command.command("list", help=_("List the lessons, as gdtui lesson does without a name."))
def list_command() -> int:
    """List the lessons."""
    from gdtui.teaching.catalogue import catalogue, what_next

    lessons = catalogue(say)
    for each in lessons:
        click.echo(each.line)
    click.echo(what_next(lessons), err=True)
    return 0


@lesson_command.command("open", hidden=True, help=_("Open a lesson where you left off, then the lessons after it."))
@click.argument("name")
@click.option("--again", is_flag=True, help=_("Start the lesson over in a new record."))
@click.option(
    "--page",
    type=click.IntRange(min=1),
    metavar="N",
    help=_("Show this page as if the earlier pages were done; save nothing."),
)
@screen_options
@click.pass_obj
def open_command(load_backend: LoadBackend, /, name: str, again: bool, page: int | None, **given: Any) -> int:
    """Teach the lesson on the screen, or as lines of text if there is no screen."""
    from gdtui.storage.record import owner
    from gdtui.teaching.catalogue import lesson_named, next_after
    from gdtui.teaching.recorded_session import Preview, RecordedSession

    loaded = lesson_named(name)

    def sit(with_lesson: "LoadedLesson") -> RecordedSession:
        if page and with_lesson is loaded:
            return Preview(loaded, load_backend(), page)
        return RecordedSession(with_lesson, load_backend(), owner(), anew=again and with_lesson is loaded)

    try:
        check_terminal()
        has_screen = is_in_browser() or (sys.stdout is not None and sys.stdout.isatty())
    except TerminalError:
        has_screen = False
    if has_screen:
        make_way()
        from gdtui.classroom.learner import Learner
        from gdtui.ui.common.app import run_app
        from gdtui.ui.lesson.app import LessonApp

        if not (again or page) and Learner.find():
            in_class = lab_of(Experiment(), load_backend, lesson=loaded, **looks(given))
            return run_app(in_class, has_mouse=given["mouse"])
        return run_app(LessonApp(loaded, sit, **looks(given)), has_mouse=given["mouse"])
    from gdtui.cli.plain_lesson import teach

    while True:
        with closing(sit(loaded)) as recorded_session:
            if recorded_session.notice:
                say(recorded_session.notice)
            following = next_after(loaded.name)
            if not teach(recorded_session, following):
                return 0
        loaded, again, page = lesson_named(following), False, None


@lesson_command.command("new", help=_("Write a commented sample lesson to start from."))
@click.argument("file", shell_complete=completion.files)
def new_command(file: str) -> int:
    """Write a new lesson from the template."""
    from gdtui.experiment.command_line import quoted
    from gdtui.storage import files
    from gdtui.teaching.template import TEMPLATE

    files.write(Path(file), TEMPLATE.encode())
    say(_("Wrote {file}. Check it: gdtui lesson check {typed}", file=clean(file), typed=quoted(file)))
    return 0


@lesson_command.command("check", help=_("Run each lesson with its model answers and list what is wrong."))
@click.argument("files", nargs=-1, required=True, shell_complete=completion.files)
@click.pass_obj
def check_command(load_backend: LoadBackend, files: tuple[str, ...]) -> int:
    """Check lessons before a class sees them."""
    from gdtui.teaching.catalogue import lesson_named
    from gdtui.teaching.check import check
    from gdtui.teaching.pages.all_kinds import estimated_minutes
    from gdtui.ui.lesson.page import ROOM  # imports rich, which measures the pages

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
            pages = count(len(loaded.lesson.steps), "page")
            minutes = count(estimated_minutes(loaded.lesson), "minute")
            said = _("{pages}, no problems found, about {minutes}", pages=pages, minutes=minutes)
            click.echo(f"{loaded.place}: {said}")
        problems += len(found)
    return 2 if problems else 0
