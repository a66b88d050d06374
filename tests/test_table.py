import codecs
import io
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdtui.errors import InputError
from gdtui.experiment.dataset import Dataset
from gdtui.storage import table
from gdtui.storage.table import Table, read_table
from gdtui.storage.tables import rows

SEPARATORS = {"comma": ",", "tab": "\t", "semicolon": ";", "spaces": "  ", "one space": " "}


class Folder:
    """A folder that is the current one, so that errors name files without it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str | bytes) -> None:
        (self.path / "scores.csv").write_bytes(text if isinstance(text, bytes) else text.encode())

    def read(self, text: str | bytes, **choices: object) -> Dataset:
        return self.table(text, **choices).dataset

    def table(self, text: str | bytes, **choices: object) -> Table:
        self.write(text)
        return read_table("scores.csv", **choices)

    def refusal(self, text: str | bytes, **choices: object) -> str:
        self.write(text)
        return refusal("scores.csv", **choices)


def refusal(path: str, **choices: object) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path, **choices)
    line = str(caught.value)
    assert_fit_to_show(line)
    return line


def assert_fit_to_show(line: str) -> None:
    assert line
    assert not [character for character in line if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


def bits(columns: Iterable[Iterable[float]]) -> list[list[bytes]]:
    return [[struct.pack("d", value) for value in values] for values in columns]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path)


def test_columns_are_read_only_doubles(folder: Folder) -> None:
    for text in ("hours,score\n1,10\n2,20\n3,30\n", 'hours,score\n"1",10\n2,20\n3,30\n'):
        data = folder.read(text)
        for values in (*data.x, data.y):
            assert values.format == "d"
            assert values.readonly
            assert values.contiguous
            assert len(values) == 3
        assert data.x[0][1:] == memoryview(data.x[0])[1:]
        assert list(data.x[0]) == [1.0, 2.0, 3.0]
        assert data.y.tolist() == [10.0, 20.0, 30.0]
        assert type(data.y[0]) is float


def test_both_ways_of_reading_give_equal_data(folder: Folder) -> None:
    plain, quoted = folder.read("a,b\n1,2\n3,4\n"), folder.read('a,b\n"1",2\n3,"4"\n')
    assert (
        msgspec.structs.replace(plain, origin=quoted.origin, source=quoted.source, arguments=quoted.arguments) == quoted
    )


def test_content_that_has_changed_is_refused(folder: Folder) -> None:
    origin = folder.read("a,b\n1,2\n").origin
    assert origin
    assert folder.read("a,b\n1,2\n", checksum=origin.checksum).origin == origin
    assert folder.read("a,b\n1,2\n", checksum=origin.checksum[:8]).origin == origin
    reason = folder.refusal("a,b\n1,3\n", checksum=origin.checksum)
    assert re.fullmatch(
        r"scores.csv: it has changed: its checksum is sha256:\w{16}, not sha256:\w{16}\. Get the old .+", reason
    )


def test_the_path_does_not_depend_on_the_folder(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = folder.read("a,b\n1,2\n").origin
    monkeypatch.chdir("/")
    assert origin
    assert read_table(origin.path, checksum=origin.checksum).dataset.origin == origin


@pytest.mark.parametrize("separator", SEPARATORS.values(), ids=SEPARATORS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "BOM"])
@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_every_dialect(folder: Folder, separator: str, end: str, mark: bytes, quote: str) -> None:
    cells = [["hours", "age", "score"], ["1", "2", "-3.5"], ["4", "5", "6e1"]]
    text = "".join(separator.join(f"{quote}{cell}{quote}" for cell in row) + end for row in cells)
    data = folder.read(mark + text.encode())
    assert data.features == ("hours", "age")
    assert data.target == "score"
    assert [values.tolist() for values in (*data.x, data.y)] == [[1, 4], [2, 5], [-3.5, 60]]


def test_runs_of_spaces_and_tabs_part_cells(folder: Folder) -> None:
    data = folder.read("  hours \t score\n   1\t2  \n \t \n 10   20\n")
    assert data.features == ("hours",)
    assert [data.x[0].tolist(), data.y.tolist()] == [[1, 10], [2, 20]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2\n3,4\n", ("x", "y")),
        ("1,2,3\n", ("x1", "x2", "y")),
        ("a,b\n1,2\n", ("a", "b")),
        ("year,2019,2020\n1,2,3\n", ("year", "2019", "2020")),
        ('"hours, total","the ""score"""\n1,2\n', ("hours, total", 'the "score"')),
        ('hours, "total, all"\n1,2\n', ("hours", "total, all")),
        ("hours studied,final score\n1,2\n", ("hours studied", "final score")),
        ('"hours  studied" score\n1 2\n', ("hours  studied", "score")),
        ('"hours\nstudied",score\n1,2\n', ("hours\N{REPLACEMENT CHARACTER}studied", "score")),
        (" hours , score \n1,2\n", ("hours", "score")),
        (",a,b\n1,2,3\n", ("1", "a", "b")),
        ("공부,점수\n1,2\n", ("공부", "점수")),
        ("a\x1b[31m,b\u202e\n1,2\n", ("a\N{REPLACEMENT CHARACTER}[31m", "b\N{REPLACEMENT CHARACTER}")),
    ],
)
def test_names(folder: Folder, text: str, names: tuple[str, ...]) -> None:
    data = folder.read(text)
    assert (*data.features, data.target) == names


