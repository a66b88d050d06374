"""The experiment and its data: what is refused, what is meant, and the command line that brings it back."""

import math
import os
import re
import shlex
import shutil
import subprocess
from contextlib import suppress

import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import example, given
from hypothesis import strategies as st
from problems import datasets, eighths, matrix, named, parsed

from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.change import Change, Settings
from gdtui.experiment.command_line import arguments, installed, quoted, shell_line
from gdtui.experiment.dataset import LECTURE, Dataset, column, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.settings import DTYPES, METHODS, MOST_EPOCHS
from gdtui.storage.table import read_table
from gdtui.text import clean

modest = examples(100)

TWO = named([(1, 2, 3), (5, 4, 1)], (1, 2, 3))


# Values that are refused


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"learning_rate": math.nan}, "lr"),
        ({"learning_rate": 0.0}, "lr"),
        ({"learning_rate": 0}, "lr"),
        ({"learning_rate": -1.0}, "lr"),
        ({"learning_rate": math.inf}, "lr"),
        ({"learning_rate": 1e39}, "lr"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": -1}, "epochs"),
        ({"epochs": MOST_EPOCHS + 1}, "epochs"),
        ({"weights": (1.0, 2.0)}, "w0"),
        ({"weights": ()}, "w0"),
        ({"weights": (0.0, 0.0)}, "w0"),
        ({"dataset": TWO, "weights": (1.0,)}, "w0"),
        ({"weights": (math.nan,)}, "w0"),
        ({"weights": (-math.inf,)}, "w0"),
        ({"weights": (-1e39,)}, "w0"),
        ({"bias": 1.0}, "b0"),
        ({"bias": math.nan, "has_bias": True}, "b0"),
        ({"bias": 1e39, "has_bias": True}, "b0"),
        ({"until_cost": math.nan}, "until-cost"),
        ({"until_cost": -1.0}, "until-cost"),
        ({"until_cost": math.inf}, "until-cost"),
        ({"method": "magic"}, "method"),
        ({"convention": "median"}, "convention"),
        ({"dtype": "float16"}, "dtype"),
        ({"dataset": typed((1, 2), (1, -1e39))}, "typed"),
        ({"dataset": typed((1e39, 2), (1, 2))}, "typed"),
        ({"changes": (Change(0, 0.2),)}, "then"),
        ({"changes": (Change(6, 0.2), Change(5, 0.1))}, "then"),
        ({"changes": (Change(6, 0.2), Change(6, method="optim"))}, "then"),
        ({"changes": (Change(6),)}, "then"),
        ({"changes": (Change(6, 0.0),)}, "then: lr"),
        ({"changes": (Change(6, math.nan),)}, "then: lr"),
        ({"changes": (Change(6, method="magic"),)}, "then: method"),
        ({"changes": (Change(6, method=""),)}, "then: method"),
        ({"changes": (Change(6, convention="median"),)}, "then: convention"),
    ],
    ids=lambda value: re.sub(r"<memory at \w+>", "column", str(value)),
)
def test_a_refused_value_is_named(fields, field):
    with pytest.raises(ExperimentError) as caught:
        Experiment(**fields)
    assert caught.value.field == field
    assert str(caught.value) == f"{field}: {caught.value.reason}"
    assert caught.value.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"learning_rate": 3.4028234663852886e38},
        {"learning_rate": 1e39, "dtype": "float64"},
        {"learning_rate": 5e-324},
        {"epochs": 1},
        {"epochs": MOST_EPOCHS},
        {"until_cost": 0.0},
        {"weights": (-1e39,), "dtype": "float64"},
        {"dataset": typed((1e39,), (1e39,)), "dtype": "float64"},
        {"changes": (Change(1, 0.2), Change(2, method="optim"))},
    ],
    ids=lambda value: re.sub(r"<memory at \w+>", "column", str(value)),
)
def test_values_at_the_edge_are_taken(fields):
    experiment = Experiment(**fields)
    assert {name: getattr(experiment, name) for name in fields} == fields


def test_too_large_for_float32_says_what_helps():
    with pytest.raises(ExperimentError, match=r"^w0: 1e\+39 is too large for float32: try --dtype float64$"):
        Experiment(weights=(1e39,))


