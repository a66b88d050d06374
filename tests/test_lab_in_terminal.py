"""The program itself, in a real pseudo-terminal read by a terminal emulator."""

import os
import random
import re
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_backend import COMMAND, REAL_COMMAND
from terminal import Terminal
from waiting import wait_for

LECTURE = (Path(__file__).parent / "reference" / "lecture.txt").read_text().splitlines()


def gdtui(*arguments: str) -> list[str]:
    """The installed command, or the module where it is not installed."""
    command = shutil.which("gdtui", path=str(Path(sys.executable).parent))
    return [*([command] if command else REAL_COMMAND), *arguments]


def without_torch(*arguments: str) -> list[str]:
    """The command with a backend that needs no torch, for all that is between the lab and its terminal."""
    return [*COMMAND, *arguments]


def test_what_is_typed_ahead_of_a_question_is_in_its_field():
    with Terminal(gdtui()) as terminal:
        terminal.wait_for("┤", timeout=60)
        terminal.press("h", *"4.6", "backspace", "5", "enter")
        terminal.wait_for("H(4.5) = 0.000000")
        terminal.press("space", "P", *"1.5")
        terminal.wait_for("decimals) 1.5")


def test_the_lecture_from_start_to_quit():
    with Terminal(gdtui()) as terminal:
        terminal.wait_for("paused", timeout=60)
        terminal.wait_for("epoch 1/10")
        terminal.wait_for("┤", timeout=60)
        terminal.press(*["space"] * 9)
        terminal.wait_for("▸" + LECTURE[9])
        terminal.wait_for("W 1.000")
        terminal.wait_for(LECTURE[8])
        assert not any(mode.startswith("mouse") for mode in terminal.modes)

        terminal.resize(120, 40)
        terminal.wait_for(LECTURE[0])
        terminal.resize(50, 10)
        terminal.wait_for("gdtui needs 60×16; this window is 50×10")
        terminal.resize(80, 24)
        terminal.wait_for("▸" + LECTURE[9])

        terminal.wait_until_still(0.5)
        mark = terminal.mark()
        terminal.wait_until_still(1.0)
        assert terminal.sent_since(mark) == b"", "nothing is sent while nothing happens"

        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()
        assert terminal.termios_restored


@pytest.mark.parametrize("key", ["q", *(pytest.param(key, marks=pytest.mark.slow) for key in ("ctrl+q", "F10"))])
def test_quitting_while_torch_loads(key: str):
    with Terminal(gdtui()) as terminal:
        terminal.wait_for("loading torch")
        terminal.press(key)
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()


@pytest.mark.slow
def test_the_anatomy_and_the_code_by_keyboard_alone():
    with Terminal(gdtui("--convention", "mse")) as terminal:
        terminal.wait_for("┤", timeout=60)
        terminal.press("space", "a")
        terminal.wait_for("0.93333 − (−0.06222)")
        terminal.wait_for("cost  0.020741 → 0.000092, lower")
        assert all(len(row) <= 80 for row in terminal.rows)

        terminal.press("f", "enter")
        terminal.wait_for(lambda terminal: re.search(r"the error of row \d =", terminal.text))
        terminal.press("7", "enter")
        terminal.wait_for("too high")
        terminal.press("escape")  # with another key at once it would be read as alt
        terminal.wait_for(lambda terminal: "too high" not in terminal.text)
        terminal.press("g")
        terminal.wait_for(lambda terminal: re.search(r"he error of row \d is −", terminal.text))
        terminal.press("f", "c", "s")
        terminal.wait_for("▸   hypothesis = x_train * W")
        terminal.wait_for("cost ?")
        terminal.press("s", "s", "s", "s")
        terminal.wait_for("cost 0.020741")
        terminal.wait_for("▸   W -= lr * gradient")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.termios_restored


@pytest.mark.slow
def test_exported_sizes_do_not_freeze_it_and_optim_warns_of_nothing():
    with Terminal(gdtui("--method", "optim"), environment={"COLUMNS": "40", "LINES": "10"}) as terminal:
        terminal.wait_for(lambda terminal: len(row := terminal.rows[0].rstrip()) > 70 and row.endswith("paused"), 60)
        terminal.press("space")
        terminal.wait_for("W 0.933")
        assert "arning" not in terminal.text


