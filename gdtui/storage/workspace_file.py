"""A workspace in a file: the experiments of its runs and where each stood, as JSON that people can read."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from gdtui import __version__
from gdtui.errors import InputError, OutputError, UserError
from gdtui.experiment.dataset import LECTURE, STANDARD_INPUT, Dataset, typed
from gdtui.experiment.experiment import MOST_EPOCHS, MOST_SEED, Change, Convention, DType, Experiment, Method
from gdtui.experiment.optimizer import Optimizer, parse_optimizer
from gdtui.lab.board import NAMES
from gdtui.lab.snapshot import RunSnapshot, Snapshot
from gdtui.storage import files
from gdtui.text import clean

VERSION = 1
"""Raised when a file is written that an older program would read wrongly."""

MOST_BYTES = 16 << 20
MOST_RUNS = len(NAMES) + 1
"""As many as there is room for on the board, and the one under way."""

Version = Annotated[int, msgspec.Meta(ge=1, le=999_999)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2 * MOST_EPOCHS)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=MOST_SEED)]
Numbers = tuple[float, ...]
T = TypeVar("T")


class _Saved(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of the file. A field that nobody knows is refused: what it says would be lost at the next save."""


class TypedData(_Saved, frozen=True, tag="typed", tag_field="kind"):
    """The lecture's points, or one column that was typed."""

    x: Numbers
    y: Numbers

    @property
    def columns(self) -> tuple[Numbers, ...]:
        """The columns of x, and y last."""
        return self.x, self.y


class TypedColumns(_Saved, frozen=True, tag="columns", tag_field="kind"):
    """Several columns that were typed."""

    x: tuple[Numbers, ...]
    y: Numbers

    @property
    def columns(self) -> tuple[Numbers, ...]:
        """The columns of x, and y last."""
        return *self.x, self.y


class TableData(_Saved, frozen=True, tag="table", tag_field="kind"):
    """A table in a file of its own, which must not have changed."""

    path: str
    checksum: str
    features: tuple[str, ...] | None = None
    target: str | None = None
    drop_missing: bool = False


Data = TypedData | TypedColumns | TableData


class SavedChange(_Saved, frozen=True, rename={"learning_rate": "lr"}):
    """Settings that hold from an epoch on, in the fields of a Change."""

    epoch: Count
    learning_rate: float | None = None
    method: Method | None = None
    convention: Convention | None = None
    optimizer: str | None = None


class SavedRun(_Saved, frozen=True, rename={"learning_rate": "lr", "has_diverged": "diverged"}):
    """An experiment, and where its run stood: the fields of both that have one name stand for each other."""

    data: Data
    known: Count
    """How many epochs it had come through."""
    epoch: Count
    """The one looked at, as printed."""
    cost: float
    """Of the last of them; tells whether another machine finds the same digits."""
    has_diverged: bool = False
    name: Literal["", "A", "B", "C", "D", "E", "F"] = ""
    """Its letter on the board."""
    is_pinned: bool = False
    x_scale: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    """x is so many times what the data says."""
    standardize: bool = False
    has_added_bias: bool = False
    """Whether b is there only for that, and goes again with it."""
    has_bias: bool = False
    weights: Numbers | None = None
    bias: float = 0.0
    learning_rate: float = 0.1
    method: Method = "hand"
    convention: Convention | None = None
    optimizer: str = "sgd"
    weight_decay: float = 0.0
    batch: Count | None = None
    seed: Seed = 0
    dtype: DType = "float32"
    epochs: Count = 10
    until_cost: float | None = None
    changes: tuple[SavedChange, ...] = ()


class SavedWorkspace(_Saved, frozen=True):
    """The whole file."""

    format: Literal["gdtui bench"]
    version: Version
    gdtui: str
    """The version of the program that wrote it."""
    runs: Annotated[tuple[SavedRun, ...], msgspec.Meta(min_length=1, max_length=MOST_RUNS)]
    current: Annotated[int, msgspec.Meta(ge=0)]
    """The index of the run under way."""


class _Head(msgspec.Struct, frozen=True):
    """What every version begins with."""

    format: Literal["gdtui bench"]
    version: Version


def encode(snapshot: Snapshot) -> bytes:
    """The text of the file.

    Raises:
        OutputError: data came from standard input, or from a file whose name no JSON can hold.
    """
    saved = SavedWorkspace(
        format="gdtui bench",
        version=VERSION,
        gdtui=__version__,
        runs=tuple(map(_saved, snapshot.runs)),
        current=snapshot.current,
    )
    try:
        return msgspec.json.format(msgspec.json.encode(saved), indent=1) + b"\n"
    except UnicodeEncodeError:
        raise OutputError("the name of the data is not UTF-8: rename the file, then it can be saved") from None


