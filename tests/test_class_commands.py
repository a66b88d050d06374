"""`gdtui class` and `gdtui join` on the command line."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_backend import FAKE
from lessons import LESSON
from waiting import join

from gdtui.classroom import doctor, drop_box, folder
from gdtui.classroom import learner as learner_module
from gdtui.classroom.learner import Learner
from gdtui.classroom.messages import At, Did
from gdtui.classroom.teacher import Teacher
from gdtui.cli.main import command
from gdtui.errors import InputError, OutputError, UserError
from gdtui.storage import hand_in, record
from gdtui.storage.lesson_files import VARIABLE as OWN_LESSONS
from gdtui.teaching.page import Outcome


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a class, named for everyone; and no hand-in folder."""
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "xdg"))
    monkeypatch.delenv(hand_in.VARIABLE, raising=False)
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path / "class"))
    for name in (folder.TEACHER, folder.LEARNERS):
        (tmp_path / "class" / name).mkdir(parents=True)
    return tmp_path / "class"


def gdtui(*words: str) -> int:
    """Run a command in this process."""
    return int(command.main([*words], standalone_mode=False, obj=lambda: FAKE) or 0)


def test_the_check_says_what_is_wrong_with_what_to_type_and_then_that_all_is_well(place, capsys):
    assert gdtui("class", "check") == 2
    said = capsys.readouterr().out
    assert "its mode is 0755: it should be 3773, or 1733 without a group" in said
    assert f"    chmod 3773 {place}/learners" in said.splitlines()
    (place / "learners").chmod(0o1733)
    assert gdtui("class", "check", str(place)) == 0
    assert capsys.readouterr().out == f"{place}: ready for a class\n"


def test_where_a_file_is_in_the_place_of_the_folder_nothing_is_printed_that_would_fail(place, capsys):
    (place / "learners").rmdir()
    (place / "learners").touch()
    for file in (place / "learners", Path(__file__)):
        assert gdtui("class", "check", *([str(file)] if file.suffix else [])) == 2
        assert capsys.readouterr().out == f"{file}: this is not a folder: move it away, or name another\n"


def test_a_learner_who_types_the_teachers_command_reads_how_to_join(place, monkeypatch):
    monkeypatch.setattr("gdtui.cli.classroom.check_terminal", lambda: None)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(OutputError, match=r"teacher: no permission to write to it\. To join a class: gdtui join$"):
        gdtui("class")


def test_a_teacher_without_root_makes_a_folder_as_the_check_prints_it(place, capsys):
    shutil.rmtree(place)
    assert gdtui("class", "check") == 2
    said = capsys.readouterr().out
    *made, named = [line.strip() for line in said.partition("Without root")[2].splitlines()[3:]]
    assert named == f"export {folder.VARIABLE}={place}"
    assert os.system(" && ".join(made)) == 0
    assert gdtui("class", "check") == 0


def test_the_commands_that_the_check_prints_hold_names_with_blanks_together(place, capsys, monkeypatch, tmp_path):
    site, named = tmp_path / "for all" / "gdtui", tmp_path / "my class"
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(site.parent))
    assert gdtui("class", "check", str(named)) == 2
    made = capsys.readouterr().out.partition("\n\n")[2].partition("\n\n")[0].splitlines()[1:]
    assert os.system(" && ".join(made[-2:])) == 0
    assert (site / "class").read_text() == f"{named}\n"


def test_a_name_that_no_folder_can_have_is_no_folder(capsys, monkeypatch):
    place = "x" * 300
    assert gdtui("class", "check", place) == 2
    assert "install -d" in capsys.readouterr().out
    monkeypatch.setenv(OWN_LESSONS, place)
    with pytest.raises(InputError, match=f"^{OWN_LESSONS}: there is no folder"):
        gdtui("lesson", "list")


def test_without_a_folder_every_command_says_where_to_name_one(place, monkeypatch):
    monkeypatch.delenv(folder.VARIABLE)
    for words in (["class"], ["class", "check"], ["class", "doctor"], ["class", "attendance"]):
        with pytest.raises(UserError, match=r"no class folder is set: name one in .*/gdtui/class or GDTUI_CLASS"):
            gdtui(*words)


@pytest.mark.parametrize(
    "words", [["class"], ["class", "--new"], ["class", "one-step"], ["class", "--ascii", "one-step"]]
)
def test_no_class_is_opened_where_there_is_no_terminal(place, words):
    with pytest.raises(UserError, match="terminal"):
        gdtui(*words)
    assert list((place / "teacher").iterdir()) == []


