"""An experiment by the names that people type: one table of them, for lessons, goals and learners alike."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.dataset import Dataset, typed
from gdtui.experiment.experiment import CONVENTIONS, DTYPES, METHODS, Change, Experiment
from gdtui.experiment.optimizer import SGD, Optimizer, parse_optimizer
from gdtui.numbers import parse_answer, parse_numbers
from gdtui.text import clean

MOST_COLUMNS = 20
"""How many columns of x a lesson's data may have."""

Read = TypeVar("Read")

MOST_NUMBERS = 2_000
"""How many numbers a lesson's data may have."""


def as_number(value: object) -> float:
    """A number, or the text of one, `1/14` included."""
    if isinstance(value, str):
        return parse_answer(value).value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is needed")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("too large a number") from None


def as_numbers(value: object) -> tuple[float, ...]:
    """A list of numbers, one number, or the text of some."""
    if isinstance(value, str):
        return parse_numbers(value)
    return tuple(map(as_number, value)) if isinstance(value, list | tuple) else (as_number(value),)


def as_columns(value: object) -> tuple[tuple[float, ...], ...]:
    """A list of columns, or one column; as text, columns are parted by bars: `1,2,3 | 4,5,6`."""
    if isinstance(value, str):
        return tuple(map(parse_numbers, value.split("|")))
    if isinstance(value, list | tuple) and value and isinstance(value[0], list | tuple):
        return tuple(map(as_numbers, value))
    return (as_numbers(value),)


def as_rows(value: object) -> tuple[tuple[float, ...], ...]:
    """A list of rows, each x and then y; as text, rows are parted by semicolons: `1 2; 2 4; 3 6`."""
    if isinstance(value, str):
        value = [parse_numbers(row) for row in value.split(";") if row.strip()]
    rows = tuple(map(as_numbers, value)) if isinstance(value, list | tuple) else ()
    if not rows or len(rows[0]) < 2 or len(set(map(len, rows))) > 1:
        raise ValueError("rows of equal length are needed, each x and then y, as 1 2; 2 4; 3 6")
    return rows


def as_whole(value: object) -> int:
    """A whole number."""
    number = as_number(value)
    if not number.is_integer():
        raise ValueError("a whole number is needed")
    return int(number)


def as_truth(value: object) -> bool:
    """True or false, or yes or no."""
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    if not isinstance(value, bool):
        raise ValueError("yes or no is needed")
    return value


def one_of(*choices: str) -> Callable[[object], str]:
    """A reader for one of several words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value.strip() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value.strip()

    return read


def as_optimizer(value: object) -> Optimizer:
    """One of torch.optim's, as `adam,beta2=0.99`."""
    if not isinstance(value, str):
        raise ValueError("the name of an optimizer is needed")
    return parse_optimizer(value)


FIELDS: dict[str, tuple[str, Callable[[object], Any]]] = {
    "bias": ("has_bias", as_truth),
    "w0": ("weights", as_numbers),
    "b0": ("bias", as_number),
    "lr": ("learning_rate", as_number),
    "method": ("method", one_of(*METHODS)),
    "convention": ("convention", one_of(*CONVENTIONS)),
    "optimizer": ("optimizer", as_optimizer),
    "weight_decay": ("weight_decay", as_number),
    "batch": ("batch", as_whole),
    "seed": ("seed", as_whole),
    "dtype": ("dtype", one_of(*DTYPES)),
    "epochs": ("epochs", as_whole),
    "until_cost": ("until_cost", as_number),
}
"""Each setting by the name it is typed by: the field of Experiment, and what reads it."""

DATA = ("data", "x", "y", "standardize")
"""Settings that make the data."""

NAMES = (*DATA, *FIELDS)
"""Every setting there is."""

EXAMPLES = {
    "data": "1 2; 2 4",
    "x": "1,2",
    "y": "2,4",
    "standardize": "yes",
    "bias": "yes",
    "w0": "2",
    "b0": "1",
    "lr": "0.05",
    "method": "optim",
    "convention": "mse",
    "optimizer": "adam",
    "weight_decay": "0.1",
    "batch": "2",
    "seed": "1",
    "dtype": "float64",
    "epochs": "20",
    "until_cost": "0.01",
}
"""What may be typed for each, to show how it is written."""

ON_THE_WAY = ("lr", "method", "convention", "optimizer")
"""Settings that may change from one epoch to the next."""


def experiment_with(given: Mapping[str, object], base: Experiment | None = None) -> Experiment:
    """`base`, by default the lecture, with the settings given.

    Raises:
        ExperimentError: a name or a value makes no sense; its field is the name as given.
        InputError: x and y do not go together.
    """
    base = base or Experiment()
    fields: dict[str, Any] = {}
    for name, value in given.items():
        if name in FIELDS:
            field, read = FIELDS[name]
            fields[field] = _read(name, read, value)
        elif name not in DATA:
            raise ExperimentError(clean(name, 24), f"there is no such setting, only {', '.join(NAMES)}")
    if given.keys() & set(DATA):
        fields["dataset"] = _data(given, base.dataset)
        if len(fields["dataset"].x) != len(base.dataset.x):
            fields.setdefault("weights", None)
    if fields.get("method", base.method) != "optim":
        fields.setdefault("optimizer", SGD)
    if fields.get("has_bias") is False:
        fields.setdefault("bias", 0.0)
    return msgspec.structs.replace(base, **fields)


def change_of(name: str, value: object, epoch: int) -> Change:
    """One setting changed from an epoch on.

    Raises:
        ExperimentError: the value makes no sense.
    """
    field, read = FIELDS[name]
    return Change(epoch, **{field: _read(name, read, value)})


def _read(name: str, read: Callable[[object], Read], value: object) -> Read:
    try:
        return read(value)
    except ValueError as error:
        raise ExperimentError(name, str(error)) from None


def _data(given: Mapping[str, object], base: Dataset) -> Dataset:
    """The data that rows, or x and y, and standardize describe, over that of `base`."""
    raw = base.own_units
    if "data" in given:
        *columns, last = zip(*_read("data", as_rows, given["data"]), strict=True)
        given = {**given, "x": columns, "y": last}
    if "x" in given or "y" in given:
        x = _read("x", as_columns, given["x"]) if "x" in given else tuple(tuple(values) for values in raw.x)
        y = _read("y", as_numbers, given["y"]) if "y" in given else tuple(raw.y)
        if len(x) > MOST_COLUMNS:
            raise ExperimentError("x", f"at most {MOST_COLUMNS} columns")
        if sum(map(len, x)) + len(y) > MOST_NUMBERS:
            raise ExperimentError("x", f"at most {MOST_NUMBERS:,} numbers")
        raw = typed(*x, y)
    standardize = _read("standardize", as_truth, given.get("standardize", base.scaling is not None))
    return raw.standardized() if standardize else raw