@pytest.mark.slow
def test_without_colour_no_colour_is_sent():
    with Terminal(without_torch(), environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("paused", timeout=60)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        sent = re.findall(rb"\x1b\[([\d;]*)m", terminal.sent)
        numbers = {int(number) for attributes in sent for number in attributes.split(b";") if number}
        assert numbers <= {0, 1, 22, 39, 49}, "reset, bold or not, and the terminal's own colours"
        terminal.press("e")
        terminal.wait_for("escape back")


def test_bad_data_is_one_line_and_the_terminal_is_left_alone(tmp_path: Path):
    table = tmp_path / "scores.csv"
    table.write_text("hours,score\n1,2\nabc,3\n")
    with Terminal(gdtui("--data", str(table))) as terminal:
        assert terminal.wait() == 2
        assert "scores.csv:3: column 'hours': 'abc' is not a number" in terminal.text.replace("\n", "")
        assert b"\x1b[?1049h" not in terminal.sent


SIGNALS = [
    signal.SIGHUP,
    *(pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)),
]
"""What ends a program: a lost connection every time, and in the whole check the others too."""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_it_in_order(number: signal.Signals):
    with Terminal(without_torch("--epochs", "1000000")) as terminal:
        terminal.wait_for("epoch 1/1000000", timeout=60)
        terminal.press(*["]"] * 3, "r")
        terminal.wait_for("playing, full speed")
        terminal.signal(number)
        assert terminal.wait() == 128 + number
        assert terminal.modes == frozenset()
        assert terminal.termios_restored


@pytest.mark.slow
def test_it_is_suspended_and_comes_back_whole():
    with Terminal(without_torch()) as terminal:
        terminal.wait_for("epoch 1/10", timeout=60)
        terminal.press("space")
        # On a busy machine the charts come later than the first steps: their library is loaded last.
        terminal.wait_for(lambda terminal: "▸Epoch    2/10" in terminal.text and terminal.text.count("┤") > 4)
        shown = terminal.text
        os.kill(terminal.pid, signal.SIGTSTP)
        wait_for(lambda: terminal.is_stopped)
        wait_for(lambda: terminal.modes == frozenset())
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait_for(lambda terminal: terminal.text == shown and "no line wrap" in terminal.modes)
        terminal.press("space")
        terminal.wait_for("▸" + LECTURE[2])


def epoch_shown(terminal: Terminal) -> int:
    """The epoch in the line of numbers; 0 where there is none."""
    shown = re.search(r"epoch (\d+)/", terminal.text)
    return int(shown[1]) if shown else 0


@pytest.mark.slow
def test_ctrl_z_goes_on_where_there_is_no_shell_to_bring_it_back():
    """As over `ssh -t host gdtui`, in a container, or after `exec gdtui`: here the lab leads its session."""
    with Terminal(without_torch()) as terminal:
        terminal.wait_for("epoch 1/10", timeout=60)
        terminal.press("ctrl+z")
        terminal.wait_for("There is no shell to go back to")
        terminal.press("space")
        terminal.wait_for("W 1.400")
    with Terminal(["sh", "-c", '"$@"; true', "sh", *without_torch()]) as terminal:  # which has no other process group
        terminal.wait_for("epoch 1/10", timeout=60)
        terminal.press("?")
        terminal.wait_for("On this screen")
        terminal.press("ctrl+z")
        terminal.wait_for("There is no shell to go back to")


@pytest.mark.slow
def test_it_suspends_while_it_plays_and_time_stands_still():
    with Terminal(without_torch("--epochs", "1000000")) as terminal:
        terminal.wait_for("epoch 1/1000000", timeout=60)
        terminal.press("r")
        terminal.wait_for(lambda terminal: 3 <= epoch_shown(terminal) < 100)
        before = epoch_shown(terminal)
        terminal.signal(signal.SIGTSTP)
        wait_for(lambda: terminal.is_stopped)
        wait_for(lambda: terminal.modes == frozenset() and terminal.termios_restored)
        time.sleep(3.0)
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait_for(lambda terminal: "no line wrap" in terminal.modes and "playing" in terminal.text)
        terminal.press("r")
        terminal.wait_for("paused")
        # Five a second: those of the three seconds must not be made up for.
        assert epoch_shown(terminal) < before + 15
        terminal.press("ctrl+c")
        terminal.wait_for("ctrl+c again quits")
        terminal.press("ctrl+c")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()


