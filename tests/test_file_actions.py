"""Exporting, saving and opening by key, and the work that is offered after a crash."""

import json
import os
import signal
from pathlib import Path

import msgspec
import pytest
from fake_backend import COMMAND, FAKE
from lab_pilot import Lab, opened
from problems import ending
from terminal import Terminal
from waiting import wait_for

from gdtui.descent.backend import BACKEND
from gdtui.errors import OutputError
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.lab.snapshot import Snapshot, take
from gdtui.lab.workspace import Workspace
from gdtui.storage import files, recovery, workspace_file
from gdtui.ui.common.status import Status
from gdtui.ui.panels.key_bar import bar
from gdtui.ui.panels.prompt import Prompt


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with nothing in it."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


async def answer(lab: Lab, text: str | None = None) -> None:
    """Answer the question for a file's name: as suggested, or with another."""
    field = lab.screen.query_one("#prompt-field")
    await lab.until(lambda: lab.screen.focused is field)
    if text is not None:
        field.value = text
    await lab.press("enter")
    await lab.until(lambda: not lab.screen.background.is_busy)


def question(lab: Lab) -> str:
    return str(lab.screen.query_one("#prompt-question").content).strip()


def reason(lab: Lab) -> str:
    return str(lab.screen.query_one("#prompt-reason").content).strip()


def is_asking(lab: Lab) -> bool:
    return lab.screen.query_one(Prompt).has_class("-asking")


def left_behind(epochs: int, experiment: Experiment | None = None) -> Snapshot:
    """Work that a session has left."""
    workspace = Workspace(experiment or Experiment(), FAKE)
    autosave = recovery.Autosave(take(workspace), pytest.fail)
    workspace.step(epochs)
    autosave.start()
    autosave.keep(take(workspace))
    autosave.end(is_orderly=False)
    return take(workspace)


# Export


@pytest.mark.parametrize("key", ["x", "ctrl+s"])
async def test_a_folder_that_has_gone_meanwhile_is_no_end(folder: Path, key: str):
    async with opened() as lab:
        folder.rmdir()
        await lab.press(key)
        await answer(lab)
        await lab.until(lambda: "there is no such folder" in lab.screen.status.notice)


async def test_the_history_goes_into_the_file_that_is_shown_first(folder: Path):
    async with opened() as lab:
        await lab.press("3", "space", "x")
        assert question(lab) == "export to (.csv .json .py .ipynb .svg .txt)"
        assert lab.screen.query_one("#prompt-field").value == "lecture-lr0.1.csv"
        await answer(lab)
        await lab.until(lambda: "Wrote the 3 epochs taken, and the next, to lecture-lr0.1.csv." in lab.keys)
        lines = (folder / "lecture-lr0.1.csv").read_text().splitlines()
        assert lines[0] == "epoch,W,cost,gradient"
        assert [line.partition(",")[0] for line in lines[1:]] == ["1", "2", "3", "4"]
        await lab.press("x")
        assert lab.screen.query_one("#prompt-field").value == "lecture-lr0.1-2.csv"
        await answer(lab, "run.JSON")
        assert len(json.loads((folder / "run.JSON").read_bytes())["epochs"]) == 4


async def test_the_run_goes_into_a_script_that_checks_itself(folder: Path):
    async with opened(backend=BACKEND) as lab:
        await lab.press("3", "space", "x")
        await answer(lab, "lecture.py")
        await lab.until(lambda: "Wrote the 3 epochs taken as a Python script to lecture.py." in lab.keys)
        three = Experiment(epochs=3)
        assert (folder / "lecture.py").read_text() == BACKEND.script(three, ending(three))


async def test_a_python_that_the_shell_does_not_find_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "python3").touch()
    monkeypatch.setattr("sys.argv", [str(folder / "gdtui")])
    monkeypatch.setattr("sys.executable", str(folder / "python3"))
    async with opened(backend=BACKEND) as lab:
        await lab.press("3", "x")
        await answer(lab, "run.py")
        await lab.until(lambda: (folder / "run.py").exists())
        await lab.until(lambda: "Run it: /" in lab.keys)
    assert (folder / "run.py").read_text().startswith(f"#!{folder}/python3\n")


async def test_before_the_first_epoch_the_script_has_the_planned_ones(folder: Path):
    async with opened(backend=BACKEND) as lab:
        await lab.press("x")
        await answer(lab, "lecture.ipynb")
        await lab.until(lambda: "Wrote the planned 10 epochs as a notebook to lecture.ipynb." in lab.keys)
        assert (folder / "lecture.ipynb").read_text() == BACKEND.notebook(Experiment(), ending(Experiment()))


