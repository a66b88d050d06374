"""`gdtui grade`: replays records and says what each is worth."""

import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext

import click

from gdtui.cli import completion
from gdtui.cli.printing import INTERRUPTED, say
from gdtui.errors import InputError
from gdtui.experiment.backend import Backend
from gdtui.numbers import count
from gdtui.text import clean

FLAGGED = 5
"""The exit code where a record is not to be trusted."""


@click.command("grade")
@click.argument("records", nargs=-1, required=True, shell_complete=completion.files)
@click.option(
    "--lesson",
    "lessons",
    multiple=True,
    metavar="FILE",
    shell_complete=completion.files,
    help="A lesson of your own that records come from.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(("table", "csv", "gradescope", "summary")),
    default="table",
    help="summary: who slipped on what; gradescope: one learner's records. [table]",
)
@click.option(
    "--most-updates",
    type=click.IntRange(1),
    default=1_000_000,
    metavar="N",
    help="Replay at most so many updates for a file, and for a learner. [1,000,000]",
)
@click.pass_obj
def grade_command(
    load_backend: Callable[[], Backend],
    records: tuple[str, ...],
    lessons: tuple[str, ...],
    style: str,
    most_updates: int,
) -> int:
    """Replay records, files or folders of them, and say what each is worth. Of several attempts of a learner at a
    lesson the best counts. ctrl+c prints what is graded so far.

    Exit codes: 0 all can be trusted as far as this goes, 2 wrong use, 5 at least one is flagged, 130 interrupted.
    """
    from gdtui.teaching.catalogue import lesson_named, lessons_listed
    from gdtui.teaching.grade import Grader
    from gdtui.teaching.report import FORMATS

    paths = list(record_files(records))
    loaded_lessons = [*lessons_listed(say), *map(lesson_named, lessons)]
    grader = Grader(loaded_lessons, load_backend(), most_updates)
    done = 0
    is_watched = sys.stderr.isatty()
    try:
        with (
            click.progressbar(paths, label="records", file=sys.stderr)
            if is_watched
            else nullcontext(paths) as following
        ):
            for path in following:
                grader.take(path)
                done += 1
    except KeyboardInterrupt:
        say(f"interrupted: {done} of {count(len(paths), 'file')} graded")
    if grader.unchecked:
        say(f"the owner of {count(grader.unchecked, 'record')} could not be checked: you, root or nobody owns the file")
    click.echo(FORMATS[style](grader.grades))
    return INTERRUPTED if done < len(paths) else FLAGGED if any(found.flags for found in grader.grades) else 0


def record_files(given: Iterable[str]) -> Iterable[str]:
    """The files named, and those in the folders named."""
    from gdtui.storage import files

    for name in given:
        if not files.is_folder(name):
            files.check_there(name)
            yield name
            continue
        inside = sorted(name for name in files.inside(name) if name.endswith(".jsonl"))
        if not inside:
            raise InputError(f"{clean(name)}: there are no records in this folder")
        yield from inside