@pytest.mark.parametrize("first", ["NA,3", "nan,3", "1_000,3", "1e999,3"])
def test_a_first_row_with_a_bad_number_is_not_taken_for_names(folder: Folder, first: str) -> None:
    assert folder.refusal(f"{first}\n1,2\n").startswith("scores.csv:1: column 'x': ")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("1, 2\n3, 4\n", [[1, 3], [2, 4]]),
        ("1,\t2\n3,\t4\n", [[1, 3], [2, 4]]),
        ("1 2\t3\n4 5\t6\n", [[1, 4], [2, 5], [3, 6]]),
        ("x y z\n1 2 3\n", [[1], [2], [3]]),
        ("\n\na;b\n\n1;2\n\n3;4\n\n", [[1, 3], [2, 4]]),
        ("a,b\n1,2\n   \n3,4", [[1, 3], [2, 4]]),
    ],
)
def test_separators_are_found(folder: Folder, text: str, columns: list[list[float]]) -> None:
    data = folder.read(text)
    assert [values.tolist() for values in (*data.x, data.y)] == columns


@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
@pytest.mark.parametrize("cell", ["-0", "+3", ".5", "-.5", "5.", "1E-3", "1e+05", "0.1", "4.9e-324", "1e-999", " 7 "])
def test_numbers(folder: Folder, cell: str, quote: str) -> None:
    data = folder.read(f"a,b\n{quote}{cell}{quote},1\n")
    assert bits(data.x) == bits([[float(cell)]])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("abc", "'abc' is not a number"),
        ("1_000", "'1_000' is not a number"),
        ("１２", "'１２' is not a number"),
        ("0x10", "'0x10' is not a number"),
        ("1e", "'1e' is not a number"),
        ("--1", "'--1' is not a number"),
        (".", "'.' is not a number (--drop-missing skips such rows)"),
        ("1 2", "'1 2' is not a number"),
        ("nan", "'nan' is not a number (--drop-missing skips such rows)"),
        ("-Inf", "'-Inf' is not a finite number"),
        ("infinity", "'infinity' is not a finite number"),
        ("1e999", "'1e999' is too large"),
        ("-1e999", "'-1e999' is too large"),
        ('"0,05"', "'0,05' is not a number: write a decimal point, not a comma"),
        ("", "the cell is empty (--drop-missing skips such rows)"),
        (" ", "the cell is empty (--drop-missing skips such rows)"),
        ("NA", "'NA' is not a number (--drop-missing skips such rows)"),
        ("n/a", "'n/a' is not a number (--drop-missing skips such rows)"),
        ("null", "'null' is not a number (--drop-missing skips such rows)"),
        ("None", "'None' is not a number (--drop-missing skips such rows)"),
        ("a\x1b[2J", "'a\N{REPLACEMENT CHARACTER}[2J' is not a number"),
        ("a\u202eb", "'a\N{REPLACEMENT CHARACTER}b' is not a number"),
        ("a" * 99, f"'{'a' * 23}…' is not a number"),
    ],
)
def test_bad_cells_are_refused_by_place(folder: Folder, cell: str, reason: str) -> None:
    text = f"score,hours\n1,2\n\n3,4\n5,{cell}\n"
    assert folder.refusal(text, target="score") == f"scores.csv:5: column 'hours': {reason}"


