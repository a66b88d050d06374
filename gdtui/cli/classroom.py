"""`gdtui class` and `gdtui join`: a live class, for the teacher and for a learner."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from gdtui.cli import completion
from gdtui.cli.lab import lab_of, make_way
from gdtui.cli.lessons import LessonGroup
from gdtui.cli.loading import LoadBackend
from gdtui.cli.options import looks, screen_options
from gdtui.cli.printing import format_option, say
from gdtui.cli.records import roster_option
from gdtui.errors import UserError
from gdtui.experiment.experiment import Experiment
from gdtui.terminal.capability import check_terminal
from gdtui.text import _, clean

if TYPE_CHECKING:
    from gdtui.classroom.messages import Now
    from gdtui.classroom.teacher import Teacher
    from gdtui.teaching.lesson import LoadedLesson


class ClassGroup(LessonGroup):
    """`gdtui class` and `gdtui class NAME` open a class; `check`, `doctor` and `attendance` are commands."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Treat a first word that is not a command as an argument of `open`."""
        is_open = not args or args[0] not in (*self.commands, *context.help_option_names)
        return super().parse_args(context, ["open", *args] if is_open and not context.resilient_parsing else args)


@click.group(
    "class",
    cls=ClassGroup,
    options_metavar="",
    subcommand_metavar="[[LESSON] [OPTIONS] | COMMAND …]",
    help=_(
        "Open a class, with a lesson or without: see who is here and who is stuck, ask everyone, lead every screen."
    ),
)
def class_command() -> int:
    """Do nothing: the subcommands do the work."""
    return 0


@class_command.command("open", hidden=True, help=_("Open a class, or continue the one that is open."))
@click.argument("name", required=False, shell_complete=completion.among(completion.lessons))
@click.option("--new", "anew", is_flag=True, help=_("Start a new class, even if one is still open."))
@screen_options
@click.pass_obj
def open_command(load_backend: LoadBackend, /, name: str | None, anew: bool, **given: Any) -> int:
    """Open the teacher's screen."""
    from gdtui.classroom import folder
    from gdtui.classroom.lesson import lesson_of
    from gdtui.classroom.teacher import Teacher, left_open
    from gdtui.storage import lesson_files
    from gdtui.teaching.catalogue import lesson_in

    file = lesson_files.find(name) if name else None
    loaded = lesson_in(file) if file else None
    path = folder.folder()
    check_terminal()
    if file and not anew:
        ask_to_change(left_open(path), file.name)
    teacher = Teacher.open(path, file.name if file else "", own=file, anew=anew)
    if loaded is None and teacher.now.lesson:
        loaded = lesson_of(path, teacher.now)
    make_way()
    from gdtui.ui.classroom.app import ClassApp
    from gdtui.ui.common.app import run_app

    app = ClassApp(Experiment(), load_backend, teacher, lesson=loaded, **looks(given))
    code = run_app(app, has_mouse=given["mouse"])
    for line in afterwards(teacher, loaded):
        say(line)
    return code


def ask_to_change(before: "Now | None", lesson: str) -> None:
    """Ask before the class that is open gets another lesson, because its learners get it at once.

    Raises:
        UserError: the answer is no.
    """
    if before is None or before.lesson == lesson:
        return
    names = {"before": before.lesson, "lesson": lesson}
    asked = (
        _("Change the open class from {before} to {lesson}, for everyone in it?", **names)
        if before.lesson
        else _("Open {lesson} in the class that is open, for everyone in it?", **names)
    )
    if not click.confirm(asked):
        ways = _("gdtui class goes on with the open class; gdtui class --new {lesson} starts another", lesson=lesson)
        raise UserError(ways)


