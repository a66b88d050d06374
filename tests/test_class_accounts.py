"""A class between accounts of this machine: who may read and write what, and what a hostile learner can do to it."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from accounts import Accounts, accounts
from fake_backend import FAKE
from lessons import read

from gdtui.classroom import attendance, drop_box, folder, polls
from gdtui.classroom.check import check
from gdtui.classroom.drop_box import DropBox
from gdtui.classroom.learner import Learner
from gdtui.classroom.messages import At, Did, Hand, Joined, Vote
from gdtui.classroom.teacher import Teacher
from gdtui.errors import InputError, OutputError
from gdtui.storage import lesson_files
from gdtui.storage.record import line_of
from gdtui.storage.roster_file import Roster
from gdtui.teaching.page import Outcome

pytestmark = pytest.mark.system


class Class(Accounts):
    """The folder of a class, and what each does in it."""

    @property
    def place(self) -> Path:
        """The folder."""
        return self.folder / "class"

    def says(self, who: str, *lines) -> None:
        """Join, and say something."""

        def do() -> None:
            learner = Learner.find()
            assert learner
            learner.join()
            for line in lines:
                learner.say(line)
            assert learner.trouble == ""

        self.as_user(who, do)

    def rows(self) -> dict:
        """The teacher's roster, by who it is. Read as root, which sees what the teacher does."""
        teacher = Teacher.open(self.place)
        for _ in range(3):
            room = teacher.room()
        short = {name: who for who, name in self.names.items()}
        return {short.get(row.account, row.account): row for row in room.rows}


@pytest.fixture
def a_class(monkeypatch: pytest.MonkeyPatch) -> Iterator[Class]:
    """A class that is open, made by the commands that `gdtui class check` prints."""
    polls.of_page(read(), 2, FAKE) if 2 in [
        number for number, *_ in polls.pages(read())
    ] else None  # nothing is left to import
    with accounts(("ann", "bob", "eve"), ("teacher", "second")) as found:
        made = Class(found.names, found.group, found.folder)
        monkeypatch.setenv(folder.VARIABLE, str(made.place))
        for command in check(made.place).commands[:4]:
            command = command.replace("TEACHERS", made.group).replace("TEACHER", made.names["teacher"])
            assert os.system(command) == 0  # what the program prints is typed
        assert check(made.place).problems == ()
        made.as_user("teacher", lambda: Teacher.open(made.place, "small"))
        os.chown(made.place / "teacher" / "now.json", made.number("teacher"), -1)
        yield made


def as_teacher(a_class: Class, do) -> None:
    """Do something as the teacher; what root has replaced belongs to her again."""
    os.chown(a_class.place / "teacher" / "now.json", a_class.number("teacher"), -1)
    a_class.as_user("teacher", do)


def test_each_learner_is_who_owns_the_file_and_nobody_reads_or_replaces_anothers(a_class):
    a_class.says("ann", At("small", 2, 4), Hand(True))
    a_class.says("bob", At("small", 3, 4), Did(3, "0.840", Outcome(True, is_right=True)))
    [anns] = (path for path in (a_class.place / "learners").iterdir() if path.owner() == a_class.names["ann"])
    assert (anns.stat().st_mode & 0o777, anns.group()) == (0o640, a_class.group)

    def look_around() -> None:
        own = a_class.place / "learners" / "own.jsonl"
        own.write_text("x")
        now = a_class.place / "teacher" / "now.json"
        for forbidden in (
            anns.read_bytes,
            anns.unlink,
            lambda: list((a_class.place / "learners").iterdir()),
            lambda: own.rename(anns),
            lambda: now.write_text("x"),
            now.unlink,
            lambda: (a_class.place / "teacher" / "own").write_text("x"),
            lambda: Teacher.open(a_class.place).set_pace(3),
        ):
            with pytest.raises((PermissionError, OutputError), match=r"permission|Permission|permitted"):
                forbidden()
        own.unlink()

    a_class.as_user("bob", look_around)

    def sees() -> None:
        room = Teacher.open(a_class.place).room()
        assert [row.account for row in room.rows] == [a_class.names["ann"], a_class.names["bob"]]
        assert [row.has_hand_up for row in room.rows] == [True, False]

    as_teacher(a_class, sees)


