"""Tables beside a lesson file: `data = "delivery.csv"` stands for the table's rows, with the names of its columns."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeGuard

from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.settings import canonical
from gdtui.teaching.locate import Path as Place
from gdtui.teaching.settings import OF_TABLES, check_names, read
from gdtui.text import _, listed

ENDINGS = (".csv", ".tsv", ".txt", ".dat")
"""The endings of a table's name; any other text is rows, such as `1 2; 2 4`."""

_ROWS = re.compile(r"\s*[-+\N{MINUS SIGN}]?\s*\.?\d")
"""How the text of rows starts."""

_CHOICE = re.compile(r"--(features|target) ('[^']*'|[^\s']+?)(?=\. |$)")
"""Finds the columns that a sentence about a table suggests."""


def put_in_tables(lesson: dict[str, Any], folder: Path | None, at: Callable[[Place], str]) -> str:
    """Replace the names of tables by their rows; return the checksums of the tables.

    `at` gives the line of a key.

    Raises:
        InputError: a key does not exist, or a table cannot be read or is not beside the lesson.
    """
    for path, experiment in _experiments(lesson):
        for key in experiment:
            if not (_names_table(experiment.get("data")) and canonical(key) in OF_TABLES):
                with _refused(at((*path, key))):
                    check_names([canonical(key)])
    checksums = ""
    for path, experiment in _experiments(lesson):
        name = experiment.get("data")
        if isinstance(name, str) and not (_names_table(name) or _ROWS.match(name)):
            endings = listed(ENDINGS, _("or"))
            says = _("data: give rows, such as 1 2; 2 4, or a table's name, which ends in {endings}", endings=endings)
            raise InputError(f"{at((*path, 'data'))}: {says}")
        if not _names_table(name) or not isinstance(experiment.get("target"), str | None):
            continue  # refused when it is read
        where = at((*path, "data"))
        if folder is None or Path(name).name != name:
            says = _("put '{path}' beside the lesson, and write data = \"{name}\"", path=name, name=Path(name).name)
            raise InputError(f"{where}: {says}")
        from gdtui.storage.table import read_table  # imports numpy, which other lessons do not need

        asked: dict[str, Any] = {"target": experiment.pop("target", None)}
        for key in [key for key in experiment if canonical(key) in OF_TABLES]:
            with _refused(at((*path, key))):
                value = read(canonical(key), experiment.pop(key))
            asked[canonical(key).replace("-", "_")] = tuple(value.split(",")) if isinstance(value, str) else value
        try:
            dataset = read_table(str(folder / name), **asked).dataset
        except InputError as error:
            raise InputError(f"{where}: {_with_keys(str(error))}") from None
        checksums += dataset.origin.checksum if dataset.origin else ""
        experiment["data"] = [
            [*dataset.features, *dataset.targets],
            *map(list, zip(*dataset.x, *dataset.ys, strict=True)),
        ]
        if dataset.more_y:
            experiment["target"] = ",".join(str(len(dataset.x) + number) for number in range(1, len(dataset.ys) + 1))
    return checksums


@contextmanager
def _refused(where: str) -> Iterator[None]:
    """Report an invalid setting with its line."""
    try:
        yield
    except ExperimentError as error:
        raise InputError(f"{where}: {error}") from None


def _with_keys(reason: str) -> str:
    """The remedy for a problem with a table, in the keys of a lesson instead of the options of a command."""

    def key(found: re.Match[str]) -> str:
        name, chosen = found[1], found[2].strip("'")
        return f"{name} = {json.dumps(chosen, ensure_ascii=False)}"

    reason = _CHOICE.sub(key, reason.replace("--drop-missing", "drop-missing = true"))
    return reason.replace("--features", "features").replace("--target", "target")


def _names_table(data: object) -> TypeGuard[str]:
    return isinstance(data, str) and data.lower().endswith(ENDINGS)


def tables_of(lesson: dict[str, Any]) -> list[str]:
    """The names of all tables beside the lesson."""
    named = (experiment.get("data") for _path, experiment in _experiments(lesson))
    return [name for name in named if _names_table(name)]


def _experiments(lesson: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every table of settings, with its place. Anything of another shape is reported when the lesson is read."""
    steps = lesson.get("step")
    pages = enumerate(steps) if isinstance(steps, list) else ()
    owners = [((), lesson), *((("step", index), step) for index, step in pages if isinstance(step, dict))]
    for path, owner in owners:
        if isinstance(found := owner.get("experiment"), dict):
            yield (*path, "experiment"), found
