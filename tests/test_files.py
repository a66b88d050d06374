"""The one place that writes: whole or not at all, on the disk before it says so, never over what it did not see."""

import errno
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gdtui.errors import InputError, OutputError
from gdtui.storage import crash, files


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_new_file_has_the_usual_permissions_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        version = files.write(tmp_path / "run.csv", b"epoch\n")
    finally:
        os.umask(before)
    assert (tmp_path / "run.csv").read_bytes() == b"epoch\n"
    assert mode(tmp_path / "run.csv") == 0o640
    assert names(tmp_path) == ["run.csv"]
    assert files.version(tmp_path / "run.csv") == version == files.read(tmp_path / "run.csv", 99)[1]


def test_a_file_that_is_there_is_not_written_over_without_its_version(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_bytes(b"another's")
    with pytest.raises(OutputError, match=r"run.csv: a file with this name already exists"):
        files.write(path, b"mine")
    assert path.read_bytes() == b"another's"
    path.chmod(0o604)
    files.write(path, b"mine", over=files.version(path))
    assert (path.read_bytes(), mode(path), names(tmp_path)) == (b"mine", 0o604, ["run.csv"])


def test_what_another_session_wrote_meanwhile_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    mine = theirs = files.write(path, b"first")
    files.write(path, b"theirs", over=theirs)
    with pytest.raises(OutputError, match="it has been changed in the meantime"):
        files.write(path, b"mine!!", over=mine)
    assert (path.read_bytes(), names(tmp_path)) == (b"theirs", ["bench.json"])


def test_a_file_that_was_taken_away_is_not_brought_back_by_a_yes_for_it(tmp_path: Path) -> None:
    version = files.write(tmp_path / "bench.json", b"first")
    (tmp_path / "bench.json").unlink()
    with pytest.raises(OutputError, match="changed in the meantime"):
        files.write(tmp_path / "bench.json", b"second", over=version)
    assert names(tmp_path) == []


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "precious", tmp_path / "link"
    target.write_bytes(b"precious")
    for aimed in (target, tmp_path / "nowhere"):
        link.symlink_to(aimed)
        with pytest.raises(OutputError, match=r"link: (this is a symbolic link|a file with this name already exists)"):
            files.write(link, b"mine")
        with pytest.raises(OutputError, match=r"link: this is a symbolic link"):
            files.version(link)
        with pytest.raises(OutputError, match=r"link: this is a symbolic link"):
            files.write_private(link, b"mine")
        with pytest.raises(InputError, match=r"link: this is a symbolic link"):
            files.read(link, 99, is_private=True)
        link.unlink()
    assert (target.read_bytes(), names(tmp_path)) == (b"precious", ["precious"])


@pytest.mark.parametrize("place", ["lessons", "pipe", "no/such/run.csv", "a\0b", "file/run.csv", "x" * 300])
def test_places_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "lessons").mkdir()
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError) as refused:
        files.write(tmp_path / place, b"mine")
    assert "\n" not in str(refused.value)
    assert names(tmp_path) == ["file", "lessons", "pipe"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("exists", [False, True])
def test_a_full_or_broken_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, exists: bool
) -> None:
    path = tmp_path / "bench.json"
    version = files.write(path, b"before") if exists else None

    def fail(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match=os.strerror(number)):
        files.write(path, b"after", over=version)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == (
        {"bench.json": b"before"} if exists else {}
    )


@pytest.mark.parametrize("special", ["pipe", "folder", "/dev/zero", "/dev/null"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, special: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=r"(not a regular file|this is a folder, not a file)$"):
        files.read(tmp_path / special, 1 << 20)


def test_the_limit_is_kept_and_named(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_bytes(b"x" * 1000)
    assert files.read(path, 1000)[0] == b"x" * 1000
    with pytest.raises(InputError, match=r"bench.json: it is larger than the limit of 999 bytes"):
        files.read(path, 999)
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match=r"bench.json: it is larger than the limit of 2 MiB"):
        files.read(path, 2 << 20)


def test_a_file_that_does_not_say_how_long_it_is() -> None:
    maps = Path("/proc/self/maps")
    assert maps.stat().st_size == 0
    assert b"python" in files.read(maps, 10 << 20)[0]
    with pytest.raises(InputError, match="it is larger than the limit of 100 bytes"):
        files.read(maps, 100)


def test_private_files_are_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "deep" / "state"))
    before = os.umask(0)
    try:
        files.write_private(files.state_folder() / "kept", b"mine")
    finally:
        os.umask(before)
    path = tmp_path / "deep" / "state" / "gdtui" / "kept"
    assert path.read_bytes() == b"mine"
    assert [mode(place) for place in (path, path.parent, path.parent.parent, tmp_path / "deep")] == [
        0o600,
        *(0o700,) * 3,
    ]
    path.parent.chmod(0o755)
    files.write_private(path, b"still mine")
    assert (mode(path.parent), names(path.parent)) == (0o700, ["kept"])


def test_a_relative_xdg_folder_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert files.state_folder().is_relative_to(tmp_path / "home")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert files.state_folder() == tmp_path / "state" / "gdtui"


WRITER = """
import json, sys
from pathlib import Path
from gdtui.storage import files
path, version = Path(sys.argv[1]), None
for number in range(1_000_000):
    content = json.dumps({"number": number, "filling": "x" * (number * 7919 % 50_000)}).encode()
    version = files.write(path, content, over=version)
    print(number, flush=True)
"""


@pytest.mark.slow
def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(7)
    for attempt in range(8):
        path = tmp_path / f"{attempt}.json"
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            acknowledged = [writer.stdout.readline()]
            time.sleep(chance.uniform(0, 0.05))
            writer.send_signal(signal.SIGKILL)
            acknowledged += writer.stdout.readlines()
        whole = [int(line) for line in acknowledged if line.endswith(b"\n")]
        assert whole
        assert json.loads(path.read_bytes())["number"] >= whole[-1]


def test_the_report_of_a_crash_is_the_users_alone_and_written_through_no_link(tmp_path: Path) -> None:
    kept = crash.keep("Traceback\n")
    assert kept
    assert (mode(kept), mode(kept.parent)) == (0o600, 0o700)
    kept.unlink()
    (tmp_path / "other").touch()
    kept.symlink_to(tmp_path / "other")
    assert crash.keep("Traceback\n") is None
    assert (tmp_path / "other").read_bytes() == b""


FOREIGN = """
from gdtui.storage import files
try:
    files.read("\\U0001f600.csv", 10)
except files.InputError as error:
    print(ascii(str(error)))
"""


@pytest.mark.system
def test_a_name_that_the_locale_cannot_write_is_refused_with_the_reason() -> None:
    environment = {**os.environ, "LC_ALL": "ko_KR.EUC-KR", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", FOREIGN], env=environment, capture_output=True, text=True, check=True)
    if "no such file" in done.stdout:
        pytest.skip("the locale ko_KR.EUC-KR is not installed")
    assert "the locale's character set, euc_kr, does not have all of these characters" in done.stdout


def test_a_report_of_a_crash_holds_nothing_that_a_terminal_obeys() -> None:
    kept = crash.keep(
        "Error: a\x1b[2J\x9b31m\x1b]0;x\x07\u202e" + "\u0301" * 1000 + "\udcff\n  at \x1b[31mline 3\x1b[0m\n"
    )
    assert kept
    text = kept.read_text()
    assert text.endswith("\n  at line 3\n")
    assert not {"\x1b", "\x9b", "\x07", "\u202e"}.intersection(text)
    assert "\u0301" * 5 not in text
