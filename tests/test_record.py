"""Records: what was written stays, whole and chained, whatever happens while it is written."""

import errno
import fcntl
import json
import os
import stat
import subprocess
import sys
import textwrap
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import platformdirs
import pytest
from fake_backend import FAKE
from lessons import LESSON, read, swapped
from waiting import wait_for

from gdtui.errors import UserError
from gdtui.lab.snapshot import Snapshot
from gdtui.storage import crash, files, preferences, record, record_folder, recovery
from gdtui.storage.hand_in import NAME, VARIABLE, destination, hand_in
from gdtui.teaching.events import Answer, GoOn, Hint, Set, StepEpochs
from gdtui.teaching.grade import grade
from gdtui.teaching.progress import own_progress, own_sealed
from gdtui.teaching.recorded_session import RecordedSession

EVENTS = (GoOn(), Answer("-0.7"), Answer("0.7"), GoOn(), Answer("left"), GoOn(), Set(name="lr", value="0.07"))


def sit(*events, **options) -> Path:
    """A recorded session in which these things are done; the path of its record."""
    recorded_session = RecordedSession(read(), FAKE, "ann", **options)
    try:
        for event in events:
            assert recorded_session.take(event).is_accepted
    finally:
        recorded_session.close()
    return recorded_session.record.path


def lines(path: Path) -> list[dict]:
    return [json.loads(line)["entry"] for line in path.read_text().splitlines()]


def always(_: tuple[bytes, ...]) -> bool:
    return True


def opened(stem: str = "a", goes_on=always) -> record_folder.RecordFile:
    return record_folder.open_record(stem, b'{"first":1}', goes_on)


def test_everything_is_in_the_record_at_once():
    recorded_session = RecordedSession(read(), FAKE, "ann")
    for number, event in enumerate(EVENTS, 2):
        recorded_session.take(event)
        assert len(lines(recorded_session.record.path)) == number
    recorded_session.close()
    assert [entry.get("page") for entry in lines(recorded_session.record.path)] == [
        None, "read", "ask", "ask", "ask", "choose", "choose", "goal",
    ]  # fmt: skip
    assert lines(recorded_session.record.path)[0]["learner"] == "ann"
    assert lines(recorded_session.record.path)[2]["outcome"]["slips"] == ["sign", "y-minus-H"]


def test_what_is_refused_is_not_recorded():
    recorded_session = RecordedSession(read(), FAKE, "ann")
    assert not recorded_session.take(Hint()).is_accepted
    recorded_session.close()
    assert len(lines(recorded_session.record.path)) == 1


def test_nobody_else_can_read_it():
    path = sit(GoOn())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_lesson_goes_on_where_it_was_left():
    first = sit(*EVENTS)
    recorded_session = RecordedSession(read(), FAKE, "ann")
    assert recorded_session.session.step.name == "goal"
    assert recorded_session.session.run.settings.learning_rate == 0.07
    assert recorded_session.session.page.keys == 1
    assert recorded_session.take(StepEpochs(count=2)).is_done
    recorded_session.close()
    assert recorded_session.record.path == first
    assert record.split(first.read_bytes(), "x")[0].flaws == ()


def test_another_version_of_the_lesson_has_a_record_of_its_own():
    first = sit(GoOn())
    other = RecordedSession(read(LESSON + "\n# changed\n"), FAKE, "ann")
    other.close()
    assert other.record.path != first
    assert other.session.step.name == "ask"
    assert len(lines(first)) == len(lines(other.record.path)) == 2


MENDED = swapped("The cost is", "The costs are")
"""The page `choose` with a letter mended."""


def test_a_lesson_in_which_a_letter_was_mended_goes_on_where_it_was_left_and_says_what_changed():
    first = sit(*EVENTS)
    recorded_session = RecordedSession(read(MENDED), FAKE, "ann")
    assert recorded_session.view().name == "goal"
    assert recorded_session.session.run.settings.learning_rate == 0.07
    assert recorded_session.notice == "Page 3 has changed since you began. You keep every answer that is still valid."
    assert recorded_session.take(StepEpochs(count=2)).is_done
    recorded_session.close()
    assert [entry["at"] for entry in lines(recorded_session.record.path)[1:8]] == [
        entry["at"] for entry in lines(first)[1:]
    ]
    again = RecordedSession(read(MENDED), FAKE, "ann")
    again.close()
    assert (again.notice, again.view().name, again.view().points) == ("", "goal", 2.5)
    (text,) = [text for text in own_sealed(()) if read(MENDED).digest.encode() in text]
    found = grade(record.split(text, "x")[0], {read(MENDED).digest: read(MENDED)}, FAKE)
    assert (found.flags, found.points) == ((), 2.5)


