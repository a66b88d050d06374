"""Make the pictures in screenshots/ from the program itself: `python tests/screenshots.py [NAME …]`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from picture import render
from terminal import Terminal

FOLDER = Path(__file__).parents[1] / "screenshots"

SCORES = "hours,sleep,score\n1,420,52\n2,400,57\n3,480,70\n4,390,69\n5,450,80\n6,410,84\n"
"""Two columns of very different size."""

SMALL, WIDE = (80, 24), (120, 40)
LARGEST_RATE = str(1 / 7)
"""The lecture's critical learning rate."""

Shot = tuple[list[str], tuple[int, int], list[str], dict[str, str | None]]

PICTURES: dict[str, Shot] = {
    "lecture": ([], SMALL, ["space"] * 4, {}),
    "wide": (["--bias"], WIDE, ["space"] * 6, {}),
    "bowl": ([], SMALL, ["v", "space", "space"], {}),
    "bowl-large": ([], SMALL, ["v", "z", "space"], {}),
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
    "lesson": (["lesson", "one-step"], SMALL, ["?", *"14", "enter"], {}),
    "grade": (["grade", "RECORDS"], SMALL, [], {}),
}
"""For each picture the options, the columns and rows, the keys pressed and the environment."""


READY = {"lesson": "┤", "grade": "at once"}
"""What stands on the screen when a command is ready for keys, where it is not the lab."""

ANSWERS = ("-14\n\n1.4\n\n0.84\n\n1\n\n", "14\n-14\n\n-1.4\n1.4\n\n0.8\n0.84\n\n", "-28\n-14\n\n1.4\n\n")
"""What three learners type in the lesson `one-step`."""


def make_records(folder: Path, environment: dict[str, str | None]) -> None:
    """Have three learners take a lesson on lines of text, and hand their records in."""
    folder.mkdir()
    for number, answers in enumerate(ANSWERS):
        state = str(folder.parent / f"learner-{number}")
        own = {**os.environ, **{name: value for name, value in environment.items() if value}, "XDG_STATE_HOME": state}
        gdtui = [sys.executable, "-m", "gdtui"]
        subprocess.run([*gdtui, "lesson", "one-step"], input=answers.encode(), env=own, check=True, capture_output=True)
        handed = subprocess.run([*gdtui, "hand-in", "--stdout"], env=own, check=True, capture_output=True).stdout
        (folder / f"learner-{number}.jsonl").write_bytes(handed)


def take(name: str, folder: str) -> None:
    """Take one picture, in a folder of its own."""
    options, (columns, rows), keys, environment = PICTURES[name]
    Path(folder, "scores.csv").write_text(SCORES)
    environment = {"XDG_STATE_HOME": folder, "PYTHONPATH": str(FOLDER.parent), **environment}
    if "RECORDS" in options:
        make_records(Path(folder, "records"), environment)
        options = [str(Path(folder, "records").relative_to(folder)) if word == "RECORDS" else word for word in options]
    command = [sys.executable, "-m", "gdtui", *options]
    with Terminal(command, columns=columns, rows=rows, environment=environment, cwd=folder) as terminal:
        ready = READY.get(options[0] if options else "", "Epoch    1")
        terminal.wait_for(lambda terminal: ready in terminal.text, timeout=60)
        for key in keys:
            terminal.press(key)
            terminal.wait_until_still(0.15)
        render(terminal.screen, str(FOLDER / f"{name}.png"), scale=2)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for picture in sys.argv[1:] or PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            take(picture, folder)
