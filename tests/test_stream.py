"""--stream: a table read in blocks gives the rows, assumptions and refusals of one read whole, and the same descent."""

import json
import os
import random
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from waiting import join

from gdtui.cli import main
from gdtui.cli.options import experiment_from
from gdtui.cli.run import run_command
from gdtui.cli.sweep import sweep_command
from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.backend import Course
from gdtui.experiment.command_line import arguments
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.settings import METHODS
from gdtui.storage.stream import Stream, read_sums
from gdtui.storage.table import read_table
from gdtui.storage.tables.rows import NO_FACTS

TABLES = sorted((Path(__file__).parent / "tables").iterdir())
NOT_IN_BLOCKS = ("in blocks",)
"""What a refusal says that blocks alone have."""


def in_blocks(path: Path, size: int, **asked):
    """The columns of a table and what is said of it, from small blocks."""
    stream = Stream(str(path), **asked, size=size)
    facts, columns = NO_FACTS, [[] for _ in range(stream.width)]
    for _number, read in stream.blocks():
        facts = facts.followed_by(read.facts)
        for kept, values in zip(columns, read.columns, strict=True):
            kept += values
    is_left_out, about = stream.described(facts)
    return columns[is_left_out:], about


def check_same(path: Path, size: int, **asked) -> str:
    """Hold a table in blocks against the table read whole; return why it is refused in blocks alone, if it is."""
    try:
        whole = read_table(str(path), **asked).dataset
    except InputError as error:
        with pytest.raises(InputError) as refusal:
            in_blocks(path, size, **asked)
        # Of a few rows more may look like a column of text, which is said behind.
        same = str(refusal.value).startswith(str(error))
        assert same or any(words in str(refusal.value) for words in NOT_IN_BLOCKS)
        return "" if same else str(refusal.value)
    try:
        columns, about = in_blocks(path, size, **asked)
    except InputError as error:
        return str(error)
    assert columns == [list(values) for values in (*whole.x, whole.y)]
    assert {name: getattr(whole, name) for name in about} == about
    return ""


@pytest.mark.parametrize("size", [16, 64, 1 << 20])
@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_a_table_in_blocks_is_the_table_read_whole(path, size):
    check_same(path, size)
    check_same(path, size, drop_missing=True)


def test_only_what_a_block_cannot_tell_is_refused_in_blocks_alone():
    refused = {path.name for path in TABLES if check_same(path, 64)}
    # Encodings and comments that have to be looked for in all of a table, and numbers with a unit or a mark.
    assert refused <= {
        "euc_kr.csv", "cp1252.csv", "utf16_excel.txt", "utf16be_excel.txt", "comment_lines.csv", "markdown_table.md",
        "yes_no.csv", "thousands_comma.csv", "thousands_apostrophe.csv", "percent.csv", "currency.csv",

    }  # fmt: skip


ROWS = [f"{i},{i * 0.5:.1f},{(i * 37) % 11 - 5}" for i in range(60)]


@pytest.mark.parametrize(
    "lines",
    [
        ["id,x,y", *ROWS],
        ["id,x,y", *ROWS[:30], *ROWS[29:]],
        ["a,x,y", *ROWS[:20], "7,,3", "", "", *ROWS[20:], ",1,1"],
        ["a,x,y", *ROWS[:50], "7,oops,3", *ROWS[50:]],
        ["a,x,y", *ROWS[:50], "7,1", *ROWS[50:]],
        ["a,x,y", *ROWS, "Total,5,6"],
        ['"a, b",x,y', *ROWS[:40], '"5",6,7', "", *ROWS[40:]],
        ["name,x,y", *(f'"two\nlines {row}",{row.partition(",")[2]}' for row in ROWS)],
        ROWS,
        ["x y", *(row.partition(",")[2].replace(",", "  \t") for row in ROWS)],
        ["x,z,y", *(f"{i},0,0" for i in range(60))],
        ["x,y", *("NA,NA" for _ in ROWS), "1,2", "2,3"],
        ["x,y", *("NA,NA" for _ in ROWS)],
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [7, 40, 300])
def test_rows_lines_and_refusals_are_those_of_the_whole(tmp_path, lines, end, size):
    path = tmp_path / "table.csv"
    path.write_bytes(end.join(lines).encode())
    for features in (None, ("x",)):
        for drop_missing in (False, True):
            asked = {"drop_missing": drop_missing, "features": features}
            assert not check_same(path, size, **asked)


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (b"1,2\n# a comment\n", ":300002: comments or ruled lines"),
        (b"1,2\n\xff,3\n", ":300002: this is not text in UTF-8"),
        (b"1,2\n\0,3\n", ":300002: it contains a NUL byte"),
        (b"1,2\n5%,3\n", ":300002: column 'x': '5%' is not a number"),
        (b"1,2\nyes,3\nno,1\n", ":300002: column 'x': 'yes' is not a number"),
        (b'1,2\n"3,4\n5,6\n', ":300002: a quotation mark is missing"),
    ],
)
def test_what_comes_late_is_refused_by_its_line(tmp_path, late, words):
    path = tmp_path / "late.csv"
    path.write_bytes(b"x,y\n" + b"1.23456789,2.34567891\n" * 299_999 + late)
    with pytest.raises(InputError, match=words):
        read_sums(str(path))


