"""Tables that NumPy wrote: their columns, what is refused, and that nothing in them is run or unpacked without end."""

import io
import json
import os
import pickle
import resource
import subprocess
import sys
import zipfile
from functools import partial

import numpy as np
import pytest
from test_stream import in_blocks
from test_torchrun import alone, output, rows

from gdtui.errors import InputError
from gdtui.storage import share
from gdtui.storage.stream import Stream, read_sums
from gdtui.storage.table import read_table

XY = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]])


def columns(path, **asked):
    """What is read of a table whole; an .npy has the same in blocks, or is refused in the same words."""
    is_one = path.suffix == ".npy" and path.read_bytes().startswith(b"\x93NUMPY")
    whole = read_or_refusal(lambda: read_table(str(path), **asked).dataset)
    for size in (24, 64, 1 << 20) if is_one else ():
        found = read_or_refusal(partial(in_blocks, path, size, **asked))
        if isinstance(whole, InputError):
            assert str(found) == str(whole)
        else:
            values, about = found
            assert values == [list(column) for column in (*whole.x, whole.y)]
            assert {name: getattr(whole, name) for name in about} == about
    if isinstance(whole, InputError):
        raise whole
    return dict(zip((*whole.features, whole.target), map(list, (*whole.x, whole.y)), strict=True))


def read_or_refusal(read):
    try:
        return read()
    except InputError as refusal:
        return refusal


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", ">f8"])
def test_a_matrix_has_y_in_its_last_column(tmp_path, dtype):
    for order in "CF":
        np.save(tmp_path / "m.npy", np.asarray(XY, dtype=dtype, order=order))
        assert columns(tmp_path / "m.npy") == {"x1": [1, 4, 7], "x2": [2, 5, 8], "y": [3, 6, 10]}


def test_named_arrays_are_columns_and_can_be_chosen(tmp_path):
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "t.npz", size=XY[:, 0], rooms=np.array([1, 2, 3]), price=XY[:, 2], X=XY[:, :2])
        found = columns(tmp_path / "t.npz", features=("rooms", "X2"), target="price")
        assert found == {"rooms": [1, 2, 3], "X2": [2, 5, 8], "price": [3, 6, 10]}
    both = read_table(str(tmp_path / "t.npz"), features=("rooms",), target="price,size").dataset
    assert (both.targets, list(map(list, both.ys))) == (("price", "size"), [[3, 6, 10], [1, 4, 7]])
    np.save(tmp_path / "fields.npy", np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i4"), ("b", "f8")]))
    assert columns(tmp_path / "fields.npy") == {"a": [1, 3], "b": [2.5, 4.5]}


def test_nan_is_a_missing_number(tmp_path):
    holed = XY.copy()
    holed[1, 0] = np.nan
    np.save(tmp_path / "holed.npy", holed)
    with pytest.raises(InputError, match=r"row 2: column 'x1' is NaN \(--drop-missing skips such rows\)"):
        columns(tmp_path / "holed.npy")
    assert columns(tmp_path / "holed.npy", drop_missing=True)["y"] == [3, 10]
    assert columns(tmp_path / "holed.npy", features=("x2",))["x2"] == [2, 5, 8]
    holed[2, 2] = np.inf
    np.save(tmp_path / "holed.npy", holed)
    with pytest.raises(InputError, match="row 3: column 'y' is inf"):
        columns(tmp_path / "holed.npy", drop_missing=True)
    np.save(tmp_path / "holed.npy", np.full((2, 2), np.nan))
    with pytest.raises(InputError, match="every row has a number missing"):
        columns(tmp_path / "holed.npy", drop_missing=True)


class Trap:
    def __reduce__(self):
        return pytest.fail, ("what a file holds was run",)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([Trap(), Trap()], dtype=object), "Python objects"),
        (np.arange(3.0), "only one column"),
        (np.zeros((2, 2, 2)), "one or two dimensions"),
        (np.array([["a", "b"]]), "real numbers"),
        (np.array([[1j, 2]]), "real numbers"),
        (np.array(1.0), "one or two dimensions"),
        (np.zeros((0, 3)), "at least one"),
        (np.zeros((0, 1 << 40)), "at least one"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(tmp_path, array, words):
    np.save(tmp_path / "other.npy", array, allow_pickle=True)
    with pytest.raises(InputError, match=words):
        columns(tmp_path / "other.npy")


def test_arrays_of_other_lengths_are_refused(tmp_path):
    np.savez(tmp_path / "t.npz", x=np.arange(3), y=np.arange(4))
    with pytest.raises(InputError, match="same number of rows"):
        columns(tmp_path / "t.npz")


def test_what_unpacks_to_more_than_a_table_may_have_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("GDTUI_MOST_MIB", "1")
    np.savez_compressed(tmp_path / "bomb.npz", x=np.zeros(1 << 20), y=np.zeros(1 << 20))
    assert (tmp_path / "bomb.npz").stat().st_size < 1 << 15
    with pytest.raises(InputError, match="larger than the limit of 1 MiB"):
        columns(tmp_path / "bomb.npz")


def test_damage_is_refused_wherever_it_is(tmp_path):
    file, packed = io.BytesIO(), io.BytesIO()
    np.save(file, XY)
    np.savez_compressed(packed, x=XY[:, 0], y=XY[:, 2])
    path = tmp_path / "damaged.npy"
    claims = file.getvalue().replace(b"(3, 3)", b"(9, 9)")
    for content in (file.getvalue()[:-8], file.getvalue()[:9], claims, b"\x93NUMPY\x07\x00" + b"x" * 99):
        path.write_bytes(content)
        with pytest.raises(InputError):
            columns(path)
    whole = packed.getvalue()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            found = columns(path)
        except InputError:
            continue
        assert len(found) == 2  # a name, a date or the like was damaged


def test_a_spreadsheet_is_still_called_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "sheet.xlsx", "w") as packed:
        packed.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(InputError, match="a spreadsheet or another zipped file"):
        columns(tmp_path / "sheet.xlsx")
    with zipfile.ZipFile(tmp_path / "pickled.npz", "w") as packed:
        packed.writestr("x.npy", pickle.dumps(Trap()))
    with pytest.raises(InputError, match="damaged"):
        columns(tmp_path / "pickled.npz")