def test_where_a_question_was_changed_it_is_asked_again_and_what_follows_is_kept():
    sit(*EVENTS[:-1], Set(name="lr", value="0.07"))
    changed = read(swapped("W < min_W", "W > min_W * 2", swapped("W > min_W", "W <= min_W * 2")))
    recorded_session = RecordedSession(changed, FAKE, "ann")
    assert (recorded_session.view().name, recorded_session.view().is_done) == ("choose", False)
    assert "Page 3 has" in recorded_session.notice
    assert recorded_session.take(Answer("right")).is_right
    assert recorded_session.take(GoOn()).is_accepted
    assert recorded_session.view().name == "goal"
    assert recorded_session.session.run.settings.learning_rate == 0.07, "what was done on the page after is kept"
    recorded_session.close()
    found = grade(record.split(recorded_session.record.path.read_bytes(), "x")[0], {changed.digest: changed}, FAKE)
    assert [flag.reason for flag in found.flags] == [
        "it does not end with the seal of gdtui hand-in: its end may be missing"
    ]
    assert found.points == 1.5


def test_what_is_kept_for_pages_ahead_is_kept_when_the_lesson_is_left_before():
    sit(*EVENTS)
    changed = read(swapped("W < min_W", "W > min_W * 2", swapped("W > min_W", "W <= min_W * 2")))
    RecordedSession(changed, FAKE, "ann").close()
    again = RecordedSession(changed, FAKE, "ann")
    assert (again.view().name, again.notice) == ("choose", "")
    for event in (Answer("right"), GoOn(), StepEpochs(count=2), GoOn()):
        assert again.take(event).is_accepted
    assert again.view().is_over
    again.close()
    finished = RecordedSession(changed, FAKE, "ann")
    assert finished.view().is_over, "not what was left half way in another version"
    anew = finished.anew()
    finished.close()
    anew.close()
    assert anew.view().page == 1


def test_answers_about_a_run_that_a_changed_goal_led_to_are_asked_again():
    after = '[[step]]\nname = "after"\ntext = "."\n[step.ask]\nkind = "next"\n\n[[step]]\nname = "far"\n'
    after += 'experiment = { lr = 0.01 }\ntext = "."\n[step.ask]\nkind = "next"\n'
    mine, text = (*EVENTS[:-1], Set(name="lr", value="0.07"), StepEpochs(count=2), GoOn()), LESSON + after
    recorded_session = RecordedSession(read(text), FAKE, "ann")
    for event in mine:
        assert recorded_session.take(event).is_accepted
    for _ in range(2):
        assert recorded_session.take(Answer(recorded_session.session.prediction.answer)).is_right
        assert recorded_session.take(GoOn()).is_accepted
    recorded_session.close()
    changed = RecordedSession(read(swapped('"updates <= 3"', '"updates > 2"', text)), FAKE, "ann")
    assert changed.view().name == "goal"
    for event in (Set(name="lr", value="0.07"), StepEpochs(count=3), GoOn()):
        assert changed.take(event).is_accepted
    assert (changed.view().name, changed.view().is_done) == ("after", False), "W is another after three updates"
    assert changed.take(Answer(changed.session.prediction.answer)).is_right
    assert changed.take(GoOn()).is_accepted
    assert changed.view().is_over, "the last page has a run of its own"
    changed.close()


def test_a_page_put_in_is_asked_and_then_it_goes_on_where_it_was_left():
    sit(*EVENTS)
    extra = '[[step]]\nname = "extra"\ntext = "More."\n\n'
    more = RecordedSession(read(swapped('[[step]]\nname = "choose"', extra + '[[step]]\nname = "choose"')), FAKE, "ann")
    assert more.view().name == "extra"
    more.take(GoOn())
    assert more.view().name == "goal"
    more.close()


