"""`gdtui --help`, `gdtui help`, what a shell is told when it asks how a word goes on, and Windows."""

import re
import subprocess
import sys

import pytest
from click.shell_completion import BashComplete
from terminal import Terminal

from gdtui.cli.main import COMMANDS, command, run_or_explain
from gdtui.storage import manual
from gdtui.text import cells

GDTUI = [sys.executable, "-m", "gdtui"]


@pytest.fixture
def gdtui(capsys, monkeypatch):
    """The command line in the test's own process: (exit code, standard output, standard error)."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gdtui", *words])
        code = run_or_explain()
        return code, *capsys.readouterr()

    return run


def test_the_front_page_of_the_help_fits_a_terminal_of_80_by_24(gdtui):
    code, out, _ = gdtui("--help")
    assert code == 0
    assert len(out.splitlines()) <= 24
    assert max(map(cells, out.splitlines())) <= 80
    assert out.count("\n  gdtui --") == 3
    for name in COMMANDS:
        assert f"\n  {name} " in out
    assert "..." not in out
    assert "gdtui help" in out


@pytest.mark.parametrize(("group", "options"), [("class", ("--new",)), ("lesson", ("--again", "--page"))])
def test_the_help_of_a_command_with_commands_has_all_options_and_cuts_no_sentence_off(gdtui, group, options):
    code, out, _ = gdtui(group, "--help")
    assert code == 0
    assert "..." not in out
    for option in (*options, "--ascii", "--help"):
        assert f" {option}" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_help_lists_the_pages_and_shows_each(gdtui):
    code, out, err = gdtui("help")
    assert (code, err) == (0, "")
    for topic in manual.topics():
        assert f"\n  {topic} " in out
        assert gdtui("help", topic) == (0, manual.plain_text(manual.read(topic)) + "\n", "")


def test_help_knows_commands_too(gdtui):
    code, out, err = gdtui("help", "sweep")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: gdtui sweep [OPTIONS]")
    assert "--points" in out


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["limit"], "words: The learning rate against its limit 2/L"),
        (["too large"], "questions: It says that lr is too large, but the cost goes down. Why?"),
        (["Cost", "goes", "DOWN"], "questions: It says that lr is too large, but the cost goes down. Why?"),
        (["safe limit"], 'questions: Why is the limit "safe" for logistic regression?'),
    ],
)
def test_help_on_words_that_name_no_page_finds_the_pages_that_have_them(gdtui, words, first, monkeypatch):
    monkeypatch.setenv("LINES", "12")
    code, out, err = gdtui("help", *words)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == first
    assert len(lines) <= 12 - 2, "what was typed and the prompt are on the screen too"
    for line in lines[:-2]:
        page, _, heading = line.partition(": ")
        section = dict(manual.sections(manual.read(page)))[heading]
        assert all(word.casefold() in f"{heading} {section}".casefold() for word in " ".join(words).split())
    assert lines[-1] == f"`gdtui help {first.partition(':')[0]}` shows the first of them."


def test_help_on_what_there_is_not_names_the_nearest_and_the_pages(gdtui):
    code, out, err = gdtui("help", "lessn")
    assert (code, out) == (2, "")
    assert err.startswith("gdtui: there is no page 'lessn'; did you mean lesson? The pages are keys, words, ")
    assert err.count("\n") == 1
    assert gdtui("help", "12345")[2].startswith("gdtui: there is no page '12345'. The pages are keys, words, ")


def test_a_page_longer_than_the_terminal_goes_through_a_pager():
    environment = {"PAGER": "sed s/^/PAGED/"}
    with Terminal([*GDTUI, "help", "keys"], environment=environment) as terminal:
        assert terminal.wait() == 0
        assert "PAGED" in terminal.text
    with Terminal([*GDTUI, "help", "proof"], rows=60, environment=environment) as terminal:
        assert terminal.wait() == 0
        assert "The proof" in terminal.text
        assert "PAGED" not in terminal.text


def test_a_narrow_terminal_gets_narrow_lines():
    with Terminal([*GDTUI, "help", "proof"], columns=60, rows=60) as terminal:
        assert terminal.wait() == 0
        assert "The lecture's loop, autograd and torch.optim, side by side\n" in terminal.text


def test_lesson_list_is_lesson(gdtui):
    assert gdtui("lesson", "list") == gdtui("lesson")
    assert " hypothesis " in gdtui("lesson", "list")[1]


def completed(*words: str) -> list[str]:
    """What a shell is told when it asks how the last word goes on."""
    *before, begun = words
    found = BashComplete(command, {}, "gdtui", "_GDTUI_COMPLETE").get_completions(before, begun)
    return ["FILES" if item.type == "file" else item.value for item in found]


@pytest.mark.parametrize(
    ("words", "how_it_goes_on"),
    [
        (["le"], ["lesson"]),
        (["lesson", "ten"], ["ten-epochs", "FILES"]),
        (["lesson", "li"], ["limit", "list", "FILES"]),
        (["lesson", "o"], ["one-step", "own-data", "FILES"]),
        (["lesson", "one-step", "--ag"], ["--again"]),
        (["lesson", "check", ""], ["FILES"]),
        (["hand-in", "one"], ["one-step"]),
        (["grade", ""], ["FILES"]),
        (["--stand"], ["--standardize"]),
        (["run", "--until-co"], ["--until-cost"]),
        (["--method", ""], ["hand", "autograd", "optim"]),
        (["run", "--convention", "m"], ["mse", "mean"]),
        (["run", "--optimizer", "ada"], ["adagrad", "adam", "adamw"]),
        (["--data", ""], ["FILES"]),
        (["--open", ""], ["FILES"]),
        (["help", "s"], ["screen", "ssh"]),
    ],
    ids=" ".join,
)
def test_a_shell_completes(words: list[str], how_it_goes_on: list[str]) -> None:
    assert completed(*words) == how_it_goes_on


def test_all_that_the_manual_says_is_completed_is() -> None:
    lines = re.findall(r"^    gdtui (.*)<tab> ", manual.read("completion"), re.MULTILINE)
    assert len(lines) == 6
    for typed in lines:
        assert completed(*typed.split(" ")) != [], typed


def test_windows_is_told_of_wsl_in_one_line():
    """Before anything is imported that Windows has not."""
    code = """\
import runpy, sys
sys.platform = "win32"
for name in ("fcntl", "pwd", "termios"):
    sys.modules[name] = None
runpy.run_module("gdtui", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "WSL" in done.stderr
