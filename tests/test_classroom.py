"""The core of a live class: a teacher and learners, with the folder between them."""

import errno
import fcntl
import json
import os
import shutil
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import msgspec
import pytest
from examples import examples
from fake_backend import FAKE, real
from hypothesis import given
from hypothesis import strategies as st
from lessons import read

from gdtui.classroom import bench, drop_box, folder, polls
from gdtui.classroom import learner as learner_module
from gdtui.classroom.drop_box import DropBox
from gdtui.classroom.learner import Learner
from gdtui.classroom.lesson import lesson_of
from gdtui.classroom.messages import At, Bench, Did, Hand, Joined, Left, Vote
from gdtui.classroom.presence import Presence
from gdtui.classroom.teacher import Teacher
from gdtui.errors import UserError
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.lab.snapshot import RunSnapshot, take_run
from gdtui.storage import lesson_files
from gdtui.storage.table import read_table
from gdtui.teaching.catalogue import lesson_in, lesson_named, lessons_listed
from gdtui.teaching.page import Outcome

LECTURE = Experiment()
LINES = [
    msgspec.json.encode(line) + b"\n"
    for line in (Joined("now", ""), Joined("before", ""), At("x", 1, 2), Did(1, "7", Outcome(True)), Hand(True), Left())
]
"""Lines of a learner's file."""
RIGHT, WRONG = Outcome(True, is_right=True), Outcome(True, is_right=False, misconceptions=("sign",))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a class, named for everyone."""
    for name in ("teacher", "learners"):
        (tmp_path / "class" / name).mkdir(parents=True)
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path / "class"))
    return tmp_path / "class"


def joined() -> Learner:
    """A learner in the class that is open."""
    learner = Learner.find()
    assert learner
    learner.join()
    return learner


def stepped(experiment: Experiment, epochs: int) -> RunSnapshot:
    """A run after so many steps."""
    run = Run(experiment, FAKE)
    for _ in range(epochs):
        run.step()
    return take_run(run)


def alone(teacher: Teacher):
    """The row of the one learner there is."""
    [row] = teacher.room().rows
    return row


def test_without_a_class_or_with_one_that_is_over_there_is_nothing_to_join(place, monkeypatch):
    assert Learner.find() is None
    teacher = Teacher.open(place)
    assert Learner.find()
    os.utime(place / "teacher" / "now.json", times=(0, 0))
    assert Learner.find() is None, "nobody has closed it, and nobody has seen its teacher since 1970"
    teacher.file.beat()
    assert Learner.find()
    teacher.end()
    assert Learner.find() is None
    monkeypatch.delenv(folder.VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(place))
    assert Learner.find() is None


def test_what_the_teacher_changes_is_seen_by_the_next_look_and_only_then(place):
    teacher, learner = Teacher.open(place, "one-step"), Learner.find()
    assert (learner.now.lesson, learner.look()) == ("one-step", False)
    teacher.set_pace(3)
    assert (learner.look(), learner.now.open_to, learner.look()) == (True, 3, False)
    teacher.file.beat()
    assert not learner.look(), "a sign of life says nothing new"
    teacher.gather(2)
    teacher.set_pace(None)
    assert (learner.look(), learner.now.open_to, learner.now.gathered_at) == (True, None, 2)


def test_the_page_where_everyone_is_gathered_is_always_open(place):
    teacher = Teacher.open(place, "one-step")
    teacher.set_pace(4)
    teacher.gather(5)
    assert (teacher.now.open_to, teacher.now.gathered_at) == (5, 5)
    teacher.gather(2)
    assert (teacher.now.open_to, teacher.now.gathered_at) == (5, 2)
    teacher.set_pace(3)
    assert (teacher.now.open_to, teacher.now.gathered_at) == (3, 2)
    teacher.set_pace(1)
    assert (teacher.now.open_to, teacher.now.gathered_at) == (1, None)
    teacher.set_pace(None)
    teacher.gather(6)
    assert (teacher.now.open_to, teacher.now.gathered_at) == (None, 6)


def test_the_minutes_of_a_class_go_on_when_it_is_taken_up_again_and_are_never_below_0(place, monkeypatch):
    teacher = Teacher.open(place)
    assert teacher.minutes == 0
    clock = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: clock + 17 * 60)
    assert teacher.minutes == 17
    for minutes, shown in ((17, 17), (-90, 0)):
        opened = (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert Teacher(place, msgspec.structs.replace(teacher.now, opened=opened)).minutes == shown
    assert Teacher(place, msgspec.structs.replace(teacher.now, opened="once")).minutes == 0


def test_changes_are_seen_where_time_stamps_are_a_second_coarse_and_inodes_come_again(place, monkeypatch):
    teacher, learner = Teacher.open(place), Learner.find()
    seen = learner_module.folder.read_now(place)[1]
    real = folder.files.read_if_new

    def coarse(path, known, offset, most):
        content, version, names = real(path, None, offset, most)
        version = msgspec.structs.replace(version, inode=7, modified=0)
        return (None if version == known else content), version, names

    monkeypatch.setattr(folder.files, "read_if_new", coarse)
    learner.look()
    for page in (1, 2, 3, 4, 5, 1, 2):
        teacher.set_pace(page)
        assert (learner.look(), learner.now.open_to) == (True, page)
    assert seen.size > 0


def test_what_a_learner_says_is_in_her_row_and_what_was_added_is_read_alone(place, monkeypatch):
    teacher = Teacher.open(place)
    learner = joined()
    assert (alone(teacher).page, alone(teacher).has_left) == (0, False)
    learner.say(At("one-step", 3, 9))
    learner.say(Did(3, "1.960", WRONG))
    learner.say(Did(3, "", Outcome(True)))
    learner.say(Hand(True))
    row = alone(teacher)
    assert (row.page, row.pages, row.lesson, row.answer) == (3, 9, "one-step", "1.960")
    assert row.words == "adding the update instead of subtracting it"
    assert (row.is_right, row.wrong_in_a_row, row.hints, row.has_hand_up) == (False, 1, 1, True)
    read_again = []
    real = DropBox._line
    monkeypatch.setattr(DropBox, "_line", lambda *given: read_again.append(given[2]) or real(*given))
    learner.say(Did(3, "0.840", RIGHT))
    assert (alone(teacher).words, alone(teacher).wrong_in_a_row) == ("right", 0)
    assert len(read_again) == 1
    said = "I think that W goes down because the gradient is positive"
    learner.say(Did(3, said, Outcome(True)))
    row = alone(teacher)
    assert (row.answer, row.words, row.is_right, row.wrong_in_a_row) == (said, "own words", None, 0)
    learner.leave()
    assert (alone(teacher).has_left, alone(teacher).has_hand_up) == (True, False)
    learner.join()
    assert (alone(teacher).has_left, alone(teacher).has_hand_up) == (False, False)


def test_a_hand_that_the_teacher_takes_down_is_down_for_both_until_it_is_raised_again(place):
    teacher, learner = Teacher.open(place), joined()
    learner.say(Hand(True))
    assert not learner.is_hand_taken_down
    teacher.take_hand_down(alone(teacher).hand)
    assert not alone(teacher).has_hand_up
    assert (learner.look(), learner.is_hand_taken_down) == (True, True)
    teacher = Teacher.open(place)
    assert not alone(teacher).has_hand_up, "nor after a crash, where her program has not answered either"
    learner.say(Hand(False))
    learner.say(Hand(True))
    assert (alone(teacher).has_hand_up, learner.is_hand_taken_down) == (True, False)
    teacher.take_hand_down(alone(teacher).hand)
    assert len(teacher.now.lowered) == 1, "only of hands that are up"


def test_a_hand_without_a_name_is_taken_down_on_the_board_alone(place):
    teacher, learner = Teacher.open(place), joined()
    learner._add(Hand(True))  # as gdtui wrote it before hands had names
    teacher.take_hand_down(alone(teacher).hand)
    assert not alone(teacher).has_hand_up


def test_where_she_is_is_told_once_a_second_at_most_and_in_the_end_the_newest(place, monkeypatch):
    Teacher.open(place)
    learner = joined()
    [file] = (place / "learners").iterdir()
    for page in range(1, 6):
        learner.say(At("one-step", page, 9))
    assert file.read_text().count('"line":"at"') == 1
    monkeypatch.setattr(learner_module, "SECONDS_BETWEEN_PLACES", 0)
    learner.look()
    learner.look()
    assert [json.loads(line).get("page") for line in file.read_text().splitlines()] == [None, 1, 5]


def test_what_a_full_disk_refuses_is_written_later_and_in_whole_lines(place, monkeypatch):
    teacher = Teacher.open(place)
    learner = joined()
    real = os.write
    monkeypatch.setattr(learner_module.os, "write", lambda handle, text: real(handle, text[:5]))
    learner.say(Hand(True))
    learner.say(At("one-step", 2, 9))
    assert "the disk is full" in learner.trouble
    monkeypatch.setattr(learner_module.os, "write", real)
    learner.beat()
    row = alone(teacher)
    assert (learner.trouble, row.has_hand_up, row.page, row.flags) == ("", True, 2, ())


def test_a_server_that_says_only_at_the_close_that_its_disk_is_full_has_every_line_once(place, monkeypatch):
    teacher = Teacher.open(place)
    learner = joined()

    def full(handle):
        raise OSError(errno.EDQUOT, "quota exceeded")

    with monkeypatch.context() as patched:
        patched.setattr(folder, "flush", full)
        learner.say(Hand(True))
        learner.say(Vote(1, 1, "7"))
        assert "quota exceeded" in learner.trouble
    learner.beat()
    [file] = (place / "learners").iterdir()
    assert [json.loads(line)["line"] for line in file.read_text().splitlines()] == ["joined", "hand", "vote"]
    assert (alone(teacher).has_hand_up, learner.trouble) == (True, "")


def test_a_file_that_is_full_is_followed_by_another_and_nothing_is_lost(place, monkeypatch):
    monkeypatch.setattr(learner_module, "MOST_BYTES_OF_LEARNER", 10_000)
    teacher = Teacher.open(place)
    learner = joined()
    for number in range(200):
        learner.say(Vote(number, 1, "0.840"))
        teacher.room()
    learner.say(Hand(True))
    assert 1 < len(list((place / "learners").iterdir())) < 20
    row = alone(teacher)
    assert (row.has_hand_up, row.has_left, row.flags) == (True, False, ())


def test_a_learner_who_was_killed_comes_back_as_she_was(place):
    teacher = Teacher.open(place)
    learner = joined()
    learner.say(At("one-step", 4, 9))
    learner.say(Hand(True))
    learner._close()
    again = joined()
    row = alone(teacher)
    assert (row.page, row.has_hand_up, row.has_left) == (4, True, False)
    again.leave()
    assert not alone(teacher).has_left, "the other may still be there"


def test_who_was_gone_before_the_board_was_opened_again_is_gone_on_it(place):
    Teacher.open(place).room()
    learner = joined()
    learner.say(At("one-step", 4, 9))
    [file] = (place / "learners").iterdir()
    long_ago = time.time() - 120
    os.utime(file, times=(long_ago, long_ago))
    again = Teacher.open(place)
    assert (again.room().here, alone(again).page) == (0, 4)
    assert min(alone(again).quiet, alone(again).unseen) >= 119
    learner.beat()
    assert again.room().here == 1
    assert (alone(again).quiet >= 119, alone(again).unseen < 20) == (True, True)
    learner.say(Hand(True))
    assert alone(again).quiet < 20


def test_who_has_lost_the_class_to_another_program_learns_it_by_looking_and_keeps_it_alive_no_longer(
    place, monkeypatch
):
    monkeypatch.setattr(folder, "SECONDS_BETWEEN_BEATS", 0.0)
    teacher = Teacher.open(place)
    teacher.set_pace(None)
    teacher.room()
    assert not teacher.file.is_taken_over
    Teacher.open(place, anew=True).set_pace(None)
    os.utime(place / "teacher" / "now.json", times=(0, 0))
    teacher.room()
    assert teacher.file.is_taken_over
    assert Learner.find() is None, "only the other program gives signs of life"


def test_a_teacher_who_was_killed_goes_on_with_the_same_class_and_the_same_votes(place):
    teacher = Teacher.open(place, "small")
    learner = joined()
    teacher.ask(polls.typed("W?", (), "0.840"))
    learner.look()
    learner.say(Vote(1, 1, "0.84"))
    again = Teacher.open(place)
    assert (again.now.opened, again.now.lesson, again.room().answered) == (teacher.now.opened, "small", 1)
    assert [bar.words for bar in again.room().bars] == ["right"]
    with pytest.raises(UserError, match="taken over"):
        teacher.set_pace(1)
    assert again.now.ask.id == 1
    again.drop_ask()
    again.ask(polls.typed("W?"))
    assert again.now.ask.id == 2
    new = Teacher.open(place, anew=True)
    assert (new.now.opened > again.now.opened, new.room().rows) == (True, ())
    assert (learner.look(), learner.is_joined, new.room().rows) == (True, False, ()), "nobody joins without a key"
    learner.join()
    assert [row.page for row in new.room().rows] == [0]


def own_lesson(place: Path) -> Path:
    """A lesson of the teacher's own, with a table beside it, which nobody else can look into."""
    place.mkdir(mode=0o700)
    (place / "sales.csv").write_text("x,y\n1,2\n2,4\n3,6\n")
    path = place / "07-mine.toml"
    path.write_text(
        'format = 1\ntitle = "Mine"\nabout = "Sales."\n[experiment]\ndata = "sales.csv"\n'
        '[[step]]\nname = "one"\ntitle = "One"\ntext = "The first."\n[[step]]\nname = "two"\ntext = "The second."\n'
    )
    return path