def test_who_ends_a_class_reads_where_its_files_are_and_what_to_type_next(place, capsys, monkeypatch, tmp_path):
    for name in ("check_terminal", "make_way"):
        monkeypatch.setattr(f"gdtui.cli.classroom.{name}", lambda: None)
    monkeypatch.setattr("gdtui.ui.common.app.run_app", lambda *_given, **_named: 0)
    assert gdtui("class") == 0
    assert capsys.readouterr().err == f"gdtui: The class is still open, in {place}. gdtui class goes on with it.\n"
    monkeypatch.setattr("gdtui.ui.common.app.run_app", lambda app, **_named: app.teacher.end() or 0)
    assert gdtui("class") == 0
    ended = f"gdtui: The class is over. Its files are in {place}. gdtui class attendance lists who was here.\n"
    assert capsys.readouterr().err == ended
    monkeypatch.setenv(hand_in.VARIABLE, str(tmp_path / "handed in"))
    assert gdtui("class") == 0
    graded = f"gdtui: gdtui grade '{tmp_path}/handed in' grades what they handed in.\n"
    assert capsys.readouterr().err == ended + graded
    assert gdtui("class", "one-step") == 0
    assert capsys.readouterr().err == ended + graded
    own = tmp_path / "my own.toml"
    own.write_text(LESSON)
    assert gdtui("class", str(own)) == 0
    assert capsys.readouterr().err == ended + graded.replace(" grades", f" --lesson '{own}' grades")


def test_a_lesson_that_is_not_there_opens_no_class(place):
    with pytest.raises(UserError, match="there is no lesson 'nowhere'"):
        gdtui("class", "nowhere")
    assert list((place / "teacher").iterdir()) == []


def test_another_lesson_for_an_open_class_is_asked_about_and_only_yes_changes_it(place, monkeypatch):
    for name in ("check_terminal", "make_way"):
        monkeypatch.setattr(f"gdtui.cli.classroom.{name}", lambda: None)
    monkeypatch.setattr("gdtui.ui.common.app.run_app", lambda *_given, **_named: 0)
    asked: list[str] = []

    def opens(lesson: str, *, answer: bool) -> None:
        monkeypatch.setattr("click.confirm", lambda text: asked.append(text) or answer)
        gdtui("class", lesson)

    def lesson_now() -> str:
        return folder.read_now(place)[0].lesson

    gdtui("class", "one-step")
    gdtui("class", "one-step")
    assert asked == []
    with pytest.raises(UserError, match="gdtui class goes on with the open class; gdtui class --new limit starts"):
        opens("limit", answer=False)
    assert lesson_now() == "one-step"
    opens("limit", answer=True)
    assert lesson_now() == "limit"
    assert asked == ["Change the open class from one-step to limit, for everyone in it?"] * 2
    gdtui("class", "--new", "one-step")
    assert (lesson_now(), len(asked)) == ("one-step", 2)


def test_where_no_class_is_open_nobody_can_join(place):
    with pytest.raises(UserError, match="no class is open"):
        gdtui("join")


def test_a_folder_that_is_not_there_or_none_is_not_taken_for_a_class_that_is_not_open_yet(place, monkeypatch):
    (place / "teacher" / "now.json").write_text("{}")
    with pytest.raises(UserError, match=r"now\.json: this was written by a newer gdtui"):
        gdtui("join")
    monkeypatch.setenv(folder.VARIABLE, str(place / "nope"))
    with pytest.raises(UserError, match=r"/nope: there is no such folder\. It is named in GDTUI_CLASS or "):
        gdtui("join")
    monkeypatch.delenv(folder.VARIABLE)
    with pytest.raises(UserError, match="no class folder is set"):
        gdtui("join")


def test_attendance_is_a_table_or_csv(place, capsys, tmp_path):
    Teacher.open(place, "one-step")
    learner = Learner.find()
    learner.join()
    learner.say(At("one-step", 3, 8))
    (tmp_path / "roster").write_text("nobody-of-this-name\n")
    assert gdtui("class", "attendance", "--roster", str(tmp_path / "roster")) == 0
    header, absent, here = capsys.readouterr().out.splitlines()
    assert header.split("  ")[0] == "learner"
    assert absent.split() == ["nobody-of-this-name", "absent", "not", "set", "up"]
    assert here.split()[0:3:2] == [record.owner(), "3/8"]
    gdtui("class", "attendance", "--format", "csv")
    assert capsys.readouterr().out.splitlines()[1].endswith(",one-step,3,8,0,0,,0")


def test_attendance_finds_learners_in_the_column_of_an_export_that_has_their_accounts(place, capsys, tmp_path):
    Teacher.open(place, "one-step")
    learner = Learner.find()
    learner.join()
    learner.say(At("one-step", 3, 8))
    exported = tmp_path / "moodle.csv"
    exported.write_text(f"ID number,Email address\nS1,{record.owner()}@uni.edu\nS2,nobody@uni.edu\n")
    assert gdtui("class", "attendance", "--roster", str(exported)) == 0
    _header, here, absent = capsys.readouterr().out.splitlines()
    assert here.split()[0:3:2] == [record.owner(), "3/8"]
    assert absent.split()[:2] == ["nobody", "absent"]


