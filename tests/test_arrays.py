"""Tables that NumPy wrote: their columns, what is refused, and that nothing in them is run or unpacked without end."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from gdtui.errors import InputError
from gdtui.storage.table import read_table

XY = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]])


def columns(path, **asked):
    data = read_table(str(path), **asked).dataset
    return dict(zip((*data.features, data.target), map(list, (*data.x, data.y)), strict=True))


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
        (np.zeros((0, 3)), "at least one"),
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
