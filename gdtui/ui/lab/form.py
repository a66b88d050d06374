"""The form of an experiment as texts: from an Experiment to the fields, and back from what was typed."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import LECTURE, Dataset, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.generate import generated
from gdtui.experiment.kinds import NUMERIC
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.schedule import CONSTANT
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import BY_NAME, EVERYWHERE, MADE_OF_ROWS, SETTINGS
from gdtui.numbers import parse_numbers
from gdtui.text import _

Texts = Mapping[str, str]
"""The text of each field, by name."""

_TYPED = re.compile(r"(x\s*=[^=]+[\s;])+(y\s*=[^=]+[\s;])*y\s*=[^=]+")
"""`x=1,2 y=2,4`, with an x for each column and a y for each target."""

_HALF_TYPED = re.compile(r"\s*[xy]\s*=[-+\N{MINUS SIGN}\d\s.,;/eExy=]*")
"""The same while it is still being typed."""

_RECIPE = re.compile(r"\s*n\s*=.*")
"""`n=20, y=2*x+1`, as in `--generate`."""

_OPTION = re.compile(r"--([a-z-]+)")
_NAME = re.compile(r"[\s;]*[xy]\s*=\s*")

NONE = "none"
"""The text of the data field for a typed cost."""

_ROWS_FROM = tuple(BY_NAME[name] for name in ("data", "features", "target", "drop-missing"))

FIELDS = (*_ROWS_FROM, *EVERYWHERE)
"""The lines of the form."""


def texts_of(experiment: Experiment, epoch: int) -> dict[str, str]:
    """The texts of the fields at an epoch."""
    steady = experiment.steady_at(epoch)
    texts = {row.name: row.write(steady.value(row)) for row in EVERYWHERE}
    weights = BY_NAME["w0"].write(experiment.start[: experiment.layout.weights])  # all zeros are stored as None
    return {**_rows_from(experiment.dataset), **texts, "w0": weights}


def _rows_from(dataset: Dataset) -> dict[str, str]:
    """The texts of the fields that say where the rows come from."""
    table = dataset.origin
    skip = BY_NAME["drop-missing"].write(table is not None and table.drop_missing)
    features, target = (table.features, table.target) if table else (None, None)
    texts = {"data": _data_text(dataset), "features": ",".join(features or ()), "target": target or ""}
    return {**texts, "drop-missing": skip}


def _data_text(dataset: Dataset) -> str:
    """The data as the field shows it and reads it back."""
    words = dataset.arguments
    if words[:1] == ("--x",):
        options = zip(words[::2], words[1::2], strict=True)
        return " ".join(f"{option.removeprefix('--')}={numbers}" for option, numbers in options)
    return words[1] if words else "lecture" if dataset.rows else NONE


def asks_for_a_file(texts: Texts, current: Dataset) -> bool:
    """Whether the fields refer to a file that must be read."""
    is_other = any(texts[name] != text for name, text in _rows_from(current).items())
    return is_other and _is_file(texts["data"].strip())


def _is_file(text: str) -> bool:
    return text not in ("lecture", NONE) and not any(form.fullmatch(text) for form in (_TYPED, _HALF_TYPED, _RECIPE))


def _read_dataset(texts: Texts, current: Dataset) -> Dataset:
    """The data that the fields name; `current` if they name the same.

    Raises:
        ExperimentError: the text or the file cannot be used.
    """
    before = _rows_from(current)
    given = {name: texts[name].strip() for name in before}
    if given == before:
        return current
    text = given["data"]
    if text != before["data"]:  # columns that nobody typed belong to the old table
        given |= {name: "" for name in ("features", "target") if given[name] == before[name]}
    try:
        if _RECIPE.fullmatch(text):
            return generated(text)
        if text in ("lecture", NONE) or _TYPED.fullmatch(text):
            if given["features"] or given["target"]:
                raise InputError(_("features and target need a table"))
            columns = map(parse_numbers, _NAME.split(text)[1:])
            return LECTURE if text in ("lecture", NONE) else typed(*columns, targets=text.count("y"))
        if _HALF_TYPED.fullmatch(text):
            raise InputError(_("give both, like x=1,2,3 y=2,4,6"))
        if not text or text == "-":
            raise InputError(_("name a file, or write lecture or x=1,2,3 y=2,4,6"))
        from gdtui.storage.table import read_table  # imports numpy, which only a file needs

        return read_table(
            text,
            features=tuple(given["features"].split(",")) if given["features"] else None,
            target=given["target"] or None,
            drop_missing=BY_NAME["drop-missing"].read(given["drop-missing"]),
        ).dataset
    except (InputError, ValueError) as error:
        raise ExperimentError("data", _OPTION.sub(_field_of, str(error))) from None


def _field_of(option: re.Match[str]) -> str:
    """What the form calls an option that a message names."""
    row = BY_NAME.get(option[1])
    return row.label if row else option[0]


def read_form(texts: Texts, current: Experiment, epoch: int) -> tuple[Experiment, Change | None]:
    """The experiment that the fields describe, and which of its settings change at `epoch`.

    Raises:
        ExperimentError: a field cannot be used; its name is in the error.
    """
    before, steady = texts_of(current, epoch), current.steady_at(epoch)
    edited = {
        row: _read(row, texts[row.name]) for row in FIELDS[len(_ROWS_FROM) :] if texts[row.name] != before[row.name]
    }
    if edited.get(BY_NAME["optimizer"], SGD) != SGD:
        edited.setdefault(BY_NAME["method"], "optim")  # as on the command line
    dataset = _read_dataset(texts, current.dataset)
    if edited.get(BY_NAME["function"]) and dataset is current.dataset:
        dataset = LECTURE  # the typed cost replaces it
    fields = {row.field: value for row, value in edited.items() if row in SETTINGS}
    wanted = msgspec.structs.replace(steady, dataset=_prepared(dataset, current.dataset, edited), **fields)
    then = wanted.settings_at(1)
    changed = {
        row.field: getattr(then, row.field)
        for row, value in edited.items()
        if row.on_the_way and value != steady.value(row)
    }
    is_scheduled = {then.schedule, steady.schedule} != {CONSTANT}
    if is_scheduled and {"learning_rate", "schedule"} & changed.keys():
        changed |= {"learning_rate": wanted.learning_rate, "schedule": then.schedule}  # an lr alone would stay constant
    return wanted, Change(epoch, **changed) if changed else None


def hint_of(row: Setting, text: str) -> str:
    """How a number was read if written in another notation, or why it is not a number; otherwise the hint."""
    if row.kind not in NUMERIC or not text.strip():
        return row.hint
    try:
        read = row.write(row.read(text))
    except ValueError as error:
        return str(error)
    return row.hint if read == text.strip() else _("read as {number}", number=read)


def _prepared(dataset: Dataset, current: Dataset, edited: Mapping[Setting, Any]) -> Dataset:
    """The data in the units asked for, standardized or not."""
    made = {row: edited.get(row, getattr(current, row.field)) for row in MADE_OF_ROWS}
    try:
        return dataset.prepared(**{row.field: value for row, value in made.items()})
    except InputError as error:
        name = "standardize" if made[BY_NAME["standardize"]] else "x-scale"
        raise ExperimentError(name, str(error)) from None


def _read(row: Setting, text: str) -> Any:
    try:
        return row.read(text)
    except ValueError as error:
        raise ExperimentError(row.name, str(error)) from None
