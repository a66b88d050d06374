"""Make the pictures in screenshots/ from the program itself: `python tests/screenshots.py [NAME …]`."""

import os
import re
import sys
import tempfile
from pathlib import Path

from class_scenes import SCENES
from picture import render
from terminal import Terminal

from gdtui.descent.backend import BACKEND
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.events import read_event
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.recorded_session import RecordedSession

FOLDER = Path(__file__).parents[1] / "screenshots"

SCORES = "hours,sleep,score\n1,420,52\n2,400,57\n3,480,70\n4,390,69\n5,450,80\n6,410,84\n"
"""Two columns of different sizes."""

SMALL, WIDE, LARGE = (80, 24), (120, 40), (200, 60)
LARGEST_RATE = str(1 / 7)
"""The lecture's critical learning rate."""

Shot = tuple[list[str], tuple[int, int], list[str], dict[str, str | None]]

PICTURES: dict[str, Shot] = {
    "lecture": ([], SMALL, ["space"] * 4, {}),
    "wide": (["--bias"], WIDE, ["space"] * 6, {}),
    "large": ([], LARGE, ["space"] * 4, {}),
    "bowl": ([], SMALL, ["v", "space", "space"], {}),
    "bowl-large": ([], SMALL, ["v", "z", "space"], {}),
    "valleys": (
        ["--function", "W^4 - 3*W^2 + W", "--w0", "2", "--epochs", "20"],
        SMALL,
        ["v", "z", *["space"] * 4],
        {},
    ),
    "fit": ([], SMALL, ["v", "v", "v", "z", "d", "space"], {}),
    "contours-raw": (
        ["--data", "scores.csv", "--lr", "1e-6", "--epochs", "40"],
        SMALL,
        ["V", "z", *["space"] * 12],
        {},
    ),
    "contours-standardized": (
        ["--data", "scores.csv", "--standardize", "--lr", "0.05", "--epochs", "40"],
        SMALL,
        ["V", "z", *["space"] * 12],
        {},
    ),
    "overshooting": (["--lr", "0.13"], SMALL, ["v", *["space"] * 9], {}),
    "at-the-limit": (["--lr", LARGEST_RATE], SMALL, ["v", *["space"] * 9], {}),
    "diverging": (["--lr", "0.2"], SMALL, ["space"] * 8, {}),
    "ascii": (["--markers", "ascii", "--bias"], SMALL, ["v", *["space"] * 5], {}),
    "no-colour": (["--bias"], SMALL, ["v", *["space"] * 5], {"NO_COLOR": "1"}),
    "compare": ([], SMALL, [*["space"] * 9, "p", "R", "+", *["space"] * 9, "p", "R", *"---", *["space"] * 9, "o"], {}),
    "sweep": ([], SMALL, ["space", "space", "w"], {}),
    "anatomy": (["--convention", "mse"], SMALL, ["v", "space", "a"], {}),
    "anatomy-batches": (
        ["--bias", "--optimizer", "momentum", "--batch", "2", "--lr", "0.03"],
        WIDE,
        ["a", "space", "b"],
        {},
    ),
    "fading": ([], SMALL, ["a", "f", "space", "space", "space"], {}),
    "code": ([], SMALL, ["v", "space", "c", "s", "s", "s"], {}),
    "proof": ([], SMALL, ["m", "b", *["space"] * 2], {}),
    "edit": ([], SMALL, ["space", "space", "e"], {}),
    "prediction": ([], SMALL, ["space", "P", *"1.96", "enter"], {}),
    "lessons": ([], SMALL, ["L", "down", "down"], {}),
    "lesson": (["lesson", "hypothesis"], SMALL, [*["right"] * 5, "enter", "right", "right", *"2.5", "enter"], {}),
    "lesson-first": (["lesson", "hypothesis"], SMALL, ["right"] * 2, {}),
    "lesson-measure": (["lesson", "slope"], SMALL, ["left"] * 3, {}),
    "lesson-blow-up": (["lesson", "learning-rates", "--page", "2"], SMALL, ["3", "enter", *["space"] * 8], {}),
    "lesson-end": (["lesson", "hypothesis"], SMALL, ["down"], {}),
    "grade": (["grade", "records"], SMALL, [], {}),
    "summary": (["grade", "records", "--format", "summary"], SMALL, [], {}),
    **{f"class-{name}": ([], SMALL, [], {}) for name in ("roster", "vote-closed", "revealed", "following")},
}
"""For each picture the options, the columns and rows, the keys pressed and the environment."""


