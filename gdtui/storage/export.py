"""What a run leaves to be taken away: its history as CSV or JSON, under a name that says what it is."""

import itertools
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from gdtui import __version__
from gdtui.experiment.command_line import shell_line
from gdtui.experiment.experiment import Experiment
from gdtui.lab.history import History
from gdtui.numbers import shortest
from gdtui.storage.rows import Writer

_LONGEST_STEM = 40


def history_csv(experiment: Experiment, history: History, length: int, stop: Event) -> bytes | None:
    """The first `length` epochs, as `gdtui run --format csv` prints them; None where it was stopped."""
    writer = Writer(experiment, "csv", predicts=False)
    lines = [writer.header() or "", *_rows(writer, history, length, stop), ""]
    return None if stop.is_set() else "\n".join(lines).encode()


def history_json(experiment: Experiment, history: History, length: int, stop: Event) -> bytes | None:
    """The first `length` epochs as `gdtui run --format jsonl` prints them, and the command that makes them anew."""
    rows = list(_rows(Writer(experiment, "jsonl", predicts=False), history, length, stop))
    head = f'{{"gdtui": {json.dumps(__version__)}, "command": {json.dumps(shell_line(experiment))}, "epochs": [\n'
    return None if stop.is_set() else (head + ",\n".join(rows) + "\n]}\n").encode()


def _rows(writer: Writer, history: History, length: int, stop: Event) -> Iterator[str]:
    for index in range(length):
        if stop.is_set():
            return
        yield writer.row(history[index])


def suggested_name(experiment: Experiment, folder: Path, ending: str) -> str:
    """A name that no file in the folder has: `lecture-lr0.1.csv`, `lecture-lr0.1-2.csv` …"""
    stem = re.sub(r"[^\w.-]+", "-", Path(experiment.dataset.name).stem)[:_LONGEST_STEM].strip("-.") or "run"
    stem = f"{stem}-lr{shortest(experiment.learning_rate)}"
    names = itertools.chain((f"{stem}{ending}",), (f"{stem}-{number}{ending}" for number in itertools.count(2)))
    return next(name for name in names if not os.path.lexists(folder / name))
