"""A class of sixty: the teacher's and a learner's share of a core, and from the teacher's key to the learners' screens.

    python tests/benchmarks/classroom.py

Run as root, so that each simulated learner's file has an owner of its own.
"""

import os
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fake_backend import COMMAND, FAKE
from terminal import Terminal

from gdtui.classroom import bench, folder
from gdtui.classroom.learner import Learner
from gdtui.classroom.messages import At, Did
from gdtui.classroom.teacher import Teacher
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.lab.snapshot import take_run
from gdtui.teaching.page import Outcome

LEARNERS, MINUTES = 60, 90
SECONDS = 30.0
TIMES = 15
FIRST_OWNER = 30_000

A_STEP, AN_ANSWER = 5.0, 30.0
"""Seconds between two steps of a learner's, and between two answers."""


def main() -> None:
    """Measure all, and say it."""
    if os.geteuid() != 0:
        print("run this as root: each learner's file needs an owner of its own")
        sys.exit(2)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place)
        path.chmod(0o755)
        os.environ[folder.VARIABLE] = str(path)
        for name in (folder.TEACHER, folder.LEARNERS):
            (path / name).mkdir()
        reading(path)
        screens(path)


def places() -> list[At]:
    """Where a learner is, one step after another."""
    run, found = Run(Experiment(), FAKE), []
    for _ in range(10):
        found += [At("one-step", page, 8, bench.bench_of(take_run(run))) for page in range(1, 9)]
        run.step()
    return found


class Simulated(threading.Thread):
    """Sixty learners who look twice a second, step and answer."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.is_over = threading.Event()
        self.learners: list[Learner] = []
        for number in range(LEARNERS):
            learner = Learner.find()
            assert learner
            learner.join()
            os.fchown(learner._handle, FIRST_OWNER + number, -1)
            self.learners.append(learner)
        self.places = places()
        self.processor = self.begun = 0.0
        self.delays: list[float] = []
        self.changed_at = 0.0

    def run(self) -> None:
        """Half a second is divided among them."""
        rates = random.Random(1)
        self.begun = time.monotonic()
        while not self.is_over.is_set():
            for learner in self.learners:
                begin = time.thread_time()
                if learner.look() and self.changed_at:
                    self.delays.append(time.monotonic() - self.changed_at)
                if rates.random() < 0.5 / A_STEP:
                    learner.say(rates.choice(self.places))
                if rates.random() < 0.5 / AN_ANSWER:
                    learner.say(Did(3, f"{rates.randrange(9)}", Outcome(True, is_right=rates.random() < 0.7)))
                self.processor += time.thread_time() - begin
                time.sleep(0.5 / LEARNERS)

    def share(self) -> float:
        """What one learner takes of a core, in percent."""
        return 100 * self.processor / (time.monotonic() - self.begun) / LEARNERS


def reading(path: Path) -> None:
    """The folder alone, without screens."""
    teacher = Teacher.open(path, "one-step", anew=True)
    simulated = Simulated()
    begin = time.thread_time()
    teacher.room()
    first = time.thread_time() - begin
    simulated.start()
    took, end, page = 0.0, time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        begin = time.thread_time()
        room = teacher.room()
        took += time.thread_time() - begin
        time.sleep(random.random())
        page += 1
        simulated.changed_at = time.monotonic()
        teacher.set_pace(page)
        time.sleep(1 - random.random() / 4)
    simulated.is_over.set()
    simulated.join()
    assert len(room.rows) == LEARNERS
    per_look = took / page
    print(f"{LEARNERS} learners, folder alone, {SECONDS:.0f} s")
    print(f"  teacher reads once a second      {100 * per_look:6.2f} % of a core (first look {1e3 * first:.0f} ms)")
    print(f"  a learner looks and writes       {simulated.share():6.2f} % of a core")
    print(
        f"  change to learners' now          {statistics.median(simulated.delays):6.2f} s median, "
        f"{max(simulated.delays):.2f} s at most ({len(simulated.delays)} times)"
    )
    lines = path / folder.LEARNERS
    for file in lines.iterdir():
        file.write_bytes(file.read_bytes() + b"".join(whole_class(file)))
    begin = time.process_time()
    again = Teacher.open(path)
    looks = 0
    while looks < 20:
        again.room()
        looks += 1
    print(f"  a whole class of {MINUTES} minutes read again: {time.process_time() - begin:.1f} s of a core, 20 looks")
    teacher_end(path)


def whole_class(file: Path) -> list[bytes]:
    """What a learner may still write in a whole class: her lines so far, over and over."""
    own = file.read_bytes().splitlines(keepends=True)[1:]
    times = int(MINUTES * 60 / SECONDS)
    return (own * times)[: int(900_000 / max(1, max(map(len, own))))] if own else []


def teacher_end(path: Path) -> None:
    """End the class, and clear the folder."""
    Teacher.open(path).end()
    for file in (path / folder.LEARNERS).iterdir():
        file.unlink()


def screens(path: Path) -> None:
    """Real programs in real terminals, with the simulated learners in the same folder."""
    state = tempfile.TemporaryDirectory()
    environment = {folder.VARIABLE: str(path), "XDG_STATE_HOME": state.name}
    with Terminal([*COMMAND, "class", "one-step"], environment=environment) as teacher:
        teacher.wait_for("here")
        simulated = Simulated()
        simulated.start()
        with Terminal([*COMMAND, "join"], environment=environment | {"XDG_STATE_HOME": f"{state.name}/2"}) as learner:
            learner.wait_for("in class")
            teacher.wait_for(f"{LEARNERS + 1} here")
            learner.wait_until_still(1)
            before = [(each, seconds(each.pid)) for each in (teacher, learner)]
            mark, begin = learner.mark(), time.monotonic()
            time.sleep(SECONDS)
            whole = time.monotonic() - begin
            sent = len(learner.sent_since(mark))
            teachers, learners = (100 * (seconds(each.pid) - was) / whole for each, was in before)
            print(f"screens in real terminals, {LEARNERS} learners beside them")
            print(f"  teacher's screen                 {teachers:6.2f} % of a core")
            print(f"  a learner in class, idle         {learners:6.2f} % of a core, {sent} bytes")
            teacher.press("C")
            teacher.wait_for("epoch")
            delays = []
            for number in range(2 * TIMES):
                time.sleep(random.random())
                begin = time.monotonic()
                teacher.press("F")
                text = "following" if number % 2 == 0 else "in class"
                learner.wait_for(lambda shown, text=text: text in shown.rows[0])
                delays.append(time.monotonic() - begin)
            usual, most = statistics.median(delays), max(delays)
            print(f"  teacher's key to learner's screen {usual:5.2f} s median, {most:.2f} s at most")
        simulated.is_over.set()
        simulated.join()
    state.cleanup()


def seconds(process: int) -> float:
    """Of the processor, so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
