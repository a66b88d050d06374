"""Classes to look at: screens of a teacher and of a learner in a class of invented answers.

Run as a script, `python tests/class_scenes.py NAME` shows one in a terminal.
"""

import sys
from collections.abc import Callable
from itertools import cycle, islice

import msgspec
from fake_backend import FAKE
from fake_class import FakeClass, FakeSeat

from gdtui.classroom import polls
from gdtui.classroom.bench import bench_of
from gdtui.classroom.messages import Bar, Bench
from gdtui.classroom.polls import Poll
from gdtui.classroom.roster import Room, Row
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.lab.snapshot import RunSnapshot
from gdtui.teaching.catalogue import lesson_named
from gdtui.ui.classroom.app import ClassApp
from gdtui.ui.classroom.learner_app import LearnerApp
from gdtui.ui.common.app import run_app

LESSON = "one-step"

NEED = (
    (4, "1.96", "added the step instead of subtracting it", 2, 1, True, 6),
    (3, "14", "took y − H(x) for the error", 1, 0, True, 5),
    (4, "0.784", "not recognized", 3, 2, False, 4),
    (4, "−0.56", "left out W", 1, 0, False, 3),
    (3, "−18", "right", 0, 0, False, 2),
    (5, "0.84", "right", 0, 1, False, 0),
    (6, "", "", 0, 0, False, 0),
)
"""Page, answer, words, wrong in a row, hints, hand, minutes without a deed."""

FIRST_TRIES = (
    Bar("0.840", "right", "", (5,), True),
    Bar("1.960", "added the step instead of subtracting it", "", (2,)),
    Bar("−0.560", "left out W", "", (1,)),
    Bar("0.784", "not recognized", "", (1,)),
)

VOTES = (
    Bar("0.840", "right", "W − lr·gradient = 1.4 − 0.1·5.6 = 0.84", (5, 9), True),
    Bar("1.960", "added the step", "1.4 + 0.1·5.6 = 1.96", (3, 1)),
    Bar("−0.560", "left out W", "−0.1·5.6 = −0.56", (2, 1)),
    Bar("0.784", "not recognized", "", (1, 0)),
)


def bench(epochs: int = 3, backend: Backend = FAKE, experiment: Experiment | None = None) -> Bench:
    """The lecture's run after so many epochs."""
    run = Run(experiment or Experiment(), backend)
    for _epoch in range(epochs - 1):
        run.step()
    return bench_of(RunSnapshot(run.experiment, epochs, epochs - 1, run.epoch.cost))


def learner(number: int, *what: object) -> Row:
    """One of them."""
    page, answer, words, wrong, hints, hand, quiet = what
    is_right = words == "right" if answer else None
    return Row(
        *(f"us{number:02}", page, 8, LESSON, answer, words, is_right, wrong, hints, f"{number}" * bool(hand)),
        *(quiet * 60.0, 3.0, False, False, bench(), page if answer else 0, page / 8),
    )


def room(count: int = 12) -> Room:
    """So many learners, the last of whom is not seen."""
    rows = [learner(number, *what) for number, what in enumerate(islice(cycle(NEED), count - 1), 1)]
    rows.sort(key=lambda row: (not row.has_hand_up, -row.wrong_in_a_row, -row.quiet))
    gone = msgspec.structs.replace(learner(count, 2, "", "", 0, 0, False, 8), unseen=480.0)
    return Room((*rows, gone), 0, (), FIRST_TRIES, 4)


def question() -> Poll:
    """Where W will be after the second epoch."""
    run = Run(Experiment(), FAKE)
    run.step()
    return polls.of_kind(run, FAKE, "next")


def teaching(state: str = "", vote: int = 1, count: int = 12) -> FakeClass:
    """A class, with a question where it has a state."""
    held = FakeClass(LESSON, room(count))
    held.change(open_to=6)
    if state:
        bars = tuple(msgspec.structs.replace(bar, votes=bar.votes[:vote]) for bar in VOTES)
        held.set_room = msgspec.structs.replace(
            held.set_room, answered=11, bars=bars, changed_to_right=4, voted_twice=11
        )
        held.ask(question())
        held.change_ask(state=state, vote=vote, bars=bars if state == "revealed" else ())
    return held


def class_app(held: FakeClass) -> ClassApp:
    """The teacher's app."""
    return ClassApp(Experiment(), lambda: FAKE, held, lesson_named(LESSON) if held.now.lesson else None)


def learner_app(held: FakeClass, name: str = "us01", *, joins: bool = True) -> LearnerApp:
    """A learner's."""
    return LearnerApp(Experiment(), lambda: FAKE, lambda: FakeSeat(held, name), joins=joins)


def followed() -> FakeClass:
    """A class whose teacher leads."""
    held = FakeClass()
    held.follow(bench())
    return held


def asked(state: str = "open") -> FakeClass:
    """A class with a question, without a lesson."""
    held = teaching(state, 2 if state == "revealed" else 1)
    held.change(lesson="")
    return held


SCENES: dict[str, Callable[[], ClassApp | LearnerApp]] = {
    "class-roster": lambda: class_app(teaching()),
    "class-sixty": lambda: class_app(teaching(count=60)),
    "class-vote-closed": lambda: class_app(teaching("closed")),
    "class-revealed": lambda: class_app(teaching("revealed", 2)),
    "class-following": lambda: learner_app(followed()),
    "class-vote": lambda: learner_app(asked()),
    "class-answers": lambda: learner_app(asked("revealed")),
}

if __name__ == "__main__":
    raise SystemExit(run_app(SCENES[sys.argv[1]](), has_mouse=False))
