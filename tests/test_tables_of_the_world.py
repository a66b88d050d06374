"""Tables as people have them: read for what they are and said so, or refused with the way on."""

import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.dataset import Dataset
from gdtui.experiment.experiment import Experiment
from gdtui.lab.snapshot import RunSnapshot, Snapshot
from gdtui.storage import workspace_file
from gdtui.storage.table import read_table
from gdtui.storage.tables.columns import MOST_COLUMNS
from gdtui.storage.tables.lines import MOST_BLANK_LINES, MOST_RULED_LINES
from gdtui.ui.lab.form import asks_for_a_file, read_form, texts_of

TABLES = Path(__file__).parent / "tables"

READ = {
    "row_numbers_named.csv": ([[4, 5, 7, 9, 12]], "column 'rownames' only counts the rows and is left out"),
    "row_numbers_unnamed.csv": ([[1.2, 1.5, 2, 3.1, 4]], "column '1' only counts the rows and is left out"),
    "thousands_comma.csv": ([[2100, 1600, 2400]], "sqft: '2,100' is read as 2100; price: '400,000' is read as 400000"),
    "thousands_apostrophe.csv": ([[1000, 2000, 3000]], "x: '1'000' is read as 1000; y: '2'000' is read as 2000"),
    "yes_no.csv": ([[2100, 1600, 2400, 1400], [1, 0, 1, 0]], "mainroad: yes is read as 1 and no as 0"),
    "euc_kr.csv": ([[1, 2, 3, 4]], "read as CP949; columns: 공부시간 → 점수"),
    "cp1252.csv": ([[50, 80, 100]], "read as Windows-1252; columns: Größe → Preis in €"),
    "utf16_excel.txt": ([[1, 2, 3]], "read as UTF-16; columns: 공부시간 → 점수"),
    "utf16be_excel.txt": ([[1, 2, 3]], "read as UTF-16"),
    "excel_sep_line.csv": ([[1, 2, 3]], "column names from line 2"),
    "comment_lines.csv": ([[1, 2, 3]], "2 comment lines (#) skipped; column names from line 3"),
    "one_name_fewer.txt": ([[1, 2, 3]], "the column of row names is left out"),
    "trailing_comma.csv": ([[1, 2, 3]], "the empty column at the end is left out"),
    "pipe.csv": ([[1, 2, 3]], ""),
    "markdown_table.md": ([[1, 2, 3]], ""),
    "unicode_minus.csv": ([[1, 2, 3]], ""),
    "percent.csv": ([[5, 7, 9]], "rate: '5%' is read as 5"),
    "currency.csv": ([[2100, 1600, 2400]], "price: '$400000' is read as 400000"),
    "zeros.csv": ([[0, 0, 0]], "x is 0 in every row"),
}
REFUSED = {
    "no_names_text_last.data": ":1: column 'y': 'alpha one' is not a number. Write numbers in it, or choose "
    "other columns with --features and --target",
    "no_names_text_first.csv": ":1: column 'x1': 'M' is not a number. Leave out the columns of text: --features x2,x3",
    "text_column.csv": ":2: column 'city': 'Seoul' is not a number. Leave out the columns of text: "
    "--features rd,marketing",
    "title_above.csv": ":1: 'Monthly report' is a title above the table. Take it out: tail -n +3 FILE > table.csv",
    "total_below.csv": ":5: this looks like a total below the table. Take it out: head -n 4 FILE > table.csv",
    "dates.csv": ":2: column 'date': '2020-01-01' is a date or a time: write it as a number of days or hours",
    "web_page.csv": ": this is a web page: download the file that it shows",
    "records.json": ": this is JSON: write it as CSV, one row per line",
    **{
        f"missing_{word}.csv": ":3: column 'y': "
        for word in ("dash", "dot", "hash_na", "na", "nan", "null", "question")
    },
    "no_names_first_row_question.csv": ":1: column 'x': '?' is not a number (--drop-missing skips such rows)",
}


