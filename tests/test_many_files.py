"""A folder or a pattern is one table: the rows of its files in the order of their names, and a checksum over theirs."""

import hashlib
import os
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_torchrun import alone, check_refused, output, ran, rows

from gdtui.cli.options import experiment_from
from gdtui.cli.run import run_command
from gdtui.errors import InputError
from gdtui.experiment.command_line import arguments
from gdtui.experiment.experiment import Experiment
from gdtui.lab.snapshot import RunSnapshot, Snapshot
from gdtui.storage import workspace_file
from gdtui.storage.stream import read_sums
from gdtui.storage.table import read_table
from gdtui.ui.lab.form import read_form, texts_of


@pytest.fixture
def parts(tmp_path, monkeypatch) -> Path:
    """A folder with three files of a table, which `whole.csv` beside it holds too."""
    folder, draw = tmp_path / "parts", random.Random(1)
    folder.mkdir()
    lines = [f"{i},{draw.gauss(0, 1)!r},{draw.gauss(2, 1)!r}" for i in range(90)]
    (tmp_path / "whole.csv").write_text("\n".join(["id,x,y", *lines]))
    for name, some in (("part-10.csv", lines[:40]), ("part-2.csv", lines[40:41]), ("part-3.csv", lines[41:])):
        (folder / name).write_text("\n".join(["id,x,y", *some, ""]))
    (folder / ".hidden").write_text("no table")
    (folder / "_SUCCESS").write_text("")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize("path", ["parts", "parts/", "parts/part-*.csv", "par?s/part-[0-9]*.csv"])
def test_many_files_are_the_table_in_one(parts, path):
    whole, many = read_table("whole.csv").dataset, read_table(path).dataset
    assert (many.x, many.y, many.features, many.largest) == (whole.x, whole.y, whole.features, whole.largest)
    assert "3 files in the order of their names" in many.assumed
    assert "'id' only counts the rows" in many.assumed
    sums, of_many = read_sums("whole.csv"), read_sums(path)
    assert (of_many.in_all, of_many.x, of_many.y) == (sums.in_all, sums.x, sums.y)
    assert np.allclose(of_many.triangle, sums.triangle, rtol=1e-12, atol=1e-12) or np.allclose(
        np.abs(of_many.triangle), np.abs(sums.triangle), rtol=1e-12, atol=1e-12
    )
    assert of_many.origin == many.origin
    assert of_many.assumed == many.assumed


def test_the_checksum_is_that_of_the_checksums_and_brings_the_table_back(parts):
    many = read_table("parts/part-*.csv").dataset
    listed = subprocess.run("sha256sum part-* | cut -c1-64 | sha256sum", shell=True, cwd=parts, capture_output=True)
    assert many.origin.checksum == listed.stdout.decode().split()[0]
    assert read_table("parts").dataset.origin.checksum == many.origin.checksum
    assert many.origin.path == str(parts / "part-*.csv")
    for read in (lambda **asked: read_table(**asked).dataset, read_sums):
        again = {"path": many.origin.path, "checksum": many.origin.checksum[:16]}
        assert read(**again).origin.checksum == many.origin.checksum
        with pytest.raises(InputError, match=r"part-\*.csv: it has changed: its checksum is sha256:"):
            read(**{**again, "checksum": hashlib.sha256().hexdigest()})


def test_a_line_and_a_workspace_bring_it_back_and_refuse_it_once_it_has_changed(parts):
    experiment = experiment_from(run_command.make_context("run", ["--data", "parts/part-*.csv", "--bias"]).params)
    line = arguments(experiment)
    again = experiment_from(run_command.make_context("run", list(line)).params)
    assert (again.dataset.x, again.dataset.origin, arguments(again)) == (
        experiment.dataset.x,
        experiment.dataset.origin,
        arguments(experiment),
    )
    snapshot = Snapshot((RunSnapshot(experiment, known=1, cursor=0, cost=0.0),), 0)
    saved = workspace_file.encode(snapshot)
    assert workspace_file.decode(saved).present.experiment.dataset.y == experiment.dataset.y
    (parts / "part-4.csv").write_text("id,x,y\n90,1,2\n")
    for bring_back in (
        lambda: experiment_from(run_command.make_context("run", list(line)).params),
        lambda: workspace_file.decode(saved),
    ):
        with pytest.raises(InputError, match="it has changed"):
            bring_back()


