"""Turns of programs that start at the same moment. The others here are processes of their own."""

import itertools
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from waiting import join

from gdtui.cli import startup_gate
from gdtui.cli.startup_gate import StartupGate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="turns are taken on Linux alone")

CORES = len(os.sched_getaffinity(0))
HOLD = """
import sys; from gdtui.cli import startup_gate
from gdtui.cli.startup_gate import StartupGate
gate = StartupGate(sys.argv[1], 0.1); gate.take(); print(flush=True); input()
"""


@contextmanager
def others(what: str, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many other programs that have a turn."""
    started = [
        subprocess.Popen([sys.executable, "-c", HOLD, what], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(number)
    ]
    try:
        for other in started:
            assert other.stdout
            other.stdout.readline()
        yield started
    finally:
        for other in started:
            other.kill()
            other.communicate()


@pytest.fixture
def what(request: pytest.FixtureRequest) -> str:
    """Something that no other test takes turns at."""
    return f"{request.node.name} {os.getpid()}"


def test_as_many_have_a_turn_as_there_are_cores(what: str) -> None:
    gate = StartupGate(what, 60)
    with others(what, CORES) as (first, *_):
        waiting = threading.Thread(target=gate.take)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        first.kill()  # whatever ends a process gives its turn back
        join(waiting)
    gate.give_back()


def test_nobody_waits_for_ever(what: str) -> None:
    with others(what, CORES):
        begin = time.monotonic()
        StartupGate(what, 0.2).take()
        assert 0.2 <= time.monotonic() - begin < 5


def test_others_go_first(what: str) -> None:
    gate = StartupGate(what, 60)
    gate.take()
    with others(what, 1) as [other]:
        waiting = threading.Thread(target=gate.let_others_go_first)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        other.kill()
        join(waiting)


def test_who_had_no_turn_lets_nobody_go_first(what: str) -> None:
    with others(what, 1):
        StartupGate(what, 60).let_others_go_first()


SQUAT = """
import socket, sys
held = []
for number in range(int(sys.argv[2])):
    held.append(socket.socket(socket.AF_UNIX))
    held[-1].bind(f"\\0gdtui {sys.argv[1]} {number}")
    if sys.argv[3] == "listening":
        held[-1].listen()
print(flush=True); input()
"""


@contextmanager
def squatted(what: str, how: str, **options: object) -> Iterator[None]:
    """All places are another's, who keeps them."""
    words = [sys.executable if not options else "/usr/bin/python3", "-c", SQUAT, what, str(CORES), how]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", **options) as squatter:
        try:
            assert squatter.stdout
            assert squatter.stdout.readline() == b"\n"
            yield
        finally:
            squatter.kill()


def seconds_waited(*gates: StartupGate) -> float:
    """How long one program waits at these gates."""
    startup_gate._waited.clear()
    begin = time.monotonic()
    for gate in gates:
        gate.take()
    return time.monotonic() - begin


def test_places_whose_holder_does_not_say_who_it_is_hold_nobody_up(what: str) -> None:
    with squatted(what, "silent"):
        assert seconds_waited(StartupGate(what, 20), StartupGate(what, 20)) < 2


@pytest.mark.skipif(os.getuid() != 0 or not Path("/usr/bin/python3").exists(), reason="only root can be another")
@pytest.mark.parametrize("how", ["silent", "listening"])
def test_another_account_holds_nobody_up_for_more_than_two_seconds_at_all_gates(what: str, how: str) -> None:
    with squatted(what, how, user=65534, group=65534, extra_groups=[]):
        assert seconds_waited(StartupGate(what, 20), StartupGate(what, 20)) < 2.5


def test_accounts_that_take_all_places_in_turn_hold_nobody_up_any_longer(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = itertools.count(100_000)

    def another(*_: object) -> bytes:
        return struct.pack("3i", 1, next(accounts), 1)

    monkeypatch.setattr(socket.socket, "getsockopt", another)
    with others(what, CORES):
        assert seconds_waited(StartupGate(what, 20), StartupGate(what, 20)) < 2.5


def test_of_own_programs_everyone_has_a_turn_however_long_it_takes(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with others(what, CORES):
        assert seconds_waited(StartupGate(what, 0.5)) >= 0.5
        monkeypatch.setitem(startup_gate.SECONDS_FOR, os.getuid(), 0.0)
        assert seconds_waited(StartupGate(what, 0.5)) < 0.5
