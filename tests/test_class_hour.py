"""A whole hour of a class in real terminals: a teacher and five learners, each an account of this machine."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from accounts import Accounts, accounts
from fake_backend import COMMAND
from terminal import Terminal

from gdtui.classroom import folder
from gdtui.classroom.check import check

pytestmark = [pytest.mark.slow, pytest.mark.system]

LEARNERS = ("ann", "bob", "cem", "dot", "eve")
SECONDS = 40


class Seats:
    """The terminals."""

    def __init__(self, found: Accounts, stack: ExitStack) -> None:
        self.found, self.stack = found, stack
        self.place = found.folder / "class"
        self.handed = found.folder / "handed"

    def command(self, who: str, *words: str) -> list[str]:
        """What runs gdtui as an account."""
        name = self.found.names[who]
        return ["setpriv", f"--reuid={name}", "--regid=users", "--init-groups", *COMMAND, *words]

    def environment(self, who: str) -> dict[str, str | None]:
        """What an account has set."""
        own = str(self.found.folder / who)
        return {
            **dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), own),
            folder.VARIABLE: str(self.place),
            "GDTUI_HAND_IN": str(self.handed),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def open(self, who: str, *words: str) -> Terminal:
        """Sit down at one."""
        terminal = Terminal(self.command(who, *words), environment=self.environment(who), cwd=self.found.folder)
        return self.stack.enter_context(terminal)

    def run(self, who: str, *words: str) -> str:
        """What a command prints."""
        environment = {**os.environ, **{name: value or "" for name, value in self.environment(who).items()}}
        done = subprocess.run(
            self.command(who, *words),
            env=environment,
            cwd=self.found.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def seats(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seats]:
    """A folder for the class and one to hand in to, made as the program says."""
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is missing")
    with accounts(LEARNERS, ("teacher",)) as found, ExitStack() as stack:
        made = Seats(found, stack)
        monkeypatch.setenv(folder.VARIABLE, str(made.place))
        for command in check(made.place).commands[:4]:
            named = command.replace("TEACHERS", found.group).replace("TEACHER", found.names["teacher"])
            assert os.system(named) == 0
        made.handed.mkdir()
        shutil.chown(made.handed, found.names["teacher"], found.group)
        made.handed.chmod(0o3773)
        probe = subprocess.run([*made.command("ann", "--version")], capture_output=True, check=False)
        if probe.returncode:
            pytest.skip("other accounts cannot read this Python")
        yield made


def sees(terminal: Terminal, *texts: str) -> str:
    """Wait until all of this is on a screen."""
    terminal.wait_for(lambda shown: all(text in shown.text for text in texts), timeout=SECONDS)
    return terminal.text


def answers(terminal: Terminal, text: str) -> None:
    """Type an answer."""
    terminal.press(*text, "enter")


def votes(terminal: Terminal, text: str) -> None:
    """Type an answer to everyone's question: enter begins it where she was typing when it came."""
    terminal.press("enter", *text, "enter")


