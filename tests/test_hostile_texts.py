"""Hostile text poured in wherever text comes from outside: what is shown, printed or written obeys nobody."""

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_backend import FAKE
from lessons import LESSON, read
from terminal import Terminal
from test_any_terminal import HOSTILE, LAB, ready

from gdtui.cli import main as cli
from gdtui.storage import record
from gdtui.storage.table import read_table
from gdtui.teaching.events import Answer, GoOn, Hint, Set, StepEpochs
from gdtui.teaching.grade import grade
from gdtui.teaching.record import seal
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.report import FORMATS

ALL = "".join(HOSTILE).replace("\n", "")
"""An escape sequence, the clipboard, a title, C1, markup, 1,000 combining marks, a bidirectional override."""

ARGUMENT = "\udcff\x1b[2J\x9b31m\u202e\u2028[/]" + "\u0301" * 40
"""As an argument: with a byte that is no UTF-8."""

CLIPBOARD = re.compile("\x1b\\]52;c;[A-Za-z0-9+/=]*\x07")


def is_only_shown(text: str) -> bool:
    """Whether a terminal only shows a text."""
    unsafe = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}} - set("\n\t")
    return not unsafe and "\u0301" * 6 not in text


def is_only_shown_on_screen(terminal: Terminal) -> bool:
    """Whether nothing but styles, places and modes was sent besides text, and the clipboard once at most."""
    sent = CLIPBOARD.sub("", terminal.sent.decode())
    return is_only_shown(re.sub(r"\x1b\[[0-9;]*[mHCKJ]|\x1b\[[?<>=][0-9;$]*[a-zA-Z]|\x1b\[6n|[\r\x08]", "", sent))


