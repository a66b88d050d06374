"""The table of settings: each row reaches every surface and comes back from it, and nothing typed ends the program."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch
from examples import examples
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from problems import ending, parsed, walk

from gdtui.cli import main as cli
from gdtui.cli.options import parse_change
from gdtui.cli.run import run_command
from gdtui.descent.backend import BACKEND
from gdtui.descent.trainer import Trainer
from gdtui.errors import ExperimentError
from gdtui.experiment.change import Change
from gdtui.experiment.change import Settings as SettingsOfEpoch
from gdtui.experiment.command_line import arguments, shell_line
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.kinds import NUMBERS, NUMERIC, OPTIMIZER
from gdtui.experiment.objective import METHODS
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import BY_NAME, EVERYWHERE, MADE_OF_ROWS, ON_THE_WAY, ROWS_FROM, TABLE, canonical
from gdtui.lab.board import differences
from gdtui.lab.snapshot import RunSnapshot, Snapshot
from gdtui.storage import workspace_file
from gdtui.storage.sentences import opening
from gdtui.teaching.events import Set, parse_action
from gdtui.teaching.settings import NAMES, change_of, experiment_with
from gdtui.ui.lab.form import FIELDS, read_form, texts_of
from gdtui.ui.panels.parameters import parameters

each_row = pytest.mark.parametrize("row", EVERYWHERE, ids=lambda row: row.name)

DATA = {"x": "1,2,4", "y": "2,3,7"}
NEEDS = {
    "hypothesis": {"y": "0,1,1"},
    "cost": {"y": "0,1,1", "hypothesis": "logistic"},
    "b0": {"bias": "yes"},
    "optimizer": {"method": "optim"},
    "seed": {"batch": "2"},
    "order": {"batch": "2"},
    "patience": {"epochs": "20", "validate": "every-3"},
    "until-cost": {"epochs": "20"},
    "until-change": {"epochs": "20"},
}
"""What a setting makes no sense without, or changes on the command line alone."""


def beside(row: Setting) -> dict[str, str]:
    """What is given with the setting; a typed cost has no data."""
    return {} if row.name == "function" else DATA | NEEDS.get(row.name, {})


def words(given: dict[str, str]) -> list[str]:
    """Settings as options."""
    flags = [[f"--{name}"] if BY_NAME[name].kind.is_flag else [f"--{name}", text] for name, text in given.items()]
    return [word for option in flags for word in option]


def base_of(row: Setting) -> Experiment:
    """The experiment in which the setting is not set yet."""
    return parsed(words(beside(row)))


def with_example(row: Setting) -> Experiment:
    """The experiment in which the setting is as in its example."""
    experiment = parsed(words(beside(row) | {row.name: row.example}))
    assert experiment != base_of(row)
    return experiment


def saved(experiment: Experiment) -> Experiment:
    """It, after it has been in a workspace file."""
    snapshot = Snapshot((RunSnapshot(experiment, known=1, cursor=0, cost=0.0),), 0)
    return workspace_file.decode(workspace_file.encode(snapshot)).present.experiment


@each_row
def test_a_setting_comes_back_from_every_surface(row: Setting) -> None:
    base, experiment = base_of(row), with_example(row)
    assert parsed(arguments(experiment)) == experiment
    assert parsed(shlex.split(shell_line(experiment))[1:]) == experiment
    wanted, change = read_form(texts_of(experiment, 1), base, 1)
    assert wanted == experiment
    assert (change is not None) == row.on_the_way
    assert experiment_with(beside(row) | {row.name: row.example}) == experiment
    typed = parse_action(f"{row.name} = {row.example}")
    assert isinstance(typed, Set)
    assert experiment_with({typed.name: typed.value}, base) == experiment
    assert saved(experiment) == experiment


@each_row
def test_a_setting_is_seen_where_runs_are_shown_and_compared(row: Setting) -> None:
    base, experiment = base_of(row), with_example(row)
    named = () if row.is_length else ("data",) if row in MADE_OF_ROWS else (row.called,)
    assert set(named) <= set(differences([base, experiment]))
    if row not in MADE_OF_ROWS:
        shown = [parameters(each, each.settings_at(1), "") for each in (base, experiment)]
        assert shown[0] != shown[1]
        if row.line is not None and not row.is_length:
            assert row.write(experiment.value(row)) in opening(experiment)


@each_row
def test_a_setting_does_the_same_by_every_trainer_and_in_the_script(row: Setting) -> None:
    experiment = with_example(row)
    epochs, one_by_one = walk(experiment, 4), Trainer(experiment)
    assert [one_by_one.step() for _ in epochs] == epochs
    convention = experiment.settings_at(1).convention
    for method in METHODS if experiment.optimizer == SGD else ():
        others = walk(msgspec.structs.replace(experiment, method=method, convention=convention), 4)
        for epoch, other in zip(epochs, others, strict=True):
            assert other.parameters == pytest.approx(epoch.parameters, rel=1e-4, abs=1e-6)
    try:
        exec(BACKEND.script(experiment, ending(experiment)), {})
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("row", [row for row in EVERYWHERE if "-" in row.name], ids=lambda row: row.name)
def test_an_underscore_will_do_where_people_type(row: Setting, monkeypatch, capsys) -> None:
    underscored = row.name.replace("-", "_")
    experiment = with_example(row)
    assert experiment_with(beside(row) | {underscored: row.example}) == experiment
    assert parse_action(f"{underscored} = {row.example}") == Set(name=row.name, value=row.example)
    assert parse_action(f"{underscored} {row.example}") == Set(name=row.name, value=row.example)
    printed = []
    for name in (row.name, underscored):
        monkeypatch.setattr(sys, "argv", ["gdtui", "run", f"--{name}", row.example, "--lr", "1e-3", "--epochs", "2"])
        printed.append((cli.run_safely(), capsys.readouterr()))
    assert printed[0] == printed[1]
    assert printed[0][0] in (0, 4)


@pytest.mark.parametrize("row", ON_THE_WAY, ids=lambda row: row.name)
def test_what_may_change_on_the_way_can_be_asked_for_in_every_surface(row: Setting) -> None:
    change = parse_change(f"3:{row.name}={row.example}")
    assert change == change_of(row.name, row.example, 3)
    experiment = Experiment(method="optim", changes=(change,))
    assert parsed(arguments(experiment)) == experiment
    assert saved(experiment) == experiment
    assert getattr(experiment.settings_at(3), row.field) == row.read(row.example)
    assert row.example in str(change)


def test_what_may_change_on_the_way_are_the_settings_of_an_epoch() -> None:
    fields = {row.field for row in ON_THE_WAY}
    assert fields == set(Change.__struct_fields__) - {"epoch"}
    assert fields <= set(SettingsOfEpoch.__struct_fields__) <= {row.field for row in EVERYWHERE}


def test_which_surfaces_a_setting_reaches() -> None:
    surfaces = {
        "command line": {option.opts[0].removeprefix("--") for option in run_command.params} & set(BY_NAME),
        "form": {row.name for row in FIELDS},
        "lesson": set(NAMES),
    }
    for row in EVERYWHERE:
        assert [surface for surface, names in surfaces.items() if row.name not in names] == []
        assert row.label
        assert row.help
        assert row.example
    reached = {row.name: {surface for surface, names in surfaces.items() if row.name in names} for row in ROWS_FROM}
    assert reached == {
        "x": {"command line", "lesson"},
        "y": {"command line", "lesson"},
        "data": {"command line", "form", "lesson"},
        "features": {"command line", "form"},
        "target": {"command line", "form", "lesson"},
        "drop-missing": {"command line", "form"},
        "checksum": {"command line"},
        "generate": {"command line", "lesson"},
    }
    assert all(row.name == canonical(row.name) for row in TABLE)


def test_a_setting_named_twice_in_a_change_is_refused() -> None:
    for text in ("3:lr=0.2,lr=0.05", "3:method=hand,lr=1,method=optim"):
        with pytest.raises(ValueError, match="appears twice"):
            parse_change(text)


def test_a_change_reads_a_decimal_comma_and_the_numbers_of_an_optimizer() -> None:
    assert parse_change("3:lr=0,2") == Change(3, 0.2)
    change = parse_change("3:optimizer=adam,beta2=0.99,lr=0,2")
    assert (str(change.optimizer), change.learning_rate) == ("adam,beta2=0.99", 0.2)
    with pytest.raises(ExperimentError, match=r"^then: lr: 'fast' is not a number$"):
        parse_change("3:lr=fast")


def test_a_fraction_is_the_same_number_in_every_surface() -> None:
    third = parsed(["--lr", "1/7", "--then", "6:lr=1/3", "--x", "1/3,2", "--y", "1,2"])
    assert (third.learning_rate, third.settings_at(6).learning_rate, third.dataset.x[0][0]) == (1 / 7, 1 / 3, 1 / 3)
    assert parsed(shlex.split(shell_line(third))[1:]) == saved(third) == third
    before = Experiment()
    wanted, change = read_form({**texts_of(before, 1), "lr": "1/7"}, before, 1)
    assert change == Change(1, 1 / 7)
    assert wanted.learning_rate == experiment_with({"lr": "1/7"}).learning_rate == 1 / 7
    with pytest.raises(ExperimentError, match=r"^then: lr: '1/0' divides by 0$"):
        parse_change("3:lr=1/0")


MADE_UP_ROW = """    Setting(
        name="made-up",
        field="made_up",
        label="made up",
        short="madeup",
        help="Nothing at all. [0]",
        hint="0 for none",
        example="0.5",
        check=zero_or_more,
        is_computed_with=True,
    ),
)
\"\"\"What determines a run on given data"""

