"""Parquet, Arrow and Feather: the rows that the same table has as CSV, and what is refused in a line."""

import datetime
import decimal
import os
import random
import subprocess
import sys
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from libraries import needed
from test_torchrun import alone, output, rows

from gdtui.errors import InputError
from gdtui.storage.stream import read_sums
from gdtui.storage.table import read_table
from gdtui.storage.tables import arrow

pytestmark = pytest.mark.system
pa = needed("pyarrow")
parquet, feather = needed("pyarrow.parquet"), needed("pyarrow.feather")

WRITE = {
    "parquet": partial(parquet.write_table, row_group_size=40),
    "feather": partial(feather.write_feather, chunksize=40),
    "arrow": lambda table, path: feather.write_feather(table, path, compression="uncompressed"),
}


@pytest.fixture(params=WRITE)
def write(request, tmp_path, monkeypatch):
    """Write columns in one of the formats; in groups of 40 rows, and read 16 at a time."""
    monkeypatch.setattr(arrow, "ROWS", 16)
    monkeypatch.chdir(tmp_path)

    def written(columns: dict | pa.Table, name: str = "t") -> str:
        table = columns if isinstance(columns, pa.Table) else pa.table(columns)
        WRITE[request.param](table, f"{name}.{request.param}")
        return f"{name}.{request.param}"

    return written


def refusal(path: str, **asked) -> str:
    """What both ways of reading say."""
    said = []
    for read in (read_table, read_sums):
        with pytest.raises(InputError) as caught:
            read(path, **asked)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "\n" not in said[0]
    return said[0]


def test_the_rows_are_those_of_the_same_table_as_csv(write, tmp_path):
    draw = np.random.default_rng(2)
    columns = {
        "id": range(1, 101),
        "a": draw.normal(size=100),
        "n": pa.array(draw.integers(-9, 9, 100), pa.int16()),
        "half": pa.array(draw.integers(0, 9, 100) / 4, pa.float32()),
        "y": draw.normal(size=100),
    }
    path = write(columns)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    Path("t.csv").write_text("\n".join(lines))
    for asked in ({}, {"features": ("n", "2"), "target": "half"}, {"target": "y,a"}):
        typed, text = (read_table(name, **asked).dataset for name in (path, "t.csv"))
        assert (typed.features, typed.x, typed.ys) == (text.features, text.x, text.ys)
        assert typed.assumed.partition(": ")[2] == text.assumed.partition(": ")[2]
        assert typed.source is None
    sums, of_text = read_sums(path), read_sums("t.csv")
    assert (sums.in_all, sums.x, sums.y) == (of_text.in_all, of_text.x, of_text.y)
    assert np.allclose(np.abs(sums.triangle), np.abs(of_text.triangle), rtol=1e-12, atol=1e-12)
    again = read_table(path, features=sums.origin.features, checksum=sums.origin.checksum).dataset
    assert again.y == read_table(path).dataset.y
    with pytest.raises(InputError, match="it has changed"):
        read_table(path, checksum="0123456789abcdef")


def test_standard_input_may_be_one(write):
    path = write({"x": [1, 2], "y": [3.5, 4]})
    run = [sys.executable, "-m", "gdtui", "run", "--data", "-", "--epochs", "1"]
    for words, code in (([], 0), (["--stream"], 2)):
        with Path(path).open("rb") as content:
            ran = subprocess.run([*run, *words], stdin=content, capture_output=True, text=True)
        assert ran.returncode == code, ran.stderr
    assert "put it in a file, and name the file" in ran.stderr


def test_what_is_missing_is_skipped_or_refused_by_its_row(write):
    columns = {
        "x": [1.0] * 50 + [None, 4.0],
        "n": [*range(51), None],
        "b": [True, None] * 26,
        "y": [2.0] * 51 + [np.nan],
    }
    path = write(columns)
    assert refusal(path, features=("x",)) == (
        f"{path}: row 51: column 'x' is empty or NaN (--drop-missing skips such rows)"
    )
    assert refusal(path, features=("n",), target="x").startswith(f"{path}: row 51: column 'x'")
    found = read_table(path, features=("x", "n", "b"), drop_missing=True)
    assert (found.dropped, list(found.dataset.x[1])) == (27, [*range(0, 50, 2)])
    assert list(found.dataset.x[2]) == [1] * 25
    assert read_sums(path, features=("n", "x"), drop_missing=True).rows == 50
    path = write({"x": [1.0, np.inf], "y": [2.0, 3]})
    assert refusal(path) == f"{path}: row 2: column 'x' is inf, not a finite number"
    path = write({"x": pa.array([None, None], pa.float64()), "y": [2.0, 3]})
    assert (
        refusal(path, drop_missing=True) == f"{path}: every row has a number missing: leave out the columns with gaps"
    )


