"""Kills at any moment: what was acknowledged is on the disk, and the next session goes on with it.

Run as a script this file is the nursery: it forks one session after the other, none of which needs torch, and kills it.
"""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from gdtui.lab.snapshot import Snapshot
from gdtui.storage import record, record_folder, recovery, workspace_file
from gdtui.storage.recovery import Autosave

ROUNDS = 100
MOST_SECONDS = 0.012
"""How long a session lives at most after its first word."""
PIECE = 9
"""The most bytes that the system takes of a line at a time, so that many a line is cut."""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["record", "work"])
def test_a_hundred_kills_lose_nothing_that_was_acknowledged(what: str) -> None:
    done = subprocess.run([sys.executable, __file__, what], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    acknowledged, cut = map(int, done.stdout.split())
    assert acknowledged > ROUNDS
    assert cut, "no kill came in the middle of anything"


def killed(session: Callable[[Callable[[int], None]], None], chance: random.Random) -> int:
    """Fork a session, kill it some time after its first word, and return the last number that it acknowledged."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            session(lambda number: print_to(theirs, number))
        finally:
            os._exit(1)
    os.close(theirs)
    assert select.select([ours], [], [], 60)[0], "it never said a word"
    time.sleep(chance.uniform(0, MOST_SECONDS))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "it ended by itself"
    with os.fdopen(ours, encoding="ascii") as said:
        whole = [line for line in said if line.endswith("\n")]
    return int(whole[-1])


def print_to(handle: int, number: int) -> None:
    """Acknowledge a number."""
    os.write(handle, b"%d\n" % number)


# A record that is appended to


def number_of(entry: bytes) -> int:
    """What stands in an entry."""
    return int(json.loads(entry)["number"])


def opened() -> record_folder.RecordFile:
    """The record, to go on with."""
    return record_folder.open_record("lesson", b'{"number":0}', lambda entries: True)


def append_for_ever(acknowledge: Callable[[int], None]) -> None:
    """Go on with the record."""
    write = os.write

    def write_some(handle: int, data: bytes) -> int:
        time.sleep(1e-4)
        return write(handle, data[:PIECE])

    file = opened()
    number = number_of(file.entries[-1])
    while True:
        number += 1
        os.write = write_some
        file.append(b'{"number":%d}' % number)
        os.write = write
        acknowledge(number)


def kill_records(chance: random.Random) -> tuple[int, int]:
    """How many entries there are in the end, and how many kills came in the middle of a line."""
    last, cut = 0, 0
    for _ in range(ROUNDS):
        last = killed(append_for_ever, chance)
        [path] = record_folder.folder().iterdir()
        cut += not path.read_bytes().endswith(b"\n")
        with closing(opened()) as file:
            numbers = list(map(number_of, file.entries))
            assert numbers == list(range(len(numbers)))
            assert numbers[-1] >= last
        [found] = record.read_records(str(file.path))
        assert (found.flaws, len(found.entries)) == ((), len(numbers))
    return last, cut


# Work in progress


def work_of(known: int) -> Snapshot:
    """A workspace whose run has come so far."""
    run = {"data": {"kind": "typed", "x": [1, 2, 3], "y": [1, 2, 3]}, "known": known, "epoch": known, "cost": 0.5}
    backend = {"format": "gdtui bench", "version": 1, "gdtui": "0", "runs": [run], "current": 0}
    return workspace_file.decode(json.dumps(backend).encode())


def kept() -> int:
    """How far the work had come that the next session is offered."""
    work = recovery.left()
    return workspace_file.read(work.path, is_private=True)[0].present.known if work else 1


def work_for_ever(acknowledge: Callable[[int], None]) -> None:
    """Take up what was left, and go on from there."""
    recovery.SECONDS_BETWEEN = 0.0
    autosave = Autosave(work_of(1), print)
    autosave.start()
    known = 1
    if left := recovery.left():
        known = workspace_file.read(left.path, is_private=True)[0].present.known
        autosave.keep(work_of(known), left)
    while True:
        known += 1
        wanted = work_of(known)
        autosave.keep(wanted)
        while autosave.kept != wanted:
            time.sleep(1e-5)
        acknowledge(known)


def kill_work(chance: random.Random) -> tuple[int, int]:
    """How far the work has come in the end, and how many kills came in the middle of a file."""
    last = 0
    for _ in range(ROUNDS):
        last = killed(work_for_ever, chance)
        assert kept() >= last
    return last, len(list(recovery.folder().glob(".*.gdtui")))


def main() -> None:
    """Be the nursery."""
    kill = {"record": kill_records, "work": kill_work}[sys.argv[1]]
    print(*kill(random.Random(7)))


if __name__ == "__main__":
    main()