def test_what_was_done_in_another_version_is_left_where_nothing_of_it_holds_or_it_begins_anew():
    sit(*EVENTS)
    other = RecordedSession(read(LESSON.replace('name = "', 'name = "x')), FAKE, "ann")
    other.close()
    assert (other.view().page, other.notice) == (1, "")
    anew = RecordedSession(read(MENDED), FAKE, "ann", anew=True)
    anew.close()
    assert (anew.view().page, anew.notice) == (1, "")


def test_a_lesson_that_was_finished_before_it_was_mended_begins_anew_and_counts_as_done():
    sit(*EVENTS, StepEpochs(count=2), GoOn())
    mended = read(MENDED)
    assert own_progress([mended])["small"].in_words(mended.lesson) == "★★☆ 2.5/3 points, best 2 epochs"
    recorded_session = RecordedSession(mended, FAKE, "ann")
    recorded_session.close()
    assert (recorded_session.view().page, recorded_session.notice) == (1, "")


def test_a_record_from_before_pages_had_digests_goes_on_with_a_mended_lesson():
    path = sit(*EVENTS)
    digest, texts = "", []
    for number, line in enumerate(path.read_bytes().splitlines()):
        entry = json.loads(line)["entry"]
        entry.pop("pages", None)
        text, digest = record.line_of(json.dumps(entry).encode(), digest, begins=number == 0)
        texts.append(text)
    path.write_bytes(b"".join(texts))
    recorded_session = RecordedSession(read(MENDED), FAKE, "ann")
    recorded_session.close()
    assert recorded_session.view().name == "goal"
    assert (
        recorded_session.notice == "This lesson has changed since you began. You keep every answer that is still valid."
    )


def test_a_finished_lesson_opens_at_its_end_and_begun_anew_it_is_another_record():
    first = sit(*EVENTS, StepEpochs(count=2), GoOn())
    assert sit() == first, "nothing is begun before anybody asks for it"
    finished = RecordedSession(read(), FAKE, "ann")
    assert (finished.view().is_over, len(finished.session.past)) == (True, 4), "its pages can be reviewed"
    anew = finished.anew()
    assert (anew.view().page, anew.view().is_over) == (1, False)
    anew.take(GoOn())
    for each in (finished, anew):
        each.close()
    assert len(lines(first)) == 10
    assert sit() == anew.record.path, "what is under way comes before what is finished"
    assert sit(anew=True) not in {first, anew.record.path}


@pytest.mark.parametrize("then", [(GoOn(), Answer("0.7"), GoOn()), (*EVENTS, StepEpochs(count=2), GoOn())])
def test_a_lesson_begun_over_goes_on_there_and_not_in_the_attempt_that_was_given_up(then):
    given_up = sit(GoOn(), Answer("-0.7"))
    newest = sit(*then, anew=True)
    again = RecordedSession(read(), FAKE, "ann")
    again.close()
    assert (again.record.path, again.view().is_over) == (newest, len(then) > 3)
    assert newest != given_up


COPIED = "Another session may have your record open. You continue in a copy of it."


def test_while_another_session_has_the_record_a_copy_of_it_goes_on_and_that_is_said():
    one = RecordedSession(read(), FAKE, "ann")
    for event in EVENTS[:4]:
        one.take(event)
    other = RecordedSession(read(), FAKE, "ann")
    assert (other.view().name, other.notice) == ("choose", COPIED)
    assert lines(other.record.path) == lines(one.record.path)
    for event in EVENTS[4:]:
        assert other.take(event).is_accepted
    other.close()
    one.close()
    found = [grade(record.split(text, "x")[0], {read().digest: read()}, FAKE) for text in own_sealed(())]
    assert [each.flags for each in found] == [(), ()]
    later = RecordedSession(read(), FAKE, "ann")
    later.close()
    assert (later.record.path, later.view().name, later.notice) == (other.record.path, "goal", "")


def test_a_copy_keeps_what_was_done_on_later_pages_in_another_version():
    sit(*EVENTS)
    changed = read(swapped("W < min_W", "W > min_W * 2", swapped("W > min_W", "W <= min_W * 2")))
    one = RecordedSession(changed, FAKE, "ann")
    assert one.take(Answer("left")).is_accepted
    other = RecordedSession(changed, FAKE, "ann")
    assert (other.view().name, other.notice) == ("choose", COPIED)
    for event in (Answer("right"), GoOn()):
        assert other.take(event).is_accepted
    assert other.session.run.settings.learning_rate == 0.07
    for each in (one, other):
        each.close()


