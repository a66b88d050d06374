"""Every reader of what others may have written, as a function of bytes that either reads or refuses them.

As a script, coverage-guided fuzzing of each: `python tests/fuzz/readers.py [seconds for each] [name …]`. It needs
atheris, which is not installed with the tests; without it nothing is done, and that is said.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

SECONDS_FOR_EACH = 3
SECONDS_FOR_ONE_INPUT = 5
MOST_MEGABYTES = 700
LONGEST = 4096


def read_table(content: bytes) -> None:
    """A table of numbers; the first byte chooses whether rows with gaps are skipped."""
    from gdtui.storage.table import read_table

    with _file("table.csv", content) as path, refusing():
        read_table(str(path), drop_missing=content[:1] > b"M")


def read_workspace(content: bytes) -> None:
    """A workspace that was saved."""
    from gdtui.storage.workspace_file import decode

    with refusing():
        snapshot = decode(content)
        assert snapshot.present in snapshot.runs


def read_lesson(content: bytes) -> None:
    """A lesson of somebody's own."""
    from gdtui.teaching.reader import read_lesson

    with refusing():
        read_lesson(content, "lesson.toml", "lesson")


def read_record(content: bytes) -> None:
    """A record as it stands in the file."""
    _read_own_record(content)


def read_chained_record(content: bytes) -> None:
    """A record whose hashes are right, whatever its entries say: anybody can make one."""
    from gdtui.storage.record import line_of

    before, lines = "", []
    for entry in content.split(b"\n"):
        with suppress(ValueError):  # msgspec's own refusal of what is no JSON is one
            line, before = line_of(entry, before, begins=not lines)
            lines.append(line)
    _read_own_record(b"".join(lines))


def read_preferences(content: bytes) -> None:
    """The user's own keys; a damaged file is refused."""
    from gdtui.storage import preferences

    preferences.place().parent.mkdir(parents=True, exist_ok=True)
    preferences.place().write_bytes(content)
    with refusing():
        assert isinstance(preferences.read(), preferences.Preferences)


def read_keys(content: bytes) -> None:
    """What a terminal sends, in two pieces. After a silence nothing is held back."""
    from gdtui.terminal import keyboard

    keys, now = keyboard.Keyboard(has_mouse=content[:1] > b"M"), 0.0
    with patch.object(keyboard, "time", SimpleNamespace(monotonic=lambda: now)):
        for piece in (content[: len(content) // 2], content[len(content) // 2 :]):
            list(keys.feed(piece))
        while (patience := keys.patience) is not None:
            now += patience
            list(keys.tick())
        *_, typed = keys.feed(b"q")
    assert typed.key == "q"


READERS: dict[str, Callable[[bytes], None]] = {
    "table": read_table,
    "bench": read_workspace,
    "lesson": read_lesson,
    "record": read_record,
    "chained-record": read_chained_record,
    "preferences": read_preferences,
    "keys": read_keys,
}

BEGUN = b'{"entry":"begun","lesson":"one-step","digest":"0a","learner":"ann","at":"2026-01-01T00:00:00Z"}'
DONE = (
    b'{"entry":"done","page":"ask","event":{"do":"answer","text":"0.7"},'
    b'"outcome":{"is_accepted":true,"score":2},"at":"2026-01-01T00:00:01Z"}'
)


@cache
def seeds() -> dict[str, list[bytes]]:
    """Something good of each kind, to begin with."""
    from gdtui.storage.record import line_of
    from gdtui.teaching.template import TEMPLATE

    first, digest = line_of(BEGUN, "", begins=True)
    second, _ = line_of(DONE, digest, begins=False)
    backend = (
        b'{"format":"gdtui bench","version":1,"gdtui":"0","current":0,"runs":[{"data":{"kind":"typed","x":[1,2],'
        b'"y":[2,4]},"known":3,"epoch":2,"cost":0.5,"optimizer":"adam","changes":[{"epoch":2,"lr":0.2}]}]}'
    )
    return {
        "table": [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "tables").iterdir())],
        "bench": [backend],
        "lesson": [TEMPLATE.encode()],
        "record": [first + second],
        "chained-record": [BEGUN + b"\n" + DONE],
        "keys": [
            b"q\x1b[A\x1b[113;2u\x1bOP",
            b"\x1b]11;rgb:1e/1e/1e\x1b\\\x1b[3$",
            b"\x1b[200~1\x1b[201~\x1b[M !!\xed\x95\x9c",
        ],
        "preferences": [b'{"chart":"bowl","log_cost":true,"keymap":{"step":"j"}}'],
    }


@contextmanager
def _file(name: str, content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield path


@contextmanager
def refusing() -> Iterator[None]:
    """Let one line of the user's pass, and no other exception."""
    from gdtui.errors import UserError
    from gdtui.text import unfit

    said = ""
    try:
        yield
    except UserError as error:
        said = str(error)
    assert unfit(said.replace("\n", "\0").replace("\t", "\0")) is None, said


def _read_own_record(content: bytes) -> None:
    from gdtui.storage import record_folder
    from gdtui.teaching.catalogue import lesson_named
    from gdtui.teaching.progress import own_progress, own_sealed

    record_folder.folder().mkdir(parents=True, exist_ok=True)
    (record_folder.folder() / "fuzz.jsonl").write_bytes(content)
    lessons = [lesson_named("limit"), lesson_named("one-step")]
    for progress in own_progress(lessons).values():
        progress.in_words(lessons[0].lesson)
    own_sealed(())


def fuzz(name: str, arguments: list[str]) -> None:
    """Fuzz one reader in this process, which it ends."""
    import atheris

    with atheris.instrument_imports(include=["gdtui", "tomllib"]):
        seeds()
        READERS[name](b"")
    atheris.Setup([name, *arguments], READERS[name])
    atheris.Fuzz()


def main() -> int:
    """Fuzz each in a process of its own; 1 where one has failed, with the input that did it."""
    words = sys.argv[1:]
    if words[:1] == ["--one"]:
        fuzz(words[1], words[2:])
        return 0
    if importlib.util.find_spec("atheris") is None:
        print("no fuzzing by coverage: atheris is not installed here")
        return 0
    seconds = int(words[0]) if words else SECONDS_FOR_EACH
    failed = 0
    for name in words[1:] or READERS:
        with tempfile.TemporaryDirectory() as folder:
            corpus = Path(folder) / "corpus"
            corpus.mkdir()
            for number, seed in enumerate(seeds()[name]):
                (corpus / str(number)).write_bytes(seed)
            limits = [f"-max_total_time={seconds}", f"-timeout={SECONDS_FOR_ONE_INPUT}", f"-max_len={LONGEST}"]
            limits += [f"-rss_limit_mb={MOST_MEGABYTES}", f"-artifact_prefix={folder}/", "-verbosity=1"]
            done = subprocess.run(
                [sys.executable, __file__, "--one", name, *limits, str(corpus)],
                env={**os.environ, "XDG_STATE_HOME": folder},
                capture_output=True,
                text=True,
                errors="replace",
            )
            found = len(list(corpus.iterdir()))
            print(f"{name}: {'held' if done.returncode == 0 else 'FAILED'}, {found} kinds of input in {seconds} s")
            if done.returncode:
                failed = 1
                print(done.stderr[-3000:])
                for path in Path(folder).iterdir():
                    if path.is_file():
                        print(repr(path.read_bytes()))
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