def test_other_types_are_named_with_the_way_on(write):
    path = write(
        {
            "city": ["a", "b"],
            "size": [1, 2],
            "day": pa.array([datetime.date(2020, 1, 1)] * 2),
            "cost": pa.array([decimal.Decimal("1.50")] * 2),
            "list": [[1], [2]],
            "both": [{"a": 1}, {"a": 2}],
            "kind": pa.array(["u", "v"]).dictionary_encode(),
            "y": [1.5, 2.5],
        }
    )
    way_on = ". Leave out such columns: --features size"
    assert refusal(path) == f"{path}: column 'city' holds string, not plain numbers{way_on}"
    for name, kind in (
        ("day", "date32[day]"), ("cost", "decimal128(3, 2)"),
        ("list", "list<"), ("both", "struct<"), ("kind", "dictionary<"),
    ):  # fmt: skip
        said = refusal(path, features=("size", name))
        assert said.startswith(f"{path}: column '{name}' holds {kind}")
        assert said.endswith(way_on)
    others = "not plain numbers. Write numbers in it, or choose other columns with --features and --target"
    assert refusal(path, features=("size",), target="day").endswith(others)
    assert refusal(path, features=("city",)).endswith(others)
    assert list(read_table(path, features=("size",)).dataset.x[0]) == [1, 2]


def test_a_column_of_text_is_numbered_by_its_labels_as_that_of_a_csv_table_is(write):
    rows = [("male", 3.0, "cat"), ("female", 1.5, "dog"), ("female", 2.0, " dog "), ("male", 9.0, "cat")]
    sex, age, kind = map(list, zip(*rows, strict=True))
    path = write({"sex": pa.array(sex).dictionary_encode(), "age": age, "class": [1, 2, 2, 1], "kind": kind})
    Path("t.csv").write_text("sex,age,kind\n" + "\n".join(",".join(map(str, row)) for row in rows))
    asked = {"features": ("sex=male/female", "age"), "target": "kind=cat/dog"}
    typed, text = (read_table(name, **asked).dataset for name in (path, "t.csv"))
    assert (typed.x, typed.y) == (text.x, text.y)
    assert list(typed.y) == [0, 1, 1, 0]
    assert typed.assumed.partition(": ")[2] == text.assumed.partition(": ")[2]
    assert read_sums(path, **asked).y == read_sums("t.csv", **asked).y
    assert list(read_table(path, features=("age",), target="class=1/2").dataset.y) == [0, 1, 1, 0]
    assert "column 'age' cannot be read by labels" in refusal(path, features=("age=3.0/1.5",), target="class")
    left = refusal(path, features=("sex=male/female", "kind"), target="age")
    assert left.endswith("Leave out such columns: --features sex=male/female")


def test_a_cell_that_is_none_of_the_labels_is_refused_and_an_empty_one_is_missing(write):
    path = write({"x": [1, 2, 3, 4], "kind": ["cat", None, "", "dog"]})
    way_on = "column 'kind' is empty or NaN (--drop-missing skips such rows)"
    assert refusal(path, target="kind=cat/dog") == f"{path}: row 2: {way_on}"
    found = read_table(path, target="kind=cat/dog", drop_missing=True)
    assert (list(found.dataset.y), found.dropped) == ([0, 1], 2)
    none = "row 4: column 'kind': 'dog' is none of its labels: cat = 0, cow = 1"
    assert refusal(path, target="kind=cat/cow", drop_missing=True) == f"{path}: {none}"