def test_of_two_records_the_one_that_was_last_worked_in_goes_on():
    one = RecordedSession(read(), FAKE, "ann")
    one.take(EVENTS[0])
    RecordedSession(read(), FAKE, "ann").close()
    for event in EVENTS[1:]:
        one.take(event)
    one.close()
    assert sit() == one.record.path


def test_a_record_with_nothing_in_it_hides_none_that_was_worked_in():
    worked_in = sit(*EVENTS[:4])
    assert sit(anew=True) != worked_in
    assert sit() == worked_in


def test_a_second_session_at_once_writes_its_own_record():
    end_alike(RecordedSession(read(), FAKE, "ann"), RecordedSession(read(), FAKE, "ann"), EVENTS)


def end_alike(one, other, events):
    """Go on with both in turn: each has a whole record of its own in the end."""
    for event in events:
        one.take(event)
        other.take(event)
    one.close()
    other.close()
    assert one.record.path != other.record.path
    for path in (one.record.path, other.record.path):
        assert record.split(path.read_bytes(), "x")[0].flaws == ()
        assert len(lines(path)) == len(EVENTS) + 1


def without_locks(handle: int, operation: int) -> None:
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def not_supported(handle: int, operation: int) -> None:
    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


def excluding_nobody(handle: int, operation: int) -> None:
    """As some network file systems do it."""


FLOCKS = pytest.mark.parametrize("flock", [without_locks, not_supported, excluding_nobody])


@FLOCKS
def test_two_sessions_never_share_a_record_and_it_goes_on_where_locks_exclude_nobody(monkeypatch, flock):
    monkeypatch.setattr(fcntl, "flock", flock)
    one = RecordedSession(read(), FAKE, "ann")
    one.take(GoOn())
    other = RecordedSession(read(), FAKE, "ann")
    assert (one.notice, other.notice) == ("", COPIED)
    assert other.session.step.name == "ask", "what the first has done is copied"
    end_alike(one, other, EVENTS[1:])
    later = RecordedSession(read(), FAKE, "ann")
    later.close()
    assert later.session.step.name == "goal"
    assert len(record_folder.own_records()) == 2


@pytest.mark.slow
@FLOCKS
def test_many_sessions_that_begin_at_once_never_share_a_record_without_locks(monkeypatch, flock):
    program = textwrap.dedent("""
        import sys
        from test_record import *
        fcntl.flock = globals()[sys.argv[1]]
        print("ready", flush=True)
        input()
        file = opened()
        for number in range(30):
            file.append(json.dumps({"number": number, "by": os.getpid()}).encode())
        print(file.path, flush=True)
        input()
    """)
    words = [sys.executable, "-c", program, flock.__name__]
    opened().close()  # one that all of them could go on with
    with ExitStack() as stack:
        sessions = [
            stack.enter_context(
                subprocess.Popen(
                    words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
                )
            )
            for _ in range(6)
        ]
        for session in sessions:
            assert session.stdout.readline() == "ready\n"
        for session in sessions:
            session.stdin.write("\n")
            session.stdin.flush()
        paths = {Path(session.stdout.readline().strip()): session.pid for session in sessions}
        for session in sessions:
            session.kill()
    assert len(paths) == len(sessions)
    for path, process in paths.items():
        [found] = record.split(path.read_bytes(), "x")
        entries = [json.loads(entry) for entry in found.entries]
        assert found.flaws == ()
        assert [entry["number"] for entry in entries if entry.get("by") == process] == [*range(30)]


def test_what_a_session_on_another_machine_may_write_is_copied_and_left_alone():
    path = sit(*EVENTS)
    theirs = path.rename(path.with_name(f"{path.stem}.elsewhere.4711.123456.jsonl"))
    before = theirs.read_bytes()
    recorded_session = RecordedSession(read(), FAKE, "ann")
    assert recorded_session.session.step.name == "goal"
    recorded_session.take(StepEpochs(count=1))
    recorded_session.close()
    assert theirs.read_bytes() == before
    assert recorded_session.record.path.read_bytes().startswith(before)


def test_a_record_that_a_session_opens_while_it_is_looked_for_is_found(monkeypatch):
    path = sit(GoOn())
    monkeypatch.setattr("gdtui.teaching.progress.own_records", lambda *_: [path])
    recorded_session = RecordedSession(read(), FAKE, "ann")
    assert recorded_session.record.path != path
    assert len(own_sealed((), pytest.fail)) == 1
    recorded_session.close()


