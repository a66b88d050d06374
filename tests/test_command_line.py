"""`gdtui run` as a shell sees it: its rows, its words, its exit codes; and when the lab refuses to start."""

import csv
import io
import itertools
import json
import math
import os
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest
from fake_backend import COMMAND, REAL_COMMAND, real
from terminal import Terminal

from gdtui import __version__
from gdtui.cli import main as cli
from gdtui.cli import options
from gdtui.cli import run as headless
from gdtui.errors import HostError
from gdtui.experiment.backend import Backend, Course
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.settings import METHODS
from gdtui.numbers import parse_number
from gdtui.storage.rows import Format, Writer

REFERENCE = Path(__file__).parent / "reference"
ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

# An escape sequence, a C1 control character, a bidirectional override and a zero-width joiner.
DANGEROUS = "a\x1b[31m\x9b31m\u202eb\u200d"


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def table(self) -> list[dict[str, str]]:
        """Standard output read as CSV."""
        return list(csv.DictReader(io.StringIO(self.out)))

    @property
    def objects(self) -> list[dict[str, float]]:
        """Standard output read as JSON lines."""
        return list(map(json.loads, self.out.splitlines()))


Run = Callable[..., Ran]


def gdtui(*words: str | bytes, given: bytes = b"", **variables: str) -> Ran:
    """The command in a process of its own, with `given` on standard input."""
    done = subprocess.run(
        [*REAL_COMMAND, *words], input=given, capture_output=True, env=os.environ | variables, timeout=60
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same in the test's own process, where Python and torch are loaded once."""

    def command(*words: str | bytes, given: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["gdtui", *map(os.fsdecode, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        capsys.readouterr()
        code = cli.run_safely()
        return Ran(code, *capsys.readouterr())

    return command


@pytest.fixture
def run(command: Run) -> Run:
    """`gdtui run` there."""
    return partial(command, "run")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a table into the current folder and gives its name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> str:
        (tmp_path / "scores.csv").write_bytes(text.encode())
        return "scores.csv"

    return write


@pytest.fixture
def two_columns(table: Callable[[str], str]) -> str:
    return table("hours,naps,score\n1,2,3\n2,1,5\n3,5,4\n4,4,9\n")


def reference(name: str) -> list[dict[str, float]]:
    """A trajectory computed apart from the program."""
    with (REFERENCE / name).open() as file:
        return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def assert_fit_to_show(text: str) -> None:
    assert not [c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}]


def assert_refused(ran: Ran, *words: str) -> None:
    assert ran.code == 2
    assert ran.out == ""
    assert re.fullmatch(r"gdtui: [^\n]+\n", ran.err), ran.err
    assert_fit_to_show(ran.err)
    for word in words:
        assert word in ran.err


# The rows.


def test_without_options_it_prints_the_lecture() -> None:
    lecture = (REFERENCE / "lecture.txt").read_text()
    assert len(lecture.splitlines()) == 10
    assert gdtui("run") == Ran(0, lecture, "")


def test_csv_has_the_digits_of_the_reference(run: Run) -> None:
    for words, name in (
        ((), "hand_sum_float32_0.1.csv"),
        (("--dtype", "float64"), "hand_sum_float64_0.1.csv"),
        (("--method", "autograd", "--lr", "0.15"), "autograd_mse_float32_0.15.csv"),
        (("--convention", "mean", "--lr", "0.3"), "hand_mean_float32_0.3.csv"),
    ):
        expected = reference(name)
        ran = run("--format", "csv", "--epochs", str(len(expected) - 1), *words)
        assert (ran.code, ran.err) == (0, "")
        rows = ran.table
        assert list(rows[0]) == ["epoch", "W", "cost", "gradient"]
        assert [int(row["epoch"]) - 1 for row in rows] == [row["updates"] for row in expected]
        for field in ("W", "cost", "gradient"):
            assert [float(row[field]) for row in rows] == [row[field] for row in expected]
            assert [row[field] for row in rows] == [repr(row[field]) for row in expected]


@pytest.mark.parametrize("method", METHODS)
def test_every_format_has_the_same_digits(run: Run, two_columns: str, method: str) -> None:
    words = ("--data", two_columns, "--bias", "--lr", "0.01", "--method", method, "--epochs", "4")
    rows, objects, lines = (run(*words, "--format", style) for style in ("csv", "jsonl", "lecture"))
    assert (rows.code, objects.code, lines.code) == (0, 0, 0)
    assert (rows.err, objects.err, lines.err) == ("", "", "")
    names = ["epoch", "W1", "W2", "b", "cost", "gradient_W1", "gradient_W2", "gradient_b"]
    assert list(rows.table[0]) == names
    assert all(list(row) == names for row in objects.objects)
    assert [row["epoch"] for row in objects.objects] == [1, 2, 3, 4, 5]
    assert [{name: float(cell) for name, cell in row.items()} for row in rows.table] == objects.objects
    assert lines.out.splitlines() == [
        f"Epoch {row['epoch']:4d}/4  W: [{row['W1']:.3f} {row['W2']:.3f}], b: {row['b']:.3f}, Cost: {row['cost']:.6f}"
        for row in objects.objects[:-1]
    ]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_method_takes_the_same_way(run: Run, convention: str) -> None:
    by_hand, autograd, optim = (
        run("--method", method, "--convention", convention, "--bias", "--dtype", "float64", "--format", "jsonl")
        for method in METHODS
    )
    assert len(by_hand.objects) == 11
    for other in (autograd, optim):
        for row, same in zip(by_hand.objects, other.objects, strict=True):
            assert row == pytest.approx(same, rel=1e-9, abs=1e-12)


def test_the_digits_of_a_run_do_not_change_from_one_time_to_the_next(run: Run) -> None:
    for method in METHODS:
        words = ("--method", method, "--bias", "--format", "csv")
        assert run(*words) == run(*words)


def test_a_line_for_one_weight_and_b(run: Run) -> None:
    lines = run("--bias", "--w0", "-1", "--b0", "0.5").out.splitlines()
    assert lines[0] == "Epoch    1/10  W: -1.000, b: 0.500, Cost: 14.916667"
    assert all(re.fullmatch(r"Epoch +\d+/10  W: -?\d\.\d{3}, b: -?\d\.\d{3}, Cost: \d+\.\d{6}", line) for line in lines)


def test_the_start_and_the_convention(run: Run) -> None:
    first = run("--w0", "−2", "--bias", "--b0=1e-1", "--format", "jsonl", "--epochs", "1").objects[0]
    assert (first["W"], first["b"]) == (-2, pytest.approx(0.1))
    slopes = {
        convention: run("--convention", convention, "--format", "jsonl", "--epochs", "1").objects[0]["gradient"]
        for convention in CONVENTIONS
    }
    assert slopes == pytest.approx({"sum": -14, "mse": -28 / 3, "mean": -14 / 3})


def test_a_change_on_the_way(run: Run) -> None:
    rows = run("--lr", "0.05", "--then", "6:lr=0.1", "--then", "3:lr=0.02", "--format", "jsonl").objects
    rates = [0.05] * 2 + [0.02] * 3 + [0.1] * 5
    for rate, (row, following) in zip(rates, pairwise(rows), strict=True):
        assert following["W"] == pytest.approx(row["W"] - rate * row["gradient"], rel=1e-6)


def test_a_change_of_method_takes_its_own_convention(run: Run) -> None:
    rows = run("--then", "2:method=autograd", "--epochs", "2", "--format", "jsonl").objects
    assert rows[1]["gradient"] == pytest.approx(28 / 3 * (rows[1]["W"] - 1), rel=1e-6)


def test_every_so_many_rows_with_the_first_and_the_last(run: Run) -> None:
    assert [line[:13] for line in run("--every", "4").out.splitlines()] == [f"Epoch {n:4d}/10" for n in (1, 4, 8, 10)]
    assert [row["epoch"] for row in run("--every", "4", "--format", "jsonl").objects] == [1, 4, 8, 10, 11]
    assert [row["epoch"] for row in run("--every", "100", "--format", "csv").table] == ["1", "10", "11"]


def test_predictions_of_one_column(run: Run) -> None:
    lines, rows, objects = (run("--predict", "4,5", "--format", style) for style in ("lecture", "csv", "jsonl"))
    weight = objects.objects[10]["W"]
    assert lines.out.splitlines()[10:] == [f"H(4) = {4 * weight:.6f}", f"H(5) = {5 * weight:.6f}"]
    assert objects.objects[11:] == [{"x": 4, "H": 4 * weight}, {"x": 5, "H": 5 * weight}]
    assert list(rows.table[0]) == ["epoch", "W", "cost", "gradient", "x", "H"]
    assert all(row["x"] == row["H"] == "" for row in rows.table[:11])
    for row, x in zip(rows.table[11:], (4, 5), strict=True):
        assert (float(row["x"]), float(row["H"])) == (x, x * weight)
        assert row["epoch"] == row["W"] == row["cost"] == row["gradient"] == ""


def test_predictions_of_several_columns(run: Run, two_columns: str) -> None:
    words = ("--data", two_columns, "--bias", "--lr", "0.01", "--predict", "5,2", "--predict", "6,0.5")
    *_, last, first_row, second_row = run(*words, "--format", "jsonl").objects
    for row in (first_row, second_row):
        assert list(row) == ["hours", "naps", "H"]
        assert row["H"] == pytest.approx(last["W1"] * row["hours"] + last["W2"] * row["naps"] + last["b"])
    assert (second_row["hours"], second_row["naps"]) == (6, 0.5)
    assert run(*words).out.splitlines()[-1] == f"H(6, 0.5) = {second_row['H']:.6f}"


def test_columns_of_predictions_are_told_apart(run: Run, table: Callable[[str], str]) -> None:
    name = table("epoch,x_epoch,H,y\n1,2,3,4\n2,5,1,7\n4,4,9,1\n")
    ran = run("--data", name, "--lr", "0.001", "--predict", "1,2,3", "--format", "jsonl")
    assert list(ran.objects[-1].values())[:3] == [1, 2, 3]
    header = run("--data", name, "--lr", "0.001", "--predict", "1,2,3", "--format", "csv").out.split("\n")[0].split(",")
    assert len(set(header)) == len(header)


def test_until_a_cost(run: Run) -> None:
    ran = run("--until-cost", "1e-4", "--format", "jsonl")
    costs = [row["cost"] for row in ran.objects]
    assert (ran.code, ran.err, len(costs)) == (0, "", 7)
    assert costs[-1] <= 1e-4 < costs[-2]
    assert run("--until-cost", "1e-4").out.splitlines()[-1].startswith("Epoch    7/100000  ")
    assert [row["epoch"] for row in run("--until-cost", "1e-4", "--every", "5", "--format", "csv").table] == list("157")


def test_a_cost_that_the_last_update_reaches(run: Run) -> None:
    ran = run("--until-cost", "1", "--epochs", "1")
    assert ran.code == 0
    assert ran.out.splitlines()[1] == "After    1/1  W: 1.400, Cost: 0.746666"


def test_a_cost_that_is_not_reached(run: Run) -> None:
    ran = run("--until-cost", "1e-4", "--epochs", "3", "--format", "jsonl")
    assert ran.code == 4
    assert [row["epoch"] for row in ran.objects] == [1, 2, 3, 4]
    assert ran.err == "gdtui: the cost is 0.0191147 after 3 epochs, still above 0.0001: allow more with --epochs\n"


def test_negative_numbers_have_a_real_minus_sign_in_what_is_said_and_a_hyphen_in_what_is_printed(run):
    valley = ("--function", "W^4 - 3*W^2 + W", "--w0", "-1", "--lr", "0.01", "--epochs", "3")
    ran = run(*valley, "--until-cost", "-3.4", "--format", "csv")
    assert "the cost is −3.2" in ran.err
    assert ", still above −3.4: " in ran.err
    assert ",-3." in ran.out
    assert "−" not in ran.out
    assert "W = −" in run("--x", "1,2,3", "--y=-1,-2,-4", "--standardize").err


def test_a_cost_that_is_not_reached_in_the_most_epochs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert options.MOST_EPOCHS_UNTIL_COST == 100_000
    monkeypatch.setattr(options, "MOST_EPOCHS_UNTIL_COST", 50)
    ran = run("--until-cost", "1e-4", "--lr", "0.142857142857", "--every", "1000")
    assert ran.code == 4
    assert ran.out.splitlines()[-1].startswith("Epoch   50/50  ")


def test_a_mistyped_command_is_told_the_nearest(command: Run) -> None:
    ran = command("hlep")
    assert (ran.code, ran.err) == (2, "gdtui: there is no command 'hlep'; did you mean help?\n")


def test_a_cost_below_the_least_is_refused_before_the_first_epoch(run: Run) -> None:
    noisy = ("--x", "1,2,3", "--y", "1,2,4")
    for style in ("lecture", "csv", "text"):
        ran = run(*noisy, "--until-cost", "0.119", "--format", style)
        assert (ran.code, ran.out) == (4, "")
        assert ran.err == (
            "gdtui: until-cost: 0.119 is below the lowest possible cost, 0.119047619: choose a higher value\n"
        )
    assert run(*noisy, "--until-cost", "0.1191").code == 0
    assert run("--until-cost", "0", "--w0", "1").code == 0
    labels = ("--hypothesis", "logistic", "--x", "10,1,1,1,1", "--y", "1,0,0,0,1", "--lr", "0.05")
    ran = run(*labels, "--until-cost", "0.6")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith("gdtui: until-cost: 0.6 is below the lowest possible cost, 0.623896")
    assert run(*labels, "--until-cost", "0.6239", "--every", "1000").code == 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_least_cost_itself_is_not_refused(run: Run, dtype: str) -> None:
    # Rounding may carry a run's cost a little below what the closed form gives.
    ran = run("--x", "1,2,3", "--y", "1,2,4", "--until-cost", "0.11904761904761901", "--dtype", dtype, "--epochs", "50")
    assert len(ran.out.splitlines()) > 1


def test_until_the_cost_hardly_changes(run: Run) -> None:
    rows = run("--until-change", "1e-6", "--format", "jsonl")
    costs = [row["cost"] for row in rows.objects]
    changes = [abs(after - before) for before, after in itertools.pairwise(costs)]
    assert (rows.code, rows.err) == (0, "")
    assert changes[-1] < 1e-6 <= min(changes[:-1])
    text = run("--until-change", "1e-6", "--format", "text", "--every", "4").out.splitlines()
    assert text[-1].endswith("The cost changed by less than the limit you set, so the run ends here.")
    assert len(text) == 1 + 1 + len(costs) // 4 + 1
    last = run("--until-change", "1", "--epochs", "2").out.splitlines()
    assert last[-1].startswith("After    2/2  ")


def test_a_change_that_stays_too_large(run: Run) -> None:
    ran = run("--until-change", "1e-6", "--epochs", "3")
    assert ran.code == 4
    assert (
        ran.err == "gdtui: the last of 3 epochs still changed the cost by 0.100352, not by less than 1e-6:"
        " allow more with --epochs\n"
    )
    assert len(ran.out.splitlines()) == 3
    bouncing = run("--w0", "0", "--lr", "1", "--x", "1", "--y", "1", "--until-change", "1e-3", "--epochs", "2")
    assert bouncing.code == 0
    assert run("--until-cost", "1e-9", "--until-change", "0.5", "--lr", "0.01").code == 4


# What goes wrong is said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "--lr 0.2",
            "lr 0.2 is 1.40 × the limit 0.142857, so the cost grows; try --lr 0.0714286 (1/L) or --standardize",
        ),
        (
            "--then 6:lr=0.2",
            "lr 0.2 is 1.40 × the limit 0.142857 from epoch 6 on, so the cost grows; "
            "try --lr 0.0714286 (1/L) or --standardize",
        ),
        (
            "--optimizer momentum --lr 0.5",
            "lr 0.5 is 1.23 × the limit 0.407143, so the cost grows; try --lr 0.107143 (1/L) or --standardize",
        ),
        (
            "--standardize --lr 0.7",
            "lr 0.7 is 1.05 × the limit 0.666667, so the cost grows; try --lr 0.333333 (1/L)",
        ),
        (
            "--x 1,2,3 --y 1,2,8 --batch 1 --lr 0.24 --convention mse --epochs 2",
            "the cost ended at COST, above the 23 that it began with; "
            "try --lr 0.0555556 (half of the batch limit) or --standardize",
        ),
        (
            "--optimizer adam --lr 50 --w0 0.9 --epochs 3",
            "the cost ended at COST, above the 0.0466667 that it began with; try a smaller --lr or --standardize",
        ),
        (
            "--batch 1 --lr 0.3",
            "lr 0.3 is 1.35 × the batch limit 0.222222, so a single update may raise the cost; "
            "try --lr 0.111111 (half of the batch limit) or --standardize",
        ),
        ("--lr 0.14", ""),
        ("--w0 1", ""),
        ("--batch 1 --lr 0.2", ""),
        ("--optimizer momentum --lr 0.12 --epochs 3", ""),
    ],
)
def test_one_line_says_that_a_run_grows_and_what_to_do(run: Run, words: str, said: str) -> None:
    ran = run(*words.split())
    lines = [line.removeprefix("gdtui: ") for line in ran.err.splitlines() if "own units" not in line]
    assert ran.code == 0
    assert [re.sub(r"(?<=ended at )[\d.]+", "COST", line) for line in lines] == (
        [re.sub(r"(?<=ended at )[\d.]+", "COST", said)] if said else []
    )