async def test_the_script_goes_as_far_as_the_run_and_has_the_changes_on_the_way(folder: Path):
    async with opened(Experiment(epochs=2), backend=BACKEND) as lab:
        await lab.press("3", "space", "plus", "2", "space", "plus", "left", "x")
        await answer(lab, "lecture.py")
        await lab.until(lambda: "Wrote the 5 epochs taken" in lab.keys)
        taken = Experiment(epochs=5, changes=(Change(4, 0.12),))
        assert (folder / "lecture.py").read_text() == BACKEND.script(taken, ending(taken))


async def test_the_picture_is_the_screen_without_the_question(folder: Path):
    async with opened(backend=BACKEND) as lab:
        await lab.press("space", "x")
        await answer(lab, "screen.txt")
        await lab.until(lambda: "Wrote the screen to " in lab.keys)
        text = (folder / "screen.txt").read_text()
        assert len(text.splitlines()) == 24
        assert "Epoch    2/10  W: 1.400, Cost: 0.746666" in text
        assert "export to" not in text
        await lab.press("x")
        await answer(lab, "screen.svg")
        await lab.until(lambda: (folder / "screen.svg").exists())
        picture = (folder / "screen.svg").read_text()
        assert picture.startswith("<svg")
        assert "0.746666" in picture


async def test_a_file_that_is_there_is_written_over_after_a_yes_alone(folder: Path):
    precious = folder / "run.csv"
    precious.write_text("precious")
    async with opened() as lab:
        await lab.press("x")
        await answer(lab, "run.csv")
        await lab.until(lambda: "run.csv already exists. Overwrite it?" in lab.keys)
        assert precious.read_text() == "precious"
        await lab.press("n")
        assert precious.read_text() == "precious"
        await lab.press("x")
        await answer(lab, "run.csv")
        await lab.press("y")
        await lab.until(lambda: "Wrote epoch 1 to run.csv." in lab.keys)
        assert precious.read_text().startswith("epoch,W")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("run", "the name must end in .csv .json .py .ipynb .svg .txt"),
        ("run.exe", "the name must end in .csv .json .py .ipynb .svg .txt"),
        ("", "the name must end in"),
        ("folder.csv", "this is a folder, not a file"),
        ("link.csv", "this is a symbolic link"),
    ],
)
async def test_names_that_are_not_taken_say_why_and_ask_on(folder: Path, name: str, why: str):
    (folder / "folder.csv").mkdir()
    (folder / "link.csv").symlink_to("nowhere")
    async with opened() as lab:
        await lab.press("x")
        await answer(lab, name)
        assert why in reason(lab)
        assert is_asking(lab)
        await lab.press("escape")
        assert not is_asking(lab)
        assert sorted(entry.name for entry in folder.iterdir()) == ["folder.csv", "link.csv"]


async def test_a_folder_that_is_not_there_is_said(folder: Path):
    async with opened() as lab:
        await lab.press("x")
        await answer(lab, "no/such/run.csv")
        await lab.until(lambda: "there is no such folder" in lab.keys)


# Save and open


@pytest.mark.parametrize("keys", [["x"], ["ctrl+s"], ["ctrl+s", "ctrl+s"], ["x", "ctrl+s"]])
async def test_a_name_typed_takes_the_place_of_the_suggested_one(folder: Path, keys: list[str]):
    async with opened() as lab:
        await lab.press(*keys, "w", "s")
        assert lab.screen.query_one("#prompt-field").value == "ws"


@pytest.mark.parametrize("key", ["x", "ctrl+s"])
async def test_a_current_folder_that_is_gone_is_said(folder: Path, key: str):
    async with opened() as lab:
        folder.rmdir()
        await lab.press(key)
        await answer(lab)
        assert "there is no such folder" in reason(lab) + lab.keys


async def test_a_bench_is_saved_and_opened_with_all_its_runs(folder: Path):
    async with opened() as lab:
        await lab.press("5", "space", "p", "2", "left", "plus", "space", "ctrl+s")
        assert lab.screen.query_one("#prompt-field").value == "lecture.workspace.json"
        await answer(lab)
        await lab.until(lambda: "Saved 2 runs to " in lab.keys)
        saved = take(lab.screen.workspace)
        assert workspace_file.read("lecture.workspace.json")[0] == saved
        await lab.press("space", "ctrl+s")
        await lab.until(lambda: workspace_file.read("lecture.workspace.json")[0] != saved)
        saved = take(lab.screen.workspace)

    async with opened(Experiment(learning_rate=0.02)) as lab:
        await lab.press("O")
        assert question(lab) == "open workspace (enter: lecture.workspace.json)"
        await answer(lab)
        await lab.until(lambda: "Opened lecture.workspace.json: 2 runs." in lab.keys)
        assert take(lab.screen.workspace) == saved
        assert "lr 0.12 " in lab.text("#parameters")
        await lab.press("space", "ctrl+s")
        await lab.until(lambda: workspace_file.read("lecture.workspace.json")[0] != saved)


