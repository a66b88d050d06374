"""Terminals of every kind: those that cannot be drawn on, those that know ASCII alone, and texts that attack them."""

import os
import random
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_backend import COMMAND, REAL_COMMAND
from terminal import Terminal
from waiting import wait_for

from gdtui.terminal.capability import character_set, is_ascii_only
from gdtui.ui.common.arrows import show_arrows, with_arrow_keys

LAB = COMMAND


def slow(*values: object) -> object:
    """One more case of a test whose other cases run every time."""
    return pytest.param(*values, marks=pytest.mark.slow)


def ready(terminal: Terminal) -> bool:
    """Whether the first frame with charts and their legend is there."""
    return "paused" in terminal.text and terminal.text.count("1/10") > 1 and " next " in terminal.text


def describe(folder: Path, name: str, cup: bytes) -> None:
    """Put a terminal that moves its cursor in this way, and can do nothing else, into a database of its own.

    The format is that of term(5): a header, the name, no flags and no numbers, where each text begins, the texts.
    Moving the cursor is the eleventh of them.
    """
    names = name.encode() + b"\0"
    header = struct.pack("<6h", 0o432, len(names), 0, 0, 11, len(cup) + 1)
    described = header + names + bytes(len(names) % 2) + struct.pack("<11h", *[-1] * 10, 0) + cup + b"\0"
    for place in (folder / name[0], folder / f"{ord(name[0]):x}"):  # Linux and macOS
        place.mkdir(parents=True)
        (place / name).write_bytes(described)


@pytest.mark.parametrize("name", ["dumb", "", "unknown", None, "wyse50"])
def test_a_terminal_that_cannot_draw_is_refused_in_one_line(name: str | None, tmp_path: Path):
    if name == "wyse50":  # no stock system has it in its own database
        describe(tmp_path, name, b"\x1b=%p1%' '%+%c%p2%' '%+%c")
    with Terminal(REAL_COMMAND, columns=120, environment={"TERM": name, "TERMINFO": str(tmp_path)}) as terminal:
        assert terminal.wait() == 2
        assert "Without a screen: gdtui run" in terminal.text
        assert len(terminal.text.strip().splitlines()) == 1
        assert b"\x1b" not in terminal.sent


@pytest.mark.slow
def test_a_folder_that_is_gone_is_said_and_the_terminal_given_back(tmp_path: Path):
    """A library that torch brings ends the process where there is no folder, in the middle of the screen."""
    folder = tmp_path / "gone"
    folder.mkdir()
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with Terminal(
        ["sh", "-c", 'rmdir "$0"; exec "$@"', folder, *REAL_COMMAND], cwd=folder, environment=environment
    ) as terminal:
        assert terminal.wait() == 2
        assert "the folder that gdtui was started in is gone: cd to another" in terminal.text
        assert terminal.modes == frozenset()
        assert terminal.termios_restored


@pytest.mark.slow
def test_the_first_optimizer_is_refused_where_the_folder_is_gone_and_taken_in_another(tmp_path: Path):
    """torch looks for the folder when it makes its first optimizer, which is in the lab at any time."""
    code = """
import os, sys
from gdtui.descent.backend import BACKEND
from gdtui.errors import UserError
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.lab.workspace import Workspace
from gdtui.experiment.optimizer import Optimizer

workspace, adam = Workspace(Experiment(), BACKEND), Change(1, optimizer=Optimizer("adam"))
os.rmdir(os.getcwd())
try:
    workspace.edit(workspace.run.experiment, adam)
except UserError as error:
    print(error)
os.chdir(sys.argv[1])
workspace.edit(workspace.run.experiment, adam)
print(workspace.run.settings.optimizer)
"""
    folder = tmp_path / "gone"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ran = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=folder, env=environment, capture_output=True)
    assert ran.stdout.decode().splitlines() == [
        "the folder that gdtui was started in is gone: cd to another",
        "adam",
    ], ran.stderr.decode()


@pytest.mark.slow
def test_playing_on_to_an_optimizer_where_the_folder_has_gone_pauses_and_says_why(tmp_path: Path):
    folder = tmp_path / "gone"
    folder.mkdir()
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "XDG_STATE_HOME": str(tmp_path)}
    options = ["--method", "optim", "--then", "4:optimizer=adam"]
    with Terminal([*REAL_COMMAND, *options], cwd=folder, environment=environment) as terminal:
        terminal.wait_for("paused")
        folder.rmdir()
        terminal.press("r")
        terminal.wait_for("the folder that gdtui was started in is gone: cd to another")
        terminal.wait_for("epoch 3/10")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.slow