SHELL = ["bash", "--norc", "--noprofile", "-i"]


def process_of(shell: Terminal) -> Path:
    """Where the system tells of the only program that a shell has started."""
    children = Path(f"/proc/{shell.pid}/task/{shell.pid}/children")
    wait_for(children.read_text)
    [child] = children.read_text().split()
    return Path("/proc") / child


def is_stopped(process: Path) -> bool:
    return (process / "stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.fixture
def shell_with_suspended_lab() -> Iterator[Terminal]:
    """A shell from which a lab was started, which plays and was suspended."""
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    with Terminal(SHELL, environment={"PS1": "$ ", "HISTFILE": None}) as shell:
        shell.wait_for("$")
        shell.write(f"{shlex.join(without_torch('--epochs', '1000000'))}\n".encode())
        shell.wait_for("epoch 1/1000000", timeout=60)
        shell.press("r")
        shell.wait_for("playing")
        shell.press("ctrl+z")
        shell.wait_for("Stopped")
        process = process_of(shell)
        yield shell
        if process.exists():
            os.kill(int(process.name), signal.SIGKILL)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_suspended_one_ends_when_its_shell_tells_it(shell_with_suspended_lab: Terminal, number: signal.Signals):
    shell = shell_with_suspended_lab
    process = process_of(shell)
    # To be told to end by SIGTERM or SIGHUP is to be woken as well; for the others the shell does not do that.
    shell.write(f"kill -{number.value} %1; kill -CONT %1\n".encode())
    wait_for(lambda: not process.exists())
    shell.write(b"wait %1; echo code=$?\n")
    shell.wait_for(f"code={128 + number}")
    assert shell.modes <= {"bracketed paste"}, "which is the shell's own"


def test_a_suspended_one_ends_with_its_terminal(shell_with_suspended_lab: Terminal):
    process = process_of(shell_with_suspended_lab)
    shell_with_suspended_lab.hang_up()
    wait_for(lambda: not process.exists())


@pytest.mark.slow
def test_a_suspended_one_waits_in_the_background_and_comes_back_whole(shell_with_suspended_lab: Terminal):
    shell = shell_with_suspended_lab
    process = process_of(shell)
    shell.write(b"bg\n")
    wait_for(lambda: is_stopped(process))
    shell.wait_until_still(0.5)
    assert is_stopped(process)
    shell.write(b"fg\n")
    shell.wait_for(lambda shell: "playing" in shell.text and "quit" in shell.rows[-1])
    shell.press("q")
    wait_for(lambda: not process.exists())
    shell.write(b"echo code=$?\n")
    shell.wait_for("code=0")


@pytest.mark.slow
def test_one_started_in_the_background_waits_for_its_terminal():
    with Terminal(SHELL, environment={"PS1": "$ ", "HISTFILE": None}) as shell:
        shell.wait_for("$")
        for last in ("fg\n", "kill %1\n"):
            shell.write(f"{shlex.join(without_torch())} &\n".encode())
            wait_for(lambda: is_stopped(process_of(shell)), timeout=60)
            process = process_of(shell)
            shell.write(last.encode())
            if last == "fg\n":
                shell.wait_for("paused", timeout=60)
                shell.press("q")
            wait_for(lambda process=process: not process.exists())


def test_bytes_that_are_not_utf8_do_no_harm():
    with Terminal(without_torch()) as terminal:
        terminal.wait_for("epoch 1/10", timeout=60)
        terminal.write(b"\xc7\xd1\xff\xfe\x80")
        terminal.press("space")
        terminal.wait_for("W 1.400")
        terminal.press("q")
        assert terminal.wait() == 0


def test_it_ends_when_its_terminal_goes_away():
    with Terminal(without_torch("--epochs", "1000000")) as terminal:
        terminal.wait_for("epoch 1/1000000", timeout=60)
        terminal.press(*["]"] * 3, "r")
        terminal.wait_for("playing, full speed")
        assert terminal.hang_up() == 128 + signal.SIGHUP


@pytest.mark.slow
def test_being_continued_in_the_middle_of_drawing_holds_nothing_up():
    """As by a hang-up, which sends SIGHUP and SIGCONT: the thread that reads keys waits for whoever draws."""
    code = """
import os, signal, time
from gdtui.terminal import cells

feed, calls = cells.Cells.feed, 0
def interrupted(self, data):
    global calls
    calls += 1
    if calls % 100 == 0:
        time.sleep(0.2)  # until a key has come
        os.kill(os.getpid(), signal.SIGCONT)
    return feed(self, data)
cells.Cells.feed = interrupted
from gdtui.cli import loading
from fake_backend import FAKE
loading.load_backend = lambda: FAKE
from gdtui.cli.main import main
main()
"""
    environment = {"PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), *sys.path))}
    with Terminal([sys.executable, "-c", code], environment=environment) as terminal:
        terminal.wait_for("paused", timeout=60)
        for _ in range(30):
            terminal.press("space", "b")
            time.sleep(0.05)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
        assert terminal.modes == frozenset()
        assert terminal.termios_restored


HANG_UPS, AT_ONCE = 100, 4
SECONDS_TO_END = 2.5


def hang_up_at_random(seed: int) -> float:
    """Play at full pace, continue the lab again and again, take its terminal away, and say how long it takes to end."""
    chance = random.Random(seed)
    with Terminal(without_torch("--epochs", "1000000")) as terminal:
        terminal.wait_for("epoch 1/1000000", timeout=120)
        terminal.press(*["]"] * 3, "r")
        terminal.wait_for("playing, full speed", timeout=60)
        time.sleep(chance.uniform(0, 0.5))
        for _ in range(chance.randrange(6)):
            terminal.signal(signal.SIGCONT)
            time.sleep(chance.choice((0, 0, 0.003, 0.05)))
        begin = time.monotonic()
        assert terminal.hang_up(patience=60) == 128 + signal.SIGHUP
        return time.monotonic() - begin


@pytest.mark.slow
def test_a_hundred_hang_ups_leave_no_lab_behind():
    with ThreadPoolExecutor(AT_ONCE) as threads:
        seconds = sorted(threads.map(hang_up_at_random, range(HANG_UPS)))
    assert seconds[-1] < SECONDS_TO_END, seconds[-10:]


def test_keys_typed_in_one_burst_arrive_in_order():
    with Terminal(without_torch()) as terminal:
        terminal.wait_for("epoch 1/10", timeout=60)
        terminal.press("e")
        terminal.wait_for("escape back")
        terminal.wait_until_still()
        terminal.write(b"\x7f\x7f\x7f0.3\x7f2")
        terminal.wait_for("lr              0.2 ")


@pytest.mark.slow
def test_a_crash_says_why(tmp_path: Path):
    broken = "import sys, gdtui.ui.lab.app as app, gdtui.cli.main as cli\n"
    broken += "app.LabApp.look_for_what_is_loaded = lambda self: 1 / 0\nsys.argv = ['gdtui']\ncli.main()"
    with Terminal([sys.executable, "-c", broken], columns=120) as terminal:
        assert terminal.wait() == 1
        assert "gdtui crashed: ZeroDivisionError: division by zero" in terminal.text
        assert len(terminal.text.strip().splitlines()) == 2
        whole = Path(os.environ["XDG_STATE_HOME"]) / "gdtui" / "crash.log"
        assert "Traceback" in whole.read_text()
        assert terminal.modes == frozenset()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.03, 0.06, 0.1, 0.15])
def test_a_signal_while_a_lesson_opens_is_no_crash(seconds: float):
    with Terminal(without_torch()) as terminal:
        terminal.wait_for("epoch 1/10", timeout=60)
        terminal.press("L")
        terminal.wait_for("Lessons")
        terminal.press("enter")
        time.sleep(seconds)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
        assert terminal.modes == frozenset()
