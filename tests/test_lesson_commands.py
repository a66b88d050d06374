"""The commands for a class, as a shell sees them."""

import errno
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from fake_backend import COMMAND
from lessons import LESSON, read, swapped
from terminal import Terminal

from gdtui.cli import main as cli
from gdtui.cli.doctor import lacks_of_folders
from gdtui.storage.hand_in import VARIABLE
from gdtui.storage.lesson_files import VARIABLE as OWN_LESSONS
from gdtui.storage.record_folder import own_records
from gdtui.teaching.catalogue import CatalogueEntry, again, catalogue, lesson_named, what_next
from gdtui.teaching.pages.all_kinds import estimated_minutes


@pytest.fixture
def gdtui(capsys, monkeypatch):
    """The command in this process, where torch is loaded once; `given` is standard input."""

    def run(*words: str, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gdtui", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        capsys.readouterr()
        code = cli.run_safely()
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def lesson(tmp_path) -> str:
    """A lesson of the teacher's own."""
    path = tmp_path / "small.toml"
    path.write_text(LESSON)
    return str(path)


ALL = "\n0.7\n\nleft\n\nlr = 0.07\nstep 2\n\n"
"""What a learner types who gets all of the small lesson right."""


FIRST_PAGE = "0.5\n1\n1.25\n\n"
"""What turns W in the first lesson as far as its first page asks for."""


def test_the_lessons_are_listed(gdtui):
    code, out, _ = gdtui("lesson")
    assert code == 0
    assert len(out.splitlines()) == 16
    assert "hypothesis" in out.splitlines()[0]


def test_the_list_tells_how_far_one_has_come(gdtui):
    gdtui("lesson", "1", given=FIRST_PAGE)
    gdtui("lesson", "learning-rates", given="\n0.14\n\n")
    lines = gdtui("lesson")[1].splitlines()
    assert "1/5 pages" in lines[0]
    assert "done" not in lines[1]


@pytest.fixture
def own_folder(tmp_path, monkeypatch) -> Path:
    """A folder of own lessons, one of them broken."""
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "01-small.toml").write_text(swapped('about = "for', 'minutes = 9\nabout = "for'))
    (folder / "broken.toml").write_text("format = 2")
    monkeypatch.setenv(OWN_LESSONS, str(folder))
    return folder


def test_own_lessons_follow_those_that_ship_by_number_and_name(gdtui, own_folder):
    code, out, err = gdtui("lesson")
    assert code == 0
    assert out.splitlines()[16].split() == ["17", "small", "Small", "9", "min"]
    assert "broken.toml:1: " in err
    for name in ("17", "small"):
        assert "about 9 minutes\n\n[1/4]" in gdtui("lesson", name)[1].replace("\n\n\n", "\n\n")
    assert gdtui("lesson", "small", given=ALL)[0] == 0
    assert gdtui("lesson")[1].splitlines()[16].split() == [
        *("17", "small", "Small", "★★★", "3/3", "points,", "best", "2", "epochs")
    ]


def test_a_folder_of_own_lessons_that_is_not_there_is_said(gdtui, monkeypatch, tmp_path):
    monkeypatch.setenv(OWN_LESSONS, str(tmp_path / "none"))
    code, _, err = gdtui("lesson")
    assert code == 2
    assert "GDTUI_LESSONS: there is no folder" in err


def test_the_time_a_lesson_takes_is_estimated_from_its_words_and_deeds():
    text = """format = 1\ntitle = "T"\nabout = "a"\nclosing = "At last."\n
[[step]]\nname = "a"\ntext = "LONG"\n[step.goal]\ncheck = ["updates == 4"]\nanswer = ["step 1", "step 1", "step 2"]\n"""
    assert estimated_minutes(read(text).lesson) == 1
    assert estimated_minutes(read(text.replace("LONG", "w " * 400)).lesson) == 3


def test_the_list_ends_with_what_to_do_next(gdtui):
    assert gdtui("lesson")[2] == "gdtui lesson hypothesis starts the first one.\n"
    gdtui("lesson", "hypothesis", given=FIRST_PAGE)
    assert gdtui("lesson")[2] == "gdtui lesson hypothesis continues where you left off.\n"


def test_the_end_names_the_command_that_begins_anew(gdtui, lesson):
    out = gdtui("lesson", lesson, given=ALL.replace("0.7", "0.1\n0.1"))[1]
    assert f"gdtui lesson {lesson} --again" in out.splitlines()
    assert again(lesson_named("limit")) == again(lesson_named("6")) == "gdtui lesson limit --again"


