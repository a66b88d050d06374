"""The form of an experiment as texts: from an Experiment to the fields, and back from what was typed."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.dataset import LECTURE, Dataset, typed
from gdtui.experiment.experiment import CONVENTIONS, DTYPES, METHODS, Change, Experiment
from gdtui.experiment.optimizer import parse_optimizer
from gdtui.numbers import parse_number, parse_numbers, parse_whole, shortest

Value = TypeVar("Value")

Texts = Mapping[str, str]
"""What stands in each field, by its name."""

RAW, STANDARDIZED = "raw", "standardized"
WITHOUT_B, WITH_B = "XW", "XW + b"
DEFAULT = "default"

_TYPED = re.compile(r"(x\s*=[^=]+[\s;])+y\s*=[^=]+")
"""`x=1,2 y=2,4`, and an x for each column."""

_NAME = re.compile(r"[\s;]*[xy]\s*=\s*")


class Field(msgspec.Struct, frozen=True):
    """One line of the form."""

    name: str
    """As an ExperimentError names it."""
    label: str
    hint: str
    """What stands beside it while nothing is wrong."""
    choices: tuple[str, ...] = ()
    """What can be chosen; any text where there is none."""


FIELDS = (
    Field("data", "data", "lecture; x=1,2 y=2,4; or a file"),
    Field("x", "x", "mean 0 and deviation 1", (RAW, STANDARDIZED)),
    Field("x-scale", "x times", "x in other units; 1 as it was"),
    Field("bias", "H(x)", "standardized x always has b", (WITHOUT_B, WITH_B)),
    Field("w0", "W begins at", "one number a column"),
    Field("b0", "b begins at", ""),
    Field("lr", "lr", "from this epoch on"),
    Field("convention", "gradient", "default: sum by hand, else mse", (DEFAULT, *CONVENTIONS)),
    Field("method", "by", "", METHODS),
    Field("optimizer", "optimizer", "momentum, nesterov, adam …"),
    Field("weight-decay", "weight decay", "λ of λ/2·|W|²; 0 for none"),
    Field("batch", "batch", "rows an update; empty for all"),
    Field("seed", "seed", "decides the batches"),
    Field("dtype", "numbers", "", DTYPES),
    Field("epochs", "epochs", "how many are planned"),
    Field("until-cost", "until cost", "stop there; empty for never"),
)


def texts_of(experiment: Experiment, epoch: int) -> dict[str, str]:
    """What the fields hold at an epoch."""
    settings = experiment.settings_at(epoch)
    return {
        "data": data_text(experiment.dataset),
        "x": STANDARDIZED if experiment.dataset.scaling else RAW,
        "x-scale": shortest(experiment.dataset.x_scale),
        "bias": WITH_B if experiment.has_bias else WITHOUT_B,
        "w0": ", ".join(map(shortest, experiment.split(experiment.start)[0])),
        "b0": shortest(experiment.bias),
        "lr": shortest(settings.learning_rate),
        "convention": settings.convention if experiment.names_convention else DEFAULT,
        "method": settings.method,
        "optimizer": str(settings.optimizer),
        "weight-decay": shortest(experiment.weight_decay),
        "batch": "" if experiment.batch is None else str(experiment.batch),
        "seed": str(experiment.seed),
        "dtype": experiment.dtype,
        "epochs": str(experiment.epochs),
        "until-cost": "" if experiment.until_cost is None else shortest(experiment.until_cost),
    }


def data_text(dataset: Dataset) -> str:
    """The data as the field shows it and reads it back."""
    words = dataset.arguments
    if words[:1] == ("--x",):
        options = zip(words[::2], words[1::2], strict=True)
        return " ".join(f"{option.removeprefix('--')}={numbers}" for option, numbers in options)
    return words[1] if words else "lecture"


def read_dataset(text: str, current: Dataset) -> Dataset:
    """The data that a text names, not standardized and in its first units.

    Raises:
        ExperimentError: the text or the file cannot be used.
    """
    text = text.strip()
    if text == data_text(current):
        return current.as_given
    if text == "lecture":
        return LECTURE
    try:
        if _TYPED.fullmatch(text):
            return typed(*map(parse_numbers, _NAME.split(text)[1:]))
        if not text or text == "-":
            raise InputError("name a file, or write lecture or x=1,2,3 y=2,4,6")
        from gdtui.storage.table import read_table  # numpy, which only a file needs

        return read_table(text).dataset
    except (InputError, ValueError) as error:
        raise ExperimentError("data", str(error)) from None


def read_form(texts: Texts, current: Experiment, epoch: int) -> tuple[Experiment, Change | None]:
    """The experiment that the fields describe, and what of its settings changes from `epoch` on.

    Raises:
        ExperimentError: a field cannot be used; its name is in the error.
    """
    before = texts_of(current, epoch)
    dataset = _in_units(read_dataset(texts["data"], current.dataset), current.dataset, texts["x-scale"])
    if texts["x"] == STANDARDIZED:
        dataset = _standardized(dataset, current.dataset)
    untouched = texts["w0"] == before["w0"] and not any(current.weights or ())
    wanted = msgspec.structs.replace(
        current,
        dataset=dataset,
        has_bias=texts["bias"] == WITH_B or texts["x"] == STANDARDIZED,
        weights=None if untouched else _read("w0", parse_numbers, texts["w0"]),
        bias=_read("b0", parse_number, texts["b0"]),
        learning_rate=_read("lr", parse_number, texts["lr"]),
        method=texts["method"],
        convention=None if texts["convention"] == DEFAULT else texts["convention"],
        optimizer=_read("optimizer", parse_optimizer, texts["optimizer"]),
        weight_decay=_read("weight-decay", parse_number, texts["weight-decay"]),
        batch=_read("batch", parse_whole, texts["batch"]) if texts["batch"].strip() else None,
        seed=_read("seed", parse_whole, texts["seed"]),
        dtype=texts["dtype"],
        epochs=_read("epochs", parse_whole, texts["epochs"]),
        until_cost=_read("until-cost", parse_number, texts["until-cost"]) if texts["until-cost"].strip() else None,
        changes=(),
    )
    is_chosen = texts["convention"] != before["convention"]
    return wanted, _change(current, wanted, epoch, is_chosen=is_chosen)


def as_read(field: Field, text: str) -> str:
    """How a number was read, where it was written in another way; the field's hint otherwise."""
    if (
        field.name not in ("x-scale", "w0", "b0", "lr", "weight-decay", "batch", "seed", "epochs", "until-cost")
        or not text.strip()
    ):
        return field.hint
    numbers = parse_numbers(text) if field.name == "w0" else (parse_number(text),)
    read = ", ".join(map(shortest, numbers))
    return field.hint if read == text.strip() else f"read as {read}"