def test_an_hour_in_class(seats):
    teacher = seats.open("teacher", "class", "hypothesis")
    sees(teacher, "gdtui class", "Nobody is here yet", "A line with a knob")
    *early, late = LEARNERS
    desks = {who: seats.open(who, "join") for who in early}
    for desk in desks.values():
        sees(desk, "page 1/5", "in class")
    sees(teacher, "4 here")

    # Pages, and a wrong answer that is named.
    teacher.press("g")
    sees(teacher, "Bring everyone to page")
    answers(teacher, "3")
    for desk in desks.values():
        sees(desk, "page 3/5")
    answers(desks["bob"], "18")
    sees(desks["bob"], "That is not right")
    answers(desks["ann"], "6")
    sees(desks["ann"], "Right: 6")
    bob = seats.found.names["bob"]
    shown = sees(teacher, "Page 3, first tries", "right", bob)
    [line] = [line for line in re.findall(f".*{bob}.*", shown) if "Not there" not in line]  # a notice that is going
    assert " 18 " in line
    assert "not recognized" not in line
    desks["cem"].press("!")
    sees(desks["cem"], "Your hand is up")
    cem = seats.found.names["cem"]
    sees(teacher, f"! {cem}", "! hand down")
    teacher.press("!")
    sees(teacher, f"{cem}'s hand is down.")
    sees(desks["cem"], "Your teacher has taken your hand down.")

    # A vote, a talk, a vote, and all answers.
    teacher.press("A")
    sees(teacher, "Ask everyone", "▸ page 3")
    teacher.press("enter")
    sees(teacher, "Ask all 4 learners who are here?")
    teacher.press("enter")
    sees(teacher, "First vote", "0 of 4 have answered")
    for who, desk in desks.items():
        sees(desk, "your teacher asks", "First vote")
        votes(desk, "6" if who == "ann" else "18")
        sees(desk, "Your answer:")
    sees(teacher, "4 of 4 have answered")
    teacher.press("c")
    assert "18" not in sees(teacher, "First vote closed", "stay hidden")
    teacher.press("t")
    for desk in desks.values():
        sees(desk, "Talk with your neighbour about your answer.")
    sees(teacher, "Talking about")
    teacher.press("o")
    for desk in desks.values():
        sees(desk, "Second vote")
        votes(desk, "6")
        sees(desk, "Your answer:")
    sees(teacher, "4 of 4 have answered", "Second vote")
    teacher.press("c")
    sees(teacher, "Second vote closed", "Mostly right")
    teacher.press("r")
    sees(teacher, "first vote", "second vote", "Of 4 who voted twice, 3 changed to the right answer")
    for desk in desks.values():
        shown = sees(desk, "first vote", "second vote")
        assert not any(name in shown for name in seats.found.names.values())

    # She leads, and hands out.
    teacher.press("escape")
    sees(teacher, "A ask")
    teacher.press("F")
    sees(teacher, "Everyone sees your lab now")
    for desk in desks.values():
        sees(desk, "following your teacher", "▸Epoch    1/10")
    teacher.press("space", "space", "space")
    for desk in desks.values():
        sees(desk, "▸Epoch    4/10", "Your lesson is kept on page 3.")
    desks["dot"].press("escape")
    sees(desks["dot"], "page 3/5")
    desks["dot"].press("f")
    sees(desks["dot"], "following your teacher", "▸Epoch    4/10")
    teacher.press("H", "y")
    for desk in desks.values():
        sees(desk, "Try it from here.", "▸Epoch    4/10")
    desks["ann"].press("space")
    sees(desks["ann"], "▸Epoch    5/10")

    # One is killed and comes back, and one is late.
    desks["dot"].signal(signal.SIGKILL)
    desks["dot"].wait(SECONDS)
    desks["dot"] = seats.open("dot", "join")
    sees(desks["dot"], "page 3/5", "in class")
    desks[late] = seats.open(late, "join")
    sees(desks[late], "in class")
    teacher.press("C")
    sees(teacher, "5 here")

    # Hand in, grades, and the end.
    desks["ann"].press("L")
    seats.run("ann", "hand-in")
    seats.run("dot", "hand-in")
    grades = seats.run("teacher", "grade", str(seats.handed))
    assert seats.found.names["ann"] in grades
    assert seats.found.names["dot"] in grades
    teacher.press("q")
    sees(teacher, "End the class for everyone?")
    teacher.press("y")
    assert teacher.wait(SECONDS) == 0
    assert teacher.text.count(f"gdtui: The class is over. Its files are in {seats.place}") == 1
    sees(desks["bob"], "The class is over. Hand in your work: gdtui hand-in")


def test_a_learner_in_class_costs_next_to_nothing_while_nothing_happens(seats):
    teacher = seats.open("teacher", "class")
    sees(teacher, "gdtui class")
    desk = seats.open("ann", "join")
    sees(desk, "In class: your teacher sees", "in class")
    sees(teacher, "1 here")
    desk.wait_until_still(2)
    [own] = (seats.place / "learners").iterdir()

    def beat() -> None:
        """Wait for the next sign of life of hers."""
        before = own.stat().st_mtime_ns
        desk.wait_for(lambda _shown: own.stat().st_mtime_ns != before, timeout=SECONDS)

    beat()
    mark, before = desk.mark(), spent(desk.pid)
    begun = own.stat().st_mtime
    beat()
    beat()
    part = (spent(desk.pid) - before) / (own.stat().st_mtime - begun)
    assert desk.sent_since(mark) == b""
    assert part <= 0.02, part  # at rest 0.003; other programs make the same looks dearer


def spent(pid: int) -> float:
    """Seconds of a core that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_own_lesson_and_the_class_after_it(seats):
    own = seats.found.folder / "teacher" / "mine.toml"
    pages = "".join(f'[[step]]\nname = "p{n}"\ntext = "Text {n}."\n' for n in (1, 2, 3))
    own.write_text(f'format = 1\ntitle = "My own lesson"\nabout = "Mine."\n{pages}')
    shutil.chown(own, seats.found.names["teacher"])
    own.chmod(0o600)
    teacher = seats.open("teacher", "class", str(own))
    sees(teacher, "gdtui class", "My own lesson")
    ann, bob = seats.open("ann"), seats.open("bob", "join")
    sees(ann, "is holding a class now")
    ann.press("J")
    for desk in (ann, bob):
        sees(desk, "page 1/3", "Text 1")
    sees(teacher, "2 here")
    ann.press("escape")
    sees(ann, "▸Epoch")
    ann.press("L", "end")
    sees(ann, "▸     mine")
    ann.press("escape")
    sees(ann, "▸Epoch")
    teacher.press("g", "2", "enter")  # as fast as keys come
    sees(teacher, "All 2 are on page 2.")
    for desk in (ann, bob):
        sees(desk, "page 2/3", "Text 2")
    teacher.press("q", "y")
    for desk in (ann, bob):
        sees(desk, "The class is over.")
    teacher.wait(SECONDS)

    # They still have it open when the next class begins.
    teacher = seats.open("teacher", "class", "limit")
    sees(teacher, "gdtui class")
    for desk in (ann, bob):
        desk.press("J")
        sees(desk, "page 1/7", "in class")
    sees(teacher, "2 here")
    teacher.press("g", "2", "enter")
    sees(teacher, "All 2 are on page 2.")
