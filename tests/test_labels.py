"""Columns of text that are read by their labels: `--target kind=cat/dog`, `--features sex=female/male,age`."""

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from lab_pilot import edit, opened
from textual.widgets import Input

from gdtui.errors import InputError
from gdtui.experiment.dataset import Dataset
from gdtui.experiment.experiment import Experiment
from gdtui.storage.stream import read_sums
from gdtui.storage.table import read_table
from gdtui.storage.tables import quick

Write = Callable[[str], None]
PETS = "size,kind\n1.5,cat\n2.5, cat \n3.5,dog\n4.5,dog\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)
    return lambda text: (tmp_path / "t.csv").write_text(text) and None


def read(**asked: object) -> Dataset:
    return read_table("t.csv", **asked).dataset


def refusal(**asked: object) -> str:
    with pytest.raises(InputError) as refused:
        read(**asked)
    return str(refused.value)


@pytest.mark.parametrize(("labels", "y"), [("cat/dog", [0, 0, 1, 1]), ("dog/cat", [1, 1, 0, 0])])
def test_labels_are_numbered_from_0_in_the_order_given(write: Write, labels: str, y: list[float]) -> None:
    write(PETS)
    data = read(target=f"kind={labels}")
    assert list(data.y) == y
    first, second = labels.split("/")
    assert f"kind: {first} = 0, {second} = 1; columns: size → kind" in data.assumed
    assert data.targets == ("kind",)


def test_columns_of_x_may_have_labels_too(write: Write) -> None:
    write("age,sex,class,survived\n29,female,1st,yes\n30,male,3rd,no\n2,male,2nd,no\n")
    data = read(features=("class=3rd/2nd/1st", "sex=male/female", "age"))
    assert [list(column) for column in data.x] == [[2, 0, 1], [1, 0, 0], [29, 30, 2]]
    assert list(data.y) == [1, 0, 0]


def test_what_the_refusal_says_works(write: Write) -> None:
    write(PETS.replace("cat", "small cat"))
    _option, target = shlex.split(refusal().partition("Number its labels from 0: ")[2])
    assert target == "kind=dog/small cat"
    assert list(read(target=target).y) == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("kind=cat/bird", "t.csv:4: column 'kind': 'dog' is none of its labels: cat = 0, bird = 1"),
        ("kind=cat", "t.csv: write what is 0, then what is 1, with a stroke between: kind=cat/dog"),
        ("kind=cat/", "t.csv: write what is 0, then what is 1, with a stroke between: kind=cat/dog"),
        ("kind=cat/cat", "t.csv: write what is 0, then what is 1, with a stroke between: kind=cat/dog"),
        ("sort=cat/dog", "t.csv: there is no column 'sort': the columns are size, kind"),
    ],
)
def test_labels_that_do_not_fit_are_refused(write: Write, target: str, reason: str) -> None:
    write(PETS)
    assert refusal(target=target) == reason


@pytest.mark.parametrize("rows", [2, 2 + quick.LEAST_BYTES])
def test_numbers_may_be_labels_in_tables_of_any_size(write: Write, rows: int) -> None:
    write("x,y\n" + "0.5,2\n1.5,1\n" * (rows // 2))
    data = read(target="y=2/1")
    assert np.array_equal(np.asarray(data.y), np.tile([0.0, 1.0], rows // 2))
    assert data.source is None  # whoever reads the file again would find other numbers


def test_a_word_for_a_missing_number_may_be_a_label(write: Write) -> None:
    write("dose,pain\n1,none\n2,mild\n3,\n4,severe\n")
    assert refusal(target="pain=none/mild/severe").startswith("t.csv:4: column 'pain': the cell is empty")
    data = read(target="pain=none/mild/severe", drop_missing=True)
    assert list(data.y) == [0, 1, 2]
    assert list(data.x[0]) == [1, 2, 4]


def test_a_name_with_an_equals_sign_is_a_name(write: Write) -> None:
    write("x,y=a/b\n1,2\n3,4\n")
    assert list(read(target="y=a/b").y) == [2, 4]


def test_the_line_that_opens_it_again_has_the_labels(write: Write) -> None:
    write(PETS)
    line = read(target="kind=dog/cat").arguments
    _option, target = line[line.index("--target") :][:2]
    assert list(read(target=target).y) == [1, 1, 0, 0]


def test_read_in_blocks_and_as_several_files_it_is_the_same(write: Write, tmp_path: Path) -> None:
    write(PETS)
    (tmp_path / "more").mkdir()
    for name in "ab":
        (tmp_path / "more" / f"{name}.csv").write_text(PETS)
    assert list(read_table("more", target="kind=cat/dog").dataset.y) == [0, 0, 1, 1] * 2
    sums = read_sums("t.csv", target="kind=cat/dog")
    assert sums.assumed == read(target="kind=cat/dog").assumed
    assert sums.origin.target == "kind=cat/dog"


def test_arrays_have_none(tmp_path: Path) -> None:
    path = tmp_path / "t.npy"
    np.save(path, np.ones((3, 2)))
    with pytest.raises(InputError, match="it holds no text"):
        read_table(str(path), target="2=0/1")


async def test_the_form_takes_and_shows_them(write: Write) -> None:
    write(PETS)
    async with opened(Experiment()) as lab:
        await edit(lab, data="t.csv", target="kind=cat/dog")
        await lab.press("enter")
        await lab.until(lambda: lab.screen.frame.experiment.dataset.name == "t.csv")
        assert list(lab.screen.frame.experiment.dataset.y) == [0, 0, 1, 1]
        await lab.press("e")
        await lab.until(lambda: lab.app.screen.query_one("#field-target", Input).value == "kind=cat/dog")
