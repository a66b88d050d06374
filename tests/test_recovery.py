"""Work in progress: on the disk before it can be lost, and found again by whoever comes next."""

import errno
import fcntl
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest
from fake_backend import FAKE
from waiting import hold_until, join, wait_for, wait_until_set

from gdtui.errors import OutputError
from gdtui.experiment.experiment import Experiment
from gdtui.lab.snapshot import Snapshot, take
from gdtui.lab.workspace import Workspace
from gdtui.storage import files, recovery, workspace_file
from gdtui.storage.recovery import Autosave


def after(epochs: int) -> Snapshot:
    """A workspace on which so many epochs were taken."""
    workspace = Workspace(Experiment(epochs=1000), FAKE)
    workspace.step(epochs)
    return take(workspace)


UNTOUCHED, WORK, MORE = after(0), after(3), after(7)


def no_failure(reason: str) -> None:
    raise AssertionError(reason)


def autosave() -> Autosave:
    thread = Autosave(UNTOUCHED, no_failure)
    thread.start()
    return thread


def on_disk() -> list[str]:
    folder = recovery.folder()
    return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


def test_work_is_kept_while_the_session_lives_and_gone_after_an_orderly_end() -> None:
    session = autosave()
    session.keep(WORK)
    wait_for(lambda: session.kept == WORK)
    assert workspace_file.read(session.path, is_private=True)[0] == WORK
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (session.path, session.path.parent)]
    assert modes == [0o600, 0o700]
    assert recovery.left() is None, "a living session holds it"
    session.end(is_orderly=True)
    assert on_disk() == []


def test_nothing_is_written_for_a_run_that_nobody_touched() -> None:
    session = autosave()
    session.keep(after(0))
    session.end(is_orderly=False)
    assert on_disk() == []


def test_what_was_done_last_is_written_at_the_end_at_once() -> None:
    session = autosave()
    session.keep(WORK)
    wait_for(lambda: session.kept == WORK)
    session.keep(MORE)
    session.end(is_orderly=False)
    work = recovery.left()
    assert work
    assert workspace_file.read(work.path, is_private=True)[0] == MORE
    assert work.clock == time.strftime("%H:%M", time.localtime(work.saved_at))


def test_it_is_written_no_more_often_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "SECONDS_BETWEEN", 3600.0)
    session = autosave()
    session.keep(WORK)
    wait_for(lambda: session.kept == WORK)
    session.keep(MORE)
    assert session.kept == WORK
    session.end(is_orderly=True)


def test_the_newest_work_is_offered_and_the_others_are_not_lost() -> None:
    sessions = []
    for work in (WORK, MORE):
        sessions.append(autosave())
        sessions[-1].keep(work)
        sessions[-1].end(is_orderly=False)
    os.utime(sessions[0].path, (1e9 + 5, time.time() - 60))
    first = recovery.left()
    assert first
    assert first.path == sessions[1].path
    recovery.forget(first.path)
    second = recovery.left()
    assert second
    assert second.path == sessions[0].path


def test_inherited_work_is_taken_away_only_once_it_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    old = autosave()
    old.keep(WORK)
    old.end(is_orderly=False)
    work = recovery.left()
    assert work
    heir = Autosave(UNTOUCHED, lambda reason: None)
    heir.start()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        heir.keep(WORK, work)
        wait_for(lambda: heir._has_failed)
        assert work.path.exists()
    monkeypatch.setattr(recovery, "SECONDS_BETWEEN", 0.0)
    heir.end(is_orderly=False)
    assert not work.path.exists()
    newest = recovery.left()
    assert newest
    assert workspace_file.read(newest.path, is_private=True)[0] == WORK


