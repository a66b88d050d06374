"""Lesson files: what is wrong is said with file and line, whatever the file."""

import re
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from fake_backend import FAKE
from lessons import LESSON, read, swapped

from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError, InputError
from gdtui.storage import lesson_files
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.locate import lines_of_keys
from gdtui.teaching.reader import read_lesson
from gdtui.teaching.session import Session
from gdtui.teaching.settings import experiment_with
from gdtui.teaching.template import TEMPLATE


def line(needle: str, text: str) -> int:
    """The number of the line that holds `needle`."""
    return next(number for number, one in enumerate(text.split("\n"), 1) if needle in one)


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        ('kind = "next"', 'kind = "nxt"', "nxt", "there is no 'nxt', only next, direction,"),
        ('kind = "next"', 'kind = "nxt"', "nxt", "choice; did you mean next?"),
        (
            'score = "updates"',
            'score = "update"',
            'score = "update"',
            "only keys, tries, updates; did you mean updates?",
        ),
        (
            'kind = "next"',
            'kind = "next"\ndecimals = 10',
            "decimals",
            "'decimals' takes a whole number from 0 to 9, not 10",
        ),
        ('kind = "next"', 'kind = "next"\ndecimals = "two"', "decimals", "from 0 to 9, not 'two'"),
        ('kind = "next"', 'kind = "next"\ntypo = 1', "typo", "there is no key 'typo' here"),
        ('kind = "next"', 'kind = "next"\nprompt = "' + "x" * 301 + '"', "prompt", "at most 300 characters, not 301"),
        ("about =", "can = [1]\nabout =", "can", "entry 1 of 'can' takes text in quotes, not 1"),
        ("about =", "minutes = -1\nabout =", "minutes", "'minutes' takes a whole number from 0 to 600, not -1"),
        (', when = "W > min_W"', "", "choices", "entry 2 of 'choices' needs the key 'when', which takes text"),
        (', when = "W > min_W"', ", when = 3", "choices", "'when' in entry 2 of 'choices' takes text in quotes, not 3"),
        ('["cost < 0.001", "updates <= 3"]', "[]", "check", "'check' takes 1 to 12 entries, not 0"),
        ('kind = "next"', 'kind = "next"\nbelow = 0', "below", "'below' takes a number greater than 0, not 0"),
        ("[experiment]", "[[experiment]]", "[[experiment]]", "'experiment' takes a table .*, not .{'lr': 0.05"),
        ("lr = 0.05", "lr = 0.05\ny = []", "y = ", "y: needs at least one number"),
        ('kind = "next"', 'kind = "value"', None, "needs 'answer', and no other"),
        ("lr = 0.05", "lr = -1", "lr = -1", "lr: must be greater than 0"),
        ("lr = 0.05", "lr = nan", "lr = nan", "finite"),
        ("lr = 0.05", "rate = 1", "rate", "there is no such setting"),
        ("lr = 0.05", "weight_dcay = 1", "weight_dcay", "did you mean weight-decay"),
        ("lr = 0.05", "x = [1, 2]", "x = ", "x has 2 numbers, but y has 3"),
        ("{ w0 = 3 }", "{ w0 = [1, 2] }", "w0 = [1", "w0: 2 given"),
        ('"W is {W}, the limit {limit}."', '"W is {W +}."', "W +}", "a value is missing"),
        ('"W is {W}, the limit {limit}."', '"W is {W."', "{W.", "single '{'"),
        ('"cost < 0.001"', '"cost < (0.001"', "cost < (", "is missing"),
        ('"step 2"', '"walk 2"', "walk", "'walk 2' is not an action"),
        ('locked = ["w0"]', 'locked = ["w9"]', "w9", "there is no 'w9'"),
        ('name = "choose"', 'name = "ask"', None, "two pages are named 'ask'"),
        ('name = "choose"', 'name = "Not Good"', "Not Good", "'name' takes at most 40 small letters, .*not 'Not Good'"),
        ('score = "updates"', 'score = "updates"\nblind = 1', "blind", "no key 'blind' here; it belongs in ..step.."),
        ("format = 1", "format = 2", "format", "format: there is no '2', only 1"),
        ('title = "Small"', 'title = "Small', 'title = "Small', "illegal character|expected"),
        ('title = "Small"', "", None, "key 'title' is missing here; it takes some text"),
        ('[[step]]\nname = "choose"', 'name = "choose"', "", "a value already|second time"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old, new, at, what):
    text = swapped(old, new)
    with pytest.raises(InputError, match=what) as caught:
        read(text)
    place = str(caught.value).split(": ")[0]
    if at:
        assert place == f"small.toml:{line(at, text)}"
    else:
        assert place.startswith("small.toml:")


