"""Tables that lie beside a lesson file: `data = "delivery.csv"` stands for the rows in it, under their names."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gdtui.errors import InputError
from gdtui.teaching.locate import Path as Place
from gdtui.text import _

ENDINGS = (".csv", ".tsv", ".txt", ".dat")
"""What the name of a table ends in; other text is rows, as `1 2; 2 4`."""


def put_in_tables(lesson: dict[str, Any], folder: Path | None, at: Callable[[Place], str]) -> str:
    """Put the rows in the place of the names of tables; return the checksums of what was read.

    `at` tells the line of a key.

    Raises:
        InputError: a table cannot be read, or is not beside the lesson.
    """
    checksums = ""
    for path, experiment in _experiments(lesson):
        name = experiment.get("data")
        if not isinstance(name, str) or not name.lower().endswith(ENDINGS):
            continue
        where, target = at((*path, "data")), experiment.get("target")
        if not isinstance(target, str | None):
            continue  # which is refused where it is read
        if folder is None or Path(name).name != name:
            says = _("put '{path}' beside the lesson, and write data = \"{name}\"", path=name, name=Path(name).name)
            raise InputError(f"{where}: {says}")
        from gdtui.storage.table import read_table  # numpy, which no other lesson needs

        try:
            dataset = read_table(str(folder / name), target=target).dataset
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        checksums += dataset.origin.checksum if dataset.origin else ""
        experiment["data"] = [
            [*dataset.features, *dataset.targets],
            *map(list, zip(*dataset.x, *dataset.ys, strict=True)),
        ]
        experiment.pop("target", None)
        if dataset.more_y:
            experiment["target"] = ",".join(str(len(dataset.x) + number) for number in range(1, len(dataset.ys) + 1))
    return checksums


def tables_of(lesson: dict[str, Any]) -> list[str]:
    """The names of all tables that a lesson has beside it."""
    named = (experiment.get("data") for _path, experiment in _experiments(lesson))
    return [name for name in named if isinstance(name, str) and name.lower().endswith(ENDINGS)]


def _experiments(lesson: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every table of settings, with its place; what has another shape is told where it is read."""
    steps = lesson.get("step")
    pages = enumerate(steps) if isinstance(steps, list) else ()
    owners = [((), lesson), *((("step", index), step) for index, step in pages if isinstance(step, dict))]
    for path, owner in owners:
        if isinstance(found := owner.get("experiment"), dict):
            yield (*path, "experiment"), found