def test_where_the_curvature_varies_the_rate_to_try_is_within_the_safe_limit(run: Run) -> None:
    words = ("--hypothesis", "logistic", "--x", "1,2,3,4,5,6", "--y", "0,0,1,0,1,1", "--bias")
    grown = run(*words, "--lr", "5").err.splitlines()[0]
    rate = grown.partition("try --lr ")[2].partition(" ")[0]
    assert grown.endswith("(half of the safe limit)")
    costs = [row["cost"] for row in run(*words, "--lr", rate, "--epochs", "50", "--format", "jsonl").objects]
    assert all(after < before for before, after in itertools.pairwise(costs))


def test_what_takes_far_more_epochs_than_planned_is_said(run: Run) -> None:
    slow = ("--x", "1000,1010,1020,1030", "--y", "1,2,3,5", "--bias", "--lr", "1e-7")
    (line,) = run(*slow).err.splitlines()
    needed = re.fullmatch(r"gdtui: b needs (\S+) epochs to get halfway at this lr; try --standardize", line)
    assert needed
    assert len(run(*slow, "--standardize", "--lr", "0.1").err.splitlines()) == 1  # its own units


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--x 2 --y 4 --bias", "1 row is too few to tell W and b apart."),
        ("--x 1,2 --x 1,3 --y 4,5 --bias --lr 0.01", "2 rows are too few to tell W1, W2 and b apart."),
        ("--x 0,0,0 --y 1,2,3 --bias", "x is 0 in every row, so its weight makes no difference."),
        ("--x 0,0,0 --y 1,2,3", "x is 0 in every row, so its weight makes no difference."),
        ("--x 5,5,5 --y 1,2,3 --bias --lr 0.01", "x is the same in every row, so W and b cannot be told apart."),
        (
            "--x 1,2,3 --x 2,4,6 --y 1,2,3 --lr 0.01",
            "some columns of x are weighted sums of the others, so their weights cannot be told apart.",
        ),
    ],
)
def test_why_there_are_many_minima(run: Run, words: str, why: str) -> None:
    ran = run(*words.split())
    assert ran.err.startswith(
        f"gdtui: {why} Many choices of parameters reach the lowest cost. The one with the smallest norm is "
    )
    assert ran.err.count("\n") == 1