def test_a_lesson_that_only_the_teacher_can_read_reaches_every_learner(a_class):
    own = a_class.folder / "teacher" / "mine.toml"

    def open_class() -> None:
        own.parent.chmod(0o700)
        os.umask(0o077)
        own.write_text(
            'format = 1\ntitle = "Mine"\nabout = "Mine."\n[[step]]\nname = "one"\ntext = "The first page."\n'
        )
        file = lesson_files.find(str(own))
        Teacher.open(a_class.place, file.name, own=file, anew=True)

    def reads() -> None:
        with pytest.raises(PermissionError):
            own.read_bytes()
        learner = Learner.find()
        assert learner
        assert learner.lesson().lesson.title == "Mine"

    as_teacher(a_class, open_class)
    a_class.as_user("ann", reads)


def test_a_teachers_file_of_somebody_elses_counts_for_nothing(a_class):
    def sees() -> None:
        learner = Learner.find()
        assert learner.now.lesson == "small"

    a_class.as_user("ann", sees)
    os.chown(a_class.place / "teacher" / "now.json", a_class.number("eve"), -1)
    assert Learner.find() is None
    with pytest.raises(InputError, match="owner of its folder"):
        folder.read_now(a_class.place)
    assert any("owner of its folder" in problem for problem in check(a_class.place).problems)


def test_a_hostile_learner_hurts_nobody_but_herself(a_class):
    a_class.says("ann", At("small", 2, 4))
    anns = next(iter((a_class.place / "learners").iterdir()))
    opened = Learner.find().now.opened

    def hurts() -> None:
        box = a_class.place / "learners"
        first = msgspec.json.encode(Joined(opened, "now")) + b"\n"
        (box / f"{a_class.names['ann']}-0123456789abcdef.jsonl").write_bytes(
            first + msgspec.json.encode(Hand(True)) + b"\n"
        )
        os.mkfifo(box / "fifo.jsonl")
        (box / "link.jsonl").symlink_to("/etc/passwd")
        (box / "endless.jsonl").symlink_to("/dev/zero")
        (box / "folder.jsonl").mkdir()
        (box / "a.jsonl").write_bytes(first + b"{}\n" * 1_000_000)
        (box / "b.jsonl").write_bytes(first + b"[" * 100_000 + b"\n")
        (box / "c.jsonl").write_bytes(first + b"\xff\xfe\n" + b'{"line":"at","page":1e400}\n')
        (box / "d.jsonl").write_bytes(first + b'{"line":"at","page":' + b"9" * 3_000 + b"}\n")
        with (box / "holes.jsonl").open("wb") as file:
            file.truncate(1 << 40)
        evil = At("\x1b]0;mine\x07\u202e" + "x" * 3_000, 1, 2)
        (box / "e.jsonl").write_bytes(first + msgspec.json.encode(evil) + b"\n")
        did = Did(1, "\x1b[2J\n", Outcome(True, is_right=False, misconceptions=("\x9b31m",)))
        (box / "f.jsonl").write_bytes(first + msgspec.json.encode(did) + b"\n")
        (box / "g.jsonl").write_bytes(first)
        os.link(box / "g.jsonl", box / "h.jsonl")

    a_class.as_user("eve", hurts)
    begin = time.process_time()
    rows = a_class.rows()
    took = time.process_time() - begin
    assert (rows["ann"].page, rows["ann"].has_hand_up, rows["ann"].flags) == (2, False, ())
    assert set(rows) == {"ann", "eve"}
    eve = rows["eve"]
    assert eve.has_hand_up, "what she wrote under ann's name is hers"
    assert len(eve.flags) == 4
    assert all(
        character.isprintable() for text in (eve.lesson, eve.answer, eve.words, *eve.flags) for character in text
    )
    assert took < 5
    assert anns.exists()