def test_data_standardized_into_range_is_taken():
    assert Experiment(dataset=typed((1e50, 2e50, 4e50), (1, 2, 3)).standardized()).dataset.largest < 4


# What an experiment means


def test_the_plain_experiment_is_the_lecture():
    plain = Experiment()
    assert (plain.dataset, plain.start, plain.epochs, plain.dtype) == (LECTURE, (0.0,), 10, "float32")
    assert plain.settings_at(1) == Settings(0.1, "hand", "sum")


@pytest.mark.parametrize(
    ("dataset", "has_bias", "hypothesis", "names"),
    [
        (LECTURE, False, "W·x", ("W",)),
        (LECTURE, True, "W·x + b", ("W", "b")),
        (TWO, False, "XW", ("W1", "W2")),
        (TWO, True, "XW + b", ("W1", "W2", "b")),
        (TWO.standardized(), False, "XW + b", ("W1", "W2", "b")),
    ],
)
def test_the_hypothesis_and_its_parameters(dataset, has_bias, hypothesis, names):
    experiment = Experiment(dataset=dataset, has_bias=has_bias)
    assert experiment.hypothesis == hypothesis
    assert experiment.parameter_names == names
    assert experiment.start == (0.0,) * len(names)


def test_a_start_is_the_weights_and_then_b():
    experiment = Experiment(dataset=TWO, has_bias=True, weights=(3, 4), bias=5)
    assert experiment.start == (3, 4, 5)
    assert experiment.layout.split((7, 8, 9)) == ((7, 8), 9)
    assert Experiment(dataset=TWO).layout.split((7, 8)) == ((7, 8), None)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_weights_of_zero_are_the_default(zero):
    assert Experiment(dataset=TWO, weights=(zero, zero)) == Experiment(dataset=TWO)


def test_settings_hold_from_the_epoch_of_their_change():
    experiment = Experiment(changes=(Change(3, 0.2), Change(6, 0.3, "optim"), Change(8, convention="mean")))
    assert [experiment.settings_at(epoch).learning_rate for epoch in range(1, 10)] == [0.1] * 2 + [0.2] * 3 + [0.3] * 4
    assert [experiment.settings_at(epoch).method for epoch in (1, 5, 6, 9)] == ["hand", "hand", "optim", "optim"]
    assert [experiment.settings_at(epoch).convention for epoch in (5, 6, 7, 8)] == ["sum", "mse", "mse", "mean"]
    assert [experiment.next_change(epoch) for epoch in (1, 3, 7, 8)] == [3, 6, 8, None]


@pytest.mark.parametrize("method", METHODS)
def test_a_chosen_convention_stays_when_the_method_changes(method):
    experiment = Experiment(convention="sum", changes=(Change(4, method=method),))
    assert experiment.settings_at(4) == Settings(0.1, method, "sum")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change(4, 0.5), (Change(2, 0.2), Change(4, 0.5))),
        (Change(6, 0.5), (Change(2, 0.2), Change(6, 0.5, "optim"))),
        (Change(6, method="autograd"), (Change(2, 0.2), Change(6, 0.3, "autograd"))),
        (Change(9, 0.5), (Change(2, 0.2), Change(6, 0.3, "optim"), Change(9, 0.5))),
        (Change(2, convention="mean"), (Change(2, 0.2, convention="mean"),)),
    ],
    ids=lambda value: re.sub(r"<memory at \w+>", "column", str(value)),
)
def test_a_change_forgets_what_came_later_and_joins_what_is_there(change, expected):
    experiment = Experiment(changes=(Change(2, 0.2), Change(6, 0.3, "optim")))
    assert experiment.changed_from(change).changes == expected


def test_a_change_from_the_first_epoch_is_the_experiments_own():
    experiment = Experiment(changes=(Change(1, 0.2), Change(3, 0.3)))
    assert experiment.changed_from(Change(1, method="optim")) == Experiment(learning_rate=0.2, method="optim")


