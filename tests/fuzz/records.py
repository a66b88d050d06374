"""Records that somebody made up, graded and gone on with in this process: nothing but a flag may come of them.

As a script: `python tests/fuzz/records.py [how many [seed]]`. Every record is chained anew, so that its entries are
looked at.
"""

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from fake_backend import FAKE
from lessons import LESSON, read, swapped

from gdtui.storage import record, record_folder
from gdtui.storage.hand_in import hand_in
from gdtui.teaching.events import Answer, GoOn, Hint, Set, StepEpochs
from gdtui.teaching.grade import grade
from gdtui.teaching.limits import Limit
from gdtui.teaching.pages.all_kinds import tasks_of
from gdtui.teaching.progress import own_progress, own_sealed
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.report import FORMATS

MOST_UPDATES = 300
ANSWERED = GoOn(), Answer("9"), Answer("0.7"), GoOn(), Hint(), Answer("left"), GoOn()
EVENTS = *ANSWERED[:4], *ANSWERED[5:], Set(name="lr", value="0.07"), StepEpochs(count=2), GoOn()
EXTRA = '[[step]]\nname = "extra"\ntext = "More."\n[step.ask]\nkind = "cost"\n\n'
LESSONS = (
    read(),
    read(swapped("The cost is", "The costs are")),
    read(swapped('[[step]]\nname = "choose"', EXTRA + '[[step]]\nname = "choose"')),
    read(LESSON.replace("lr = 0.05", "lr = 0.01")),
)
HOSTILE = (
    None, True, -1, 0, 2**70, 1e999, float("nan"),
    "", "\0", "\x1b[2J", "x" * 5000, "=1+1", "한" * 50, "9" * 400, "1e999",
    "{W}", [], {}, [[]] * 50, {"do": "step", "count": 10**9}, {"do": "set", "name": "x", "value": "1," * 3000},
    {"do": "set", "name": "optimizer", "value": "adam"}, {"do": "try", "value": 1e308}, {"do": "script", "printed": 1},
    {"do": "pin"}, {"do": "again"}, {"do": "answer", "text": "0.7"}, {"do": "go on"}, {"do": "hint"},
    "read", "ask", "choose", "goal", "extra", "begun", "done", "sealed", LESSONS[1].digest, LESSONS[2].pages,
)  # fmt: skip


def good() -> list[dict[str, object]]:
    """The entries of an honest record, with its seal."""
    recorded_session = RecordedSession(LESSONS[0], FAKE, "ann", anew=True)
    for event in EVENTS:
        assert recorded_session.take(event).is_accepted, event
    recorded_session.close()
    (text,) = own_sealed(())
    return [json.loads(line)["entry"] for line in text.splitlines()]


def places(value: object) -> list[tuple[object, object]]:
    """Every key and index within a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in ((value, key), *places(inner))]


def changed(entries: list[dict[str, object]], chance: random.Random) -> bytes:
    """A record with some entries changed, moved, left out or put in twice, and its bytes perhaps as well."""
    entries = json.loads(json.dumps(entries))
    for _ in range(chance.choice((1, 1, 2, 4, 9))):
        match chance.randrange(6) if entries else -1:
            case 0:
                del entries[chance.randrange(len(entries))]
            case 1:
                entries.insert(chance.randrange(len(entries) + 1), json.loads(json.dumps(chance.choice(entries))))
            case 2:
                chance.shuffle(entries) if chance.random() < 0.1 else entries.reverse()
            case _:
                found = places(entries)
                within, key = chance.choice(found) if found else (entries, slice(0))
                within[key] = json.loads(json.dumps(chance.choice(HOSTILE)))
    lines, digest = [], ""
    for number, entry in enumerate(entries):
        line, digest = record.line_of(json.dumps(entry).encode(), digest, begins=number == 0 or chance.random() < 0.01)
        lines.append(line)
    text = bytearray(b"".join(lines))
    for _ in range(chance.choice((0, 0, 0, 1, 3)) if text else 0):
        text[chance.randrange(len(text))] = chance.randrange(256)
    return bytes(text)


def go_on_with(text: bytes, folder: Path) -> None:
    """Take it for a record of one's own: go on with it, list the progress, and hand it in."""
    for path in record_folder.own_records():
        path.unlink()
    (record_folder.folder() / f"small-{LESSONS[0].digest[:12]}.jsonl").write_bytes(text)
    for loaded in LESSONS:
        recorded_session = RecordedSession(loaded, FAKE, "ann")
        recorded_session.view()
        recorded_session.take(GoOn())
        recorded_session.close()
    for progress in own_progress(LESSONS).values():
        progress.in_words(LESSONS[0].lesson)
    for sealed in own_sealed(()):
        hand_in(folder, "ann", sealed)


def main(number: int, seed: int) -> None:
    """Grade so many, and go on with one in twenty."""
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp()
    chance, entries, flagged, begin = random.Random(seed), good(), 0, time.monotonic()
    most = sum(step.points for step in LESSONS[0].lesson.steps for task in tasks_of(step) if task.kind.is_judged)
    for index in range(number):
        text = changed(entries, chance)
        known = {loaded.digest: loaded for loaded in LESSONS[index % 2 :]} | {"small": LESSONS[index % len(LESSONS)]}
        grades = [grade(part, known, FAKE, Limit(MOST_UPDATES)) for part in record.split(text, "r.jsonl")]
        for style, write in FORMATS.items():
            if style != "gradescope" or len({each.learner for each in grades}) < 2:
                assert write(grades).replace("\n", "").isprintable()
        assert all(each.points <= most + 1 for each in grades)
        flagged += any(each.flags for each in grades)
        if index % 20 == 0:
            go_on_with(text, Path(os.environ["XDG_STATE_HOME"]))
    print(f"{number:,} records: {flagged:,} flagged, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:], *(2_000, 13)[len(sys.argv) - 1 :]]))