OTHERS = "Write numbers in it, or choose other columns with --features and --target"


@pytest.mark.parametrize(
    ("text", "chosen", "reason"),
    [
        ("name,y\ncat,1\ndog,2\nemu,3\n", {}, f"2: column 'name': 'cat' is not a number. {OTHERS}"),
        ("a,name,y\n1,cat,1\n2,dog,2\n", {"features": ("name",)}, f"2: column 'name': 'cat' is not a number. {OTHERS}"),
        ("a,b\ncat,one\ndog,two\n", {}, f"2: column 'a': 'cat' is not a number. {OTHERS}"),
    ],
)
def test_text_that_cannot_be_left_out_is_refused_with_what_to_do(
    folder: Folder, text: str, chosen: dict[str, object], reason: str
) -> None:
    assert folder.refusal(text, **chosen) == f"scores.csv:{reason}"


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ("dog cat dog cat", "'dog' is not a number. Number its labels from 0: --target kind=cat/dog"),
        ("b c a b", "'b' is not a number. Number its labels from 0: --target kind=a/b/c"),
        ("a/b c a/b", "'a/b' is not a number. Write numbers for its labels: a/b = 0, c = 1"),
        ("a b c d e f", f"'a' is not a number. {OTHERS}"),
        ("a a a a", f"'a' is not a number. {OTHERS}"),
        ("1 2 3 a b", "'a' is not a number"),
    ],
)
def test_labels_of_text_are_refused_with_how_to_number_them(folder: Folder, labels: str, reason: str) -> None:
    rows = "\n".join(f"{number},{label}" for number, label in enumerate(labels.split(), 1))
    assert folder.refusal(f"hours,kind\n{rows}\n").partition(": ")[2] == f"column 'kind': {reason}"


@pytest.mark.parametrize("text", ["x;y\n0,05;1\n0,10;2\n", "x\ty\n0,05\t1\n", "0,05;1\n", "x y\n0,05 1\n"])
def test_decimal_comma(folder: Folder, text: str) -> None:
    assert "column 'x': '0,05' is not a number: write a decimal point, not a comma" in folder.refusal(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "scores.csv: there is no data in it"),
        ("\n \n\r\n", "scores.csv: there is no data in it"),
        (codecs.BOM_UTF8, "scores.csv: there is no data in it"),
        ("hours,score\n", "scores.csv: there are no rows below the column names"),
        ("hours\n1\n", "scores.csv:1: there is only one column, but gdtui needs both x and y"),
        ("\n1\n2\n", "scores.csv:2: there is only one column, but gdtui needs both x and y"),
        ("a,b,c\n1,2,3\n\n4,5\n", "scores.csv:4: this row has 2 cells, but the first row has 3"),
        ("a,b\n1,2\n3\n", "scores.csv:3: this row has 1 cell, but the first row has 2"),
        ("1,2\n1,2,3\n", "scores.csv:2: this row has 3 cells, but the first row has 2"),
        ("a,b,c\n1,2\n3,4\n", "scores.csv:2: this row has 2 cells, but the first row has 3"),
        ("a\tb\n1\t2\n3\t4\t5\n", "scores.csv:3: this row has 3 cells, but the first row has 2"),
        ("1 2\n3 4 5\n", "scores.csv:2: this row has 3 cells, but the first row has 2"),
        (b"a,b\n1,2\n3,\0\n", "scores.csv:3: it contains a NUL byte, so it is not a text file"),
        (
            b"a,b\r\n1,2\r3,\xff\n",
            "scores.csv:3: this is not text in UTF-8. If it is WINDOWS-1252, convert it: "
            "iconv -f WINDOWS-1252 -t UTF-8 scores.csv > utf8.csv",
        ),
    ],
)
def test_tables_that_are_refused(folder: Folder, text: str | bytes, reason: str) -> None:
    assert folder.refusal(text) == reason


