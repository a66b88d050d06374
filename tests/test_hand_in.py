"""Handing in: what is new gets there, nobody else reads or replaces it, and a file is held against its owner."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from accounts import Accounts, accounts
from fake_backend import FAKE
from lessons import read

from gdtui.cli.main import command
from gdtui.errors import OutputError
from gdtui.storage import files, manual, record, record_folder
from gdtui.storage.hand_in import VARIABLE, hand_in, trouble
from gdtui.teaching.events import Answer, GoOn
from gdtui.teaching.grade import Grader, grade
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.recorded_session import RecordedSession


def sit(*events, learner: str = "ann", **options) -> None:
    recorded_session = RecordedSession(read(), FAKE, learner, **options)
    for event in events:
        assert recorded_session.take(event).is_accepted
    recorded_session.close()


def sealed(*events, learner: str = "ann") -> bytes:
    """What somebody hands in."""
    for path in record_folder.own_records():
        path.unlink()
    sit(*events, learner=learner)
    return own_sealed(())[0]


def graded(folder: Path) -> Grader:
    grader = Grader([read()], FAKE)
    for path in sorted(folder.glob("*.jsonl")):
        grader.take(str(path))
    return grader


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """An empty folder."""
    path = tmp_path / "box"
    path.mkdir()
    return path


def test_handed_in_again_a_record_takes_the_place_of_its_beginning_and_only_what_is_new_is_added(box):
    sit(GoOn())
    assert hand_in(box, "ann", own_sealed(())[0])
    assert not hand_in(box, "ann", own_sealed(())[0]), "nothing was done since"
    sit(Answer("0.7"))
    (more,) = own_sealed(())
    assert hand_in(box, "ann", more)
    assert [path.read_bytes() for path in box.iterdir()] == [more]
    sit(GoOn(), Answer("9"), anew=True)  # perhaps in the same second, so that both begin alike
    texts = own_sealed(())
    assert [hand_in(box, "ann", text) for text in texts].count(True) == 1
    assert len(list(box.iterdir())) == 2
    assert [found.flags for found in graded(box).grades] == [(), ()]


def test_the_command_says_how_many_records_are_new(box, monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, str(box))
    for said in ("1 record handed in to ", ", 1 record unchanged"):
        sit(GoOn()) if not record_folder.own_records() else None
        command.main(["hand-in"], standalone_mode=False)
        assert said in capsys.readouterr().err


def test_a_record_that_was_edited_is_handed_in_named_and_flagged(box, monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, str(box))
    sit(GoOn())
    command.main(["hand-in"], standalone_mode=False)
    sit(Answer("0.7"))
    (path,) = record_folder.own_records()
    path.write_bytes(path.read_bytes().replace(b'"0.7"', b'"0.8"'))
    said = []
    for _ in range(2):
        capsys.readouterr()
        assert command.main(["hand-in"], standalone_mode=False) == 0
        said.append(capsys.readouterr().err)
    where = f"{path}:3: the line was edited, or one before it is missing"
    assert all(f"handed in as it is, to be flagged when it is graded: {where}\n" in err for err in said)
    assert "1 record handed in" in said[0]
    assert "1 record unchanged" in said[1]
    assert [found.flags[0].line for found in graded(box).grades] == [3]


def test_a_name_tells_the_account_and_nothing_that_could_be_guessed(box):
    text = sealed(GoOn())
    hand_in(box, "ann", text)
    (path,) = box.iterdir()
    assert re.fullmatch(r"ann-[0-9a-f]{16}\.jsonl", path.name)
    other = box.parent / "other"
    other.mkdir()
    (record_folder.folder().parent / "hand-in-key").unlink()
    hand_in(other, "ann", text)
    assert next(other.iterdir()).name != path.name, "it comes from a secret"
    assert stat.S_IMODE((record_folder.folder().parent / "hand-in-key").stat().st_mode) == 0o600


def test_a_link_that_waits_in_its_place_is_replaced_and_not_followed(box):
    target = box.parent / "target"
    target.write_text("mine")
    text = sealed(GoOn())
    hand_in(box, "ann", text)
    (path,) = box.iterdir()
    path.unlink()
    path.symlink_to(target)
    assert hand_in(box, "ann", text)
    assert (path.is_symlink(), path.read_bytes(), target.read_text()) == (False, text, "mine")


def test_a_folder_that_is_swapped_while_something_is_handed_in_leads_it_nowhere_else(box, monkeypatch):
    trap, real = box.parent / "trap", box.parent / "real"
    trap.mkdir()
    read = files.read

    def swapping(path: Any, *rest: Any, **how: Any) -> Any:
        if str(path).endswith(".jsonl") and not real.exists():
            box.rename(real)
            box.symlink_to(trap)
        return read(path, *rest, **how)

    text = sealed(GoOn())
    monkeypatch.setattr(files, "read", swapping)
    assert hand_in(box, "ann", text)
    assert [found.read_bytes() for found in real.iterdir()] == [text]
    assert not [*trap.iterdir()]


def test_what_cannot_be_written_leaves_what_was_handed_in_before(box, monkeypatch):
    hand_in(box, "ann", sealed(GoOn()))
    (path,) = box.iterdir()
    before = path.read_bytes()
    sit(Answer("0.7"))

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left"):
            hand_in(box, "ann", own_sealed(())[0])
    assert [found.read_bytes() for found in box.iterdir()] == [before]


@pytest.mark.parametrize(
    ("mode", "readable"), [(0o1733, 0o644), (0o3773, 0o640), (0o2777, 0o640), (0o755, 0o600), (0o1740, 0o600)]
)
def test_only_who_is_meant_to_reads_it_in_a_drop_box_and_in_a_folder_of_ones_own(box, mode, readable):
    box.chmod(mode)
    hand_in(box, "ann", sealed(GoOn()))
    assert [stat.S_IMODE(path.stat().st_mode) for path in box.iterdir()] == [readable]


def test_a_file_of_another_account_than_the_learner_that_it_names_is_flagged():
    (found,) = record.split(sealed(GoOn(), Answer("0.7")), "r.jsonl")
    known = {"small": read()}
    flags = grade(msgspec.structs.replace(found, account="bob"), known, FAKE).flags
    assert [(flag.line, flag.reason) for flag in flags] == [(0, "the file belongs to bob, but the record names ann")]
    for account in ("ann", ""):
        assert grade(msgspec.structs.replace(found, account=account), known, FAKE).flags == ()


def test_what_the_teacher_owns_says_nothing_of_who_wrote_it(tmp_path):
    (tmp_path / "mailed.jsonl").write_bytes(sealed(GoOn()))
    (tmp_path / "own.jsonl").write_bytes(sealed(GoOn(), learner=record.owner()))
    grader = graded(tmp_path)
    assert ([found.flags for found in grader.grades], grader.unchecked) == ([(), ()], 1)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o755, 0o1753])
def test_where_others_could_read_it_nothing_is_handed_in(box, monkeypatch, mode):
    text = sealed(GoOn())
    monkeypatch.setattr(os, "getuid", lambda: box.stat().st_uid + 1)
    box.chmod(mode)
    with pytest.raises(OutputError, match=f"^{box}: other learners could read .* chmod 1733 {box}$"):
        hand_in(box, "ann", text)
    assert not [*box.iterdir()]


NAMED = f"It is named in GDTUI_HAND_IN or {files.site_file('hand-in')}; name another there"


def test_whether_anything_can_be_handed_in_is_told_before_anybody_does(box, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert trouble() == ""
    for folder, mode, why in (
        (box, 0o3773, ""),
        (box, 0o1733, ""),
        (box, 0o2773, f"others can delete what is handed in there: chmod +t {box}"),
        (box / "gone", 0o3773, f"there is no such folder. {NAMED}"),
        (Path(__file__), 0o3773, f"this is not a folder. {NAMED}"),
    ):
        monkeypatch.setenv(VARIABLE, str(folder))
        box.chmod(mode)
        assert trouble() == (f"{folder}: {why}" if why else "")


# With accounts of their own


class Classroom(Accounts):
    """A folder that belongs to a teacher and the teachers' group."""

    @property
    def box(self) -> Path:
        """The drop box."""
        return self.folder / "box"

    def hand_in(self, who: str, *events, named: str = "") -> None:
        """Take a lesson, and hand it in."""

        def do() -> None:
            os.environ[VARIABLE] = str(self.box)
            sit(*events, learner=named or self.names[who])
            command.main(["hand-in"], standalone_mode=False)

        self.as_user(who, do)


