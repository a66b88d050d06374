"""Commands are rows: one of a table is in the bar, the palette and the help, and a keymap gives it other keys."""

import json
import subprocess
import sys

import pytest
from lab_pilot import opened, prefer

from gdtui.storage import preferences
from gdtui.ui.common.command import remapped
from gdtui.ui.common.keymap import Keymap, load_keymap
from gdtui.ui.common.page import PageScreen
from gdtui.ui.lab.commands.table import COMMANDS, by_key, meant
from gdtui.ui.lesson.catalogue import LessonsScreen
from gdtui.ui.lesson.commands import LESSON_COMMANDS
from gdtui.ui.lesson.kinds.all_kinds import every_command
from gdtui.ui.lesson.screen import LessonScreen

MADE_UP = """
import asyncio, json, sys, threading

from gdtui.errors import UserError
from gdtui.experiment.experiment import Experiment
from gdtui.ui.lab.commands import leave
from gdtui.ui.lab.commands.command import LabCommand

greet = LabCommand(
    id="greet", keys="j", bar="greet", section="Look up and quit", title="Say hello", needs_run=False,
    times=lambda lab, count: lab.notice(f"hello {count}"),
)
leave.COMMANDS = (greet, *leave.COMMANDS)

from textual.widgets import Static

from gdtui.ui.lab.app import LabApp

async def main():
    gate = threading.Event()

    def load():
        gate.wait()
        raise UserError("there is no torch here")

    app = LabApp(Experiment(), load)
    async with app.run_test(size=(300, 40)) as pilot:
        keys = app.lab.query_one("#keys")
        told = {"bar": keys.render_line(0).text}
        told["palette"] = [command.title for command in app.get_system_commands(app.lab)]
        await pilot.press(sys.argv[1])
        await pilot.pause()
        told["done"] = keys.render_line(0).text.strip()
        await pilot.press("f1")
        await pilot.pause()
        told["help"] = "\\n".join(str(lines.render()) for lines in app.screen.query(".lines").results(Static))
        gate.set()
    print(json.dumps(told))

asyncio.run(main())
"""


