"""Epochs as lines of text: as in the lecture, as CSV, as JSON lines, as sentences; and as files."""

import itertools
import json
import math
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Literal

from gdtui import __version__
from gdtui.experiment.command_line import shell_line
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.numbers import in_brackets, in_rows, prediction_decimals, shortest
from gdtui.storage import sentences
from gdtui.text import numbered

if TYPE_CHECKING:
    from gdtui.lab.history import History  # a run without a screen does not load it

_LONGEST_STEM = 40

Format = Literal["lecture", "csv", "jsonl", "text"]
"""The format for the rows of a headless run."""


def lecture_line(
    epoch: Epoch, experiment: Experiment, number: Callable[[float, int], str] | None = None, *, is_last: bool = True
) -> str:
    """`Epoch    2/10  W: 1.400, Cost: 0.746666`; past the plan, `After   10/10  W: …`.

    `number` formats a number with a number of decimals, by default like Python's `f` format. An epoch that is not the
    last is never written as the end, even past the plan.
    """
    write = number or (lambda value, decimals: f"{value:.{decimals}f}")
    rows, bias = experiment.layout.matrix([write(value, 3) for value in epoch.parameters])
    parts = [f"W: {in_rows(rows)}"]
    if bias:
        parts.append(f"b: {in_brackets(bias, len(bias))}")
    parts.append(f"Cost: {write(epoch.cost, 6)}")
    if epoch.validation is not None:
        parts.append(f"Validation: {write(epoch.validation, 6)}")
    taken = is_last and epoch.number > experiment.epochs
    place = f"After {epoch.number - 1:4d}" if taken else f"Epoch {epoch.number:4d}"
    return f"{place}/{experiment.epochs}  {', '.join(parts)}"


class Writer:
    """Formats the rows of one run."""

    def __init__(self, experiment: Experiment, style: Format, *, predicts: bool) -> None:
        """With `predicts`, the columns also include predictions."""
        self.experiment = experiment
        self.style = style
        names = experiment.parameter_names
        gradients = ("gradient" if name == "W" else f"gradient_{name}" for name in names)
        self._later: dict[str, Callable[[Epoch], float | None]] = {}
        """The columns that only some runs have, and the value of each at an epoch."""
        if experiment.has_schedule:
            self._later["lr"] = lambda epoch: experiment.settings_at(epoch.number).learning_rate
        if experiment.dataset.kept is not None:
            self._later["validation_cost"] = lambda epoch: epoch.validation
        self.columns = ("epoch", *names, "cost", *gradients, *self._later)
        features = experiment.dataset.features[: experiment.dataset.inputs]
        answers = numbered("H", experiment.layout.targets)
        self.extra = (*_distinct(features, (*self.columns, *answers)), *answers) if predicts else ()
        self._line = ",".join(["%r"] * len(self.columns)) + "," * len(self.extra)  # numbers need no quotation marks

    def header(self) -> str | None:
        """The line before the first row, or None if the format has none."""
        if self.style == "text":
            return sentences.opening(self.experiment)
        return _csv((*self.columns, *self.extra)) if self.style == "csv" else None

    def row(self, epoch: Epoch, *, stopped_by: str = "") -> str:
        """One epoch; `stopped_by` is the field of the stop condition that ended the run there."""
        if self.style == "lecture":
            return lecture_line(epoch, self.experiment)
        if self.style == "text":
            return sentences.sentence(epoch, self.experiment, stopped_by=stopped_by)
        later = (value(epoch) for value in self._later.values())
        values = (epoch.number, *epoch.parameters, epoch.cost, *epoch.gradient, *later)
        if self.style == "csv":
            return self._line % values
        # The validation cost may not be finite.
        numbers = (value if value is not None and math.isfinite(value) else None for value in values)
        return json.dumps(dict(zip(self.columns, numbers, strict=True)))

    def rows(self, epochs: list[Epoch]) -> str:
        """Several epochs, one line each; the run does not stop at any of them."""
        if self.style != "csv" or self._later:
            return "\n".join(map(self.row, epochs))
        line = self._line
        return "\n".join([line % (epoch.number, *epoch.parameters, epoch.cost, *epoch.gradient) for epoch in epochs])

    def divergence(self, number: int) -> str | None:
        """The line for an epoch whose cost is not finite, or None if the format has none."""
        return sentences.divergence(number) if self.style == "text" else None

    def prediction(self, x: tuple[float, ...], values: tuple[float, ...]) -> str:
        """H(x) at the end of the run, one number per target."""
        if self.style == "lecture":
            decimals = prediction_decimals(values)
            found = in_brackets([f"{value:.{decimals}f}" for value in values], len(values))
            return f"H({', '.join(map(shortest, x))}) = {found}"
        if self.style == "text":
            return sentences.prediction(x, values)
        if self.style == "csv":
            return _csv((*("" for _ in self.columns), *map(repr, (*x, *values))))
        return json.dumps(dict(zip(self.extra, (*x, *values), strict=True)))


def _distinct(names: tuple[str, ...], taken: tuple[str, ...]) -> tuple[str, ...]:
    """Names of features, changed so that they differ from each other and from the table's columns."""
    distinct: list[str] = []
    for name in names:
        while name in (*taken, *distinct):
            name = f"x_{name}"
        distinct.append(name)
    return tuple(distinct)


def _csv(cells: tuple[str, ...]) -> str:
    quoted = ('"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"') else cell for cell in cells)
    return ",".join(quoted)


def history_csv(experiment: Experiment, history: "History", length: int, stop: Event) -> bytes | None:
    """The first `length` epochs as `gdtui run --format csv` prints them; None if stopped."""
    writer = Writer(experiment, "csv", predicts=False)
    lines = [writer.header() or "", *_rows(writer, history, length, stop), ""]
    return None if stop.is_set() else "\n".join(lines).encode()


def history_json(experiment: Experiment, history: "History", length: int, stop: Event) -> bytes | None:
    """The first `length` epochs as `gdtui run --format jsonl` prints them, and the command that repeats the run."""
    rows = list(_rows(Writer(experiment, "jsonl", predicts=False), history, length, stop))
    head = f'{{"gdtui": {json.dumps(__version__)}, "command": {json.dumps(shell_line(experiment))}, "epochs": [\n'
    return None if stop.is_set() else (head + ",\n".join(rows) + "\n]}\n").encode()


def _rows(writer: Writer, history: "History", length: int, stop: Event) -> Iterator[str]:
    for index in range(length):
        if stop.is_set():
            return
        yield writer.row(history[index])


def suggested_name(experiment: Experiment, folder: Path, ending: str) -> str:
    """A name that does not exist in the folder: `lecture-lr0.1.csv`, `lecture-lr0.1-2.csv` …; without lr if it
    changes.
    """
    stem = re.sub(r"[^\w.-]+", "-", Path(experiment.dataset.name).stem)[:_LONGEST_STEM].strip("-.") or "run"
    if all(change.learning_rate in (None, experiment.learning_rate) for change in experiment.changes):
        stem = f"{stem}-lr{shortest(experiment.learning_rate)}"
    names = itertools.chain((f"{stem}{ending}",), (f"{stem}-{number}{ending}" for number in itertools.count(2)))
    return next(name for name in names if not os.path.lexists(folder / name))
