"""`gdtui hand-in` and `gdtui grade`: hand in a learner's own records, and grade records."""

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import click

from gdtui.cli import completion
from gdtui.cli.loading import LoadBackend
from gdtui.cli.printing import INTERRUPTED, format_option, say
from gdtui.errors import InputError, UserError
from gdtui.numbers import count
from gdtui.text import _, clean, ngettext

FLAGGED = 5
"""The exit code if a record cannot be trusted."""

MOST_NAMED = 10
"""The most files in a folder that are named as not being records."""

MOST_FOLDERS_DEEP = 1
"""How deep folders inside a folder are read: Moodle packs submissions as one folder per learner."""


@click.command(
    "hand-in",
    help=_("Hand in your own records, for the lessons you name or for all of them. Run it again to add what is new."),
)
@click.argument("lessons", nargs=-1, shell_complete=completion.among(completion.lessons))
@click.option("--stdout", "is_mailed", is_flag=True, help=_("Print the records instead, so that you can mail them."))
def hand_in_command(lessons: tuple[str, ...], is_mailed: bool) -> int:
    """Hand in records, or print them."""
    from gdtui.storage.hand_in import destination, hand_in
    from gdtui.storage.record import owner
    from gdtui.storage.record_folder import trouble
    from gdtui.teaching.progress import own_sealed

    refused: list[str] = []
    flawed: list[str] = []
    records = own_sealed(lessons, refused.append, flawed.append)
    for reason in refused:
        say(_("not handed in: {reason}", reason=reason))
    for where in flawed:
        say(_("handed in as it is, to be flagged when it is graded: {where}", where=where))
    if not records:
        if obstacle := trouble():
            raise UserError(obstacle)
        raise UserError(
            _("no record was handed in")
            if refused
            else _("there is nothing to hand in for these lessons: open one first with gdtui lesson NAME")
            if lessons
            else _("there is nothing to hand in yet: start a lesson with gdtui lesson NAME")
        )
    if is_mailed:
        click.echo(b"".join(records), nl=False)
        return 0
    folder, account = destination(), "".join(c if c.isalnum() else "-" for c in owner())
    number, place = sum([hand_in(folder, account, text) for text in records]), clean(str(folder))
    new, old = count(number, "record"), count(len(records) - number, "record")
    if number == len(records):
        say(_("{new} handed in to {folder}", new=new, folder=place))
    else:
        say(_("{new} handed in to {folder}, {old} unchanged", new=new, old=old, folder=place))
    return 0


roster_option = completion.file_option(
    "--roster", about=_("The learners of the class: one account per line, or the CSV that Canvas or Moodle exports.")
)


@click.command(
    "grade",
    help=_("""Replay records (files, or folders of files) and grade them. If a learner tried a lesson more than once,
    the best attempt counts. ctrl+c prints the grades so far.

    Exit codes: 0 no record is flagged, 2 wrong usage, 5 at least one record is flagged, 130 interrupted.
    """),
)
@click.argument("records", nargs=-1, required=True, shell_complete=completion.files)
@completion.file_option(
    "--lesson", "lessons", about=_("Your own lesson file, if the records come from one."), multiple=True
)
@format_option(
    ("table", "csv", "gradescope", "summary", "canvas", "moodle"),
    _("summary: the mistakes by question; gradescope: one learner's records."),
)
@roster_option
@click.option(
    "--most-updates",
    type=click.IntRange(1),
    default=1_000_000,
    metavar="N",
    help=_("Replay at most this many updates per file and per learner. [1,000,000]"),
)
@click.pass_obj
def grade_command(
    load_backend: LoadBackend,
    records: tuple[str, ...],
    lessons: tuple[str, ...],
    style: str,
    roster: str | None,
    most_updates: int,
) -> int:
    """Print what records are worth."""
    from gdtui.storage import roster_file
    from gdtui.teaching.catalogue import lesson_named, lessons_listed
    from gdtui.teaching.grade import Grader
    from gdtui.teaching.gradebook import GRADEBOOKS
    from gdtui.teaching.report import FORMATS

    learners = roster_file.read(roster) if roster else roster_file.Roster()
    paths = list(record_files(records))
    loaded_lessons = [*lessons_listed(say), *map(lesson_named, lessons)]
    grader = Grader(loaded_lessons, load_backend(), most_updates)
    done = 0
    bar = click.progressbar(paths, label=_("records"), file=sys.stderr) if sys.stderr.isatty() else nullcontext(paths)
    try:
        with bar as following:
            for path in following:
                grader.take(path)
                done += 1
    except KeyboardInterrupt:
        say(_("interrupted: {done} of {files} graded", done=done, files=count(len(paths), "file")))
    if grader.unchecked:
        whose = _("the file belongs to you, root, nobody or an unknown account")
        records_of = count(grader.unchecked, "record")
        say(_("could not check the owner of {records}: {whose}", records=records_of, whose=whose))
    is_gradebook = style in GRADEBOOKS
    click.echo(GRADEBOOKS[style](grader.grades, learners) if is_gradebook else FORMATS[style](grader.grades))
    graded = {each.learner for each in grader.grades if roster and each.learner}
    on_it = learners.by_account(graded)
    for learner in sorted(learner for learner in graded if learner.casefold() not in on_it):
        say(_("{learner} is not on the roster", learner=learner))
    return INTERRUPTED if done < len(paths) else FLAGGED if any(found.flags for found in grader.grades) else 0


def record_files(given: Iterable[str]) -> Iterable[str]:
    """The named files, and in named folders those with a record's ending or content; anything else is reported."""
    from gdtui.storage import files

    for name in given:
        inside = files.inside(name)
        if inside is None:
            yield name
            continue
        looked_at = _looked_at(inside, MOST_FOLDERS_DEEP)
        passed_over = [reason for reason in looked_at.values() if reason]
        for reason in passed_over[:MOST_NAMED]:
            say(_("not graded: {reason}", reason=reason))
        if more := passed_over[MOST_NAMED:]:
            said = ngettext("{n} more entry of {folder}", "{n} more entries of {folder}", len(more), folder=clean(name))
            say(_("not graded: {reason}", reason=said))
        records = [path for path, reason in looked_at.items() if not reason]
        if not records:
            raise InputError(_no_records(name))
        yield from records


def _looked_at(inside: Iterable[str], deep: int) -> dict[str, str]:
    """Each entry of a folder, and of the folders in it, with why it is not a record to grade; empty if it is one."""
    from gdtui.storage import files

    found: dict[str, str] = {}
    for path in sorted(inside):
        if path.endswith(".jsonl"):
            found[path] = ""
        elif not Path(path).name.startswith("."):
            try:
                in_it = None if Path(path).is_symlink() or not deep else files.inside(path)
            except InputError as error:
                found[path] = str(error)
                continue
            if in_it is None:
                found[path] = _why_no_record(path)
            else:
                found |= _looked_at(in_it, deep - 1) or {path: _no_records(path)}
    return found


def _no_records(folder: str) -> str:
    return f"{clean(folder)}: {_('there are no records in this folder')}"


def _why_no_record(path: str) -> str:
    """Why a file's content does not start like a record; empty if it does."""
    from gdtui.storage import files, record

    try:
        text = files.read(path, record.LARGEST, is_private=True)[0]
    except InputError as error:
        return str(error)
    return "" if record.split(text, path)[0].entries else f"{files.shown(path)}: {_('this is not a record')}"