@pytest.mark.slow
def test_thousands_of_files_of_one_learners_hide_nobody_and_are_not_kept_in_memory(a_class, monkeypatch):
    def floods() -> None:
        for number in range(5_000):
            (a_class.place / "learners" / f"{number}.jsonl").write_text("x\n")

    a_class.as_user("eve", floods)
    a_class.says("ann", At("small", 2, 4))
    box = DropBox(a_class.place / "learners", Learner.find().now.opened)
    found = [each for _ in range(6) for each in box.look()]
    assert {each.owner for each in found if each.line is not None} == {a_class.number("ann")}
    assert len(box._files) <= drop_box.MOST_FILES + 1


def test_a_vote_of_one_learner_counts_once_however_many_files_she_has(a_class):
    teacher = Teacher.open(a_class.place)
    teacher.ask(polls.typed("W?", (), "0.840"))
    os.chown(a_class.place / "teacher" / "now.json", a_class.number("teacher"), -1)
    for answer in ("0.840", "7", "8"):
        a_class.says("ann", Vote(1, 1, answer))
    a_class.says("bob", Vote(1, 1, "0.840"))
    room = teacher.room()
    assert room.answered == 2
    assert sum(bar.votes[0] for bar in room.bars) == 2


def test_attendance_tells_who_was_there_and_who_has_handed_in(a_class, tmp_path):
    a_class.says("ann", At("small", 2, 4), Did(2, "0.7", Outcome(True, is_right=True)))
    a_class.says("bob", At("small", 3, 4))
    ann, bob, eve = (a_class.names[who] for who in ("ann", "bob", "eve"))
    box = tmp_path / "box"
    box.mkdir()
    begun = b'{"entry":"begun","lesson":"small","digest":"","learner":"%s","at":""}' % ann.encode()
    (box / "a.jsonl").write_bytes(line_of(begun, "", begins=True)[0])
    os.chown(box / "a.jsonl", a_class.number("ann"), -1)
    roster = Roster(("account",), ((eve,), (ann,)))
    found = attendance.attendance(a_class.place, box, roster)
    assert [(each.learner, each.page, each.handed_in) for each in found] == [
        (eve, 0, "no"),
        (ann, 2, "yes"),
        (bob, 3, "no"),
    ]
    assert (found[1].right_at_once, found[1].answered) == (1, 1)
    assert "absent" in attendance.as_table(found).splitlines()[1]
    header, first, *_ = attendance.as_csv(found).splitlines()
    assert header == "learner,joined,lesson,page,pages,answered,right_at_once,handed_in,judged"
    assert first == f"{eve},,,0,0,0,0,no,0"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a_class: (a_class.place / "learners").chmod(0o777), "mode is 0777"),
        (lambda a_class: (a_class.place / "teacher").chmod(0o777), "others can write here"),
        (lambda a_class: (a_class.place / "teacher").chmod(0o700), "learners cannot look into it"),
        (lambda a_class: os.chown(a_class.place / "learners", a_class.number("ann"), -1), "not to the teacher"),
        (lambda a_class: shutil.chown(a_class.place / "learners", group="root"), None),
        (lambda a_class: os.chown(a_class.place, a_class.number("eve"), -1), "neither root nor the teacher"),
        (lambda a_class: shutil.rmtree(a_class.place / "learners"), "No such file"),
    ],
)
def test_the_check_says_what_is_wrong_and_its_commands_mend_it(a_class, change, said):
    change(a_class)
    if said is None:
        (a_class.place / "learners").chmod(0o3773)
        said = "not in its group"
    found = check(a_class.place)
    assert len([problem for problem in found.problems if said in problem]) == 1
    for command in found.commands[:4]:
        command = command.replace("TEACHERS", a_class.group).replace("TEACHER", a_class.names["teacher"])
        assert os.system(command) == 0  # what the program prints is typed
    assert check(a_class.place).problems == ()
    assert json.loads((a_class.place / "teacher" / "now.json").read_bytes())["lesson"] == "small"