def test_the_template_is_a_lesson():
    assert read(TEMPLATE).lesson.title == "One step downhill"


def test_the_template_calls_the_gradient_by_one_name():
    assert "{gradient" in TEMPLATE
    assert "slope" not in TEMPLATE


def test_a_level_does_nothing_and_so_no_lesson_is_shown_with_one_but_files_that_have_it_open():
    shown = (TEMPLATE, *(path.read_text() for path in lesson_files.shipped()))
    assert [text.splitlines()[1] for text in shown if re.search(r"^level\b", text, re.MULTILINE)] == []
    assert read(swapped("format = 1", "format = 1\nlevel = 3")).pages == read().pages


def one_change_each(text: str) -> Iterator[tuple[str, list[str]]]:
    """The text with one line of a key changed, and how the key may be called then."""
    lines = text.split("\n")
    for number, whole in enumerate(lines):
        found = re.match(r"([\w-]+) = (?!\"\"\"|\[$)", whole)
        if not found:
            continue
        key = found[1]
        others = ("7", "2.5", '"word"', '""', "[]", "[1]", "[[]]", "{}", "true", "1979-05-27")
        changes = [*(f"{key} = {other}" for other in others), f"{key}x = 1", f"{whole}\nnewkey = 1", ""]
        for change in changes:
            yield "\n".join([*lines[:number], change, *lines[number + 1 :]]), [key, "newkey"]


def refusal(text: str) -> str:
    """What is said of a lesson file; nothing where it can be read."""
    try:
        read(text)
    except InputError as error:
        return str(error)
    return ""


def test_one_change_to_the_template_is_said_in_our_words_with_its_key():
    said = [(keys, says) for text, keys in one_change_each(TEMPLATE) if (says := refusal(text))]
    assert len(said) > 200
    raw = re.compile(r"[`$]|expected|object|array|invalid|'(str|int|float|bool)'|typed:")
    for keys, says in said:
        assert re.match(r"small\.toml:\d+: ", says)
        assert any(key in says for key in keys)
        assert not raw.search(says)


def test_keys_are_found_through_arrays_of_tables_and_long_texts():
    text = 'a = 1\nt = """\nb = 2\n"""\n[[s]]\nc = 3\n[s.d]\ne = 4\n[[s]]\nc = 5\n'
    found = lines_of_keys(text)
    assert found[("a",)] == 1
    assert ("b",) not in found
    assert found[("s", 0, "c")] == 6
    assert found[("s", 0, "d", "e")] == 8
    assert found[("s", 1, "c")] == 10