async def test_the_workspace_saved_last_in_the_folder_is_offered(folder: Path):
    Path("aaa.json").write_text('{"some": "other file"}')
    async with opened() as lab:
        await lab.press("O")
        assert question(lab) == "open workspace"
        await answer(lab, "")
        assert reason(lab) == "type the name of a file"
    for name, seconds in (("zzz.json", 1), ("old.json", 2), ("new.json", 3), ("mid.json", 2)):
        files.write(Path(name), workspace_file.encode(take(Workspace(Experiment(learning_rate=0.02), FAKE))))
        os.utime(name, (seconds, seconds))
    async with opened() as lab:
        await lab.press("O")
        assert question(lab) == "open workspace (enter: new.json)"
        await answer(lab)
        await lab.until(lambda: "Opened new.json" in lab.keys)
        await lab.press("O")
        await answer(lab, "old.json")
        await lab.until(lambda: "Opened old.json" in lab.keys)
        await lab.press("O")
        assert question(lab) == "open workspace (enter: old.json)"


async def test_opening_asks_before_work_that_is_not_saved_is_given_up(folder: Path):
    files.write(Path("other.json"), workspace_file.encode(take(Workspace(Experiment(learning_rate=0.02), FAKE))))
    async with opened() as lab:
        await lab.press("space", "O")
        await answer(lab, "other.json")
        await lab.until(lambda: "This workspace is not saved." in lab.keys)
        await lab.press("n")
        assert lab.screen.workspace.run.experiment.learning_rate == 0.1
        await lab.press("O")
        await answer(lab, "other.json")
        await lab.press("y")
        await lab.until(lambda: lab.screen.workspace.run.experiment.learning_rate == 0.02)


async def test_what_another_session_saved_meanwhile_is_not_written_over(folder: Path):
    async with opened() as lab:
        await lab.press("space", "ctrl+s")
        await answer(lab, "ours.json")
        await lab.until(lambda: "Saved" in lab.keys)
        theirs = workspace_file.encode(take(Workspace(Experiment(learning_rate=0.07), FAKE)))
        files.write(Path("ours.json"), theirs, over=files.version(Path("ours.json")))
        await lab.press("space", "ctrl+s")
        assert "it has been changed in the meantime" in lab.keys
        assert Path("ours.json").read_bytes() == theirs
        await lab.press("ctrl+s")
        assert is_asking(lab)


async def test_a_bench_that_cannot_be_opened_says_why_and_nothing_changes(folder: Path):
    Path("bad.json").write_text('{"format": "gdtui bench", "version": 3}')
    async with opened() as lab:
        for name, why in (("bad.json", "a newer gdtui saved it"), ("gone.json", "no such file"), (".", "a folder")):
            await lab.press("O")
            await answer(lab, name)
            await lab.until(lambda why=why: why in lab.keys)
    assert Path("bad.json").read_text() == '{"format": "gdtui bench", "version": 3}'


@pytest.mark.slow
async def test_opening_a_long_run_shows_how_far_it_is_and_stops_by_escape(folder: Path):
    snapshot = take(Workspace(Experiment(epochs=1_000_000_000), FAKE))
    long = msgspec.structs.replace(snapshot.present, known=1_000_000_000)
    Path("long.json").write_bytes(workspace_file.encode(Snapshot((long,), 0)))
    async with opened() as lab:
        await lab.press("O")
        lab.screen.query_one("#prompt-field").value = "long.json"
        await lab.press("enter")
        await lab.until(lambda: "of 1,000,000,000 epochs; escape stops" in lab.keys)
        await lab.press("space", "space")
        assert lab.screen.workspace.run.cursor == 0, "keys wait"
        await lab.press("escape")
        await lab.until(lambda: lab.screen.workspace.run.cursor == 2)
        assert lab.screen.workspace.run.experiment.epochs == 10


# Work in progress


async def test_nothing_is_kept_of_a_run_nobody_touched():
    async with opened() as lab:
        await lab.press("v", "question_mark", "escape")
        assert not recovery.folder().exists()
    assert not recovery.folder().exists()


async def test_work_is_kept_by_itself_and_taken_away_at_an_orderly_end():
    async with opened() as lab:
        await lab.press("space")
        autosave = lab.screen.file_actions.autosave
        await lab.until(lambda: autosave.kept == take(lab.screen.workspace))
        assert workspace_file.read(autosave.path, is_private=True)[0].present.known == 2
        await lab.press("q")
    assert list(recovery.folder().iterdir()) == []


def test_a_question_that_is_too_long_leaves_its_answers_in_sight():
    shown = "".join(text for text, _role in bar(Status(question="This workspace is not saved. " * 3), [], 60))
    assert shown.endswith("…  y yes  n no")
    assert len(shown) == 60


