"""A class's folder as it is: what is wrong with one entry is flagged, and all others are graded."""

import csv
import errno
import io
import os
import re
from pathlib import Path

import msgspec
import pytest
from fake_backend import FAKE
from lessons import read, swapped

from gdtui.cli.main import command
from gdtui.descent.backend import BACKEND
from gdtui.errors import InputError
from gdtui.experiment.experiment import Experiment
from gdtui.storage import record, record_folder
from gdtui.teaching.events import Answer, GoOn, StepEpochs
from gdtui.teaching.grade import Grader
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.record import seal
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.report import as_gradescope, as_table

EVENTS = GoOn(), Answer("0.7"), GoOn(), Answer("left"), GoOn(), StepEpochs(count=1)


def handed_in(*events, loaded=None, learner: str = "ann") -> bytes:
    for path in record_folder.own_records():
        path.unlink()
    recorded_session = RecordedSession(loaded or read(), FAKE, learner)
    for event in events or EVENTS:
        assert recorded_session.take(event).is_accepted
    recorded_session.close()
    return own_sealed(())[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good record between whatever else is put there."""
    path = tmp_path / "collected"
    path.mkdir()
    (path / "m.jsonl").write_bytes(handed_in())
    return path


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The command; gives its exit code and what it printed."""
    (tmp_path / "small.toml").write_text(swapped("for the tests", "for the tests"))

    def run(*words: object, backend=FAKE) -> tuple[int, str, str]:
        given = [*map(str, words), "--lesson", str(tmp_path / "small.toml")]
        code = command.main(["grade", *given], standalone_mode=False, obj=lambda: backend)
        return (code, *capsys.readouterr())

    return run


def a_folder(path: Path) -> None:
    path.mkdir()


def a_dead_link(path: Path) -> None:
    path.symlink_to("nowhere")


def a_link_to_another_record(path: Path) -> None:
    path.symlink_to("m.jsonl")


def a_loop(path: Path) -> None:
    path.symlink_to(path)


def too_much(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(30 << 20)


def nothing(path: Path) -> None:
    path.touch()


def no_text(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


BAD = {
    a_folder: "this is a folder, not a file",
    os.mkfifo: "this is not a regular file",
    a_dead_link: "this is a symbolic link",
    a_link_to_another_record: "this is a symbolic link",
    a_loop: "this is a symbolic link",
    too_much: "it is larger than the limit of 8 MiB",
    nothing: "the file is empty",
    no_text: "a record cannot start with this line: its beginning may be missing",
}


UNCHECKED = "the file belongs to you, root, nobody or an unknown account"


@pytest.mark.parametrize("learner", ["ann", record.owner()])
def test_a_file_of_an_account_without_a_name_is_said_not_to_be_checked_whomever_it_names(folder, run, learner):
    (folder / "m.jsonl").write_bytes(handed_in(learner=learner))
    try:
        os.chown(folder / "m.jsonl", 54_321, -1)
    except PermissionError:
        pytest.skip("only root can give a file away")
    assert run(folder)[2] == f"gdtui: could not check the owner of 1 record: {UNCHECKED}\n"
    os.chown(folder / "m.jsonl", os.getuid(), -1)
    assert bool(run(folder)[2]) == (learner == "ann")


def test_bad_entries_are_flagged_and_the_one_between_them_is_graded(folder, run):
    paths = {folder / f"{place}-{make.__name__}.jsonl": make for make in BAD for place in ("a", "z")}
    for path, make in paths.items():
        make(path)
    code, out, err = run(folder)
    assert code == 5
    assert err == f"gdtui: could not check the owner of 1 record: {UNCHECKED}\n"
    for path, make in paths.items():
        assert f"{path}: {BAD[make]}" in out or f"{path}:1: {BAD[make]}" in out
    assert re.search(r"^ann +small +2/3 .*not finished$", out, re.MULTILINE)


def test_a_record_of_any_name_is_graded_and_what_is_no_record_is_named(folder, run):
    (folder / "m.jsonl").rename(folder / "ann.txt")
    (folder / "mailed").write_bytes((folder / "ann.txt").read_bytes().replace(b"\n", b"\r\n"))
    (folder / "notes.pdf").write_bytes(b"%PDF-1.4")
    (folder / "link").symlink_to("ann.txt")
    (folder / "sub").mkdir()
    (folder / ".0123.gdtui").write_bytes(b"on its way")
    code, out, err = run(folder, "--format", "csv")
    assert code == 0
    assert sorted(row["file"] for row in csv.DictReader(io.StringIO(out))) == [
        str(folder / name) for name in ("ann.txt", "mailed")
    ]
    assert err.splitlines()[:3] == [
        f"gdtui: not graded: {folder / name}: {reason}"
        for name, reason in (
            ("link", "this is a symbolic link"),
            ("notes.pdf", "this is not a record"),
            ("sub", "there are no records in this folder"),
        )
    ]


def test_submissions_as_moodle_packs_them_are_graded_from_a_folder_for_each_learner(folder, run):
    (folder / "m.jsonl").unlink()
    for number, learner in enumerate(("ann", "bob")):
        own = folder / f"{learner.title()} O'Neil_1234{number}_assignsubmission_file_"
        own.mkdir()
        (own / "mine.txt").write_bytes(handed_in(learner=learner))
        (own / "deeper").mkdir()
        (own / "deeper" / "too.jsonl").write_bytes(handed_in(learner=learner))
    essay = folder / "Cho_12349_assignsubmission_onlinetext_"
    essay.mkdir()
    (essay / "onlinetext.html").write_text("<p>none</p>")
    code, out, err = run(folder, "--format", "csv")
    assert code == 0
    assert [row["learner"] for row in csv.DictReader(io.StringIO(out))] == ["ann", "bob"]
    assert [line.removeprefix(f"gdtui: not graded: {folder}/") for line in err.splitlines()[:3]] == [
        "Ann O'Neil_12340_assignsubmission_file_/deeper: this is a folder, not a file",
        "Bob O'Neil_12341_assignsubmission_file_/deeper: this is a folder, not a file",
        "Cho_12349_assignsubmission_onlinetext_/onlinetext.html: this is not a record",
    ]


def test_a_folder_of_other_things_is_said_to_have_no_records_and_names_some_of_them(tmp_path, run, capsys):
    for number in range(30):
        (tmp_path / f"{number:02}.csv").write_text("x,y")
    with pytest.raises(InputError, match="there are no records in this folder"):
        run(tmp_path)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 11
    assert said[-1].startswith("gdtui: not graded: 21 more entries of ")  # and the lesson of the command


def same(folder: Path) -> dict[str, str]:
    """Which file of a folder is said to be the same record as which."""
    grader = Grader([read()], FAKE)
    for path in sorted(folder.iterdir()):
        grader.take(str(path))
    return {Path(each.place).name: Path(each.same_as).name for each in grader.grades if each.same_as}


def test_a_copy_of_a_record_and_the_beginning_of_one_are_marked_and_not_flagged(folder, run):
    text = (folder / "m.jsonl").read_bytes()
    (folder / "n.jsonl").write_bytes(text)
    (folder / "o.jsonl").write_bytes(record.sealed(b"".join(text.splitlines(keepends=True)[:4]), "o", seal))
    (folder / "p.jsonl").write_bytes(handed_in(learner="bob"))
    assert same(folder) == {"n.jsonl": "m.jsonl", "o.jsonl": "m.jsonl"}
    code, out, _ = run(folder)
    assert code == 0
    assert f"{folder / 'n.jsonl'}: the same answers at the same times as in {folder / 'm.jsonl'}" in out
    _, out, _ = run(folder, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["same_as"] for row in rows] == ["", str(folder / "m.jsonl"), str(folder / "m.jsonl"), ""]


@pytest.mark.parametrize(("some", "is_same"), [(5, True), (4, False)])
def test_three_answers_of_another_learner_at_the_same_times_are_marked(tmp_path, monkeypatch, some, is_same):
    monkeypatch.setattr("gdtui.teaching.recorded_session.now", lambda: "2026-01-01T00:00:00Z")
    events = (GoOn(), Answer("-0.7"), Answer("0.7"), GoOn(), Answer("left"))[:some]
    for learner in ("ann", "bob"):
        (tmp_path / f"{learner}.jsonl").write_bytes(handed_in(*events, learner=learner))
    assert same(tmp_path) == ({"bob.jsonl": "ann.jsonl"} if is_same else {})


def test_a_file_without_permission_is_flagged_and_the_others_are_graded(folder, run, monkeypatch):
    (folder / "a.jsonl").write_bytes(handed_in(learner="bob"))
    real_open = os.open

    def opened(path, *flags, **options) -> int:
        if str(path).endswith("a.jsonl"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real_open(path, *flags, **options)

    monkeypatch.setattr(os, "open", opened)
    code, out, _ = run(folder)
    assert code == 5
    assert f"{folder / 'a.jsonl'}: no permission to read it" in out
    assert "2/3" in out


def test_a_folder_that_cannot_be_looked_into_is_not_called_empty(folder, run, monkeypatch):
    def denied(path: Path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", denied)
    with pytest.raises(Exception, match="collected: no permission to read it"):
        run(folder)


@pytest.mark.parametrize("error", [RuntimeError("Storage size overflows"), MemoryError(), OverflowError("too large")])
def test_a_record_whose_lesson_makes_torch_complain_is_flagged_and_the_others_are_graded(folder, run, error):
    (folder / "a.jsonl").write_bytes(handed_in(learner="bob"))
    trainers = []

    def trainer(experiment: Experiment):
        trainers.append(experiment)
        if len(trainers) == 1:
            raise error
        return FAKE.trainer(experiment)

    code, out, _ = run(folder, backend=msgspec.structs.replace(FAKE, trainer=trainer))
    assert code == 5
    assert f"{folder / 'a.jsonl'}:1: it cannot be replayed: {error}" in out
    assert re.search(r"^ann +small +2/3 ", out, re.MULTILINE)


def test_a_lesson_whose_first_page_cannot_be_computed_is_the_flag_of_its_record(tmp_path):
    """Its record was made by a gdtui that took more updates to a page."""
    big = read(swapped('[[step]]\nname = "read"', '[[step]]\nname = "read"\nafter = 9_000'))
    (tmp_path / "a.jsonl").write_bytes(handed_in(GoOn(), loaded=big))
    grader = Grader([big], BACKEND, most_updates=1_000)
    grader.take(str(tmp_path / "a.jsonl"))
    (found,) = grader.grades
    assert ["more than 1,000 updates" in flag.reason for flag in found.flags] == [True]


def test_updates_are_counted_for_a_file_and_for_a_learner(tmp_path):
    one, other = handed_in(), handed_in(learner="bob")
    (tmp_path / "one.jsonl").write_bytes(one)
    (tmp_path / "other.jsonl").write_bytes(other)
    (tmp_path / "both.jsonl").write_bytes(one + other)

    def reasons(most: int, *names: str) -> list[list[str]]:
        grader = Grader([read()], FAKE, most_updates=most)
        for name in names:
            grader.take(str(tmp_path / f"{name}.jsonl"))
        return [[flag.reason for flag in found.flags] for found in grader.grades]

    most = next(most for most in range(10, 1000, 10) if reasons(most, "one") == [[]])
    too_many = [f"more than {most} updates for one file or learner (--most-updates allows more)"]
    assert reasons(most, "both") == [[], too_many]
    assert reasons(most, "one", "other", "one") == [[], [], too_many]
    assert reasons(2 * most, "both", "other", "one") == [[], [], [], []]


def test_the_budget_is_an_option(folder, run):
    assert run(folder, "--most-updates", "1")[0] == 5
    assert run(folder, "--most-updates", "1000")[0] == 0


def test_interrupted_it_prints_what_is_graded_so_far(folder, run):
    for name, learner in (("a", "bob"), ("z", "cho")):
        (folder / f"{name}.jsonl").write_bytes(handed_in(learner=learner))
    trainers = []

    def trainer(experiment: Experiment):
        trainers.append(experiment)
        if len(trainers) > most:
            raise KeyboardInterrupt
        return FAKE.trainer(experiment)

    most = 10**6
    run(folder / "a.jsonl", folder / "m.jsonl", backend=msgspec.structs.replace(FAKE, trainer=trainer))
    most, _ = len(trainers), trainers.clear()
    code, out, err = run(folder, backend=msgspec.structs.replace(FAKE, trainer=trainer))
    assert code == 130
    assert "interrupted: 2 of 3 files graded" in err
    assert [line.split()[0] for line in out.splitlines()] == ["learner", "bob", "ann"]


def test_a_learner_who_sees_the_results_sees_nothing_of_the_teachers_folders(tmp_path):
    (tmp_path / "bad.jsonl").mkdir()
    grader = Grader([read()], FAKE)
    grader.take(str(tmp_path / "bad.jsonl"))
    assert str(tmp_path) not in as_gradescope(grader.grades)
    assert str(tmp_path) in as_table(grader.grades)