def test_an_npz_cannot_be_read_in_blocks_and_an_array_must_be_in_a_file(tmp_path):
    np.savez(tmp_path / "t.npz", X=XY)
    with pytest.raises(InputError, match=r"t\.npz: the arrays of an \.npz file cannot be read in blocks"):
        read_sums(str(tmp_path / "t.npz"))
    np.save(tmp_path / "t.npy", XY)
    command = [sys.executable, "-m", "gdtui", "run", "--stream", "--data", "-"]
    with (tmp_path / "t.npy").open("rb") as content:
        ran = subprocess.run(command, stdin=content, capture_output=True, text=True)
    assert (ran.returncode, "put it in a file, and name the file" in ran.stderr) == (2, True)


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_that_is_cut_short_while_it_is_read_is_refused(tmp_path, order):
    path = tmp_path / "t.npy"
    np.save(path, np.zeros((20_000, 3), order=order))
    blocks = Stream(str(path), size=1 << 16).blocks()
    assert next(blocks)[1].facts.rows == (1 << 16) // 24
    os.truncate(path, 150)
    with pytest.raises(InputError, match=r"t\.npy: it is damaged"):
        next(blocks)


@pytest.mark.slow
@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_does_not_grow_with_an_array(tmp_path, order):
    """It is as large as all memory allowed."""
    limit, path = 256 << 20, tmp_path / "t.npy"
    numbers = np.lib.format.open_memmap(path, "w+", "<f8", (limit // 16, 2), fortran_order=order == "F")
    for begin in range(0, len(numbers), 1 << 20):
        x = np.arange(begin, begin + (1 << 20)) % 7
        numbers[begin : begin + (1 << 20)] = np.stack([x, 2 * x + 1], axis=1)
    del numbers
    command = [sys.executable, "-m", "gdtui", "run", "--data", str(path), "--stream", "--bias", "--convention", "mean"]
    until = ["--lr", "0.1", "--until-cost", "1e-12", "--format", "jsonl", "--every", "100000"]
    with subprocess.Popen(
        [*command, *until],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    ) as ran:
        last = json.loads(ran.stdout.read().splitlines()[-1])
    path.unlink()
    assert (last["W"], last["b"]) == pytest.approx((2, 1), abs=1e-5)


@pytest.mark.slow
def test_processes_share_the_rows_of_an_array(tmp_path):
    draw = np.random.default_rng(1)
    x = draw.normal(size=(20_001, 2))
    table = np.column_stack([x, x @ [1, -1] + draw.normal(size=20_001)])
    assert table.nbytes > share.SIZE
    np.save(tmp_path / "part-1.npy", table)
    np.save(tmp_path / "part-2.npy", np.asfortranarray(table[:5000]))
    path = str(tmp_path / "part-*.npy")
    words = ["run", "--data", path, "--dtype", "float64", "--format", "jsonl", "--bias", "--lr", "0.05"]
    for one, row in zip(rows(alone(*words)), rows(output(2, *words)), strict=True):
        assert row == pytest.approx(one, rel=1e-9, abs=1e-9)
