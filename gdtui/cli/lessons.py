"""The commands for a class: lesson, grade, hand-in."""

import gc
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gdtui.cli.printing import say
from gdtui.cli.screen_options import screen_options, wishes
from gdtui.cli.startup_gate import FIRST_FRAME
from gdtui.errors import InputError, UserError
from gdtui.experiment.backend import Backend
from gdtui.numbers import count
from gdtui.terminal.capability import TerminalError, check_terminal
from gdtui.text import clean

if TYPE_CHECKING:
    from gdtui.teaching.lesson import LoadedLesson

FLAGGED = 5
"""The exit code where a record is not to be trusted."""

LoadBackend = Callable[[], Backend]


class LessonGroup(click.Group):
    """`gdtui lesson NAME` opens a lesson; `list`, `new` and `check` are commands."""

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a first word that is no command for a lesson's name."""
        known = words[0] in self.commands or words[0].startswith("-")
        return super().resolve_command(context, words if known else ["open", *words])


@click.group("lesson", cls=LessonGroup, invoke_without_command=True, subcommand_metavar="[NAME|FILE | COMMAND …]")
@click.pass_context
def lesson_command(context: click.Context) -> int:
    """List the lessons, or open one: gdtui lesson NAME, or FILE."""
    return list_lessons() if context.invoked_subcommand is None else 0


def list_lessons() -> int:
    """Print every lesson that ships, and how far this user has come with it."""
    from gdtui.teaching.catalogue import catalogue, what_next

    lessons = catalogue()
    for each in lessons:
        click.echo(each.line)
    click.echo(what_next(lessons), err=True)
    return 0


@lesson_command.command("open")
@click.argument("name")
@click.option("--again", is_flag=True, help="Begin it anew.")
@screen_options
@click.pass_obj
def open_command(load_backend: LoadBackend, /, name: str, again: bool, **given: Any) -> int:
    """Open a lesson where it was left, and then those that follow."""
    from gdtui.storage.record import owner
    from gdtui.teaching.catalogue import next_after
    from gdtui.teaching.recorded_session import RecordedSession

    loaded = lesson_named(name)

    def sit(with_lesson: "LoadedLesson") -> RecordedSession:
        return RecordedSession(with_lesson, load_backend(), owner(), anew=again and with_lesson is loaded)

    if has_screen():
        gc.disable()  # until all is loaded
        FIRST_FRAME.take()
        from gdtui.ui.lesson.app import open_lesson  # Textual, which only the screen needs

        return open_lesson(loaded, sit, **wishes(given))
    from gdtui.cli.plain_lesson import teach

    recorded_session = sit(loaded)
    while True:
        if recorded_session.unkept:
            say(recorded_session.unkept)
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
    return sys.stdout is not None and sys.stdout.isatty()


@lesson_command.command("new")
@click.argument("file")
def new_command(file: str) -> int:
    """Write a commented lesson to begin with."""
    from gdtui.storage import files
    from gdtui.teaching.template import TEMPLATE

    files.write(Path(file), TEMPLATE.encode())
    click.echo(f"gdtui: {clean(file)} is written; now: gdtui lesson check {clean(file)}", err=True)
    return 0


@lesson_command.command("check")
@click.argument("files", nargs=-1, required=True)
@click.pass_obj
def check_command(load_backend: LoadBackend, files: tuple[str, ...]) -> int:
    """Run lessons along their model answers; say what is wrong as file:line: what."""
    from gdtui.teaching.check import check
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
            click.echo(f"{loaded.place}: {count(len(loaded.lesson.steps), 'page')}, all in order")
        problems += len(found)
    return 2 if problems else 0


def lesson_named(name: str) -> "LoadedLesson":
    """The lesson of this name or file.

    Raises:
        InputError: there is none, or it is not right.
    """
    from gdtui.teaching import catalogue

    return catalogue.lesson_named(name)


@click.command("grade")
@click.argument("records", nargs=-1, required=True)
@click.option("--lesson", "lessons", multiple=True, metavar="FILE", help="A lesson of your own that records come from.")
@click.option(
    "--format",
    "style",
    type=click.Choice(("table", "csv", "gradescope", "summary")),
    default="table",
    help="summary: who slipped on what; gradescope: one learner's records. [table]",
)
@click.pass_obj
def grade_command(load_backend: LoadBackend, records: tuple[str, ...], lessons: tuple[str, ...], style: str) -> int:
    """Replay records, files or folders of them, and say what each is worth. Of several attempts of a learner at a
    lesson the best counts.

    Exit codes: 0 all can be trusted as far as this goes, 2 wrong use, 5 at least one is flagged.
    """
    from gdtui.storage.lesson_files import shipped
    from gdtui.storage.record import read_records
    from gdtui.teaching.grade import grade
    from gdtui.teaching.report import FORMATS

    paths = list(record_files(records))
    loaded_lessons = {loaded.digest: loaded for loaded in map(lesson_named, [*map(str, shipped()), *lessons])}
    backend = load_backend()
    grades = []
    is_watched = sys.stderr.isatty()
    with click.progressbar(paths, label="records", file=sys.stderr) if is_watched else nullcontext(paths) as following:
        for path in following:
            grades += [grade(record, loaded_lessons, backend) for record in read_records(path)]
    click.echo(FORMATS[style](grades))
    return FLAGGED if any(found.flags for found in grades) else 0


def record_files(given: Iterable[str]) -> Iterable[str]:
    """The files named, and those in the folders named."""
    from gdtui.storage import files

    for name in given:
        if not files.is_folder(name):
            yield name
            continue
        inside = sorted(map(str, Path(name).glob("*.jsonl")))
        if not inside:
            raise InputError(f"{clean(name)}: there are no records in this folder")
        yield from inside


@click.command("hand-in")
@click.argument("lessons", nargs=-1)
@click.option("--stdout", "is_mailed", is_flag=True, help="Write the record out, to be mailed.")
def hand_in_command(lessons: tuple[str, ...], is_mailed: bool) -> int:
    """Hand in your own records: of the lessons named, or of all."""
    from gdtui.storage.hand_in import destination, hand_in
    from gdtui.storage.record import owner
    from gdtui.teaching.progress import own_sealed

    records = own_sealed(lessons, lambda reason: say(f"not handed in: {reason}"))
    if not records:
        raise UserError("there is nothing to hand in" + (" of these lessons" if lessons else " yet"))
    text = b"".join(records)
    if is_mailed:
        click.echo(text, nl=False)
        return 0
    path = hand_in(destination(), "".join(c if c.isalnum() else "-" for c in owner()), text)
    click.echo(f"gdtui: {count(len(records), 'record')} handed in: {clean(str(path))}", err=True)
    return 0


COMMANDS = (lesson_command, grade_command, hand_in_command)
"""What the command line adds to itself."""
