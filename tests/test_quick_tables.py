"""Plain CSV the quick way: the rows, digits, assumptions and refusals of the careful way."""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from libraries import needed

from gdtui.errors import InputError
from gdtui.experiment.dataset import Dataset
from gdtui.storage.share import read_share
from gdtui.storage.stream import read_sums
from gdtui.storage.table import read_table
from gdtui.storage.tables import quick, text

pytestmark = pytest.mark.system
pyarrow = needed("pyarrow")

BESIDE = (parent / "shared" / "cases" / "tables" for parent in Path(__file__).parents)
CASES = next((folder for folder in BESIDE if folder.is_dir()), Path(__file__).parent / "tables")


def whole(path: Path, **asked: object) -> Dataset:
    return read_table(str(path), **asked).dataset


def in_blocks(path: Path, **asked: object) -> Dataset:
    return read_sums(str(path), **asked)


def outcome(read: Callable[..., Dataset], path: Path, **asked: object) -> object:
    """What was read, or the refusal. Columns are compared to the last bit."""
    try:
        data = read(path, **asked)
    except InputError as error:
        return str(error)
    return data, [np.asarray(values).tobytes() for values in (*data.x, *data.ys)]


@pytest.fixture
def both_ways(monkeypatch):
    """The outcome with pyarrow, even for a small table, which is the one without it; and how often it was quick."""

    def ways(read: Callable[..., Dataset], path: Path, **asked: object) -> tuple[object, int]:
        took = []
        plain = quick.numbers
        with monkeypatch.context() as patched:
            patched.setattr(quick, "LEAST_BYTES", 1)
            patched.setattr(quick, "numbers", lambda *given: took.append(plain(*given)) or took[-1])
            with_it = outcome(read, path, **asked)
            at_once = sum(found is not None for found in took)
            for module, name in ((quick, "PIECE"), (text, "HEAD")):
                patched.setattr(module, name, 150)
            assert outcome(read, path, **asked) == with_it
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, "pyarrow", None)
            without = outcome(read, path, **asked)
        assert with_it == without
        return with_it, at_once

    return ways


@pytest.mark.parametrize("drop_missing", [False, True])
@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_every_table_gives_the_same_both_ways(path, drop_missing, both_ways):
    both_ways(whole, path, drop_missing=drop_missing)
    both_ways(in_blocks, path, drop_missing=drop_missing)


def test_plain_tables_are_read_the_quick_way(tmp_path, both_ways):
    path = tmp_path / "plain.csv"
    for end in ("\n", "\r\n"):
        for separator in ",;\t|":
            for above in ("x,z,y", "# a comment\n\nx,z,y", '"x, 1","z ""2""",y', None):
                rows = [*([above] if above else []), "1,-2.5,3e-7", " 4 ,+.5,6.", "0.1,1E5,-0"]
                content = "\n".join(row.replace(",", separator) if '"' not in row else row for row in rows)
                path.write_bytes(content.replace("\n", end).encode() + end.encode())
                if above and '"' in above and separator != ",":
                    continue
                assert both_ways(whole, path)[1] == 1
                assert both_ways(in_blocks, path)[1] == 1


def test_points_that_may_part_thousands_are_seen_both_ways(tmp_path, both_ways):
    path = tmp_path / "points.csv"
    first = "".join(f"{row};{row + 100}\n" for row in range(1, 60))
    path.write_text("x;y\n" + first + "60;1.200\n")
    assert "points.csv:61: column 'y': '1.200' between semicolons could mean" in both_ways(whole, path)[0]
    assert "points.csv:61: column 'y': '1.200' between semicolons could mean" in both_ways(in_blocks, path)[0]
    path.write_text("x;y\n" + first + "60;1.200\n61;0.5\n")
    assert both_ways(whole, path)[0][0].y[-2:].tolist() == [1.2, 0.5]
    assert both_ways(in_blocks, path)[0][0].rows == 61