async def test_quitting_asks_where_pinned_runs_are_in_no_file(folder: Path):
    async with opened() as lab:
        await lab.press("space", "p", "q")
        assert "1 pinned run is not saved (ctrl+s). Quit?  y or q yes  n no" in lab.keys
        await lab.press("enter")
        assert "Quit?" in lab.keys, "enter is pressed without reading, and nothing brings the runs back"
        await lab.press("n")
        assert lab.app.return_code is None
        await lab.press("ctrl+s")
        await answer(lab)
        await lab.until(lambda: "Saved" in lab.keys)
        await lab.press("q")
        assert lab.app.return_code == 0
    async with opened() as lab:
        await lab.press("p", "q", "q")
        assert lab.app.return_code == 0, "who presses it once more means it"


async def test_what_was_left_is_offered_without_taking_a_key():
    work = left_behind(4)
    async with opened() as lab:
        assert lab.keys.startswith("Your work from ")
        assert lab.keys.endswith("was saved. O opens it.")
        await lab.press("space")
        assert lab.screen.workspace.run.cursor == 1
        await lab.press("u", "O")
        assert question(lab).startswith("open workspace (enter: your work from ")
        await answer(lab)
        await lab.press("y")
        await lab.until(lambda: take(lab.screen.workspace) == work)
        autosave = lab.screen.file_actions.autosave
        await lab.until(lambda: autosave.kept == work and len(list(recovery.folder().glob("*.json"))) == 1)
        assert workspace_file.read(autosave.path, is_private=True)[0] == work
        await lab.press("q")
    assert recovery.left() is None


async def test_work_that_is_not_taken_up_is_offered_again():
    left_behind(4)
    for _ in range(2):
        async with opened() as lab:
            await lab.press("space", "q")
        assert recovery.left()


async def test_a_disk_that_cannot_be_written_is_said_once_and_the_lab_goes_on(monkeypatch: pytest.MonkeyPatch):
    def fail(path: Path, content: bytes) -> None:
        raise OutputError(f"{path.name}: Read-only file system")

    monkeypatch.setattr(recovery, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(files, "write_private", fail)
    async with opened() as lab:
        await lab.press("space")
        await lab.until(lambda: lab.keys == "Your work is no longer being saved: Read-only file system")
        await lab.press("space")
        assert lab.screen.workspace.run.cursor == 2
        assert "no longer" not in lab.keys


# In a terminal


@pytest.mark.slow
def test_work_survives_a_kill_and_a_dropped_connection():
    for end in (signal.SIGKILL, signal.SIGHUP):
        with Terminal(COMMAND) as terminal:
            terminal.wait_for("epoch 1/10", timeout=60)
            terminal.press("space", "space", "space")
            terminal.wait_for("epoch 4/10")
            if end == signal.SIGKILL:
                wait_for(lambda: any(b'"known": 4' in path.read_bytes() for path in recovery.folder().glob("*.json")))
            os.kill(terminal.pid, end)
            terminal.wait()
        with Terminal(COMMAND) as terminal:
            terminal.wait_for("was saved. O opens it.", timeout=60)
            terminal.press("O")
            terminal.wait_for("enter: your work from")
            terminal.press("enter")
            terminal.wait_for("epoch 4/10")
            terminal.press("q")
            assert terminal.wait() == 0
        assert recovery.left() is None


def test_a_bench_is_opened_from_the_command_line(folder: Path):
    workspace = Workspace(Experiment(learning_rate=0.02, epochs=40), FAKE)
    workspace.step(6)
    workspace.pin()
    workspace.move(-2)
    Path("lesson 1.json").write_bytes(workspace_file.encode(take(workspace)))
    with Terminal([*COMMAND, "--open", "lesson 1.json"]) as terminal:
        terminal.write(b" ")
        terminal.wait_for("epoch 6/40", timeout=60)
        terminal.press("ctrl+s")
        terminal.wait_for("Saved 1 run to ")
        terminal.press("q")
        assert terminal.wait() == 0
    assert workspace_file.read("lesson 1.json")[0].present.cursor == 5


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--open", "gone.json"], "gone.json: no such file"),
        (["--open", "here.json"], "here.json: this is not a workspace that gdtui saved"),
        (
            ["--open", "here.json", "--lr", "0.2"],
            "a workspace has its own experiments: give --open or --lr, not both",
        ),
        (["--open", "here.json", "run"], "--open is for the lab: leave it out of gdtui run"),
    ],
)
def test_a_bench_that_cannot_be_opened_is_one_line(words: list[str], why: str):
    Path("here.json").write_text("{}")
    with Terminal([*COMMAND, *words], columns=200) as terminal:
        assert terminal.wait() == 2
        assert terminal.text.strip().startswith(f"gdtui: {why}")
        assert b"\x1b[?1049h" not in terminal.sent
