"""What is taken away of a run: its history, to the same digits as without a screen."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import msgspec
import pytest

from gdtui.cli import main as cli
from gdtui.descent.backend import BACKEND
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import Dataset, column
from gdtui.experiment.experiment import Experiment
from gdtui.lab.workspace import Workspace
from gdtui.storage import rows

EXPERIMENTS = {
    "lecture": (Experiment(epochs=5), ["--epochs", "5"]),
    "optimizer": (
        Experiment(epochs=4, method="optim", has_bias=True, changes=(Change(3, 0.05),)),
        ["--epochs", "4", "--method", "optim", "--bias", "--then", "3:lr=0.05"],
    ),
}


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str, list[str]], str]:
    """What `gdtui run` prints, in the test's own process, where torch is loaded once."""

    def printed(style: str, words: list[str]) -> str:
        monkeypatch.setattr(sys, "argv", ["gdtui", "run", "--format", style, *words])
        capsys.readouterr()
        assert cli.run_safely() == 0
        return capsys.readouterr().out

    return printed


@pytest.mark.parametrize(("experiment", "words"), EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_the_history_has_the_digits_of_a_run_without_a_screen(
    experiment: Experiment, words: list[str], printed: Callable[[str, list[str]], str]
) -> None:
    workspace = Workspace(experiment, BACKEND)
    workspace.step(experiment.epochs)
    history = workspace.run.history
    csv = rows.history_csv(experiment, history, len(history), Event())
    assert csv is not None
    assert csv.decode() == printed("csv", words)
    exported = json.loads(rows.history_json(experiment, history, len(history), Event()) or b"")
    assert exported["epochs"] == [json.loads(line) for line in printed("jsonl", words).splitlines()]
    assert (
        exported["command"].split()[1:] == words if "--then" not in words else exported["command"].endswith("lr=0.05")
    )


def test_it_can_be_stopped() -> None:
    workspace, stop = Workspace(Experiment(), BACKEND), Event()
    stop.set()
    assert rows.history_csv(workspace.run.experiment, workspace.run.history, 1, stop) is None
    assert rows.history_json(workspace.run.experiment, workspace.run.history, 1, stop) is None


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("lecture", "lecture"),
        ("scores.csv", "scores"),
        ("../../etc/pass wd.csv", "pass-wd"),
        ("점수 1반.csv", "점수-1반"),
        ("-rf.csv", "rf"),
        (".csv", "csv"),
        ("\ufffd\ufffd.csv", "run"),
        ("x" * 300, "x" * 40),
    ],
)
def test_the_suggested_name_says_what_it_is_and_is_free(tmp_path: Path, name: str, stem: str) -> None:
    dataset = Dataset((column((1, 2)),), column((1, 2)), ("x",), "y", name)
    experiment = Experiment(dataset=dataset, learning_rate=0.05)
    suggested = rows.suggested_name(experiment, tmp_path, ".csv")
    assert suggested == f"{stem}-lr0.05.csv"
    (tmp_path / suggested).symlink_to("nowhere")
    assert rows.suggested_name(experiment, tmp_path, ".csv") == f"{stem}-lr0.05-2.csv"
    (tmp_path / f"{stem}-lr0.05-2.csv").touch()
    assert rows.suggested_name(experiment, tmp_path, ".csv") == f"{stem}-lr0.05-3.csv"


def test_the_suggested_name_leaves_out_an_lr_that_changes(tmp_path: Path) -> None:
    run = Experiment(learning_rate=0.05)
    slower = msgspec.structs.replace(run, changes=(Change(4, learning_rate=0.02),))
    assert rows.suggested_name(slower, tmp_path, ".csv") == "lecture.csv"
    by_autograd = msgspec.structs.replace(run, changes=(Change(4, method="autograd"),))
    assert rows.suggested_name(by_autograd, tmp_path, ".csv") == "lecture-lr0.05.csv"