def written(path: Path, rows: int, columns: int, seed: int) -> str:
    draw = random.Random(seed)
    means = [draw.uniform(-100, 100) for _ in range(columns)]
    lines = [",".join([*(f"x{index}" for index in range(columns)), "y"])]
    for _ in range(rows):
        x = [draw.gauss(mean, 1 + abs(mean) / 9) for mean in means]
        lines.append(",".join(map(repr, [*x, sum(x) / 3 + draw.gauss(0, 1)])))
    path.write_text("\n".join(lines))
    return str(path)


def both(path: str, **fields) -> tuple[Experiment, Experiment]:
    """The experiment on all rows, and on their sums."""
    scale, standardized = fields.pop("x_scale", 1.0), fields.pop("is_standardized", False)
    whole, summed = read_table(path).dataset, read_sums(path)
    return tuple(
        Experiment(dataset=data.prepared(x_scale=scale, is_standardized=standardized), dtype="float64", **fields)
        for data in (whole, summed)
    )


@pytest.mark.parametrize("seed", range(24))
def test_descent_on_the_sums_is_descent_on_the_rows(tmp_path, seed):
    draw = random.Random(seed)
    columns = draw.choice([1, 2, 5])
    path = written(tmp_path / "table.csv", draw.choice([1, 7, 400]), columns, seed)
    method = draw.choice(METHODS)
    experiments = both(
        path,
        x_scale=draw.choice([1.0, 0.1]),
        is_standardized=seed % 3 == 0 and len(Path(path).read_text().splitlines()) > 2,
        has_bias=draw.random() < 0.5,
        weights=tuple(draw.gauss(0, 1) for _ in range(columns)),
        learning_rate=1e-6,
        method=method,
        convention=draw.choice(CONVENTIONS),
        optimizer=Optimizer("adam") if method == "optim" and draw.random() < 0.5 else Optimizer("sgd"),
        weight_decay=draw.choice([0.0, 0.1]),
        epochs=30,
    )
    for on_rows, on_sums in zip(*(Course(e, BACKEND.trainer(e)) for e in experiments), strict=True):
        for name in ("cost", "parameters", "gradient", "following"):
            values, sums = np.atleast_1d(getattr(on_rows, name)), np.atleast_1d(getattr(on_sums, name))
            assert sums == pytest.approx(values, rel=1e-9, abs=1e-9 * abs(values).max())
    rows, sums = (BACKEND.surface(experiment).quadratic for experiment in experiments)
    assert (sums.rows, sums.rank) == (rows.rows, rows.rank)
    assert sums.least_cost == pytest.approx(rows.least_cost, rel=1e-8, abs=1e-12 * rows.zero_cost)
    assert sums.eigenvalues == pytest.approx(rows.eigenvalues, rel=1e-9, abs=1e-9 * rows.eigenvalues[-1])
    assert sums.cost(sums.minimum) == pytest.approx(rows.cost(rows.minimum), rel=1e-8, abs=1e-12 * rows.zero_cost)


def test_a_perfect_fit_costs_nothing_even_far_from_zero(tmp_path):
    """A cost taken from differences of the sums would have lost all its digits here."""
    path = tmp_path / "line.csv"
    path.write_text("x,y\n" + "\n".join(f"{x},{2 * x + 1}" for x in range(100_000, 100_300)))
    experiment = both(str(path), has_bias=True, weights=(2.0,), bias=1.0)[1]
    assert BACKEND.trainer(experiment).step().cost < 1e-18
    assert BACKEND.surface(experiment).least_cost < 1e-18