def test_a_lesson_asks_and_answers_on_lines_of_text(gdtui, lesson):
    code, out, err = gdtui("lesson", lesson, given="\n-0.7\n?\n0.7\n")
    assert (code, err) == (0, "")
    assert "Where will W be after the next epoch? (3 decimals)" in out
    assert "adding the update instead of subtracting it" in out
    assert "Look at the sign." in out
    assert "Right: 0.700." in out
    assert "W is now 0.7." in out


def test_lines_of_text_tell_epoch_w_cost_and_verdict_unless_they_are_asked_for(gdtui, lesson):
    out = gdtui("lesson", lesson, given=ALL)[1]
    asked, answered = out.split("[2/4]")[1].split("Right: 0.700.")
    assert "W 0.000   cost 4.666667   gradient ?" in asked
    assert "W ← W − lr·gradient = 0.000 − 0.05·? = ?" in asked
    assert "after 1/10    W 0.700   cost 0.420000" in answered.split("[3/4]")[0]
    assert "0.49 of the limit 0.142857" in out


def test_a_lesson_goes_on_where_it_was_left(gdtui, lesson):
    gdtui("lesson", lesson, given="\n0.7\n\n")
    assert "[3/4]" in gdtui("lesson", lesson)[1]
    assert "[1/4]" in gdtui("lesson", lesson, "--again")[1]


def test_on_lines_of_text_too_one_lesson_leads_to_the_next(gdtui):
    bowl = "".join(f"{number / 2}\n" for number in range(9))
    all_right = f"{FIRST_PAGE}1.5\n-2.5\n\n6\n\n0.75\n0.25\n0.5\n\n{bowl}2\n2\n\n"
    out = gdtui("lesson", "hypothesis", given=all_right)[1]
    assert out.splitlines()[-1] == "enter starts the next lesson, slope; q quits"
    code, out, _ = gdtui("lesson", "hypothesis", "--again", given=all_right + "\n")
    assert (code, "Rise over run" in out) == (0, True)
    assert "Rise over run" not in gdtui("lesson", "hypothesis", "--again", given=all_right + "q\n")[1]


def test_on_lines_of_text_a_finished_lesson_names_the_commands_that_review_it_and_start_it_over(gdtui, lesson):
    gdtui("lesson", lesson, given=ALL)
    out = gdtui("lesson", lesson)[1]
    assert f"gdtui lesson {lesson} --page 1 shows its first page; gdtui lesson {lesson} --again starts it over." in out
    assert "[1/4]" not in out


def test_a_page_without_a_title_is_named_by_its_number_alone(gdtui, lesson):
    assert "[1/4]" in gdtui("lesson", lesson)[1].splitlines()


def test_what_cannot_be_done_is_said_and_the_lesson_goes_on(gdtui, lesson):
    out = gdtui("lesson", lesson, given="\nzero\n\n0.7\n\n1\n\nwalk\nstep 0\nlr = 0.07\nstep 2\n\n")[1]
    for said in (
        "'zero' is not a number",
        "answer the question first",
        "'walk' is not an action",
        "from 1 to 10,000",
        "Goal reached.",
    ):
        assert said in out


def test_a_template_is_written_once_and_is_in_order(gdtui, tmp_path):
    path = str(tmp_path / "mine.toml")
    assert gdtui("lesson", "new", path)[0] == 0
    code, out, _ = gdtui("lesson", "check", path)
    assert (code, out) == (0, f"{path}: 4 pages, no problems found, about 2 minutes\n")
    Path(path).write_text("mine")
    code, _, err = gdtui("lesson", "new", path)
    assert code == 2
    assert "a file with this name already exists" in err
    assert Path(path).read_text() == "mine"


def test_a_check_says_what_is_wrong_in_every_file(gdtui, tmp_path):
    bad, worse = tmp_path / "bad.toml", tmp_path / "worse.toml"
    bad.write_text(swapped('"step 2"]', '"step 1"]'))
    worse.write_text("format = [")
    code, out, _ = gdtui("lesson", "check", str(bad), str(worse), str(tmp_path / "gone.toml"))
    assert code == 2
    first, second, third = out.splitlines()
    assert first.startswith(f"{bad}:")
    assert "the model answer does not meet: cost < 0.001 (cost is 0.0" in first
    assert second.startswith(f"{worse}:1: ")
    assert third == f"{tmp_path}/gone.toml: no such file"