def test_ragged_rows_are_seen_outside_the_chosen_columns(folder: Folder) -> None:
    text = "a,b,c\n1,2,3\n4,5,6,7\n"
    assert (
        folder.refusal(text, features=("a",), target="b")
        == "scores.csv:3: this row has 4 cells, but the first row has 3"
    )


@pytest.mark.parametrize("text", ['a,b\n1,2\n3,"4\n5,6\n', 'a,b\n1,2\n"3"4,5\n', f"a,b\n1,2\n{'9' * 131_073},4\n"])
def test_lines_that_cannot_be_cut(folder: Folder, text: str) -> None:
    reason = "a quotation mark is missing or out of place, or a cell is longer than 131,072 characters"
    assert folder.refusal(text) == f"scores.csv:3: {reason}"


def test_lines_are_counted_through_quoted_cells_with_line_ends(folder: Folder) -> None:
    text = 'note,x,y\r\n"one\r\ntwo",1,2\r\n\r\n"three",3,z\r\n'
    line = folder.refusal(text, features=("x",), target="y")
    assert line == "scores.csv:5: column 'y': 'z' is not a number"


@pytest.mark.parametrize(
    ("choices", "features", "target"),
    [
        ({}, ("a", "b", "2"), "y"),
        ({"target": "a"}, ("b", "2", "y"), "a"),
        ({"target": "1"}, ("b", "2", "y"), "a"),
        ({"features": ("b",)}, ("b",), "y"),
        ({"features": ("b", "a")}, ("b", "a"), "y"),
        ({"features": ("1", "b"), "target": "4"}, ("a", "b"), "y"),
        ({"features": ("2",)}, ("2",), "y"),
        ({"features": ("3",)}, ("2",), "y"),
        ({"features": (" y ",), "target": "b"}, ("y",), "b"),
    ],
)
@pytest.mark.parametrize("end", ["4\n", '"4"\n'], ids=["plain", "careful"])
def test_choice_of_columns(
    folder: Folder, choices: dict[str, object], features: tuple[str, ...], target: str, end: str
) -> None:
    numbers = {"a": 1.0, "b": 2.0, "2": 3.0, "y": 4.0}
    data = folder.read(f"a,b,2,y\n1,2,3,{end}", **choices)
    assert (data.features, data.target) == (features, target)
    assert [values[0] for values in (*data.x, data.y)] == [numbers[name] for name in (*features, target)]


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"target": "z"}, "there is no column 'z': the columns are a, b, b, c"),
        ({"features": ("z\x1b",)}, "there is no column 'z\N{REPLACEMENT CHARACTER}': the columns are a, b, b, c"),
        ({"features": ("0",)}, "there is no column '0': the columns are a, b, b, c"),
        ({"features": ("5",)}, "there is no column '5': the columns are a, b, b, c"),
        ({"features": ("9" * 5000,)}, f"there is no column '{'9' * 199}…': the columns are a, b, b, c"),
        ({"features": ("",)}, "there is no column '': the columns are a, b, b, c"),
        ({"features": ()}, "no feature is chosen: --features NAME,NAME"),
        ({"features": ("a", "a")}, "the name 'a' is chosen twice"),
        ({"features": ("1", "a")}, "the name 'a' is chosen twice"),
        ({"features": ("a", "c")}, "column 'c' is both a feature and the target"),
        ({"features": ("a",), "target": "1"}, "column 'a' is both a feature and the target"),
        ({"features": ("b",)}, "2 columns are called 'b': choose one by its number, such as 2"),
        ({}, "the name 'b' is chosen twice"),
    ],
)
def test_choices_that_are_refused(folder: Folder, choices: dict[str, object], reason: str) -> None:
    assert folder.refusal("a,b,b,c\n1,2,3,4\n", **choices) == f"scores.csv: {reason}"