HOSTILE = {
    "deep array": "x = " + "[" * 1900,
    "deep over lines": "x = " + "[\n" * 60_000,
    "deep closed": "x = " + "[\n" * 20_000 + "]\n" * 20_000,
    "deep table": "x = " + "{a=" * 600,
    "endless key": "a." * 900 + "a = 1",
    "many endless keys": "\n".join("a." * 900 + f"a{i} = 1" for i in range(60)),
    "huge integer": "format = " + "9" * 1900,
    "long line": "title = '" + "x" * 100_000 + "'",
    "escape sequence": LESSON.replace("Small", "\x1b[31mSmall"),
    "written escape": LESSON.replace('"Small"', '"\\u001b[31mSmall"'),
    "written in a key": LESSON.replace("[experiment]", '[experiment]\n"\\u001b[2J" = 1'),
    "written private": LESSON.replace('"Small"', '"\\uE000Small"'),
    "bidirectional": LESSON.replace("Small", "Sm\u202eall"),
    "line separator": LESSON.replace("Small", "Sm\u2028all"),
    "written private character": LESSON.replace('"Small"', '"\\ue000"'),
    "piled marks": LESSON.replace("Small", "S" + "\u0301" * 1000),
    "written piled marks": LESSON.replace('"Small"', '"S' + "\\u0301" * 100 + '"'),
    "not text": "\ud800",
    "huge data": LESSON.replace("lr = 0.05", "x = [" + "\n1,2,3,4,5,6,7,8,9,0," * 5_000 + "]\ny = [1]"),
    "many columns": LESSON.replace("lr = 0.05", "x = [" + "[1,2,3]," * 200 + "]\ny = [1,2,3]"),
    "million epochs": LESSON.replace("lr = 0.05", "epochs = 99999999999"),
    "late start": LESSON.replace('name = "goal"', 'name = "goal"\nafter = 99999999'),
    "a path": LESSON.replace("lr = 0.05", 'data = "/etc/passwd"'),
    "a date": LESSON.replace("lr = 0.05", "lr = 1979-13-45"),
    "python": LESSON.replace("{limit}", "{__import__('os').system('id')}"),
    "long text": LESSON.replace('"lr is {lr}."', '"""' + "\nword" * 2_000 + '"""'),
}
LONGEST = ("huge data", "many endless keys", "deep over lines", "deep closed")
"""The kinds that take longest."""


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow) if kind in LONGEST else kind for kind in HOSTILE]
)
def test_hostile_files_get_one_clear_line_in_bounded_time_and_memory(kind):
    text = HOSTILE[kind].encode("utf-8", "surrogatepass")
    tracemalloc.start()
    begin = time.process_time()
    try:
        with pytest.raises(InputError) as caught:
            read_lesson(text, "small.toml", "small")
        spent, (_, peak) = time.process_time() - begin, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    said = str(caught.value)
    assert said.startswith("small.toml:")
    assert said.isprintable()
    assert len(said) < 700
    assert spent < 20
    assert peak < 100 << 20


def beside(folder, data: str, table: str = "km,minutes\n1,2\n2,4\n3,7\n") -> LoadedLesson:
    """A lesson whose rows are in a table beside it."""
    (folder / "delivery.csv").write_text(table)
    text = swapped("lr = 0.05", f"lr = 0.05\ndata = {data}")
    return read_lesson(text.encode(), "small.toml", "small", folder)


@pytest.mark.parametrize("data", ['"delivery.csv"', '[["km", "minutes"], [1, 2], [2, 4], [3, 7]]'])
def test_the_axes_have_the_names_of_a_table_beside_the_lesson_or_of_the_first_row(tmp_path, data):
    dataset = Session(beside(tmp_path, data), FAKE).run.experiment.dataset
    assert (dataset.features, dataset.target) == (("km",), "minutes")
    assert (list(dataset.x[0]), list(dataset.y)) == ([1, 2, 3], [2, 4, 7])


@pytest.mark.parametrize("data", ['"delivery.csv"', '[["a", "km", "c"], [1, 2, 3], [2, 4, 5], [3, 7, 9]]'])
@pytest.mark.parametrize(("target", "ys"), [("a,c", ["a", "c"]), ("3, 1", ["c", "a"]), ("a", ["a"])])
def test_a_lesson_chooses_the_targets_of_its_table_by_name_or_number(tmp_path, data, target, ys):
    (tmp_path / "delivery.csv").write_text("a,km,c\n1,2,3\n2,4,5\n3,7,9\n")
    text, _, _ = swapped("lr = 0.05", f'lr = 0.05\ndata = {data}\ntarget = "{target}"').partition(
        '[[step]]\nname = "ask"'
    )
    dataset = Session(read_lesson(text.encode(), "small.toml", "small", tmp_path), BACKEND).run.experiment.dataset
    columns = {"a": [1, 2, 3], "km": [2, 4, 7], "c": [3, 5, 9]}
    assert [*dataset.targets] == ys
    assert [*dataset.features] == [name for name in columns if name not in ys]
    assert [[*y] for y in dataset.ys] == [columns[name] for name in ys]
    assert [[*x] for x in dataset.x] == [columns[name] for name in dataset.features]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"target": "1"}, "'data'"),
        ({"data": "1 2; 3 4", "target": "3"}, "no column '3'"),
        ({"data": "1 2; 3 4", "target": "1,2"}, "leave one for x"),
        ({"data": "1 2 3; 3 4 5", "target": "2,2"}, "each column once"),
        ({"data": "1 2; 3 4", "target": 2}, "must be text"),
    ],
)
def test_targets_that_cannot_be_chosen_are_said(given, says):
    with pytest.raises(ExperimentError, match=f"^target: .*{says}"):
        experiment_with(given)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ('"../delivery.csv"', "beside the lesson"),
        ('"deliveries.csv"', "deliveries.csv"),
        ('[["km"], [1, 2]]', "1 name for 2 columns"),
    ],
)
def test_a_table_that_cannot_be_taken_is_said_with_the_lesson_s_line(tmp_path, data, says):
    with pytest.raises(InputError, match=f"^small.toml:8: .*{says}"):
        beside(tmp_path, data)


