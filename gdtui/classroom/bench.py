"""Send an experiment from one program to another: turn a run into a Bench, and a Bench back into a run.

A run gives the same epochs everywhere, so no epochs are sent. A table is sent as a copy beside the teacher's file.
"""

import hashlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import msgspec

from gdtui.classroom.folder import MODE, TABLE, decoded
from gdtui.classroom.messages import MOST_BYTES_OF_TABLE, Bench
from gdtui.errors import InputError, UserError
from gdtui.experiment.backend import Backend
from gdtui.lab.snapshot import Brought, Replay, RunSnapshot, Snapshot
from gdtui.storage import files, workspace_file
from gdtui.storage.lesson_files import table_folders
from gdtui.teaching.limits import Limit
from gdtui.text import _

MOST_UPDATES = 20_000
"""The most updates of a received run that are computed again."""

MOST_NUMBERS = 50_000_000
"""The most numbers this may take: rows times columns, once per epoch."""

MOST_SECONDS = 5.0

MOST_LINES = 12
"""The most lines of numbers sent in place of a run that cannot be computed again."""

NO_RUN = msgspec.Raw(b"null")
"""The workspace of a bench whose run does not travel."""


def bench_of(
    run: RunSnapshot, *, view: str = "", chart: str = "", pointer: float | None = None, lines: Iterable[str] = ()
) -> Bench:
    """A Bench of a run, up to its current epoch; `lines` are shown where it cannot be computed again.

    Raises:
        OutputError: its data came from standard input, which nobody else can read.
    """
    alone = msgspec.structs.replace(run, name="", is_pinned=False)
    workspace = msgspec.json.format(workspace_file.encode(Snapshot((alone,), 0)), indent=-1)
    is_table = run.experiment.dataset.as_given.origin is not None
    numbers = tuple(lines)[:MOST_LINES] if is_table or not _is_quick(run, run.cursor + 1) else ()
    return Bench(msgspec.Raw(workspace), view, chart, pointer, "", numbers)


def in_numbers_alone(lines: Iterable[str]) -> Bench:
    """What travels of a run whose rows cannot: they came from standard input, or are too many for a line."""
    return Bench(NO_RUN, numbers=tuple(lines)[:MOST_LINES])


def with_table(bench: Bench, place: Path) -> Bench:
    """The Bench with a copy of its table in the folder `place`, or without its run if the table is too large.

    Raises:
        UserError: the copy cannot be written, or the experiment is too large to send.
    """
    table = _table(decoded(bytes(bench.workspace), dict))
    if table is None:
        return bench
    try:
        content, __ = files.read(table["path"], MOST_BYTES_OF_TABLE)
    except InputError:  # too large: only its numbers are sent
        return bench
    name = hashlib.sha256(content).hexdigest() + Path(table["path"]).suffix.lower()
    name = name if TABLE.fullmatch(name) else name[:64]
    if not (place / name).exists():
        files.put(place / name, content, MODE)
    return msgspec.structs.replace(bench, table=name)


def snapshot(bench: Bench, folders: Sequence[Path]) -> Snapshot:
    """The run of a received Bench, within limits. Tables are read only from these folders and those of lessons.

    Raises:
        UserError: it has only numbers, is damaged, or would take too long.
    """
    if bench.workspace == NO_RUN:
        raise UserError(_("the rows of this run were not sent, so you see only the run's numbers"))
    raw = decoded(bytes(bench.workspace), dict)
    if table := _table(raw):
        table["path"] = str(_beside(bench, Path(table["path"]), folders))
    found = workspace_file.decode(msgspec.json.encode(raw))
    run = found.present
    if len(found.runs) > 1:
        raise InputError(_("this was written by a newer gdtui, or not by gdtui at all"))
    known = next((known for known in (run.known, run.cursor + 1) if _is_quick(run, known)), 0)
    if not known:
        raise UserError(_("this run would take too long to compute again"))
    has_diverged = run.has_diverged and known == run.known
    return Snapshot((msgspec.structs.replace(run, known=known, has_diverged=has_diverged),), 0)


def replayed(found: Snapshot, backend: Backend, stop: Event) -> Brought | None:
    """Compute a received run again, within limits; None if stopped. Call it on a thread.

    Raises:
        UserError: it cannot be computed, or takes too long.
    """
    end, is_over = time.monotonic() + MOST_SECONDS, Event()
    limit = Limit(2 * MOST_UPDATES, lambda: not is_over.is_set() and (stop.is_set() or time.monotonic() > end))
    try:
        return Replay(found, limit.on(backend)).bring(stop)
    except UserError:
        if stop.is_set():
            return None
        if time.monotonic() > end:
            raise UserError(_("this run would take too long to compute again")) from None
        raise
    finally:
        is_over.set()  # later looks at it may take longer


def _is_quick(run: RunSnapshot, epochs: int) -> bool:
    """Whether computing this many epochs of a run stays within the limits."""
    experiment = run.experiment
    numbers = len(experiment.dataset.y) * len(experiment.dataset.x) * epochs
    return epochs * experiment.updates <= MOST_UPDATES and numbers <= MOST_NUMBERS


def _table(workspace: Any) -> Any:
    """The table of a workspace with one run; None if its rows are in the workspace itself."""
    match workspace:
        case {"runs": [{"data": {"kind": "table", "path": str()} as table}]}:
            return table
    return None


def _beside(bench: Bench, path: Path, folders: Sequence[Path]) -> Path:
    """The path of a received Bench's table. A path named by somebody else is read only in the folders of a class.

    Raises:
        UserError: the table is not there.
    """
    if TABLE.fullmatch(bench.table):
        return folders[0] / bench.table
    if path.parent in (*folders, *table_folders()):
        return path
    raise UserError(_("the table of this run was not sent, so you see only the run's numbers"))
