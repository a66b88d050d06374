"""The file that `gdtui script` writes: it prints what `gdtui run` prints, to the last digit, and checks itself."""

import ast
import itertools
import math
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from threading import Event

import msgspec
import pytest
import torch
from problems import ONE, TWO, ending, kinds_of_run, named

from gdtui.cli import main as cli
from gdtui.cli import run as headless
from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import check_number
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.storage.rows import Writer
from gdtui.storage.table import read_table
from gdtui.teaching.pages.goal import SAME_SCRIPT

GDTUI = [sys.executable, "-m", "gdtui"]
CHAINS = [
    (Change(2, learning_rate=0.02), Change(3, method="hand"), Change(5, optimizer=Optimizer("adam"))),
    (
        Change(2, optimizer=Optimizer("momentum", (0.5,))),
        Change(3, optimizer=Optimizer("momentum")),
        Change(4, learning_rate=0.01),
        Change(5, method="autograd", convention="mean"),
    ),
    (
        Change(1, learning_rate=0.017),
        Change(2, method="autograd"),
        Change(3, method="optim"),
        Change(4, method="hand", convention="mse"),
    ),
    (
        Change(2, optimizer=Optimizer("adam")),
        Change(4, learning_rate=0.03, optimizer=Optimizer("adam", (0.8, 0.9, 1e-7))),
        Change(5, optimizer=Optimizer("adamw")),
        Change(9, learning_rate=5.0),
    ),
]


@pytest.fixture(autouse=True)
def as_gdtui_sets_torch():
    yield
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(1)


def printed(experiment):
    """What `gdtui run` writes on standard output, and its exit code."""
    out, writer = StringIO(), Writer(experiment, "lecture", predicts=False)
    with redirect_stdout(out):
        code = headless.Printer(experiment, writer, 1, (), Event()).print_run(BACKEND, BACKEND.surface(experiment))
    return out.getvalue(), code


def carried_out(text):
    """What the file prints, and its names at the end; `beside` is what it says on standard error."""
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(2)
    out, beside, space = StringIO(), StringIO(), {"__name__": "__main__"}
    with redirect_stdout(out), redirect_stderr(beside):
        exec(compile(text, "run.py", "exec"), space)
    assert torch.get_num_threads() == 1
    space["beside"] = beside.getvalue()
    return out.getvalue(), space


def numbers(space):
    return tuple(value for name in ("W", "b") if name in space for value in space[name].tolist())


def assert_same(experiment):
    """The script prints the lines of the run, and comes to its very bits."""
    last = ending(experiment)
    text = BACKEND.script(experiment, last)
    expected, _ = printed(experiment)
    out, space = carried_out(text)
    assert out == expected, text
    if last.is_finite:
        assert (numbers(space), space["cost"].item()) == (last.parameters, last.cost), text
        number = float(space["beside"].removeprefix("Check number: "))
        assert math.isclose(number, check_number(experiment, last), rel_tol=SAME_SCRIPT), text
    else:
        assert not space["beside"], "there is no number to check a run by that has left the range of numbers"
    return text


def rows_of(data):
    return list(zip(*data.x, data.y, strict=True))


@pytest.fixture
def sources(tmp_path):
    """The same numbers from everywhere, by the count of columns: typed or piped in, a file, and both standardized."""
    found = {}
    for data in (ONE, TWO):
        file = tmp_path / f"{len(data.x)}.csv"
        head = ";".join(("no", *(f"x{i}" for i, _ in enumerate(data.x)), "y"))
        body = [";".join(map(str, (i, *row))) for i, row in enumerate(rows_of(data))]
        file.write_text("\n".join((head, *body)) + "\n")
        columns = tuple(str(i) for i in range(2, len(data.x) + 2))
        table = read_table(str(file), features=columns, target="y").dataset
        assert rows_of(table) == rows_of(data)
        found[len(data.x)] = [data, table, data.standardized(), table.standardized()]
    return found


