"""Count what one key runs through in the lab: `python tests/benchmarks/calls.py [--list] [KEY]`; without KEY, `space`.

Counted are the functions of ours that the app's thread enters from the key until nothing is left to do, by file and
qualified name. Comprehensions count with them, and also apart, since Python 3.12 makes no functions of most of them. A
generator or a coroutine is called each time it goes on. `--list` names the functions, file by file.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[1]))

from fake_backend import real
from lab_pilot import opened

import gdtui

OURS = f"{Path(gdtui.__file__).parent}{os.sep}"
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
STEPS_BEFORE = 3
"""The first keys load what is needed for the first time."""
REST = 0.5
"""Seconds after which the lab has done all that comes of a key."""

Function = tuple[str, str]
"""Its file and its qualified name."""


async def calls_of(key: str) -> Counter[Function]:
    """How often each function of ours is called when the key is pressed in a lab at rest, its charts drawn."""
    calls: Counter[Function] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OURS):
            calls[code.co_filename.removeprefix(OURS), code.co_qualname] += 1

    async with opened(backend=real()) as lab:
        for _ in range(STEPS_BEFORE):
            await lab.press("space")
        await lab.pilot.pause(REST)
        assert "┤" in lab.chart(), "the charts are not drawn"
        sys.setprofile(note)
        await lab.press(key)
        await lab.pilot.pause(REST)
        sys.setprofile(None)
    return calls


def main() -> None:
    """Print the counts, and what was counted where it is asked for."""
    words = [word for word in sys.argv[1:] if word != "--list"]
    key = words[0] if words else "space"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        calls = asyncio.run(calls_of(key))
    files = sorted({file for file, _ in calls})
    proper = sum(not name.endswith(COMPREHENSIONS) for _, name in calls)
    functions = f"{len(calls)} functions ({proper} without comprehensions)"
    print(f"{key}: {functions} in {len(files)} files, {calls.total():,} calls")
    for file in files if "--list" in sys.argv else ():
        print(file)
        for name in sorted(name for where, name in calls if where == file):
            print(f"  {calls[file, name]:6}  {name}")


if __name__ == "__main__":
    main()