def test_a_target_of_text_is_refused_with_how_to_number_its_labels(write):
    path = write({"x": [1, 2, 3, 4], "kind": ["dog", "cat", "dog", None], "name": list("abcd")})
    held = "column 'kind' holds string, not plain numbers"
    assert refusal(path, features=("x",), target="kind") == (
        f"{path}: {held}. Number its labels from 0: --target kind=cat/dog"
    )
    assert "Write numbers in it" in refusal(path, features=("x",), target="name")


def test_names_are_taken_as_they_are(write):
    table = pa.Table.from_arrays(
        [pa.array([index, index]) for index in range(5)], names=["a", "a", "", "p.q", "__index_level_0__"]
    )
    path = write(table)
    found = read_table(path, features=("2", "3"), target="p.q").dataset
    assert [values[0] for values in (*found.x, found.y)] == [1, 2, 3]
    assert (found.features, "the index that pandas kept is left out" in found.assumed) == (("a", "3"), True)
    assert "'a' is chosen twice" in refusal(path)


@pytest.mark.parametrize("compression", ["snappy", "zstd", "lz4"])
def test_damage_is_refused_in_a_line(tmp_path, compression):
    table = pa.table({"x": np.arange(90.0), "k": [*range(90)], "b": [True, None] * 45, "y": np.arange(90) / 7})
    parquet.write_table(table, tmp_path / "p", compression=compression, row_group_size=50)
    feather.write_feather(table, tmp_path / "f", compression="uncompressed" if compression == "snappy" else compression)
    draw, path, said = random.Random(5), tmp_path / "damaged", set()
    for whole in ((tmp_path / name).read_bytes() for name in "pf"):
        for _ in range(150):
            content = bytearray(whole)
            for _ in range(draw.choice((1, 2, 8))):
                content[draw.randrange(8, len(content))] = draw.choice((0, 127, 255, draw.randrange(256)))
            path.write_bytes(content[: draw.choice((len(content), draw.randrange(8, len(content))))])
            for read in (read_table, read_sums):
                try:
                    read(str(path), features=("x", "k"), drop_missing=True)
                except InputError as error:
                    said.add(str(error))
    assert said
    assert not any("\n" in line for line in said)


def test_what_unpacks_to_more_than_a_table_may_have_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GDTUI_MOST_MIB", "1")
    columns = {name: np.zeros(1 << 20) for name in "xy"}
    parquet.write_table(pa.table(columns), tmp_path / "bomb")
    assert (tmp_path / "bomb").stat().st_size < 1 << 16
    with pytest.raises(InputError, match="bomb: its numbers need more than 1 MiB"):
        read_table(str(tmp_path / "bomb"))
    assert read_sums(str(tmp_path / "bomb")).rows == 1 << 20


def test_a_file_that_changes_while_it_is_read_is_refused(write, monkeypatch):
    path = write({"x": [1, 2], "y": [3.5, 4]})
    plain, times = arrow.ArrowFile.blocks, count(1)

    def changed(*given, **more):
        os.utime(path, ns=(1, next(times)))
        return plain(*given, **more)

    monkeypatch.setattr(arrow.ArrowFile, "blocks", changed)
    assert refusal(path) == f"{path}: it has been changed in the meantime"


def test_without_pyarrow_the_way_to_it_is_said(write, monkeypatch):
    path = write({"x": [1, 2], "y": [3.5, 4]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert refusal(path) == (
        f"{path}: this file needs pyarrow, which is not installed: .venv/bin/pip install '.[data]'"
    )


@pytest.mark.slow
def test_processes_share_the_rows_of_a_group(tmp_path):
    draw = np.random.default_rng(1)
    x = draw.normal(size=(150_000, 2))
    table = pa.table({"a": x[:, 0], "b": x[:, 1], "y": x @ [1, -1] + draw.normal(size=150_000)})
    parquet.write_table(table, tmp_path / "part-1.parquet")
    parquet.write_table(table.slice(0, 0), tmp_path / "part-2.parquet")
    parquet.write_table(table.slice(0, 70_001), tmp_path / "part-3.parquet")
    path = str(tmp_path / "part-*.parquet")
    words = ["run", "--data", path, "--dtype", "float64", "--format", "jsonl", "--bias", "--lr", "0.05"]
    expected, found = rows(alone(*words)), rows(output(2, *words))
    for one, row in zip(expected, found, strict=True):
        assert row == pytest.approx(one, rel=1e-9, abs=1e-9)
