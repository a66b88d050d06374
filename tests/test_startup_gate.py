"""Turns of programs that start at the same moment. The others here are processes of their own."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gdtui.cli.startup_gate import StartupGate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="turns are taken on Linux alone")

CORES = len(os.sched_getaffinity(0))
HOLD = """
import sys; from gdtui.cli.startup_gate import StartupGate
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
    startup_gate = StartupGate(what, 60)
    with others(what, CORES) as (first, *_):
        waiting = threading.Thread(target=startup_gate.take)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        first.kill()  # whatever ends a process gives its turn back
        waiting.join(20)
        assert not waiting.is_alive()
    startup_gate.give_back()


def test_nobody_waits_for_ever(what: str) -> None:
    with others(what, CORES):
        begin = time.monotonic()
        StartupGate(what, 0.2).take()
        assert 0.2 <= time.monotonic() - begin < 5


def test_others_go_first(what: str) -> None:
    startup_gate = StartupGate(what, 60)
    startup_gate.take()
    with others(what, 1) as [other]:
        waiting = threading.Thread(target=startup_gate.let_others_go_first)
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        other.kill()
        waiting.join(20)
        assert not waiting.is_alive()


def test_who_had_no_turn_lets_nobody_go_first(what: str) -> None:
    with others(what, 1):
        StartupGate(what, 60).let_others_go_first()