def test_a_doubled_name_is_chosen_by_number(folder: Folder) -> None:
    data = folder.read("a,b,b\n1,2,3\n", features=("a",), target="2")
    assert (data.target, data.y.tolist()) == ("b", [2.0])


def test_columns_that_are_not_chosen_may_hold_text(folder: Folder) -> None:
    data = folder.read("name,hours,score\nAnn,1,2\n,3,4\n", features=("hours",))
    assert [data.x[0].tolist(), data.y.tolist()] == [[1, 3], [2, 4]]


def test_drop_missing(folder: Folder) -> None:
    text = "name,hours,score\nAnn,1,2\nBob,,3\n,4,5\nEve,NA,n/a\nKim,6,\n"
    read = folder.table(text, features=("hours",), drop_missing=True)
    assert read.dropped == 3
    assert [read.dataset.x[0].tolist(), read.dataset.y.tolist()] == [[1, 4], [2, 5]]
    assert folder.table("a,b\n1,2\n", drop_missing=True).dropped == 0


def test_drop_missing_drops_nothing_else(folder: Folder) -> None:
    assert folder.refusal("a,b\n1,2\n,z\n3,z\n", drop_missing=True).startswith("scores.csv:4: column 'b'")
    assert folder.refusal("a,b\n1,2\n3\n", drop_missing=True).startswith("scores.csv:3: this row has 1 cell")
    assert (
        folder.refusal("a,b\n1,\n,2\n", drop_missing=True)
        == "scores.csv: every row has a number missing: leave out the columns with gaps"
    )


def test_name_and_arguments(folder: Folder) -> None:
    (folder.path / "week 1\x1b").mkdir()
    path = "week 1\x1b/sc\x07res.csv"
    (folder.path / path).write_text("a,b,c\n1,2,3\n")
    data = read_table(path).dataset
    assert data.name == "sc\N{REPLACEMENT CHARACTER}res.csv"
    place = ("--data", str(folder.path / path), "--checksum", "sha256:9284ed4fd7fe1346")
    assert data.arguments == (*place, "--features", "a,b", "--target", "c")
    chosen = read_table(path, features=("b", "1"), target="c", drop_missing=True).dataset
    assert chosen.arguments == (*place, "--features", "b,a", "--target", "c", "--drop-missing")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"a,b\n1,2\n3,4\n")))
    data = read_table("-", target="a").dataset
    assert (data.name, data.target, data.y.tolist()) == ("standard input", "a", [1, 3])
    assert data.arguments == ("--data", "-", "--features", "b", "--target", "a")


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (None, "standard input: it is closed"),
        (SimpleNamespace(buffer=io.BytesIO()), "standard input: there is no data in it"),
        (SimpleNamespace(buffer=io.BytesIO(b"1,2\n3,z\n")), "standard input:2: column 'y': 'z' is not a number"),
    ],
    ids=["closed", "empty", "bad cell"],
)
def test_standard_input_refused(monkeypatch: pytest.MonkeyPatch, stream: object, reason: str) -> None:
    monkeypatch.setattr(sys, "stdin", stream)
    assert refusal("-") == reason


def test_a_real_pipe() -> None:
    program = "from gdtui.storage.table import read_table; print(read_table('-').dataset.rows)"
    done = subprocess.run([sys.executable, "-c", program], input=b"1,2\n3,4\n", capture_output=True, check=True)
    assert done.stdout == b"2\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone.csv", "gone.csv: no such file"),
        ("gone\x1b[2J.csv", "gone\N{REPLACEMENT CHARACTER}[2J.csv: no such file"),
        ("", "'': no such file"),
        ("lessons", "lessons: there is no file in this folder"),
        ("pipe", "pipe: this is not a regular file"),
        ("/dev/null", "/dev/null: this is not a regular file"),
        ("scores.csv/more", "scores.csv/more: Not a directory"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b: not a file name"),
    ],
)
def test_paths_that_are_refused(folder: Folder, path: str, reason: str) -> None:
    folder.write("1,2\n")
    (folder.path / "lessons").mkdir()
    os.mkfifo(folder.path / "pipe")
    assert refusal(path) == reason