ANIMALS = "km,kind\n1,cat\n2,dog\n,cat\n4,dog\n"


@pytest.mark.parametrize(
    ("table", "keys", "says"),
    [
        ("km,who,minutes\n1,a,2\n", "", r"8: .*Leave out the columns of text: features = \"km\"$"),
        ("a km,who,minutes\n1,a,2\n", "", r"8: .*: features = \"a km\"$"),
        ("km,who\n1,a\n2,b\n3,a\n", "", r"8: .*Number its labels from 0: target = \"who=a/b\"$"),
        (ANIMALS, 'target = "kind=cat/dog"', r"8: .*the cell is empty \(drop-missing = true skips such rows\)"),
        (ANIMALS, "rate = 1", "9: rate: there is no such setting"),
        (ANIMALS, "features = 1", "9: features: must be text"),
        (ANIMALS, 'drop-missing = "maybe"', "9: drop-missing: must be yes or no"),
        (ANIMALS, "[nothing]", "9: there is no key 'nothing' here"),
    ],
)
def test_a_table_s_faults_are_said_after_unknown_keys_and_with_the_keys_of_a_lesson(tmp_path, table, keys, says):
    with pytest.raises(InputError, match=f"^small.toml:{says}") as refused:
        beside(tmp_path, f'"delivery.csv"\n{keys}', table)
    assert "--" not in str(refused.value)


@pytest.mark.parametrize("data", ["steps", "/etc/passwd"])
def test_data_that_is_neither_rows_nor_a_table_is_told_what_both_look_like(data):
    with pytest.raises(InputError, match=r"^small.toml:8: data: give rows, such as 1 2; 2 4, or a table's name, which"):
        read(swapped("lr = 0.05", f'lr = 0.05\ndata = "{data}"'))


def test_a_key_that_is_none_is_said_first_though_another_page_has_a_table_at_fault(tmp_path):
    (tmp_path / "delivery.csv").write_text(ANIMALS)
    text = swapped("lr = 0.05", 'lr = 0.05\ndata = "delivery.csv"')
    for page in ("experiment = { rate = 1 }", "hint = []", 'experiment = { features = "km" }'):
        said = swapped('name = "read"', f'name = "read"\n{page}')
        line = said.splitlines().index(page) + 2
        both = text.replace('name = "read"', f'name = "read"\n{page}')
        with pytest.raises(InputError, match=f"^small.toml:{line}: (rate: there is|there is no key|features: it goes)"):
            read_lesson(both.encode(), "small.toml", "small", tmp_path)


def test_a_lesson_takes_columns_labels_and_whole_rows_of_its_table(tmp_path):
    table = "km,age,kind\n1,5,cat\n2,6,dog\n,7,cat\n4,8,dog\n"
    keys = '"delivery.csv"\nfeatures = "km"\ntarget = "kind=cat/dog"\ndrop-missing = true'
    dataset = Session(beside(tmp_path, keys, table), FAKE).run.experiment.dataset
    assert (dataset.features, dataset.targets) == (("km",), ("kind",))
    assert (list(dataset.x[0]), list(dataset.y)) == ([1, 2, 4], [0, 1, 1])


def test_a_page_has_its_own_x_or_rows_whatever_the_lesson_has():
    for given, x, y in (
        ({"data": [[1, 2], [3, 4]], "x": [5, 6]}, [5, 6], [2, 4]),
        ({"x": [5, 6], "y": [7, 8], "data": [[1, 2], [3, 4]]}, [1, 3], [2, 4]),
    ):
        dataset = experiment_with(given).dataset
        assert (list(dataset.x[0]), list(dataset.y)) == (x, y)


def test_a_record_knows_of_another_table(tmp_path):
    before, after = beside(tmp_path, '"delivery.csv"'), beside(tmp_path, '"delivery.csv"', "km,minutes\n1,2\n2,5\n")
    assert before.digest != after.digest
    assert before.pages["read"] != after.pages["read"]
