"""`gdtui doctor` tells what is there, on a terminal and without one."""

import json
import os
import subprocess
import sys
import termios
import threading
from importlib.metadata import version
from pathlib import Path

import pytest
from fake_backend import COMMAND, REAL_COMMAND
from terminal import Terminal
from waiting import join

from gdtui.cli import doctor
from gdtui.terminal.queries import ask

DOCTOR = [*COMMAND, "doctor"]
VARIABLES = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "COLORTERM": "truecolor"}


def told(command: list[str] = COMMAND, **variables: str) -> dict[str, object]:
    """What it says in JSON, without a terminal."""
    words, environment = [*command, "doctor", "--json"], {**VARIABLES, **variables}
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert done.stderr == b""
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_it_says_which_named_folder_is_not_there():
    found = told(GDTUI_HAND_IN="/nope1", GDTUI_CLASS="/nope2", GDTUI_LESSONS="/nope3")
    said = " ".join(found["advice"])
    for why in (
        "/nope1: there is no such folder",
        "/nope2: No such file or directory. gdtui class check says what to type",
        "GDTUI_LESSONS: there is no folder /nope3",
    ):
        assert why in said


@pytest.mark.slow
def test_without_a_terminal_nothing_is_asked_and_it_says_so():
    found = told(REAL_COMMAND)
    assert str(found["probes"]).startswith("not asked")
    assert found["round_trip_ms"] is None
    assert found["refusal"]
    assert found["torch"] == version("torch")
    assert found["torch_threads"] == 1
    assert (found["textual"], found["plotext"]) == (version("textual"), version("plotext"))


def test_what_the_environment_says():
    found = told(TMUX="/tmp/tmux,1,0", STY="1.pts", SSH_CONNECTION="a 1 b 2", LC_ALL="ko_KR.EUC-KR", NO_COLOR="1")
    assert found["within"] == ["ssh", "tmux", "screen"]
    assert (found["character_set"], found["is_ascii_only"]) == ("euc-kr", True)
    said = found["advice"]
    assert isinstance(said, list)
    assert any("LANG=" in line for line in said)
    assert any("escape-time" in line for line in said)


def test_it_sees_mosh_by_the_server_that_it_was_started_by(tmp_path: Path):
    server = tmp_path / "mosh-server"
    server.symlink_to("/bin/sh")  # its process has the name of the link
    program = f"{sys.executable} -c 'from gdtui.cli import doctor; print(doctor.within({{}}))'; true"
    ran = subprocess.run([server, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['mosh']"


def test_on_a_terminal_it_asks_and_leaves_no_trace():
    with Terminal(DOCTOR, 100, 40, {"PYTHONDONTWRITEBYTECODE": None}) as terminal:
        assert terminal.wait(60) == 0
        assert "terminal    TERM=xterm-256color, 100×40" in terminal.text
        assert f"all {len(doctor.CHARACTERS)} characters of the lab are one cell wide" in terminal.text
        assert "round trip" in terminal.text
        assert terminal.text.rstrip().endswith("All is well.")
        assert terminal.termios_restored


def test_a_terminal_that_controls_nobody_is_asked_too():
    """As where a program opened it that started no session on it."""
    with Terminal(["setsid", "--wait", *DOCTOR], 100, 40) as terminal:
        assert terminal.wait(60) == 0
        assert "round trip" in terminal.text


def test_a_terminal_that_does_not_tell_its_size_is_told_what_to_do():
    with Terminal(["sh", "-c", 'stty rows 0 columns 0; exec "$@"', "sh", *DOCTOR], 100, 40) as terminal:
        assert terminal.wait(60) == 0
        assert "stty rows" in terminal.text
        assert "0×0" not in terminal.text


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C"},
        *(pytest.param(v, marks=pytest.mark.slow) for v in ({"LC_ALL": "ko_KR.EUC-KR"}, {"TERM": "linux"})),
    ],
    ids=str,
)
def test_on_a_terminal_that_knows_ascii_alone_it_prints_nothing_else(variables: dict[str, str | None]):
    with Terminal(DOCTOR, 100, 40, variables) as terminal:
        assert terminal.wait(60) == 0
        assert "100x40" in terminal.text
        assert terminal.sent.isascii()


@pytest.mark.slow
def test_it_needs_nothing_of_the_screen():
    hidden = "import sys; sys.modules.update(dict.fromkeys(('textual', 'rich', 'plotext')))\n"
    hidden += "sys.argv = ['gdtui', 'doctor']\nfrom gdtui.cli.main import run_safely\nrun_safely()"
    done = subprocess.run([sys.executable, "-c", hidden], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "torch" in done.stdout


@pytest.fixture
def pair():
    """Both ends of a terminal."""
    master, slave = os.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


def test_a_terminal_that_draws_wide_is_found_out(pair: tuple[int, int]):
    master, slave = pair

    def answer() -> None:
        asked = 0
        while asked < 5:
            for _ in range(os.read(master, 4096).count(b"\x1b[6n")):
                asked += 1
                os.write(master, b"x\x1b[1;%dR" % (3 if asked == 5 else 2))

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    before = termios.tcgetattr(slave)
    found = ask(slave, slave, "─●")
    join(thread)
    assert found is not None
    assert found.widths == {"─": 1, "●": 2}
    assert 0 < found.round_trip < 2
    assert termios.tcgetattr(slave) == before


def test_a_terminal_that_does_not_answer_is_not_waited_for_long(pair: tuple[int, int]):
    assert ask(pair[1], pair[1], "─") is None


def test_a_terminal_that_is_too_small_or_slow_is_said_so():
    report = doctor.Report(
        *("0", "3", "Linux", "tmux-256color", "16 million or 256", "utf-8", "utf-8"),
        is_ascii_only=False,
        variables={},
        within=("tmux",),
        size=(40, 10),
        refusal=None,
        probes="asked",
        round_trip_ms=400.0,
        odd_widths={"●": 2},
        cores=2,
        torch="2",
        torch_threads=1,
        torch_seconds=1.0,
        textual="8",
        plotext="6",
    )
    said = "\n".join(doctor.advice(report, {}))
    assert all(word in said for word in ("window larger", "slow", "ambiguous", "●", "escape-time"))
    assert "default-terminal" not in said


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[2J\x9b31m\u202e",
        *(pytest.param(text, marks=pytest.mark.slow) for text in ("\udcff", "a" + "\u0301" * 1000)),
    ],
)
def test_hostile_variables_are_told_in_letters_that_say_nothing_to_a_terminal(hostile: str):
    found = told(LC_ALL="", LC_CTYPE="", LANG=f"x.{hostile}", TERM=f"xterm{hostile}", TERM_PROGRAM=hostile)
    text = json.dumps(found, ensure_ascii=False)
    assert not {"\x1b", "\x9b", "\u202e", "\udcff"}.intersection(text)
    assert "\u0301" * 5 not in text
