"""A workspace in a file: the experiments of its runs and the state of each, as JSON that people can read."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from gdtui import __version__
from gdtui.errors import InputError, OutputError, UserError
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import LECTURE, Dataset, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.generate import generated
from gdtui.experiment.origin import Origin
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import EVERYWHERE, MADE_OF_ROWS, MOST_EPOCHS, ON_THE_WAY
from gdtui.lab.board import NAMES
from gdtui.lab.snapshot import RunSnapshot, Snapshot
from gdtui.storage import files
from gdtui.text import _, clean, unfit

VERSION = 2
"""Raised when a new file could be misread by an older program."""

FORMAT: Literal["gdtui bench"] = "gdtui bench"
LONGEST_BEGINNING = 64
"""How many bytes of a file are examined to recognize it."""

MOST_BYTES = 16 << 20
MOST_RUNS = len(NAMES) + 1
"""The runs that fit on the board, and the current one."""

MOST_TYPED = MOST_BYTES // (MOST_RUNS * 32)
"""The most typed numbers per run, so that the whole file can always be read again."""

Version = Annotated[int, msgspec.Meta(ge=1, le=999_999)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2 * MOST_EPOCHS)]
Numbers = tuple[float, ...]
T = TypeVar("T")


class _Saved(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of the file. Unknown fields are refused, because the next save would lose them."""


class TypedData(_Saved, frozen=True, tag="typed", tag_field="kind"):
    """The lecture's points, or a single typed column."""

    x: Numbers
    y: Numbers


class TypedColumns(_Saved, frozen=True, tag="columns", tag_field="kind"):
    """Several typed columns."""

    x: tuple[Numbers, ...]
    y: Numbers


class TypedTargets(_Saved, frozen=True, tag="targets", tag_field="kind"):
    """Typed columns with several columns of y."""

    x: tuple[Numbers, ...]
    y: Annotated[tuple[Numbers, ...], msgspec.Meta(min_length=2)]


class TableData(Origin, _Saved, frozen=True, tag="table", tag_field="kind"):
    """A table in a file of its own, which must not change."""


class GeneratedData(_Saved, frozen=True, tag="generated", tag_field="kind"):
    """Generated rows; their seed is a setting."""

    recipe: str


Data = TypedData | TypedColumns | TypedTargets | TableData | GeneratedData

Settings = dict[str, Any]
"""Settings by their canonical names, as values for `Setting.read`."""


class SavedRun(_Saved, frozen=True, rename={"has_diverged": "diverged"}):
    """An experiment, and the state of its run."""

    data: Data
    known: Count
    epoch: Count
    """The number of the current epoch."""
    cost: float
    """The cost of the run's last epoch, to check that another machine gets the same digits."""
    has_diverged: bool = False
    name: Literal["", "A", "B", "C", "D", "E", "F"] = ""
    """Its letter on the board."""
    is_pinned: bool = False
    has_added_bias: bool = False
    """Whether b is there only because x was standardized, and goes when that is undone."""
    settings: Settings = {}
    changes: tuple[Settings, ...] = ()
    """Changes during the run, each with its first epoch."""


AS_THEY_ARE = ("known", "cost", "has_diverged", "name", "is_pinned", "has_added_bias")
"""Fields that SavedRun and RunSnapshot share."""


class _Head(msgspec.Struct, frozen=True):
    """The beginning of a file of any version."""

    format: Literal["gdtui bench"]
    version: Version


class SavedWorkspace(_Head, _Saved, frozen=True):
    """The whole file."""

    gdtui: str
    """The version of gdtui that wrote it."""
    runs: Annotated[tuple[SavedRun, ...], msgspec.Meta(min_length=1, max_length=MOST_RUNS)]
    current: Annotated[int, msgspec.Meta(ge=0)]