@pytest.mark.parametrize(
    "words",
    [
        ["{}"], ["--{}"], ["--open", "{}"], ["--markers", "{}"], ["--pause-after", "{}"], ["--data", "{}"],
        *(["run", option, "{}"] for option in (
            "--x", "--data", "--lr", "--w0", "--epochs", "--batch", "--seed", "--then", "--optimizer", "--method",
            "--convention", "--dtype", "--until-cost", "--checksum", "--predict", "--format", "--every", "--{}",
        )),
        ["run", "--data", "TABLE", "--features", "{}"], ["run", "--data", "TABLE", "--target", "{}"],
        ["sweep", "--points", "{}"], ["script", "--data", "{}"], ["doctor", "{}"],
        ["lesson", "{}"], ["lesson", "check", "{}"], ["lesson", "check", "{}.toml"], ["lesson", "new", "no/{}"],
        ["grade", "{}"], ["grade", "{}.jsonl"], ["grade", "TABLE", "--lesson", "{}"],
        ["grade", "TABLE", "--format", "{}"], ["hand-in", "{}"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_argument_is_refused_in_a_line_that_only_shows_it(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "table.csv").write_text("x,y\n1,2\n2,4\n")
    given = [word.format(ARGUMENT).replace("TABLE", str(tmp_path / "table.csv")) for word in words]
    monkeypatch.setattr(sys, "argv", ["gdtui", *given])
    assert cli.run_safely() == 2
    out, err = capsys.readouterr()
    assert (out + err).count("\n") == 1
    assert is_only_shown(out + err)


def test_a_cell_is_refused_in_a_line_that_only_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    table = tmp_path / f"a{ALL.replace('/', '')[:40]}.csv"
    for cell in HOSTILE:
        table.write_text(f'{cell},y\n1,2\n2,"{cell}"\n')
        monkeypatch.setattr(sys, "argv", ["gdtui", "run", "--data", str(table)])
        assert cli.run_safely() == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert is_only_shown(err)


def hostile_lessons() -> Iterator[str]:
    """A lesson with hostile text in each place where there is text, as it is and as TOML's escapes write it."""
    written = ("\\u001b[2J", "\\u009b31m", "\\u202e", "\\u2028", "\\ue000", "x" + "\\u0301" * 60)
    for found in re.finditer(r'"[^"\n]*[A-Za-z][^"\n]*"', LESSON):
        for hostile in (*(part for part in HOSTILE if not is_only_shown(part)), *written):
            yield LESSON[: found.start() + 1] + hostile + LESSON[found.start() + 1 :]


def test_no_place_of_a_lesson_takes_what_a_terminal_obeys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    paths = []
    for number, text in enumerate(hostile_lessons()):
        paths.append(tmp_path / f"{number}.toml")
        paths[-1].write_text(text)
    assert len(paths) > 100
    monkeypatch.setattr(sys, "argv", ["gdtui", "lesson", "check", *map(str, paths)])
    assert cli.run_safely() == 2
    out = capsys.readouterr().out
    assert len(out.splitlines()) == len(paths)
    assert is_only_shown(out)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each text in a JSON value."""
    if isinstance(value, str):
        yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def test_no_place_of_a_record_brings_into_grades_what_a_terminal_obeys():
    recorded_session = RecordedSession(read(), FAKE, "ann")
    for event in (
        GoOn(),
        Hint(),
        Answer("-0.7"),
        Answer("0.7"),
        GoOn(),
        Answer("left"),
        GoOn(),
        Set(name="lr", value="0.07"),
        StepEpochs(),
    ):
        assert recorded_session.take(event).is_accepted
    recorded_session.close()
    assert recorded_session.record
    entries = [json.loads(line)["entry"] for line in recorded_session.record.path.read_bytes().splitlines()]
    grades = []
    for *way, last in places(entries):
        if last in ("entry", "digest"):
            continue
        changed = json.loads(json.dumps(entries))
        part = changed
        for key in way:
            part = part[key]
        part[last] = "=" + ALL
        lines, digest = [], ""
        for number, entry in enumerate((*changed, json.loads(seal(len(changed))))):
            line, digest = record.line_of(json.dumps(entry).encode(), digest, begins=not number)
            lines.append(line)
        grades += [grade(found, {read().digest: read()}, FAKE) for found in record.split(b"".join(lines), "r")]
    assert len(grades) > 20
    for report in FORMATS.values():
        assert all(is_only_shown(report([found])) for found in grades)


@pytest.mark.slow
def test_a_name_is_no_code_in_a_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    table = tmp_path / 'x"""\nimport nothing\n#\x1b.csv'
    code = 'a"""\nimport nothing\n\'\\'
    table.write_text('"{0}x","{0}y"\n1,2\n2,4\n'.format(code.replace('"', '""')))
    monkeypatch.setattr(sys, "argv", ["gdtui", "script", "--data", str(table)])
    assert cli.run_safely() == 0
    script = capsys.readouterr().out
    assert is_only_shown(script)
    assert [line for line in script.splitlines() if line.startswith("import nothing")] == []
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert read_table(str(table)).dataset.rows == 2


@pytest.mark.slow
def test_no_variable_ends_the_lab_or_reaches_the_terminal():
    names = ("TERM_PROGRAM", "COLORTERM", "TMUX", "STY", "SSH_CONNECTION", "TEXTUAL_THEME", "LC_MESSAGES")
    hostile = {**dict.fromkeys(names, ARGUMENT), "TERM": f"xterm{ARGUMENT}"}
    with Terminal(LAB, 120, 40, hostile) as terminal:
        terminal.wait_for(ready, timeout=60)
        terminal.press("q")
        assert terminal.wait() == 0
        assert is_only_shown_on_screen(terminal)


def fill_in(terminal: Terminal, key: str, shown: str, typed: str) -> None:
    """Answer what a key asks for."""
    terminal.press(key)
    terminal.wait_for(shown)
    terminal.wait_until_still(0.2)
    terminal.press("ctrl+u")
    terminal.wait_until_still(0.2)
    terminal.paste(typed.replace("\x1b", ""))
    terminal.wait_until_still(0.2)
    terminal.press("enter")


@pytest.mark.slow
def test_no_place_of_the_lab_sends_what_a_terminal_obeys(tmp_path: Path):
    table = tmp_path / ("=evil\x1b]0;x\x07\x9b[b]\u202e\n" + "\u0301" * 40 + ".csv")
    rows = [",".join(str((row * 7 + column * 3) % 11) for column in range(len(HOSTILE))) for row in range(12)]
    table.write_text("\n".join([",".join(f'"{name}"' for name in HOSTILE), *rows]) + "\n")
    backend = tmp_path / "b\x9b\u202e[b].json"
    backend.write_text('{"format":"gdtui bench","version":1,"\\u001b[2J\\u009b":1}')
    with Terminal([*LAB, "--data", str(table), "--lr", "0.001"], 120, 40, cwd=tmp_path) as terminal:
        terminal.wait_for(ready, timeout=60)
        views = [
            "space",
            "space",
            "p",
            "+",
            "space",
            "o",
            "a",
            "down",
            "f",
            "escape",
            "c",
            "s",
            "c",
            "m",
            "b",
            "m",
            "w",
        ]
        for key in (*views, "w", "d", "n", ".", "v", "v", "v", "z", "z", "escape", "escape"):
            terminal.press(key)
            terminal.wait_until_still(0.2)
        asked = {
            "h": ("H(x) for", ALL),
            "x": ("export to", "no\x9b\u202e/[/].csv"),
            "O": ("open workspace", backend.name),
            "e": ("escape back", ALL),
            "ctrl+p": ("Search for commands", ALL),
        }
        for key, (shown, typed) in asked.items():
            fill_in(terminal, key, shown, typed)
            terminal.wait_until_still(0.2)
            for _ in range(3):
                terminal.press("escape")
                terminal.wait_until_still(0.2)
        for ending in (".svg", ".txt", ".json", ".csv", ".py"):
            fill_in(terminal, "x", "export to", f"out{ending}")
            terminal.wait_for(f"out{ending}.")
        terminal.press("L")
        terminal.wait_for("Lessons")
        terminal.press("enter")
        terminal.wait_for("page 1/")
        terminal.press("enter")
        terminal.paste(ALL.replace("\x1b", ""))
        terminal.press("enter")
        terminal.wait_until_still(0.3)
        for _ in range(3):
            terminal.press("escape")
            terminal.wait_until_still(0.2)
        terminal.wait_for("paused")
        terminal.press("P")
        terminal.wait_for("after the next epoch?")
        terminal.paste(ALL.replace("\x1b", ""))
        terminal.press("enter")
        terminal.wait_for("too long to be a number")
        assert terminal.is_alive
        assert is_only_shown_on_screen(terminal)
    written = list(tmp_path.glob("out.*"))
    assert len(written) == 5
    for path in written:
        assert is_only_shown(path.read_text()), path.name