def test_a_write_that_was_under_way_does_not_take_inherited_work_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it writes is the workspace from before the other was opened."""
    old = autosave()
    old.keep(WORK)
    old.end(is_orderly=False)
    work = recovery.left()
    assert work
    heir = autosave()
    write_private = files.write_private

    def write(path: Path, content: bytes) -> None:
        write_private(path, content)
        if not has_inherited.is_set():
            has_inherited.set()
            heir.keep(WORK, work)

    has_inherited = Event()
    monkeypatch.setattr(files, "write_private", write)
    heir.keep(MORE)
    wait_for(lambda: heir.kept == MORE)
    assert work.path.exists()
    monkeypatch.setattr(recovery, "SECONDS_BETWEEN", 0.0)
    heir.end(is_orderly=False)
    assert not work.path.exists()


def test_what_nobody_came_back_for_goes_in_the_end() -> None:
    session = autosave()
    session.keep(WORK)
    session.end(is_orderly=False)
    month = time.time() - (recovery.DAYS_KEPT + 1) * 86_400
    for path in recovery.folder().iterdir():
        os.utime(path, (month, month))
    assert recovery.left() is None
    assert on_disk() == []


def test_a_folder_among_the_work_hides_none_of_it() -> None:
    session = autosave()
    session.keep(WORK)
    session.end(is_orderly=False)
    strange = recovery.folder() / "strange.json"
    strange.mkdir()
    os.utime(strange, (0, 0))
    assert recovery.left() is not None
    assert strange.is_dir()


def test_a_state_folder_that_there_cannot_be_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("/" + "a" * 300, "/dev/null", "/proc/1/nowhere"):
        monkeypatch.setenv("XDG_STATE_HOME", folder)
        assert recovery.left() is None


def test_a_disk_that_is_full_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def fail(path: Path, content: bytes) -> None:
        raise OutputError(f"{path.name}: No space left on device")

    monkeypatch.setattr(recovery, "SECONDS_BETWEEN", 0.0)
    with monkeypatch.context() as full:
        full.setattr(files, "write_private", fail)
        session = Autosave(UNTOUCHED, said.append)
        session.start()
        session.keep(WORK)
        wait_for(lambda: said)
        session.keep(MORE)
        wait_for(lambda: not session._is_due.is_set())
    session.keep(WORK)
    wait_for(lambda: session.kept == WORK)
    session.end(is_orderly=True)
    assert len(said) == 1
    assert said == ["No space left on device"]


def test_a_disk_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    is_writing, may_go_on = Event(), Event()

    def hang(path: Path, content: bytes) -> None:
        is_writing.set()
        hold_until(may_go_on)

    monkeypatch.setattr(files, "write_private", hang)
    monkeypatch.setattr(recovery, "SECONDS_TO_END", 0.01)
    session = autosave()
    session.keep(WORK)
    wait_until_set(is_writing)
    session.end(is_orderly=True)
    assert session.is_alive()
    may_go_on.set()
    join(session)


WORKER = """
from fake_backend import FAKE
from gdtui.experiment.experiment import Experiment
from gdtui.lab.workspace import Workspace
from gdtui.lab.snapshot import take
from gdtui.storage import recovery
recovery.SECONDS_BETWEEN = 0.001
workspace = Workspace(Experiment(epochs=1_000_000), FAKE)
autosave = recovery.Autosave(take(workspace), print)
autosave.start()
while True:
    workspace.step(1)
    autosave.keep(take(workspace))
    if autosave.kept.present.known > 1:
        print(autosave.kept.present.known, flush=True)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged() -> None:
    chance = random.Random(11)
    for _ in range(4):
        command = [sys.executable, "-c", WORKER]
        with subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE) as worker:
            assert worker.stdout
            acknowledged = [worker.stdout.readline()]
            time.sleep(chance.uniform(0, 0.2))
            worker.send_signal(signal.SIGKILL)
            acknowledged += worker.stdout.readlines()
        work = recovery.left()
        assert work, "the lock of a process that was killed is free"
        kept = workspace_file.read(work.path, is_private=True)[0]
        whole = [int(line) for line in acknowledged if line.endswith(b"\n")]
        assert whole
        assert kept.present.known >= whole[-1]
        recovery.forget(work.path)


FLOCKS = pytest.mark.parametrize(
    "code", [errno.ENOLCK, errno.EOPNOTSUPP, 0], ids=["none", "unsupported", "excluding nobody"]
)


def flock_that_fails(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """As on a network file system: an error, or a lock that everybody gets."""

    def flock(handle: int, operation: int) -> None:
        if code:
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)


@FLOCKS
def test_work_is_kept_where_locks_exclude_nobody_and_not_offered_while_its_session_lives(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    flock_that_fails(monkeypatch, code)
    session = autosave()
    session.keep(WORK)
    wait_for(lambda: session.kept == WORK)
    assert recovery.left() is None
    session.end(is_orderly=False)
    assert recovery.left() == recovery.Left(session.path, session.path.stat().st_mtime)


@FLOCKS
def test_work_of_a_process_that_was_killed_is_offered_where_locks_exclude_nobody(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    flock_that_fails(monkeypatch, code)
    with subprocess.Popen([sys.executable, "-c", WORKER], cwd=Path(__file__).parent, stdout=subprocess.PIPE) as worker:
        assert worker.stdout
        worker.stdout.readline()
        assert recovery.left() is None
        worker.kill()
    assert recovery.left()


def test_work_of_another_machine_is_offered_only_where_its_lock_would_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    session = autosave()
    session.keep(WORK)
    wait_for(lambda: session.kept == WORK)
    session.end(is_orderly=False)
    session.path.with_suffix(".lock").write_text("elsewhere.4711.123456")
    assert recovery.left()
    flock_that_fails(monkeypatch, errno.ENOLCK)
    assert recovery.left() is None