@pytest.fixture
def all_is_loaded(box: Path) -> None:
    """Nothing is left to import: accounts of the test's may not be able to read the interpreter's own modules."""
    hand_in(box, "ann", sealed(GoOn(), Answer("0.7")))
    command.main(["hand-in", "--stdout"], standalone_mode=False)
    graded(box)


@pytest.fixture
def classroom(all_is_loaded: None) -> Iterator[Classroom]:
    """Two learners and two teachers, taken away again."""
    with accounts(("ann", "bob"), ("teacher", "second")) as found:
        classroom = Classroom(found.names, found.group, found.folder)
        classroom.box.mkdir()
        shutil.chown(classroom.box, found.names["teacher"], found.group)
        classroom.box.chmod(int(re.search(r"chmod (3\d{3})", manual.read("teachers"))[1], 8))
        yield classroom


@pytest.mark.system
def test_learners_put_files_into_the_drop_box_that_the_manual_names_and_teachers_grade_them(classroom):
    classroom.hand_in("ann", GoOn())
    classroom.hand_in("bob", GoOn())
    before = set(classroom.box.iterdir())
    classroom.hand_in("ann", Answer("0.7"))
    assert set(classroom.box.iterdir()) == before, "ann's takes the place of what she handed in before"
    anns = next(path for path in before if path.owner() == classroom.names["ann"])

    def look_around() -> None:
        for forbidden in (anns.read_bytes, anns.unlink, lambda: list(classroom.box.iterdir())):
            with pytest.raises(PermissionError):
                forbidden()
        own = classroom.box / "own.jsonl"
        own.write_text("x")
        for forbidden in (lambda: own.rename(anns), lambda: anns.rename(own)):
            with pytest.raises(PermissionError):
                forbidden()
        own.unlink()

    classroom.as_user("bob", look_around)

    def grades() -> None:
        grader = graded(classroom.box)
        found = {grade.learner: (grade.points, grade.flags) for grade in grader.grades}
        assert found == {classroom.names["ann"]: (1, ()), classroom.names["bob"]: (0, ())}
        assert grader.unchecked == 0

    for teacher in ("teacher", "second"):
        classroom.as_user(teacher, grades)


@pytest.mark.system
def test_who_hands_in_under_the_name_of_another_is_flagged_and_what_a_teacher_copies_is_not(classroom):
    classroom.hand_in("bob", GoOn(), Answer("0.7"), named=classroom.names["ann"])
    (forged,) = classroom.box.iterdir()

    def copies() -> None:
        (classroom.box / "copied.jsonl").write_bytes(forged.read_bytes())

    classroom.as_user("teacher", copies)

    def grades() -> None:
        grader = graded(classroom.box)
        bob, ann = classroom.names["bob"], classroom.names["ann"]
        reason = f"the file belongs to {bob}, but the record names {ann}"
        flags = {Path(found.place).name: [flag.reason for flag in found.flags] for found in grader.grades}
        assert flags == {forged.name: [reason], "copied.jsonl": []}
        assert grader.unchecked == 1

    for teacher in ("teacher", "second"):
        classroom.as_user(teacher, grades)