def test_refusing_takes_no_time():
    """Against the start of an interpreter that does the same imports: the machine may be busy."""
    imports = [sys.executable, "-c", "import gdtui.cli.main"]
    seconds = {"refused": 9.0, "imports": 9.0}
    for _ in range(5):
        for name, command, code in (("refused", REAL_COMMAND, 2), ("imports", imports, 0)):
            begin = time.monotonic()
            assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == code
            seconds[name] = min(seconds[name], time.monotonic() - begin)
    assert seconds["refused"] < max(0.3, 2 * seconds["imports"])


SIZES = [(1, 1), (2, 60), (250, 1), (20, 5), (60, 16), (79, 23), (80, 24), (120, 40), (250, 80)]
LEAST = (60, 16)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "xterm-256color",
        "linux",
        *map(slow, ["xterm", "screen", "tmux-256color", "vt100", "putty", "xterm-unheard-of"]),
    ],
)
def test_it_runs_on_at_every_size(name: str):
    with Terminal(LAB, environment={"TERM": name, "COLORTERM": None}) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        for columns, rows in SIZES:
            terminal.resize(columns, rows)
            if columns >= LEAST[0] and rows >= LEAST[1]:
                terminal.wait_for(lambda terminal: "W 1.400" in terminal.text and "quit" in terminal.rows[-1])
                terminal.wait_for(lambda terminal, right=columns - 6: "paused" in terminal.rows[0][right - 4 :])
            elif columns >= 20:
                terminal.wait_for("gdtui needs")
            else:
                terminal.wait_for(lambda terminal: "W 1.400" not in terminal.text)
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()
        assert terminal.sent.isascii() is (name == "linux")


OVERLAYS = [
    ("?", "On this screen"),
    slow("ctrl+p", "Search for commands"),
    slow("e", "escape back"),
    slow("h", "H(x) for"),
    slow("L", "Lessons"),
]
"""What lies over the lab: the key that opens it, and what is seen then."""


@pytest.mark.slow
@pytest.mark.parametrize(("key", "shown"), OVERLAYS)
def test_what_is_open_outlives_every_size(key: str, shown: str):
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press(key)
        terminal.wait_for(shown)
        for columns in (1, 2, 4, 5, 7, 250):
            terminal.resize(columns, 24)
            terminal.wait_until_still(0.2)
        terminal.resize(80, 24)
        terminal.wait_for(shown)
        terminal.press("ctrl+c", "ctrl+c")
        assert terminal.wait() == 0


@pytest.mark.parametrize(
    "size",
    [(1, 1), LEAST, *map(slow, [(250, 80), (2, 60), (250, 1), (20, 5), (79, 23), (80, 24), (120, 40)])],
    ids=str,
)
def test_it_starts_at(size: tuple[int, int]):
    with Terminal(LAB, *size) as terminal:
        terminal.wait_until_still(1.0)
        terminal.wait_for(lambda terminal: terminal.sent.count(b"\x1b") > 8)
        terminal.press("q")
        assert terminal.wait(60) == 0
        assert terminal.modes == frozenset()


@pytest.mark.slow
def test_a_terminal_that_does_not_tell_its_size_is_taken_for_80_by_24():
    """As a serial line, or one that a program opened without a window."""
    with Terminal(["sh", "-c", 'stty rows 0 columns 0; exec "$@"', "sh", *LAB]) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.wait_for(lambda terminal: "quit" in terminal.rows[-1])
        terminal.press("q")
        assert terminal.wait() == 0


class TellsItsSize(Terminal):
    """A terminal that tells its size in band (mode 2048), after the system, before it or instead of it."""

    def tell(self, columns: int, rows: int) -> None:
        """Tell it to the program, and not to the system."""
        self.write(f"\x1b[48;{rows};{columns};{rows * 20};{columns * 10}t".encode())

    def grow(self, columns: int, rows: int) -> None:
        """Show another size, and not tell it to anybody."""
        with self._changed:
            self._emulator.screen.resize(lines=rows, columns=columns)


def fills(columns: int, rows: int) -> Callable[[Terminal], bool]:
    """Whether all of a screen of this size is drawn on."""
    return lambda terminal: (
        len(terminal.rows) == rows
        and "quit" in terminal.rows[-1]
        and "paused" in terminal.rows[0][columns - 10 :]
        and any(row.rstrip().endswith("─") and len(row.rstrip()) == columns for row in terminal.rows[4:8])
    )