def columns(dataset: Dataset) -> list[list[float]]:
    return [values.tolist() for values in dataset.x]


def refusal(path: str, **choices: object) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path, **choices)
    return str(caught.value)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a table into the current folder, and read it."""
    monkeypatch.chdir(tmp_path)

    def read(content: str | bytes, **choices: object) -> Dataset:
        Path("t.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table("t.csv", **choices).dataset

    return read


def test_every_table_is_read_or_refused() -> None:
    assert {path.name for path in TABLES.iterdir()} == {*READ, *REFUSED}


@pytest.mark.parametrize("name", READ)
def test_tables_that_are_read(name: str) -> None:
    x, said = READ[name]
    dataset = read_table(str(TABLES / name)).dataset
    assert columns(dataset) == x
    assert dataset.assumed.startswith(f"{name}: {said}" if said else "")
    assert bool(dataset.assumed) == bool(said)
    again = read_table(str(TABLES / name), features=dataset.origin.features, target=dataset.origin.target).dataset
    assert (columns(again), again.y) == (x, dataset.y)


@pytest.mark.parametrize("name", REFUSED)
def test_tables_that_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TABLES)
    line = refusal(name)
    assert line.startswith(name + REFUSED[name].replace("FILE", name))
    if name.startswith("missing"):
        assert line.endswith("is not a number (--drop-missing skips such rows)")
        read = read_table(name, drop_missing=True)
        assert (columns(read.dataset), read.dropped) == ([[1, 3]], 1)


def test_the_way_on_of_a_refusal_reads_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TABLES)
    for name in ("no_names_text_first.csv", "text_column.csv"):
        words = refusal(name).partition("--features ")[2]
        assert read_table(name, features=tuple(words.split(","))).dataset.rows == 4
    mpg = read_table("no_names_text_last.data", features=("2",), target="1").dataset
    assert (mpg.y[0], mpg.x[0][0]) == (18.5, 8)


@pytest.mark.parametrize(
    ("text", "choices", "features"),
    [
        ("1,5,6\n2,7,8\n3,4,4\n", {}, ("x1", "x2")),
        ("id,y\n1,5\n2,7\n", {}, ("id",)),
        ("id,x,y\n1,5,6\n2,7,8\n", {"features": ("id", "x")}, ("id", "x")),
        ("id,x,y\n1,5,6\n2,7,8\n", {"target": "id"}, ("x", "y")),
        ("id,x,y\n1,5,6\n3,7,8\n", {}, ("id", "x")),
        ("rank,x,y\n1,5,6\n2,7,8\n", {}, ("rank", "x")),
        ("id,x,y\n7,5,6\n8,,8\n9,7,8\n", {"drop_missing": True}, ("x",)),
    ],
)
def test_when_row_numbers_are_left_out(table, text: str, choices: dict[str, object], features: tuple[str, ...]) -> None:
    assert table(text, **choices).features == features


def test_a_line_of_before_keeps_its_columns(table) -> None:
    now = table("id,x,y\n1,5,6\n2,7,8\n")
    assert now.features == ("x",)
    assert now.arguments[-4:] == ("--features", "x", "--target", "y")
    before = read_table("t.csv", checksum=now.origin.checksum[:16]).dataset
    assert before.features == ("id", "x")
    assert before.arguments[-4:] == ("--features", "id,x", "--target", "y")


OLD_WORKSPACE = """{
 "format": "gdtui bench", "version": 2, "gdtui": "0.1.0", "current": 0,
 "runs": [{"data": {"kind": "table", "path": "PATH", "checksum": "CHECKSUM"}, "known": 1, "epoch": 1, "cost": 50.0}]
}"""


def test_a_workspace_of_before_keeps_its_columns_and_names_them_from_now_on(table) -> None:
    origin = table("id,x,y\n1,5,6\n2,7,8\n").origin
    saved = OLD_WORKSPACE.replace("PATH", origin.path).replace("CHECKSUM", origin.checksum)
    snapshot = workspace_file.decode(saved.encode())
    assert snapshot.present.experiment.dataset.features == ("id", "x")
    again = msgspec.json.decode(workspace_file.encode(snapshot))["runs"][0]["data"]
    assert (again["features"], again["target"]) == (["id", "x"], "y")


def test_a_new_workspace_has_the_columns_that_were_read(table) -> None:
    dataset = table("id,x,y\n1,5,6\n2,7,8\n")
    run = RunSnapshot(experiment=Experiment(dataset=dataset), cursor=0, known=1, cost=50.0)
    restored = workspace_file.decode(workspace_file.encode(Snapshot((run,), 0))).present.experiment.dataset
    assert restored.features == ("x",)


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ('"a,b",y\n1,2\n3,5\n', {}),
        ("x,x,y\n1,2,3\n4,5,7\n", {"features": ("2",)}),
        ("2,y\n1,2\n3,5\n", {}),
        (",y\n7,2\n3,5\n", {}),
    ],
)
def test_what_names_the_columns_brings_them_back(table, text: str, choices: dict[str, object]) -> None:
    dataset = table(text, **choices)
    options = dict(zip(dataset.arguments[::2], dataset.arguments[1::2], strict=True))
    again = read_table("t.csv", features=tuple(options["--features"].split(",")), target=options["--target"]).dataset
    assert (again.x, again.y) == (dataset.x, dataset.y)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x;y\n2,104;1\n3,250;2\n", "'2,104' could mean 2104 or 2.104. For thousands: tr -d ,"),
        ("x\ty\n2,104\t1\n3,250\t2\n", "'2,104' could mean 2104 or 2.104. For thousands: tr -d ,"),
        ("x;y\n2,104;1\n3,250;0.5\n", "'2,104' is not a number: take the comma out"),
        ("x;y\n2,104;1\n3,250;0,5\n", "'2,104' is not a number: write a decimal point, not a comma"),
        ("x;y\n2,104;1\n3,250;1.200,5\n", "'2,104' is not a number: write a decimal point, not a comma"),
        ("x;y\n2,104;1\n0,5;2\n", "'2,104' is not a number: write a decimal point, not a comma"),
        (
            "size;price\n50;148.000\n80;95.500\n",
            "'148.000' between semicolons could mean 148000 or 148. For thousands: tr",
        ),
        ("x;y\n950;1\n1.200;2\n", "'1.200' between semicolons could mean 1200 or 1.2. "),
        ("x;y\n1.234.567;1\n1'000;2\n", "'1.234.567' is not a number: take the points out"),
        ("x\ty\n12.5\t1\n148.000\t2\n1.148.000\t3\n", "'1.148.000' is not a number: take the points out"),
        ("x;y\n148.000,50;1\n95.000,00;2\n", "points for thousands and a decimal comma: write 148000.50"),
        ("x;y\n5 kg;1\n3 m;2\n", "'5 kg' is not a number alone: take 'kg' out of the column"),
        ("x,y\nyes,1\nmaybe,2\n", "'yes' is not a number"),
        ("sqft,price\n2,100,400\n1,600,330\n", "this row has 3 cells, but the first row has 2"),
        (
            "a,b\n1,5,-2,5\n2,5,3,5\n",
            "this row has 4 cells, but the first row has 2. If its commas are decimal, write points: 1.5,-2.5",
        ),
    ],
)
def test_what_has_two_meanings_is_not_read(table, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=re.escape(reason)) as refused:
        table(text)
    has_own_advice = ":" in reason or "cells" in reason or "semicolons" in reason
    assert ("Write numbers in it" in str(refused.value)) != has_own_advice


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("x;y\n2,104,000;1\n3,250;2\n", [2104000, 3250]),
        ('x,y\n"1,200.5",1\n900,2\n', [1200.5, 900]),
        ("x;y\n1.234.567;1\n148.000;2\n", [1234567, 148000]),
        ("x;y\n1.234;1\n2.500;0.125\n", [1.234, 2.5]),
        ("x;y\n1.234;1.5\n2.500;2\n", [1.234, 2.5]),
        ('x;y\n1.234;"1234.567"\n2.500;2\n', [1.234, 2.5]),
        ("x;y\n0.125;1\n0.250;2\n", [0.125, 0.25]),
        ("x,y\n148.000,1\n95.500,2\n", [148, 95.5]),
        ("x\ty\n148.000\t1\n1.148.000\t2\n", [148000, 1148000]),
        ("x\ty\n-999.001\t1\n1.148.000\t2\n950\t3\n", [-999001, 1148000, 950]),
        ("x,y\n148.000 kg,1\n1.148.000 kg,2\n", [148000, 1148000]),
        ("x,y\n−148.000,1\n95.500,2\n", [-148, 95.5]),
        ("x;y\n1 200;1\n1 300;2\n", [1200, 1300]),
        ("x;y\n5 kg;1\n−3 kg;2\n", [5, -3]),
        ('x,y\n"$1,500",1\n"-$20",2\n', [1500, -20]),
        ("x,y\nTRUE,1\nFALSE,2\n", [1, 0]),
        ("# x,y\n1,2\n3,4\n", [1, 3]),
        ("x,y\n1,2\n# a remark\n3,4\n", [1, 3]),
        ('x,note,y\n1,"a\n# no remark",2\n3,b,4\n', [1, 3]),
        ("|   | x | y |\n|--:|--:|--:|\n| 0 | 5 | 2 |\n| 1 | 6 | 4 |\n", [5, 6]),
    ],
)
def test_what_has_one_meaning_is_read(table, text: str, x: list[float]) -> None:
    assert columns(table(text, features=("x",), target="y")) == [x]


@pytest.mark.parametrize(("mark", "cells"), [(".", ";"), (",", ";"), (",", "\t")])
def test_both_ways_to_read_three_digits_behind_a_point_or_comma_read_the_table(table, mark: str, cells: str) -> None:
    text = "size;price\n50;148.000\n80;95.500\n".replace(".", mark).replace(";", cells)
    with pytest.raises(InputError, match="148000 or 148") as refused:
        table(text)
    assert "t.csv:2: column 'price'" in str(refused.value)
    for command, prices in zip(
        re.findall(r"tr [^>]+> table.csv", str(refused.value)), ([148000, 95500], [148, 95.5]), strict=True
    ):
        subprocess.run(command, shell=True, check=True)
        assert list(read_table("table.csv").dataset.y) == prices


def test_the_command_for_decimal_commas_reads_the_table(table) -> None:
    with pytest.raises(InputError, match="write a decimal point") as refused:
        table("size;price\n1,500;2,5\n2,250;3\n")
    command = re.search(r"tr [^>]+> table.csv", str(refused.value))
    assert command
    subprocess.run(command[0], shell=True, check=True)
    dataset = read_table("table.csv").dataset
    assert (columns(dataset), list(dataset.y)) == ([[1.5, 2.25]], [2.5, 3])


@pytest.mark.parametrize("name", ["my table.csv", f"{'long/' * 45}t.csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"Monthly report\n\nx,y\n1,2\n3,4\n",
        b"x,y\n1,2\n3,4\nTotal,6\n",
        b"x;y\n148.000;1\n12.000;2\n",
        "возраст,y\n1,2\n3,4\n".encode("cp1251"),
        "x,y\n1,2\n3,4\n".encode("utf-16-le"),
    ],
    ids=["title", "total", "thousands", "encoding", "utf-16"],
)
def test_the_command_that_mends_a_table_works_whatever_the_name_of_the_file(tmp_path, monkeypatch, name, content):
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(content)
    command = re.search(r"(?:tail|head|tr|iconv) [^;]* > (\S+\.csv)", refusal(name))
    assert command, refusal(name)
    subprocess.run(command[0].replace("WINDOWS-1252", "CP1251"), shell=True, check=True)
    assert len(read_table(command[1]).dataset.y) == 2


@pytest.mark.parametrize("target", ["148.000,50", "148,5", "cheap"])
def test_no_other_column_takes_the_place_of_a_target_that_cannot_be_read(table, target: str) -> None:
    with pytest.raises(InputError) as refused:
        table(f"size;age;price\n50;3;{target}\n80;4;{target}\n")
    assert "column 'price'" in str(refused.value)
    assert "age" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"%PDF-1.7", "PDF"),
        ("x,y\n1,2\n".encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8 t.csv"),
        ("возраст,y\n1,2\n".encode("cp1251"), "iconv -f"),
        ("身長,y\n1,2\n".encode("shift_jis"), "iconv -f"),
        ("x,y\n1,2\n".encode("utf-16") + b"\xff", "damaged"),
    ],
)
def test_what_is_not_certain_is_named(table, content: bytes, what: str) -> None:
    with pytest.raises(InputError, match=re.escape(what)):
        table(content)


@pytest.mark.parametrize(
    ("content", "limit"),
    [
        (b",".join([b"1"] * 100_000), f"more than {MOST_COLUMNS:,} columns"),
        (b" ".join([b"1"] * 100_000), f"more than {MOST_COLUMNS:,} columns"),
        (b"\n" * 100_000_000, f"more than {MOST_BLANK_LINES:,} blank lines"),
        (b"x,y\r\n1,2" + b"\r\n" * 4_000_000, f"more than {MOST_BLANK_LINES:,} blank lines"),
        (b" " * 4_000_000, "there is no data in it"),
        (b"1," * 4_000_000, "t.csv:1: this line is longer than 1 MiB"),
        (b"x,y\n1,2\n" + b"," * 4_000_000, "t.csv:3: this line is longer than 1 MiB"),
        (b'"\n' * 4_000_000, f"more than {MOST_BLANK_LINES:,} blank lines"),
        (b"x,y\n1,2\n" + b" #\n" * 2_000_000, f"more than {MOST_BLANK_LINES:,} blank lines and comments"),
        (b"|-\n" * 2_000_000, f"a Markdown table may have {MOST_RULED_LINES:,} lines at most"),
    ],
    ids=[
        "columns",
        "columns between spaces",
        "newlines",
        "CRLF",
        "spaces",
        "one line",
        "a later line",
        "newlines between quotation marks",
        "comments behind a space",
        "ruled lines",
    ],
)
def test_what_is_too_much_is_refused_by_a_named_limit(table, content: bytes, limit: str) -> None:
    with pytest.raises(InputError, match=limit):
        table(content)


def test_the_form_opens_any_table_with_columns_and_target(tmp_path: Path) -> None:
    name = str(shutil.copy(TABLES / "no_names_text_last.data", tmp_path))
    lecture = Experiment()
    texts = texts_of(lecture, 1) | {"data": name}
    assert asks_for_a_file(texts, lecture.dataset)
    with pytest.raises(ExperimentError, match="choose other columns with features and target"):
        read_form(texts, lecture, 1)
    wanted, _ = read_form(texts | {"features": "2, 3", "target": "1"}, lecture, 1)
    assert (wanted.dataset.features, wanted.dataset.target, wanted.dataset.rows) == (("x2", "x3"), "x1", 5)
    texts = texts_of(wanted, 1)
    assert (texts["features"], texts["target"], asks_for_a_file(texts, wanted.dataset)) == ("x2,x3", "x1", False)
    assert read_form(texts, wanted, 1)[0].dataset is wanted.dataset
    other, _ = read_form(texts | {"target": "4"}, wanted, 1)
    assert other.dataset.target == "x4"
    missing = texts | {"data": str(TABLES / "missing_na.csv"), "drop-missing": "yes"}
    assert read_form(missing, wanted, 1)[0].dataset.features == ("x",)
    assert read_form(texts | {"data": "lecture"}, wanted, 1)[0].dataset.name == "lecture"
    with pytest.raises(ExperimentError, match="features and target need a table"):
        read_form(texts_of(lecture, 1) | {"features": "x"}, lecture, 1)