@pytest.mark.parametrize("stride", [31, pytest.param(1, marks=pytest.mark.slow)])
def test_it_does_what_the_run_does_whatever_the_run(sources, stride):
    # Strides of three and four meet all others in turn: they divide no run of equal settings evenly.
    data, chains = (itertools.cycle(range(count)) for count in (3, len(CHAINS)))
    count = 0
    for kind in itertools.islice(kinds_of_run(), None, None, stride):
        for is_changed in (False, True):
            choices = sources[len(kind.dataset.x)]
            index = next(data)
            dataset = choices[index if index < 2 else 2 + count % 4 // 2]
            changes = CHAINS[next(chains)] if is_changed else ()
            assert_same(msgspec.structs.replace(kind, dataset=dataset, changes=changes))
            count += 1
    assert count == math.ceil(9 * 3 * 2 * 2 * 2 * 2 * 2 / stride) * 2


@pytest.mark.parametrize("is_plain", [True, False])
def test_a_comment_names_the_columns_and_says_what_was_left_out(tmp_path, is_plain):
    path = tmp_path / "flats.csv"
    path.write_text(f"size;age;price\n50;3;{'1480.5' if is_plain else '1,480.5'}\n80;;95.5\n60;9;77\n")
    for data in (table := read_table(str(path), drop_missing=True).dataset, table.standardized()):
        text = assert_same(Experiment(dataset=data, learning_rate=1e-5))
        assert "# x is 'size', 'age'; y is 'price'\n" in text
        said = " ".join(line[2:] for line in text.splitlines() if line.startswith("# "))
        assert "1 row with missing cells skipped" in said
        assert (f"a copy of those in {str(path)!r}" in said) != is_plain


def test_x_in_other_units_is_so_in_the_file_too(sources):
    for choices in sources.values():
        for dataset in choices:
            experiment = Experiment(dataset=dataset.in_units(0.3), learning_rate=0.02, dtype="float64")
            assert ("# in other units" in assert_same(experiment)) == (dataset.source is not None)


@pytest.mark.slow
@pytest.mark.parametrize(("has_bias", "dtype"), [(False, "float32"), (True, "float64")])
def test_so_many_rows_that_torch_would_share_them_out(has_bias, dtype):
    generator = torch.Generator().manual_seed(1)
    x, y = torch.randn(3, 40_000, generator=generator), torch.randn(40_000, generator=generator)
    for data in (named(x.tolist(), y.tolist()), typed(tuple(x[0].tolist()), tuple(y.tolist()))):
        assert_same(Experiment(dataset=data, has_bias=has_bias, dtype=dtype, convention="mean", epochs=3))


def test_the_lectures_own_file():
    text = assert_same(Experiment())
    assert (
        "for epoch in range(1, epochs + 1):\n"
        "    hypothesis = x_train * W\n"
        "    cost = torch.mean((hypothesis - y_train) ** 2)\n"
        "    gradient = torch.sum((hypothesis - y_train) * x_train)\n"
        '    print(f"Epoch {epoch:4d}/{epochs}  W: {W.item():.3f}, Cost: {cost.item():.6f}")\n'
        "    W -= lr * gradient\n"
    ) in text
    assert "0.9998951554298401" in text
    assert "import torch\n" in text
    assert text.count("import") == text.count("import sys\n") + text.count("import torch\n") == 2


@pytest.mark.parametrize("kind", [Experiment(), *(Experiment(changes=chain) for chain in CHAINS)])
def test_the_loop_is_the_code_that_is_shown(kind):
    text = BACKEND.script(kind, ending(kind))
    for number in range(1, kind.epochs + 1):
        loop = itertools.dropwhile(lambda line: not line.text.startswith("for"), BACKEND.code(kind, number))
        assert all(f"{line.text}\n" in text for line in loop)


# Where it ends


@pytest.mark.parametrize("batch", [None, 1])
@pytest.mark.parametrize("until_cost", [0.5, 1e-3, 1e-9, 0.0])
@pytest.mark.parametrize("changes", [(), (Change(3, method="autograd"), Change(6, learning_rate=0.05))])
@pytest.mark.parametrize("method", ["hand", "optim"])
def test_until_a_cost(method, changes, until_cost, batch):
    for count in range(1, 12):
        assert_same(
            Experiment(
                method=method,
                until_cost=until_cost,
                epochs=count,
                learning_rate=0.06,
                batch=batch,
                changes=changes,
            )
        )


@pytest.mark.parametrize("until_cost", [None, 1e-3])
@pytest.mark.parametrize("until_change", [0.5, 1e-3, 1e-9])
@pytest.mark.parametrize("changes", [(), (Change(3, method="autograd"), Change(6, learning_rate=0.05))])
@pytest.mark.parametrize("order", [None, "table", "shuffled"])
def test_until_a_change_and_in_the_order_of_the_table(changes, until_change, until_cost, order):
    batches = {"batch": 2, "order": order} if order else {}
    for count in range(1, 12, 2):
        assert_same(
            Experiment(
                until_change=until_change,
                until_cost=until_cost,
                epochs=count,
                learning_rate=0.06,
                changes=changes,
                **batches,
            )
        )


@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("method", ["hand", "autograd", "optim"])
@pytest.mark.parametrize(
    "changes", [(), (Change(5, convention="sum", learning_rate=9.0),), (Change(7, method="hand", learning_rate=1e3),)]
)
def test_a_run_that_diverges_ends_at_the_same_epoch_and_says_so(changes, method, batch):
    whole = Experiment(method=method, learning_rate=3.0, epochs=1000, changes=changes, batch=batch, has_bias=True)
    last = ending(whole)
    assert not last.is_finite
    for count in (last.number + 5, last.number, last.number - 1):
        text = assert_same(msgspec.structs.replace(whole, epochs=count))
        assert "assert not torch.isfinite(cost)" in text
    tamed = (
        text.replace("lr = 3.0", "lr = 0.001").replace("lr = 9.0", "lr = 0.001").replace("lr = 1000.0", "lr = 0.001")
    )
    with pytest.raises(AssertionError):
        carried_out(tamed)


@pytest.mark.parametrize("decay", [0.0, 0.5])
@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("method", ["hand", "autograd", "optim"])
def test_a_gradient_that_is_too_large_before_the_cost_is(method, batch, decay):
    # The product of x and a residual leaves the range, the square of the residual does not.
    experiment = Experiment(
        dataset=typed((3e38, 3e38, 3e38), (1e3, 2e3, 3e3)),
        has_bias=True,
        method=method,
        convention="sum",
        weight_decay=decay,
        batch=batch,
    )
    last = ending(experiment)
    assert (last.number, last.is_finite, last.cost < 1e8) == (1, False, True)
    assert "assert not (torch.isfinite(slope_W).all()" in assert_same(experiment)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("method", ["hand", "autograd", "optim"])
def test_a_gradient_that_a_change_makes_too_large(method, count):
    experiment = Experiment(
        dataset=typed((1e38, 1e38, 1e38), (2.0, 2.0, 2.0)),
        method="autograd",
        convention="mean",
        learning_rate=1e-60,  # so small that W stays
        epochs=count,
        changes=(Change(2, method=method, convention="sum"),),
    )
    last = ending(experiment)
    assert (last.number, last.is_finite, last.cost) == (2, False, 4.0)
    text = assert_same(experiment)
    assert "assert not (torch.isfinite(slope_W).all())" in text
    with pytest.raises(AssertionError):
        carried_out(text.replace("1e+38", "1e+08"))


def test_it_fails_where_the_run_would_not_have_ended():
    for experiment in (
        Experiment(),
        Experiment(dataset=TWO, has_bias=True, learning_rate=0.01, dtype="float64"),
        Experiment(until_cost=0.01),
    ):
        text = BACKEND.script(experiment, ending(experiment))
        for old, new in ((f"lr = {experiment.learning_rate}", "lr = 0.03"), ("** 2", "** 2 * 1.5")):
            assert old in text
            with pytest.raises(AssertionError):
                carried_out(text.replace(old, new))


# Data in a file

TABLES = {
    "commas": "size,rooms,price\n1,2,3\n2,2.5,5\n4,1,-6e0\n",
    "no names": "1,2,3\n2,2.5,5\n4,1,6\n",
    "semicolons and quotes": 'size;"a ""b"" c";price\n"1";2;3\n2; "2.5";5\n4;1;6\n',
    "tabs": "size\trooms\tprice\n1\t2\t3\n2\t2.5\t5\n4\t1\t6\n",
    "spaces": "  size   rooms \t price\n1  2 3\n   2 2.5   5\n\n4\t1  6  \n",
    "Windows": "\ufeffsize,rooms,price\r\n1,2,3\r\n2,2.5,5\r\n4,1,6\r\n",
    "old Mac": "size,rooms,price\r1,2,3\r2,2.5,5\r4,1,6\r",
    "blank lines": "\n\nsize,rooms,price\n\n1,2,3\n   \n2,2.5,5\n4,1,6\n\n\n",
    "a name on two lines": '"size\nof it",rooms,price\n1,2,3\n2,2.5,5\n4,1,6\n',
    "no last line end": "size,rooms,price\n1,2,3\n2,2.5,5\n4,1,6",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("features", [None, ("2",), ("2", "1")])
def test_a_table_is_read_as_gdtui_reads_it(tmp_path, text, features):
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode())
    data = read_table(str(file), features=features).dataset
    for dataset in (data, data.standardized(), data.in_units(0.1), data.in_units(7).standardized()):
        assert_same(Experiment(dataset=dataset, learning_rate=0.01, epochs=3))


def test_rows_with_missing_cells_are_left_out(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b,c\n1,2,3\n , 7,1\n2,,4\n2, N/A ,5\n2,None,5\n3,1,0\n")
    all_three = read_table(str(file), drop_missing=True).dataset
    assert all_three.rows == 2
    two = read_table(str(file), features=("1",), drop_missing=True).dataset
    assert two.rows == 5
    for dataset in (all_three, two):
        assert_same(Experiment(dataset=dataset, learning_rate=0.01, epochs=3))


@pytest.mark.parametrize("change", [("2,4", "2,4.000001"), ("3,5\n", "3,5\n4,6\n"), ("2,4\n3,5", "3,5\n2,4")])
def test_a_file_that_has_changed_is_refused(tmp_path, change):
    file = tmp_path / "a.csv"
    file.write_text("x,y\n1,2\n2,4\n3,5\n")
    experiment = Experiment(dataset=read_table(str(file)).dataset)
    text = BACKEND.script(experiment, ending(experiment))
    carried_out(text)
    file.write_text(file.read_text().replace(*change))
    with pytest.raises(AssertionError):
        carried_out(text)


HOSTILE = [
    "it's",
    'say "so"',
    "''' + str(boom) + '''",
    '"""\nboom()\n"""',
    "line\nboom()\n# ",
    "return\rboom()",
    "back\\slash\\",
    "\\",
    "{boom()}",
    "%s%n",
    "\u2028boom()\x85boom()\x0cboom()",
    "\x1b[31m\u202e데이터",
    "\udce9",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_can_be_taken_for_code(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    column = name.encode("utf-8", "replace").decode().replace('"', '""')
    Path(f"{name}.csv").write_bytes(f'"{column}","{column}2"\n1,2\n2,4\n4,6\n'.encode())
    experiment = Experiment(dataset=read_table(f"{name}.csv").dataset, learning_rate=0.01)
    text = assert_same(experiment)
    assert ast.dump(ast.parse(text)).count("boom") == name.count("boom")  # inside the one string that is the path
    assert all(line.isprintable() for line in text.split("\n"))
    plain = tmp_path / "plain.csv"
    plain.write_bytes(b"x,y\n1,2\n2,4\n4,6\n")
    usual = BACKEND.script(
        msgspec.structs.replace(experiment, dataset=read_table("plain.csv").dataset), ending(experiment)
    )
    assert [type(node) for node in ast.walk(ast.parse(text))] == [type(node) for node in ast.walk(ast.parse(usual))]


# The command


@pytest.fixture
def command(capsysbinary, monkeypatch):
    """`gdtui` in the test's own process: exit code, standard output as bytes, standard error."""

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["gdtui", *words])
        capsysbinary.readouterr()
        code = cli.run_safely()
        out, err = capsysbinary.readouterr()
        return code, out, err.decode()

    return command


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 0),
        (["--lr", "0.2", "--epochs", "100"], 3),
        (["--until-cost", "0.001"], 0),
        (["--until-cost", "0.001", "--epochs", "3"], 4),
        (["--until-change", "1e-6"], 0),
        (["--until-change", "1e-6", "--epochs", "3"], 4),
        (["--batch", "2", "--order", "table"], 0),
        (["--x", "1,2,3,4", "--y", "2,3,5,6", "--standardize", "--batch", "3", "--then", "4:optimizer=adam"], 0),
    ],
    ids=str,
)
def test_the_command_has_the_exit_code_and_the_words_of_a_run(command, words, code):
    ran, script = command("run", *words), command("script", *words)
    assert (ran[0], script[0]) == (code, code)
    assert [line for line in ran[2].splitlines() if "own units" not in line] == script[2].splitlines()
    out, _ = carried_out(script[1].decode())
    assert out == ran[1].decode()