def parsed(command, *words: str) -> Experiment:
    return experiment_from(command.make_context("run", list(words)).params)


def test_the_command_line_brings_the_sums_back(tmp_path):
    path = written(tmp_path / "table.csv", 50, 2, 1)
    experiment = parsed(run_command, "--data", path, "--stream", "--standardize", "--lr", "0.01")
    words = arguments(experiment)
    assert "--stream" in words
    assert experiment.dtype == "float64"
    assert parsed(run_command, *words) == experiment == parsed(sweep_command, *words)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--batch", "2"], "a batch needs its rows"),
        (["--dtype", "float32"], "float64"),
        (["--hypothesis", "logistic"], "every row"),
    ],
)
def test_where_sums_do_not_serve_that_is_said_before_the_table_is_read(words, reason):
    with pytest.raises(ExperimentError, match=reason):
        parsed(run_command, "--data", "no such file", "--stream", *words)


@pytest.mark.parametrize("words", [["run", "--stream"], ["--stream"], ["script", "--stream"]])
def test_a_stream_is_for_a_table_and_for_commands_that_show_no_rows(words, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["gdtui", *words])
    assert main.run_safely() == 2
    assert "gdtui: stream: " in (said := capsys.readouterr().err)
    assert "works only with" in said or "needs a table" in said


def test_several_targets_are_refused_but_a_comma_in_a_name_is_not(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,b,"a,b"\n1,2,3\n2,3,4\n')
    with pytest.raises(InputError, match=r"t\.csv: .*one target"):
        parsed(run_command, "--data", str(path), "--stream", "--target", "b,a", "--features", "3")
    assert parsed(run_command, "--data", str(path), "--stream", "--target", "a,b").dataset.target == "a,b"


def test_a_changed_table_is_refused(tmp_path):
    path = written(tmp_path / "table.csv", 5, 1, 1)
    with pytest.raises(InputError, match="it has changed"):
        read_sums(path, checksum="0123456789abcdef")


@pytest.mark.slow
def test_the_digits_of_a_stream_do_not_depend_on_the_threads_of_the_machine(tmp_path):
    draw = np.random.default_rng(1)
    names = ",".join("abcdefghijk")
    np.savetxt(tmp_path / "t.csv", draw.integers(0, 10, (2**17, 11)), "%d", ",", header=names, comments="")
    words = shlex.split("run --stream --bias --convention mean --lr 0.001 --epochs 3 --format csv --data t.csv")
    program = [sys.executable, "-m", "gdtui", *words]
    environments = ({**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads} for threads in "12")
    one, two = (subprocess.check_output(program, env=environment, cwd=tmp_path) for environment in environments)
    assert one == two


def rows_written(to, rows: int) -> None:
    """A table of two columns with so many rows of 1 KiB each, which only the blanks before its numbers make long."""
    with to:
        to.write(b"x,y\n")
        for first in range(0, rows, 1024):
            lines = (f"{i % 7},{2 * (i % 7) + 1}" for i in range(first, min(rows, first + 1024)))
            to.write("".join(f"{line:>1023}\n" for line in lines).encode())


UNTIL = shlex.split("--lr 0.1 --until-cost 1e-12 --format jsonl --every 100000")


@pytest.mark.slow
def test_a_table_twice_as_large_as_all_memory_allowed():
    limit = 256 << 20
    ran = subprocess.Popen(
        [sys.executable, "-m", "gdtui", *shlex.split("run --data - --stream --bias --convention mean"), *UNTIL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )
    writer = Thread(target=rows_written, args=(ran.stdin, 2 * limit >> 10))
    with ran:
        writer.start()
        out = ran.stdout.read()
        join(writer)
    assert ran.returncode == 0
    last = json.loads(out.splitlines()[-1])
    assert (last["W"], last["b"]) == pytest.approx((2, 1), abs=1e-5)


def test_a_single_row_is_constant_in_blocks_too(tmp_path):
    (tmp_path / "one.csv").write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match="column 'x' is constant"):
        read_sums(str(tmp_path / "one.csv")).prepared(is_standardized=True)
