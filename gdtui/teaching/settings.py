"""An experiment by the names that people type: what the table of settings makes of a lesson, a goal and a learner."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import LECTURE, Dataset, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.generate import generated
from gdtui.experiment.kinds import NUMBER, ONE_OR_MORE, WHOLE, Kind, read_number, read_numbers, read_whole
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.settings import BY_NAME, EVERYWHERE, MADE_OF_ROWS, SETTINGS, canonical
from gdtui.numbers import parse_answer, parse_numbers
from gdtui.text import _, clean, nearest, ngettext

MOST_COLUMNS = 20
"""How many columns of x a lesson's data may have."""

MOST_TARGETS = 10
"""How many columns of y it may have."""

MOST_NUMBERS = 2_000
"""How many numbers a lesson's data may have."""

LONGEST_NAME = 24
"""The most characters shown of a column's name."""


def as_number(value: object) -> float:
    """A number, or the text of one as a learner types it."""
    return read_number(parse_answer(value).value if isinstance(value, str) else value)


def as_whole(value: object) -> int:
    """A whole number, or the text of one."""
    return read_whole(parse_answer(value).value if isinstance(value, str) else value)


def as_columns(value: object) -> tuple[tuple[float, ...], ...]:
    """A list of columns, or one column; as text, columns are parted by bars: `1,2,3 | 4,5,6`."""
    if isinstance(value, str):
        return tuple(map(parse_numbers, value.split("|")))
    nested = value if isinstance(value, list | tuple) and value and isinstance(value[0], list | tuple) else (value,)
    columns = tuple(map(read_numbers, nested))
    if not all(columns):
        raise ValueError(_("needs at least one number"))
    return columns


def as_rows(value: object) -> tuple[tuple[float, ...], ...]:
    """A list of rows, each x and then y; as text, rows are parted by semicolons: `1 2; 2 4; 3 6`."""
    if isinstance(value, str):
        value = [parse_numbers(row) for row in value.split(";") if row.strip()]
    rows = tuple(map(read_numbers, value)) if isinstance(value, list | tuple) else ()
    if not rows or len(rows[0]) < 2 or len(set(map(len, rows))) > 1:
        raise ValueError(_("give rows of the same length, each x and then y, such as 1 2; 2 4; 3 6"))
    return rows


def as_recipe(value: object) -> Dataset:
    """Rows made up by a recipe: `n=20, y=2*x+1, noise=0.5`."""
    if not isinstance(value, str):
        raise ValueError("a text such as n=20, y=2*x+1, noise=0.5 is needed")
    return generated(value)


def _one_or_more(value: object) -> float | tuple[float, ...]:
    """A number, or a list of them."""
    is_list = isinstance(value, list | tuple) or (isinstance(value, str) and "," in value)
    return read_numbers(value) if is_list else as_number(value)


_READERS: dict[Kind, Callable[[object], Any]] = {NUMBER: as_number, WHOLE: as_whole, ONE_OR_MORE: _one_or_more}
"""What reads numbers as learners type them, in wide forms too."""

ROWS: dict[str, Callable[[object], Any]] = {
    "data": as_rows,
    "target": BY_NAME["target"].read,
    "x": as_columns,
    "y": as_columns,
    "generate": as_recipe,
}
"""What reads the rows of a lesson's data."""

OF_TABLES = ("features", "drop-missing")
"""What a lesson says of a table beside it: which columns and rows of it to take."""

NAMES = (*ROWS, *(row.name for row in EVERYWHERE))
"""Every setting that a lesson has, or a learner may type."""


def experiment_with(given: Mapping[str, object], base: Experiment | None = None) -> Experiment:
    """`base`, by default the lecture, with the settings given.

    Raises:
        ExperimentError: a name or a value makes no sense; its field is the canonical name.
        InputError: x and y do not go together.
    """
    base = base or Experiment()
    values = {canonical(name): value for name, value in given.items()}
    check_names(values)
    fields = {row.field: read(row.name, values[row.name]) for row in SETTINGS if row.name in values}
    fields["dataset"] = _data(values, base.dataset)
    is_of_rows = fields.get("function", base.function) is None
    if not is_of_rows and not {*ROWS, *(row.name for row in MADE_OF_ROWS)} & values.keys():
        fields["dataset"] = LECTURE
    dataset, before = fields["dataset"], base.dataset
    if "function" in fields or (len(dataset.x), len(dataset.ys)) != (len(before.x), len(before.ys)):
        fields.setdefault("weights", None)
    if len(dataset.ys) != len(before.ys):
        fields.setdefault("bias", 0.0)
    if fields.get("method", base.method) != "optim":
        fields.setdefault("optimizer", SGD)
    if fields.get("has_bias") is False:
        fields.setdefault("bias", 0.0)
    return msgspec.structs.replace(base, **fields)