# Numbers worked out elsewhere


@pytest.mark.parametrize(
    ("words", "column", "expected", "within"),
    [
        (
            "--x 0.4472135954999579,0 --x 0,2 --y 0,0 --w0 -5,-2 --convention sum --lr 0.4 --epochs 20",
            "W1",
            {20: -0.943467},
            5e-7,
        ),
        (
            "--x 0.4472135954999579,0 --x 0,2 --y 0,0 --w0 -5,-2 --convention sum --lr 0.4 --epochs 20",
            "W2",
            {20: -0.000073},
            5e-7,
        ),
        (
            "--x 1 --y 4 --w0 10 --lr 0.2 --optimizer momentum",
            "W",
            dict(enumerate((10, 7.6, 4, 0.76, -0.86))),
            5e-3,
        ),
        (
            "--x 3.5,3.69,3.44,3.43,4.34,4.42,2.37 --y 18,15,18,16,15,14,24 --bias --convention mse --lr 0.01",
            "cost",
            dict(enumerate((303.71, 170.84, 103.17, 68.70, 51.13, 42.17))),
            5e-3,
        ),
        (
            "--x 1,2,4,3,5 --y 1,3,3,2,5 --bias --lr 0.01 --batch 1 --order table --convention sum --epochs 4",
            "b",
            {4: 0.230897491},
            5e-10,
        ),
        (
            "--x 1,2,4,3,5 --y 1,3,3,2,5 --bias --lr 0.01 --batch 1 --order table --convention sum --epochs 4",
            "W",
            {4: 0.790438610},
            5e-10,
        ),
    ],
)
def test_numbers_worked_out_elsewhere(
    run: Run, words: str, column: str, expected: dict[int, float], within: float
) -> None:
    rows = run(*words.split(), "--dtype", "float64", "--format", "jsonl").objects
    for index, value in expected.items():
        assert rows[index][column] == pytest.approx(value, abs=within)


