"""What is loaded when: a clean interpreter imports or runs something, then tells which packages are there."""

import json
import os
import pkgutil
import subprocess
import sys

import pytest

import gdtui

SLOW = {"torch", "textual", "rich", "plotext", "numpy"}

TELL = """
import json, sys
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def loaded(program: str) -> set[str]:
    """Those of the slow packages that are loaded once a program has run, which has no terminal."""
    done = subprocess.run(
        [sys.executable, "-c", program + TELL],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return SLOW & set(json.loads(done.stderr.splitlines()[-1]))


def loaded_by_command(*words: str) -> set[str]:
    """Those that a command line loads. `main` would end the process before they could be told."""
    return loaded(
        f"import sys; sys.argv = {['gdtui', *words]!r}\nfrom gdtui.cli import main as cli\ncli.run_safely()\n"
    )


def modules(*rooms: str) -> list[str]:
    """The modules of the package, those of some rooms left out."""
    found = (module.name for module in pkgutil.walk_packages(gdtui.__path__, "gdtui."))
    return [name for name in found if name != "gdtui.__main__" and name.split(".")[1] not in rooms]


QUICK = [
    ["--help"],
    ["run", "--help"],
    ["script", "--help"],
    ["--version"],
    ["help"],
    ["help", "keys"],
    [],
    ["run", "--lr", "nan"],
    ["run", "--w0", "1,2"],
    ["lesson"],
    ["hand-in"],
]
"""What needs no run."""


@pytest.fixture(scope="module")
def loaded_by_each() -> dict[str, set[str]]:
    """What each of them loads that those before it have not, all in one process."""
    program = f"""
import json, sys
from gdtui.cli import main as cli
before = set()
for words in {QUICK}:
    sys.argv = ["gdtui", *words]
    cli.run_safely()
    after = {{name.partition(".")[0] for name in sys.modules}}
    print("LOADED", json.dumps([str(words), sorted(after - before)]))
    before = after
"""
    done = subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("LOADED")]
    return {words: set(names) for words, names in (json.loads(line.partition(" ")[2]) for line in lines)}


@pytest.mark.parametrize("words", QUICK, ids=str)
def test_what_needs_no_run_loads_nothing_slow(loaded_by_each: dict[str, set[str]], words: list[str]) -> None:
    assert SLOW & loaded_by_each[str(words)] == set()


def test_the_front_page_of_the_help_loads_no_command() -> None:
    program = """
import sys
from gdtui.cli import main
sys.argv = ["gdtui", "--help"]
main.run_safely()
print([module for module, _ in main.COMMANDS.values() if f"gdtui.cli.{module}" in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith("\n[]\n")


@pytest.mark.slow
def test_a_run_without_a_screen_loads_nothing_of_the_screen() -> None:
    assert loaded_by_command("run", "--method", "optim", "--predict", "4", "--lr", "0.2", "--epochs", "80") == {
        "torch",
        "numpy",
    }


def test_bad_data_is_found_before_torch_is_loaded() -> None:
    assert loaded_by_command("run", "--data", os.devnull) == {"numpy"}


def test_only_tables_and_torch_load_numpy() -> None:
    names = modules("ui", "terminal", "descent", "storage")
    assert {
        "gdtui.cli.main",
        "gdtui.cli.run",
        "gdtui.experiment.experiment",
        "gdtui.lab.workspace",
        "gdtui.lab.player",
    } <= set(names)
    assert loaded(f"import {', '.join(names)}") == set()


def test_storage_loads_neither_torch_nor_the_screen() -> None:
    names = [name for name in modules() if name.startswith("gdtui.storage")]
    assert "gdtui.storage.table" in names
    assert loaded(f"import {', '.join(names)}") == {"numpy"}


def test_the_rows_are_written_without_numpy() -> None:
    assert loaded("import gdtui.storage.rows, gdtui.experiment.command_line") == set()


def test_the_desk_loads_nothing_slow() -> None:
    assert loaded("import gdtui.lab.workspace") == set()


@pytest.mark.slow
def test_descent_loads_nothing_of_the_screen() -> None:
    names = [name for name in modules() if name.startswith("gdtui.descent")]
    assert loaded(f"import {', '.join(names)}") == {"torch", "numpy"}


def test_the_app_is_there_before_torch_and_plotext() -> None:
    assert loaded("import gdtui.ui.lab.app") == {"textual", "rich"}


def test_the_first_frame_loads_nothing_that_it_does_not_show() -> None:
    later = {"gdtui.teaching.lesson", "rich.markdown", "markdown_it", "pygments", "hashlib", "plotext"}
    later |= {"gdtui.ui.charts.all_charts"}
    tell = f"import gdtui.ui.lab.app, sys; print({later} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"


def test_no_module_of_the_screen_loads_torch() -> None:
    names = [name for name in modules() if name.startswith("gdtui.ui")]
    assert "gdtui.ui.lab.screen" in names
    assert "torch" not in loaded(f"import {', '.join(names)}")