def check_names(names: Iterable[str]) -> None:
    """See to it that there are such settings.

    Raises:
        ExperimentError: one of them is none.
    """
    for name in names:
        if name in OF_TABLES:
            raise ExperimentError(name, _('it goes beside the name of a table, such as data = "delivery.csv"'))
        if name not in NAMES:
            says = _("there is no such setting, only {names}", names=", ".join(NAMES)) + nearest(name, NAMES)
            raise ExperimentError(clean(name, 24), says)


def change_of(name: str, value: object, epoch: int) -> Change:
    """One setting changed from an epoch on.

    Raises:
        ExperimentError: the value makes no sense.
    """
    return Change(epoch, **{BY_NAME[name].field: read(name, value)})


def read(name: str, value: object) -> Any:
    """The value of a setting.

    Raises:
        ExperimentError: it makes no sense.
    """
    row = BY_NAME[name]
    reader = ROWS.get(name) or _READERS.get(row.kind, row.read)
    try:
        return None if row.means_none(value) else reader(value)
    except ValueError as error:
        raise ExperimentError(name, str(error)) from None


def _names_and_rows(value: object) -> tuple[tuple[str, ...], object]:
    """The names of the columns, where the first row has them, and the other rows."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        names = [clean(name, LONGEST_NAME) for name in value[0] if isinstance(name, str)]
        if names and len(names) == len(value[0]):
            return tuple(names), value[1:]
    return (), value


def _targets(wanted: str, names: tuple[str, ...], columns: int) -> list[int]:
    """The positions of the columns of y, which are given by name or by number from 1."""
    found = []
    for part in map(str.strip, wanted.split(",")):
        is_number = part.isascii() and part.isdigit() and 1 <= int(part[:9]) <= columns
        if part not in names and not is_number:
            raise ExperimentError("target", _("there is no column '{name}'", name=clean(part, LONGEST_NAME)))
        found.append(names.index(part) if part in names else int(part) - 1)
    if len({*found}) < len(found) or len(found) == columns:
        raise ExperimentError("target", _("name each column once, and leave one for x"))
    return found


def _data(given: Mapping[str, object], base: Dataset) -> Dataset:
    """The data that rows, or x and y, and what is to be made of them describe, over that of `base`."""
    if [name for name in given if name in ROWS][-1:] == ["generate"]:  # a page's own, over the rows of the lesson
        given = {name: value for name, value in given.items() if name not in ("data", "x", "y")}
    dataset = read("generate", given["generate"]) if "generate" in given else base
    names, rows = _names_and_rows(given.get("data"))
    if rows is not None:
        columns = [*zip(*read("data", rows), strict=True)]
        targets = _targets(read("target", given["target"]), names, len(columns)) if "target" in given else []
        order_of_columns = [i for i in range(len(columns)) if i not in targets] + targets
        names = tuple(names[i] for i in order_of_columns) if len(names) == len(columns) else names
        columns = [columns[i] for i in order_of_columns]
        d = len(columns) - (len(targets) or 1)
        order = list(given)  # a page's own x or y comes after the data of the lesson
        later = {name: given[name] for name in order[order.index("data") :] if name in ("x", "y")}
        given = {**given, "x": columns[:d], "y": columns[d:], **later}
    elif "target" in given:
        raise ExperimentError("target", _("it chooses columns of 'data', which is not given here"))
    if "x" in given or "y" in given:
        raw = base.as_given
        x = read("x", given["x"]) if "x" in given else tuple(map(tuple, raw.x))
        ys = read("y", given["y"]) if "y" in given else tuple(map(tuple, raw.ys))
        if len(x) > MOST_COLUMNS:
            raise ExperimentError("x", _("at most {most} columns", most=MOST_COLUMNS))
        if sum(map(len, (*x, *ys))) > MOST_NUMBERS:
            raise ExperimentError("x", _("at most {most:,} numbers", most=MOST_NUMBERS))
        if len(ys) > MOST_TARGETS:
            raise ExperimentError("y", _("at most {most} columns", most=MOST_TARGETS))
        dataset = typed(*x, *ys, targets=len(ys))
    if names:
        d, width, n = len(dataset.x), len(dataset.x) + len(dataset.ys), len(names)
        if n != width:
            says = ngettext("{n} name for {columns} columns", "{n} names for {columns} columns", n, columns=width)
            raise ExperimentError("data", says)
        named = {"features": names[:d], "target": names[d], "more_targets": names[d + 1 :]}
        dataset = msgspec.structs.replace(dataset, **named)
    made = {
        row.field: read(row.name, given[row.name]) if row.name in given else getattr(base, row.field)
        for row in MADE_OF_ROWS
    }
    return dataset.prepared(**made)