@pytest.mark.slow
@pytest.mark.parametrize("order", ["system last", "system alone", "system first", "terminal alone"])
def test_the_size_comes_from_the_system_and_the_terminal_in_any_order(order: str):
    with TellsItsSize(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.write(b"\x1b[?2048;2$y")
        terminal.press("5", "escape")  # what is sent to the terminal goes with the next frame
        terminal.wait_for(lambda terminal: b"\x1b[?2048h" in terminal.sent)
        for size in ((100, 30), (70, 20), (90, 26)):
            if order == "system first":
                terminal.resize(*size)
            terminal.grow(*size)
            if order != "system alone":
                terminal.tell(*size)
            if order.startswith("system"):
                terminal.resize(*size)
            terminal.wait_for(fills(*size))
        terminal.press("space")
        terminal.wait_for("W 1.400")
        assert fills(90, 26)(terminal)


@pytest.mark.slow
def test_many_sizes_told_in_a_rush_end_in_the_last():
    chance = random.Random(3)
    with TellsItsSize([*LAB, "--epochs", "1000000"]) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.write(b"\x1b[?2048;2$y")
        for _ in range(6):
            for _ in range(20):
                size = chance.randrange(60, 130), chance.randrange(16, 45)
                tellers = [terminal.tell, terminal.resize]
                for tell in chance.sample(tellers, chance.choice((1, 2))):
                    tell(*size)
                    time.sleep(chance.choice((0, 0, 0.01, 0.06)))
            for tell in chance.sample(tellers, 2):
                tell(*size)
            terminal.wait_for(fills(*size))
            terminal.press("r")
            terminal.wait_for("playing")
            terminal.press("r")
            terminal.wait_for(fills(*size))


@pytest.mark.slow
def test_a_size_that_nobody_has_is_not_taken_up():
    with TellsItsSize(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        for columns, rows in ((0, 0), (60_000, 60_000), (80, 0)):
            terminal.tell(columns, rows)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        assert fills(80, 24)(terminal)


def test_without_a_controlling_terminal_the_size_is_looked_at_with_each_key():
    """No signal says there that it has changed, as under `su -c`."""
    with Terminal(["setsid", "--wait", *LAB]) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.resize(100, 30)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        terminal.wait_for(fills(100, 30))


class DrawsWide(Terminal):
    """A terminal that draws characters of ambiguous width two cells wide, and says where its cursor is then."""

    has_told = False

    def _answer(self, reply: str) -> None:
        if reply == "\x1b[1;2R" and not self.has_told:
            self.has_told, reply = True, "\x1b[1;3R"
        super()._answer(reply)


def test_a_terminal_that_draws_wide_gets_ascii_by_itself_from_the_first_frame_on():
    with DrawsWide(LAB, environment={"LC_ALL": "ko_KR.UTF-8"}) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        probe = "●\x1b[6n".encode()
        assert terminal.sent.count(probe) == 1
        assert terminal.sent.replace(probe, b"").isascii()
        terminal.wait_for("- Cost -")
        terminal.wait_for("*")  # the charts too


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--no-ascii", "--ascii"])
def test_who_says_what_is_shown_is_not_asked(option: str):
    with DrawsWide([*LAB, option]) as terminal:
        terminal.wait_for(ready, timeout=60)
        assert "●\x1b[6n".encode() not in terminal.sent
        assert terminal.sent.isascii() is (option == "--ascii")


@pytest.mark.slow
def test_a_terminal_that_draws_narrow_shows_nothing_of_the_question():
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.wait_for("─ Cost ─")
        assert terminal.rows[0].startswith(" gdtui")


@pytest.mark.slow
def test_a_window_that_comes_back_to_its_size_is_drawn_anew():
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.wait_until_still(0.5)
        shown = terminal.text
        terminal.resize(50, 12)  # what was beyond is lost, and before anybody looks the size is the same again
        terminal.resize(80, 24)
        terminal.wait_for(lambda terminal: terminal.text == shown)
        terminal.signal(signal.SIGTSTP)
        wait_for(lambda: terminal.is_stopped)
        wait_for(lambda: terminal.modes == frozenset())
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(lambda terminal: terminal.text == shown)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--ascii"], {}),
        ([], {"LC_ALL": "C"}),
        slow([], {"LC_ALL": "ko_KR.EUC-KR"}),
        slow([], {"LC_ALL": None, "LC_CTYPE": None, "LANG": None}),
        slow(["--markers", "braille"], {"TERM": "linux"}),
    ],
    ids=str,
)
def test_in_ascii_mode_nothing_else_is_sent(arguments: list[str], environment: dict[str, str | None], tmp_path: Path):
    table = tmp_path / "scores.csv"  # a name in UTF-8 is none in a locale that is not
    table.write_text("시간,점수\n1,2\n2,4\n3,6\n")
    with Terminal([*LAB, *arguments, "--data", str(table)], 120, 40, environment) as terminal:
        terminal.wait_for(ready, timeout=60)
        for key, shown in (
            ("space", "W 2.800"),
            ("space", "0.477867 -> 0.076459"),
            ("e", "escape back"),
            ("escape", "space step"),
            ("?", "On this screen"),
        ):
            terminal.press(key)
            terminal.wait_for(shown)
        terminal.press("escape")
        terminal.wait_for("paused")
        terminal.press("h")
        terminal.wait_for("H(x) for ???? =")
        terminal.press("escape")
        terminal.wait_for(lambda terminal: "for ????" not in terminal.text)
        terminal.press(*"vvvvzny")
        terminal.wait_for("This experiment as a command line")
        terminal.press("escape")
        terminal.wait_for("paused")
        terminal.press("ctrl+p")
        terminal.wait_for("Search for commands")
        terminal.press("escape")
        terminal.wait_for(lambda terminal: "Search for commands" not in terminal.text)
        assert terminal.sent.isascii()
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.fixture
def arrows_as_words():
    show_arrows(as_words=True)
    yield
    show_arrows(as_words=False)


