"""gdtui run in several processes: the digits of one, each process with a share of the rows, and no error that hangs."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

MOST_SECONDS = 300
"""Far more than anything here takes, on a machine that has much else to do."""


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def start(stack: ExitStack, size: int, *words: str, given=subprocess.DEVNULL) -> list[subprocess.Popen]:
    """The processes that torchrun would start, each with pipes of its own."""
    port = str(free_port())
    processes = []
    for rank in range(size):
        variables = {
            "RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank), "TORCHELASTIC_RUN_ID": "test",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "GLOO_SOCKET_IFNAME": "lo",
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "gdtui", *words],
            env=os.environ | variables,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        stack.enter_context(process)
        stack.callback(process.kill)
        processes.append(process)
    return processes


def ran(size: int, *words: str) -> list[tuple[int, str, str]]:
    """The exit code of each process, and what it wrote."""
    with ExitStack() as stack:
        processes = start(stack, size, *words)
        said = [process.communicate(timeout=MOST_SECONDS) for process in processes]
        return [(process.returncode, *texts) for process, texts in zip(processes, said, strict=True)]


def output(size: int, *words: str) -> str:
    """What the first of them writes; the others write nothing."""
    first, *others = ran(size, *words)
    assert first[0] == 0, first
    assert others == [(0, "", "")] * (size - 1)
    return first[1]


def alone(*words: str) -> str:
    command = [sys.executable, "-m", "gdtui", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=MOST_SECONDS).stdout


def rows(jsonl: str) -> list[dict[str, float]]:
    return [json.loads(line) for line in jsonl.splitlines()]


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Rows of two columns, enough for blocks for three processes."""
    draw = random.Random(1)
    lines = ["a,b,y"]
    for _ in range(20_001):
        a, b = draw.gauss(2, 1), draw.gauss(-1, 3)
        lines.append(f"{a!r},{b!r},{a - b + draw.gauss(0, 1)!r}")
    path = tmp_path_factory.mktemp("shared") / "table.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_lines_of_the_lecture_come_out_once(size):
    expected, found = alone("run").splitlines(), output(size, "run").splitlines()
    assert len(found) == len(expected) == 10
    for one, line in zip(expected, found, strict=True):
        before, cost = line.split("Cost: ")
        assert one.startswith(before)
        assert float(cost) == pytest.approx(float(one.split("Cost: ")[1]), abs=1.1e-6 if size > 1 else 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["--bias", "--convention", "mean", "--lr", "0.05"],
        ["--bias", "--method", "autograd", "--convention", "sum", "--lr", "1e-6", "--weight-decay", "0.1"],
        ["--optimizer", "adam", "--standardize", "--x-scale", "10", "--then", "5:lr=0.01"],
        ["--batch", "3000", "--seed", "3", "--lr", "1e-5", "--epochs", "3"],
        ["--batch", "5000", "--method", "optim", "--epochs", "3", "--bias", "--lr", "0.01"],
    ],
)
def test_several_processes_agree_with_one(table, words):
    words = ["run", "--data", str(table), "--dtype", "float64", "--format", "jsonl", *words]
    expected, found = rows(alone(*words)), rows(output(2, *words))
    assert len(expected) == len(found)
    for one, row in zip(expected, found, strict=True):
        assert row == pytest.approx(one, rel=1e-9, abs=1e-9)


@pytest.mark.slow
def test_a_run_has_the_same_bits_each_time(table):
    words = ["run", "--data", str(table), "--bias", "--convention", "mean", "--lr", "0.05", "--format", "csv"]
    assert output(3, *words) == output(3, *words)


@pytest.mark.slow
def test_a_process_may_have_no_rows_and_exit_codes_are_those_of_one(tmp_path):
    path = tmp_path / "small.csv"
    path.write_text("x,y\n1,1\n2,2\n3,3\n")
    words = ["run", "--data", str(path), "--dtype", "float64", "--batch", "2", "--lr", "0.02"]
    found = ran(2, *words, "--until-cost", "1e-30", "--epochs", "3", "--predict", "4")
    assert [code for code, *_ in found] == [4, 4]
    assert "H(4) = " in found[0][1]
    assert "still above 1e-30" in found[0][2]
    assert found[1][1:] == ("", "")