# The order of the rows


def test_the_order_of_the_table_needs_batches_and_refuses_a_seed(run: Run) -> None:
    for words, field in (("--order table", "order"), ("--batch 1 --order table --seed 0", "seed")):
        ran = run(*words.split())
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"gdtui: {field}: ")
    assert run("--batch", "3", "--order", "table").out == run().out
    shuffled = ("--x", "1,2,3", "--y", "1,3,2", "--batch", "1", "--lr", "0.01")
    assert run(*shuffled, "--order", "table").out != run(*shuffled).out == run(*shuffled, "--order", "shuffled").out


def test_a_cost_that_leaves_the_range_of_numbers(run: Run) -> None:
    for style, rows in (("lecture", lambda ran: ran.out.splitlines()), ("jsonl", lambda ran: ran.objects)):
        ran = run("--lr", "0.2", "--epochs", "200", "--format", style, "--predict", "4")
        assert ran.code == 3
        words = "diverged at epoch 75: lr 0.2 is 1.40 × the limit 0.142857"
        assert ran.err == f"gdtui: {words}; try --lr 0.0714286 (1/L) or --standardize\n"
        assert len(rows(ran)) == 74
        assert not re.search("inf|nan", ran.out, re.IGNORECASE)
    expected = reference("hand_sum_float32_0.2.csv")
    assert [row["cost"] for row in ran.objects[: len(expected)]] == [row["cost"] for row in expected]
    assert all(math.isfinite(value) for row in ran.objects for value in row.values())


def test_the_last_finite_row_is_out_however_few_are_asked_for(run: Run) -> None:
    ran = run("--lr", "0.2", "--epochs", "200", "--every", "1000", "--format", "csv")
    assert [row["epoch"] for row in ran.table] == ["1", "74"]


# Data.


def test_typed_data(run: Run) -> None:
    first = run("--x", "1,−2,3.5", "--y", "2,1e1,0", "--w0", "2", "--epochs", "1", "--format", "jsonl").objects[0]
    assert first["cost"] == pytest.approx((0 + 14**2 + 7**2) / 3)
    assert first["gradient"] == pytest.approx(14 * 2 + 7 * 3.5)


def test_several_typed_columns(run: Run, table: Callable[[str], str]) -> None:
    words = ["--lr", "0.01", "--format", "csv", "--predict", "4,5"]
    ran = run("--x", "1,2,3", "--x", "0,-1,5", "--y", "2,4,6", *words)
    assert ran.out == run("--data", table("x1,x2,y\n1,0,2\n2,-1,4\n3,5,6\n"), *words).out