@given(st.data())
@modest
def test_before_a_change_settings_stay_and_from_it_on_they_are_the_new(data):
    experiment = data.draw(runs())
    change = Change(data.draw(st.integers(1, 40)), data.draw(rates), data.draw(st.sampled_from(METHODS)))
    changed = experiment.changed_from(change)
    for epoch in range(1, change.epoch):
        assert changed.settings_at(epoch) == experiment.settings_at(epoch)
    for epoch in range(change.epoch, 45):
        now = changed.settings_at(epoch)
        assert (now.learning_rate, now.method) == (change.learning_rate, change.method)


# Prediction


def test_a_prediction_is_the_hypothesis():
    assert Experiment().predict((2.0,), (4.0,)) == 8
    assert Experiment(dataset=TWO, has_bias=True).predict((2.0, 3.0, 1.0), (10.0, 100.0)) == 321


@given(datasets(), st.lists(eighths, min_size=4, max_size=4))
@modest
def test_a_prediction_from_standardized_data_takes_x_in_its_own_units(dataset, numbers):
    experiment = Experiment(dataset=dataset.standardized())
    parameters = tuple(numbers[: len(experiment.start)])
    hypothesis = matrix(experiment) @ np.array(parameters)
    rows = zip(*dataset.x, strict=True)
    assert [experiment.predict(parameters, row) for row in rows] == pytest.approx(list(hypothesis), abs=1e-9)


@pytest.mark.parametrize("x", [(), (1.0,), (1.0, 2.0, 3.0)])
def test_a_prediction_needs_one_number_a_column(x):
    with pytest.raises(ExperimentError) as caught:
        Experiment(dataset=TWO).predict((1.0, 1.0), x)
    assert caught.value.field == "x"