def newest(folder: Path) -> Path | None:
    """The workspace in a folder that was saved last; other files are ignored."""
    found: list[tuple[float, Path]] = []
    with suppress(OSError):  # an unreadable folder has none to offer
        for path in folder.glob("*.json"):
            if path.is_file() and not unfit(path.name):
                with path.open("rb") as file:
                    if FORMAT.encode() in file.read(LONGEST_BEGINNING):
                        found.append((os.fstat(file.fileno()).st_mtime, path))
    return max(found)[1] if found else None


def encode(snapshot: Snapshot) -> bytes:
    """The text of the file.

    Raises:
        OutputError: data came from standard input, or from a file whose name does not fit into JSON.
    """
    saved = SavedWorkspace(
        format=FORMAT,
        version=VERSION,
        gdtui=__version__,
        runs=tuple(map(_saved, snapshot.runs)),
        current=snapshot.current,
    )
    try:
        return msgspec.json.format(msgspec.json.encode(saved), indent=1) + b"\n"
    except UnicodeEncodeError:
        raise OutputError(_("the name of the data file is not UTF-8: rename the file, then save again")) from None


def read(path: str | Path, *, is_private: bool = False) -> tuple[Snapshot, files.Version]:
    """Read the workspace in a file.

    Raises:
        InputError: it cannot be read, is damaged or not a workspace, or a table that it needs has changed. One line.
    """
    content, version = files.read(path, MOST_BYTES, is_private=is_private)
    try:
        return decode(content), version
    except UserError as error:
        raise InputError(f"{files.shown(path)}: {error}") from None


def decode(content: bytes) -> Snapshot:
    """The workspace that a text describes.

    Raises:
        UserError: it is not a workspace, or cannot be used.
    """
    head = _decode(content, _Head, _("this is not a workspace that gdtui saved"))
    if head.version > VERSION:
        values = {"version": head.version, "known": VERSION}
        raise InputError(
            _(
                "a newer gdtui saved it (version {version}, but this one reads only up to {known}): update gdtui",
                **values,
            )
        )
    if head.version == 1:
        content = msgspec.json.encode(_upgraded(_decode(content, dict[str, Any], _("it is damaged"))))
    saved = _decode(content, SavedWorkspace, _("it is damaged"))
    if saved.current >= len(saved.runs):
        raise _damaged(_("there is no run {number} to continue", number=saved.current))
    names = [run.name for run in saved.runs if run.name]
    unnamed = [index for index, run in enumerate(saved.runs) if not run.name]
    if len(set(names)) < len(names) or unnamed not in ([], [saved.current]):
        raise _damaged(_("each run on the board needs a letter of its own"))
    datasets: dict[Data, Dataset] = {}
    return Snapshot(tuple(_snapshot(run, datasets) for run in saved.runs), saved.current)