def test_a_change_of_the_last_update_is_one(run: Run) -> None:
    _, last, after = run("--epochs", "2", "--then", "2:lr=0.5", "--format", "jsonl").objects
    assert after["W"] == pytest.approx(last["W"] - 0.5 * last["gradient"])


@pytest.mark.slow
def test_data_on_standard_input(run: Run, table: Callable[[str], str]) -> None:
    text = "hours\tscore\n1\t2\n2\t4\n3\t6\n"
    ran = gdtui("run", "--data", "-", "--format", "csv", given=text.encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == run("--data", table(text), "--format", "csv").out
    assert ran.out == run("--x", "1,2,3", "--y", "2,4,6", "--format", "csv").out


def test_columns_are_chosen(run: Run, two_columns: str) -> None:
    by_name = run("--data", two_columns, "--features", "score,hours", "--target", "naps", "--epochs", "1")
    by_number = run("--data", two_columns, "--features", "3,1", "--target", "2", "--epochs", "1")
    assert by_name == by_number
    ran = run("--data", two_columns, "--features", "naps", "--epochs", "1", "--format", "jsonl")
    assert ran.objects[0]["gradient"] == -(2 * 3 + 1 * 5 + 5 * 4 + 4 * 9)


def test_x_in_other_units(run: Run, table: Callable[[str], str]) -> None:
    ten = run("--x-scale", "10", "--lr", "0.001", "--format", "csv", "--predict", "50").out
    assert ten == run("--x", "10,20,30", "--y", "1,2,3", "--lr", "0.001", "--format", "csv", "--predict", "50").out
    name = table("hours,score\n10,1\n20,2\n30,3\n")
    assert run("--data", name, "--x-scale", "0.1").out == (REFERENCE / "lecture.txt").read_text()
    for wrong in ("0", "-2"):
        assert_refused(run("--x-scale", wrong), f"x-scale: must be a finite number greater than 0, not {wrong}")


def test_what_was_assumed_of_a_table_is_said_in_one_line(run: Run, table: Callable[[str], str]) -> None:
    ran = run("--data", table("id,hours,score\n1,1,1\n2,2,2\n3,3,3\n"))
    said = "scores.csv: column 'id' only counts the rows and is left out; columns: hours → score"
    assert ran == Ran(0, (REFERENCE / "lecture.txt").read_text(), f"gdtui: {said}\n")
    assert run("--data", table("hours,score\n1,1\n2,2\n3,3\n")).err == ""


def test_rows_with_missing_cells(run: Run, table: Callable[[str], str]) -> None:
    name = table("hours,score\n1,1\n2,\n2,2\n,\n3,3\n")
    assert_refused(run("--data", name), "scores.csv:3", "'score'", "--drop-missing")
    ran = run("--data", name, "--drop-missing")
    assert ran == Ran(
        0, (REFERENCE / "lecture.txt").read_text(), "gdtui: scores.csv: 2 rows with missing cells skipped\n"
    )
    one = run("--data", table("hours,score\n1,1\n2,\n2,2\n3,3\n"), "--drop-missing")
    assert one.err == "gdtui: scores.csv: 1 row with missing cells skipped\n"


def test_standardized_data_says_what_it_found_in_its_own_units(run: Run, two_columns: str) -> None:
    words = ("--data", two_columns, "--standardize", "--lr", "0.05", "--predict", "10,-3", "--format", "jsonl")
    ran = run(*words)
    assert ran.code == 0
    said = re.fullmatch(r"gdtui: in the data's own units: W1 = (\S+), W2 = (\S+), b = (\S+)\n", ran.err)
    assert said
    first, second, bias = map(parse_number, said.groups())
    *_, last, prediction = ran.objects
    assert prediction["H"] == pytest.approx(10 * first - 3 * second + bias, rel=1e-4)
    hours, naps = (1, 2, 3, 4), (2, 1, 5, 4)
    assert first == pytest.approx(last["W1"] / math.sqrt(sum((x - 2.5) ** 2 for x in hours) / 4), rel=1e-5)
    assert second == pytest.approx(last["W2"] / math.sqrt(sum((x - 3) ** 2 for x in naps) / 4), rel=1e-5)


def test_many_minima(run: Run, table: Callable[[str], str]) -> None:
    name = table("a,b,y\n1,2,3\n2,4,6\n3,6,9\n")
    ran = run("--data", name, "--lr", "0.01")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 10
    assert ran.err.startswith("gdtui: ")
    assert ran.err.count("\n") == 1
    assert "Many" in ran.err
    assert "0.6, 1.2" in ran.err


# What is refused.

REFUSED = {
    "lr that is not a number": (["--lr", "nan"], ["--lr", "'nan' is not a number"]),
    "infinite lr": (["--lr", "inf"], ["--lr"]),
    "lr beyond the range of floats": (["--lr", "1e999"], ["--lr", "too large"]),
    "lr beyond float32": (["--lr", "1e39"], ["lr: ", "float32", "--dtype float64"]),
    "lr 0": (["--lr", "0"], ["lr: ", "greater than 0"]),
    "negative lr": (["--lr", "-0.1"], ["lr: ", "greater than 0", "-0.1"]),
    "lr with underscores": (["--lr", "1_0"], ["--lr"]),
    "empty lr": (["--lr", ""], ["--lr", "must be a number"]),
    "no lr": (["--lr"], ["--lr", "requires an argument"]),
    "negative epochs": (["--epochs", "-1"], ["epochs: ", "-1"]),
    "0 epochs": (["--epochs", "0"], ["epochs: "]),
    "epochs with underscores": (["--epochs", "1_0"], ["--epochs", "'1_0' is not a number"]),
    "epochs in wide digits": (["--epochs", "１０"], ["--epochs", "'１０' is not a number"]),
    "epochs beyond the range of floats": (["--epochs", "9" * 5000], ["--epochs", "too large"]),
    "seed with underscores": (["--seed", "1_0"], ["--seed"]),
    "batch with underscores": (["--batch", "1_0"], ["--batch"]),
    "every with underscores": (["--every", "1_0"], ["--every"]),
    "half an epoch": (["--epochs", "1.5"], ["--epochs", "must be a whole number"]),
    "too many epochs": (["--epochs", "1000000001"], ["epochs: ", "1,000,000,000"]),
    "two weights for one column": (["--w0", "1,2"], ["w0: 2 given, but x has 1 column"]),
    "weight that is not a number": (["--w0", "nan"], ["--w0", "'nan'"]),
    "b0 without b": (["--b0", "1"], ["b0: ", "--bias"]),
    "infinite b0": (["--bias", "--b0", "inf"], ["--b0"]),
    "cost that is not a number": (["--until-cost", "nan"], ["--until-cost"]),
    "negative cost": (["--until-cost", "-1"], ["until-cost: ", "-1"]),
    "every 0": (["--every", "0"], ["--every"]),
    "prediction that is not a number": (["--predict", "4,x"], ["--predict", "'x'"]),
    "prediction without a number": (["--predict", ""], ["--predict"]),
    "format": (["--format", "xml"], ["--format", "xml", "lecture", "csv", "jsonl"]),
    "method": (["--method", "magic"], ["--method", "magic", "hand", "autograd", "optim"]),
    "convention": (["--convention", "total"], ["--convention", "total", "sum", "mse", "mean"]),
    "dtype": (["--dtype", "float16"], ["--dtype", "float16", "float32", "float64"]),
    "change without a setting": (["--then", "6"], ["--then", "6:lr=0.2"]),
    "change of something else": (["--then", "6:w0=1"], ["--then", "6:lr=0.2"]),
    "change of lr to nothing": (["--then", "6:lr="], ["then: lr: must be a number"]),
    "change of lr to 0": (["--then", "6:lr=0"], ["then: lr: "]),
    "change of lr twice": (["--then", "3:lr=0.2,lr=0.05"], ["--then", "lr appears twice"]),
    "decimal commas in a list": (["--w0", "1,5 2,5"], ["--w0", "decimals as 1.5 2.5"]),
    "change of method": (["--then", "6:method=magic"], ["then: method: ", "magic"]),
    "change at epoch 0": (["--then", "0:lr=1"], ["then: "]),
    "change after the last epoch": (["--then", "11:lr=0.2"], ["then: ", "epoch 11", "10 epochs"]),
    "two changes at one epoch": (["--then", "6:lr=1", "--then", "6:lr=2"], ["then: "]),
    "x without y": (["--x", "1,2"], ["y: is missing"]),
    "y without x": (["--y", "1,2"], ["x: is missing"]),
    "columns of different lengths": (["--x", "1,2", "--x", "1", "--y", "1,2"], ["x2 has 1 number, but y has 2"]),
    "x longer than y": (["--x", "1,2", "--y", "1"], ["x has 2 numbers, but y has 1"]),
    "both kinds of data": (["--data", "scores.csv", "--x", "1", "--y", "1"], ["data: "]),
    "columns without a table": (["--features", "x"], ["features: ", "--data"]),
    "no columns without a table": (["--features", ""], ["features: ", "--data"]),
    "file that is not there": (["--data", "nowhere.csv"], ["nowhere.csv: no such file"]),
    "folder": (["--data", "/"], ["folder"]),
    "empty standard input": (["--data", "-"], ["standard input: "]),
    "unknown option": (["--rate", "1"], ["--rate"]),
    "word too many": (["extra"], ["extra"]),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_by_name(run: Run, words: list[str], said: list[str]) -> None:
    assert_refused(run(*words), *said)


def test_wrong_lengths_for_several_columns_are_refused(run: Run, two_columns: str) -> None:
    assert_refused(run("--data", two_columns, "--predict", "4,5,6"), "predict: 3 given, but x has 2 columns")
    assert_refused(run("--data", two_columns, "--predict", "1,2", "--predict", "4"), "predict: 1 given")
    assert_refused(run("--data", two_columns, "--w0", "1"), "w0: 1 given, but x has 2 columns")
    assert_refused(run("--data", two_columns, "--target", "grade"), "scores.csv: ", "'grade'", "score")
    assert_refused(run("--data", two_columns, "--features", ""), "scores.csv: ", "no column ''", "score")


# Text from outside.


@pytest.mark.parametrize(
    "words",
    [
        ["--data", DANGEROUS],
        ["--data", "-", "--features", DANGEROUS],
        ["--lr", DANGEROUS],
        ["--lr", b"\xff\x1b"],
        ["--epochs", DANGEROUS],
        ["--format", DANGEROUS],
        ["--then", DANGEROUS],
        ["--then", f"6:method={DANGEROUS}"],
        ["--" + DANGEROUS],
        [DANGEROUS],
    ],
    ids=str,
)
def test_control_characters_of_an_argument_are_not_written_raw(run: Run, words: list[str | bytes]) -> None:
    assert_refused(run(*words, given=b"a,b\n1,2\n"))


def test_control_characters_in_place_of_a_command(command: Run) -> None:
    assert_refused(command(DANGEROUS))
    assert_refused(gdtui(DANGEROUS))


def test_control_characters_of_a_file_are_not_written_raw(run: Run, table: Callable[[str], str]) -> None:
    name = table(f"{DANGEROUS},score\n1,1\n2,2\n3,3\n")
    for style in ("csv", "jsonl"):
        ran = run("--data", name, "--predict", "4", "--format", style)
        assert (ran.code, ran.err) == (0, "")
        assert_fit_to_show(ran.out)
        assert "[31m" in ran.out
    assert_refused(run("--data", name, "--target", "grade"), "[31m")
    cell = table(f"hours,score\n1,{DANGEROUS}\n2,2\n")
    assert_refused(run("--data", cell), "scores.csv:2")


def test_control_characters_in_the_name_of_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / f"{DANGEROUS}\n.csv"
    path.write_text("hours,score\n1,1\n2,\n3,3\n")
    ran = run("--data", str(path), "--drop-missing", "--epochs", "1")
    assert ran.code == 0
    assert ran.err.count("\n") == 1
    assert_fit_to_show(ran.err)


@pytest.mark.slow
def test_a_locale_that_knows_ascii_only(table: Callable[[str], str]) -> None:
    name = table("시간,score\n1,1\n2,2\n3,3\n")
    words = ("--lr", "0.2", "--epochs", "100", "--format", "csv", "--predict", "4")
    ran = gdtui("run", "--data", name, *words, **ASCII_LOCALE)
    assert ran.code == 3
    assert ran.out.splitlines()[0] == r"epoch,W,cost,gradient,\uc2dc\uac04,H"
    assert ran.err.startswith("gdtui: diverged at epoch 75: lr 0.2 is 1.40 ")
    assert_refused(gdtui("run", "--lr", "−0", **ASCII_LOCALE))
    helped = gdtui("run", "--help", **ASCII_LOCALE)
    assert (helped.code, helped.err) == (0, "")
    assert "--until-cost" in helped.out


# How it ends.


def test_a_reader_that_has_had_enough() -> None:
    process = subprocess.Popen([*COMMAND, "run", "--epochs", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        assert process.stdout.readline() == b"Epoch    1/1000000  W: 0.000, Cost: 4.666667\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    "words",
    [["--help"], ["run", "--help"], ["help"], ["help", "keys"], ["--version"], ["run"], ["sweep"],
     pytest.param(["script"], marks=pytest.mark.slow), pytest.param(["doctor"], marks=pytest.mark.slow),
     ["doctor", "--json"], ["lesson"], ["lesson", "hypothesis"], ["lesson", "check", "1"]],
    ids=str,
)  # fmt: skip
def test_nobody_reads(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([*COMMAND, *words], stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["--help"],
        pytest.param(["doctor"], marks=pytest.mark.slow),
        ["lesson"],
        ["lesson", "hypothesis"],
        ["lesson", "check", "1"],
    ],
    ids=str,
)
def test_a_disk_that_is_full(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *words], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert (done.returncode, done.stderr) == (1, b"gdtui: standard output: No space left on device\n")


@pytest.mark.parametrize("words", [["script"], ["run", "--format", "csv"], ["--help"]], ids=str)
def test_what_is_cut_off_is_an_error_without_a_buffer_too(words: list[str], tmp_path: Path) -> None:
    """Where a disk takes only a part of what is written, Python tells nobody unless it has a buffer."""
    script = f"import resource, os, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({ROOM}, {ROOM})); "
    script += "os.execv(sys.argv[1], sys.argv[1:])"
    variables = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    with (tmp_path / "out").open("wb") as file:
        limited = [sys.executable, "-c", script, *COMMAND, *words]
        done = subprocess.run(limited, stdout=file, stderr=subprocess.PIPE, timeout=60, env=variables)
    assert (done.returncode, done.stderr) == (1, b"gdtui: standard output: File too large\n")
    assert (tmp_path / "out").stat().st_size == ROOM


ROOM = 300
"""Fewer bytes than anything prints."""


def test_streams_that_are_closed() -> None:
    script = 'exec "$@" <&- >&- 2>&-'
    for words, code in ((["run", "--lr", "0.2", "--epochs", "1000"], 3), (["run", "--help"], 0), ([], 2)):
        assert subprocess.run(["/bin/sh", "-c", script, "sh", *COMMAND, *words], timeout=60).returncode == code


@pytest.mark.slow
def test_progress_and_ctrl_c(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    with rows.open("wb") as file:
        command = [*COMMAND, "run", "--epochs", "10000000", "--format", "jsonl"]
        with Terminal(command, columns=100, stdout=file) as terminal:
            terminal.wait_for(lambda shown: re.search(r"epochs  \[[#-]+\] +\d+%", shown.text), timeout=30)
            terminal.press("ctrl+c")
            assert terminal.wait() == 130
            assert terminal.termios_restored
            assert "Traceback" not in terminal.text
    text = rows.read_text()
    assert text.endswith("}\n")
    numbers = [json.loads(line)["epoch"] for line in text.splitlines()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 1 < len(numbers) < 10_000_000


def test_ctrl_c_while_torch_is_loaded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    load_backend = cli.load_backend

    def interrupted() -> Backend:
        os.kill(os.getpid(), signal.SIGINT)
        return load_backend()

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(cli, "load_backend", interrupted)
    assert run("--format", "csv") == Ran(130, "", "")
    assert signal.getsignal(signal.SIGINT) is before


def test_after_ctrl_c_the_row_under_way_is_the_last(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(headless.Course):
        def __iter__(self) -> Iterator[object]:
            for epoch in super().__iter__():
                if epoch.number == 7:
                    os.kill(os.getpid(), signal.SIGINT)
                yield epoch

    monkeypatch.setattr(headless, "Course", Interrupted)
    ran = run("--format", "jsonl", "--every", "5", "--predict", "4")
    assert (ran.code, ran.err) == (130, "")
    assert [row["epoch"] for row in ran.objects] == [1, 5, 7]


@pytest.mark.parametrize("style", ["csv", "jsonl", "lecture", "text"])
def test_rows_are_printed_up_to_where_a_run_breaks_off(capsys: pytest.CaptureFixture[str], style: Format) -> None:
    class Gone(headless.Course):
        def __iter__(self) -> Iterator[Epoch]:
            yield from itertools.islice(super().__iter__(), 4)
            raise HostError("another process has ended")

    experiment, progress = Experiment(), headless.Progress(10)
    writer = Writer(experiment, style, predicts=False)
    printer = headless.Printer(experiment, writer, 1, (), Event())
    with pytest.raises(HostError):
        printer._print_rows(Gone(experiment, real().trainer(experiment)), progress)
    expected = list(itertools.islice(Course(experiment, real().trainer(experiment)), 4))
    assert capsys.readouterr().out.splitlines() == list(map(writer.row, expected))


def test_a_slow_run_prints_each_row_when_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    now, printed = 0.0, list[int]()

    class Slow(headless.Course):
        def __iter__(self) -> Iterator[Epoch]:
            nonlocal now
            for epoch in super().__iter__():
                printed.append(rows.getvalue().count("\n"))
                now += 0.2
                yield epoch

    monkeypatch.setattr(headless.time, "monotonic", lambda: now)
    monkeypatch.setattr(sys, "stdout", rows := io.StringIO())
    experiment = Experiment(epochs=5)
    printer = headless.Printer(experiment, Writer(experiment, "csv", predicts=False), 1, (), Event())
    printer._print_rows(Slow(experiment, real().trainer(experiment)), headless.Progress(5))
    assert printed == [0, 1, 2, 3, 4, 5]


class Stream(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.mark.parametrize(
    ("rows_shown", "words_shown", "seconds", "has_bar"),
    [
        (False, True, 60, True),
        (False, True, 0, False),
        (True, True, 60, False),
        (False, False, 60, False),
    ],
    ids=["long run", "short run", "rows on the terminal too", "no terminal"],
)
def test_when_there_is_a_progress_bar(
    monkeypatch: pytest.MonkeyPatch, rows_shown: bool, words_shown: bool, seconds: int, has_bar: bool
) -> None:
    words = Stream(words_shown)
    monkeypatch.setattr(sys, "stdout", Stream(rows_shown))
    monkeypatch.setattr(sys, "stderr", words)
    now = 1000.0
    monkeypatch.setattr(headless.time, "monotonic", lambda: now)
    with headless.Progress(20) as progress:
        assert not progress.is_due(1)
        now += seconds
        assert progress.is_due(10) is (seconds > 0)
    assert ("50%" in words.getvalue()) is has_bar
    assert bool(words.getvalue()) is has_bar
    assert sys.stdout.getvalue() == ""


# Help, and the start of the lab.


def test_help_and_version(command: Run) -> None:
    for word in ("--version", "-V"):
        assert command(word) == Ran(0, f"gdtui {__version__}\n", "")
    for words in (["--help"], ["-h"], ["run", "--help"], ["run", "-h"]):
        ran = command(*words)
        assert (ran.code, ran.err) == (0, "")
        assert ("--standardize" if "run" in words else "gdtui help options") in ran.out


@pytest.mark.parametrize("words", [["--lr", "2"], ["--bias"], ["--then", "6:lr=0.2"], ["--data", "-"]], ids=str)
def test_options_before_the_command_are_sent_behind_it(command: Run, words: list[str]) -> None:
    assert_refused(command(*words, "run"), f"{words[0]} belongs after the command: gdtui run {words[0]}")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--ascii", "run"], "--ascii is for the lab: leave it out of gdtui run"),
        (["--pause-after", "5", "lesson"], "--pause-after is for the lab: leave it out of gdtui lesson"),
        (["--lr", "2", "doctor"], "--lr is for the lab: leave it out of gdtui doctor"),
        (["--ascii", "lesson"], "--ascii belongs after the command: gdtui lesson --ascii"),
    ],
    ids=str,
)
def test_options_of_a_screen_are_for_the_lab_and_for_lessons(command: Run, words: list[str], why: str) -> None:
    assert_refused(command(*words), why)


def test_the_lab_without_a_terminal() -> None:
    assert_refused(gdtui(), "gdtui run")
    assert_refused(gdtui("--lr", "nan"), "--lr")
    assert_refused(gdtui("--data", "-", given=b"1 2\n2 4\n"), "data: ", "gdtui run")


NEEDS_A_TERMINAL = "gdtui: the lab needs a terminal (over SSH: ssh -t). Without a screen: gdtui run"


def test_the_lab_without_a_keyboard() -> None:
    with Terminal(REAL_COMMAND, columns=120, stdin=subprocess.DEVNULL) as terminal:
        assert terminal.wait() == 2
        assert terminal.text.strip() == NEEDS_A_TERMINAL
        assert b"\x1b" not in terminal.sent


def test_the_lab_without_a_screen(tmp_path: Path) -> None:
    with (tmp_path / "words").open("w+b") as words:
        with Terminal(REAL_COMMAND, stderr=words) as terminal:
            assert terminal.wait() == 2
            assert terminal.sent == b""
        words.seek(0)
        assert words.read() == NEEDS_A_TERMINAL.encode() + b"\n"


def test_the_lab_does_not_read_data_from_the_keyboard() -> None:
    with Terminal([*REAL_COMMAND, "--data", "-"], columns=120) as terminal:
        assert terminal.wait() == 2
        assert terminal.text.startswith("gdtui: data: the lab needs standard input for the keyboard")
        assert b"\x1b" not in terminal.sent


def test_a_run_is_the_experiment_and_nothing_else(run: Run) -> None:
    """The defaults of the options are those of an Experiment."""
    plain = Experiment()
    said = ("--lr", str(plain.learning_rate), "--method", plain.method, "--dtype", plain.dtype, "--w0", "0")
    assert run(*said, "--epochs", str(plain.epochs), "--convention", "sum", "--format", "csv") == run("--format", "csv")


def test_a_table_that_has_changed_is_refused(run: Run, table: Callable[[str], str]) -> None:
    name = table("hours,score\n1,2\n2,3\n")
    digits = "c63d6a1eb0ffb6f64ae4b3f4b2d6a2a2"
    assert run("--data", name, "--checksum", "sha256:" + digits).code == 2
    ran = run("--data", name, "--checksum", "sha256:" + digits)
    assert (ran.out, ran.err.count("\n")) == ("", 1)
    found = re.fullmatch(r"gdtui: scores.csv: it has changed: its checksum is (sha256:\w{16}), not .*\n", ran.err)
    assert found
    assert run("--data", name, "--checksum", found[1]).code == 0
    assert run("--data", name, "--checksum", "sha256:123").err.startswith("gdtui: Invalid value for '--checksum'")
    assert run("--checksum", found[1]).err == "gdtui: checksum: needs a table: name one with --data\n"


def test_sentences_on_standard_output(run: Run) -> None:
    ran = run("--format", "text", "--epochs", "300", "--lr", "0.3", "--every", "50")
    assert ran.code == 3
    assert [line.partition(":")[0] for line in ran.out.splitlines()] == [
        "Gradient descent for 300 epochs on 3 rows (lecture)",
        "Epoch 1 of 300",
        "Epoch 38 of 300",
        "Epoch 39",
    ]
    assert run("--format", "text", "--epochs", "1", "--predict", "4").out.splitlines()[2:] == [
        "After 1 epoch: W is 1.400, the cost is 0.746666.",
        "For x equal to 4, the hypothesis predicts 5.600000.",
    ]