def check_refused(found: list[tuple[int, str, str]], line: str) -> None:
    assert [code for code, *_ in found] == [2] * len(found)
    assert [out for _, out, _ in found] == [""] * len(found)
    assert found[0][2].count("\n") == 1
    assert line in found[0][2]
    assert all(said == "" for *_, said in found[1:])


@pytest.mark.slow
def test_a_cell_that_another_process_cannot_read_ends_all_in_one_line(table, tmp_path):
    lines = table.read_text().splitlines()
    lines[9000] = "1,oops,2"
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join(lines))
    # The cell is not in the blocks of the first process.
    assert len("\n".join(lines[:9000])) // (1 << 18) % 2 == 1
    check_refused(ran(2, "run", "--data", str(broken)), "broken.csv:9001: column 'b': 'oops' is not a number")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["sweep"], "start gdtui sweep without torchrun"),
        ([], "start gdtui without torchrun"),
        (["lesson", "one-step"], "start gdtui lesson without torchrun"),
        (["run", "--stream", "--data", "x.csv"], "leave --stream out"),
        (["run", "--hypothesis", "logistic", "--y", "0,0,1", "--x", "1,2,3"], "torchrun splits them"),
        (["run", "--x", "1,2,3", "--y", "1,2,3", "--y", "3,2,1"], "one target"),
        (["run", "--data", "-"], "several processes cannot share it"),
        (["run", "--data", "no such file.csv"], "no such file"),
    ],
)
def test_what_several_processes_cannot_do_is_refused_in_one_line(words, line):
    check_refused(ran(2, *words), line)


@pytest.mark.slow
@pytest.mark.parametrize("killed", [1, 0])
def test_where_one_is_killed_the_others_end(killed):
    with ExitStack() as stack:
        processes = start(stack, 3, "run", "--epochs", "100000000", "--lr", "1e-9")
        processes[0].stdout.readline()  # all of them step
        processes[killed].send_signal(signal.SIGKILL)
        began = time.monotonic()
        said = [process.communicate(timeout=MOST_SECONDS)[1] for process in processes]
        assert time.monotonic() - began < MOST_SECONDS / 3
    codes = [process.returncode for process in processes]
    assert codes == [-signal.SIGKILL if rank == killed else 2 for rank in range(3)]
    if killed:
        assert said[0].startswith("gdtui: another process of this run has ended")


@pytest.mark.slow
def test_ctrl_c_ends_all(tmp_path):
    with ExitStack() as stack:
        processes = start(stack, 2, "run", "--epochs", "100000000", "--lr", "1e-9")
        processes[0].stdout.readline()
        for process in processes:
            process.send_signal(signal.SIGINT)
        said = [process.communicate(timeout=MOST_SECONDS)[1] for process in processes]
    assert [process.returncode for process in processes] == [130, 130]
    assert said == ["", ""]


TORCHRUN = [sys.executable, "-m", "torch.distributed.run"]


@pytest.mark.slow
def test_torchrun_itself_starts_it_and_prints_the_lines_once():
    command = [*TORCHRUN, "--nproc-per-node", "2", "--master-port", str(free_port()), "-m", "gdtui", "run"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=MOST_SECONDS)
    assert found.stdout.count("Epoch") == 10
    assert "Epoch    2/10  W: 1.400, Cost: 0.74666" in found.stdout


@pytest.mark.slow
def test_two_agents_as_on_two_machines(table):
    words = ["run", "--data", str(table), "--dtype", "float64", "--lr", "1e-6", "--format", "jsonl"]
    port = str(free_port())
    with ExitStack() as stack:
        agents = []
        for node in ("0", "1"):
            where = ["--nnodes", "2", "--node-rank", node, "--master-addr", "127.0.0.1", "--master-port", port]
            command = [*TORCHRUN, *where, "-m", "gdtui", *words]
            agents.append(
                stack.enter_context(
                    subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                )
            )
            stack.callback(agents[-1].kill)
        first, second = (agent.communicate(timeout=MOST_SECONDS)[0] for agent in agents)
        assert [agent.returncode for agent in agents] == [0, 0]
    assert second == ""
    assert rows(first)[-1] == pytest.approx(rows(alone(*words))[-1], rel=1e-9)
