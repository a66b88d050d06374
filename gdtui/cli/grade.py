"""`gdtui grade`: replays records and says what each is worth."""

import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

import click

from gdtui.cli import completion
from gdtui.errors import InputError
from gdtui.experiment.backend import Backend
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
@click.pass_obj
def grade_command(
    load_backend: Callable[[], Backend], records: tuple[str, ...], lessons: tuple[str, ...], style: str
) -> int:
    """Replay records, files or folders of them, and say what each is worth. Of several attempts of a learner at a
    lesson the best counts.

    Exit codes: 0 all can be trusted as far as this goes, 2 wrong use, 5 at least one is flagged.
    """
    from gdtui.storage.lesson_files import shipped
    from gdtui.storage.record import read_records
    from gdtui.teaching.catalogue import lesson_named
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