ODD = [
    "",
    "NA",
    "5%",
    "oops",
    '"1"',
    "1,2",
    "inf",
    "nan",
    "1e999",
    "0x10",
    "1_0",
    "# no",
    "1 2",
    "−3",
    "yes",
    "\x0b1",
    "\0",
    "é",
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("at", [0, 30, 59])
def test_one_odd_cell_anywhere_leaves_it_to_the_careful_way(tmp_path, both_ways, odd, at):
    path = tmp_path / "odd.csv"
    rows = [f"{i},{i / 3!r},{i % 7}" for i in range(60)]
    rows[at] = f"{at},{odd},1"
    path.write_text("id,x,y\n" + "\n".join(rows) + "\n")
    for drop_missing in (False, True):
        both_ways(whole, path, drop_missing=drop_missing)
        both_ways(in_blocks, path, drop_missing=drop_missing)


@pytest.mark.parametrize("seed", range(60))
def test_anything_near_a_table_gives_the_same(tmp_path, both_ways, seed):
    draw = random.Random(seed)
    pieces = [
        "1",
        "2.5",
        "-",
        "e5",
        " ",
        "\t",
        ",",
        ";",
        "\n",
        "\n1,2\n",
        "3,4\n",
        "\r\n",
        "\r",
        '"',
        "nan",
        "a,b\n",
        "#",
    ]
    path = tmp_path / "near.csv"
    for _ in range(25):
        path.write_text("".join(draw.choice(pieces) for _ in range(draw.randrange(1, 30))), newline="")
        both_ways(whole, path, drop_missing=draw.random() < 0.3)


def test_long_numbers_have_the_same_bits(tmp_path, both_ways):
    draw, path = np.random.default_rng(3), tmp_path / "long.csv"
    values = draw.integers(0, 1 << 64, 40_000, dtype=np.uint64).view(np.float64)
    values = values[np.isfinite(values)][:39_000].reshape(-1, 3)
    path.write_text("a,b,y\n" + "\n".join(",".join(map(repr, row)) for row in values.tolist()))
    data, took = both_ways(whole, path)
    assert took
    assert data[1] == [values[:, index].tobytes() for index in range(3)]


def test_a_large_table_takes_it_and_a_small_one_does_not_load_it(tmp_path, monkeypatch):
    took = []
    plain = quick.numbers
    monkeypatch.setattr(quick, "numbers", lambda *given: took.append(plain(*given)) or took[-1])
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "1.25,2.5\n" * 100)
    read_table(str(path))
    assert not took
    path.write_text("x,y\n" + "1.25,2.5\n" * 200_000 + "\n\n")  # blank lines at the end are usual
    assert read_table(str(path)).dataset.rows == 200_000
    assert took[-1] is not None
    took.clear()
    share = read_share(str(path), 0, 2)
    assert len(took) == len(share.known.facts) > 2
    assert None not in took


def test_pieces_are_whole_lines_and_the_rows_keep_their_order(tmp_path, both_ways, monkeypatch):
    path, rows = tmp_path / "t.csv", [f"{i},{i % 7}" for i in range(500)]
    monkeypatch.setattr(text, "HEAD", 150)
    monkeypatch.setattr(quick, "PIECE", 150)
    for end in ("\n", "\r\n"):
        for below in ("", end, end * 3, "  " + end):
            path.write_text(end.join(["x,y", *rows]) + below, newline="")
            data, took = both_ways(whole, path)
            assert data[1][0] == np.arange(500.0).tobytes()
            assert took > 10


def test_room_is_made_for_more_rows_than_there_seemed_to_be(tmp_path, both_ways):
    path, values = tmp_path / "t.csv", [1.5] * 100 + [float(i % 10) for i in range(3_000)]
    path.write_text("x,y\n" + "".join(f"{value:g},7\n" for value in values))
    assert both_ways(whole, path)[0][1] == [np.array(values).tobytes(), np.full(3_100, 7.0).tobytes()]


@pytest.mark.parametrize("spaces", [300, 300_000, 1 << 20, 3 << 19])
@pytest.mark.parametrize("rows_above", [40, 100_000, 130_000])
def test_a_long_line_is_read_or_refused_as_without_it(tmp_path, both_ways, spaces, rows_above):
    path = tmp_path / "long.csv"
    path.write_text("x,y\n" + "1.5,2\n" * rows_above + " " * spaces + "3,4\n" + "5,6.5\n" * 1_000)
    found = both_ways(whole, path)[0]
    if spaces < 1 << 20:
        assert found[0].rows == rows_above + 1_001
    else:
        assert f"long.csv:{rows_above + 2}: this line is longer than 1 MiB" in found


def test_what_grows_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "1.25,2.5\n" * 120_000)
    monkeypatch.setenv("GDTUI_MOST_MIB", "1")
    with pytest.raises(InputError, match="larger than the limit of 1 MiB"):
        read_table(str(path))
