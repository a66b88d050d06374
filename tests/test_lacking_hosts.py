"""Machines and installations that lack something: one line names it, the exit code is right, and the doctor says it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from fake_backend import COMMAND, REAL_COMMAND
from terminal import Terminal

from gdtui.errors import host_errors

WAYS = {
    "missing": "raise ModuleNotFoundError(\"No module named '{0}'\", name='{0}')",
    "broken": "raise ImportError('lib{0}.so: cannot open shared object file')",
}
SAID = {"missing": "{0} is not installed", "broken": "{0} cannot be loaded (lib{0}.so: cannot open shared object file)"}
LIBRARIES = [(name, way) for name in ("torch", "numpy", "plotext", "textual") for way in WAYS]


def path_without(name: str, way: str, folder: Path) -> str:
    """A search path on which a library cannot be imported."""
    (folder / f"{name}.py").write_text(WAYS[way].format(name))
    return os.pathsep.join([str(folder), *filter(None, sys.path)])


def told(command: list[str], path: str | None = None, limit: str = "-c 0") -> subprocess.CompletedProcess[str]:
    """What a command says within a limit."""
    environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "PYTHONPATH": path or os.pathsep.join(sys.path)}
    words = ["sh", "-c", f'ulimit {limit} && exec "$@"', "sh", *command]
    return subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("name", "way"),
    [LIBRARIES[0], *(pytest.param(*library, marks=pytest.mark.slow) for library in LIBRARIES[1:])],
)
def test_a_library_that_cannot_be_loaded_is_named(name: str, way: str, tmp_path: Path):
    path = path_without(name, way, tmp_path)
    if name in ("torch", "numpy"):
        done = told([*REAL_COMMAND, "run"], path)
        assert done.returncode == 2
        assert done.stderr.startswith(f"gdtui: {SAID[way].format(name)}: python3 -m pip install ")
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""
    command = REAL_COMMAND if name in ("torch", "numpy") else COMMAND
    with Terminal(command, columns=200, environment={"PYTHONPATH": path}) as terminal:
        assert terminal.wait(60) == 2
        assert terminal.text.startswith(f"gdtui: {SAID[way].format(name)}: python3 -m pip install ")
        assert len(terminal.text.strip().splitlines()) == 1
        assert terminal.modes == frozenset()
        assert terminal.termios_restored
    doctor = told([*(REAL_COMMAND if name == "torch" else COMMAND), "doctor"], path)
    assert doctor.returncode == 0
    assert SAID[way].format(name) in doctor.stdout


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "cannot import name 'Tensor' from 'torch'"),
        ("open('/nowhere/libtorch.so')", "No such file or directory: '/nowhere/libtorch.so'"),
        *(
            pytest.param(*broken, marks=pytest.mark.slow)
            for broken in (
                ("raise AttributeError('of another build')", "of another build"),
                ("x = = 1", "invalid syntax (__init__.py, line 1)"),
                ("raise KeyError", "KeyError"),
            )
        ),
    ],
)
def test_a_torch_that_is_broken_in_any_way_is_named(source: str, reason: str, tmp_path: Path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text(source)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = told([*REAL_COMMAND, "run"], path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("gdtui: torch cannot be loaded (")
    assert reason in done.stderr
    doctor = told([*REAL_COMMAND, "doctor"], path)
    assert doctor.returncode == 0
    assert "torch cannot be loaded (" in doctor.stdout


def test_an_error_that_comes_of_no_import_is_left_alone():
    with pytest.raises(ValueError, match="ours"), host_errors():
        raise ValueError("ours")


@pytest.mark.parametrize(
    ("limit", "commands"), [("-v 400000", ["", "run", "lesson slope"]), ("-n 10", ["", "lesson slope"])]
)
def test_a_limit_that_is_too_low_is_named(limit: str, commands: list[str]):
    kind, _, number = limit.partition(" ")
    for words in commands:
        command = ["sh", "-c", f'ulimit {limit} && exec "$@"', "sh", *REAL_COMMAND, *words.split()]
        with Terminal(command, columns=120) as terminal:
            assert terminal.wait(60) == 2
            assert terminal.text.startswith(f"gdtui: ulimit {kind} is {number}, and gdtui needs more: ulimit {kind} ")
            assert len(terminal.text.strip().splitlines()) == 1
            assert b"\x1b[?1049h" not in terminal.sent
    doctor = told([*REAL_COMMAND, "doctor"], limit=limit)
    assert doctor.returncode == 0
    assert f"ulimit {kind} is {number}" in doctor.stdout


@pytest.mark.slow
def test_without_a_temporary_folder_the_lab_runs_and_the_doctor_says_so():
    """A file may have no size there, so that no folder is found where one can be written."""
    with Terminal(["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh", *COMMAND]) as terminal:
        terminal.wait_for("paused", timeout=60)
        terminal.press("space")
        terminal.wait_for("W 1.400")
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.text.strip() == ""
    doctor = told([*COMMAND, "doctor"], limit="-f 0")
    assert doctor.returncode == 0
    assert "cannot write to any temporary folder" in doctor.stdout


def test_a_library_that_ends_the_program_does_not_end_the_doctor(tmp_path: Path):
    (tmp_path / "plotext.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    doctor = told([*COMMAND, "doctor"], os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    assert doctor.returncode == 0
    assert "plotext cannot be loaded (loading it ends Python with SIGKILL): python3 -m pip install " in doctor.stdout


IMPATIENT = """
from gdtui.cli import doctor
doctor.SECONDS_OF_STILLNESS = 5.0
from gdtui.cli.main import main
main()
"""
ENDS = {
    "import os; os.abort()": "torch cannot be loaded (loading it ends Python with SIGABRT): python3 -m pip install ",
    "import signal; signal.raise_signal(signal.SIGILL)": "torch cannot be loaded (loading it ends Python with SIGILL)",
    "import time; time.sleep(1e6)": "torch never finishes loading: see whether python3 -c 'import torch' ends",
}
"""What a torch does while it is imported, and what is said of it."""


@pytest.mark.parametrize("source", ENDS, ids=["built for another processor", "not known to it", "never ending"])
def test_a_torch_that_crashes_or_hangs_is_named_by_the_doctor(source: str, tmp_path: Path):
    (tmp_path / "torch.py").write_text(source)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    doctor = told([sys.executable, "-c", IMPATIENT, "doctor"], path)
    assert doctor.returncode == 0
    assert ENDS[source] in doctor.stdout


def test_a_second_ctrl_c_ends_a_run_whose_torch_never_loads(tmp_path: Path):
    (tmp_path / "torch.py").write_text("import os, time\nos.write(2, b'loading\\n')\nwhile True:\n    time.sleep(1)\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    with subprocess.Popen([*REAL_COMMAND, "run"], env=environment, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr.readline() == b"loading\n"
            for __ in range(100):  # two that come at once are one
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
                    break
            assert process.returncode == 130
        finally:
            process.kill()