MADE_UP_PROGRAM = """
from test_settings import *
row = BY_NAME["made-up"]
assert with_example(row).made_up == 0.5
test_a_setting_comes_back_from_every_surface(row)
test_a_setting_is_seen_where_runs_are_shown_and_compared(row)
test_which_surfaces_a_setting_reaches()
assert experiment_with({"made_up": "1/2"}).made_up == 0.5
shown = parameters(Experiment(made_up=0.5), Experiment().settings_at(1), "")
assert ("madeup", "0.5") in shown
with pytest.raises(ExperimentError, match="made-up: must be 0 or more, not -1"):
    parsed(["--made-up", "-1"])
assert "--made-up NUMBER" in run_command.get_help(run_command.make_context("run", []))
"""


@pytest.mark.slow
def test_a_made_up_setting_is_a_row_and_a_field_and_reaches_every_surface(tmp_path: Path) -> None:
    here = Path(__file__).parent
    shutil.copytree(here.parent / "gdtui", tmp_path / "gdtui", ignore=shutil.ignore_patterns("__pycache__", "lessons"))
    for name, before, after in (
        ("settings.py", ')\n"""What determines a run on given data', MADE_UP_ROW),
        ("experiment.py", "    changes: tuple[Change", "    made_up: float = 0.0\n    changes: tuple[Change"),
    ):
        path = tmp_path / "gdtui" / "experiment" / name
        text = path.read_text()
        assert text.count(before) == 1
        path.write_text(text.replace(before, after))
    program = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(here)!r}]{MADE_UP_PROGRAM}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