@pytest.mark.parametrize(("keymap", "key"), [({}, "j"), ({"greet": "J"}, "J")])
def test_a_command_that_is_one_row_of_a_table_is_everywhere(keymap: dict[str, str], key: str) -> None:
    prefer(keymap=keymap)
    done = subprocess.run([sys.executable, "-c", MADE_UP, key], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert f" {key} greet " in told["bar"]
    assert f"Say hello  ({key})" in told["palette"]
    assert told["done"] == "hello 0"
    assert f"  {key:<14} Say hello" in told["help"].splitlines()


async def test_keys_of_ones_own_work_and_are_shown() -> None:
    prefer(keymap={"step": "j", "back": "b,left", "help": "H,f2"})
    async with opened() as lab:
        assert lab.keys.startswith("j step  r run  b back")
        await lab.press("2", "j")
        assert lab.screen.workspace.run.cursor == 2
        await lab.press("space")
        assert lab.screen.workspace.run.cursor == 2, "the key it had does nothing"
        await lab.press("b")
        assert lab.screen.workspace.run.cursor == 1
        await lab.press("h", "f2")
        assert isinstance(lab.app.screen, PageScreen), "while a question has the other keys, too"


async def test_keys_of_ones_own_are_in_the_help() -> None:
    prefer(keymap={"step": "j"})
    async with opened() as lab:
        await lab.press("v", "l", "question_mark")
        await lab.until(lambda: isinstance(lab.app.screen, PageScreen))
        sections = dict(lab.app.screen.pages[0])
        assert "  j              Take one epoch; 25 space takes 25" in sections["Step and run"]
        assert "  j              Take one epoch, on a page with a goal" in sections[LESSON_COMMANDS[0].section]


async def test_notices_name_the_keys_of_ones_own() -> None:
    prefer(keymap={"undo": "U", "compare": "C", "ask": "A", "reveal": "X", "explain": "E", "predict": "Q"})
    async with opened() as lab:
        await lab.press("R")
        assert lab.keys == "Started over from the same W. U restores the previous run."
        await lab.press("p")
        assert lab.keys == "Pinned as A. It stays on the charts; C compares the runs."
        await lab.press("f")
        assert lab.keys == "f works in the explain view (E) and the code view (c)."
        await lab.press("E", "f")
        assert lab.keys == "Each epoch hides one more number. A answers, X shows it."
        assert "1 hidden: A answers, X shows one" in lab.screen.text()
        await lab.press("escape", "escape", "Q", "escape", "space")
        assert lab.keys == "A question is waiting. Q answers it, escape skips it."


async def test_keys_of_ones_own_work_in_a_lesson() -> None:
    prefer(keymap={"step": "j"})
    async with opened() as lab:
        await lab.press("L")
        await lab.until(lambda: isinstance(lab.app.screen, LessonsScreen))
        await lab.press("down", "down", "down", "down", "enter")
        await lab.until(lambda: isinstance(lab.app.screen, LessonScreen) and lab.app.screen.view is not None)
        lesson = lab.app.screen
        assert isinstance(lesson, LessonScreen)
        await lab.type("2")
        await lab.press("enter")
        assert "j step" in lab.text("#keys")
        await lab.press("j")
        assert lesson.run.cursor == 1


@pytest.mark.parametrize(
    ("entries", "flaw"),
    [
        ({"stepp": "j"}, "keymap: there is no command stepp; did you mean step?"),
        ({"step": 1}, 'keymap: the keys of step must be text, such as "j" or "j,space"'),
        ({"step": "j,,k"}, "keymap: step has an empty key; for the , key, write comma"),
        ({"step": "spcae"}, "keymap: step: there is no key spcae"),
        ({"step": "7"}, "keymap: step: 7 cannot be assigned to a command"),
        ({"step": "escape"}, "keymap: step: escape cannot be assigned to a command"),
        ({"step": "j", "play": "j"}, "keymap: play: j is already assigned to step"),
        ({"step": 1, "play": 2}, 'keymap: the keys of step must be text, such as "j" or "j,space" (and 1 more)'),
        (["step", "j"], 'keymap must be an object, such as {"step": "j"}'),
    ],
)
def test_what_is_wrong_with_a_keymap_is_said_in_a_line(entries: object, flaw: str) -> None:
    prefer(keymap=entries)
    keymap = load_keymap(every_command)
    assert keymap.flaw == f"preferences.json: {flaw}"


async def test_a_bad_entry_is_a_notice_and_the_others_hold() -> None:
    prefer(keymap={"stepp": "k", "step": "j"})
    async with opened() as lab:
        assert "there is no command stepp" in lab.keys
        await lab.press("j")
        assert lab.screen.workspace.run.cursor == 1
        assert "stepp" not in lab.keys


@pytest.mark.parametrize("kept", [{}, {"chart": "weights", "log_cost": True, "keymap": {"step": "j"}}])
async def test_the_lab_opens_with_the_cost_and_the_bowl_whatever_was_seen_last(kept: dict[str, object]) -> None:
    prefer(**kept)
    for _ in range(2):
        async with opened() as lab:
            charts = lab.screen.charts
            assert (charts.first, charts.order[1], charts.looks.is_log) == ("cost", "bowl", None)
            await lab.press("v", "v", "l")
    assert json.loads(preferences.place().read_text()) == kept


async def test_a_damaged_file_of_preferences_is_a_notice_and_is_left_as_it_is() -> None:
    prefer()
    preferences.place().write_text('{"keymap": {"step": "j"')
    async with opened() as lab:
        assert "preferences.json cannot be read" in lab.keys
    assert preferences.place().read_text() == '{"keymap": {"step": "j"'


def test_a_key_that_is_given_away_is_taken_from_the_command_that_has_it() -> None:
    commands = remapped(COMMANDS, {"step": "r", "next-batch": "k"})
    assert {command.id: command.keys for command in commands if command.id in ("step", "play")} == {
        "step": "r",
        "play": "",
    }
    keys = by_key(commands)
    assert meant(keys["k"], "explain").id == "next-batch"
    assert meant(keys["k"], "proof").id == "next-convention"
    assert [command.id for command in keys["b"]] == ["next-bug"]


def test_the_keys_that_do_the_same_in_a_lesson_are_those_of_the_lab() -> None:
    lab = {command.id: command.keys for command in COMMANDS}
    shared = {command.id for command in LESSON_COMMANDS if lab.get(command.id) == command.keys}
    assert shared == {"step", "play", "pin", "help", "reset", "raise", "lower"}
    assert not any(command.id in lab for command in LESSON_COMMANDS if command.id not in shared)


def test_no_two_commands_that_meet_have_the_same_key() -> None:
    assert load_keymap(every_command) == Keymap()
    seen: dict[tuple[object, str, tuple[str, ...]], str] = {}
    for command in every_command():
        for key in command.key_names:
            for view in command.views or ("",):
                assert seen.setdefault((type(command), key, (view,)), command.id) == command.id