def test_the_form_opens_them(parts):
    lecture = Experiment()
    wanted, _change = read_form(texts_of(lecture, 1) | {"data": "parts"}, lecture, 1)
    assert (wanted.dataset.rows, wanted.dataset.features) == (90, ("x",))
    assert read_form(texts_of(wanted, 1), wanted, 1)[0].dataset is wanted.dataset


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("part-5.csv", "id,x,z\n1,2,3\n", "the columns are id, x, z, but in parts/part-10.csv they are id, x, y"),
        ("part-5.csv", "1,2,3\n", "part-5.csv: the columns are x1, x2, y, but in"),
        ("part-5.csv", "id,x\n1,2\n", "part-5.csv: the columns are id, x, but in"),
        ("part-1.csv", "id,x,y\n1,2,3\n4,five,6\n", "part-1.csv:3: column 'x': 'five' is not a number"),
        ("part-5.csv", "id,x,y\n1,2,3\n4,5\n", "part-5.csv:3: this row has 2 cells"),
        ("part-5.csv", "id,x,y\n1,,3\n", r"part-5.csv:2: column 'x': the cell is empty \(--drop-missing"),
        ("part-5.csv", "id,x,y\n1,5%,3\n2,6%,4\n", "part-5.csv: x: '5%' is read as 5; "),
        ("part-5.csv", "", "part-5.csv: there is no data in it"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_refused_by_its_name(parts, name, content, reason):
    (parts / name).write_text(content)
    for read in (read_table, read_sums):
        with pytest.raises(InputError, match=reason):
            read("parts")


def test_no_end_of_files_nothing_odd_and_no_files_are_refused(parts, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    (parts / "within").mkdir()
    os.mkfifo(tmp_path / "empty" / ".pipe")
    for path, reason in (
        ("empty", "empty: there is no file in this folder"),
        ("parts", "parts/within: this is a folder, not a file"),
        ("parts/none-*.csv", "parts/none-.*.csv: no such file"),
    ):
        for read in (read_table, read_sums):
            with pytest.raises(InputError, match=reason):
                read(path)
    (parts / "within").rmdir()
    monkeypatch.setenv("GDTUI_MOST_MIB", "1")
    for index in range(4):
        (parts / f"part-{index}1.csv").write_text("id,x,y\n" + "1,2,3\n" * 60_000)
    with pytest.raises(InputError, match="parts: its files are larger than the limit of 1 MiB"):
        read_table("parts")
    monkeypatch.setattr("gdtui.storage.tables.files_of.MOST_FILES", 2)
    with pytest.raises(InputError, match="more than 2 files are too many"):
        read_table("parts/part-*")


def test_a_file_may_be_called_like_a_pattern(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t[1].csv").write_text("x,y\n1,2\n")
    Path("t1.csv").write_text("x,y\n3,4\n5,6\n")
    assert read_table("t[1].csv").dataset.rows == 1
    assert "files" not in read_table("t[1].csv").dataset.assumed


def test_missing_cells_and_files_without_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("1,2\n,3\n")
    Path("b.csv").write_text("NA,2\n7,8\n")
    found = read_table("?.csv", drop_missing=True)
    assert (found.dropped, list(found.dataset.x[0])) == (2, [1, 7])
    assert read_sums("?.csv", drop_missing=True).assumed == found.dataset.assumed


@pytest.mark.slow
def test_processes_share_many_files(parts):
    words = ["run", "--data", "parts", "--dtype", "float64", "--format", "jsonl", "--bias", "--lr", "0.05"]
    expected, found = rows(alone(*words)), rows(output(2, *words))
    for one, row in zip(expected, found, strict=True):
        assert row == pytest.approx(one, rel=1e-9, abs=1e-9)
    (parts / "part-5.csv").write_text("id,x,other\n1,2,3\n")
    check_refused(ran(2, *words), "part-5.csv: the columns are id, x, other")