@pytest.mark.parametrize(
    ("text", "in_words"),
    [
        ("Press → and then ←. After that press ↑ once.", "Press right and then left. After that press up once."),
        ("The keys ← → turn W, and ↑ ↓ turn b.", "The keys left right turn W, and up down turn b."),
        ("  25 space, 5 ←, 3 +    a number repeats", "  25 space, 5 left, 3 +    a number repeats"),
        ("  ←              Look back", "  left           Look back"),
        ("**W ← W − lr·gradient.** h → 0: W 0 → 1.4, W1 ← [2]", "**W ← W − lr·gradient.** h → 0: W 0 → 1.4, W1 ← [2]"),
    ],
)
def test_an_arrow_that_is_a_key_gets_a_word_and_one_of_mathematics_stays(arrows_as_words, text, in_words):
    assert with_arrow_keys(text) == in_words


def test_in_ascii_the_way_out_of_the_help_has_room_on_all_its_pages():
    with Terminal([*LAB, "--ascii"]) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("?")
        terminal.wait_for("up down pgup, pgdn scroll")
        terminal.press("right")
        terminal.wait_for("left right pages")
        terminal.wait_for(lambda terminal: "escape back" in terminal.rows[-1])


def test_in_ascii_the_arrow_keys_are_named_by_words():
    with Terminal([*LAB, "--ascii"], 120, 70) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("space")
        terminal.wait_for("left back")
        terminal.press("?")
        terminal.wait_for("up down pgup, pgdn")
        terminal.wait_for(lambda terminal: re.search(r"left {8,}Look back one epoch", terminal.text))
        terminal.press("escape")
        terminal.wait_for("paused")
        terminal.press("e")
        terminal.wait_for("up down field  left right choose")


@pytest.mark.slow
def test_in_ascii_a_lesson_names_the_arrow_keys_by_words():
    with Terminal([*REAL_COMMAND, "lesson", "hypothesis", "--ascii"], 120, 40) as terminal:
        terminal.wait_for("left and right", timeout=60)
        terminal.wait_for("left right turn W, or type a number:")


def test_ascii_can_be_refused():
    with Terminal([*LAB, "--no-ascii"], environment={"LC_ALL": "C"}) as terminal:
        terminal.wait_for("─ Cost ─", timeout=60)


