"""Workspace files: all of a workspace comes back to the digit, and what is damaged is refused and left alone."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import msgspec
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from waiting import wait_for

from gdtui.descent.backend import BACKEND
from gdtui.errors import InputError, OutputError, UserError
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.lab.snapshot import Brought, Replay, Snapshot, take
from gdtui.lab.workspace import Workspace
from gdtui.storage import files, workspace_file
from gdtui.storage.table import read_table

fuzz = examples(300)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["adam", "A"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def workspace_of_many_runs(optimizer: Optimizer) -> Workspace:
    """A workspace with a pinned run, a ghost and a run under way that branched off it."""
    workspace = Workspace(Experiment(learning_rate=0.02, method="optim", optimizer=optimizer), BACKEND)
    workspace.step(6)
    workspace.pin()
    workspace.edit(Experiment(dataset=typed((1, 2, 3, 5), (2, 4, 6.5, 9)), has_bias=True, batch=3, seed=7), None)
    workspace.step(9)
    workspace.seek(4)
    workspace.set_rate(0.01)
    workspace.step(3)
    workspace.move(-1)
    return workspace


def brought_back(snapshot: Snapshot) -> Brought:
    brought = Replay(snapshot, BACKEND).bring(Event())
    assert brought
    return brought


def restored(snapshot: Snapshot) -> Workspace:
    """A workspace on which a snapshot lies."""
    workspace = Workspace(snapshot.present.experiment, BACKEND)
    brought = brought_back(snapshot)
    workspace.replace(brought.current, brought.kept)
    return workspace


def test_all_of_a_desk_comes_back_to_the_digit() -> None:
    workspace = workspace_of_many_runs(Optimizer("adam", (0.8, 0.99, 1e-7)))
    before = take(workspace)
    assert [(run.name, run.is_pinned) for run in before.runs] == [("A", True), ("B", False), ("", False)]
    content = workspace_file.encode(before)
    after = restored(workspace_file.decode(content))
    assert take(after) == before
    assert workspace_file.encode(take(after)) == content
    for old, new in zip((*workspace.board.kept, None), (*after.board.kept, None), strict=True):
        old_run, new_run = (old.run, new.run) if old and new else (workspace.run, after.run)
        assert [new_run.history[i] for i in range(len(new_run.history))] == [
            old_run.history[i] for i in range(len(old_run.history))
        ]
    workspace.step(20)
    after.step(20)
    assert after.run.epoch == workspace.run.epoch, "they go on alike too"


@pytest.mark.parametrize("has_bias", [False, True])
def test_raw_again_a_bench_that_was_opened_has_b_only_if_it_had_one(has_bias: bool) -> None:
    workspace = Workspace(Experiment(has_bias=has_bias), BACKEND)
    workspace.take(workspace.with_x_toggled())
    after = restored(workspace_file.decode(workspace_file.encode(take(workspace))))
    after.take(after.with_x_toggled())
    assert after.run.experiment == Experiment(has_bias=has_bias)


def test_it_is_json_that_can_be_read() -> None:
    workspace = Workspace(Experiment(learning_rate=0.05, changes=(Change(3, 0.1),)), BACKEND)
    workspace.step(2)
    backend = json.loads(workspace_file.encode(take(workspace)))
    assert backend == {
        "format": "gdtui bench",
        "version": 2,
        "gdtui": backend["gdtui"],
        "runs": [
            {
                "data": {"kind": "typed", "x": [1, 2, 3], "y": [1, 2, 3]},
                "known": 3,
                "epoch": 3,
                "cost": workspace.run.epoch.cost,
                "settings": {"lr": 0.05},
                "changes": [{"epoch": 3, "lr": 0.1}],
            }
        ],
        "current": 0,
    }


def test_a_workspace_of_version_1_still_opens_to_the_digit() -> None:
    content = (Path(__file__).parent / "reference" / "workspace-1.json").read_bytes()
    snapshot = workspace_file.decode(content)
    assert brought_back(snapshot).has_same_digits
    pinned, present = (run.experiment for run in snapshot.runs)
    assert pinned == Experiment(
        learning_rate=0.02,
        method="optim",
        optimizer=Optimizer("adam", (0.8, 0.99, 1e-7)),
        weight_decay=0.1,
        weights=(2.0,),
        dtype="float64",
        until_cost=0.001,
        epochs=50,
    )
    assert present == Experiment(
        dataset=typed((1, 2, 3, 5), (2, 4, 6.5, 9)).in_units(10).standardized(),
        bias=1.5,
        batch=3,
        seed=7,
        convention="mean",
        changes=(Change(4, 0.05, convention="sum", optimizer=Optimizer("momentum")),),
    )
    assert workspace_file.decode(workspace_file.encode(snapshot)) == snapshot


@given(st.data())
@fuzz
def test_a_damaged_workspace_of_version_1(data: st.DataObject) -> None:
    content = json.loads((Path(__file__).parent / "reference" / "workspace-1.json").read_bytes())
    run = content["runs"][data.draw(st.integers(0, 1))]
    run[data.draw(st.sampled_from([*run, "changes", "settings"]))] = data.draw(json_values)
    assert is_taken_or_refused(json.dumps(content).encode())


def test_a_run_that_diverged_comes_back_diverged() -> None:
    workspace = Workspace(Experiment(learning_rate=0.3, epochs=100), BACKEND)
    workspace.step(100)
    assert workspace.run.diverged_at == 39
    after = restored(workspace_file.decode(workspace_file.encode(take(workspace))))
    assert (after.run.diverged_at, after.run.state_at(after.run.cursor)) == (39, "diverged")


@pytest.mark.parametrize("standardize", [False, True])
def test_x_in_other_units_comes_back_so(standardize: bool) -> None:
    dataset = typed((1, 2, 3, 5), (2, 4, 6.5, 9)).in_units(10)
    workspace = Workspace(
        Experiment(dataset=dataset.standardized() if standardize else dataset, learning_rate=0.001), BACKEND
    )
    workspace.step(3)
    before = take(workspace)
    assert take(restored(workspace_file.decode(workspace_file.encode(before)))) == before


def test_several_typed_columns_come_back() -> None:
    workspace = Workspace(Experiment(dataset=typed((1, 2, 3), (0, 1, 5), (2, 4, 7)), learning_rate=0.01), BACKEND)
    before = take(workspace)
    assert take(restored(workspace_file.decode(workspace_file.encode(before)))) == before


def test_a_table_is_kept_by_its_path_and_refused_once_it_has_changed(tmp_path: Path) -> None:
    table = tmp_path / "the scores.csv"
    table.write_text("hours,sleep,score\n1,8,10\n2,,20\n3,6,35\n4,9,40\n")
    dataset = read_table(str(table), features=("hours",), target="3", drop_missing=True).dataset.standardized()
    workspace = Workspace(Experiment(dataset=dataset), BACKEND)
    workspace.pin()
    workspace.reset()
    content = workspace_file.encode(take(workspace))
    after = workspace_file.decode(content)
    assert after == take(workspace)
    assert after.runs[0].experiment.dataset.own_units is not dataset
    table.write_text("hours,sleep,score\n1,8,10\n2,,20\n3,6,35\n4,9,41\n")
    with pytest.raises(InputError, match=r"the scores.csv: it has changed"):
        workspace_file.decode(content)
    table.unlink()
    with pytest.raises(InputError, match=r"the scores.csv: no such file"):
        workspace_file.decode(content)


def test_data_that_could_not_be_read_again_is_not_saved(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff.csv"
    Path(os.fsdecode(odd)).write_text("1,2\n3,4\n")
    dataset = read_table(os.fsdecode(odd)).dataset
    with pytest.raises(OutputError, match="not UTF-8"):
        workspace_file.encode(take(Workspace(Experiment(dataset=dataset), BACKEND)))


def test_no_more_typed_numbers_are_saved_than_can_be_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace_file, "MOST_TYPED", 8)
    for numbers, is_saved in (((1.0, 2.0, 3.0, 4.0), True), ((1.0, 2.0, 3.0, 4.0, 5.0), False)):
        workspace = Workspace(Experiment(dataset=typed(numbers, numbers)), BACKEND)
        if is_saved:
            workspace_file.decode(workspace_file.encode(take(workspace)))
        else:
            with pytest.raises(OutputError, match=r"10 numbers .* only 8 can be saved .*--data"):
                workspace_file.encode(take(workspace))


def test_a_full_board_of_the_most_typed_numbers_can_be_opened_again() -> None:
    numbers = [-1.2345678901234567e-123] * (workspace_file.MOST_TYPED // 2)
    data = workspace_file.TypedData(tuple(numbers), tuple(numbers))
    size = len(msgspec.json.format(msgspec.json.encode({"runs": [{"data": data}]}), indent=1))
    assert size * workspace_file.MOST_RUNS <= workspace_file.MOST_BYTES


def test_other_digits_than_before_are_noticed() -> None:
    workspace = Workspace(Experiment(), BACKEND)
    workspace.step(3)
    snapshot = take(workspace)
    assert brought_back(snapshot).has_same_digits
    other = msgspec.structs.replace(snapshot.present, cost=snapshot.present.cost * (1 + 1e-6))
    assert not brought_back(Snapshot((other,), 0)).has_same_digits


def test_a_long_replay_can_be_stopped() -> None:
    snapshot = take(Workspace(Experiment(), BACKEND))
    replay = Replay(Snapshot((msgspec.structs.replace(snapshot.present, known=2_000_000_000),), 0), BACKEND)
    stop = Event()
    with ThreadPoolExecutor(1) as thread:
        brought = thread.submit(replay.bring, stop)
        wait_for(lambda: replay.taken > 100)
        stop.set()
        assert brought.result(20) is None


# Of the optimizers this one alone is there at once: all tests would wait for torch to load another.
GOOD = workspace_file.encode(take(workspace_of_many_runs(Optimizer())))


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(GOOD) | fields).encode()


def with_run(**fields: object) -> bytes:
    backend = json.loads(GOOD)
    backend["runs"][0] |= fields
    return json.dumps(backend).encode()


def with_setting(name: str, value: object) -> bytes:
    return with_run(settings={name: value})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "this is not a workspace that gdtui saved"),
        (b"epoch,W,cost\n1,0,4.67\n", "this is not a workspace that gdtui saved"),
        (b'{"format": "another", "version": 1}', "this is not a workspace that gdtui saved"),
        (b"\xff\xfe\x00", "this is not a workspace that gdtui saved"),
        (b"\x80\x04\x95pickle", "this is not a workspace that gdtui saved"),
        (b"[" * 1_000_000, "this is not a workspace that gdtui saved"),
        (b'{"a":' * 1_000_000, "it is nested too deeply"),
        (b'{"format": "gdtui bench", "version": ' + b"9" * 5000 + b"}", "this is not a workspace that gdtui saved"),
        (
            changed(version=3),
            "a newer gdtui saved it (version 3, but this one reads only up to 2",
        ),
        (changed(version=3, runs="in another form"), "a newer gdtui saved it"),
        (GOOD[: len(GOOD) // 2], "this is not a workspace that gdtui saved"),
        (changed(runs=[]), "it is damaged"),
        (changed(runs=json.loads(GOOD)["runs"] * 9), "it is damaged"),
        (changed(current=3), "it is damaged: there is no run 3 to continue"),
        (changed(current=0), "it is damaged: each run on the board needs a letter of its own"),
        (changed(surprise=1), "it is damaged (Object contains unknown field `surprise`)"),
        (with_run(name="B"), "it is damaged: each run on the board needs a letter of its own"),
        (with_run(epoch=8), "it is damaged: it shows epoch 8, but the run has only 7"),
        (with_setting("lr", "fast"), "it is damaged: lr: 'fast' is not a number"),
        (with_setting("lr", -1), "lr: must be greater than 0, not -1"),
        (with_setting("w0", [1, 2]), "w0: 2 given, but x has 1 column"),
        (with_setting("optimizer", "ada"), "it is damaged: optimizer: 'ada' is not one of sgd"),
        (with_setting("epochs", 10**30), "epochs: must be from 1 to 1,000,000,000"),
        (with_setting("learning_rate", 0.1), "it is damaged: there is no setting 'learning_rate'"),
        (with_run(changes=[{"lr": 0.1}]), "it is damaged: a change has no epoch"),
        (with_run(changes=[{"epoch": 2, "w0": 1}]), "it is damaged: there is no setting 'w0'"),
        (with_run(data={"kind": "table", "path": "-", "checksum": "0" * 64}), "it is damaged: its data has no path"),
        (with_run(data={"kind": "table", "path": "a\0b", "checksum": ""}), "not a file name"),
        (with_run(data={"kind": "typed", "x": [1], "y": [1, 2]}), "x has 1 number, but y has 2"),
        (with_run(data={"kind": "typed", "x": [], "y": []}), "at least one row"),
        (with_run(settings={"standardize": True}, data={"kind": "typed", "x": [1, 1], "y": [1, 2]}), "constant"),
    ],
    ids=range(31),
)
def test_what_is_refused_and_left_alone(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "lesson.json"
    path.write_bytes(content)
    before = files.version(path)
    with pytest.raises(InputError) as refused:
        workspace_file.read(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert (files.version(path), path.read_bytes()) == (before, content)


def test_special_and_huge_files_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(workspace_file.MOST_BYTES + 1)
    for name in ("pipe", ".", "/dev/zero"):
        with pytest.raises(InputError, match=r"not a regular file|this is a folder"):
            workspace_file.read(tmp_path / name)
    with pytest.raises(InputError, match="it is larger than the limit of 16 MiB"):
        workspace_file.read(tmp_path / "huge.json")


def is_taken_or_refused(content: bytes) -> bool:
    """Whether it is a snapshot, or one line says why not."""
    try:
        snapshot = workspace_file.decode(content)
    except UserError as error:
        return len(str(error).splitlines()) == 1
    return snapshot.present in snapshot.runs


@given(st.binary())
@fuzz
def test_any_bytes(content: bytes) -> None:
    assert is_taken_or_refused(content)


@given(st.data())
@fuzz
def test_a_damaged_bench(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        end = data.draw(st.integers(place, min(place + 8, len(content))))
        content[place:end] = data.draw(st.binary(max_size=6) | st.sampled_from([b"1e999", b"-1", b"null", b"[]", b'"']))
        content = content or bytearray(b" ")
    assert is_taken_or_refused(bytes(content))


@given(st.sampled_from(sorted(workspace_file.SavedRun.__struct_encode_fields__)), json_values)
@fuzz
def test_any_value_in_any_field_of_a_run(field: str, value: object) -> None:
    backend = json.loads(GOOD)
    backend["runs"][1][field] = value
    assert is_taken_or_refused(json.dumps(backend).encode())