def afterwards(teacher: "Teacher", loaded: "LoadedLesson | None") -> Iterator[str]:
    """What a teacher reads after quitting: whether the class is over, where its files are, and what to type next."""
    from gdtui.experiment.command_line import quoted
    from gdtui.storage import files, hand_in
    from gdtui.teaching.catalogue import is_listed

    where = files.shown(teacher.path)
    if not teacher.now.is_closed:
        yield _("The class is still open, in {folder}. gdtui class goes on with it.", folder=where)
        return
    yield _("The class is over. Its files are in {folder}. gdtui class attendance lists who was here.", folder=where)
    if handed_in := hand_in.named():
        own = f" --lesson {quoted(loaded.place)}" if loaded and not is_listed(loaded) else ""
        named = f"{quoted(files.shown(handed_in))}{own}"
        yield _("gdtui grade {folder} grades what they handed in.", folder=named)


@class_command.command("check", help=_("Check owner, group and modes of the class's folder; say what to type."))
@click.argument("path", metavar="[FOLDER]", required=False, shell_complete=completion.files)
def check_command(path: str | None) -> int:
    """Check the class folder."""
    from gdtui.classroom import folder
    from gdtui.classroom.check import check
    from gdtui.storage import files

    place = files.typed(path) if path else folder.folder()
    found = check(place.absolute())
    for problem in found.problems:
        click.echo(clean(problem))
    if found.problems and not found.commands:
        return 2
    if found.problems:
        click.echo("\n" + _("As root, with your own names:"))
        for line in found.commands:
            click.echo(f"    {line}")
        without = _(
            "Without root, send the lines above to whoever administers the lab machines.\n"
            "Or make a folder of your own that everyone can look into; learners type the\n"
            "last line, too, before they start gdtui:"
        )
        click.echo(f"\n{without}")
        for line in found.alone:
            click.echo(f"    {line}")
        return 2
    click.echo(_("{folder}: ready for a class", folder=files.shown(place)))
    return 0


@class_command.command("doctor", help=_("Measure how long a change in the class's folder takes to be seen."))
def doctor_command() -> int:
    """Measure on this machine; then answer other machines, or measure against one."""
    from gdtui.classroom import doctor, folder

    path = folder.folder()
    if not os.access(path / folder.TEACHER, os.W_OK):
        say(_("asking the teacher's machine"))
        click.echo("\n".join(doctor.in_words(doctor.measure(path))))
        return 0
    with ThreadPoolExecutor(1) as asking:
        measured = asking.submit(doctor.measure, path)
        doctor.answer(path, measured.done)
    click.echo(_("On this machine:"))
    click.echo("\n".join(doctor.in_words(measured.result())))
    if not (sys.stdin and sys.stdin.isatty()):  # nobody could end it
        say(_("to measure from a lab machine, start gdtui class doctor here in a terminal first"))
        return 0
    say(_("now type gdtui class doctor on a lab machine; ctrl+c ends this"))
    with suppress(KeyboardInterrupt):
        doctor.answer(path, lambda: False)
    return 0


@class_command.command("attendance", help=_("List who was in the class, and who has handed in."))
@roster_option
@format_option(("table", "csv"))
def attendance_command(roster: str | None, style: str) -> int:
    """Print one line for each learner."""
    from gdtui.classroom import folder
    from gdtui.classroom.attendance import as_csv, as_table, attendance
    from gdtui.storage import hand_in, roster_file

    learners = roster_file.read(roster) if roster else roster_file.Roster()
    found = attendance(folder.folder(), hand_in.named(), learners)
    click.echo((as_csv if style == "csv" else as_table)(found))
    return 0


@click.command("join", help=_("Join the class that is open, and open the lab or the class's lesson."))
@screen_options
@click.pass_obj
def join_command(load_backend: LoadBackend, /, **given: Any) -> int:
    """Open the lab, in class."""
    from gdtui.classroom.folder import why_not_open
    from gdtui.classroom.learner import Learner

    if Learner.find() is None:
        why = why_not_open()
        raise UserError(_("{why}. gdtui opens the lab, and gdtui lesson lists the lessons", why=why))
    check_terminal()
    make_way()
    from gdtui.ui.common.app import run_app

    return run_app(lab_of(Experiment(), load_backend, joins=True, **looks(given)), has_mouse=given["mouse"])