def test_without_colours_it_shows_where_one_types():
    with Terminal(LAB, environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("space", "P")
        terminal.wait_for("decimals)")
        terminal.press("1", ".", "5")
        terminal.wait_for("decimals) 1.5")
        y, row = next((y, row) for y, row in enumerate(terminal.rows) if "decimals) 1.5" in row)
        assert [x for x in range(80) if terminal.screen.buffer[y][x].reverse] == [len(row.rstrip())]


def test_with_256_colours_what_is_dark_slate_with_more_is_grey():
    with Terminal(LAB, environment={"TERM": "screen-256color", "COLORTERM": None}) as terminal:
        terminal.wait_for(ready, timeout=60)
        background = terminal.screen.buffer[0][0].bg
        assert background != terminal.screen.buffer[1][0].bg
        assert len({background[place : place + 2] for place in (0, 2, 4)}) == 1


def test_in_ascii_a_scroll_bar_has_no_letters_at_its_ends():
    with Terminal([*LAB, "--ascii"]) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("e")
        terminal.wait_for("Parameters")
        for _ in range(6):
            terminal.press("down")
            terminal.wait_until_still()
            assert not [row for row in terminal.rows[5:-1] if row[-2:].strip()]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "ascii"),
        ({"LANG": "C"}, "ascii"),
        ({"LANG": "ko_KR.EUC-KR"}, "euc-kr"),
        ({"LANG": "ko_KR.UTF-8"}, "utf-8"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "ascii"),
        ({"LANG": "C", "LC_CTYPE": "UTF-8"}, "utf-8"),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, "iso-8859-15"),
    ],
    ids=str,
)
def test_the_character_set_is_the_one_asked_for(variables: dict[str, str], expected: str):
    assert character_set(variables) == expected
    assert is_ascii_only(variables) is (expected != "utf-8")


def test_a_locale_that_python_has_made_up_does_not_count():
    told = "from gdtui.terminal.capability import character_set; print(character_set())"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "LANG": "ko_KR.EUC-KR"}
    done = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "euc-kr\n"


HOSTILE = (
    "a\x1b[2Jb",
    "\x1b]52;c;c2VjcmV0\x07",
    "\x1b]0;title\x07",
    "\x9b31m\x9d0;x\x9c",
    "[/]",
    "[link=http://a]x[/link]",
    "z" + "\u0301" * 1000,
    "\u202egnp.exe",
    "\x1bPq\x1b\\",
)
FORBIDDEN = ("\x1b[2J", "\x1b]", "\x1bP", "\x9b", "\x9d", "\u202e", "\x08", "\u0301" * 6, "http://a\x1b")


@pytest.mark.slow
def test_hostile_texts_do_not_reach_the_terminal(tmp_path: Path):
    table = tmp_path / ("evil\x1b]0;x\x07\x9b[b].csv")
    columns = [f'"{name}"' for name in HOSTILE]
    rows = [",".join(str((row * 7 + column * 3) % 11) for column in range(len(HOSTILE))) for row in range(12)]
    table.write_text("\n".join([",".join(columns), *rows]) + "\n")
    with Terminal([*LAB, "--data", str(table), "--lr", "0.001"], 120, 40) as terminal:
        terminal.wait_for(ready, timeout=60)
        for key in ("space", *"vvvvn", ".", "y"):
            terminal.press(key)
            terminal.wait_until_still(0.3)
        terminal.wait_for("This experiment as a command line")
        terminal.press("escape")
        terminal.wait_for("paused")
        terminal.press("h")
        terminal.wait_for("H(x) for")
        terminal.paste("".join(HOSTILE).replace("\x1b", "") + "\u202e\x9b31m[/]")
        terminal.wait_until_still(0.3)
        terminal.press("enter")
        terminal.wait_until_still(0.3)
        sent = terminal.sent.decode()
        # The line with the experiment is offered to the clipboard, in letters that say nothing to a terminal.
        assert sent.count("\x1b]52;c;") == 1
        sent = sent.replace("\x1b]52;c;", "")
        assert not [part for part in FORBIDDEN if part in sent]
        assert terminal.is_alive


@pytest.mark.slow
def test_a_flood_of_text_does_nothing_and_keys_work_after_it():
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        before = resident(terminal.pid)
        terminal.write(b"the quick brown fox q r 1 e [] R " * 3000)
        terminal.press("space")
        terminal.wait_until_still(0.5)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        terminal.wait_for("paused")
        assert resident(terminal.pid) - before < 50_000_000
        terminal.press("h")
        terminal.wait_for("H(x) for")
        terminal.write(b"4\n" + b"0123456789x" * 10_000)
        terminal.wait_for("= 4")
        terminal.press("enter")
        terminal.wait_for("H(4) = 5.6")