@pytest.mark.parametrize("words", [["--lr", "0"], ["--data", "nowhere.csv"], ["--format", "csv"]], ids=str)
def test_what_is_refused_writes_nothing(command, words):
    code, out, err = command("script", *words)
    assert (code, out) == (2, b"")
    assert err.startswith("gdtui: ")


@pytest.mark.slow
def test_as_a_shell_runs_it(tmp_path):
    """In a locale that is not UTF-8, from standard input, as a file of its own that knows no gdtui."""
    words = ["--data", "-", "--standardize", "--optimizer", "adam", "--batch", "2", "--dtype", "float64"]
    words += ["--then", "4:lr=0.5"]
    table = "größe,zimmer,preis\n1,2,3\n2,2,5\n4,1,6\n3,3,3\n".encode()
    variables = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with (tmp_path / "run.py").open("wb") as file:
        subprocess.run([*GDTUI, "script", *words], input=table, stdout=file, env=variables, timeout=120, check=True)
    ran = subprocess.run([*GDTUI, "run", *words], input=table, capture_output=True, timeout=120, check=True)
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-I", "run.py"], cwd=tmp_path, env=alone, capture_output=True, timeout=120, check=True
    )
    assert done.stdout == ran.stdout
    assert re.fullmatch(rb"Check number: [\d.]+\n", done.stderr)


def test_a_python_without_torch_names_the_one_that_has_it(tmp_path, monkeypatch):
    python = tmp_path / "python3"
    python.touch()
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "gdtui"), "script"])
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    (tmp_path / "run.py").write_text(BACKEND.script(Experiment(epochs=1), ending(Experiment(epochs=1))))
    done = subprocess.run([sys.executable, "-S", tmp_path / "run.py"], capture_output=True, text=True)
    assert done.returncode == 1
    assert f"    import torch  # if it is missing, run this with {python}\n" in done.stderr
    assert done.stderr.endswith("No module named 'torch'\n")


@pytest.mark.slow
def test_a_disk_that_is_full():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*GDTUI, "script"], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (1, b"gdtui: standard output: No space left on device\n")