READY = {"": r"└[─┬]|\+[-+]|gdtui class", "lesson": "┤|Now you can", "grade": "first try"}
"""What is found on the screen once a command is ready for keys: in the lab an axis of a chart."""

SHOWN = {
    "edit": "enter apply",
    "lessons": "A line with a knob",
    "class-roster": "us12",
    "class-vote-closed": "have answered",
    "class-revealed": "second vote",
    "class-following": "Epoch    3/10",
}
"""What is on the picture once all of it is there, where that takes longer than the screen is still."""

TURNED, FOUND, BETTER = "0.5|1|1.25||1.5", "|0.75|0.25|0.5", "|0|0.5|1|1.5|2.5|3|3.5|4|2.25|2"
ANSWERS = {
    "student1": f"{TURNED}|-2.5||6|{FOUND}|{BETTER}|2||",
    "student2": f"{TURNED}|2.5|-2.5||18|6|{FOUND}|{BETTER}|1|3||",
    "student3": f"?|{TURNED}|7|-2.5||0|6|{FOUND}|{BETTER}|1|2||",
    "student4": f"{TURNED}|2.5|-2.5||6|{FOUND}||",
    "student5": f"{TURNED}|4.5|-2.5||6|{FOUND}|{BETTER}|2||",
}
"""What each learner types in the lesson `hypothesis`, line by line."""


QUIET = 1.0
"""Seconds without a change after which a busy machine too has drawn all."""


def take_lesson(name: str, learner: str, lines: str) -> None:
    """Take a lesson as far as the lines go."""
    recorded_session = RecordedSession(lesson_named(name), BACKEND, learner)
    for line in lines.removesuffix("|").split("|"):
        recorded_session.take(read_event(line, recorded_session.view()))
    recorded_session.close()


def make_records(folder: Path) -> None:
    """Have the learners take a lesson, and hand their records in; the last one betters his."""
    folder.mkdir()
    for learner, lines in ANSWERS.items():
        os.environ["XDG_STATE_HOME"] = str(folder.parent / learner)
        take_lesson("hypothesis", learner, lines)
        (handed,) = own_sealed(())
        (folder / f"{learner}.jsonl").write_bytes(handed.replace(b'"4.5"', b'"-2.5"'))


def make_progress(folder: str) -> None:
    """Be some way into the lessons."""
    os.environ["XDG_STATE_HOME"] = folder
    take_lesson("hypothesis", "student1", ANSWERS["student1"])
    take_lesson("slope", "student1", "2.5|2.25|2.125|1.875|-4||")
    compared = "step 10|pin|again|lr = 0.1|step 10|pin"
    blown_up = "2|step 10||3|step 8|2||0.142|pin|0.143|pin"
    take_lesson("learning-rates", "student1", f"{blown_up}||{compared}|2||lr = 0.07|step 2")


def take(name: str, folder: str) -> None:
    """Take one picture, in a folder of its own."""
    options, (columns, rows), keys, environment = PICTURES[name]
    Path(folder, "scores.csv").write_text(SCORES)
    environment = {"XDG_STATE_HOME": folder, "PYTHONPATH": str(FOLDER.parent), **environment}
    if "records" in options:
        make_records(Path(folder, "records"))
    if name in ("lessons", "lesson-end"):
        make_progress(folder)
    command = [sys.executable, "-m", "gdtui", *options]
    if name in SCENES:
        command = [sys.executable, str(Path(__file__).with_name("class_scenes.py")), name]
    with Terminal(command, columns=columns, rows=rows, environment=environment, cwd=folder) as terminal:
        ready = READY.get(options[0] if options else "", READY[""])
        terminal.wait_for(lambda terminal: re.search(ready, terminal.text), timeout=60)
        terminal.wait_until_still(QUIET)
        for key in keys:
            terminal.press(key)
            terminal.wait_until_still(QUIET)
        terminal.wait_for(SHOWN.get(name, "gdtui"))
        terminal.wait_until_still(QUIET)
        render(terminal.screen, str(FOLDER / f"{name}.png"), scale=2)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for picture in sys.argv[1:] or PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            take(picture, folder)