@pytest.mark.parametrize("is_listed_backwards", [False, True])
def test_of_who_comes_back_the_first_join_and_the_first_tries_count(place, capsys, monkeypatch, is_listed_backwards):
    monkeypatch.setattr(learner_module, "SECONDS_BETWEEN_PLACES", 0)
    Teacher.open(place, "one-step")
    for hour, at_once in ((1, False), (2, True)):
        monkeypatch.setattr(learner_module, "now", lambda hour=hour: f"2026-11-27T0{hour}:00:00Z")
        learner = Learner.find()
        learner.join()
        learner.say(At("one-step", 3, 8))
        learner.say(Did(3, "7", Outcome(at_once, is_right=at_once)))
        [file] = set((place / "learners").iterdir()) - {place / "learners" / "first.jsonl"}
        os.utime(file, (hour * 3600, hour * 3600))
        file.rename(place / "learners" / ("first.jsonl" if hour == 1 else "second.jsonl"))
    listed = sorted((entry for entry in os.scandir(place / "learners")), key=lambda entry: entry.name)
    monkeypatch.setattr(drop_box.os, "scandir", lambda _place: iter(listed[:: -1 if is_listed_backwards else 1]))
    gdtui("class", "attendance", "--format", "csv")
    found = capsys.readouterr().out.splitlines()[1]
    assert found == f"{record.owner()},2026-11-27T01:00:00Z,one-step,3,8,1,0,,1"


def test_attendance_has_the_farthest_page_and_says_whether_she_handed_in_or_nobody_could(
    place, capsys, tmp_path, monkeypatch
):
    monkeypatch.setattr(learner_module, "SECONDS_BETWEEN_PLACES", 0)
    Teacher.open(place, "one-step")
    learner = Learner.find()
    learner.join()
    for at in (At("one-step", 5, 8), At("one-step", 3, 8), At("small", 7, 9), At()):
        learner.say(at)
    learner.say(Did(1, "7", Outcome(True, is_right=True)))
    learner.say(Did(2, "W goes down", Outcome(True)))
    gdtui("class", "attendance")
    assert "5/8" in (here := capsys.readouterr().out.splitlines()[1])
    assert "1/1" in here, "own words are neither right nor wrong"
    assert here.endswith("not set up")
    (tmp_path / "in").mkdir()
    monkeypatch.setenv(hand_in.VARIABLE, str(tmp_path / "in"))
    gdtui("class", "attendance")
    assert capsys.readouterr().out.splitlines()[1].split()[-1] == "no"
    gdtui("class", "attendance", "--format", "csv")
    assert capsys.readouterr().out.splitlines()[1].endswith(",one-step,5,8,2,1,no,1")


def test_the_doctor_measures_there_and_back_and_leaves_nothing_behind(place):
    is_over = threading.Event()
    answered = []
    teacher = threading.Thread(target=lambda: answered.append(doctor.answer(place, is_over.is_set)))
    teacher.start()
    try:
        measured = doctor.measure(place)
    finally:
        is_over.set()
        join(teacher)
    assert (len(measured), answered) == (doctor.TIMES, [doctor.TIMES])
    assert all(0 < seconds < doctor.MOST_SECONDS for seconds in measured)
    assert [list((place / name).iterdir()) for name in ("teacher", "learners")] == [[], []]


def test_the_doctor_waits_for_other_machines_only_where_somebody_can_end_it(place, capsys, monkeypatch):
    def wait(_place: Path, is_over: Callable[[], bool], answer: Callable[..., int] = doctor.answer) -> int:
        if is_over.__name__ != "done":  # not that of the measurement from here to here
            raise KeyboardInterrupt
        return answer(_place, is_over)

    monkeypatch.setattr(doctor, "answer", wait)
    for has_terminal, said in ((False, "in a terminal first"), (True, "ctrl+c ends this")):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda has_terminal=has_terminal: has_terminal))
        assert gdtui("class", "doctor") == 0
        assert said in capsys.readouterr().err


def test_the_doctor_says_that_nobody_answers_and_what_to_do_where_it_is_slow(place, monkeypatch):
    monkeypatch.setattr(doctor, "MOST_SECONDS", 0.0)
    with pytest.raises(UserError, match="no answer"):
        doctor.measure(place)
    assert list((place / "learners").iterdir()) == []
    assert len(doctor.in_words([0.1, 0.2])) == 1
    assert "actimeo=1" in doctor.in_words([0.1, 4.0])[1]


def test_a_folder_that_a_learner_cannot_write_to_is_said(place):
    Teacher.open(place)
    (place / "learners").rmdir()
    learner = Learner.find()
    with pytest.raises(UserError, match="learners: there is no such folder"):
        learner.join()
    assert not learner.is_joined