DIGITS = ["0", "-0", "1", "-1", "2", "0,5", "1e-320", "1e38", "3.5e38", "1e308", "1e309", "9" * 400, "2147483648"]
TYPED = ["", " ", ",", "nan", "-inf", "1_000", "½", "−2", "1/3", "1.2.3", "1,5 2,5", "[]", "adam", "\x1b[31m", "\ud800"]
OPTIMIZERS = [
    "sgd",
    "momentum,beta=0",
    "nesterov,beta=0",
    "adam,beta1=0",
    "adam,beta2=1",
    "adam,eps=0",
    "adam,,",
    "adamw,eps=1e-300",
    "rmsprop,alpha=0",
]


def edges_of(row: Setting) -> st.SearchStrategy[list[str]]:
    """An option, and what somebody may type behind it."""
    if row.kind.is_flag:
        return st.just([f"--{row.name}"])
    numbers = [text for text in DIGITS if row.name != "epochs" or text in ("-1", "0", "1", "2", "2147483648")]
    texts = [row.example, *TYPED, *row.kind.choices]
    texts += numbers if row.kind in NUMERIC else OPTIMIZERS if row.kind is OPTIMIZER else ["/dev/null", "."]
    texts += ["1,2,4", "1 2 4", "1e308,1e308,-1e308", "0,0,0"] if row.kind is NUMBERS else []
    return st.sampled_from(texts).map(lambda text: [f"--{row.name}", text])


changes = st.sampled_from(["1", "2", "0", "9" * 20, ""]).flatmap(
    lambda epoch: st.sampled_from(ON_THE_WAY).flatmap(
        lambda row: edges_of(row).map(lambda typed: ["--then", f"{epoch}:{row.name}={typed[1]}"])
    )
)


@given(st.lists(st.sampled_from(TABLE).flatmap(edges_of) | changes, max_size=4), st.booleans())
@examples(400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_typed_ends_in_anything_but_its_exit_code(monkeypatch, capsys, options, has_columns) -> None:
    typed = [word for option in options for word in option]
    if "--epochs" not in typed:
        typed += ["--epochs", "2"]
    if has_columns:
        typed += ["--x", "1,2,4", "--y", "2,3,7"]
    monkeypatch.setattr(sys, "argv", ["gdtui", "run", *typed])
    capsys.readouterr()
    code = cli.run_safely()
    out, err = capsys.readouterr()
    assert code in (0, 2, 3, 4)
    if code == 2:
        assert out == ""
        assert err.startswith("gdtui: ")
        assert len(err.splitlines()) == 1