def test_records_with_the_names_of_before_go_on():
    path = sit(*EVENTS)
    old = path.rename(path.with_name(f"small-{read().digest[:12]}-2.jsonl"))
    recorded_session = RecordedSession(read(), FAKE, "ann")
    assert recorded_session.session.step.name == "goal"
    recorded_session.close()
    assert record_folder.own_records() == [old]


@pytest.mark.slow
def test_a_session_that_was_killed_leaves_a_record_that_goes_on():
    program = textwrap.dedent(f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_record import *
        session = RecordedSession(read(), FAKE, "ann")
        for event in EVENTS:
            session.take(event)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == -9
    recorded_session = RecordedSession(read(), FAKE, "ann")
    assert recorded_session.session.step.name == "goal"
    recorded_session.close()


def test_a_line_that_was_half_written_is_taken_away_and_nothing_else():
    path = sit(*EVENTS)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"entry":{"entry":"do')
    with closing(opened(path.stem)) as file:
        assert file.path.read_bytes() == whole
        assert len(file.entries) == 8
        file.append(b"{}")
    assert record.split(path.read_bytes(), "x")[0].flaws == ()


def test_a_full_disk_takes_nothing_that_was_written():
    # The limit on a file's size fails in the middle of a line, as a full disk does.
    program = textwrap.dedent("""
        import resource, signal
        from gdtui.errors import UserError
        from gdtui.storage import record, record_folder
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        file = record_folder.open_record("a", b'{"first":1}', lambda entries: True)
        file.append(b'{"second":2}')
        whole = file.path.read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 40, resource.RLIM_INFINITY))
        try:
            file.append(b'{"third":3}')
        except UserError as error:
            print(error)
        assert file.path.read_bytes() == whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        file.append(b'{"third":3}')
        assert [len(found.entries) for found in record.split(file.path.read_bytes(), "x") if not found.flaws] == [3]
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "the record cannot be written: File too large\n"


def full(*_) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_a_full_disk_refused_is_said_once_and_written_before_what_follows(monkeypatch):
    recorded_session = RecordedSession(read(), FAKE, "ann")
    recorded_session.take(GoOn())
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(UserError, match="No space left on device"):
            recorded_session.take(Answer("-0.7"))
        assert recorded_session.take(Answer("0.7")).is_right
        assert len(lines(recorded_session.record.path)) == 2
    recorded_session.take(GoOn())
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(UserError, match="No space left on device"):
            recorded_session.take(Answer("left"))
    recorded_session.close()
    pages = [entry.get("page") for entry in lines(recorded_session.record.path)]
    assert pages == [None, "read", "ask", "ask", "ask", "choose"]
    (text,) = own_sealed(())
    assert grade(record.split(text, "x")[0], {read().digest: read()}, FAKE).flags == ()


def test_a_record_that_was_tampered_with_is_left_alone_and_another_begun():
    path = sit(*EVENTS)
    changed = path.read_bytes().replace(b"-0.7", b"0.70")
    path.write_bytes(changed)
    other = sit(GoOn())
    assert other != path
    assert path.read_bytes() == changed


def test_a_link_in_its_place_is_not_followed(tmp_path):
    target = tmp_path / "elsewhere"
    target.write_text("")
    record_folder.folder().mkdir(parents=True)
    (record_folder.folder() / "a.jsonl").symlink_to(target)
    with pytest.raises(UserError, match="symbolic links"):
        opened()
    assert target.read_text() == ""


CHAIN = 6


@pytest.fixture
def chain() -> Path:
    with closing(opened()) as file:
        for number in range(CHAIN - 1):
            file.append(json.dumps({"number": number}).encode())
    return file.path


@pytest.mark.parametrize("line", range(CHAIN))
@pytest.mark.parametrize("how", ["edited", "missing", "twice", "no JSON"])
def test_a_change_in_any_line_is_found_there(chain, line, how):
    whole = chain.read_bytes().splitlines(keepends=True)
    if how == "edited":
        whole[line] = whole[line].replace(b":", b": ", 2)
    elif how == "missing":
        del whole[line]
    elif how == "twice":
        whole.insert(line, whole[line])
    else:
        whole[line] = b"not JSON\n"
    if how == "missing" and line == CHAIN - 1:
        return  # a shorter record is a record: only the seal of a hand-in tells
    found = record.split(b"".join(whole), "x")
    if how == "twice" and line == 0:
        assert [len(part.entries) for part in found] == [1, CHAIN]  # two records, the first of them empty
        return
    flaws = [flaw for part in found for flaw in part.flaws]
    assert flaws
    assert flaws[0].line == line + (2 if how == "twice" else 1)


def test_a_record_cut_off_within_a_line_says_so(chain):
    found = record.split(chain.read_bytes()[:-5], "x")
    assert [(flaw.line, "cut off" in flaw.reason) for flaw in found[0].flaws] == [(CHAIN, True)]


# Progress and handing in


def test_progress_is_the_farthest_record_with_the_best_of_all():
    loaded = read()
    slow = (*EVENTS[:-1], Set(name="lr", value="0.08"), StepEpochs(count=1), StepEpochs(count=1), StepEpochs(count=1))
    sit(*slow, GoOn())
    sit(*EVENTS, StepEpochs(count=1), StepEpochs(count=1), anew=True)
    found = own_progress([loaded])[loaded.name]
    assert (found.pages, found.best) == (4, (("goal", 2),))
    assert found.in_words(loaded.lesson) == "★★☆ 2.5/3 points, best 2 epochs"
    longer = msgspec.structs.replace(loaded.lesson, steps=(*loaded.lesson.steps, loaded.lesson.steps[0]))
    assert found.in_words(longer) == "4/5 pages, 2.5/3 points, best 2 epochs"


def test_what_is_handed_in_is_sealed_and_its_own_record_is_not_touched():
    path = sit(*EVENTS)
    before = path.read_bytes()
    (text,) = own_sealed(())
    assert text.startswith(before)
    assert json.loads(text.splitlines()[-1])["entry"]["lines"] == 8
    assert path.read_bytes() == before
    assert own_sealed(("another",)) == []


def test_what_was_tampered_with_gets_no_seal():
    path = sit(*EVENTS)
    path.write_bytes(path.read_bytes().replace(b"-0.7", b"0.70"))
    (text,) = own_sealed(())
    assert text == path.read_bytes()


def test_a_record_that_is_damaged_anywhere_is_handed_in_as_it_is_and_named():
    for line in range(1, 6):
        for path in record_folder.own_records():
            path.unlink()
        path = sit(GoOn(), Answer("-0.7"), Answer("0.7"), GoOn())
        whole = path.read_bytes().splitlines(keepends=True)
        whole[line - 1] = whole[line - 1].replace(b'"at":"2', b'"at":"1')
        path.write_bytes(b"".join(whole))
        sit(GoOn(), anew=True)
        flawed = []
        damaged, good = own_sealed(("small",), pytest.fail, flawed.append)
        assert flawed == [f"{path}:{line}: the line was edited, or one before it is missing"]
        assert damaged == path.read_bytes()
        assert [bool(each.flaws) for each in record.split(damaged + good, "mailed")] == [True, False]


def test_a_record_that_only_lacks_the_end_of_its_last_line_is_not_called_damaged():
    path = sit(*EVENTS)
    path.write_bytes(path.read_bytes() + b'{"entry":')
    (record_folder.folder() / f"{path.stem[:-16]}{'f' * 16}.jsonl").write_bytes(b"")
    assert len(own_sealed((), pytest.fail, pytest.fail)) == 1


def test_a_link_among_the_records_is_named_and_not_followed(tmp_path):
    sit(*EVENTS)
    link = record_folder.folder() / "small-0.jsonl"
    link.symlink_to(tmp_path)
    refused = []
    assert len(own_sealed((), refused.append, pytest.fail)) == 1
    assert refused == [f"{link}: this is not a regular file"]


def test_a_lesson_whose_record_is_damaged_says_so_once_it_starts_over():
    path = sit(*EVENTS)
    path.write_bytes(path.read_bytes().replace(b"-0.7", b"0.70"))
    recorded_session = RecordedSession(read(), FAKE, "ann")
    assert (recorded_session.view().page, recorded_session.notice) == (
        1,
        "Your record is damaged, so the lesson starts over. Both will be handed in. "
        f"{path.name}:3: the line was edited, or one before it is missing",
    )
    recorded_session.take(GoOn())
    recorded_session.close()
    later = RecordedSession(read(), FAKE, "ann")
    later.close()
    assert (later.view().page, later.notice) == (2, "")


def test_a_record_in_which_nothing_was_done_is_not_handed_in():
    sit()
    assert own_sealed(()) == []


def test_records_of_others_are_not_handed_in(monkeypatch):
    sit(*EVENTS)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert own_sealed(()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UserError, match="gone: there is no such folder"):
        hand_in(tmp_path / "gone", "ann", b"1")


def test_the_folder_is_named_once_for_all(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "xdg"))
    with pytest.raises(UserError, match="no hand-in folder is set"):
        destination()
    files.site_file(NAME).parent.mkdir(parents=True)
    files.site_file(NAME).write_text("/srv/hand-in\n")
    assert destination() == Path("/srv/hand-in")
    monkeypatch.setenv(VARIABLE, "/srv/other")
    assert destination() == Path("/srv/other")


def test_all_folders_that_are_made_are_the_users_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "deep" / "state"))
    path = sit(GoOn())
    made = [path.parent, path.parent.parent, path.parent.parent.parent, tmp_path / "deep"]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o700] * 4


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    record_folder.folder().parent.mkdir(parents=True)
    record_folder.folder().symlink_to(elsewhere)
    with pytest.raises(UserError, match="symbolic links: …/records"):
        opened()
    assert (list(elsewhere.iterdir()), stat.S_IMODE(elsewhere.stat().st_mode)) == ([], 0o755)


def test_a_disk_that_fails_altogether_leaves_no_part_of_a_line_before_the_next(monkeypatch):
    """Even what was written of a line cannot be taken away again then."""

    def failing(*_) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    file = opened()
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", failing)
        disk.setattr(os, "ftruncate", failing)
        for _ in range(2):
            with pytest.raises(UserError, match="the record cannot be written: Input/output error"):
                file.append(b'{"second":2}')
    file.append(b'{"second":2}')
    file.close()
    (found,) = record.split(file.path.read_bytes(), "x")
    assert (len(found.entries), found.flaws) == (2, ())


def test_an_account_without_a_home_is_told_so_and_goes_on_without_anything_kept(monkeypatch):
    def unknown(_: str) -> None:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(platformdirs, "user_state_path", unknown)
    with pytest.raises(UserError, match="this account has no home folder: set HOME or XDG_STATE_HOME"):
        opened()
    assert (record_folder.own_records(), recovery.left(), crash.keep("a report")) == ([], None, None)
    assert preferences.read() == preferences.Preferences()
    said: list[str] = []
    autosave = recovery.Autosave(Snapshot((), 0), said.append)
    autosave.start()
    for number in (1, 2):
        autosave.keep(Snapshot((), number))
    wait_for(lambda: said)
    autosave.end(is_orderly=False)
    assert said == ["set HOME or XDG_STATE_HOME"]


@pytest.mark.parametrize("kind", ["NUL", "pipe", "endless", "not UTF-8", "huge"])
def test_a_file_that_names_no_folder_is_no_trouble(tmp_path, monkeypatch, kind):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    path = files.site_file(NAME)
    path.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    else:
        path.write_bytes(b"/srv/\0" if kind == "NUL" else b"/srv/\xff")
    with pytest.raises(UserError, match="not a file name" if kind == "NUL" else "no hand-in folder is set"):
        hand_in(destination(), "ann", b"1")


def test_a_lesson_goes_on_where_no_record_can_be_begun_and_is_kept_once_there_is_room(monkeypatch):
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        recorded_session = RecordedSession(read(), FAKE, "ann")
        assert recorded_session.notice == (
            "the lesson continues without a record: the record cannot be written: No space left on device"
        )
        for event in EVENTS[:3]:
            assert recorded_session.take(event).is_accepted
        assert recorded_session.view().name == "ask"
    for event in EVENTS[3:]:
        recorded_session.take(event)
    recorded_session.close()
    (text,) = own_sealed(())
    found = grade(record.split(text, "x")[0], {read().digest: read()}, FAKE)
    assert (found.flags, found.learner, len(text.splitlines())) == ((), "ann", len(EVENTS) + 2)


def test_a_lesson_looked_at_and_left_where_no_record_can_be_begun_leaves_nothing(monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    RecordedSession(read(), FAKE, "ann").close()
    assert own_sealed(()) == []