def test_an_own_lesson_comes_to_the_learners_as_a_copy_with_its_table_and_stays_the_same_lesson(place, tmp_path):
    file = lesson_files.find(str(own_lesson(tmp_path / "own")))
    teacher = Teacher.open(place, file.name, own=file)
    digest = lesson_in(file).digest
    shutil.rmtree(tmp_path / "own")
    loaded = Learner.find().lesson()
    assert loaded.digest == digest
    assert (loaded.name, loaded.lesson.experiment["data"][1:]) == ("mine", [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    copy = place / "teacher" / teacher.now.lesson_copy
    assert [stat.S_IMODE(path.stat().st_mode) for path in (copy, *sorted(copy.iterdir()))] == [0o755, 0o644, 0o644]
    assert lesson_named(str(copy / "mine.toml")).digest == loaded.digest
    again = Teacher.open(place)
    assert lesson_of(place, again.now).digest == loaded.digest, "the teacher goes on with it by `gdtui class` alone"
    again.end()
    assert lesson_named(str(copy / "mine.toml")).digest == loaded.digest, "who has not finished goes on after class"


def test_a_lesson_that_ships_is_not_copied_and_one_that_is_not_here_says_what_to_type(place):
    file = lesson_files.find("one-step")
    teacher = Teacher.open(place, file.name, own=file)
    assert (teacher.now.lesson_copy, Learner.find().lesson().name) == ("", "one-step")
    for name, words in (("mine", "mine.toml"), ("my own", "'my own.toml'")):
        Teacher.open(place, name, anew=True)
        with pytest.raises(UserError, match=f"Ask your teacher for {name}.toml, then type gdtui lesson {words}$"):
            Learner.find().lesson()


def test_going_on_with_another_lesson_lets_go_of_the_pages_of_the_one_before(place):
    teacher = Teacher.open(place, "one-step")
    teacher.gather(5)
    teacher.set_pace(6)
    assert Teacher.open(place, "one-step").now.gathered_at == 5
    other = Teacher.open(place, "limit")
    assert (other.now.opened, other.now.gathered_at, other.now.open_to) == (teacher.now.opened, None, None)


def test_a_lesson_that_cannot_be_copied_opens_no_class(place, tmp_path, monkeypatch):
    monkeypatch.setattr("gdtui.classroom.lesson.LARGEST_TABLE", 5)
    file = lesson_files.find(str(own_lesson(tmp_path / "own")))
    with pytest.raises(UserError, match=r"sales.csv"):
        Teacher.open(place, file.name, own=file)
    assert Learner.find() is None


def test_both_sides_say_when_the_other_is_not_seen_whatever_the_clocks_are(place, monkeypatch):
    teacher = Teacher.open(place)
    learner = joined()
    clock = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    [file] = (place / "learners").iterdir()
    teacher.room()
    learner.look()
    for seconds in range(0, 90, 15):
        clock[0] += 15
        an_hour_off = time.time() - 3600 + seconds
        os.utime(file, times=(an_hour_off, an_hour_off))
        os.utime(place / "teacher" / "now.json", times=(an_hour_off, an_hour_off))
        assert not learner.look()
        assert (learner.is_teacher_seen, alone(teacher).unseen < 20) == (True, True)
    monkeypatch.setattr(learner_module.folder, "beat", lambda path: None)
    learner.look()
    teacher.room()
    clock[0] += 61
    learner.look()
    assert (learner.is_teacher_seen, teacher.room().here) == (False, 0)
    assert alone(teacher).unseen > 60


def test_a_vote_counts_the_last_answer_while_it_is_open_and_both_votes_are_kept(place):
    teacher = Teacher.open(place)
    learner = joined()
    teacher.ask(polls.of_kind(Run(LECTURE, FAKE), FAKE, "next"))
    learner.look()
    asked = learner.now.ask
    assert (asked.kind, asked.digits, asked.state, asked.bars) == ("number", "3 decimals", "open", ())
    assert set(asked.hides) == {"gradient", "update", "following", "verdict"}
    truth = teacher._poll.prediction.answer
    for answer in ("7", truth.replace("1.", "-1.")):
        learner.say(Vote(1, 1, answer))
    learner.say(Vote(2, 1, "5"))
    teacher.close_vote()
    learner.say(Vote(1, 1, "9"))
    assert teacher.room().answered == 1
    first = teacher.room().bars
    assert (len(first), first[0].answer, first[0].votes) == (1, truth.replace("1.", "\N{MINUS SIGN}1."), (1,))
    teacher.vote_again()
    learner.look()
    assert (learner.now.ask.state, learner.now.ask.vote) == ("talking", 1)
    for vote in (1, 2):
        learner.say(Vote(1, vote, "9"))
    assert teacher.room().bars == first, "nothing counts while they talk"
    teacher.reopen()
    learner.look()
    assert (learner.now.ask.state, learner.now.ask.vote) == ("open", 2)
    assert teacher.room().answered == 0
    teacher.close_vote()
    teacher.reopen()
    assert teacher.now.ask.vote == 2
    learner.say(Vote(1, 2, truth))
    teacher.reveal()
    learner.look()
    bars = {bar.answer: bar.votes for bar in learner.now.ask.bars}
    assert bars == {truth: (0, 1), first[0].answer: (1, 0)}
    assert (teacher.room().changed_to_right, teacher.room().voted_twice) == (1, 1)


@pytest.mark.parametrize(
    "poll",
    [
        polls.typed("Where would you start?", ("5", "7", "9"), "9"),
        polls.typed("lr?", (), "0.1"),
        polls.of_kind(Run(LECTURE, FAKE), FAKE, "next"),
    ],
)
def test_the_right_answer_is_revealed_even_if_nobody_gave_it_and_not_before(place, poll):
    teacher, learner = Teacher.open(place), joined()
    teacher.ask(poll)
    learner.say(Vote(1, 1, "7"))
    teacher.close_vote()
    assert [bar.is_right for bar in teacher.room().bars] == [False]
    teacher.reveal()
    learner.look()
    given, right = learner.now.ask.bars
    assert (given.answer, given.votes, given.is_right) == ("7", (1,), False)
    assert given.words in ("not right", "not recognized")
    assert (right.answer, right.votes, right.words) == (
        polls.judged(poll, poll.prediction.answer).answer,
        (0,),
        "right",
    )
    assert teacher.room().bars == learner.now.ask.bars


@pytest.mark.parametrize("then", ["follow", "push", "gather"])
def test_what_the_teacher_does_next_finishes_a_question_whose_answers_are_shown_and_no_open_one(place, then):
    teacher = Teacher.open(place, "one-step")
    shown = bench.bench_of(take_run(Run(LECTURE, FAKE)))
    for is_revealed in (False, True):
        teacher.ask(polls.typed("W?"))
        if is_revealed:
            teacher.reveal()
        getattr(teacher, then)(2 if then == "gather" else shown)
        assert (teacher.now.ask is None) == is_revealed


def test_answers_that_are_equal_or_come_from_one_slip_are_one_bar():
    poll = polls.of_kind(Run(LECTURE, FAKE), FAKE, "next")
    asked = poll.prediction
    slip = asked.misconceptions[0]
    texts = [asked.answer, asked.answer + "0", str(slip.value), f"{slip.value:.4f}", "77", "77.0", "text"]
    found = polls.bars(poll, [dict(enumerate(texts))])
    assert [bar.votes for bar in found] == [(2,), (2,), (2,), (1,)]
    by_answer = {bar.answer: bar for bar in found}
    assert (by_answer[asked.answer].is_right, by_answer["77"].words) == (True, "not recognized")
    named = next(bar for bar in found if slip.words in bar.words)
    assert named.line == slip.line


def test_a_question_of_a_page_is_asked_as_the_lesson_has_it():
    lesson = read()
    [(page, name, _prompt), *_] = polls.pages(lesson)
    poll = polls.of_page(lesson, page, FAKE)
    assert (poll.ask.page, poll.ask.prompt != "", poll.ask.bench is not None) == (f"{lesson.name} {page}", True, True)
    assert name == lesson.lesson.steps[page - 1].name
    asking = [number for number, *_ in polls.pages(lesson)]
    silent = next(number for number in range(1, 9) if number not in asking)
    with pytest.raises(UserError, match="has no question"):
        polls.of_page(lesson, silent, FAKE)


@pytest.mark.slow
def test_every_page_that_is_offered_can_be_asked_and_its_right_answer_is_right():
    for shipped in lessons_listed(print):
        for number, _name, prompt in polls.pages(shipped)[:3]:
            poll = polls.of_page(shipped, number, real())
            first, *others = (part.strip() for part in prompt.split("\N{HORIZONTAL ELLIPSIS}"))
            assert poll.ask.prompt.startswith(first), "the list says what is asked, but for the numbers"
            assert all(part in poll.ask.prompt for part in others)
            assert polls.judged(poll, poll.prediction.answer).is_right, (shipped.name, number)


@pytest.mark.parametrize(
    ("choices", "answer", "given", "words"),
    [
        ((), "0.84", "0.840", "right"),
        ((), "0.84", "0.8", "right, but with too few digits"),
        ((), "", "0.84", ""),
        (("up", "down"), "down", "2", "right"),
        (("up", "down"), "down", "up", "not right"),
        (("up", "down"), "", "down", ""),
    ],
)
def test_a_question_typed_on_the_spot_is_judged_where_it_has_an_answer(choices, answer, given, words):
    poll = polls.typed("Where is W next?", choices, answer)
    assert polls.judged(poll, polls.understood(poll.ask, given)).words == words


@pytest.mark.parametrize(
    ("answer", "right", "wrong", "short"),
    [
        ("0.1", "0.1 0.10 1/10 ,1", "0.14 0.15 0.1000001 0.2", ""),
        ("1/10", "0.1 0.100", "0.1004 0.14", ""),
        ("0.333", "0.333 0.3333 1/3", "0.334 0.3336", "0.33"),
        ("1/3", "0.333 0.3333 1/3", "0.334", "0.33"),
        ("0.001", "0.001 1e-3", "0.0014", ""),
        ("2", "2 2.0", "2.4 1.6", ""),
        ("100", "100 1e2", "100.4 99.9", ""),
        ("1234567", "1234567", "1234568 1234999", ""),
        ("-0.25", "-0.25 \N{MINUS SIGN}0.250", "0.25 -0.254", "-0.2"),
    ],
)
def test_a_number_that_was_typed_is_right_where_it_is_equal_and_a_wrong_one_keeps_its_own_bar(
    answer, right, wrong, short
):
    poll = polls.typed("lr?", (), answer)
    bars = polls.bars(poll, [dict(enumerate([*right.split(), *wrong.split(), *short.split()]))])
    assert [bar.votes[0] for bar in bars if bar.is_right] == [len(right.split())]
    shown = {bar.answer: bar.words for bar in bars if not bar.is_right}
    assert shown == {
        **{number.replace("-", "\N{MINUS SIGN}"): "not right" for number in wrong.split()},
        **{number.replace("-", "\N{MINUS SIGN}"): "right, but with too few digits" for number in short.split()},
    }


@pytest.mark.parametrize(
    ("prompt", "choices", "answer"), [(" ", (), ""), ("W?", ("up",), ""), ("W?", (), "up"), ("W?", ("up", "down"), "3")]
)
def test_a_question_that_cannot_be_answered_is_refused(prompt, choices, answer):
    with pytest.raises(UserError):
        polls.typed(prompt, choices, answer)


def test_an_experiment_travels_and_comes_to_the_same_digits(place):
    teacher, learner = Teacher.open(place), Learner.find()
    run = stepped(Experiment(dataset=typed([1.0, 2.0, 4.0], [2.0, 3.0, 5.0])), 6)
    teacher.follow(bench.bench_of(run, view="explain", chart="cost", pointer=3.0))
    learner.look()
    shown = learner.now.followed
    assert (shown.view, shown.chart, shown.pointer) == ("explain", "cost", 3.0)
    brought = bench.replayed(learner.snapshot(shown), FAKE, Event())
    assert (brought.has_same_digits, brought.current.cursor) == (True, 6)
    teacher.push(bench.bench_of(run))
    teacher.follow(None)
    learner.look()
    assert (learner.now.followed, learner.now.pushes, learner.now.pushed is None) == (None, 1, False)


def test_a_table_travels_as_a_copy_and_a_larger_one_stays_behind_with_its_numbers(place, tmp_path):
    teacher, learner = Teacher.open(place), Learner.find()
    table = tmp_path / "houses.csv"
    for rows, travels in ((20, True), (300_000, False)):
        table.write_text("area,price\n" + "".join(f"{row % 7},{row % 7 * 2 + 1}\n" for row in range(rows)))
        run = stepped(Experiment(dataset=read_table(str(table)).dataset, learning_rate=0.001), 2)
        teacher.push(bench.bench_of(run, lines=("epoch 2", "cost 1")))
        learner.look()
        table.unlink()
        if travels:
            assert learner.snapshot(learner.now.pushed).present.experiment.dataset.rows == rows
            assert len(list((place / "teacher").glob("*.csv"))) == 1
        else:
            assert learner.now.pushed.numbers == ("epoch 2", "cost 1")
            with pytest.raises(UserError, match="you see only the run's numbers"):
                learner.snapshot(learner.now.pushed)
    teacher.end()
    assert [path.name for path in (place / "teacher").iterdir()] == ["now.json"]


def test_a_run_that_takes_too_long_or_a_file_that_was_not_asked_for_is_not_taken_from_a_learner(place, tmp_path):
    teacher = Teacher.open(place)
    long = stepped(LECTURE, 3)
    endless = msgspec.structs.replace(long, known=90_000, cursor=80_000)
    with pytest.raises(UserError, match="too long"):
        teacher.snapshot(bench.bench_of(endless))
    looked_back = msgspec.structs.replace(long, known=90_000, cursor=2)
    assert teacher.snapshot(bench.bench_of(looked_back)).epochs == 3
    (tmp_path / "own.csv").write_text("x,y\n1,2\n2,3\n")
    hers = bench.bench_of(stepped(Experiment(dataset=read_table(str(tmp_path / "own.csv")).dataset), 1), lines=("W 1",))
    with pytest.raises(UserError, match="you see only the run's numbers"):
        teacher.snapshot(hers)
    learner = joined()
    learner.say(At(bench=bench.in_numbers_alone(("epoch 2", "W 1"))))
    arrived = alone(teacher).bench
    assert arrived.numbers == ("epoch 2", "W 1")
    with pytest.raises(UserError, match="the rows of this run were not sent"):
        teacher.snapshot(arrived)
    for text in (b"7", b'{"runs":7}', b"[" * 9_000, b'{"runs":[{"data":{"kind":"table","path":"/dev/zero"}}]}'):
        with pytest.raises(UserError):
            teacher.snapshot(Bench(msgspec.Raw(text)))


def test_a_vote_that_stands_behind_much_else_counts_for_a_teacher_who_comes_back(place):
    teacher = Teacher.open(place)
    learner = joined()
    teacher.ask(polls.typed("W?", (), "0.840"))
    learner.look()
    for number in range(2_000):
        learner.say(Did(1, f"{number}", RIGHT))
    learner.say(Vote(1, 1, "0.840"))
    teacher.close_vote()
    again = Teacher.open(place)
    looks = 0
    while not again.room().answered and looks < 20:
        looks += 1
    assert 1 < looks < 20


@given(st.text(max_size=40) | st.from_regex(r"[-+−0-9.,eE/ ]{1,30}", fullmatch=True))
@examples(200)
def test_no_answer_that_somebody_sends_stops_the_count(text):
    polled = [polls.typed("W?", (), "0.840"), polls.typed("W?"), polls.typed("W?", ("up", "down"), "up")]
    for poll in (*polled, polls.of_kind(Run(LECTURE, FAKE), FAKE, "next")):
        (bar,) = polls.bars(poll, [{1: text}])
        assert bar.votes == (1,)
        assert bar.answer.isprintable()


@given(st.lists(st.binary(max_size=60) | st.sampled_from(LINES), max_size=8))
@examples(200)
def test_nothing_that_somebody_writes_stops_the_reading(tmp_path_factory, contents):
    folder_ = tmp_path_factory.mktemp("box")
    (folder_ / "a.jsonl").write_bytes(b"".join(contents))
    box, presence = DropBox(folder_, "now"), Presence(0)
    for _ in range(2):
        for found in box.look():
            presence.take(found)
        presence.row()


def test_a_name_that_cannot_be_looked_at_hides_no_other(place, monkeypatch):
    teacher, learner = Teacher.open(place), joined()
    learner.say(Hand(True))

    class Behind:
        name = path = "behind"

        def stat(self, **_):
            raise PermissionError

    real = os.scandir
    monkeypatch.setattr(drop_box.os, "scandir", lambda path: iter([Behind(), *real(path)]))
    assert alone(teacher).has_hand_up


def test_a_class_needs_no_locks_and_no_stamps_finer_than_a_second(place, monkeypatch):
    def no_lock(*_):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", no_lock)
    real = drop_box.files.read_if_new

    def coarse(path, known, offset, most):
        content, version, names = real(path, None, offset, most)
        version = msgspec.structs.replace(version, modified=0)
        return (None if version == known else content), version, names

    monkeypatch.setattr(drop_box.files, "read_if_new", coarse)
    monkeypatch.setattr(learner_module, "SECONDS_BETWEEN_PLACES", 0)
    monkeypatch.setattr(folder, "is_stale", lambda version: False)
    teacher = Teacher.open(place)
    learner = joined()
    for page in range(1, 12):
        teacher.set_pace(page)
        assert (learner.look(), learner.now.open_to) == (True, page)
        learner.say(At("one-step", page, 12))
        assert alone(teacher).page == page
