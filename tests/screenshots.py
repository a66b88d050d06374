"""Make the pictures in screenshots/ from the program itself: `python tests/screenshots.py [NAME …]`."""

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
    "bowl": ([], SMALL, ["v", "v", "space", "space"], {}),
    "bowl-large": ([], SMALL, ["v", "v", "z", "space"], {}),
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
    "compare": ([], SMALL, [*["space"] * 9, "p", "R", *"++", *["space"] * 9, "p", "R", *"+", *["space"] * 9, "o"], {}),
    "sweep": ([], SMALL, ["space", "space", "w"], {}),
    "edit": ([], SMALL, ["space", "space", "e"], {}),
}
"""For each picture the options, the columns and rows, the keys pressed and the environment."""


def take(name: str, folder: str) -> None:
    """Take one picture, in a folder of its own."""
    options, (columns, rows), keys, environment = PICTURES[name]
    Path(folder, "scores.csv").write_text(SCORES)
    command = [sys.executable, "-m", "gdtui", *options]
    environment = {"XDG_STATE_HOME": folder, "PYTHONPATH": str(FOLDER.parent), **environment}
    with Terminal(command, columns=columns, rows=rows, environment=environment, cwd=folder) as terminal:
        terminal.wait_for(lambda terminal: "Epoch    1" in terminal.text, timeout=60)
        for key in keys:
            terminal.press(key)
            terminal.wait_until_still(0.15)
        render(terminal.screen, str(FOLDER / f"{name}.png"), scale=2)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for picture in sys.argv[1:] or PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            take(picture, folder)