@pytest.mark.parametrize("words", [("lesson", "nosuch"), ("grade", "/nowhere.jsonl"), ("lesson", "check", "/dev/zero")])
def test_what_is_not_there_is_one_line(gdtui, words):
    code, out, err = gdtui(*words)
    assert code == 2
    assert len((out + err).splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("grade",), "File name too long"),
        (("lesson",), "there is no lesson 'xxx"),
        (("lesson", "check"), "there is no lesson 'xxx"),
    ],
)
def test_a_name_that_is_too_long_is_one_line(gdtui, words, reason):
    code, out, err = gdtui(*words, "x" * 300)
    assert code == 2
    assert len((out + err).splitlines()) == 1
    assert reason in out + err


@pytest.mark.parametrize("words", [("grade",), ("hand-in", "--stdout")])
def test_a_full_disk_is_one_line(gdtui, lesson, words):
    gdtui("lesson", lesson, given=ALL)
    records = map(str, own_records()) if words == ("grade",) else ()
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, *words, *records], stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"gdtui: standard output: No space left on device\n")


def test_a_record_that_cannot_be_read_is_left_out_and_said(gdtui, lesson, monkeypatch):
    gdtui("lesson", lesson, given=ALL)
    gdtui("lesson", "1", given=FIRST_PAGE)
    unreadable = next(path for path in own_records() if path.name.startswith("small"))
    real_open = os.open

    def opened(path, *flags, **options) -> int:
        if str(path) == str(unreadable):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real_open(path, *flags, **options)

    monkeypatch.setattr(os, "open", opened)
    assert "1/5 pages" in gdtui("lesson")[1]
    code, out, err = gdtui("hand-in", "--stdout")
    assert code == 0
    assert '"lesson":"hypothesis"' in out
    assert '"lesson":"small"' not in out
    assert err == f"gdtui: not handed in: {unreadable}: no permission to read it\n"


def test_a_record_goes_from_the_learner_to_the_grade(gdtui, lesson, tmp_path, monkeypatch):
    folder = tmp_path / "collected"
    folder.mkdir()
    monkeypatch.setenv(VARIABLE, str(folder))
    gdtui("lesson", lesson, given=ALL)
    code, out, err = gdtui("hand-in")
    assert (code, out) == (0, "")
    assert "1 record handed in" in err
    code, out, _ = gdtui("grade", str(folder), "--lesson", lesson)
    assert code == 0
    assert out.splitlines()[1].split()[1:] == ["small", "3/3", "2/2", "1/1", "0"]


def test_a_flagged_record_has_an_exit_code_of_its_own(gdtui, lesson, tmp_path):
    gdtui("lesson", lesson, given=ALL)
    code, out, _ = gdtui("grade", *map(str, own_records()), "--lesson", lesson)
    assert code == 5
    assert "it does not end with the seal of gdtui hand-in" in out
    assert gdtui("grade", *map(str, own_records()))[0] == 5  # the lesson is not known


def test_records_can_be_mailed(gdtui, lesson, tmp_path):
    gdtui("lesson", lesson, given=ALL)
    gdtui("lesson", "1", given=FIRST_PAGE)
    code, out, _ = gdtui("hand-in", "--stdout")
    assert code == 0
    (tmp_path / "mail.jsonl").write_text(out)
    code, out, _ = gdtui("grade", str(tmp_path / "mail.jsonl"), "--lesson", lesson, "--format", "csv")
    assert code == 0
    assert sorted(line.split(",")[1] for line in out.splitlines()[1:]) == ["hypothesis", "small"]
    only = gdtui("hand-in", "hypothesis", "--stdout")[1]
    assert {json.loads(line)["entry"].get("lesson") for line in only.splitlines()} == {"hypothesis", None}


def test_a_folder_in_the_home_of_nobody_is_said(gdtui, lesson, monkeypatch):
    gdtui("lesson", lesson, given=ALL)
    monkeypatch.setenv(VARIABLE, "~nosuchuser/records")
    code, _, err = gdtui("hand-in")
    assert (code, err) == (2, "gdtui: ~nosuchuser/records: there is no such folder\n")


