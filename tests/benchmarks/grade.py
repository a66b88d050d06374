"""How long `gdtui grade` takes for 300 records of the 12 lessons that ship: python tests/benchmarks/grade.py."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gdtui.descent.backend import BACKEND
from gdtui.storage.lesson_files import find, lesson_name, shipped
from gdtui.teaching.events import Answer, GoOn, Hint
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.reader import read_lesson
from gdtui.teaching.recorded_session import RecordedSession

LEARNERS = 25
"""Each hands in all lessons."""


def go_through(name: str, learner: int) -> None:
    """A lesson with a wrong answer to every question first, where the learner's number is odd, then the right one."""
    file = find(name)
    recorded_session = RecordedSession(
        read_lesson(file.text, file.place, file.name), BACKEND, f"learner{learner}", anew=True
    )
    session = recorded_session.session
    while not session.is_over:
        if session.prediction:
            right = session.prediction.answer
            if learner % 2:
                wrong = [choice for choice in session.prediction.choices if choice != right] or ["123.456"]
                recorded_session.take(Answer(wrong[0]))
            if session.step.hints:
                recorded_session.take(Hint())
            recorded_session.take(Answer(right))
        while not session.is_done:
            for event in session.page.model_answer():
                recorded_session.take(event)
        recorded_session.take(GoOn())
    recorded_session.close()


def seconds(*words: str) -> float:
    """How long a process of its own takes."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> None:
    """Print the figures."""
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()
    folder = Path(tempfile.mkdtemp())
    for learner in range(LEARNERS):
        for path in shipped():
            go_through(lesson_name(path), learner)
    records = own_sealed(())
    for number, text in enumerate(records):
        (folder / f"{number}.jsonl").write_bytes(text)
    lines = sum(text.count(b"\n") for text in records)
    alone = seconds("-c", "import torch")
    grading = seconds("-m", "gdtui", "grade", str(folder))
    print(f"{len(records)} records, {lines} lines: {grading:.1f} s, of which torch alone {alone:.1f} s")
    shutil.rmtree(folder)
    shutil.rmtree(os.environ["XDG_STATE_HOME"])


if __name__ == "__main__":
    main()