def _change(current: Experiment, wanted: Experiment, epoch: int, *, is_chosen: bool) -> Change | None:
    """The settings that differ; a convention chosen in place of the default counts, though it may be the same."""
    now, then = current.settings_at(epoch), wanted.settings_at(1)
    change = Change(
        epoch,
        then.learning_rate if then.learning_rate != now.learning_rate else None,
        then.method if then.method != now.method else None,
        then.convention if is_chosen else None,
        then.optimizer if then.optimizer != now.optimizer else None,
    )
    return None if change == Change(epoch) else change


def _in_units(dataset: Dataset, current: Dataset, text: str) -> Dataset:
    x_scale = _read("x-scale", parse_number, text)
    if dataset is current.as_given and x_scale == current.x_scale:
        return current.own_units
    try:
        return dataset.in_units(x_scale)
    except InputError as error:
        raise ExperimentError("x-scale", str(error).removeprefix("x-scale: ")) from None


def _standardized(dataset: Dataset, current: Dataset) -> Dataset:
    if current.scaling and dataset is current.raw:
        return current
    try:
        return dataset.standardized()
    except InputError as error:
        raise ExperimentError("x", str(error)) from None


def _read(field: str, parse: Callable[[str], Value], text: str) -> Value:
    try:
        return parse(text)
    except ValueError as error:
        raise ExperimentError(field, str(error)) from None