def test_no_permission(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object, **_named: object) -> int:
        raise PermissionError(13, "Permission denied")

    folder.write("1,2\n")
    monkeypatch.setattr(os, "open", refuse)
    assert refusal("scores.csv") == "scores.csv: no permission to read it"


def test_a_huge_file_is_not_read(folder: Folder) -> None:
    with (folder.path / "huge.csv").open("wb") as file:
        file.truncate((1 << 30) + 1)
    assert refusal("huge.csv") == "huge.csv: it is larger than the limit of 1,024 MiB"


def test_how_much_is_read_is_for_whoever_runs_the_machine_to_say(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("1,2\n" * (1 << 19))
    monkeypatch.setenv(table.VARIABLE, "1")
    assert refusal("scores.csv") == "scores.csv: it is larger than the limit of 1 MiB"
    monkeypatch.setenv(table.VARIABLE, "2")
    assert read_table("scores.csv").dataset.rows == 1 << 19
    monkeypatch.setenv(table.VARIABLE, "1_0")
    assert refusal("scores.csv") == "GDTUI_MOST_MIB: '1_0' is not a number"


def test_endless_standard_input_is_not_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(table.VARIABLE, "3")
    with open("/dev/zero", "rb") as zeros:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=zeros))
        assert refusal("-") == "standard input: it is larger than the limit of 3 MiB"


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text("abc xyz,;\"'\t-0é점", max_size=8)


@st.composite
def tables(draw: st.DrawFn) -> list[list[float]]:
    width = draw(st.integers(2, 4))
    return draw(st.lists(st.lists(FLOATS, min_size=width, max_size=width), min_size=1, max_size=30))


def written(rows: list[list[str]], separator: str, end: str, quoted: bool) -> str:
    def cell(text: str) -> str:
        needs = quoted or any(character in ' ,;"\t' for character in text)
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(separator.join(map(cell, row)) + end for row in rows)


def read_bytes(text: bytes, **choices: object) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text)
        return read_table(str(path), **choices)


@given(
    rows=tables(),
    names=st.lists(WORDS, min_size=4, max_size=4),
    separator=st.sampled_from(list(SEPARATORS.values())),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.sampled_from([b"", codecs.BOM_UTF8]),
    header=st.booleans(),
    quoted=st.booleans(),
)
def test_numbers_come_back_bit_for_bit(
    rows: list[list[float]], names: list[str], separator: str, end: str, mark: bytes, header: bool, quoted: bool
) -> None:
    cells = [list(map(repr, row)) for row in rows]
    if header:
        cells.insert(0, [f"n{index} {name}" for index, name in enumerate(names[: len(rows[0])])])
    data = read_bytes(mark + written(cells, separator, end, quoted).encode()).dataset
    assert bits((*data.x, data.y)) == bits(zip(*rows, strict=True))


NEAR_TABLES = st.lists(
    st.sampled_from(["1", "2", "-", ".", "e5", " ", "\t", ",", ";", "\n", "\n1,2\n", "3,4", "\r\n", '"', "nan", "a"]),
    max_size=30,
).map(lambda parts: "".join(parts).encode())


@given(text=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode), NEAR_TABLES))
def test_anything_else_is_refused_in_one_line(text: bytes) -> None:
    try:
        read = read_bytes(text, drop_missing=True)
    except InputError as error:
        assert_fit_to_show(str(error))
    else:
        assert all(map(math.isfinite, (*read.dataset.y, *(value for values in read.dataset.x for value in values))))


def outcome(text: bytes) -> object:
    try:
        data = read_bytes(text).dataset
    except InputError as error:
        return str(error).replace(str(error).partition("t.csv")[0], "")
    return data.features, data.target, bits((*data.x, data.y))


@given(text=NEAR_TABLES)
def test_both_ways_of_reading_agree(text: bytes) -> None:
    either = outcome(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_plain_columns", lambda *_: None)
        assert outcome(text) == either
