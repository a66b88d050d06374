"""The options of an experiment, and the experiment they describe."""

import math
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import click

from gdtui.cli import completion
from gdtui.cli.printing import say
from gdtui.cli.ranks import are_many, shared_rows
from gdtui.errors import ExperimentError
from gdtui.experiment.change import Change
from gdtui.experiment.dataset import LECTURE, Dataset, typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.generate import generated
from gdtui.experiment.kinds import FILE
from gdtui.experiment.objectives import OBJECTIVES, objective_named
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import BY_NAME, EVERYWHERE, MADE_OF_ROWS, ON_THE_WAY, ROWS_FROM, STOPS, TABLE, canonical
from gdtui.experiment.summed import ONE_TARGET
from gdtui.experiment.typed_cost import NO_ROWS, OF_ROWS
from gdtui.numbers import count, parse_whole
from gdtui.text import _, clean

MOST_EPOCHS_UNTIL_COST = 100_000
"""The default for the most epochs of a run that stops at a cost or at a change of the cost."""


def reads(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback for an option whose text `parse` reads; a ValueError of `parse` gives the reason for refusing it."""

    def callback(context: click.Context, option: click.Parameter, given: Any) -> Any:
        try:
            if isinstance(given, tuple):
                return tuple(map(parse, given))
            return None if given is None else parse(given)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from None

    return callback


def parse_change(text: str) -> Change:
    """Read a change such as `6:lr=0.2` or `6:lr=0.2,optimizer=adam,beta2=0.99,method=optim`.

    Raises:
        ValueError: it does not have that form, or names a setting twice.
        ExperimentError: a value is invalid.
    """
    epoch, __, rest = text.partition(":")
    is_such = epoch.isascii() and epoch.isdigit() and len(epoch) < 12
    texts: dict[str, str] = {}
    name = ""
    for part in rest.removesuffix(",").split(","):
        key, equals, value = part.partition("=")
        if equals and BY_NAME.get(canonical(key)) in ON_THE_WAY:
            name = canonical(key)
            if name in texts:
                raise ValueError(_("{name} appears twice in '{text}'", name=name, text=clean(text, 40)))
            texts[name] = value
        elif name:  # a comma also comes before the numbers of an optimizer, and in decimal numbers
            texts[name] += f",{part}"
        else:
            is_such = False
    if not is_such:
        raise ValueError(
            _(
                "'{text}' is not a change of settings: write it like 6:lr=0.2 or 6:lr=0.2,method=optim",
                text=clean(text, 40),
            )
        )
    return Change(int(epoch), **{BY_NAME[name].field: _then(name, value) for name, value in texts.items()})


def _then(name: str, text: str) -> Any:
    try:
        return BY_NAME[name].read(text)
    except ValueError as error:
        raise ExperimentError(f"then: {name}", str(error)) from None


def option_of(row: Setting) -> Callable[[Any], Any]:
    """The option of a setting. Without it the value is None, or empty for an option that can be repeated."""
    names = [f"--{row.name}", row.name.replace("-", "_")]
    if row.kind.is_flag:
        return click.option(*names, is_flag=True, help=row.help)
    if row.kind.choices:
        return click.option(*names, type=click.Choice(row.kind.choices), help=row.help)
    return click.option(
        *names,
        callback=reads(row.read),
        multiple=row.name in ("x", "y"),
        metavar=row.metavar or row.kind.metavar,
        shell_complete=completion.files if row.kind is FILE else completion.among(lambda: row.kind.words),
        help=row.help,
    )


def whole_option(
    name: str, usual: int, about: str, least: int, most: float = math.inf, metavar: str = "NUMBER"
) -> Callable[[Any], Any]:
    """A whole-number option of a single command."""
    read = reads(partial(parse_whole, least=least, most=most))
    return click.option(name, callback=read, default=str(usual), metavar=metavar, help=about)


def with_options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Give a command several options, which its help lists in this order."""
    return lambda function: reduce(lambda decorated, option: option(decorated), reversed(options), function)


experiment_options = with_options(
    *map(option_of, TABLE),
    click.option(
        "--then",
        callback=reads(parse_change),
        multiple=True,
        metavar="CHANGE",
        help=_("Change a setting during the run: 6:lr=0.2 sets lr to 0.2 from epoch 6."),
    ),
)
"""The options of an experiment, for the lab and for headless runs."""

stream_option = click.option(
    "--stream", is_flag=True, help=_("Read the table once and keep only sums over its rows: for tables of any length.")
)
"""For commands that do not need single rows."""


def _refuse_stream(context: click.Context, option: click.Parameter, given: bool) -> None:
    if given:
        raise ExperimentError(
            "stream",
            _(
                "this works only with gdtui run and gdtui sweep, because everything else shows single "
                "rows: leave it out"
            ),
        )


no_stream_option = click.option("--stream", is_flag=True, hidden=True, expose_value=False, callback=_refuse_stream)
"""For commands that show rows: explains why they do not have the option."""
screen_options = with_options(
    click.option(
        "--markers",
        type=click.Choice(("braille", "hd", "ascii")),
        help=_("Draw charts with these characters. [the best that the terminal can show]"),
    ),
    click.option(
        "--ascii/--no-ascii", default=None, help=_("Use only ASCII on the screen. [what the terminal can show]")
    ),
    click.option(
        "--mouse", is_flag=True, help=_("Scroll and click with the mouse; the terminal can then no longer select text.")
    ),
)
"""The options for how a screen looks, for the lab and for lessons."""


def looks(given: dict[str, Any]) -> dict[str, Any]:
    """The options for how the screen looks, as arguments of the app."""
    return {"marker": given["markers"], "is_ascii": given["ascii"]}


def experiment_from(given: dict[str, Any]) -> Experiment:
    """The experiment that the options describe.

    Raises:
        UserError: the data cannot be used, or a value is invalid.
    """
    asked = ((row, given[row.name.replace("-", "_")]) for row in EVERYWHERE)
    values = {row: value for row, value in asked if value is not None}
    if BY_NAME["function"] in values:
        for name in (*(row.name for row in (*ROWS_FROM, *MADE_OF_ROWS)), *OF_ROWS, "stream"):
            if given.get(name.replace("-", "_")):
                raise ExperimentError(name, NO_ROWS)
        if any(change.convention for change in given["then"]):
            raise ExperimentError("then: convention", NO_ROWS)
    check_sums(given)
    made = {row.field: value for row, value in values.items() if row in MADE_OF_ROWS}
    dataset = dataset_from(given).prepared(**made)
    fields = {row.field: value for row, value in values.items() if row not in MADE_OF_ROWS}
    if "optimizer" in fields:
        fields.setdefault("method", "optim")
    if fields.get("order") == "table" and "batch" not in fields:
        raise ExperimentError("order", _("table order needs batches: add --batch 1, or another number of rows"))
    if fields.get("order") == "table" and "seed" in fields and not dataset.is_drawn:
        raise ExperimentError("seed", _("--order table uses no random numbers: leave --seed out"))
    if any(field in fields for field in STOPS):
        fields.setdefault("epochs", MOST_EPOCHS_UNTIL_COST)
    changes = tuple(sorted(given["then"], key=lambda change: change.epoch))
    if given.get("stream"):
        fields.setdefault("dtype", "float64")
    return Experiment(dataset=dataset, changes=changes, **fields)


def check_sums(given: dict[str, Any]) -> None:
    """Refuse options that do not work with sums over the rows, before a long table is read."""
    if given.get("stream"):
        if are_many():
            raise ExperimentError(
                "stream", _("torchrun already splits the rows among its processes: leave --stream out")
            )
        if given["batch"] is not None:
            raise ExperimentError(
                "stream", _("a batch needs its rows, but --stream keeps only sums: leave --batch or --stream out")
            )
        if given["dtype"] not in (None, "float64"):
            raise ExperimentError("stream", _("the sums are kept in float64: leave --dtype float32 out"))
    elif not are_many():
        return
    if len(given["y"]) > 1:  # for a table, this shows when its columns are known
        raise ExperimentError("y", ONE_TARGET)
    needs_rows = [option for option in ("function", "degree", "validate") if given[option] is not None]
    model = given["hypothesis"] or "linear"
    cost = given["cost"]
    if cost in (None, *OBJECTIVES[model]) and not objective_named(model, cost).has_sums:
        needs_rows.insert(0, "hypothesis" if given["hypothesis"] else "cost")
    if needs_rows:
        words = (
            _("needs every row, but --stream keeps only sums: leave one of the two out")
            if given.get("stream")
            else _("needs every row, but torchrun splits them among its processes: leave this option out")
        )
        raise ExperimentError(needs_rows[0], words)


def planned_experiment_from(given: dict[str, Any]) -> Experiment:
    """The experiment of a headless run, which ends after its planned epochs, so changes must come before that.

    Raises:
        UserError: as in `experiment_from`, or a change comes too late.
    """
    experiment = experiment_from(given)
    planned = experiment.epochs
    if experiment.changes and (late := experiment.changes[-1].epoch) > planned:
        reason = _(
            "the run has only {planned}, so epoch {late:,} is never reached: raise --epochs",
            late=late,
            planned=count(planned, "epoch"),
        )
        raise ExperimentError("then", f"{reason} (--epochs {late})")
    return experiment


def dataset_from(given: dict[str, Any]) -> Dataset:
    """The lecture's points, or the data that was typed, generated or read from a file."""
    x, y, path, recipe = given["x"], given["y"], given["data"], given["generate"]
    if recipe is not None and (x or y or path is not None):
        raise ExperimentError("generate", _("makes the rows: leave --x, --y and --data out"))
    if path is None:
        for option in ("features", "target", "drop_missing", "checksum", "stream"):
            if given.get(option) not in (None, False):
                raise ExperimentError(option.replace("_", "-"), _("needs a table: name one with --data"))
        if bool(x) != bool(y):
            raise ExperimentError("y" if x else "x", _("is missing: give both --x and --y"))
        rows = generated(recipe) if recipe is not None else typed(*x, *y, targets=len(y)) if x else LECTURE
        return shared_rows(rows, {}) if are_many() else rows
    if x or y:
        raise ExperimentError("data", _("give either --data, or --x and --y"))
    asked = {name: given[name] for name in ("target", "drop_missing", "checksum")}
    asked["features"] = tuple(given["features"].split(",")) if given["features"] is not None else None
    # imports numpy, which only a file needs
    if are_many():
        dataset: Dataset = shared_rows(path, asked)
    elif given.get("stream"):
        from gdtui.storage.stream import read_sums

        dataset = read_sums(path, **asked)
    else:
        from gdtui.storage.table import read_table

        dataset = read_table(path, **asked).dataset
    if dataset.assumed:
        say(dataset.assumed)
    return dataset