# Data


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: typed((1, 2, 3), (1, 2)), "x has 3 numbers, but y has 2"),
        (lambda: typed((), ()), "at least one row"),
        (lambda: Dataset((), column((1,)), (), "y", "t"), "one column of x"),
        (lambda: typed((1, math.nan), (1, 2)), "column 'x' contains a number that is not finite"),
        (
            lambda: typed((1, 2), (math.inf, -math.inf)),
            "column 'y' contains a number that is not finite",
        ),
        (lambda: typed((1, math.nan, 3), (1, 2, 3)), "column 'x'"),
        (lambda: named([(1, 2), (3, -math.inf)], (1, 2)), "column 'x2'"),
        (lambda: typed((5, 5, 5), (1, 2, 3)).standardized(), "column 'x' is constant"),
        (lambda: typed((0.1, 0.1, 0.1), (1, 2, 3)).standardized(), "column 'x' is constant"),
        (lambda: typed((4,), (1,)).standardized(), "column 'x' is constant"),
        (lambda: named([(1, 2), (7, 7)], (1, 2)).standardized(), "column 'x2' is constant"),
        (lambda: typed((1e308, 1e308, -1), (1, 2, 3)).standardized(), "too large to standardize"),
        (lambda: typed((1e200, -1e200), (1, 2)).standardized(), "too large to standardize"),
    ],
)
def test_data_that_cannot_be_used_is_refused(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_finite_numbers_whose_sum_is_not_are_taken():
    assert typed((1e308, 1e308), (1, 2)).largest == 1e308


@given(datasets())
@modest
def test_standardized_columns_have_mean_0_and_population_deviation_1(dataset):
    standardized = dataset.standardized()
    for values in map(np.array, standardized.x):
        assert values.mean() == pytest.approx(0, abs=1e-12)
        assert values.std(ddof=0) == pytest.approx(1)
    assert standardized.y == dataset.y
    assert standardized.before == standardized.own_units == dataset
    assert standardized.standardized() is standardized
    assert standardized.largest == max(abs(value) for values in (*standardized.x, dataset.y) for value in values)


def test_x_in_other_units_is_so_many_times_as_large():
    ten = LECTURE.in_units(10)
    assert [list(values) for values in ten.x] == [[10, 20, 30]]
    assert (ten.y, ten.x_scale, ten.largest, ten.name) == (LECTURE.y, 10, 30, "lecture")
    assert [list(values) for values in ten.in_units(0.5).x] == [[0.5, 1, 1.5]]
    assert ten.in_units(1) is LECTURE


@given(datasets(), st.sampled_from([0.1, 3.0, 10.0]))
@modest
def test_standardized_numbers_do_not_know_the_units(dataset, x_scale):
    scaled = dataset.standardized().in_units(x_scale)
    assert scaled.scaling == dataset.in_units(x_scale).standardized().scaling
    for values, others in zip(scaled.x, dataset.standardized().x, strict=True):
        assert list(values) == pytest.approx(list(others))
    for deviation, other in zip(scaled.scaling.deviations, dataset.standardized().scaling.deviations, strict=True):
        assert deviation == pytest.approx(x_scale * other)
    assert scaled.in_units(1) == dataset.standardized()


@pytest.mark.parametrize("x_scale", [0.0, -1.0, math.inf, math.nan])
def test_units_are_a_positive_number(x_scale):
    with pytest.raises(ExperimentError, match="x-scale: must be a finite number greater than 0"):
        LECTURE.in_units(x_scale)


def test_units_in_which_x_is_too_large_are_refused():
    with pytest.raises(InputError, match="column 'x' contains a number that is not finite"):
        typed((1e200, 1), (1, 2)).in_units(1e200)


@given(datasets(), st.lists(eighths, min_size=4, max_size=4))
@modest
def test_weights_in_own_units_give_the_same_hypothesis(dataset, numbers):
    scaled = Experiment(dataset=dataset.standardized())
    weights, bias = scaled.layout.split(tuple(numbers[: len(scaled.start)]))
    own = Experiment(dataset=dataset, has_bias=True)
    own_weights, own_bias = scaled.dataset.scaling.to_own_units(weights, bias)
    expected = matrix(scaled) @ np.array((*weights, bias))
    assert matrix(own) @ np.array((*own_weights, own_bias)) == pytest.approx(expected, abs=1e-9)


def test_standardized_data_always_has_b():
    assert Experiment(dataset=LECTURE.standardized(), has_bias=False) == Experiment(
        dataset=LECTURE.standardized(), has_bias=True
    )


@pytest.mark.parametrize("values", [LECTURE.x[0], LECTURE.y, LECTURE.standardized().x[0]])
def test_data_cannot_be_written_to(values):
    with pytest.raises(TypeError):
        values[0] = 9.0


# The command line


rates = st.one_of(st.sampled_from([0.1, 0.15, 1.0, 1e-9, 3e5]), st.floats(1e-30, 1e30))
numbers = st.floats(-1e30, 1e30)


@st.composite
def typed_datasets(draw):
    x = draw(st.lists(numbers, min_size=1, max_size=5))
    return typed(tuple(x), tuple(draw(st.lists(numbers, min_size=len(x), max_size=len(x)))))


@st.composite
def runs(draw):
    """Experiments on one column, as they can be typed."""
    dataset = draw(st.one_of(st.builds(lambda: LECTURE), typed_datasets()))
    dataset = dataset.in_units(draw(st.sampled_from([1, 10, 2.54])))
    if draw(st.booleans()):
        with suppress(InputError):
            dataset = dataset.standardized()
    has_bias = draw(st.booleans()) or dataset.scaling is not None
    a_change = st.builds(
        Change,
        st.integers(1, 40),
        st.none() | rates,
        st.none() | st.sampled_from(METHODS),
        st.none() | st.sampled_from(CONVENTIONS),
    ).filter(lambda change: change != Change(change.epoch))
    changes = draw(st.lists(a_change, max_size=3, unique_by=lambda change: change.epoch))
    return Experiment(
        dataset=dataset,
        has_bias=has_bias,
        weights=draw(st.none() | st.tuples(numbers)),
        bias=draw(numbers) if has_bias else 0.0,
        learning_rate=draw(rates),
        method=draw(st.sampled_from(METHODS)),
        convention=draw(st.none() | st.sampled_from(CONVENTIONS)),
        dtype=draw(st.sampled_from(DTYPES)),
        epochs=draw(st.sampled_from([1, 10, 100_000, MOST_EPOCHS]) | st.integers(1, MOST_EPOCHS)),
        until_cost=draw(st.none() | st.floats(0, 1e300)),
        changes=tuple(sorted(changes, key=lambda change: change.epoch)),
    )


@given(runs())
@examples(200)
def test_the_words_of_an_experiment_bring_it_back(experiment):
    assert parsed(arguments(experiment)) == experiment


@given(runs())
@modest
def test_the_shell_line_is_the_command_and_its_words(experiment):
    assert shlex.split(shell_line(experiment)) == ["gdtui", *arguments(experiment)]


@pytest.mark.parametrize(
    ("experiment", "line"),
    [
        (Experiment(), "gdtui"),
        (Experiment(weights=(-2,), learning_rate=0.2), "gdtui --w0 -2 --lr 0.2"),
        (Experiment(weights=(0,)), "gdtui"),
        (Experiment(has_bias=True, bias=-1.5), "gdtui --bias --b0 -1.5"),
        (Experiment(dataset=LECTURE.standardized()), "gdtui --standardize"),
        (Experiment(until_cost=0), "gdtui --epochs 10 --until-cost 0"),
        (Experiment(dataset=typed((-1, 2.5), (0, 1e-3))), "gdtui --x -1,2.5 --y 0,0.001"),
        (Experiment(dataset=typed((1, 2), (3, -4), (5, 6))), "gdtui --x 1,2 --x 3,-4 --y 5,6"),
        (
            Experiment(method="optim", convention="mean", dtype="float64", epochs=20),
            "gdtui --convention mean --method optim --dtype float64 --epochs 20",
        ),
        (
            Experiment(changes=(Change(3, 0.2), Change(6, method="optim", convention="sum"))),
            "gdtui --then 3:lr=0.2 --then 6:convention=sum,method=optim",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_shell_line_says_what_differs_from_the_lecture(experiment, line):
    assert shell_line(experiment) == line
    assert parsed(shlex.split(line)[1:]) == experiment


@pytest.mark.parametrize("name", ["scores.csv", "two words.csv", "it's $HOME; `x`.csv", "-x.csv", "점수.csv"])
def test_a_table_comes_back_by_its_file_and_columns(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("hours,sleep,score\n1,8,10\n2,,20\n3,6,35\n4,9,40\n")
    table = read_table(name, features=("sleep", "1"), target="score", drop_missing=True)
    experiment = Experiment(dataset=table.dataset.standardized(), weights=(1, -2), bias=0.5, learning_rate=0.01)
    assert parsed(arguments(experiment)) == experiment
    assert shlex.split(shell_line(experiment))[2] == str(tmp_path / name)


def as_bash_reads(line: str) -> list[str]:
    """The words of a command line, as a shell cuts it."""
    program = [shutil.which("bash") or "bash", "-c", f"printf '%s\\0' {line}"]
    words = subprocess.run(program, capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}).stdout
    return [os.fsdecode(word) for word in words.split(b"\0")[:-1]]


@given(st.lists(st.binary(max_size=12).filter(lambda name: b"\0" not in name).map(os.fsdecode), min_size=1, max_size=3))
@example(
    ["a\x1b[2J", "new\nline", "it's", "back\\slash$HOME", "\udcff", "e\u0301", "\u202e", "-x", "", "~", "!!", "점수"]
)
@examples(50)
def test_a_shell_reads_any_word_back_from_one_line_that_can_be_shown(words):
    line = " ".join(map(quoted, words))
    assert clean(line, 10_000) == line
    assert as_bash_reads(line) == words


def test_an_equal_experiment_is_told_from_another():
    assert msgspec.structs.replace(Experiment(), learning_rate=0.1) == Experiment()
    assert Experiment(dataset=typed((1, 2), (1, 2))) != Experiment(dataset=typed((1, 2), (1, 3)))


def test_a_shell_is_told_the_paths_of_what_it_would_not_find(tmp_path, monkeypatch):
    """As after the README's first command, with which nothing is on the search path."""
    for name in ("gdtui", "python3"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [str(tmp_path / "gdtui")])
    monkeypatch.setattr("sys.executable", str(tmp_path / "python3"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert installed() == (str(tmp_path / "gdtui"), str(tmp_path / "python3"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert installed() == ("gdtui", "python3")