def resident(pid: int) -> int:
    """How much memory a process has, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
def test_late_answers_of_the_terminal_are_no_commands():
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        for reply in (
            b"\x1b[24;80R",
            b"\x1b[?62;1;4c",
            b"\x1b[?2026;2$y",
            b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
            b"\x1b[M  \xff",
        ):
            terminal.write(reply)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        terminal.wait_for("paused")


@pytest.mark.slow
def test_a_korean_keyboard_steps_and_quits_but_types_in_fields():
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("ㅗ")
        terminal.wait_for("H(x) for")
        terminal.press("ㅂ한")
        terminal.wait_for("ㅂ한")
        terminal.press("escape")
        terminal.wait_for(lambda terminal: "ㅂ한" not in terminal.text)
        terminal.press("　")
        terminal.wait_for("W 1.400")
        terminal.press("ㅂ")
        assert terminal.wait() == 0


@pytest.mark.slow
def test_a_run_left_alone_pauses_itself():
    with Terminal([*LAB, "--pause-after", "0.05", "--epochs", "1000000"]) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("r")
        terminal.wait_for("playing")
        terminal.wait_for("Paused after 0.05 min without a key. r continues.")
        terminal.press("r")
        terminal.wait_for("playing")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "shown"),
    [("?", "On this screen"), ("ctrl+p", "Search for commands"), ("e", "escape back"), ("h", "H(x) for")],
)
def test_what_opens_costs_little_and_then_nothing(key: str, shown: str):
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.wait_until_still(1.0)
        mark = terminal.mark()
        terminal.press(key)
        terminal.wait_for(shown)
        terminal.wait_until_still(1.0)
        assert len(terminal.sent_since(mark)) <= 15_000
        mark = terminal.mark()
        terminal.wait_until_still(1.5)
        assert terminal.sent_since(mark) == b""


@pytest.mark.parametrize(("key", "shown"), OVERLAYS)
def test_ctrl_c_says_how_to_quit_wherever_one_is(key: str, shown: str):
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press(key)
        terminal.wait_for(shown)
        terminal.press("ctrl+c")
        terminal.wait_for("ctrl+c again quits")
        terminal.press("ctrl+c")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()


@pytest.mark.slow
@pytest.mark.parametrize("keys", ["qw", "qm", "qeh", "q?L"])
def test_keys_after_the_one_that_quits_do_nothing(keys: str):
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press(keys)
        assert terminal.wait() == 0
        assert terminal.text.strip() == ""


@pytest.mark.slow
def test_who_was_stopped_without_a_word_reads_keys_once():
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        threads = Path(f"/proc/{terminal.pid}/task")
        before = len(list(threads.iterdir()))
        for _ in range(3):
            terminal.signal(signal.SIGSTOP)
            terminal.signal(signal.SIGCONT)
            terminal.wait_until_still(0.3)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        terminal.wait_for(lambda _: len(list(threads.iterdir())) <= before)
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()
        assert terminal.termios_restored


@pytest.mark.slow
def test_a_window_that_is_dragged_costs_little_and_settles_soon():
    with Terminal(LAB) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.wait_until_still(1.0)
        mark = terminal.mark()
        for number in range(200):
            terminal.resize(80 + number % 40, 24 + number % 17)
            time.sleep(0.01)
        last = time.monotonic()
        terminal.resize(100, 30)
        terminal.wait_for(lambda terminal: "paused" in terminal.rows[0][85:] and "quit" in terminal.rows[-1])
        settled = time.monotonic() - last
        terminal.wait_until_still(0.5)
        assert len(terminal.sent_since(mark)) <= 150_000
        assert settled < 0.6  # 0.2 on a machine with nothing else to do
        assert ready(terminal)


@pytest.mark.slow
def test_the_mouse_is_taken_only_when_asked_for():
    with Terminal([*LAB, "--mouse"]) as terminal:
        terminal.wait_for(ready, timeout=60)
        assert "mouse 1006" in terminal.modes
        terminal.write(b"\x1b[<64;10;10M\x1b[<0;10;10M\x1b[<0;10;10m")
        terminal.press("space")
        terminal.wait_for("W 1.400")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()


class Silent(Terminal):
    """Answers nothing that it is asked."""

    def _answer(self, reply: str) -> None:
        pass


HOLDS_THE_INTERPRETER = """
import ctypes
from gdtui.cli.lab import make_way
from gdtui.experiment.experiment import Experiment
make_way()
from gdtui.ui.common.app import run_app
from gdtui.ui.lab.app import LabApp

# What is called like this keeps the interpreter.
run_app(LabApp(Experiment(), lambda: ctypes.PyDLL(None).sleep(1000)), has_mouse=False)
"""


def test_the_first_frame_does_not_wait_for_torch_which_holds_the_interpreter_while_it_loads():
    with Silent([sys.executable, "-c", HOLDS_THE_INTERPRETER]) as terminal:
        terminal.wait_for("loading torch")