def test_nothing_to_hand_in_and_nowhere_to_hand_it_is_said(gdtui, lesson, monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    assert "nothing to hand in yet" in gdtui("hand-in")[2]
    gdtui("lesson", lesson, given=ALL)
    assert "no hand-in folder is set" in gdtui("hand-in")[2]
    assert "nothing to hand in for these lessons" in gdtui("hand-in", "limit")[2]


def test_the_lesson_of_a_class_has_the_number_that_opens_it_or_none(gdtui, lesson):
    shipped = [(each.number, each.loaded.name) for each in catalogue()]
    of_class = msgspec.structs.replace(lesson_named(lesson), name="limit")
    listed = catalogue(more=[of_class])
    assert [(each.number, each.loaded.name) for each in listed] == shipped
    assert of_class in [each.loaded for each in listed]
    *listed, own = catalogue(more=[lesson_named(lesson)])
    assert [(each.number, each.loaded.name) for each in listed] == shipped
    assert (own.number, own.line.split()[0]) == (None, own.loaded.name)


@pytest.mark.parametrize("given", [b"\xff\xfe\n0.7\n", b"\n" + b"9" * 100_000 + b"\n", b"\x1b[2J\n\x00\n"])
def test_whatever_comes_in_the_lesson_ends_in_order(lesson, given):
    words = [*COMMAND, "lesson", lesson]
    done = subprocess.run(words, input=given, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout


def test_a_closed_input_ends_the_lesson(lesson):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "lesson", lesson], capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_grading_shows_its_progress_on_a_terminal_only(lesson, gdtui):
    gdtui("lesson", lesson, given=ALL)
    words = [*COMMAND, "grade", "--lesson", lesson, *map(str, own_records())]
    with Terminal(words) as terminal:
        terminal.wait_for("100%", timeout=60)
        assert terminal.wait() == 5
    assert gdtui(*words[len(COMMAND) :])[2] == ""


@pytest.mark.slow
def test_grading_loads_nothing_of_the_screen(lesson, gdtui):
    gdtui("lesson", lesson, given=ALL)
    program = (
        "import sys; from gdtui.cli import main as cli\n"
        f"sys.argv = ['gdtui', 'grade', {str(own_records()[0])!r}, '--lesson', {lesson!r}]\n"
        "cli.run_safely()\n"
        "print(sorted({'textual', 'rich', 'plotext', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=os.environ)
    assert done.stdout.splitlines()[-1] == "['torch']"


def test_a_lesson_goes_on_without_a_record_and_says_so_once(gdtui, lesson, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    code, out, err = gdtui("lesson", lesson, given=ALL)
    assert code == 0
    assert "3 of 3 points" in out
    said = "the lesson continues without a record: this is not a folder: …/file"
    assert err == f"gdtui: {said}\n"
    assert len(said) <= 78, "it has one line of a screen"


def test_where_no_record_can_be_kept_handing_in_and_the_doctor_name_the_folder_and_the_way_on(
    gdtui, lesson, tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    gdtui("lesson", lesson, given=ALL)
    said = f"{tmp_path}/file: this is not a folder. gdtui keeps your records there. Set XDG_STATE_HOME to a folder"
    assert gdtui("hand-in")[2].startswith(f"gdtui: {said}")
    assert [line for line in lacks_of_folders() if line.startswith(said)]


def test_commands_that_are_printed_work_when_pasted_also_with_blanks_in_names(gdtui, tmp_path, monkeypatch):
    folder = tmp_path / "my lessons"
    folder.mkdir()
    file = str(folder / "01-all of it.toml")
    code, _, err = gdtui("lesson", "new", file)
    assert code == 0
    name, *words = shlex.split(err.partition("Check it: ")[2])
    assert (name, words) == ("gdtui", ["lesson", "check", file])
    assert gdtui(*words)[0] == 0
    monkeypatch.setenv(OWN_LESSONS, str(folder))
    loaded = lesson_named("all of it")
    assert shlex.split(again(loaded)) == ["gdtui", "lesson", "all of it", "--again"]
    assert shlex.split(what_next([CatalogueEntry(1, loaded, "", False)]))[:3] == ["gdtui", "lesson", "all of it"]


def test_on_lines_of_text_the_keys_that_a_page_names_do_what_they_do_on_the_screen(gdtui):
    given = ("space", "space", "space", "p", "R", "-", "lr = 0.001", *"rrrrr")
    out = gdtui("lesson", "scaling", "--page", "3", given="\n".join(given) + "\n")[1]
    for said in ("A  lr 0.01, 3 updates", "Started over with lr 0.01.", "after 10/10", "Goal reached.", "after 50"):
        assert said in out, said


def test_on_lines_of_text_emphasis_is_plain_words(gdtui):
    assert "Divide its rise (up) by its run (across)." in gdtui("lesson", "slope", "--page", "1", given="")[1]
    assert "torch.mean((hypothesis - y_train) ** 2)" in gdtui("lesson", "ten-epochs", "--page", "1", given="")[1]
