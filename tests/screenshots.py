"""Make the pictures in screenshots/ from the program itself: `python tests/screenshots.py`."""

import sys
from pathlib import Path

from picture import render
from terminal import Terminal

FOLDER = Path(__file__).parents[1] / "screenshots"

PICTURES: dict[str, tuple[list[str], tuple[int, int], list[str]]] = {
    "lecture": ([], (80, 24), ["space"] * 4),
    "wide": (["--bias"], (120, 40), ["space"] * 6),
    "diverging": (["--lr", "0.2"], (80, 24), ["space"] * 8),
    "edit": ([], (80, 24), ["space", "space", "e"]),
}
"""For each picture the options, the columns and rows, and the keys pressed."""


def take(name: str) -> None:
    """Take one picture."""
    options, (columns, rows), keys = PICTURES[name]
    with Terminal([sys.executable, "-m", "gdtui", *options], columns=columns, rows=rows) as terminal:
        terminal.wait_for("●", timeout=60)
        for key in keys:
            terminal.press(key)
            terminal.wait_until_still(0.2)
        render(terminal.screen, str(FOLDER / f"{name}.png"), scale=2)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for picture in sys.argv[1:] or PICTURES:
        take(picture)