def read(path: str | Path, *, is_private: bool = False) -> tuple[Snapshot, files.Version]:
    """The workspace in a file; the file is left as it is.

    Raises:
        InputError: it cannot be read, is damaged or another's, or a table that it needs has changed. One line.
    """
    content, version = files.read(path, MOST_BYTES, is_private=is_private)
    try:
        return decode(content), version
    except UserError as error:
        raise InputError(f"{files.shown(path)}: {error}") from None


def decode(content: bytes) -> Snapshot:
    """The workspace that a text describes.

    Raises:
        UserError: it is no workspace, or one that cannot be used.
    """
    head = _decode(content, _Head, "this is no workspace that gdtui saved")
    if head.version > VERSION:
        raise InputError(f"a newer gdtui saved it (version {head.version}, and this one reads {VERSION})")
    saved = _decode(content, SavedWorkspace, "it is damaged")
    if saved.current >= len(saved.runs):
        raise InputError(f"it is damaged: there is no run {saved.current} to go on with")
    names = [run.name for run in saved.runs if run.name]
    unnamed = [index for index, run in enumerate(saved.runs) if not run.name]
    if len(set(names)) < len(names) or unnamed not in ([], [saved.current]):
        raise InputError("it is damaged: each run on the board needs a letter of its own")
    datasets: dict[Data, Dataset] = {}
    return Snapshot(tuple(_snapshot(run, datasets) for run in saved.runs), saved.current)


def _decode(content: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else clean(str(error))
        raise InputError(f"{what} ({reason})") from None


def _saved(run: RunSnapshot) -> SavedRun:
    experiment = run.experiment
    others = {
        "data": _saved_data(experiment.dataset),
        "epoch": run.cursor + 1,
        "x_scale": experiment.dataset.x_scale,
        "standardize": experiment.dataset.scaling is not None,
        "optimizer": str(experiment.optimizer),
        "changes": tuple(map(_saved_change, experiment.changes)),
    }
    return SavedRun(**_shared(run, SavedRun) | _shared(experiment, SavedRun) | others)


def _saved_data(dataset: Dataset) -> Data:
    dataset = dataset.as_given
    origin = dataset.origin
    if origin is None:
        x, y = tuple(map(tuple, dataset.x)), tuple(dataset.y)
        return TypedData(x[0], y) if len(x) == 1 else TypedColumns(x, y)
    if not origin.is_file:
        raise OutputError(f"{dataset.name}: data that cannot be read again cannot be saved")
    return TableData(origin.path, origin.checksum, origin.features, origin.target, origin.drop_missing)


def _saved_change(change: Change) -> SavedChange:
    optimizer = str(change.optimizer) if change.optimizer else None
    return SavedChange(**_shared(change, SavedChange) | {"optimizer": optimizer})


def _snapshot(run: SavedRun, datasets: dict[Data, Dataset]) -> RunSnapshot:
    if run.epoch > run.known:
        raise InputError(f"it is damaged: epoch {run.epoch} of {run.known} known")
    if run.data not in datasets:
        datasets[run.data] = _dataset(run.data)
    dataset = datasets[run.data].in_units(run.x_scale)
    others = {
        "dataset": dataset.standardized() if run.standardize else dataset,
        "optimizer": _optimizer(run.optimizer),
        "changes": tuple(map(_change, run.changes)),
    }
    experiment = Experiment(**_shared(run, Experiment) | others)
    return RunSnapshot(**_shared(run, RunSnapshot) | {"experiment": experiment, "cursor": run.epoch - 1})


def _dataset(data: Data) -> Dataset:
    if not isinstance(data, TableData):
        dataset = typed(*data.columns)
        return LECTURE if (dataset.x, dataset.y) == (LECTURE.x, LECTURE.y) else dataset
    from gdtui.storage.table import read_table  # numpy, which only a table needs

    if data.path == STANDARD_INPUT:
        raise InputError("it is damaged: its data has no path")
    return read_table(
        data.path,
        features=data.features,
        target=data.target,
        drop_missing=data.drop_missing,
        checksum=data.checksum,
    ).dataset


def _change(change: SavedChange) -> Change:
    optimizer = None if change.optimizer is None else _optimizer(change.optimizer)
    return Change(**_shared(change, Change) | {"optimizer": optimizer})


def _optimizer(text: str) -> Optimizer:
    try:
        return parse_optimizer(text)
    except ValueError as error:
        raise InputError(f"it is damaged: {error}") from None


def _shared(source: msgspec.Struct, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of `source` that a struct of that kind has too."""
    return {name: getattr(source, name) for name in kind.__struct_fields__ if name in source.__struct_fields__}