def _decode(content: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = _("it is nested too deeply") if isinstance(error, RecursionError) else clean(str(error))
        raise InputError(f"{what} ({reason})") from None


def _damaged(reason: str) -> InputError:
    return InputError(_("it is damaged: {reason}", reason=reason))


def _upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    """Convert version 1, where settings were stored under the names of the fields of Experiment."""
    renamed = {row.field: row.name for row in EVERYWHERE} | {"lr": "lr", "standardize": "standardize"}

    def by_name(fields: dict[str, Any]) -> Settings:
        return {renamed[field]: value for field, value in fields.items() if field in renamed and value is not None}

    def changed(change: Any) -> Any:
        return {"epoch": change.get("epoch"), **by_name(change)} if isinstance(change, dict) else change

    def upgraded(run: Any) -> Any:
        if not isinstance(run, dict) or "settings" in run:
            return run
        others = {field: value for field, value in run.items() if field not in renamed}
        changes = run.get("changes", [])
        return others | {
            "settings": by_name(run),
            "changes": [*map(changed, changes)] if isinstance(changes, list) else changes,
        }

    runs = raw.get("runs")
    return {**raw, "runs": [*map(upgraded, runs)] if isinstance(runs, list) else runs}


def _saved(run: RunSnapshot) -> SavedRun:
    experiment, plain = run.experiment, Experiment()
    values = {row: experiment.value(row) for row in EVERYWHERE}
    return SavedRun(
        data=_saved_data(experiment.dataset),
        epoch=run.cursor + 1,
        settings={row.name: row.kind.in_files(value) for row, value in values.items() if value != plain.value(row)},
        changes=tuple(
            {"epoch": change.epoch, **{row.name: row.kind.in_files(value) for row, value in change.rows}}
            for change in experiment.changes
        ),
        **{field: getattr(run, field) for field in AS_THEY_ARE},
    )


def _saved_data(dataset: Dataset) -> Data:
    dataset = dataset.as_given if dataset.rows else LECTURE  # a typed cost has no rows, and replaces any others
    origin = dataset.origin
    if dataset.recipe:
        return GeneratedData(dataset.recipe)
    if origin is None:
        if (numbers := dataset.rows * (len(dataset.x) + len(dataset.ys))) > MOST_TYPED:
            values = {"n": numbers, "most": MOST_TYPED}
            reason = _(
                "{n:,} numbers of data, but only {most:,} can be saved with a run: put the data in a file, "
                "and name the file with --data",
                **values,
            )
            raise OutputError(f"{dataset.name}: {reason}")
        x, y = tuple(map(tuple, dataset.x)), tuple(dataset.y)
        if dataset.more_y:
            return TypedTargets(x, tuple(map(tuple, dataset.ys)))
        return TypedData(x[0], y) if len(x) == 1 else TypedColumns(x, y)
    if not origin.is_file:
        reason = _(
            "data that cannot be read again cannot be saved: put the data in a file, and name the file with --data"
        )
        raise OutputError(f"{dataset.name}: {reason}")
    return TableData(*msgspec.structs.astuple(origin))


def _snapshot(run: SavedRun, datasets: dict[Data, Dataset]) -> RunSnapshot:
    if run.epoch > run.known:
        raise _damaged(_("it shows epoch {epoch}, but the run has only {known}", epoch=run.epoch, known=run.known))
    if run.data not in datasets:
        datasets[run.data] = _dataset(run.data)
    fields = _fields(run.settings, EVERYWHERE)
    made = {row.field: fields.pop(row.field) for row in MADE_OF_ROWS if row.field in fields}
    dataset = datasets[run.data].prepared(**made)
    experiment = Experiment(dataset=dataset, changes=tuple(map(_change, run.changes)), **fields)
    same = {field: getattr(run, field) for field in AS_THEY_ARE}
    return RunSnapshot(experiment=experiment, cursor=run.epoch - 1, **same)


def _dataset(data: Data) -> Dataset:
    if isinstance(data, GeneratedData):
        return generated(data.recipe)
    if isinstance(data, TypedTargets):
        return typed(*data.x, *data.y, targets=len(data.y))
    if not isinstance(data, TableData):
        x = (data.x,) if isinstance(data, TypedData) else data.x
        dataset = typed(*x, data.y)
        return LECTURE if (dataset.x, dataset.y) == (LECTURE.x, LECTURE.y) else dataset
    from gdtui.storage.table import read_table  # numpy, which only a table needs

    if not data.is_file:
        raise _damaged(_("its data has no path"))
    return read_table(**msgspec.structs.asdict(data)).dataset


def _change(change: Settings) -> Change:
    settings = {name: value for name, value in change.items() if name != "epoch"}
    epoch = change.get("epoch")
    if not isinstance(epoch, int) or isinstance(epoch, bool):
        raise _damaged(_("a change has no epoch"))
    return Change(epoch, **_fields(settings, ON_THE_WAY))


def _fields(settings: Settings, rows: Iterable[Setting]) -> dict[str, Any]:
    """The settings by the experiment's field names. Unknown ones are refused, because a save would lose them."""
    known = {row.name: row for row in rows}
    fields: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in known:
            raise _damaged(_("there is no setting '{name}'", name=clean(name, 24)))
        try:
            fields[known[name].field] = known[name].read(value)
        except ValueError as error:
            raise _damaged(f"{name}: {error}") from None
    return fields
